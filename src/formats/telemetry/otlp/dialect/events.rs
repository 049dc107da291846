//! The GenAI conventions up to 1.36: one event per message.
//!
//! The events are log records, grouped by their span before they come here, or events of the
//! span itself. The reasoning of the model has no place in this dialect.

use super::{Content, Unit};
use crate::formats::json::Json;
use crate::formats::telemetry::otlp::message::{self, Message, What};
use crate::formats::telemetry::otlp::walk::{Signal, SubEvent, is_message};

pub(super) fn read(unit: &mut Unit<'_>, content: &mut Content) {
    let of_call =
        |event: &SubEvent<'_>| is_message(&event.name) || event.name.starts_with("gen_ai.content.");
    let all = std::mem::take(&mut unit.events);
    let (mut messages, others): (Vec<_>, Vec<_>) = all.into_iter().partition(of_call);
    unit.events = others;
    if messages.is_empty() {
        return;
    }
    content.speaks("events");
    content.loses_reasoning = true;
    content.piecemeal = unit.signal == Signal::Messages;
    unit.attrs.take("event.name");
    for event in &mut messages {
        if unit.base.provider_name.is_none() {
            unit.base.provider_name =
                event.attrs.take_text(&["gen_ai.system", "gen_ai.provider.name"]);
        } else {
            event.attrs.take("gen_ai.system");
        }
        event.attrs.take("event.name");
        let is_output =
            matches!(event.name.as_str(), "gen_ai.choice" | "gen_ai.content.completion");
        for mut message in event_messages(event) {
            message.pointer = Some(event.pointer.clone());
            message.time = Some((event.time, event.observed));
            let list = if is_output { &mut content.output } else { &mut content.input };
            if !is_output || list.iter().any(|other| other.index == message.index) {
                message.index = i32::try_from(list.len()).unwrap_or(i32::MAX);
            }
            list.push(message);
        }
    }
}

fn event_messages(event: &mut SubEvent<'_>) -> Vec<Message> {
    let role = match event.name.as_str() {
        "gen_ai.system.message" => "system",
        "gen_ai.assistant.message" | "gen_ai.choice" | "gen_ai.content.completion" => "assistant",
        "gen_ai.tool.message" => "tool",
        _ => "user",
    };
    let keys = ["gen_ai.event.content", "gen_ai.prompt", "gen_ai.completion"];
    let whole = event.attrs.take_any(&keys);
    let text = whole.str().map(str::to_owned);
    if let Some(text) = text {
        return message::with_json(&text, |json, _| match json {
            Some(json) if json.has("message") || json.has("finish_reason") => {
                vec![choice(json, event)]
            }
            Some(json) => message::list(json, role),
            None => vec![Message::of(role, What::Text(text.clone()))],
        });
    }
    let body = std::mem::replace(&mut event.body, Json::Null);
    let body = match body {
        Json::Null => attribute_body(event),
        body => body,
    };
    if event.name == "gen_ai.choice" {
        return vec![choice(&body, event)];
    }
    let mut message = message::message(&body, role);
    message.extra.extend(event.attrs.rest());
    vec![message]
}

/// Some exporters write the fields of the body as attributes of the event.
fn attribute_body<'r>(event: &mut SubEvent<'r>) -> Json<'r> {
    let fields =
        ["role", "content", "tool_calls", "id", "name", "message", "index", "finish_reason"];
    let entries = fields.into_iter().filter_map(|field| {
        let value = event.attrs.take(field);
        (!value.is_null()).then(|| (field.into(), value))
    });
    Json::Object(entries.collect())
}

/// A choice has its message inside; its index counts alternatives.
fn choice(body: &Json<'_>, event: &SubEvent<'_>) -> Message {
    let inner = body.at("message");
    let mut message = match inner {
        Json::String(text) => message::with_json(text, |json, _| match json {
            Some(json) => message::message(json, "assistant"),
            None => Message::of("assistant", What::Text(text.clone().into_owned())),
        }),
        Json::Null => message::message(body, "assistant"),
        inner => message::message(inner, "assistant"),
    };
    if message.parts.is_empty() && !inner.is_null() {
        // Some versions put the calls beside the message.
        message.parts = message::message(body, "assistant").parts;
    }
    message.extra.retain(|(key, _)| key != "index" && key != "message");
    message.extra.extend(event.attrs.rest());
    message.finish = body.at("finish_reason").display().or(message.finish);
    message.index = body.at("index").i64().and_then(|at| i32::try_from(at).ok()).unwrap_or(0);
    message
}
