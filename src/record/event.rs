//! One canonical event: one content part of a transcript.
//!
//! Names follow the OpenTelemetry GenAI conventions; an attribute that OpenTelemetry defines
//! keeps its name minus `gen_ai.` with dots as underscores. A reader fills what its format
//! knows and leaves the rest at the default; ids, place, hashes and joins are filled by
//! `formats::sink`, the same way for every format.

pub use super::kinds::{
    BranchState, Kind, ReasoningSource, ReasoningState, Role, SessionSource, ToolJoin,
};

use super::{Id16, Id32, Time};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Tokens of one model call; `input` includes cache reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Input tokens, cache included.
    pub input: Option<i64>,
    /// Output tokens, reasoning included where the provider counts it there.
    pub output: Option<i64>,
    /// Reasoning tokens.
    pub reasoning: Option<i64>,
    /// Input tokens read from a cache.
    pub cache_read: Option<i64>,
    /// Input tokens written to a cache.
    pub cache_creation: Option<i64>,
}

impl Usage {
    /// Whether no count is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A judgement: dataset label, evaluation score, guardrail verdict.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Label {
    /// What is judged, e.g. `security`.
    pub name: String,
    /// The judgement as text.
    pub value: Option<String>,
    /// The judgement as a number.
    pub score: Option<f64>,
    /// Who judged.
    pub source: Option<String>,
    /// The event that is judged, if not the whole session.
    pub target: Option<Id16>,
}

/// One row of the `events` table: a handle to its fields, so that it moves as one pointer
/// through sinks, chunks and sorting although it has a hundred columns.
#[derive(Debug, Clone, Default)]
pub struct Event(Box<Fields>);

impl std::ops::Deref for Event {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl std::ops::DerefMut for Event {
    fn deref_mut(&mut self) -> &mut Fields {
        &mut self.0
    }
}

/// The fields of an [`Event`]. See `schema` for the column of each.
#[expect(missing_docs, reason = "`schema` documents every column once, for people and for SQL")]
#[derive(Debug, Clone, Default)]
pub struct Fields {
    // Identity; filled by the sink.
    /// Came with its identity, from an export of a lake; no column.
    pub is_import: bool,
    pub event_id: Id16,
    pub content_hash: Id16,
    pub stream_id: Id16,
    pub seq: i64,
    pub session_id: String,

    // What it is.
    pub kind: Option<Kind>,
    pub role: Option<Role>,
    pub is_synthetic: bool,
    pub source_format: &'static str,
    pub source_version: Option<String>,
    pub conversation_id: Option<String>,
    pub conversation_id_source: Option<SessionSource>,
    pub turn_index: Option<i32>,
    pub call_index: Option<i32>,
    pub message_index: Option<i32>,
    pub part_index: Option<i32>,
    pub message_id: Option<String>,
    pub parent_message_id: Option<String>,
    pub branch_state: Option<BranchState>,

    // When, who, where.
    pub ts: Time,
    pub request_model: Option<String>,
    pub response_model: Option<String>,

    // What was said, thought and done.
    pub text: Option<String>,
    pub reasoning: Option<String>,
    pub reasoning_state: Option<ReasoningState>,
    pub reasoning_source: Option<ReasoningSource>,
    pub tool_name: Option<String>,
    pub tool_type: Option<String>,
    pub tool_call_id: Option<String>,
    pub tool_call_arguments: Option<String>,
    pub tool_arguments_valid: Option<bool>,
    pub tool_call_result: Option<String>,
    pub tool_is_error: Option<bool>,
    pub tool_exit_code: Option<i32>,
    pub tool_join: Option<ToolJoin>,
    pub tool_call_event_id: Option<Id16>,

    // How it ended and what it cost.
    pub status: Option<&'static str>,

    // Hashes of what was in force, labels, leftovers.
    pub system_hash: Option<Id16>,
    pub context_hash: Option<Id16>,
    pub label: Option<Box<Label>>,
    pub flags: Vec<&'static str>,
    pub attrs: Vec<(String, String)>,

