//! What the lake knows of sources: the `files` table as `KnownSources`, and their states on
//! demand.

use crate::formats::mapped;
use crate::ingest::known::{KnownSource, KnownSources};
use crate::ingest::state::SourceState;
use crate::lake::{LakeError, Result, Snapshot, read_table};
use crate::record::schema::Table;
use crate::record::{Id16, Id32};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

const COLUMNS: &[&str] = &[
    "file_id",
    "size",
    "mtime",
    "format",
    "status",
    "events",
    "last_offset",
    "content_hash",
    "head_len",
    "head_hash",
    "batch_seq",
];

/// Where the state of a source lies: a row of a data file of `files`.
#[derive(Debug, Clone)]
struct Place(PathBuf, usize);

/// Loads states of sources. States are kept in the lake; only their places are in memory.
#[derive(Debug, Default)]
pub(super) struct States(HashMap<Id16, Place>);

impl States {
    /// The state of a source, if it is known and readable.
    pub(super) fn load(&self, file_id: Id16) -> Option<SourceState> {
        let Place(path, row) = self.0.get(&file_id)?;
        let text = read_state(path, *row).unwrap_or_else(|error| {
            tracing::warn!(%error, "state of a source cannot be read; it is read from its start");
            None
        })?;
        SourceState::parse(&text)
    }
}

/// Reads what the lake knows of sources, to find those of a reading.
pub(super) fn load(
    snapshot: &Snapshot,
    reading: Option<&'static str>,
) -> Result<(KnownSources, States)> {
    let mut known = KnownSources::new(reading);
    let mut places: HashMap<Id16, (i64, Place)> = HashMap::new();
    let mut rows_before: HashMap<String, usize> = HashMap::new();
    let dir = snapshot.dir(Table::Files).cloned().unwrap_or_default();
    read_table(snapshot, Table::Files, COLUMNS, |file, batch| {
        let first = rows_before.entry(file.path.clone()).or_default();
        for row in 0..batch.num_rows() {
            let Some(source) = source_of(batch, row) else { continue };
            let place = Place(dir.join(&file.path), *first + row);
            let newer = places.get(&source.file_id).is_none_or(|(seq, _)| *seq <= source.batch_seq);
            if newer {
                places.insert(source.file_id, (source.batch_seq, place));
            }
            known.has_reading(reading_of(batch, row));
            known.insert(source);
        }
        *first += batch.num_rows();
        Ok(())
    })?;
    let places = places.into_iter().map(|(id, (_, place))| (id, place)).collect();
    Ok((known, States(places)))
}

/// The mapping that a source was read with.
fn reading_of(batch: &RecordBatch, row: usize) -> Option<&str> {
    let format = batch.column_by_name("format")?.as_string_opt::<i32>()?;
    let format = format.is_valid(row).then(|| format.value(row));
    format.filter(|format| format.starts_with(mapped::PREFIX))
}

fn source_of(batch: &RecordBatch, row: usize) -> Option<KnownSource> {
    let long = |name: &str| {
        let array = batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
        array.is_valid(row).then(|| array.value(row))
    };
    let unsigned = |name: &str| u64::try_from(long(name)?).ok();
    let bytes = |name: &str| Some(batch.column_by_name(name)?.as_binary_opt::<i32>()?.value(row));
    let mtime = batch.column_by_name("mtime")?.as_primitive_opt::<TimestampMicrosecondType>()?;
    Some(KnownSource {
        file_id: Id16(bytes("file_id")?.try_into().ok()?),
        size: unsigned("size")?,
        mtime_micros: mtime.value(row),
        last_offset: unsigned("last_offset")?,
        content_hash: Id32(bytes("content_hash")?.try_into().ok()?),
        head_len: unsigned("head_len")?,
        head_hash: Id32(bytes("head_hash")?.try_into().ok()?),
        status: batch.column_by_name("status")?.as_string_opt::<i32>()?.value(row).to_owned(),
        has_events: long("events").is_some_and(|events| events > 0),
        batch_seq: long("batch_seq")?,
    })
}

fn read_state(path: &Path, row: usize) -> Result<Option<String>> {
    let io = |source| LakeError::Io { path: path.to_owned(), source };
    let parquet = |source| LakeError::Parquet { path: path.to_owned(), source };
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(File::open(path).map_err(io)?).map_err(parquet)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), ["state"]);
    let only = RowSelection::from(vec![RowSelector::skip(row), RowSelector::select(1)]);
    let mut reader =
        builder.with_projection(mask).with_row_selection(only).build().map_err(parquet)?;
    let Some(batch) = reader.next() else { return Ok(None) };
    let batch = batch.map_err(LakeError::Arrow)?;
    let states = batch.column(0).as_string_opt::<i64>();
    Ok(states.filter(|s| !s.is_empty() && s.is_valid(0)).map(|s| s.value(0).to_owned()))
}
