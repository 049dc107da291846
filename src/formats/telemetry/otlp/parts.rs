//! Content parts in the spellings of the conventions and of the providers.

use super::message::{Part, What};
use super::value::base64;
use crate::formats::common::content_text;
use crate::formats::json::{self, Json};
use crate::record::{Id32, ReasoningSource, ReasoningState};
use sha2::{Digest, Sha256};

/// Parts that are searched for another copy of a call.
const MAX_LOOK_BACK: usize = 1024;
/// Longest signature kept as it is.
const MAX_SIGNATURE: usize = 128;

/// All parts of a message object: thoughts, content, calls.
pub(super) fn of_message(value: &Json<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    for key in ["reasoning_content", "reasoning", "thinking"] {
        if let Some(text) = content_text(value.at(key)).filter(|text| !text.trim().is_empty()) {
            parts.push(thought(text, ReasoningSource::ReasoningContent));
            break;
        }
    }
    for key in ["parts", "content", "contents"] {
        match value.at(key) {
            Json::Null => {}
            Json::Array(items) => parts.extend(items.iter().filter_map(read)),
            Json::String(text) if text.is_empty() => {}
            other => parts.extend(read(other)),
        }
    }
    if let Some(text) = value.text("refusal") {
        parts.push(What::Refusal(text.to_owned()).part());
    }
    let calls = value.at("tool_calls").items().iter();
    for call in calls.chain(std::iter::once(value.at("function_call")).filter(|c| c.is_object())) {
        add_call(&mut parts, tool_call(call));
    }
    parts
}

/// Adds a call unless the message already makes one with its id.
pub(super) fn add_call(parts: &mut Vec<Part>, call: Part) {
    let known = call.call_id().is_some_and(|id| {
        parts
            .iter()
            .rev()
            .take(MAX_LOOK_BACK)
            .any(|p| matches!(p.what, What::Call { .. }) && p.call_id() == Some(id))
    });
    if !known {
        parts.push(call);
    }
}

/// Reads one part; `None` if there is nothing.
pub(super) fn read(value: &Json<'_>) -> Option<Part> {
    match value {
        Json::Null => return None,
        Json::Object(_) => {}
        other => return Some(What::Text(other.display()?).part()),
    }
    let kind = value.text("type").unwrap_or_else(|| implied_type(value));
    Some(match kind {
        "text" | "input_text" | "output_text" => {
            return Some(What::Text(text_of(value)?).part());
        }
        "reasoning" | "thinking" | "thought" | "redacted_thinking" | "reasoning_content" => {
            reasoning(value)
        }
        "tool_call" | "tool-call" | "tool_use" | "function" | "function_call" | "functionCall"
        | "server_tool_call" | "server_tool_use" | "mcp_tool_use" | "custom_tool_call" => {
            tool_call(value)
        }
        "blob" | "file" | "uri" | "image" | "image_url" | "input_image" | "audio"
        | "input_audio" | "document" | "inlineData" | "video" => media(value),
        "refusal" => What::Refusal(text_of(value).or_else(|| value.string("refusal"))?).part(),
        "compaction" => What::Compaction(text_of(value)).part(),
        kind if is_result(kind) => tool_result(value),
        _ => What::Unknown(content_text(value).unwrap_or_else(|| value.compact())).part(),
    })
}

fn is_result(kind: &str) -> bool {
    kind.ends_with("_result")
        || kind.ends_with("_response")
        || kind.ends_with("_output")
        || matches!(kind, "tool-result" | "functionResponse")
}

