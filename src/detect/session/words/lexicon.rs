//! The word lists of `rules/words`, compiled: what a person asks for and what an agent says it did.
//!
//! An entry is a word, a stem (`send*`), or several of them in a row; `_` is a gap of up to three
//! words (eight characters in scripts without spaces). All lists of a language are one index by
//! first word, so that a text is looked at once.

use super::split::{Word, is_dense, words};
use crate::detect::session::class::Class;
use ahash::{AHashMap as HashMap, AHashSet as HashSet};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What an entry stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Tag {
    /// Asks for an action.
    Request(Class),
    /// Says that an action was done.
    Done(Class),
    First,
    Second,
    Negation,
    CouldNot,
    Future,
    Condition,
    Question,
    All,
    Denial,
    Euphemism,
    Delegation,
    Consent,
    /// Means what was spoken of before: `it`, `there`.
    Refers,
    Conceal,
    /// How a text sounds.
    Agrees,
    Refusal,
    Sorry,
    Finished,
    Unhappy,
    Change,
    Thanks,
    /// Hands over to a person.
    People,
    /// A kind of thing; the number is the same in all languages.
    Noun(u8),
}

/// A found entry: words `first..end` of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) tag: Tag,
    pub(crate) first: usize,
    pub(crate) end: usize,
}

/// A file of `rules/words` as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: String,
    stopwords: Vec<String>,
    verbs: BTreeMap<String, Forms>,
    first_person: Vec<String>,
    second_person: Vec<String>,
    negations: Vec<String>,
    could_not: Vec<String>,
    future: Vec<String>,
    condition: Vec<String>,
    question: Vec<String>,
    all_words: Vec<String>,
    denial: Vec<String>,
    euphemism: Vec<String>,
    delegation: Vec<String>,
    consent: Vec<String>,
    refers: Vec<String>,
    conceal: Vec<String>,
    agrees: Vec<String>,
    refusal: Vec<String>,
    sorry: Vec<String>,
    finished: Vec<String>,
    unhappy: Vec<String>,
    change: Vec<String>,
    thanks: Vec<String>,
    people: Vec<String>,
    nouns: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Forms {
    request: Vec<String>,
    done: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Word(String),
    Stem(String),
    Gap,
}

/// How long the entries are that begin with a byte: most words are in no list, and are not looked for.
#[derive(Debug, Default)]
pub(super) struct Lengths(Vec<Vec<usize>>);

impl Lengths {
    pub(super) fn add(&mut self, entry: &str) {
        let Some(first) = entry.bytes().next().map(usize::from) else { return };
        self.0.resize_with(256, Vec::new);
        if let Err(at) = self.0[first].binary_search(&entry.len()) {
            self.0[first].insert(at, entry.len());
        }
    }

    /// Lengths of entries that `word` may begin with, the shortest first.
    pub(super) fn of(&self, word: &str) -> impl Iterator<Item = usize> {
        let first = word.bytes().next().map(usize::from);
        let lengths = first.and_then(|first| self.0.get(first)).map_or(&[][..], Vec::as_slice);
        lengths.iter().copied().take_while(move |length| *length <= word.len())
    }
}

#[derive(Debug)]
struct Entry {
    /// After the first piece.
    rest: Vec<Piece>,
    tag: Tag,
}

/// The compiled lists of one language.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    pub(crate) language: String,
    pub(super) stopwords: HashSet<String>,
    by_word: HashMap<String, Vec<Entry>>,
    word_lengths: Lengths,
    by_stem: HashMap<String, Vec<Entry>>,
    stem_lengths: Lengths,
    gap: usize,
    /// Words of tools that hand over to a person.
    people: Vec<String>,
}

/// Names of the kinds of things, in the order of their numbers.
pub(crate) type Nouns = Vec<String>;

impl Lexicon {
    /// Compiles a file; `nouns` are the names all languages share.
    pub(crate) fn parse(yaml: &str, nouns: &mut Nouns) -> Result<Self, String> {
        let file: File = yaml_serde::from_str(yaml).map_err(|error| error.to_string())?;
        let dense = file.language == "zh";
        let mut lexicon = Self {
            stopwords: file.stopwords.iter().map(|word| word.to_lowercase()).collect(),
            language: file.language.clone(),
            gap: if dense { 8 } else { 3 },
            people: file.people.clone(),
            ..Self::default()
        };
        for (name, forms) in &file.verbs {
            let class = Class::parse(name).ok_or_else(|| format!("no class is named {name}"))?;
            lexicon.add_all(&forms.request, Tag::Request(class));
            lexicon.add_all(&forms.done, Tag::Done(class));
        }
        for (tag, list) in lists(&file) {
            lexicon.add_all(list, tag);
        }
        for (name, list) in &file.nouns {
            let number = number_of(name, nouns)?;
            lexicon.add_all(list, Tag::Noun(number));
        }
        Ok(lexicon)
    }

    /// What hands over to a person in any of some languages: names of tools have none of their own.
    pub(crate) fn of_people(languages: &[Self]) -> Self {
        let mut people = Self { gap: 3, ..Self::default() };
        for language in languages {
            people.add_all(&language.people, Tag::People);
        }
        people
    }

