//! Where the values of actions occur in a session: one automaton over all texts, each read once.

use super::act::Value;
use super::forms::{self, Form};
use super::parts::{Session, Voice};
use super::squeezed::{self, Needle};
use super::words::is_dense;
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use std::collections::HashMap;

/// An occurrence of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mention {
    pub(crate) part: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) form: Form,
    /// Number of what was looked for: equal for equal spellings.
    pub(crate) needle: usize,
}

/// All occurrences of all values.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    /// By canonical value, in order of place.
    by_value: HashMap<String, Vec<Mention>>,
    /// Whether there was more than is kept.
    pub(crate) is_capped: bool,
}

/// Values of one session that are followed.
const MAX_VALUES: usize = 4_000;
/// Occurrences kept of one value; a value in more places than these is no target.
const MAX_MENTIONS: usize = 400;
/// Occurrences of one value kept of one part.
const MAX_IN_PART: usize = 3;

impl Mentions {
    /// Looks for `values` in all parts of a session.
    pub(crate) fn of<'v>(session: &Session<'_>, values: impl Iterator<Item = &'v Value>) -> Self {
        let mut mentions = Self::default();
        let mut needles: Vec<(String, Form)> = Vec::new();
        let mut texts: Vec<String> = Vec::new();
        let mut numbers: Vec<(String, Needle)> = Vec::new();
        for value in values {
            let key = value.canonical();
            if mentions.by_value.len() >= MAX_VALUES {
                mentions.is_capped = true;
                break;
            }
            if mentions.by_value.contains_key(&key) {
                continue;
            }
            for (form, needle) in forms::of(value) {
                needles.push((key.clone(), form));
                texts.push(needle);
            }
            numbers.extend(Needle::of(value).map(|needle| (key.clone(), needle)));
            mentions.by_value.insert(key, Vec::new());
        }
        if let Some(automaton) = automaton(&texts) {
            mentions.search(session, &automaton, &needles);
        }
        let (keys, numbers): (Vec<String>, Vec<Needle>) = numbers.into_iter().unzip();
        mentions.search_numbers(session, &keys, &numbers, needles.len());
        mentions
    }

    /// Numbers that are written in another way than in the call.
    fn search_numbers(
        &mut self,
        session: &Session<'_>,
        keys: &[String],
        numbers: &[Needle],
        from: usize,
    ) {
        let texts: Vec<String> = numbers.iter().map(|needle| needle.text.clone()).collect();
        let Some(automaton) = automaton(&texts) else { return };
        for (part, text) in session.parts.iter().enumerate().map(|(at, part)| (at, &part.text)) {
            let (found, is_whole) = squeezed::search(text, &automaton, numbers);
            self.is_capped |= !is_whole;
            for (number, start, end) in found {
                let Some(list) = self.by_value.get_mut(&keys[number]) else { continue };
                if list.len() < MAX_MENTIONS {
                    let needle = from + number;
                    let form = numbers[number].form();
                    list.push(Mention { part, start, end, form, needle });
                }
            }
        }
        for key in keys {
            if let Some(list) = self.by_value.get_mut(key) {
                list.sort_unstable();
            }
        }
    }

    fn search(
        &mut self,
        session: &Session<'_>,
        automaton: &AhoCorasick,
        needles: &[(String, Form)],
    ) {
        let mut in_part: HashMap<usize, usize> = HashMap::new();
        for (at, part) in session.parts.iter().enumerate() {
            in_part.clear();
            for found in automaton.find_overlapping_iter(part.text.as_ref()) {
                let number = found.pattern().as_usize();
                let (key, form) = &needles[number];
                if !is_word(&part.text, found.start(), found.end()) {
                    continue;
                }
                let count = in_part.entry(number).or_default();
                *count += 1;
                let Some(list) = self.by_value.get_mut(key).filter(|_| *count <= MAX_IN_PART)
                else {
                    continue;
                };
                if list.len() >= MAX_MENTIONS {
                    self.is_capped = true;
                    continue;
                }
                list.push(Mention {
                    part: at,
                    start: found.start(),
                    end: found.end(),
                    form: *form,
                    needle: number,
                });
            }
        }
    }

    /// Where a value occurs, in order of place.
    pub(crate) fn get(&self, value: &Value) -> &[Mention] {
        self.by_value.get(&value.canonical()).map_or(&[], Vec::as_slice)
    }

    /// Where it occurs before a part, by whom.
    pub(crate) fn before<'m>(
        &'m self,
        value: &Value,
        part: usize,
        session: &'m Session<'_>,
    ) -> impl Iterator<Item = (Mention, Voice)> + 'm {
        self.get(value)
            .iter()
            .filter(move |mention| mention.part < part)
            .map(|mention| (*mention, session.parts[mention.part].voice))
    }
}

fn automaton(needles: &[String]) -> Option<AhoCorasick> {
    if needles.is_empty() {
        return None;
    }
    // Other letters than ASCII's are looked for as they were written in the call.
    AhoCorasickBuilder::new()
        // Built for one session and used once: a table of all transitions would not pay.
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .match_kind(MatchKind::Standard)
        .ascii_case_insensitive(true)
        .build(needles)
        .ok()
}

/// Whether an occurrence is no part of a longer word.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let inside = |a: Option<char>, b: Option<char>| match (a, b) {
        (Some(a), Some(b)) => {
            a.is_alphanumeric() && b.is_alphanumeric() && !is_dense(a) && !is_dense(b)
        }
        _ => false,
    };
    let (Some(head), Some(found), Some(tail)) =
        (text.get(..start), text.get(start..end), text.get(end..))
    else {
        return false;
    };
    !inside(head.chars().next_back(), found.chars().next())
        && !inside(found.chars().next_back(), tail.chars().next())
}
