//! OpenInference: messages flattened into attributes, raw bodies beside them.
//!
//! A tool call often stands twice, in `tool_calls` and as a content block: one call, by its id.

use super::{Content, Unit, placed};
use crate::formats::json::Json;
use crate::formats::telemetry::otlp::body;
use crate::formats::telemetry::otlp::message::{Message, Part, What};
use crate::formats::telemetry::otlp::parts;
use crate::formats::telemetry::otlp::value::Flat;
use crate::record::{ReasoningSource, Role};

pub(super) fn read(unit: &mut Unit<'_>, content: &mut Content) {
    let attrs = &mut unit.attrs;
    if attrs.has_prefix("openinference.") || attrs.has_prefix("llm.input_messages.") {
        content.speaks("openinference");
    }
    content.input = messages(attrs.take_prefix("llm.input_messages."), "user");
    content.output = messages(attrs.take_prefix("llm.output_messages."), "assistant");
    if content.input.is_empty() {
        content.input = completions(attrs.take_prefix("llm.prompts."), "user");
    }
    if content.output.is_empty() {
        content.output = completions(attrs.take_prefix("llm.choices."), "assistant");
    }
    if let (Some(message), Some(finish)) = (content.output.last_mut(), &unit.base.finish_reason) {
        message.finish.get_or_insert_with(|| finish.clone());
    }
    let tools = attrs.take_prefix("llm.tools.").items("");
    if !tools.is_empty() {
        let pointer = tools.values().next().and_then(|tool| tool.pointer.clone());
        let schema = |mut tool: Flat<'_>| {
            let schema = tool.text(&["tool.json_schema", "json_schema"]);
            schema.or_else(|| tool.rest().next().map(|(_, value)| value))
        };
        let all: Vec<String> = tools.into_values().filter_map(schema).collect();
        content.tools = Some((format!("[{}]", all.join(",")), pointer));
    }
}

fn messages(mut flat: Flat<'_>, role: &str) -> Vec<Message> {
    flat.items("").into_iter().map(|(number, flat)| one(number, flat, role)).collect()
}

fn completions(mut flat: Flat<'_>, role: &str) -> Vec<Message> {
    let one = |(number, mut flat): (u32, Flat<'_>)| {
        let text = flat.text(&["prompt.text", "completion.text"])?;
        let index = i32::try_from(number).unwrap_or(i32::MAX);
        Some(Message { index, pointer: flat.pointer, ..Message::of(role, What::Text(text)) })
    };
    flat.items("").into_iter().filter_map(one).collect()
}

fn one(number: u32, mut flat: Flat<'_>, role: &str) -> Message {
    let role = flat.text(&["message.role"]).unwrap_or_else(|| role.to_owned());
    let mut message = Message {
        role,
        index: i32::try_from(number).unwrap_or(i32::MAX),
        finish: flat.text(&["message.finish_reason"]),
        pointer: flat.pointer.clone(),
        ..Message::default()
    };
    if let Some(text) = flat.text(&["message.reasoning_content", "message.reasoning"]) {
        message.parts.push(parts::thought(text, ReasoningSource::ReasoningContent));
    }
    let text = flat.text(&["message.content"]).filter(|text| !text.is_empty());
    message.parts.extend(text.clone().map(|text| What::Text(text).part()));
    for block in flat.items("message.contents.").into_values() {
        let part = block_part(block);
        let again = matches!(&part.what, What::Text(said) if Some(said) == text.as_ref());
        if !again {
            message.parts.push(part);
        }
    }
    for call in flat.items("message.tool_calls.").into_values() {
        parts::add_call(&mut message.parts, call_part(call));
    }
    if let Some(name) = flat.text(&["message.function_call_name"]) {
        let arguments = flat.text(&["message.function_call_arguments_json"]);
        message.parts.push(What::Call { id: None, name, arguments, kind: None }.part());
    }
    let id = flat.text(&["message.tool_call_id"]).map(|id| id.trim().to_owned());
    let name = flat.text(&["message.name"]);
    if crate::formats::common::role(&message.role) == Role::Tool {
        for part in &mut message.parts {
            if let What::Text(text) = &mut part.what {
                let text = Some(std::mem::take(text));
                part.what = What::Answer { id: id.clone(), name: name.clone(), text, error: None };
            }
        }
    }
    message.extra = flat.rest().collect();
    message
}

/// One content block; its fields are collected into JSON and read like any other part.
fn block_part(mut block: Flat<'_>) -> Part {
    if block.has("tool_call.function.name") {
        return call_part(block);
    }
    let image = block.text(&["message_content.image.image.url", "message_content.image.url"]);
    let mut fields: Vec<(String, String)> = Vec::new();
    for (key, value) in block.rest() {
        let key = key.strip_prefix("message_content.").unwrap_or(&key).to_owned();
        fields.push((key, value));
    }
    if let Some(url) = image {
        fields.push(("url".to_owned(), Json::String(url.as_str().into()).compact()));
    }
    let field = |(key, value): &(String, String)| {
        format!("{}:{value}", Json::String(key.as_str().into()).compact())
    };
    let text = format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","));
    let read = crate::formats::json::parse(&text).ok().and_then(|(json, _)| parts::read(&json));
    read.unwrap_or_else(|| What::Unknown(text).part())
}

fn call_part(mut call: Flat<'_>) -> Part {
    let id =
        call.text(&["tool_call.id"]).map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
    let name = call.text(&["tool_call.function.name"]).unwrap_or_default();
    let arguments = call.text(&["tool_call.function.arguments"]);
    call.take("message_content.type");
    let mut part = What::Call { id, name, arguments, kind: None }.part();
    part.extra = call.rest().collect();
    part
}

/// What went into an agent or chain and came out of it, if that is talk and not state: message
/// lists always, bare text for agents and roots.
pub(super) fn agent_values(unit: &mut Unit<'_>, content: &mut Content) {
    if content.has_messages() {
        return;
    }
    let is_agent = unit.attrs.text("openinference.span.kind") == Some("AGENT");
    let talks = is_agent || unit.base.parent_span_id.is_none();
    let pairs = [("input.value", "user"), ("output.value", "assistant")];
    for (key, role) in pairs {
        let Some(text) = unit.attrs.text(key).map(str::to_owned) else { continue };
        let read = body::any(&text, role);
        let is_text = !matches!(text.trim_start().bytes().next(), Some(b'{' | b'['));
        if read.messages.is_empty() || (is_text && !talks) {
            continue;
        }
        let pointer = unit.attrs.pointer(key);
        let messages = placed(content.checked(read), pointer.as_deref());
        unit.attrs.take(key);
        match role {
            "user" => content.input = messages,
            _ => content.output = messages,
        }
    }
}
