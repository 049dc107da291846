//! Removes what dead writers left: files and companion commits of batches that never became
//! visible.

use super::Lake;
use super::batch::{self, Marker};
use super::error::{LakeError, Result};
use super::names::{self, PRIVATE};
use super::store::Changes;
use crate::record::schema::Table;
use std::path::Path;

impl Lake {
    /// Finishes or removes every batch whose writer is dead; returns how many were removed.
    ///
    /// # Errors
    /// If a file or log cannot be changed.
    pub async fn recover(&mut self) -> Result<usize> {
        let mut removed = 0;
        for batch in batch::pending(&self.root)? {
            let Some(marker) = Marker::take_over(&self.root, &batch)? else { continue };
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
}

/// Removes all files of `batch` in one folder.
fn remove_files(dir: &Path, batch: &str) -> Result<()> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(LakeError::io(dir)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(LakeError::io(dir))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.split('-').next() == Some(batch) && names::is_batch(batch) {
            let path = entry.path();
            std::fs::remove_file(&path).map_err(LakeError::io(&path))?;
        }
    }
    Ok(())
}
