//! Features times weights: one number per head, and what weighed most in it.

use super::LEAST;
use super::features::Features;
use super::numbers::log_odds;
use super::weights::{HEADS, Head, Weights};

/// What the heads say of a session; none where a head has nothing to speak about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeadScores {
    /// Whether actions look like those of silent attacks; none without an action.
    pub omits: Option<f64>,
    /// Whether it looks like sessions in which harm was done.
    pub harms: Option<f64>,
    /// Whether it looks like sessions that missed their task.
    pub fails: Option<f64>,
    /// The judge's score moved by what `omits` says; none where the judge has not evaluated.
    pub combined: Option<f64>,
    /// What weighed most: head, weight with its sign, its share of all that weighs either way, block, token or
    /// name of the number. Blocks of which only the beginning was counted are named first.
    pub evidence: Vec<String>,
}

/// Features of each head that are kept as evidence.
const MOST: usize = 3;
/// What weighs less is no evidence.
const LIGHT: f64 = 0.005;
/// Numbers are that many standard deviations at most.
const FAR: f64 = 4.0;

/// What one feature adds to a head's sum.
enum Feature<'f> {
    Token(&'static str, &'f str),
    Bucket(&'static str, u16),
    Number(usize, f64),
}

/// The scores of a session. `score` is the judge's, if it has evaluated; `name` says which words a bucket
/// of a block stands for.
pub(super) fn score(
    weights: &Weights,
    features: &Features,
    score: Option<f64>,
    name: &dyn Fn(&str, u16) -> Option<String>,
) -> HeadScores {
    let mut out = HeadScores::default();
    out.evidence
        .extend(features.cut().map(|block| format!("only the beginning was counted: {block}")));
    for (head, own) in weights.heads() {
        if head == HEADS[0] && !features.acts {
            continue;
        }
        let added = parts(own, features);
        let sum = own.bias + added.iter().map(|(value, _)| value).sum::<f64>();
        if let Some(score) = score.filter(|_| head == HEADS[0]) {
            out.combined = Some(combined(own, sum, score));
        }
        let said = Some(logistic(sum));
        match head {
            "omits" => out.omits = said,
            "harms" => out.harms = said,
            _ => out.fails = said,
        }
        let pull: f64 = added.iter().map(|(value, _)| value.abs()).sum();
        out.evidence.extend(most(&added).into_iter().map(|(value, feature)| {
            let share = 100.0 * value.abs() / pull;
            let told = feature.told(weights, name);
            format!("{head} {value:+.2} ({share:.0} %) {told}")
        }));
    }
    out.combined = out.combined.or_else(|| score.map(|score| score.clamp(LEAST, 1.0 - LEAST)));
    out
}

/// The parts that weigh most, the heaviest first; of two that weigh alike the first. What says in other tokens
/// what a heavier part of its block says already, that a row begins or ends, and a number that is 0, is left out.
fn most<'a, 'f>(parts: &'a [(f64, Feature<'f>)]) -> Vec<&'a (f64, Feature<'f>)> {
    let mut heavy: Vec<_> = parts.iter().filter(|(value, _)| value.abs() >= LIGHT).collect();
    heavy.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let mut best: Vec<&(f64, Feature<'f>)> = Vec::with_capacity(MOST);
    for part in heavy {
        if best.len() == MOST {
            break;
        }
        if !part.1.is_bare() && !best.iter().any(|known| known.1.says(&part.1)) {
            best.push(part);
        }
    }
    best
}

fn logistic(sum: f64) -> f64 {
    1.0 / (1.0 + (-sum).exp())
}

fn combined(head: &Head, sum: f64, score: f64) -> f64 {
    let Some(spread) = &head.spread else { return score };
    let away = ((sum - spread.mean) / spread.sd).clamp(-spread.clip, spread.clip);
    logistic(log_odds(score) + spread.step * away)
}

fn parts<'f>(head: &Head, features: &'f Features) -> Vec<(f64, Feature<'f>)> {
    let mut parts = Vec::new();
    if let Some(numbers) = &head.numbers {
        for (at, value) in features.numbers.iter().enumerate() {
            let far = ((value - numbers.means[at]) / numbers.sds[at]).clamp(-FAR, FAR);
            parts.push((far * numbers.weights[at], Feature::Number(at, *value)));
        }
    }
    for (block, counts) in features.named() {
        let Some(weights) = head.tokens(block) else { continue };
        let known = counts.iter().filter_map(|(token, count)| {
            Some((*weights.get(token)?, *count, Feature::Token(block, token)))
        });
        add(known, &mut parts);
    }
    for (block, counts) in features.hashed() {
        let known = counts.iter().filter_map(|(bucket, count)| {
            Some((head.bucket(block, *bucket)?, *count, Feature::Bucket(block, *bucket)))
        });
        add(known, &mut parts);
    }
    parts
}

/// Adds the tokens of a block, as parts of a row of length one.
fn add<'f>(
    known: impl Iterator<Item = (f64, u32, Feature<'f>)>,
    parts: &mut Vec<(f64, Feature<'f>)>,
) {
    let first = parts.len();
    let mut squares = 0.0;
    for (weight, count, feature) in known {
        let value = 1.0 + f64::from(count).ln();
        squares += value * value;
        parts.push((weight * value, feature));
    }
    for (value, _) in &mut parts[first..] {
        *value /= squares.sqrt();
    }
}

impl Feature<'_> {
    /// Whether every session has it, or it is a number that says nothing.
    fn is_bare(&self) -> bool {
        match self {
            Self::Token(_, token) => matches!(*token, "^" | "$"),
            Self::Number(_, value) => value.abs() < 0.005,
            Self::Bucket(..) => false,
        }
    }

    /// Whether it has a word of another token of its block.
    fn says(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Token(block, token), Self::Token(same, other)) => {
                block == same
                    && other.split(' ').any(|word| token.split(' ').any(|own| own == word))
            }
            _ => false,
        }
    }

    fn told(&self, weights: &Weights, name: &dyn Fn(&str, u16) -> Option<String>) -> String {
        match self {
            Self::Token(block, token) => format!("{block} {token}"),
            Self::Bucket(block, bucket) => {
                format!("{block} {}", name(block, *bucket).unwrap_or_else(|| bucket.to_string()))
            }
            Self::Number(at, value) => format!("number {} {value:.2}", weights.numbers[*at]),
        }
    }
}
