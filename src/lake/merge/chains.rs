//! The order of a merge: keys of all rows, and the chains of rows that lie in order already.

use super::super::error::Result;
use super::super::read::read_file;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Int32Type, Int64Type};
use chrono::{DateTime, Datelike as _};
use parquet::arrow::arrow_reader::RowSelection;
use std::ops::Range;
use std::path::PathBuf;

const COLUMNS: &[&str] = &["event_date", "stream_id", "seq", "message_index", "part_index"];
/// More chains in one month of one file than this are more decoding than the merge is worth. A
/// sweep sorts its files in runs, each of which is a chain, and makes no more of them.
pub const MAX_CHAINS: usize = 64;
const SECONDS_PER_DAY: i64 = 86_400;

/// What rows are sorted by; the lowest month is that of rows without a time.
type Key = (i32, [u8; 16], i64, i32, i32);

/// Rows of one file that ascend.
pub(super) struct Chain {
    pub(super) file: usize,
    pub(super) rows: Vec<u32>,
    month: i32,
    last: Key,
}

/// Which chain gives the next row.
pub(super) struct Plan {
    pub(super) chains: Vec<Chain>,
    pub(super) order: Vec<u32>,
}

impl Plan {
    /// Reads all keys; `None` if a file lies in too wild an order.
    pub(super) fn new(paths: &[PathBuf]) -> Result<Option<Self>> {
        let mut chains: Vec<Chain> = Vec::new();
        let mut keys: Vec<(Key, u32, u32)> = Vec::new();
        for (file, path) in paths.iter().enumerate() {
            let first = chains.len();
            let mut row = 0;
            for batch in read_file(path, COLUMNS)? {
                for key in keys_of(&batch?) {
                    let Some(chain) = chain_for(&mut chains, first, file, key) else {
                        return Ok(None);
                    };
                    chains[chain].rows.push(row);
                    keys.push((key, u32::try_from(chain).unwrap_or(u32::MAX), row));
                    row += 1;
                }
            }
        }
        // Equal keys stay in the order of files and rows, so that the result is always the same.
        keys.sort_unstable();
        Ok(Some(Self { chains, order: keys.into_iter().map(|(_, chain, _)| chain).collect() }))
    }
}

/// The chain of this file and month that the key goes on with, begun if there is none.
fn chain_for(chains: &mut Vec<Chain>, first: usize, file: usize, key: Key) -> Option<usize> {
    let month = key.0;
    let mut seen = 0;
    // The newest first: a sorted file has one per month, and its months are few.
    for at in (first..chains.len()).rev() {
        if chains[at].month == month {
            if chains[at].last <= key {
                chains[at].last = key;
                return Some(at);
            }
            seen += 1;
        }
    }
    if seen >= MAX_CHAINS {
        return None;
    }
    chains.push(Chain { file, rows: Vec::new(), month, last: key });
    Some(chains.len() - 1)
}

fn keys_of(batch: &RecordBatch) -> Vec<Key> {
    let column = |name: &str| batch.column_by_name(name);
    let dates = column("event_date").and_then(|c| c.as_primitive_opt::<Date32Type>());
    let streams = column("stream_id").and_then(|c| c.as_binary_opt::<i32>());
    let seqs = column("seq").and_then(|c| c.as_primitive_opt::<Int64Type>());
    let messages = column("message_index").and_then(|c| c.as_primitive_opt::<Int32Type>());
    let parts = column("part_index").and_then(|c| c.as_primitive_opt::<Int32Type>());
    let key = |row: usize| {
        let date = dates.filter(|d| d.is_valid(row)).map(|d| d.value(row));
        let stream = streams.filter(|s| s.is_valid(row)).and_then(|s| s.value(row).try_into().ok());
        let seq = seqs.filter(|s| s.is_valid(row)).map(|s| s.value(row));
        let message = messages.filter(|m| m.is_valid(row)).map(|m| m.value(row));
        let part = parts.filter(|p| p.is_valid(row)).map(|p| p.value(row));
        (
            date.map_or(i32::MIN, month_of),
            stream.unwrap_or_default(),
            seq.unwrap_or_default(),
            message.unwrap_or_default(),
            part.unwrap_or_default(),
        )
    };
    (0..batch.num_rows()).map(key).collect()
}

/// Months since the year 0.
fn month_of(days: i32) -> i32 {
    let date = DateTime::from_timestamp(i64::from(days) * SECONDS_PER_DAY, 0).unwrap_or_default();
    date.year() * 12 + i32::try_from(date.month0()).unwrap_or_default()
}

/// Ascending row numbers as a selection over the whole file.
pub(super) fn selection(rows: &[u32], total: usize) -> RowSelection {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for row in rows.iter().map(|row| *row as usize) {
        match ranges.last_mut() {
            Some(last) if last.end == row => last.end = row + 1,
            _ => ranges.push(row..row + 1),
        }
    }
    RowSelection::from_consecutive_ranges(ranges.into_iter(), total)
}
