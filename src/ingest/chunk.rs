//! What a source yields, piece by piece, to whoever writes it down.

use crate::formats::Update;
use crate::record::{Event, Id16, Id32, Place, Reason};

/// A bounded amount of work of one source, in order.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Events in stream order.
    pub events: Vec<Event>,
    /// What became known about events, possibly of earlier chunks or runs.
    pub updates: Vec<Update>,
    /// Records as they were.
    pub raw: Vec<RawRecord>,
    /// What could not be read.
    pub rejected: Vec<Rejected>,
    /// How far the source has been read after this chunk.
    pub progress: Progress,
}

/// The bytes of one record.
#[derive(Debug)]
pub struct RawRecord {
    /// Hash of the bytes.
    pub sha256: Id32,
    /// Where they lie.
    pub place: Place,
    /// The bytes; empty if raw records are not kept.
    pub bytes: Vec<u8>,
}

/// A rejected range with as much of its bytes as is kept.
#[derive(Debug)]
pub struct Rejected {
    /// Where it lies.
    pub place: Place,
    /// Why.
    pub reason: Reason,
    /// Its first bytes.
    pub bytes: Vec<u8>,
    /// Something inside it was read all the same.
    pub salvaged: bool,
}

/// State of a source: one row of the `files` table.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// The source.
    pub file_id: Id16,
    /// Path as seen.
    pub path: String,
    /// Bytes on disk.
    pub size: u64,
    /// Modification time, microseconds.
    pub mtime_micros: i64,
    /// Container by its first bytes.
    pub compression: &'static str,
    /// Format of most records so far.
    pub format: Option<String>,
    /// `partial` while being read, then `complete`, `empty`, `copy`, `unsupported`, `failed`.
    pub status: &'static str,
    /// Bytes of the logical stream that have been read for good.
    pub last_offset: u64,
    /// BLAKE3 of those bytes.
    pub content_hash: Id32,
    /// How many of the first bytes `head_hash` covers.
    pub head_len: u64,
    /// BLAKE3 of the first bytes, to find copies.
    pub head_hash: Id32,
    /// Counters over the whole source.
    pub counts: Counts,
    /// State to go on from, JSON. `None` between two checkpoints: what has been read of the
    /// source must not be committed yet, because a later run could not go on from here.
    pub state: Option<String>,
}

/// Counters of a source; all add up to the bytes of its stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Records that were read.
    pub records: u64,
    /// Events they gave.
    pub events: u64,
    /// Records that only repeated earlier ones.
    pub repeats: u64,
    /// Ranges that were rejected.
    pub quarantined: u64,
    /// Bytes of records that were read.
    pub record_bytes: u64,
    /// Bytes of rejected ranges from which nothing was salvaged, salvaged parts left out.
    pub quarantined_bytes: u64,
    /// Bytes of records salvaged from rejected ranges.
    pub salvaged_bytes: u64,
    /// White space, line ends, commas and brackets of opened arrays.
    pub blank_bytes: u64,
    /// An unfinished record at the end.
    pub pending_bytes: u64,
}

impl Counts {
    /// Bytes that are accounted for.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.record_bytes
            + self.quarantined_bytes
            + self.salvaged_bytes
            + self.blank_bytes
            + self.pending_bytes
    }

    /// Adds another source's counters.
    pub fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.events += other.events;
        self.repeats += other.repeats;
        self.quarantined += other.quarantined;
        self.record_bytes += other.record_bytes;
        self.quarantined_bytes += other.quarantined_bytes;
        self.salvaged_bytes += other.salvaged_bytes;
        self.blank_bytes += other.blank_bytes;
        self.pending_bytes += other.pending_bytes;
    }
}
