//! Scores of labelled texts: the classifier's, and those of what is simpler.

use super::detectors::Detector;
use super::eval::TURNED;
use super::examples::{Example, Examples};
use crate::cli::ui::Ui;
use crate::detect::classifier::{Classifier, OnnxError};
use crate::detect::rules::RuleSet;
use crate::measure::words;
use crate::pipeline::pieces::in_pieces;
use crate::record::{Event, Id16, Kind, Role, Severity};
use crate::report::summary::counted;

/// Examples that a thread takes at once.
const PIECE: usize = 16;

/// Scores of a classifier.
pub(super) struct ByModel {
    labels: Vec<String>,
    /// Labels that make findings.
    hunted: Vec<usize>,
    /// Per label.
    scores: Vec<Vec<f64>>,
    /// Of each example whether its findings alert (`stable`), hunt (`test`), or are none.
    lanes: Vec<Option<&'static str>>,
    /// Examples in which it could read nothing.
    unread: u64,
}

impl ByModel {
    pub(super) fn of(
        examples: &[Example],
        classifier: &Classifier,
        threads: usize,
    ) -> anyhow::Result<Self> {
        let manifest = &classifier.model.manifest;
        let labels = manifest.labels.clone();
        let is_hunted = |at: &usize| manifest.hunt.contains_key(&labels[*at]);
        let hunted = (0..labels.len()).filter(is_hunted).collect();
        let never = || false;
        let read =
            in_pieces(examples, PIECE, threads, never, |some| -> Result<Vec<_>, OnnxError> {
                some.iter().map(|example| highest(example, classifier)).collect()
            })?;
        let of = |label: usize| {
            read.iter()
                .map(|(scores, _)| scores.as_ref().map_or(f64::NEG_INFINITY, |one| one[label]))
                .collect()
        };
        let scores = (0..labels.len()).map(of).collect();
        let unread = read.iter().filter(|(scores, _)| scores.is_none()).count() as u64;
        let lanes = read.iter().map(|(_, lane)| *lane).collect();
        Ok(Self { labels, hunted, scores, lanes, unread })
    }

    /// What its findings of any kind flag, and those of them that alert.
    pub(super) fn as_detectors(
        &self,
        examples: &[Example],
        is_positive: impl Fn(&Example) -> bool,
    ) -> Vec<Detector> {
        let positives = examples.iter().filter(|example| is_positive(example)).count();
        let flagged = |which: &dyn Fn(&'static str) -> bool| {
            let both = examples.iter().zip(&self.lanes);
            let flagged = both.filter(|(_, lane)| lane.is_some_and(which));
            let (right, wrong): (Vec<_>, Vec<_>) = flagged.partition(|(one, _)| is_positive(one));
            (right.len(), wrong.len())
        };
        let all = Some((positives, examples.len() - positives));
        let of = |name: &str, flagged| Detector { name: name.to_owned(), flagged, all };
        vec![of("any finding", flagged(&|_| true)), of("alerts", flagged(&|lane| lane == "stable"))]
    }

    /// The scores of a label. Without one, or where it does not have it: how likely it is that there is
    /// anything, by `turned` where there is that, else by the highest of what makes findings. A label such as
    /// `benign` makes none.
    pub(super) fn of_label(&self, label: Option<&str>) -> Vec<f64> {
        let place = |name: &str| self.labels.iter().position(|own| own == name);
        if let Some(at) = label.and_then(place).or_else(|| place(TURNED)) {
            return self.scores[at].clone();
        }
        let highest = |at: usize| {
            self.hunted.iter().map(|l| self.scores[*l][at]).fold(f64::NEG_INFINITY, f64::max)
        };
        let count = self.scores.first().map_or(0, Vec::len);
        (0..count).map(highest).collect()
    }
}

/// Of each label the highest score in the texts of an example, none if nothing of it could be read; and the lane of
/// what is found in any of them.
fn highest(example: &Example, classifier: &Classifier) -> Result<Highest, OnnxError> {
    let texts: Vec<&str> = example.texts.iter().map(String::as_str).collect();
    let scored = classifier.score(&texts)?;
    let labels = 0..classifier.model.manifest.labels.len();
    let best = |label: usize| scored.iter().map(move |one| f64::from(one.scores[label]));
    let is_read = scored.iter().any(|one| classifier.is_evaluated(one));
    let scores = is_read.then(|| labels.map(|label| best(label).fold(0.0, f64::max)).collect());
    // `stable` comes before `test`.
    Ok((scores, scored.iter().filter_map(|one| classifier.lane(one)).min()))
}

