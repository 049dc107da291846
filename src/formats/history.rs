//! Resent histories: which messages of a call are new, and which session the call continues.
//!
//! Stateless APIs send the whole conversation with every call, so a log of n calls contains
//! O(n²) messages. Each message gets a *context hash*: a rolling hash over roles and content up
//! to and including it (reasoning left out, because APIs strip it from history). A message whose
//! context hash the session already has was logged before.
//!
//! A call continues a session if its input contains the end of one of that session's
//! responses; a call that only repeats an *input* is a new session (500 identical one-turn
//! requests are 500 sessions). If several sessions stand at the same point, the one that has
//! waited longest takes the call. A native session id overrides all of this.
//!
//! Bounded: the least recently used sessions are forgotten past [`MAX_SESSIONS`]; a call that
//! continues a forgotten one starts a session of its own.

use crate::record::Id16;
use crate::record::id::Hasher;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const MAX_SESSIONS: usize = 2048;
const MAX_HASHES: usize = 4096;

/// Memory of the sessions of one source; a part of its reader's state.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct History {
    sessions: BTreeMap<String, Known>,
    /// End of a response -> sessions that stand there, longest waiting first.
    heads: BTreeMap<Id16, Vec<String>>,
    clock: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Known {
    used: u64,
    head: Option<Id16>,
    hashes: BTreeSet<Id16>,
}

/// Where a call stands in its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Name of the session: the native id, else a name derived from where it began.
    pub session: String,
    /// Context hash of each input message.
    pub context: Vec<Id16>,
    /// For each input message, whether the session has logged it before.
    pub known: Vec<bool>,
    /// The session has history, but this input does not extend it: a client edited it.
    pub rewritten: bool,
}

/// The rolling hash before the first message: the system prompt in force.
#[must_use]
pub fn context_root(system: &str) -> Id16 {
    Id16::of("context.root", &[system.as_bytes()])
}

/// The rolling hash after a message. `content` is its canonical content without reasoning.
#[must_use]
pub fn context_step(before: Id16, role: &str, content: &str) -> Id16 {
    let mut hasher = Hasher::new("context");
    hasher.part(before.as_bytes()).part(role.as_bytes()).part(content.as_bytes());
    hasher.finish()
}

impl History {
    /// Finds the session of a call with this input and notes its messages.
    ///
    /// `messages` are (role, canonical content without reasoning); `fresh` names a new session
    /// that has no native id and must differ for every record (use the rolling hash).
    pub fn resolve(
        &mut self,
        native: Option<&str>,
        fresh: Id16,
        root: Id16,
        messages: &[(&str, &str)],
    ) -> Resolved {
        let context = roll(root, messages);
        let session = match native {
            Some(id) => id.to_owned(),
            None => self.continued(&context).unwrap_or_else(|| fresh.to_string()),
        };
        self.clock += 1;
        self.forget_oldest(&session);
        let known = self.sessions.entry(session.clone()).or_default();
        known.used = self.clock;
        let seen: Vec<bool> = context.iter().map(|hash| known.hashes.contains(hash)).collect();
        let rewritten = known.head.is_some_and(|head| !context.contains(&head));
        known.remember(&context);
        Resolved { session, context, known: seen, rewritten }
    }

    /// Notes the response of the call just resolved and returns its context hash.
    pub fn answered(&mut self, resolved: &Resolved, root: Id16, role: &str, content: &str) -> Id16 {
        let before = resolved.context.last().copied().unwrap_or(root);
        let hash = context_step(before, role, content);
        let Some(known) = self.sessions.get_mut(&resolved.session) else { return hash };
        known.remember(&[hash]);
        let earlier = known.head.replace(hash);
        if let Some(earlier) = earlier {
            self.leave(earlier, &resolved.session);
        }
        self.heads.entry(hash).or_default().push(resolved.session.clone());
        hash
    }

