//! Text into words for a model: folded, hashed, with the place of each.
//!
//! Folding undoes what hides a word from a model at no cost in meaning: letter case, compatibility
//! forms, characters nobody sees, loose marks, letters of another script in the midst of a word. How long a run is counts in what is seen of it; runs that stay too long
//! are data, or a script that puts no space between words, and are not read, which is counted. Digits all look alike, so
//! that no year or amount is learnt. Places always refer to the text as stored.

use super::lookalikes::{is_mixed, latin};
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
    /// Bytes of runs that were too long to be words.
    pub(crate) unread: usize,
    folded: String,
}

/// Version of what this file does to ordinary text: a model trained with another one is refused.
pub(crate) const VERSION: u32 = 2;
/// Letters of a word that stand for its inflected forms.
const STEM: usize = 5;
/// Longest word that is kept, in letters that are seen, and in bytes once folded; longer ones are data, not language.
const MAX_WORD: usize = 48;
/// Sets of hashes that must not collide with each other's.
const WORD: u64 = 0x57;
const STEMS: u64 = 0x53;

/// Characters of scripts that put no space between words: each is a word of its own.
fn is_dense(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}')
}

/// Characters that are not seen, inside a word: those that Unicode calls default ignorable, fillers aside.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Characters that Unicode calls letters and that look like a space or a line between words.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2cd}')
}

/// Whether a character goes on with a word.
fn goes_on(c: char) -> bool {
    (c.is_alphanumeric() || is_hidden(c) || is_combining_mark(c)) && !is_blank(c)
}

/// Whether more of a run is seen than a word has.
fn is_too_long(run: &str) -> bool {
    let seen = |c: &char| !is_hidden(*c) && !is_combining_mark(*c);
    run.len() > MAX_WORD && run.chars().filter(seen).nth(MAX_WORD).is_some()
}

impl Words {
    /// The words of `text`: runs of letters and digits.
    pub(crate) fn of(text: &str) -> Self {
        let mut words = Self {
            words: Vec::with_capacity(text.len() / 6),
            unread: 0,
            folded: String::with_capacity(text.len()),
        };
        let mut start = None;
        for (at, c) in text.char_indices() {
            let is_inside = c.is_ascii_alphanumeric()
                || (!c.is_ascii() && goes_on(c) && (start.is_some() || c.is_alphanumeric()));
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
        if self.push_word(text, start..end) {
            return;
        }
        // A run that is too long may be words with something unseen for spaces.
        let mut from = start;
        let run = &text[start..end];
        let hidden = run.char_indices().filter(|(_, c)| is_hidden(*c));
        let ends = hidden.map(|(at, c)| (start + at, c.len_utf8())).chain([(end, 0)]);
        for (at, gap) in ends {
            let is_part = at - from < run.len();
            if !is_part || !self.push_word(text, from..at) {
                self.unread += at - from;
            }
            from = at + gap;
        }
    }

    /// Takes a word; says whether it could be one.
    fn push_word(&mut self, text: &str, range: Range<usize>) -> bool {
        let raw = &text[range.clone()];
        if is_too_long(raw) {
            return false;
        }
        let from = self.folded.len();
        fold(raw, &mut self.folded);
        let folded = &self.folded[from..];
        if folded.len() > MAX_WORD {
            self.folded.truncate(from);
            return false;
        }
        if folded.is_empty() {
            return true;
        }
        let stem = folded.char_indices().nth(STEM).map_or(folded.len(), |(at, _)| at);
        self.words.push(Word {
            hash: hash(folded, WORD),
            stem: hash(&folded[..stem], STEMS),
            range,
            folded: from..self.folded.len(),
        });
        true
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

/// Bytes of a text in runs that are too long to be words, as [`Words::of`] counts them.
pub(crate) fn unread(text: &str) -> usize {
    let is_between = |c: char| match c.is_ascii() {
        true => !c.is_ascii_alphanumeric(),
        false => !goes_on(c),
    };
    let long = text.split(is_between).filter(|run| run.len() > MAX_WORD);
    long.map(|run| Words::of(run).unread).sum()
}

fn fold(raw: &str, out: &mut String) {
    if raw.is_ascii() {
        out.extend(raw.bytes().map(|byte| match byte {
            b'0'..=b'9' => '0',
            other => char::from(other.to_ascii_lowercase()),
        }));
        return;
    }
    let is_mixed = is_mixed(raw);
    let plain = |c: char| if is_mixed { latin(c) } else { c };
    let visible = raw.chars().filter(|c| !is_hidden(*c)).map(plain);
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
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = goes_on(first);
        let end = rest.find(|c| goes_on(c) != is_word).unwrap_or(rest.len());
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
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_dense(c) != is_dense(first)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        // As in `push`: what is too long may be words with something unseen for spaces.
        let is_long = !is_dense(first) && is_too_long(part);
        let pieces = part.split(|c| is_long && is_hidden(c));
        for (at, piece) in pieces.filter(|piece| !is_long || !is_too_long(piece)).enumerate() {
            if at > 0 {
                out.push(' ');
            }
            let is_mixed = is_mixed(piece);
            let plain = |c: char| if is_mixed { latin(c) } else { c };
            let visible = piece.chars().filter(|c| !is_hidden(*c)).map(plain);
            out.extend(visible.nfkc().filter(|c| !is_combining_mark(*c)));
        }
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
    fn what_is_not_seen_hides_no_word_and_what_looks_like_a_space_is_one() {
        let said = "hide it from the reviewers";
        for unseen in ["\u{34f}", "\u{200b}", "\u{61c}", "\u{180e}", "\u{e0041}"] {
            let padded: String = said
                .chars()
                .map(|c| if c == ' ' { c.to_string() } else { format!("{c}{unseen}") })
                .collect();
            assert_eq!(folded(&padded), folded(said), "{unseen:?}");
            assert_eq!(readable(&padded), said, "{unseen:?}");
            let padded = said.replace(' ', &format!("{} ", unseen.repeat(99)));
            assert_eq!(folded(&padded), folded(said), "{unseen:?}");
        }
        for blank in ["\u{3164}", "\u{ffa0}", "\u{2cd}"] {
            assert_eq!(folded(&said.replace(' ', blank)), folded(said), "{blank:?}");
        }
    }

    #[test]
    fn what_is_too_long_to_be_words_is_counted_and_hides_nothing_beside_it() {
        let data = "a1b2".repeat(4096);
        let words = Words::of(&format!("so \u{9690}{data} then"));
        assert_eq!((words.words.len(), words.unread), (3, data.len()));
        assert_eq!(unread(&format!("so \u{9690}{data} then {data}")), 2 * data.len());
        assert_eq!(readable(&format!("so \u{9690}{data} then")), "so \u{9690} then");
        let joined = "ไม่บอกใคร".repeat(30);
        assert_eq!((Words::of(&joined).words.len(), Words::of(&joined).unread), (0, joined.len()));
        assert_eq!(Words::of("an ordinary line, \u{2026} of 7 words.").unread, 0);
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
