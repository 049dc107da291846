//! The OTLP wire in all the spellings that exporters really use.
//!
//! The specification says camelCase names, hex ids, enums as integers and 64-bit integers as
//! strings. Exporters also write snake_case, base64 or upper-case ids, enums as names, integers
//! as numbers, empty values and `null` lists. All are read; nothing here knows what an
//! attribute means.

use crate::formats::Json;
use crate::formats::json::NULL;
use crate::record::Time;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The list under the first of `names` that is present, and that name. A single object counts
/// as a list of one.
pub(super) fn list<'r, 'a>(
    value: &'r Json<'a>,
    names: &[&'static str],
) -> Option<(&'static str, &'r [Json<'a>])> {
    let name = names.iter().copied().find(|name| value.has(name))?;
    let found = value.at(name);
    let items = if found.is_object() { std::slice::from_ref(found) } else { found.items() };
    Some((name, items))
}

/// Reads an `AnyValue` into plain JSON that borrows from the record.
pub(super) fn any_value<'r>(value: &'r Json<'_>) -> Json<'r> {
    let [(kind, inner)] = value.entries() else {
        let empty = value.is_object() && value.entries().is_empty();
        return if empty { Json::Null } else { plain(value) };
    };
    match kind.as_ref() {
        "stringValue" | "string_value" | "bytesValue" | "bytes_value" => plain(inner),
        "boolValue" | "bool_value" | "doubleValue" | "double_value" => plain(inner),
        "intValue" | "int_value" => match inner {
            Json::String(digits) if inner.i64().is_some() => Json::Number(digits),
            other => plain(other),
        },
        "arrayValue" | "array_value" => {
            Json::Array(inner.at("values").items().iter().map(any_value).collect())
        }
        "kvlistValue" | "kvlist_value" => {
            let entry = |pair: &'r Json<'_>| (pair_key(pair), any_value(pair.at("value")));
            Json::Object(inner.at("values").items().iter().map(entry).collect())
        }
        _ => plain(value),
    }
}

fn pair_key<'r>(pair: &'r Json<'_>) -> Cow<'r, str> {
    Cow::Borrowed(pair.at("key").str().unwrap_or_default())
}

/// A copy that borrows its strings; what stands where an `AnyValue` belongs is taken as it is.
fn plain<'r>(value: &'r Json<'_>) -> Json<'r> {
    match value {
        Json::Null => Json::Null,
        Json::Bool(value) => Json::Bool(*value),
        Json::Number(digits) => Json::Number(digits),
        Json::String(text) => Json::String(Cow::Borrowed(text)),
        Json::Array(items) => Json::Array(items.iter().map(any_value).collect()),
        Json::Object(entries) => Json::Object(
            entries.iter().map(|(key, value)| (Cow::Borrowed(&**key), any_value(value))).collect(),
        ),
    }
}

/// The attributes of one span, log, event, scope or resource.
///
/// Readers *take* what they map; what is left at the end is what nobody understood.
#[derive(Debug, Default)]
pub(super) struct Attrs<'r> {
    map: BTreeMap<Cow<'r, str>, (usize, Json<'r>)>,
    pointer: String,
    listed: bool,
    /// Values that a later one with the same key replaced.
    pub(super) shadowed: Vec<(String, String)>,
}

impl<'r> Attrs<'r> {
    /// Reads the `attributes` of `owner`, whose place in the record is `pointer`: a list of
    /// key-value pairs or, as some exporters write it, an object.
    pub(super) fn read(owner: &'r Json<'_>, pointer: &str) -> Self {
        let list = owner.at("attributes");
        let pointer = format!("{pointer}/attributes");
        let mut attrs = Attrs { pointer, listed: list.is_array(), ..Attrs::default() };
        for (index, pair) in list.items().iter().enumerate() {
            attrs.insert(pair_key(pair), index, any_value(pair.at("value")));
        }
        for (index, (key, value)) in list.entries().iter().enumerate() {
            attrs.insert(Cow::Borrowed(key), index, any_value(value));
        }
        attrs
    }