type Highest = (Option<Vec<f64>>, Option<&'static str>);

/// Scores that do not depend on what is asked.
pub(super) struct Scored {
    pub(super) model: ByModel,
    pub(super) length: Vec<f64>,
    pub(super) rules: Vec<f64>,
    pub(super) judged: Option<Vec<f64>>,
    /// Those of its first stage alone, if it has two.
    pub(super) first: Option<ByModel>,
    /// Those of another classifier.
    pub(super) other: Option<ByModel>,
    /// Examples in which the classifier could read nothing.
    pub(super) unread: u64,
}

impl Scored {
    pub(super) fn of(
        examples: &[Example],
        classifier: &Classifier,
        threads: usize,
    ) -> anyhow::Result<Self> {
        let model = ByModel::of(examples, classifier, threads)?;
        let bytes = |example: &Example| example.texts.iter().map(|text| text.len() as f64).sum();
        let any_judged = examples.iter().any(|example| example.judged.is_some());
        let judged = |example: &Example| example.judged.unwrap_or(f64::NEG_INFINITY);
        Ok(Self {
            length: examples.iter().map(bytes).collect(),
            rules: by_rules(examples),
            judged: any_judged.then(|| examples.iter().map(judged).collect()),
            first: None,
            other: None,
            unread: model.unread,
            model,
        })
    }
}

/// How grave what the shipped rules find in the thoughts is; the number of hits decides ties.
fn by_rules(examples: &[Example]) -> Vec<f64> {
    let rules = RuleSet::embedded();
    let score = |example: &Example| {
        let events: Vec<Event> = example.texts.iter().map(|text| thought(text)).collect();
        let found = rules.scan(&events);
        let gravest = found.iter().map(|finding| rank(finding.severity)).fold(0.0, f64::max);
        gravest + 1.0 - 1.0 / (1.0 + found.len() as f64)
    };
    examples.iter().map(score).collect()
}

fn thought(text: &str) -> Event {
    let mut event = Event::default();
    event.kind = Some(Kind::Reasoning);
    event.role = Some(Role::Assistant);
    event.reasoning = Some(text.to_owned());
    event
}

fn rank(severity: Severity) -> f64 {
    Severity::ALL.iter().position(|one| *one == severity).map_or(0.0, |at| at as f64 + 1.0)
}

/// At most so many texts teach; more add hours and no knowledge.
const MAX_TRAIN: usize = 20_000;
const FOLDS: usize = 5;

/// What counting words reaches that other texts have taught.
pub(super) fn words_of(
    examples: &[Example],
    train: &Examples,
    is: impl Fn(&Example) -> bool,
) -> Vec<f64> {
    let mut some: Vec<&Example> = train.all.iter().collect();
    if some.len() > MAX_TRAIN {
        // By hash, so that no order of a file decides which kind is seen.
        some.sort_by_cached_key(|one| Id16::of("draw", &[one.texts[0].as_bytes()]));
        let left = some.len() - MAX_TRAIN;
        some.truncate(MAX_TRAIN);
        Ui::error(&format!("{} of --train are not used.", counted(left as u64, "text")));
    }
    let taught: Vec<String> = some.iter().map(|example| example.texts.join("\n")).collect();
    let taught: Vec<&str> = taught.iter().map(String::as_str).collect();
    let positive: Vec<bool> = some.iter().map(|example| is(example)).collect();
    let texts = joined(examples);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    words::fitted_elsewhere(&texts, &taught, &positive)
}

/// What counting words reaches that the other groups have taught.
pub(super) fn words_within(
    examples: &[Example],
    positive: &[bool],
    clusters: &[usize],
) -> Vec<f64> {
    let texts = joined(examples);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let folds: Vec<usize> = clusters.iter().map(|cluster| cluster % FOLDS).collect();
    words::cross_fitted(&texts, positive, &folds)
}

fn joined(examples: &[Example]) -> Vec<String> {
    examples.iter().map(|example| example.texts.join("\n")).collect()
}
