//! Which dialect a unit speaks, and what it says.
//!
//! Decided per unit and by attributes alone: one trace mixes instrumentations, and one span may
//! carry two dialects. The first dialect that yields messages has the word; what the others
//! said stays in the attributes.

mod agents;
mod events;
mod flattened;
mod judge;
mod openinference;
mod semconv;
mod tools;
mod vercel;

use super::body;
use super::message::{FromAttribute, Message};
use super::usage;
use super::value::Attrs;
use super::walk::{Signal, Unit};
use crate::record::{Event, Kind, Role, Usage};
use std::collections::BTreeMap;

/// What kind of work a unit reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Nature {
    /// A call of a model.
    Model,
    /// A call of a tool or a retrieval.
    Tool,
    /// Anything else.
    #[default]
    Other,
    /// An agent, chain or workflow around other units, whose content it repeats.
    Agent,
}

/// A row that is no part of a message.
#[derive(Debug)]
pub(super) struct Extra {
    /// Names it within the unit.
    pub(super) direction: &'static str,
    /// Number among those of its name.
    pub(super) number: i32,
    /// The row.
    pub(super) event: Event,
}

/// What a unit says.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// Name of the dialect.
    pub(super) dialect: &'static str,
    /// What kind of work it is.
    pub(super) nature: Nature,
    /// Tools on offer, as JSON text, and its place.
    pub(super) tools: Option<(String, Option<String>)>,
    /// System prompts beside the messages.
    pub(super) system: Vec<Message>,
    /// What went in.
    pub(super) input: Vec<Message>,
    /// What came out.
    pub(super) output: Vec<Message>,
    /// Rows beside the messages.
    pub(super) extras: Vec<Extra>,
    /// How many rows each name has.
    counts: BTreeMap<&'static str, i32>,
    /// Tokens of the call.
    pub(super) usage: Usage,
    /// Flags of all rows.
    pub(super) flags: Vec<&'static str>,
    /// The exporter is known to leave reasoning out.
    pub(super) loses_reasoning: bool,
    /// The messages come one by one: the history goes on where the last unit stopped.
    pub(super) piecemeal: bool,
}

impl Content {
    /// Takes messages over, noting whether the attribute was cut.
    pub(super) fn checked(&mut self, read: FromAttribute) -> Vec<Message> {
        if read.truncated && !self.flags.contains(&"truncated_attribute") {
            self.flags.push("truncated_attribute");
        }
        read.messages
    }

    /// Adds a row beside the messages.
    pub(super) fn extra(&mut self, direction: &'static str, event: Event) {
        let count = self.counts.entry(direction).or_default();
        self.extras.push(Extra { direction, number: *count, event });
        *count = count.saturating_add(1);
    }

    /// Whether there are messages.
    pub(super) fn has_messages(&self) -> bool {
        !self.input.is_empty() || !self.output.is_empty()
    }

    fn speaks(&mut self, dialect: &'static str) {
        if self.dialect.is_empty() {
            self.dialect = dialect;
        }
    }
}

/// What kind of work a unit reports, from attributes that are not taken yet.
pub(super) fn nature(unit: &Unit<'_>) -> Nature {
    if unit.signal == Signal::Messages {
        return Nature::Model;
    }
    let attrs = &unit.attrs;
    let word = |key: &str| attrs.text(key).unwrap_or_default().to_ascii_lowercase();
    match word("openinference.span.kind").as_str() {
        "llm" | "embedding" => return Nature::Model,
        "tool" | "retriever" => return Nature::Tool,
        "agent" | "chain" => return Nature::Agent,
        "" => {}
        _ => return Nature::Other,
    }
    match word("gen_ai.operation.name").as_str() {
        "chat" | "text_completion" | "generate_content" | "completion" | "embeddings"
        | "response" | "responses" | "inference" => return Nature::Model,
        "execute_tool" | "retrieval" => return Nature::Tool,
        // A remote agent is called like a model; a local one only wraps its calls.
        "invoke_agent" if unit.kind == "client" && usage::present(attrs) => return Nature::Model,
        "invoke_agent" | "create_agent" | "invoke_workflow" | "plan" => return Nature::Agent,
        _ => {}
    }
    match word("traceloop.span.kind").as_str() {
        "tool" => return Nature::Tool,
        "workflow" | "agent" | "task" => return Nature::Agent,
        _ => {}
    }
    by_contents(attrs)
}

fn by_contents(attrs: &Attrs<'_>) -> Nature {
    let calls = [
        "gen_ai.tool.call.id",
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.name",
        "ai.toolCall.name",
    ];
    if calls.iter().any(|key| attrs.has(key)) {
        return Nature::Tool;
    }
    let wrapper = attrs.text("ai.operationId").is_some_and(|id| !id.contains(".do"));
    let prefixes = [
        "gen_ai.prompt",
        "gen_ai.completion",
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.response.id",
        "gen_ai.request.model",
        "llm.input_messages",
        "llm.output_messages",
        "llm.prompts",
        "llm.completions",
        "llm.request",
        "ai.prompt",
        "ai.response",
    ];
    match prefixes.iter().any(|prefix| attrs.has_prefix(prefix)) {
        true if wrapper => Nature::Agent,
        true => Nature::Model,
        false => Nature::Other,
    }
}

