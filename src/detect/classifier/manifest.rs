//! `model.json`: what a model is called, how it reads a text, what its numbers are worth.
//!
//! There are two ways of reading: hashed words (`recipe`) and the ids of a tokenizer (`tokens`). A model has
//! one of them, or the first for everything and the second for what passes (`cascade`). A manifest that
//! was read is one that can be: names are plain, thresholds belong to labels. Files are not looked at here.

use super::kinds::says;
use super::scripts::Scripts;
use super::{Activation, Cascade, Recipe, Together, Tokens};
use crate::record::FindingKind;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What stands beside the labels where scores are printed.
const TAKEN: [&str; 11] = [
    "id",
    "together",
    "lane",
    "spans",
    "windows",
    "read",
    "not_evaluated",
    "skipped",
    "again",
    "cut",
    "left",
];

/// What `model.json` says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Manifest {
    /// Name, stable over versions.
    pub name: String,
    /// Version.
    pub version: String,
    /// Labels, in the order of the graph's outputs.
    pub labels: Vec<String>,
    /// How it reads a text.
    pub input: Input,
    /// How it reads once more what passes.
    pub second: Option<Second>,
    /// Scores from which a label is worth a look, in the lane `test`. A label that is not here makes
    /// no finding, whatever its score.
    pub hunt: BTreeMap<String, f32>,
    /// Scores from which it alerts.
    pub alert: BTreeMap<String, f32>,
    /// What alerts by several labels together.
    pub together: Option<Together>,
    /// What a finding of a label is, where its name does not say.
    pub kinds: BTreeMap<String, FindingKind>,
    /// The scripts of the texts it has learnt from, by their names in Unicode. A text mostly in others is not
    /// evaluated, unless something in it is hunted. None: it takes any.
    pub scripts: Vec<String>,
}

/// How a model reads a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Hashed words, in `stage1.onnx`.
    Words(Recipe),
    /// Ids of a tokenizer, in a graph of any name.
    Tokens(Tokens),
}

impl Input {
    /// The file with the graph.
    #[must_use]
    pub fn graph(&self) -> &str {
        match self {
            Self::Words(_) => "stage1.onnx",
            Self::Tokens(tokens) => &tokens.graph,
        }
    }
}

/// The second stage of a model: ids of a tokenizer, for windows that the first stage lets pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Second {
    /// How it reads them.
    pub input: Input,
    /// What passes, and what both stages say together.
    pub cascade: Cascade,
}

/// The file's own shape: serde cannot say "exactly one of two".
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    version: String,
    labels: Vec<String>,
    recipe: Option<Recipe>,
    tokens: Option<Tokens>,
    cascade: Option<Cascade>,
    hunt: BTreeMap<String, f32>,
    #[serde(default)]
    alert: BTreeMap<String, f32>,
    alert_together: Option<Together>,
    #[serde(default)]
    kinds: BTreeMap<String, String>,
    #[serde(default)]
    scripts: Vec<String>,
}

impl TryFrom<Written> for Manifest {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let (input, second) = stages(written.recipe, written.tokens, written.cascade)?;
        let kind = |(label, code): (String, String)| match FindingKind::from_code(&code) {
            Some(kind) => Ok((label, kind)),
            None => Err(format!("`{label}` is of kind {code:?}, expected R01 to R20, or R00")),
        };
        let manifest = Self {
            name: written.name,
            version: written.version,
            labels: written.labels,
            input,
            second,
            hunt: written.hunt,
            alert: written.alert,
            together: written.alert_together,
            kinds: written.kinds.into_iter().map(kind).collect::<Result<_, String>>()?,
            scripts: written.scripts,
        };
        manifest.check()?;
        Ok(manifest)
    }
}

/// What a model reads everything by, and what it reads again by.
fn stages(
    recipe: Option<Recipe>,
    tokens: Option<Tokens>,
    cascade: Option<Cascade>,
) -> Result<(Input, Option<Second>), String> {
    let said = match (recipe, tokens, cascade) {
        (Some(recipe), None, None) => return Ok((Input::Words(recipe), None)),
        (None, Some(tokens), None) => return Ok((Input::Tokens(tokens), None)),
        (Some(recipe), Some(tokens), Some(cascade)) => {
            let second = Second { input: Input::Tokens(tokens), cascade };
            return Ok((Input::Words(recipe), Some(second)));
        }
        (Some(_), Some(_), None) => {
            "has `recipe` and `tokens`, expected one, or a `cascade` that joins them"
        }
        (None, None, _) => "has neither `recipe` (hashed words) nor `tokens` (a tokenizer's ids)",
        (_, _, Some(_)) => {
            "has a `cascade`, which joins `recipe` and `tokens`, and only one of them"
        }
    };
    Err(said.to_owned())
}

