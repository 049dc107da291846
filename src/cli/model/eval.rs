//! `reveille model eval`: what a classifier is worth on labelled texts, beside what is simpler.
//!
//! Knows labelled texts and scores; which text came from where is [`super::examples`]'s and
//! [`super::labelled`]'s business, how it is printed [`super::figures`]'s.

use super::examples::{Example, Examples, POSITIVE};
use super::figures::{DETECTORS, Figure, Report, Top};
use super::labelled::Labels;
use super::scores::{ByModel, Scored, words_of, words_within};
use crate::cli::classifier::ModelArg;
use crate::cli::exit::Exit;
use crate::cli::options::Global;
use crate::cli::query::format;
use crate::cli::ui::Ui;
use crate::detect::classifier::Classifier;
use crate::lake::Lake;
use crate::measure::{Calibration, Curve, Interval, calibration, compare, wilson};
use crate::query::print::Format;
use crate::report::escape;
use crate::report::summary::counted;
use anyhow::ensure;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Measure a classifier on labelled texts
///
/// Takes JSON lines {"text": …, "labels": […]} or {"text": …, "label": 0 or 1}, with `session` or `group` (what
/// belongs together), `source`, `model` and `language` where they are known; or a lake and labels of its
/// events or sessions. Prints AUROC with intervals (bootstrap over sessions or groups), the share found at
/// 1 % and 0.1 % false alarms and at the model's own threshold, and how far it is ahead of length, of the
/// shipped rules, of counting words and of its own first stage alone. Output for programs has more: average
/// precision, the share found over all rates up to 1 %, and how much of what is flagged would be right if one text of
/// 100, 1,000 or 10,000 were a positive. Of a lake every detector with a finding has a line too, rules and the judge of sessions
/// among them: what it finds, what it flags wrongly, and how much of what it flags is right.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille model eval corpora/reasoning/heldout
  reveille model eval texts.jsonl --train corpora/reasoning --out report
  reveille model eval texts.jsonl --model ./my-model --beside shipped
  reveille model eval ./lake                                 # by what analysts said of findings
  reveille model eval ./lake --labels verdicts.csv --format json")]
pub(super) struct Args {
    /// Files of JSON lines, folders of them, - for standard input, or one lake
    #[arg(required = true, value_hint = clap::ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    model: ModelArg,
    /// Folder of another classifier to compare with; `shipped` is the one that comes with the program
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    beside: Option<PathBuf>,
    /// For a lake: file of labels as `reveille label import` takes them; from 0.5 on, and in words such as
    /// yes, positive, malicious or unsafe, they say so [default: the labels in the lake]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    labels: Option<PathBuf>,
    /// For a lake: name of the labels that count [default: all of a file's, else analysts' decisions on
    /// findings]
    #[arg(long, value_name = "NAME")]
    label: Option<String>,
    /// Labelled texts that counting words learns from [default: the other groups of what is measured]
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    train: Vec<PathBuf>,
    /// Also write report.json and plots (SVG) to this folder
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    out: Option<PathBuf>,
    /// Output: table, json, ndjson, csv or parquet [default: table on a terminal, else ndjson]
    #[arg(long, value_parser = format)]
    format: Option<Format>,
}

