//! The weights of the heads, `models/session-heads.json`: read once, checked, and refused with the place
//! of what is wrong.
//!
//! A token that is not in the file is unknown: it has no weight and no part in the length of its block.

use super::numbers;
use super::prose::BUCKETS;
use ahash::AHashMap;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Names of the heads, as columns.
pub(super) const HEADS: [&str; 3] = ["omits", "harms", "fails"];
/// Blocks of named tokens, and of hashed ones.
const NAMED: [&str; 4] = ["row", "end", "judged", "tools"];
const HASHED: [&str; 2] = ["said", "last"];

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Weights {
    pub(super) version: String,
    #[expect(dead_code, reason = "for people who read the file")]
    trained_on: String,
    /// Names of the numbers, in order.
    pub(super) numbers: Vec<String>,
    heads: BTreeMap<String, Head>,
}

/// One head.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) bias: f64,
    /// How its sums are spread; of the head that is combined with the judge's score only.
    pub(super) spread: Option<Spread>,
    pub(super) numbers: Option<Numbers>,
    #[serde(default)]
    tokens: BTreeMap<String, AHashMap<String, f64>>,
    #[serde(default)]
    buckets: BTreeMap<String, Hashed>,
}

/// What makes a sum a step on the judge's scale.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spread {
    pub(super) mean: f64,
    pub(super) sd: f64,
    pub(super) clip: f64,
    pub(super) step: f64,
}

/// Weights of numbers, with what they are measured by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Numbers {
    pub(super) means: Vec<f64>,
    pub(super) sds: Vec<f64>,
    pub(super) weights: Vec<f64>,
}

/// Weights of buckets; the numbers of the buckets go up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hashed {
    buckets: Vec<u32>,
    weights: Vec<f64>,
}

impl Head {
    /// The weights of a block's tokens.
    pub(super) fn tokens(&self, block: &str) -> Option<&AHashMap<String, f64>> {
        self.tokens.get(block)
    }

    /// The weight of a bucket, if it is known.
    pub(super) fn bucket(&self, block: &str, bucket: u16) -> Option<f64> {
        let hashed = self.buckets.get(block)?;
        let at = hashed.buckets.binary_search(&u32::from(bucket)).ok()?;
        hashed.weights.get(at).copied()
    }

    fn check(&self, numbers: usize) -> Result<(), String> {
        finite("bias", [self.bias])?;
        if let Some(spread) = &self.spread {
            finite("spread", [spread.mean, spread.sd, spread.clip, spread.step])?;
            if spread.sd <= 0.0 {
                return Err("spread: sd is not above 0".to_owned());
            }
        }
        if let Some(own) = &self.numbers {
            own.check(numbers)?;
        }
        for (block, tokens) in &self.tokens {
            known(block, &NAMED)?;
            finite(block, tokens.values().copied())?;
        }
        for (block, hashed) in &self.buckets {
            known(block, &HASHED)?;
            hashed.check().map_err(|why| format!("{block}: {why}"))?;
        }
        Ok(())
    }
}

impl Numbers {
    fn check(&self, count: usize) -> Result<(), String> {
        let lists = [("means", &self.means), ("sds", &self.sds), ("weights", &self.weights)];
        for (name, list) in lists {
            if list.len() != count {
                return Err(format!("numbers: {} {name} for {count} numbers", list.len()));
            }
            finite(name, list.iter().copied())?;
        }
        match self.sds.iter().all(|sd| *sd > 0.0) {
            true => Ok(()),
            false => Err("numbers: an sd is not above 0".to_owned()),
        }
    }
}

impl Hashed {
    fn check(&self) -> Result<(), String> {
        if self.buckets.len() != self.weights.len() {
            let (buckets, weights) = (self.buckets.len(), self.weights.len());
            return Err(format!("{weights} weights for {buckets} buckets"));
        }
        if !self.buckets.is_sorted_by(|a, b| a < b) {
            return Err("buckets do not go up".to_owned());
        }
        if self.buckets.last().is_some_and(|last| *last as usize >= BUCKETS) {
            return Err(format!("a bucket beyond {BUCKETS}"));
        }
        finite("weights", self.weights.iter().copied())
    }
}

fn known(block: &str, blocks: &[&str]) -> Result<(), String> {
    match blocks.contains(&block) {
        true => Ok(()),
        false => Err(format!("`{block}` is not known; there are {}", blocks.join(", "))),
    }
}

fn finite(name: &str, values: impl IntoIterator<Item = f64>) -> Result<(), String> {
    match values.into_iter().all(f64::is_finite) {
        true => Ok(()),
        false => Err(format!("{name}: not a finite number")),
    }
}

impl Weights {
    /// Reads and checks a file.
    pub(super) fn parse(json: &str) -> Result<Self, String> {
        let weights: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let names = numbers::names();
        if let Some((found, wanted)) =
            weights.numbers.iter().zip(&names).find(|(found, wanted)| found != wanted)
        {
            return Err(format!("number `{found}` where `{wanted}` belongs"));
        }
        if weights.numbers.len() != names.len() {
            return Err(format!("{} numbers, not {}", weights.numbers.len(), names.len()));
        }
        for (name, head) in &weights.heads {
            known(name, &HEADS)?;
            head.check(names.len()).map_err(|why| format!("{name}: {why}"))?;
        }
        match HEADS.iter().find(|name| !weights.heads.contains_key(**name)) {
            Some(name) => Err(format!("no head `{name}`")),
            None if weights.heads["omits"].spread.is_none() => Err("omits: no spread".to_owned()),
            None => Ok(weights),
        }
    }

    /// The heads in the order of [`HEADS`].
    pub(super) fn heads(&self) -> impl Iterator<Item = (&'static str, &Head)> {
        HEADS.into_iter().filter_map(|name| Some((name, self.heads.get(name)?)))
    }
}
