//! One message of the chat API to rows.

use crate::formats::chat::shared::Message;
use crate::formats::chat::shared::calls::{Call, Outcome};
use crate::formats::chat::shared::parts::Parts;
use crate::formats::chat::shared::reasoning::Via;
use crate::formats::chat::shared::unwrap;
use crate::formats::{Json, common, inline};
use crate::record::{Event, Kind, Role};

const MAPPED: [&str; 20] = [
    "role",
    "content",
    "text",
    "reasoning_content",
    "reasoning",
    "thinking",
    "refusal",
    "id",
    "tool_call_id",
    "name",
    "timestamp",
    "created_at",
    "is_error",
    "session_id",
    "session",
    "conversation_id",
    "thread_id",
    "toolCallId",
    "toolName",
    "isError",
];

/// Reads a message that stands at `at`.
pub(in crate::formats::chat) fn message(json: &Json<'_>, at: &str) -> Message {
    let role = json.at("role").display();
    let mut parts = Parts::new(role.as_deref(), at);
    let template = parts.template();
    template.message_id = json.text("id").map(str::to_owned);
    template.ts = json.any_of(&["timestamp", "created_at"]).time();
    let role = template.role;
    if role == Some(Role::Tool) {
        read_result(json, &mut parts);
    } else {
        read_reasoning(json, &mut parts);
        read_content(json, &mut parts);
        read_calls(json, &mut parts);
    }
    let mut message = parts.finish();
    if let Some(last) = message.events.last_mut() {
        common::leftovers(last, json, &MAPPED);
        let named = json.text("name").filter(|_| role != Some(Role::Tool));
        last.agent_name = named.map(str::to_owned);
    }
    message
}

fn read_reasoning(json: &Json<'_>, parts: &mut Parts) {
    for (index, block) in json.at("thinking_blocks").items().iter().enumerate() {
        parts.reasoning(Via::ThinkingBlocks, block, &format!("/thinking_blocks/{index}"));
    }
    let details = json.at("reasoning_details").items();
    parts.reasoning_details(details, "/reasoning_details");
    for (key, via) in [
        ("reasoning_content", Via::ReasoningContent),
        ("reasoning", Via::Reasoning),
        ("thinking", Via::Reasoning),
    ] {
        parts.reasoning_field(via, json.at(key), &format!("/{key}"));
    }
}

fn read_content(json: &Json<'_>, parts: &mut Parts) {
    for key in ["content", "parts", "text"] {
        let value = json.at(key);
        if !value.is_null() {
            parts.content(value, &format!("/{key}"));
            break;
        }
    }
    if let Some(refusal) = json.text("refusal") {
        let mut event = parts.row(Kind::Refusal, "/refusal");
        event.text = Some(refusal.to_owned());
        parts.push(event);
    }
    if json.at("audio").is_object() {
        parts.media(json.at("audio"), "/audio");
    }
    for (index, image) in json.at("images").items().iter().enumerate() {
        parts.media(image, &format!("/images/{index}"));
    }
}

fn read_calls(json: &Json<'_>, parts: &mut Parts) {
    for (index, call) in json.at("tool_calls").items().iter().enumerate() {
        read_call(call, &format!("/tool_calls/{index}"), parts);
    }
    let legacy = json.at("function_call");
    if legacy.is_object() {
        read_call(legacy, "/function_call", parts);
    }
}

/// Reads a call that stands at `at` of its message.
pub(in crate::formats::chat) fn read_call(call: &Json<'_>, at: &str, parts: &mut Parts) {
    let inner = call.any_of(&["function", "custom"]);
    let inner = if inner.is_object() { inner } else { call };
    let custom = call.text("type") == Some("custom");
    let arguments = inner.any_of(&["arguments", "input", "args", "parameters"]);
    parts.call(
        &Call {
            name: inner.text("name").unwrap_or_default(),
            id: call.any_of(&["id", "tool_call_id"]).str(),
            arguments: Some(arguments),
            tool_type: if custom { "custom" } else { "function" },
            server: None,
        },
        at,
    );
}

/// A tool's message; some templates wrap the result in a tag, some in blocks.
fn read_result(json: &Json<'_>, parts: &mut Parts) {
    let content = json.any_of(&["content", "parts", "text"]);
    let tagged = content.str().and_then(|text| {
        let row: Event = parts.row(Kind::ToolResult, "/content");
        inline::result_events(text, &row)
    });
    let blocks = content.items().iter().any(|block| {
        block
            .text("type")
            .is_some_and(|kind| kind.ends_with("tool_result") || kind == "tool-result")
    });
    let id = json.any_of(&["tool_call_id", "call_id", "toolCallId"]).str();
    match tagged {
        Some(events) => {
            let single = events.len() == 1;
            for mut event in events {
                if single {
                    event.tool_call_id = event.tool_call_id.take().or(id.map(str::to_owned));
                    event.tool_name = event.tool_name.take().or(json.string("name"));
                }
                parts.push(event);
            }
        }
        None if blocks => parts.content(content, "/content"),
        None => parts.result(
            &Outcome {
                id,
                name: json.any_of(&["name", "toolName"]).str(),
                content: Some(content),
                is_error: json.any_of(&["is_error", "isError"]).bool(),
                tool_type: None,
            },
            "/content",
        ),
    }
    if let Some(error) = json.get("error").filter(|error| !error.is_null())
        && let Some(last) = parts.last()
    {
        let mut row = unwrap::error_row(error, String::new());
        last.tool_is_error.get_or_insert(true);
        last.error_message = row.error_message.take();
    }
}