/// What a part without a type must be.
fn implied_type(value: &Json<'_>) -> &'static str {
    let thought = value.at("thought").bool() == Some(true);
    match value {
        _ if thought => "reasoning",
        _ if value.has("functionCall") => "functionCall",
        _ if value.has("functionResponse") => "functionResponse",
        _ if value.has("inlineData") || value.has("inline_data") => "inlineData",
        _ if value.has("text") || value.has("content") => "text",
        _ => "",
    }
}

fn text_of(value: &Json<'_>) -> Option<String> {
    content_text(value.any_of(&["content", "text", "value"]))
}

/// A readable thought.
pub(super) fn thought(text: String, source: ReasoningSource) -> Part {
    What::Reasoning { text: Some(text), state: ReasoningState::Plain, source }.part()
}

/// A reasoning part: readable, summarised, or only its ciphertext or signature. Ciphertext is
/// described, never copied.
pub(super) fn reasoning(value: &Json<'_>) -> Part {
    let plain = value.any_of(&["content", "text", "thinking", "reasoning"]);
    let (text, listed) = match plain.str().and_then(decoded_summary) {
        Some(text) => (Some(text), true),
        None => (content_text(plain), plain.items().iter().any(is_summary)),
    };
    let text = text.filter(|text| !text.trim().is_empty());
    let summary = || content_text(value.at("summary")).filter(|text| !text.trim().is_empty());
    let (text, summarised) = match text {
        Some(text) => (Some(text), listed),
        None => (summary(), true),
    };
    let cipher = value.any_of(&["encrypted_content", "data", "encrypted"]).str();
    let signature = value.any_of(&["signature", "thoughtSignature"]).str();
    let state = match (&text, cipher.filter(|c| !c.is_empty())) {
        (Some(_), _) if summarised => ReasoningState::Summary,
        (Some(_), _) => ReasoningState::Plain,
        (None, Some(_)) => ReasoningState::Encrypted,
        (None, None) if value.text("type") == Some("redacted_thinking") => ReasoningState::Redacted,
        (None, None) => ReasoningState::Omitted,
    };
    let mut part = What::Reasoning { text, state, source: ReasoningSource::NativeBlock }.part();
    if let Some(cipher) = cipher.filter(|c| !c.is_empty()) {
        part.extra.push(("cipher_bytes".to_owned(), cipher.len().to_string()));
        part.extra.push(("cipher_sha256".to_owned(), format!("\"{}\"", sha256(cipher.as_bytes()))));
    }
    if let Some(signature) = signature.filter(|s| !s.is_empty()) {
        part.extra.push(match signature.len() <= MAX_SIGNATURE {
            true => ("signature".to_owned(), Json::String(signature.into()).compact()),
            false => {
                ("signature_sha256".to_owned(), format!("\"{}\"", sha256(signature.as_bytes())))
            }
        });
    }
    part
}

fn is_summary(block: &Json<'_>) -> bool {
    block.text("type") == Some("summary_text")
}

/// OpenLLMetry writes the summary list of a Responses item as JSON text.
fn decoded_summary(text: &str) -> Option<String> {
    let (value, _) = json::parse(text).ok()?;
    let blocks = value.items();
    let texts = !blocks.is_empty() && blocks.iter().all(|b| b.text("text").is_some());
    if texts { content_text(&value) } else { None }
}

/// A call in any spelling.
pub(super) fn tool_call(value: &Json<'_>) -> Part {
    let inner = value.any_of(&["function", "functionCall", "tool_call"]);
    let inner = if inner.is_object() { inner } else { value };
    let names = ["name", "tool_name", "toolName"];
    let name = inner.any_of(&names).str().or_else(|| value.any_of(&names).str());
    let arguments = ["arguments", "input", "args", "parameters"];
    let arguments = match inner.any_of(&arguments) {
        Json::Null => value.any_of(&arguments),
        found => found,
    };
    let ids = ["call_id", "id", "tool_call_id", "toolCallId", "tool_use_id"];
    let id = trimmed(value.any_of(&ids)).or_else(|| trimmed(inner.any_of(&ids)));
    let kind =
        value.text("type").filter(|kind| kind.starts_with("server_") || kind.starts_with("mcp_"));
    let kind = kind.map(|kind| if kind.starts_with("mcp_") { "mcp" } else { "server" }.to_owned());
    let name = name.unwrap_or_default().trim().to_owned();
    let mut part = What::Call { id, name, arguments: arguments.display(), kind }.part();
    if let (Some(item), true) = (value.text("id"), value.has("call_id")) {
        part.extra.push(("item_id".to_owned(), Json::String(item.into()).compact()));
    }
    part
}

/// A result in any spelling.
fn tool_result(value: &Json<'_>) -> Part {
    let inner = value.any_of(&["functionResponse", "tool_call_response"]);
    let inner = if inner.is_object() { inner } else { value };
    let id = trimmed(inner.any_of(&["tool_call_id", "call_id", "tool_use_id", "toolCallId", "id"]));
    let result =
        inner.any_of(&["response", "result", "output", "content", "server_tool_call_response"]);
    let error = match value.any_of(&["is_error", "isError"]).bool() {
        Some(flag) => Some(flag),
        None => (value.text("status") == Some("error")).then_some(true),
    };
    let name = inner.any_of(&["name", "tool_name", "toolName"]).display();
    What::Answer { id, name, text: result_text(result), error }.part()
}

/// The text of a result: blocks become their text, other structures stay JSON.
pub(super) fn result_text(result: &Json<'_>) -> Option<String> {
    let typed = |block: &Json<'_>| block.text("type").is_some();
    match result {
        Json::Array(blocks) if !blocks.is_empty() && blocks.iter().all(typed) => {
            content_text(result).or_else(|| result.display())
        }
        other => other.display(),
    }
}

fn media(value: &Json<'_>) -> Part {
    let inner =
        value.any_of(&["inlineData", "inline_data", "source", "image_url", "file", "input_audio"]);
    let inner = if inner.is_object() { inner } else { value };
    let url = value.any_of(&["uri", "url", "image_url", "file_id", "fileUri"]).str();
    let url = url.or_else(|| inner.any_of(&["url", "uri", "file_id"]).str());
    let data_url =
        url.and_then(|url| url.strip_prefix("data:")).and_then(|u| u.split_once(";base64,"));
    let data = data_url.map(|(_, data)| data);
    let data = data.or_else(|| inner.any_of(&["content", "data", "blob", "file_data"]).str());
    if let (Some("text"), Some(text)) = (inner.text("type"), data) {
        return What::Text(text.to_owned()).part();
    }
    let bytes = data.and_then(base64);
    if let (Some(text), None) = (data.filter(|data| !data.is_empty()), &bytes) {
        return What::Unknown(text.to_owned()).part();
    }
    let payload = bytes.map(|bytes| {
        let sha: [u8; 32] = Sha256::digest(&bytes).into();
        (Id32(sha), i64::try_from(bytes.len()).unwrap_or(i64::MAX))
    });
    let mimes = ["mime_type", "mimeType", "media_type"];
    let mime = data_url.map(|(mime, _)| mime.to_owned());
    let mime =
        mime.or_else(|| value.any_of(&mimes).display()).or_else(|| inner.any_of(&mimes).display());
    let mut part = What::Media { mime, payload }.part();
    if let (Some(url), None) = (url, data_url) {
        part.extra.push(("uri".to_owned(), Json::String(url.into()).compact()));
    }
    if let Some(modality) = value.text("modality") {
        part.extra.push(("modality".to_owned(), Json::String(modality.into()).compact()));
    }
    part
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// An id without the white space that some documentation examples carry.
pub(super) fn trimmed(value: &Json<'_>) -> Option<String> {
    let text = value.display()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