    fn add_all(&mut self, list: &[String], tag: Tag) {
        for entry in list {
            let mut pieces = pieces(entry).into_iter();
            let rest = |pieces: std::vec::IntoIter<Piece>| Entry { rest: pieces.collect(), tag };
            match pieces.next() {
                Some(Piece::Word(word)) => {
                    self.word_lengths.add(&word);
                    self.by_word.entry(word).or_default().push(rest(pieces));
                }
                Some(Piece::Stem(stem)) => {
                    self.stem_lengths.add(&stem);
                    self.by_stem.entry(stem).or_default().push(rest(pieces));
                }
                Some(Piece::Gap) | None => {}
            }
        }
    }

    /// All entries in `words`, by place; the same words may be several entries.
    pub(crate) fn hits(&self, words: &[Word]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (first, word) in words.iter().enumerate() {
            if self.word_lengths.of(&word.text).any(|length| length == word.text.len()) {
                for entry in self.by_word.get(&word.text).into_iter().flatten() {
                    self.try_entry(entry, words, first, &mut hits);
                }
            }
            for length in self.stem_lengths.of(&word.text) {
                let stem = word.text.get(..length).and_then(|stem| self.by_stem.get(stem));
                for entry in stem.into_iter().flatten() {
                    self.try_entry(entry, words, first, &mut hits);
                }
            }
        }
        hits
    }

    fn try_entry(&self, entry: &Entry, words: &[Word], first: usize, hits: &mut Vec<Hit>) {
        if let Some(end) = self.match_rest(&entry.rest, words, first + 1) {
            hits.push(Hit { tag: entry.tag, first, end });
        }
    }

    fn match_rest(&self, rest: &[Piece], words: &[Word], at: usize) -> Option<usize> {
        let Some((piece, more)) = rest.split_first() else { return Some(at) };
        match piece {
            Piece::Gap => (at..=at + self.gap).find_map(|next| self.match_rest(more, words, next)),
            Piece::Word(word) => {
                (words.get(at)?.text == *word).then(|| self.match_rest(more, words, at + 1))?
            }
            Piece::Stem(stem) => words
                .get(at)?
                .text
                .starts_with(stem.as_str())
                .then(|| self.match_rest(more, words, at + 1))?,
        }
    }

    /// Whether a word says nothing by itself.
    pub(crate) fn is_stopword(&self, word: &str) -> bool {
        self.stopwords.contains(word)
    }
}

fn lists(file: &File) -> [(Tag, &Vec<String>); 21] {
    [
        (Tag::First, &file.first_person),
        (Tag::Second, &file.second_person),
        (Tag::Negation, &file.negations),
        (Tag::CouldNot, &file.could_not),
        (Tag::Future, &file.future),
        (Tag::Condition, &file.condition),
        (Tag::Question, &file.question),
        (Tag::All, &file.all_words),
        (Tag::Denial, &file.denial),
        (Tag::Euphemism, &file.euphemism),
        (Tag::Delegation, &file.delegation),
        (Tag::Consent, &file.consent),
        (Tag::Refers, &file.refers),
        (Tag::Conceal, &file.conceal),
        (Tag::Agrees, &file.agrees),
        (Tag::Refusal, &file.refusal),
        (Tag::Sorry, &file.sorry),
        (Tag::Finished, &file.finished),
        (Tag::Unhappy, &file.unhappy),
        (Tag::Change, &file.change),
        (Tag::Thanks, &file.thanks),
    ]
}

fn number_of(name: &str, nouns: &mut Nouns) -> Result<u8, String> {
    let at = nouns.iter().position(|noun| noun == name).unwrap_or_else(|| {
        nouns.push(name.to_owned());
        nouns.len() - 1
    });
    u8::try_from(at).ok().filter(|at| *at < 128).ok_or_else(|| "more than 128 nouns".to_owned())
}

fn pieces(entry: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    for part in entry.split_whitespace() {
        for (at, gap) in part.split('_').enumerate() {
            if at > 0 {
                out.push(Piece::Gap);
            }
            add_part(gap, &mut out);
        }
    }
    // A gap at the end would match what stands there already.
    while out.last() == Some(&Piece::Gap) {
        out.pop();
    }
    out
}

fn add_part(part: &str, out: &mut Vec<Piece>) {
    let stem = part.strip_suffix('*');
    let found = words(stem.unwrap_or(part));
    let last = found.len().saturating_sub(1);
    for (at, word) in found.into_iter().enumerate() {
        let is_stem = stem.is_some() && at == last && !word.text.chars().any(is_dense);
        out.push(if is_stem { Piece::Stem(word.text) } else { Piece::Word(word.text) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon(done: &str) -> Lexicon {
        let mut lexicon = Lexicon { language: "en".into(), gap: 3, ..Lexicon::default() };
        lexicon.add_all(&[done.to_owned()], Tag::Done(Class::Send));
        lexicon
    }

    #[test]
    fn entries_are_words_stems_rows_and_gaps() {
        for (entry, text, found) in [
            ("sent", "I sent it", true),
            ("sent", "the sentence", false),
            ("email*", "we emailed them", true),
            ("has been sent", "it has been sent", true),
            ("has been sent", "it has not been sent", false),
            ("leave _ out", "leave the second one out", true),
            ("leave _ out", "leave it all as it is out", false),
            ("已发送", "邮件已发送。", true),
            ("把_发给", "把文件发给他", true),
        ] {
            let hits = lexicon(entry).hits(&words(text));
            assert_eq!(!hits.is_empty(), found, "{entry} in {text}");
        }
    }
}
