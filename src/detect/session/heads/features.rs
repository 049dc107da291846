//! All that the heads look at in one session. Training reads the same from `reveille model sessions`, so
//! that training and use cannot differ.

use super::super::judgement::Judgement;
use super::super::parts::Session;
use super::super::weigh::Known;
use super::blocks::{self, Counts};
use super::prose::{self, Buckets};
use super::{numbers, row};
use crate::record::Kind;

/// Features of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Whether an action was judged.
    pub acts: bool,
    row: Counts,
    end: Counts,
    judged: Counts,
    tools: Counts,
    said: Buckets,
    last: Buckets,
    /// In the order of [`number_names`].
    pub numbers: Vec<f64>,
}

/// Names of the numbers, in order.
#[must_use]
pub fn number_names() -> Vec<String> {
    numbers::names()
}

impl Features {
    pub(super) fn of(known: &Known<'_>, judgement: &Judgement) -> Self {
        let symbols = row::row(&row::Sources {
            session: known.session,
            asks: known.asks,
            words: known.words,
            languages: known.languages,
            actions: &judgement.actions,
        });
        Self {
            acts: !judgement.actions.is_empty(),
            row: blocks::row(&symbols),
            end: blocks::end(&symbols),
            judged: blocks::judged(&judgement.actions, &judgement.claims),
            tools: blocks::tools(known.session),
            said: prose::count(texts(known.session, "said").into_iter()),
            last: prose::count(texts(known.session, "last").into_iter()),
            numbers: numbers::of(known.session, &judgement.actions),
        }
    }

    /// Blocks of tokens with their names.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &[(String, u32)])> {
        [
            ("row", self.row.tokens.as_slice()),
            ("end", self.end.tokens.as_slice()),
            ("judged", self.judged.tokens.as_slice()),
            ("tools", self.tools.tokens.as_slice()),
        ]
        .into_iter()
    }

    /// Blocks of which only the beginning was counted.
    pub(super) fn cut(&self) -> impl Iterator<Item = &'static str> {
        let all = [
            ("row", self.row.is_cut),
            ("end", self.end.is_cut),
            ("judged", self.judged.is_cut),
            ("tools", self.tools.is_cut),
            ("said", self.said.is_cut),
            ("last", self.last.is_cut),
        ];
        all.into_iter().filter(|(_, is_cut)| *is_cut).map(|(block, _)| block)
    }

    /// Blocks of hashed words.
    pub fn hashed(&self) -> impl Iterator<Item = (&'static str, &[(u16, u32)])> {
        [("said", self.said.counts.as_slice()), ("last", self.last.counts.as_slice())].into_iter()
    }
}

/// The texts of the agent that a block is made of: all but the last, or the last.
pub(super) fn texts<'s>(session: &'s Session<'_>, block: &str) -> Vec<&'s str> {
    let is_text = |kind| kind == Some(Kind::AssistantText);
    let mut texts: Vec<&str> = session
        .parts
        .iter()
        .filter(|part| is_text(part.event.kind))
        .map(|part| part.text.as_ref())
        .collect();
    let last = texts.pop();
    if block == "last" { last.into_iter().collect() } else { texts }
}
