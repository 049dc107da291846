//! Where readers put events; gives each its identity, its place and its joins.
//!
//! Everything that must be the same for all formats happens here, once: deterministic ids,
//! content hashes, turn and call counters, joins between calls and results, usage on one row
//! per model call. What becomes known only after a row has left (a later line owns the usage, a
//! late call answers an orphan) is an [`Update`]: applied in place while the row is still in
//! memory, else appended to the overlay table that the views apply.
//!
//! State is kept per session, bounded, and serialisable, so that a source read in twenty
//! sittings gives the rows of one.

mod complete;
mod session;

pub use session::SinkState;

use super::{Collector, Record};
use crate::record::id::Hasher;
use crate::record::{BranchState, Event, Id16, Id32, SessionSource, ToolJoin};
use serde::{Deserialize, Serialize};

/// How an event is named.
#[derive(Debug, Clone, Copy)]
pub enum Key<'a> {
    /// By the log's own ids, outermost first; unique in the format.
    Native(&'a [&'a str]),
    /// By its place in a message history (see `history`), so that resends collapse.
    Context(Id16),
    /// By its position: the rolling hash of the source up to this record.
    Position,
}

/// Which session the following events belong to.
#[derive(Debug, Clone, Copy)]
pub enum Session<'a> {
    /// The log names it.
    Native(&'a str),
    /// A history shared by several calls, named by `history`.
    Derived(&'a str),
    /// Each record is a session of its own.
    Record,
    /// All records of the source that name no session form one.
    Source,
}

/// Something that became known about an event after it was pushed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// The event.
    pub event_id: Id16,
    /// What became known.
    pub change: Change,
}

/// What can become known later; the columns of the overlay table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// The branch turned out differently.
    Branch(BranchState),
    /// Another row owns the usage of this call now.
    UsageMoved,
    /// A result found its call: how, and which.
    Joined(ToolJoin, Option<Id16>),
}

/// Collects the events of one source.
#[derive(Debug)]
pub struct Sink {
    format: &'static str,
    tenant: String,
    state: SinkState,
    context: Context,
    events: Vec<Event>,
    updates: Vec<Update>,
    repeats: u64,
    /// Of the events, roughly.
    memory: usize,
}

/// What the current record gives every event.
#[derive(Debug, Default)]
struct Context {
    stream_id: Id16,
    session_id: String,
    session_source: Option<SessionSource>,
    conversation_id: Option<String>,
    seq: i64,
    rolling: Id16,
    source_stream: Id16,
    raw_sha256: Id32,
    place: crate::record::Place,
    file_id: Id16,
    flags: Vec<&'static str>,
    superseded: bool,
    /// No later record can belong to the session.
    closed: bool,
    collector: Collector,
    key: Option<Id16>,
    position: Option<Id16>,
    messages: i32,
    parts: i32,
}

impl Sink {
    /// A sink for one source, with the state of an earlier run if there was one.
    #[must_use]
    pub fn new(tenant: &str, file_id: Id16, state: SinkState) -> Self {
        Self {
            format: "",
            tenant: tenant.to_owned(),
            state,
            context: Context { file_id, ..Context::default() },
            events: Vec::new(),
            updates: Vec::new(),
            repeats: 0,
            memory: 0,
        }
    }

    /// Starts a record of `format`; until told otherwise its events belong to the source.
    pub fn begin(&mut self, format: &'static str, record: &Record<'_>) {
        self.forget_closed();
        self.format = format;
        let context = &mut self.context;
        context.seq = i64::try_from(record.index).unwrap_or(i64::MAX);
        context.rolling = record.rolling;
        context.source_stream = record.source_stream;
        context.raw_sha256 = record.raw_sha256;
        context.place.clone_from(record.place);
        context.flags.clear();
        context.flags.extend_from_slice(record.flags);
        context.superseded = record.superseded;
        context.collector = record.collector.cloned().unwrap_or_default();
        context.key = None;
        context.position = None;
        context.messages = -1;
        context.parts = 0;
        self.session(Session::Source);
    }

