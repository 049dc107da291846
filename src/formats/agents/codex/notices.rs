//! `event_msg` lines: what the interface showed. Most of it repeats response items and gets no
//! row; what it alone says does: tokens, aborts, rollbacks, errors, approvals, raw reasoning.

use super::state::State;
use super::{notice, session, util};
use crate::formats::Record;
use crate::formats::{Json, Sink};
use crate::record::{Event, Id16, Kind, ReasoningSource, ReasoningState, Role};

/// The events of one notice.
pub(super) fn events(
    state: &mut State,
    body: &Json<'_>,
    base: &Event,
    pointer: &str,
    record: &Record<'_>,
    sink: &mut Sink,
) -> Vec<Event> {
    let kind = body.text("type").unwrap_or_default();
    match kind {
        "user_message" | "agent_message" | "agent_reasoning_section_break" => Vec::new(),
        "agent_message_delta" | "agent_reasoning_delta" | "agent_reasoning_raw_content_delta" => {
            Vec::new()
        }
        "agent_reasoning" => {
            if let Some(text) = body.text("text") {
                state.heard.shown(text, record.index, base.ts);
            }
            Vec::new()
        }
        "agent_reasoning_raw_content" => raw_reasoning(state, body, base, pointer, record),
        "token_count" => tokens(state, body, base, pointer, record, sink),
        "turn_aborted" => {
            let mut events = vec![told(state, Kind::Lifecycle, body, base, pointer)];
            events.extend(unspoken(state, base, record));
            events
        }
        "task_started" | "turn_started" => {
            if let Some(turn) = body.text("turn_id") {
                state.turn = Some(turn.to_owned());
            }
            vec![told(state, Kind::Lifecycle, body, base, pointer)]
        }
        "thread_rolled_back" => {
            let turns = body.at("num_turns").u64().unwrap_or(1);
            state.turns.roll_back(turns, sink);
            vec![told(state, Kind::HistoryEdit, body, base, pointer)]
        }
        _ => vec![told(state, shown_as(kind), body, base, pointer)],
    }
}

/// What a notice is.
fn shown_as(kind: &str) -> Kind {
    match kind {
        "error" | "stream_error" => Kind::Error,
        _ if kind.ends_with("approval_request")
            || kind.starts_with("request_permissions")
            || kind.starts_with("elicitation_request")
            || kind == "guardian_assessment" =>
        {
            Kind::Permission
        }
        "task_complete"
        | "turn_complete"
        | "session_configured"
        | "context_compacted"
        | "thread_name_updated"
        | "warning"
        | "deprecation_notice"
        | "background_event"
        | "entered_review_mode"
        | "exited_review_mode"
        | "plan_update"
        | "turn_diff"
        | "item_started"
        | "item_completed"
        | "undo_started"
        | "undo_completed"
        | "web_search_begin"
        | "web_search_end"
        | "exec_command_begin"
        | "exec_command_end"
        | "mcp_tool_call_begin"
        | "mcp_tool_call_end"
        | "patch_apply_begin"
        | "patch_apply_end"
        | "view_image_tool_call"
        | "image_generation_begin"
        | "image_generation_end"
        | "dynamic_tool_call_request"
        | "dynamic_tool_call_response"
        | "thread_settings_applied"
        | "model_reroute"
        | "shutdown_complete" => Kind::Lifecycle,
        _ if kind.starts_with("collab_") || kind.starts_with("thread_") => Kind::Lifecycle,
        _ => Kind::Unknown,
    }
}

/// A row for what only a notice says.
fn told(state: &State, kind: Kind, body: &Json<'_>, base: &Event, pointer: &str) -> Event {
    let mut event = notice(kind, body, base, pointer);
    event.text = body
        .string("message")
        // The last message is a response item too.
        .or_else(|| util::walk_text(body, &["last_agent_message", "turn_id", "formatted_output"]));
    event.parent_tool_call_id = body.string("call_id");
    event.duration_ms = body.at("duration_ms").f64();
    event.cwd = body.string("cwd").or(event.cwd.take());
    match kind {
        Kind::Error => {
            event.status = Some("error");
            event.error_message =
                event.text.as_deref().map(|text| util::cut(text, 1024).to_owned());
            let info = body.at("codex_error_info");
            event.error_type = info
                .str()
                .or(info.entries().first().map(|(key, _)| key.as_ref()))
                .or(body.text("type"))
                .map(str::to_owned);
        }
        Kind::Unknown => event.flag("unknown_type"),
        _ if body.text("type") == Some("turn_aborted") => event.status = Some("aborted"),
        _ => {}
    }
    session::with_turn(&mut event, state);
    event
}

/// Full reasoning, if the user asked for it to be shown.
fn raw_reasoning(
    state: &mut State,
    body: &Json<'_>,
    base: &Event,
    pointer: &str,
    record: &Record<'_>,
) -> Vec<Event> {
    let Some(text) = body.text("text") else { return Vec::new() };
    if !state.heard.raw_is_new(text) {
        return Vec::new();
    }
    let mut event = thought(text, base, ReasoningState::Plain);
    event.json_pointer = Some(format!("{pointer}/text"));
    state.of_model(&mut event, record);
    session::with_turn(&mut event, state);
    vec![event]
}

fn thought(text: &str, base: &Event, state: ReasoningState) -> Event {
    let mut event = base.clone().with(|event| event.kind = Some(Kind::Reasoning));
    event.role = Some(Role::Assistant);
    event.reasoning = Some(text.to_owned());
    event.reasoning_state = Some(state);
    event.reasoning_source = Some(ReasoningSource::EventDup);
    event
}

/// Thoughts that were shown but whose items an abort kept from being written. They get rows
/// here, because nothing else in the file will carry them; `shown_in_record` is their place.
fn unspoken(state: &mut State, base: &Event, record: &Record<'_>) -> Vec<Event> {
    let mut events = Vec::new();
    for lost in state.heard.orphans() {
        let mut event = thought(&lost.text, base, ReasoningState::Summary);
        event.ts = lost.ts;
        event.attr("shown_in_record", lost.record.to_string());
        event.flag("unpaired_event");
        state.of_model(&mut event, record);
        session::with_turn(&mut event, state);
        events.push(event);
    }
    events
}

/// Token counts, once per distinct running total: later versions repeat records, and where the
/// record stands relative to its call moves by version, so the row belongs to the turn.
fn tokens(
    state: &mut State,
    body: &Json<'_>,
    base: &Event,
    pointer: &str,
    record: &Record<'_>,
    sink: &mut Sink,
) -> Vec<Event> {
    let info = body.at("info");
    if !info.is_object() {
        let mut event = told(state, Kind::Lifecycle, body, base, pointer);
        event.text = None;
        return vec![event];
    }
    let Some((usage, total)) = state.tokens.add(info) else {
        sink.repeat();
        return Vec::new();
    };
    let mut event = base.clone().with(|event| event.kind = Some(Kind::Usage));
    event.role = Some(Role::Environment);
    event.json_pointer = Some(format!("{pointer}/info"));
    event.usage = usage;
    let owner = state.owner(record);
    event.call_group = Some(Id16::of("codex.usage", &[owner.as_bytes(), total.as_bytes()]));
    event.request_model = info.string("model").or_else(|| state.model.clone());
    let skip = ["last_token_usage", "model"];
    util::flatten(&mut event, "", info, &skip);
    session::with_turn(&mut event, state);
    vec![event]
}
