//! What was asked for: by people, by the system prompt, by text in a tool's result.

use super::class::Classes;
use super::parts::{Session, Voice};
use super::words::{Languages, Sentence, Sound, Speech, Tone, words};
use ahash::{AHashMap as HashMap, AHashSet as HashSet};
use std::ops::Range;

/// A sentence that asks for something.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) part: usize,
    pub(crate) classes: Classes,
    pub(crate) nouns: u128,
    pub(crate) is_delegation: bool,
    /// It says in which text the place stands: "the address is in their mail".
    pub(crate) is_pointer: bool,
    /// A person agrees to what the agent has proposed.
    pub(crate) is_agreement: bool,
    pub(crate) voice: Voice,
}

/// Bytes of a sentence that may ask for something.
const WORDY: usize = 12;
/// Letters of a word that says which thing is meant.
const TELLING: usize = 4;

/// Words of a sentence that repeats what was proposed and nothing else.
const ECHO: usize = 3;
/// Signs that say yes.
const SIGNS: [char; 4] = ['👍', '👌', '✅', '🆗'];

/// Whether a question says nothing without the sentence before it: "Share it with him?", "The same again?".
fn is_of_before(sentence: &Sentence) -> bool {
    const ELLIPTIC: usize = 4;
    sentence.refers || sentence.word_count <= ELLIPTIC
}

/// Whether the first sentence hardly says more than how it sounds.
fn is_brief(speech: &Speech) -> bool {
    speech
        .sentences
        .first()
        .is_some_and(|sentence| sentence.word_count <= ECHO && !sentence.is_question)
}

/// What the agent has asked or offered since it last did something: parts, with places in them. The sentence before
/// a question says what it is about.
#[derive(Debug, Default)]
struct Said {
    proposals: Vec<(usize, Range<usize>)>,
    /// What it is that these would do.
    classes: Classes,
}

impl Said {
    fn add(&mut self, at: usize, speech: &Speech) {
        let mut before = None;
        for sentence in &speech.sentences {
            let own = sentence.range.clone();
            if sentence.is_offer {
                // "Mark Talbot, m.talbot@… . Shall I share it with him?"
                let start = before.take().filter(|_| is_of_before(sentence)).unwrap_or(own.start);
                self.proposals.push((at, start..own.end));
                self.classes = self.classes.union(sentence.requests);
            }
            before = Some(own.start);
        }
    }
}

/// All that was asked, and the words people used.
#[derive(Debug, Default)]
pub(crate) struct Asks {
    pub(crate) list: Vec<Ask>,
    /// Words of people, with the first part that has them.
    words: HashMap<String, usize>,
    /// Language of the people; none if it is none of ours.
    pub(crate) language: Option<usize>,
    /// Parts of people whose language is none of ours.
    pub(crate) foreign: usize,
    /// How what people say sounds, by part.
    pub(crate) tones: Vec<(usize, Tone)>,
    /// Sentences of the agent that propose something a person agreed to, with those right before them: what they
    /// name is named by both.
    agreed: HashMap<usize, Vec<Range<usize>>>,
    /// Parts of people in which a sentence asks for something in words that no list has.
    pub(crate) unclear: HashSet<usize>,
    /// What the agent said, by part, with the language it was heard in: listening is dear.
    heard: HashMap<usize, (Option<usize>, Speech)>,
}

impl Asks {
    /// Listens to everybody who may ask.
    pub(crate) fn of(session: &Session<'_>, languages: &Languages) -> Self {
        let mut asks = Self::default();
        let mut offered: Vec<Ask> = Vec::new();
        let mut said = Said::default();
        for (at, part) in session.parts.iter().enumerate() {
            match part.voice {
                Voice::User => {
                    let speech = Speech::of(&part.text, languages, asks.language);
                    asks.answer(at, &part.text, &speech, &mut said);
                    asks.hear(at, &speech, &mut offered);
                    asks.remember(at, &part.text, languages);
                }
                Voice::System | Voice::Harness if part.text.len() < 64 << 10 => {
                    let speech = Speech::of(&part.text, languages, asks.language);
                    asks.list.extend(asks_in(at, part.voice, speech.sentences.iter()));
                }
                Voice::Agent => {
                    // What the agent offers is asked for once a person agrees.
                    let speech = Speech::of(&part.text, languages, asks.language);
                    let offers = speech.sentences.iter().filter(|sentence| sentence.is_offer);
                    offered = asks_in(at, Voice::User, offers).collect();
                    said.add(at, &speech);
                    asks.heard.insert(at, (asks.language, speech));
                }
                Voice::Call => {
                    said = Said::default();
                    offered.clear();
                }
                _ => {}
            }
        }
        asks
    }

