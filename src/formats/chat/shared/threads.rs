//! Which session a record belongs to, and which of its messages are new there.
//!
//! Stateless APIs resend the whole history with every call; only what the session has not
//! logged becomes rows. A record without a response is a conversation whose last answer takes
//! the place of one, so that logs of requests only, and records that extend each other, collapse
//! the same way, while identical records stay sessions of their own.

use super::{Exchange, Message, inherit};
use crate::formats::history::{History, Resolved, context_root, context_step};
use crate::formats::{Key, Record, Session, Sink};
use crate::record::{BranchState, Event, Id16, Kind, ReasoningState, Role, TimeQuality};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

const MAX_RECENT: usize = 16_384;
const MAX_ENDS: usize = 4096;

/// The memory of a reader: histories, and what sessions were told.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::formats::chat) struct Threads {
    history: History,
    /// System prompts and tools that have rows, by session.
    told: Recent,
    /// Context hashes that answers ended at.
    answers: Recent,
    /// Names of records, with the session and context hash they ended at.
    ends: VecDeque<(String, String, Id16)>,
}

/// The newest of many hashes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "VecDeque<Id16>", into = "VecDeque<Id16>")]
struct Recent {
    order: VecDeque<Id16>,
    set: BTreeSet<Id16>,
}

impl From<VecDeque<Id16>> for Recent {
    fn from(order: VecDeque<Id16>) -> Self {
        Self { set: order.iter().copied().collect(), order }
    }
}

impl From<Recent> for VecDeque<Id16> {
    fn from(recent: Recent) -> Self {
        recent.order
    }
}

impl Recent {
    /// Adds a hash; whether it is new.
    fn add(&mut self, hash: Id16) -> bool {
        let new = self.set.insert(hash);
        if new {
            self.order.push_back(hash);
        }
        if self.order.len() > MAX_RECENT
            && let Some(oldest) = self.order.pop_front()
        {
            self.set.remove(&oldest);
        }
        new
    }
}

/// Where a record stands: its session, the context hashes of its messages and answers.
struct Standing {
    session: String,
    native: bool,
    context: Vec<Id16>,
    known: Vec<bool>,
    answers: Vec<Id16>,
    /// The keys of the answers: the hashes, unless a retry said the same again.
    keys: Vec<Id16>,
}

/// A row with the key it is pushed under.
type Row = (Id16, Event);

impl Threads {
    /// Pushes the rows of a record.
    pub(in crate::formats::chat) fn emit(
        &mut self,
        mut exchange: Exchange,
        record: &Record<'_>,
        sink: &mut Sink,
    ) {
        if exchange.common.ts.quality == TimeQuality::Missing {
            exchange.common.ts = exchange.answer.ts.inherited();
        }
        let standing = self.locate(&mut exchange, record, sink);
        if standing.native {
            sink.session(Session::Native(&standing.session));
        } else {
            sink.session(Session::Derived(&standing.session));
        }
        self.declare(&mut exchange, &standing.session, sink);
        let mut rows = input_rows(&mut exchange, &standing);
        rows.extend(output_rows(&mut exchange, &standing));
        if let Some((_, last)) = rows.last_mut() {
            last.attrs.append(&mut exchange.leftovers);
        }
        for (key, event) in rows {
            sink.push(Key::Context(key), event);
        }
        for mut event in std::mem::take(&mut exchange.notices) {
            inherit(&mut event, &exchange.answer);
            inherit(&mut event, &exchange.common);
            event.attrs.append(&mut exchange.leftovers);
            sink.push(Key::Position, event);
        }
    }

    /// Finds the session and the context hashes of all messages.
    fn locate(
        &mut self,
        exchange: &mut Exchange,
        record: &Record<'_>,
        sink: &mut Sink,
    ) -> Standing {
        let before = self.previous(exchange.previous.as_deref());
        let (name, root) = match (&exchange.session, before) {
            (Some(native), Some((_, end))) => (Some(native.clone()), end),
            (Some(native), None) => (Some(native.clone()), context_root("")),
            (None, Some((session, end))) => (Some(session), end),
            (None, None) => (None, context_root(&system_text(exchange))),
        };
        let fresh = exchange.fresh.as_deref().map_or(record.rolling, named);
        let standing = if exchange.output.is_empty() {
            self.request_only(name.as_deref(), fresh, root, exchange, sink)
        } else {
            let mut standing = self.answered(name.as_deref(), fresh, root, exchange, sink);
            let id = exchange.answer.response_id.clone();
            let id = id.unwrap_or_else(|| record.rolling.to_string());
            standing.keys = self.answer_keys(&standing, &id);
            standing
        };
        let last = standing.answers.first().or(standing.context.last()).copied().unwrap_or(root);
        for name in std::mem::take(&mut exchange.known_as) {
            self.ends.push_back((name, standing.session.clone(), last));
            if self.ends.len() > MAX_ENDS {
                self.ends.pop_front();
            }
        }
        standing
    }

