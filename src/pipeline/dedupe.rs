//! Keeps events that the lake already has from entering it again.
//!
//! Only sessions that name themselves can be met twice outside of copies that are recognised
//! by content (a resumed session repeats its lines in a new file), and events of an export, which
//! come with the ids they had. For each such session that a run touches, the ids the lake has are
//! loaded once. A known id with the same content is
//! dropped; with other content both rows stay and the newer is flagged `id_conflict`, because a
//! forged id must not erase evidence.
//!
//! Memory: ids of the sessions of the current batch, plus the newest sessions before it up to
//! [`MAX_IDS`]; forgotten sessions are loaded again when they come back.

use crate::lake::{EventIds, Result, Snapshot};
use crate::record::{Event, Id16, SessionSource};
use std::collections::HashMap;

const MAX_IDS: usize = 2_000_000;

/// The filter of one run.
#[derive(Debug)]
pub struct Dedupe {
    lake: EventIds,
    streams: HashMap<Id16, HashMap<Id16, Id16>>,
    ids: usize,
    lake_is_empty: bool,
    /// Once an export is among the sources, any other may hold the same events.
    has_imports: bool,
}

impl Dedupe {
    /// A filter over the events of a snapshot.
    #[must_use]
    pub fn new(snapshot: &Snapshot) -> Self {
        Self {
            lake: EventIds::new(snapshot),
            streams: HashMap::new(),
            ids: 0,
            lake_is_empty: snapshot.rows(crate::record::schema::Table::Events) == 0,
            has_imports: false,
        }
    }

    /// Removes events that are known; returns how many.
    ///
    /// # Errors
    /// If the lake cannot be read.
    pub fn filter(&mut self, events: &mut Vec<Event>) -> Result<u64> {
        let before = events.len();
        let mut failure = Ok(());
        events.retain_mut(|event| match self.is_new(event) {
            Ok(new) => new,
            Err(error) => {
                failure = Err(error);
                true
            }
        });
        failure?;
        Ok((before - events.len()) as u64)
    }

    fn is_new(&mut self, event: &mut Event) -> Result<bool> {
        self.has_imports |= event.is_import;
        if !self.has_imports && !names_itself(event) {
            return Ok(true);
        }
        let known = self.stream(event.stream_id)?;
        match known.insert(event.event_id, event.content_hash) {
            None => {
                self.ids += 1;
                Ok(true)
            }
            Some(content) if content == event.content_hash => Ok(false),
            Some(_) => {
                event.flag("id_conflict");
                Ok(true)
            }
        }
    }

    fn stream(&mut self, stream: Id16) -> Result<&mut HashMap<Id16, Id16>> {
        if !self.lake_is_empty && !self.streams.contains_key(&stream) {
            let known: HashMap<Id16, Id16> = self.lake.of_stream(stream)?.into_iter().collect();
            self.ids += known.len();
            self.streams.insert(stream, known);
        }
        Ok(self.streams.entry(stream).or_default())
    }

    /// After a commit: what was remembered is in the lake now and may be forgotten.
    pub fn committed(&mut self, snapshot: &Snapshot) {
        if self.ids > MAX_IDS {
            self.streams.clear();
            self.ids = 0;
        }
        self.lake = EventIds::new(snapshot);
        self.lake_is_empty = false;
    }
}

fn names_itself(event: &Event) -> bool {
    matches!(
        event.conversation_id_source,
        Some(SessionSource::Native | SessionSource::DerivedPrefixHash)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: u8, content: u8) -> Event {
        Event::default().with(|event| {
            event.event_id = Id16::of("e", &[&[id]]);
            event.content_hash = Id16::of("c", &[&[content]]);
            event.conversation_id_source = Some(SessionSource::Native);
        })
    }

    #[test]
    fn a_repeated_event_is_dropped_and_a_changed_one_is_kept_beside_the_old() {
        let mut dedupe = Dedupe::new(&Snapshot::default());
        let mut events = vec![event(1, 1), event(2, 2), event(1, 1), event(2, 9)];
        assert_eq!(dedupe.filter(&mut events).unwrap(), 1);
        assert_eq!(events.len(), 3);
        assert_eq!(events[2].flags, ["id_conflict"]);
    }

    #[test]
    fn an_event_of_an_export_is_known_whatever_its_session_is_named_by() {
        let of_file = |import: bool| {
            event(1, 1).with(|event| {
                event.conversation_id_source = Some(SessionSource::File);
                event.is_import = import;
            })
        };
        let mut dedupe = Dedupe::new(&Snapshot::default());
        let mut events = vec![of_file(false), of_file(false)];
        assert_eq!(dedupe.filter(&mut events).unwrap(), 0, "copies are recognised by content");
        let mut events = vec![of_file(true), of_file(true), of_file(false)];
        assert_eq!(dedupe.filter(&mut events).unwrap(), 2);
    }
}
