//! OpenHands events: of the first application (V0) and of the SDK after it (V1).
//!
//! V0: `{id, timestamp, source, action|observation, args|extras, content, message, cause}`, where
//! `cause` is the id of the action that an observation answers. V1: `{id, timestamp, source,
//! kind}`, joined by `tool_call_id`. Both come one per line, as an array of events, or inside an
//! object that holds a trajectory (`history`, `trajectory`, `events`, `items`):
//!
//!   record -> events -> `v0` | `v1` (rows) -> sink
//!
//! What OpenHands calls the `thought` of an action is the text beside the call. It becomes
//! reasoning, because OpenHands shows and treats it as such; it may repeat the native chain of
//! thought, which then is one row that lists its places.
//!
//! Events name no conversation. Those of one file are one session, those of one object too; a
//! V1 conversation that lies in one file per event is as many sessions.

mod common;
mod label;
mod state;
#[cfg(test)]
mod tests;
mod v0;
mod v0_observation;
mod v1;
mod v1_observation;

use super::super::{Format, Json, Key, Reader, Record, Session, Sink};
use super::util;
use crate::record::{Event, Reason};
use serde::Deserialize;
use state::State;

const ID: &str = "openhands";
/// Who an event may come from.
const SOURCES: [&str; 4] = ["agent", "user", "environment", "hook"];
/// Where an object holds its events.
const HOLDERS: [&str; 4] = ["history", "trajectory", "events", "items"];

/// The OpenHands format.
pub struct OpenHands;

impl Format for OpenHands {
    fn id(&self) -> &'static str {
        ID
    }

    fn title(&self) -> &'static str {
        "OpenHands events and trajectories, V0 and SDK"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        match record {
            _ if v1::is_event(record) || v0::is_event(record) => 95,
            _ if held(record).is_some() => 93,
            _ => 0,
        }
    }

    /// Between events of a known shape there may be some that are not known yet.
    fn continues(&self, record: &Json<'_>) -> u8 {
        let of_event = ["id", "timestamp"].iter().all(|key| record.has(key));
        let says = record.text("kind").is_some() || record.text("message").is_some();
        let spoken = record.text("source").is_some_and(|source| SOURCES.contains(&source));
        if of_event && says && spoken { 90 } else { self.sniff(record) }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(EventReader::default())
    }
}

/// The events that a record holds, and the field they stand in.
fn held<'r, 'a>(record: &'r Json<'a>) -> Option<(&'r [Json<'a>], &'static str)> {
    let is_one = |value: &Json<'_>| v1::is_event(value) || v0::is_bare_event(value);
    let found = |value: &'r Json<'a>, field: &'static str| {
        let first = value.items().first()?;
        let first = first.items().first().unwrap_or(first);
        is_one(first).then_some((value.items(), field))
    };
    found(record, "").or_else(|| HOLDERS.iter().find_map(|field| found(record.at(field), field)))
}

#[derive(Debug, Default)]
struct EventReader(State);

impl Reader for EventReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        if let Some((events, field)) = held(record.json) {
            trajectory(record.json, events, field, sink);
            return Ok(());
        }
        if !record.json.is_object() {
            return Err(Reason::NotARecord(record.json.type_name()));
        }
        one(&mut self.0, record.json, "", None, sink);
        Ok(())
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    fn restore(&mut self, state: &serde_json::Value) {
        self.0 = State::deserialize(state).unwrap_or_default();
    }
}

/// A whole trajectory in one record; the oldest ones pair each action with its observation.
fn trajectory(holder: &Json<'_>, events: &[Json<'_>], field: &str, sink: &mut Sink) {
    sink.session(Session::Record);
    let at = if field.is_empty() { String::new() } else { format!("/{field}") };
    let mut state = State::default();
    let mut index = 0;
    let mut next = || {
        index += 1;
        Some(index - 1)
    };
    for (n, event) in events.iter().enumerate() {
        let pointer = format!("{at}/{n}");
        for (k, inner) in event.items().iter().enumerate() {
            one(&mut state, inner, &format!("{pointer}/{k}"), next(), sink);
        }
        if !event.is_array() {
            one(&mut state, event, &pointer, next(), sink);
        }
    }
    push(label::events(holder, field), &[], next(), sink);
}

/// One event of either version.
fn one(state: &mut State, event: &Json<'_>, pointer: &str, index: Option<i32>, sink: &mut Sink) {
    if !v1::is_event(event) {
        return push(v0::events(state, event, pointer), &[], index, sink);
    }
    // Ids are unique, so that a copied event is the same one.
    let id = event.text("id").unwrap_or_default();
    if !state.is_new(id) {
        return sink.repeat();
    }
    push(v1::events(state, event, pointer), &[id], index, sink);
}

/// Gives rows to the sink, named by the event's id if it has one that is unique.
fn push(events: Vec<Event>, key: &[&str], index: Option<i32>, sink: &mut Sink) {
    for mut event in events {
        event.message_index = index;
        let key = if key.is_empty() { Key::Position } else { Key::Native(key) };
        sink.push(key, event);
    }
}
