//! What the readers of evaluations share: label rows, content parts, leftovers of nested
//! objects. Knows no format.

use crate::formats::{Json, inline};
use crate::record::{Event, Kind, Label, ReasoningState, Role};
use sha2::{Digest, Sha256};

/// Objects nested deeper than this are kept as one JSON text.
const MAX_FLATTEN: usize = 6;

/// What a text under this role is.
pub(super) fn text_kind(role: Option<Role>) -> Kind {
    match role {
        Some(Role::System | Role::Developer) => Kind::SystemPrompt,
        Some(Role::User) => Kind::UserText,
        Some(Role::Assistant) => Kind::AssistantText,
        Some(Role::Tool) => Kind::ToolResult,
        _ => Kind::Unknown,
    }
}

/// The rows of a text; a model's is cut at the tags it may hold.
pub(super) fn spoken(text: &str, template: Event) -> Vec<Event> {
    if template.role == Some(Role::Assistant) {
        return inline::events(text, &template);
    }
    vec![template.with(|event| event.text = Some(text.to_owned()))]
}

/// A row for a judgement; `None` if there is none.
pub(super) fn label(name: &str, value: &Json<'_>, source: &str) -> Option<Event> {
    let text = value.display()?;
    let score = match value {
        Json::Bool(value) => Some(f64::from(u8::from(*value))),
        Json::Number(_) => value.f64(),
        _ => None,
    };
    let mut event = Event::new(Kind::Label, Role::Environment);
    event.label = Some(Box::new(Label {
        name: name.to_owned(),
        value: Some(text),
        score,
        source: Some(source.to_owned()),
        target: None,
    }));
    Some(event)
}

/// Arguments as logged: a string stays as it is, anything else becomes compact JSON.
pub(super) fn arguments(value: &Json<'_>) -> Option<String> {
    value.display()
}

/// Sets readable reasoning, or notes that there is only ciphertext.
pub(super) fn set_reasoning(event: &mut Event, readable: Option<&str>, hidden: ReasoningState) {
    match readable.filter(|text| !text.is_empty()) {
        Some(text) => {
            event.reasoning = Some(text.to_owned());
            event.reasoning_state = Some(ReasoningState::Plain);
        }
        None => event.reasoning_state = Some(hidden),
    }
}

/// Notes size and hash of ciphertext, so that it can be recognised without being kept as text.
pub(super) fn note_cipher(event: &mut Event, cipher: &str) {
    if !cipher.is_empty() {
        event.attr("cipher_bytes", cipher.len().to_string());
        event.attr("cipher_sha256", format!("\"{}\"", hex::encode(Sha256::digest(cipher))));
    }
}

/// Adds every scalar below `value` as an attribute named by its path; lists stay JSON text.
pub(super) fn flatten(event: &mut Event, prefix: &str, value: &Json<'_>) {
    flatten_at(event, prefix, value, MAX_FLATTEN);
}

fn flatten_at(event: &mut Event, prefix: &str, value: &Json<'_>, depth: usize) {
    match value {
        Json::Null => {}
        Json::Array(items) if items.is_empty() => {}
        Json::Object(entries) if depth > 0 => {
            for (key, inner) in entries {
                flatten_at(event, &format!("{prefix}.{key}"), inner, depth - 1);
            }
        }
        other => event.attr(prefix, other.compact()),
    }
}
