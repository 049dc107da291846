//! Which sessions have rows that the judge of this version was not the last to see: whose lists were changed and changed back
//! wants the first answer again.

use crate::detect::session::SessionJudge;
use crate::lake::{Result, Snapshot, read_table};
use crate::pipeline::ledger::{self, strings};
use crate::record::schema::Table;
use ahash::AHashMap as HashMap;
use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::Int64Type;
use std::collections::{BTreeSet, HashSet};

/// What is known of a session before its rows are read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    /// File and row of its last row.
    pub(super) last: (usize, usize),
    pub(super) is_wanted: bool,
}

/// The sessions to judge. Grows with the number of sessions in the lake, about 100 bytes each.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub(super) sessions: HashMap<String, Known>,
    /// Data files that have rows of wanted sessions.
    pub(super) files: BTreeSet<usize>,
    /// Batches of events that were not seen before.
    unseen: BTreeSet<String>,
}

impl Selection {
    /// Looks at the sessions and batches of all rows.
    pub(super) fn of(snapshot: &Snapshot, judge: &SessionJudge, all: bool) -> Result<Self> {
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
            selection.want_others(snapshot, judge.version())?;
        }
        selection.find_files(snapshot)?;
        Ok(selection)
    }

    /// Wants sessions that another version has judged last: its run may have been killed before the ledger knew of it.
    fn want_others(&mut self, snapshot: &Snapshot, version: &str) -> Result<()> {
        for (session, (_, batch, by)) in newest(snapshot)? {
            if by != version
                && let Some(known) = self.sessions.get_mut(&session)
            {
                tracing::debug!(session, batch, by, "judged last by another version");
                known.is_wanted = true;
            }
        }
        Ok(())
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
            match self.sessions.get_mut(session) {
                Some(known) => {
                    known.last = known.last.max(last);
                    known.is_wanted |= is_new;
                }
                None => {
                    self.sessions.insert(session.to_owned(), Known { last, is_wanted: is_new });
                }
            }
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
                if self.sessions.get(session).is_some_and(|known| known.is_wanted) {
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
    pub(super) fn select_only(
        &mut self,
        some: &HashSet<String>,
        snapshot: &Snapshot,
    ) -> Result<()> {
        for (session, known) in &mut self.sessions {
            known.is_wanted = some.contains(session);
        }
        self.files.clear();
        self.find_files(snapshot)
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

/// The newest judgement of each session: its number, batch and version.
pub(super) type Newest = HashMap<String, (i64, String, String)>;

pub(super) fn newest(snapshot: &Snapshot) -> Result<Newest> {
    let mut newest = Newest::new();
    let columns = ["session_id", "batch_seq", "batch_id", "detector_version"];
    read_table(snapshot, Table::SessionScores, &columns, |_, batch| {
        let seqs =
            batch.column_by_name("batch_seq").and_then(|c| c.as_primitive_opt::<Int64Type>());
        let of = |name| strings(batch, name);
        let (Some(sessions), Some(ids), Some(versions), Some(seqs)) =
            (of("session_id"), of("batch_id"), of("detector_version"), seqs)
        else {
            return Ok(());
        };
        for row in 0..batch.num_rows() {
            let found = (seqs.value(row), ids.value(row), versions.value(row));
            let known = newest.get(sessions.value(row));
            let known = known.map(|(seq, id, by)| (*seq, id.as_str(), by.as_str()));
            if known.is_none_or(|known| known < found) {
                let owned = (found.0, found.1.to_owned(), found.2.to_owned());
                newest.insert(sessions.value(row).to_owned(), owned);
            }
        }
        Ok(())
    })?;
    Ok(newest)
}
