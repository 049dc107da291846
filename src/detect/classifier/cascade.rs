//! The section `cascade` of a manifest: which windows of the first stage the second one reads again, and what
//! both say together. Only numbers are looked at here, neither texts nor graphs.
//!
//! Both stages give chances; what they say together is a weighted sum of both log-odds, fitted on texts that
//! neither has seen. What passes is told by each label alone, or by all of them together as a noisy-or (Pearl 1988,
//! Probabilistic Reasoning in Intelligent Systems, 4.3.2): the chance that any holds if they held independently.

use serde::Deserialize;
use std::collections::BTreeMap;

/// How two stages work together.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cascade {
    /// Scores of the first stage from which a window is read again: of any label one is enough.
    #[serde(default)]
    pub pass: BTreeMap<String, f32>,
    /// The same for all labels that are hunted together: one less the product of what each leaves to one.
    pub any: Option<f32>,
    /// Of each label what both stages weigh.
    pub blend: BTreeMap<String, Blend>,
    /// Windows of one text that are read again at most; labels choose in turn those that pass by most, with `any` those that
    /// they score highest.
    pub most: usize,
}

/// What the log-odds of each stage weigh, and what is added to their sum.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blend {
    /// Weight of the first stage.
    pub first: f64,
    /// Weight of the second stage.
    pub second: f64,
    /// What is added.
    pub bias: f64,
    /// Log-odds that the second stage would give, by and large, to windows that it does not read, and that stand for its own
    /// there; without them the score of such a window is the first stage's.
    pub unread: Option<f64>,
}

/// A cascade whose labels are numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gate {
    /// Of each label the log-odds from which a window passes.
    pass: Vec<Option<f64>>,
    /// From which chance that no label holds a window does not pass any more.
    none: Option<f64>,
    /// Labels that are hunted: another says that there is nothing, or only what others are about.
    hunted: Vec<bool>,
    blend: Vec<Blend>,
    pub(super) most: usize,
}

impl Cascade {
    /// Whether it can be.
    ///
    /// # Errors
    /// What cannot.
    pub(super) fn check(&self, labels: &[String]) -> Result<(), String> {
        let named = self.pass.keys().chain(self.blend.keys());
        if let Some(odd) = named.into_iter().find(|name| !labels.contains(name)) {
            return Err(format!("`cascade` names `{odd}`, no label of it"));
        }
        let alone = self.pass.iter().map(|(label, least)| (label.as_str(), *least));
        let mut cuts = alone.chain(self.any.map(|least| ("any", least))).peekable();
        if cuts.peek().is_none() {
            return Err("`cascade` lets nothing pass: expected a score of a label, or `any`".into());
        }
        if let Some((label, least)) = cuts.find(|(_, least)| !(*least > 0.0 && *least < 1.0)) {
            return Err(format!("`{label}` passes at {least}, expected above 0, below 1"));
        }
        if let Some(label) = labels.iter().find(|label| !self.blend.contains_key(*label)) {
            return Err(format!("`cascade` does not say how both stages `blend` for `{label}`"));
        }
        let is_odd = |blend: &Blend| {
            let all = [blend.first, blend.second, blend.bias, blend.unread.unwrap_or_default()];
            !all.iter().all(|weight| weight.is_finite()) || blend.first < 0.0 || blend.second < 0.0
        };
        if let Some((label, _)) = self.blend.iter().find(|(_, blend)| is_odd(blend)) {
            return Err(format!("`blend` of `{label}`: expected weights from 0 on and a number"));
        }
        match self.most {
            1..=1024 => Ok(()),
            most => Err(format!("`most` of `cascade` is {most}, expected 1 to 1024")),
        }
    }

    /// The same by numbers of labels.
    pub(super) fn gate(&self, labels: &[String], hunt: &BTreeMap<String, f32>) -> Gate {
        let of = |label: &String| self.blend.get(label).copied().unwrap_or(Blend::FIRST);
        Gate {
            pass: labels.iter().map(|label| Some(log_odds(*self.pass.get(label)?))).collect(),
            none: self.any.map(|any| 1.0 - f64::from(any)),
            hunted: labels.iter().map(|label| hunt.contains_key(label)).collect(),
            blend: labels.iter().map(of).collect(),
            most: self.most,
        }
    }
}

impl Blend {
    const FIRST: Self = Self { first: 1.0, second: 0.0, bias: 0.0, unread: None };

    /// The chance by log-odds of both stages.
    fn of(&self, first: f32, second: f64) -> f32 {
        let odds = self.first * log_odds(first) + self.second * second + self.bias;
        (1.0 / (1.0 + (-odds).exp())) as f32
    }
}

impl Gate {
    /// Whether a window passes: by any label, or by all together.
    pub(super) fn passes(&self, first: &[f32]) -> bool {
        let of_hunted = first.iter().zip(&self.hunted).filter(|(_, is_hunted)| **is_hunted);
        let none = || of_hunted.map(|(score, _)| 1.0 - f64::from(*score)).product::<f64>();
        let alone = |(label, score): (usize, &f32)| self.excess(label, *score).is_some();
        self.none.is_some_and(|least| none() <= least) || first.iter().enumerate().any(alone)
    }

    /// By how much a window passes by one label, in log-odds; `None` if it does not.
    fn excess(&self, label: usize, score: f32) -> Option<f64> {
        let least = self.pass.get(label).copied().flatten()?;
        Some(log_odds(score) - least).filter(|excess| *excess >= 0.0)
    }

    /// How much one label wants that a window that passes is read, to compare with others; `None` if it does not.
    pub(super) fn wants(&self, label: usize, score: f32) -> Option<f64> {
        match self.none {
            Some(_) => Some(log_odds(score)).filter(|_| self.hunted[label]),
            None => self.excess(label, score),
        }
    }

