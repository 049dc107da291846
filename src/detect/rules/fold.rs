//! Letter case, so that nothing that matches is lost before it is evaluated.
//!
//! The prefilter compares ASCII letters without case and everything else byte by byte, while
//! Sigma compares all letters without case. For a literal this file names the byte strings one
//! of which must then occur. A few characters fold to letters that nobody would expect
//! ([`ODD`]); a text that has one of them is searched a second time with these folded
//! ([`folded`]), and literals that have one are not searched for at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Characters that fold to a letter which has a lower and an upper case already: the Kelvin
/// sign, the dotted capital I, the long s, and nine historic Cyrillic letters.
pub(super) const ODD: [char; 12] = [
    '\u{212A}', '\u{130}', '\u{17F}', '\u{1C80}', '\u{1C81}', '\u{1C82}', '\u{1C83}', '\u{1C84}',
    '\u{1C85}', '\u{1C86}', '\u{1C87}', '\u{1C88}',
];

/// Letters with case lie below; a test holds this against the standard library.
const LAST_CASED: u32 = 0x1_F000;
/// At most so many spellings of one literal.
const MAX_SPELLINGS: usize = 8;
/// Literals are cut to this many characters; the rest adds nothing to a search.
const MAX_CHARS: usize = 48;

/// The strings one of which occurs, ASCII case aside, in every text that contains `literal`
/// either as it is or after both were brought to lower case. `None` if the literal is empty.
pub(super) fn spellings(literal: &str) -> Option<Vec<String>> {
    if literal.contains(ODD) {
        return None;
    }
    let chars: Vec<Vec<char>> = literal.chars().take(MAX_CHARS).map(alternatives).collect();
    let window = best_window(&chars)?;
    let mut out = vec![String::new()];
    for options in window {
        out =
            out.iter().flat_map(|head| options.iter().map(move |c| format!("{head}{c}"))).collect();
    }
    Some(out)
}

/// What each of [`ODD`] folds to, by its place.
const FOLDS: [&str; 12] =
    ["k", "i\u{307}", "s", "в", "д", "о", "с", "т", "т", "ъ", "ѣ", "\u{A64B}"];

/// What an odd character folds to.
pub(super) fn fold_of(c: char) -> Option<&'static str> {
    let at = ODD.iter().position(|odd| *odd == c)?;
    FOLDS.get(at).copied()
}

/// The text with its odd characters folded, in pieces that overlap by more than any literal has,
/// so that a huge text is not held twice.
pub(super) fn folded(text: &str) -> impl Iterator<Item = String> + '_ {
    const PIECE: usize = 1 << 20;
    /// More than [`MAX_CHARS`] of four bytes.
    const OVERLAP: usize = 256;
    (0..text.len()).step_by(PIECE).map(move |start| {
        let start = text.floor_char_boundary(start);
        let end = text.ceil_char_boundary((start + PIECE + OVERLAP).min(text.len()));
        let mut out = String::with_capacity(end - start);
        for c in text.get(start..end).unwrap_or_default().chars() {
            match fold_of(c) {
                Some(fold) => out.push_str(fold),
                None => out.push(c),
            }
        }
        out
    })
}

/// The run of characters with few enough spellings that is longest in bytes.
fn best_window(chars: &[Vec<char>]) -> Option<&[Vec<char>]> {
    let mut best: Option<(usize, &[Vec<char>])> = None;
    for start in 0..chars.len() {
        let (mut count, mut bytes, mut end) = (1, 0, start);
        for options in chars.get(start..).unwrap_or_default() {
            if count * options.len() > MAX_SPELLINGS {
                break;
            }
            count *= options.len();
            bytes += options.iter().map(|c| c.len_utf8()).min().unwrap_or_default();
            end += 1;
        }
        let window = chars.get(start..end).unwrap_or_default();
        if bytes > 0 && best.is_none_or(|(longest, _)| bytes > longest) {
            best = Some((bytes, window));
        }
    }
    best.map(|(_, window)| window)
}

/// How a character of a literal can look in a text.
fn alternatives(c: char) -> Vec<char> {
    if c.is_ascii() {
        return vec![c.to_ascii_lowercase()];
    }
    let mut options = BTreeSet::from([c]);
    options.extend(UPPER.get(&c).into_iter().flatten());
    if c == 'ς' {
        options.insert('Σ'); // whose lower case depends on its place in the word
    }
    options.into_iter().collect()
}

/// For each character the others that become it in lower case.
static UPPER: LazyLock<BTreeMap<char, Vec<char>>> = LazyLock::new(|| {
    let mut table: BTreeMap<char, Vec<char>> = BTreeMap::new();
    for upper in (0x80..LAST_CASED).filter_map(char::from_u32) {
        let mut lower = upper.to_lowercase();
        if let (Some(first), None) = (lower.next(), lower.next())
            && first != upper
        {
            table.entry(first).or_default().push(upper);
        }
    }
    table
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_folded_in_pieces_that_overlap() {
        let text = format!("{}ma\u{17F}\u{212A}ed", "é".repeat((1 << 19) - 1));
        assert!(folded(&text).any(|piece| piece.contains("masked")));
        assert_eq!(folded("\u{130}x\u{1C85}").collect::<Vec<_>>(), ["i\u{307}xт"]);
        assert_eq!(folded("").count(), 0);
    }

    #[test]
    fn only_odd_characters_fold_to_ascii() {
        for c in (0x80..=0x10_FFFF).filter_map(char::from_u32) {
            let reaches_ascii = c.to_lowercase().any(|lower| lower.is_ascii());
            assert!(!reaches_ascii || ODD.contains(&c), "{c:?}");
            assert!(c.to_lowercase().eq([c]) || (c as u32) < LAST_CASED, "{c:?}");
        }
    }

    #[test]
    fn every_case_of_a_literal_has_a_spelling() {
        for (literal, text) in
            [("über", "ÜBER"), ("скрыть", "СКРЫТЬ"), ("隐瞒", "隐瞒"), ("ὀδυσσεύς", "ὈΔΥΣΣΕΎΣ")]
        {
            let spellings = spellings(literal).unwrap();
            let text = text.to_ascii_lowercase();
            assert!(spellings.iter().any(|s| text.contains(s.as_str())), "{literal} {spellings:?}");
            assert!(spellings.len() <= MAX_SPELLINGS);
        }
        assert_eq!(spellings("Hide").unwrap(), ["hide"]);
        assert!(spellings("").is_none());
    }
}
