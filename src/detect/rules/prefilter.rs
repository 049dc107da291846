//! Which rules can match an event at all: one pass over its text for all rules at once.
//!
//! For each kind of part there is a table: one automaton per free text over the literals of
//! all rules that can match the kind. A literal that occurs fulfils its clauses; a group is
//! fulfilled once all its clauses are, near each other; an alternative once all its groups
//! are; and any alternative makes the rule a candidate. Rules that need nothing are candidates
//! always; a text with a character that folds to an ASCII letter is not filtered.

use super::fold::FOLDS_TO_ASCII;
use super::model::{Row, Surface};
use super::needs::{Alternative, Need};
use crate::record::Kind;
use aho_corasick::automaton::OverlappingState;
use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Up to so many literals the automaton is a table; above, states are packed.
const MAX_TABLE: usize = 8_000;

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
    /// Where each clause was last fulfilled.
    clauses: Vec<(u64, usize)>,
    /// Fulfilled groups.
    groups: Vec<u64>,
    /// Groups that alternatives still miss.
    missing: Vec<(u64, usize)>,
    /// Rules that are candidates already, by place in the table.
    done: Vec<u64>,
    /// Rules that can match the event at hand.
    pub(super) candidates: Vec<usize>,
}

/// The needs of all rules for one kind of part, flattened.
#[derive(Default)]
struct Table {
    /// Rules that need nothing.
    always: Vec<usize>,
    /// Rules with needs.
    filtered: Vec<usize>,
    /// Group of each clause.
    clauses: Vec<usize>,
    groups: Vec<GroupEntry>,
    alternatives: Vec<AlternativeEntry>,
    surfaces: Vec<(Surface, Searcher)>,
}

struct GroupEntry {
    clauses: Range<usize>,
    window: usize,
    alternative: usize,
}

struct AlternativeEntry {
    groups: usize,
    /// Place in `filtered`.
    rule: usize,
}

struct Searcher {
    automaton: AhoCorasick,
    /// For each pattern its clauses; no clauses means that everything is a candidate.
    clauses: Vec<Vec<usize>>,
}

/// Rules with what they need, for one kind; empty for nothing.
type Needs = Vec<(usize, Vec<Alternative>)>;
/// Literals of each text with the clauses they fulfil.
type Patterns<'n> = BTreeMap<Surface, BTreeMap<&'n str, Vec<usize>>>;

impl Prefilter {
    /// Builds the tables; `need` says what a rule (by number) needs in events of a kind.
    pub(super) fn new(
        rules: usize,
        need: impl Fn(usize, Kind) -> Need,
    ) -> Result<Self, BuildError> {
        let mut shared: BTreeMap<Needs, Arc<Table>> = BTreeMap::new();
        let mut tables = Vec::with_capacity(Kind::ALL.len());
        for kind in Kind::ALL {
            let needs: Needs = (0..rules)
                .filter_map(|rule| match need(rule, *kind) {
                    Need::Never => None,
                    Need::Nothing => Some((rule, Vec::new())),
                    Need::OneOf(alternatives) => Some((rule, alternatives)),
                })
                .collect();
            let table = match shared.get(&needs) {
                Some(table) => Arc::clone(table),
                None => {
                    let table = Arc::new(Table::new(&needs)?);
                    shared.insert(needs, Arc::clone(&table));
                    table
                }
            };
            tables.push(table);
        }
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
            if !searcher.search(text, table, scratch) {
                scratch.candidates.extend_from_slice(&table.filtered);
                break;
            }
            scratch.next_text();
        }
        scratch.candidates.sort_unstable();
        scratch.candidates.dedup();
    }
}

impl Table {
    fn new(needs: &Needs) -> Result<Self, BuildError> {
        let mut table = Self::default();
        let mut patterns = Patterns::new();
        for (rule, alternatives) in needs {
            if alternatives.is_empty() {
                table.always.push(*rule);
                continue;
            }
            for alternative in alternatives {
                table.add(alternative, &mut patterns);
            }
            table.filtered.push(*rule);
        }
        for surface in Surface::ALL {
            let Some(patterns) = patterns.remove(&surface) else { continue };
            table.surfaces.push((surface, Searcher::new(patterns)?));
        }
        Ok(table)
    }

