//! What holds for all sources of a run, and what they are called.
//!
//! A source is named by its path. Standard input has none: it is called `-`, lies in a file of the run's
//! own, which nobody is told of, and is known by its content.

use crate::formats::registry::Forced;
use crate::ingest::container::Limits;
use crate::ingest::walk;
use crate::record::{Id16, Id32};
use std::path::{Path, PathBuf};

/// What holds for all sources of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Goes into every id and the `tenant` column; empty if there is only one.
    pub tenant: String,
    /// Longest record that is read.
    pub max_record: u64,
    /// Bounds of decompression.
    pub limits: Limits,
    /// Keep the bytes of records, not only their hashes.
    pub keep_raw: bool,
    /// The sources are finished: an unfinished record at the end is broken.
    pub finished: bool,
    /// Read everything as this.
    pub forced: Option<Forced>,
    /// Bytes of records after which a source may be left and resumed. Archives have no such
    /// place before their end.
    pub checkpoint_bytes: u64,
    /// What [`STDIN`] stands for.
    pub stdin: Option<Spooled>,
}

/// What standard input is called, wherever a source is named.
pub const STDIN: &str = "-";

/// Standard input, put on disk because it cannot be read twice.
#[derive(Debug, Clone)]
pub struct Spooled {
    /// The file it lies in as long as the sweep lasts.
    pub file: PathBuf,
    /// Hash of its bytes: it has no path that would tell one from another.
    pub hash: Id32,
}

impl Options {
    fn spooled(&self, path: &Path) -> Option<&Spooled> {
        self.stdin.as_ref().filter(|_| path.as_os_str() == STDIN)
    }

    /// The file that a source of this name lies in.
    #[must_use]
    pub fn file<'p>(&'p self, path: &'p Path) -> &'p Path {
        self.spooled(path).map_or(path, |spooled| &spooled.file)
    }

    /// The id of the source of this name.
    #[must_use]
    pub fn file_id(&self, path: &Path) -> Id16 {
        let reading = self.reading();
        match self.spooled(path) {
            None => walk::file_id(path, reading),
            Some(spooled) => {
                let reading = reading.unwrap_or_default();
                Id16::of("stdin", &[spooled.hash.as_bytes(), reading.as_bytes()])
            }
        }
    }

    /// The reading, if what was read in another says nothing of it.
    #[must_use]
    pub fn reading(&self) -> Option<&'static str> {
        self.forced.as_ref().and_then(Forced::reading)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tenant: String::new(),
            max_record: 256 << 20,
            limits: Limits::default(),
            keep_raw: true,
            finished: false,
            forced: None,
            checkpoint_bytes: super::CHECKPOINT_BYTES,
            stdin: None,
        }
    }
}