    /// Says which session the following events of this record belong to.
    pub fn session(&mut self, session: Session<'_>) {
        let context = &mut self.context;
        let (stream_id, source, native) = match session {
            Session::Native(id) => {
                let parts = [self.tenant.as_bytes(), self.format.as_bytes(), id.as_bytes()];
                (Id16::of("stream.native", &parts), SessionSource::Native, Some(id))
            }
            Session::Derived(id) => {
                let parts = [self.tenant.as_bytes(), id.as_bytes()];
                (Id16::of("stream.derived", &parts), SessionSource::DerivedPrefixHash, Some(id))
            }
            Session::Record => {
                let id = Id16::of("stream.record", &[context.rolling.as_bytes()]);
                (id, SessionSource::File, None)
            }
            Session::Source => (context.source_stream, SessionSource::File, None),
        };
        context.closed = context.superseded || matches!(session, Session::Record);
        context.stream_id = stream_id;
        context.session_source = Some(source);
        context.conversation_id = native.map(str::to_owned);
        context.session_id = native.map_or_else(|| stream_id.to_string(), str::to_owned);
    }

    /// Lets go of a session that ended with its record: nothing can refer to it any more.
    fn forget_closed(&mut self) {
        if self.context.closed {
            self.state.forget(self.memory());
            self.context.closed = false;
        }
    }