impl Manifest {
    /// Whether one of its stages reads the ids of a tokenizer.
    #[must_use]
    pub fn reads_tokens(&self) -> bool {
        let all = self.second.iter().map(|second| &second.input).chain([&self.input]);
        all.into_iter().any(|input| matches!(input, Input::Tokens(_)))
    }

    fn check(&self) -> Result<(), String> {
        if self.labels.is_empty() || self.labels.len() > 64 {
            return Err(format!("has {} labels, expected 1 to 64", self.labels.len()));
        }
        let names = [&self.name, &self.version].into_iter().chain(&self.labels);
        if let Some(odd) = names.into_iter().find(|name| !is_plain(name)) {
            return Err(format!("{odd:?} is no name: expected up to 64 of a-z, A-Z, 0-9, . _ -"));
        }
        let is_twice = |(at, label): &(usize, &String)| self.labels[..*at].contains(label);
        if let Some((_, label)) = self.labels.iter().enumerate().find(is_twice) {
            return Err(format!("has the label `{label}` twice"));
        }
        if let Some(taken) = self.labels.iter().find(|label| TAKEN.contains(&label.as_str())) {
            return Err(format!(
                "`{taken}` cannot be a label: scores are printed beside that name"
            ));
        }
        let second = self.second.as_ref().map(|second| &second.input);
        for input in [Some(&self.input), second].into_iter().flatten() {
            match input {
                Input::Words(recipe) => recipe.check()?,
                Input::Tokens(tokens) => tokens.check(self.labels.len())?,
            }
        }
        if let Some(second) = &self.second {
            second.cascade.check(&self.labels)?;
            if second.cascade.pass.is_empty() && self.hunt.is_empty() {
                return Err(
                    "`any` lets nothing pass: no label has a threshold in `hunt`".to_owned()
                );
            }
        }
        Scripts::named(&self.scripts)?;
        self.check_thresholds()
    }

    /// Numbers of the labels that alert together.
    pub(super) fn together_at(&self) -> Vec<usize> {
        let named = self.together.iter().flat_map(|together| &together.labels);
        named.filter_map(|label| self.labels.iter().position(|known| known == label)).collect()
    }

    fn check_thresholds(&self) -> Result<(), String> {
        let all = || self.hunt.iter().chain(&self.alert);
        if let Some((label, _)) = all().find(|(label, _)| !self.labels.contains(label)) {
            return Err(format!("has a threshold for `{label}`, no label of it"));
        }
        if let Some((label, least)) = all().find(|(_, least)| !(**least > 0.0 && **least <= 1.0)) {
            return Err(format!(
                "the threshold of `{label}` is {least}, expected above 0, up to 1"
            ));
        }
        // A label that is never hunted has findings of no kind.
        if let Some(label) = self.kinds.keys().find(|label| !self.hunt.contains_key(*label)) {
            return Err(format!("`{label}` has a kind and no threshold in `hunt`"));
        }
        let is_hunted = |(label, least): &(&String, &f32)| {
            self.hunt.get(*label).is_some_and(|hunt| hunt <= *least)
        };
        if let Some((label, _)) = self.alert.iter().find(|entry| !is_hunted(entry)) {
            return Err(format!(
                "`{label}` alerts below where it is hunted, or is not hunted at all"
            ));
        }
        self.check_together()
    }

    fn check_together(&self) -> Result<(), String> {
        let Some(together) = &self.together else { return Ok(()) };
        let shares_one_whole = |input: &Input| match input {
            Input::Tokens(tokens) => tokens.activation == Activation::Softmax,
            Input::Words(_) => false,
        };
        // No two have log-odds above 0 in sum there, so nothing would be far out.
        if self.second.is_none() && shares_one_whole(&self.input) {
            let said = "`alert_together` is nothing for `softmax`, whose scores share one whole: expected `sigmoid`";
            return Err(said.to_owned());
        }
        together.check(&self.labels, &self.hunt)?;
        let at = self.together_at();
        match says(self).iter().any(|say| at.contains(&say.at)) {
            true => Ok(()),
            false => Err("no label of `alert_together` makes a finding of its own".to_owned()),
        }
    }
}

