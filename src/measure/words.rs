//! What counting words reaches: the line that a classifier has to beat.
//!
//! Words and pairs of them, weighed by rarity (tf-idf, sublinear), logistic regression with both
//! kinds of texts counting alike, by Nesterov's accelerated gradient. Deliberately plain.

use std::collections::BTreeMap;

/// A text as (number of a word or pair, weight), of length 1.
type Sparse = Vec<(u32, f32)>;

const BUCKETS: usize = 1 << 18;
/// Bytes of a text that are read.
const MAX_BYTES: usize = 1 << 18;
/// How freely weights may follow the data, as the C of other implementations.
const FREEDOM: f64 = 1.0;
const STEPS: usize = 200;

/// Scores every text by a model of the texts of other folds.
#[must_use]
pub fn cross_fitted(texts: &[&str], positive: &[bool], folds: &[usize]) -> Vec<f64> {
    let counted: Vec<Sparse> = texts.iter().map(|text| counts(text)).collect();
    let mut out = vec![0.0; texts.len()];
    for fold in 0..folds.iter().max().map_or(0, |last| last + 1) {
        let is_train = |at: &usize| folds[*at] != fold;
        let train: Vec<usize> = (0..texts.len()).filter(is_train).collect();
        let model = Model::fit(&counted, positive, &train);
        for at in (0..texts.len()).filter(|at| !is_train(at)) {
            out[at] = model.score(&counted[at]);
        }
    }
    out
}

/// Scores texts by a model of others.
#[must_use]
pub fn fitted_elsewhere(texts: &[&str], train: &[&str], positive: &[bool]) -> Vec<f64> {
    let counted: Vec<Sparse> = train.iter().map(|text| counts(text)).collect();
    let all: Vec<usize> = (0..train.len()).collect();
    let model = Model::fit(&counted, positive, &all);
    texts.iter().map(|text| model.score(&counts(text))).collect()
}

/// How often every word and pair occurs.
fn counts(text: &str) -> Sparse {
    let text = &text[..text.floor_char_boundary(MAX_BYTES.min(text.len()))];
    let mut counts: BTreeMap<u32, f32> = BTreeMap::new();
    let mut before: Option<u64> = None;
    for word in text.split(|c: char| !c.is_alphanumeric()).flat_map(pieces) {
        let word = hash(word.chars().flat_map(char::to_lowercase));
        *counts.entry(bucket(word)).or_default() += 1.0;
        if let Some(before) = before {
            *counts.entry(bucket(before.rotate_left(17) ^ word)).or_default() += 1.0;
        }
        before = Some(word);
    }
    counts.into_iter().collect()
}

/// A word, or its signs where a script has no spaces between words.
fn pieces(word: &str) -> Vec<&str> {
    let is_dense = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{e00}'..='\u{eff}');
    match word.chars().any(is_dense) {
        true => word.char_indices().map(|(at, c)| &word[at..at + c.len_utf8()]).collect(),
        false if word.len() > 1 => vec![word],
        false => Vec::new(),
    }
}

/// FNV-1a.
fn hash(chars: impl Iterator<Item = char>) -> u64 {
    let step = |hash: u64, c: char| (hash ^ u64::from(c)).wrapping_mul(0x0100_0000_01b3);
    chars.fold(0xcbf2_9ce4_8422_2325, step)
}

fn bucket(hash: u64) -> u32 {
    (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 46) as u32
}

/// Number of a word or pair that no text of the training has.
const UNSEEN: u32 = u32::MAX;

struct Model {
    /// By bucket: its number among those seen.
    numbers: Vec<u32>,
    rarity: Vec<f32>,
    weights: Vec<f64>,
    bias: f64,
}

impl Model {
    fn fit(counted: &[Sparse], positive: &[bool], train: &[usize]) -> Self {
        let mut numbers = vec![UNSEEN; BUCKETS];
        let mut seen: Vec<f32> = Vec::new();
        for (word, _) in train.iter().flat_map(|at| &counted[*at]) {
            let number = &mut numbers[*word as usize];
            if *number == UNSEEN {
                *number = seen.len() as u32;
                seen.push(0.0);
            }
            seen[*number as usize] += 1.0;
        }
        let texts = train.len() as f32;
        let rarity: Vec<f32> =
            seen.iter().map(|seen| ((1.0 + texts) / (1.0 + seen)).ln() + 1.0).collect();
        let mut model = Self { numbers, weights: vec![0.0; rarity.len()], rarity, bias: 0.0 };
        let rows: Vec<Sparse> = train.iter().map(|at| model.weighed(&counted[*at])).collect();
        let labels: Vec<bool> = train.iter().map(|at| positive[*at]).collect();
        let positives = labels.iter().filter(|is| **is).count();
        if positives > 0 && positives < labels.len() {
            model.learn(&rows, &labels, positives);
        }
        model
    }

