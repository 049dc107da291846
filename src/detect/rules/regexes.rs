//! The literals that a regular expression cannot match without.
//!
//! Walks the expression bottom up: a part that matches few strings is written out, parts in a
//! row are joined as long as that stays small, and what cannot be written out ends a literal.

use super::fold::FOLDS_TO_ASCII;
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};
use std::collections::BTreeSet;

/// A part is written out as at most so many strings.
const MAX_STRINGS: usize = 128;
/// A character class is written out up to this many characters.
const MAX_CLASS: usize = 6;
/// Deeper expressions are taken as unknown.
const MAX_DEPTH: usize = 64;

/// Sets of strings; a match contains one string of each set.
pub(super) type Mandatory = Vec<BTreeSet<String>>;

/// What is known about a part of an expression.
#[derive(Default)]
struct Part {
    /// All strings it matches (ASCII lower case), if they are few.
    exact: Option<BTreeSet<String>>,
    /// If not exact: sets one string of which each match contains.
    mandatory: Mandatory,
}

/// The mandatory strings of `pattern`, in ASCII lower case, and the most bytes a match has, if
/// that is bounded; nothing if it does not parse.
pub(super) fn mandatory(pattern: &str) -> (Mandatory, Option<usize>) {
    let Ok(hir) = regex_syntax::parse(pattern) else { return (Mandatory::new(), None) };
    (walk(&hir, 0).into_mandatory(), hir.properties().maximum_len())
}

impl Part {
    fn exact(strings: BTreeSet<String>) -> Self {
        Self { exact: Some(strings), mandatory: Mandatory::new() }
    }

    fn unknown() -> Self {
        Self::default()
    }

    fn into_mandatory(mut self) -> Mandatory {
        push(&mut self.mandatory, self.exact.unwrap_or_default());
        self.mandatory
    }
}

/// Adds a set unless it says nothing.
fn push(mandatory: &mut Mandatory, strings: BTreeSet<String>) {
    if !strings.is_empty() && !strings.contains("") {
        mandatory.push(strings);
    }
}

fn walk(hir: &Hir, depth: usize) -> Part {
    if depth > MAX_DEPTH {
        return Part::unknown();
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Part::exact(BTreeSet::from([String::new()])),
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => Part::exact(BTreeSet::from([text.to_ascii_lowercase()])),
            Err(_) => Part::unknown(),
        },
        HirKind::Class(class) => of_class(class),
        HirKind::Capture(capture) => walk(&capture.sub, depth + 1),
        HirKind::Repetition(repetition) => of_repetition(repetition, depth),
        HirKind::Concat(parts) => of_concat(parts, depth),
        HirKind::Alternation(parts) => of_alternation(parts, depth),
    }
}

fn of_class(class: &Class) -> Part {
    let Class::Unicode(class) = class else { return Part::unknown() };
    let count: usize = class.iter().map(|range| range.len()).sum();
    if count == 0 || count > MAX_CLASS {
        return Part::unknown();
    }
    let chars = class.iter().flat_map(|range| range.start()..=range.end());
    let mut strings: BTreeSet<String> = chars
        .filter(|c| !FOLDS_TO_ASCII.contains(c))
        .map(|c| c.to_ascii_lowercase().to_string())
        .collect();
    if strings.is_empty() {
        // Only characters that are never filtered; any stand-in will do, but not nothing.
        strings.extend(FOLDS_TO_ASCII.iter().map(char::to_string));
    }
    Part::exact(strings)
}

fn of_repetition(repetition: &Repetition, depth: usize) -> Part {
    let part = walk(&repetition.sub, depth + 1);
    match (repetition.min, repetition.max) {
        (0, Some(1)) => match part.exact {
            Some(mut strings) => {
                strings.insert(String::new());
                Part::exact(strings)
            }
            None => Part::unknown(),
        },
        (0, _) => Part::unknown(),
        (1, Some(1)) => part,
        _ => Part { exact: None, mandatory: part.into_mandatory() },
    }
}

fn of_concat(parts: &[Hir], depth: usize) -> Part {
    let mut run = BTreeSet::from([String::new()]);
    let mut mandatory = Mandatory::new();
    let mut broken = false;
    for part in parts.iter().map(|part| walk(part, depth + 1)) {
        match part.exact {
            Some(strings) if run.len() * strings.len() <= MAX_STRINGS => {
                run = product(&run, &strings);
            }
            Some(strings) => {
                broken = true;
                push(&mut mandatory, std::mem::replace(&mut run, strings));
            }
            None => {
                broken = true;
                push(&mut mandatory, std::mem::replace(&mut run, BTreeSet::from([String::new()])));
                mandatory.extend(part.mandatory);
            }
        }
    }
    if !broken {
        return Part::exact(run);
    }
    push(&mut mandatory, run);
    Part { exact: None, mandatory }
}

fn product(heads: &BTreeSet<String>, tails: &BTreeSet<String>) -> BTreeSet<String> {
    heads.iter().flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}"))).collect()
}

fn of_alternation(parts: &[Hir], depth: usize) -> Part {
    let mut exact = Some(BTreeSet::new());
    let mut one_of = Some(BTreeSet::new());
    for part in parts.iter().map(|part| walk(part, depth + 1)) {
        match (&mut exact, &part.exact) {
            (Some(all), Some(strings)) => all.extend(strings.iter().cloned()),
            _ => exact = None,
        }
        let best = part.into_mandatory().into_iter().max_by_key(|strings| {
            let shortest = strings.iter().map(String::len).min().unwrap_or_default();
            (shortest.min(8), std::cmp::Reverse(strings.len()))
        });
        match (&mut one_of, best) {
            (Some(all), Some(strings)) => all.extend(strings),
            _ => one_of = None,
        }
    }
    match exact {
        Some(strings) if strings.len() <= MAX_STRINGS => Part::exact(strings),
        _ => Part { exact: None, mandatory: one_of.into_iter().collect() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(pattern: &str) -> Vec<Vec<String>> {
        mandatory(pattern).0.into_iter().map(|set| set.into_iter().collect()).collect()
    }

    #[test]
    fn rows_are_joined_and_gaps_cut() {
        assert_eq!(sets("(?i)hid(?:e|ing).{0,9}from"), [vec!["hide", "hiding"], vec!["from"]]);
        assert_eq!(sets("ab?c"), [vec!["abc", "ac"]]);
        assert_eq!(sets(r"\bkeep\b\w+"), [vec!["keep"]]);
        assert_eq!(sets("(?:ab)+x*"), [vec!["ab"]]);
    }

    #[test]
    fn alternatives_need_one_of_all_or_nothing() {
        assert_eq!(sets("(?:abc.*d|xyz+)"), [vec!["abc", "xy"]]);
        assert!(sets("(?:abc|.*)").is_empty());
        assert!(sets("a*").is_empty());
        assert!(sets("[a-z]+").is_empty());
        assert_eq!(mandatory("ab.{0,2}").1, Some(10), "in bytes");
        assert_eq!(mandatory("ab.*").1, None);
    }

    #[test]
    fn folding_to_ascii_is_left_to_the_marker_characters() {
        assert_eq!(sets("(?i)sk"), [vec!["sk"]]);
        assert_eq!(sets("\u{212A}"), [vec!["\u{212A}".to_owned()]]);
    }
}
