//! One batch: files of several tables that become visible together or not at all.

use super::Lake;
use super::error::{LakeError, Result};
use super::names::{self, PRIVATE};
use super::store::{Changes, NewFile};
use crate::record::schema::Table;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The application transaction that every sweep advances by one.
pub(super) const SWEEP_APP: &str = "reveille.sweep";

/// The application transaction that says a batch is committed.
pub(super) fn app_id(batch: &str) -> String {
    format!("reveille.batch.{batch}")
}

fn pending_dir(root: &Path) -> PathBuf {
    root.join(PRIVATE).join("pending")
}

fn marker_path(root: &Path, batch: &str) -> PathBuf {
    pending_dir(root).join(format!("{batch}.json"))
}

/// Batches and rewrites with a marker, sorted.
pub(super) fn pending(root: &Path) -> Result<Vec<String>> {
    let dir = pending_dir(root);
    let entries = match std::fs::read_dir(&dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(LakeError::io(&dir)(error)),
    };
    let mut batches: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect();
    batches.sort();
    Ok(batches)
}

/// A batch's marker, locked by its writer for as long as it lives. The lock goes when the
/// process does, whatever killed it; that is how `recover` knows a dead writer.
#[derive(Debug)]
pub(super) struct Marker {
    path: PathBuf,
    file: File,
}

impl Marker {
    pub(super) fn create(root: &Path, batch: &str) -> Result<Self> {
        let dir = pending_dir(root);
        std::fs::create_dir_all(&dir).map_err(LakeError::io(&dir))?;
        let path = marker_path(root, batch);
        // Locked before it has its name, so that nobody ever sees it without its lock.
        let partial = path.with_extension("new");
        match locked(&partial).and_then(|file| std::fs::rename(&partial, &path).map(|()| file)) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => {
                let _ = std::fs::remove_file(&partial);
                Err(LakeError::io(&path)(error))
            }
        }
    }

    /// Takes over the marker of a dead writer; `None` if the writer lives.
    pub(super) fn take_over(root: &Path, batch: &str) -> Result<Option<Self>> {
        let path = marker_path(root, batch);
        let file = match File::open(&path) {
            Ok(file) => file,
            // Its writer has just finished.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(LakeError::io(&path)(error)),
        };
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { path, file })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(LakeError::io(&path)(error)),
        }
    }

    pub(super) fn remove(self) -> Result<()> {
        let removed = match std::fs::remove_file(&self.path) {
            // Another process has cleaned up as well.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(LakeError::io(&self.path)),
        };
        drop(self.file);
        removed
    }
}

/// A new file with the number of this process in it, locked.
fn locked(path: &Path) -> std::io::Result<File> {
    let mut file = File::create(path)?;
    file.lock()?;
    writeln!(file, "{{\"pid\": {}}}", std::process::id())?;
    file.sync_all()?;
    Ok(file)
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    /// Visible in all tables.
    Committed,
    /// Its writer lives.
    Writing,
    /// Its writer is dead; invisible, and removed by the next sweep.
    Unfinished,
    /// Files of it are visible although it was never committed.
    Partial,
}

/// A batch that is being written.
#[derive(Debug)]
pub struct Batch {
    id: String,
    root: PathBuf,
    generation: i64,
    marker: Marker,
    numbers: BTreeMap<Table, usize>,
}

impl Batch {
    /// Starts a batch on top of the lake's loaded state.
    ///
    /// # Errors
    /// If the marker cannot be written.
    pub async fn begin(lake: &Lake) -> Result<Self> {
        let id = names::new_batch();
        let generation = lake.generation().await?;
        let marker = Marker::create(&lake.root, &id)?;
        Ok(Self { id, root: lake.root.clone(), generation, marker, numbers: BTreeMap::new() })
    }

