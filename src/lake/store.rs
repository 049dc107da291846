//! One Delta table: create, load, commit. The only file that names `deltalake_core`, besides
//! the error.
//!
//! Data files and their statistics are made by us (see `writer`), because the library's own
//! writer keeps neither row order nor types (LAKE, "must-dos"); the library does the log.

use super::error::{LakeError, Result};
use super::names;
use super::snapshot::{DataFile, TableFiles};
use crate::record::schema::Table;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake_core::kernel::{Action, Add, StructType, Transaction};
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::{DeltaTable, DeltaTableError};
use futures::TryStreamExt as _;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A table of the lake with its log.
pub(crate) struct Store {
    table: Table,
    dir: PathBuf,
    delta: DeltaTable,
}

/// A data file ready to be committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Table it belongs to.
    pub table: Table,
    /// Name relative to the table's folder.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Rows.
    pub rows: u64,
    /// Delta statistics as JSON.
    pub stats: String,
}

/// What one commit does to one table.
///
/// Rows that are only rearranged (`data_change` is false) must not meet any other commit: the
/// log does not notice two commits that rearrange the same files, and both would stay.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) add: Vec<NewFile>,
    pub(crate) remove: Vec<String>,
    pub(crate) transactions: Vec<(String, i64)>,
    /// Rows are new (`true`) or only rearranged (compaction).
    pub(crate) data_change: bool,
}

impl Store {
    /// Opens the table in `dir`; `None` if it does not exist.
    pub(crate) async fn open(table: Table, dir: &Path) -> Result<Option<Self>> {
        if !dir.join("_delta_log").is_dir() {
            return Ok(None);
        }
        let url = table_url(dir)?;
        let failed = LakeError::delta(table.name());
        let mut delta = DeltaTable::try_from_url(url).await.map_err(failed)?;
        if delta.version().is_none() {
            match delta.load().await {
                Ok(()) => {}
                // A crash between making the folder and the first commit leaves an empty log.
                Err(DeltaTableError::NotATable(_)) => return Ok(None),
                Err(error) => return Err(LakeError::delta(table.name())(error)),
            }
        }
        Ok(Some(Self { table, dir: dir.to_owned(), delta }))
    }

    /// Opens the table in `dir`, making it if it does not exist.
    pub(crate) async fn open_or_create(table: Table, dir: &Path) -> Result<Self> {
        if let Some(store) = Self::open(table, dir).await? {
            return Ok(store);
        }
        std::fs::create_dir_all(dir).map_err(LakeError::io(dir))?;
        match Self::create(table, dir).await {
            Ok(store) => Ok(store),
            // Another process made it at the same moment.
            Err(error) => Self::open(table, dir).await?.ok_or(error),
        }
    }

    async fn create(table: Table, dir: &Path) -> Result<Self> {
        let schema: StructType = table.schema().as_ref().try_into_kernel()?;
        let url = table_url(dir)?;
        let failed = LakeError::delta(table.name());
        let delta = DeltaTable::try_from_url(url).await.map_err(failed)?;
        let create = delta
            .create()
            .with_table_name(table.name())
            .with_comment("written by reveille")
            .with_columns(schema.fields().cloned());
        let delta = create.await.map_err(LakeError::delta(table.name()))?;
        Ok(Self { table, dir: dir.to_owned(), delta })
    }

    /// Loads what others have committed meanwhile.
    pub(crate) async fn refresh(&mut self) -> Result<()> {
        self.delta.update_state().await.map_err(LakeError::delta(self.table.name()))
    }

    /// The Delta version that is loaded.
    pub(crate) fn version(&self) -> u64 {
        self.delta.version().unwrap_or_default()
    }

    /// The version of an application transaction.
    pub(crate) async fn transaction(&self, app: &str) -> Result<Option<i64>> {
        let failed = |error| LakeError::delta(self.table.name())(error);
        let snapshot = self.delta.snapshot().map_err(failed)?;
        let log = self.delta.log_store();
        snapshot.transaction_version(log.as_ref(), app).await.map_err(failed)
    }

