//! Names of files in the lake, the one place that knows them.
//!
//! A data file is called `<batch>-<table>-<number>.parquet`; its index split has the same stem
//! under `_reveille/index/`. The batch in the name is what makes recovery and visibility
//! possible without reading anything; files of other tools have other names and thus neither
//! batch nor split.

use crate::record::schema::Table;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Folder of ours inside the lake and inside each table; other tools' vacuum skips it, because
/// its name starts with an underscore.
pub const PRIVATE: &str = "_reveille";

/// A new batch id: sortable by time, unique across processes.
#[must_use]
pub fn new_batch() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&now.as_nanos().to_le_bytes());
    hasher.update(&std::process::id().to_le_bytes());
    hasher.update(&count.to_le_bytes());
    // The address of a fresh allocation differs between processes that start together.
    let entropy = std::ptr::from_ref(&*Box::new(0u8)) as usize;
    hasher.update(&entropy.to_le_bytes());
    let tail = hex::encode(&hasher.finalize().as_bytes()[..5]);
    format!("b{:012x}{tail}", now.as_millis())
}

const BATCH_LEN: usize = 1 + 12 + 10;

/// The name of a data file.
#[must_use]
pub fn data_file(batch: &str, table: Table, number: usize) -> String {
    format!("{batch}-{}-{number:04}.parquet", table.name())
}

/// The batch in the name of a data file of ours.
#[must_use]
pub fn batch_of(path: &str) -> Option<&str> {
    let batch = path.split('-').next()?;
    (is_batch(batch) && path.ends_with(".parquet")).then_some(batch)
}

/// Whether a text looks like a batch id.
#[must_use]
pub fn is_batch(text: &str) -> bool {
    let digits = text.strip_prefix('b').unwrap_or_default();
    text.len() == BATCH_LEN && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The path of a data file's index split, relative to the table's folder.
#[must_use]
pub fn split_of(path: &str) -> Option<String> {
    batch_of(path)?;
    let stem = path.strip_suffix(".parquet")?;
    stem.contains("-events-").then(|| format!("{PRIVATE}/index/{stem}.split"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_batch() {
        let batch = new_batch();
        assert_ne!(batch, new_batch());
        let file = data_file(&batch, Table::Events, 3);
        assert_eq!(batch_of(&file), Some(batch.as_str()));
        assert_eq!(split_of(&file), Some(format!("_reveille/index/{batch}-events-0003.split")));
        assert_eq!(split_of(&data_file(&batch, Table::Files, 0)), None);
        assert_eq!(batch_of("part-00000-0f8e.snappy.parquet"), None);
    }
}
