//! A sample of an Inspect log: one session.
//!
//! Messages carry no times and no usage; the events do. The events are walked in order; a model
//! event whose output is one of the sample's messages brings the messages up to it, with their
//! time and usage. Outputs and inputs that are not among the messages (sub-agents, graders,
//! history that was cut) become rows of their own, marked as a side chain.

use super::super::shared::flatten;
use super::call::Call;
use super::message::{self, Attachments};
use super::{Eval, event};
use crate::formats::common::leftovers;
use crate::formats::json::NULL;
use crate::formats::{Json, Key, Session, Sink};
use crate::record::{Event, Id16, Kind, Role, Time};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const MAPPED: [&str; 9] =
    ["id", "epoch", "uuid", "input", "target", "messages", "events", "error", "limit"];
/// More messages than this are not remembered; a resent one may then appear twice.
const MAX_SEEN: usize = 1 << 20;

/// What is remembered between the chunks of one sample.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Attributes of the sample, for its first row.
    pub(super) head: Vec<(String, String)>,
    seen: BTreeSet<Id16>,
    tools: BTreeSet<Id16>,
    index: i32,
    pub(super) spans: event::Spans,
}

/// Puts the rows of one sample into the sink.
pub(super) struct Walk<'x> {
    pub(super) eval: &'x Eval,
    pub(super) session: &'x str,
    /// Where the sample stands in its record.
    pub(super) root: &'x str,
    /// Tells members of a sample that is written in chunks apart.
    pub(super) scope: &'x str,
    pub(super) attachments: Attachments<'x>,
    pub(super) sink: &'x mut Sink,
    pub(super) memory: &'x mut Memory,
}

/// Reads a whole sample that stands at `pointer` in its record.
pub(super) fn read(eval: &Eval, sample: &Json<'_>, pointer: &str, sink: &mut Sink) {
    let session = eval.session(sample);
    sink.session(Session::Native(&session));
    let mut memory = Memory { head: head(eval, sample), ..Memory::default() };
    let mut walk = Walk {
        eval,
        session: &session,
        root: pointer,
        scope: "",
        attachments: Attachments::of(sample.at("attachments")),
        sink,
        memory: &mut memory,
    };
    let mut thread = Thread::new(sample, pointer, &walk.attachments);
    walk.events(sample.at("events").items(), Some(&format!("{pointer}/events")), &mut thread);
    walk.advance(&mut thread, usize::MAX, None);
    if walk.memory.seen.is_empty() {
        walk.opening(sample, pointer);
    }
    walk.ending(sample, pointer);
}

/// What is known of the sample as a whole.
pub(super) fn head(eval: &Eval, sample: &Json<'_>) -> Vec<(String, String)> {
    let mut event = Event::default();
    event.attr("sample_id", sample.at("id").compact());
    event.attr("epoch", sample.at("epoch").compact());
    if let Some(task) = &eval.task {
        event.attr("task", Json::String(task.into()).compact());
    }
    flatten(&mut event, "target", sample.at("target"));
    flatten(&mut event, "metadata", sample.at("metadata"));
    leftovers(&mut event, sample, &MAPPED);
    std::mem::take(&mut event.attrs)
}

/// The messages of the sample, and how far they have been brought out.
#[derive(Debug, Default)]
pub(super) struct Thread<'x> {
    messages: &'x [Json<'x>],
    pointer: String,
    next: usize,
    places: BTreeMap<Id16, VecDeque<usize>>,
    times: BTreeMap<&'x str, Time>,
    pool: &'x [Json<'x>],
    pool_pointer: String,
    pool_left: BTreeSet<usize>,
    now: Time,
}

impl<'x> Thread<'x> {
    fn new(sample: &'x Json<'x>, pointer: &str, attachments: &Attachments<'_>) -> Self {
        let messages = sample.at("messages").items();
        let mut places: BTreeMap<Id16, VecDeque<usize>> = BTreeMap::new();
        for (n, message) in messages.iter().enumerate() {
            places.entry(message::name(message, attachments)).or_default().push_back(n);
        }
        let pooled = sample.path(&["events_data", "messages"]).items();
        let (pool, name) = match pooled {
            [] => (sample.at("message_pool").items(), "message_pool"),
            pooled => (pooled, "events_data/messages"),
        };
        Self {
            messages,
            pointer: format!("{pointer}/messages"),
            places,
            times: event::times(sample.at("events").items()),
            pool,
            pool_pointer: format!("{pointer}/{name}"),
            pool_left: (0..pool.len()).collect(),
            ..Self::default()
        }
    }

