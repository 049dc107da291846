//! The columns of the `events` table: one line each, with how to get and set it on an
//! [`Event`]. Everything that needs all columns (Arrow batches, export, documentation) walks
//! this table, so a column is added in one place.

mod batch;
mod table;

pub use batch::{PARSER_VERSION, RunStamp, batch_of, events_of};
pub use table::COLUMNS;

use super::Event;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::sync::{Arc, LazyLock};

use Access::{
    Attrs, Batch, Binary, Bool, Date, Double, Flags, IngestTime, Int, Large, Long, Parser, Text,
    Time,
};

/// One column of the `events` table.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it means, for people.
    pub doc: &'static str,
    /// How to get and set it.
    pub access: Access,
}

/// Gets a column's value.
pub type Get<T> = fn(&Event) -> Option<T>;
/// Gets a borrowed value.
pub type GetRef<T> = for<'a> fn(&'a Event) -> Option<&'a T>;
/// Sets a column's value.
pub type Set<T> = fn(&mut Event, T);
/// Sets from a borrowed value.
pub type SetRef<T> = for<'a> fn(&mut Event, &'a T);

/// How a column is got from and set on an event, by its type.
#[derive(Debug)]
pub enum Access {
    /// Short strings.
    Text(GetRef<str>, SetRef<str>),
    /// Free text.
    Large(GetRef<str>, SetRef<str>),
    /// Ids and hashes.
    Binary(GetRef<[u8]>, SetRef<[u8]>),
    /// Truth values.
    Bool(Get<bool>, Set<bool>),
    /// 64-bit integers.
    Long(Get<i64>, Set<i64>),
    /// 32-bit integers.
    Int(Get<i32>, Set<i32>),
    /// Floating-point numbers.
    Double(Get<f64>, Set<f64>),
    /// Times, in microseconds.
    Time(Get<i64>, Set<i64>),
    /// Days since the epoch; follows from `ts`.
    Date(Get<i32>),
    /// The list of flags.
    Flags,
    /// The map of attributes.
    Attrs,
    /// The commit that wrote the row; same for a whole batch.
    Batch,
    /// When the row was written; same for a whole batch.
    IngestTime,
    /// The version of the mapping; same for a whole batch.
    Parser,
}

/// The column with this name.
#[must_use]
pub fn column(name: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.name == name)
}

/// The Arrow schema of the `events` table.
#[must_use]
pub fn event_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> =
        LazyLock::new(|| Arc::new(Schema::new(COLUMNS.iter().map(field).collect::<Vec<_>>())));
    SCHEMA.clone()
}

fn field(column: &Column) -> Field {
    use super::schema;
    match column.access {
        Text(..) | Batch | Parser => schema::text(column.name),
        Large(..) => schema::large_text(column.name),
        Binary(..) => schema::binary(column.name),
        Bool(..) => schema::boolean(column.name),
        Long(..) => schema::long(column.name),
        Int(..) => Field::new(column.name, DataType::Int32, true),
        Double(..) => schema::double(column.name),
        Time(..) | IngestTime => schema::timestamp(column.name),
        Date(_) => Field::new(column.name, DataType::Date32, true),
        Flags => schema::text_list(column.name),
        Attrs => schema::text_map(column.name),
    }
}

/// A static copy of a short name that is read back from a table. The set of names is small:
/// formats, flags and statuses of this program; past a bound the name becomes `other`.
#[must_use]
pub fn intern(text: &str) -> &'static str {
    use std::collections::BTreeSet;
    use std::sync::Mutex;
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    const MAX_NAMES: usize = 4096;
    let mut names = NAMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(name) = names.get(text) {
        return name;
    }
    if names.len() >= MAX_NAMES || text.len() > 256 {
        return "other";
    }
    let name: &'static str = Box::leak(text.to_owned().into_boxed_str());
    names.insert(name);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn what_is_set_is_got() {
        let mut event = Event::default();
        for column in COLUMNS {
            if let Text(get, set) | Large(get, set) = &column.access {
                let value = match column.name {
                    "kind" => "reasoning",
                    "role" => "assistant",
                    "conversation_id_source" => "native",
                    "branch_state" => "abandoned",
                    "ts_quality" => "exact",
                    "reasoning_state" => "plain",
                    "reasoning_source" => "inline_tag",
                    "tool_join" => "order",
                    _ => "value",
                };
                set(&mut event, value);
                assert_eq!(get(&event), Some(value), "{}", column.name);
            }
        }
    }
}
