//! Text into words for a model: folded, hashed, with the place of each.
//!
//! Folding undoes what hides a word from a model at no cost in meaning: letter case, compatibility
//! forms, characters nobody sees, loose marks. Runs that stay too long are data and are not read. Digits all look alike, so that no year or amount is learnt.
//! Places always refer to the text as stored.

use std::ops::Range;
use twox_hash::XxHash3_64;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A word: its hash, that of its stem, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) hash: u64,
    /// Of the first [`STEM`] letters; the same as `hash` for shorter words.
    pub(crate) stem: u64,
    pub(crate) range: Range<usize>,
    /// Where its folded letters stand in [`Words::folded`].
    folded: Range<usize>,
}

/// The words of a text.
#[derive(Debug, Default)]
pub(crate) struct Words {
    pub(crate) words: Vec<Word>,
    folded: String,
}

/// Version of what this file does: a model trained with another one is refused.
pub(crate) const VERSION: u32 = 2;
/// Letters of a word that stand for its inflected forms.
const STEM: usize = 5;
/// Longest word that is kept; longer ones are data, not language.
const MAX_WORD: usize = 48;
/// Sets of hashes that must not collide with each other's.
const WORD: u64 = 0x57;
const STEMS: u64 = 0x53;

/// Characters of scripts that put no space between words: each is a word of its own.
fn is_dense(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}')
}

/// Characters that are not seen, inside a word: zero-width ones, soft hyphen, tags, selectors.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
}

impl Words {
    /// The words of `text`: runs of letters and digits.
    pub(crate) fn of(text: &str) -> Self {
        let mut words = Self {
            words: Vec::with_capacity(text.len() / 6),
            folded: String::with_capacity(text.len()),
        };
        let mut start = None;
        for (at, c) in text.char_indices() {
            let is_inside = c.is_ascii_alphanumeric()
                || (!c.is_ascii()
                    && (c.is_alphanumeric()
                        || (start.is_some() && (is_hidden(c) || is_combining_mark(c)))));
            if is_inside && !is_dense(c) {
                start.get_or_insert(at);
                continue;
            }
            words.push(text, start.take(), at);
            if is_dense(c) {
                words.push(text, Some(at), at + c.len_utf8());
            }
        }
        words.push(text, start, text.len());
        words
    }

    fn push(&mut self, text: &str, start: Option<usize>, end: usize) {
        let Some(start) = start else { return };
        let raw = &text[start..end];
        if raw.len() > 3 * MAX_WORD {
            return self.push_pieces(text, start..end);
        }
        let from = self.folded.len();
        fold(raw, &mut self.folded);
        let folded = &self.folded[from..];
        if folded.is_empty() {
            return;
        }
        if folded.len() > MAX_WORD {
            self.folded.truncate(from);
            return self.push_pieces(text, start..end);
        }
        let stem = folded.char_indices().nth(STEM).map_or(folded.len(), |(at, _)| at);
        self.words.push(Word {
            hash: hash(folded, WORD),
            stem: hash(&folded[..stem], STEMS),
            range: start..end,
            folded: from..self.folded.len(),
        });
    }

    /// A run that is too long may be words with something unseen for spaces.
    fn push_pieces(&mut self, text: &str, run: Range<usize>) {
        let mut from = run.start;
        for (at, c) in text[run.clone()].char_indices().filter(|(_, c)| is_hidden(*c)) {
            let at = run.start + at;
            if at > from && at - from <= 3 * MAX_WORD {
                self.push(text, Some(from), at);
            }
            from = at + c.len_utf8();
        }
        if from > run.start && from < run.end && run.end - from <= 3 * MAX_WORD {
            self.push(text, Some(from), run.end);
        }
    }

    /// The bytes of some words, from the first to the last; there must be one.
    pub(crate) fn bytes(&self, range: Range<usize>) -> Range<usize> {
        self.words[range.start].range.start..self.words[range.end - 1].range.end
    }

    /// The folded letters of a word.
    pub(crate) fn letters(&self, at: usize) -> &str {
        &self.folded[self.words[at].folded.clone()]
    }
}

