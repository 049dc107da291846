//! Figures of a measurement: as rows, as JSON, as pictures, in words.

use super::detectors::Detector;
use super::eval::MODEL;
use super::examples::Examples;
use crate::cli::query::{default_format, print_rows};
use crate::detect::classifier::Classifier;
use crate::measure::plot::{self, Bar, Line};
use crate::measure::{Calibration, Curve, Interval, wilson};
use crate::query::print::Format;
use crate::report::summary::counted;
use anyhow::Context as _;
use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

/// What one score is worth on all texts or on a part of them.
#[derive(Debug)]
pub(super) struct Figure {
    pub(super) label: String,
    /// None for all.
    pub(super) part: Option<String>,
    pub(super) score: Cow<'static, str>,
    /// Positives and negatives.
    pub(super) count: (usize, usize),
    /// Sessions or groups, where intervals are by these.
    pub(super) clusters: Option<usize>,
    pub(super) auroc: Interval,
    /// Examples that have no such score, and rank below all that have.
    pub(super) unscored: usize,
    /// How far the model is ahead of this score.
    pub(super) ahead: Option<Interval>,
    pub(super) at_1pct: Interval,
    pub(super) at_01pct: Interval,
    /// Shares of positives and negatives from the model's threshold on.
    pub(super) at_hunt: Option<(Interval, Interval)>,
    /// The share that is right of what is flagged here.
    pub(super) precision: Option<Interval>,
    pub(super) calibration: Option<Calibration>,
    pub(super) top: Top,
}

/// What stands at the top.
#[derive(Debug, Clone, Copy)]
pub(super) struct Top {
    /// Average precision, with as many positives as there are here.
    pub(super) average_precision: f64,
    /// Mean share found at up to 1 % of false alarms.
    pub(super) partial: f64,
    /// Place of the first positive.
    pub(super) first: Option<usize>,
}

impl Top {
    /// Of what has no order.
    const NONE: Self = Self { average_precision: f64::NAN, partial: f64::NAN, first: None };

    pub(super) fn of(curve: &Curve) -> Self {
        Self {
            average_precision: curve.average_precision(),
            partial: curve.partial_area(0.01),
            first: curve.first_positive(),
        }
    }
}

/// All figures of a run.
#[derive(Debug)]
pub(super) struct Report {
    about: Value,
    figures: Vec<Figure>,
    curves: Vec<(String, Cow<'static, str>, Curve)>,
    said: Vec<String>,
}

impl Report {
    pub(super) fn new(classifier: &Classifier, examples: &Examples, unread: u64) -> Self {
        let model = &classifier.model;
        let (runtime, device) = classifier.place();
        let count = examples.all.len() as u64;
        let about = json!({
            "program": env!("CARGO_PKG_VERSION"), "model": model.manifest.name,
            "version": model.manifest.version, "sha256": model.sha256, "runtime": runtime, "device": device,
            "examples": count, "rejected": examples.rejected, "nothing_to_read": unread,
            "without_thoughts": examples.without_thoughts, "not_in_lake": examples.unknown,
            "not_judged": examples.not_judged(),
        });
        let mut said = vec![format!(
            "{}, {} rejected, {unread} with nothing that could be judged (no score, so below all others); labelled but not evaluated: {} \
             without thoughts, {} not in the lake.",
            counted(count, "example"),
            counted(examples.rejected, "line"),
            examples.without_thoughts,
            examples.unknown
        )];
        said.push(
            "Intervals are 95 %: bootstrap over sessions or groups, Wilson's for shares. `ahead` is the \
             model's AUROC less that of the score beside it."
                .to_owned(),
        );
        said.extend(not_judged(examples));
        Self { about, figures: Vec::new(), curves: Vec::new(), said }
    }

    pub(super) fn add(&mut self, figure: Figure, curve: Curve) {
        self.curves.push((figure.label.clone(), figure.score.clone(), curve));
        self.figures.push(figure);
    }

