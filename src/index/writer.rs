//! Builds the split of one data file from the batches that go into it.
//!
//! Rows are numbered in the order in which they are added, and that number is the document id:
//! one segment, written by one thread, never sorted. A segment grows in memory (`invert`); when
//! it reaches the budget it is laid down (compact, in memory or from the second
//! one on in a folder given with [`SplitWriter::spill_to`]) and the next one begins. In the end
//! the pieces are merged in their order, which keeps the numbers, so that a split is one segment
//! with the same answers whatever the budget; its bytes may tell how many pieces there were.
//!
//! Memory: the growing segment up to the budget (looked at after every row, so a huge row may
//! exceed it by its own tokens, up to some thirty bytes for each distinct one); while a segment is
//! laid down, 32 MB to put it in order, more if there are many tokens, and its compact form, about
//! half of it. Without a spill folder all finished pieces stay in memory.

use super::bundle;
use super::directory::bundle_files;
use super::error::IndexError;
use super::invert::{Inverter, MAX_ROWS};
use super::memory::Memory;
use super::rows::Rows;
use arrow::array::RecordBatch;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tantivy::directory::MmapDirectory;
use tantivy::indexer::merge_indices;
use tantivy::{Directory, Index};

/// Smallest budget that makes sense.
const MIN_BUDGET: usize = 4 << 20;
/// Largest budget: places of terms are 32-bit numbers.
const MAX_BUDGET: usize = 1 << 30;

/// Builds one split.
pub struct SplitWriter {
    budget: usize,
    growing: Option<Inverter>,
    pieces: Vec<Piece>,
    spill: Option<SpillFolder>,
    rows: u32,
}

/// A finished segment.
struct Piece {
    index: Index,
    folder: Box<dyn Directory>,
}

/// A folder of ours that goes when we are done.
struct SpillFolder(PathBuf);

impl SplitWriter {
    /// Starts a split that keeps its growing segment below `budget_bytes` of memory.
    #[must_use]
    pub fn new(budget_bytes: usize) -> Self {
        let budget = budget_bytes.clamp(MIN_BUDGET, MAX_BUDGET);
        Self { budget, growing: None, pieces: Vec::new(), spill: None, rows: 0 }
    }

    /// Lays full segments down in this folder, which no one else may use; it is created when
    /// needed and removed when the split is finished or dropped.
    #[must_use]
    pub fn spill_to(mut self, folder: &Path) -> Self {
        self.spill = Some(SpillFolder(folder.to_owned()));
        self
    }

