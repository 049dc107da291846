//! Payloads that must not become text: media in base64, ciphertext, signatures.

use crate::formats::Json;
use crate::record::{Event, Id32};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Keys whose values are ciphertext or signatures, wherever they stand.
const OPAQUE: [&str; 4] = ["encrypted_content", "encrypted_index", "signature", "encrypted_stdout"];
/// A string this long without a space is data.
const MAX_WORD: usize = 4096;

/// Decodes base64 in any of its usual spellings.
pub(super) fn decode_base64(data: &str) -> Option<Vec<u8>> {
    let data = data.trim();
    [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD]
        .iter()
        .find_map(|engine| engine.decode(data).ok())
}

/// Notes ciphertext by size and hash, without keeping it.
pub(in crate::formats::chat) fn note_cipher(event: &mut Event, cipher: &str) {
    event.attr("cipher_bytes", cipher.len().to_string());
    event.attr("cipher_sha256", format!("\"{}\"", sha256(cipher.as_bytes())));
}

fn sha256(bytes: &[u8]) -> Id32 {
    Id32(Sha256::digest(bytes).into())
}

/// Fills the media columns from the many shapes of an image, sound or file.
pub(super) fn set_media(event: &mut Event, block: &Json<'_>) {
    let kind = block.text("type").unwrap_or_default();
    let source = source_of(block);
    event.media_mime = source
        .any_of(&["media_type", "mime_type", "mimeType"])
        .str()
        .map(str::to_owned)
        .or_else(|| source.text("format").map(|format| format!("audio/{format}")));
    let data = source.any_of(&["data", "file_data", "b64_json", "result", "base64"]).str();
    let url = source.any_of(&["url", "image_url", "file_url", "uri"]).str().or(source.str());
    match (data, url) {
        (Some(data), _) => set_data(event, data),
        (None, Some(url)) => set_data(event, url),
        (None, None) => {}
    }
    for name in ["file_id", "filename", "id", "detail", "title"] {
        let value = source.any_of(&[name]).str().or_else(|| block.text(name));
        if let Some(value) = value.filter(|value| value.len() <= MAX_WORD) {
            event.attr(name, Json::String(value.into()).compact());
        }
    }
    event.attr("media_type", Json::String(kind.into()).compact());
}

/// The object that holds the payload.
fn source_of<'r>(block: &'r Json<'r>) -> &'r Json<'r> {
    let inner = block.any_of(&["source", "image_url", "input_audio", "audio", "file", "image"]);
    let deeper = inner.any_of(&["source"]);
    match (inner, deeper) {
        (Json::Null | Json::String(_), _) if block.has("data") || block.has("file_data") => block,
        (Json::Null, _) => block,
        (_, Json::Null) => inner,
        _ => deeper,
    }
}

/// A data URL, bare base64, or a link.
fn set_data(event: &mut Event, data: &str) {
    let (mime, encoded) = match data.strip_prefix("data:").and_then(|rest| rest.split_once(',')) {
        Some((head, encoded)) => (head.split(';').next(), encoded),
        None if data.starts_with("http") || data.contains("://") => {
            event.attr("uri", Json::String(data.into()).compact());
            return;
        }
        None => (None, data),
    };
    if let Some(mime) = mime.filter(|mime| !mime.is_empty()) {
        event.media_mime = Some(mime.to_owned());
    }
    let bytes = decode_base64(encoded);
    if bytes.is_none() {
        event.flag("invalid_base64");
    }
    let bytes = bytes.as_deref().unwrap_or(encoded.as_bytes());
    event.media_sha256 = Some(sha256(bytes));
    event.media_bytes = i64::try_from(bytes.len()).ok();
}

/// A value as JSON text without ciphertext and embedded data.
pub(in crate::formats::chat) fn readable(value: &Json<'_>) -> Option<String> {
    strip(value).display()
}

fn strip<'r>(value: &'r Json<'r>) -> Json<'r> {
    match value {
        Json::Array(items) => Json::Array(items.iter().map(strip).collect()),
        Json::Object(entries) => Json::Object(
            entries
                .iter()
                .filter(|(key, value)| !OPAQUE.contains(&key.as_ref()) && !is_data(value))
                .map(|(key, value)| (key.clone(), strip(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

fn is_data(value: &Json<'_>) -> bool {
    let text = value.str().unwrap_or_default().as_bytes();
    text.len() > MAX_WORD && !text.iter().take(MAX_WORD).any(u8::is_ascii_whitespace)
}
