//! Which sessions have rows that the judge of this version was not the last to see: whose lists were changed and changed back
//! wants the first answer again.

use super::newest::{Newest, session_key};
use crate::detect::session::SessionJudge;
use crate::lake::{Result, Snapshot, read_table};
use crate::pipeline::ledger::{self, strings};
use crate::record::Id16;
use crate::record::schema::Table;
use ahash::{AHashMap as HashMap, AHashSet};
use arrow::array::RecordBatch;
use std::collections::{BTreeSet, HashSet};

/// What is known of a session before its rows are read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    /// File and row of its last row.
    pub(super) last: (usize, usize),
    pub(super) is_wanted: bool,
}

/// The sessions to judge. Grows with the number of sessions in the lake, about 80 bytes each.
#[derive(Debug, Default)]
pub(super) struct Selection {
    sessions: HashMap<Id16, Known>,
    /// Data files that have rows of wanted sessions.
    pub(super) files: BTreeSet<usize>,
    /// Batches of events that were not seen before.
    unseen: BTreeSet<String>,
}

impl Selection {
    /// Looks at the sessions and batches of all rows.
    pub(super) fn of(
        snapshot: &Snapshot,
        judge: &SessionJudge,
        newest: &Newest,
        all: bool,
    ) -> Result<Self> {
        let seen = if all {
            HashSet::new()
        } else {
            ledger::seen_last(snapshot, judge.id(), judge.version())?
        };
        let mut selection = Self::default();
        let mut at: Option<(String, usize)> = None;
        let (mut file, mut row) = (0, 0);
        read_table(snapshot, Table::Events, &["session_id", "batch_id"], |data, batch| {
            if at.as_ref().is_none_or(|(path, _)| *path != data.path) {
                file = snapshot
                    .files(Table::Events)
                    .iter()
                    .position(|f| f.path == data.path)
                    .unwrap_or(0);
                row = 0;
                at = Some((data.path.clone(), file));
            }
            selection.rows(batch, &seen, file, &mut row);
            Ok(())
        })?;
        if !all {
            selection.want_others(newest, judge.version());
        }
        selection.find_files(snapshot)?;
        Ok(selection)
    }

    /// Wants sessions that another version has judged last: its run may have been killed before the ledger knew of it.
    fn want_others(&mut self, newest: &Newest, version: &str) {
        let mut found = 0_usize;
        for session in newest.by_others(version) {
            if let Some(known) = self.sessions.get_mut(session) {
                known.is_wanted = true;
                found += 1;
            }
        }
        tracing::debug!(sessions = found, "judged last by another version");
    }

    fn rows(&mut self, batch: &RecordBatch, seen: &HashSet<String>, file: usize, row: &mut usize) {
        let (Some(sessions), Some(batches)) =
            (strings(batch, "session_id"), strings(batch, "batch_id"))
        else {
            return;
        };
        let mut from = 0;
        while from < batch.num_rows() {
            // Rows of a session stand together: one look-up per run of them.
            let (session, of) = (sessions.value(from), batches.value(from));
            let mut to = from + 1;
            while to < batch.num_rows() && sessions.value(to) == session && batches.value(to) == of
            {
                to += 1;
            }
            let is_new = !seen.contains(of);
            if is_new && !self.unseen.contains(of) {
                self.unseen.insert(of.to_owned());
            }
            let last = (file, *row + to - 1);
            let known = self.sessions.entry(session_key(session)).or_default();
            known.last = known.last.max(last);
            known.is_wanted |= is_new;
            from = to;
        }
        *row += batch.num_rows();
    }

    /// Files without a row of a wanted session are not opened again.
    fn find_files(&mut self, snapshot: &Snapshot) -> Result<()> {
        if self.sessions.values().all(|known| known.is_wanted) {
            self.files = (0..snapshot.files(Table::Events).len()).collect();
            return Ok(());
        }
        if self.is_empty() {
            return Ok(());
        }
        read_table(snapshot, Table::Events, &["session_id"], |data, batch| {
            let Some(sessions) = strings(batch, "session_id") else { return Ok(()) };
            let mut last = None;
            for session in sessions.iter().flatten() {
                if last == Some(session) {
                    continue;
                }
                last = Some(session);
                if self.wants(&session_key(session)) {
                    let file =
                        snapshot.files(Table::Events).iter().position(|f| f.path == data.path);
                    self.files.extend(file);
                    break;
                }
            }
            Ok(())
        })
    }

    /// Selects some sessions once more; those that were read are no longer wanted.
    pub(super) fn select_only(&mut self, some: &HashSet<Id16>, snapshot: &Snapshot) -> Result<()> {
        for (session, known) in &mut self.sessions {
            known.is_wanted = some.contains(session);
        }
        self.files.clear();
        self.find_files(snapshot)
    }

    /// Whether a session is to be judged.
    pub(super) fn wants(&self, session: &Id16) -> bool {
        self.sessions.get(session).is_some_and(|known| known.is_wanted)
    }

    /// What is known of a session.
    pub(super) fn known(&self, session: &Id16) -> Option<Known> {
        self.sessions.get(session).copied()
    }

    /// A session was read.
    pub(super) fn done(&mut self, session: &Id16) {
        if let Some(known) = self.sessions.get_mut(session) {
            known.is_wanted = false;
        }
    }

    /// The sessions to judge that were judged before.
    pub(super) fn again(&self, newest: &Newest) -> AHashSet<Id16> {
        let wanted =
            self.sessions.iter().filter(|(session, known)| known.is_wanted && newest.has(session));
        wanted.map(|(session, _)| *session).collect()
    }

    /// Whether there is nothing to judge.
    pub(super) fn is_empty(&self) -> bool {
        !self.sessions.values().any(|known| known.is_wanted)
    }

    /// Sessions of the lake.
    pub(super) fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// The batches that will have been seen.
    pub(super) fn batches(&self) -> Vec<String> {
        self.unseen.iter().cloned().collect()
    }
}
