//! Reads small tables whole, without the query engine.

use super::error::{LakeError, Result};
use super::snapshot::{DataFile, Snapshot};
use crate::record::schema::Table;
use arrow::array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::path::Path;

/// Calls `each` with every batch of a table, file by file in commit order, reading only
/// `columns`. Returns early with its error.
///
/// # Errors
/// If a file cannot be read, or the error of `each`.
pub fn read_table(
    snapshot: &Snapshot,
    table: Table,
    columns: &[&str],
    mut each: impl FnMut(&DataFile, &RecordBatch) -> Result<()>,
) -> Result<()> {
    let Some(dir) = snapshot.dir(table) else { return Ok(()) };
    for file in snapshot.files(table) {
        let path = dir.join(&file.path);
        for batch in open(&path, columns)? {
            let batch = batch.map_err(|error| LakeError::parquet(&path)(error.into()))?;
            each(file, &batch)?;
        }
    }
    Ok(())
}

/// Opens one file, reading only `columns`.
pub(super) fn open(path: &Path, columns: &[&str]) -> Result<ParquetRecordBatchReader> {
    let file = File::open(path).map_err(LakeError::io(path))?;
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    builder.with_projection(mask).build().map_err(LakeError::parquet(path))
}
