//! The needs of all rules for one kind of part, flattened for the prefilter.
//!
//! Clauses with the same literals are one clause, however many rules have them: first-person
//! phrases stand in most rules about reasoning.

use super::fold::ODD;
use super::model::Surface;
use super::needs::{Alternative, Clause, Pattern};
use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};
use std::collections::BTreeMap;

/// Up to so many literals the automaton is a table; above, states are packed.
const MAX_TABLE: usize = 8_000;

/// Rules with what they need, for one kind; empty for nothing.
pub(super) type Needs = Vec<(usize, Vec<Alternative>)>;

/// The needs of all rules for one kind of part.
#[derive(Default)]
pub(super) struct Table {
    /// Rules that need nothing.
    pub(super) always: Vec<usize>,
    /// Rules with needs.
    pub(super) filtered: Vec<usize>,
    /// Groups that have each clause.
    pub(super) clauses: Vec<Vec<usize>>,
    pub(super) groups: Vec<Group>,
    pub(super) alternatives: Vec<Wanted>,
    pub(super) surfaces: Vec<(Surface, Searcher)>,
}

/// Clauses of a group, the rarest first.
pub(super) struct Group {
    pub(super) clauses: Vec<usize>,
    pub(super) pattern: Option<Pattern>,
    pub(super) alternative: usize,
}

/// How many groups make an alternative, and of which rule (by place in `filtered`).
pub(super) struct Wanted {
    pub(super) groups: usize,
    pub(super) rule: usize,
}

/// Finds the literals in one text.
pub(super) struct Searcher {
    pub(super) automaton: AhoCorasick,
    /// For each literal its clauses; no clauses means that everything is a candidate.
    pub(super) clauses: Vec<Vec<usize>>,
}

impl Table {
    pub(super) fn new(needs: &Needs) -> Result<Self, BuildError> {
        let mut table = Self::default();
        let mut numbers: BTreeMap<&Clause, usize> = BTreeMap::new();
        for (rule, alternatives) in needs {
            if alternatives.is_empty() {
                table.always.push(*rule);
                continue;
            }
            for alternative in alternatives {
                table.add(alternative, &mut numbers);
            }
            table.filtered.push(*rule);
        }
        let mut literals: BTreeMap<Surface, BTreeMap<&[u8], Vec<usize>>> = BTreeMap::new();
        for (clause, number) in numbers {
            for (surface, text) in &clause.0 {
                literals.entry(*surface).or_default().entry(text).or_default().push(number);
            }
        }
        for (surface, literals) in literals {
            table.surfaces.push((surface, Searcher::new(literals)?));
        }
        Ok(table)
    }

    fn add<'n>(&mut self, groups: &'n Alternative, numbers: &mut BTreeMap<&'n Clause, usize>) {
        for group in groups {
            let mut clauses = Vec::with_capacity(group.clauses.len());
            for clause in &group.clauses {
                let number = *numbers.entry(clause).or_insert(self.clauses.len());
                if number == self.clauses.len() {
                    self.clauses.push(Vec::new());
                }
                if let Some(owners) = self.clauses.get_mut(number) {
                    owners.push(self.groups.len());
                }
                clauses.push(number);
            }
            let alternative = self.alternatives.len();
            self.groups.push(Group { clauses, pattern: group.pattern.clone(), alternative });
        }
        self.alternatives.push(Wanted { groups: groups.len(), rule: self.filtered.len() });
    }
}

impl Searcher {
    fn new(literals: BTreeMap<&[u8], Vec<usize>>) -> Result<Self, BuildError> {
        let odd: Vec<String> = ODD.iter().map(char::to_string).collect();
        let words: Vec<&[u8]> =
            literals.keys().copied().chain(odd.iter().map(String::as_bytes)).collect();
        let kind = match words.len() {
            0..MAX_TABLE => AhoCorasickKind::DFA,
            _ => AhoCorasickKind::ContiguousNFA,
        };
        let automaton =
            AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(kind)).build(&words)?;
        let mut clauses: Vec<Vec<usize>> = literals.into_values().collect();
        clauses.resize(words.len(), Vec::new());
        Ok(Self { automaton, clauses })
    }
}
