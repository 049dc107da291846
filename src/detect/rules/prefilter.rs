//! Which rules can match an event at all: one pass over its text for all rules at once.
//!
//! For each kind of part there is a table: one automaton per free text over the literals of
//! all rules that can match the kind (table.rs). A literal that occurs fulfils its clauses; a
//! group is fulfilled once all its clauses are, for a pattern near each other and the pattern
//! found around that place; an alternative once all its groups are; and any alternative makes
//! the rule a candidate. Rules that need nothing are candidates always; a text with characters
//! that fold oddly is searched again with these folded, where patterns are not tried.

use super::fold::folded;
use super::model::Row;
use super::needs::{Need, Reach};
use super::table::{self, Group, Hit, Needs, Searcher, Table};
use crate::record::Kind;
use aho_corasick::BuildError;
use aho_corasick::automaton::OverlappingState;
use std::ops::Range;
use std::sync::Arc;

/// Finds the candidates among all rules.
pub(super) struct Prefilter {
    /// By the kind's place in [`Kind::ALL`].
    tables: Vec<Arc<Table>>,
}

/// Per-scan memory, so that nothing is allocated per event. Values belong to the event at hand
/// only if they carry its number.
#[derive(Default)]
pub(super) struct Scratch {
    event: u64,
    /// The text at hand; places are only compared within one.
    text: u64,
    /// The line of the latest place, as far as known.
    line: Range<usize>,
    /// Where each clause was last fulfilled.
    clauses: Vec<Seen>,
    /// Fulfilled groups.
    groups: Vec<u64>,
    /// Places to try the patterns of groups at, by group; only those in `pending` count.
    places: Vec<Vec<Range<usize>>>,
    /// Groups with places, in the order in which they came up.
    pending: Vec<usize>,
    /// Groups that alternatives still miss.
    missing: Vec<(u64, usize)>,
    /// Rules that are candidates already, by place in the table.
    done: Vec<u64>,
    /// Rules that can match the event at hand.
    pub(super) candidates: Vec<usize>,
}

/// Whether places in the text that is searched are places in the event's text, so that patterns
/// can be tried there; else what a pattern needs is enough.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Places {
    Kept,
    Unknown,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    event: u64,
    text: u64,
    at: usize,
}

impl Prefilter {
    /// Builds the tables from what each rule needs, by kind.
    pub(super) fn new(rules: &[Vec<Arc<Need>>]) -> Result<Self, BuildError> {
        // Most kinds need the same, many nothing at all.
        let mut distinct: Vec<Needs> = Vec::new();
        let mut places = Vec::with_capacity(Kind::ALL.len());
        for kind in Kind::ALL {
            let of_kind = |needs: &Vec<Arc<Need>>| needs.get(*kind as usize).cloned();
            let needs: Needs = rules
                .iter()
                .enumerate()
                .filter_map(|(rule, needs)| Some((rule, of_kind(needs)?)))
                .filter(|(_, need)| **need != Need::Never)
                .collect();
            let place = distinct.iter().position(|known| same(known, &needs));
            places.push(place.unwrap_or(distinct.len()));
            if place.is_none() {
                distinct.push(needs);
            }
        }
        let shared: Vec<Arc<Table>> = table::tables(&distinct)?.into_iter().map(Arc::new).collect();
        let tables = places.iter().map(|place| Arc::clone(&shared[*place])).collect();
        Ok(Self { tables })
    }

    /// A filter for no rules.
    pub(super) fn empty() -> Self {
        Self { tables: Vec::new() }
    }

    /// Whether a rule is a candidate for every event of some kind.
    pub(super) fn is_always(&self, rule: usize) -> bool {
        self.tables.iter().any(|table| table.always.contains(&rule))
    }

    /// Fills `scratch.candidates`, in ascending order.
    pub(super) fn candidates(&self, row: &Row<'_>, scratch: &mut Scratch) {
        scratch.candidates.clear();
        let Some(table) = self.tables.get(row.kind as usize) else { return };
        scratch.candidates.extend_from_slice(&table.always);
        scratch.start(table);
        for (surface, searcher) in &table.surfaces {
            let Some(text) = row.surface(*surface) else { continue };
            scratch.search(text, searcher, table);
        }
        scratch.candidates.sort_unstable();
        scratch.candidates.dedup();
    }
}

/// Whether two kinds need the same. Needs that are equal without being shared only cost a table.
fn same(left: &Needs, right: &Needs) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|((a, left), (b, right))| a == b && Arc::ptr_eq(left, right))
}

fn grow<T: Clone + Default>(values: &mut Vec<T>, len: usize) {
    if values.len() < len {
        values.resize(len, T::default());
    }
}

/// Whether the mark at `index` was set for `event`.
fn marked(marks: &[u64], index: usize, event: u64) -> bool {
    marks.get(index).is_some_and(|of| *of == event)
}

fn mark(marks: &mut [u64], index: usize, event: u64) {
    if let Some(of) = marks.get_mut(index) {
        *of = event;
    }
}

impl Scratch {
    fn start(&mut self, table: &Table) {
        self.event += 1;
        grow(&mut self.clauses, table.clauses.len());
        grow(&mut self.groups, table.groups.len());
        grow(&mut self.places, table.groups.len());
        grow(&mut self.missing, table.alternatives.len());
        grow(&mut self.done, table.filtered.len());
    }

