//! A tolerant JSON reader that keeps what strict ones lose.
//!
//! Logs contain NaN, lone surrogates, raw control characters, duplicate keys and integers past
//! 64 bits, and an attacker may write any of them on purpose. Each is read, and *noted* in
//! [`Notes`], so that nothing is dropped and a rule can fire on the oddity. Values borrow from
//! the input; numbers keep their digits; keys keep their order.
//!
//! Invariants
//! * No input panics, and nesting past [`MAX_DEPTH`] is an error, not a stack overflow.
//! * For every text that `serde_json` accepts, the value is the same (a property test).
//! * Of duplicate keys the last one is found by [`Json::get`]; all stay in [`Json::entries`].

mod parse;
mod write;

pub use parse::{Fault, MAX_DEPTH, parse, parse_prefix};
pub(crate) use write::write_string;

use std::borrow::Cow;

/// A JSON value that borrows from the text it was read from.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as written, `NaN` and `-Infinity` included.
    Number(&'a str),
    /// A string, unescaped.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object in written order, duplicates included.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Oddities met while reading; each is a value of the `flags` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Notes {
    /// A `\ud800` escape without its partner, read as U+FFFD.
    pub lone_surrogate: bool,
    /// The same key twice in one object.
    pub duplicate_keys: bool,
    /// `NaN`, `Infinity`, or a number that is too big (`1e999`).
    pub nonfinite_number: bool,
    /// Raw control characters in strings or trailing commas.
    pub lenient_json: bool,
}

impl Notes {
    /// The flags that are set, in a fixed order.
    pub fn flags(self) -> impl Iterator<Item = &'static str> {
        [
            (self.lone_surrogate, "lone_surrogate"),
            (self.duplicate_keys, "duplicate_keys"),
            (self.nonfinite_number, "nonfinite_number"),
            (self.lenient_json, "lenient_json"),
        ]
        .into_iter()
        .filter_map(|(set, flag)| set.then_some(flag))
    }
}

/// What a missing value reads as, so that look-ups chain.
pub static NULL: Json<'static> = Json::Null;

impl<'a> Json<'a> {
    /// The value of `key`, the last one if it stands twice; `None` if absent or no object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Json<'a>> {
        match self {
            Json::Object(entries) => entries.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The value of `key`; `null` if absent or no object.
    #[must_use]
    pub fn at(&self, key: &str) -> &Json<'a> {
        self.get(key).unwrap_or(&NULL)
    }

    /// The value after following `keys`; `null` if absent.
    #[must_use]
    pub fn path(&self, keys: &[&str]) -> &Json<'a> {
        keys.iter().fold(self, |value, key| value.at(key))
    }

    /// The first of `keys` that is present and not `null`.
    #[must_use]
    pub fn any_of(&self, keys: &[&str]) -> &Json<'a> {
        keys.iter().map(|key| self.at(key)).find(|v| !v.is_null()).unwrap_or(&NULL)
    }

    /// Whether the key is present, even as `null`.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether this is `null` (or was absent).
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    /// The string, if it is one.
    #[must_use]
    pub fn str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The string of `key`, if it is one and not empty.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.at(key).str().filter(|text| !text.is_empty())
    }

    /// An owned copy of [`Json::text`].
    #[must_use]
    pub fn string(&self, key: &str) -> Option<String> {
        self.text(key).map(str::to_owned)
    }

    /// The boolean, if it is one.
    #[must_use]
    pub fn bool(&self) -> Option<bool> {
        match self {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, or a string of digits, as an integer; fractions are cut.
    #[must_use]
    pub fn i64(&self) -> Option<i64> {
        let digits = match self {
            Json::Number(digits) => *digits,
            Json::String(text) => text.trim(),
            _ => return None,
        };
        digits.parse().ok().or_else(|| {
            let number: f64 = digits.parse().ok()?;
            (number.is_finite() && number.abs() < 9e18).then_some(number as i64)
        })
    }

    /// The number, or a string of digits, as an unsigned integer.
    #[must_use]
    pub fn u64(&self) -> Option<u64> {
        match self {
            Json::Number(digits) => digits.parse().ok(),
            Json::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The finite number, or a string of one.
    #[must_use]
    pub fn f64(&self) -> Option<f64> {
        let number: f64 = match self {
            Json::Number(digits) => digits.parse().ok()?,
            Json::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }

    /// The elements; empty if this is no array.
    #[must_use]
    pub fn items(&self) -> &[Json<'a>] {
        match self {
            Json::Array(items) => items,
            _ => &[],
        }
    }

    /// The entries; empty if this is no object.
    #[must_use]
    pub fn entries(&self) -> &[(Cow<'a, str>, Json<'a>)] {
        match self {
            Json::Object(entries) => entries,
            _ => &[],
        }
    }

    /// Whether this is an object.
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(self, Json::Object(_))
    }

    /// Whether this is an array.
    #[must_use]
    pub fn is_array(&self) -> bool {
        matches!(self, Json::Array(_))
    }

    /// The name of the type, for error messages.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::String(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }

    /// Any time spelling: string, number, or absent.
    #[must_use]
    pub fn time(&self) -> crate::record::Time {
        use crate::record::Time;
        match self {
            Json::Null => Time::default(),
            Json::String(text) => Time::parse(text),
            Json::Number(digits) => Time::parse(digits),
            _ => Time::INVALID,
        }
    }
}

#[cfg(test)]
mod tests;
