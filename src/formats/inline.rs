//! Tags inside assistant text: hidden reasoning, tool calls and results written as text.
//!
//! Many models put their chain of thought and their calls into the content string itself. This
//! module cuts such a string into parts, by the conventions in use (`<think>` and its kin,
//! Harmony channels, Hermes and Qwen `<tool_call>`, DeepSeek, Mistral and Llama tokens):
//!
//!   text -> `scan` (one pass, code skipped) -> parts with byte ranges -> events
//!
//! Invariants
//! * The ranges of the parts follow each other without gaps and cover the whole text.
//! * Tags inside backticks or code fences are text; so is an opening tag in the middle of a
//!   line that is never closed (prose *about* tags).
//! * Time is linear in the text, whatever tags it holds; text without `<` and `[` is not copied.

mod code;
mod harmony;
mod scan;
mod tools;

#[cfg(test)]
mod tests;

use super::Json;
use crate::record::{Event, Kind, ReasoningSource, ReasoningState, Role};
use std::borrow::Cow;
use std::ops::Range;

/// What a part of a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartKind {
    /// Shown text.
    Text,
    /// Chain of thought.
    Reasoning,
    /// A call with its name and id, if written.
    ToolCall {
        /// Name of the tool; empty if it cannot be made out.
        name: String,
        /// Id of the call.
        id: Option<String>,
        /// Whether the syntax asks for JSON arguments (else they are code or free text).
        json: bool,
    },
    /// The result of a call.
    ToolResult {
        /// Name of the tool, if written.
        name: Option<String>,
        /// Id of the call, if written.
        id: Option<String>,
    },
    /// Tokens around parts that say nothing themselves.
    Markup,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// What it is.
    pub kind: PartKind,
    /// Its bytes in the text, tags included.
    pub range: Range<usize>,
    /// What it says: the text without tags, or the arguments of a call.
    pub body: Cow<'a, str>,
}

/// A text cut into its parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split<'a> {
    /// The parts; their ranges cover the text.
    pub parts: Vec<Part<'a>>,
    /// Oddities: `unclosed_think`, `unclosed_tool_call`.
    pub flags: Vec<&'static str>,
}

impl Split<'_> {
    /// Whether no tag was found.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.parts.iter().all(|part| part.kind == PartKind::Text)
    }
}

/// Cuts assistant text at its tags.
#[must_use]
pub fn split(text: &str) -> Split<'_> {
    if memchr::memchr2(b'<', b'[', text.as_bytes()).is_none() {
        return Split { parts: plain(text), flags: Vec::new() };
    }
    scan::Scanner::new(text, scan::Mode::Assistant).run()
}

/// Cuts a user or tool message at the tags of tool results, if it begins with one.
#[must_use]
pub fn split_results(text: &str) -> Option<Split<'_>> {
    tools::starts_with_result(text.trim_start())
        .then(|| scan::Scanner::new(text, scan::Mode::Results).run())
}

fn plain(text: &str) -> Vec<Part<'_>> {
    if text.is_empty() {
        return Vec::new();
    }
    vec![Part { kind: PartKind::Text, range: 0..text.len(), body: Cow::Borrowed(text) }]
}

/// The events of an assistant's text, each made from `template` (kind, role, place, ids).
/// Text without tags gives exactly one event with the text unchanged.
#[must_use]
pub fn events(text: &str, template: &Event) -> Vec<Event> {
    let split = split(text);
    if split.is_plain() {
        return vec![template.clone().with(|event| event.text = Some(text.to_owned()))];
    }
    part_events(&split, template)
}

/// The events of a user or tool message that consists of tagged tool results.
#[must_use]
pub fn result_events(text: &str, template: &Event) -> Option<Vec<Event>> {
    split_results(text).map(|split| part_events(&split, template))
}

fn part_events(split: &Split<'_>, template: &Event) -> Vec<Event> {
    let mut events: Vec<Event> =
        split.parts.iter().filter_map(|part| part_event(part, template)).collect();
    if let Some(last) = events.last_mut() {
        split.flags.iter().for_each(|flag| last.flag(flag));
    }
    events
}

fn part_event(part: &Part<'_>, template: &Event) -> Option<Event> {
    let blank = part.body.trim().is_empty();
    let mut event = template.clone();
    let body = Some(part.body.clone().into_owned());
    match &part.kind {
        PartKind::Markup => return None,
        PartKind::Text | PartKind::Reasoning if blank => return None,
        PartKind::Text => event.text = body,
        PartKind::Reasoning => {
            event.kind = Some(Kind::Reasoning);
            event.reasoning = body;
            event.reasoning_state = Some(ReasoningState::Plain);
            event.reasoning_source = Some(ReasoningSource::InlineTag);
        }
        PartKind::ToolCall { name, id, json } => {
            event.kind = Some(Kind::ToolCall);
            if !name.is_empty() {
                super::common::set_tool(&mut event, name);
            }
            event.tool_type.get_or_insert_with(|| "function".to_owned());
            event.tool_call_id.clone_from(id);
            event.tool_call_arguments = body;
            event.tool_arguments_valid = (!json).then_some(true);
        }
        PartKind::ToolResult { name, id } => {
            event.kind = Some(Kind::ToolResult);
            event.tool_call_result = body;
            event.tool_name.clone_from(name);
            event.tool_call_id.clone_from(id);
            as_tool(&mut event);
        }
    }
    event.attr("text_range", format!("[{},{}]", part.range.start, part.range.end));
    Some(event)
}

/// A result is the tool's, whoever's message it stands in; a model that writes one itself may
/// be making it up, which is worth a flag.
fn as_tool(event: &mut Event) {
    let Some(role) = event.role.filter(|role| *role != Role::Tool) else { return };
    if role == Role::Assistant {
        event.flag("result_in_assistant_text");
    }
    event.role_raw.get_or_insert_with(|| role.as_str().to_owned());
    event.role = Some(Role::Tool);
}

/// The bytes of `range`; empty if it does not lie on character boundaries.
fn cut(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

/// Arguments as text: a string as it is, anything else as compact JSON.
fn arguments_text(value: &Json<'_>) -> String {
    value.display().unwrap_or_else(|| "{}".to_owned())
}
