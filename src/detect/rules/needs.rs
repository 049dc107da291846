//! What must occur in an event for a rule to match it: alternatives of groups of literals.
//!
//! A [`Need`] may ask for too little but never for too much; whoever builds one from a
//! condition has only [`Need::group`], [`Need::and`] and [`Need::or`], which keep it so.

use super::model::Surface;
use regex::Regex;
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;

/// A literal, ASCII lower case, in one of the texts of an event.
pub(super) type Literal = (Surface, Vec<u8>);

/// At least one of these literals occurs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clause(pub(super) BTreeSet<Literal>);

/// All clauses hold; for a pattern in one text, near each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) clauses: Vec<Clause>,
    pub(super) pattern: Option<Pattern>,
}

/// A pattern that need only be tried around the places where its literals are.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) regex: Regex,
    /// How far around.
    pub(super) reach: Reach,
}

/// How far a match can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// So many bytes.
    Bytes(usize),
    /// To the ends of the line.
    Line,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Pattern {}

impl PartialOrd for Pattern {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pattern {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.regex.as_str(), self.reach).cmp(&(other.regex.as_str(), other.reach))
    }
}

/// All groups hold.
pub(super) type Alternative = Vec<Group>;

/// What an event must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Need {
    /// Cannot match at all.
    Never,
    /// Nothing is known to be needed.
    Nothing,
    /// One of these; never empty, and no alternative or group is.
    OneOf(Vec<Alternative>),
}

/// At most so many literals in a clause; more would filter nothing.
const MAX_LITERALS: usize = 600;
/// At most so many clauses in a group, groups in an alternative; the best are kept.
const MAX_PARTS: usize = 5;
/// At most so many alternatives; beyond, they are melted into one clause.
const MAX_ALTERNATIVES: usize = 48;
/// Shorter literals are kept only if there is nothing better: they occur everywhere.
const SHORT: usize = 3;

/// Longer is rarer; past eight bytes it makes no difference, then fewer is better.
type Quality = (usize, Reverse<usize>);

impl Clause {
    fn quality(&self) -> Quality {
        let shortest = self.0.iter().map(|(_, text)| text.len()).min().unwrap_or_default();
        (shortest.min(8), Reverse(self.0.len()))
    }

    fn is_useful(&self) -> bool {
        let useless = self.0.iter().any(|(_, text)| text.is_empty());
        !useless && !self.0.is_empty() && self.0.len() <= MAX_LITERALS
    }
}

impl Group {
    /// How much it filters out: the sum over its clauses.
    fn strength(&self) -> usize {
        let near = if self.pattern.is_some() { 2 } else { 1 };
        near * self.clauses.iter().map(|clause| clause.quality().0).sum::<usize>()
    }

    fn best_clause(&self) -> Option<&Clause> {
        self.clauses.iter().max_by_key(|clause| clause.quality())
    }
}

impl Need {
    /// All of `clauses`, each a set of literals one of which occurs, as parts of a match of
    /// `pattern` if that is known.
    pub(super) fn group(
        clauses: impl IntoIterator<Item = BTreeSet<Literal>>,
        pattern: Option<Pattern>,
    ) -> Self {
        let mut clauses: Vec<Clause> =
            clauses.into_iter().map(Clause).filter(Clause::is_useful).collect();
        clauses.sort_by_key(|clause| Reverse(clause.quality()));
        clauses.dedup();
        let long = clauses.iter().take_while(|clause| clause.quality().0 >= SHORT).count();
        clauses.truncate(long.clamp(1, MAX_PARTS));
        if clauses.is_empty() {
            return Self::Nothing;
        }
        Self::OneOf(vec![vec![Group { clauses, pattern }]])
    }