    fn previous(&self, name: Option<&str>) -> Option<(String, Id16)> {
        let name = name?;
        let known = self.ends.iter().rev().find(|(other, ..)| other == name);
        match known {
            Some((_, session, end)) => Some((session.clone(), *end)),
            // The record before lies in another file, where it was named like this.
            None if !name.starts_with("batch:") => {
                Some((named(name).to_string(), context_root(name)))
            }
            None => None,
        }
    }

    /// A call with its response.
    fn answered(
        &mut self,
        name: Option<&str>,
        fresh: Id16,
        root: Id16,
        exchange: &Exchange,
        sink: &mut Sink,
    ) -> Standing {
        let texts = contents(&exchange.input);
        let resolved = self.history.resolve(name, fresh, root, &pairs(&exchange.input, &texts));
        self.note_rewrite(&resolved, sink);
        // The first choice is the one that histories continue, so it is noted last.
        let outputs = contents(&exchange.output);
        let mut answers: Vec<Id16> = Vec::new();
        for (message, text) in exchange.output.iter().zip(&outputs).rev() {
            answers.push(self.history.answered(&resolved, root, &message.role, text));
        }
        answers.reverse();
        let native = exchange.session.is_some();
        let Resolved { session, context, known, .. } = resolved;
        Standing { session, native, context, known, answers, keys: Vec::new() }
    }

    /// A retry may get the same answer at the same place; that is another call with rows of its
    /// own, unless its response has the same id, which makes it a copy of the record.
    fn answer_keys(&mut self, standing: &Standing, id: &str) -> Vec<Id16> {
        let mut keys = Vec::new();
        for (choice, hash) in standing.answers.iter().enumerate() {
            let session = standing.session.as_bytes();
            let number = choice.to_string();
            let base = if choice == 0 { *hash } else { context_step(*hash, "choice", &number) };
            let copy = Id16::of("answer.id", &[session, base.as_bytes(), id.as_bytes()]);
            let new = self.answers.add(answer_mark(&standing.session, base));
            let first = if new { self.answers.add(copy) } else { self.answers.set.contains(&copy) };
            keys.push(if first { base } else { context_step(base, "retry", id) });
        }
        keys
    }

    /// A request alone, or a whole conversation: its last answer stands for the response.
    fn request_only(
        &mut self,
        name: Option<&str>,
        fresh: Id16,
        root: Id16,
        exchange: &Exchange,
        sink: &mut Sink,
    ) -> Standing {
        let texts = contents(&exchange.input);
        let all = pairs(&exchange.input, &texts);
        let end = exchange.input.iter().rposition(Message::is_answer);
        let end = end.unwrap_or(all.len().saturating_sub(1));
        let before = self.history.resolve(name, fresh, root, all.get(..end).unwrap_or_default());
        let whole = self.history.resolve(Some(&before.session), fresh, root, &all);
        let known: Vec<bool> =
            before.known.iter().chain(whole.known.iter().skip(end)).copied().collect();
        let whole = Resolved { known, ..whole };
        self.note_rewrite(&whole, sink);
        if let Some((role, text)) = all.get(end) {
            let hash = self.history.answered(&before, root, role, text);
            self.answers.add(answer_mark(&before.session, hash));
        }
        let native = exchange.session.is_some();
        let Resolved { session, context, known, .. } = whole;
        Standing { session, native, context, known, answers: Vec::new(), keys: Vec::new() }
    }

    /// Flags a client that changed history: it resends a part of the session and goes on from
    /// a point that was no answer. Retries (nothing new) and threads that share only the
    /// session's name (nothing known) are no edits.
    fn note_rewrite(&self, resolved: &Resolved, sink: &mut Sink) {
        let Some(first_new) = resolved.known.iter().position(|known| !known) else { return };
        let Some(before) = first_new.checked_sub(1).and_then(|at| resolved.context.get(at)) else {
            return;
        };
        let mark = answer_mark(&resolved.session, *before);
        if resolved.rewritten && !self.answers.set.contains(&mark) {
            sink.flag("history_rewritten");
        }
    }

    /// Pushes system prompt and tools, unless the session has rows for them.
    fn declare(&mut self, exchange: &mut Exchange, session: &str, sink: &mut Sink) {
        if !exchange.system.is_empty() {
            let hash = context_root(&system_text(exchange));
            exchange.common.system_hash = Some(hash);
            if self.told.add(Id16::of("told", &[session.as_bytes(), hash.as_bytes()])) {
                let key = Id16::of("context.system", &[hash.as_bytes()]);
                for mut event in exchange.system.iter().flat_map(|message| message.events.clone()) {
                    inherit(&mut event, &exchange.common);
                    event.message_index = Some(0);
                    sink.push(Key::Context(key), event);
                }
            }
        }
        let Some(tools) = &exchange.tools else { return };
        exchange.common.tools_hash = Some(tools.hash);
        if self.told.add(Id16::of("told", &[session.as_bytes(), tools.hash.as_bytes()])) {
            let mut event = Event::new(Kind::ToolDefinitions, Role::System);
            event.text = Some(tools.text.clone());
            event.json_pointer = Some(tools.pointer.clone());
            event.message_index = Some(i32::from(!exchange.system.is_empty()));
            inherit(&mut event, &exchange.common);
            let key = Id16::of("context.tools", &[tools.hash.as_bytes()]);
            sink.push(Key::Context(key), event);
        }
    }
}

