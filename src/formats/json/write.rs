//! [`Json`] to text: compact as written, or canonical for hashing.

use super::Json;
use std::fmt::Write as _;

impl Json<'_> {
    /// Compact JSON with keys in written order and numbers as written.
    #[must_use]
    pub fn compact(&self) -> String {
        let mut out = String::new();
        write_value(&mut out, self, false);
        out
    }

    /// Compact JSON with sorted keys, for hashes that survive re-ordering (after RFC 8785;
    /// numbers stay as written, because 64-bit ids must not pass through a float).
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut out = String::new();
        write_value(&mut out, self, true);
        out
    }

    /// A string as it is, anything else as compact JSON; `None` for `null`.
    #[must_use]
    pub fn display(&self) -> Option<String> {
        match self {
            Json::Null => None,
            Json::String(text) => Some(text.clone().into_owned()),
            other => Some(other.compact()),
        }
    }
}

fn write_value(out: &mut String, value: &Json<'_>, sorted: bool) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Number(digits) => out.push_str(digits),
        Json::String(text) => write_string(out, text),
        Json::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(out, item, sorted);
            }
            out.push(']');
        }
        Json::Object(entries) => write_object(out, entries, sorted),
    }
}

fn write_object(out: &mut String, entries: &[(std::borrow::Cow<'_, str>, Json<'_>)], sorted: bool) {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    if sorted {
        order.sort_by(|&a, &b| entries[a].0.cmp(&entries[b].0));
    }
    out.push('{');
    for (i, &at) in order.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_string(out, &entries[at].0);
        out.push(':');
        write_value(out, &entries[at].1, sorted);
    }
    out.push('}');
}

/// Writes a quoted JSON string; only what JSON requires is escaped.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    // What needs an escape is ASCII, so the runs between are cut at character boundaries.
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| b < 0x20 || b == b'"' || b == b'\\') {
        let (run, after) = rest.split_at(at);
        out.push_str(run);
        let mut after = after.chars();
        match after.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            other => {
                let _ = write!(out, "\\u{:04x}", other.map_or(0, u32::from));
            }
        }
        rest = after.as_str();
    }
    out.push_str(rest);
    out.push('"');
}
