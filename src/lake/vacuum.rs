//! Finds and deletes files that are no longer part of any table: data files that were replaced,
//! their index splits, and what crashed writers left.
//!
//! A file may go when it has been out of its table for the time to keep: readers of older
//! versions need it until then. Files of live writers are recognised by their markers and stay
//! whatever their age. Files that other tools have not committed yet cannot be told from their
//! garbage, so these stay for a day at least.

use super::Lake;
use super::batch;
use super::error::{LakeError, Result};
use super::names::{self, PRIVATE};
use crate::record::schema::Table;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const FOREIGN_KEEP: Duration = Duration::from_secs(24 * 3600);

/// A file that can go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// Where it lies.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
}

/// What a vacuum found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vacuum {
    /// Files to delete, sorted.
    pub unused: Vec<Unused>,
    /// Unused files that are too young to go.
    pub kept: usize,
    /// Batches of dead writers that were removed.
    pub recovered: usize,
}

/// A file on disk.
struct Found {
    /// Relative to the table's folder.
    name: String,
    size: u64,
    modified: SystemTime,
}

impl Lake {
    /// Finds what has not been in use for `keep`, and deletes it unless `dry_run`.
    ///
    /// # Errors
    /// If a folder or log cannot be read or a file not be deleted.
    pub async fn vacuum(&mut self, keep: Duration, dry_run: bool) -> Result<Vacuum> {
        let recovered = if dry_run { 0 } else { self.recover().await? };
        let mut vacuum = Vacuum { recovered, ..Vacuum::default() };
        let now = SystemTime::now();
        // In this order: a file that is on disk, has no live writer and is not committed by
        // then can never become part of its table.
        let mut found: BTreeMap<Table, Vec<Found>> = BTreeMap::new();
        for table in self.stores.keys() {
            found.insert(*table, list(&self.dir(*table))?);
        }
        let live: BTreeSet<String> = batch::pending(&self.root)?.into_iter().collect();
        self.refresh().await?;
        for (table, files) in found {
            let Some(store) = self.stores.get(&table) else { continue };
            let used = used(table, store.files()?.files.into_iter().map(|file| file.path));
            let removed = with_splits(table, store.removed().await?);
            for file in files.into_iter().filter(|file| !used.contains(&file.name)) {
                if is_young(&file, removed.get(&file.name), &live, now, keep) {
                    vacuum.kept += 1;
                    continue;
                }
                let path = self.dir(table).join(&file.name);
                if !dry_run {
                    std::fs::remove_file(&path).map_err(LakeError::io(&path))?;
                }
                vacuum.unused.push(Unused { path, size: file.size });
            }
        }
        vacuum.unused.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(vacuum)
    }
}

/// Data files with their splits.
fn used(table: Table, paths: impl Iterator<Item = String>) -> BTreeSet<String> {
    paths.flat_map(|path| names::split_of(table, &path).into_iter().chain([path])).collect()
}

fn with_splits(table: Table, removed: BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    let both = |(path, millis): (String, i64)| {
        names::split_of(table, &path).into_iter().chain([path]).map(move |path| (path, millis))
    };
    removed.into_iter().flat_map(both).collect()
}

/// Whether an unused file must stay for now.
fn is_young(
    file: &Found,
    removed_millis: Option<&i64>,
    live: &BTreeSet<String>,
    now: SystemTime,
    keep: Duration,
) -> bool {
    let base = file.name.rsplit('/').next().unwrap_or_default();
    let writer = names::writer_of(base);
    if writer.is_some_and(|writer| live.contains(writer)) {
        return true;
    }
    let removed = removed_millis
        .map(|millis| SystemTime::UNIX_EPOCH + Duration::from_millis((*millis).max(0) as u64));
    let since = removed.map_or(file.modified, |removed| removed.max(file.modified));
    let foreign = writer.is_none() && removed.is_none();
    let keep = if foreign { keep.max(FOREIGN_KEEP) } else { keep };
    now.duration_since(since).unwrap_or_default() < keep
}

/// Data files and splits in a table's folder; folders with a leading underscore are other
/// tools' business, except for the index.
fn list(dir: &Path) -> Result<Vec<Found>> {
    let is_private = |name: &str| name.starts_with('_') || name.starts_with('.');
    let mut found = Vec::new();
    let walk = walkdir::WalkDir::new(dir).into_iter().filter_entry(|entry| {
        entry.depth() == 0 || !is_private(&entry.file_name().to_string_lossy())
    });
    let index = walkdir::WalkDir::new(dir.join(PRIVATE).join("index")).into_iter();
    for entry in walk.chain(index) {
        let entry = match entry {
            Ok(entry) => entry,
            // No index, or a file that has gone meanwhile.
            Err(error) if error.io_error().is_some_and(is_missing) => continue,
            Err(error) => {
                let path = error.path().unwrap_or(dir).to_owned();
                return Err(LakeError::io(&path)(error.into()));
            }
        };
        let Ok(name) = entry.path().strip_prefix(dir) else { continue };
        let Some(name) = name.to_str() else { continue };
        let ours = [".parquet", ".split", ".part"].iter().any(|end| name.ends_with(end))
            || name.contains(".spill/");
        if !entry.file_type().is_file() || !ours {
            continue;
        }
        let Ok(metadata) = entry.metadata() else { continue };
        let modified = metadata.modified().unwrap_or_else(|_| SystemTime::now());
        let name = name.replace(std::path::MAIN_SEPARATOR, "/");
        found.push(Found { name, size: metadata.len(), modified });
    }
    Ok(found)
}

fn is_missing(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::NotFound
}