fn answer_mark(session: &str, hash: Id16) -> Id16 {
    Id16::of("answer", &[session.as_bytes(), hash.as_bytes()])
}

/// Pushes a message that stands alone in its record.
pub(in crate::formats::chat) fn single(message: Message, common: &Event, sink: &mut Sink) {
    for mut event in message.events {
        inherit(&mut event, common);
        sink.push(Key::Position, event);
    }
}

/// The name of a session that starts at a record with a name of its own.
fn named(name: &str) -> Id16 {
    Id16::of("record.name", &[name.as_bytes()])
}

fn system_text(exchange: &Exchange) -> String {
    contents(&exchange.system).concat()
}

fn contents(messages: &[Message]) -> Vec<String> {
    messages.iter().map(Message::canonical).collect()
}

fn pairs<'a>(messages: &'a [Message], texts: &'a [String]) -> Vec<(&'a str, &'a str)> {
    let texts = texts.iter().map(String::as_str);
    messages.iter().map(|message| message.role.as_str()).zip(texts).collect()
}

/// Rows of the messages that are new. What came before the last answer is older than the call.
fn input_rows(exchange: &mut Exchange, standing: &Standing) -> Vec<Row> {
    let last_answer = exchange.input.iter().rposition(Message::is_answer);
    let current = match (last_answer, exchange.output.is_empty()) {
        (Some(at), false) => at + 1,
        (Some(at), true) => at,
        (None, _) => 0,
    };
    let first = index_of_first(exchange);
    let mut rows = Vec::new();
    let messages = std::mem::take(&mut exchange.input).into_iter().enumerate();
    for ((at, message), (hash, known)) in messages.zip(standing.context.iter().zip(&standing.known))
    {
        if *known {
            continue;
        }
        let mut common = exchange.common.clone();
        if at < current {
            common.ts = common.ts.inherited();
        }
        for mut event in message.events {
            inherit(&mut event, &common);
            event.message_index = i32::try_from(first + at).ok();
            event.context_hash = Some(*hash);
            rows.push((*hash, event));
        }
    }
    rows
}

/// System prompt and tools come before the messages.
fn index_of_first(exchange: &Exchange) -> usize {
    usize::from(!exchange.system.is_empty()) + usize::from(exchange.tools.is_some())
}

/// Rows of the response; its last one owns the tokens.
fn output_rows(exchange: &mut Exchange, standing: &Standing) -> Vec<Row> {
    if exchange.output.is_empty() {
        return Vec::new();
    }
    note_unseen_reasoning(exchange);
    let index = i32::try_from(index_of_first(exchange) + standing.context.len()).ok();
    let mut rows = Vec::new();
    let outputs = std::mem::take(&mut exchange.output);
    let places = standing.answers.iter().zip(&standing.keys);
    for (choice, (message, (hash, key))) in outputs.into_iter().zip(places).enumerate() {
        for mut event in message.events {
            inherit(&mut event, &exchange.answer);
            inherit(&mut event, &exchange.common);
            event.message_index = index;
            event.context_hash = Some(*hash);
            event.call_group = Some(call_group(exchange, standing));
            if choice > 0 {
                event.branch_state.get_or_insert(BranchState::Unknown);
                event.attr("choice", choice.to_string());
            }
            rows.push((*key, event));
        }
    }
    if let Some((_, last)) = rows.last_mut() {
        last.usage = exchange.usage;
    }
    rows
}

/// The same model call has the same group wherever it is logged.
fn call_group(exchange: &Exchange, standing: &Standing) -> Id16 {
    match &exchange.answer.response_id {
        Some(id) => Id16::of("call", &[id.as_bytes()]),
        None => {
            let hash = standing.answers.first().copied().unwrap_or_default();
            Id16::of("call.context", &[standing.session.as_bytes(), hash.as_bytes()])
        }
    }
}

/// Reasoning of which only the number of tokens is known gets a row of its own.
fn note_unseen_reasoning(exchange: &mut Exchange) {
    let tokens = exchange.usage.reasoning.unwrap_or_default();
    let seen = |event: &Event| event.kind == Some(Kind::Reasoning);
    if tokens <= 0 || exchange.output.iter().any(|message| message.events.iter().any(seen)) {
        return;
    }
    if let Some(message) = exchange.output.first_mut() {
        let mut event = Event::new(Kind::Reasoning, Role::Assistant);
        event.reasoning_state = Some(ReasoningState::TokenCountOnly);
        message.events.insert(0, event);
    }
}