    /// The session that stands at the latest response this input contains.
    fn continued(&self, context: &[Id16]) -> Option<String> {
        let at = context.iter().rev().find_map(|hash| self.heads.get(hash))?;
        at.first().cloned()
    }

    fn leave(&mut self, head: Id16, session: &str) {
        if let Some(waiting) = self.heads.get_mut(&head) {
            waiting.retain(|other| other != session);
            if waiting.is_empty() {
                self.heads.remove(&head);
            }
        }
    }

    /// Forgets the older half when a new session would exceed the bound.
    fn forget_oldest(&mut self, session: &str) {
        if self.sessions.len() < MAX_SESSIONS || self.sessions.contains_key(session) {
            return;
        }
        let mut used: Vec<u64> = self.sessions.values().map(|known| known.used).collect();
        used.sort_unstable();
        let middle = used[used.len() / 2];
        self.sessions.retain(|_, known| known.used > middle);
        let sessions = &self.sessions;
        self.heads.retain(|_, waiting| {
            waiting.retain(|name| sessions.contains_key(name));
            !waiting.is_empty()
        });
    }
}

impl Known {
    fn remember(&mut self, hashes: &[Id16]) {
        self.hashes.extend(hashes);
        while self.hashes.len() > MAX_HASHES {
            self.hashes.pop_first();
        }
    }
}

fn roll(root: Id16, messages: &[(&str, &str)]) -> Vec<Id16> {
    let mut before = root;
    let step = |(role, content): &(&str, &str)| {
        before = context_step(before, role, content);
        before
    };
    messages.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(n: u8) -> Id16 {
        Id16::of("test", &[&[n]])
    }

    #[test]
    fn a_call_that_contains_the_last_response_continues_the_session() {
        let root = context_root("sys");
        let mut history = History::default();
        let first = history.resolve(None, fresh(1), root, &[("user", "a")]);
        history.answered(&first, root, "assistant", "b");
        let turn = [("user", "a"), ("assistant", "b"), ("user", "c")];
        let second = history.resolve(None, fresh(2), root, &turn);
        assert_eq!(second.session, first.session);
        assert_eq!(second.known, [true, true, false]);
        assert!(!second.rewritten);
    }

    #[test]
    fn identical_requests_are_sessions_of_their_own_and_continue_apart() {
        let root = context_root("");
        let mut history = History::default();
        let turn = [("user", "a"), ("assistant", "b"), ("user", "c")];
        let mut names = BTreeSet::new();
        for n in 0..3 {
            let call = history.resolve(None, fresh(n), root, &turn[..1]);
            history.answered(&call, root, "assistant", "b");
            names.insert(call.session);
        }
        assert_eq!(names.len(), 3);
        let mut continued = BTreeSet::new();
        for n in 3..6 {
            let call = history.resolve(None, fresh(n), root, &turn);
            history.answered(&call, root, "assistant", "d");
            continued.insert(call.session);
        }
        assert_eq!(continued, names);
    }

    #[test]
    fn a_client_that_edits_history_is_noticed() {
        let root = context_root("");
        let mut history = History::default();
        let first = history.resolve(Some("s"), fresh(1), root, &[("user", "a")]);
        history.answered(&first, root, "assistant", "no");
        let forged = [("user", "a"), ("assistant", "yes"), ("user", "go on")];
        let second = history.resolve(Some("s"), fresh(2), root, &forged);
        assert!(second.rewritten);
        assert_eq!(second.known, [true, false, false]);
    }

    #[test]
    fn sessions_are_bounded() {
        let root = context_root("");
        let mut history = History::default();
        for n in 0..10_000u32 {
            let name = n.to_string();
            let call = history.resolve(Some(&name), fresh(0), root, &[("user", &name)]);
            history.answered(&call, root, "assistant", "x");
        }
        assert!(history.sessions.len() <= MAX_SESSIONS && history.heads.len() <= MAX_SESSIONS);
    }
}
