//! The ledger: which version of which detector has seen which batches of events.

use super::rows::{Built, text, times};
use crate::lake::{Result, Snapshot, read_table};
use crate::record::columns::RunStamp;
use crate::record::schema::Table;
use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::TimestampMicrosecondType;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

pub(super) fn strings<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b StringArray> {
    batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>())
}

/// Batches that this version of a detector has seen, and no other version since.
pub(super) fn seen_last(snapshot: &Snapshot, set: &str, version: &str) -> Result<HashSet<String>> {
    let mut last: BTreeMap<String, (i64, String)> = BTreeMap::new();
    let columns = ["detector_set", "detector_version", "data_file", "detected_ts"];
    read_table(snapshot, Table::Scans, &columns, |_, batch| {
        let of = |name| strings(batch, name);
        let times = batch.column_by_name("detected_ts");
        let times = times.and_then(|times| times.as_primitive_opt::<TimestampMicrosecondType>());
        if let (Some(sets), Some(versions), Some(files), Some(times)) =
            (of("detector_set"), of("detector_version"), of("data_file"), times)
        {
            for row in (0..batch.num_rows()).filter(|row| sets.value(*row) == set) {
                let found = (times.value(row), versions.value(row).to_owned());
                let newest =
                    last.entry(files.value(row).to_owned()).or_insert_with(|| found.clone());
                if found > *newest {
                    *newest = found;
                }
            }
        }
        Ok(())
    })?;
    let by_this = last.into_iter().filter(|(_, (_, newest))| newest == version);
    Ok(by_this.map(|(batch, _)| batch).collect())
}

/// Name of the rules, which look at events when these are read and never again.
pub(crate) const RULES: &str = "rules";
/// Version of rules that were not asked for.
pub(crate) const NO_RULES: &str = "none";

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
