//! Labelled thoughts of a lake: labels of events or sessions, or what analysts said of findings.

use super::detectors;
use super::examples::{Example, Examples, MAX_TOLD, POSITIVE, length, said};
use crate::cli::label;
use crate::cli::options::{Global, LakeArg};
use crate::cli::query::{Opened, literal, open};
use crate::cli::ui::Ui;
use crate::pipeline::labels::Label;
use crate::record::Id16;
use crate::report::summary::counted;
use crate::report::{escape, rows};
use anyhow::ensure;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What a label may say.
const VALUES: &str = "a `score`, or a `value` of yes, true, 1, positive, malicious, unsafe, … or no, false, 0, negative, benign, safe, …";

/// Which labels of a lake are meant.
#[derive(Debug)]
pub(super) enum Labels<'a> {
    /// What analysts said of findings.
    Triage,
    /// Those of this name in the table `labels`.
    Named(&'a str),
    /// Those of a file, of this name if one is given.
    File(&'a Path, Option<&'a str>),
}

impl Labels<'_> {
    /// What to do where nothing is labelled.
    fn none_said(&self) -> String {
        match self {
            Self::Triage => {
                "no finding here is confirmed or called false; `reveille label` asks for \
                decisions, --labels FILE or --label NAME takes labels"
                    .to_owned()
            }
            Self::Named(name) => format!(
                "no label `{}` in this lake says yes or no ({VALUES}); `reveille label import` brings some in",
                escape::line(name)
            ),
            Self::File(path, _) => {
                format!("{}: no label says yes or no: expected {VALUES}", path.display())
            }
        }
    }
}

/// What is labelled: an event or a whole session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Event(String),
    Session(String),
}

impl Examples {
    /// The labelled thoughts of a lake. Labels that are harmless say that there is nothing.
    pub(super) fn of_lake(
        path: &Path,
        labels: &Labels<'_>,
        harmless: &[String],
        global: &Global,
    ) -> anyhow::Result<Self> {
        let opened = open(&LakeArg { lake: path.to_owned() }, global)?;
        let mut examples = Self { is_of_lake: true, ..Self::default() };
        let labelled = examples.labelled(&opened, labels)?;
        let units: Vec<&Unit> = labelled.keys().collect();
        let judged = judged(&opened)?;
        let mut in_lake = BTreeMap::new();
        // Ids go into the query itself, so not too many at once.
        for few in units.chunks(500) {
            let known = known(&opened, few)?;
            examples.unknown += few.iter().filter(|unit| !known.contains(**unit)).count() as u64;
            let mut found = thoughts(&opened, few)?;
            let is_positive = |label: &String| !harmless.contains(label);
            in_lake.extend(known.iter().filter_map(|unit| {
                Some((unit.clone(), labelled.get(unit)?.iter().any(is_positive)))
            }));
            for unit in few.iter().filter(|unit| known.contains(**unit)) {
                match found.remove(*unit) {
                    None => examples.without_thoughts += 1,
                    Some(mut example) => {
                        example.judged = judged.get(&example.cluster).copied();
                        example.labels = labelled.get(*unit).cloned().unwrap_or_default();
                        let bytes = example.texts.iter().map(String::len).sum();
                        example.parts.push(("length", length(bytes).to_owned()));
                        examples.all.push(example);
                    }
                }
            }
        }
        examples.detectors = detectors::of_lake(&opened, labels, &in_lake)?;
        ensure!(!labelled.is_empty() || !examples.detectors.is_empty(), "{}", labels.none_said());
        ensure!(
            !examples.all.is_empty() || !examples.detectors.is_empty(),
            "none of {} labelled events and sessions has thoughts or findings in this lake ({} are not in it)",
            labelled.len(),
            examples.unknown
        );
        Ok(examples)
    }

    /// What is labelled, and with what; a label that says no leaves nothing. Where labels of one name
    /// contradict each other, yes wins.
    fn labelled(
        &mut self,
        opened: &Opened,
        labels: &Labels<'_>,
    ) -> anyhow::Result<BTreeMap<Unit, BTreeSet<String>>> {
        let mut all: BTreeMap<Unit, BTreeSet<String>> = BTreeMap::new();
        let mut strange: Vec<String> = Vec::new();
        let (rows, rejected) = rows_of(opened, labels)?;
        self.rejected += rejected;
        for row in rows {
            let unit = row.event_id.map(|id| Unit::Event(id.to_ascii_lowercase()));
            let Some(unit) = unit.or_else(|| row.session_id.map(Unit::Session)) else { continue };
            match meaning(row.score, row.value.as_deref()) {
                Some(is) => all.entry(unit).or_default().extend(is.then_some(row.name)),
                None => strange.push(row.value.unwrap_or_else(|| "no number".to_owned())),
            }
        }
        if let Some(first) = strange.first() {
            self.rejected += strange.len() as u64;
            Ui::error(&format!(
                "warning: {} neither yes nor no and left out, such as `{}`; expected {VALUES}",
                counted(strange.len() as u64, "label"),
                escape::line(first)
            ));
        }
        // Decisions may be on findings alone that are right and no harm.
        let may_be_none = matches!(labels, Labels::Triage);
        ensure!(may_be_none || !all.is_empty(), "{}", labels.none_said());
        Ok(all)
    }
}

