//! R-Judge: records of agents at work that people have judged safe or unsafe.
//!
//! `{id, scenario, profile, goal, contents, label, risk_description, attack_type}`; `contents` is
//! a list of rounds, a round a list of turns of user, agent (`thought`, `action`) and
//! environment (`content`). Actions are text, in which [`action`] finds the calls. Ids number
//! the records of one data set, so each record is a session named by its content.
//!
//! The judgement, and why, are labels and attributes, never text, so that no search over
//! transcripts and no detector finds the answers.

mod action;
#[cfg(test)]
mod tests;

use super::shared::{label, text_kind};
use crate::formats::common::{leftovers, set_role, set_tool};
use crate::formats::{Format, Json, Key, Reader, Record, Session, Sink};
use crate::record::{Event, Kind, Reason, ReasoningSource, Role};

const ID: &str = "rjudge";
/// What is said about a record, as labels.
const JUDGEMENTS: [&str; 3] = ["label", "attack_type", "risk_description"];
const MAPPED: [&str; 5] = ["profile", "contents", "label", "attack_type", "risk_description"];
const MAPPED_TURN: [&str; 4] = ["role", "content", "thought", "action"];

/// See the module.
pub struct RJudge;

impl Format for RJudge {
    fn id(&self) -> &'static str {
        ID
    }

    fn title(&self) -> &'static str {
        "R-Judge record: turns of user, agent and environment, with a verdict on safety"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        let judged = ["label", "risk_description", "goal", "profile"];
        let judged = judged.iter().filter(|key| record.has(key)).count();
        let first = record.at("contents").items().first();
        let turn = first.and_then(|round| round.items().first().or(Some(round)));
        let is_turn = |turn: &Json<'_>| {
            turn.text("role").is_some() && (turn.has("content") || turn.has("action"))
        };
        if judged >= 2 && turn.is_some_and(is_turn) { 95 } else { 0 }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(JudgedReader)
    }
}

struct JudgedReader;

impl Reader for JudgedReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let json = record.json;
        match json.at("contents") {
            Json::Array(_) => {}
            Json::Null => return Err(Reason::MissingField { format: ID, field: "contents" }),
            other => {
                return Err(Reason::WrongType {
                    format: ID,
                    field: "contents",
                    expected: "an array",
                    found: other.type_name(),
                });
            }
        }
        sink.session(Session::Record);
        let mut rows = Rows { sink, index: 0, open: None };
        rows.profile(json);
        rows.rounds(json.at("contents").items());
        rows.judgements(json);
        Ok(())
    }
}

/// Puts the rows of one record into the sink.
struct Rows<'a> {
    sink: &'a mut Sink,
    index: i32,
    /// The call that waits for the environment. Some are never answered, so order alone would
    /// join wrongly.
    open: Option<String>,
}

