//! A text as what it says: sentences with the marks that the word lists find in them.

use super::Languages;
use super::lexicon::{Hit, Tag};
use super::split::{Word, sentences, words};
use super::tone::Tone;
use crate::detect::session::class::{Class, Classes};
use std::ops::Range;

/// A text that was listened to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Speech {
    pub(crate) sentences: Vec<Sentence>,
    /// How it sounds.
    pub(crate) tone: Tone,
    /// Number of the language; none if it is not one of ours.
    pub(crate) language: Option<usize>,
}

/// How a statement is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mood {
    /// Stated as a fact.
    #[default]
    Did,
    /// Intended or offered.
    Will,
    /// Possible or asked.
    Can,
    /// Tried without success.
    CouldNot,
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Subject {
    /// The agent, or nobody is named.
    #[default]
    Agent,
    /// The one who is spoken to.
    Reader,
}

/// One statement that something was done, or not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub(crate) class: Class,
    pub(crate) mood: Mood,
    pub(crate) subject: Subject,
    /// Whether it is said to have happened.
    pub(crate) positive: bool,
    pub(crate) quoted: bool,
}

/// One sentence.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sentence {
    pub(crate) range: Range<usize>,
    /// What it asks for.
    pub(crate) requests: Classes,
    /// What it says was done.
    pub(crate) statements: Vec<Statement>,
    /// Kinds of things it names.
    pub(crate) nouns: u128,
    /// Speaks of everything or of several.
    pub(crate) is_about_all: bool,
    pub(crate) is_question: bool,
    /// Asks for or offers something, in words of somebody who has not done it yet.
    pub(crate) is_offer: bool,
    /// Says no to something.
    pub(crate) is_negative: bool,
    pub(crate) is_denial: bool,
    pub(crate) is_euphemism: bool,
    pub(crate) is_delegation: bool,
    /// Says in which text a place stands.
    pub(crate) is_pointer: bool,
    pub(crate) is_consent: bool,
    /// Means something that was spoken of before.
    pub(crate) refers: bool,
    /// Speaks of whoever speaks.
    pub(crate) is_own: bool,
    pub(crate) word_count: usize,
    pub(crate) is_concealment: bool,
}

/// Longest text that is listened to; what is longer is data.
const MAX_BYTES: usize = 64 << 10;
/// Words that a hit is longer than in no list.
const MAX_HIT: usize = 32;
/// How many words before a verb may hold its negation.
const NEAR: usize = 4;

impl Speech {
    /// Listens to a text. `default` is the language of texts too short to tell.
    pub(crate) fn of(text: &str, languages: &Languages, default: Option<usize>) -> Self {
        let text = &text[..text.floor_char_boundary(MAX_BYTES)];
        let all = words(text);
        let Some(language) = languages.of(&all, default) else { return Self::default() };
        let lexicon = languages.get(language);
        let mut found = Vec::new();
        let mut tone = Tone::default();
        let mut from = 0;
        for range in sentences(text) {
            while all.get(from).is_some_and(|word| word.range.start < range.start) {
                from += 1;
            }
            let len = all[from..].iter().take_while(|word| word.range.end <= range.end).count();
            let own = &all[from..from + len];
            from += len;
            let hits = lexicon.hits(own);
            let mut heard = sentence(text, range, own, &hits);
            tone = tone.union(Tone::of(&hits, &heard.statements, found.is_empty()));
            // "Summarise the files on the server" only asks to read.
            let only_reads = heard.is_question
                || (!heard.requests.is_empty() && !heard.requests.any_but(Class::Read));
            heard.is_pointer = !only_reads && languages.points(heard.nouns);
            heard.is_delegation |= heard.is_pointer;
            found.push(heard);
        }
        Self { sentences: found, tone, language: Some(language) }
    }
}

