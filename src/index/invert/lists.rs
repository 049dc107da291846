//! From the stream of a field to a list of rows and positions per term.

use super::stream::Stream;
use super::terms::{Term, TermId, Terms};
use crate::index::schema::Field;
use std::io;
use tantivy::postings::{FieldSerializer, InvertedIndexSerializer};

/// Passes over a stream, about.
const MAX_PASSES: usize = 8;

/// Writes all lists of a field; puts so many occurrences in order at a time, or a few more.
pub(super) fn write_field(
    field: Field,
    terms: &mut Terms,
    stream: &Stream,
    buffer: usize,
    out: &mut InvertedIndexSerializer,
) -> io::Result<()> {
    let order = terms.sort();
    let terms = &*terms;
    let tokens: u64 = order.iter().map(|term| u64::from(terms.count(term.id()))).sum();
    // However many tokens there are, the stream is read a few times only.
    let share = usize::try_from(tokens).unwrap_or(usize::MAX) / MAX_PASSES;
    let buffer = buffer.max(share);
    let mut out = out.new_field(field.id(), tokens, None)?;
    let mut lists = Lists { positions: !field.is_id(), deltas: Vec::new(), out: &mut out };
    let mut ordered = Ordered::new(terms);
    let mut rest = order.as_slice();
    while let Some(first) = rest.first() {
        let (count, occurrences) = fitting(rest, buffer, terms);
        let (now, later) = rest.split_at(count.max(1));
        if count == 0 {
            lists.write_straight(terms.bytes(*first), first.id(), stream)?;
        } else {
            ordered.fill(now, occurrences, terms, stream);
            lists.write_all(now, &ordered.entries, terms)?;
        }
        rest = later;
    }
    out.close()
}

/// How many of the terms fit a buffer, and their occurrences.
fn fitting(terms: &[Term], buffer: usize, known: &Terms) -> (usize, usize) {
    let mut occurrences = 0;
    for (number, term) in terms.iter().enumerate() {
        let more = known.count(term.id()) as usize;
        if occurrences + more > buffer {
            return (number, occurrences);
        }
        occurrences += more;
    }
    (terms.len(), occurrences)
}

/// A token: the row it is in, and its position there.
type Occurrence = (u32, u32);

/// Occurrences of some terms, term by term.
struct Ordered {
    entries: Vec<Occurrence>,
    /// Where the next occurrence of each term goes, if it goes anywhere now.
    cursors: Vec<u32>,
}

/// The cursor of a term that is not being put in order.
const ELSEWHERE: u32 = u32::MAX;

impl Ordered {
    fn new(terms: &Terms) -> Self {
        Self { entries: Vec::new(), cursors: vec![ELSEWHERE; terms.len()] }
    }

    /// Fills the entries with the occurrences of these terms.
    #[expect(clippy::cast_possible_truncation, reason = "a stream has fewer words than that")]
    fn fill(&mut self, wanted: &[Term], occurrences: usize, terms: &Terms, stream: &Stream) {
        let Self { entries, cursors } = self;
        entries.clear();
        entries.resize(occurrences, (0, 0));
        let mut from = 0;
        for term in wanted {
            cursors[term.id() as usize] = from as u32;
            from += terms.count(term.id()) as usize;
        }
        stream.each(|id, row, position| {
            let cursor = &mut cursors[id as usize];
            if let Some(entry) = entries.get_mut(*cursor as usize) {
                *entry = (row, position);
                *cursor += 1;
            }
        });
        for term in wanted {
            cursors[term.id() as usize] = ELSEWHERE;
        }
    }
}

/// Writes the lists of terms.
struct Lists<'l, 'o> {
    positions: bool,
    deltas: Vec<u32>,
    out: &'l mut FieldSerializer<'o>,
}

impl Lists<'_, '_> {
    fn write_all(
        &mut self,
        terms: &[Term],
        entries: &[Occurrence],
        known: &Terms,
    ) -> io::Result<()> {
        let mut rest = entries;
        for term in terms {
            let count = known.count(term.id()) as usize;
            let (entries, later) = rest.split_at(count.min(rest.len()));
            let rows = entries.chunk_by(|left, right| left.0 == right.0);
            self.begin(known.bytes(*term), rows.clone().count())?;
            rows.for_each(|row| self.row(row));
            self.out.close_term()?;
            rest = later;
        }
        Ok(())
    }

    /// A term with more occurrences than fit a buffer, as they come.
    fn write_straight(&mut self, bytes: &[u8], term: TermId, stream: &Stream) -> io::Result<()> {
        let (mut rows, mut last) = (0, None);
        stream.each(|id, row, _| {
            if id == term && last.replace(row) != Some(row) {
                rows += 1;
            }
        });
        self.begin(bytes, rows)?;
        let mut occurrences: Vec<Occurrence> = Vec::new();
        stream.each(|id, row, position| {
            if id != term {
                return;
            }
            if occurrences.last().is_some_and(|last| last.0 != row) {
                self.row(&occurrences);
                occurrences.clear();
            }
            occurrences.push((row, position));
        });
        self.row(&occurrences);
        self.out.close_term()
    }

    fn begin(&mut self, term: &[u8], rows: usize) -> io::Result<()> {
        if !self.positions {
            return self.out.new_term_without_freq(term);
        }
        self.out.new_term(term, u32::try_from(rows).unwrap_or(u32::MAX), true)
    }

    /// The occurrences in one row.
    fn row(&mut self, occurrences: &[Occurrence]) {
        let Some((row, _)) = occurrences.first() else { return };
        self.deltas.clear();
        if self.positions {
            let mut before = 0;
            for (_, position) in occurrences {
                self.deltas.push(position.saturating_sub(before));
                before = *position;
            }
        }
        let count = u32::try_from(self.deltas.len()).unwrap_or(u32::MAX);
        self.out.write_doc(*row, count, &self.deltas);
    }
}
