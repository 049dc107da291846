//! One turn to the rows of a message.
//!
//! Who speaks decides what a value is: text of people and models, a call (JSON text with name
//! and arguments, behind reasoning in tags perhaps), or what a tool gave back. Blocks are those of
//! LLaMA-Factory; any other goes to the reader of blocks that all chat formats share.

use crate::formats::chat::openai_chat::read_call;
use crate::formats::chat::shared::Message;
use crate::formats::chat::shared::calls::{Call, Outcome};
use crate::formats::chat::shared::parts::Parts;
use crate::formats::chat::shared::reasoning::Via;
use crate::formats::inline::{self, PartKind};
use crate::formats::{Json, common, json};
use crate::record::{Kind, Role};

/// The types of blocks that keep what they say under `value`.
pub(super) const BLOCKS: [&str; 5] = ["text", "reasoning", "tool_call", "tool_calls", "tools"];
const MAPPED: [&str; 6] = ["from", "role", "value", "content", "text", "name"];

/// Reads a turn that stands at `at`; what is no object is text of nobody.
pub(super) fn read(turn: &Json<'_>, at: &str) -> Message {
    if !turn.is_object() {
        return message("", turn, at);
    }
    let (key, value) = ["value", "content", "text"]
        .into_iter()
        .map(|key| (key, turn.at(key)))
        .find(|(_, value)| !value.is_null())
        .unwrap_or(("value", &json::NULL));
    let role = turn.any_of(&["from", "role"]).display().unwrap_or_default();
    let mut message = spoken(&role, turn.text("name"), value, at, &format!("/{key}"));
    if let Some(last) = message.events.last_mut() {
        common::leftovers(last, turn, &MAPPED);
    }
    message
}

/// Reads what this role said at `at`.
pub(super) fn message(role: &str, value: &Json<'_>, at: &str) -> Message {
    spoken(role, None, value, at, "")
}

fn spoken(raw: &str, name: Option<&str>, value: &Json<'_>, at: &str, key: &str) -> Message {
    let mut parts = started(raw, at);
    said(raw, name, value, key, &mut parts);
    parts.finish()
}

/// A message of this role at this place.
pub(in crate::formats) fn started(raw: &str, at: &str) -> Parts {
    let role = known_role(raw);
    let mut parts = Parts::new(Some(role), at);
    if role != raw {
        parts.template().role_raw = Some(raw.to_owned());
    }
    parts
}

/// Adds what this role said to a message of its own.
pub(in crate::formats) fn said(
    raw: &str,
    name: Option<&str>,
    value: &Json<'_>,
    at: &str,
    parts: &mut Parts,
) {
    let speaker = parts.template().role;
    match speaker {
        Some(Role::Tool) => returned(name, value, at, parts),
        Some(Role::Assistant) if is_caller(raw) => called(value, at, parts),
        _ => {
            parts.template().agent_name = name.map(str::to_owned);
            content(value, at, parts);
        }
    }
}

/// Turns of their own in which a model calls a tool.
fn is_caller(raw: &str) -> bool {
    let raw = raw.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    matches!(raw.as_str(), "function_call" | "tool_call" | "tool_calls")
}

/// The role as the other formats call it, where only data sets for training have the name.
fn known_role(raw: &str) -> &str {
    if is_caller(raw) {
        return "assistant";
    }
    match raw.trim().to_ascii_lowercase().replace('-', "_").as_str() {
        "function_response" | "tool_response" | "tool_output" | "tools" => "tool",
        _ => raw,
    }
}

/// What people and models say: text, or blocks.
fn content(value: &Json<'_>, at: &str, parts: &mut Parts) {
    match value {
        Json::Array(items) if items.iter().any(Json::is_object) => {
            parts.each(items, at, |parts, item, at| block(item, at, parts));
        }
        other => parts.content(other, at),
    }
}

fn block(block: &Json<'_>, at: &str, parts: &mut Parts) {
    let value = block.at("value");
    match block.text("type").filter(|_| block.has("value")) {
        Some("reasoning") => parts.reasoning(Via::Content, block, at),
        Some("tool_call" | "tool_calls") => called(value, at, parts),
        Some("tools") => {
            let mut event = parts.row(Kind::ToolDefinitions, at);
            event.text = value.display();
            parts.push(event);
        }
        _ if block.is_object() => parts.block(block, at),
        _ => parts.content(block, at),
    }
}

/// A call: JSON, or text that holds JSON, with reasoning in tags before it perhaps.
fn called(value: &Json<'_>, at: &str, parts: &mut Parts) {
    let Some(text) = value.str() else {
        calls(value, at, parts);
        return;
    };
    if let Ok((parsed, _)) = json::parse(text) {
        calls(&parsed, at, parts);
        return;
    }
    let (thought, rest) = text.split_at(end_of_thought(text));
    parts.text(thought.trim_end(), at);
    match json::parse(rest) {
        Ok((parsed, _)) => calls(&parsed, at, parts),
        Err(_) if !inline::split(rest).is_plain() => parts.text(rest, at),
        // Not JSON: a call all the same, whose arguments the sink marks as invalid.
        Err(_) if !rest.trim().is_empty() => unnamed(&Json::String(rest.into()), at, parts),
        Err(_) => {}
    }
}

/// Where the reasoning in tags ends that a text begins with.
fn end_of_thought(text: &str) -> usize {
    let split = inline::split(text);
    let silent = |part: &&inline::Part<'_>| match part.kind {
        PartKind::Reasoning | PartKind::Markup => true,
        PartKind::Text => part.body.trim().is_empty(),
        _ => false,
    };
    split.parts.iter().take_while(silent).last().map_or(0, |part| part.range.end)
}

/// One call or a list of them.
fn calls(value: &Json<'_>, at: &str, parts: &mut Parts) {
    match value {
        Json::Array(items) if !items.is_empty() => {
            parts.each(items, at, |parts, item, _| call(item, at, parts));
        }
        Json::Null => {}
        other => call(other, at, parts),
    }
}

fn call(value: &Json<'_>, at: &str, parts: &mut Parts) {
    let inner = if value.at("function").is_object() { value.at("function") } else { value };
    match inner.text("name") {
        Some(_) => read_call(value, at, parts),
        None => unnamed(value, at, parts),
    }
}

fn unnamed(arguments: &Json<'_>, at: &str, parts: &mut Parts) {
    let call = Call { arguments: Some(arguments), tool_type: "function", ..Call::default() };
    parts.call(&call, at);
}

/// What a tool gave back; some templates wrap it in a tag.
fn returned(name: Option<&str>, value: &Json<'_>, at: &str, parts: &mut Parts) {
    let row = parts.row(Kind::ToolResult, at);
    match value.str().and_then(|text| inline::result_events(text, &row)) {
        Some(events) => events.into_iter().for_each(|event| parts.push(event)),
        None => {
            parts.result(&Outcome { name, content: Some(value), ..Outcome::default() }, at);
        }
    }
}
