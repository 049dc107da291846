//! How sure a record is in the chat format.
//!
//! `messages` with roles is the most copied shape of all, so a record that has nothing more
//! specific scores low and leaves the field to formats that know more about it.

use crate::formats::Json;

/// Fields that only the chat API and its servers put into a message.
const OWN_FIELDS: [&str; 8] = [
    "tool_calls",
    "function_call",
    "tool_call_id",
    "reasoning_content",
    "reasoning_details",
    "refusal",
    "weight",
    "thinking_blocks",
];

/// Top-level fields of other formats that also have `messages` or roles.
const FOREIGN: [&str; 21] = [
    "sessionId",
    "uuid",
    "trajectory",
    "trajectory_format",
    "traj",
    "suite_name",
    "conversations",
    "transcripts",
    "simulations",
    "run_type",
    "resourceSpans",
    "eval",
    "schemaType",
    "jsonrpc",
    "call_type",
    "schema_version",
    "signed_body_url",
    "observations",
    "op_name",
    "payload",
    "contents",
];

pub(super) fn score(record: &Json<'_>) -> u8 {
    if record.is_array() {
        return list(record.items()).saturating_sub(5);
    }
    if FOREIGN.iter().any(|key| record.has(key)) {
        return 0;
    }
    if record.text("object") == Some("chat.completion") {
        return 97;
    }
    if is_event(record) {
        return list(record.at("messages").items()).min(35);
    }
    if record.has("custom_id") {
        return batch(record);
    }
    if record.has("preferred_output") && record.has("non_preferred_output") {
        return 95;
    }
    if record.at("messages").is_array() {
        return with_messages(record);
    }
    let pair = pair(record);
    if pair > 0 {
        return pair;
    }
    if record.at("choices").items().first().is_some_and(is_choice) {
        return 90;
    }
    let ollama = record.path(&["message", "role"]).str().is_some() && record.has("done");
    if ollama { 88 } else { bare(record) }
}

/// A numbered event of an agent's telemetry that quotes messages; its own reader knows better.
fn is_event(record: &Json<'_>) -> bool {
    record.has("seq") && record.text("type").is_some_and(|kind| kind.contains('.'))
}

fn is_choice(choice: &Json<'_>) -> bool {
    choice.at("message").is_object() || (choice.has("finish_reason") && !choice.has("delta"))
}

fn batch(record: &Json<'_>) -> u8 {
    let body = record.path(&["response", "body"]);
    if body.text("object") == Some("chat.completion") || body.has("choices") {
        return 97;
    }
    if record.at("body").has("messages") {
        let chat = record.text("url").is_some_and(|url| url.contains("chat/completions"));
        return if chat { 97 } else { 85 };
    }
    // A line that expired or failed has nothing that names the API.
    let failed = record.at("error").is_object() || record.at("response").is_object();
    let id = record.text("id").is_some_and(|id| id.starts_with("batch_req"));
    if failed && id && !body.has("output") { 75 } else { 0 }
}

fn with_messages(record: &Json<'_>) -> u8 {
    let messages = list(record.at("messages").items());
    if messages == 0 {
        return 0;
    }
    let response = record.at("response");
    if record.has("choices") || response.has("choices") {
        return 92;
    }
    let tools = record.at("tools").items().first().is_some_and(|tool| tool.has("function"));
    if tools { messages.max(85) } else { messages }
}

fn pair(record: &Json<'_>) -> u8 {
    for key in ["request", "request_body", "body", "input"] {
        let value = record.at(key);
        let value = if value.at("body").is_object() { value.at("body") } else { value };
        let messages = if value.is_array() { value } else { value.at("messages") };
        let found = list(messages.items());
        if found > 0 {
            let answer = record.any_of(&["response", "output", "response_body"]);
            let answer = if answer.at("body").is_object() { answer.at("body") } else { answer };
            let certain = answer.text("object") == Some("chat.completion") || answer.has("choices");
            return if certain { 95 } else { found.saturating_add(5).min(85) };
        }
    }
    let answer = record.any_of(&["response", "response_body"]);
    let certain = answer.text("object") == Some("chat.completion");
    if certain { 90 } else { 0 }
}

/// Looks at the first messages only.
fn list(messages: &[Json<'_>]) -> u8 {
    let first = messages.iter().take(32);
    if !messages.first().is_some_and(|message| message.has("role")) {
        return 0;
    }
    let own = |message: &Json<'_>| {
        OWN_FIELDS.iter().any(|key| message.has(key))
            || matches!(message.at("role").str(), Some("tool" | "function" | "developer"))
    };
    if first.into_iter().any(own) { 80 } else { 60 }
}

/// A message per line.
fn bare(record: &Json<'_>) -> u8 {
    let says = ["content", "tool_calls", "parts", "function_call"].iter().any(|k| record.has(k));
    if record.at("role").str().is_none() || !says || record.has("type") {
        return 0;
    }
    if OWN_FIELDS.iter().any(|key| record.has(key)) { 70 } else { 50 }
}
