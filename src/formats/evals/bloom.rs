//! Bloom and Petri: one model plays scenes to another, and both conversations are kept.
//!
//! `{metadata, events: [{id, timestamp, view, edit}]}`; an edit adds a message to one or more
//! views, takes messages back, or begins anew ([`views`] knows what is left in the end). Messages
//! are those of Inspect, and so is their reader.
//!
//! A transcript is one session, and its conversation is the view `target`. What the evaluator
//! thinks and does stands between in the same order, as a side chain with its agent's name, so
//! that nobody takes it for the model under test. Every row of a message has its views as the
//! attribute `view`; a message that was taken back is `abandoned`.
//!
//! Scores of a judge are labels, everything else a judge or an author says about the transcript
//! is an attribute, never text.

mod views;

#[cfg(test)]
mod tests;

use super::inspect::message::{Attachments, rows};
use super::shared::{flatten, label};
use crate::formats::common::leftovers;
use crate::formats::{Format, Json, Key, Reader, Record, Session, Sink};
use crate::record::{BranchState, Event, Kind, Reason, Role};
use std::collections::BTreeMap;
use views::{TARGET, Views, of_event};

const ID: &str = "bloom";
const MAPPED: [&str; 4] = ["version", "target_system_prompt", "target_tools", "judge_output"];
const MAPPED_EVENT: [&str; 4] = ["type", "id", "timestamp", "view"];
/// How many events are looked at to recognise a transcript.
const LOOK: usize = 8;

/// Longest list of views that is kept.
const MAX_VIEW_BYTES: usize = 1024;

/// See the module.
#[derive(Debug)]
pub struct Bloom;

impl Format for Bloom {
    fn id(&self) -> &'static str {
        ID
    }

    fn title(&self) -> &'static str {
        "Bloom or Petri transcript: views of evaluator and target"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        let Json::Array(events) = record.at("events") else { return 0 };
        let edits = |event: &Json<'_>| event.has("view") && event.at("edit").is_object();
        if events.iter().take(LOOK).any(edits) {
            return if record.at("metadata").is_object() { 96 } else { 90 };
        }
        let named = ["transcript_id", "auditor_model", "target_model"];
        let named = named.iter().all(|key| record.at("metadata").has(key));
        if named { 92 } else { 0 }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(TranscriptReader)
    }
}

struct TranscriptReader;

impl Reader for TranscriptReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let json = record.json;
        let events = match json.at("events") {
            Json::Array(events) => events,
            Json::Null => return Err(Reason::MissingField { format: ID, field: "events" }),
            other => {
                return Err(Reason::WrongType {
                    format: ID,
                    field: "events",
                    expected: "an array",
                    found: other.type_name(),
                });
            }
        };
        let metadata = json.at("metadata");
        let id = metadata.text("transcript_id");
        sink.session(id.map_or(Session::Record, Session::Native));
        let views = Views::of(events);
        let mut transcript =
            Transcript { sink, metadata, id, views, index: 0, names: BTreeMap::new() };
        transcript.setting(events);
        for (n, event) in events.iter().enumerate() {
            transcript.event(event, &format!("/events/{n}"));
        }
        transcript.verdict(json);
        Ok(())
    }
}

/// Puts the rows of one transcript into the sink.
struct Transcript<'a> {
    sink: &'a mut Sink,
    metadata: &'a Json<'a>,
    id: Option<&'a str>,
    views: Views<'a>,
    index: i32,
    /// How often each id of an event was met; the rows of a second one must not be lost.
    names: BTreeMap<&'a str, u32>,
}

impl<'a> Transcript<'a> {
    /// Adds the rows of one message. They are named by the event, so that a transcript that was
    /// written again, with more events, adds the new ones only.
    fn push(&mut self, name: &[&str], events: Vec<Event>) {
        for mut event in events {
            event.message_index = Some(self.index);
            event.source_version = self.metadata.string("version");
            match self.id {
                Some(id) => self.sink.push(Key::Native(&[&[id], name].concat()), event),
                None => self.sink.push(Key::Position, event),
            };
        }
        self.index = self.index.saturating_add(1);
    }

    /// What the metadata say the target was given, unless an event says it.
    fn setting(&mut self, events: &[Json<'_>]) {
        let told = events.iter().any(|event| {
            of_event(event).any(|view| view == TARGET)
                && event.path(&["edit", "message", "role"]).str() == Some("system")
        });
        let prompt = self.metadata.at("target_system_prompt").display();
        let tools = self.metadata.at("target_tools");
        let tools = (!tools.items().is_empty()).then(|| tools.compact());
        for (kind, key, text) in [
            (Kind::SystemPrompt, "target_system_prompt", prompt.filter(|_| !told)),
            (Kind::ToolDefinitions, "target_tools", tools),
        ] {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                let mut event = Event::new(kind, Role::System);
                event.text = Some(text);
                event.json_pointer = Some(format!("/metadata/{key}"));
                self.push(&[key], vec![event]);
            }
        }
    }

