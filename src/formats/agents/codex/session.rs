//! Lines about the session: its header, the context of a turn, compactions, other agents.

use super::items;
use super::state::State;
use super::{notice, util};
use crate::formats::{Json, common};
use crate::record::{BranchState, Event, Id16, Kind, Role};

/// The header: who runs what where, and the operator's instructions.
pub(super) fn meta(body: &Json<'_>, base: &Event, pointer: &str, first: bool) -> Vec<Event> {
    let mut events = Vec::new();
    let mut event = notice(Kind::Lifecycle, body, base, pointer);
    event.attr("record_type", "\"session_meta\"");
    if !first {
        event.branch_state = Some(BranchState::Copied);
    }
    events.push(event);
    for key in ["base_instructions", "instructions"] {
        let value = body.at(key);
        let text = value.text("text").or(value.str()).filter(|text| !text.is_empty());
        if let Some(text) = text {
            let mut event = instructions(text, base, Role::System, &format!("{pointer}/{key}"));
            if !first {
                event.branch_state = Some(BranchState::Copied);
            }
            events.push(event);
        }
    }
    let tools = body.at("dynamic_tools");
    if !tools.items().is_empty() {
        let mut event = instructions("", base, Role::System, &format!("{pointer}/dynamic_tools"));
        event.kind = Some(Kind::ToolDefinitions);
        event.text = Some(tools.compact());
        events.push(event);
    }
    events
}

fn instructions(text: &str, base: &Event, role: Role, pointer: &str) -> Event {
    let mut event = base.clone().with(|event| event.kind = Some(Kind::SystemPrompt));
    event.role = Some(role);
    event.is_synthetic = true;
    event.text = Some(text.to_owned());
    event.json_pointer = Some(pointer.to_owned());
    event
}

/// The context of a turn: model, effort, policies. Its instructions get a row when they change.
pub(super) fn turn_context(
    state: &mut State,
    body: &Json<'_>,
    base: &Event,
    pointer: &str,
) -> Vec<Event> {
    for (slot, key) in
        [(&mut state.model, "model"), (&mut state.cwd, "cwd"), (&mut state.turn, "turn_id")]
    {
        if let Some(value) = body.text(key) {
            *slot = Some(value.to_owned());
        }
    }
    let mut event = notice(Kind::Lifecycle, body, base, pointer);
    event.cwd.clone_from(&state.cwd);
    event.request_model.clone_from(&state.model);
    event.attr("record_type", "\"turn_context\"");
    with_turn(&mut event, state);
    let mut events = vec![event];
    for key in ["user_instructions", "developer_instructions"] {
        let Some(text) = body.text(key) else { continue };
        let digest = Id16::of("codex.instructions", &[text.as_bytes()]);
        if state.instructions.insert(key.to_owned(), digest) != Some(digest) {
            let role = if key == "user_instructions" { Role::User } else { Role::Developer };
            events.push(instructions(text, base, role, &format!("{pointer}/{key}")));
        }
    }
    events
}

/// Names the turn an event belongs to.
pub(super) fn with_turn(event: &mut Event, state: &State) {
    if let Some(turn) = &state.turn {
        event.attr("turn_id", Json::String(turn.as_str().into()).compact());
    }
}

/// The history was replaced by a summary.
pub(super) fn compacted(body: &Json<'_>, base: &Event, pointer: &str) -> Vec<Event> {
    let mut boundary = notice(Kind::Compaction, body, base, pointer);
    boundary.attr("record_type", "\"compacted\"");
    let mut events = vec![boundary];
    let mut summary = |text: String, at: String, state: Option<BranchState>| {
        let mut event = base.clone().with(|event| event.kind = Some(Kind::CompactionSummary));
        event.role = Some(Role::User);
        event.is_synthetic = true;
        event.text = Some(text);
        event.json_pointer = Some(at);
        event.branch_state = state;
        events.push(event);
    };
    if let Some(text) = body.text("message") {
        summary(text.to_owned(), format!("{pointer}/message"), None);
    }
    let history = body.at("replacement_history");
    if let Some(text) = util::walk_text(history, &[]) {
        let at = format!("{pointer}/replacement_history");
        summary(text, at, Some(BranchState::Copied));
    }
    events
}

/// What another agent says to this one.
pub(super) fn communication(body: &Json<'_>, base: &Event, pointer: &str) -> Event {
    let mut event = notice(Kind::UserText, body, base, pointer);
    event.role = Some(Role::User);
    event.agent_name = body.string("author").or_else(|| event.agent_name.take());
    event.text = common::content_text(body.at("content"))
        .or_else(|| util::walk_text(body, &["author", "recipient", "other_recipients"]));
    event.is_synthetic = true;
    items::note_cipher(&mut event, body);
    event
}
