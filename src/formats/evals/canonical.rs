//! Reveille's own export, read back: every column stays as it was exported.
//!
//! Ids, order, joins and evidence are those of the first ingest; nothing is derived again, so
//! that a lake that is exported and imported has equal rows. Which columns there are, and how
//! each is set, is the table in `record::columns`. A column of a newer version, or a value
//! this version does not know, is kept in `attrs`.

use super::canonical_write::{MARK, VERSION};
use crate::formats::{Format, Json, Reader, Record, Sink};
use crate::record::columns::{Access, COLUMNS, column, intern};
use crate::record::{Event, Kind, Reason};
use chrono::DateTime;

const ID: &str = "reveille";
/// Without these a row has no identity and no place.
const REQUIRED: [&str; 6] = ["event_id", "content_hash", "kind", "stream_id", "seq", "session_id"];

/// See the module.
pub struct Canonical;

impl Format for Canonical {
    fn id(&self) -> &'static str {
        ID
    }

    fn title(&self) -> &'static str {
        "Reveille export: one event per line, all columns"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        match record.entries().first() {
            Some((key, Json::Number(_))) if key == MARK => 100,
            _ => 0,
        }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(RowReader)
    }
}

struct RowReader;

impl Reader for RowReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        sink.push_verbatim(parse(record.json)?);
        Ok(())
    }
}

/// The event a row describes.
///
/// # Errors
/// If the row is of a newer version, lacks what identifies it, or a column has the wrong type.
pub fn parse(row: &Json<'_>) -> Result<Event, Reason> {
    if row.at(MARK).i64().is_none_or(|version| version > VERSION) {
        return Err(Reason::UnsupportedFormat("reveille export of a newer version"));
    }
    if let Some(field) = REQUIRED.into_iter().find(|field| row.at(field).is_null()) {
        return Err(Reason::MissingField { format: ID, field });
    }
    let mut event = Event::default();
    for (name, value) in row.entries() {
        match column(name) {
            _ if value.is_null() || name == MARK => {}
            Some(column) => set(&mut event, column.name, &column.access, value)?,
            None => event.attr(name.as_ref(), value.compact()),
        }
    }
    event.kind.get_or_insert(Kind::Unknown);
    Ok(event)
}

fn set(
    event: &mut Event,
    name: &'static str,
    access: &Access,
    value: &Json<'_>,
) -> Result<(), Reason> {
    let wrong = |expected| Reason::WrongType {
        format: ID,
        field: name,
        expected,
        found: value.type_name(),
    };
    match access {
        Access::Text(get, set) | Access::Large(get, set) => {
            let text = value.str().ok_or_else(|| wrong("a string"))?;
            set(event, text);
            if get(event) != Some(text) {
                event.attr(name, value.compact());
            }
        }
        Access::Binary(get, set) => {
            let bytes = value.str().and_then(|text| hex::decode(text).ok());
            let bytes = bytes.ok_or_else(|| wrong("hex digits"))?;
            set(event, &bytes);
            if get(event) != Some(bytes.as_slice()) {
                return Err(wrong("an id of its length"));
            }
        }
        Access::Bool(_, set) => set(event, value.bool().ok_or_else(|| wrong("a boolean"))?),
        Access::Long(_, set) => set(event, value.i64().ok_or_else(|| wrong("an integer"))?),
        Access::Int(_, set) => {
            let number = value.i64().and_then(|number| i32::try_from(number).ok());
            set(event, number.ok_or_else(|| wrong("a 32-bit integer"))?);
        }
        Access::Double(_, set) => set(event, value.f64().ok_or_else(|| wrong("a number"))?),
        Access::Time(_, set) => set(event, micros(value).ok_or_else(|| wrong("a time"))?),
        Access::Flags => set_flags(event, value).ok_or_else(|| wrong("an array of strings"))?,
        Access::Attrs => set_attrs(event, value).ok_or_else(|| wrong("an object"))?,
        Access::Date(_) | Access::Batch | Access::IngestTime | Access::Parser => {}
    }
    Ok(())
}

fn micros(value: &Json<'_>) -> Option<i64> {
    match value {
        Json::String(text) => Some(DateTime::parse_from_rfc3339(text).ok()?.timestamp_micros()),
        other => other.i64(),
    }
}

fn set_flags(event: &mut Event, value: &Json<'_>) -> Option<()> {
    let Json::Array(flags) = value else { return None };
    for flag in flags {
        event.flags.push(intern(flag.str()?));
    }
    Some(())
}

fn set_attrs(event: &mut Event, value: &Json<'_>) -> Option<()> {
    let Json::Object(attrs) = value else { return None };
    for (name, value) in attrs {
        event.attr(name.as_ref(), value.display().unwrap_or_default());
    }
    Some(())
}

/// Whether two events have equal rows.
#[must_use]
pub fn same_row(one: &Event, other: &Event) -> bool {
    COLUMNS.iter().all(|column| match &column.access {
        Access::Text(get, _) | Access::Large(get, _) => get(one) == get(other),
        Access::Binary(get, _) => get(one) == get(other),
        Access::Bool(get, _) => get(one) == get(other),
        Access::Long(get, _) | Access::Time(get, _) => get(one) == get(other),
        Access::Int(get, _) | Access::Date(get) => get(one) == get(other),
        Access::Double(get, _) => get(one) == get(other),
        Access::Flags => one.flags == other.flags,
        Access::Attrs => one.attrs == other.attrs,
        Access::Batch | Access::IngestTime | Access::Parser => true,
    })
}

#[cfg(test)]
mod tests;
