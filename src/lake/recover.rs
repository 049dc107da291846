//! Removes what dead writers left: files and companion commits of batches that never became
//! visible, and files of rewrites that were not committed.

use super::Lake;
use super::batch::{self, Marker};
use super::error::{LakeError, Result};
use super::names::{self, PRIVATE};
use super::store::Changes;
use crate::record::schema::Table;
use std::collections::BTreeSet;
use std::path::Path;

impl Lake {
    /// Finishes or removes every batch and rewrite whose writer is dead; returns how many
    /// batches were removed.
    ///
    /// # Errors
    /// If a file or log cannot be changed.
    pub async fn recover(&mut self) -> Result<usize> {
        let mut removed = 0;
        for batch in batch::pending(&self.root)? {
            let Some(marker) = Marker::take_over(&self.root, &batch)? else { continue };
            if names::is_rewrite(&batch) {
                self.remove_unused_of(&batch).await?;
                marker.remove()?;
                continue;
            }
            if let Some(events) = self.stores.get_mut(&Table::Events) {
                events.refresh().await?;
            }
            if !self.is_committed(&batch).await? {
                self.remove_batch(&batch).await?;
                removed += 1;
            }
            marker.remove()?;
        }
        Ok(removed)
    }

    /// Removes the commits and files of a batch that is not visible.
    pub(super) async fn remove_batch(&mut self, batch: &str) -> Result<()> {
        for table in Table::ALL {
            if let Some(store) = self.stores.get_mut(&table) {
                store.refresh().await?;
                let paths: Vec<String> = store
                    .files()?
                    .files
                    .into_iter()
                    .filter(|file| file.batch.as_deref() == Some(batch))
                    .map(|file| file.path)
                    .collect();
                if !paths.is_empty() {
                    let changes =
                        Changes { remove: paths, data_change: true, ..Changes::default() };
                    store.commit(changes).await?;
                }
            }
            remove_files(&self.dir(table), batch)?;
            remove_files(&self.dir(table).join(PRIVATE).join("index"), batch)?;
        }
        Ok(())
    }

    /// Removes the files of a rewrite that did not become part of a table.
    pub(super) async fn remove_unused_of(&mut self, rewrite: &str) -> Result<()> {
        for (table, store) in &mut self.stores {
            store.refresh().await?;
            let files = store.files()?;
            let used: BTreeSet<String> = files
                .files
                .into_iter()
                .flat_map(|file| names::split_of(*table, &file.path).into_iter().chain([file.path]))
                .collect();
            for folder in [String::new(), format!("{PRIVATE}/index/")] {
                remove_where(&files.dir.join(&folder), |name| {
                    names::writer_of(name) == Some(rewrite)
                        && !used.contains(&format!("{folder}{name}"))
                })?;
            }
        }
        Ok(())
    }
}

/// Removes all files of `batch` in one folder.
fn remove_files(dir: &Path, batch: &str) -> Result<()> {
    remove_where(dir, |name| names::is_batch(batch) && names::writer_of(name) == Some(batch))
}

fn remove_where(dir: &Path, unwanted: impl Fn(&str) -> bool) -> Result<()> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(LakeError::io(dir)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(LakeError::io(dir))?;
        if unwanted(&entry.file_name().to_string_lossy()) {
            let path = entry.path();
            // An index that spilled leaves a folder of pieces.
            let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let removed =
                if folder { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            removed.map_err(LakeError::io(&path))?;
        }
    }
    Ok(())
}
