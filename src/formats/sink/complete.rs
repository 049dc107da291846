//! What follows from an event alone: hash of what it says, validity of arguments, odd characters.

use crate::formats::json::{self, Json};
use crate::record::id::Hasher;
use crate::record::{BranchState, Event, Fields, Id16, Kind, ReasoningState};

/// Fills what follows from the event alone.
pub(super) fn complete(event: &mut Event) {
    let event: &mut Fields = event;
    if event.kind == Some(Kind::Reasoning) && event.reasoning_state.is_none() {
        event.reasoning_state = event.reasoning.is_some().then_some(ReasoningState::Plain);
    }
    let mut canonical = None;
    if let Some(arguments) = &event.tool_call_arguments {
        match json::parse(arguments) {
            Ok((value, _)) => {
                event.tool_arguments_valid.get_or_insert(true);
                canonical = Some(canonical_arguments(&value, arguments));
            }
            Err(_) => {
                event.tool_arguments_valid.get_or_insert(false);
            }
        }
    }
    event.content_hash = content_hash(event, canonical.as_deref());
    event.branch_state.get_or_insert(BranchState::Active);
    let texts =
        [&event.text, &event.reasoning, &event.tool_call_arguments, &event.tool_call_result];
    if texts.into_iter().flatten().any(|text| has_invisible(text)) {
        event.flag("invisible_chars");
    }
}

fn canonical_arguments(value: &Json<'_>, written: &str) -> String {
    match value {
        Json::Object(entries) if !entries.is_empty() => value.canonical(),
        _ => written.to_owned(),
    }
}

/// The hash of what the part says: the same text anywhere gives the same hash.
fn content_hash(event: &Fields, canonical_arguments: Option<&str>) -> Id16 {
    let mut hasher = Hasher::new("content");
    let arguments = canonical_arguments.or(event.tool_call_arguments.as_deref());
    let parts = [
        event.text.as_deref(),
        event.reasoning.as_deref(),
        event.tool_name.as_deref().filter(|_| event.kind == Some(Kind::ToolCall)),
        arguments,
        event.tool_call_result.as_deref(),
    ];
    for part in parts {
        hasher.part(part.unwrap_or_default().as_bytes());
    }
    hasher.finish()
}

/// Zero-width, bidirectional and tag characters. Emoji joiners and variation selectors are
/// ordinary text and do not count.
fn has_invisible(text: &str) -> bool {
    !text.is_ascii()
        && text.chars().any(|ch| {
            matches!(ch, '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}')
        })
}
