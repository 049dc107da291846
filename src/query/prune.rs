//! What commits say about data files, for leaving out files and for planning.
//!
//! Delta statistics are JSON and may come from any writer. Ours hold full microseconds; others
//! cut times to milliseconds, so an upper end with three digits or fewer is rounded up, and
//! only our own ranges are taken as exact.

use crate::lake::DataFile;
use datafusion::arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef, TimeUnit};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::{Column, ColumnStatistics, DFSchema, Result, ScalarValue, Statistics};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use std::collections::HashSet;
use std::sync::Arc;

/// Statistics of the data files of one table, parsed once.
#[derive(Debug)]
pub(crate) struct FileStats {
    schema: SchemaRef,
    files: Vec<OneFile>,
}

#[derive(Debug, Default)]
struct OneFile {
    rows: Option<u64>,
    exact: bool,
    min: serde_json::Value,
    max: serde_json::Value,
    nulls: serde_json::Value,
}

impl OneFile {
    fn parse(file: &DataFile) -> Self {
        let stats: serde_json::Value = file
            .stats
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        Self {
            rows: file.rows,
            exact: file.batch.is_some(),
            min: stats["minValues"].clone(),
            max: stats["maxValues"].clone(),
            nulls: stats["nullCount"].clone(),
        }
    }

    fn bound(&self, side: Side, name: &str, kind: &DataType) -> Option<ScalarValue> {
        let value = match side {
            Side::Min => &self.min[name],
            Side::Max => &self.max[name],
        };
        scalar(value, kind, side)
    }

    fn column(&self, name: &str, kind: &DataType) -> ColumnStatistics {
        // A range that was cut or rounded is good for leaving out files, not for answers.
        let is_full = |side: &serde_json::Value| side[name].as_str().is_none_or(has_micros);
        let exact = self.exact && is_full(&self.min) && is_full(&self.max);
        let precise = |value: Option<ScalarValue>| match value {
            Some(value) if exact => Precision::Exact(value),
            Some(value) => Precision::Inexact(value),
            None => Precision::Absent,
        };
        let nulls = self.nulls[name].as_u64().and_then(|nulls| usize::try_from(nulls).ok());
        ColumnStatistics {
            min_value: precise(self.bound(Side::Min, name, kind)),
            max_value: precise(self.bound(Side::Max, name, kind)),
            null_count: nulls.map_or(Precision::Absent, Precision::Exact),
            ..ColumnStatistics::new_unknown()
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Min,
    Max,
}

impl FileStats {
    /// Parses what the commits say about `files`.
    pub(crate) fn new(schema: SchemaRef, files: &[DataFile]) -> Self {
        Self { schema, files: files.iter().map(OneFile::parse).collect() }
    }

    /// Which files may hold rows that pass all `filters`; filters that say nothing about files
    /// are passed over.
    pub(crate) fn keep(
        &self,
        filters: &[&Expr],
        physical: impl Fn(&Expr, &DFSchema) -> Result<Arc<dyn PhysicalExpr>>,
    ) -> Vec<bool> {
        let mut keep = vec![true; self.files.len()];
        let Ok(schema) = DFSchema::try_from(self.schema.clone()) else { return keep };
        for filter in filters {
            let Ok(expr) = physical(filter, &schema) else { continue };
            let builder = PruningPredicateBuilder::new().with_file_schema(self.schema.clone());
            let Some(predicate) = builder.build(expr) else { continue };
            let Ok(verdict) = predicate.prune(self) else { continue };
            for (file, verdict) in keep.iter_mut().zip(verdict) {
                *file &= verdict;
            }
        }
        keep
    }

    /// The statistics of one file for the planner.
    pub(crate) fn of_file(&self, index: usize) -> Statistics {
        let Some(file) = self.files.get(index) else {
            return Statistics::new_unknown(&self.schema);
        };
        Statistics {
            num_rows: rows(file.rows),
            total_byte_size: Precision::Absent,
            column_statistics: columns(&self.schema, |name, kind| file.column(name, kind)),
        }
    }

    /// The statistics of several whole files together.
    pub(crate) fn of_files(&self, indices: &[usize]) -> Statistics {
        let each: Vec<Statistics> = indices.iter().map(|index| self.of_file(*index)).collect();
        let unknown = || Statistics::new_unknown(&self.schema);
        match each.len() {
            0 => Statistics { num_rows: Precision::Exact(0), ..unknown() },
            _ => Statistics::try_merge_iter(&each, &self.schema).unwrap_or_else(|_| unknown()),
        }
    }

    fn bounds(&self, column: &Column, side: Side) -> Option<ArrayRef> {
        let kind = self.schema.field_with_name(&column.name).ok()?.data_type();
        let values: Vec<Option<ScalarValue>> =
            self.files.iter().map(|file| file.bound(side, &column.name, kind)).collect();
        if values.iter().all(Option::is_none) {
            return None;
        }
        let null = ScalarValue::try_from(kind).ok()?;
        ScalarValue::iter_to_array(values.into_iter().map(|v| v.unwrap_or_else(|| null.clone())))
            .ok()
    }
}

fn rows(rows: Option<u64>) -> Precision<usize> {
    let rows = rows.and_then(|rows| usize::try_from(rows).ok());
    rows.map_or(Precision::Absent, Precision::Exact)
}

fn columns(
    schema: &Schema,
    of: impl Fn(&str, &DataType) -> ColumnStatistics,
) -> Vec<ColumnStatistics> {
    schema.fields().iter().map(|field| of(field.name(), field.data_type())).collect()
}

impl PruningStatistics for FileStats {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, Side::Min)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, Side::Max)
    }

    fn num_containers(&self) -> usize {
        self.files.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let nulls = self.files.iter().map(|file| file.nulls[&column.name].as_u64());
        Some(Arc::new(nulls.collect::<UInt64Array>()))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(self.files.iter().map(|file| file.rows).collect::<UInt64Array>()))
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

