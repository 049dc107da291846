//! The section `tokens` of a manifest: which tokenizer and graph, how long a window is, and how the graph's
//! numbers become scores from 0 to 1. No file is looked at here.

use super::manifest::is_plain;
use serde::Deserialize;

/// How a model reads the ids of a tokenizer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// File of the graph, beside `model.json`.
    pub graph: String,
    /// File of the tokenizer (`tokenizer.json`), beside `model.json`.
    pub tokenizer: String,
    /// Tokens of a window, those included that the tokenizer puts around a text.
    pub max_tokens: usize,
    /// Tokens that a window shares with the one before.
    pub stride: usize,
    /// Output of the graph that is read: `[batch, labels]`, float32 [default: the first].
    pub output: Option<String>,
    /// What makes scores of its numbers.
    pub activation: Activation,
    /// What they are divided by before.
    #[serde(default = "one")]
    pub temperature: f32,
}

/// What makes scores from 0 to 1 of a graph's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// Each label for itself: several may hold at once.
    Sigmoid,
    /// One label of all: scores add up to 1.
    Softmax,
    /// They are scores already.
    None,
}

fn one() -> f32 {
    1.0
}

impl Tokens {
    /// Whether it can be.
    ///
    /// # Errors
    /// What cannot.
    pub(super) fn check(&self, labels: usize) -> Result<(), String> {
        if let Some(file) = [&self.graph, &self.tokenizer].into_iter().find(|name| !is_plain(name))
        {
            return Err(format!("{file:?} is no name of a file beside model.json"));
        }
        if !(2..=8192).contains(&self.max_tokens) {
            return Err(format!("`max_tokens` is {}, expected 2 to 8192", self.max_tokens));
        }
        // Windows that share more than half would be many times the text.
        if self.stride > self.max_tokens / 2 {
            let half = self.max_tokens / 2;
            return Err(format!(
                "`stride` is {}, expected at most half of `max_tokens`, {half}",
                self.stride
            ));
        }
        if !(self.temperature.is_finite() && self.temperature > 0.0) {
            return Err(format!("`temperature` is {}, expected above 0", self.temperature));
        }
        if self.activation == Activation::Softmax && labels == 1 {
            return Err("`softmax` over one label always says 1; expected `sigmoid`".to_owned());
        }
        if self.activation == Activation::None && (self.temperature - 1.0).abs() > f32::EPSILON {
            return Err("a `temperature` needs an `activation`".to_owned());
        }
        Ok(())
    }

    /// The numbers of one window as scores.
    ///
    /// # Errors
    /// If they are said to be scores and are not.
    pub(super) fn scores(&self, numbers: &mut [f32]) -> Result<(), String> {
        let temperature = f64::from(self.temperature);
        match self.activation {
            Activation::Sigmoid => {
                for number in numbers {
                    *number = (1.0 / (1.0 + (-f64::from(*number) / temperature).exp())) as f32;
                }
            }
            Activation::Softmax => softmax(numbers, temperature),
            Activation::None => {
                if let Some(odd) = numbers.iter().find(|number| !(0.0..=1.0).contains(*number)) {
                    return Err(format!(
                        "gives {odd}, and `activation` says that these are scores from 0 to 1; \
                         expected `sigmoid` or `softmax`"
                    ));
                }
            }
        }
        Ok(())
    }
}

fn softmax(numbers: &mut [f32], temperature: f64) {
    let highest = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let power = |number: f32| ((f64::from(number) - f64::from(highest)) / temperature).exp();
    let sum: f64 = numbers.iter().map(|number| power(*number)).sum();
    for number in numbers {
        *number = (power(*number) / sum) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(
        activation: Activation,
        temperature: f32,
        numbers: &[f32],
    ) -> Result<Vec<f32>, String> {
        let tokens = Tokens {
            graph: "g".to_owned(),
            tokenizer: "t".to_owned(),
            max_tokens: 64,
            stride: 8,
            output: None,
            activation,
            temperature,
        };
        tokens.check(numbers.len())?;
        let mut numbers = numbers.to_vec();
        tokens.scores(&mut numbers).map(|()| numbers)
    }

    #[test]
    fn numbers_become_scores() {
        let near = |found: Vec<f32>, expected: &[f32]| {
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
        };
        near(scores(Activation::Sigmoid, 1.0, &[0.0, 2.0]).unwrap(), &[0.5, 0.880_797]);
        near(scores(Activation::Sigmoid, 2.0, &[2.0]).unwrap(), &[0.731_059]);
        near(scores(Activation::Softmax, 1.0, &[1e30, 0.0, -3e38]).unwrap(), &[1.0, 0.0, 0.0]);
        near(scores(Activation::Softmax, 1.0, &[1.0, 1.0]).unwrap(), &[0.5, 0.5]);
        near(scores(Activation::None, 1.0, &[0.25]).unwrap(), &[0.25]);
    }

    #[test]
    fn what_would_be_no_score_is_refused() {
        let said = |activation, temperature, numbers: &[f32]| {
            scores(activation, temperature, numbers).unwrap_err()
        };
        assert!(said(Activation::None, 1.0, &[1.5]).starts_with("gives 1.5"));
        assert!(said(Activation::None, 2.0, &[0.5]).contains("needs an `activation`"));
        assert!(said(Activation::Softmax, 1.0, &[0.5]).contains("over one label"));
        assert!(said(Activation::Sigmoid, -1.0, &[0.5]).contains("`temperature` is -1"));
    }
}
