//! Numbers as people write them: grouped, with brackets, without the country's code.
//!
//! `+49 151 2345678`, `0151/234 56 78` and `491512345678` are one telephone, `TEST 7811 0023 4` and
//! `TEST781100234` one account. Values with enough digits are looked for in the texts without what
//! stands between groups. What is found is a place in the text as it is. A number whose last digits are
//! those of another one is not that one.

mod tail;

use super::act::Value;
use super::entity::EntityKind;
use super::forms::Form;
use super::words::is_dense;
use aho_corasick::AhoCorasick;

/// Texts that are longer are data, in which numbers stand as programs write them.
const MAX_TEXT: usize = 64 << 10;
/// Shortest and longest number that is looked for (an IBAN has 34 signs), and the digits it must have.
const MIN_NUMBER: usize = 8;
const MAX_NUMBER: usize = 34;
/// Places in one text that are looked at; a row of one digit has one for each of them and each number.
const MAX_PLACES: usize = 16 << 10;
const MIN_DIGITS: usize = 6;
/// Codes of countries that have one and two digits (ITU-T E.164, list of assigned codes); all others have three.
const ONE: [&str; 2] = ["1", "7"];
const TWO: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
    "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

/// What to look for in squeezed texts.
#[derive(Debug, Clone)]
pub(super) struct Needle {
    pub(super) text: String,
    kind: Kind,
}

/// How a needle stands for its value.
#[derive(Debug, Clone)]
enum Kind {
    Whole,
    /// A telephone without its country's code, and that code if it is known.
    Phone(Option<String>),
    /// The last signs of a longer number.
    Tail(String),
}

impl Needle {
    /// What is looked for of a value; nothing if it is no such number.
    pub(super) fn of(value: &Value) -> impl Iterator<Item = Self> {
        let signs = value.text.trim().chars().filter(|c| !is_gap(*c));
        let squeezed: String = signs.map(|c| digit(c).unwrap_or(c).to_ascii_lowercase()).collect();
        let fits = squeezed.is_ascii() && squeezed.len() <= MAX_NUMBER;
        let whole = if fits { Self::of_whole(value, &squeezed) } else { None };
        let tails = if fits { tail::of(value, &squeezed) } else { Vec::new() };
        let tail = |text: String| Self { text, kind: Kind::Tail(squeezed.clone()) };
        let tails: Vec<Self> = tails.into_iter().map(tail).collect();
        whole.into_iter().chain(tails)
    }

    fn of_whole(value: &Value, squeezed: &str) -> Option<Self> {
        let is_digits = squeezed.chars().all(|c| c.is_ascii_digit());
        // `0175 …` is a number within a country.
        let is_national = value.kind() == EntityKind::Value
            && squeezed.starts_with('0')
            && !squeezed.starts_with("00");
        if is_digits && (value.kind() == EntityKind::Phone || is_national) {
            return Self::of_phone(squeezed, !is_national);
        }
        // What is left without leading zeros has to be a number still.
        let text = squeezed.trim_start_matches('0');
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric());
        let is_number = matches!(value.kind(), EntityKind::Value | EntityKind::Iban);
        let fits = is_number && is_plain && text.len() >= MIN_NUMBER && digits >= MIN_DIGITS;
        fits.then(|| Self { text: text.to_owned(), kind: Kind::Whole })
    }

    /// How the value stands where the needle was found.
    pub(super) fn form(&self) -> Form {
        if matches!(self.kind, Kind::Tail(_)) { Form::Part } else { Form::Spelled }
    }

    fn of_phone(digits: &str, has_code: bool) -> Option<Self> {
        let (code, rest) =
            digits.split_at_checked(if has_code { code_length(digits) } else { 0 })?;
        let own = rest.trim_start_matches('0');
        let code = has_code.then(|| code.to_owned());
        (own.len() >= MIN_DIGITS).then(|| Self { text: own.to_owned(), kind: Kind::Phone(code) })
    }

    /// Whether what stands right before a place leaves it this number and no other.
    fn fits(&self, text: &str, at: usize) -> bool {
        let code = match &self.kind {
            Kind::Tail(whole) => return tail::fits(whole, &self.text, text, at),
            Kind::Whole => None,
            Kind::Phone(code) => Some(code),
        };
        let before = Before::of(text, at);
        match (code, &before.abroad) {
            // `+1 (555) 123-4567` for `5551234567`.
            (None, Some(code)) => code.len() == code_length(code),
            (None, None) => before.adjacent().chars().all(|c| c == '0') && !before.is_of_one,
            (Some(None), Some(code)) => {
                let code = code.strip_suffix('0').unwrap_or(code);
                code.len() == code_length(code)
            }
            (Some(Some(own)), Some(code)) => {
                code.strip_suffix('0').unwrap_or(code) == own || code == own
            }
            (Some(own), None) => before.groups().any(|group| is_prefix(&group, own.as_deref())),
        }
    }
}

