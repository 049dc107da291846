//! The same answer without a split.
//!
//! The batch is indexed in memory with the same schema and tokenizer, and searched the same way,
//! so that a scan agrees with a split by construction. That costs more than comparing strings
//! would; it is the way out for a file whose split is missing, not a way to search.

use super::error::IndexError;
use super::query::Query;
use super::search::Split;
use super::writer::SplitWriter;
use arrow::array::RecordBatch;

/// Memory for the index of one batch before it is laid down in pieces.
const BUDGET: usize = 64 << 20;

/// The rows of a batch that match, ascending. The batch needs [`Query::columns`] only.
///
/// # Errors
/// [`IndexError::ColumnType`], or what the library meets.
pub fn scan_rows(batch: &RecordBatch, query: &Query) -> Result<Vec<u32>, IndexError> {
    if batch.num_rows() == 0 {
        return Ok(Vec::new());
    }
    let mut writer = SplitWriter::new(BUDGET);
    writer.add(batch)?;
    Split::from_bytes(writer.finish()?)?.rows(query)
}
