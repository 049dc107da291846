//! Several scores of the same items, compared.
//!
//! What belongs together (the thoughts of a session) is drawn together: percentile bootstrap over
//! clusters, the same draws for every score, so that differences are paired.

use super::random::Random;
use super::roc::Interval;

/// A score beside the first one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// Area under the curve.
    pub auroc: Interval,
    /// How much larger that of the first score is.
    pub behind: Interval,
}

const RESAMPLES: usize = 1000;
/// Of fewer clusters nothing can be said about how another draw would look: ends of intervals are no number.
const LEAST_CLUSTERS: usize = 4;

/// The same clusters, numbered without gaps.
fn renumbered(clusters: &[usize]) -> Vec<usize> {
    let mut known: Vec<usize> = clusters.to_vec();
    known.sort_unstable();
    known.dedup();
    clusters.iter().map(|cluster| known.partition_point(|one| one < cluster)).collect()
}

/// Compares scores (each one value per item) given which items are positive and to which cluster
/// each belongs. Areas are no number where one kind of items is missing.
#[must_use]
pub fn compare(scores: &[Vec<f64>], positive: &[bool], clusters: &[usize]) -> Vec<Compared> {
    let ranked: Vec<Ranked> = scores.iter().map(|scores| Ranked::new(scores)).collect();
    let areas = |weights: &[u32]| -> Vec<f64> {
        ranked.iter().map(|ranked| ranked.area(positive, weights)).collect()
    };
    let values = areas(&vec![1; positive.len()]);
    let clusters = &renumbered(clusters);
    let count = clusters.iter().max().map_or(0, |last| last + 1);
    if count < LEAST_CLUSTERS {
        let alone = |value: f64| Interval { value, low: f64::NAN, high: f64::NAN };
        let both = |area: &f64| Compared { auroc: alone(*area), behind: alone(values[0] - area) };
        return values.iter().map(both).collect();
    }
    let mut random = Random(0x5eed);
    let mut drawn: Vec<Vec<f64>> = Vec::new();
    for _ in 0..RESAMPLES {
        let mut times = vec![0; count];
        (0..count).for_each(|_| times[random.below(count)] += 1);
        let weights: Vec<u32> = clusters.iter().map(|cluster| times[*cluster]).collect();
        let areas = areas(&weights);
        // A draw without any positive says nothing.
        if areas.iter().all(|area| !area.is_nan()) {
            drawn.push(areas);
        }
    }
    let of = |value: f64, sample: &dyn Fn(&Vec<f64>) -> f64| {
        interval(value, drawn.iter().map(sample).collect())
    };
    let compared = |at: usize| Compared {
        auroc: of(values[at], &|areas| areas[at]),
        behind: of(values[0] - values[at], &|areas| areas[0] - areas[at]),
    };
    (0..scores.len()).map(compared).collect()
}

fn interval(value: f64, mut samples: Vec<f64>) -> Interval {
    samples.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let last = samples.len().saturating_sub(1) as f64;
        samples.get((last * share).round() as usize).copied().unwrap_or(value)
    };
    Interval { value, low: at(0.025), high: at(0.975) }
}

/// Items from the lowest score to the highest; equal ones share a rank.
struct Ranked {
    order: Vec<(usize, usize)>,
}

impl Ranked {
    fn new(scores: &[f64]) -> Self {
        let score = |at: usize| if scores[at].is_nan() { f64::NEG_INFINITY } else { scores[at] };
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|a, b| score(*a).total_cmp(&score(*b)));
        let mut rank = 0;
        let mut ranked = Vec::with_capacity(order.len());
        for (place, at) in order.iter().enumerate() {
            let is_higher = place > 0 && score(*at) > score(order[place - 1]);
            rank += usize::from(is_higher);
            ranked.push((*at, rank));
        }
        Self { order: ranked }
    }

    /// The share of pairs in the right order, an item counting `weights` times.
    fn area(&self, positive: &[bool], weights: &[u32]) -> f64 {
        let (mut sum, mut below, mut positives) = (0.0, 0.0, 0.0);
        for same in self.order.chunk_by(|a, b| a.1 == b.1) {
            let weight = |is: bool| -> f64 {
                let of = same.iter().filter(|(at, _)| positive[*at] == is);
                of.map(|(at, _)| f64::from(weights[*at])).sum()
            };
            let (up, down) = (weight(true), weight(false));
            sum += up * (below + down / 2.0);
            below += down;
            positives += up;
        }
        sum / (positives * below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Curve;

    #[test]
    fn areas_are_those_of_the_curve() {
        let scores: Vec<f64> = (0..50).map(|at| f64::from(at * 7 % 13)).collect();
        let positive: Vec<bool> = (0..50).map(|at| at % 3 == 0).collect();
        let clusters: Vec<usize> = (0..50).collect();
        let found = compare(std::slice::from_ref(&scores), &positive, &clusters)[0];
        let curve = Curve::new(scores.into_iter().zip(positive));
        assert!((found.auroc.value - curve.auroc().value).abs() < 1e-12);
        assert!(found.auroc.low < found.auroc.value && found.auroc.value < found.auroc.high);
        assert_eq!(found.behind, Interval { value: 0.0, low: 0.0, high: 0.0 });
    }

    #[test]
    fn what_belongs_together_widens_the_interval() {
        let positive: Vec<bool> = (0..200).map(|at| at % 2 == 0).collect();
        // Whole sessions are easy or hard.
        let score = |at: usize| {
            if (at / 20).is_multiple_of(2) { f64::from(u8::from(positive[at])) } else { 0.5 }
        };
        let scores = vec![(0..200).map(score).collect::<Vec<f64>>()];
        let alone: Vec<usize> = (0..200).collect();
        let together: Vec<usize> = (0..200).map(|at| at / 20).collect();
        let width = |clusters: &[usize]| {
            let found = compare(&scores, &positive, clusters)[0].auroc;
            found.high - found.low
        };
        assert!(width(&together) > 1.5 * width(&alone));
    }

    #[test]
    fn a_better_score_is_ahead() {
        let positive: Vec<bool> = (0..100).map(|at| at % 2 == 0).collect();
        let good: Vec<f64> = positive.iter().map(|is| f64::from(u8::from(*is))).collect();
        let none = vec![0.0; 100];
        let clusters: Vec<usize> = (0..100).map(|at| at / 4).collect();
        let found = compare(&[good, none], &positive, &clusters);
        assert!((found[1].behind.value - 0.5).abs() < 1e-12 && found[1].behind.low > 0.4);
    }

    #[test]
    fn one_kind_alone_says_nothing() {
        let found = compare(&[vec![1.0, 2.0]], &[true, true], &[0, 1])[0];
        let few = compare(&[vec![1.0, 2.0]], &[false, true], &[0, 1])[0].auroc;
        assert!(few.value > 0.99 && few.low.is_nan());
        assert!(found.auroc.value.is_nan() && found.auroc.low.is_nan());
        assert!(compare(&[Vec::new()], &[], &[])[0].auroc.value.is_nan());
    }
}
