//! Server-sent events of model APIs, put together into the responses they are parts of.
//!
//! A dump of a stream holds a response in hundreds of pieces, none of which says anything. What
//! comes out is the JSON that the same call without streaming would have given, so that the
//! formats need not know of streams. Bounded by the text that goes in.

mod anthropic;
mod chat;
mod responses;

use crate::formats::json::{self, Json};
use serde_json::Value;

/// A response put together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Response {
    /// As the API would have sent it in one piece.
    pub(super) json: String,
    /// Its end was seen.
    pub(super) complete: bool,
}

/// A response being put together.
enum Open {
    Anthropic(anthropic::Message),
    Chat(chat::Completion),
    Responses(responses::Output),
}

impl Open {
    fn finish(self) -> Option<Response> {
        let (value, complete) = match self {
            Self::Anthropic(message) => message.finish(),
            Self::Chat(completion) => completion.finish(),
            Self::Responses(output) => output.finish(),
        }?;
        Some(Response { json: value.to_string(), complete })
    }
}

/// Whether text that broke off is a dump of events.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(b"data:") || bytes.starts_with(b"event:")
}

/// The responses in a dump, in the order in which they began.
pub(super) fn assemble(text: &str) -> Vec<Response> {
    let mut open: Vec<Open> = Vec::new();
    for line in text.lines() {
        let Some(data) = line.strip_prefix("data:") else { continue };
        if let Ok((event, _)) = json::parse(data.trim()) {
            add(&mut open, &event);
        }
    }
    open.into_iter().filter_map(Open::finish).collect()
}

fn add(open: &mut Vec<Open>, event: &Json<'_>) {
    let kind = event.text("type").unwrap_or_default();
    if kind.starts_with("response.") {
        let same = |o: &&mut Open| matches!(o, Open::Responses(output) if output.takes(event));
        match open.iter_mut().rev().find(same) {
            Some(Open::Responses(output)) => output.add(kind, event),
            _ => open.push(Open::Responses(responses::Output::start(kind, event))),
        }
    } else if anthropic::is_event(kind) {
        let same = |o: &&mut Open| matches!(o, Open::Anthropic(_));
        match open.iter_mut().rev().find(same) {
            Some(Open::Anthropic(message)) if kind != "message_start" => message.add(kind, event),
            _ => open.push(Open::Anthropic(anthropic::Message::start(kind, event))),
        }
    } else if event.at("choices").is_array() {
        let same = |o: &&mut Open| matches!(o, Open::Chat(completion) if completion.takes(event));
        match open.iter_mut().rev().find(same) {
            Some(Open::Chat(completion)) => completion.add(event),
            _ => open.push(Open::Chat(chat::Completion::start(event))),
        }
    }
}

/// The value as `serde_json` has it, for building on.
fn owned(value: &Json<'_>) -> Value {
    serde_json::from_str(&value.compact()).unwrap_or_default()
}

/// Sets a field if there is something to say.
fn set(object: &mut serde_json::Map<String, Value>, key: &str, value: impl Into<Value>) {
    let value = value.into();
    if !value.is_null() && value.as_str() != Some("") {
        object.insert(key.to_owned(), value);
    }
}

/// Appends a string to a string field.
fn append(object: &mut serde_json::Map<String, Value>, key: &str, more: Option<&str>) {
    let Some(more) = more else { return };
    match object.get_mut(key) {
        Some(Value::String(text)) => text.push_str(more),
        _ => {
            object.insert(key.to_owned(), Value::from(more));
        }
    }
}

#[cfg(test)]
mod tests;
