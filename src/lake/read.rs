//! Reads tables and files in order, without the query engine.

use super::error::{LakeError, Result};
use super::snapshot::{DataFile, Snapshot};
use crate::record::schema::Table;
use arrow::array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::ParquetMetaData;
use std::fs::File;
use std::path::Path;

/// Decoded bytes a batch should have.
const BATCH_BYTES: usize = 4 << 20;
const MAX_BATCH_ROWS: usize = 8192;

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
        for batch in read_file(&dir.join(&file.path), columns)? {
            each(file, &batch?)?;
        }
    }
    Ok(())
}

/// The batches of one data file, reading only `columns`; their number of rows goes by the size
/// of these columns, so that a batch is small even if its rows are large.
///
/// # Errors
/// If the file cannot be opened or is no Parquet.
pub fn read_file<'a>(
    path: &'a Path,
    columns: &[&str],
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<'a>> {
    let reader = open(path, columns)?;
    Ok(reader.map(|batch| batch.map_err(|error| LakeError::parquet(path)(error.into()))))
}

/// As [`read_file`], for a reader that outlives the caller's path.
///
/// # Errors
/// If the file cannot be opened or is no Parquet.
pub fn read_owned(
    path: std::path::PathBuf,
    columns: &[&str],
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let reader = open(&path, columns)?;
    Ok(reader.map(move |batch| batch.map_err(|error| LakeError::parquet(&path)(error.into()))))
}

/// Rows of a data file by its own account.
///
/// # Errors
/// If the file cannot be opened or is no Parquet.
pub fn footer_rows(path: &Path) -> Result<u64> {
    let builder = builder(path)?;
    Ok(u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default())
}

/// Opens one file, reading only `columns`.
pub(super) fn open(path: &Path, columns: &[&str]) -> Result<ParquetRecordBatchReader> {
    let builder = builder(path)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let rows = batch_rows(builder.metadata(), &mask, BATCH_BYTES);
    builder.with_projection(mask).with_batch_size(rows).build().map_err(LakeError::parquet(path))
}

fn builder(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    let file = File::open(path).map_err(LakeError::io(path))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))
}

/// How many rows of the chosen columns have about `bytes`, by the footer's account.
pub(super) fn batch_rows(metadata: &ParquetMetaData, mask: &ProjectionMask, bytes: usize) -> usize {
    let rows = usize::try_from(metadata.file_metadata().num_rows()).unwrap_or(0).max(1);
    let columns = metadata.row_groups().iter().flat_map(|group| group.columns().iter().enumerate());
    let size: i64 = columns
        .filter(|(leaf, _)| mask.leaf_included(*leaf))
        .map(|(_, column)| column.uncompressed_size())
        .sum();
    let row = usize::try_from(size).unwrap_or(0) / rows + 1;
    (bytes / row).clamp(1, MAX_BATCH_ROWS)
}