/// Whether it can be a name in a table, and a file beside `model.json` and nowhere else.
pub(super) fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=64).contains(&name.len()) && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example's manifest with one piece of text replaced.
    fn read(from: &str, to: &str) -> Result<Manifest, String> {
        let written = include_str!("../../../models/example/model.json");
        assert!(written.contains(from), "{from}");
        serde_json::from_str(&written.replacen(from, to, 1)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_model_reads_in_exactly_one_way() {
        let recipe = r#""recipe": {"words": 2, "buckets": 9, "width": 9, "window": 9, "sentence": 9,
            "pairs": true, "stems": true, "grams": 0}, "hunt""#;
        let both = read(r#""hunt""#, recipe).unwrap_err();
        assert!(both.starts_with("has `recipe` and `tokens`, expected one"), "{both}");
        let neither = serde_json::from_str::<Manifest>(
            r#"{"name": "a", "version": "1", "labels": ["b"], "hunt": {}}"#,
        );
        let said = neither.unwrap_err().to_string();
        assert!(said.starts_with("has neither `recipe`"), "{said}");
        assert!(matches!(read("1", "1").unwrap().input, Input::Tokens(_)));
    }

    #[test]
    fn what_passes_together_has_to_be_hunted() {
        let two = |hunt: serde_json::Value| {
            let mut written: serde_json::Value =
                serde_json::from_str(include_str!("../../../models/example/model.json")).unwrap();
            let blend = serde_json::json!({"first": 0.5, "second": 0.5, "bias": 0.0});
            written["recipe"] = serde_json::json!({"words": 2, "buckets": 9, "width": 9, "window": 9,
                "sentence": 9, "pairs": true, "stems": true, "grams": 0});
            written["cascade"] = serde_json::json!({"any": 0.5, "most": 4,
                "blend": {"calm": blend, "hides": blend, "harms": blend}});
            written["hunt"] = hunt;
            written["kinds"] = serde_json::json!({});
            serde_json::from_value::<Manifest>(written).map_err(|error| error.to_string())
        };
        two(serde_json::json!({"hides": 0.5})).unwrap();
        let said = two(serde_json::json!({})).unwrap_err();
        assert!(said.contains("no label has a threshold in `hunt`"), "{said}");
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (from, to, expected) in [
            (r#""stride""#, r#""strides""#, "unknown field `strides`"),
            (r#""kinds""#, r#""kind""#, "unknown field `kind`"),
            (r#""hunt""#, r#""scripts": ["Elvish"], "hunt""#, "`scripts` has \"Elvish\""),
            (r#""softmax""#, r#""relu""#, "unknown variant `relu`"),
            (r#""R04""#, r#""R44""#, r#"`harms` is of kind "R44", expected R01 to R20"#),
            (r#"{"harms""#, r#"{"calm""#, "`calm` has a kind and no threshold"),
            (r#""calm","#, r#""hides","#, "has the label `hides` twice"),
            (r#""calm","#, r#""id","#, "`id` cannot be a label"),
            (
                r#""alert": {}"#,
                r#""alert_together": {"labels": ["calm", "hides"], "least": 1}"#,
                "nothing for `softmax`",
            ),
            (
                r#""alert": {}"#,
                r#""alert_together": {"labels": ["hides", "harms"]}"#,
                "missing field `least`",
            ),
            (r#""hides": 0.5"#, r#""hides": 0"#, "the threshold of `hides` is 0"),
            (r#""hides": 0.5"#, r#""hides": 50"#, "the threshold of `hides` is 50"),
            (r#""temperature": 1.0"#, r#""temperature": 0"#, "`temperature` is 0"),
            (r#""max_tokens": 64"#, r#""max_tokens": 1"#, "`max_tokens` is 1"),
            (r#""stride": 16"#, r#""stride": 64"#, "`stride` is 64"),
            (r#""model.onnx""#, r#""../model.onnx""#, "no name of a file"),
        ] {
            // The file is written with spaces of its own.
            let from = if from == r#"{"harms""# { "{\n  \"harms\"" } else { from };
            let said = read(from, to).unwrap_err();
            assert!(said.contains(expected), "{to}: {said}");
        }
    }
}