/// The labels meant, and how many lines of a file were none.
fn rows_of(opened: &Opened, labels: &Labels<'_>) -> anyhow::Result<(Vec<Label>, u64)> {
    let sql = match labels {
        Labels::File(path, name) => {
            let mut found = label::read(path, None)?;
            found.told.iter().take(MAX_TOLD as usize).for_each(|line| Ui::error(line));
            found.labels.retain(|label| name.is_none_or(|name| label.name == name));
            return Ok((found.labels, found.rejected));
        }
        Labels::Named(name) => format!(
            "select event_id, session_id, name, score, value from labels where name = {}",
            literal(name)
        ),
        Labels::Triage => format!(
            "select event_id, session_id, '{POSITIVE}' as name, cast(null as double) as score, \
             triage_state as value from findings where triage_state in ('confirmed', 'false_positive')"
        ),
    };
    let mut all = Vec::new();
    for batch in opened.rows(&sql)? {
        for row in 0..batch.num_rows() {
            let text = |name: &str| rows::text(&batch, row, name);
            all.push(Label {
                session_id: text("session_id"),
                event_id: text("event_id"),
                name: text("name").unwrap_or_default(),
                value: text("value"),
                score: text("score").and_then(|score| score.parse().ok()),
                source: None,
            });
        }
    }
    Ok((all, 0))
}

fn meaning(score: Option<f64>, value: Option<&str>) -> Option<bool> {
    score.filter(|score| !score.is_nan()).map(|score| score >= 0.5).or_else(|| said(value?))
}

/// The newest score of each judged session.
fn judged(opened: &Opened) -> anyhow::Result<BTreeMap<String, f64>> {
    let mut scores = BTreeMap::new();
    for batch in
        opened.rows("select session_id, score from session_scores where score is not null")?
    {
        for row in 0..batch.num_rows() {
            let score = rows::text(&batch, row, "score").and_then(|score| score.parse().ok());
            scores.extend(rows::text(&batch, row, "session_id").zip(score));
        }
    }
    Ok(scores)
}

/// A condition that takes the events of these.
fn condition(units: &[&Unit]) -> String {
    let (mut events, mut sessions) = (vec!["X''".to_owned()], vec!["''".to_owned()]);
    for unit in units {
        match unit {
            Unit::Event(id) if Id16::parse(id).is_some() => {
                events.push(format!("X'{id}'"));
            }
            Unit::Event(_) => {}
            Unit::Session(id) => sessions.push(literal(id)),
        }
    }
    format!("(event_id in ({}) or session_id in ({}))", events.join(", "), sessions.join(", "))
}

/// Those that the lake has.
fn known(opened: &Opened, units: &[&Unit]) -> anyhow::Result<BTreeSet<Unit>> {
    let sql =
        format!("select distinct event_id, session_id from events where {}", condition(units));
    let mut known = BTreeSet::new();
    for batch in opened.rows(&sql)? {
        for row in 0..batch.num_rows() {
            known.extend(rows::text(&batch, row, "event_id").map(Unit::Event));
            known.extend(rows::text(&batch, row, "session_id").map(Unit::Session));
        }
    }
    Ok(known)
}

/// The thoughts of each. An event may be labelled by itself and with its session.
fn thoughts(opened: &Opened, units: &[&Unit]) -> anyhow::Result<BTreeMap<Unit, Example>> {
    let wanted: BTreeSet<&Unit> = units.iter().copied().collect();
    let sql = format!(
        "select event_id, session_id, reasoning, source_format, \
         coalesce(response_model, request_model) as model from events \
         where reasoning is not null and coalesce(role, '') <> 'environment' and {} \
         order by session_id, stream_id, seq",
        condition(units)
    );
    let mut found: BTreeMap<Unit, Example> = BTreeMap::new();
    for batch in opened.rows(&sql)? {
        for row in 0..batch.num_rows() {
            let text = |name: &str| rows::text(&batch, row, name).unwrap_or_default();
            let session = text("session_id");
            for unit in [Unit::Event(text("event_id")), Unit::Session(session.clone())] {
                if !wanted.contains(&unit) {
                    continue;
                }
                let example = found.entry(unit).or_insert_with(|| Example {
                    cluster: session.clone(),
                    parts: [("source", text("source_format")), ("model", text("model"))]
                        .into_iter()
                        .filter(|(_, name)| !name.is_empty())
                        .collect(),
                    ..Example::default()
                });
                example.texts.push(text("reasoning"));
            }
        }
    }
    Ok(found)
}
