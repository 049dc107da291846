//! Events as NDJSON, one object per row with the columns of the `events` table.
//!
//! The first key is `reveille_event`, the version of this form. Columns without a value are
//! left out; ids are lower hex, times RFC 3339 in UTC with microseconds, `flags` is an array
//! and `attrs` an object of strings. [`super::canonical`] reads it back to equal events.

use crate::formats::json::write_string;
use crate::record::Event;
use crate::record::columns::{Access, COLUMNS, PARSER_VERSION, RunStamp};
use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat};
use std::fmt::Write as _;

/// The key that marks an exported row.
pub const MARK: &str = "reveille_event";
/// Version of the form.
pub const VERSION: i64 = 1;

const EPOCH_FROM_CE: i32 = 719_163;

/// One event as a line of NDJSON, without the line end. `run` adds the columns that are the
/// same for a whole batch.
#[must_use]
pub fn write(event: &Event, run: Option<&RunStamp>) -> String {
    let mut out = format!("{{\"{MARK}\":{VERSION}");
    for column in COLUMNS {
        write_column(&mut out, column.name, &column.access, event, run);
    }
    out.push('}');
    out
}

fn write_column(
    out: &mut String,
    name: &str,
    access: &Access,
    event: &Event,
    run: Option<&RunStamp>,
) {
    match access {
        Access::Text(get, _) | Access::Large(get, _) => text(out, name, get(event)),
        Access::Binary(get, _) => {
            text(out, name, get(event).map(hex::encode).as_deref());
        }
        Access::Bool(get, _) => plain(out, name, get(event)),
        Access::Long(get, _) => plain(out, name, get(event)),
        Access::Int(get, _) => plain(out, name, get(event)),
        Access::Double(get, _) => plain(out, name, get(event).filter(|number| number.is_finite())),
        Access::Time(get, _) => time(out, name, get(event)),
        Access::Date(get) => text(out, name, get(event).and_then(date).as_deref()),
        Access::Flags => flags(out, name, &event.flags),
        Access::Attrs => attrs(out, name, &event.attrs),
        Access::Batch => text(out, name, run.map(|run| run.batch_id.as_str())),
        Access::IngestTime => time(out, name, run.map(|run| run.ingest_micros)),
        Access::Parser => text(out, name, run.map(|_| PARSER_VERSION)),
    }
}

fn key(out: &mut String, name: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
}

fn text(out: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        key(out, name);
        write_string(out, value);
    }
}

fn plain(out: &mut String, name: &str, value: Option<impl std::fmt::Display>) {
    if let Some(value) = value {
        key(out, name);
        let _ = write!(out, "{value}");
    }
}

/// Times that RFC 3339 cannot write stay a number of microseconds.
fn time(out: &mut String, name: &str, micros: Option<i64>) {
    let Some(micros) = micros else { return };
    match DateTime::from_timestamp_micros(micros).filter(|t| (0..=9999).contains(&t.year())) {
        Some(time) => text(out, name, Some(&time.to_rfc3339_opts(SecondsFormat::Micros, true))),
        None => plain(out, name, Some(micros)),
    }
}

fn date(days: i32) -> Option<String> {
    let day = NaiveDate::from_num_days_from_ce_opt(days.checked_add(EPOCH_FROM_CE)?)?;
    Some(day.to_string())
}

fn flags(out: &mut String, name: &str, flags: &[&'static str]) {
    key(out, name);
    out.push('[');
    for (n, flag) in flags.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        write_string(out, flag);
    }
    out.push(']');
}

fn attrs(out: &mut String, name: &str, attrs: &[(String, String)]) {
    if attrs.is_empty() {
        return;
    }
    key(out, name);
    out.push('{');
    for (n, (attr, value)) in attrs.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        write_string(out, attr);
        out.push(':');
        write_string(out, value);
    }
    out.push('}');
}
