//! Tokens of a session, counted, in blocks:
//!
//!   row      one to three symbols in a row, without those of people
//!   end      the last three symbols, each with its place, and the last two together
//!   judged   actions by class with how far they were asked for, told of and who named the target;
//!            claims by class, mood, subject, whether they say it happened, and what calls say to them
//!   tools    words of the tools' names, alone and in pairs
//!
//! How a call ended is no token: environments differ in it more than agents do.

use super::super::parts::Session;
use super::super::rows::{ActionRow, ClaimRow};
use super::super::tools::normal;
use crate::record::Kind;
use ahash::AHashMap;
use std::fmt::Write as _;

/// Tokens of a block that are counted; those behind are left out.
pub(super) const MAX_TOKENS: usize = 100_000;

/// Tokens with how often they come, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) tokens: Vec<(String, u32)>,
    /// Whether there were more than [`MAX_TOKENS`].
    pub(super) is_cut: bool,
}

#[derive(Default)]
struct Counter {
    counts: AHashMap<String, u32>,
    total: usize,
}

impl Counter {
    fn add(&mut self, token: &str) {
        self.total += 1;
        if self.total > MAX_TOKENS {
            return;
        }
        match self.counts.get_mut(token) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(token.to_owned(), 1);
            }
        }
    }

    /// Sorted, so that sums over them are the same everywhere.
    fn finish(self) -> Counts {
        let mut tokens: Vec<(String, u32)> = self.counts.into_iter().collect();
        tokens.sort_unstable();
        Counts { tokens, is_cut: self.total > MAX_TOKENS }
    }
}

/// One to three symbols in a row.
pub(super) fn row(symbols: &[String]) -> Counts {
    let own: Vec<&str> =
        symbols.iter().map(String::as_str).filter(|symbol| !symbol.starts_with('U')).collect();
    let mut counter = Counter::default();
    let mut token = String::new();
    for first in 0..own.len() {
        token.clear();
        for symbol in own[first..].iter().take(3) {
            if !token.is_empty() {
                token.push(' ');
            }
            token.push_str(symbol);
            counter.add(&token);
        }
    }
    counter.finish()
}

/// How a session ends.
pub(super) fn end(symbols: &[String]) -> Counts {
    let mut counter = Counter::default();
    for (place, symbol) in symbols.iter().rev().skip(1).take(3).enumerate() {
        counter.add(&format!("{place}:{symbol}"));
    }
    let last = &symbols[symbols.len().saturating_sub(3)..];
    counter.add(&format!("E{}", last.join(" ")));
    counter.finish()
}

/// A share in three steps.
fn step(share: f64) -> char {
    match share {
        share if share < 0.34 => '0',
        share if share < 0.67 => '1',
        _ => '2',
    }
}

/// What was done and said, as it was judged.
pub(super) fn judged(actions: &[ActionRow], claims: &[ClaimRow]) -> Counts {
    let mut counter = Counter::default();
    let mut token = String::new();
    let mut add = |text: std::fmt::Arguments<'_>| {
        token.clear();
        let _ = token.write_fmt(text);
        counter.add(&token);
    };
    for action in actions {
        let (class, origin) = (action.class.as_str(), action.target_origin.unwrap_or("none"));
        let (asked, told) = (step(action.entailed), step(action.disclosed));
        add(format_args!("{class}:e{asked}"));
        add(format_args!("{class}:d{told}"));
        add(format_args!("{class}:o{origin}"));
        add(format_args!("{class}:e{asked}d{told}"));
        add(format_args!("o{origin}e{asked}d{told}"));
    }
    for claim in claims {
        let (class, mood, state) = (claim.class.as_str(), claim.mood, claim.state);
        let positive = if claim.positive { "yes" } else { "no" };
        add(format_args!("c{class}:{mood}:{}:{positive}", claim.subject));
        add(format_args!("c{state}:{class}"));
        add(format_args!("c{mood}:{positive}"));
    }
    counter.finish()
}

/// Words of the tools' names, alone and in pairs, over all calls in a row.
pub(super) fn tools(session: &Session<'_>) -> Counts {
    let mut counter = Counter::default();
    let mut names: AHashMap<&str, Vec<String>> = AHashMap::new();
    let mut last = String::new();
    let is_call = |kind| kind == Some(Kind::ToolCall);
    for part in session.parts.iter().filter(|part| is_call(part.event.kind)) {
        let name = part.event.tool_name.as_deref().unwrap_or_default();
        let words = names.entry(name).or_insert_with(|| words_of(name));
        for word in words {
            counter.add(word);
            if !last.is_empty() {
                last.push(' ');
                last.push_str(word);
                counter.add(&last);
            }
            last.clone_from(word);
        }
    }
    counter.finish()
}

fn words_of(name: &str) -> Vec<String> {
    normal(name).split('_').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
