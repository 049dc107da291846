//! Labels that alert by what they say together: the sum of their log-odds in one window.
//!
//! Who is turned leans towards several labels at once, in the same few sentences. An innocent thought that looks like
//! one of them seldom looks like all, so the sum tells far out better than the highest does. It is that of naive Bayes
//! (labels taken as if they were independent) with equal weights. Only numbers are looked at here, neither texts nor graphs.

use super::cascade::log_odds;
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

/// Which labels, and from which sum on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Together {
    /// Labels of the sum. Those of them that are hunted in that window alert.
    pub labels: Vec<String>,
    /// Sum of natural log-odds from which they do.
    pub least: f64,
}

/// The window in which labels say most together.
#[derive(Debug, Clone, PartialEq)]
pub struct Summed {
    /// Sum of their log-odds.
    pub sum: f64,
    /// Bytes of the window.
    pub bytes: Range<usize>,
}

impl Together {
    /// Whether it can be.
    ///
    /// # Errors
    /// What cannot.
    pub(super) fn check(
        &self,
        labels: &[String],
        hunt: &BTreeMap<String, f32>,
    ) -> Result<(), String> {
        if let Some(odd) = self.labels.iter().find(|name| !labels.contains(name)) {
            return Err(format!(
                "`alert_together` names `{odd}`, expected labels of the model: {}",
                labels.join(", ")
            ));
        }
        let is_twice = |(at, label): &(usize, &String)| self.labels[..*at].contains(label);
        if let Some((_, label)) = self.labels.iter().enumerate().find(is_twice) {
            return Err(format!("`alert_together` names `{label}` twice"));
        }
        if let Some(label) = self.labels.iter().find(|label| !hunt.contains_key(*label)) {
            return Err(format!("`alert_together` names `{label}`, which is not hunted"));
        }
        match (self.labels.len(), self.least.is_finite()) {
            (0 | 1, _) => Err("`alert_together` wants two labels at least".to_owned()),
            (_, false) => Err("`least` of `alert_together` is no number".to_owned()),
            (_, true) => self.check_least(hunt),
        }
    }

    /// What is hunted by each label alone, just so, is no alert.
    fn check_least(&self, hunt: &BTreeMap<String, f32>) -> Result<(), String> {
        let hunted = self.labels.iter().filter_map(|label| hunt.get(label));
        let just: f64 = hunted.map(|least| log_odds(*least)).sum();
        // Scores have seven digits.
        if self.least < just - 1e-3 {
            return Err(format!(
                "`least` of `alert_together` is {}, expected {:.2} or more: the sum where each of its labels is \
                 just hunted",
                self.least,
                (just * 100.0 - 0.1).ceil() / 100.0 + 0.0
            ));
        }
        Ok(())
    }
}

impl Summed {
    /// The sum in one window.
    pub(super) fn of(at: &[usize], scores: &[f32], bytes: Range<usize>) -> Self {
        let sum = at.iter().map(|label| log_odds(scores[*label])).sum();
        Self { sum, bytes }
    }

    /// One more window; of equal sums the first window of the text counts, in whatever order they come.
    pub(super) fn keep(&mut self, new: &Self) {
        let rank = |one: &Self| (one.sum, Reverse(one.bytes.start));
        if rank(new) > rank(self) {
            *self = new.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum of these labels in one window.
    fn sum(at: &[usize], scores: &[f32]) -> f64 {
        Summed::of(at, scores, 0..1).sum
    }

    #[test]
    fn labels_that_lean_the_same_way_add_up() {
        let half = sum(&[0, 2], &[0.5, 0.9, 0.5]);
        assert!(half.abs() < 1e-6, "{half}");
        let both = sum(&[0, 1], &[0.8, 0.8, 0.0]);
        assert!((both - 16.0_f64.ln()).abs() < 1e-5, "odds of 4 to 1, twice: {both}");
        assert!(sum(&[0, 1], &[1.0, 0.0]).abs() < 1.0, "there is an end to what one label says");
    }

    #[test]
    fn the_window_in_which_they_say_most_counts_and_not_what_each_says_somewhere() {
        let windows =
            [(0..9, [0.95, 0.1]), (5..20, [0.1, 0.95]), (30..40, [0.7, 0.7]), (50..60, [0.7, 0.7])];
        for order in [[0, 1, 2, 3], [3, 1, 0, 2]] {
            let of = |at: usize| Summed::of(&[0, 1], &windows[at].1, windows[at].0.clone());
            let mut known = of(order[0]);
            order[1..].iter().for_each(|at| known.keep(&of(*at)));
            assert_eq!(known, of(2), "{order:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let labels = ["a", "b", "c"].map(str::to_owned);
        let hunt = [("a".to_owned(), 0.5), ("b".to_owned(), 0.5)].into();
        let check = |written: &str| {
            serde_json::from_str::<Together>(written).unwrap().check(&labels, &hunt)
        };
        assert_eq!(check(r#"{"labels": ["b", "a"], "least": 3}"#), Ok(()));
        for (written, expected) in [
            (
                r#"{"labels": ["a", "d"], "least": 3}"#,
                "names `d`, expected labels of the model: a, b, c",
            ),
            (r#"{"labels": ["a", "a"], "least": 3}"#, "names `a` twice"),
            (r#"{"labels": ["a", "c"], "least": 3}"#, "`c`, which is not hunted"),
            (r#"{"labels": ["a"], "least": 3}"#, "two labels at least"),
            (r#"{"labels": ["a", "b"], "least": -0.1}"#, "is -0.1, expected 0.00 or more"),
        ] {
            let said = check(written).unwrap_err();
            assert!(said.contains(expected), "{written}: {said}");
        }
    }
}