    fn event(&mut self, event: &'a Json<'a>, at: &str) {
        let id = event.text("id").unwrap_or("#");
        let nth = self.names.entry(id).or_default();
        *nth += 1;
        let name = [id, &nth.to_string()].map(str::to_owned);
        let name = [name[0].as_str(), name[1].as_str()];
        let edit = event.at("edit");
        let operation = edit.text("operation").unwrap_or("add");
        match operation {
            "add" if !edit.at("message").is_null() => {
                self.message(event, edit.at("message"), &format!("{at}/edit/message"), &name);
            }
            "rollback" => self.turned(event, at, &name),
            "reset" => {
                self.turned(event, at, &name);
                for (n, message) in edit.at("new_messages").items().iter().enumerate() {
                    if self.views.is_new(message) {
                        let nth = n.to_string();
                        let name = [name[0], name[1], nth.as_str()];
                        let at = format!("{at}/edit/new_messages/{n}");
                        self.message(event, message, &at, &name);
                    }
                }
            }
            _ => self.other(event, at, &name),
        }
    }

    fn message(&mut self, event: &Json<'_>, message: &Json<'_>, at: &str, name: &[&str]) {
        let mut template = Event::default();
        template.ts = event.at("timestamp").time();
        self.surround(&mut template, event);
        if self.views.is_abandoned(message) {
            template.branch_state = Some(BranchState::Abandoned);
        }
        let mut events = if message.is_object() {
            rows(message, template, &Attachments::default(), at)
        } else {
            vec![unknown(template, message, at)]
        };
        if let Some(first) = events.first_mut() {
            leftovers(first, event, &MAPPED_EVENT);
            leftovers(first, event.at("edit"), &["operation"]);
        }
        for row in &mut events {
            let is_side = row.is_sidechain == Some(true);
            if row.role == Some(Role::Assistant) {
                let model = if is_side { "auditor_model" } else { "target_model" };
                row.request_model = self.metadata.string(model);
            }
            // What the evaluator is told comes from its harness, and from the target.
            row.is_synthetic |= is_side && row.role == Some(Role::User);
            // Whoever plays the world is not the agent that is judged; `role_raw` says what it was.
            if is_side {
                row.role = Some(Role::Environment);
            }
        }
        self.push(name, events);
    }

    /// The views an event belongs to.
    fn surround(&self, row: &mut Event, event: &Json<'_>) {
        let own = views::own(event);
        if own != TARGET {
            row.is_sidechain = Some(true);
            row.agent_name = Some(own.to_owned());
        }
        if let Some(view) = event.get("view").filter(|view| !view.is_null()) {
            let compact = view.compact();
            // It goes to every row of the event; a bomb would be multiplied.
            if compact.len() <= MAX_VIEW_BYTES {
                row.attr("view", compact);
            } else {
                row.flag("long_name");
            }
        }
    }

    /// An edit that takes messages back; which ones, their own rows say.
    fn turned(&mut self, event: &Json<'_>, at: &str, name: &[&str]) {
        let mut row = Event::new(Kind::Lifecycle, Role::Environment);
        row.ts = event.at("timestamp").time();
        row.json_pointer = Some(format!("{at}/edit"));
        self.surround(&mut row, event);
        leftovers(&mut row, event.at("edit"), &[]);
        self.push(name, vec![row]);
    }

    /// Events that are no edit, and edits that nobody knows.
    fn other(&mut self, event: &Json<'_>, at: &str, name: &[&str]) {
        let mut row = Event::new(Kind::Unknown, Role::Environment);
        row.ts = event.at("timestamp").time();
        self.surround(&mut row, event);
        leftovers(&mut row, event, &MAPPED_EVENT);
        if event.text("type") == Some("tool_creation_event") && !event.at("tool").is_null() {
            row.kind = Some(Kind::ToolDefinitions);
            row.role = Some(Role::System);
            row.text = event.at("tool").display();
            row.json_pointer = Some(format!("{at}/tool"));
        } else {
            row = unknown(row, event, at);
        }
        self.push(name, vec![row]);
    }

    /// The scores, and on the first row all that is known about the transcript.
    fn verdict(&mut self, record: &Json<'_>) {
        let judged = self.metadata.at("judge_output");
        let scores = judged.at("scores").entries().iter();
        let mut labels: Vec<(String, Event)> = scores
            .filter_map(|(name, value)| {
                let mut row = label(name, value, ID)?;
                row.json_pointer = Some(format!("/metadata/judge_output/scores/{name}"));
                Some((name.clone().into_owned(), row))
            })
            .collect();
        if labels.is_empty() {
            let row = Event::new(Kind::Lifecycle, Role::Environment);
            labels.push((String::new(), row.with(|r| r.json_pointer = Some("/metadata".into()))));
        }
        if let Some((_, first)) = labels.first_mut() {
            leftovers(first, record, &[]);
            for (key, value) in self.metadata.entries() {
                if !MAPPED.contains(&key.as_ref()) {
                    flatten(first, key, value);
                }
            }
            for (key, value) in judged.entries().iter().filter(|(key, _)| key != "scores") {
                flatten(first, &format!("judge_output.{key}"), value);
            }
        }
        for (name, mut row) in labels {
            row.ts = self.metadata.any_of(&["updated_at", "created_at"]).time();
            self.push(&["verdict", &name], vec![row]);
        }
    }
}

fn unknown(mut row: Event, value: &Json<'_>, at: &str) -> Event {
    row.kind = Some(Kind::Unknown);
    row.text = value.display();
    row.json_pointer = Some(at.to_owned());
    row.flag("unknown_type");
    row
}