    /// The id of the session that events now go to.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.context.session_id
    }

    /// Overrides the sort key in the stream (start nanoseconds for spans); it stays until the
    /// next record.
    pub fn seq(&mut self, seq: i64) {
        self.context.seq = seq;
    }

    /// Adds a flag to all following events of this record.
    pub fn flag(&mut self, flag: &'static str) {
        if !self.context.flags.contains(&flag) {
            self.context.flags.push(flag);
        }
    }

    /// The id an event with this key and part gets, without pushing it.
    #[must_use]
    pub fn event_id(&self, key: Key<'_>, part: i32) -> Id16 {
        part_id(self.key_id(key), part)
    }

    fn key_id(&self, key: Key<'_>) -> Id16 {
        let mut hasher = Hasher::new("event");
        hasher.part(self.tenant.as_bytes());
        if self.context.superseded {
            // The lake keeps the first row of an id; it must not be the replaced one.
            hasher.part(b"superseded").part(self.context.raw_sha256.as_bytes());
        }
        match key {
            Key::Native(ids) => {
                hasher.part(b"native").part(self.format.as_bytes());
                for id in ids {
                    hasher.part(id.as_bytes());
                }
            }
            Key::Context(hash) => {
                hasher.part(b"context").part(self.context.session_id.as_bytes());
                hasher.part(hash.as_bytes());
            }
            Key::Position => {
                hasher.part(b"position").part(self.context.rolling.as_bytes());
            }
        }
        hasher.finish()
    }

    /// The same as `key_id`; the id of the position is made once per record.
    fn known_key_id(&mut self, key: Key<'_>) -> Id16 {
        match (key, self.context.position) {
            (Key::Position, Some(id)) => id,
            (Key::Position, None) => *self.context.position.insert(self.key_id(key)),
            _ => self.key_id(key),
        }
    }

    /// Adds an event and returns its id. Events with the same key in a row are the parts of
    /// one message; unless the reader numbered them itself, they are numbered here.
    pub fn push(&mut self, key: Key<'_>, mut event: Event) -> Id16 {
        let key_id = self.known_key_id(key);
        self.number(key_id, &mut event);
        event.event_id = part_id(key_id, event.part_index.unwrap_or_default());
        self.place(&mut event);
        self.collected(&mut event);
        complete::complete(&mut event);
        let updates = self.state.session(self.memory()).apply(&mut event);
        self.updates.extend(updates);
        let id = event.event_id;
        event.tidy();
        self.memory += event.memory_len();
        self.events.push(event);
        id
    }

    /// Adds an event that already has its identity, place and joins (Reveille's own export).
    pub fn push_verbatim(&mut self, event: Event) {
        let mut event = event.with(|event| event.is_import = true);
        event.tidy();
        self.memory += event.memory_len();
        self.events.push(event);
    }

    /// Which memory the event uses: replaced versions of a record must not answer calls of the
    /// version that replaces them, nor count as turns.
    fn memory(&self) -> Id16 {
        let context = &self.context;
        if context.superseded {
            let parts = [context.stream_id.as_bytes(), context.rolling.as_bytes()];
            return Id16::of("stream.superseded", &parts);
        }
        context.stream_id
    }

    fn number(&mut self, key_id: Id16, event: &mut Event) {
        let context = &mut self.context;
        if context.key != Some(key_id) {
            context.key = Some(key_id);
            context.messages += 1;
            context.parts = 0;
        }
        let part = *event.part_index.get_or_insert(context.parts);
        context.parts = part + 1;
        event.message_index.get_or_insert(context.messages);
    }

    fn place(&self, event: &mut Event) {
        let context = &self.context;
        event.source_format = self.format;
        event.stream_id = context.stream_id;
        event.seq = context.seq;
        event.session_id.clone_from(&context.session_id);
        event.conversation_id_source = context.session_source;
        if event.conversation_id.is_none() {
            event.conversation_id.clone_from(&context.conversation_id);
        }
        if event.tenant.is_none() && !self.tenant.is_empty() {
            event.tenant = Some(self.tenant.clone());
        }
        event.raw_sha256 = context.raw_sha256;
        event.file_id = context.file_id;
        // Fields that few events have are only touched if there is something to say.
        if context.place.container_path.is_some() {
            event.container_path.clone_from(&context.place.container_path);
        }
        event.line_no = context.place.line.and_then(|line| i64::try_from(line).ok());
        event.byte_offset = i64::try_from(context.place.offset).unwrap_or(i64::MAX);
        event.byte_len = i64::try_from(context.place.len).unwrap_or(i64::MAX);
        for flag in &context.flags {
            event.flag(flag);
        }
        if context.superseded {
            event.branch_state = Some(BranchState::Superseded);
        }
    }

    /// What a log collector says: its attributes on the first event of the record only.
    fn collected(&mut self, event: &mut Event) {
        let collector = &mut self.context.collector;
        if event.ts_observed.is_none() && collector.observed.is_some() {
            event.ts_observed = collector.observed;
        }
        if event.host_name.is_none() && collector.host.is_some() {
            event.host_name.clone_from(&collector.host);
        }
        event.attrs.append(&mut collector.attrs);
    }

    /// Says that something became known about an event pushed before, now or in another run.
    pub fn update(&mut self, event_id: Id16, change: Change) {
        self.updates.push(Update { event_id, change });
    }

    /// Counts a record that only repeats one read before, and therefore pushes nothing.
    pub fn repeat(&mut self) {
        self.repeats += 1;
    }

    /// How many records only repeated others.
    #[must_use]
    pub fn repeats(&self) -> u64 {
        self.repeats
    }

    /// Hands over what has been collected.
    pub fn take(&mut self) -> (Vec<Event>, Vec<Update>) {
        // The next chunk will be about as large; growing to that size would copy it twice.
        let next = Vec::with_capacity(self.events.len());
        self.memory = 0;
        (std::mem::replace(&mut self.events, next), std::mem::take(&mut self.updates))
    }

    /// How many events wait to be taken.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Memory of the events that wait to be taken.
    #[must_use]
    pub fn memory_len(&self) -> usize {
        self.memory
    }

    /// Whether no event waits to be taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The state to carry over to the next run.
    #[must_use]
    pub fn state(&mut self) -> &SinkState {
        self.forget_closed();
        &self.state
    }
}

fn part_id(key_id: Id16, part: i32) -> Id16 {
    Id16::of("event.part", &[key_id.as_bytes(), &part.to_le_bytes()])
}

#[cfg(test)]
mod tests;