fn scalar(value: &serde_json::Value, kind: &DataType, side: Side) -> Option<ScalarValue> {
    match kind {
        DataType::Int64 => Some(ScalarValue::Int64(Some(value.as_i64()?))),
        DataType::Int32 => Some(ScalarValue::Int32(Some(value.as_i64()?.try_into().ok()?))),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let micros = micros(value.as_str()?, side)?;
            Some(ScalarValue::TimestampMicrosecond(Some(micros), zone.clone()))
        }
        DataType::Date32 => {
            let day = chrono::NaiveDate::parse_from_str(value.as_str()?, "%Y-%m-%d").ok()?;
            let days = day.signed_duration_since(chrono::NaiveDate::default()).num_days();
            Some(ScalarValue::Date32(Some(days.try_into().ok()?)))
        }
        // Bounds of strings may be cut by other writers, and nothing here filters by them.
        _ => None,
    }
}

fn micros(text: &str, side: Side) -> Option<i64> {
    let time = chrono::DateTime::parse_from_rfc3339(text).ok()?.timestamp_micros();
    let is_cut = fraction_digits(text) <= 3;
    Some(if side == Side::Max && is_cut { time.saturating_add(999) } else { time })
}

fn fraction_digits(text: &str) -> usize {
    let digits = |fraction: &str| fraction.bytes().take_while(u8::is_ascii_digit).count();
    text.split_once('.').map_or(0, |(_, fraction)| digits(fraction))
}

/// Whether a bound is no time at all, or one in full microseconds.
fn has_micros(text: &str) -> bool {
    !text.contains('T') || fraction_digits(text) == 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upper_end_in_milliseconds_is_rounded_up() {
        assert_eq!(micros("1970-01-01T00:00:00.001Z", Side::Max), Some(1_999));
        assert_eq!(micros("1970-01-01T00:00:00.001Z", Side::Min), Some(1_000));
        assert_eq!(micros("1970-01-01T00:00:00.001000Z", Side::Max), Some(1_000));
        assert_eq!(micros("yesterday", Side::Max), None);
    }

    #[test]
    fn a_day_counts_from_1970() {
        let day = scalar(&"1970-01-03".into(), &DataType::Date32, Side::Min);
        assert_eq!(day, Some(ScalarValue::Date32(Some(2))));
    }

    #[test]
    fn statistics_that_are_no_json_say_nothing() {
        let schema = crate::record::schema::Table::Events.schema();
        let file = DataFile { stats: Some("{".into()), ..DataFile::default() };
        let stats = FileStats::new(schema, &[file]);
        assert_eq!(stats.of_file(0).num_rows, Precision::Absent);
        assert!(stats.min_values(&Column::from_name("ts")).is_none());
    }
}