    pub(super) fn add_part(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// Detectors, by the same labels, and a note on them.
    pub(super) fn add_detectors(&mut self, label: &str, detectors: &[Detector], note: &str) {
        if !detectors.is_empty() {
            self.said.push(note.to_owned());
        }
        self.figures.extend(detectors.iter().map(|detector| Figure::of_detector(label, detector)));
    }

    /// Says something that whoever reads the figures must know.
    pub(super) fn say(&mut self, text: &str) {
        self.about["note"] = text.into();
        self.said.push(text.to_owned());
    }

    /// What stands beside the figures.
    pub(super) fn summary(&self) -> &[String] {
        &self.said
    }

    pub(super) fn print(&self, format: Option<Format>) -> anyhow::Result<()> {
        match format.unwrap_or_else(default_format) {
            Format::Table => print_rows(self.table()?, Some(Format::Table)),
            other => print_rows(self.rows()?, Some(other)),
        }
    }

    /// For people: a value and its interval in one column.
    fn table(&self) -> anyhow::Result<RecordBatch> {
        let texts = |of: &dyn Fn(&Figure) -> String| -> ArrayRef {
            Arc::new(self.figures.iter().map(|figure| Some(of(figure))).collect::<StringArray>())
        };
        Ok(RecordBatch::try_from_iter([
            ("label", texts(&|f| f.label.clone())),
            ("on", texts(&|f| f.part.clone().unwrap_or_else(|| "all".to_owned()))),
            ("score", texts(&Figure::name)),
            ("positive/negative", texts(&|f| format!("{}/{}", f.count.0, f.count.1))),
            ("AUROC", texts(&|f| shown(f.auroc))),
            ("ahead", texts(&|f| f.ahead.map(shown).unwrap_or_default())),
            ("found at 1 %", texts(&|f| shown(f.at_1pct))),
            ("at 0.1 %", texts(&|f| shown(f.at_01pct))),
            ("at hunt", texts(&|f| f.at_hunt.map(|(found, _)| shown(found)).unwrap_or_default())),
            ("false", texts(&|f| f.at_hunt.map(|(_, wrong)| shown(wrong)).unwrap_or_default())),
            ("precision", texts(&|f| f.precision.map(shown).unwrap_or_default())),
        ])?)
    }

    /// For programs: a column per number.
    fn rows(&self) -> anyhow::Result<RecordBatch> {
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        let all = || self.figures.iter();
        let text = |values: StringArray| Arc::new(values) as ArrayRef;
        columns.push(("label".to_owned(), text(all().map(|f| Some(&f.label)).collect())));
        columns.push(("part".to_owned(), text(all().map(|f| f.part.as_ref()).collect())));
        columns.push(("score".to_owned(), text(all().map(|f| Some(f.score.as_ref())).collect())));
        let mut count = |name: &str, of: &dyn Fn(&Figure) -> usize| {
            let values: Int64Array = all().map(|f| Some(of(f) as i64)).collect();
            columns.push((name.to_owned(), Arc::new(values)));
        };
        count("positives", &|f| f.count.0);
        count("negatives", &|f| f.count.1);
        count("unscored", &|f| f.unscored);
        let clusters: Int64Array = all().map(|f| f.clusters.map(|count| count as i64)).collect();
        columns.insert(columns.len() - 1, ("clusters".to_owned(), Arc::new(clusters)));
        for (name, of) in INTERVALS {
            let column = |part: &dyn Fn(&Interval) -> f64| -> ArrayRef {
                let value = |figure| of(figure).map(|interval| part(&interval)).and_then(rounded);
                Arc::new(all().map(value).collect::<Float64Array>())
            };
            columns.push(((*name).to_owned(), column(&|interval| interval.value)));
            columns.push((format!("{name}_low"), column(&|interval| interval.low)));
            columns.push((format!("{name}_high"), column(&|interval| interval.high)));
        }
        let calibrated = |of: &dyn Fn(&Calibration) -> f64| -> ArrayRef {
            let value = |figure: &Figure| figure.calibration.as_ref().map(of).and_then(rounded);
            Arc::new(all().map(value).collect::<Float64Array>())
        };
        columns.push(("ece".to_owned(), calibrated(&|calibration| calibration.ece)));
        columns.push(("brier".to_owned(), calibrated(&|calibration| calibration.brier)));
        for (name, of) in NUMBERS {
            let value = |figure: &Figure| of(figure).and_then(rounded);
            columns.push((
                (*name).to_owned(),
                Arc::new(all().map(value).collect::<Float64Array>()) as ArrayRef,
            ));
        }
        Ok(RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, column)| (name, column, true)),
        )?)
    }

    /// Writes `report.json` and three pictures per label.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let put = |name: &str, text: String| {
            let path = folder.join(name);
            std::fs::write(&path, text).with_context(|| path.display().to_string())
        };
        let figures: Vec<Value> = self.figures.iter().map(Figure::json).collect();
        let report = json!({ "about": self.about, "figures": figures });
        put("report.json", format!("{}\n", serde_json::to_string_pretty(&report)?))?;
        let whole = self.figures.iter().filter(|f| f.score == MODEL && f.part.is_none());
        for figure in whole {
            let label = &figure.label;
            let lines: Vec<Line> =
                self.curves.iter().filter(|(of, _, _)| of == label).map(line).collect();
            put(
                &format!("roc-{label}.svg"),
                plot::roc(&format!("{label}: found, false alarms"), &lines),
            )?;
            if let Some(calibration) = &figure.calibration {
                let title = format!("{label}: reliability, both kinds alike");
                put(
                    &format!("reliability-{label}.svg"),
                    plot::reliability(&title, &calibration.bins),
                )?;
            }
            put(
                &format!("parts-{label}.svg"),
                plot::bars(&format!("{label}: AUROC"), &self.bars(label)),
            )?;
        }
        Ok(())
    }

    fn bars(&self, label: &str) -> Vec<Bar> {
        let of = self.figures.iter().filter(|figure| figure.label == label);
        let known = of.filter(|figure| !figure.auroc.value.is_nan());
        known
            .map(|figure| Bar {
                name: figure.part.clone().unwrap_or_else(|| format!("all, {}", figure.score)),
                value: (figure.auroc.value, figure.auroc.low, figure.auroc.high),
            })
            .collect()
    }
}