pub(super) fn run(args: &Args, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let classifier = args.model.load()?;
    let examples = read(args, &harmless(&classifier), global)?;
    let train = training(args, &examples, ui)?;
    let mut scored = Scored::of(&examples.all, &classifier, global.thread_count())?;
    if classifier.model.manifest.second.is_some() {
        let first = args.model.load()?.first_stage();
        scored.first = Some(ByModel::of(&examples.all, &first, global.thread_count())?);
    }
    if let Some(other) = args.other()? {
        scored.other = Some(ByModel::of(&examples.all, &other, global.thread_count())?);
    }
    let mut report = Report::new(&classifier, &examples, scored.unread);
    if matches!(args.labels_of_lake(), Labels::Triage) && args.lake().is_some() {
        report.say(TRIAGE_ONLY);
    }
    let positives = examples.all.iter().filter(|example| !example.labels.is_empty()).count();
    if examples.all.is_empty() {
        report.say("Nothing that is labelled has thoughts, so only detectors are measured.");
    } else if positives == 0 || positives == examples.all.len() {
        Ui::error("warning: all examples are of one kind, so nothing can be told apart");
    }
    let questions = questions(&classifier, &examples.all)?;
    let any = questions[0].name.clone();
    let own = match args.lake() {
        None => scored.model.as_detectors(&examples.all, |example| questions[0].is(example)),
        Some(_) => Vec::new(),
    };
    for question in questions.into_iter().filter(|_| !examples.all.is_empty()) {
        Measured::new(question, &examples.all, &scored, train.as_ref()).figures(&mut report);
    }
    report.add_detectors(&any, &own, OWN);
    report.add_detectors(&any, &examples.detectors, DETECTORS);
    report.print(args.format)?;
    if let Some(folder) = &args.out {
        report.write(folder)?;
        ui.tell(&format!("Written to {}.", folder.display()));
    }
    report.summary().iter().for_each(|line| ui.tell(line));
    super::notices(&classifier).iter().for_each(|line| ui.tell(line));
    let partial = examples.rejected > 0 || train.is_some_and(|train| train.rejected > 0);
    Ok(Exit { partial, ..Exit::OK })
}

impl Args {
    /// The classifier to compare with.
    fn other(&self) -> anyhow::Result<Option<Classifier>> {
        let Some(folder) = &self.beside else { return Ok(None) };
        let shipped = folder.as_os_str() == "shipped";
        let arg = ModelArg { model: (!shipped).then(|| folder.clone()), ..self.model.clone() };
        Ok(Some(arg.load()?))
    }
}

/// What counting words learns from, without what is measured.
fn training(args: &Args, examples: &Examples, ui: Ui) -> anyhow::Result<Option<Examples>> {
    if args.train.is_empty() {
        return Ok(None);
    }
    let mut train = Examples::of_files(&args.train)?;
    let measured: BTreeSet<&String> = examples.all.iter().flat_map(|one| &one.texts).collect();
    let before = train.all.len();
    train.all.retain(|one| !one.texts.iter().any(|text| measured.contains(text)));
    let (left, same) = (train.all.len(), before - train.all.len());
    ensure!(left > 0, "--train has no text that is not measured");
    if same > 0 {
        ui.tell(&format!(
            "{} of --train are measured here and teach nothing.",
            counted(same as u64, "text")
        ));
    }
    Ok(Some(train))
}

/// What the classifier flags as a detector.
const OWN: &str = "`any finding` and `alerts` are what findings of the classifier flag, by the thresholds of all labels \
    that make some; their intervals take each example as standing alone.";

/// Decisions exist only on what was found.
const TRIAGE_ONLY: &str = "These are decisions on findings, so only texts in which something was found: what the \
    detectors miss is not in these figures, and the line of `rules` is held to what rules chose. Findings that are right and \
    no harm count as right for the detector that made them, and for nothing else.";

impl Args {
    /// The lake among the paths.
    fn lake(&self) -> Option<&PathBuf> {
        self.paths.iter().find(|path| Lake::is_one(path))
    }

    fn labels_of_lake(&self) -> Labels<'_> {
        match (&self.labels, &self.label) {
            (Some(file), name) => Labels::File(file, name.as_deref()),
            (None, Some(name)) => Labels::Named(name),
            (None, None) => Labels::Triage,
        }
    }
}

fn read(args: &Args, harmless: &[String], global: &Global) -> anyhow::Result<Examples> {
    let Some(lake) = args.lake() else {
        ensure!(
            args.labels.is_none() && args.label.is_none(),
            "--labels and --label are for lakes; {} is none",
            args.paths[0].display()
        );
        return Examples::of_files(&args.paths);
    };
    ensure!(args.paths.len() == 1, "a lake is measured alone: give one, or files only");
    Examples::of_lake(lake, &args.labels_of_lake(), harmless, global)
}

/// Labels without a threshold, such as `benign`, which say that there is nothing.
fn harmless(classifier: &Classifier) -> Vec<String> {
    let manifest = &classifier.model.manifest;
    let is_harmless = |label: &&String| *label != TURNED && !manifest.hunt.contains_key(*label);
    manifest.labels.iter().filter(is_harmless).cloned().collect()
}

