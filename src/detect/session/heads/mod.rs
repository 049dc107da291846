//! Heads beside the judge: three small linear models over what it has found anyway.
//!
//!   row.rs        the session as a row of symbols
//!   blocks.rs     tokens: of the row, its end, actions and claims, tools' names
//!   prose.rs      words of the agent's texts, masked and hashed
//!   numbers.rs    the actions taken together
//!   features.rs   all of these
//!   weights.rs    `models/session-heads.json`, checked
//!   score.rs      features times weights, and what weighed most
//!
//! `omits` looks for actions that stand in nobody's words, `harms` for sessions in which harm was done,
//! `fails` for those that missed their task. They order what people look at: no finding, severity, lane or
//! threshold rests on them. Of a block [`blocks::MAX_TOKENS`] tokens are read at most.

mod blocks;
mod features;
mod numbers;
mod prose;
mod row;
mod score;
mod weights;

pub use features::{Features, number_names};
pub use score::HeadScores;

use super::foreign;
use super::judgement::Judgement;
use super::weigh::Known;
use crate::record::Verdict;
use weights::Weights;

#[cfg(test)]
mod tests;

/// How near a probability may come to 0 and 1 before its odds are taken.
const LEAST: f64 = 1e-4;

/// The heads with their weights.
#[derive(Debug)]
pub(super) struct Heads {
    weights: Weights,
}

impl Heads {
    pub(super) fn parse(json: &str) -> Result<Self, String> {
        Ok(Self { weights: Weights::parse(json)? })
    }

    pub(super) fn version(&self) -> &str {
        &self.weights.version
    }

    /// Scores a session whose verdict stands, with the features it rests on.
    pub(super) fn score(&self, known: &Known<'_>, judgement: &Judgement) -> (Features, HeadScores) {
        let features = Features::of(known, judgement);
        let is_judged = judgement.verdict != Verdict::NotEvaluated;
        let name = |block: &str, bucket: u16| {
            prose::named(features::texts(known.session, block).into_iter(), bucket)
        };
        let score = is_judged.then_some(judgement.score);
        // In words that no list knows, the marks of the symbols are missing, whatever else was found.
        let scores = match foreign(known) {
            Some(_) => HeadScores::default(),
            None => score::score(&self.weights, &features, score, &name),
        };
        (features, scores)
    }
}
