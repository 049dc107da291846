//! Which messages of a unit are new, and what each is called.

use super::{Emitter, Name};
use crate::formats::history::{Resolved, context_root};
use crate::formats::inline;
use crate::formats::telemetry::otlp::dialect::{Content, Nature};
use crate::formats::telemetry::otlp::message::{Message, Part, What};
use crate::formats::telemetry::otlp::walk::Unit;
use crate::record::{Event, Id16, Kind, ReasoningSource, Role};

impl Emitter<'_> {
    /// Inputs and outputs of a model call; returns where the rows of the outputs begin.
    pub(super) fn model_messages(
        &mut self,
        unit: &Unit<'_>,
        content: &Content,
        (input, output): (Vec<Message>, Vec<Message>),
        fresh: Id16,
        finish: Option<&str>,
    ) -> usize {
        let span = Id16::of("otlp.span", &[unit.ids[0].as_bytes(), unit.ids[1].as_bytes()]);
        let mut standing = match content.piecemeal {
            true => *self.memory.standing(span),
            false => Default::default(),
        };
        let offset = standing.messages;
        let root = standing.context.unwrap_or_else(|| context_root(""));
        let last = input.iter().map(|message| message.index).max();
        let after = offset.saturating_add(last.map_or(0, |index| index.saturating_add(1)));
        let resolved = self.input(input, (offset, root), fresh, content.piecemeal);
        standing.context = resolved.context.last().copied().or(standing.context);
        standing.messages = after;
        if content.piecemeal {
            *self.memory.standing(span) = standing;
        }
        let first = self.rows.len();
        self.output(output, after, (&resolved, root), finish);
        first
    }

    fn input(
        &mut self,
        input: Vec<Message>,
        (offset, root): (i32, Id16),
        fresh: Id16,
        piecemeal: bool,
    ) -> Resolved {
        let groups = grouped(input);
        let heard: Vec<(&str, &str)> = groups
            .iter()
            .filter(|group| !group.said.is_empty())
            .map(|group| (group.role.as_str(), group.said.as_str()))
            .collect();
        let session = self.session.clone();
        let resolved = self.memory.history.resolve(Some(&session), fresh, root, &heard);
        let mut places = resolved.context.iter().zip(&resolved.known);
        let base = self.input_base();
        let edited = self.is_edited(&resolved, &groups, piecemeal);
        let first = self.rows.len();
        for group in groups {
            let place = if group.said.is_empty() { None } else { places.next() };
            match place {
                Some((_, true)) => continue,
                Some((context, false)) => {
                    let base = base.clone().with(|event| event.context_hash = Some(*context));
                    let mut part = 0;
                    for mut message in group.messages {
                        message.index = message.index.saturating_add(offset);
                        self.drop_known_calls(&mut message);
                        part = self.message(&base, message, part, &Name::Context(*context));
                    }
                }
                None => {
                    for message in group.messages {
                        let name = Name::Unit("in", message.index);
                        let mut message = message;
                        self.drop_known_calls(&mut message);
                        self.message(&base, message, 0, &name);
                    }
                }
            }
        }
        if edited {
            let new = self.rows.iter_mut().skip(first);
            new.for_each(|row| row.event.flag("history_rewritten"));
        }
        resolved
    }

    /// Whether a client changed history: it resends a part of the session and goes on from a
    /// point that was no answer. Retries (nothing new) and calls that share only the session
    /// (nothing known) are no edits. Of messages that come one by one only an answer that
    /// nobody gave can be noticed.
    fn is_edited(&self, resolved: &Resolved, groups: &[Group], piecemeal: bool) -> bool {
        let first_new = resolved.known.iter().position(|known| !known);
        let before = first_new.and_then(|at| resolved.context.get(at.checked_sub(1)?));
        let new = first_new.is_some();
        let forged = || groups.iter().any(|group| group.role == Role::Assistant);
        resolved.rewritten
            && match before {
                Some(place) => !self.memory.seen.contains(answer_mark(&self.session, *place)),
                None => new && piecemeal && forged(),
            }
    }

    /// Calls, results and thoughts that the session has logged are not logged again because a
    /// client resends them under another history.
    fn drop_known_calls(&mut self, message: &mut Message) {
        let Self { memory, session, .. } = self;
        message.parts.retain(|part| {
            let id = match &part.what {
                What::Call { id: Some(id), .. } | What::Answer { id: Some(id), .. } => id.as_str(),
                What::Reasoning { .. } => "",
                _ => return true,
            };
            part.seen_id(session, id).is_none_or(|id| !memory.seen.contains(id))
        });
    }

    fn output(
        &mut self,
        output: Vec<Message>,
        after: i32,
        (resolved, root): (&Resolved, Id16),
        finish: Option<&str>,
    ) {
        let count = output.len();
        let alternatives = count > 1 && output.iter().all(|message| message.finish.is_some());
        let said: Vec<String> = output.iter().map(answer_said).filter(|s| !s.is_empty()).collect();
        let said = if alternatives { said } else { vec![said.join("\n")] };
        let mut base = self.base.clone();
        for said in said.iter().filter(|said| !said.is_empty()) {
            let role = Role::Assistant.as_str();
            let hash = self.memory.history.answered(resolved, root, role, said);
            base.context_hash = Some(hash);
            self.learnt.push(answer_mark(&self.session, hash));
        }
        let group = self.group.to_string();
        let conflict = disagree(&output);
        for (at, mut message) in output.into_iter().enumerate() {
            let finish = message
                .finish
                .take()
                .or_else(|| finish.filter(|_| at + 1 == count).map(str::to_owned));
            let (index, first) = (message.index, self.rows.len());
            message.index = message.index.saturating_add(after);
            let before = message.parts.len();
            let numbered = self.unseen(&mut message, &group);
            self.repeats |= message.parts.len() < before;
            self.numbered(&base, message, &numbered, Name::Unit("out", index));
            if self.rows.len() > first {
                self.anchor = Some(self.rows.len() - 1);
            }
            if let Some(row) = self.anchor.and_then(|at| self.rows.get_mut(at)) {
                row.event.finish_reason = finish.or(row.event.finish_reason.take());
            }
        }
        if conflict {
            let thoughts =
                self.rows.iter_mut().filter(|row| row.event.kind == Some(Kind::Reasoning));
            thoughts.for_each(|row| row.event.flag("reasoning_conflict"));
        }
    }

    /// Adds the rows of a message whose parts have numbers.
    fn numbered(&mut self, base: &Event, mut message: Message, numbers: &[i32], name: Name) {
        let parts = std::mem::take(&mut message.parts);
        for (part, number) in parts.into_iter().zip(numbers) {
            let extra = std::mem::take(&mut message.extra);
            let one = Message { parts: vec![part], extra, ..message.clone() };
            self.message(base, one, *number, &name);
        }
    }

    /// Drops parts that were logged in `scope`; returns the numbers of those that stay. Numbers
    /// leave room for text that is cut into several rows.
    fn unseen(&mut self, message: &mut Message, scope: &str) -> Vec<i32> {
        let mut numbers = Vec::new();
        let mut next = 0;
        let Self { memory, learnt, session, .. } = self;
        message.parts.retain(|part| {
            let number = next;
            next += room(part);
            // A tool that ran without telling its arguments is the call that was asked for.
            let silent = matches!(&part.what, What::Call { id: Some(_), arguments: None, .. });
            if silent && memory.seen.contains(call_mark(session, part)) {
                return false;
            }
            let Some(id) = part.seen_id(scope, part.call_id().unwrap_or_default()) else {
                numbers.push(number);
                return true;
            };
            if memory.seen.contains(id) {
                return false;
            }
            learnt.push(id);
            numbers.push(number);
            true
        });
        numbers
    }

    /// Messages of a unit that repeats others: only what the session has not logged.
    pub(super) fn repeated_messages(
        &mut self,
        unit: &Unit<'_>,
        nature: Nature,
        input: Vec<Message>,
        output: Vec<Message>,
    ) {
        let session = self.session.clone();
        let seq = self.seq;
        for (direction, messages) in [("in", input), ("out", output)] {
            if direction == "out" && nature == Nature::Agent {
                self.seq = unit.end.unwrap_or(seq);
            }
            for mut message in messages {
                let index = message.index;
                let numbers = self.unseen(&mut message, &session);
                let base = self.base.clone();
                self.numbered(&base, message, &numbers, Name::Unit(direction, index));
            }
        }
        self.seq = seq;
    }
}

