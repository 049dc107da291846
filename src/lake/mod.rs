//! The lake: Delta tables on plain files, written exactly once.
//!
//!   sweep -> `Batch` (files of all tables) -> companion commits -> `events` commit
//!
//! Delta commits are per table, a sweep writes several. So every batch has an id that stands in
//! the name of each of its files; a marker in `_reveille/pending/` says that it is being
//! written; the companion tables are committed first and `events` last, together with an
//! application transaction that names the batch. A batch whose `events` commit never came is
//! invisible (`snapshot`) and is removed by the next writer (`recover`).
//!
//! Files that only rearrange rows (`Rewrite`) belong to no batch: they replace committed files of
//! one table in one commit. `vacuum` deletes what is no longer part of any table.
//!
//! Concurrent sweeps advance the same application transaction, so the slower one fails to
//! commit and must look again at what is new ([`LakeError::Conflict`]).
//!
//! Knows Parquet and Delta; knows nothing of transcripts, detectors or SQL.

mod batch;
mod error;
mod ids;
mod merge;
pub mod names;
mod owned;
mod read;
mod recover;
mod rewrite;
mod snapshot;
mod stats;
mod store;
mod vacuum;
mod version;
mod writer;

pub(crate) use batch::fail_point;
pub use batch::{Batch, BatchState};
pub use error::{LakeError, Result};
pub use ids::EventIds;
pub use merge::{Concat, MAX_CHAINS, Merge};
pub use read::{footer_rows, read_file, read_owned, read_table};
pub use rewrite::Rewrite;
pub use snapshot::{DataFile, Snapshot, TableFiles};
pub use store::NewFile;
pub use vacuum::{Unused, Vacuum};
pub use writer::FileWriter;

use crate::record::schema::Table;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use store::Store;

/// A lake in a folder.
pub struct Lake {
    root: PathBuf,
    stores: BTreeMap<Table, Store>,
}

impl Lake {
    /// Whether `root` is a lake, of whatever version.
    #[must_use]
    pub fn is_one(root: &Path) -> bool {
        owned::is_lake(root)
    }

    /// The lake that a path is a part of: its tables and what is private to it, not everything that lies
    /// in its folder.
    #[must_use]
    pub fn owner(path: &Path) -> Option<&Path> {
        owned::owner(path)
    }

    /// Opens an existing lake.
    ///
    /// # Errors
    /// [`LakeError::Missing`] if there is none, [`LakeError::Newer`] if it is from the future.
    pub async fn open(root: &Path) -> Result<Self> {
        version::check(root)?;
        let mut lake = Self { root: root.to_owned(), stores: BTreeMap::new() };
        for table in Table::ALL {
            if let Some(store) = Store::open(table, &lake.dir(table)).await? {
                lake.stores.insert(table, store);
            }
        }
        Ok(lake)
    }

    /// Opens a lake, making it if the folder is new or empty.
    ///
    /// # Errors
    /// [`LakeError::NotALake`] if the folder holds something else.
    pub async fn open_or_create(root: &Path) -> Result<Self> {
        version::create(root)?;
        let mut lake = Self { root: root.to_owned(), stores: BTreeMap::new() };
        for table in Table::ALL {
            let store = Store::open_or_create(table, &lake.dir(table)).await?;
            lake.stores.insert(table, store);
        }
        Ok(lake)
    }

    /// The lake's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of a table.
    #[must_use]
    pub fn dir(&self, table: Table) -> PathBuf {
        self.root.join(table.name())
    }

    /// Loads what others have committed meanwhile.
    ///
    /// # Errors
    /// If a log cannot be read.
    pub async fn refresh(&mut self) -> Result<()> {
        for store in self.stores.values_mut() {
            store.refresh().await?;
        }
        Ok(())
    }

    /// The committed state as it was loaded last.
    ///
    /// # Errors
    /// If a log cannot be read.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let hidden = self.uncommitted().await?;
        let mut snapshot = Snapshot::default();
        for (table, store) in &self.stores {
            let mut files = store.files()?;
            files
                .files
                .retain(|file| file.batch.as_ref().is_none_or(|batch| !hidden.contains(batch)));
            snapshot.tables.insert(*table, files);
        }
        Ok(snapshot)
    }

    /// Batches that are being written or were left unfinished.
    async fn uncommitted(&self) -> Result<Vec<String>> {
        let mut open = Vec::new();
        for batch in batch::pending(&self.root)? {
            if names::is_batch(&batch) && !self.is_committed(&batch).await? {
                open.push(batch);
            }
        }
        Ok(open)
    }

    async fn is_committed(&self, batch: &str) -> Result<bool> {
        match self.stores.get(&Table::Events) {
            Some(events) => Ok(events.transaction(&batch::app_id(batch)).await?.is_some()),
            None => Ok(false),
        }
    }

    /// How many batches have been committed; goes up by one with each.
    ///
    /// # Errors
    /// If the log of `events` cannot be read.
    pub async fn generation(&self) -> Result<i64> {
        match self.stores.get(&Table::Events) {
            Some(events) => Ok(events.transaction(batch::SWEEP_APP).await?.unwrap_or(0)),
            None => Ok(0),
        }
    }
}

impl std::fmt::Debug for Lake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lake").field("root", &self.root).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
