//! What is carried from event to event and from run to run; bounded in every direction.

use crate::formats::Json;
use crate::record::Usage;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

const MAX_KNOWN: usize = 512;
const MAX_ID: usize = 256;
const MAX_COUNTED: usize = 16;

/// The reader's memory of one stream of events.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    pub(super) version: Option<String>,
    /// Somebody has spoken; the oldest events do not say who does, but the user begins.
    pub(super) begun: bool,
    /// The call that was made last, where events have no ids, and how many such there were.
    waiting: Option<String>,
    unnamed: u64,
    /// The newest events that may be referred to.
    known: VecDeque<Known>,
    /// What has been counted of each use of a model.
    counted: BTreeMap<String, Counted>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Known {
    id: String,
    /// The id of the call it made, if it made one.
    call: Option<String>,
}

/// What an observation answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause<'s> {
    /// A call with this id.
    Call(&'s str),
    /// An event that made no call.
    Other,
    /// Nothing that is remembered.
    Unknown,
}

impl State {
    /// Remembers an event and the call it made.
    pub(super) fn made(&mut self, id: &str, call: Option<&str>) {
        let call = call.filter(|call| call.len() <= MAX_ID).map(str::to_owned);
        if let Some(known) =
            self.known.iter_mut().rev().find(|known| known.id == id && call.is_some())
        {
            known.call = call;
            return;
        }
        if !id.is_empty() && id.len() <= MAX_ID {
            if self.known.len() >= MAX_KNOWN {
                self.known.pop_front();
            }
            self.known.push_back(Known { id: id.to_owned(), call });
        }
    }

    /// A name for a call that has none; it waits for the next observation.
    pub(super) fn name(&mut self) -> String {
        self.unnamed += 1;
        let name = format!("action-{}", self.unnamed);
        self.waiting = Some(name.clone());
        name
    }

    /// The call without a name that waits.
    pub(super) fn answered(&mut self) -> Option<String> {
        self.waiting.take()
    }

    /// Remembers an event; whether it was not known.
    pub(super) fn is_new(&mut self, id: &str) -> bool {
        let new = id.is_empty() || !self.known.iter().any(|known| known.id == id);
        if new {
            self.made(id, None);
        }
        new
    }

    /// What the event with this id did.
    pub(super) fn cause(&self, id: &str) -> Cause<'_> {
        match self.known.iter().rev().find(|known| known.id == id) {
            Some(Known { call: Some(call), .. }) => Cause::Call(call),
            Some(_) => Cause::Other,
            None => Cause::Unknown,
        }
    }

    /// What was spent since the totals were last seen.
    pub(super) fn spent(&mut self, name: &str, usage: &Json<'_>, cost: Option<f64>) -> Spent {
        if name.len() > MAX_ID
            || (self.counted.len() >= MAX_COUNTED && !self.counted.contains_key(name))
        {
            return Spent::default();
        }
        let now = Counted::new(usage, cost);
        let before = self.counted.insert(name.to_owned(), now).unwrap_or_default();
        now.since(before)
    }
}

/// Running totals of one use of a model. A saved float may come back another one, hence `Bits`.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct Counted {
    tokens: Usage,
    cost: Bits,
}

type Bits = u64;

/// What was spent.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Spent {
    pub(super) tokens: Usage,
    pub(super) cost: Option<f64>,
}

impl Counted {
    fn new(usage: &Json<'_>, cost: Option<f64>) -> Self {
        Self { tokens: tokens(usage), cost: cost.unwrap_or_default().to_bits() }
    }

    fn since(self, before: Self) -> Spent {
        let less = |now: Option<i64>, before: Option<i64>| {
            let rest = now?.saturating_sub(before.unwrap_or_default());
            (rest > 0).then_some(rest)
        };
        let (now, then) = (self.tokens, before.tokens);
        let cost = f64::from_bits(self.cost) - f64::from_bits(before.cost);
        Spent {
            tokens: Usage {
                input: less(now.input, then.input),
                output: less(now.output, then.output),
                reasoning: less(now.reasoning, then.reasoning),
                cache_read: less(now.cache_read, then.cache_read),
                cache_creation: less(now.cache_creation, then.cache_creation),
            },
            cost: (cost > 0.0).then_some(cost),
        }
    }
}

/// Tokens as OpenHands counts them; cached ones are counted within the prompt already.
pub(super) fn tokens(usage: &Json<'_>) -> Usage {
    let details = usage.at("completion_tokens_details");
    let cached = usage.path(&["prompt_tokens_details", "cached_tokens"]).i64();
    Usage {
        input: usage.at("prompt_tokens").i64(),
        output: usage.at("completion_tokens").i64(),
        reasoning: usage
            .at("reasoning_tokens")
            .i64()
            .or_else(|| details.at("reasoning_tokens").i64()),
        cache_read: usage.at("cache_read_tokens").i64().or(cached),
        cache_creation: usage.at("cache_write_tokens").i64(),
    }
}
