//! OpenAI Codex rollouts (`$CODEX_HOME/sessions/…/rollout-<time>-<thread>.jsonl`).
//!
//! Every line is an envelope `{timestamp, type, payload}`; the model's items are
//! `response_item`s, what the interface showed are `event_msg`s that mostly repeat them. The
//! first `session_meta` names the thread (a fork embeds its parent's as well). The oldest
//! rollouts have no envelope: a header line, then bare items.
//!
//! Events are named by thread and `ordinal`, or by the line's number where there is none.

mod items;
mod notices;
mod output;
mod session;
mod state;
#[cfg(test)]
mod tests;

use super::super::{Format, Json, Key, Reader, Record, Sink};
use super::util;
use crate::record::{Event, Kind, Label, Reason, Role};
use serde::Deserialize;
use state::State;

/// The Codex rollout format.
pub struct Codex;

/// Types of the envelope.
const ENVELOPES: [&str; 13] = [
    "session_meta",
    "response_item",
    "event_msg",
    "turn_context",
    "compacted",
    "world_state",
    "token_usage_record",
    "inter_agent_communication",
    "retained_context",
    "security_risk_score",
    "realtime_item",
    "ghost_snapshot",
    "turn_metadata",
];

/// Types of the items that the oldest rollouts write without an envelope.
const BARE_ITEMS: [&str; 7] = [
    "message",
    "reasoning",
    "function_call",
    "function_call_output",
    "local_shell_call",
    "custom_tool_call",
    "custom_tool_call_output",
];

impl Format for Codex {
    fn id(&self) -> &'static str {
        "codex_rollout"
    }

    fn title(&self) -> &'static str {
        "OpenAI Codex rollouts"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        let kind = record.text("type");
        let enveloped = record.has("timestamp") && record.at("payload").is_object();
        match kind {
            Some(kind) if enveloped && ENVELOPES.contains(&kind) => 97,
            Some(_) if enveloped && record.has("ordinal") => 80,
            Some(_) if enveloped && record.entries().len() == 3 => 45,
            None if record.text("record_type") == Some("state") => 92,
            None if is_header(record) => 90,
            _ => 0,
        }
    }

    /// Bare items occur outside of rollouts too; only after a rollout's header are they its own.
    fn continues(&self, record: &Json<'_>) -> u8 {
        match record.text("type") {
            Some(kind) if BARE_ITEMS.contains(&kind) && !record.has("payload") => 92,
            _ => self.sniff(record),
        }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(CodexReader::default())
    }
}

/// The first line of the oldest rollouts.
fn is_header(record: &Json<'_>) -> bool {
    record.text("id").is_some()
        && record.text("timestamp").is_some()
        && record.has("instructions")
        && !record.has("messages")
}

#[derive(Debug, Default)]
struct CodexReader(State);

impl Reader for CodexReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let json = record.json;
        if !json.is_object() {
            return Err(Reason::NotARecord(json.type_name()));
        }
        let state = &mut self.0;
        let kind = json.text("type").unwrap_or_default();
        let payload = json.at("payload");
        let (body, pointer) = if payload.is_object() { (payload, "/payload") } else { (json, "") };
        let meta = kind == "session_meta" || (kind.is_empty() && is_header(json));
        let first = meta && state.begin(body);
        state.enter(sink);
        let base = state.base(json);
        let events = match kind {
            _ if meta => session::meta(body, &base, pointer, first),
            "response_item" => items::events(state, body, &base, pointer, record),
            "event_msg" => notices::events(state, body, &base, pointer, record, sink),
            "turn_context" => session::turn_context(state, body, &base, pointer),
            "compacted" => session::compacted(body, &base, pointer),
            "security_risk_score" => vec![risk(body, &base, pointer)],
            "inter_agent_communication" => vec![session::communication(body, &base, pointer)],
            _ if payload.is_null() && BARE_ITEMS.contains(&kind) => {
                items::events(state, body, &base, pointer, record)
            }
            _ => vec![other(kind, json, body, &base, pointer)],
        };
        push(state, record, sink, events);
        Ok(())
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    fn restore(&mut self, state: &serde_json::Value) {
        self.0 = State::deserialize(state).unwrap_or_default();
    }
}

/// Names the events of a line by thread and ordinal, and pushes them.
fn push(state: &mut State, record: &Record<'_>, sink: &mut Sink, events: Vec<Event>) {
    let ordinal = match record.json.at("ordinal").u64() {
        Some(ordinal) => format!("o{ordinal}"),
        None => record.index.to_string(),
    };
    let thread = state.thread.clone();
    for event in events {
        let key = [thread.as_deref().unwrap_or_default(), &ordinal];
        let key = if thread.is_some() { Key::Native(&key) } else { Key::Position };
        let id = sink.push(key, event);
        state.turns.pushed(id);
    }
}

/// Keys with a column or a row of their own.
const HAS_A_PLACE: [&str; 10] = [
    "message",
    "text",
    "turn_id",
    "cwd",
    "instructions",
    "base_instructions",
    "dynamic_tools",
    "user_instructions",
    "developer_instructions",
    "encrypted_content",
];

/// An event of the harness, with the scalars of its body as attributes.
fn notice(kind: Kind, body: &Json<'_>, base: &Event, pointer: &str) -> Event {
    let mut event = base.clone().with(|event| event.kind = Some(kind));
    event.role = Some(Role::Environment);
    event.is_synthetic = true;
    event.json_pointer = Some(pointer.to_owned());
    util::flatten(&mut event, "", body, &HAS_A_PLACE);
    event
}

/// A judgement by Codex's own risk model.
fn risk(body: &Json<'_>, base: &Event, pointer: &str) -> Event {
    let mut event = notice(Kind::Label, body, base, pointer);
    event.text = util::walk_text(body, &[]);
    event.label = Some(Box::new(Label {
        name: "security_risk_score".to_owned(),
        value: body.any_of(&["level", "label", "verdict", "category"]).display(),
        score: body.any_of(&["score", "risk_score", "value"]).f64(),
        source: Some("codex".to_owned()),
        target: None,
    }));
    event
}

/// Types of the envelope that only tell about the session, and types that are unknown.
fn other(kind: &str, json: &Json<'_>, body: &Json<'_>, base: &Event, pointer: &str) -> Event {
    let known = ENVELOPES.contains(&kind) || json.text("record_type") == Some("state");
    let shown = if known { Kind::Lifecycle } else { Kind::Unknown };
    let mut event = notice(shown, body, base, pointer);
    event.text = util::walk_text(body, &["turn_id"]);
    event.attr("record_type", Json::String(kind.into()).compact());
    if !known {
        event.flag("unknown_type");
        event.is_synthetic = false;
    }
    event
}