    fn insert(&mut self, key: Cow<'r, str>, index: usize, value: Json<'r>) {
        let name = key.to_string();
        if let Some((_, before)) = self.map.insert(key, (index, value)) {
            self.shadowed.push((name, before.compact()));
        }
    }

    /// Adds the entries of an object (a log body) that are not attributes already.
    pub(super) fn absorb(&mut self, object: Json<'r>) {
        let Json::Object(entries) = object else { return };
        for (key, value) in entries {
            self.map.entry(key).or_insert((usize::MAX, value));
        }
    }

    /// The value of `key`, `null` if absent.
    pub(super) fn get(&self, key: &str) -> &Json<'r> {
        self.map.get(key).map_or(&NULL, |(_, value)| value)
    }

    /// Whether the key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// The string of `key`, if it is one and not empty.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.get(key).str().filter(|text| !text.is_empty())
    }

    /// Takes the value of `key`, `null` if absent.
    pub(super) fn take(&mut self, key: &str) -> Json<'r> {
        self.map.remove(key).map_or(Json::Null, |(_, value)| value)
    }

    /// Takes the first of `keys` that is present and not `null`; the others stay.
    pub(super) fn take_any(&mut self, keys: &[&str]) -> Json<'r> {
        let key = keys.iter().find(|key| !self.get(key).is_null());
        key.map_or(Json::Null, |key| self.take(key))
    }

    /// Takes the first of `keys` that is present, as text.
    pub(super) fn take_text(&mut self, keys: &[&str]) -> Option<String> {
        self.take_any(keys).display().filter(|text| !text.is_empty())
    }

    /// Whether a key starts with `prefix`.
    pub(super) fn has_prefix(&self, prefix: &str) -> bool {
        self.with_prefix(prefix).next().is_some()
    }

    fn with_prefix<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = &'s Cow<'r, str>> {
        self.map
            .range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded))
            .map(|(key, _)| key)
            .take_while(move |key| key.starts_with(prefix))
    }

    /// Takes all keys below `prefix`, without it.
    pub(super) fn take_prefix(&mut self, prefix: &str) -> Flat<'r> {
        let keys: Vec<Cow<'r, str>> = self.with_prefix(prefix).cloned().collect();
        let mut flat = Flat::default();
        for key in keys {
            let pointer = self.pointer(&key);
            if let Some((_, value)) = self.map.remove(&key) {
                let rest = key.strip_prefix(prefix).unwrap_or_default().to_owned();
                flat.pointer = flat.pointer.or(pointer);
                flat.map.insert(rest, value);
            }
        }
        flat
    }

    /// Where the value of `key` lies in the record.
    pub(super) fn pointer(&self, key: &str) -> Option<String> {
        let (index, _) = self.map.get(key)?;
        match self.listed {
            true => Some(format!("{}/{index}/value", self.pointer)),
            false => {
                let key = key.replace('~', "~0").replace('/', "~1");
                Some(format!("{}/{key}", self.pointer))
            }
        }
        .filter(|_| *index != usize::MAX)
    }

    /// What is left, as JSON text.
    pub(super) fn rest(&self) -> impl Iterator<Item = (String, String)> {
        let shadowed = self.shadowed.iter().cloned();
        self.map
            .iter()
            .filter(|(_, (_, value))| !value.is_null())
            .map(|(key, (_, value))| (key.to_string(), value.compact()))
            .chain(shadowed)
    }
}

/// Attributes below a common prefix, as flattened lists and records are written.
#[derive(Debug, Default)]
pub(super) struct Flat<'r> {
    map: BTreeMap<String, Json<'r>>,
    /// Where the first of them lies in the record.
    pub(super) pointer: Option<String>,
}

