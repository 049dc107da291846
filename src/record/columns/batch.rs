//! Events to Arrow batches and back, column by column.

use super::{Access, COLUMNS, event_schema, intern};
use crate::record::Event;
use crate::record::schema::text_map;
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryBuilder, BooleanArray, Date32Array, Float64Array, Int32Array,
    Int64Array, LargeStringBuilder, ListBuilder, MapBuilder, MapFieldNames, RecordBatch,
    StringArray, StringBuilder, TimestampMicrosecondArray, new_null_array,
};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow::error::ArrowError;
use std::borrow::Borrow;
use std::sync::Arc;

/// What a run writes into every row.
#[derive(Debug, Clone, Default)]
pub struct RunStamp {
    /// The commit.
    pub batch_id: String,
    /// When, in microseconds.
    pub ingest_micros: i64,
}

/// Version of the mapping from records to events; goes up when a reader changes its output.
pub const PARSER_VERSION: &str = "1";

/// Builds a batch of the `events` table from events or references to them.
///
/// # Errors
/// Never for events built by this crate; the schema and the arrays come from one table.
pub fn batch_of<E: Borrow<Event>>(events: &[E], run: &RunStamp) -> Result<RecordBatch, ArrowError> {
    let events: Vec<&Event> = events.iter().map(Borrow::borrow).collect();
    let arrays = COLUMNS.iter().map(|column| array_of(&column.access, &events, run)).collect();
    RecordBatch::try_new(event_schema(), arrays)
}

fn array_of(access: &Access, events: &[&Event], run: &RunStamp) -> ArrayRef {
    match access {
        Access::Text(get, _) => text_array(events, *get),
        Access::Large(get, _) => large_array(events, *get),
        Access::Binary(get, _) => binary_array(events, *get),
        Access::Bool(get, _) => {
            Arc::new(events.iter().map(|event| get(event)).collect::<BooleanArray>())
        }
        Access::Long(get, _) => {
            Arc::new(events.iter().map(|event| get(event)).collect::<Int64Array>())
        }
        Access::Int(get, _) => {
            Arc::new(events.iter().map(|event| get(event)).collect::<Int32Array>())
        }
        Access::Double(get, _) => {
            Arc::new(events.iter().map(|event| get(event)).collect::<Float64Array>())
        }
        Access::Date(get) => {
            Arc::new(events.iter().map(|event| get(event)).collect::<Date32Array>())
        }
        Access::Time(get, _) => times(events.iter().map(|event| get(event)).collect()),
        Access::Flags => flags_array(events),
        Access::Attrs => attrs_array(events),
        Access::Batch => repeated(&run.batch_id, events.len()),
        Access::Parser => repeated(PARSER_VERSION, events.len()),
        Access::IngestTime => {
            times(std::iter::repeat_n(Some(run.ingest_micros), events.len()).collect())
        }
    }
}

fn times(array: TimestampMicrosecondArray) -> ArrayRef {
    Arc::new(array.with_timezone("UTC"))
}

fn repeated(value: &str, rows: usize) -> ArrayRef {
    Arc::new(std::iter::repeat_n(Some(value), rows).collect::<StringArray>())
}

fn text_array(events: &[&Event], get: super::GetRef<str>) -> ArrayRef {
    let Some((first, bytes)) = extent(events, get) else {
        return new_null_array(&DataType::Utf8, events.len());
    };
    let mut builder = StringBuilder::with_capacity(events.len(), bytes);
    builder.append_nulls(first);
    for event in &events[first..] {
        builder.append_option(get(event));
    }
    Arc::new(builder.finish())
}

fn large_array(events: &[&Event], get: super::GetRef<str>) -> ArrayRef {
    let Some((first, bytes)) = extent(events, get) else {
        return new_null_array(&DataType::LargeUtf8, events.len());
    };
    let mut builder = LargeStringBuilder::with_capacity(events.len(), bytes);
    builder.append_nulls(first);
    for event in &events[first..] {
        builder.append_option(get(event));
    }
    Arc::new(builder.finish())
}

/// The first row with a value and the bytes of all values; most columns have none at all.
fn extent(events: &[&Event], get: super::GetRef<str>) -> Option<(usize, usize)> {
    let first = events.iter().position(|event| get(event).is_some())?;
    Some((first, events[first..].iter().filter_map(|event| get(event)).map(str::len).sum()))
}

fn binary_array(events: &[&Event], get: super::GetRef<[u8]>) -> ArrayRef {
    let mut builder = BinaryBuilder::with_capacity(events.len(), events.len() * 16);
    for event in events {
        builder.append_option(get(event));
    }
    Arc::new(builder.finish())
}

