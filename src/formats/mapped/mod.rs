//! Any JSON, by a mapping that the user writes: `reasoning=.thinking,user=.prompt`.
//!
//!   text -> `parse` -> [`Mapping`] (targets, each with the paths that fill it)
//!   record -> `rows` (messages, or the record itself; `tools` for calls and results) -> sink
//!
//! For logs that no reader knows. What a field means is what the user says it means; nothing here
//! looks at a record's keys by itself, guesses, or is ever asked whether it recognises one.
//!
//! Records that name a session form one conversation in the order of the file; any other is a
//! session of its own. A record without anything that the mapping calls said is rejected with
//! the paths that were looked for. What no path reaches becomes attributes, as JSON; a message in which
//! nothing is found is a row of kind `unknown` beside those that say something. Rows and attributes of a
//! record are bounded (`many`, `left`), and what is beyond is said.
//!
//! A mapping has a name made of what it says, which stands in `source_format`. It is a part of
//! every id, and `ingest` knows sources by it too: under another mapping a file is read again.

mod left;
mod many;
mod mapping;
mod parse;
mod path;
mod rows;
mod target;
mod tools;

#[cfg(test)]
mod tests;

pub use mapping::{Mapping, PREFIX};
pub use parse::MapError;
pub use target::Target;

use super::history::context_root;
use super::{Format, Json, Key, Reader, Record, Session, Sink};
use crate::record::columns::intern;
use crate::record::{Id16, Kind, Reason};
use left::Left;
use rows::Turn;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// What `reveille formats` lists.
pub const ID: &str = "mapped";
/// What it says about it.
pub const TITLE: &str = "any JSON, by paths that you give with `sweep --map`";
/// System prompts that are remembered as told.
const MAX_TOLD: usize = 1024;

/// The format that a mapping makes.
#[derive(Clone)]
pub struct Mapped {
    mapping: Arc<Mapping>,
    name: &'static str,
}

impl Mapped {
    /// The format of this mapping.
    #[must_use]
    pub fn new(mapping: Mapping) -> Self {
        // Names of formats are static everywhere; one mapping makes one of a few bytes.
        let name = intern(&mapping.name());
        Self { mapping: Arc::new(mapping), name }
    }
}

impl fmt::Debug for Mapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.mapping)
    }
}

impl Format for Mapped {
    fn id(&self) -> &'static str {
        self.name
    }

    fn title(&self) -> &'static str {
        TITLE
    }

    /// Only asked for pieces of broken lines. That a path leads to something is no proof.
    fn sniff(&self, record: &Json<'_>) -> u8 {
        let found = rows::turns(&self.mapping, record);
        if found.iter().any(Turn::is_found) { 60 } else { 0 }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(MappedReader { mapping: self.mapping.clone(), told: VecDeque::new() })
    }
}

struct MappedReader {
    mapping: Arc<Mapping>,
    /// System prompts that sessions have rows for.
    told: VecDeque<Id16>,
}

impl Reader for MappedReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let mut turns = rows::turns(&self.mapping, record.json);
        if !turns.iter().any(Turn::is_found) {
            return Err(Reason::NothingMapped(self.mapping.wanted()));
        }
        self.declare(&mut turns);
        if turns.iter().all(|turn| turn.events.is_empty()) {
            sink.repeat();
        }
        leave(&mut turns);
        let mut first = 0;
        for turn in turns.into_iter().filter(|turn| !turn.events.is_empty()) {
            match &turn.session {
                Some(name) => sink.session(Session::Native(name)),
                None => sink.session(Session::Record),
            }
            for (index, mut event) in turn.events {
                event.message_index = Some(first + index);
                sink.push(Key::Position, event);
            }
            first += turn.messages;
        }
        Ok(())
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(&self.told).unwrap_or_default()
    }

    fn restore(&mut self, state: &serde_json::Value) {
        self.told = serde_json::from_value(state.clone()).unwrap_or_default();
    }
}

impl MappedReader {
    /// Says which system prompt is in force, and drops one that its session has a row for: logs
    /// of calls repeat it in every record.
    fn declare(&mut self, turns: &mut [Turn]) {
        let mut in_force = None;
        for turn in turns {
            let session = turn.session.clone();
            let mut told = |text: &str| {
                let hash = context_root(text);
                in_force = Some(hash);
                session.as_deref().is_some_and(|session| self.is_told(session, hash))
            };
            turn.events.retain(|(_, event)| {
                let prompt =
                    event.text.as_deref().filter(|_| event.kind == Some(Kind::SystemPrompt));
                !prompt.is_some_and(&mut told)
            });
            for (_, event) in &mut turn.events {
                event.system_hash = in_force;
            }
        }
    }

    fn is_told(&mut self, session: &str, hash: Id16) -> bool {
        let mark = Id16::of("told", &[session.as_bytes(), hash.as_bytes()]);
        let told = self.told.contains(&mark);
        if !told {
            self.told.push_back(mark);
            if self.told.len() > MAX_TOLD {
                self.told.pop_front();
            }
        }
        told
    }
}

/// Keeps what a turn leaves on its last row; what one without rows leaves, on the last of the record.
fn leave(turns: &mut [Turn]) {
    let mut rest = Left::default();
    for turn in &mut *turns {
        let left = std::mem::take(&mut turn.left);
        match turn.events.last_mut() {
            Some((_, event)) => left.keep(event),
            None => rest.append(left),
        }
    }
    let last = turns.iter_mut().rev().find_map(|turn| turn.events.last_mut());
    if let Some((_, event)) = last {
        rest.keep(event);
    }
}
