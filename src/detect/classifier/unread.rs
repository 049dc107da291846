//! Why a text has no score, or none that means anything: nothing to read, too little, nothing that could be told apart
//! as words, or letters that the model has never seen.

use super::words::{self, Words};

/// Why a text was not evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It has no letter and no digit.
    NoWords,
    /// It has words, but too few to be judged by.
    FewWords,
    /// It has letters, and no word among them: runs as long as only data have, or a script that puts no space between words.
    NoSpaces,
    /// Most of its letters are of scripts that the model has never seen. It has scores, and they mean little.
    OtherScript,
}

impl Unread {
    /// The reason, for a text of which no window was made.
    pub(super) fn of(text: &str) -> Self {
        let is_mostly_data = words::unread(text) * 2 > text.len();
        if !is_mostly_data && !Words::of(text).words.is_empty() {
            Self::FewWords
        } else if text.chars().any(char::is_alphanumeric) {
            Self::NoSpaces
        } else {
            Self::NoWords
        }
    }

    /// Its name in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoWords => "no_words",
            Self::FewWords => "few_words",
            Self::NoSpaces => "no_spaces",
            Self::OtherScript => "other_script",
        }
    }
}
