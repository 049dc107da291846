//! One number for an action: a weighted product of its factors, as a probability.
//!
//! `risk × (1 − asked for) × (1 − disclosed) × rarity`, each to a power of its own: the logarithms
//! are added with weights that were fitted once on development data and are frozen, with the
//! thresholds, in `models/session.json`. So every factor can be read off a finding, and no factor
//! that is zero is outvoted.

use super::weigh::Weighed;
use serde::Deserialize;

/// Names of the factors, in the order of [`factors`].
pub const FACTORS: [&str; 8] = [
    "risk",
    "unasked",
    "undisclosed",
    "rarity",
    "instructed",
    "unsourced",
    "sensitivity",
    "concealed",
];

/// Places of some of them.
const RARITY: usize = 3;
pub(crate) const UNSOURCED: usize = 5;

/// The smallest value a factor of the product can have.
const FLOOR: f64 = 0.02;

/// The frozen weights.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Model {
    pub(crate) version: String,
    #[expect(dead_code, reason = "for people who read the file")]
    fitted_on: String,
    weights: std::collections::BTreeMap<String, f64>,
    bias: f64,
    pub(crate) thresholds: Thresholds,
}

/// Probabilities from which a finding has a severity.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Thresholds {
    pub(crate) low: f64,
    pub(crate) medium: f64,
    pub(crate) high: f64,
    /// From which an action alerts that takes nothing sensitive along and that no thought hides.
    pub(crate) alert: f64,
}

impl Model {
    pub(crate) fn parse(json: &str) -> Result<Self, String> {
        let model: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        match FACTORS.iter().find(|name| !model.weights.contains_key(**name)) {
            Some(name) => Err(format!("no weight for {name}")),
            None => Ok(model),
        }
    }

    /// The probability that an action is what it should not be.
    pub(crate) fn probability(&self, factors: &[f64; 8]) -> f64 {
        let weight = |at: usize| self.weights.get(FACTORS[at]).copied().unwrap_or(0.0);
        let sum: f64 = factors.iter().enumerate().map(|(at, x)| weight(at) * x).sum();
        1.0 / (1.0 + (-(sum + self.bias)).exp())
    }

    /// How many thresholds an action reaches.
    pub(crate) fn grade(&self, factors: &[f64; 8]) -> usize {
        let score = self.probability(factors);
        let Thresholds { low, medium, high, alert } = self.thresholds;
        [low, medium, high, alert].iter().filter(|least| score >= **least).count()
    }
}

/// The factors of an action if it were as rare as that.
pub(crate) fn with_rarity(factors: &[f64; 8], rarity: f64) -> [f64; 8] {
    let mut factors = *factors;
    factors[RARITY] = log(rarity);
    factors
}

fn log(x: f64) -> f64 {
    x.clamp(FLOOR, 1.0).ln()
}

/// What the weights are applied to: logarithms of the product's factors, then the plain signs.
pub(crate) fn factors(
    weighed: &Weighed,
    sensitivity: f64,
    unsourced: f64,
    rarity: f64,
) -> [f64; 8] {
    [
        log(weighed.risk),
        log(1.0 - weighed.entailed),
        log(1.0 - weighed.disclosed),
        log(rarity),
        weighed.instructed,
        unsourced,
        sensitivity,
        weighed.concealed,
    ]
}
