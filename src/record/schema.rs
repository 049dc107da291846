//! Arrow schemas of all tables of the lake, and the version of the layout.
//!
//! On disk there are only Delta's types: string, binary, long, integer, double, boolean, date,
//! timestamp (microseconds, UTC), array and map. Ids are `binary` (not fixed-size, which Delta
//! does not have), so that file, table and provider types agree and bloom filters prune.

mod judged;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use std::sync::{Arc, LazyLock};

/// Version of the lake's layout. A lake with a newer one is refused.
pub const FORMAT_VERSION: u32 = 1;

/// A table of the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// One row per content part.
    Events,
    /// What became known about events later; the views apply it.
    EventState,
    /// What detectors found.
    Findings,
    /// Analysts' decisions on findings.
    Triage,
    /// Judgements on sessions and events from outside.
    Labels,
    /// The exact bytes of each record.
    RawRecords,
    /// Every source and how far it has been read.
    Files,
    /// What could not be read.
    Quarantine,
    /// Which detector version has seen which batch of events.
    Scans,
    /// What a session was judged to be.
    SessionScores,
    /// What the calls of judged sessions do.
    Actions,
    /// Where the targets of actions come from.
    Provenance,
    /// What agents say they did.
    Claims,
    /// Edges between the events of judged sessions.
    SessionGraph,
    /// What a classifier says of thoughts.
    Scores,
}

impl Table {
    /// All tables, in the order in which a batch is committed: `events` is last and decides.
    pub const ALL: [Self; 15] = [
        Self::RawRecords,
        Self::Quarantine,
        Self::EventState,
        Self::Findings,
        Self::Triage,
        Self::Labels,
        Self::SessionScores,
        Self::Actions,
        Self::Provenance,
        Self::Claims,
        Self::SessionGraph,
        Self::Scores,
        Self::Scans,
        Self::Files,
        Self::Events,
    ];

    /// Tables whose rows belong to one judgement of a session and are out of date after the next.
    pub const JUDGED: [Self; 5] =
        [Self::SessionScores, Self::Actions, Self::Provenance, Self::Claims, Self::SessionGraph];

    /// Its name in SQL and its folder in the lake.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::EventState => "event_state",
            Self::Findings => "findings",
            Self::Triage => "triage",
            Self::Labels => "labels",
            Self::RawRecords => "raw_records",
            Self::Files => "files",
            Self::Quarantine => "quarantine",
            Self::Scans => "scans",
            Self::SessionScores => "session_scores",
            Self::Actions => "actions",
            Self::Provenance => "provenance",
            Self::Claims => "claims",
            Self::SessionGraph => "session_graph",
            Self::Scores => "scores",
        }
    }

    /// Its schema.
    #[must_use]
    pub fn schema(self) -> SchemaRef {
        SCHEMAS[self as usize].clone()
    }
}

static SCHEMAS: LazyLock<[SchemaRef; 15]> = LazyLock::new(|| {
    [
        super::columns::event_schema(),
        event_state(),
        findings(),
        triage(),
        labels(),
        raw_records(),
        files(),
        quarantine(),
        scans(),
        judged::session_scores(),
        judged::actions(),
        judged::provenance(),
        judged::claims(),
        judged::session_graph(),
        judged::scores(),
    ]
});

/// A nullable string column.
#[must_use]
pub fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

/// A nullable column of free text, which may pass 2 GiB in a batch.
#[must_use]
pub fn large_text(name: &str) -> Field {
    Field::new(name, DataType::LargeUtf8, true)
}

/// A nullable binary column.
#[must_use]
pub fn binary(name: &str) -> Field {
    Field::new(name, DataType::Binary, true)
}

/// A nullable 64-bit integer column.
#[must_use]
pub fn long(name: &str) -> Field {
    Field::new(name, DataType::Int64, true)
}

/// A nullable double column.
#[must_use]
pub fn double(name: &str) -> Field {
    Field::new(name, DataType::Float64, true)
}

/// A nullable boolean column.
#[must_use]
pub fn boolean(name: &str) -> Field {
    Field::new(name, DataType::Boolean, true)
}

/// The type of all times: microseconds since the epoch, UTC.
#[must_use]
pub fn timestamp_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// A nullable time column.
#[must_use]
pub fn timestamp(name: &str) -> Field {
    Field::new(name, timestamp_type(), true)
}

/// A nullable list of strings, with Delta's name for the element.
#[must_use]
pub fn text_list(name: &str) -> Field {
    let element = Field::new("element", DataType::Utf8, true);
    Field::new(name, DataType::List(Arc::new(element)), true)
}

