//! What is carried from line to line and from run to run; bounded in every direction.

use super::util;
use crate::formats::Record;
use crate::formats::{Change, Json, Session, Sink};
use crate::record::{BranchState, Event, Id16, Time, Usage};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

const MAX_TOTALS: usize = 256;
const MAX_HEARD: usize = 64;
const MAX_HEARD_BYTES: usize = 1 << 15;
const MAX_TURNS: usize = 128;
const MAX_TURN_EVENTS: usize = 1 << 15;

/// The reader's memory of one rollout.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    pub(super) thread: Option<String>,
    version: Option<String>,
    branch: Option<String>,
    provider: Option<String>,
    agent: Option<Agent>,
    pub(super) cwd: Option<String>,
    pub(super) model: Option<String>,
    pub(super) turn: Option<String>,
    /// Digest of the instructions last seen, by kind.
    pub(super) instructions: BTreeMap<String, Id16>,
    pub(super) tokens: Tokens,
    pub(super) heard: Heard,
    pub(super) turns: Turns,
    calls: u64,
    /// Something was said to the model since its last item, so its next item is a new call.
    pub(super) addressed: bool,
}

/// The sub-agent whose thread this is.
#[derive(Debug, Serialize, Deserialize)]
struct Agent {
    name: Option<String>,
    parent: Option<String>,
}

impl State {
    /// Takes up a `session_meta`; whether it is the first, which alone names the thread.
    pub(super) fn begin(&mut self, meta: &Json<'_>) -> bool {
        let Some(id) = meta.text("id").or(meta.text("session_id")) else { return false };
        if let Some(thread) = &self.thread {
            return thread == id;
        }
        self.thread = Some(id.to_owned());
        self.version = meta.string("cli_version");
        self.branch = meta.at("git").string("branch");
        self.provider = meta.string("model_provider");
        self.cwd = meta.string("cwd");
        let spawn = meta.path(&["source", "subagent", "thread_spawn"]);
        let spawned = meta.path(&["source", "subagent"]);
        if !spawned.is_null() {
            self.agent = Some(Agent {
                name: spawn.string("agent_nickname").or_else(|| meta.string("agent_nickname")),
                parent: spawn.string("parent_thread_id"),
            });
        }
        true
    }

    /// Tells the sink which session the line belongs to.
    pub(super) fn enter(&self, sink: &mut Sink) {
        if let Some(thread) = &self.thread {
            sink.session(Session::Native(thread));
        }
    }

    /// What every event of a line shares.
    pub(super) fn base(&self, json: &Json<'_>) -> Event {
        let mut event = Event::default().with(|event| {
            event.ts = json.at("timestamp").time();
            event.source_version = self.version.clone();
            event.git_branch = self.branch.clone();
            event.cwd = self.cwd.clone();
        });
        if let Some(agent) = &self.agent {
            event.is_sidechain = Some(true);
            event.agent_id.clone_from(&self.thread);
            event.agent_name.clone_from(&agent.name);
            event.parent_agent_id.clone_from(&agent.parent);
        }
        event
    }

    /// Marks an event as the model's, in the call that is going on.
    pub(super) fn of_model(&mut self, event: &mut Event, record: &Record<'_>) {
        if std::mem::take(&mut self.addressed) || self.calls == 0 {
            self.calls += 1;
        }
        let call = self.calls.to_le_bytes();
        event.call_group = Some(Id16::of("codex.call", &[self.owner(record).as_bytes(), &call]));
        event.request_model.clone_from(&self.model);
        event.provider_name = Some(self.provider.clone().unwrap_or_else(|| "openai".to_owned()));
    }

    /// Names the thread, or the source where the thread has no name.
    pub(super) fn owner(&self, record: &Record<'_>) -> Id16 {
        match &self.thread {
            Some(thread) => Id16::of("codex.thread", &[thread.as_bytes()]),
            None => record.source_stream,
        }
    }
}

/// Which token counts were counted already.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    totals: VecDeque<Id16>,
    last: Usage,
}

