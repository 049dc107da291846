//! Bytes to events: one file per transcript format behind one trait and one registry.
//!
//! `ingest` cuts a source into records and hands each to the reader that recognises it:
//!
//!   record -> `registry::detect` -> `Reader::read` -> `Sink` (ids, joins, counters) -> events
//!
//! A reader only knows its own format. What all formats share lies beside it: [`json`] (a
//! tolerant parser), [`Sink`] (identity, tool joins, usage once), [`history`] (resent
//! histories), [`inline`] (tags in assistant text), [`common`] (roles, content shapes).
//!
//! A new format is one file with a `Format` and one line in [`registry`]; [`mapped`] reads what has
//! none, by paths that the user gives.

pub mod agents;
pub mod chat;
pub mod common;
pub mod evals;
pub mod history;
pub mod inline;
pub mod json;
pub mod mapped;
pub mod registry;
pub mod sink;
pub mod telemetry;
#[cfg(test)]
pub(crate) mod testing;

pub use json::Json;
pub use sink::{Change, Key, Session, Sink, Update};

use crate::record::{Id16, Id32, Place, Reason};

/// One record of a source: a JSON value with its place and hashes.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The value.
    pub json: &'a Json<'a>,
    /// Where its bytes lie.
    pub place: &'a Place,
    /// SHA-256 of its exact bytes, without the line end.
    pub raw_sha256: Id32,
    /// Hash of all records of the source up to and including this one. Two sources share it
    /// exactly as far as all their records agree, which makes it a name for records that have
    /// none of their own.
    pub rolling: Id16,
    /// 0-based number of the record in its source.
    pub index: u64,
    /// Stream of records that name no session, see [`Session::Source`].
    pub source_stream: Id16,
    /// Flags found while reading (`duplicate_keys`, `lossy_utf8`, …).
    pub flags: &'a [&'static str],
    /// An older version of an archive member that a later one replaces.
    pub superseded: bool,
    /// What a log collector says about the record it wrapped.
    pub collector: Option<&'a Collector>,
}

/// What a log collector added to a record that it wrapped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Collector {
    /// When it saw the record, microseconds.
    pub observed: Option<i64>,
    /// Where.
    pub host: Option<String>,
    /// Everything it says, as attributes.
    pub attrs: Vec<(String, String)>,
}

/// A transcript format: how to recognise it and how to read it.
pub trait Format: Send + Sync {
    /// Stable name, the `source_format` column and the argument of `--input-format`.
    fn id(&self) -> &'static str;

    /// One line for `reveille formats`.
    fn title(&self) -> &'static str;

    /// How sure this is a record of the format: 0 no, 50 perhaps, 100 certain. Must be cheap
    /// and must not depend on file names.
    fn sniff(&self, record: &Json<'_>) -> u8;

    /// The same, if the record before was in this format. Only formats whose later records do
    /// not say by themselves what they are need more than the default.
    fn continues(&self, record: &Json<'_>) -> u8 {
        self.sniff(record)
    }

    /// A reader with fresh state, for one source.
    fn reader(&self) -> Box<dyn Reader>;
}

/// Reads the records of one source in order.
pub trait Reader: Send {
    /// Turns one record into events.
    ///
    /// # Errors
    /// A [`Reason`] if the record cannot be read; it is quarantined and the run goes on. A
    /// reader that has already pushed events must not fail.
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason>;

    /// Called when the source has no more records *for now*; it may grow later. May push
    /// nothing new, only [`Sink::update`] what has become known (branches, say).
    fn finish(&mut self, _sink: &mut Sink) {}

    /// State to carry over to the next run, if the source grows. Must be bounded.
    fn save(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    /// Takes back what [`Reader::save`] gave.
    fn restore(&mut self, _state: &serde_json::Value) {}
}