fn flags_array(events: &[&Event]) -> ArrayRef {
    let element = Field::new("element", DataType::Utf8, true);
    let mut builder = ListBuilder::new(StringBuilder::new()).with_field(element);
    for event in events {
        for flag in &event.flags {
            builder.values().append_value(flag);
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}

fn attrs_array(events: &[&Event]) -> ArrayRef {
    let names = MapFieldNames {
        entry: "key_value".to_owned(),
        key: "key".to_owned(),
        value: "value".to_owned(),
    };
    let mut builder = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for event in events {
        for (key, value) in &event.attrs {
            builder.keys().append_value(key);
            builder.values().append_value(value);
        }
        // Cannot fail: keys and values were appended in pairs.
        let _ = builder.append(!event.attrs.is_empty());
    }
    let array = builder.finish();
    debug_assert_eq!(array.data_type(), text_map("attrs").data_type());
    Arc::new(array)
}

/// Reads events back from a batch that has some or all columns of the `events` table. Columns
/// that are absent stay at their default; columns of the run are skipped.
///
/// # Errors
/// If a column has another type than the table gives it.
pub fn events_of(batch: &RecordBatch) -> Result<Vec<Event>, ArrowError> {
    let mut events = vec![Event::default(); batch.num_rows()];
    for column in COLUMNS {
        let Some(array) = batch.column_by_name(column.name) else { continue };
        read_column(&column.access, array, &mut events)
            .ok_or_else(|| wrong_type(column.name, array))?;
    }
    Ok(events)
}

fn wrong_type(name: &str, array: &ArrayRef) -> ArrowError {
    let found = array.data_type();
    ArrowError::SchemaError(format!("column `{name}` of `events` has the type {found}"))
}

fn read_column(access: &Access, array: &ArrayRef, events: &mut [Event]) -> Option<()> {
    match access {
        Access::Text(_, set) | Access::Large(_, set) => read_text(array, events, *set)?,
        Access::Binary(_, set) => {
            let values = array.as_binary_opt::<i32>()?;
            each(events, array, |event, row| set(event, values.value(row)));
        }
        Access::Bool(_, set) => {
            let values = array.as_boolean_opt()?;
            each(events, array, |event, row| set(event, values.value(row)));
        }
        Access::Long(_, set) => {
            let values = array.as_primitive_opt::<Int64Type>()?;
            each(events, array, |event, row| set(event, values.value(row)));
        }
        Access::Int(_, set) => {
            let values = array.as_primitive_opt::<Int32Type>()?;
            each(events, array, |event, row| set(event, values.value(row)));
        }
        Access::Double(_, set) => {
            let values = array.as_primitive_opt::<arrow::datatypes::Float64Type>()?;
            each(events, array, |event, row| set(event, values.value(row)));
        }
        Access::Time(_, set) => {
            let values = array.as_primitive_opt::<TimestampMicrosecondType>()?;
            each(events, array, |event, row| set(event, values.value(row)));
        }
        Access::Flags => read_flags(array, events)?,
        Access::Attrs => read_attrs(array, events)?,
        Access::Date(_) | Access::Batch | Access::IngestTime | Access::Parser => {}
    }
    Some(())
}

fn each(events: &mut [Event], array: &ArrayRef, mut set: impl FnMut(&mut Event, usize)) {
    for (row, event) in events.iter_mut().enumerate() {
        if array.is_valid(row) {
            set(event, row);
        }
    }
}

fn read_text(array: &ArrayRef, events: &mut [Event], set: super::SetRef<str>) -> Option<()> {
    if let Some(values) = array.as_string_opt::<i32>() {
        each(events, array, |event, row| set(event, values.value(row)));
    } else if let Some(values) = array.as_string_opt::<i64>() {
        each(events, array, |event, row| set(event, values.value(row)));
    } else {
        let values = array.as_string_view_opt()?;
        each(events, array, |event, row| set(event, values.value(row)));
    }
    Some(())
}

fn read_flags(array: &ArrayRef, events: &mut [Event]) -> Option<()> {
    let lists = array.as_list_opt::<i32>()?;
    each(events, array, |event, row| {
        let list = lists.value(row);
        if let Some(values) = list.as_string_opt::<i32>() {
            event.flags = values.iter().flatten().map(intern).collect();
        }
    });
    Some(())
}

fn read_attrs(array: &ArrayRef, events: &mut [Event]) -> Option<()> {
    let maps = array.as_map_opt()?;
    each(events, array, |event, row| {
        let entries = maps.value(row);
        let keys = entries.column(0).as_string_opt::<i32>();
        let values = entries.column(1).as_string_opt::<i32>();
        if let (Some(keys), Some(values)) = (keys, values) {
            let pairs = keys.iter().zip(values.iter());
            event.attrs = pairs
                .map(|(k, v)| (k.unwrap_or_default().into(), v.unwrap_or_default().into()))
                .collect();
        }
    });
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Kind, Role, Time};

    #[test]
    fn a_batch_reads_back_as_the_same_events() {
        let mut first = Event::new(Kind::ToolCall, Role::Assistant);
        first.text = Some("hé".into());
        first.ts = Time::exact(1_795_262_400_000_000);
        first.flags = vec!["lossy_utf8"];
        first.attrs = vec![("a".into(), "1".into()), ("b".into(), "\"x\"".into())];
        first.usage.input = Some(7);
        first.source_format = "test";
        let events = [first, Event::default()];
        let batch = batch_of(&events, &RunStamp::default()).unwrap();
        let back = events_of(&batch).unwrap();
        assert_eq!(format!("{:?}", back[0]), format!("{:?}", events[0]));
        assert_eq!(back[1].kind, None);
    }
}
