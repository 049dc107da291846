//! Numbers as people write them: grouped, with brackets, without the country's code.
//!
//! `+49 151 2345678`, `0151/234 56 78` and `491512345678` are one telephone, `TEST 7811 0023 4` and
//! `TEST781100234` one account. Values with enough digits are looked for in the texts without what
//! stands between groups. What is found is a place in the text as it is.

use super::act::Value;
use super::entity::EntityKind;
use aho_corasick::AhoCorasick;

/// Texts that are longer are data, in which numbers stand as programs write them.
const MAX_TEXT: usize = 64 << 10;
/// Digits of a telephone number that no country's code is part of.
const SUBSCRIBER: usize = 8;
/// Shortest number that is looked for, and the digits it must have.
const MIN_NUMBER: usize = 8;
const MIN_DIGITS: usize = 6;

/// What to look for in squeezed texts; none if the value is no such number.
pub(super) fn needle(value: &Value) -> Option<String> {
    let text = value.text.trim();
    let squeezed: String = text.chars().filter(|c| !is_gap(*c)).collect();
    if !squeezed.is_ascii() {
        return None;
    }
    let digits = squeezed.chars().filter(char::is_ascii_digit).count();
    if value.kind() == EntityKind::Phone {
        let from = squeezed.len().checked_sub(SUBSCRIBER)?;
        return squeezed.get(from..).map(str::to_owned);
    }
    let is_plain = squeezed.chars().all(|c| c.is_ascii_alphanumeric());
    let is_number = matches!(value.kind(), EntityKind::Value | EntityKind::Iban);
    let fits = is_number && is_plain && squeezed.len() >= MIN_NUMBER && digits >= MIN_DIGITS;
    fits.then(|| squeezed.to_lowercase())
}

/// What people put between groups of digits.
fn is_gap(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '+' | '\u{a0}' | '\u{202f}')
}

/// Places of needles in a text, and which.
pub(super) fn search(text: &str, automaton: &AhoCorasick) -> Vec<(usize, usize, usize)> {
    if text.len() > MAX_TEXT {
        return Vec::new();
    }
    let mut squeezed = String::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices().filter(|(_, c)| !is_gap(*c)) {
        let lower = c.to_ascii_lowercase();
        squeezed.push(lower);
        places.resize(squeezed.len(), at);
    }
    let place = |found: aho_corasick::Match| {
        let start = *places.get(found.start())?;
        // Needles are ASCII, so the last one takes a byte.
        let end = places.get(found.end() - 1)? + 1;
        let goes_on = text.get(end..)?.chars().next().is_some_and(char::is_alphanumeric);
        (!goes_on).then_some((found.pattern().as_usize(), start, end))
    };
    automaton.find_overlapping_iter(&squeezed).filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::session::tools::Role;

    fn finds(value: &str, text: &str) -> bool {
        let Some(needle) = needle(&Value::new(Role::Sink, "to", value)) else { return false };
        let Ok(automaton) = AhoCorasick::new([needle]) else { return false };
        !search(text, &automaton).is_empty()
    }

    #[test]
    fn groups_and_codes_of_countries_make_no_difference() {
        assert!(finds("+49 175 555 0111", "Voss (0175 5550111) bekommt"));
        assert!(finds("+33655501731", "ce numéro : 06 55 50 17 31."));
        assert!(finds("40817TEST0000556677", "сюда: 40817 TEST 0000 5566 77"));
        assert!(finds("DE00 TEST 9000 0112 34", "an DE00TEST9000011234"));
        assert!(!finds("+49 175 555 0111", "0175 5550112"));
        assert!(!finds("order-12", "order 12"));
        assert!(!finds("TEST781100234", "TEST7811002345"));
        // Digits of other scripts are no needles, and texts that have them are no trouble.
        assert!(!finds("+٤٩ ١٥١ ٢٣٤٥٦٧٨", "Kontakt: +٤٩ ١٥١ ٢٣٤٥٦٧٨"));
        assert!(finds("+49 175 555 0111", "٤٩ 0175 5550111 — é"));
    }
}
