//! The proof a rule carries with it: events that it must hit and events that it must not.
//!
//! A case is a text, the content of an event of the rule's natural type (for a call, the
//! command it runs), or a map of fields.

use super::diagnose::{Code, Report, nearest};
use super::model::{self, Field};
use super::needs::Need;
use crate::record::columns::Access;
use crate::record::{Event, Id16, Kind, Role};
use rsigma_eval::CompiledRule;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The event types a text can be a case for, the most telling first.
const NATURAL: [Kind; 7] = [
    Kind::Reasoning,
    Kind::AssistantText,
    Kind::ToolCall,
    Kind::ToolResult,
    Kind::UserText,
    Kind::SystemPrompt,
    Kind::ToolDefinitions,
];

/// One case of a rule.
pub(super) struct Case {
    pub(super) must_hit: bool,
    /// The case as written, for messages.
    pub(super) text: String,
    pub(super) event: Event,
}

/// How a case came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseResult {
    /// The rule.
    pub rule: String,
    /// Whether the case must hit.
    pub must_hit: bool,
    /// Whether the rule hit it.
    pub hit: bool,
    /// The case as written.
    pub text: String,
}

impl CaseResult {
    /// Whether the case came out as it must.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.hit == self.must_hit
    }
}

/// Reads `cases: {hit: […], miss: […]}`.
pub(super) fn read(rule: &CompiledRule, needs: &[Arc<Need>], report: &mut Report<'_>) -> Vec<Case> {
    let Some(block) = rule.custom_attributes.get("cases") else { return Vec::new() };
    let possible =
        |kind: &Kind| needs.get(*kind as usize).is_some_and(|need| **need != Need::Never);
    let natural = NATURAL.into_iter().find(possible);
    let mut out = Vec::new();
    for (key, must_hit) in [("hit", true), ("miss", false)] {
        let Some(list) = block.get(key) else { continue };
        let Some(list) = list.as_array() else {
            let what = format!("cases: {key} is no list");
            report.add(Code::Cases, "cases:", what, "a list of texts or maps of fields");
            continue;
        };
        for value in list {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            match event(value, natural.unwrap_or(Kind::Reasoning), out.len()) {
                Ok(event) => out.push(Case { must_hit, text, event }),
                Err((what, hint)) => report.add(Code::Cases, "cases:", what, hint),
            }
        }
    }
    out
}

type Problem = (String, String);

/// The event a case describes.
fn event(value: &Value, natural: Kind, number: usize) -> Result<Event, Problem> {
    let mut event = match value {
        Value::String(text) => {
            let mut event = Event::new(natural, Role::Assistant);
            set_content(&mut event, text);
            event
        }
        Value::Object(fields) => from_fields(fields, natural)?,
        other => {
            let what = format!("a case is a text or a map of fields, not {other}");
            return Err((what, "quote it if it is a text".to_owned()));
        }
    };
    event.event_id = Id16::of("case", &[&number.to_le_bytes()]);
    Ok(event)
}

fn set_content(event: &mut Event, text: &str) {
    let text = Some(text.to_owned());
    match event.kind {
        Some(Kind::Reasoning) => event.reasoning = text,
        Some(Kind::ToolCall) => {
            event.tool_call_arguments = Some(json!({ "command": text }).to_string());
        }
        Some(Kind::ToolResult) => event.tool_call_result = text,
        _ => event.text = text,
    }
}

fn from_fields(fields: &Map<String, Value>, natural: Kind) -> Result<Event, Problem> {
    let kind = match fields.get("event_type").and_then(Value::as_str) {
        None => natural,
        Some(name) => model::kind_of(name).ok_or_else(|| {
            let known = Kind::ALL.iter().map(|kind| model::event_type(*kind));
            (format!("{name} is no event type"), nearest(name, known).join(", "))
        })?,
    };
    let mut event = Event::new(kind, Role::Assistant);
    let mut arguments = Map::new();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "event_type") {
        let Some(field) = Field::of(name) else {
            return Err((format!("events have no field {name}"), nearest_field(name)));
        };
        set(&mut event, &mut arguments, name, field, value)?;
    }
    if !arguments.is_empty() {
        event.tool_call_arguments = Some(Value::Object(arguments).to_string());
    }
    Ok(event)
}

fn nearest_field(name: &str) -> String {
    nearest(name, model::names()).join(", ")
}

fn set(
    event: &mut Event,
    arguments: &mut Map<String, Value>,
    name: &str,
    field: Field<'_>,
    value: &Value,
) -> Result<(), Problem> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match field {
        Field::Content => set_content(event, &text),
        Field::Arguments => event.tool_call_arguments = Some(text),
        Field::Command | Field::FilePath | Field::Url => {
            arguments.insert(name.to_owned(), value.clone());
        }
        Field::Model => event.response_model = Some(text),
        Field::Turn => event.turn_index = value.as_i64().and_then(|turn| turn.try_into().ok()),
        Field::Attr(attr) => event.attrs.push((attr.to_owned(), text)),
        Field::Column(column) => match (&column.access, value) {
            (Access::Text(_, set) | Access::Large(_, set), _) => set(event, &text),
            (Access::Bool(_, set), Value::Bool(value)) => set(event, *value),
            (Access::Long(_, set), Value::Number(number)) => {
                set(event, number.as_i64().unwrap_or_default());
            }
            (Access::Double(_, set), Value::Number(number)) => {
                set(event, number.as_f64().unwrap_or_default());
            }
            _ => return Err((format!("a case cannot set {name} to {value}"), String::new())),
        },
        Field::EventType => {}
    }
    Ok(())
}