    // Evidence; filled by the sink.
    pub raw_sha256: Id32,
    pub json_pointer: Option<String>,
    pub file_id: Id16,
    pub line_no: Option<i64>,
    pub byte_offset: i64,
    pub byte_len: i64,

    /// What only some formats have; `None` where none of it is set.
    rare: Option<Box<Rare>>,
}

/// Fields that most events of most formats do without: an event that has none of them is half
/// as large. They are read and set like any other field; the first that is set allocates.
#[expect(missing_docs, reason = "`schema` documents every column once, for people and for SQL")]
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rare {
    pub role_raw: Option<String>,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
    pub parent_span_id: Option<String>,
    pub response_id: Option<String>,
    pub request_id: Option<String>,
    pub call_group: Option<Id16>,
    pub agent_id: Option<String>,
    pub agent_name: Option<String>,
    pub parent_agent_id: Option<String>,
    pub parent_tool_call_id: Option<String>,
    pub ts_end: Option<i64>,
    pub ts_observed: Option<i64>,
    pub provider_name: Option<String>,
    pub operation_name: Option<String>,
    pub user_id: Option<String>,
    pub end_user: Option<String>,
    pub principal: Option<String>,
    pub tenant: Option<String>,
    pub host_name: Option<String>,
    pub service_name: Option<String>,
    pub client_address: Option<String>,
    pub cwd: Option<String>,
    pub git_branch: Option<String>,
    pub tool_server: Option<String>,
    pub media_sha256: Option<Id32>,
    pub media_mime: Option<String>,
    pub media_bytes: Option<i64>,
    pub finish_reason: Option<String>,
    pub error_type: Option<String>,
    pub error_message: Option<String>,
    pub usage: Usage,
    pub cost_usd: Option<f64>,
    pub duration_ms: Option<f64>,
    pub time_to_first_chunk_ms: Option<f64>,
    pub tools_hash: Option<Id16>,
    pub container_path: Option<String>,
    pub is_sidechain: Option<bool>,
}

static NONE_RARE: LazyLock<Rare> = LazyLock::new(Rare::default);

impl std::ops::Deref for Fields {
    type Target = Rare;

    fn deref(&self) -> &Rare {
        self.rare.as_deref().unwrap_or(&NONE_RARE)
    }
}

impl std::ops::DerefMut for Fields {
    fn deref_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }
}

/// Longest name, id or path, in bytes. Readers carry some of them from record to record, so that
/// a huge one would be in every event that follows; the raw record has all of it.
pub const MAX_NAME: usize = 4096;

/// The fields of an event that are names, ids and paths.
macro_rules! names {
    ($of:expr, $($mutable:tt)?) => {[
        & $($mutable)? $of.conversation_id, & $($mutable)? $of.source_version,
        & $($mutable)? $of.message_id, & $($mutable)? $of.parent_message_id,
        & $($mutable)? $of.request_model, & $($mutable)? $of.response_model,
        & $($mutable)? $of.tool_name, & $($mutable)? $of.tool_type,
        & $($mutable)? $of.tool_call_id, & $($mutable)? $of.json_pointer,
    ]};
}

/// The same of those that few have.
macro_rules! rare_names {
    ($of:expr, $($mutable:tt)?) => {[
        & $($mutable)? $of.role_raw, & $($mutable)? $of.trace_id, & $($mutable)? $of.span_id,
        & $($mutable)? $of.parent_span_id, & $($mutable)? $of.response_id,
        & $($mutable)? $of.request_id, & $($mutable)? $of.agent_id, & $($mutable)? $of.agent_name,
        & $($mutable)? $of.parent_agent_id, & $($mutable)? $of.parent_tool_call_id,
        & $($mutable)? $of.provider_name, & $($mutable)? $of.operation_name,
        & $($mutable)? $of.user_id, & $($mutable)? $of.end_user, & $($mutable)? $of.principal,
        & $($mutable)? $of.tenant, & $($mutable)? $of.host_name, & $($mutable)? $of.service_name,
        & $($mutable)? $of.client_address, & $($mutable)? $of.cwd, & $($mutable)? $of.git_branch,
        & $($mutable)? $of.tool_server, & $($mutable)? $of.media_mime,
        & $($mutable)? $of.finish_reason, & $($mutable)? $of.error_type,
        & $($mutable)? $of.container_path,
    ]};
}
impl Event {
    /// An event of one kind and role, everything else unset.
    #[must_use]
    pub fn new(kind: Kind, role: Role) -> Self {
        Self::default().with(|event| {
            event.kind = Some(kind);
            event.role = Some(role);
        })
    }

