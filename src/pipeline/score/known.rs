//! Texts that were scored a moment ago: the same text has the same scores, so it is not scored again.
//!
//! Agents repeat themselves, and logs repeat agents: the same thought stands in copies of a session. It knows texts by
//! their hashes and only so many, so that it does not grow.

use crate::detect::classifier::Scored;
use crate::record::{Event, Id16};
use ahash::AHashMap;

/// Texts that are remembered; about 400 bytes each.
const MOST: usize = 16_384;

/// Scores by the hash of the text.
#[derive(Debug, Default)]
pub(super) struct Known {
    scores: AHashMap<Id16, Scored>,
}

/// Where the scores of an event come from.
#[derive(Debug)]
enum From {
    Known(Scored),
    /// Place among those that are to be scored.
    New(usize),
}

/// What is to be scored of some events.
#[derive(Debug)]
pub(super) struct Plan<'e> {
    from: Vec<From>,
    /// Events with texts that are not known, each text once.
    pub(super) new: Vec<&'e Event>,
    keys: Vec<Id16>,
}

impl Known {
    pub(super) fn plan<'e>(&self, events: &'e [Event]) -> Plan<'e> {
        let mut plan =
            Plan { from: Vec::with_capacity(events.len()), new: Vec::new(), keys: Vec::new() };
        let mut places: AHashMap<Id16, usize> = AHashMap::new();
        for event in events {
            let text = event.reasoning.as_deref().unwrap_or_default();
            let key = Id16::of("thought", &[text.as_bytes()]);
            plan.from.push(match self.scores.get(&key) {
                Some(scored) => From::Known(scored.clone()),
                None => From::New(*places.entry(key).or_insert_with(|| {
                    plan.new.push(event);
                    plan.keys.push(key);
                    plan.new.len() - 1
                })),
            });
        }
        plan
    }

    /// The scores of the events in order, and whether they were known, once those of `plan.new` are there; if not all are,
    /// of the first events.
    pub(super) fn filled(&mut self, plan: Plan<'_>, scored: Vec<Scored>) -> Vec<(Scored, bool)> {
        let mut is_used = vec![false; scored.len()];
        let mut out = Vec::with_capacity(plan.from.len());
        for from in plan.from {
            match from {
                From::Known(scored) => out.push((scored, true)),
                From::New(at) => match scored.get(at) {
                    Some(one) => out.push((one.clone(), std::mem::replace(&mut is_used[at], true))),
                    None => break,
                },
            }
        }
        if self.scores.len() + scored.len() > MOST {
            self.scores.clear();
        }
        self.scores.extend(plan.keys.into_iter().zip(scored).take(MOST));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thoughts(texts: &[&str]) -> Vec<Event> {
        let of = |text: &&str| {
            let mut event = Event::default();
            event.reasoning = Some((*text).to_owned());
            event
        };
        texts.iter().map(of).collect()
    }

    fn scored(bytes: usize) -> Scored {
        Scored {
            scores: Vec::new(),
            windows: Vec::new(),
            together: None,
            alerting: std::collections::BTreeMap::new(),
            window_count: bytes,
            second_count: 0,
            second_left: 0,
            second_cut: 0,
            skipped: 0,
            unread: None,
            is_truncated: false,
        }
    }

    /// Scores as a classifier would: by the text alone.
    fn run(known: &mut Known, texts: &[&str], done: usize) -> (Vec<String>, Vec<(usize, bool)>) {
        let events = thoughts(texts);
        let plan = known.plan(&events);
        let new: Vec<String> =
            plan.new.iter().filter_map(|event| event.reasoning.clone()).collect();
        let scores = new.iter().take(done).map(|text| scored(text.len())).collect();
        let out = known.filled(plan, scores);
        (new, out.into_iter().map(|(scored, known)| (scored.window_count, known)).collect())
    }

    #[test]
    fn each_text_is_scored_once_and_every_event_has_its_scores() {
        let mut known = Known::default();
        let (new, out) = run(&mut known, &["a", "bb", "a", "ccc"], 9);
        assert_eq!(new, ["a", "bb", "ccc"]);
        assert_eq!(out, [(1, false), (2, false), (1, true), (3, false)]);
        let (new, out) = run(&mut known, &["dddd", "bb", "dddd"], 9);
        assert_eq!(new, ["dddd"]);
        assert_eq!(out, [(4, false), (2, true), (4, true)]);
    }

    #[test]
    fn of_a_run_that_was_stopped_the_first_events_are_there() {
        let mut known = Known::default();
        let (_, out) = run(&mut known, &["a", "a", "bb", "a"], 1);
        assert_eq!(out, [(1, false), (1, true)]);
    }

    #[test]
    fn only_so_many_texts_are_remembered() {
        let mut known = Known::default();
        for at in 0..3 {
            let texts: Vec<String> = (0..MOST / 2 + 1).map(|one| format!("{at} {one}")).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            run(&mut known, &texts, usize::MAX);
            assert!(known.scores.len() <= MOST);
        }
        assert_eq!(run(&mut known, &["2 0"], 1).1.len(), 1);
    }
}