    /// Marks what occurs in `text`.
    fn search(&mut self, text: &str, searcher: &Searcher, table: &Table) {
        self.text += 1;
        self.line = 0..0;
        let is_odd = self.walk(text, searcher, table, Places::Kept);
        self.try_patterns(text, table);
        if !is_odd {
            return;
        }
        self.text += 1;
        for piece in folded(text) {
            self.walk(&piece, searcher, table, Places::Unknown);
        }
    }

    /// One pass over a text; says whether it has characters that fold oddly.
    fn walk(&mut self, text: &str, searcher: &Searcher, table: &Table, places: Places) -> bool {
        let mut state = OverlappingState::start();
        let mut is_odd = false;
        while let Some((hit, end)) = searcher.next(text, &mut state) {
            let Hit::Clauses(clauses) = hit else {
                is_odd = true;
                continue;
            };
            for clause in clauses {
                self.fulfil(*clause, text, end, table, places);
            }
        }
        is_odd
    }

    fn fulfil(&mut self, clause: usize, text: &str, at: usize, table: &Table, places: Places) {
        let seen = Seen { event: self.event, text: self.text, at };
        if let Some(last) = self.clauses.get_mut(clause) {
            *last = seen;
        }
        for number in table.clauses.get(clause).into_iter().flatten() {
            let Some(group) = table.groups.get(*number) else { continue };
            if marked(&self.groups, *number, self.event) || !self.is_complete(group, seen) {
                continue;
            }
            let reach = group.pattern.as_ref().map(|pattern| pattern.reach);
            let place = match reach.filter(|_| places == Places::Kept) {
                Some(Reach::Bytes(bytes)) => at.saturating_sub(bytes)..at.saturating_add(bytes),
                Some(Reach::Line) => self.line_at(text, at),
                None => {
                    self.fulfil_group(*number, group, table);
                    continue;
                }
            };
            if self.is_within(group, place.start) {
                self.add_place(*number, place);
            }
        }
    }

    /// Whether all clauses of a group are fulfilled; for a pattern in the text at hand.
    fn is_complete(&self, group: &Group, latest: Seen) -> bool {
        group.clauses.iter().all(|clause| {
            self.clauses.get(*clause).is_some_and(|seen| match group.pattern {
                None => seen.event == latest.event,
                Some(_) => seen.text == latest.text,
            })
        })
    }

    /// Whether all clauses were last fulfilled behind `start`.
    fn is_within(&self, group: &Group, start: usize) -> bool {
        group
            .clauses
            .iter()
            .all(|clause| self.clauses.get(*clause).is_some_and(|seen| seen.at >= start))
    }

    /// The line that has the byte before `at`. Places only move forward, so each line is
    /// looked for once.
    fn line_at(&mut self, text: &str, at: usize) -> Range<usize> {
        if !(self.line.start < at && at <= self.line.end) {
            let (head, tail) = text.as_bytes().split_at(at.min(text.len()));
            let head = head.get(..at.saturating_sub(1)).unwrap_or_default();
            let start = memchr::memrchr(b'\n', head).map_or(0, |end| end + 1);
            let end = memchr::memchr(b'\n', tail).map_or(text.len(), |len| at + len);
            self.line = start..end;
        }
        self.line.clone()
    }

    fn add_place(&mut self, group: usize, place: Range<usize>) {
        let Some(places) = self.places.get_mut(group) else { return };
        match places.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            last => {
                if last.is_none() {
                    self.pending.push(group);
                }
                places.push(place);
            }
        }
    }

    fn try_patterns(&mut self, text: &str, table: &Table) {
        for number in std::mem::take(&mut self.pending) {
            let Some(group) = table.groups.get(number) else { continue };
            let places = self.places.get_mut(number).map(std::mem::take).unwrap_or_default();
            let wanted = table.alternatives.get(group.alternative);
            if wanted.is_some_and(|wanted| marked(&self.done, wanted.rule, self.event)) {
                continue;
            }
            let found = group.pattern.as_ref().is_some_and(|pattern| {
                places.iter().any(|place| {
                    let start = text.floor_char_boundary(place.start);
                    // A little more than a match can have, for what stands behind it.
                    let end = text.ceil_char_boundary(place.end.saturating_add(4));
                    let cut = text.get(..end).unwrap_or(text);
                    pattern.regex.is_match_at(cut, start)
                })
            });
            if found {
                self.fulfil_group(number, group, table);
            }
        }
    }

    fn fulfil_group(&mut self, number: usize, group: &Group, table: &Table) {
        mark(&mut self.groups, number, self.event);
        let Some(alternative) = table.alternatives.get(group.alternative) else { return };
        let Some(missing) = self.missing.get_mut(group.alternative) else { return };
        if missing.0 != self.event {
            *missing = (self.event, alternative.groups);
        }
        missing.1 -= 1;
        if missing.1 > 0 || marked(&self.done, alternative.rule, self.event) {
            return;
        }
        mark(&mut self.done, alternative.rule, self.event);
        self.candidates.extend(table.filtered.get(alternative.rule));
    }
}
