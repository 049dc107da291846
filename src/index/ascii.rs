//! The ASCII side of the tokenizer: byte classes, camel-case borders, and what looks random.

use super::fold::{Case, MAX_TOKEN, is_border};

/// Lower-case letter.
pub(super) const LOWER: u8 = 1;
/// Upper-case letter.
pub(super) const UPPER: u8 = 2;
/// Digit.
pub(super) const DIGIT: u8 = 4;
/// Letter or digit.
pub(super) const WORD: u8 = LOWER | UPPER | DIGIT;
/// Punctuation of base64 and its URL form.
pub(super) const BLOB: u8 = 8;
/// Part of a character outside ASCII.
pub(super) const HIGH: u8 = 16;

/// Shortest word that may be taken for random.
const MIN_RANDOM: usize = 16;

/// The class bits of every byte.
pub(super) static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = class(byte);
        byte += 1;
    }
    classes
}

#[expect(clippy::cast_possible_truncation, reason = "the byte is below 128 where it is cast")]
const fn class(byte: usize) -> u8 {
    if byte >= 0x80 {
        return HIGH;
    }
    match byte as u8 {
        b'a'..=b'z' => LOWER,
        b'A'..=b'Z' => UPPER,
        b'0'..=b'9' => DIGIT,
        b'+' | b'/' | b'=' | b'_' | b'-' => BLOB,
        _ => 0,
    }
}

/// Whether a word changes between lower case, upper case and digits as often as base64 or hex
/// does (two characters in three; prose and identifiers stay below one in three).
pub(super) fn looks_random(word: &str) -> bool {
    let bytes = word.as_bytes();
    if bytes.len() < MIN_RANDOM {
        return false;
    }
    let changes = bytes.windows(2).filter(|pair| class_of(pair[0]) != class_of(pair[1])).count();
    bytes.len() > MAX_TOKEN || changes * 3 >= bytes.len()
}

/// Byte offsets at which a further camel-case part of an ASCII word begins.
pub(super) fn borders(word: &str) -> impl Iterator<Item = usize> + '_ {
    let bytes = word.as_bytes();
    (1..bytes.len()).filter(|at| {
        let after = bytes.get(at + 1).map_or(Case::Other, |b| case(*b));
        is_border(case(bytes[at - 1]), case(bytes[*at]), after)
    })
}

fn class_of(byte: u8) -> u8 {
    CLASSES[usize::from(byte)]
}

fn case(byte: u8) -> Case {
    match class_of(byte) {
        LOWER => Case::Lower,
        UPPER => Case::Upper,
        DIGIT => Case::Digit,
        _ => Case::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn camel_case_borders() {
        let cut = |word| borders(word).collect::<Vec<_>>();
        assert_eq!(cut("getUserName"), [3, 7]);
        assert_eq!(cut("HTTPServer"), [4]);
        assert_eq!(cut("sha256Sum"), [6]);
        assert_eq!(cut("3F2504E0"), [0; 0]);
        assert_eq!(cut("Word"), [0; 0]);
    }

    #[test]
    fn base64_and_hex_look_random_and_identifiers_do_not() {
        assert!(looks_random("aGVsbG8gd29ybGQhIHRoaXMgaXM"));
        assert!(looks_random("9f86d081884c7d659a2feaa0c55ad015"));
        assert!(!looks_random("AbstractSingletonProxyFactoryBean"));
        assert!(!looks_random("internationalization"));
        assert!(!looks_random("a1B2c3"));
    }
}
