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
use std::collections::{HashMap, HashSet};

const MAX_IDS: usize = 2_000_000;

/// The filter of one run.
#[derive(Debug)]
pub struct Dedupe {
    lake: EventIds,
    streams: HashMap<Id16, Known>,
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
        let met = known.meet(event.event_id, event.content_hash);
        if met == Met::Conflict {
            event.flag("id_conflict");
        }
        self.ids += usize::from(met != Met::Known);
        Ok(met != Met::Known)
    }

    fn stream(&mut self, stream: Id16) -> Result<&mut Known> {
        if !self.lake_is_empty && !self.streams.contains_key(&stream) {
            let mut known = Known::default();
            for (id, content) in self.lake.of_stream(stream)? {
                self.ids += usize::from(known.meet(id, content) != Met::Known);
            }
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

/// The events of a stream that are known, by id.
#[derive(Debug, Default)]
struct Known {
    /// The content an id was first met with.
    first: HashMap<Id16, Id16>,
    /// Other contents under the same id, of which there are hardly any.
    others: HashSet<(Id16, Id16)>,
}

/// What is known of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    New,
    /// Id and content.
    Known,
    /// The id, but not with this content.
    Conflict,
}

impl Known {
    fn meet(&mut self, id: Id16, content: Id16) -> Met {
        match self.first.get(&id) {
            None => {
                self.first.insert(id, content);
                Met::New
            }
            Some(first) if *first == content => Met::Known,
            Some(_) if self.others.insert((id, content)) => Met::Conflict,
            Some(_) => Met::Known,
        }
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
    fn contents_that_take_turns_under_one_id_are_kept_once_each() {
        let mut dedupe = Dedupe::new(&Snapshot::default());
        let mut events = vec![event(1, 1), event(1, 2), event(1, 1), event(1, 2), event(1, 3)];
        assert_eq!(dedupe.filter(&mut events).unwrap(), 2);
        let flagged = events.iter().filter(|event| event.flags == ["id_conflict"]).count();
        assert_eq!((events.len(), flagged), (3, 2));
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
