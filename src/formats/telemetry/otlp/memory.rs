//! What the reader remembers of a source: bounded, and carried from run to run.
//!
//! Exports repeat themselves: histories are resent with every call, collectors retry, two
//! instrumentations watch one call, agents repeat what their model said. Each repetition is
//! recognised by what is kept here.

use super::usage;
use crate::formats::history::History;
use crate::record::{Id16, Usage};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const MAX_SEEN: usize = 16_384;
const MAX_ENTRIES: usize = 2_048;

/// The reader's state.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Memory {
    /// Message histories of sessions.
    pub(super) history: History,
    /// Names of what has been logged before.
    pub(super) seen: Seen,
    /// Trace -> conversations named in it.
    traces: Table<String, Vec<String>>,
    /// Model call -> what is known of it.
    calls: Table<Id16, Call>,
    /// Span -> where the messages logged for it one by one stand.
    spans: Table<Id16, Standing>,
}

/// What is known of a model call that may be exported again.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Call {
    usage: Usage,
    has_content: bool,
}

/// What one more report of a call changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report {
    /// Its tokens, all reports together.
    pub(super) usage: Usage,
    /// Its tokens before this report.
    pub(super) before: Usage,
    /// Whether its content had been logged before.
    pub(super) had_content: bool,
    /// Whether it had been reported before.
    pub(super) again: bool,
}

/// Where a history stands whose messages come one by one.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Standing {
    /// Context hash after the last message.
    pub(super) context: Option<Id16>,
    /// Messages so far.
    pub(super) messages: i32,
}

impl Memory {
    /// Notes that a trace belongs to a conversation.
    pub(super) fn name_trace(&mut self, trace: &str, conversation: &str) {
        let names = self.traces.entry(trace.to_owned());
        if names.len() < 2 && !names.iter().any(|name| name == conversation) {
            names.push(conversation.to_owned());
        }
    }

    /// The conversation of a trace, if it has exactly one.
    pub(super) fn conversation(&self, trace: &str) -> Option<&str> {
        match self.traces.map.get(trace).map(Vec::as_slice) {
            Some([only]) => Some(only),
            _ => None,
        }
    }

    /// Adds one more report of a call.
    pub(super) fn report(&mut self, group: Id16, counted: Usage, has_content: bool) -> Report {
        let again = self.calls.map.contains_key(&group);
        let call = self.calls.entry(group);
        let (before, had_content) = (call.usage, call.has_content);
        call.usage = usage::merge(call.usage, counted);
        call.has_content |= has_content;
        Report { usage: call.usage, before, had_content, again }
    }

    /// Where the messages of a span stand that are logged one by one.
    pub(super) fn standing(&mut self, span: Id16) -> &mut Standing {
        self.spans.entry(span)
    }
}

/// A set that forgets its oldest members.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Seen {
    order: VecDeque<Id16>,
    #[serde(skip)]
    set: BTreeSet<Id16>,
}

impl Seen {
    /// Rebuilds what is not saved.
    pub(super) fn restored(&mut self) {
        self.set = self.order.iter().copied().collect();
    }

    /// Whether the name is known.
    pub(super) fn contains(&self, id: Id16) -> bool {
        self.set.contains(&id)
    }

    /// Adds a name; false if it was known.
    pub(super) fn insert(&mut self, id: Id16) -> bool {
        if !self.set.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > MAX_SEEN
            && let Some(oldest) = self.order.pop_front()
        {
            self.set.remove(&oldest);
        }
        true
    }
}

/// A map that forgets what was added first.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Table<K: Ord, V> {
    order: VecDeque<K>,
    map: BTreeMap<K, V>,
}

impl<K: Ord, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { order: VecDeque::new(), map: BTreeMap::new() }
    }
}

impl<K: Ord + Clone, V: Default> Table<K, V> {
    fn entry(&mut self, key: K) -> &mut V {
        if !self.map.contains_key(&key) {
            self.order.push_back(key.clone());
            if self.order.len() > MAX_ENTRIES
                && let Some(oldest) = self.order.pop_front()
            {
                self.map.remove(&oldest);
            }
        }
        self.map.entry(key).or_default()
    }
}