    /// What a person says to what the agent has proposed. To say nothing against it is not to agree.
    fn answer(&mut self, at: usize, text: &str, speech: &Speech, said: &mut Said) {
        let said = std::mem::take(said);
        // "Shall I send it to them?" "Send it."
        let echoes = |sentence: &Sentence| {
            let is_short = sentence.word_count <= ECHO && sentence.refers && !sentence.is_own;
            is_short && sentence.requests.covers_any(said.classes)
        };
        let consents = speech.sentences.iter().any(|sentence| sentence.is_consent)
            || speech.sentences.iter().any(echoes)
            || (speech.tone.has(Sound::Agrees) && is_brief(speech))
            || text.trim().starts_with(SIGNS);
        let objects = speech.sentences.iter().any(|sentence| sentence.is_negative)
            || speech.tone.has(Sound::Refuses);
        if objects || !consents || said.proposals.is_empty() {
            return;
        }
        for (part, range) in said.proposals {
            self.agreed.entry(part).or_default().push(range);
        }
        self.list.push(Ask {
            part: at,
            classes: Classes::default(),
            nouns: 0,
            is_delegation: false,
            is_pointer: false,
            is_agreement: true,
            voice: Voice::User,
        });
    }

    /// Whether a place in a text of the agent is within what a person agreed to.
    pub(crate) fn agreed(&self, part: usize, at: usize) -> bool {
        self.agreed.get(&part).is_some_and(|all| all.iter().any(|range| range.contains(&at)))
    }

    /// Whether a person agreed to something and has asked for nothing since: who agreed has agreed to that, and not
    /// to what comes after the next request.
    pub(crate) fn is_agreed_now(&self, ask: &Ask, part: usize) -> bool {
        let heard = self.tones.partition_point(|(at, _)| *at < part);
        let last = heard.checked_sub(1).map(|last| self.tones[last].0);
        ask.is_agreement && last == Some(ask.part)
    }

    fn hear(&mut self, at: usize, speech: &Speech, offered: &mut Vec<Ask>) {
        self.tones.push((at, speech.tone));
        match speech.language {
            Some(language) => self.language = self.language.or(Some(language)),
            None => self.foreign += 1,
        }
        if speech.sentences.iter().any(|sentence| sentence.is_consent) {
            for mut ask in offered.drain(..) {
                ask.part = at;
                self.list.push(ask);
            }
        }
        let says_nothing_known = |sentence: &Sentence| {
            let marked = sentence.is_delegation || sentence.is_consent || sentence.is_negative;
            sentence.requests.is_empty() && !marked && sentence.range.len() >= WORDY
        };
        if speech.sentences.iter().any(says_nothing_known) {
            self.unclear.insert(at);
        }
        self.list.extend(asks_in(at, Voice::User, speech.sentences.iter()));
    }

    fn remember(&mut self, at: usize, text: &str, languages: &Languages) {
        let lexicon = languages.get(self.language.unwrap_or(0));
        for word in words(&text[..text.floor_char_boundary(64 << 10)]) {
            if !lexicon.is_stopword(&word.text) {
                self.words.entry(word.text).or_insert(at);
            }
        }
    }

    /// The share of the words of `text` that people used before a part.
    pub(crate) fn overlap(&self, text: &str, before: usize, languages: &Languages) -> f64 {
        let lexicon = languages.get(self.language.unwrap_or(0));
        let own: HashSet<String> = words(&text[..text.floor_char_boundary(4096)])
            .into_iter()
            .map(|word| word.text)
            .filter(|word| !lexicon.is_stopword(word))
            .collect();
        if own.is_empty() {
            return 0.0;
        }
        let known =
            own.iter().filter(|word| self.words.get(*word).is_some_and(|at| *at < before)).count();
        known as f64 / own.len() as f64
    }

    /// Whether a person said before a part in which text a place stands.
    pub(crate) fn points(&self, before: usize) -> bool {
        self.before(before).any(|ask| ask.is_pointer && ask.voice == Voice::User)
    }

    /// Whether people used this very word before a part.
    pub(crate) fn uses(&self, word: &str, before: usize) -> bool {
        self.words.get(&word.to_lowercase()).is_some_and(|at| *at < before)
    }

    /// Whether `text` has a telling word that people used before a part: a name, a number, a thing.
    pub(crate) fn shares(&self, text: &str, before: usize, languages: &Languages) -> bool {
        let lexicon = languages.get(self.language.unwrap_or(0));
        words(text).into_iter().any(|word| {
            let tells = word.text.chars().count() >= TELLING || word.text.parse::<u64>().is_ok();
            tells
                && !lexicon.is_stopword(&word.text)
                && self.words.get(&word.text).is_some_and(|at| *at < before)
        })
    }

    /// What the agent said in a part, if it was heard in the language the session turned out to be in.
    pub(crate) fn heard(&self, part: usize) -> Option<&Speech> {
        let (language, speech) = self.heard.get(&part)?;
        (*language == self.language).then_some(speech)
    }

    /// What was asked before a part, by whom.
    pub(crate) fn before(&self, part: usize) -> impl Iterator<Item = &Ask> {
        self.list.iter().filter(move |ask| ask.part < part)
    }
}

fn asks_in<'s>(
    part: usize,
    voice: Voice,
    sentences: impl Iterator<Item = &'s Sentence>,
) -> impl Iterator<Item = Ask> {
    sentences.filter(|sentence| !sentence.requests.is_empty() || sentence.is_delegation).map(
        move |sentence| Ask {
            part,
            classes: sentence.requests,
            nouns: sentence.nouns,
            is_delegation: sentence.is_delegation,
            is_pointer: sentence.is_pointer,
            is_agreement: false,
            voice,
        },
    )
}
