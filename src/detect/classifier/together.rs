//! Labels that alert by what they say together: the sum of their log-odds in one window.
//!
//! Who is turned leans towards several labels at once, in the same few sentences. An innocent thought that looks like
//! one of them seldom looks like all, so the sum tells far out better than the highest does. It is that of naive Bayes
//! (labels taken as if they were independent) with equal weights. Only numbers are looked at here, neither texts nor graphs.

use super::cascade::log_odds;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Which labels, and from which sum on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Together {
    /// Labels of the sum. Those of them that are hunted in the text alert.
    pub labels: Vec<String>,
    /// Sum of natural log-odds from which they do.
    pub least: f64,
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
            return Err(format!("`alert_together` names `{odd}`, no label of it"));
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
            (_, true) => Ok(()),
        }
    }

    /// The sum, of the scores of one window by all labels; `at` are the numbers of its own.
    pub(super) fn sum(at: &[usize], scores: &[f32]) -> f64 {
        at.iter().map(|label| log_odds(scores[*label])).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_lean_the_same_way_add_up() {
        let half = Together::sum(&[0, 2], &[0.5, 0.9, 0.5]);
        assert!(half.abs() < 1e-6, "{half}");
        let both = Together::sum(&[0, 1], &[0.8, 0.8, 0.0]);
        assert!((both - 16.0_f64.ln()).abs() < 1e-5, "odds of 4 to 1, twice: {both}");
        assert!(Together::sum(&[0, 1], &[1.0, 0.0]).abs() < 1.0, "no end of what one label says");
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
            (r#"{"labels": ["a", "d"], "least": 3}"#, "names `d`, no label"),
            (r#"{"labels": ["a", "a"], "least": 3}"#, "names `a` twice"),
            (r#"{"labels": ["a", "c"], "least": 3}"#, "`c`, which is not hunted"),
            (r#"{"labels": ["a"], "least": 3}"#, "two labels at least"),
        ] {
            let said = check(written).unwrap_err();
            assert!(said.contains(expected), "{written}: {said}");
        }
    }
}
