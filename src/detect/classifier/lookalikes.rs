//! Letters of other scripts that look like Latin ones, inside words that have Latin letters too.
//!
//! Nobody writes half a word in another script but to hide it from what matches words. Words that are wholly of
//! another script are words of a language and stay as they are (Unicode Technical Standard 39 calls the others
//! mixed-script confusables).

/// Whether a word has Latin letters and lookalikes of such.
pub(super) fn is_mixed(word: &str) -> bool {
    !word.is_ascii()
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
        && word.chars().any(|c| latin(c) != c)
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
}
