//! Character classes and folding for the tokenizer.
//!
//! A word of any script is folded the same way when it is indexed and when it is searched for:
//! compatibility forms (NFKC), lower case, Arabic without tatweel and vowel signs and with its
//! letter variants unified, no stray combining marks, no invisible characters. So text that was
//! disguised with full-width letters, zero-width characters or strike-through marks is found by
//! the plain word. Look-alike letters of other scripts are left alone: that is a detector's job.
//!
//! ASCII never comes here; the tokenizer has its own path for it.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest token, in bytes; longer words are searched by their beginning.
pub(super) const MAX_TOKEN: usize = 64;
/// Longest piece of a word that is looked at for folding (marks and invisible ones may pad it).
const MAX_FOLD: usize = 1024;

/// What a character means for word borders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Between words.
    Separator,
    /// Part of a word of a script with spaces.
    Word,
    /// A script without spaces (or with few): indexed by single characters and pairs.
    Dense,
    /// A token of its own: emoji, arrows and the like.
    Symbol,
    /// An invisible copy of an ASCII character (U+E0020 to U+E007E).
    Tag,
    /// Invisible; joins what is left and right of it.
    Ignored,
}

/// The class of a character.
pub(super) fn classify(c: char) -> Class {
    let code = u32::from(c);
    match code {
        0..0x80 => ascii_class(c),
        0xAD => Class::Ignored,
        0x80..0x300 => alphabetic_class(c),
        0x034F | 0x061C | 0x0640 | 0x180B..=0x180F => Class::Ignored,
        0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F => Class::Ignored,
        0xFE00..=0xFE0F | 0xFEFF | 0xE0100..=0xE01EF => Class::Ignored,
        0x115F | 0x1160 | 0x3164 | 0xFFA0 => Class::Ignored,
        0xE0020..=0xE007E => Class::Tag,
        // Frequent and certain: punctuation, box drawing, arrows; looking letters up is slow.
        0x2010..=0x2027 | 0x2030..=0x205E | 0x2500..=0x259F | 0x3000..=0x3004 => Class::Separator,
        0x3008..=0x3020 | 0xFF01..=0xFF0F | 0xFFFC..=0xFFFD => Class::Separator,
        0x2190..=0x21FF => Class::Symbol,
        _ if is_dense(code) => Class::Dense,
        _ if is_symbol(code) && !c.is_alphanumeric() => Class::Symbol,
        _ => alphabetic_class(c),
    }
}

fn ascii_class(c: char) -> Class {
    if c.is_ascii_alphanumeric() { Class::Word } else { Class::Separator }
}

fn alphabetic_class(c: char) -> Class {
    if c.is_alphanumeric() || is_combining_mark(c) { Class::Word } else { Class::Separator }
}

/// Thai, Lao, Burmese, Khmer, Hangul, kana, bopomofo and Han.
fn is_dense(code: u32) -> bool {
    match code {
        0x0E3F | 0x0E4F | 0x0E5A | 0x0E5B | 0x30A0 | 0x30FB => false,
        0x0E01..=0x0EDF | 0x1000..=0x109F | 0x1780..=0x17D3 | 0x17D7 | 0x17DC..=0x17E9 => true,
        0x1100..=0x11FF | 0x3005..=0x3007 | 0x3021..=0x3029 | 0x3031..=0x3035 => true,
        0x3041..=0x30FF | 0x3105..=0x318F | 0x31A0..=0x31BF | 0x31F0..=0x31FF => true,
        0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xA960..=0xA97F | 0xAC00..=0xD7FF => true,
        0xF900..=0xFAFF | 0xFF66..=0xFFDC | 0x1B000..=0x1B16F | 0x20000..=0x3FFFF => true,
        _ => false,
    }
}

/// Pictures, arrows and signs people search for; not the box drawing of terminal output.
fn is_symbol(code: u32) -> bool {
    matches!(code,
        0x20A0..=0x20CF | 0x2100..=0x24FF | 0x25A0..=0x27BF | 0x2900..=0x297F
        | 0x2B00..=0x2BFF | 0x1F000..=0x1FAFF)
}

/// The character that an invisible tag character stands for.
pub(super) fn tag_to_ascii(c: char) -> Option<char> {
    char::from_u32(u32::from(c).checked_sub(0xE0000)?).filter(char::is_ascii)
}

/// Whether a character belongs to the one before it inside a dense run.
pub(super) fn extends_dense(c: char) -> bool {
    matches!(u32::from(c), 0x3099 | 0x309A | 0xFF9E | 0xFF9F | 0x1161..=0x11FF)
}

/// A folded word and where its camel-case parts begin.
#[derive(Debug, Clone, Default)]
pub(super) struct Folded {
    /// The word, lower case, at most [`MAX_TOKEN`] bytes.
    pub(super) text: String,
    /// Byte offsets in `text` at which a further part begins.
    pub(super) cuts: Vec<usize>,
    chars: Vec<char>,
}

