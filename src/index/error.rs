//! What can go wrong with an index, by what a caller can do about it.
//!
//! A corrupt or outdated split is no reason to fail a search: the caller warns, scans the data
//! file instead ([`super::scan_rows`]) and gets the same answer. Only a query that cannot be
//! understood is the user's to fix; that is [`super::QueryError`], a type of its own.

use std::io;

/// Why an index could not be written, opened or searched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The split is damaged: scan the data file instead and rebuild the split from it.
    #[error("index split is corrupt: {0}")]
    Corrupt(String),
    /// The split was written by another version: scan, and rebuild it when convenient.
    #[error("index split has format {found}, this version reads {expected}")]
    Version {
        /// The version the split says it has.
        found: u32,
        /// The version this build reads and writes.
        expected: u32,
    },
    /// The file is missing or cannot be read or written.
    #[error("index split: {0}")]
    Io(#[from] io::Error),
    /// A column that is to be indexed has a type that holds no text.
    #[error("column `{column}` has type {found}, which cannot be indexed as text")]
    ColumnType {
        /// The column.
        column: &'static str,
        /// Its Arrow type.
        found: String,
    },
    /// More rows than one split can number.
    #[error("a split holds at most {limit} rows")]
    TooManyRows {
        /// The limit.
        limit: u32,
    },
    /// The index library failed on a healthy split or while writing; nothing to retry.
    #[error("index library: {0}")]
    Library(String),
}

impl IndexError {
    /// Whether the split itself is to blame, so that a scan and a rebuild are the remedy.
    #[must_use]
    pub fn is_bad_split(&self) -> bool {
        matches!(self, Self::Corrupt(_) | Self::Version { .. })
    }

    /// Wraps an error of the library while it reads a split.
    ///
    /// Blocks of a split are checked as they are read and a mismatch surfaces as an I/O error
    /// of kind `InvalidData`, so that kind, like the library's own complaint, means corruption.
    pub(super) fn reading(error: tantivy::TantivyError) -> Self {
        use tantivy::TantivyError as E;
        match error {
            E::IoError(io) if io.kind() != io::ErrorKind::InvalidData => {
                Self::Io(io::Error::new(io.kind(), io.to_string()))
            }
            other => Self::Corrupt(other.to_string()),
        }
    }

    /// Wraps an error of the library while it writes a split.
    pub(super) fn writing(error: tantivy::TantivyError) -> Self {
        match error {
            tantivy::TantivyError::IoError(io) => {
                Self::Io(io::Error::new(io.kind(), io.to_string()))
            }
            other => Self::Library(other.to_string()),
        }
    }
}
