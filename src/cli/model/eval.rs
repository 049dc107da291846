//! `reveille model eval`: what a classifier is worth on labelled texts, beside what is simpler.
//!
//! Knows labelled texts and scores; which text came from where is [`super::examples`]'s and
//! [`super::labelled`]'s business, how it is printed [`super::figures`]'s.

use super::examples::{Example, Examples};
use super::figures::{Figure, Report};
use super::labelled::Labels;
use crate::cli::classifier::ModelArg;
use crate::cli::exit::Exit;
use crate::cli::options::Global;
use crate::cli::query::format;
use crate::cli::ui::Ui;
use crate::detect::classifier::Classifier;
use crate::detect::rules::RuleSet;
use crate::lake::Lake;
use crate::measure::{Curve, calibration, compare, words};
use crate::query::print::Format;
use crate::record::{Event, Kind, Role, Severity};
use crate::report::summary::counted;
use anyhow::{bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Measure a classifier on labelled texts
///
/// Takes JSON lines {"text": …, "labels": […]} or {"text": …, "label": 0 or 1}, with `session` or `group` (what
/// belongs together), `source`, `model` and `language` where they are known; or a lake and labels of its
/// events or sessions. Prints AUROC with intervals (bootstrap over sessions or groups), the share found at
/// 1 % and 0.1 % false alarms and at the model's own threshold, and how far it is ahead of length, of the
/// shipped rules and of counting words.
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
    /// For a lake: file of labels as `reveille label import` takes them [default: the labels in the lake]
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
    let examples = read(args, global)?;
    let train = training(args, &examples, ui)?;
    let classifier = args.model.load()?;
    let mut scored = Scored::of(&examples.all, &classifier)?;
    if let Some(other) = args.other()? {
        let (scores, _) = by_model(&examples.all, &other)?;
        scored.other = Some((other.model.manifest.labels.clone(), scores));
    }
    let labels = judged_labels(&classifier, &examples.all);
    let mut report = Report::new(&classifier, &examples, scored.unread);
    for label in &labels {
        Measured::new(label, &examples.all, &scored, train.as_ref(), &classifier)
            .figures(&mut report);
    }
    report.print(args.format)?;
    if let Some(folder) = &args.out {
        report.write(folder)?;
        ui.tell(&format!("Written to {}.", folder.display()));
    }
    report.summary().iter().for_each(|line| ui.tell(line));
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

fn read(args: &Args, global: &Global) -> anyhow::Result<Examples> {
    let lakes = args.paths.iter().filter(|path| Lake::is_one(path)).count();
    if lakes == 0 {
        ensure!(
            args.labels.is_none() && args.label.is_none(),
            "--labels and --label are for lakes; {} is none",
            args.paths[0].display()
        );
        return Examples::of_files(&args.paths);
    }
    let [lake] = args.paths.as_slice() else {
        bail!("a lake is measured alone: give one, or files only");
    };
    let labels = match (&args.labels, &args.label) {
        (Some(file), name) => Labels::File(file, name.as_deref()),
        (None, Some(name)) => Labels::Named(name),
        (None, None) => Labels::Triage,
    };
    Examples::of_lake(lake, &labels, global)
}

/// The labels of the model that the examples know; the first, which stands for any of them, always.
fn judged_labels(classifier: &Classifier, examples: &[Example]) -> Vec<String> {
    let known: BTreeSet<&String> = examples.iter().flat_map(|example| &example.labels).collect();
    let labels = classifier.model.manifest.labels.iter().enumerate();
    labels.filter(|(at, label)| *at == 0 || known.contains(label)).map(|(_, l)| l.clone()).collect()
}

/// Scores that do not depend on what is asked.
struct Scored {
    /// Per label of the model.
    model: Vec<Vec<f64>>,
    length: Vec<f64>,
    rules: Vec<f64>,
    judged: Option<Vec<f64>>,
    /// Labels and scores of another classifier.
    other: Option<(Vec<String>, Vec<Vec<f64>>)>,
    /// Examples in which the classifier could read nothing.
    unread: u64,
}

impl Scored {
    fn of(examples: &[Example], classifier: &Classifier) -> anyhow::Result<Self> {
        let (model, unread) = by_model(examples, classifier)?;
        let bytes = |example: &Example| example.texts.iter().map(|text| text.len() as f64).sum();
        let any_judged = examples.iter().any(|example| example.judged.is_some());
        let judged = |example: &Example| example.judged.unwrap_or(f64::NEG_INFINITY);
        Ok(Self {
            model,
            length: examples.iter().map(bytes).collect(),
            rules: by_rules(examples),
            judged: any_judged.then(|| examples.iter().map(judged).collect()),
            other: None,
            unread,
        })
    }
}

/// The scores of each label of a classifier, and in how many examples it could read nothing.
fn by_model(examples: &[Example], classifier: &Classifier) -> anyhow::Result<(Vec<Vec<f64>>, u64)> {
    let labels = classifier.model.manifest.labels.len();
    let mut scores = vec![vec![0.0_f64; examples.len()]; labels];
    let mut unread = 0;
    for (at, example) in examples.iter().enumerate() {
        let texts: Vec<&str> = example.texts.iter().map(String::as_str).collect();
        let scored = classifier.score(&texts)?;
        unread += u64::from(scored.iter().all(|one| one.window_count == 0));
        for (label, scores) in scores.iter_mut().enumerate() {
            let best = scored.iter().map(|one| f64::from(one.scores[label]));
            scores[at] = best.fold(0.0, f64::max);
        }
    }
    Ok((scores, unread))
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

/// One label, its positives, and all scores beside each other.
struct Measured<'a> {
    label: &'a str,
    examples: &'a [Example],
    positive: Vec<bool>,
    clusters: Vec<usize>,
    /// The model's comes first.
    scores: Vec<(&'static str, Vec<f64>)>,
    hunt: Option<f64>,
}

/// What the score of the model is called.
pub(super) const MODEL: &str = "model";

impl<'a> Measured<'a> {
    fn new(
        label: &'a str,
        examples: &'a [Example],
        scored: &Scored,
        train: Option<&Examples>,
        classifier: &Classifier,
    ) -> Self {
        let manifest = &classifier.model.manifest;
        let number = manifest.labels.iter().position(|one| one == label).unwrap_or_default();
        let is_positive = |example: &Example| is(example, label, number);
        let positive: Vec<bool> = examples.iter().map(is_positive).collect();
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        let clusters: Vec<usize> = examples
            .iter()
            .map(|example| {
                let next = names.len();
                *names.entry(&example.cluster).or_insert(next)
            })
            .collect();
        let words =
            by_words(examples, &positive, &clusters, train.map(|train| (train, label, number)));
        let mut scores = vec![
            (MODEL, scored.model[number].clone()),
            ("length", scored.length.clone()),
            ("rules", scored.rules.clone()),
            ("words", words),
        ];
        if let Some((labels, others)) = &scored.other {
            // Where it has no such label, its first stands for all of its own.
            let number = labels.iter().position(|one| one == label).unwrap_or_default();
            scores.push(("beside", others[number].clone()));
        }
        scores.extend(scored.judged.clone().map(|judged| ("session judge", judged)));
        let hunt = manifest.hunt.get(label).map(|least| f64::from(*least));
        Self { label, examples, positive, clusters, scores, hunt }
    }

    fn figures(&self, report: &mut Report) {
        let all: Vec<usize> = (0..self.examples.len()).collect();
        let values: Vec<Vec<f64>> = self.scores.iter().map(|(_, values)| values.clone()).collect();
        let compared = compare(&values, &self.positive, &self.clusters);
        for ((name, values), compared) in self.scores.iter().zip(&compared) {
            let mut figure = self.figure(name, values, &all);
            figure.auroc = compared.auroc;
            figure.ahead = (*name != MODEL).then_some(compared.behind);
            report.add(figure, self.curve(values, &all));
        }
        let mut parts: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (at, example) in self.examples.iter().enumerate() {
            for (kind, name) in &example.parts {
                parts.entry((kind, name)).or_default().push(at);
            }
        }
        for ((kind, name), of) in parts {
            let mut figure = self.figure(MODEL, &self.scores[0].1, &of);
            figure.part = Some(format!("{kind} {name}"));
            report.add_part(figure);
        }
    }

    fn curve(&self, values: &[f64], of: &[usize]) -> Curve {
        Curve::new(of.iter().map(|at| (values[*at], self.positive[*at])))
    }

    fn figure(&self, name: &'static str, values: &[f64], of: &[usize]) -> Figure {
        let pick = |values: &[f64]| of.iter().map(|at| values[*at]).collect::<Vec<f64>>();
        let positive: Vec<bool> = of.iter().map(|at| self.positive[*at]).collect();
        let clusters: Vec<usize> = of.iter().map(|at| self.clusters[*at]).collect();
        let curve = self.curve(values, of);
        let is_model = name == MODEL;
        Figure {
            label: self.label.to_owned(),
            part: None,
            score: name,
            count: curve.len(),
            clusters: clusters.iter().collect::<BTreeSet<_>>().len(),
            auroc: compare(&[pick(values)], &positive, &clusters)[0].auroc,
            ahead: None,
            at_1pct: curve.at_false_alarms(0.01).0,
            at_01pct: curve.at_false_alarms(0.001).0,
            at_hunt: self.hunt.filter(|_| is_model).map(|least| curve.at_threshold(least)),
            calibration: is_model.then(|| calibration(&pick(values), &positive)).flatten(),
        }
    }
}

/// Whether an example is a positive of a label of the model. The first label means any of them,
/// unless the examples use it themselves.
fn is(example: &Example, label: &str, number: usize) -> bool {
    let named = example.labels.contains(label);
    if number == 0 { named || !example.labels.is_empty() } else { named }
}

/// At most so many texts teach; more add hours and no knowledge.
const MAX_TRAIN: usize = 20_000;
const FOLDS: usize = 5;

fn by_words(
    examples: &[Example],
    positive: &[bool],
    clusters: &[usize],
    train: Option<(&Examples, &str, usize)>,
) -> Vec<f64> {
    let joined = |examples: &[Example]| -> Vec<String> {
        examples.iter().map(|example| example.texts.join("\n")).collect()
    };
    let texts = joined(examples);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    match train {
        Some((train, label, number)) => {
            let some = &train.all[..train.all.len().min(MAX_TRAIN)];
            let taught = joined(some);
            let taught: Vec<&str> = taught.iter().map(String::as_str).collect();
            let positive: Vec<bool> = some.iter().map(|one| is(one, label, number)).collect();
            words::fitted_elsewhere(&texts, &taught, &positive)
        }
        None => {
            let folds: Vec<usize> = clusters.iter().map(|cluster| cluster % FOLDS).collect();
            words::cross_fitted(&texts, positive, &folds)
        }
    }
}