/// Reads all that a unit says; takes what it understands from the attributes.
pub(super) fn read(unit: &mut Unit<'_>, nature: Nature) -> Content {
    let mut content = Content { nature, ..Content::default() };
    if agents::read(unit, &mut content) {
        return content;
    }
    if unit.signal == Signal::Log && unit.name.starts_with("gen_ai.") {
        let fields = std::mem::replace(&mut unit.body, crate::formats::Json::Null);
        match fields.is_object() {
            true => unit.attrs.absorb(fields),
            false => unit.body = fields,
        }
    }
    judge::read(unit, &mut content);
    events::read(unit, &mut content);
    semconv::read(unit, &mut content);
    for dialect in [flattened::read, openinference::read, vercel::read] {
        if !content.has_messages() {
            dialect(unit, &mut content);
        }
    }
    if nature == Nature::Model {
        content.usage = usage::take(&mut unit.attrs);
        add_raw_bodies(unit, &mut content);
    }
    if nature == Nature::Agent {
        openinference::agent_values(unit, &mut content);
    }
    if nature == Nature::Tool {
        tools::read(unit, &mut content);
    }
    errors(unit, &mut content);
    span_events(unit, &mut content);
    content.speaks("plain");
    content
}

/// Attributes that hold whole responses.
const RESPONSES: [&str; 7] = [
    "output.value",
    "gen_ai.response.body",
    "http.response.body",
    "response.body",
    "llm.response.body",
    "traceloop.entity.output",
    "raw_response",
];
/// Attributes that hold whole requests.
const REQUESTS: [&str; 6] = [
    "input.value",
    "gen_ai.request.body",
    "http.request.body",
    "request.body",
    "llm.request.body",
    "raw_request",
];

fn add_raw_bodies(unit: &mut Unit<'_>, content: &mut Content) {
    for key in REQUESTS {
        let Some(body) = unit.attrs.text(key).and_then(body::request) else { continue };
        let pointer = unit.attrs.pointer(key);
        if content.input.is_empty() {
            content.input = placed(body.messages, pointer.as_deref());
        }
        let said = |m: &Message| crate::formats::common::role(&m.role) == Role::System;
        if content.system.is_empty() && !content.input.iter().any(said) {
            let system =
                body.system.map(|text| Message::of("system", super::message::What::Text(text)));
            content.system.extend(system.map(|m| Message {
                index: -1,
                pointer: pointer.clone(),
                ..m
            }));
        }
        content.tools = content.tools.take().or(body.tools.map(|tools| (tools, pointer)));
        unit.base.request_model = unit.base.request_model.take().or(body.model);
        unit.attrs.take(key);
        content.speaks("openinference");
    }
    for key in RESPONSES {
        let Some(text) = unit.attrs.text(key) else { continue };
        match body::response(text) {
            Some(found) => {
                let pointer = unit.attrs.pointer(key);
                content.usage = usage::merge(content.usage, found.usage);
                body::complete(&mut content.output, placed(found.messages, pointer.as_deref()));
                unit.base.response_id = unit.base.response_id.take().or(found.id);
                unit.base.response_model = unit.base.response_model.take().or(found.model);
                content.loses_reasoning = false;
                unit.attrs.take(key);
            }
            None => add_thoughts(text, content),
        }
    }
}

/// Thoughts in a body of an unknown interface.
fn add_thoughts(text: &str, content: &mut Content) {
    let mut parts = Vec::new();
    super::message::with_json(text, |json, _| {
        json.into_iter().for_each(|json| body::thoughts(json, &mut parts));
    });
    if !parts.is_empty() {
        let message = Message { role: "assistant".to_owned(), parts, ..Message::default() };
        body::complete(&mut content.output, vec![message]);
    }
}

/// Messages that know where they were found.
fn placed(mut messages: Vec<Message>, pointer: Option<&str>) -> Vec<Message> {
    for message in &mut messages {
        message.pointer = pointer.map(str::to_owned);
    }
    messages
}

/// What failed: the status of the span, or each exception that it logged.
fn errors(unit: &mut Unit<'_>, content: &mut Content) {
    let mut found = Vec::new();
    for event in unit.events.iter_mut().filter(|event| event.name == "exception") {
        found.push(exception(&mut event.attrs, Some(&event.pointer), event.time));
    }
    if unit.attrs.has("exception.message") || unit.attrs.has("exception.type") {
        found.push(exception(&mut unit.attrs, None, unit.base.ts));
    }
    unit.events.retain(|event| event.name != "exception");
    if found.is_empty() && (unit.error.is_some() || unit.base.error_type.is_some()) {
        let mut event = Event::new(Kind::Error, Role::Environment);
        event.error_message = unit.error.clone().filter(|text| !text.is_empty());
        event.error_type.clone_from(&unit.base.error_type);
        event.text = event.error_message.clone().or_else(|| event.error_type.clone());
        found.push(event);
    }
    for event in found {
        content.extra("error", event);
    }
}

fn exception(attrs: &mut Attrs<'_>, pointer: Option<&str>, at: crate::record::Time) -> Event {
    let mut event = Event::new(Kind::Error, Role::Environment);
    event.error_type = attrs.take_text(&["exception.type"]);
    event.error_message = attrs.take_text(&["exception.message"]);
    event.text = event.error_message.clone().or_else(|| event.error_type.clone());
    event.json_pointer = pointer.map(str::to_owned);
    event.ts = at;
    event.attrs.extend(match pointer {
        Some(_) => attrs.rest().collect::<Vec<_>>(),
        None => Vec::new(),
    });
    event
}

/// Every event of a span that nobody has read is a row of its own.
fn span_events(unit: &mut Unit<'_>, content: &mut Content) {
    if unit.signal != Signal::Span {
        return;
    }
    for event in std::mem::take(&mut unit.events) {
        let mut row = Event::new(Kind::Lifecycle, Role::Environment);
        row.ts = event.time;
        row.json_pointer = Some(event.pointer.clone());
        row.attr("name", crate::formats::Json::String(event.name.as_str().into()).compact());
        row.attrs.extend(event.attrs.rest());
        if !event.body.is_null() {
            row.attr("body", event.body.compact());
        }
        content.extra("event", row);
    }
}