/// What is asked of the scores: one label, or whether there is anything at all.
pub(super) struct Question {
    /// What it is called.
    name: String,
    /// The label; none for anything at all.
    label: Option<String>,
    /// The score from which the model itself says so.
    hunt: Option<f64>,
    /// Labels of the model that are nothing to be found.
    harmless: Vec<String>,
}

/// Stands for any of the others, in a model that has it.
pub(super) const TURNED: &str = "turned";

/// Whether there is anything, and each label that the examples and the model know. Labels that only the
/// examples know are named.
fn questions(classifier: &Classifier, examples: &[Example]) -> anyhow::Result<Vec<Question>> {
    let manifest = &classifier.model.manifest;
    let known: BTreeSet<&String> = examples.iter().flat_map(|example| &example.labels).collect();
    let has = |name: &str| manifest.labels.iter().any(|label| label == name);
    let hunt = |label: &str| manifest.hunt.get(label).map(|least| f64::from(*least));
    let strange: Vec<&str> =
        known.iter().map(|l| l.as_str()).filter(|l| *l != POSITIVE && !has(l)).collect();
    if !strange.is_empty() {
        Ui::error(&format!(
            "warning: labels that the model does not have count only as positives of anything: {}",
            escape::line(&strange.join(", "))
        ));
    }
    let harmless = harmless(classifier);
    let any = match has(TURNED) {
        true => Question { name: TURNED.to_owned(), label: None, hunt: hunt(TURNED), harmless },
        false => Question { name: "any".to_owned(), label: None, hunt: None, harmless },
    };
    ensure!(
        has(TURNED) || !manifest.hunt.is_empty(),
        "model {}: no label of it has a `hunt` threshold, so nothing says which mean trouble",
        manifest.name
    );
    let of = |label: &String| Question {
        name: label.clone(),
        label: Some(label.clone()),
        hunt: hunt(label),
        harmless: Vec::new(),
    };
    let own = manifest.labels.iter().filter(|label| *label != TURNED && known.contains(label));
    Ok([any].into_iter().chain(own.map(of)).collect())
}

impl Question {
    /// Whether an example is a positive.
    fn is(&self, example: &Example) -> bool {
        match &self.label {
            Some(label) => example.labels.contains(label),
            None => example.labels.iter().any(|label| !self.harmless.contains(label)),
        }
    }
}

/// One question, its positives, and all scores beside each other.
struct Measured<'a> {
    question: Question,
    examples: &'a [Example],
    positive: Vec<bool>,
    clusters: Vec<usize>,
    /// The model's comes first.
    scores: Vec<(&'static str, Vec<f64>)>,
}

/// What the score of the model is called.
pub(super) const MODEL: &str = "model";

