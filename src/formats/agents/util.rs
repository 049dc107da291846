//! Helpers of the coding-agent readers: bounded text walks, attributes, media, ciphertext.
//!
//! Knows nothing of a format. Everything here is bounded, because the values are hostile: a
//! walk stops at a depth and a size, an attribute that is too long is replaced by its length.

use crate::formats::Json;
use crate::record::{Event, Id32};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

const MAX_WALK_DEPTH: usize = 32;
const MAX_WALK_BYTES: usize = 1 << 18;
const MAX_ATTRIBUTES: usize = 48;
const MAX_ATTRIBUTE_BYTES: usize = 1024;

/// Keys whose strings are ids, kinds or ciphertext: never text.
const NOT_TEXT: [&str; 14] = [
    "type",
    "subtype",
    "id",
    "uuid",
    "role",
    "encrypted_content",
    "signature",
    "base64",
    "timestamp",
    "call_id",
    "tool_use_id",
    "media_type",
    "mime_type",
    "status",
];

/// The strings inside a value in written order, one per line, without ids and ciphertext.
#[must_use]
pub(super) fn walk_text(value: &Json<'_>, skip: &[&str]) -> Option<String> {
    let mut out = String::new();
    walk(&mut out, value, skip, 0);
    (!out.is_empty()).then_some(out)
}

fn walk(out: &mut String, value: &Json<'_>, skip: &[&str], depth: usize) {
    if depth > MAX_WALK_DEPTH || out.len() >= MAX_WALK_BYTES {
        return;
    }
    match value {
        Json::String(text) if !text.trim().is_empty() && !is_blob(text) => {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(cut(text, MAX_WALK_BYTES - out.len().min(MAX_WALK_BYTES)));
        }
        Json::Array(items) => items.iter().for_each(|item| walk(out, item, skip, depth + 1)),
        Json::Object(entries) => {
            for (key, item) in entries {
                if !NOT_TEXT.contains(&key.as_ref()) && !skip.contains(&key.as_ref()) {
                    walk(out, item, skip, depth + 1);
                }
            }
        }
        _ => {}
    }
}

/// Long runs without a space are data, not language.
fn is_blob(text: &str) -> bool {
    text.len() > 1024 && !text.bytes().take(1024).any(|byte| byte.is_ascii_whitespace())
}

/// The longest prefix of at most `max` bytes that ends at a character.
#[must_use]
pub(super) fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let end = (0..=max).rev().find(|&at| text.is_char_boundary(at)).unwrap_or_default();
    text.get(..end).unwrap_or_default()
}

/// Adds the scalars of an object as attributes with dotted names, except the keys in `skip`.
pub(super) fn flatten(event: &mut Event, prefix: &str, value: &Json<'_>, skip: &[&str]) {
    let budget = event.attrs.len() + MAX_ATTRIBUTES;
    for (key, value) in value.entries() {
        if !skip.contains(&key.as_ref()) {
            let name = if prefix.is_empty() { key.to_string() } else { format!("{prefix}.{key}") };
            flatten_value(event, name, value, budget, 0);
        }
    }
}

fn flatten_value(event: &mut Event, name: String, value: &Json<'_>, budget: usize, depth: usize) {
    if event.attrs.len() >= budget || depth > MAX_WALK_DEPTH {
        return;
    }
    match value {
        Json::Null => {}
        Json::String(text) if text.is_empty() => {}
        Json::String(text) if text.len() > MAX_ATTRIBUTE_BYTES => {
            event.attr(format!("{name}.bytes"), text.len().to_string());
        }
        Json::Object(entries) => {
            for (key, value) in entries {
                flatten_value(event, format!("{name}.{key}"), value, budget, depth + 1);
            }
        }
        Json::Array(items) if items.is_empty() => {}
        Json::Array(items) if !short_scalars(items) => {
            event.attr(format!("{name}.len"), items.len().to_string());
        }
        other => event.attr(name, other.compact()),
    }
}