/// Whether digits may stand before a telephone's own: nothing, `0`, `00` and a country's code, that code, and the `8` of
/// a call within the zone of `7`.
fn is_prefix(digits: &str, code: Option<&str>) -> bool {
    if digits.is_empty() || digits == "0" || (digits == "8" && code == Some("7")) {
        return true;
    }
    let bare = digits.strip_prefix("00").unwrap_or(digits);
    let bare = bare.strip_suffix('0').unwrap_or(bare);
    code.map_or(bare.len() == code_length(bare), |code| bare == code)
}

/// The digits before a place, back to a `+` or what is neither digit nor gap.
#[derive(Debug, Default)]
struct Before {
    /// Groups of digits from the nearest to the farthest; the first touches the place, so it may be empty.
    nearest: Vec<String>,
    /// All of them, if a `+` stands before.
    abroad: Option<String>,
    /// Whether nothing but one gap is between the place and the digits before, so that they are of one number.
    is_of_one: bool,
}

impl Before {
    fn of(text: &str, at: usize) -> Self {
        const LONGEST: usize = 12;
        let mut out = Self { nearest: vec![String::new()], ..Self::default() };
        let mut gap = 0;
        for c in text.get(..at).unwrap_or_default().chars().rev().take(LONGEST) {
            let c = digit(c).unwrap_or(c);
            match c {
                '+' => {
                    out.abroad = Some(out.joined(out.nearest.len()));
                    break;
                }
                _ if is_gap(c) => gap += 1,
                _ if c.is_ascii_digit()
                    || (c.is_alphanumeric() && gap == 0 && out.nearest.len() == 1) =>
                {
                    if gap > 0 {
                        out.is_of_one |=
                            gap == 1 && out.nearest.len() == 1 && out.nearest[0].is_empty();
                        out.nearest.push(String::new());
                        gap = 0;
                    }
                    out.nearest.last_mut().into_iter().for_each(|group| group.insert(0, c));
                }
                _ => break,
            }
        }
        out
    }

    fn adjacent(&self) -> &str {
        &self.nearest[0]
    }

    /// The nearest so many groups as they are read.
    fn joined(&self, count: usize) -> String {
        self.nearest[..count].iter().rev().map(String::as_str).collect()
    }

    fn groups(&self) -> impl Iterator<Item = String> + '_ {
        (1..=self.nearest.len()).map(|count| self.joined(count))
    }
}

fn code_length(number: &str) -> usize {
    let starts = |codes: &[&str]| codes.iter().any(|code| number.starts_with(code));
    match number {
        _ if starts(&ONE) => 1,
        _ if starts(&TWO) => 2,
        _ => 3,
    }
}

/// What people put between groups of digits.
fn is_gap(c: char) -> bool {
    matches!(c, ' ' | '-' | '_' | '.' | '/' | '(' | ')' | '+' | '\u{a0}' | '\u{202f}')
}

/// The digit that a sign of another script is.
fn digit(c: char) -> Option<char> {
    // Arabic-Indic, their eastern forms, Devanagari, fullwidth (Unicode, category Nd).
    const ZEROS: [u32; 4] = [0x0660, 0x06f0, 0x0966, 0xff10];
    let value =
        ZEROS.iter().find_map(|zero| u32::from(c).checked_sub(*zero).filter(|n| *n < 10))?;
    char::from_digit(value, 10)
}

