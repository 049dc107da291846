//! What a source carries from run to run, as JSON in the `files` table.

use super::chunk::Counts;
use super::cut::Position;
use crate::formats::sink::SinkState;
use crate::record::Id16;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything needed to go on reading a source where the last run stopped.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SourceState {
    /// Where cutting goes on.
    pub position: Position,
    /// Number of the next record.
    pub index: u64,
    /// Rolling hash of the records so far.
    pub rolling: Id16,
    /// Stream of records that name no session.
    pub source_stream: Id16,
    /// Format of the last record.
    pub sticky: Option<String>,
    /// Records per format.
    pub formats: BTreeMap<String, u64>,
    /// Counters so far, pending left out.
    pub counts: Counts,
    /// The sink's sessions.
    pub sink: SinkState,
    /// Each reader's own state.
    pub readers: BTreeMap<String, serde_json::Value>,
}

impl SourceState {
    /// Reads what an earlier run wrote; `None` if it is from an incompatible version.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The format of most records.
    #[must_use]
    pub fn main_format(&self) -> Option<&str> {
        let most =
            self.formats.iter().max_by_key(|(name, count)| (**count, std::cmp::Reverse(*name)));
        most.map(|(name, _)| name.as_str())
    }
}
