//! Raw request and response bodies that exporters keep beside their own attributes.
//!
//! Instrumentations drop what their conventions have no name for, and the chain of thought
//! first of all; the raw body still has it. The bodies of the four big interfaces are read
//! into the same messages as everything else, and what the attributes lack is added.

use super::message::{self, FromAttribute, Message, What, fold};
use super::parts;
use super::usage;
use crate::formats::json::Json;
use crate::record::{ReasoningSource, Usage};

/// What a body says.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// Its messages.
    pub(super) messages: Vec<Message>,
    /// System prompt beside the messages.
    pub(super) system: Option<String>,
    /// Tools on offer, as JSON text.
    pub(super) tools: Option<String>,
    /// Token counts, cache included.
    pub(super) usage: Usage,
    /// Id of the response.
    pub(super) id: Option<String>,
    /// Model.
    pub(super) model: Option<String>,
    /// The text was cut and has been repaired.
    pub(super) truncated: bool,
}

/// Reads a response body; `None` if it is not of a known interface.
pub(super) fn response(text: &str) -> Option<Body> {
    message::with_json(text, |json, truncated| {
        let json = json?;
        let mut messages = response_messages(json);
        number(&mut messages);
        for part in messages.iter_mut().flat_map(|m| &mut m.parts) {
            if let What::Reasoning { source, .. } = &mut part.what {
                *source = ReasoningSource::RawBody;
            }
        }
        if messages.is_empty() {
            return None;
        }
        let usage = usage::from_body(json.any_of(&["usage", "usageMetadata"]));
        let id = json.any_of(&["id", "responseId"]).display();
        let model = json.any_of(&["model", "modelVersion"]).display();
        Some(Body { messages, usage, id, model, truncated, ..Body::default() })
    })
}

/// Reads a request body; `None` if it is not of a known interface.
pub(super) fn request(text: &str) -> Option<Body> {
    message::with_json(text, |json, truncated| {
        let json = json?;
        let found = json.any_of(&["messages", "input", "contents"]);
        let mut messages = match found {
            Json::String(_) if !json.has("model") => Vec::new(),
            found => message::list(found, "user"),
        };
        number(&mut messages);
        if messages.iter().all(|message| message.parts.is_empty()) {
            return None;
        }
        let system = json.any_of(&["system", "instructions", "systemInstruction"]);
        let system = match system.has("parts") {
            true => crate::formats::common::content_text(system.at("parts")),
            false => crate::formats::common::content_text(system),
        };
        let tools = json.at("tools");
        let tools = (!tools.items().is_empty()).then(|| tools.compact());
        let model = json.any_of(&["model", "modelId"]).display();
        Some(Body { messages, system, tools, model, truncated, ..Body::default() })
    })
}

fn number(messages: &mut [Message]) {
    for (at, message) in messages.iter_mut().enumerate() {
        message.index = i32::try_from(at).unwrap_or(i32::MAX);
    }
}

fn response_messages(json: &Json<'_>) -> Vec<Message> {
    if let found @ [_, ..] = json.at("choices").items() {
        return found.iter().map(choice).collect();
    }
    if let found @ [_, ..] = json.at("candidates").items() {
        return found.iter().map(candidate).collect();
    }
    if json.at("output").is_array() {
        return message::list(json.at("output"), "assistant");
    }
    let answers = json.at("role").str() == Some("assistant") || json.has("stop_reason");
    if answers && (json.has("content") || json.has("tool_calls")) {
        return vec![message::message(json, "assistant")];
    }
    if json.path(&["output", "message"]).is_object() {
        return vec![message::message(json.path(&["output", "message"]), "assistant")];
    }
    if json.at("message").has("content") {
        return vec![message::message(json.at("message"), "assistant")];
    }
    Vec::new()
}

fn choice(choice: &Json<'_>) -> Message {
    let inner = choice.any_of(&["message", "delta"]);
    let inner = if inner.is_object() { inner } else { choice };
    let mut message = message::message(inner, "assistant");
    if message.parts.is_empty() {
        message.parts.extend(choice.string("text").map(|text| What::Text(text).part()));
    }
    message.finish = choice.at("finish_reason").display().or(message.finish);
    message.extra.clear();
    message
}

