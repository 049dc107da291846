//! The literals that a regular expression cannot match without.
//!
//! Walks the expression bottom up: a part that matches few strings is written out, parts in a
//! row are joined as long as that stays small, and what cannot be written out ends a literal.

use super::fold::{ODD, fold_of};
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Repetition};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A part is written out as at most so many strings.
const MAX_STRINGS: usize = 128;
/// A character class is written out up to this many characters, case aside.
const MAX_CLASS: usize = 6;
/// Characters of a class that are looked at for that.
const MAX_CLASS_CHARS: usize = 24;
/// A class that is not written out may say how its characters begin, in so many ways.
const MAX_PREFIXES: usize = 8;
/// Deeper expressions are taken as unknown.
const MAX_DEPTH: usize = 64;

/// Sets of strings; a match contains one string of each set.
type Mandatory = Vec<BTreeSet<String>>;

/// What a match of an expression has in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Literals {
    /// It contains one string of each set, in lower case.
    pub(super) strings: Mandatory,
    /// It contains one byte string of each set: the first bytes of characters.
    pub(super) prefixes: Vec<BTreeSet<Vec<u8>>>,
    /// The most bytes it has, if that is bounded.
    pub(super) longest: Option<usize>,
    /// Whether it never has a line end in it.
    pub(super) one_line: bool,
}

/// What is known about a part of an expression.
#[derive(Default)]
struct Part {
    /// All strings it matches (lower case), if they are few.
    exact: Option<BTreeSet<String>>,
    /// If not exact: sets one string of which each match contains.
    mandatory: Mandatory,
    /// The same for first bytes of characters.
    prefixes: Vec<BTreeSet<Vec<u8>>>,
}

/// Literals of patterns that were looked at before: each is asked for once per kind of part.
/// Shared by the threads that read rules.
#[derive(Default)]
pub(super) struct Memo(Mutex<HashMap<String, Arc<Literals>>>);

impl Memo {
    /// The literals of `pattern`; none if it does not parse.
    pub(super) fn literals(&self, pattern: &str) -> Arc<Literals> {
        if let Some(known) = self.known().get(pattern) {
            return Arc::clone(known);
        }
        let found = Arc::new(literals(pattern));
        self.known().insert(pattern.to_owned(), Arc::clone(&found));
        found
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Arc<Literals>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn literals(pattern: &str) -> Literals {
    let Ok(hir) = regex_syntax::parse(pattern) else { return Literals::default() };
    let part = walk(&hir, 0);
    let prefixes = part.prefixes.clone();
    Literals {
        strings: part.into_mandatory(),
        prefixes,
        longest: hir.properties().maximum_len(),
        one_line: is_one_line(&hir, 0),
    }
}

/// Whether no match of an expression has a line end in it.
fn is_one_line(hir: &Hir, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let within = |part: &Hir| is_one_line(part, depth + 1);
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => !literal.0.contains(&b'\n'),
        HirKind::Class(Class::Unicode(class)) => {
            !class.iter().any(|range| (range.start()..=range.end()).contains(&'\n'))
        }
        HirKind::Class(Class::Bytes(_)) => false,
        HirKind::Capture(capture) => within(&capture.sub),
        HirKind::Repetition(repetition) => within(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().all(within),
    }
}

impl Part {
    fn exact(strings: BTreeSet<String>) -> Self {
        Self { exact: Some(strings), ..Self::default() }
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
            Ok(text) if !text.contains(ODD) => {
                Part::exact(BTreeSet::from([text.chars().map(lower).collect()]))
            }
            _ => Part::unknown(),
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
    if count == 0 {
        return Part::unknown();
    }
    if count > MAX_CLASS_CHARS {
        return Part { prefixes: of_ranges(class).into_iter().collect(), ..Part::default() };
    }
    let chars = class.iter().flat_map(|range| range.start()..=range.end());
    // An odd character is found where it is folded, if what it folds to is in the class too.
    let is_found = |c: &char| {
        let fold = fold_of(*c).unwrap_or_default();
        let mut chars = fold.chars();
        let one = chars.next().filter(|_| chars.next().is_none());
        one.is_some_and(|one| class.iter().any(|r| (r.start()..=r.end()).contains(&one)))
    };
    let (odd, plain): (Vec<char>, Vec<char>) = chars.partition(|c| ODD.contains(c));
    if !odd.iter().all(is_found) {
        return Part::unknown();
    }
    let strings: BTreeSet<String> = plain.into_iter().map(|c| lower(c).to_string()).collect();
    if strings.len() > MAX_CLASS {
        return Part { prefixes: of_ranges(class).into_iter().collect(), ..Part::default() };
    }
    Part::exact(strings)
}

/// Lower case if that is one character; `fold` finds the other cases again.
fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(first), None) => first,
        _ => c,
    }
}

