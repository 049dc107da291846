//! A session as a row of parts: who says what, which call does what, which result answers it.
//!
//! Events come in (stream, sequence) order. A sub-agent's stream is put behind the call that started
//! it, so that "earlier" means the same for all. What a sub-agent is told is the agent's own text and
//! no request of a person; what it says is for the agent, not for the user.

use super::act::{Act, Outcome, of_call};
use super::class::Class;
use super::entity::{self, EntityKind};
use super::provenance::Seen;
use super::tools::Tools;
use super::words::{Languages, Speech};
use crate::record::{BranchState, Event, Id16, Kind, Role};
use ahash::AHashMap as HashMap;
use std::borrow::Cow;

/// Who speaks in a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Voice {
    System,
    ToolDescription,
    User,
    /// Text a harness wrote in the user's name.
    Harness,
    /// Visible text of the agent.
    Agent,
    Reasoning,
    Call,
    Result,
    /// What the agent tells a sub-agent and hears from it.
    Between,
}

/// One part of a session.
#[derive(Debug, Clone)]
pub(crate) struct Part<'e> {
    pub(crate) event: &'e Event,
    pub(crate) voice: Voice,
    pub(crate) text: Cow<'e, str>,
    /// The column the text stands in.
    pub(crate) column: &'static str,
    /// Number of the call, for calls and results.
    pub(crate) call: Option<usize>,
    pub(crate) is_side: bool,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Ok,
    Failed,
    Empty,
    /// No result is logged.
    Unknown,
}

/// One tool call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Number of its part.
    pub(crate) part: usize,
    /// Number of the part of its result.
    pub(crate) result: Option<usize>,
    pub(crate) ending: Ending,
    pub(crate) acts: Vec<Act>,
    /// Whether code in its arguments could not be parsed as a whole.
    pub(crate) is_partial: bool,
    /// Whether the arguments are valid JSON.
    pub(crate) is_valid: bool,
}

/// A session that can be judged.
#[derive(Debug, Default)]
pub(crate) struct Session<'e> {
    pub(crate) parts: Vec<Part<'e>>,
    pub(crate) calls: Vec<Call>,
    /// Whose session it is; empty if nobody says.
    pub(crate) tenant: &'e str,
    /// Results that answer no call of the session.
    pub(crate) orphan_results: usize,
    /// What people and the system prompt say, as one row of letters and digits: names of companies
    /// are in it without the spaces that their domains do not have.
    pub(crate) joined: String,
    /// What calls have had to do with.
    pub(crate) seen: Seen,
}

/// Longest text that may hold a task.
const MAX_TASK: usize = 32 << 10;

impl<'e> Session<'e> {
    /// Builds a session from its events, in (stream, sequence) order.
    pub(crate) fn of(events: &'e [Event], tools: &Tools) -> Self {
        let mut session = Self::default();
        let mut by_event: HashMap<Id16, usize> = HashMap::new();
        let mut by_id: HashMap<&'e str, usize> = HashMap::new();
        for event in in_order(events) {
            session.add(event, tools, &mut by_event, &mut by_id);
        }
        session.tenant =
            events.iter().find_map(|event| event.tenant.as_deref()).unwrap_or_default();
        session.join();
        session.seen = Seen::of(&session.calls, &session.parts);
        session
    }

    fn add(
        &mut self,
        event: &'e Event,
        tools: &Tools,
        by_event: &mut HashMap<Id16, usize>,
        by_id: &mut HashMap<&'e str, usize>,
    ) {
        let gone = [BranchState::Superseded, BranchState::Copied];
        if event.branch_state.is_some_and(|state| gone.contains(&state)) {
            return;
        }
        let Some((voice, column, text)) = said(event) else { return };
        let is_side = event.is_sidechain == Some(true);
        let mut part =
            Part { event, voice, text: Cow::Borrowed(text), column, call: None, is_side };
        match voice {
            Voice::Call => {
                let call = self.calls.len();
                let name = event.tool_name.as_deref().unwrap_or_default();
                let Outcome { acts, talk, is_partial } = of_call(name, text, tools);
                if let Some(talk) = talk {
                    part.voice = if is_side { Voice::Between } else { Voice::Agent };
                    part.text = Cow::Owned(talk);
                }
                part.call = Some(call);
                let is_valid = event.tool_arguments_valid != Some(false);
                let part_at = self.parts.len();
                self.calls.push(Call {
                    part: part_at,
                    result: None,
                    ending: Ending::Unknown,
                    acts,
                    is_partial,
                    is_valid,
                });
                by_event.insert(event.event_id, call);
                if let Some(id) = event.tool_call_id.as_deref() {
                    by_id.insert(id, call);
                }
            }
            Voice::Result => {
                let by_event = event.tool_call_event_id.and_then(|id| by_event.get(&id));
                let by_id = || event.tool_call_id.as_deref().and_then(|id| by_id.get(id));
                part.call = by_event.or_else(by_id).copied();
                match part.call.and_then(|call| self.calls.get_mut(call)) {
                    Some(call) => {
                        call.result = Some(self.parts.len());
                        call.ending = ending(event);
                    }
                    None => self.orphan_results += 1,
                }
            }
            _ => {}
        }
        self.parts.push(part);
    }

