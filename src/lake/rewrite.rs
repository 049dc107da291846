//! Rearranging rows: some data files of one table are replaced by others with the same rows.
//!
//! One Delta commit removes the old files and adds the new ones, so that every version of the
//! table has each row once. The old files stay on disk for readers of older versions until
//! `vacuum`. Like a batch, a rewrite has a locked marker while it lives; what a dead one leaves
//! is removed by `recover`.

use super::Lake;
use super::batch::{Marker, fail_point};
use super::error::{LakeError, Result};
use super::names;
use super::store::{Changes, NewFile};
use crate::record::schema::Table;
use std::collections::BTreeSet;

/// How often a commit is tried again after others have committed.
const MAX_TRIES: usize = 50;

/// Files of one table that are being written to replace others.
#[derive(Debug)]
pub struct Rewrite {
    id: String,
    marker: Marker,
}

impl Rewrite {
    /// Starts a rewrite.
    ///
    /// # Errors
    /// If the marker cannot be written.
    pub fn begin(lake: &Lake) -> Result<Self> {
        let id = names::new_rewrite();
        let marker = Marker::create(&lake.root, &id)?;
        Ok(Self { id, marker })
    }

    /// The id that goes into file names.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Replaces `old` files of `table` by `new` ones. False if `old` are not all part of the
    /// table any more, because somebody else has replaced them; then nothing has changed.
    ///
    /// # Errors
    /// If the commit fails; then nothing has changed either, unless the commit itself had been
    /// made. In both cases unused files are gone, or left to the next writer if that fails too.
    pub async fn commit(
        self,
        lake: &mut Lake,
        table: Table,
        old: &[String],
        new: Vec<NewFile>,
    ) -> Result<bool> {
        fail_point("before-rewrite-commit");
        let committed = try_commit(lake, table, old, &new).await;
        fail_point("after-rewrite-commit");
        if let Ok(true) = committed {
            return self.marker.remove().map(|()| true);
        }
        self.abort(lake).await?;
        committed
    }

    /// Gives up; removes what was written.
    ///
    /// # Errors
    /// If the log cannot be read or a file not removed.
    pub async fn abort(self, lake: &mut Lake) -> Result<()> {
        lake.remove_unused_of(&self.id).await?;
        self.marker.remove()
    }
}

async fn try_commit(
    lake: &mut Lake,
    table: Table,
    old: &[String],
    new: &[NewFile],
) -> Result<bool> {
    let Some(store) = lake.stores.get_mut(&table) else { return Ok(false) };
    for _ in 0..MAX_TRIES {
        store.refresh().await?;
        let present: BTreeSet<String> =
            store.files()?.files.into_iter().map(|file| file.path).collect();
        if !old.iter().all(|path| present.contains(path)) {
            return Ok(false);
        }
        let changes = Changes {
            add: new.to_vec(),
            remove: old.to_vec(),
            transactions: Vec::new(),
            data_change: false,
        };
        match store.commit(changes).await {
            // A sweep has committed meanwhile: its files have nothing to do with these.
            Err(LakeError::Conflict) => {}
            other => return other.map(|()| true),
        }
    }
    Err(LakeError::Conflict)
}