    fn time(&self, message: &Json<'_>) -> Option<Time> {
        self.times.get(message.text("id")?).copied()
    }

    /// Where this message stands among those not yet brought out.
    fn find(&mut self, name: Id16) -> Option<usize> {
        let places = self.places.get_mut(&name)?;
        while places.front().is_some_and(|&at| at < self.next) {
            places.pop_front();
        }
        places.front().copied()
    }
}

/// What a message has to do with the call that brought it out.
#[derive(Clone, Copy)]
enum Part<'c> {
    /// It belongs to the sample's conversation; nothing more is known.
    Thread,
    /// The call was given it.
    Input(&'c Call<'c>),
    /// The call made it.
    Output(&'c Call<'c>),
}

impl Walk<'_> {
    /// Adds a row; the first one of a sample says what the sample is.
    pub(super) fn push(&mut self, key: &[&str], mut event: Event) {
        event.attrs.append(&mut self.memory.head);
        event.message_index = Some(self.memory.index);
        event.source_version.clone_from(&self.eval.version);
        self.sink.push(Key::Native(key), event);
    }

    /// Adds a row that is no part of a message. It is named by `id` if the log has one, else by
    /// its place in the sample.
    pub(super) fn push_alone(&mut self, name: &str, id: Option<&str>, pointer: &str, event: Event) {
        let place = pointer.strip_prefix(self.root).unwrap_or(pointer);
        let place = format!("{}{place}", self.scope);
        let event = event.with(|event| event.json_pointer = Some(pointer.to_owned()));
        self.push(&[self.session, name, id.unwrap_or(&place)], event);
        self.memory.index = self.memory.index.saturating_add(1);
    }

    /// Adds the rows of a message.
    fn message(&mut self, message: &Json<'_>, pointer: &str, ts: Time, part: Part<'_>) {
        if self.memory.seen.len() < MAX_SEEN {
            self.memory.seen.insert(message::name(message, &self.attachments));
        }
        let template = Event::default().with(|event| event.ts = ts);
        let mut rows = message::rows(message, template, &self.attachments, pointer);
        for event in &mut rows {
            if event.role == Some(Role::Assistant) {
                event.request_model.clone_from(&self.eval.model);
            }
            match part {
                Part::Thread => {}
                Part::Input(call) => call.surround(event),
                Part::Output(call) => call.describe(event),
            }
        }
        if let (Part::Output(call), Some(last)) = (part, rows.last_mut()) {
            call.account(last);
        }
        let index = self.memory.index.to_string();
        let name = message.text("id").unwrap_or(&index);
        let kind = if message.has("id") { "message" } else { "#" };
        for event in rows {
            self.push(&[self.session, kind, name], event);
        }
        self.memory.index = self.memory.index.saturating_add(1);
    }

    /// Messages in order, of which no event is known.
    pub(super) fn messages(&mut self, messages: &[Json<'_>], pointer: Option<&str>) {
        for (n, message) in messages.iter().enumerate() {
            let pointer = pointer.map_or_else(String::new, |pointer| format!("{pointer}/{n}"));
            self.message(message, &pointer, Time::default(), Part::Thread);
        }
    }

    pub(super) fn events(
        &mut self,
        events: &[Json<'_>],
        pointer: Option<&str>,
        thread: &mut Thread<'_>,
    ) {
        let mut unanswered = Vec::new();
        for (event, pointer) in event::unnested(events, pointer) {
            let ts = event.at("timestamp").time();
            match event.text("event") {
                Some("model") => self.model(event, &pointer, thread),
                Some("tool") => unanswered.push((event, pointer)),
                _ => event::other(self, event, &pointer, ts),
            }
        }
        for (event, pointer) in unanswered {
            self.result(event, &pointer, thread);
        }
    }

    fn model(&mut self, event: &Json<'_>, pointer: &str, thread: &mut Thread<'_>) {
        let mut call = Call::of(event, self.session, pointer);
        thread.now = call.start;
        self.tools(event, pointer, call.start);
        let choice = call.output.at("choices").items().first();
        let output = choice.map_or(&NULL, |choice| choice.at("message"));
        let name = message::name(output, &self.attachments);
        let place = thread.find(name).filter(|_| output.is_object());
        match place {
            Some(place) => self.advance(thread, place, None),
            None => call.side = Some(self.memory.spans.agent(event.text("span_id"))),
        }
        self.inputs(event, pointer, thread, &call);
        if let Some(place) = place {
            self.advance(thread, place.saturating_add(1), Some(&call));
        } else if output.is_object() && !self.memory.seen.contains(&name) {
            let at = format!("{pointer}/output/choices/0/message");
            self.message(output, &at, call.end(), Part::Output(&call));
        } else if let Some(mut row) = call.row() {
            row.message_id = output.string("id");
            self.push_alone("usage", event.text("uuid"), pointer, row);
        }
        let error = event.at("error").display().or_else(|| call.output.at("error").display());
        if let Some(error) = error {
            let mut row = Event::new(Kind::Error, Role::Environment);
            row.ts = call.end();
            row.status = Some("error");
            row.error_message = Some(error);
            call.surround(&mut row);
            self.push_alone("model_error", event.text("uuid"), pointer, row);
        }
    }

    /// Brings out the messages before `end`; `call` made the last of them.
    fn advance(&mut self, thread: &mut Thread<'_>, end: usize, call: Option<&Call<'_>>) {
        let messages = thread.messages;
        let end = end.min(messages.len());
        while let Some(message) = messages.get(thread.next).filter(|_| thread.next < end) {
            let made = call.filter(|_| thread.next + 1 == end);
            let known = thread.time(message);
            let ts = made.map(Call::end).or(known).unwrap_or_else(|| thread.now.inherited());
            let pointer = format!("{}/{}", thread.pointer, thread.next);
            self.message(message, &pointer, ts, made.map_or(Part::Thread, Part::Output));
            thread.next += 1;
        }
    }

    /// Brings out what the call was given and the sample's messages do not have.
    fn inputs(
        &mut self,
        event: &Json<'_>,
        pointer: &str,
        thread: &mut Thread<'_>,
        call: &Call<'_>,
    ) {
        for (n, message) in event.at("input").items().iter().enumerate() {
            self.input(message, &format!("{pointer}/input/{n}"), thread, call);
        }
        for range in event.at("input_refs").items() {
            let bound = |n: usize| range.items().get(n).and_then(Json::u64);
            let (Some(from), Some(to)) = (bound(0), bound(1)) else { continue };
            let bound = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(thread.pool.len());
            let (from, to) = (bound(from), bound(to));
            let wanted: Vec<usize> = thread.pool_left.range(from..to.max(from)).copied().collect();
            for at in wanted {
                thread.pool_left.remove(&at);
                let pointer = format!("{}/{at}", thread.pool_pointer);
                if let Some(message) = thread.pool.get(at) {
                    self.input(message, &pointer, thread, call);
                }
            }
        }
    }

    fn input(&mut self, message: &Json<'_>, pointer: &str, thread: &Thread<'_>, call: &Call<'_>) {
        let name = message::name(message, &self.attachments);
        if thread.places.contains_key(&name) || self.memory.seen.contains(&name) {
            return;
        }
        let ts = thread.time(message).unwrap_or_else(|| call.start.inherited());
        self.message(message, pointer, ts, Part::Input(call));
    }

    /// The tools on offer, once per sample.
    fn tools(&mut self, event: &Json<'_>, pointer: &str, ts: Time) {
        let tools = event.at("tools");
        if tools.items().is_empty() {
            return;
        }
        let text = tools.compact();
        let hash = Id16::of("tools", &[text.as_bytes()]);
        if self.memory.tools.len() < MAX_SEEN && self.memory.tools.insert(hash) {
            let mut row = Event::new(Kind::ToolDefinitions, Role::System);
            row.ts = ts.inherited();
            row.text = Some(text);
            row.tools_hash = Some(hash);
            self.push_alone("tools", Some(&hash.to_string()), &format!("{pointer}/tools"), row);
        }
    }

    /// A result that no message tells.
    fn result(&mut self, event: &Json<'_>, pointer: &str, thread: &Thread<'_>) {
        let Some(id) = event.text("message_id") else { return };
        let name = Id16::of("inspect.id", &[id.as_bytes()]);
        if thread.places.contains_key(&name) || self.memory.seen.contains(&name) {
            return;
        }
        let mut row = event::result(event, &self.attachments);
        row.is_sidechain = Some(true);
        row.agent_name = self.memory.spans.agent(event.text("span_id"));
        self.push_alone("result", event.text("uuid"), pointer, row);
    }
}