    fn join(&mut self) {
        let mut joined = String::new();
        for part in &self.parts {
            let tells = matches!(part.voice, Voice::User | Voice::System | Voice::Harness);
            if tells && part.text.len() <= MAX_TASK && joined.len() <= 4 * MAX_TASK {
                joined.extend(
                    part.text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase),
                );
                joined.push(' ');
            }
        }
        self.joined = joined;
    }

    /// A file or page that a person names and hands the task over to speaks for that person: "do what
    /// stands in task.md". Its text is heard as theirs from where it was read.
    pub(crate) fn hear_documents(&mut self, languages: &Languages) {
        let mut named: Vec<String> = Vec::new();
        for at in 0..self.parts.len() {
            let part = &self.parts[at];
            match part.voice {
                Voice::User => {
                    let speech = Speech::of(&part.text, languages, None);
                    for sentence in
                        speech.sentences.iter().filter(|sentence| sentence.is_delegation)
                    {
                        let text = &part.text[sentence.range.clone()];
                        let found = entity::find(text).into_iter().filter(|entity| {
                            entity.kind == EntityKind::Path || entity.kind == EntityKind::Url
                        });
                        named.extend(found.map(|entity| entity.canonical));
                    }
                }
                Voice::Result if !named.is_empty() && part.text.len() <= MAX_TASK => {
                    let call = part.call.and_then(|call| self.calls.get(call));
                    let reads_it = call.is_some_and(|call| {
                        call.acts.iter().any(|act| {
                            act.class == Class::Read
                                && act.values.iter().any(|value| named.contains(&value.canonical()))
                        })
                    });
                    if reads_it {
                        self.parts[at].voice = Voice::User;
                    }
                }
                _ => {}
            }
        }
    }

    /// All actions with the number of their call.
    pub(crate) fn acts(&self) -> impl Iterator<Item = (usize, &Act)> {
        self.calls
            .iter()
            .enumerate()
            .flat_map(|(at, call)| call.acts.iter().map(move |act| (at, act)))
    }
}

/// Who says what in an event; none if it says nothing that matters here.
fn said(event: &Event) -> Option<(Voice, &'static str, &str)> {
    let side = event.is_sidechain == Some(true);
    // An evaluator that plays the world: neither the agent nor anybody it serves.
    if side && event.role == Some(Role::Environment) {
        return None;
    }
    let text = event.text.as_deref();
    Some(match event.kind? {
        Kind::SystemPrompt => (Voice::System, "text", text?),
        Kind::ToolDefinitions => (Voice::ToolDescription, "text", text?),
        Kind::UserText if side => (Voice::Between, "text", text?),
        Kind::UserText if event.is_synthetic => (Voice::Harness, "text", text?),
        Kind::UserText if event.role == Some(Role::System) => (Voice::System, "text", text?),
        Kind::UserText => (Voice::User, "text", text?),
        Kind::CompactionSummary => (Voice::Harness, "text", text?),
        Kind::AssistantText if side => (Voice::Between, "text", text?),
        Kind::AssistantText | Kind::Refusal => (Voice::Agent, "text", text?),
        Kind::Reasoning => (Voice::Reasoning, "reasoning", event.reasoning.as_deref()?),
        Kind::ToolCall => {
            let arguments = event.tool_call_arguments.as_deref().unwrap_or_default();
            (Voice::Call, "tool_call_arguments", arguments)
        }
        Kind::ToolResult => {
            let result = event.tool_call_result.as_deref().unwrap_or_default();
            (Voice::Result, "tool_call_result", result)
        }
        _ => return None,
    })
}

/// Bytes of a result that are looked at to see how it ended.
const HEAD: usize = 200;

fn ending(event: &Event) -> Ending {
    let text = event.tool_call_result.as_deref().unwrap_or_default().trim();
    let failed = event.tool_is_error == Some(true)
        || event.tool_exit_code.is_some_and(|code| code != 0)
        || event.status == Some("error");
    let head = text[..text.floor_char_boundary(HEAD)].to_lowercase();
    let says_so = [
        "error",
        "traceback",
        "exception",
        "fatal:",
        "{\"error",
        "failed",
        "<error",
        "permission denied",
        "<tool_use_error",
    ]
    .iter()
    .any(|start| head.starts_with(start));
    if failed || says_so {
        Ending::Failed
    } else if text.is_empty() || matches!(text, "[]" | "{}" | "null" | "None" | "\"\"") {
        Ending::Empty
    } else {
        Ending::Ok
    }
}

/// Events with every sub-agent's stream behind the call that started it.
fn in_order(events: &[Event]) -> Vec<&Event> {
    let mut streams: Vec<&[Event]> = events.chunk_by(|a, b| a.stream_id == b.stream_id).collect();
    if streams.len() < 2 {
        return events.iter().collect();
    }
    let is_side = |stream: &[Event]| stream.iter().all(|event| event.is_sidechain == Some(true));
    // Time decides between streams only; inside of one the sequence does.
    streams.sort_by_key(|stream| {
        let first = stream.iter().filter_map(|event| event.ts.micros).min();
        (is_side(stream), first.unwrap_or(i64::MAX), stream[0].stream_id)
    });
    let (mains, sides): (Vec<&[Event]>, Vec<&[Event]>) =
        streams.into_iter().partition(|stream| !is_side(stream));
    let mut waiting: HashMap<&str, Vec<&[Event]>> = HashMap::new();
    let mut loose = Vec::new();
    for side in sides {
        match side.iter().find_map(|event| event.parent_tool_call_id.as_deref()) {
            Some(parent) => waiting.entry(parent).or_default().push(side),
            None => loose.push(side),
        }
    }
    let mut out = Vec::with_capacity(events.len());
    for event in mains.into_iter().flatten() {
        out.push(event);
        let started = event.tool_call_id.as_deref().filter(|_| event.kind == Some(Kind::ToolCall));
        for side in started.and_then(|id| waiting.remove(id)).into_iter().flatten() {
            out.extend(side);
        }
    }
    let mut left: Vec<(&str, Vec<&[Event]>)> = waiting.into_iter().collect();
    left.sort_by_key(|(parent, _)| *parent);
    out.extend(left.into_iter().flat_map(|(_, sides)| sides).flatten());
    out.extend(loose.into_iter().flatten());
    out
}
