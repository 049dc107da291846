//! Scores and labels as AUROC and as rates at a budget of false alarms.
//!
//! AUROC is the share of (positive, negative) pairs in the right order, ties half (Mann-Whitney).
//! Intervals: percentile bootstrap over sessions for AUROC, Wilson's for rates.

use super::random::Random;

/// A value with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The value.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Scores of both kinds, sorted.
#[derive(Debug, Clone, Default)]
pub struct Curve {
    positive: Vec<f64>,
    negative: Vec<f64>,
}

const RESAMPLES: usize = 400;

impl Curve {
    /// From (score, is positive); scores that are no number count as the lowest.
    #[must_use]
    pub fn new(scored: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let mut curve = Self::default();
        for (score, is_positive) in scored {
            let score = if score.is_nan() { f64::NEG_INFINITY } else { score };
            if is_positive { &mut curve.positive } else { &mut curve.negative }.push(score);
        }
        curve.positive.sort_by(f64::total_cmp);
        curve.negative.sort_by(f64::total_cmp);
        curve
    }

    /// How many of each kind: (positive, negative).
    #[must_use]
    pub fn len(&self) -> (usize, usize) {
        (self.positive.len(), self.negative.len())
    }

    /// Whether one kind is missing, so that nothing can be said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.positive.is_empty() || self.negative.is_empty()
    }

    /// Area under the curve with its interval.
    #[must_use]
    pub fn auroc(&self) -> Interval {
        let value = area(&self.positive, &self.negative);
        if self.is_empty() {
            return Interval { value, low: value, high: value };
        }
        let mut random = Random(0x5eed);
        let mut areas: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                let positive = resample(&mut random, &self.positive);
                area(&positive, &resample(&mut random, &self.negative))
            })
            .collect();
        areas.sort_by(f64::total_cmp);
        let at = |share: f64| areas[((RESAMPLES - 1) as f64 * share).round() as usize];
        Interval { value, low: at(0.025), high: at(0.975) }
    }

    /// The share of positives above the threshold that lets at most `budget` of the negatives
    /// through, and the share of negatives that it does let through.
    #[must_use]
    pub fn at_false_alarms(&self, budget: f64) -> (Interval, f64) {
        if self.is_empty() {
            return (Interval { value: f64::NAN, low: f64::NAN, high: f64::NAN }, f64::NAN);
        }
        let allowed = (budget * self.negative.len() as f64).floor() as usize;
        let threshold =
            self.negative[self.negative.len() - 1 - allowed.min(self.negative.len() - 1)];
        let above = |list: &[f64]| list.len() - list.partition_point(|score| *score <= threshold);
        let hit = above(&self.positive);
        let false_alarms = above(&self.negative) as f64 / self.negative.len() as f64;
        (wilson(hit, self.positive.len()), false_alarms)
    }

    /// Where each threshold lies, from the strictest: the share of negatives and of positives at or
    /// above it.
    #[must_use]
    pub fn points(&self) -> Vec<(f64, f64)> {
        let share = |list: &[f64], least: f64| {
            let above = list.len() - list.partition_point(|score| *score < least);
            above as f64 / list.len().max(1) as f64
        };
        let mut thresholds: Vec<f64> =
            self.positive.iter().chain(&self.negative).copied().collect();
        thresholds.sort_by(|a, b| b.total_cmp(a));
        thresholds.dedup();
        let place = |least: &f64| (share(&self.negative, *least), share(&self.positive, *least));
        [(0.0, 0.0)].into_iter().chain(thresholds.iter().map(place)).collect()
    }

    /// Average precision: the mean over positives of the share of positives among all at or above them, with as many
    /// positives among all as there are here.
    #[must_use]
    pub fn average_precision(&self) -> f64 {
        let mut sum = 0.0;
        for score in &self.positive {
            let above = |list: &[f64]| list.len() - list.partition_point(|one| one < score);
            let (hits, wrong) = (above(&self.positive), above(&self.negative));
            sum += hits as f64 / (hits + wrong) as f64;
        }
        sum / self.positive.len() as f64
    }

    /// The mean share of positives found at rates of false alarms from 0 to `most`.
    #[must_use]
    pub fn partial_area(&self, most: f64) -> f64 {
        let mut area = 0.0;
        for pair in self.points().windows(2) {
            let ((left, low), (right, high)) = (pair[0], pair[1]);
            let end = right.min(most);
            if end > left {
                let at_end = low + (high - low) * (end - left) / (right - left);
                area += (end - left) * (low + at_end) / 2.0;
            }
        }
        area / most
    }

    /// Where the first positive stands among all, from the highest score on, counted from 1; of equal scores the
    /// positive is the last.
    #[must_use]
    pub fn first_positive(&self) -> Option<usize> {
        let best = self.positive.last()?;
        Some(self.negative.len() - self.negative.partition_point(|score| score < best) + 1)
    }

    /// Shares of both kinds at or above a threshold.
    #[must_use]
    pub fn at_threshold(&self, threshold: f64) -> (Interval, Interval) {
        let above = |list: &[f64]| list.len() - list.partition_point(|score| *score < threshold);
        (
            wilson(above(&self.positive), self.positive.len()),
            wilson(above(&self.negative), self.negative.len()),
        )
    }
}

