//! What the sink remembers of a session: counters, open calls, who owns a call's usage.
//!
//! Bounded in every direction: the least recently used session is forgotten past
//! [`MAX_SESSIONS`], and per session only the newest [`MAX_OPEN`] calls and usages are kept. A
//! result whose call was forgotten is an orphan and says so.

use super::{Change, Update};
use crate::record::{Event, Id16, Kind, Role, ToolJoin, Usage};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

pub(super) const MAX_SESSIONS: usize = 4096;
pub(super) const MAX_OPEN: usize = 512;

/// The sink's memory of a source, carried from run to run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SinkState {
    sessions: BTreeMap<Id16, SessionState>,
    clock: u64,
}

impl SinkState {
    /// The state of one session, made if it is new.
    pub(super) fn session(&mut self, stream: Id16) -> &mut SessionState {
        self.clock += 1;
        if self.sessions.len() >= MAX_SESSIONS && !self.sessions.contains_key(&stream) {
            self.forget_oldest();
        }
        let state = self.sessions.entry(stream).or_default();
        state.used = self.clock;
        state
    }

    /// Drops a session that can have no more events.
    pub(super) fn forget(&mut self, stream: Id16) {
        self.sessions.remove(&stream);
    }

    /// Forgets the older half, so that the search for it is paid rarely.
    fn forget_oldest(&mut self) {
        let mut used: Vec<u64> = self.sessions.values().map(|s| s.used).collect();
        used.sort_unstable();
        let middle = used[used.len() / 2];
        self.sessions.retain(|_, session| session.used > middle);
    }
}

/// The state of one session.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct SessionState {
    used: u64,
    turn: i32,
    calls: i32,
    user_message: Option<String>,
    call: Option<String>,
    synthesized: u32,
    open: VecDeque<OpenCall>,
    orphans: VecDeque<(String, Id16)>,
    usage_owners: VecDeque<(Id16, Id16)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct OpenCall {
    id: String,
    name: String,
    event: Id16,
    answered: bool,
}

impl SessionState {
    /// Fills what depends on the session so far; returns what it changes about older rows.
    pub(super) fn apply(&mut self, event: &mut Event) -> Vec<Update> {
        self.count(event);
        let mut updates = Vec::new();
        match event.kind {
            Some(Kind::ToolCall) => updates.extend(self.open_call(event)),
            Some(Kind::ToolResult) => self.answer(event),
            _ => {}
        }
        updates.extend(self.own_usage(event));
        updates
    }

    fn count(&mut self, event: &mut Event) {
        let message = message_name(event);
        match (event.kind, event.role) {
            (Some(Kind::UserText | Kind::Media), Some(Role::User))
                if !event.is_synthetic && self.user_message.as_ref() != Some(&message) =>
            {
                self.turn += 1;
                self.user_message = Some(message);
            }
            (_, Some(Role::Assistant)) if self.call.as_ref() != Some(&message) => {
                self.calls += 1;
                self.call = Some(message);
            }
            _ => {}
        }
        event.turn_index.get_or_insert(self.turn);
        if event.role == Some(Role::Assistant) {
            event.call_index.get_or_insert(self.calls);
        }
    }

    fn open_call(&mut self, event: &mut Event) -> Option<Update> {
        let id = match event.tool_call_id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
            Some(id) => id.to_owned(),
            None => self.synthesize(event),
        };
        if self.open.iter().any(|call| call.id == id) {
            event.flag("ambiguous_tool_id");
        }
        event.tool_call_id = Some(id.clone());
        let name = event.tool_name.clone().unwrap_or_default();
        let late = self.orphans.iter().position(|(orphan, _)| *orphan == id);
        let late = late.and_then(|at| self.orphans.remove(at));
        let answered = late.is_some();
        push_bounded(&mut self.open, OpenCall { id, name, event: event.event_id, answered });
        late.map(|(_, result)| Update {
            event_id: result,
            change: Change::Joined(ToolJoin::Id, Some(event.event_id)),
        })
    }

    fn synthesize(&mut self, event: &mut Event) -> String {
        self.synthesized += 1;
        event.flag("synthesized_tool_id");
        format!("reveille-call-{}", self.synthesized)
    }

    fn answer(&mut self, event: &mut Event) {
        let id = event.tool_call_id.as_deref().map(str::trim).filter(|id| !id.is_empty());
        match id.map(str::to_owned) {
            Some(id) => self.answer_by_id(event, id),
            None => self.answer_by_order(event),
        }
    }

    fn answer_by_id(&mut self, event: &mut Event, id: String) {
        let same: Vec<usize> = (0..self.open.len()).filter(|&at| self.open[at].id == id).collect();
        let waiting: Vec<usize> =
            same.iter().copied().filter(|&at| !self.open[at].answered).collect();
        match waiting.last().or(same.last()) {
            Some(&at) => {
                if waiting.is_empty() {
                    event.flag("duplicate_response");
                }
                if same.len() > 1 {
                    event.flag("ambiguous_tool_id");
                }
                let join = if waiting.len() > 1 { ToolJoin::Ambiguous } else { ToolJoin::Id };
                self.join(event, at, join);
            }
            None => {
                event.flag("orphan_tool_result");
                event.tool_join = Some(ToolJoin::Orphan);
                push_bounded(&mut self.orphans, (id.clone(), event.event_id));
            }
        }
        event.tool_call_id = Some(id);
    }

    fn answer_by_order(&mut self, event: &mut Event) {
        let name = event.tool_name.clone();
        let oldest = |this: &Self, name: Option<&str>| {
            this.open
                .iter()
                .position(|call| !call.answered && name.is_none_or(|name| call.name == name))
        };
        let by_name = name.as_deref().and_then(|name| oldest(self, Some(name)));
        let at = by_name.or_else(|| oldest(self, None).filter(|_| name.is_none()));
        match at {
            Some(at) => {
                event.tool_call_id = Some(self.open[at].id.clone());
                let join = if by_name.is_some() { ToolJoin::NameOrder } else { ToolJoin::Order };
                self.join(event, at, join);
            }
            None => {
                event.flag("orphan_tool_result");
                event.tool_join = Some(ToolJoin::Orphan);
            }
        }
    }

    fn join(&mut self, event: &mut Event, at: usize, join: ToolJoin) {
        let call = &mut self.open[at];
        call.answered = true;
        event.tool_join = Some(join);
        event.tool_call_event_id = Some(call.event);
        if event.tool_name.is_none() && !call.name.is_empty() {
            event.tool_name = Some(call.name.clone());
        }
    }

    /// The newest row of a call owns its usage.
    fn own_usage(&mut self, event: &Event) -> Option<Update> {
        let group = event.call_group.filter(|_| event.usage != Usage::default())?;
        let known = self.usage_owners.iter_mut().find(|(other, _)| *other == group);
        let Some((_, owner)) = known else {
            push_bounded(&mut self.usage_owners, (group, event.event_id));
            return None;
        };
        let before = std::mem::replace(owner, event.event_id);
        (before != event.event_id)
            .then_some(Update { event_id: before, change: Change::UsageMoved })
    }
}

fn push_bounded<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() >= MAX_OPEN {
        queue.pop_front();
    }
    queue.push_back(item);
}

/// A name that is the same for all parts of one message.
fn message_name(event: &Event) -> String {
    if let Some(group) = event.call_group {
        return group.to_string();
    }
    match (&event.response_id, &event.message_id) {
        (Some(id), _) | (None, Some(id)) => id.clone(),
        (None, None) => {
            format!("{}:{}", event.seq, event.message_index.unwrap_or_default())
        }
    }
}