    /// Both hold.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Nothing, need) | (need, Self::Nothing) => need,
            (Self::OneOf(left), Self::OneOf(right)) => {
                if left.len() * right.len() > MAX_ALTERNATIVES {
                    // Either side alone is needed too; the stronger one is enough.
                    let left_wins = weakest(&left) >= weakest(&right);
                    return Self::OneOf(if left_wins { left } else { right });
                }
                let both = |l: &Alternative, r: &Alternative| best_groups([&l[..], r].concat());
                let pairs = left.iter().flat_map(|l| right.iter().map(move |r| both(l, r)));
                Self::OneOf(pairs.collect())
            }
        }
    }

    /// One of `needs` holds.
    pub(super) fn or(needs: impl IntoIterator<Item = Self>) -> Self {
        let mut possible = false;
        let mut alternatives = Vec::new();
        for need in needs {
            match need {
                Self::Never => continue,
                Self::Nothing => return Self::Nothing,
                Self::OneOf(more) => alternatives.extend(more),
            }
            possible = true;
        }
        if possible { melt(alternatives) } else { Self::Never }
    }

    /// All of `needs` hold. Looks no further than the first that cannot.
    pub(super) fn all(needs: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::Nothing;
        for need in needs {
            all = all.and(need);
            if all == Self::Never {
                break;
            }
        }
        all
    }
}

fn weakest(alternatives: &[Alternative]) -> usize {
    let strength = |groups: &Alternative| groups.iter().map(Group::strength).sum::<usize>();
    alternatives.iter().map(strength).min().unwrap_or_default()
}

fn best_groups(mut groups: Alternative) -> Alternative {
    groups.sort_by_key(|group| Reverse(group.strength()));
    groups.dedup();
    groups.truncate(MAX_PARTS);
    groups
}

/// Puts the alternatives that are a single clause into one, as word lists are; too many
/// alternatives become one clause altogether.
fn melt(alternatives: Vec<Alternative>) -> Need {
    let too_many = alternatives.len() > MAX_ALTERNATIVES;
    let mut kept = Vec::new();
    let mut union = BTreeSet::new();
    for alternative in alternatives {
        match alternative.as_slice() {
            [Group { clauses, pattern: None }] if clauses.len() == 1 => {
                union.extend(clauses.iter().flat_map(|clause| clause.0.iter().cloned()));
            }
            groups if too_many => {
                let clauses = groups.iter().filter_map(Group::best_clause);
                if let Some(best) = clauses.max_by_key(|clause| clause.quality()) {
                    union.extend(best.0.iter().cloned());
                }
            }
            _ => kept.push(alternative),
        }
    }
    if union.is_empty() {
        return Need::OneOf(kept);
    }
    match Need::group([union], None) {
        Need::OneOf(melted) => {
            kept.extend(melted);
            Need::OneOf(kept)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(words: &[&str]) -> BTreeSet<Literal> {
        words.iter().map(|word| (Surface::Content, word.as_bytes().to_vec())).collect()
    }

    fn need(words: &[&str]) -> Need {
        Need::group([set(words)], None)
    }

    #[test]
    fn an_alternative_that_needs_nothing_frees_the_whole() {
        assert_eq!(Need::or([need(&["abc"]), Need::Nothing]), Need::Nothing);
        assert_eq!(Need::or([need(&["abc"]), Need::Never]), need(&["abc"]));
        assert_eq!(Need::or([]), Need::Never);
        assert_eq!(need(&["abc"]).and(Need::Never), Need::Never);
        assert_eq!(need(&[""]), Need::Nothing);
    }

    #[test]
    fn word_lists_melt_and_phrases_do_not() {
        assert_eq!(Need::or([need(&["abc"]), need(&["xyz"])]), need(&["abc", "xyz"]));
        let phrase = Need::group([set(&["abc"]), set(&["def"])], None);
        let Need::OneOf(two) = Need::or([phrase.clone(), need(&["xyz"])]) else { panic!() };
        assert_eq!(two.len(), 2);
        let Need::OneOf(many) = Need::or(vec![phrase; 100]) else { panic!() };
        assert_eq!(many.len(), 1);
    }

    #[test]
    fn short_literals_are_kept_only_alone() {
        assert_eq!(Need::group([set(&["i"]), set(&["conceal"])], None), need(&["conceal"]));
        assert_ne!(need(&["i"]), Need::Nothing);
    }
}
