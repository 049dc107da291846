//! The AI SDK's own attributes (`ai.prompt.*`, `ai.response.*`), common in JavaScript agents.

use super::{Content, Unit, placed};
use crate::formats::json::Json;
use crate::formats::telemetry::otlp::message::{self, Message, What};
use crate::formats::telemetry::otlp::parts;
use crate::record::ReasoningSource;

pub(super) fn read(unit: &mut Unit<'_>, content: &mut Content) {
    if !unit.attrs.has_prefix("ai.") {
        return;
    }
    content.speaks("ai_sdk");
    for key in ["ai.prompt.messages", "ai.prompt"] {
        let pointer = unit.attrs.pointer(key);
        let value = unit.attrs.take(key);
        if !value.is_null() && content.input.is_empty() {
            let read = prompt(&value);
            let messages = content.checked(read);
            content.input = placed(messages, pointer.as_deref());
        }
    }
    let pointer = unit.attrs.pointer("ai.prompt.tools");
    let tools = unit.attrs.take("ai.prompt.tools").display();
    content.tools = content.tools.take().or(tools.map(|tools| (tools, pointer)));
    let mut said = Message { role: "assistant".to_owned(), ..Message::default() };
    said.pointer = unit.attrs.pointer("ai.response.text");
    if let Some(text) =
        unit.attrs.take_text(&["ai.response.reasoning", "ai.response.reasoningText"])
    {
        said.parts.push(parts::thought(text, ReasoningSource::NativeBlock));
    }
    let text = unit.attrs.take_text(&["ai.response.text", "ai.response.object", "ai.result.text"]);
    said.parts.extend(text.map(|text| What::Text(text).part()));
    if let Some(text) = unit.attrs.take_text(&["ai.response.toolCalls", "ai.result.toolCalls"]) {
        message::with_json(&text, |json, _| {
            let calls = json.map_or(&[][..], Json::items);
            calls.iter().for_each(|call| parts::add_call(&mut said.parts, parts::tool_call(call)));
        });
    }
    said.finish = unit.attrs.take_text(&["ai.response.finishReason", "ai.finishReason"]);
    if !said.parts.is_empty() {
        content.output.push(said);
    }
}

/// The outer span has `{system, messages}` or `{prompt}`, the inner one the list.
fn prompt(value: &Json<'_>) -> message::FromAttribute {
    let Some(text) = value.str() else { return message::from_attribute(value, "user") };
    let bare = message::with_json(text, |json, truncated| {
        let json = json.filter(|json| json.is_object() && !json.has("role"))?;
        let mut messages = Vec::new();
        messages.extend(json.string("system").map(|t| Message::of("system", What::Text(t))));
        messages.extend(json.string("prompt").map(|t| Message::of("user", What::Text(t))));
        messages.extend(message::list(json.at("messages"), "user"));
        for (at, message) in messages.iter_mut().enumerate() {
            message.index = i32::try_from(at).unwrap_or(i32::MAX);
        }
        Some(message::FromAttribute { messages, truncated })
    });
    bare.unwrap_or_else(|| message::from_attribute(value, "user"))
}