impl<'r> Flat<'r> {
    /// Takes the value of `key`, `null` if absent.
    pub(super) fn take(&mut self, key: &str) -> Json<'r> {
        self.map.remove(key).unwrap_or(Json::Null)
    }

    /// Takes the first of `keys` that is present, as text.
    pub(super) fn text(&mut self, keys: &[&str]) -> Option<String> {
        let key = keys.iter().find(|key| self.map.get(**key).is_some_and(|v| !v.is_null()))?;
        self.take(key).display()
    }

    /// Whether `key` is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// Takes the elements of the flattened list under `prefix`, by number, not by spelling.
    pub(super) fn items(&mut self, prefix: &str) -> BTreeMap<u32, Flat<'r>> {
        let keys: Vec<String> =
            self.map.keys().filter(|key| key.starts_with(prefix)).cloned().collect();
        let mut items: BTreeMap<u32, Flat<'r>> = BTreeMap::new();
        for key in keys {
            let rest = key.strip_prefix(prefix).unwrap_or_default();
            let (number, rest) = rest.split_once('.').unwrap_or((rest, ""));
            let Ok(number) = number.parse() else { continue };
            let rest = rest.to_owned();
            if let Some(value) = self.map.remove(&key) {
                items.entry(number).or_default().map.insert(rest, value);
            }
        }
        for item in items.values_mut() {
            item.pointer.clone_from(&self.pointer);
        }
        items
    }

    /// What is left, as JSON text.
    pub(super) fn rest(self) -> impl Iterator<Item = (String, String)> {
        self.map.into_iter().filter(|(_, v)| !v.is_null()).map(|(key, v)| (key, v.compact()))
    }
}

/// A trace or span id of `bytes` bytes as lower-case hex; `None` if absent or all zero.
pub(super) fn id(value: &Json<'_>, bytes: usize) -> Option<String> {
    let written = value.display()?;
    let text = written.trim();
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let is_hex = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let hex = match is_hex && digits.len() == bytes * 2 {
        true => digits.to_ascii_lowercase(),
        false => match base64(text).filter(|decoded| decoded.len() == bytes) {
            Some(decoded) => hex::encode(decoded),
            None if is_hex => digits.to_ascii_lowercase(),
            None => text.to_owned(),
        },
    };
    (!hex.is_empty() && hex.bytes().any(|b| b != b'0')).then_some(hex)
}

/// Decodes base64 in either alphabet, padded or not.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0u32);
    for byte in text.bytes().filter(|b| !b.is_ascii_whitespace()) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    (count < 6).then_some(out)
}

/// A time as nanoseconds since the epoch, and as the schema wants it.
pub(super) fn time(value: &Json<'_>) -> (Option<i64>, Time) {
    if value.is_null() {
        return (None, Time::default());
    }
    let whole = value.u64().or_else(|| value.i64().and_then(|n| u64::try_from(n).ok()));
    match whole {
        Some(nanos) => {
            let time = Time::from_nanos(nanos);
            (time.micros.map(|_| i64::try_from(nanos).unwrap_or(i64::MAX)), time)
        }
        None => {
            let time = value.time();
            (time.micros.and_then(|micros| micros.checked_mul(1000)), time)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::json::parse;

    #[test]
    fn ids_are_lower_hex_however_they_are_written() {
        for text in [r#""0AF1""#, r#""0af1""#, r#""0x0af1""#, r#""CvE=""#, r#""CvE""#] {
            assert_eq!(id(&parse(text).unwrap().0, 2).as_deref(), Some("0af1"), "{text}");
        }
        assert_eq!(id(&parse(r#""0000""#).unwrap().0, 2), None);
        assert_eq!(id(&NULL, 2), None);
    }

    #[test]
    fn any_values_become_plain_json() {
        let text = r#"{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"7"}},
            {"key":"b","value":{"arrayValue":{"values":[{"boolValue":true},{}]}}},
            {"key":"c","value":{"array_value":{}}}]}}"#;
        let (json, _) = parse(text).unwrap();
        assert_eq!(any_value(&json).compact(), r#"{"a":7,"b":[true,null],"c":[]}"#);
    }

    #[test]
    fn flattened_lists_are_ordered_by_number() {
        let text = r#"{"attributes":{"p.10.x":1,"p.9.x":2,"p.9.y":3,"p.z":4}}"#;
        let (json, _) = parse(text).unwrap();
        let mut attrs = Attrs::read(&json, "");
        let items = attrs.take_prefix("p.").items("");
        assert_eq!(items.keys().copied().collect::<Vec<_>>(), [9, 10]);
    }
}
