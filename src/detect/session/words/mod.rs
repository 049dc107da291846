//! Language: what people ask for and what agents say, in six languages, by lists and not by a model.
//!
//!   split.rs     text -> words and sentences
//!   lexicon.rs   the lists of `rules/words`, compiled
//!   speech.rs    a text -> sentences with their marks (asked, done, denied, …)
//!   tone.rs      how a text sounds: agrees, thanks, declines, says sorry, …
//!
//! A text in another language is "not evaluated"; the lists never guess.

mod lexicon;
mod speech;
mod split;
mod tone;

pub(crate) use lexicon::{Lexicon, Nouns, Tag};
pub(crate) use speech::{Mood, Sentence, Speech, Statement, Subject};
pub(crate) use split::{is_dense, words};
pub(crate) use tone::{Sound, Tone};

use super::class::Class;
use ahash::{AHashMap, AHashSet};
use include_dir::Dir;
use lexicon::Lengths;
use split::Word;

/// All languages.
#[derive(Debug)]
pub(crate) struct Languages {
    lexicons: Vec<Lexicon>,
    /// What hands over to a person, in all languages together.
    people: Lexicon,
    /// Kinds of things that say where something goes, and those in which such a thing is written.
    places: u128,
    documents: u128,
    common: Common,
}

const PLACES: [&str; 7] = ["address", "account", "link", "website", "webhook", "bucket", "server"];
const DOCUMENTS: [&str; 12] = [
    "email", "message", "file", "document", "report", "note", "ticket", "page", "contract",
    "contact", "invoice", "record",
];

/// Words a text must have before its language is judged at all.
const ENOUGH_WORDS: usize = 12;
/// Share of common words below which a text is in none of the languages.
const FEWEST_COMMON: f64 = 0.16;

impl Languages {
    /// Compiles the lists in a folder; English first, as the fallback for short texts.
    pub(crate) fn load(folder: &Dir<'_>) -> Result<Self, String> {
        let mut nouns = Nouns::new();
        let mut lexicons = Vec::new();
        let is_list =
            |file: &&include_dir::File<'_>| file.path().extension().is_some_and(|end| end == "yml");
        for file in folder.files().filter(is_list) {
            let name = file.path().display().to_string();
            let text = file.contents_utf8().ok_or_else(|| format!("{name}: not UTF-8"))?;
            let lexicon =
                Lexicon::parse(text, &mut nouns).map_err(|error| format!("{name}: {error}"))?;
            lexicons.push(lexicon);
        }
        lexicons.sort_by_key(|lexicon| (lexicon.language != "en", lexicon.language.clone()));
        let mask = |names: &[&str]| {
            let number = |name: &&str| nouns.iter().position(|noun| noun == name);
            names.iter().filter_map(number).fold(0, |mask, at| mask | 1_u128 << at)
        };
        let (places, documents) = (mask(&PLACES), mask(&DOCUMENTS));
        if lexicons.is_empty() {
            return Err("no word lists".to_owned());
        }
        let people = Lexicon::of_people(&lexicons);
        let common = Common::of(&lexicons)?;
        Ok(Self { lexicons, people, places, documents, common })
    }

    /// The language of a text; none if it is in none of ours. `default` is for texts that are too
    /// short to tell.
    pub(crate) fn of(&self, words: &[Word], default: Option<usize>) -> Option<usize> {
        let sample = &words[..words.len().min(200)];
        let dense = sample.iter().filter(|word| word.text.chars().any(is_dense)).count();
        if dense * 4 > sample.len() && dense > 1 {
            return self.named("zh");
        }
        let scores = self.common.count(sample, self.lexicons.len());
        let best =
            scores.into_iter().enumerate().max_by_key(|(at, score)| (*score, usize::MAX - at));
        let (at, (score, different)) = best?;
        let share = share(score, sample.len());
        if sample.len() < ENOUGH_WORDS {
            return if share > 0.2 { Some(at) } else { default.or(Some(0)) };
        }
        // What goes on in the language of the session may be half a list of names.
        let fewest = if default == Some(at) { FEWEST_COMMON / 2.0 } else { FEWEST_COMMON };
        // A word that two languages share is not enough, however often it comes.
        (share >= fewest && different >= 3).then_some(at)
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.lexicons.iter().position(|lexicon| lexicon.language == name)
    }

    pub(crate) fn get(&self, at: usize) -> &Lexicon {
        &self.lexicons[at.min(self.lexicons.len() - 1)]
    }

    /// What a single word asks for, in any language.
    pub(crate) fn class_of(&self, word: &str) -> Option<Class> {
        let words = split::words(word);
        self.lexicons.iter().find_map(|lexicon| {
            lexicon.hits(&words).into_iter().find_map(|hit| match hit.tag {
                Tag::Request(class) if hit.first == 0 && hit.end == words.len() => Some(class),
                _ => None,
            })
        })
    }

    /// Whether a word stands in a list of any language: for a kind of thing, or for what is done.
    pub(crate) fn is_common(&self, word: &str) -> bool {
        let words = split::words(word);
        let listed =
            |lexicon: &Lexicon| lexicon.is_stopword(word) || !lexicon.hits(&words).is_empty();
        self.lexicons.iter().any(listed)
    }

    /// Whether a name of a tool, as words, says that it hands over to a person, in any language.
    pub(crate) fn hands_over(&self, name: &str) -> bool {
        let words = split::words(name);
        !self.people.hits(&words).is_empty()
    }

    /// Whether a sentence that speaks of these kinds of things points to a text for where something
    /// goes: "the address is in their mail".
    pub(crate) fn points(&self, nouns: u128) -> bool {
        nouns & self.places != 0 && nouns & self.documents != 0
    }
}

/// The most frequent words of all languages.
#[derive(Debug, Default)]
struct Common {
    /// The languages that have a word, a bit each.
    languages: AHashMap<String, u32>,
    lengths: Lengths,
}

impl Common {
    fn of(lexicons: &[Lexicon]) -> Result<Self, String> {
        let mut common = Self::default();
        for (at, lexicon) in lexicons.iter().enumerate() {
            let bit = u32::try_from(at).ok().and_then(|at| 1_u32.checked_shl(at));
            let bit = bit.ok_or_else(|| "more than 32 languages".to_owned())?;
            for word in &lexicon.stopwords {
                common.lengths.add(word);
                *common.languages.entry(word.clone()).or_default() |= bit;
            }
        }
        Ok(common)
    }

    /// Of each language, how many of the words are among its most frequent, and how many different ones.
    fn count(&self, words: &[Word], languages: usize) -> Vec<(usize, usize)> {
        let mut counts = vec![(0, 0); languages];
        let mut met: AHashSet<&str> = AHashSet::with_capacity(words.len());
        for word in words.iter().map(|word| word.text.as_str()) {
            if !self.lengths.of(word).any(|length| length == word.len()) {
                continue;
            }
            let Some(of) = self.languages.get(word) else { continue };
            let is_new = met.insert(word);
            for (at, (all, different)) in counts.iter_mut().enumerate() {
                let is_of = of >> at & 1 == 1;
                *all += usize::from(is_of);
                *different += usize::from(is_of && is_new);
            }
        }
        counts
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
