//! The distinct terms of one field while a segment is filled: bytes to a dense number.
//!
//! A table with open addressing whose slots hold hash, length and place, so that a term which
//! is not there costs one touch of memory, and one which is there two. Numbers follow first
//! occurrence; hashing is seeded at random (logs are hostile) and decides nothing that is
//! written.

use ahash::RandomState;

/// The number of a term; 30 bits.
pub(super) type TermId = u32;

/// Marks a free slot; no table grows to so many terms.
const FREE: TermId = TermId::MAX;
/// Slots of a table that has its first term.
const FIRST_SLOTS: usize = 1 << 8;

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// While filling the hash; while sorting the first bytes, big-endian, which decide many
    /// comparisons without a look at the rest.
    hash: u32,
    id: TermId,
    at: u32,
    len: u32,
}

/// A term in its order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term(Slot);

impl Term {
    pub(super) fn id(self) -> TermId {
        self.0.id
    }
}

const NO_SLOT: Slot = Slot { hash: 0, id: FREE, at: 0, len: 0 };

/// The terms of one field.
#[derive(Debug, Default)]
pub(super) struct Terms {
    /// As many as a power of two, at most half of them taken; none before the first term.
    slots: Vec<Slot>,
    bytes: Vec<u8>,
    /// How often each was asked for.
    counts: Vec<u32>,
    hasher: RandomState,
}

impl Terms {
    /// The number of a term, a new one if it was not seen before; counts the occurrence.
    pub(super) fn note(&mut self, term: &[u8]) -> TermId {
        if self.counts.len() * 2 >= self.slots.len() {
            self.grow();
        }
        #[expect(clippy::cast_possible_truncation, reason = "any part of a hash is a hash")]
        let hash = self.hasher.hash_one(term) as u32;
        let mask = self.slots.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            let slot = self.slots[place];
            if slot.id == FREE {
                return self.insert(place, hash, term);
            }
            if slot.hash == hash && self.bytes_of(slot.at, slot.len) == term {
                self.counts[slot.id as usize] += 1;
                return slot.id;
            }
            place = (place + 1) & mask;
        }
    }

    /// Counts another occurrence of a known term.
    pub(super) fn note_again(&mut self, id: TermId) {
        self.counts[id as usize] += 1;
    }

    #[expect(clippy::cast_possible_truncation, reason = "`memory` is kept far below 4 GiB")]
    fn insert(&mut self, place: usize, hash: u32, term: &[u8]) -> TermId {
        let id = self.counts.len() as TermId;
        let (at, len) = (self.bytes.len() as u32, term.len() as u32);
        self.slots[place] = Slot { hash, id, at, len };
        self.bytes.extend_from_slice(term);
        self.counts.push(1);
        id
    }

    fn grow(&mut self) {
        let slots = vec![NO_SLOT; (self.slots.len() * 2).max(FIRST_SLOTS)];
        let mask = slots.len() - 1;
        for slot in std::mem::replace(&mut self.slots, slots) {
            if slot.id == FREE {
                continue;
            }
            let mut place = slot.hash as usize & mask;
            while self.slots[place].id != FREE {
                place = (place + 1) & mask;
            }
            self.slots[place] = slot;
        }
    }

    fn bytes_of(&self, at: u32, len: u32) -> &[u8] {
        let at = at as usize;
        self.bytes.get(at..at + len as usize).unwrap_or_default()
    }

    /// The bytes of a term.
    pub(super) fn bytes(&self, term: Term) -> &[u8] {
        self.bytes_of(term.0.at, term.0.len)
    }

    /// How often a term occurs.
    pub(super) fn count(&self, id: TermId) -> u32 {
        self.counts[id as usize]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    /// Bytes of memory, with what it takes to lay the terms down.
    pub(super) fn memory(&self) -> usize {
        let slots = self.slots.capacity() * size_of::<Slot>();
        let counts = self.counts.capacity() * size_of::<u32>();
        slots + self.bytes.capacity() + counts + self.counts.len() * size_of::<u32>()
    }

    /// All terms in the order of their bytes. The table is given up for them: nothing can be
    /// noted any more.
    pub(super) fn sort(&mut self) -> Vec<Term> {
        let mut terms = std::mem::take(&mut self.slots);
        terms.retain(|slot| slot.id != FREE);
        for slot in &mut terms {
            let mut head = [0; 4];
            let bytes = self.bytes_of(slot.at, slot.len);
            let known = bytes.len().min(head.len());
            head[..known].copy_from_slice(&bytes[..known]);
            slot.hash = u32::from_be_bytes(head);
        }
        terms.sort_unstable_by(|left, right| {
            let rest = || self.bytes_of(left.at, left.len).cmp(self.bytes_of(right.at, right.len));
            left.hash.cmp(&right.hash).then_with(rest)
        });
        terms.into_iter().map(Term).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn terms_are_numbered_counted_and_sorted(
            words in proptest::collection::vec("[ab\u{0}é]{0,12}", 0..600)
        ) {
            let mut terms = Terms::default();
            let mut known: BTreeMap<&[u8], (TermId, u32)> = BTreeMap::new();
            for word in &words {
                let next = known.len() as TermId;
                let of_word = known.entry(word.as_bytes()).or_insert((next, 0));
                of_word.1 += 1;
                prop_assert_eq!(terms.note(word.as_bytes()), of_word.0);
            }
            prop_assert_eq!(terms.len(), known.len());
            let sorted = terms.sort();
            let found: Vec<_> = sorted
                .iter()
                .map(|term| (terms.bytes(*term), (term.id(), terms.count(term.id()))))
                .collect();
            prop_assert_eq!(found, known.into_iter().collect::<Vec<_>>());
        }
    }
}