    /// The same event with some fields changed.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Fields)) -> Self {
        change(&mut self.0);
        self
    }

    /// Memory of an event, roughly.
    #[must_use]
    pub fn memory_len(&self) -> usize {
        let rare = self.rare.as_deref().map_or(0, |rare| {
            let names: usize = rare_names!(rare,).into_iter().flatten().map(String::len).sum();
            size_of::<Rare>() + names
        });
        let names: usize = names!(self,).into_iter().flatten().map(String::len).sum();
        size_of::<Fields>() + self.session_id.len() + names + rare + self.heap_len()
    }
}

impl Fields {
    /// Cuts names, ids and paths that are too long to be any, with the flag `long_name`; gives
    /// up the room for rare fields if none of them is set.
    pub fn tidy(&mut self) {
        let mut cut = shorten(&mut self.session_id);
        for name in names!(self, mut).into_iter().flatten() {
            cut |= shorten(name);
        }
        if let Some(rare) = self.rare.as_deref_mut() {
            for name in rare_names!(rare, mut).into_iter().flatten() {
                cut |= shorten(name);
            }
            if *rare == Rare::default() {
                self.rare = None;
            }
        }
        if cut {
            self.flag("long_name");
        }
    }

    /// Bytes of free text, for batching by size.
    #[must_use]
    pub fn text_len(&self) -> usize {
        [&self.text, &self.reasoning, &self.tool_call_arguments, &self.tool_call_result]
            .into_iter()
            .flatten()
            .map(String::len)
            .sum()
    }

    /// Bytes of everything in the event that has no bound of its own.
    #[must_use]
    pub fn heap_len(&self) -> usize {
        let attrs = self.attrs.iter().map(|(key, value)| key.len() + value.len());
        let error = self.error_message.as_ref().map_or(0, String::len);
        let label = self.label.as_ref().and_then(|label| label.value.as_ref());
        self.text_len() + attrs.sum::<usize>() + error + label.map_or(0, String::len)
    }

    /// Adds a flag once.
    pub fn flag(&mut self, flag: &'static str) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
    }

    /// Adds an attribute that has no column of its own; `value` is JSON text.
    pub fn attr(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.attrs.push((name.into(), value.into()));
    }
}

/// Whether the text had to be cut.
fn shorten(name: &mut String) -> bool {
    let long = name.len() > MAX_NAME;
    if long {
        name.truncate(name.floor_char_boundary(MAX_NAME));
        name.shrink_to_fit();
    }
    long
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_none_are_cut_and_empty_room_is_given_up() {
        let mut event = Event::new(Kind::UserText, Role::User);
        event.cwd = Some("é".repeat(MAX_NAME));
        event.tool_name = Some("ls".into());
        event.tidy();
        assert_eq!(event.cwd.as_ref().map(String::len), Some(MAX_NAME));
        assert_eq!(
            (event.tool_name.as_deref(), &event.flags[..]),
            (Some("ls"), &["long_name"][..])
        );
        let with_room = event.memory_len();
        event.cwd = None;
        event.tidy();
        assert!(event.memory_len() + MAX_NAME < with_room);
        assert!(event.rare.is_none());
    }

    #[test]
    fn fields_that_few_have_cost_nothing_until_they_are_set() {
        let mut event = Event::new(Kind::UserText, Role::User);
        assert_eq!((event.trace_id.as_deref(), event.usage), (None, Usage::default()));
        let before = event.memory_len();
        assert!(before < 800, "{before}");
        event.trace_id = Some("t".into());
        assert_eq!(event.trace_id.as_deref(), Some("t"));
        assert!(event.memory_len() > before);
        assert_eq!(event.clone().trace_id, event.trace_id);
    }
}
