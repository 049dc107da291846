//! Language: what people ask for and what agents say, in six languages, by lists and not by a model.
//!
//!   split.rs     text -> words and sentences
//!   lexicon.rs   the lists of `rules/words`, compiled
//!   speech.rs    a text -> sentences with their marks (asked, done, denied, …)
//!
//! A text in another language is "not evaluated"; the lists never guess.

mod lexicon;
mod speech;
mod split;

pub(crate) use lexicon::{Lexicon, Nouns, Tag};
pub(crate) use speech::{Mood, Sentence, Speech, Statement, Subject};
pub(crate) use split::{is_dense, words};

use include_dir::Dir;
use split::Word;

/// All languages.
#[derive(Debug)]
pub(crate) struct Languages {
    lexicons: Vec<Lexicon>,
    pub(crate) nouns: Nouns,
}

/// Words a text must have before its language is judged at all.
const ENOUGH_WORDS: usize = 12;
/// Share of common words below which a text is in none of the languages.
const FEWEST_COMMON: f64 = 0.12;

impl Languages {
    /// Compiles the lists in a folder; English first, as the fallback for short texts.
    pub(crate) fn load(folder: &Dir<'_>) -> Result<Self, String> {
        let mut nouns = Nouns::new();
        let mut lexicons = Vec::new();
        for file in folder.files() {
            let name = file.path().display().to_string();
            let text = file.contents_utf8().ok_or_else(|| format!("{name}: not UTF-8"))?;
            let lexicon =
                Lexicon::parse(text, &mut nouns).map_err(|error| format!("{name}: {error}"))?;
            lexicons.push(lexicon);
        }
        lexicons.sort_by_key(|lexicon| (lexicon.language != "en", lexicon.language.clone()));
        if lexicons.is_empty() {
            Err("no word lists".to_owned())
        } else {
            Ok(Self { lexicons, nouns })
        }
    }

    /// The language of a text; none if it is in none of ours. `default` is for texts that are too
    /// short to tell.
    pub(crate) fn of(&self, words: &[Word], default: Option<usize>) -> Option<usize> {
        let sample = &words[..words.len().min(400)];
        let dense = sample.iter().filter(|word| word.text.chars().any(is_dense)).count();
        if dense * 4 > sample.len() && dense > 1 {
            return self.named("zh");
        }
        let scores = self.lexicons.iter().map(|lexicon| lexicon.common(sample));
        let best = scores.enumerate().max_by_key(|(at, score)| (*score, usize::MAX - at));
        let (at, score) = best?;
        let share = share(score, sample.len());
        if sample.len() < ENOUGH_WORDS {
            return if share > 0.2 { Some(at) } else { default.or(Some(0)) };
        }
        (share >= FEWEST_COMMON).then_some(at)
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.lexicons.iter().position(|lexicon| lexicon.language == name)
    }

    pub(crate) fn get(&self, at: usize) -> &Lexicon {
        &self.lexicons[at.min(self.lexicons.len() - 1)]
    }

    /// The number of a kind of thing.
    pub(crate) fn noun(&self, name: &str) -> Option<u8> {
        self.nouns.iter().position(|noun| noun == name).and_then(|at| u8::try_from(at).ok())
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