    fn add<'n>(&mut self, alternative: &'n Alternative, patterns: &mut Patterns<'n>) {
        for group in alternative {
            let first = self.clauses.len();
            for clause in &group.clauses {
                let number = self.clauses.len();
                self.clauses.push(self.groups.len());
                for (surface, text) in &clause.0 {
                    patterns.entry(*surface).or_default().entry(text).or_default().push(number);
                }
            }
            self.groups.push(GroupEntry {
                clauses: first..self.clauses.len(),
                window: group.window.unwrap_or(usize::MAX),
                alternative: self.alternatives.len(),
            });
        }
        let rule = self.filtered.len();
        self.alternatives.push(AlternativeEntry { groups: alternative.len(), rule });
    }
}

impl Searcher {
    fn new(patterns: BTreeMap<&str, Vec<usize>>) -> Result<Self, BuildError> {
        let markers: Vec<String> = FOLDS_TO_ASCII.iter().map(char::to_string).collect();
        let mut clauses: Vec<Vec<usize>> = patterns.values().cloned().collect();
        clauses.extend(markers.iter().map(|_| Vec::new()));
        let kind = match clauses.len() {
            0..MAX_TABLE => AhoCorasickKind::DFA,
            _ => AhoCorasickKind::ContiguousNFA,
        };
        let words = patterns.into_keys().chain(markers.iter().map(String::as_str));
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(kind))
            .build(words)?;
        Ok(Self { automaton, clauses })
    }

    /// Marks what occurs in `text`; false if the text cannot be filtered.
    fn search(&self, text: &str, table: &Table, scratch: &mut Scratch) -> bool {
        let mut state = OverlappingState::start();
        loop {
            self.automaton.find_overlapping(text, &mut state);
            let Some(found) = state.get_match() else { return true };
            let Some(clauses) = self.clauses.get(found.pattern().as_usize()) else { continue };
            if clauses.is_empty() {
                return false;
            }
            for clause in clauses {
                scratch.fulfil(*clause, found.end(), table);
            }
        }
    }
}

/// The value at `index` if it belongs to event `event`.
fn current(values: &[u64], index: usize, event: u64) -> bool {
    values.get(index).is_some_and(|of| *of == event)
}

impl Scratch {
    fn start(&mut self, table: &Table) {
        fn grow<T: Clone + Default>(values: &mut Vec<T>, len: usize) {
            if values.len() < len {
                values.resize(len, T::default());
            }
        }
        self.event += 1;
        grow(&mut self.clauses, table.clauses.len());
        grow(&mut self.groups, table.groups.len());
        grow(&mut self.missing, table.alternatives.len());
        grow(&mut self.done, table.filtered.len());
    }

    /// Clauses in different texts are never near each other.
    fn next_text(&mut self) {
        for (_, at) in &mut self.clauses {
            *at = usize::MAX;
        }
    }

    fn fulfil(&mut self, clause: usize, at: usize, table: &Table) {
        let Some(number) = table.clauses.get(clause).copied() else { return };
        if let Some(last) = self.clauses.get_mut(clause) {
            *last = (self.event, at);
        }
        if current(&self.groups, number, self.event) {
            return;
        }
        let Some(group) = table.groups.get(number) else { return };
        let near = |(event, last): &(u64, usize)| {
            *event == self.event
                && (group.window == usize::MAX
                    || at.checked_sub(*last).is_some_and(|gap| gap <= group.window))
        };
        let clauses = self.clauses.get(group.clauses.clone()).unwrap_or_default();
        if !clauses.iter().all(near) {
            return;
        }
        if let Some(done) = self.groups.get_mut(number) {
            *done = self.event;
        }
        self.fulfil_alternative(group.alternative, table);
    }

    fn fulfil_alternative(&mut self, number: usize, table: &Table) {
        let Some(alternative) = table.alternatives.get(number) else { return };
        let Some(missing) = self.missing.get_mut(number) else { return };
        if missing.0 != self.event {
            *missing = (self.event, alternative.groups);
        }
        missing.1 -= 1;
        if missing.1 > 0 || current(&self.done, alternative.rule, self.event) {
            return;
        }
        if let Some(done) = self.done.get_mut(alternative.rule) {
            *done = self.event;
        }
        self.candidates.extend(table.filtered.get(alternative.rule));
    }
}
