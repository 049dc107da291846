//! Where the values of actions occur in a session: all values are looked for at once.

use super::act::Value;
use super::forms::{self, Form};
use super::needles::{Needles, automaton};
use super::parts::{Session, Voice};
use super::squeezed::{self, Needle};
use super::words::is_dense;
use ahash::AHashMap as HashMap;

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
        mentions.search(session, Needles::of(texts.iter().map(String::as_str)), &needles);
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
        let Some(automaton) = automaton(numbers.iter().map(|needle| &needle.text)) else { return };
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

    fn search(&mut self, session: &Session<'_>, mut texts: Needles, needles: &[(String, Form)]) {
        if texts.is_empty() {
            return;
        }
        let mut counts = vec![(0, 0); needles.len()];
        for (at, part) in session.parts.iter().enumerate() {
            for (end, start, number) in in_part(&part.text, at, &mut texts, &mut counts) {
                let (key, form) = &needles[number];
                let Some(list) = self.by_value.get_mut(key) else { continue };
                if list.len() >= MAX_MENTIONS {
                    self.is_capped = true;
                    continue;
                }
                list.push(Mention { part: at, start, end, form: *form, needle: number });
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

/// The first places of each needle in a text by where they end, those that begin first first; `counts` says in which
/// part a needle was found last and how often.
fn in_part(
    text: &str,
    part: usize,
    needles: &mut Needles,
    counts: &mut [(usize, usize)],
) -> Vec<(usize, usize, usize)> {
    let mut found = Vec::new();
    let is_start = |before, c| !is_inside(before, Some(c));
    needles.each(text, is_start, |number, start, end| {
        if !ends_word(text, start, end) {
            return;
        }
        let (last, count) = &mut counts[number];
        *count = if *last == part { *count + 1 } else { 1 };
        *last = part;
        if *count <= MAX_IN_PART {
            found.push((end, start, number));
        }
    });
    found.sort_unstable();
    found
}

/// Whether a place between two characters is inside a word.
fn is_inside(a: Option<char>, b: Option<char>) -> bool {
    let is_letter = |c: char| {
        if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() && !is_dense(c) }
    };
    a.is_some_and(is_letter) && b.is_some_and(is_letter)
}

/// Whether an occurrence is not the beginning of a longer word.
fn ends_word(text: &str, start: usize, end: usize) -> bool {
    let (Some(found), Some(tail)) = (text.get(start..end), text.get(end..)) else { return false };
    !is_inside(found.chars().next_back(), tail.chars().next())
}