impl<'a> Measured<'a> {
    fn new(
        question: Question,
        examples: &'a [Example],
        scored: &Scored,
        train: Option<&Examples>,
    ) -> Self {
        let positive: Vec<bool> = examples.iter().map(|example| question.is(example)).collect();
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        let mut number = |example: &'a Example| {
            let next = names.len();
            *names.entry(&example.cluster).or_insert(next)
        };
        let clusters: Vec<usize> = examples.iter().map(&mut number).collect();
        let words = match train {
            Some(train) => words_of(examples, train, |example| question.is(example)),
            None => words_within(examples, &positive, &clusters),
        };
        let label = question.label.as_deref();
        let mut scores = vec![
            (MODEL, scored.model.of_label(label)),
            ("length", scored.length.clone()),
            ("rules", scored.rules.clone()),
            ("words", words),
        ];
        scores.extend(scored.first.as_ref().map(|first| ("first stage", first.of_label(label))));
        scores.extend(scored.other.as_ref().map(|other| ("beside", other.of_label(label))));
        scores.extend(scored.judged.clone().map(|judged| ("session judge", judged)));
        Self { question, examples, positive, clusters, scores }
    }

    fn figures(&self, report: &mut Report) {
        let all: Vec<usize> = (0..self.examples.len()).collect();
        let values: Vec<Vec<f64>> = self.scores.iter().map(|(_, values)| values.clone()).collect();
        let compared = compare(&values, &self.positive, &self.clusters);
        for ((name, values), compared) in self.scores.iter().zip(&compared) {
            let mut figure = self.figure(name, values, &all, compared.auroc);
            figure.ahead = (*name != MODEL).then_some(compared.behind);
            report.add(figure, self.curve(values, &all));
        }
        let mut parts: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (at, example) in self.examples.iter().enumerate() {
            for (kind, name) in &example.parts {
                parts.entry((kind, name)).or_default().push(at);
            }
        }
        for ((kind, name), of) in largest(parts) {
            let values = &self.scores[0].1;
            let own: Vec<f64> = of.iter().map(|at| values[*at]).collect();
            let positive: Vec<bool> = of.iter().map(|at| self.positive[*at]).collect();
            let clusters: Vec<usize> = of.iter().map(|at| self.clusters[*at]).collect();
            let auroc = compare(&[own], &positive, &clusters)[0].auroc;
            let mut figure = self.figure(MODEL, values, &of, auroc);
            figure.part = Some(format!("{kind} {name}"));
            report.add_part(figure);
        }
    }

    fn curve(&self, values: &[f64], of: &[usize]) -> Curve {
        Curve::new(of.iter().map(|at| (values[*at], self.positive[*at])))
    }

    fn figure(&self, name: &'static str, values: &[f64], of: &[usize], auroc: Interval) -> Figure {
        let own: Vec<f64> = of.iter().map(|at| values[*at]).collect();
        let positive: Vec<bool> = of.iter().map(|at| self.positive[*at]).collect();
        let clusters: BTreeSet<usize> = of.iter().map(|at| self.clusters[*at]).collect();
        let curve = self.curve(values, of);
        let is_model = name == MODEL;
        let hunt = self.question.hunt.filter(|_| is_model);
        Figure {
            label: self.question.name.clone(),
            part: None,
            score: name.into(),
            count: curve.len(),
            clusters: Some(clusters.len()),
            unscored: of.iter().filter(|at| values[**at] == f64::NEG_INFINITY).count(),
            auroc,
            ahead: None,
            at_1pct: curve.at_false_alarms(0.01).0,
            at_01pct: curve.at_false_alarms(0.001).0,
            at_hunt: hunt.map(|least| curve.at_threshold(least)),
            precision: hunt.map(|least| right(&own, &positive, least)),
            calibration: is_model.then(|| calibrated(&own, &positive)).flatten(),
            top: Top::of(&curve),
        }
    }
}

/// The share of positives among what scores from a threshold on.
fn right(scores: &[f64], positive: &[bool], least: f64) -> Interval {
    let flagged = scores.iter().zip(positive).filter(|(score, _)| **score >= least);
    let flagged: Vec<bool> = flagged.map(|(_, is_positive)| *is_positive).collect();
    wilson(flagged.iter().filter(|is_positive| **is_positive).count(), flagged.len())
}

/// How far the scores of what has one can be believed.
fn calibrated(scores: &[f64], positive: &[bool]) -> Option<Calibration> {
    let read = scores.iter().zip(positive).filter(|(score, _)| score.is_finite());
    let (scores, positive): (Vec<f64>, Vec<bool>) = read.unzip();
    calibration(&scores, &positive)
}

/// At most so many parts of a kind are measured apart; a folder of a thousand files has a thousand sources.
const MAX_PARTS: usize = 24;

type Parts<'a> = BTreeMap<(&'a str, &'a str), Vec<usize>>;

/// The largest parts of each kind, in the order of their names.
fn largest(parts: Parts<'_>) -> Parts<'_> {
    let mut by_size: Vec<_> = parts.iter().map(|(name, of)| (of.len(), *name)).collect();
    by_size.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut is_kept = |kind| {
        let count = seen.entry(kind).or_default();
        *count += 1;
        *count <= MAX_PARTS
    };
    let kept: BTreeSet<_> =
        by_size.into_iter().filter(|(_, name)| is_kept(name.0)).map(|(_, name)| name).collect();
    parts.into_iter().filter(|(name, _)| kept.contains(name)).collect()
}