    /// The data files of the loaded version, by path.
    pub(crate) fn files(&self) -> Result<TableFiles> {
        let snapshot = self.delta.snapshot().map_err(LakeError::delta(self.table.name()))?;
        let mut files: Vec<DataFile> = snapshot
            .log_data()
            .iter()
            .map(|view| {
                let path = view.path().into_owned();
                DataFile {
                    split: names::split_of(self.table, &path),
                    batch: names::batch_of(&path).map(str::to_owned),
                    size: u64::try_from(view.size()).unwrap_or_default(),
                    rows: view.num_records().map(|rows| rows as u64),
                    stats: view.stats(),
                    has_deletions: view.deletion_vector_descriptor().is_some(),
                    modified_millis: view.modification_time(),
                    path,
                }
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(TableFiles { dir: self.dir.clone(), version: self.version(), files })
    }

    /// When files that are no longer part of the table were removed from it, in milliseconds
    /// since the epoch, as far as the log still knows.
    pub(crate) async fn removed(&self) -> Result<BTreeMap<String, i64>> {
        let failed = |error| LakeError::delta(self.table.name())(error);
        let snapshot = self.delta.snapshot().map_err(failed)?;
        let log = self.delta.log_store();
        let mut tombstones = snapshot.all_tombstones(log.as_ref());
        let mut removed = BTreeMap::new();
        while let Some(tombstone) = tombstones.try_next().await.map_err(failed)? {
            if let Some(millis) = tombstone.deletion_timestamp() {
                removed.insert(tombstone.path().into_owned(), millis);
            }
        }
        Ok(removed)
    }

    /// Commits changes on top of the loaded version.
    ///
    /// # Errors
    /// [`LakeError::Conflict`] if one of the transactions has advanced since, if files to remove
    /// are gone, or, for a change that only rearranges rows, if there is any newer version.
    pub(crate) async fn commit(&mut self, changes: Changes) -> Result<()> {
        let name = self.table.name();
        let removed = self.removals(&changes)?;
        let mut properties = CommitProperties::default();
        for (app, version) in &changes.transactions {
            properties = properties.with_application_transaction(Transaction::new(app, *version));
        }
        let mut operation =
            DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
        let data_change = changes.data_change;
        if !data_change {
            properties = properties.with_max_retries(0);
            operation = DeltaOperation::Optimize { predicate: None, target_size: 0 };
        }
        let mut actions = removed;
        actions.extend(changes.add.into_iter().map(|file| Action::Add(add(file, data_change))));
        let snapshot = self.delta.snapshot().map_err(LakeError::delta(name))?;
        let commit = CommitBuilder::from(properties).with_actions(actions).build(
            Some(snapshot),
            self.delta.log_store(),
            operation,
        );
        match commit.await {
            Ok(_) => self.refresh().await,
            Err(error) if is_conflict(&error) => Err(LakeError::Conflict),
            Err(error) => Err(LakeError::delta(name)(error)),
        }
    }

    fn removals(&self, changes: &Changes) -> Result<Vec<Action>> {
        if changes.remove.is_empty() {
            return Ok(Vec::new());
        }
        let snapshot = self.delta.snapshot().map_err(LakeError::delta(self.table.name()))?;
        let wanted: BTreeSet<&str> = changes.remove.iter().map(String::as_str).collect();
        let gone: Vec<Action> = snapshot
            .log_data()
            .iter()
            .filter(|view| wanted.contains(view.path().as_ref()))
            .map(|view| Action::Remove(view.remove_action(changes.data_change)))
            .collect();
        if gone.len() == wanted.len() { Ok(gone) } else { Err(LakeError::Conflict) }
    }
}

fn add(file: NewFile, data_change: bool) -> Add {
    let now = chrono::Utc::now().timestamp_millis();
    Add {
        path: file.path,
        partition_values: std::collections::HashMap::new(),
        size: i64::try_from(file.size).unwrap_or(i64::MAX),
        modification_time: now,
        data_change,
        stats: Some(file.stats),
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
        clustering_provider: None,
    }
}

fn is_conflict(error: &DeltaTableError) -> bool {
    use TransactionError::{CommitConflict, MaxCommitAttempts, VersionAlreadyExists};
    let DeltaTableError::Transaction { source } = error else {
        return matches!(error, DeltaTableError::VersionAlreadyExists(_));
    };
    matches!(source, CommitConflict(_) | MaxCommitAttempts(_) | VersionAlreadyExists(_))
}

fn table_url(dir: &Path) -> Result<url::Url> {
    let absolute = std::path::absolute(dir).map_err(LakeError::io(dir))?;
    url::Url::from_directory_path(&absolute).map_err(|()| LakeError::NotALake(absolute))
}