fn candidate(candidate: &Json<'_>) -> Message {
    let mut message = message::message(candidate.at("content"), "model");
    message.finish = candidate.at("finishReason").display();
    message
}

/// Adds to `output` what only the raw body has. A thought that both have is one thought.
pub(super) fn complete(output: &mut Vec<Message>, body: Vec<Message>) {
    if output.iter().all(|message| message.parts.is_empty()) {
        *output = body;
        return;
    }
    let known: Vec<String> = output.iter().flat_map(|m| &m.parts).filter_map(said).collect();
    for (at, extra) in body.into_iter().enumerate() {
        let ids: Vec<String> = output
            .iter()
            .flat_map(|m| &m.parts)
            .filter_map(|p| p.call_id().map(str::to_owned))
            .collect();
        let is_new = |part: &message::Part| {
            let same_call = part.call_id().is_some_and(|id| ids.iter().any(|known| known == id));
            !same_call && said(part).is_some_and(|text| !known.contains(&text))
        };
        extra.parts.iter().for_each(|part| confirm(output, part));
        let mut new: Vec<message::Part> = extra.parts.into_iter().filter(is_new).collect();
        for part in &mut new {
            part.extra.push(("found_in".to_owned(), "\"raw_body\"".to_owned()));
        }
        let at = at.min(output.len() - 1);
        let Some(target) = output.get_mut(at) else { continue };
        target.finish = target.finish.take().or(extra.finish);
        // Thoughts come before what they lead to.
        let (thoughts, rest): (Vec<_>, Vec<_>) =
            new.into_iter().partition(|part| matches!(part.what, What::Reasoning { .. }));
        target.parts.splice(0..0, thoughts);
        target.parts.extend(rest);
    }
}

/// A thought that the raw body has too: it knows whether this is only a summary.
fn confirm(output: &mut [Message], copy: &message::Part) {
    let What::Reasoning { state: copied, text: Some(_), .. } = &copy.what else { return };
    let text = said(copy);
    for part in output.iter_mut().flat_map(|message| &mut message.parts) {
        let same = said(part) == text;
        if let (What::Reasoning { state, .. }, true) = (&mut part.what, same) {
            *state = *copied;
            part.extra.push(("also_in".to_owned(), "\"raw_body\"".to_owned()));
        }
    }
}

/// What a part says, for the comparison of two captures of one response.
fn said(part: &message::Part) -> Option<String> {
    match &part.what {
        What::Reasoning { text: Some(text), .. } => Some(format!("thought {}", fold(text))),
        What::Reasoning { .. } => part
            .extra
            .iter()
            .find(|(key, _)| key == "cipher_sha256")
            .map(|(_, sha)| format!("cipher {sha}")),
        _ => part.canonical().map(|text| fold(&text)),
    }
}

/// Reads text that is a body of an interface, a message list, or just what was said.
pub(super) fn any(text: &str, role: &str) -> FromAttribute {
    let read = if role == "assistant" { response(text) } else { request(text) };
    if let Some(body) = read {
        return FromAttribute { messages: body.messages, truncated: body.truncated };
    }
    let is_list = |json: &Json<'_>| {
        let items = if json.is_array() { json.items() } else { std::slice::from_ref(json) };
        !items.is_empty() && items.iter().all(|item| item.has("role") || item.has("parts"))
    };
    message::with_json(text, |json, truncated| match json {
        Some(json) if is_list(json) => {
            FromAttribute { messages: message::list(json, role), truncated }
        }
        Some(_) => FromAttribute::default(),
        None if text.trim().is_empty() => FromAttribute::default(),
        None => FromAttribute {
            messages: vec![Message::of(role, What::Text(text.to_owned()))],
            truncated: false,
        },
    })
}

/// Thoughts in any raw attribute: a `reasoning` part however deep, found without knowing the
/// interface. Bounded by the parser's depth limit.
pub(super) fn thoughts(json: &Json<'_>, found: &mut Vec<message::Part>) {
    for (key, value) in json.entries() {
        match (&**key, value) {
            ("reasoning_content" | "reasoning" | "thinking", Json::String(text))
                if !text.trim().is_empty() =>
            {
                found.push(parts::thought(text.clone().into_owned(), ReasoningSource::RawBody));
            }
            _ => thoughts(value, found),
        }
    }
    for item in json.items() {
        thoughts(item, found);
    }
}
