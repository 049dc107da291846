//! What an object says about the trajectory it holds: verdicts, errors, metrics.
//!
//! Verdicts are labels and never text, so that no search over transcripts finds the answers.

use super::common::failure;
use super::{ID, util};
use crate::formats::Json;
use crate::record::{Event, Kind, Label, Role};

/// Where evaluations and the issue resolver keep their verdicts.
const VERDICTS: [&[&str]; 4] = [
    &["success"],
    &["resolved"],
    &["test_result", "resolved"],
    &["test_result", "report", "resolved"],
];

/// The rows after the last event of a trajectory.
pub(super) fn events(holder: &Json<'_>, field: &str) -> Vec<Event> {
    let verdicts = VERDICTS.iter().filter_map(|path| verdict(holder, path));
    let mut rows: Vec<Event> = verdicts.collect();
    if let Some(text) = holder.at("error").display().filter(|text| !text.is_empty()) {
        let base = Event::default().with(|row| row.json_pointer = Some("/error".to_owned()));
        rows.push(failure(&base, Some(text)));
    }
    if rows.is_empty() && holder.entries().len() > 1 {
        rows.push(Event::new(Kind::Lifecycle, Role::Environment));
    }
    if let Some(first) = rows.first_mut() {
        util::flatten(first, "", holder, &[field, "success", "resolved", "error", "instruction"]);
    }
    rows
}

fn verdict(holder: &Json<'_>, path: &[&str]) -> Option<Event> {
    let value = holder.path(path).bool()?;
    let mut event = Event::new(Kind::Label, Role::Environment);
    event.json_pointer = Some(format!("/{}", path.join("/")));
    event.label = Some(Box::new(Label {
        name: path.last().copied().unwrap_or_default().to_owned(),
        value: Some(value.to_string()),
        score: Some(f64::from(u8::from(value))),
        source: Some(ID.to_owned()),
        target: None,
    }));
    Some(event)
}
