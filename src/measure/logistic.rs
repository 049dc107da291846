//! Weights of a logistic model: Newton's method on the penalised likelihood.
//!
//! Inputs are standardised, so that one ridge fits all; classes are weighted alike, so that the
//! share of positives in the data at hand does not become a belief.

/// A fitted model in the units of its inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// One per input.
    pub weights: Vec<f64>,
    /// Added to the sum.
    pub bias: f64,
}

impl Weights {
    /// The log-odds of an input.
    #[must_use]
    pub fn log_odds(&self, input: &[f64]) -> f64 {
        self.bias + self.weights.iter().zip(input).map(|(weight, x)| weight * x).sum::<f64>()
    }
}

const STEPS: usize = 40;

/// Fits weights that stay near `prior` (one per input, or none for zero) where the data say little;
/// `ridge` is in standard deviations.
#[must_use]
pub fn fit(rows: &[(&[f64], bool)], ridge: f64, prior: &[f64]) -> Weights {
    let inputs = rows.first().map_or(0, |(input, _)| input.len());
    let (means, scales) = moments(rows, inputs);
    let positives = rows.iter().filter(|(_, label)| *label).count().max(1) as f64;
    let negatives = (rows.len() as f64 - positives).max(1.0);
    let size = inputs + 1;
    let mut beta = vec![0.0; size];
    for _ in 0..STEPS {
        let mut gradient = vec![0.0; size];
        let mut hessian = vec![vec![0.0; size]; size];
        for (input, label) in rows {
            let x: Vec<f64> = (0..size)
                .map(|at| if at < inputs { (input[at] - means[at]) / scales[at] } else { 1.0 })
                .collect();
            let z: f64 = beta.iter().zip(&x).map(|(b, x)| b * x).sum();
            let p = 1.0 / (1.0 + (-z).exp());
            let importance = if *label { 0.5 / positives } else { 0.5 / negatives };
            let error = f64::from(u8::from(*label)) - p;
            let curvature = (p * (1.0 - p)).max(1e-9);
            for a in 0..size {
                gradient[a] += importance * error * x[a];
                for b in 0..=a {
                    hessian[a][b] += importance * curvature * x[a] * x[b];
                }
            }
        }
        for at in 0..inputs {
            let expected = prior.get(at).copied().unwrap_or(0.0) * scales[at].min(1e6);
            let expected = if scales[at] > 1e6 { 0.0 } else { expected };
            gradient[at] -= ridge * (beta[at] - expected);
            hessian[at][at] += ridge;
        }
        let step = solve(&hessian, &gradient);
        let size_of_step: f64 = step.iter().map(|s| s * s).sum::<f64>().sqrt();
        let damping = if size_of_step > 3.0 { 3.0 / size_of_step } else { 1.0 };
        beta.iter_mut().zip(&step).for_each(|(b, s)| *b += damping * s);
        if size_of_step < 1e-8 {
            break;
        }
    }
    let weights: Vec<f64> = (0..inputs).map(|at| beta[at] / scales[at]).collect();
    let shift: f64 = weights.iter().zip(&means).map(|(weight, mean)| weight * mean).sum();
    Weights { weights, bias: beta[inputs] - shift }
}

fn moments(rows: &[(&[f64], bool)], inputs: usize) -> (Vec<f64>, Vec<f64>) {
    let n = rows.len().max(1) as f64;
    let mean = |at: usize| rows.iter().map(|(input, _)| input[at]).sum::<f64>() / n;
    let means: Vec<f64> = (0..inputs).map(mean).collect();
    let scale = |at: usize| {
        let variance =
            rows.iter().map(|(input, _)| (input[at] - means[at]).powi(2)).sum::<f64>() / n;
        // An input that never changes says nothing and gets no weight.
        if variance > 1e-12 { variance.sqrt() } else { 1e9 }
    };
    let scales = (0..inputs).map(scale).collect();
    (means, scales)
}

/// Solves a symmetric system given by its lower half (Cholesky).
fn solve(matrix: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let mut lower = vec![vec![0.0; n]; n];
    for a in 0..n {
        for b in 0..=a {
            let sum: f64 = (0..b).map(|k| lower[a][k] * lower[b][k]).sum();
            lower[a][b] = if a == b {
                (matrix[a][a] - sum).max(1e-12).sqrt()
            } else {
                (matrix[a][b] - sum) / lower[b][b]
            };
        }
    }
    let mut y = vec![0.0; n];
    for a in 0..n {
        let sum: f64 = (0..a).map(|k| lower[a][k] * y[k]).sum();
        y[a] = (right[a] - sum) / lower[a][a];
    }
    let mut x = vec![0.0; n];
    for a in (0..n).rev() {
        let sum: f64 = (a + 1..n).map(|k| lower[k][a] * x[k]).sum();
        x[a] = (y[a] - sum) / lower[a][a];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_point_the_right_way() {
        let data: Vec<([f64; 3], bool)> = (0..200)
            .map(|at| {
                let noise = f64::from(at * 7 % 13) / 13.0;
                let label = at % 2 == 0;
                ([if label { 1.0 } else { 0.0 } + noise, noise, 5.0], label)
            })
            .collect();
        let rows: Vec<(&[f64], bool)> = data.iter().map(|(x, label)| (&x[..], *label)).collect();
        let fitted = fit(&rows, 0.01, &[]);
        assert!(fitted.weights[0] > 0.5, "{fitted:?}");
        assert!(fitted.weights[2].abs() < 1e-6, "{fitted:?}");
        assert!(fitted.log_odds(&[1.5, 0.5, 5.0]) > fitted.log_odds(&[0.5, 0.5, 5.0]));
    }

    #[test]
    fn nothing_to_learn_from_is_no_failure() {
        assert!(fit(&[], 0.1, &[]).weights.is_empty());
        let one: [f64; 1] = [1.0];
        assert!(fit(&[(&one, true)], 0.1, &[]).bias.is_finite());
    }
}
