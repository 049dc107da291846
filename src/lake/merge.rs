//! Rows of several files in one order, with bounded memory.
//!
//! [`Concat`] is one file after the other. [`Merge`] is the order of compacted `events`: month,
//! stream, sequence, message, part. It reads the keys of all rows first (50 bytes each), sorts
//! them, and then walks the files once per month, each through a selection of that month's
//! rows. Every sweep writes its files in runs sorted by stream, so the rows of a month form a few
//! chains that lie in order already, and each is read once. A file of another tool whose rows lie
//! in too wild an order is not merged at all.

mod chains;
mod conform;

use super::error::{LakeError, Result};
use super::read::batch_rows;
use crate::record::schema::Table;
use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;
pub use chains::MAX_CHAINS;
use chains::Plan;
use conform::Conform;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::file::metadata::PageIndexPolicy;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Rows handed out at a time, and the decoded bytes after which there are fewer.
const SLICE_ROWS: usize = 1024;
const SLICE_BYTES: usize = 8 << 20;
/// Decoded bytes of one batch of one input.
const BATCH_BYTES: usize = 256 << 10;

/// A file that is read from.
struct Input {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    conform: Conform,
    batch_rows: usize,
}

impl Input {
    /// Opens a file; `None` if its columns are not those of the table.
    fn open(table: Table, path: &Path) -> Result<Option<Self>> {
        let file = File::open(path).map_err(LakeError::io(path))?;
        // A chain jumps to its own pages.
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let metadata =
            ArrowReaderMetadata::load(&file, options).map_err(LakeError::parquet(path))?;
        let Some(conform) = Conform::new(table.schema(), metadata.schema()) else {
            return Ok(None);
        };
        let batch_rows = batch_rows(metadata.metadata(), &ProjectionMask::all(), BATCH_BYTES);
        Ok(Some(Self { path: path.to_owned(), metadata, conform, batch_rows }))
    }

    fn rows(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or_default()
    }

    fn reader(&self, selection: Option<RowSelection>) -> Result<ParquetRecordBatchReader> {
        let file = File::open(&self.path).map_err(LakeError::io(&self.path))?;
        let metadata = self.metadata.clone();
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
            .with_batch_size(self.batch_rows);
        if let Some(selection) = selection {
            builder = builder.with_row_selection(selection);
        }
        builder.build().map_err(LakeError::parquet(&self.path))
    }

    fn next(&self, reader: &mut ParquetRecordBatchReader) -> Result<Option<RecordBatch>> {
        let Some(batch) = reader.next() else { return Ok(None) };
        let batch = batch.map_err(|error| LakeError::parquet(&self.path)(error.into()))?;
        Ok(Some(self.conform.apply(&batch)?))
    }
}

fn open_all(table: Table, paths: &[PathBuf]) -> Result<Option<Vec<Input>>> {
    paths.iter().map(|path| Input::open(table, path)).collect()
}

/// One file after the other.
pub struct Concat {
    inputs: Vec<Input>,
    at: usize,
    reader: Option<ParquetRecordBatchReader>,
}

impl Concat {
    /// Opens files of `table`; `None` if one has columns the table does not have.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn open(table: Table, paths: &[PathBuf]) -> Result<Option<Self>> {
        let inputs = open_all(table, paths)?;
        Ok(inputs.map(|inputs| Self { inputs, at: 0, reader: None }))
    }

    /// Rows of all files.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.inputs.iter().map(Input::rows).sum()
    }

    fn advance(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(input) = self.inputs.get(self.at) {
            let reader = match &mut self.reader {
                Some(reader) => reader,
                none => none.insert(input.reader(None)?),
            };
            if let Some(batch) = input.next(reader)? {
                return Ok(Some(batch));
            }
            self.reader = None;
            self.at += 1;
        }
        Ok(None)
    }
}

impl Iterator for Concat {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}

