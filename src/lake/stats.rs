//! Statistics of a data file for its Delta commit: rows, and the range of the columns by which
//! files are pruned.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};
use chrono::{DateTime, SecondsFormat};
use std::collections::BTreeMap;

/// Columns with a range; all are short.
const RANGES: &[&str] = &["ts", "event_date", "ingest_ts", "event_ts", "detected_ts"];
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Collects ranges batch by batch.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    ranges: BTreeMap<&'static str, (i64, i64)>,
    nulls: BTreeMap<&'static str, u64>,
}

impl Collector {
    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        for name in RANGES {
            let Some(array) = batch.column_by_name(name) else { continue };
            *self.nulls.entry(name).or_default() += array.null_count() as u64;
            if let Some((low, high)) = range(array.as_ref()) {
                let range = self.ranges.entry(name).or_insert((low, high));
                *range = (range.0.min(low), range.1.max(high));
            }
        }
    }

    /// Delta's statistics object.
    pub(crate) fn to_json(&self, rows: u64) -> String {
        let side = |pick: fn(&(i64, i64)) -> i64| -> serde_json::Map<String, serde_json::Value> {
            let text = |(name, range): (&&str, &(i64, i64))| {
                ((*name).to_owned(), literal(name, pick(range)).into())
            };
            self.ranges.iter().map(text).collect()
        };
        serde_json::json!({
            "numRecords": rows,
            "minValues": side(|range| range.0),
            "maxValues": side(|range| range.1),
            "nullCount": self.nulls,
        })
        .to_string()
    }
}

fn range(array: &dyn Array) -> Option<(i64, i64)> {
    if let Some(times) = array.as_primitive_opt::<TimestampMicrosecondType>() {
        return Some((arrow::compute::min(times)?, arrow::compute::max(times)?));
    }
    let days = array.as_primitive_opt::<Date32Type>()?;
    Some((arrow::compute::min(days)?.into(), arrow::compute::max(days)?.into()))
}

/// Delta keeps milliseconds in statistics; the upper end is rounded up by a reader's rule, so
/// full microseconds are written, which every reader of ours accepts.
fn literal(name: &str, value: i64) -> String {
    let micros = if name == "event_date" { value.saturating_mul(MICROS_PER_DAY) } else { value };
    let time = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    if name == "event_date" {
        time.format("%Y-%m-%d").to_string()
    } else {
        time.to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}
