//! Queries over small lakes made here: data files by the Parquet library, splits by the index.

mod answers;
mod broken;
mod formats;
mod searching;
mod tables;

use super::{QueryOptions, QuerySession};
use crate::index::SplitWriter;
use crate::lake::{DataFile, Snapshot, TableFiles};
use crate::record::columns::{RunStamp, batch_of};
use crate::record::schema::Table;
use crate::record::{Event, Id16, Kind, Role};
use datafusion::arrow::array::{ArrayRef, RecordBatch, new_null_array};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;
use std::fs::File;
use std::path::PathBuf;
use tempfile::TempDir;

/// A lake in a temporary folder.
struct Lake {
    folder: TempDir,
    snapshot: Snapshot,
}

impl Lake {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), snapshot: Snapshot::default() }
    }

    /// A lake with these events, one data file with an index per inner list.
    fn of(files: &[Vec<Event>]) -> Self {
        let mut lake = Self::new();
        for events in files {
            lake.events(events);
        }
        lake
    }

    fn dir(&self, table: Table) -> PathBuf {
        self.folder.path().join("tables").join(table.name())
    }

    /// Adds a data file with its index.
    fn events(&mut self, events: &[Event]) -> &mut Self {
        let stamp = RunStamp { batch_id: "b1".to_owned(), ingest_micros: 1 };
        let batch = batch_of(events, &stamp).unwrap();
        let mut split = SplitWriter::new(16 << 20);
        split.add(&batch).unwrap();
        self.add(Table::Events, &batch);
        let number = self.snapshot.files(Table::Events).len() - 1;
        let name = format!("_reveille/index/file{number}.split");
        let path = self.dir(Table::Events).join(&name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        split.finish_to(&path).unwrap();
        let files = self.snapshot.tables.get_mut(&Table::Events).unwrap();
        files.files[number].split = Some(name);
        self
    }

    /// Adds a data file of any table; columns that are not given are null.
    fn rows(&mut self, table: Table, columns: &[(&str, ArrayRef)]) -> &mut Self {
        let schema = table.schema();
        let rows = columns[0].1.len();
        let arrays = schema.fields().iter().map(|field| {
            match columns.iter().find(|(name, _)| name == field.name()) {
                Some((_, array)) => {
                    datafusion::arrow::compute::cast(array, field.data_type()).unwrap()
                }
                None => new_null_array(field.data_type(), rows),
            }
        });
        let batch = RecordBatch::try_new(schema.clone(), arrays.collect()).unwrap();
        self.add(table, &batch);
        self
    }

    fn add(&mut self, table: Table, batch: &RecordBatch) {
        let dir = self.dir(table);
        std::fs::create_dir_all(&dir).unwrap();
        let empty = || TableFiles { dir: dir.clone(), ..TableFiles::default() };
        let files = self.snapshot.tables.entry(table).or_insert_with(empty);
        let path = format!("file{}.parquet", files.files.len());
        // Small pages and row groups, so that there is something to leave out.
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(64))
            .set_data_page_row_count_limit(8)
            .set_write_batch_size(4)
            .set_bloom_filter_enabled(true)
            .build();
        let file = File::create(dir.join(&path)).unwrap();
        let mut writer = ArrowWriter::try_new(file, table.schema(), Some(properties)).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        let size = std::fs::metadata(dir.join(&path)).unwrap().len();
        let rows = Some(batch.num_rows() as u64);
        let batch = Some("b1".to_owned());
        files.files.push(DataFile { path, size, rows, batch, ..DataFile::default() });
    }

    async fn session(&self) -> QuerySession {
        let options = QueryOptions { threads: 4, ..QueryOptions::default() };
        QuerySession::new(&self.snapshot, &options).await.unwrap()
    }
}

/// Runs a query and shows each row as values joined by `|`.
async fn ask(session: &QuerySession, query: &str) -> Vec<String> {
    let batches = match session.sql(query).await {
        Ok(results) => results.collect().await.unwrap_or_else(|error| panic!("{query}: {error}")),
        Err(error) => panic!("{query}: {error}"),
    };
    let options = FormatOptions::new().with_null("-");
    let mut rows = Vec::new();
    for batch in &batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            let values: Vec<String> = columns.iter().map(|c| c.value(row).to_string()).collect();
            rows.push(values.join("|"));
        }
    }
    rows
}

/// One value.
async fn one(session: &QuerySession, query: &str) -> String {
    let rows = ask(session, query).await;
    assert_eq!(rows.len(), 1, "{query}: {rows:?}");
    rows[0].clone()
}

/// An event with an id made from its number.
fn event(number: usize, kind: Kind, text: &str) -> Event {
    let mut event = Event::new(kind, Role::Assistant);
    event.event_id = Id16::of("test", &[&number.to_le_bytes()]);
    event.stream_id = Id16::of("stream", &[b"s"]);
    event.session_id = format!("session-{}", number % 3);
    event.seq = number as i64;
    event.ts = crate::record::Time::exact(1_700_000_000_000_000 + number as i64 * 1_000_000);
    event.request_model = Some(format!("model-{}", number % 2));
    match kind {
        Kind::Reasoning => event.reasoning = Some(text.to_owned()),
        Kind::ToolCall => event.tool_call_arguments = Some(text.to_owned()),
        _ => event.text = Some(text.to_owned()),
    }
    event
}

/// Files of events of which some say `needle`, some `haystack fork`, in changing columns.
fn haystack(files: usize, rows: usize) -> Vec<Vec<Event>> {
    let kinds = [Kind::AssistantText, Kind::Reasoning, Kind::ToolCall];
    let one = |number: usize| {
        let mut words = format!("filler number{number} plain");
        if number % 17 == 3 {
            words.push_str(" needle");
        }
        if number % 5 == 1 {
            words.push_str(" fork");
        }
        event(number, kinds[number % 3], &words)
    };
    (0..files).map(|file| (file * rows..(file + 1) * rows).map(one).collect()).collect()
}