    /// Adds the rows of a batch, in their order.
    ///
    /// # Errors
    /// [`IndexError::ColumnType`], [`IndexError::TooManyRows`], or what spilling meets. After an
    /// error the writer is of no further use.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), IndexError> {
        let total = u32::try_from(batch.num_rows()).ok().and_then(|n| self.rows.checked_add(n));
        if total.is_none_or(|total| total > MAX_ROWS) {
            return Err(IndexError::TooManyRows { limit: MAX_ROWS });
        }
        let rows = Rows::new(batch)?;
        for row in 0..batch.num_rows() {
            let growing = self.growing.get_or_insert_with(Inverter::new);
            growing.add(rows.values(row));
            self.rows += 1;
            if growing.memory() > self.budget {
                self.lay_down()?;
            }
        }
        Ok(())
    }

    /// Rows added so far.
    #[must_use]
    pub fn num_rows(&self) -> u32 {
        self.rows
    }

    /// Memory of the growing segment, in bytes.
    #[must_use]
    pub fn mem_usage(&self) -> usize {
        self.growing.as_ref().map_or(0, Inverter::memory)
    }

    /// Finishes the split as bytes.
    ///
    /// # Errors
    /// What the library or a spill folder meets.
    pub fn finish(self) -> Result<Vec<u8>, IndexError> {
        let mut bytes = Vec::new();
        self.finish_into(&mut bytes)?;
        Ok(bytes)
    }

    /// Finishes the split as a file and makes it durable; returns its size.
    ///
    /// # Errors
    /// What the library or the file system meets.
    pub fn finish_to(self, path: &Path) -> Result<u64, IndexError> {
        let mut file = BufWriter::new(File::create(path)?);
        let length = self.finish_into(&mut file)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        Ok(length)
    }

    fn finish_into(mut self, out: &mut dyn Write) -> Result<u64, IndexError> {
        if self.pieces.is_empty() {
            // A split of no rows is a split as well.
            self.growing.get_or_insert_with(Inverter::new);
        }
        self.lay_down()?;
        let piece = self.merged()?;
        let files = bundle_files(&piece.index, piece.folder.as_ref())?;
        Ok(bundle::write(out, u64::from(self.rows), &files)?)
    }

    fn lay_down(&mut self) -> Result<(), IndexError> {
        let Some(growing) = self.growing.take() else { return Ok(()) };
        // The first segment is usually the only one: it never touches the disk.
        let first = self.pieces.is_empty();
        let folder = if first { ram() } else { self.folder(self.pieces.len())? };
        let index = growing.finish(folder.as_ref())?;
        self.pieces.push(Piece { index, folder });
        Ok(())
    }

    /// All pieces as one, in their order: rows keep their numbers.
    fn merged(&mut self) -> Result<Piece, IndexError> {
        if self.pieces.len() == 1
            && let Some(only) = self.pieces.pop()
        {
            return Ok(only);
        }
        let folder = self.folder(self.pieces.len())?;
        let indexes: Vec<Index> = self.pieces.iter().map(|piece| piece.index.clone()).collect();
        let index = merge_indices(&indexes, folder.clone()).map_err(IndexError::writing)?;
        Ok(Piece { index, folder })
    }

    fn folder(&self, number: usize) -> Result<Box<dyn Directory>, IndexError> {
        let Some(SpillFolder(spill)) = &self.spill else { return Ok(ram()) };
        let folder = spill.join(number.to_string());
        fs::create_dir_all(&folder)?;
        let folder = MmapDirectory::open(&folder).map_err(|e| IndexError::writing(e.into()))?;
        Ok(Box::new(folder))
    }
}

fn ram() -> Box<dyn Directory> {
    Box::new(Memory::default())
}

impl Drop for SpillFolder {
    fn drop(&mut self) {
        if self.0.exists()
            && let Err(error) = fs::remove_dir_all(&self.0)
        {
            tracing::warn!(folder = %self.0.display(), %error, "spill folder was not removed");
        }
    }
}

impl std::fmt::Debug for SplitWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SplitWriter").field("rows", &self.rows).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{Query, Split};
    use arrow::array::{ArrayRef, LargeStringArray};
    use std::sync::Arc;

    const ROWS: u32 = 20_000;

    fn batch() -> RecordBatch {
        let rows = LargeStringArray::from_iter_values((0..ROWS).map(random_row));
        RecordBatch::try_from_iter([("text", Arc::new(rows) as ArrayRef)]).unwrap()
    }

    fn random_row(row: u32) -> String {
        let noise = u64::from(row + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        format!("common row{row} {noise:x} {:x} {:x}", noise.rotate_left(7), noise >> 9)
    }

    #[test]
    fn a_spilled_split_is_one_segment_with_the_same_answers() {
        let folder = tempfile::tempdir().unwrap();
        let spill = folder.path().join("spill");
        let mut spilled = SplitWriter::new(0).spill_to(&spill);
        spilled.budget = 1 << 20;
        spilled.add(&batch()).unwrap();
        assert!(spill.join("1").exists(), "the budget was meant to be too small");
        assert!(spilled.pieces.len() < 20, "but not that small");
        let path = folder.path().join("x.split");
        let length = spilled.finish_to(&path).unwrap();
        assert_eq!(length, fs::metadata(&path).unwrap().len());
        assert!(!spill.exists());
        let spilled = Split::open(&path).unwrap();
        let mut whole = SplitWriter::new(1 << 30);
        whole.add(&batch()).unwrap();
        let whole = Split::from_bytes(whole.finish().unwrap()).unwrap();
        assert_eq!(spilled.num_rows(), u64::from(ROWS));
        let ask = |split: &Split, query| split.rows(&Query::parse(query).unwrap()).unwrap();
        for query in ["row777", "\"common row13000\"", "row1* NOT row12*", "common"] {
            assert_eq!(ask(&spilled, query), ask(&whole, query), "{query}");
        }
        assert_eq!(ask(&spilled, "row19999"), [19_999]);
    }
}