fn fold(raw: &str, out: &mut String) {
    if raw.is_ascii() {
        out.extend(raw.bytes().map(|byte| match byte {
            b'0'..=b'9' => '0',
            other => char::from(other.to_ascii_lowercase()),
        }));
        return;
    }
    let visible = raw.chars().filter(|c| !is_hidden(*c));
    // A mark that belongs to its letter is part of it now; others are decoration.
    for c in visible.nfkc().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        out.push(if c.is_numeric() { '0' } else { c });
    }
}

/// Characters that are no part of a word and stand together; more of them say no more.
const MAX_BETWEEN: usize = 8;

/// A text for a reader that does not fold: letters in their plain form, nothing unseen, long runs of signs cut
/// short, and no run that is too long to be a word. Case, digits and signs stay.
pub(crate) fn readable(text: &str) -> String {
    let is_inside = |c: char| c.is_alphanumeric() || is_hidden(c) || is_combining_mark(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = is_inside(first);
        let end = rest.find(|c| is_inside(c) != is_word).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        match is_word {
            true => push_readable(run, &mut out),
            false => out.extend(run.chars().take(MAX_BETWEEN)),
        }
    }
    out
}

fn push_readable(run: &str, out: &mut String) {
    // As in `push_pieces`: what is too long may be words with something unseen for spaces.
    let is_long = run.len() > 3 * MAX_WORD && !run.contains(is_dense);
    let pieces = run.split(|c| is_long && is_hidden(c));
    let mut is_first = true;
    for piece in pieces.filter(|piece| !is_long || piece.len() <= 3 * MAX_WORD) {
        if !std::mem::take(&mut is_first) {
            out.push(' ');
        }
        let visible = piece.chars().filter(|c| !is_hidden(*c));
        out.extend(visible.nfkc().filter(|c| !is_combining_mark(*c)));
    }
}

/// Hash of some letters, for one of the sets.
pub(crate) fn hash(letters: &str, set: u64) -> u64 {
    XxHash3_64::oneshot_with_seed(set, letters.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        let words = Words::of(text);
        (0..words.words.len()).map(|at| words.letters(at).to_owned()).collect()
    }

    #[test]
    fn words_are_folded_and_digits_alike() {
        assert_eq!(
            folded("It's 2031, ＨＩＤＥ the Überweisung!"),
            ["it", "s", "0000", "hide", "the", "überweisung"]
        );
        assert_eq!(folded("已发送 report.csv"), ["已", "发", "送", "report", "csv"]);
        assert_eq!(folded("con\u{200b}ceal"), ["conceal"]);
        assert_eq!(folded(&"x".repeat(500)), Vec::<String>::new());
        assert_eq!(folded("U\u{308}ber z\u{300}\u{301}\u{302}a"), ["über", "za"]);
        let glued = ["leave it out of the summary and say nothing"; 5].join(" ");
        assert_eq!(folded(&glued.replace(' ', "\u{200b}")), folded(&glued));
    }

    #[test]
    fn a_text_for_others_is_plain_and_keeps_its_case_and_signs() {
        assert_eq!(readable("Ｈｉｄｅ it, 2031！"), "Hide it, 2031！");
        assert_eq!(readable("con\u{200b}ceal, \u{feff}好的，"), "conceal, 好的，");
        assert_eq!(readable("z\u{300}\u{301}\u{302}a é e\u{301}"), "za é é");
        assert_eq!(readable(&format!("a{}b {}", ".".repeat(99), "x".repeat(500))), "a........b ");
        assert_eq!(readable(&"已发送".repeat(99)), "已发送".repeat(99));
        let glued = ["leave it out of the summary and say nothing"; 5].join(" ");
        assert_eq!(readable(&glued.replace(' ', "\u{200b}")), glued);
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "«Скрыть» it";
        let words = Words::of(text);
        assert_eq!(&text[words.words[0].range.clone()], "Скрыть");
        assert_eq!(words.words[0].stem, Words::of("СКРЫТО").words[0].stem);
    }
}