/// Rows of files of `events` by month, stream, sequence, message and part.
pub struct Merge {
    inputs: Vec<Input>,
    plan: Plan,
    /// Rows handed out.
    done: usize,
    /// Chains that are being read.
    open: BTreeMap<u32, Cursor>,
}

/// Where a chain stands.
struct Cursor {
    reader: ParquetRecordBatchReader,
    batch: RecordBatch,
    /// Bytes of a row of the batch, on average.
    row_bytes: usize,
    row: usize,
    left: usize,
}

fn row_bytes(batch: &RecordBatch) -> usize {
    batch.get_array_memory_size() / batch.num_rows().max(1)
}

impl Merge {
    /// Opens files of `events`; `None` if one has other columns or lies in too wild an order.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn open(paths: &[PathBuf]) -> Result<Option<Self>> {
        let Some(inputs) = open_all(Table::Events, paths)? else { return Ok(None) };
        let Some(plan) = Plan::new(paths)? else { return Ok(None) };
        Ok(Some(Self { inputs, plan, done: 0, open: BTreeMap::new() }))
    }

    /// Rows of all files.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.inputs.iter().map(Input::rows).sum()
    }

    fn slice(&mut self) -> Result<Option<RecordBatch>> {
        let wanted = self.plan.order.len().saturating_sub(self.done).min(SLICE_ROWS);
        if wanted == 0 {
            return Ok(None);
        }
        let mut parts: Vec<RecordBatch> = Vec::new();
        let mut part_of: BTreeMap<u32, usize> = BTreeMap::new();
        let mut rows: Vec<(usize, usize)> = Vec::with_capacity(wanted);
        let (mut bytes, mut taken) = (0, 0);
        for at in self.done..self.done + wanted {
            if bytes >= SLICE_BYTES {
                break;
            }
            taken += 1;
            let chain = self.plan.order[at];
            let fresh = self.make_ready(chain)?;
            let Some(cursor) = self.open.get_mut(&chain) else { continue };
            if fresh || !part_of.contains_key(&chain) {
                part_of.insert(chain, parts.len());
                parts.push(cursor.batch.clone());
            }
            rows.push((part_of[&chain], cursor.row));
            bytes += cursor.row_bytes;
            cursor.row += 1;
            cursor.left -= 1;
            if cursor.left == 0 {
                self.open.remove(&chain);
                part_of.remove(&chain);
            }
        }
        self.done += taken;
        let parts: Vec<&RecordBatch> = parts.iter().collect();
        Ok(Some(interleave_record_batch(&parts, &rows)?))
    }

    /// Makes sure that the chain's cursor stands on a row; true if on a new batch.
    fn make_ready(&mut self, chain: u32) -> Result<bool> {
        if let Some(cursor) = self.open.get_mut(&chain) {
            if cursor.row < cursor.batch.num_rows() {
                return Ok(false);
            }
            let input = &self.inputs[self.plan.chains[chain as usize].file];
            cursor.batch = input.next(&mut cursor.reader)?.ok_or_else(|| ended_early(input))?;
            cursor.row_bytes = row_bytes(&cursor.batch);
            cursor.row = 0;
            return Ok(true);
        }
        let rows = std::mem::take(&mut self.plan.chains[chain as usize].rows);
        let input = &self.inputs[self.plan.chains[chain as usize].file];
        let total = usize::try_from(input.rows()).unwrap_or(usize::MAX);
        let mut reader = input.reader(Some(chains::selection(&rows, total)))?;
        let batch = input.next(&mut reader)?.ok_or_else(|| ended_early(input))?;
        let row_bytes = row_bytes(&batch);
        self.open.insert(chain, Cursor { reader, batch, row_bytes, row: 0, left: rows.len() });
        Ok(true)
    }
}

impl Iterator for Merge {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.slice().transpose()
    }
}

fn ended_early(input: &Input) -> LakeError {
    let message = "fewer rows than its keys".to_owned();
    LakeError::parquet(&input.path)(parquet::errors::ParquetError::General(message))
}

#[cfg(test)]
mod tests;
