//! Names of files in the lake, the one place that knows them.
//!
//! A data file is called `<writer>-<table>-<number>.parquet`. The writer is a batch (`b…`) or, for
//! files that only rearrange rows, a rewrite (`c…`). The batch in the name is what makes recovery
//! and visibility possible without reading anything; rewritten files and those of other tools
//! have no batch and are visible as soon as they are committed.
//!
//! The index split of a file of `events`, whoever wrote it, has its stem under
//! `_reveille/index/`.

use crate::record::schema::Table;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Folder of ours inside the lake and inside each table; other tools' vacuum skips it, because
/// its name starts with an underscore.
pub const PRIVATE: &str = "_reveille";

/// A new batch id: sortable by time, unique across processes.
#[must_use]
pub fn new_batch() -> String {
    new_id(BATCH)
}

/// A new id of a rewrite: like a batch's, but nobody takes it for one.
#[must_use]
pub fn new_rewrite() -> String {
    new_id(REWRITE)
}

const BATCH: char = 'b';
const REWRITE: char = 'c';

fn new_id(kind: char) -> String {
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
    format!("{kind}{:012x}{tail}", now.as_millis())
}

const ID_LEN: usize = 1 + 12 + 10;

/// The name of a data file.
#[must_use]
pub fn data_file(batch: &str, table: Table, number: usize) -> String {
    format!("{batch}-{}-{number:04}.parquet", table.name())
}

/// The batch in the name of a data file of ours.
#[must_use]
pub fn batch_of(path: &str) -> Option<&str> {
    writer_of(path).filter(|id| is_batch(id) && path.ends_with(".parquet"))
}

/// The batch or rewrite in the name of a data file or split of ours.
#[must_use]
pub fn writer_of(name: &str) -> Option<&str> {
    name.split('-').next().filter(|id| is_batch(id) || is_rewrite(id))
}

/// Whether a text looks like a batch id.
#[must_use]
pub fn is_batch(text: &str) -> bool {
    is_id(text, BATCH)
}

/// Whether a text looks like the id of a rewrite.
#[must_use]
pub fn is_rewrite(text: &str) -> bool {
    is_id(text, REWRITE)
}

fn is_id(text: &str, kind: char) -> bool {
    let digits = text.strip_prefix(kind);
    text.len() == ID_LEN && digits.is_some_and(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The path of a data file's index split, relative to the table's folder. Only `events` has an
/// index, and only files inside the table's folder.
#[must_use]
pub fn split_of(table: Table, path: &str) -> Option<String> {
    let inside = !path.starts_with('/') && !path.contains("://") && !path.contains("..");
    let stem = path.strip_suffix(".parquet").filter(|_| inside && table == Table::Events)?;
    // Other tools may use folders; theirs become part of the name.
    Some(format!("{PRIVATE}/index/{}.split", stem.replace('/', "~")))
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
        assert_eq!(
            split_of(Table::Events, &file),
            Some(format!("_reveille/index/{batch}-events-0003.split"))
        );
        assert_eq!(split_of(Table::Files, &data_file(&batch, Table::Files, 0)), None);
    }

    #[test]
    fn files_of_no_batch_have_a_split_all_the_same() {
        let rewrite = new_rewrite();
        let file = data_file(&rewrite, Table::Events, 1);
        assert_eq!((batch_of(&file), writer_of(&file)), (None, Some(rewrite.as_str())));
        let split = split_of(Table::Events, &file).unwrap();
        assert_eq!(split, format!("_reveille/index/{rewrite}-events-0001.split"));
        let foreign = "day=1/part-00000-0f8e.snappy.parquet";
        assert_eq!((batch_of(foreign), writer_of(foreign)), (None, None));
        let split = split_of(Table::Events, foreign).unwrap();
        assert_eq!(split, "_reveille/index/day=1~part-00000-0f8e.snappy.split");
        assert_eq!(split_of(Table::Events, "/elsewhere/x.parquet"), None);
        assert_eq!(split_of(Table::Events, "../x.parquet"), None);
    }
}
