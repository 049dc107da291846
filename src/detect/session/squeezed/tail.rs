//! Numbers by their last signs: "the account ending in 3188", `****3188`, `0x7f…91ac`, 尾号3188, and the account's own number
//! for an IBAN.
//!
//! Four signs say little by themselves. They count where the text says that they are the end of something.

use crate::detect::session::act::Value;
use crate::detect::session::entity::EntityKind;

/// Signs of a number that people give for all of it.
const SHORT: usize = 4;
/// Digits of an account's own number, of which an IBAN has the bank before it.
const OWN: usize = 7;
/// Shortest number that has an end.
const LEAST: usize = 8;
/// How people say that a number ends so.
const ENDS: [&str; 25] = [
    "ending",
    "ends in",
    "ends with",
    "last four",
    "last 4",
    "last digits",
    "endet auf",
    "endet mit",
    "endend",
    "endung",
    "endziffern",
    "letzten vier",
    "finissant",
    "finit par",
    "termine par",
    "terminant par",
    "termina en",
    "terminada en",
    "acaba en",
    "заканчива",
    "оканчива",
    "на конце",
    "尾号",
    "末四位",
    "末尾",
];
/// Signs before an end that are looked at; more than a number has.
const MOST: usize = 40;
/// Bytes before the digits in which that stands.
const NEAR: usize = 40;

/// The ends of a number that are looked for.
pub(super) fn of(value: &Value, squeezed: &str) -> Vec<String> {
    let digits = squeezed.chars().filter(char::is_ascii_digit).count();
    let is_plain = squeezed.chars().all(|c| c.is_ascii_alphanumeric());
    let kind = value.kind();
    if !is_plain || squeezed.len() < LEAST || digits < SHORT {
        return Vec::new();
    }
    let end = |len: usize| squeezed.len().checked_sub(len).map(|at| squeezed[at..].to_owned());
    let is_digits = |end: &String| end.chars().all(|c| c.is_ascii_digit());
    let short = end(SHORT).filter(|_| matches!(kind, EntityKind::Value | EntityKind::Iban));
    let own = end(OWN).filter(is_digits).filter(|_| is_iban(squeezed));
    short.into_iter().chain(own).collect()
}

fn is_iban(squeezed: &str) -> bool {
    let bytes = squeezed.as_bytes();
    squeezed.len() >= 15
        && bytes[..2].iter().all(u8::is_ascii_alphabetic)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
}

/// Whether an end that stands at a place of a text is said to be the end of this number.
pub(super) fn fits(whole: &str, end: &str, text: &str, at: usize) -> bool {
    let Some(head) = text.get(..at) else { return false };
    let adjacent: String =
        head.chars().rev().take(MOST).take_while(char::is_ascii_alphanumeric).collect();
    if end.len() >= OWN {
        // All digits of the text's number have to be those of the value.
        let before: String = adjacent.chars().rev().collect();
        let rest = &whole[..whole.len() - end.len()];
        let is_number = before.chars().all(|c| c.is_ascii_digit());
        return is_number && rest.ends_with(before.trim_start_matches('0'));
    }
    let near = &head[head.floor_char_boundary(head.len().saturating_sub(NEAR))..];
    let lower = near.to_lowercase();
    is_masked(whole, head) || (adjacent.is_empty() && ENDS.iter().any(|word| lower.contains(word)))
}

/// Whether signs for what is left out stand right before, and before those nothing or the number's beginning.
fn is_masked(whole: &str, head: &str) -> bool {
    const LONGEST: usize = 48;
    // `**3188**` is bold and `## 3188` a heading, so two signs are not enough where nothing stands before them.
    const FEW: usize = 3;
    let is_mask = |c: char| matches!(c, '*' | '•' | 'x' | 'X');
    let is_between = |c: char| is_mask(c) || matches!(c, ' ' | '-' | '.' | '…');
    let start = head.len() - head.chars().rev().take(LONGEST).map(char::len_utf8).sum::<usize>();
    let near = &head[start..];
    let (before, mask) = near.split_at(near.trim_end_matches(is_between).len());
    let count = mask.chars().filter(|c| is_mask(*c)).count();
    let is_cut = mask.ends_with('…') || mask.ends_with("..");
    if mask.starts_with(' ') || before.is_empty() {
        // `account ****3188`: a word with a blank behind it is none of the number.
        return count >= FEW;
    }
    let begins: String =
        before.chars().rev().take(MOST).take_while(char::is_ascii_alphanumeric).collect();
    let begins: String = begins.chars().rev().collect::<String>().to_lowercase();
    match begins.len() {
        0 => count >= FEW,
        1 => false,
        _ => (count >= 2 || is_cut) && whole.starts_with(&begins),
    }
}