/// Remembers the id of a call.
pub(super) fn call_mark(session: &str, call: &Part) -> Id16 {
    let id = call.call_id().unwrap_or_default();
    Id16::of("otlp.call_id", &[session.as_bytes(), id.as_bytes()])
}

/// Remembers that a model answered at this point of a session.
fn answer_mark(session: &str, place: Id16) -> Id16 {
    Id16::of("otlp.answer", &[session.as_bytes(), place.as_bytes()])
}

/// Two readable captures of the thoughts of one response that differ.
fn disagree(output: &[Message]) -> bool {
    let readable = |raw: bool| {
        output.iter().flat_map(|m| &m.parts).any(|part| match &part.what {
            What::Reasoning { text: Some(_), source, .. } => {
                (*source == ReasoningSource::RawBody) == raw
            }
            _ => false,
        })
    };
    readable(true) && readable(false)
}

/// How many rows a part may take.
fn room(part: &Part) -> i32 {
    match &part.what {
        What::Text(text) => i32::try_from(inline::split(text).parts.len()).unwrap_or(1).max(1),
        _ => 1,
    }
}

/// What an answer says when a client sends it back: without its thoughts.
fn answer_said(message: &Message) -> String {
    let mut message = message.clone();
    message.strip_inline_thoughts();
    message.canonical()
}

/// Messages that a history counts as one: the model's messages in a row.
struct Group {
    role: Role,
    said: String,
    messages: Vec<Message>,
}

fn grouped(messages: Vec<Message>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for message in messages {
        let role = message.true_role();
        let said =
            if role == Role::Assistant { answer_said(&message) } else { message.canonical() };
        match groups.last_mut().filter(|group| role == Role::Assistant && group.role == role) {
            Some(group) => {
                let apart = !group.said.is_empty() && !said.is_empty();
                group.said.push_str(if apart { "\n" } else { "" });
                group.said.push_str(&said);
                group.messages.push(message);
            }
            None => groups.push(Group { role, said, messages: vec![message] }),
        }
    }
    groups
}
