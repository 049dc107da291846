//! A bundle as a read-only folder of the index library, and a folder's files as bundle files.
//!
//! The library names a segment's files after a random id. In a bundle the id is zero, so that
//! the same rows give the same bytes.

use super::bundle::{Blocks, Bundle};
use super::error::IndexError;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tantivy::directory::error::{DeleteError, OpenReadError, OpenWriteError};
use tantivy::directory::{FileHandle, FileSlice, OwnedBytes, WatchCallback, WatchHandle, WritePtr};
use tantivy::index::SegmentComponent;
use tantivy::{Directory, HasLen, Index};

const META: &str = "meta.json";
/// The parts a segment of ours can have; nothing is stored and nothing is deleted.
const COMPONENTS: &[SegmentComponent] = &[
    SegmentComponent::Postings,
    SegmentComponent::Positions,
    SegmentComponent::FastFields,
    SegmentComponent::FieldNorms,
    SegmentComponent::Terms,
    SegmentComponent::Store,
];
/// The id every segment has in a bundle.
const NO_ID: &str = "00000000000000000000000000000000";
const NO_ID_HYPHENS: &str = "00000000-0000-0000-0000-000000000000";

/// Read-only view of a bundle.
#[derive(Debug, Clone)]
pub(super) struct BundleDirectory(pub(super) Bundle);

impl BundleDirectory {
    fn blocks(&self, path: &Path) -> Result<&Arc<Blocks>, OpenReadError> {
        let found = path.to_str().and_then(|name| self.0.file(name));
        found.ok_or_else(|| OpenReadError::FileDoesNotExist(path.to_owned()))
    }
}

impl Directory for BundleDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        Ok(Arc::new(Handle(Arc::clone(self.blocks(path)?))))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        let io_error = Arc::new(read_only());
        Err(DeleteError::IoError { io_error, filepath: path.to_owned() })
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(self.blocks(path).is_ok())
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Err(OpenWriteError::wrap_io_error(read_only(), path.to_owned()))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let blocks = self.blocks(path)?;
        let bytes = blocks.read(0..blocks.len());
        let bytes = bytes.map_err(|e| OpenReadError::wrap_io_error(e, path.to_owned()))?;
        Ok(bytes.as_slice().to_vec())
    }

    fn atomic_write(&self, _path: &Path, _data: &[u8]) -> io::Result<()> {
        Err(read_only())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn watch(&self, _callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

fn read_only() -> io::Error {
    io::Error::new(io::ErrorKind::ReadOnlyFilesystem, "a split is never changed")
}

/// One file of a bundle.
#[derive(Debug)]
struct Handle(Arc<Blocks>);

impl HasLen for Handle {
    fn len(&self) -> usize {
        self.0.len()
    }
}

impl FileHandle for Handle {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        self.0.read(range)
    }
}

/// The files of an index of one segment, as they go into a bundle.
///
/// # Errors
/// If the folder cannot be read, or the index has not exactly one segment.
pub(super) fn bundle_files(
    index: &Index,
    folder: &dyn Directory,
) -> Result<Vec<(String, FileSlice)>, IndexError> {
    let segments = index.searchable_segment_metas().map_err(IndexError::writing)?;
    let [segment] = segments.as_slice() else {
        return Err(IndexError::Library(format!("{} segments instead of one", segments.len())));
    };
    let id = segment.id().uuid_string();
    let meta = folder.atomic_read(Path::new(META)).map_err(|e| IndexError::writing(e.into()))?;
    let meta = without_id(&String::from_utf8_lossy(&meta), &id);
    let mut files = vec![(META.to_owned(), FileSlice::from(meta.into_bytes()))];
    let mut paths: Vec<PathBuf> =
        COMPONENTS.iter().map(|part| segment.relative_path(part.clone())).collect();
    paths.sort();
    for path in paths {
        // The segment's list names files that may not exist, such as positions.
        if let Ok(slice) = folder.open_read(&path) {
            let name = path.to_string_lossy().replace(&id, NO_ID);
            files.push((name, slice));
        }
    }
    Ok(files)
}

fn without_id(meta: &str, id: &str) -> String {
    let mut hyphens = id.to_owned();
    for at in [20, 16, 12, 8] {
        if hyphens.is_char_boundary(at) {
            hyphens.insert(at, '-');
        }
    }
    meta.replace(id, NO_ID).replace(&hyphens, NO_ID_HYPHENS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_segment_id_is_replaced_in_both_spellings() {
        let id = "0123456789abcdef0123456789abcdef";
        let meta = format!("{id} 01234567-89ab-cdef-0123-456789abcdef");
        assert_eq!(without_id(&meta, id), format!("{NO_ID} {NO_ID_HYPHENS}"));
    }
}
