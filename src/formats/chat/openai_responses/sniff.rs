//! How sure a record is in the Responses format.

use super::items;
use crate::formats::Json;

pub(super) fn score(record: &Json<'_>) -> u8 {
    if record.is_array() {
        return if has_own_item(record.items()) { 80 } else { 0 };
    }
    if ["sessionId", "uuid", "payload", "run_type", "observations"].iter().any(|k| record.has(k)) {
        return 0;
    }
    if record.text("object") == Some("response") {
        return 97;
    }
    let response = record.any_of(&["response", "response_body"]);
    let response = if response.at("body").is_object() { response.at("body") } else { response };
    if response.text("object") == Some("response") {
        return 97;
    }
    if record.has("custom_id") {
        let url = record.text("url").is_some_and(|url| url.contains("/responses"));
        return if url && record.at("body").has("input") { 97 } else { 0 };
    }
    let output = record.at("output");
    let output = if output.is_array() { output } else { response.at("output") };
    if has_own_item(output.items()) {
        return 92;
    }
    request(record).max(item(record))
}

fn request(record: &Json<'_>) -> u8 {
    let inner = record.any_of(&["request", "request_body", "body"]);
    let inner = if inner.at("body").is_object() { inner.at("body") } else { inner };
    let request = if inner.has("input") { inner } else { record };
    let input = request.at("input");
    if has_own_item(input.items()) {
        return 90;
    }
    let own = ["instructions", "previous_response_id", "max_output_tokens", "reasoning", "include"];
    let named = own.iter().filter(|key| request.has(key)).count();
    let listed = input.items().first().is_some_and(|item| item.has("role"));
    match (input.str().is_some() || listed, request.has("model"), named) {
        (true, true, 1..) => 85,
        (true, true, 0) if listed => 70,
        (true, true, 0) => 40,
        _ => 0,
    }
}

/// Items that other APIs do not have.
fn has_own_item(items: &[Json<'_>]) -> bool {
    items.iter().take(32).any(|entry| item(entry) >= 80)
}

/// A bare item.
fn item(record: &Json<'_>) -> u8 {
    if !items::is_item(record) {
        return 0;
    }
    let own_block = |block: &Json<'_>| {
        matches!(block.text("type"), Some("input_text" | "output_text" | "input_image"))
    };
    match record.text("type").unwrap_or_default() {
        "message" if record.at("content").items().iter().any(own_block) => 85,
        "message" => 45,
        "reasoning" if record.at("summary").is_array() => 88,
        "reasoning" => 40,
        "function_call"
        | "function_call_output"
        | "custom_tool_call"
        | "custom_tool_call_output" => 88,
        _ => 75,
    }
}