/// How the characters of a class begin in UTF-8, if they are all outside ASCII and that is
/// said in a few byte strings: as many bytes as possible.
fn of_ranges(class: &ClassUnicode) -> Option<BTreeSet<Vec<u8>>> {
    (1..=3).rev().find_map(|len| prefixes(class, len))
}

fn prefixes(class: &ClassUnicode, len: usize) -> Option<BTreeSet<Vec<u8>>> {
    let mut out = BTreeSet::new();
    for range in class.iter() {
        let (start, end) = (range.start(), range.end());
        if start.is_ascii() || start.len_utf8() != end.len_utf8() {
            return None;
        }
        let keep = len.min(start.len_utf8() - 1);
        // Characters with these first bytes come in blocks of this size.
        let block = 1 << (6 * (start.len_utf8() - keep));
        let (first, last) = (start as u32 / block, end as u32 / block);
        if (last - first) as usize >= MAX_PREFIXES {
            return None;
        }
        for number in first..=last {
            let in_range = (number * block).max(start as u32);
            let mut bytes = [0; 4];
            let encoded = char::from_u32(in_range)?.encode_utf8(&mut bytes).as_bytes();
            out.insert(encoded.get(..keep)?.to_vec());
        }
    }
    (out.len() <= MAX_PREFIXES).then_some(out)
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
        _ => {
            Part { exact: None, prefixes: part.prefixes.clone(), mandatory: part.into_mandatory() }
        }
    }
}

fn of_concat(parts: &[Hir], depth: usize) -> Part {
    let mut run = BTreeSet::from([String::new()]);
    let mut mandatory = Mandatory::new();
    let mut prefixes = Vec::new();
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
                prefixes.extend(part.prefixes);
            }
        }
    }
    if !broken {
        return Part::exact(run);
    }
    push(&mut mandatory, run);
    Part { exact: None, mandatory, prefixes }
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
        _ => Part { mandatory: one_of.into_iter().collect(), ..Part::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(pattern: &str) -> Vec<Vec<String>> {
        literals(pattern).strings.into_iter().map(|set| set.into_iter().collect()).collect()
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
        assert_eq!(literals("ab.{0,2}").longest, Some(10), "in bytes");
        assert_eq!(literals("ab.*").longest, None);
        assert!(literals("(?i)ab.*[^x\n]+").one_line && !literals("a[^x]").one_line);
    }

    #[test]
    fn odd_folding_is_left_to_the_odd_characters() {
        assert_eq!(sets("(?i)sk"), [vec!["sk"]]);
        assert_eq!(sets("(?i)ДВ"), [vec!["дв"]]);
        assert!(sets("[\u{212A}\u{130}]").is_empty(), "nothing is known of these");
        assert!(sets("a\u{17F}b").is_empty());
    }

    #[test]
    fn a_class_outside_ascii_says_how_it_begins() {
        let tags = literals("[\u{E0020}-\u{E007E}]{8,}").prefixes;
        assert_eq!(tags, [BTreeSet::from([vec![0xF3, 0xA0, 0x80], vec![0xF3, 0xA0, 0x81]])]);
        assert!(literals("[^a]").prefixes.is_empty());
    }
}
