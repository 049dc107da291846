//! The needs of all rules for one kind of part, flattened for the prefilter.
//!
//! Clauses with the same literals are one clause, however many rules have them: first-person
//! phrases stand in most rules about reasoning.

use super::fold::ODD;
use super::model::Surface;
use super::needs::{Alternative, Clause, Need, Pattern};
use aho_corasick::automaton::OverlappingState;
use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread::ScopedJoinHandle;

/// Up to so many literals the automaton is a table; above, states are packed.
const MAX_TABLE: usize = 8_000;

/// Rules that can match a kind, by number, with what they need.
pub(super) type Needs = Vec<(usize, Arc<Need>)>;

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

/// The literals that are looked for in one sort of text, and their automaton. Kinds of parts
/// differ little in what is looked for, and a table of states is large: they share it.
pub(super) struct Words {
    literals: BTreeSet<Vec<u8>>,
    automaton: AhoCorasick,
}

/// Finds the literals in one text.
pub(super) struct Searcher {
    words: Arc<Words>,
    /// For each literal its clauses; none if only tables of other kinds look for it.
    clauses: Vec<Vec<usize>>,
}

/// Clauses with their numbers, and per text the literals with the clauses they fulfil.
type Literals<'n> = BTreeMap<Surface, BTreeMap<&'n [u8], Vec<usize>>>;

/// The tables for several sets of needs.
pub(super) fn tables(all: &[Needs]) -> Result<Vec<Table>, BuildError> {
    let mut drafts: Vec<(Table, Literals<'_>)> = all.iter().map(Table::draft).collect();
    let wanted = drafts.iter().map(|(_, literals)| literals);
    let groups = build(shared(wanted))?;
    for (table, literals) in &mut drafts {
        for (surface, literals) in std::mem::take(literals) {
            let fits =
                |(of, words): &&(Surface, Arc<Words>)| *of == surface && words.serves(&literals);
            let smallest = groups.iter().filter(fits).min_by_key(|(_, words)| words.literals.len());
            if let Some((_, words)) = smallest {
                table.surfaces.push((surface, Searcher::new(words, literals)));
            }
        }
    }
    Ok(drafts.into_iter().map(|(table, _)| table).collect())
}

/// Sets of literals for one automaton each. Tables share one if they look for much the same; a
/// table of few literals keeps its own, which is faster to search with.
fn shared<'n>(wanted: impl Iterator<Item = &'n Literals<'n>>) -> Vec<(Surface, BTreeSet<Vec<u8>>)> {
    let mut sets: Vec<_> = wanted.flatten().collect();
    sets.sort_by_key(|(surface, literals)| (**surface, Reverse(literals.len())));
    let mut groups: Vec<(Surface, BTreeSet<Vec<u8>>)> = Vec::new();
    for (surface, literals) in sets {
        let words = literals.keys().map(|word| word.to_vec());
        match groups.last_mut() {
            Some((of, group)) if of == surface && is_much_of(literals.len(), group.len()) => {
                group.extend(words);
            }
            _ => groups.push((*surface, words.collect())),
        }
    }
    groups
}

fn is_much_of(literals: usize, all: usize) -> bool {
    literals * 2 > all
}

/// Building an automaton takes long enough for a thread.
fn build(
    wanted: Vec<(Surface, BTreeSet<Vec<u8>>)>,
) -> Result<Vec<(Surface, Arc<Words>)>, BuildError> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = wanted
            .into_iter()
            .map(|(surface, literals)| (surface, scope.spawn(|| Words::new(literals))))
            .collect();
        let join = |thread: ScopedJoinHandle<'_, _>| match thread.join() {
            Ok(words) => words,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let built = threads.into_iter().map(|(s, thread)| Ok((s, Arc::new(join(thread)?))));
        built.collect()
    })
}

impl Table {
    /// The table without its searchers, and what these are to look for.
    fn draft(needs: &Needs) -> (Self, Literals<'_>) {
        let mut table = Self::default();
        let mut numbers: BTreeMap<&Clause, usize> = BTreeMap::new();
        for (rule, need) in needs {
            let alternatives = match &**need {
                Need::OneOf(alternatives) => alternatives,
                Need::Nothing => {
                    table.always.push(*rule);
                    continue;
                }
                Need::Never => continue,
            };
            for alternative in alternatives {
                table.add(alternative, &mut numbers);
            }
            table.filtered.push(*rule);
        }
        let mut literals = Literals::new();
        for (clause, number) in numbers {
            for (surface, text) in &clause.0 {
                literals.entry(*surface).or_default().entry(text).or_default().push(number);
            }
        }
        (table, literals)
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

impl Words {
    fn new(literals: BTreeSet<Vec<u8>>) -> Result<Self, BuildError> {
        let odd: Vec<String> = ODD.iter().map(char::to_string).collect();
        let words = literals.iter().map(Vec::as_slice).chain(odd.iter().map(String::as_bytes));
        let kind = match literals.len() + odd.len() {
            0..MAX_TABLE => AhoCorasickKind::DFA,
            _ => AhoCorasickKind::ContiguousNFA,
        };
        let mut builder = AhoCorasick::builder();
        let automaton = builder.ascii_case_insensitive(true).kind(Some(kind)).build(words)?;
        Ok(Self { literals, automaton })
    }

    /// Whether all these literals are looked for.
    fn serves(&self, literals: &BTreeMap<&[u8], Vec<usize>>) -> bool {
        literals.keys().all(|word| self.literals.contains(*word))
    }
}

/// What was found in a text.
pub(super) enum Hit<'s> {
    /// A literal: these clauses hold.
    Clauses(&'s [usize]),
    /// A character that folds oddly.
    Odd,
}

impl Searcher {
    fn new(words: &Arc<Words>, mut literals: BTreeMap<&[u8], Vec<usize>>) -> Self {
        let of = |word: &Vec<u8>| literals.remove(word.as_slice()).unwrap_or_default();
        Self { clauses: words.literals.iter().map(of).collect(), words: Arc::clone(words) }
    }

    /// The next hit and where it ends.
    pub(super) fn next(
        &self,
        text: &str,
        state: &mut OverlappingState,
    ) -> Option<(Hit<'_>, usize)> {
        self.words.automaton.find_overlapping(text, state);
        let found = state.get_match()?;
        let clauses = self.clauses.get(found.pattern().as_usize());
        Some((clauses.map_or(Hit::Odd, |clauses| Hit::Clauses(clauses)), found.end()))
    }
}
