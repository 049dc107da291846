//! Fitting on some groups of sessions and scoring the others.
//!
//! A session may have several rows (its actions), and only its label is known: the row with the
//! highest score stands for it, in turns with the fitting (multiple-instance learning by maximum).

use super::logistic::{Weights, fit};
use std::collections::BTreeMap;

/// One row of inputs of a session.
#[derive(Debug, Clone)]
pub struct Row {
    /// Number of the session.
    pub session: usize,
    /// Inputs.
    pub inputs: Vec<f64>,
}

const TURNS: usize = 4;
/// How strongly weights are held to what is expected of them.
const RIDGE: f64 = 0.02;

/// Fits weights near `prior` on the sessions for which `is_train` holds. Sessions without rows are left out.
#[must_use]
pub fn fit_sessions(
    rows: &[Row],
    labels: &[bool],
    prior: &[f64],
    is_train: impl Fn(usize) -> bool,
) -> Weights {
    let train: Vec<&Row> = rows.iter().filter(|row| is_train(row.session)).collect();
    // The first guess: the sum of all inputs, as the product of all factors.
    let inputs = rows.first().map_or(0, |row| row.inputs.len());
    let mut weights = Weights { weights: vec![1.0; inputs], bias: 0.0 };
    for _ in 0..TURNS {
        let mut best: BTreeMap<usize, (&Row, f64)> = BTreeMap::new();
        for row in &train {
            let score = weights.log_odds(&row.inputs);
            let known = best.get(&row.session).map_or(f64::NEG_INFINITY, |(_, score)| *score);
            if score > known {
                best.insert(row.session, (row, score));
            }
        }
        let chosen: Vec<(&[f64], bool)> =
            best.iter().map(|(session, (row, _))| (&row.inputs[..], labels[*session])).collect();
        weights = fit(&chosen, RIDGE, prior);
    }
    weights
}

/// The score of each session by its best row; sessions without rows get the lowest.
#[must_use]
pub fn score_sessions(rows: &[Row], sessions: usize, weights: &Weights) -> Vec<f64> {
    let mut scores = vec![f64::NEG_INFINITY; sessions];
    for row in rows {
        scores[row.session] = scores[row.session].max(weights.log_odds(&row.inputs));
    }
    scores
}

/// Scores every session with weights that were fitted on the sessions of all other groups.
#[must_use]
pub fn leave_one_out(rows: &[Row], labels: &[bool], groups: &[String], prior: &[f64]) -> Vec<f64> {
    let mut names: Vec<&String> = groups.iter().collect();
    names.sort();
    names.dedup();
    let mut out = vec![f64::NEG_INFINITY; labels.len()];
    for name in names {
        let weights = fit_sessions(rows, labels, prior, |session| groups[session] != *name);
        let scores = score_sessions(rows, labels.len(), &weights);
        for (session, score) in scores.into_iter().enumerate() {
            if groups[session] == *name {
                out[session] = score;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_that_tells_stands_for_its_session() {
        let mut rows = Vec::new();
        let labels: Vec<bool> = (0..40).map(|session| session % 2 == 0).collect();
        for (session, label) in labels.iter().enumerate() {
            rows.push(Row { session, inputs: vec![-1.0 + (session % 5) as f64 * 0.01] });
            let strong = if *label { 1.0 } else { -0.8 };
            rows.push(Row { session, inputs: vec![strong + (session % 3) as f64 * 0.01] });
        }
        let groups: Vec<String> = (0..40).map(|session| (session % 4).to_string()).collect();
        let scores = leave_one_out(&rows, &labels, &groups, &[1.0]);
        let curve = super::super::Curve::new(scores.into_iter().zip(labels));
        assert!(curve.auroc().value > 0.99);
    }
}
