//! What can go wrong with a lake, by what a caller can do about it.

use parquet::errors::ParquetError;
use std::path::{Path, PathBuf};

/// Result of lake operations.
pub type Result<T> = std::result::Result<T, LakeError>;

/// A failure of the lake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// There is no lake at this path.
    #[error("no lake at {0}: run `reveille sweep PATH --lake {0}` to make one")]
    Missing(PathBuf),
    /// The folder holds something else.
    #[error("{0} is not empty and is no lake; name an empty or new folder")]
    NotALake(PathBuf),
    /// Written by a newer version of Reveille.
    #[error(
        "the lake at {path} has format version {found}, this program knows {known}: upgrade reveille"
    )]
    Newer {
        /// The lake.
        path: PathBuf,
        /// Version found.
        found: u32,
        /// Newest version this program knows.
        known: u32,
    },
    /// Another writer committed the same sources first.
    #[error("another sweep has read the same sources meanwhile")]
    Conflict,
    /// The file system.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The Delta log.
    #[error("delta table `{table}`: {source}")]
    Delta {
        /// The table.
        table: &'static str,
        /// What the library says.
        source: Box<deltalake_core::DeltaTableError>,
    },
    /// A Parquet file.
    #[error("{path}: {source}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the library says.
        source: ParquetError,
    },
    /// Arrow data that does not fit its table.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// A small JSON file of ours that cannot be read.
    #[error("{path}: {source}")]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// The index folder of a data file.
    #[error("index split of {path}: {message}")]
    Index {
        /// The data file.
        path: PathBuf,
        /// What the index says.
        message: String,
    },
}

impl LakeError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    pub(crate) fn parquet(path: &Path) -> impl Fn(ParquetError) -> Self + '_ {
        move |source| match io_error(source) {
            Ok(source) => Self::Io { path: path.to_owned(), source },
            Err(source) => Self::Parquet { path: path.to_owned(), source },
        }
    }

    pub(crate) fn delta(
        table: &'static str,
    ) -> impl FnOnce(deltalake_core::DeltaTableError) -> Self {
        move |source| Self::Delta { table, source: Box::new(source) }
    }
}

/// What the system says, if that is all there is to say: a full disk is no fault of Parquet.
fn io_error(error: ParquetError) -> std::result::Result<std::io::Error, ParquetError> {
    let ParquetError::External(inner) = error else { return Err(error) };
    match inner.downcast::<std::io::Error>() {
        Ok(io) => Ok(*io),
        Err(inner) => match inner.downcast::<ParquetError>() {
            Ok(inner) => io_error(*inner),
            Err(inner) => Err(ParquetError::External(inner)),
        },
    }
}