    /// Weights of a text; words that are frequent in it count less than in proportion.
    fn weighed(&self, counts: &Sparse) -> Sparse {
        let known = counts.iter().map(|(word, count)| (self.numbers[*word as usize], count));
        let mut row: Sparse = known
            .filter(|(number, _)| *number != UNSEEN)
            .map(|(number, count)| (number, (1.0 + count.ln()) * self.rarity[number as usize]))
            .collect();
        let length = row.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        row.iter_mut().for_each(|(_, weight)| *weight /= length.max(f32::MIN_POSITIVE));
        row
    }

    fn learn(&mut self, rows: &[Sparse], labels: &[bool], positives: usize) {
        let half = labels.len() as f64 / 2.0;
        let weight = |is: bool| {
            FREEDOM * half / if is { positives } else { labels.len() - positives } as f64
        };
        // Rows have length 1 (the bias adds 1), so the curvature is at most this.
        let steepest: f64 = labels.iter().map(|is| weight(*is)).sum::<f64>() / 2.0 + 1.0;
        let (mut ahead, mut ahead_bias) = (self.weights.clone(), self.bias);
        for step in 0..STEPS {
            let mut gradient = ahead.clone();
            let mut gradient_bias = 0.0;
            for (row, is) in rows.iter().zip(labels) {
                let z = dot(row, &ahead) + ahead_bias;
                let wrong = weight(*is) * (1.0 / (1.0 + (-z).exp()) - f64::from(u8::from(*is)));
                gradient_bias += wrong;
                row.iter().for_each(|(word, x)| gradient[*word as usize] += wrong * f64::from(*x));
            }
            let momentum = step as f64 / (step as f64 + 3.0);
            for at in 0..gradient.len() {
                let next = ahead[at] - gradient[at] / steepest;
                ahead[at] = next + momentum * (next - self.weights[at]);
                self.weights[at] = next;
            }
            let next = ahead_bias - gradient_bias / steepest;
            ahead_bias = next + momentum * (next - self.bias);
            self.bias = next;
        }
    }

    fn score(&self, counts: &Sparse) -> f64 {
        dot(&self.weighed(counts), &self.weights) + self.bias
    }
}

fn dot(row: &Sparse, weights: &[f64]) -> f64 {
    row.iter().map(|(word, x)| weights[*word as usize] * f64::from(*x)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Curve;

    fn texts() -> (Vec<String>, Vec<bool>) {
        let filler =
            ["the", "report", "was", "late", "again", "on", "tuesday", "because", "of", "rain"];
        let text = |at: usize| {
            let mut words: Vec<&str> = (0..8).map(|i| filler[(at * 7 + i * 3) % 10]).collect();
            words.push(if at.is_multiple_of(4) { "quietly" } else { "openly" });
            words.join(" ")
        };
        ((0..80).map(text).collect(), (0..80).map(|at| at % 4 == 0).collect())
    }

    #[test]
    fn a_word_that_tells_is_learnt_from_the_other_folds() {
        let (texts, positive) = texts();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let folds: Vec<usize> = (0..80).map(|at| at % 5).collect();
        let scores = cross_fitted(&texts, &positive, &folds);
        assert!(Curve::new(scores.into_iter().zip(positive.clone())).auroc().value > 0.99);
        let there =
            fitted_elsewhere(&["who did it quietly?", "done openly", ""], &texts, &positive);
        assert!(there[0] > there[1] && there.iter().all(|score| score.is_finite()));
    }

    #[test]
    fn scripts_without_spaces_have_words_too() {
        let text = |at: usize| {
            format!(
                "第{at}份报告已经完成，{}细节。",
                if at.is_multiple_of(2) { "隐瞒" } else { "公开" }
            )
        };
        let texts: Vec<String> = (0..60).map(text).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let positive: Vec<bool> = (0..60_usize).map(|at| at.is_multiple_of(2)).collect();
        let folds: Vec<usize> = (0..60).map(|at| at / 12).collect();
        let scores = cross_fitted(&texts, &positive, &folds);
        assert!(Curve::new(scores.into_iter().zip(positive)).auroc().value > 0.99);
    }

    #[test]
    fn labels_that_mean_nothing_are_not_learnt() {
        let (texts, _) = texts();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let positive: Vec<bool> = (0..80_u32).map(|at| (at * at / 3).is_multiple_of(2)).collect();
        let folds: Vec<usize> = (0..80).map(|at| at / 16).collect();
        let scores = cross_fitted(&texts, &positive, &folds);
        let area = Curve::new(scores.into_iter().zip(positive)).auroc().value;
        assert!((0.2..0.8).contains(&area), "{area}");
    }
}
