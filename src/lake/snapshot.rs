//! The committed state of the lake: which data files each table has right now.
//!
//! A companion table may hold files of a batch whose `events` commit never came (a crash
//! between two commits). They are left out here, so that nobody sees half a batch; `recover`
//! removes them for good.

use crate::record::schema::Table;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// All tables at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Tables by name; a table nobody has written to has no files.
    pub tables: BTreeMap<Table, TableFiles>,
}

/// The data files of one table.
#[derive(Debug, Clone, Default)]
pub struct TableFiles {
    /// Folder that paths are relative to.
    pub dir: PathBuf,
    /// Delta version of the table.
    pub version: u64,
    /// Visible data files, oldest first (by path).
    pub files: Vec<DataFile>,
}

/// One Parquet file of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataFile {
    /// Path relative to the table's folder.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Rows, if the commit says so.
    pub rows: Option<u64>,
    /// Delta's statistics (JSON with numRecords, minValues, maxValues, nullCount).
    pub stats: Option<String>,
    /// Where its index split is to be, relative to the table's folder; there may be none yet.
    pub split: Option<String>,
    /// Batch that wrote it; none after compaction or if another tool wrote the file.
    pub batch: Option<String>,
    /// Whether another tool has marked some of its rows as deleted.
    pub has_deletions: bool,
    /// Milliseconds since the epoch when it was written.
    pub modified_millis: i64,
}

impl Snapshot {
    /// The visible files of a table.
    #[must_use]
    pub fn files(&self, table: Table) -> &[DataFile] {
        self.tables.get(&table).map_or(&[], |files| &files.files)
    }

    /// The folder of a table, if it exists.
    #[must_use]
    pub fn dir(&self, table: Table) -> Option<&PathBuf> {
        self.tables.get(&table).map(|files| &files.dir)
    }

    /// Rows of a table as far as commits say.
    #[must_use]
    pub fn rows(&self, table: Table) -> u64 {
        self.files(table).iter().filter_map(|file| file.rows).sum()
    }
}

impl TableFiles {
    /// The absolute path of a file.
    #[must_use]
    pub fn absolute(&self, file: &DataFile) -> PathBuf {
        self.dir.join(&file.path)
    }

    /// The absolute path of a file's index split.
    #[must_use]
    pub fn absolute_split(&self, file: &DataFile) -> Option<PathBuf> {
        file.split.as_ref().map(|split| self.dir.join(split))
    }
}
