//! How far probabilities can be believed.
//!
//! Both kinds of items count alike, as the classifier's scores mean it: a score is the chance for a
//! text that may as well be positive as not. Expected calibration error over bins of equal mass
//! (Guo et al. 2017), and the score of Brier (1950).

/// What is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Mean distance between what was said and what was so, by bins.
    pub ece: f64,
    /// Mean squared distance between score and label.
    pub brier: f64,
    /// Per bin: mean score, and the share of positives.
    pub bins: Vec<(f64, f64)>,
}

const BINS: f64 = 15.0;

/// Measures scores from 0 to 1. `None` where one kind is missing.
#[must_use]
pub fn calibration(scores: &[f64], positive: &[bool]) -> Option<Calibration> {
    let positives = positive.iter().filter(|is| **is).count();
    if positives == 0 || positives == positive.len() {
        return None;
    }
    let weight = |is: bool| {
        let of = if is { positives } else { positive.len() - positives };
        0.5 / of as f64
    };
    let mut items: Vec<(f64, bool)> =
        scores.iter().copied().zip(positive.iter().copied()).collect();
    items.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let brier = items.iter().map(|(score, is)| weight(*is) * (score - label(*is)).powi(2)).sum();
    let mut bins: Vec<[f64; 3]> = Vec::new();
    let (mut passed, mut last) = (0.0, (-1.0, f64::NEG_INFINITY));
    for (score, is) in items {
        let bin = (passed * BINS).floor();
        // Equal scores stay together: which of them is positive must not decide their bin.
        if bin > last.0 && score > last.1 {
            bins.push([0.0; 3]);
            last.0 = bin;
        }
        last.1 = score;
        let here = weight(is);
        if let Some(bin) = bins.last_mut() {
            *bin = [bin[0] + here, bin[1] + here * score, bin[2] + here * label(is)];
        }
        passed += here;
    }
    let ece = bins.iter().map(|[_, said, so]| (said - so).abs()).sum();
    let bins = bins.iter().map(|[mass, said, so]| (said / mass, so / mass)).collect();
    Some(Calibration { ece, brier, bins })
}

fn label(is: bool) -> f64 {
    f64::from(u8::from(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_and_so_costs_nothing() {
        let scores = [0.0, 0.0, 1.0, 1.0];
        let found = calibration(&scores, &[false, false, true, true]).unwrap();
        assert!(found.ece.abs() < 1e-12 && found.brier.abs() < 1e-12);
    }

    #[test]
    fn a_score_that_always_says_half_is_believable_and_useless() {
        let positive: Vec<bool> = (0..300).map(|at| at % 10 == 0).collect();
        let found = calibration(&vec![0.5; 300], &positive).unwrap();
        assert!((found.brier - 0.25).abs() < 1e-9 && found.ece < 1e-9);
        assert_eq!(calibration(&[0.5], &[true]), None);
    }

    #[test]
    fn too_sure_is_seen() {
        let positive: Vec<bool> = (0..300).map(|at| at % 2 == 0).collect();
        let scores: Vec<f64> = (0..300).map(|at| if at % 3 == 0 { 0.99 } else { 0.01 }).collect();
        let found = calibration(&scores, &positive).unwrap();
        assert!(found.ece > 0.4, "{found:?}");
        assert!(found.bins.len() <= 15);
    }
}
