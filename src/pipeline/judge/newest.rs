//! The newest judgement of each session.

use crate::lake::{Result, Snapshot, read_table};
use crate::pipeline::ledger::strings;
use crate::record::Id16;
use crate::record::schema::Table;
use ahash::AHashMap;
use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::Int64Type;

/// The name under which a session is kept in mind: lakes have many, and names of any length.
pub(super) fn session_key(session: &str) -> Id16 {
    Id16::of("session", &[session.as_bytes()])
}

/// Which judgement of each session is the newest. Grows with the number of sessions that were judged, about 50 bytes each.
#[derive(Debug, Default)]
pub(super) struct Newest {
    /// Number, batch and version; the latter two by their place in `names`.
    of: AHashMap<Id16, (i64, usize, usize)>,
    /// Batches and versions, of which there are few.
    names: Vec<String>,
    places: AHashMap<String, usize>,
}

impl Newest {
    /// Looks at all judgements.
    pub(super) fn load(snapshot: &Snapshot) -> Result<Self> {
        let mut newest = Self::default();
        let columns = ["session_id", "batch_seq", "batch_id", "detector_version"];
        read_table(snapshot, Table::SessionScores, &columns, |_, batch| {
            newest.rows(batch);
            Ok(())
        })?;
        Ok(newest)
    }

    fn rows(&mut self, batch: &RecordBatch) {
        let seqs =
            batch.column_by_name("batch_seq").and_then(|c| c.as_primitive_opt::<Int64Type>());
        let of = |name| strings(batch, name);
        let (Some(sessions), Some(ids), Some(versions), Some(seqs)) =
            (of("session_id"), of("batch_id"), of("detector_version"), seqs)
        else {
            return;
        };
        for row in 0..batch.num_rows() {
            self.add(
                session_key(sessions.value(row)),
                seqs.value(row),
                ids.value(row),
                versions.value(row),
            );
        }
    }

    fn add(&mut self, session: Id16, seq: i64, batch: &str, version: &str) {
        let found = (seq, self.place(batch), self.place(version));
        let named = |(seq, batch, version): (i64, usize, usize)| {
            (seq, &self.names[batch], &self.names[version])
        };
        let known = self.of.get(&session).copied();
        if known.is_none_or(|known| named(known) < named(found)) {
            self.of.insert(session, found);
        }
    }

    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }

    /// Whether a session was judged at all.
    pub(super) fn has(&self, session: &Id16) -> bool {
        self.of.contains_key(session)
    }

    /// Whether the newest judgement of a session is the one in a batch.
    pub(super) fn is_in(&self, session: &Id16, batch: &str) -> bool {
        self.of.get(session).is_some_and(|(_, place, _)| self.names[*place] == batch)
    }

    /// The sessions that another version has judged last.
    pub(super) fn by_others<'n>(&'n self, version: &'n str) -> impl Iterator<Item = &'n Id16> {
        let others = self.of.iter().filter(move |(_, (_, _, by))| self.names[*by] != version);
        others.map(|(session, _)| session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_batch_with_a_session_has_its_newest_judgement() {
        let mut newest = Newest::default();
        let (a, b) = (session_key("a"), session_key("b"));
        newest.add(a, 2, "second", "1");
        newest.add(a, 1, "first", "2");
        newest.add(b, 1, "first", "2");
        assert!(
            newest.is_in(&a, "second") && !newest.is_in(&a, "first") && newest.is_in(&b, "first")
        );
        assert!(newest.has(&a) && !newest.has(&session_key("c")));
        assert_eq!(newest.by_others("2").collect::<Vec<_>>(), [&a]);
        // Two that were written at once are told apart the same way whatever is read first.
        newest.add(a, 2, "other", "1");
        assert!(newest.is_in(&a, "second"));
    }
}