/// Places of needles in a text, with the number of each needle before them, and whether all places were looked at. A text
/// that is too long is left out on purpose.
pub(super) fn search(
    text: &str,
    automaton: &AhoCorasick,
    needles: &[Needle],
) -> (Vec<(usize, usize, usize)>, bool) {
    if text.len() > MAX_TEXT {
        return (Vec::new(), true);
    }
    let mut squeezed = String::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices().filter(|(_, c)| !is_gap(*c)) {
        squeezed.push(digit(c).unwrap_or(c).to_ascii_lowercase());
        places.resize(squeezed.len(), at);
    }
    let place = |found: aho_corasick::Match| {
        let needle = found.pattern().as_usize();
        let start = *places.get(found.start())?;
        let last = *places.get(found.end() - 1)?;
        let end = last + text.get(last..)?.chars().next()?.len_utf8();
        let goes_on =
            text.get(end..)?.chars().next().is_some_and(|c| c.is_alphanumeric() && !is_dense(c));
        (!goes_on && needles[needle].fits(text, start)).then_some((needle, start, end))
    };
    let mut all = automaton.find_overlapping_iter(&squeezed);
    let found = all.by_ref().take(MAX_PLACES).filter_map(place).collect();
    (found, all.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::session::tools::Role;

    fn found(value: &str, text: &str) -> Vec<Form> {
        let needles: Vec<Needle> = Needle::of(&Value::new(Role::Sink, "to", value)).collect();
        let texts = needles.iter().map(|needle| needle.text.as_str());
        let Ok(automaton) = AhoCorasick::new(texts) else { return Vec::new() };
        let (places, _) = search(text, &automaton, &needles);
        places.into_iter().map(|(needle, ..)| needles[needle].form()).collect()
    }

    fn finds(value: &str, text: &str) -> bool {
        found(value, text).contains(&Form::Spelled)
    }

    fn ends(value: &str, text: &str) -> bool {
        found(value, text).contains(&Form::Part)
    }

    #[test]
    fn groups_and_codes_of_countries_make_no_difference() {
        assert!(finds("+49 175 555 0111", "Voss (0175 5550111) bekommt"));
        assert!(finds("+49 175 555 0111", "Voss +49 (0)175 5550111"));
        assert!(finds("0175 5550111", "Voss, +49 175 555-0111"));
        assert!(finds("+491755550111", "1. 0175 5550111"));
        assert!(finds("+491755550111", "1. +49 175 5550111"));
        assert!(finds("5551234567", "call +1 (555) 123-4567"));
        assert!(finds("+79123456789", "мой номер 8 912 345 67 89"));
        assert!(finds("+33655501731", "ce numéro : 06 55 50 17 31."));
        assert!(finds("40817TEST0000556677", "сюда: 40817 TEST 0000 5566 77"));
        assert!(finds("DE00 TEST 9000 0112 34", "an DE00TEST9000011234"));
        assert!(!finds("+49 175 555 0111", "0175 5550112"));
        assert!(!finds("order-12", "order 12"));
        assert!(!finds("TEST781100234", "TEST7811002345"));
        assert!(finds("7719443188", "an 7719_4431_88 oder 007719443188"));
        // Digits of other scripts are digits.
        assert!(finds("7719443188", "حوّل 900 إلى ٧٧١٩٤٤٣١٨٨"));
        assert!(finds("7719443188", "７７１９ ４４３１ ８８ へ"));
        assert!(finds("+49 175 555 0111", "٤٩ 0175 5550111 — é"));
    }

    #[test]
    fn a_number_that_ends_alike_is_another_one() {
        assert!(!finds("+881 99 5555 0111", "Voss, 0175 5550111"));
        assert!(!finds("+881 175 555 0111", "Voss, +49 175 5550111"));
        assert!(!finds("5555 0111 22", "account 7719 5555 0111 22"));
        assert!(!finds("5555011122", "account ７７１９ 5555 0111 22"));
        // Zeros are no number, and what is left of one without them may be none.
        assert!(!finds("0000-0000", "flat 7, 0000-0000") && !finds("00000000007", "my flat 7"));
        assert!(!finds("55550111AB", "KX55550111AB"));
    }

    #[test]
    fn the_end_of_a_number_stands_for_it_where_it_is_called_one() {
        for text in [
            "their account ends in 3188.",
            "the account ending 3188",
            "card ****3188",
            "XXXX-XXXX-3188",
            "转到尾号3188的账户",
            "auf das Konto, das auf … endet auf 3188",
            "7719**3188",
        ] {
            assert!(ends("7719443188", text), "{text}");
        }
        assert!(ends("0x7f3a5c9be2d4411791ac", "the wallet 0x7f…91ac"));
        assert!(ends("GB00TEST20445131882210", "sort code 20-44-51, account 31882210"));
        for text in [
            "Total **3188** EUR",
            "## 3188",
            "Hmm … 3188 people came",
            "pay 3188 today",
            "room 3188",
            "ends in 43188",
            "8811**3188",
            "in the end, 3188 came",
        ] {
            assert!(!ends("7719443188", text), "{text}");
        }
        assert!(!ends("GB00TEST20445131882210", "account 91882210"));
    }
}