/// A nullable list of 64-bit integers, with Delta's name for the element.
#[must_use]
pub fn long_list(name: &str) -> Field {
    let element = Field::new("element", DataType::Int64, true);
    Field::new(name, DataType::List(Arc::new(element)), true)
}

/// A nullable list of doubles, with Delta's name for the element.
#[must_use]
pub fn double_list(name: &str) -> Field {
    let element = Field::new("element", DataType::Float64, true);
    Field::new(name, DataType::List(Arc::new(element)), true)
}

/// A nullable map from string to string, with Delta's names for its parts.
#[must_use]
pub fn text_map(name: &str) -> Field {
    let entry = DataType::Struct(Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Utf8, true),
    ]));
    let entries = Field::new("key_value", entry, false);
    Field::new(name, DataType::Map(Arc::new(entries), false), true)
}

fn schema(fields: Vec<Field>) -> SchemaRef {
    Arc::new(Schema::new(fields))
}

/// Columns that say which run wrote a row; excluded from comparisons between runs.
pub const RUN_COLUMNS: &[&str] =
    &["batch_id", "ingest_ts", "detected_ts", "path", "mtime", "created_ts", "judged_ts"];

fn event_state() -> SchemaRef {
    schema(vec![
        binary("event_id"),
        text("branch_state"),
        boolean("usage_moved"),
        text("tool_join"),
        binary("tool_call_event_id"),
        text("batch_id"),
        long("batch_seq"),
        timestamp("ingest_ts"),
    ])
}

fn findings() -> SchemaRef {
    schema(vec![
        text("finding_id"),
        text("detector_id"),
        text("detector_version"),
        text("lane"),
        text("kind"),
        text("kind_code"),
        text("severity"),
        double("score"),
        text("title"),
        text("reason"),
        text("session_id"),
        binary("stream_id"),
        timestamp("event_ts"),
        binary("event_id"),
        text_list("evidence_event_ids"),
        text("evidence"),
        text("counter_evidence"),
        text_list("tags"),
        text("model"),
        text("agent"),
        text("source_format"),
        text("tenant"),
        text("batch_id"),
        timestamp("detected_ts"),
    ])
}

fn triage() -> SchemaRef {
    schema(vec![
        text("finding_id"),
        text("state"),
        text("note"),
        text("analyst"),
        text("batch_id"),
        timestamp("created_ts"),
    ])
}

fn labels() -> SchemaRef {
    schema(vec![
        text("label_id"),
        text("session_id"),
        text("event_id"),
        text("name"),
        text("value"),
        double("score"),
        text("source"),
        text("batch_id"),
        timestamp("created_ts"),
    ])
}

fn raw_records() -> SchemaRef {
    schema(vec![
        binary("raw_sha256"),
        binary("file_id"),
        text("container_path"),
        long("line_no"),
        long("byte_offset"),
        long("byte_len"),
        Field::new("raw", DataType::LargeBinary, true),
        text("batch_id"),
        timestamp("ingest_ts"),
    ])
}

fn files() -> SchemaRef {
    schema(vec![
        binary("file_id"),
        text("path"),
        text("container_path"),
        long("size"),
        timestamp("mtime"),
        text("compression"),
        text("format"),
        text("status"),
        long("last_offset"),
        binary("content_hash"),
        long("head_len"),
        binary("head_hash"),
        long("records"),
        long("events"),
        long("duplicates"),
        long("quarantined"),
        long("record_bytes"),
        long("quarantined_bytes"),
        long("salvaged_bytes"),
        long("blank_bytes"),
        long("pending_bytes"),
        large_text("state"),
        text("batch_id"),
        long("batch_seq"),
        timestamp("ingest_ts"),
    ])
}

fn quarantine() -> SchemaRef {
    schema(vec![
        binary("file_id"),
        text("path"),
        text("container_path"),
        long("line_no"),
        long("byte_offset"),
        long("byte_len"),
        text("reason"),
        text("message"),
        Field::new("raw", DataType::LargeBinary, true),
        boolean("salvaged"),
        text("batch_id"),
        timestamp("ingest_ts"),
    ])
}

fn scans() -> SchemaRef {
    schema(vec![
        text("detector_set"),
        text("detector_version"),
        text("data_file"),
        long("rows"),
        text("batch_id"),
        timestamp("detected_ts"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_own_schema() {
        for table in Table::ALL {
            assert!(table.schema().field_with_name("batch_id").is_ok(), "{}", table.name());
        }
        assert!(Table::Events.schema().field_with_name("reasoning_state").is_ok());
        assert!(Table::Scans.schema().field_with_name("detector_set").is_ok());
    }
}