/// Both sorted.
fn area(positive: &[f64], negative: &[f64]) -> f64 {
    let mut sum = 0.0;
    for score in positive {
        let below = negative.partition_point(|other| other < score);
        let up_to = negative.partition_point(|other| other <= score);
        sum += below as f64 + (up_to - below) as f64 / 2.0;
    }
    sum / (positive.len() as f64 * negative.len() as f64)
}

/// Wilson's interval of a share, 95 %.
#[must_use]
pub fn wilson(hits: usize, of: usize) -> Interval {
    const Z: f64 = 1.959_964;
    let (k, n) = (hits as f64, of as f64);
    if of == 0 {
        return Interval { value: f64::NAN, low: 0.0, high: 1.0 };
    }
    let share = k / n;
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    Interval { value: share, low: (middle - half).max(0.0), high: (middle + half).min(1.0) }
}

/// As many values, drawn with replacement, sorted.
fn resample(random: &mut Random, list: &[f64]) -> Vec<f64> {
    let mut drawn: Vec<usize> = list.iter().map(|_| random.below(list.len())).collect();
    // The list is sorted, so sorted places give sorted values.
    drawn.sort_unstable();
    drawn.into_iter().map(|at| list[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn area_counts_pairs_and_ties_half() {
        let curve = Curve::new([(3.0, true), (1.0, false), (2.0, false), (2.0, true)]);
        assert!((curve.auroc().value - 0.875).abs() < 1e-12);
        let same = Curve::new([(1.0, true), (1.0, false)]);
        assert!((same.auroc().value - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_budget_of_false_alarms_is_kept() {
        let negatives = (0..100).map(|at| (f64::from(at), false));
        let positives = (0..10).map(|at| (95.5 + f64::from(at), true));
        let curve = Curve::new(negatives.chain(positives));
        let (rate, false_alarms) = curve.at_false_alarms(0.01);
        assert!(false_alarms <= 0.01, "{false_alarms}");
        assert!((rate.value - 0.7).abs() < 1e-12, "{rate:?}");
        assert!(curve.at_false_alarms(0.0).1 <= 0.0);
    }

    #[test]
    fn what_stands_at_the_top_is_measured_apart() {
        let curve = Curve::new([(3.0, true), (1.0, false), (2.0, false), (2.0, true)]);
        // One of one, then two of three.
        assert!((curve.average_precision() - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
        // From half of the positives at no false alarm to all at half of the negatives.
        assert!((curve.partial_area(0.25) - 0.625).abs() < 1e-12);
        assert!((curve.partial_area(1.0) - curve.auroc().value).abs() < 1e-12);
        assert_eq!(curve.first_positive(), Some(1));
        let late = Curve::new([(1.0, true), (1.0, false), (2.0, false)]);
        assert_eq!(late.first_positive(), Some(3));
        assert_eq!(Curve::default().first_positive(), None);
    }

    #[test]
    fn points_go_from_none_to_all() {
        let curve = Curve::new([(3.0, true), (1.0, false), (2.0, false), (2.0, true)]);
        assert_eq!(curve.points(), [(0.0, 0.0), (0.0, 0.5), (0.5, 1.0), (1.0, 1.0)]);
    }

    #[test]
    fn intervals_hold_their_value() {
        let interval = wilson(0, 100);
        assert!(interval.value <= 0.0 && interval.high > 0.02 && interval.high < 0.05);
        let curve = Curve::new((0..60).map(|at| (f64::from(at % 7), at % 3 == 0)));
        let area = curve.auroc();
        assert!(area.low <= area.value && area.value <= area.high);
    }
}
