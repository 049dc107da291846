//! Where a run that was cut short goes on: thoughts that were scored and whose batch of events is not in the ledger yet.

use crate::detect::classifier::Classifier;
use crate::lake::{Result, Snapshot, read_table};
use crate::pipeline::ledger::strings;
use crate::record::Id16;
use crate::record::schema::Table;
use ahash::{AHashMap, AHashSet};
use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;

/// The thoughts that this version was the last to score since the ledger has a line of this classifier. What stands
/// before that line is of batches that are finished, or is scored once more. Grows with these thoughts, about 40 bytes each.
pub(super) fn done(snapshot: &Snapshot, classifier: &Classifier) -> Result<AHashSet<Id16>> {
    let since = newest_line(snapshot, &classifier.detector())?;
    let mut newest: AHashMap<Id16, (i64, bool)> = AHashMap::new();
    let columns = ["event_id", "classifier", "classifier_version", "judged_ts"];
    read_table(snapshot, Table::Scores, &columns, |_, batch| {
        let names = (strings(batch, "classifier"), strings(batch, "classifier_version"));
        let ids = batch.column_by_name("event_id").and_then(|ids| ids.as_binary_opt::<i32>());
        let (Some(ids), (Some(names), Some(versions)), Some(times)) =
            (ids, names, micros(batch, "judged_ts"))
        else {
            return Ok(());
        };
        for row in 0..batch.num_rows() {
            let time = times.value(row);
            if names.value(row) != classifier.model.manifest.name || time < since {
                continue;
            }
            let Ok(id) = <[u8; 16]>::try_from(ids.value(row)) else { continue };
            let found = (time, versions.value(row) == classifier.version());
            let known = newest.entry(Id16(id)).or_insert(found);
            if found.0 >= known.0 {
                *known = found;
            }
        }
        Ok(())
    })?;
    Ok(newest.into_iter().filter(|(_, (_, is_this))| *is_this).map(|(id, _)| id).collect())
}

type Times = arrow::array::PrimitiveArray<TimestampMicrosecondType>;

fn micros<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b Times> {
    batch.column_by_name(name).and_then(|column| column.as_primitive_opt())
}

/// When the ledger was last written for a detector, in microseconds; the beginning of time if never.
fn newest_line(snapshot: &Snapshot, set: &str) -> Result<i64> {
    let mut newest = i64::MIN;
    read_table(snapshot, Table::Scans, &["detector_set", "detected_ts"], |_, batch| {
        if let (Some(sets), Some(times)) =
            (strings(batch, "detector_set"), micros(batch, "detected_ts"))
        {
            let mine = (0..batch.num_rows()).filter(|row| sets.value(*row) == set);
            newest = mine.map(|row| times.value(row)).fold(newest, i64::max);
        }
        Ok(())
    })?;
    Ok(newest)
}