impl Tokens {
    /// The usage that a pair of (running total, last call) adds, and the name of the total;
    /// nothing if this total was seen.
    pub(super) fn add(&mut self, info: &Json<'_>) -> Option<(Usage, Id16)> {
        let (total, last) = (info.at("total_token_usage"), info.at("last_token_usage"));
        let sum = counts(total);
        let named = if total.is_object() { total } else { last };
        let digits = |key: &&str| named.at(key).i64().unwrap_or_default().to_string();
        let name: Vec<String> = COUNTS.iter().map(digits).collect();
        let name = Id16::of("codex.total", &[name.join(",").as_bytes()]);
        if total.is_object() && self.totals.contains(&name) {
            return None;
        }
        push(&mut self.totals, MAX_TOTALS, name);
        let before = std::mem::replace(&mut self.last, sum);
        let added = if last.is_object() { counts(last) } else { difference(sum, before) };
        Some((added, name))
    }
}

const COUNTS: [&str; 5] = [
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
    "total_tokens",
];

/// Codex counts cached tokens within the input already.
fn counts(usage: &Json<'_>) -> Usage {
    Usage {
        input: usage.at("input_tokens").i64(),
        output: usage.at("output_tokens").i64(),
        reasoning: usage.at("reasoning_output_tokens").i64(),
        cache_read: usage.at("cached_input_tokens").i64(),
        cache_creation: None,
    }
}

fn difference(now: Usage, before: Usage) -> Usage {
    let less = |now: Option<i64>, before: Option<i64>| {
        now.map(|now| now.saturating_sub(before.unwrap_or_default()).max(0))
    };
    Usage {
        input: less(now.input, before.input),
        output: less(now.output, before.output),
        reasoning: less(now.reasoning, before.reasoning),
        cache_read: less(now.cache_read, before.cache_read),
        cache_creation: None,
    }
}

/// Reasoning that the interface showed and whose item has not come yet.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Heard {
    waiting: VecDeque<Thought>,
    /// Digests of raw reasoning that has a row already.
    raw: VecDeque<Id16>,
}

/// A thought as the interface showed it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Thought {
    pub(super) text: String,
    pub(super) record: u64,
    pub(super) ts: Time,
}

impl Heard {
    /// Remembers a shown thought.
    pub(super) fn shown(&mut self, text: &str, record: u64, ts: Time) {
        let text = util::cut(text, MAX_HEARD_BYTES).to_owned();
        push(&mut self.waiting, MAX_HEARD, Thought { text, record, ts });
    }

    /// Forgets the thoughts that an item contains; whether there were any.
    pub(super) fn matched(&mut self, item: &str) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|thought| !item.contains(thought.text.trim()));
        self.waiting.len() < before
    }

    /// Takes the thoughts whose items will not come any more.
    pub(super) fn orphans(&mut self) -> VecDeque<Thought> {
        std::mem::take(&mut self.waiting)
    }

    /// Notes raw reasoning; whether it is new.
    pub(super) fn raw_is_new(&mut self, text: &str) -> bool {
        let digest = Id16::of("codex.raw", &[text.trim().as_bytes()]);
        let new = !self.raw.contains(&digest);
        if new {
            push(&mut self.raw, MAX_HEARD, digest);
        }
        new
    }
}

/// The events of the newest user turns, to be marked when a turn is rolled back.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Turns {
    turns: VecDeque<Vec<Id16>>,
    events: usize,
}

impl Turns {
    /// Starts a turn: a person said something.
    pub(super) fn begin(&mut self) {
        self.turns.push_back(Vec::new());
        while self.turns.len() > 1
            && (self.turns.len() > MAX_TURNS || self.events > MAX_TURN_EVENTS)
        {
            let oldest = self.turns.pop_front().unwrap_or_default();
            self.events -= oldest.len();
        }
    }

    /// Notes an event of the turn that is going on.
    pub(super) fn pushed(&mut self, event: Id16) {
        if self.events < 2 * MAX_TURN_EVENTS
            && let Some(turn) = self.turns.back_mut()
        {
            turn.push(event);
            self.events += 1;
        }
    }

    /// Marks the events of the last `count` turns as abandoned.
    pub(super) fn roll_back(&mut self, count: u64, sink: &mut Sink) {
        for _ in 0..count {
            let Some(turn) = self.turns.pop_back() else { break };
            self.events -= turn.len();
            for event in turn {
                sink.update(event, Change::Branch(BranchState::Abandoned));
            }
        }
    }
}

fn push<T>(queue: &mut VecDeque<T>, max: usize, item: T) {
    if queue.len() >= max {
        queue.pop_front();
    }
    queue.push_back(item);
}