/// What a detector's line does not show.
pub(super) const DETECTORS: &str = "Lines of detectors are of all that is labelled, with thoughts or without, and any finding of theirs \
    counts, whatever its version and lane; their intervals take each as standing alone.";

/// Names of the columns with intervals, and what is in them.
type Column = (&'static str, fn(&Figure) -> Option<Interval>);
const INTERVALS: &[Column] = &[
    ("auroc", |f| Some(f.auroc)),
    ("ahead", |f| f.ahead),
    ("tpr_at_1pct", |f| Some(f.at_1pct)),
    ("tpr_at_01pct", |f| Some(f.at_01pct)),
    ("tpr_at_hunt", |f| f.at_hunt.map(|(found, _)| found)),
    ("fpr_at_hunt", |f| f.at_hunt.map(|(_, wrong)| wrong)),
    ("precision", |f| f.precision),
];

/// Names of the columns with single numbers. Precision is what is right of all that the model's threshold flags,
/// were one of a hundred, of a thousand, of ten thousand texts a positive.
type Number = (&'static str, fn(&Figure) -> Option<f64>);
const NUMBERS: &[Number] = &[
    ("base_rate", |f| Some(f.count.0 as f64 / (f.count.0 + f.count.1) as f64)),
    ("average_precision", |f| Some(f.top.average_precision)),
    ("partial_auroc_1pct", |f| Some(f.top.partial)),
    ("first_positive", |f| f.top.first.map(|place| place as f64)),
    ("precision_at_hunt_1_in_100", |f| f.precision(0.01)),
    ("precision_at_hunt_1_in_1000", |f| f.precision(0.001)),
    ("precision_at_hunt_1_in_10000", |f| f.precision(0.0001)),
];

impl Figure {
    /// A detector either flags something or does not, so it has no order.
    fn of_detector(label: &str, detector: &Detector) -> Self {
        let none = Interval { value: f64::NAN, low: f64::NAN, high: f64::NAN };
        let (right, wrong) = detector.flagged;
        let shares = |(positives, negatives)| (wilson(right, positives), wilson(wrong, negatives));
        Self {
            label: label.to_owned(),
            part: None,
            score: format!("detector {}", detector.name).into(),
            count: detector.all.unwrap_or(detector.flagged),
            clusters: None,
            auroc: none,
            unscored: 0,
            ahead: None,
            at_1pct: none,
            at_01pct: none,
            at_hunt: detector.all.map(shares),
            precision: (right + wrong > 0).then(|| wilson(right, right + wrong)),
            calibration: None,
            top: Top::NONE,
        }
    }

    /// What is right of all that the threshold flags, at a share of positives among all.
    fn precision(&self, share: f64) -> Option<f64> {
        let (found, wrong) = self.at_hunt?;
        let (right, wrong) = (found.value * share, wrong.value * (1.0 - share));
        Some(right / (right + wrong))
    }

    /// For people: the score, and how many have none.
    fn name(&self) -> String {
        match self.unscored {
            0 => self.score.to_string(),
            none => format!("{} ({none} without)", self.score),
        }
    }

    fn json(&self) -> Value {
        let mut value = json!({
            "label": self.label, "part": self.part, "score": self.score,
            "positives": self.count.0, "negatives": self.count.1, "clusters": self.clusters,
            "unscored": self.unscored,
        });
        for (name, of) in INTERVALS {
            let ends = |i: Interval| json!([rounded(i.value), rounded(i.low), rounded(i.high)]);
            value[*name] = of(self).map_or(Value::Null, ends);
        }
        for (name, of) in NUMBERS {
            value[*name] = json!(of(self).and_then(rounded));
        }
        if let Some(calibration) = &self.calibration {
            value["ece"] = json!(rounded(calibration.ece));
            value["brier"] = json!(rounded(calibration.brier));
        }
        value
    }
}

/// What the line of the session judge would not say.
fn not_judged(examples: &Examples) -> Option<String> {
    let (count, all) = (examples.not_judged()?, examples.all.len());
    let how = "`reveille judge` judges what was not";
    match count {
        0 => None,
        count if count == all => Some(format!(
            "No session here has a score of the session judge, which has no line; {how}."
        )),
        count => Some(format!(
            "{count} of {} are of sessions without a score of the session judge, whose line ranks them \
             below all others; {how}.",
            counted(all as u64, "example")
        )),
    }
}

fn line((_, name, curve): &(String, Cow<'static, str>, Curve)) -> Line {
    Line { name: name.to_string(), points: curve.points() }
}

fn rounded(value: f64) -> Option<f64> {
    value.is_finite().then(|| (value * 1e4).round() / 1e4)
}

/// `.848 [.832, .863]`; nothing where there is no value.
fn shown(interval: Interval) -> String {
    let number = |value: f64| {
        let text = format!("{value:.3}");
        match text.strip_prefix("0.").or(text.strip_prefix("-0.")) {
            Some(digits) if value < 0.0 => format!("-.{digits}"),
            Some(digits) => format!(".{digits}"),
            None => text,
        }
    };
    if interval.value.is_nan() {
        return String::new();
    }
    if interval.low.is_nan() {
        return number(interval.value);
    }
    format!("{} [{}, {}]", number(interval.value), number(interval.low), number(interval.high))
}