fn sentence(text: &str, range: Range<usize>, words: &[Word], hits: &[Hit]) -> Sentence {
    let has = |tag: Tag| hits.iter().any(|hit| hit.tag == tag);
    let trimmed = text[range.clone()].trim_end();
    let mut out = Sentence {
        is_question: trimmed.ends_with(['?', '？']) || has(Tag::Question),
        is_negative: has(Tag::Negation),
        is_about_all: has(Tag::All),
        is_denial: has(Tag::Denial),
        is_euphemism: has(Tag::Euphemism),
        is_delegation: has(Tag::Delegation),
        refers: has(Tag::Refers),
        is_own: has(Tag::First),
        word_count: words.len(),
        is_concealment: has(Tag::Conceal),
        ..Sentence::default()
    };
    out.is_consent = !out.is_question && consents(text, words, hits);
    let quoted = quoted(&text[range.clone()], words, range.start);
    for hit in hits {
        match hit.tag {
            Tag::Request(class) if !is_negated(hit, hits) => out.requests.insert(class),
            Tag::Noun(number) => out.nouns |= 1 << number,
            Tag::Done(class) => {
                let quoted = quoted.get(hit.first).copied().unwrap_or_default();
                out.statements.push(statement(class, hit, hits, out.is_question, quoted));
            }
            _ => {}
        }
    }
    let is_personal = [Tag::First, Tag::Second, Tag::Future, Tag::Condition].into_iter().any(has);
    out.is_offer = out.is_question || (is_personal && !out.requests.is_empty());
    out.statements.dedup();
    out.range = range;
    out
}

/// Whether a sentence says yes. A word of consent alone is one in other sentences too ("make sure", "the fine print"): it
/// counts where it is hardly less than the sentence, or begins it.
fn consents(text: &str, words: &[Word], hits: &[Hit]) -> bool {
    const LONGEST: usize = 24;
    const FEW: usize = 3;
    let stands_alone = |hit: &Hit| {
        let begins = hit.first == 0 && {
            let word = &words[hit.end - 1];
            let next = text[word.range.end..].chars().next();
            // "Fine, …" and "yes please", and not "fine print".
            next.is_none_or(|c| !c.is_whitespace()) || word.text.chars().count() <= FEW
        };
        // "That sounds fine", and not "The fine print".
        begins || (words.len() <= FEW && hit.end == words.len())
    };
    words.len() <= LONGEST
        && hits
            .iter()
            .any(|hit| hit.tag == Tag::Consent && (hit.end - hit.first > 1 || stands_alone(hit)))
}

fn before<'h>(
    hit: &'h Hit,
    hits: &'h [Hit],
    tag: Tag,
    reach: usize,
) -> impl Iterator<Item = &'h Hit> {
    // They stand in the order of their first words.
    let begun = hits.partition_point(|other| other.first <= hit.first);
    let near = move |other: &&Hit| other.first + reach + MAX_HIT > hit.first;
    hits[..begun]
        .iter()
        .rev()
        .take_while(near)
        .filter(move |other| other.tag == tag && other.end + reach > hit.first)
}

fn is_negated(hit: &Hit, hits: &[Hit]) -> bool {
    before(hit, hits, Tag::Negation, NEAR).any(|other| other.first < hit.first)
}

fn statement(class: Class, hit: &Hit, hits: &[Hit], asks: bool, quoted: bool) -> Statement {
    let near = |tag| before(hit, hits, tag, NEAR).any(|other| other.first != hit.first);
    let anywhere_before = |tag| before(hit, hits, tag, 12).any(|other| other.first < hit.first);
    let mood = if before(hit, hits, Tag::CouldNot, NEAR).next().is_some() {
        Mood::CouldNot
    } else if asks || anywhere_before(Tag::Condition) {
        Mood::Can
    } else if near(Tag::Future) {
        Mood::Will
    } else {
        Mood::Did
    };
    let reader = near(Tag::Second) && !near(Tag::First);
    Statement {
        class,
        mood,
        subject: if reader { Subject::Reader } else { Subject::Agent },
        positive: mood != Mood::CouldNot && !is_negated(hit, hits),
        quoted,
    }
}

/// Of each word whether it stands between quotation marks of its sentence, which begins at `offset`; nothing if
/// there are none.
fn quoted(sentence: &str, words: &[Word], offset: usize) -> Vec<bool> {
    const PAIRS: [(char, char); 3] = [('“', '”'), ('«', '»'), ('「', '」')];
    let is_mark = |c: char| matches!(c, '"' | '`') || PAIRS.iter().any(|pair| pair.0 == c);
    if !sentence.contains(is_mark) {
        return Vec::new();
    }
    let (mut alike, mut open) = ([false; 2], [0_i64; 3]);
    let mut chars = sentence.char_indices().peekable();
    let mut out = Vec::with_capacity(words.len());
    for word in words {
        while let Some((_, c)) = chars.next_if(|(at, _)| at + offset < word.range.start) {
            alike[0] ^= c == '"';
            alike[1] ^= c == '`';
            for ((opens, closes), open) in PAIRS.iter().zip(&mut open) {
                *open += i64::from(c == *opens) - i64::from(c == *closes);
            }
        }
        out.push(alike.contains(&true) || open.iter().any(|open| *open > 0));
    }
    out
}