fn short_scalars(items: &[Json<'_>]) -> bool {
    items.len() <= 32
        && items.iter().all(|item| match item {
            Json::String(text) => text.len() <= 128,
            Json::Array(_) | Json::Object(_) => false,
            _ => true,
        })
}

/// Fills the media columns from base64 data; data that does not decode is hashed as written.
pub(super) fn set_media(event: &mut Event, mime: Option<&str>, data: &str) {
    let bytes = decode_base64(data);
    if bytes.is_none() {
        event.flag("invalid_base64");
    }
    let bytes = bytes.as_deref().unwrap_or(data.as_bytes());
    event.media_sha256 = Some(Id32(Sha256::digest(bytes).into()));
    event.media_bytes = i64::try_from(bytes.len()).ok();
    event.media_mime = mime.map(str::to_owned);
}

/// Decodes base64 in any of its usual spellings.
#[must_use]
pub(super) fn decode_base64(data: &str) -> Option<Vec<u8>> {
    let data = data.trim();
    [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD]
        .iter()
        .find_map(|engine| engine.decode(data).ok())
}

/// Notes that there was ciphertext, without keeping it.
pub(super) fn set_cipher(event: &mut Event, cipher: &str) {
    event.attr("cipher_bytes", cipher.len().to_string());
    let digest = hex::encode(Sha256::digest(cipher.as_bytes()));
    event.attr("cipher_sha256", format!("\"{digest}\""));
}

/// The number after a marker such as `Exit code: `, if it stands at the start of a line near
/// the beginning of a tool's output.
#[must_use]
pub(super) fn exit_code_after(text: &str, markers: &[&str]) -> Option<i32> {
    text.lines().take(6).find_map(|line| {
        let line = line.trim_start();
        let rest = markers.iter().find_map(|marker| line.strip_prefix(marker))?;
        let rest = rest.trim_start();
        let end = rest
            .char_indices()
            .find(|(at, ch)| !(ch.is_ascii_digit() || (*at == 0 && *ch == '-')))
            .map_or(rest.len(), |(at, _)| at);
        rest.get(..end)?.parse().ok()
    })
}

/// The files of a folder of shared samples, by name; empty, with a note, where there are none.
#[cfg(test)]
pub(super) fn samples(folder: &str) -> Vec<(String, String)> {
    let Some(folder) = crate::testing::samples(folder) else { return Vec::new() };
    let entries = std::fs::read_dir(&folder).expect("a folder");
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let text = String::from_utf8_lossy(&std::fs::read(&path).ok()?).into_owned();
            Some((path.file_name()?.to_string_lossy().into_owned(), text))
        })
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::json::parse;

    #[test]
    fn walks_leave_out_ids_and_ciphertext() {
        let json = r#"{"id":"x1","a":"one","b":[{"text":"two","encrypted_content":"zzz"}],"n":3}"#;
        let value = parse(json).unwrap().0;
        assert_eq!(walk_text(&value, &[]).as_deref(), Some("one\ntwo"));
        assert_eq!(walk_text(&value, &["a"]).as_deref(), Some("two"));
    }

    #[test]
    fn walks_are_bounded() {
        let deep = format!("{}\"x\"{}", "[".repeat(400), "]".repeat(400));
        assert_eq!(walk_text(&parse(&deep).unwrap().0, &[]), None);
        let wide = format!("[{}\"x\"]", "\"some words here\",".repeat(40_000));
        assert!(walk_text(&parse(&wide).unwrap().0, &[]).unwrap().len() <= MAX_WALK_BYTES + 1);
    }

    #[test]
    fn attributes_are_dotted_and_bounded() {
        let long = "y".repeat(5_000);
        let json = format!(r#"{{"a":{{"b":1}},"s":"{long}","l":[1,2],"o":[{{}}],"skip":1}}"#);
        let mut event = Event::default();
        flatten(&mut event, "p", &parse(&json).unwrap().0, &["skip"]);
        let expected = [("p.a.b", "1"), ("p.s.bytes", "5000"), ("p.l", "[1,2]"), ("p.o.len", "1")];
        let found: Vec<_> = event.attrs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn exit_codes_are_read_from_the_head_of_an_output() {
        assert_eq!(exit_code_after("Exit code 127\nnot found", &["Exit code"]), Some(127));
        assert_eq!(exit_code_after("a\nExit code: -1", &["Exit code:"]), Some(-1));
        assert_eq!(exit_code_after("Exit code none", &["Exit code"]), None);
    }

    #[test]
    fn cuts_end_at_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
    }
}
