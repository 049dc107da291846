//! Flattened prompts: `gen_ai.prompt.N.*` and `gen_ai.completion.N.*` of OpenLLMetry up to
//! 0.49 and its older `llm.*` names.
//!
//! Numbers are sorted as numbers (10 after 2), and gaps stay gaps: the number is the index of
//! the message.

use super::{Content, Unit};
use crate::formats::json::Json;
use crate::formats::telemetry::otlp::message::{self, Message, Part, What};
use crate::formats::telemetry::otlp::parts;
use crate::formats::telemetry::otlp::value::Flat;
use crate::record::{ReasoningSource, Role};

pub(super) fn read(unit: &mut Unit<'_>, content: &mut Content) {
    if unit.attrs.has_prefix("traceloop.") {
        content.speaks("openllmetry");
    }
    for (prefix, role) in [("gen_ai.prompt", "user"), ("llm.prompts", "user")] {
        let found = messages(unit, content, prefix, role);
        content.input.extend(found);
    }
    for (prefix, role) in [("gen_ai.completion", "assistant"), ("llm.completions", "assistant")] {
        let found = messages(unit, content, prefix, role);
        content.output.extend(found);
    }
    let functions = unit.attrs.take_prefix("llm.request.functions.").items("");
    if !functions.is_empty() {
        let pointer = functions.values().next().and_then(|function| function.pointer.clone());
        let all: Vec<String> = functions.into_values().map(function_json).collect();
        content.tools.get_or_insert((format!("[{}]", all.join(",")), pointer));
    }
}

fn messages(unit: &mut Unit<'_>, content: &mut Content, prefix: &str, role: &str) -> Vec<Message> {
    let whole = unit.attrs.take(prefix);
    if let Some(text) = whole.str() {
        content.speaks("openllmetry");
        let read = message::from_attribute(&Json::String(text.into()), role);
        return content.checked(read);
    }
    let items = unit.attrs.take_prefix(&format!("{prefix}.")).items("");
    if !items.is_empty() {
        content.speaks("openllmetry");
    }
    items.into_iter().map(|(number, flat)| one(number, flat, role, content)).collect()
}

fn one(number: u32, mut flat: Flat<'_>, role: &str, content: &mut Content) -> Message {
    let role = flat.text(&["role"]).unwrap_or_else(|| role.to_owned());
    let mut message = Message {
        index: i32::try_from(number).unwrap_or(i32::MAX),
        finish: flat.text(&["finish_reason"]),
        pointer: flat.pointer.clone(),
        ..Message::of(&role, What::Text(String::new()))
    };
    message.parts.clear();
    for key in ["reasoning", "reasoning_content", "thinking"] {
        if let Some(text) = flat.text(&[key]).filter(|text| !text.trim().is_empty()) {
            message.parts.push(parts::thought(text, ReasoningSource::ReasoningContent));
        }
    }
    let said = flat.take("content");
    message.parts.extend(content_parts(&said, content));
    if let Some(text) = flat.text(&["refusal"]).filter(|text| !text.is_empty()) {
        message.parts.push(What::Refusal(text).part());
    }
    for call in flat.items("tool_calls.").into_values() {
        parts::add_call(&mut message.parts, flat_call(call));
    }
    let one = flat.items("function_call.").into_values().next();
    let call = flat.text(&["function_call.name"]).map(|name| What::Call {
        id: None,
        name,
        arguments: flat.text(&["function_call.arguments"]),
        kind: None,
    });
    message.parts.extend(call.map(What::part).or_else(|| one.map(flat_call)));
    let id = flat.text(&["tool_call_id"]);
    if crate::formats::common::role(&role) == Role::Tool {
        answer(&mut message, id.as_deref());
    }
    message.extra = flat.rest().collect();
    message
}

/// Content is text; a list of blocks is written as its JSON.
fn content_parts(said: &Json<'_>, content: &mut Content) -> Vec<Part> {
    let Some(text) = said.str() else { return parts::read(said).into_iter().collect() };
    if text.is_empty() {
        return Vec::new();
    }
    let typed = |json: &Json<'_>| {
        !json.items().is_empty() && json.items().iter().all(|block| block.text("type").is_some())
    };
    let blocks = message::with_json(text, |json, truncated| {
        let blocks = json.filter(|json| typed(json))?;
        let read: Vec<Part> = blocks.items().iter().filter_map(parts::read).collect();
        Some((read, truncated))
    });
    match blocks {
        Some((parts, truncated)) => {
            content.checked(message::FromAttribute { messages: Vec::new(), truncated });
            parts
        }
        None => vec![What::Text(text.to_owned()).part()],
    }
}

fn flat_call(mut call: Flat<'_>) -> Part {
    let id = call.text(&["id", "tool_call.id"]).map(|id| id.trim().to_owned());
    let name = call.text(&["name", "function.name", "tool_call.function.name"]).unwrap_or_default();
    let arguments = call.text(&["arguments", "function.arguments", "tool_call.function.arguments"]);
    let id = id.filter(|id| !id.is_empty());
    let mut part = What::Call { id, name, arguments, kind: None }.part();
    part.extra = call.rest().collect();
    part
}

fn answer(message: &mut Message, id: Option<&str>) {
    for part in &mut message.parts {
        if let What::Text(text) = &mut part.what {
            let text = Some(std::mem::take(text));
            part.what = What::Answer { id: id.map(str::to_owned), name: None, text, error: None };
        }
    }
}

fn function_json(flat: Flat<'_>) -> String {
    let field = |(key, value): (String, String)| {
        format!("{}:{value}", Json::String(key.as_str().into()).compact())
    };
    let fields: Vec<String> = flat.rest().map(field).collect();
    format!("{{{}}}", fields.join(","))
}