    /// What both stages say of a window.
    pub(super) fn both(&self, first: &[f32], second: &[f32]) -> Vec<f32> {
        let each = self.blend.iter().zip(first.iter().zip(second));
        each.map(|(blend, (first, second))| blend.of(*first, log_odds(*second))).collect()
    }

    /// What stands for both stages in a window that does not pass.
    pub(super) fn unread(&self, first: &[f32]) -> Vec<f32> {
        let each = self.blend.iter().zip(first);
        each.map(|(blend, first)| match blend.unread {
            Some(unread) => blend.of(*first, unread),
            None => *first,
        })
        .collect()
    }
}

/// Log-odds of a chance; of one that is as good as 0 or 1 those of one in ten million.
pub(super) fn log_odds(chance: f32) -> f64 {
    const LEAST: f64 = 1e-7;
    let chance = f64::from(chance).clamp(LEAST, 1.0 - LEAST);
    (chance / (1.0 - chance)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = r#"{"pass": {"a": 0.5}, "most": 4,
        "blend": {"a": {"first": 1, "second": 1, "bias": 0}, "b": {"first": 0.5, "second": 0, "bias": 1}}}"#;

    fn labels() -> Vec<String> {
        vec!["a".to_owned(), "b".to_owned()]
    }

    /// The gate of a cascade all of whose labels are hunted.
    fn gate(written: &str) -> Gate {
        let cascade: Cascade = serde_json::from_str(written).unwrap();
        cascade.check(&labels()).unwrap();
        cascade.gate(&labels(), &labels().into_iter().map(|label| (label, 0.5)).collect())
    }

    fn said(from: &str, to: &str) -> String {
        assert!(WRITTEN.contains(from), "{from}");
        match serde_json::from_str::<Cascade>(&WRITTEN.replacen(from, to, 1)) {
            Ok(cascade) => cascade.check(&labels()).unwrap_err(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn both_stages_weigh_what_the_manifest_says() {
        let gate = gate(WRITTEN);
        assert!(!gate.passes(&[0.4, 0.99]), "nothing passes by `b`");
        assert!(gate.passes(&[0.5, 0.0]));
        assert_eq!(gate.wants(0, 0.5), Some(0.0));
        assert!(gate.wants(0, 0.9) > gate.wants(0, 0.8) && gate.wants(1, 0.9).is_none());
        let both = gate.both(&[0.8, 0.5], &[0.8, 0.9]);
        // Odds of 4 to 1, twice: 16 to 1; and of 1 to 1, halved, with one added.
        assert!((both[0] - 16.0 / 17.0).abs() < 1e-6, "{both:?}");
        assert!((both[1] - 0.731_059).abs() < 1e-6, "{both:?}");
        let ends = gate.both(&[1.0, 0.0], &[1.0, 0.0]);
        assert!(ends.iter().all(|chance| (0.0..=1.0).contains(chance)), "{ends:?}");
        let alone = gate.unread(&[0.8, 0.5]);
        assert_eq!(alone, [0.8, 0.5], "the first stage's own, where nothing stands for the second");
    }

    #[test]
    fn labels_that_are_likely_together_let_a_window_pass_that_none_would_alone() {
        let written = WRITTEN.replacen(r#"{"a": 0.5}"#, r#"{}, "any": 0.7"#, 1);
        let both = gate(&written);
        assert!(both.passes(&[0.5, 0.5]) && both.passes(&[0.0, 0.75]) && both.passes(&[1.0, 0.0]));
        assert!(!both.passes(&[0.5, 0.3]));
        assert!(both.wants(1, 0.3) < both.wants(1, 0.4), "each label ranks what passes");
        // A label that says that there is nothing lets nothing pass and has no turn.
        let cascade: Cascade = serde_json::from_str(&written).unwrap();
        let one = cascade.gate(&labels(), &BTreeMap::from([("a".to_owned(), 0.5)]));
        assert!(one.passes(&[0.75, 0.0]) && !one.passes(&[0.6, 0.99]));
        assert!(one.wants(0, 0.1).is_some() && one.wants(1, 0.99).is_none());
    }

    #[test]
    fn what_the_second_stage_says_of_most_stands_for_what_it_does_not_read() {
        let written = WRITTEN.replacen(r#""bias": 0}"#, r#""bias": 0, "unread": -3}"#, 1);
        let alone = gate(&written).unread(&[0.5, 0.2]);
        assert!((alone[0] - 0.047_426).abs() < 1e-6 && alone[1] == 0.2, "{alone:?}");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (from, to, expected) in [
            (r#"{"a": 0.5}"#, r#"{"c": 0.5}"#, "names `c`, no label"),
            (r#"{"a": 0.5}"#, "{}", "lets nothing pass"),
            (r#"{"a": 0.5}"#, r#"{"a": 1}"#, "`a` passes at 1"),
            (r#""b": {"#, r#""c": {"#, "names `c`"),
            (r#"{"a": 0.5}"#, r#"{}, "any": 0"#, "`any` passes at 0"),
            (r#""first": 1"#, r#""first": -1"#, "`blend` of `a`"),
            (r#""most": 4"#, r#""most": 0"#, "`most` of `cascade` is 0"),
            (r#""most": 4"#, r#""least": 4"#, "unknown field `least`"),
        ] {
            let said = said(from, to);
            assert!(said.contains(expected), "{to}: {said}");
        }
        let fewer = said(r#", "b": {"first": 0.5, "second": 0, "bias": 1}"#, "");
        assert!(fewer.contains("`blend` for `b`"), "{fewer}");
    }
}
