//! A session as a row of symbols: what a reader would see from far away.
//!
//! `^` begins and `$` ends it. `U0` is the first request, a later one `U` with its marks: `y` begins with an
//! agreement, `n` unhappy, `c` wants something else, `q` has a question mark, `t` thanks. A text of the agent
//! is `T` with `n` says what cannot be, `s` sorry, `d` says that something was done, `q`. A call is `H` if it
//! hands over to a person, else `A` and its class for each class of its judged actions, else `R`; `!` behind
//! a call that failed. Events that say nothing, labels among them, are no symbols.

use super::super::asks::Asks;
use super::super::claims::Words;
use super::super::parts::{Ending, Part, Session};
use super::super::rows::ActionRow;
use super::super::tools::normal;
use super::super::words::{Languages, Sound, Tone};
use crate::record::{Id16, Kind};
use ahash::AHashMap;

/// What a row is made of.
pub(super) struct Sources<'s> {
    pub(super) session: &'s Session<'s>,
    pub(super) asks: &'s Asks,
    pub(super) words: &'s Words,
    pub(super) languages: &'s Languages,
    pub(super) actions: &'s [ActionRow],
}

/// The symbols of a session.
pub(super) fn row(sources: &Sources<'_>) -> Vec<String> {
    let mut row = Row {
        tones: tones(sources),
        classes: classes(sources.actions),
        people: AHashMap::new(),
        users: 0,
        out: vec!["^".to_owned()],
    };
    for (at, part) in sources.session.parts.iter().enumerate() {
        match part.event.kind {
            Some(Kind::UserText) => row.user(at, part),
            Some(Kind::AssistantText) => row.agent(at, part),
            Some(Kind::ToolCall) => row.call(sources, part),
            _ => {}
        }
    }
    row.out.push("$".to_owned());
    row.out
}

struct Row<'s> {
    tones: Vec<Tone>,
    classes: AHashMap<Id16, Vec<&'static str>>,
    /// Whether a tool hands over to a person, by its name.
    people: AHashMap<&'s str, bool>,
    users: usize,
    out: Vec<String>,
}

impl<'s> Row<'s> {
    fn user(&mut self, at: usize, part: &Part<'_>) {
        self.users += 1;
        if self.users == 1 {
            self.out.push("U0".to_owned());
            return;
        }
        let tone = self.tones[at];
        let marks = [
            ('y', tone.has(Sound::Agrees)),
            ('n', tone.has(Sound::Unhappy)),
            ('c', tone.has(Sound::Changes)),
            ('q', asks(&part.text)),
            ('t', tone.has(Sound::Thanks)),
        ];
        self.out.push(symbol('U', &marks));
    }

    fn agent(&mut self, at: usize, part: &Part<'_>) {
        let tone = self.tones[at];
        let marks = [
            ('n', tone.has(Sound::Refuses)),
            ('s', tone.has(Sound::Sorry)),
            ('d', tone.has(Sound::Done)),
            ('q', asks(&part.text)),
        ];
        self.out.push(symbol('T', &marks));
    }

    fn call(&mut self, sources: &Sources<'s>, part: &Part<'s>) {
        let call = part.call.and_then(|call| sources.session.calls.get(call));
        let bad = if call.is_some_and(|call| call.ending == Ending::Failed) { "!" } else { "" };
        let name = part.event.tool_name.as_deref().unwrap_or_default();
        let to_people = *self
            .people
            .entry(name)
            .or_insert_with(|| sources.languages.hands_over(&normal(name).replace('_', " ")));
        if to_people {
            self.out.push(format!("H{bad}"));
            return;
        }
        match self.classes.get(&part.event.event_id) {
            Some(classes) => {
                self.out.extend(classes.iter().map(|class| format!("A{class}{bad}")));
            }
            None => self.out.push(format!("R{bad}")),
        }
    }
}

fn asks(text: &str) -> bool {
    text.contains(['?', '？'])
}

fn symbol(letter: char, marks: &[(char, bool)]) -> String {
    let present = marks.iter().filter(|(_, is_there)| *is_there).map(|(mark, _)| *mark);
    std::iter::once(letter).chain(present).collect()
}

fn tones(sources: &Sources<'_>) -> Vec<Tone> {
    let mut tones = vec![Tone::default(); sources.session.parts.len()];
    for (at, tone) in sources.asks.tones.iter().chain(&sources.words.tones) {
        tones[*at] = *tone;
    }
    tones
}

/// The classes of each call's actions, by name.
fn classes(actions: &[ActionRow]) -> AHashMap<Id16, Vec<&'static str>> {
    let mut classes: AHashMap<Id16, Vec<&'static str>> = AHashMap::new();
    for action in actions {
        classes.entry(action.event_id).or_default().push(action.class.as_str());
    }
    for of_call in classes.values_mut() {
        of_call.sort_unstable();
        of_call.dedup();
    }
    classes
}