impl Rows<'_> {
    fn push(&mut self, mut event: Event, pointer: String) {
        event.message_index = Some(self.index);
        event.json_pointer = Some(pointer);
        self.sink.push(Key::Position, event);
    }

    fn next(&mut self) {
        self.index = self.index.saturating_add(1);
    }

    fn profile(&mut self, record: &Json<'_>) {
        if let Some(profile) = record.text("profile") {
            let mut event = Event::new(Kind::SystemPrompt, Role::System);
            event.text = Some(profile.to_owned());
            self.push(event, "/profile".to_owned());
            self.next();
        }
    }

    fn rounds(&mut self, rounds: &[Json<'_>]) {
        for (n, round) in rounds.iter().enumerate() {
            let at = format!("/contents/{n}");
            match round {
                Json::Array(turns) => {
                    for (k, turn) in turns.iter().enumerate() {
                        self.turn(turn, turns.get(k + 1), &format!("{at}/{k}"));
                    }
                }
                turn => self.turn(turn, rounds.get(n + 1), &at),
            }
        }
    }

    fn turn(&mut self, turn: &Json<'_>, next: Option<&Json<'_>>, at: &str) {
        let mut base = Event::default();
        set_role(&mut base, turn.text("role").unwrap_or_default());
        leftovers(&mut base, turn, &MAPPED_TURN);
        match base.role {
            Some(Role::Assistant) => self.acted(&base, turn, next, at),
            Some(Role::Environment | Role::Tool) => self.answered(&base, turn, at),
            _ => self.said(base, turn, at),
        }
        self.next();
    }

    /// Rounds that go on without the user have a turn without content.
    fn said(&mut self, mut event: Event, turn: &Json<'_>, at: &str) {
        let known = turn.is_object() && turn.text("role").is_some();
        event.kind = Some(if known { text_kind(event.role) } else { Kind::Unknown });
        event.text = if known { turn.at("content").display() } else { turn.display() };
        if event.text.is_some() {
            self.push(event, format!("{at}/content"));
        }
    }

    fn acted(&mut self, base: &Event, turn: &Json<'_>, next: Option<&Json<'_>>, at: &str) {
        if let Some(thought) = turn.at("thought").display().filter(|text| !text.trim().is_empty()) {
            let mut event = base.clone();
            event.kind = Some(Kind::Reasoning);
            event.reasoning = Some(thought);
            event.reasoning_source = Some(ReasoningSource::ReactText);
            self.push(event, format!("{at}/thought"));
        }
        let action = turn.any_of(&["action", "content"]).display();
        let Some(action) = action.filter(|text| !text.trim().is_empty()) else { return };
        let answered = next.is_some_and(|next| {
            next.text("role") == Some("environment") && next.text("content").is_some()
        });
        let mut event = base.clone();
        self.open = None;
        match action::parse(&action, answered) {
            Some(call) => {
                event.kind = Some(Kind::ToolCall);
                if !call.name.is_empty() {
                    set_tool(&mut event, call.name);
                }
                event.tool_type.get_or_insert_with(|| "function".to_owned());
                event.tool_call_arguments = Some(call.arguments.to_owned());
                event.tool_arguments_valid = (!call.json).then_some(true);
                let id = format!("turn-{}", self.index);
                event.tool_call_id = Some(id.clone());
                event.flag("synthesized_tool_id");
                self.open = Some(id);
            }
            None => {
                event.kind = Some(Kind::AssistantText);
                event.text = Some(action);
            }
        }
        self.push(event, format!("{at}/action"));
    }

    /// What the environment says directly after a call answers that; else nobody asked for it.
    fn answered(&mut self, base: &Event, turn: &Json<'_>, at: &str) {
        let silent = |text: &String| text.is_empty() && self.open.is_none();
        let content = turn.at("content").display().filter(|text| !silent(text));
        let Some(content) = content else { return };
        let mut event = base.clone();
        event.kind = Some(Kind::ToolResult);
        event.role = Some(Role::Tool);
        event.role_raw = turn.string("role");
        event.tool_call_result = Some(content);
        let id = self.open.take().unwrap_or_else(|| format!("turn-{}", self.index));
        event.tool_call_id = Some(id);
        self.push(event, format!("{at}/content"));
    }

    fn judgements(&mut self, record: &Json<'_>) {
        let said = JUDGEMENTS.iter().filter_map(|name| {
            let value = record.at(name);
            (value.str() != Some("")).then(|| label(name, value, ID))?.map(|row| (row, *name))
        });
        let mut rows: Vec<(Event, &str)> = said.collect();
        if rows.is_empty() {
            rows.push((Event::new(Kind::Lifecycle, Role::Environment), ""));
        }
        if let Some((first, _)) = rows.first_mut() {
            leftovers(first, record, &MAPPED);
        }
        for (event, name) in rows {
            let pointer = if name.is_empty() { String::new() } else { format!("/{name}") };
            self.push(event, pointer);
        }
    }
}