impl Folded {
    /// Folds a word that has characters outside ASCII.
    pub(super) fn fold(&mut self, word: &str) {
        self.text.clear();
        self.cuts.clear();
        self.chars.clear();
        let visible = head(word, MAX_FOLD).chars().filter(|c| classify(*c) != Class::Ignored);
        let kept = visible.nfkc().filter_map(fold_letter);
        self.chars.extend(kept.take(MAX_TOKEN + 1));
        for at in 0..self.chars.len() {
            let lower = self.chars[at].to_lowercase().filter(|c| !is_stripped(*c));
            let lower: LowerCase = lower.collect();
            if self.text.len() + lower.bytes() > MAX_TOKEN {
                self.cuts.clear();
                return;
            }
            if at > 0
                && is_border(
                    case(self.chars.get(at - 1)),
                    case(self.chars.get(at)),
                    case(self.chars.get(at + 1)),
                )
            {
                self.cuts.push(self.text.len());
            }
            self.text.extend(lower.0.into_iter().flatten());
        }
    }
}

/// A lower-cased character: at most three.
#[derive(Default)]
struct LowerCase([Option<char>; 3]);

impl LowerCase {
    fn bytes(&self) -> usize {
        self.0.iter().flatten().map(|c| c.len_utf8()).sum()
    }
}

impl FromIterator<char> for LowerCase {
    fn from_iter<I: IntoIterator<Item = char>>(chars: I) -> Self {
        let mut lower = Self::default();
        for (place, c) in lower.0.iter_mut().zip(chars) {
            *place = Some(if c == 'ς' { 'σ' } else { c });
        }
        lower
    }
}

/// Unifies letters and digits; `None` for what a folded word does not have.
fn fold_letter(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric().then_some(c);
    }
    if is_stripped(c) || !(c.is_alphanumeric() || is_combining_mark(c)) {
        return None;
    }
    Some(match c {
        '\u{622}' | '\u{623}' | '\u{625}' | '\u{671}' => '\u{627}',
        '\u{649}' | '\u{6CC}' => '\u{64A}',
        '\u{629}' => '\u{647}',
        '\u{6A9}' => '\u{643}',
        '\u{660}'..='\u{669}' => digit(c, 0x660),
        '\u{6F0}'..='\u{6F9}' => digit(c, 0x6F0),
        other => other,
    })
}

fn digit(c: char, zero: u32) -> char {
    char::from_digit(u32::from(c) - zero, 10).unwrap_or(c)
}

/// Marks that decorate or vocalise: gone after folding. Marks that spell (Indic) stay.
fn is_stripped(c: char) -> bool {
    matches!(u32::from(c),
        0x0300..=0x036F | 0x0591..=0x05BD | 0x05BF | 0x05C1..=0x05C2 | 0x05C4..=0x05C5 | 0x05C7
        | 0x0610..=0x061A | 0x0640 | 0x064B..=0x065F | 0x0670 | 0x06D6..=0x06DC
        | 0x06DF..=0x06E8 | 0x06EA..=0x06ED | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF)
}

/// Case of a character, as far as identifiers are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// A digit.
    Digit,
    /// A letter without case, or none.
    Other,
}

fn case(c: Option<&char>) -> Case {
    match c {
        Some(c) if c.is_lowercase() => Case::Lower,
        Some(c) if c.is_uppercase() => Case::Upper,
        Some(c) if c.is_numeric() => Case::Digit,
        _ => Case::Other,
    }
}

/// Whether a part begins at `here`: `get|User`, `HTTP|Server`, `sha256|Sum`, but `3F25` is one.
pub(super) fn is_border(before: Case, here: Case, after: Case) -> bool {
    here == Case::Upper
        && (before == Case::Lower
            || (after == Case::Lower && matches!(before, Case::Upper | Case::Digit)))
}

/// The longest beginning of `text` that has at most `limit` bytes.
pub(super) fn head(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(word: &str) -> String {
        let mut folded = Folded::default();
        folded.fold(word);
        folded.text
    }

    #[test]
    fn compatibility_forms_and_case_are_folded() {
        assert_eq!(fold("Ａｄｍｉｎ"), "admin");
        assert_eq!(fold("𝓟𝓪𝔂load"), "payload");
        assert_eq!(fold("oﬃce"), "office");
        assert_eq!(fold("CAFE\u{301}"), "café");
        assert_eq!(fold("İstanbul"), "istanbul");
        assert_eq!(fold("ΛΌΓΟΣ"), fold("λόγος"));
    }

    #[test]
    fn invisible_and_struck_through_characters_vanish() {
        assert_eq!(fold("ig\u{200B}no\u{AD}re"), "ignore");
        assert_eq!(fold("h\u{336}i\u{336}d\u{336}e\u{336}"), "hide");
    }

    #[test]
    fn arabic_loses_tatweel_vowels_and_letter_variants() {
        assert_eq!(fold("مُحَـــمَّد"), fold("محمد"));
        assert_eq!(fold("أحمد"), fold("احمد"));
        assert_eq!(fold("مدرسة"), fold("مدرسه"));
        assert_eq!(fold("٢٠٢٦"), "2026");
    }

    #[test]
    fn camel_case_parts_are_found_in_any_script() {
        let mut folded = Folded::default();
        folded.fold("größeÄndern");
        assert_eq!(folded.text, "größeändern");
        assert_eq!(folded.cuts, ["größe".len()]);
    }

    #[test]
    fn a_tower_of_marks_is_bounded() {
        let tower = format!("a{}", "\u{301}".repeat(100_000));
        assert_eq!(fold(&tower), "á");
    }
}
