//! Letters of other scripts that look like Latin ones, inside words that have Latin letters too.
//!
//! Nobody writes half a word in another script but to hide it from what matches words (Unicode Technical Standard 39 calls
//! that mixed-script confusables). Words that are wholly of another script are words of a language and stay as they are,
//! unless the text around them has next to no letter of that script that does *not* look like a Latin one: no language
//! does without those (whole-script confusables).

/// Whether a word has Latin letters and lookalikes of such.
pub(super) fn is_mixed(word: &str) -> bool {
    !word.is_ascii()
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
        && word.chars().any(|c| latin(c) != c)
}

/// Of letters in one text so many may be of those scripts and no lookalikes, where lookalikes stand for Latin letters.
const MOST_OTHERS: usize = 20;

/// Whether lookalikes stand for Latin letters all over a text.
pub(super) fn is_disguised(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let (mut lookalikes, mut latins, mut others) = (0_usize, 0_usize, 0_usize);
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' => latins += 1,
            _ if c.is_ascii() => {}
            _ if latin(c) != c => lookalikes += 1,
            '\u{370}'..='\u{58f}' if c.is_alphabetic() => others += 1,
            _ => {}
        }
    }
    lookalikes > 0 && latins > 0 && others * MOST_OTHERS < latins + lookalikes
}

/// Whether a word is made of lookalikes only.
pub(super) fn is_lookalike(word: &str) -> bool {
    !word.is_ascii() && word.chars().all(|c| latin(c) != c)
}

/// The Latin letter that a Cyrillic, Greek or Armenian one looks like; any other character is itself.
pub(super) fn latin(c: char) -> char {
    match c {
        'а' | 'α' => 'a',
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'с' | 'ϲ' => 'c',
        'С' | 'Ϲ' => 'C',
        'ԁ' => 'd',
        'е' | 'ҽ' => 'e',
        'Е' | 'Ε' => 'E',
        'ց' => 'g',
        'һ' | 'հ' => 'h',
        'Н' | 'Η' => 'H',
        'і' | 'ι' => 'i',
        'І' | 'Ι' | 'Ӏ' => 'I',
        'ј' | 'ϳ' => 'j',
        'Ј' => 'J',
        'к' | 'κ' => 'k',
        'К' | 'Κ' => 'K',
        'ӏ' => 'l',
        'М' | 'Μ' => 'M',
        'ո' => 'n',
        'Ν' => 'N',
        'о' | 'ο' | 'օ' => 'o',
        'О' | 'Ο' | 'Օ' => 'O',
        'р' | 'ρ' => 'p',
        'Р' | 'Ρ' => 'P',
        'ԛ' => 'q',
        'ѕ' => 's',
        'Ѕ' | 'Տ' => 'S',
        'Т' | 'Τ' => 'T',
        'ս' | 'υ' => 'u',
        'Ս' => 'U',
        'ν' | 'ѵ' => 'v',
        'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'Х' | 'Χ' => 'X',
        'у' | 'γ' => 'y',
        'У' | 'Υ' => 'Y',
        'Ζ' => 'Z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(word: &str) -> String {
        if is_mixed(word) { word.chars().map(latin).collect() } else { word.to_owned() }
    }

    #[test]
    fn only_words_of_two_scripts_change() {
        for (written, expected) in [
            ("cоde", "code"),
            ("Тrіgger", "Trigger"),
            ("ѕсrірt", "script"),
            ("секрет", "секрет"),
            ("соре", "соре"),
            ("naïve", "naïve"),
            ("Δx", "Δx"),
            ("код2", "код2"),
        ] {
            assert_eq!(plain(written), expected, "{written}");
        }
    }

    #[test]
    fn a_text_is_disguised_where_a_script_lacks_the_letters_of_its_own() {
        for (text, expected) in [
            ("i соре it and say nothing", true),
            ("ассеѕѕ", false),
            ("ассеѕѕ the vault", true),
            ("the word рука means hand", true),
            ("он скопировал их в /tmp/report", false),
            ("Он знает, that the report is ready, и молчит", false),
            ("naïve façade", false),
            ("已发送 report.csv", false),
            ("nothing else", false),
        ] {
            assert_eq!(is_disguised(text), expected, "{text}");
        }
        assert!(is_lookalike("соре") && !is_lookalike("секрет") && !is_lookalike("cope"));
    }
}