    /// The id that goes into file names and the `batch_id` column.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Number of the batch in the lake, for the `batch_seq` column.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.generation + 1
    }

    /// The number of the next file of a table.
    pub fn next_number(&mut self, table: Table) -> usize {
        let number = self.numbers.entry(table).or_default();
        *number += 1;
        *number - 1
    }

    /// Makes all files visible: companions first, `events` last.
    ///
    /// # Errors
    /// [`LakeError::Conflict`] if another sweep committed since [`Batch::begin`]; nothing of
    /// this batch is visible then and its files are gone.
    pub async fn commit(self, lake: &mut Lake, files: Vec<NewFile>) -> Result<()> {
        match self.try_commit(lake, files).await {
            Ok(()) => self.marker.remove(),
            // A checkpoint or a look at the new version may fail after the commit itself.
            Err(error) => self.after_trouble(lake, error).await,
        }
    }

    /// After an error while committing: the commit itself may have landed (a checkpoint or a look
    /// at the new version may fail afterwards), and while that is not known nothing is removed.
    async fn after_trouble(self, lake: &mut Lake, error: LakeError) -> Result<()> {
        match lake.has_landed(&self.id).await {
            Ok(true) => {
                tracing::warn!(batch = %self.id, %error, "committed, but not without trouble");
                self.marker.remove()
            }
            Err(unknown) => {
                tracing::warn!(batch = %self.id, %unknown, "recovery is left to the next sweep");
                Err(error)
            }
            Ok(false) => {
                // The next writer would do the same; doing it now frees the disk.
                if let Err(cleanup) = lake.remove_batch(&self.id).await {
                    tracing::warn!(batch = %self.id, error = %cleanup, "cleanup is left to the next sweep");
                    return Err(error);
                }
                self.marker.remove()?;
                Err(error)
            }
        }
    }

    /// Gives the batch up and removes its files.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub async fn abort(self, lake: &mut Lake) -> Result<()> {
        lake.remove_batch(&self.id).await?;
        self.marker.remove()
    }

    async fn try_commit(&self, lake: &mut Lake, files: Vec<NewFile>) -> Result<()> {
        let mut tables: BTreeMap<Table, Vec<NewFile>> = BTreeMap::new();
        for file in files {
            tables.entry(file.table).or_default().push(file);
        }
        for table in Table::ALL {
            let add = tables.remove(&table).unwrap_or_default();
            let last = table == Table::Events;
            if add.is_empty() && !last {
                continue;
            }
            fail_point(if last { "before-events-commit" } else { "before-companion-commit" });
            let mut changes = Changes { add, data_change: true, ..Changes::default() };
            if last {
                changes.transactions =
                    vec![(SWEEP_APP.to_owned(), self.seq()), (app_id(&self.id), 1)];
            }
            lake.commit_to(table, changes, last.then_some(self.generation)).await?;
        }
        fail_point("after-events-commit");
        debug_assert_eq!(self.root, lake.root);
        Ok(())
    }
}

impl Lake {
    /// Whether a batch is committed, by a fresh look at the log.
    async fn has_landed(&mut self, batch: &str) -> Result<bool> {
        if let Some(events) = self.stores.get_mut(&Table::Events) {
            events.refresh().await?;
        }
        self.is_committed(batch).await
    }

    /// Every batch that has files or a marker, with its state, as loaded last.
    ///
    /// # Errors
    /// If a log or a marker cannot be read.
    pub async fn batches(&self) -> Result<BTreeMap<String, BatchState>> {
        let mut states = BTreeMap::new();
        let pending = pending(&self.root)?;
        for (table, store) in &self.stores {
            for batch in store.files()?.files.into_iter().filter_map(|file| file.batch) {
                // The commit that adds a batch's events is the one that decides.
                let known = states.get(&batch) == Some(&BatchState::Committed);
                let committed =
                    known || *table == Table::Events || self.is_committed(&batch).await?;
                let state = if committed { BatchState::Committed } else { BatchState::Partial };
                states.insert(batch, state);
            }
        }
        for batch in pending.into_iter().filter(|batch| names::is_batch(batch)) {
            if states.get(&batch) != Some(&BatchState::Committed) {
                let dead = Marker::take_over(&self.root, &batch)?.is_some();
                let state = if dead { BatchState::Unfinished } else { BatchState::Writing };
                states.insert(batch, state);
            }
        }
        Ok(states)
    }

    async fn commit_to(
        &mut self,
        table: Table,
        changes: Changes,
        generation: Option<i64>,
    ) -> Result<()> {
        let Some(store) = self.stores.get_mut(&table) else {
            return Err(LakeError::Missing(self.root.clone()));
        };
        // A fresh snapshot with the same transaction would be accepted again, so it is checked
        // here; a stale one is refused by the log itself.
        if let Some(expected) = generation {
            let found = store.transaction(SWEEP_APP).await?.unwrap_or(0);
            if found != expected {
                return Err(LakeError::Conflict);
            }
        } else {
            store.refresh().await?;
        }
        store.commit(changes).await
    }
}

/// Ends the process here if `REVEILLE_FAIL_POINT` names this point: tests kill a sweep at the
/// places where a crash hurts most. Costs one look-up per commit and large file.
pub(crate) fn fail_point(name: &str) {
    if std::env::var_os("REVEILLE_FAIL_POINT").is_some_and(|wanted| wanted == name) {
        std::process::abort();
    }
}
