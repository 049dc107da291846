//! Scripts: whether a text is mostly in letters that a model has never seen, so that its scores mean nothing.
//!
//! Knows letters only, not languages: Portuguese is in the letters of Spanish.

use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

/// The scripts of the texts that a model has learnt from.
#[derive(Debug, Clone)]
pub(super) struct Scripts {
    /// Runs of letters of these scripts.
    known: Regex,
    /// Runs of letters.
    letters: Regex,
}

impl Scripts {
    /// By their names in Unicode, such as `Latin`; none if none is named.
    ///
    /// # Errors
    /// If there is no such script.
    pub(super) fn named(names: &[String]) -> Result<Option<Self>, String> {
        if names.is_empty() {
            return Ok(None);
        }
        let class = |name: &String| {
            let is_plain = name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
            let made = format!(r"\p{{Script={name}}}");
            match is_plain && Regex::new(&made).is_ok() {
                true => Ok(made),
                false => Err(format!(
                    "`scripts` has {name:?}, expected a name such as Latin, Cyrillic or Han"
                )),
            }
        };
        let classes = names.iter().map(class).collect::<Result<Vec<_>, _>>()?.concat();
        let made = |class: &str| Regex::new(class).map_err(|error| error.to_string());
        Ok(Some(Self {
            known: made(&format!("[{classes}&&\\p{{L}}]+"))?,
            letters: made(r"\p{L}+")?,
        }))
    }

    /// Whether more than half of the letters of a text are of other scripts.
    pub(super) fn is_foreign(&self, text: &str) -> bool {
        // Logs are mostly this, and it is in the letters of any model that reads code.
        if text.is_ascii() {
            return false;
        }
        // Letters in plain form, as they are read: bold mathematical ones are of no script at all.
        let plain: String = text.nfkc().collect();
        let count = |runs: &Regex| {
            runs.find_iter(&plain).map(|run| run.as_str().chars().count()).sum::<usize>()
        };
        count(&self.known) * 2 < count(&self.letters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripts(names: &[&str]) -> Result<Option<Scripts>, String> {
        Scripts::named(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn texts_mostly_in_other_letters_are_foreign() {
        let known = scripts(&["Latin", "Cyrillic", "Han"]).unwrap().unwrap();
        for text in [
            "plain",
            "",
            "… 123 🙂",
            "Grüße, señor",
            "скрыть это",
            "我要隐瞒这件事",
            "ＷＩＤＥ",
            "x = \"שלום\"; return x",
            "𝐓𝐡𝐞 𝐭𝐨𝐭𝐚𝐥𝐬",
        ] {
            assert!(!known.is_foreign(text), "{text}");
        }
        for text in [
            "سأخفي هذا عن المدقق",
            "숨기겠습니다",
            "मैं इसे छिपाऊँगा OK",
            "これを隠すつもりです",
            "Θα το κρύψω",
        ] {
            assert!(known.is_foreign(text), "{text}");
        }
    }

    #[test]
    fn only_scripts_can_be_named() {
        assert!(scripts(&[]).unwrap().is_none());
        for odd in ["Klingon", "", "Latin}\\p{L", "L"] {
            let said = scripts(&["Latin", odd]).unwrap_err();
            assert!(said.contains("`scripts` has"), "{said}");
        }
    }
}
