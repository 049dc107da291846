//! A folder of the index library in memory, for segments on their way into a bundle.
//!
//! The library's own keeps each file in one growing piece, which is copied whenever it has to
//! grow; here a file is a list of blocks, none of which moves, and memory is what was written.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tantivy::directory::error::{DeleteError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, FileHandle, OwnedBytes, TerminatingWrite, WatchCallback, WatchHandle, WritePtr,
};
use tantivy::{Directory, HasLen};

/// Bytes of a block.
const BLOCK: usize = 64 << 10;

/// The folder; clones share its files.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory(Arc<Mutex<BTreeMap<PathBuf, Arc<Blocks>>>>);

/// A file: all blocks but the last are full.
#[derive(Debug, Default)]
struct Blocks {
    blocks: Vec<Vec<u8>>,
    len: usize,
}

impl Memory {
    fn files(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Arc<Blocks>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, path: &Path) -> Result<Arc<Blocks>, OpenReadError> {
        let file = self.files().get(path).cloned();
        file.ok_or_else(|| OpenReadError::FileDoesNotExist(path.to_owned()))
    }
}

impl Blocks {
    fn append(&mut self, mut bytes: &[u8]) {
        self.len += bytes.len();
        while !bytes.is_empty() {
            match self.blocks.last_mut() {
                Some(last) if last.len() < BLOCK => {
                    let (now, later) = bytes.split_at(bytes.len().min(BLOCK - last.len()));
                    last.extend_from_slice(now);
                    bytes = later;
                }
                _ => self.blocks.push(Vec::new()),
            }
        }
    }

    fn read(&self, range: Range<usize>) -> Vec<u8> {
        let mut out = Vec::with_capacity(range.len());
        let mut at = range.start;
        while at < range.end {
            let Some(block) = self.blocks.get(at / BLOCK) else { break };
            let from = at % BLOCK;
            let to = block.len().min(from + (range.end - at));
            let Some(part) = block.get(from..to).filter(|part| !part.is_empty()) else { break };
            out.extend_from_slice(part);
            at += part.len();
        }
        out
    }
}

impl HasLen for Blocks {
    fn len(&self) -> usize {
        self.len
    }
}

impl FileHandle for Blocks {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        let wanted = range.len();
        let bytes = self.read(range);
        if bytes.len() < wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(OwnedBytes::new(bytes))
    }
}

impl Directory for Memory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        Ok(self.file(path)?)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        let removed = self.files().remove(path);
        removed.map(drop).ok_or_else(|| DeleteError::FileDoesNotExist(path.to_owned()))
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(self.files().contains_key(path))
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let mut files = self.files();
        if files.contains_key(path) {
            return Err(OpenWriteError::FileAlreadyExists(path.to_owned()));
        }
        files.insert(path.to_owned(), Arc::default());
        let file = Writer { folder: self.clone(), path: path.to_owned(), file: Blocks::default() };
        Ok(BufWriter::new(Box::new(file)))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let file = self.file(path)?;
        Ok(file.read(0..file.len))
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        let mut file = Blocks::default();
        file.append(data);
        self.files().insert(path.to_owned(), Arc::new(file));
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn watch(&self, _callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

/// A file being written; the folder has it once it is terminated.
struct Writer {
    folder: Memory,
    path: PathBuf,
    file: Blocks,
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.append(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TerminatingWrite for Writer {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        let file = Arc::new(std::mem::take(&mut self.file));
        self.folder.files().insert(self.path.clone(), file);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_in_any_range() {
        let folder = Memory::default();
        let path = Path::new("a");
        let bytes: Vec<u8> = (0..2 * BLOCK + 100).map(|at| (at % 251) as u8).collect();
        let mut file = folder.open_write(path).unwrap();
        for part in bytes.chunks(30_011) {
            file.write_all(part).unwrap();
        }
        file.terminate().unwrap();
        assert!(folder.open_write(path).is_err(), "it is there already");
        let file = folder.clone().open_read(path).unwrap();
        assert_eq!(file.len(), bytes.len());
        for range in [0..0, 0..1, BLOCK - 1..BLOCK + 1, 5..2 * BLOCK + 99, 0..bytes.len()] {
            assert_eq!(file.read_bytes_slice(range.clone()).unwrap().as_slice(), &bytes[range]);
        }
        folder.delete(path).unwrap();
        assert!(folder.delete(path).is_err() && !folder.exists(path).unwrap());
        assert_eq!(file.read_bytes().unwrap().len(), bytes.len(), "who has it open keeps it");
        folder.atomic_write(path, b"one").unwrap();
        folder.atomic_write(path, b"two").unwrap();
        assert_eq!(folder.atomic_read(path).unwrap(), b"two");
    }
}
