//! An opened split: which rows match a query.
//!
//! Opening reads the table of the bundle and the library's own description, nothing else; the
//! file is mapped into memory and its pages are read (and checked) when a search needs them. A
//! `Split` is cheap to keep and safe to share: keep the ones in use, and repeated searches find
//! term dictionaries open and pages checked.

use super::bundle::Bundle;
use super::directory::BundleDirectory;
use super::error::IndexError;
use super::query::Query;
use super::schema::schema;
use std::io;
use std::path::Path;
use tantivy::directory::error::{OpenDirectoryError, OpenReadError};
use tantivy::directory::{MmapDirectory, OwnedBytes};
use tantivy::{Directory, Index, SegmentReader};

/// The index of one data file.
#[derive(Clone)]
pub struct Split {
    bundle: Bundle,
    reader: SegmentReader,
}

impl Split {
    /// Opens the split at `path`, mapped into memory.
    ///
    /// # Errors
    /// [`IndexError::Io`] if there is none, [`IndexError::Corrupt`] or [`IndexError::Version`]
    /// if it is not usable; in all three cases scan the data file instead.
    pub fn open(path: &Path) -> Result<Self, IndexError> {
        Self::from_owned(&map(path)?)
    }

    /// Opens a split that was read into memory, as from an object store.
    ///
    /// # Errors
    /// As [`Split::open`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, IndexError> {
        Self::from_owned(&OwnedBytes::new(bytes))
    }

    fn from_owned(bytes: &OwnedBytes) -> Result<Self, IndexError> {
        let bundle = Bundle::open(bytes)?;
        let folder = BundleDirectory(bundle.clone());
        let index = Index::open(folder).map_err(IndexError::reading)?;
        if index.schema() != schema() {
            return Err(IndexError::Corrupt("fields are not those of its version".to_owned()));
        }
        let segments = index.searchable_segments().map_err(IndexError::reading)?;
        let [segment] = segments.as_slice() else {
            return Err(IndexError::Corrupt("not exactly one segment".to_owned()));
        };
        let reader = SegmentReader::open(segment).map_err(IndexError::reading)?;
        if u64::from(reader.max_doc()) != bundle.rows() {
            return Err(IndexError::Corrupt("number of rows".to_owned()));
        }
        Ok(Self { bundle, reader })
    }

    /// Rows of the data file this split belongs to. A caller should compare it with the file's.
    #[must_use]
    pub fn num_rows(&self) -> u64 {
        self.bundle.rows()
    }

    /// The rows that match, ascending.
    ///
    /// # Errors
    /// [`IndexError::Corrupt`] if a page that the search needs is damaged; scan instead.
    pub fn rows(&self, query: &Query) -> Result<Vec<u32>, IndexError> {
        matching(&self.reader, query)
    }

    /// Reads and checks every byte.
    ///
    /// # Errors
    /// [`IndexError::Corrupt`].
    pub fn verify(&self) -> Result<(), IndexError> {
        self.bundle.verify()
    }
}

impl std::fmt::Debug for Split {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Split").field("rows", &self.num_rows()).finish_non_exhaustive()
    }
}

/// The documents of a segment that match, ascending: that is the order postings come in.
fn matching(reader: &SegmentReader, query: &Query) -> Result<Vec<u32>, IndexError> {
    if reader.max_doc() == 0 {
        // The library's bit sets panic on a segment without documents.
        return Ok(Vec::new());
    }
    super::evaluate::rows(query.root(), reader)
}

/// Maps a file into memory, by way of the library so that this crate needs no unsafe code.
fn map(path: &Path) -> Result<OwnedBytes, IndexError> {
    let name = path.file_name().ok_or(io::ErrorKind::NotFound).map_err(io::Error::from)?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = MmapDirectory::open(parent.unwrap_or(Path::new("."))).map_err(open_error)?;
    let file = folder.get_file_handle(Path::new(name)).map_err(read_error)?;
    Ok(file.read_bytes(0..file.len())?)
}

fn open_error(error: OpenDirectoryError) -> IndexError {
    match error {
        OpenDirectoryError::IoError { io_error, .. } => copy(&io_error),
        other => IndexError::Io(io::Error::new(io::ErrorKind::NotFound, other.to_string())),
    }
}

fn read_error(error: OpenReadError) -> IndexError {
    match error {
        OpenReadError::IoError { io_error, .. } => copy(&io_error),
        other => IndexError::Io(io::Error::new(io::ErrorKind::NotFound, other.to_string())),
    }
}

fn copy(error: &io::Error) -> IndexError {
    IndexError::Io(io::Error::new(error.kind(), error.to_string()))
}
