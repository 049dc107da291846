//! A sample that is written in chunks: what has been read of it so far.
//!
//! Attachments are kept up to a bound; a reference past it stays unresolved and is flagged.

use super::Eval;
use super::members::{Part, sample_name};
use super::message::Attachments;
use super::sample::{Memory, Thread, Walk, head};
use crate::formats::{Json, Session, Sink};
use std::collections::BTreeMap;

const MAX_ATTACHMENT_BYTES: usize = 64 << 20;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Folder of the sample in the archive.
    pub(super) dir: String,
    session: String,
    attachments: BTreeMap<String, String>,
    bytes: usize,
    records: u64,
    memory: Memory,
}

impl Chunk {
    /// The sample in this folder; its own id is not known yet.
    pub(super) fn new(dir: &str, eval: &Eval) -> Self {
        let (sample, epoch) = sample_name(dir).unwrap_or((dir, "1"));
        Self { dir: dir.to_owned(), session: eval.session_of(sample, epoch), ..Self::default() }
    }

    /// Reads one member of the folder, whose items begin at `start`.
    pub(super) fn read(
        &mut self,
        eval: &Eval,
        part: Part,
        start: usize,
        value: &Json<'_>,
        sink: &mut Sink,
    ) {
        match part {
            Part::Sample => {
                self.session = eval.session(value);
                self.memory.head = head(eval, value);
            }
            Part::Attachments => self.attach(start, value),
            Part::Messages | Part::Events => {}
            // Raw request bodies repeat the messages.
            Part::Calls => return,
        }
        self.records += 1;
        let scope = format!("{part:?}/{}", self.records);
        let names = self.attachments.iter();
        let mut walk = Walk {
            eval,
            session: &self.session,
            root: "",
            scope: &scope,
            attachments: Attachments(names.map(|(n, text)| (n.as_str(), text.as_str())).collect()),
            sink,
            memory: &mut self.memory,
        };
        walk.sink.session(Session::Native(&self.session));
        match part {
            Part::Sample => {
                let (messages, events) = (value.at("messages"), value.at("events"));
                walk.messages(messages.items(), Some("/messages"));
                walk.events(events.items(), Some("/events"), &mut Thread::default());
                walk.ending(value, "");
            }
            Part::Messages => walk.messages(items(value), within(value)),
            Part::Events => walk.events(items(value), within(value), &mut Thread::default()),
            Part::Attachments | Part::Calls => {}
        }
    }

    /// Attachments are named by hash, or numbered through all members.
    fn attach(&mut self, start: usize, value: &Json<'_>) {
        let named = value.entries().iter().map(|(name, text)| (name.to_string(), text));
        let numbered = value.items().iter().enumerate();
        let numbered = numbered.map(|(n, text)| (start.saturating_add(n).to_string(), text));
        for (name, text) in named.chain(numbered) {
            let Some(text) = text.display() else { continue };
            self.bytes = self.bytes.saturating_add(text.len());
            if self.bytes > MAX_ATTACHMENT_BYTES {
                return;
            }
            self.attachments.insert(name, text);
        }
    }
}

/// A member is a list, or one item if the list was cut into records.
fn items<'x>(value: &'x Json<'x>) -> &'x [Json<'x>] {
    match value {
        Json::Array(items) => items,
        other => std::slice::from_ref(other),
    }
}

fn within(value: &Json<'_>) -> Option<&'static str> {
    value.is_array().then_some("")
}
