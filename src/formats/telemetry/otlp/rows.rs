//! One part of a message as events.

use super::message::{Message, Part, What};
use super::walk::Unit;
use crate::formats::common::{role, set_role, set_tool};
use crate::formats::inline;
use crate::formats::json::Json;
use crate::record::{Event, Kind, Role};

/// The events of a part: one, or several if assistant text has thoughts or calls inside.
pub(super) fn of_part(base: &Event, message: &Message, part: Part) -> Vec<Event> {
    let mut template = base.clone();
    set_role(&mut template, &message.role);
    template.json_pointer.clone_from(&message.pointer);
    if let Some((time, observed)) = message.time {
        template.ts = time;
        template.ts_observed = observed.or(template.ts_observed);
    }
    let extra = part.extra;
    let mut events = said(part.what, template, message);
    if let Some(first) = events.first_mut() {
        first.attrs.extend(extra);
    }
    events
}

fn said(what: What, mut event: Event, message: &Message) -> Vec<Event> {
    match what {
        What::Text(text) => return text_events(text, event),
        What::Reasoning { text, state, source } => {
            event.kind = Some(Kind::Reasoning);
            event.reasoning_source = text.is_some().then_some(source);
            event.reasoning = text;
            event.reasoning_state = Some(state);
        }
        What::Call { id, name, arguments, kind } => {
            event.kind = Some(Kind::ToolCall);
            event.tool_type = kind;
            if !name.is_empty() {
                set_tool(&mut event, &name);
            }
            event.tool_type.get_or_insert_with(|| "function".to_owned());
            event.tool_call_id = id;
            event.tool_call_arguments = arguments;
        }
        What::Answer { id, name, text, error } => {
            event.kind = Some(Kind::ToolResult);
            if event.role != Some(Role::Tool) {
                event.role_raw = Some(message.role.clone());
                event.role = Some(Role::Tool);
            }
            event.tool_call_id = id;
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                set_tool(&mut event, &name);
            }
            event.tool_call_result = text;
            event.tool_is_error = error;
        }
        What::Media { mime, payload } => {
            event.kind = Some(Kind::Media);
            event.media_mime = mime;
            event.media_sha256 = payload.map(|(sha, _)| sha);
            event.media_bytes = payload.map(|(_, bytes)| bytes);
        }
        What::Refusal(text) => {
            event.kind = Some(Kind::Refusal);
            event.text = Some(text);
        }
        What::Compaction(text) => {
            let summary = text.is_some();
            event.kind = Some(if summary { Kind::CompactionSummary } else { Kind::Compaction });
            event.is_synthetic = true;
            event.text = text;
        }
        What::Unknown(text) => {
            event.kind = Some(Kind::Unknown);
            event.text = Some(text);
        }
    }
    vec![event]
}

fn text_events(text: String, mut event: Event) -> Vec<Event> {
    event.kind = Some(match event.role {
        Some(Role::System | Role::Developer) => Kind::SystemPrompt,
        Some(Role::Assistant) => Kind::AssistantText,
        Some(Role::Tool) => Kind::ToolResult,
        _ => Kind::UserText,
    });
    match event.role {
        Some(Role::Assistant) => return inline::events(&text, &event),
        Some(Role::User) => {
            if let Some(events) = inline::result_events(&text, &event) {
                return events;
            }
            event.text = Some(text);
        }
        Some(Role::Tool) => event.tool_call_result = Some(text),
        _ => event.text = Some(text),
    }
    vec![event]
}

/// The row of a unit that says nothing but that it happened.
pub(super) fn lifecycle(unit: &mut Unit<'_>, base: &Event) -> Event {
    let mut event = base.clone();
    event.kind = Some(Kind::Lifecycle);
    event.role = Some(Role::Environment);
    event.json_pointer = Some(unit.pointer.clone());
    match std::mem::replace(&mut unit.body, Json::Null) {
        Json::String(text) => event.text = Some(text.into_owned()).filter(|text| !text.is_empty()),
        body => unit.body = body,
    }
    event
}

/// Fills what a row beside the messages shares with its unit.
pub(super) fn inherit(event: &mut Event, base: &Event) {
    let mut own = std::mem::replace(event, base.clone());
    event.kind = own.kind;
    event.role = own.role;
    event.text = own.text.take();
    event.label = own.label.take();
    event.usage = own.usage;
    event.cost_usd = own.cost_usd;
    event.time_to_first_chunk_ms = own.time_to_first_chunk_ms;
    event.reasoning_state = own.reasoning_state;
    if own.tool_name.is_some() || own.tool_call_id.is_some() {
        event.tool_name = own.tool_name.take();
        event.tool_server = own.tool_server.take();
        event.tool_type = own.tool_type.take();
        event.tool_call_id = own.tool_call_id.take();
    }
    event.error_message = own.error_message.take();
    event.attrs = std::mem::take(&mut own.attrs);
    event.flags = std::mem::take(&mut own.flags);
    event.status = own.status.or(event.status);
    event.error_type = own.error_type.take().or(event.error_type.take());
    event.request_id = own.request_id.take().or(event.request_id.take());
    event.json_pointer = own.json_pointer.take().or(event.json_pointer.take());
    if own.ts.micros.is_some() {
        event.ts = own.ts;
    }
}

/// Whether the message stands before the conversation and only instructs.
pub(super) fn is_instruction(message: &Message) -> bool {
    let text = |part: &Part| matches!(part.what, What::Text(_));
    matches!(role(&message.role), Role::System | Role::Developer) && message.parts.iter().all(text)
}
