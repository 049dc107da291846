//! The ledger: which version of which detector has seen which batches of events.

use super::rows::{Built, text, times};
use crate::lake::{Result, Snapshot, read_table};
use crate::record::columns::RunStamp;
use crate::record::schema::Table;
use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use std::collections::HashSet;
use std::sync::Arc;

pub(super) fn strings<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b StringArray> {
    batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>())
}

/// Batches that this version of a detector has seen.
pub(super) fn seen(snapshot: &Snapshot, set: &str, version: &str) -> Result<HashSet<String>> {
    let mut seen = HashSet::new();
    let columns = ["detector_set", "detector_version", "data_file"];
    read_table(snapshot, Table::Scans, &columns, |_, batch| {
        let of = |name| strings(batch, name);
        if let (Some(sets), Some(versions), Some(files)) =
            (of("detector_set"), of("detector_version"), of("data_file"))
        {
            for row in 0..batch.num_rows() {
                if sets.value(row) == set && versions.value(row) == version {
                    seen.insert(files.value(row).to_owned());
                }
            }
        }
        Ok(())
    })?;
    Ok(seen)
}

/// Rows that say which batches have been seen now.
pub(super) fn scans(set: &str, version: &str, seen: &[String], run: &RunStamp) -> Built {
    let columns = vec![
        text(seen.iter().map(|_| Some(set))),
        text(seen.iter().map(|_| Some(version))),
        text(seen.iter().map(|batch| Some(batch.as_str()))),
        Arc::new(Int64Array::from(vec![None::<i64>; seen.len()])) as ArrayRef,
        text(seen.iter().map(|_| Some(run.batch_id.as_str()))),
        times(seen.iter().map(|_| Some(run.ingest_micros))),
    ];
    RecordBatch::try_new(Table::Scans.schema(), columns)
}
