//! What stands at the end of a sample: scores, errors, limits; and what stands in for a
//! conversation that never began.

use super::super::shared::{flatten, label};
use super::sample::Walk;
use crate::formats::Json;
use crate::formats::common::leftovers;
use crate::record::{Event, Kind, Role, Time};

impl Walk<'_> {
    /// Scores, and how the sample ended.
    pub(super) fn ending(&mut self, sample: &Json<'_>, pointer: &str) {
        let last = sample.at("events").items().last().map(|event| event.at("timestamp").time());
        let ts = match sample.at("completed_at") {
            Json::Null => last.unwrap_or_default().inherited(),
            completed => completed.time(),
        };
        for (name, score) in sample.at("scores").entries() {
            self.score(name, score, &format!("{pointer}/scores/{name}"), ts);
        }
        let failures =
            std::iter::once(sample.at("error")).chain(sample.at("error_retries").items());
        for (n, error) in failures.enumerate().filter(|(_, error)| !error.is_null()) {
            let mut row = Event::new(Kind::Error, Role::Environment);
            row.ts = ts;
            row.status = Some("error");
            row.error_message = error.any_of(&["message", "traceback"]).display();
            leftovers(&mut row, error, &["message", "traceback_ansi"]);
            self.push_alone("error", None, &format!("{pointer}/error/{n}"), row);
        }
        if sample.at("limit").is_object() {
            let mut row = Event::new(Kind::Lifecycle, Role::Environment);
            row.ts = ts;
            flatten(&mut row, "limit", sample.at("limit"));
            self.push_alone("limit", None, &format!("{pointer}/limit"), row);
        }
    }

    /// One row per value; a score may have several.
    pub(super) fn score(&mut self, name: &str, score: &Json<'_>, pointer: &str, ts: Time) {
        let values: Vec<(String, &Json<'_>)> = match score.at("value") {
            Json::Object(parts) => {
                parts.iter().map(|(part, value)| (format!("{name}.{part}"), value)).collect()
            }
            value => vec![(name.to_owned(), value)],
        };
        for (name, value) in values {
            let Some(mut row) = label(&name, value, super::ID) else { continue };
            if let Some(label) = row.label.as_mut() {
                label.score = label.score.or_else(|| grade(value.str()?));
            }
            leftovers(&mut row, score, &["value"]);
            flatten(&mut row, "metadata", score.at("metadata"));
            flatten(&mut row, "history", score.at("history"));
            row.ts = ts;
            self.push_alone(&name, None, pointer, row);
        }
    }

    /// A sample that ended before anything was said: what it was to be given.
    pub(super) fn opening(&mut self, sample: &Json<'_>, pointer: &str) {
        let input = sample.at("input");
        if input.is_array() {
            self.messages(input.items(), Some(&format!("{pointer}/input")));
        } else {
            let mut row = Event::new(Kind::UserText, Role::User);
            row.text =
                input.display().map(|text| self.attachments.text(&text, &mut row).to_owned());
            self.push_alone("input", None, &format!("{pointer}/input"), row);
        }
    }
}

/// Inspect's letters for correct, partial, incorrect and no answer.
fn grade(letter: &str) -> Option<f64> {
    match letter {
        "C" => Some(1.0),
        "P" => Some(0.5),
        "I" | "N" => Some(0.0),
        _ => None,
    }
}
