//! How often each detector of a lake is right, by the same labels that a classifier is measured by: rules, the judge of
//! sessions and classifiers alike, also where there are no thoughts to read.

use super::labelled::{Labels, Unit};
use crate::cli::query::{Opened, literal};
use crate::record::Id16;
use crate::report::rows;
use std::collections::{BTreeMap, BTreeSet};

/// What a detector flags among what is labelled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Detector {
    pub(super) name: String,
    /// Positives and negatives that it flags.
    pub(super) flagged: (usize, usize),
    /// All positives and negatives; none where only what was flagged was decided on.
    pub(super) all: Option<(usize, usize)>,
}

/// What the detectors of a lake flag. Decisions on findings speak of the finding alone: one detector may be right on
/// an event, and another wrong.
///
/// # Errors
/// If the lake cannot be read.
pub(super) fn of_lake(
    opened: &Opened,
    labels: &Labels<'_>,
    units: &BTreeMap<Unit, bool>,
) -> anyhow::Result<Vec<Detector>> {
    if matches!(labels, Labels::Triage) {
        return decided(opened);
    }
    if units.is_empty() {
        return Ok(Vec::new());
    }
    let positives = units.values().filter(|is_positive| **is_positive).count();
    let all = Some((positives, units.len() - positives));
    let mut flags: BTreeMap<String, BTreeSet<&Unit>> =
        all_of(opened)?.into_iter().map(|name| (name, BTreeSet::new())).collect();
    let units_in_order: Vec<&Unit> = units.keys().collect();
    // Ids go into the query itself, so not too many at once.
    for few in units_in_order.chunks(500) {
        for (detector, unit) in flagged(opened, few)? {
            if let Some((unit, _)) = units.get_key_value(&unit) {
                flags.entry(detector).or_default().insert(unit);
            }
        }
    }
    let of = |(name, flagged): (String, BTreeSet<&Unit>)| {
        let right = flagged.iter().filter(|unit| units[**unit]).count();
        Detector { name, flagged: (right, flagged.len() - right), all }
    };
    Ok(flags.into_iter().map(of).collect())
}

/// Detectors with a finding anywhere: who finds nothing of what is labelled has a line too.
fn all_of(opened: &Opened) -> anyhow::Result<Vec<String>> {
    let mut all = Vec::new();
    for batch in opened.rows("select distinct detector_id from findings")? {
        all.extend((0..batch.num_rows()).filter_map(|row| rows::text(&batch, row, "detector_id")));
    }
    Ok(all)
}

/// By decisions on findings: confirmed and benign ones are right.
fn decided(opened: &Opened) -> anyhow::Result<Vec<Detector>> {
    const SQL: &str = "
select detector_id, triage_state, count(*) as findings from findings
where triage_state in ('confirmed', 'benign', 'false_positive') group by 1, 2 order by 1, 2";
    let mut all: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for batch in opened.rows(SQL)? {
        for row in 0..batch.num_rows() {
            let text = |name: &str| rows::text(&batch, row, name).unwrap_or_default();
            let count = text("findings").parse().unwrap_or(0);
            let (right, wrong) = all.entry(text("detector_id")).or_default();
            *(if text("triage_state") == "false_positive" { wrong } else { right }) += count;
        }
    }
    Ok(all.into_iter().map(|(name, flagged)| Detector { name, flagged, all: None }).collect())
}

/// Detectors with what they have a finding on: events they quote, and sessions.
fn flagged(opened: &Opened, units: &[&Unit]) -> anyhow::Result<Vec<(String, Unit)>> {
    let (mut events, mut sessions) = (vec!["''".to_owned()], vec!["''".to_owned()]);
    for unit in units {
        match unit {
            Unit::Event(id) if Id16::parse(id).is_some() => events.push(literal(id)),
            Unit::Event(_) => {}
            Unit::Session(id) => sessions.push(literal(id)),
        }
    }
    let sql = format!(
        "select distinct detector_id, 'session' as kind, session_id as id from findings where session_id in ({0}) \
         union select distinct detector_id, 'event', encode(event_id, 'hex') from findings \
         where encode(event_id, 'hex') in ({1}) \
         union select distinct detector_id, 'event', quoted from \
         (select detector_id, unnest(evidence_event_ids) as quoted from findings) where quoted in ({1})",
        sessions.join(", "),
        events.join(", ")
    );
    let mut found = Vec::new();
    for batch in opened.rows(&sql)? {
        for row in 0..batch.num_rows() {
            let text = |name: &str| rows::text(&batch, row, name).unwrap_or_default();
            let id = text("id");
            let unit = if text("kind") == "event" { Unit::Event(id) } else { Unit::Session(id) };
            found.push((text("detector_id"), unit));
        }
    }
    Ok(found)
}
