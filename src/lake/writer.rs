//! Parquet files: one writer per file, with the properties each table needs.
//!
//! A file is written under its final name, synced, and only then committed; until the commit
//! nobody looks at it. Rows come out in the order in which they went in: the index depends on
//! it.

use super::batch::fail_point;
use super::error::{LakeError, Result};
use super::names;
use super::stats;
use super::store::NewFile;
use crate::record::schema::Table;
use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Bytes after which a row group is closed.
const ROW_GROUP_BYTES: usize = 16 << 20;
/// About as many rows are in a row group; a bloom filter for more would only be a larger one
/// to touch, and one for fewer a little less sharp.
const ROW_GROUP_ROWS: u64 = 128 << 10;
/// Small pages, so that a row selection reads little around each hit.
const PAGE_BYTES: usize = 64 << 10;
const PAGE_ROWS: usize = 4096;
const WRITE_BATCH_ROWS: usize = 256;
/// A larger dictionary than this hardly repeats anything, and whoever reads a page holds it.
const DICTIONARY_BYTES: usize = 256 << 10;
/// Raw records are read one by one and are long, so few of them fill a page.
const RAW_BATCH_ROWS: usize = 8;

/// Zstandard's level while logs come in: reading them must not wait for it.
const QUICK: i32 = 1;
/// Its level for compacted files.
const DENSE: i32 = 3;

/// Columns of `events` by which rows are looked up.
const BLOOM_COLUMNS: &[&str] = &[
    "event_id",
    "stream_id",
    "session_id",
    "conversation_id",
    "trace_id",
    "tool_call_id",
    "content_hash",
];
/// Columns whose values are long and random or free text: no dictionary, no statistics.
const PLAIN_COLUMNS: &[&str] =
    &["text", "reasoning", "tool_call_arguments", "tool_call_result", "raw", "state", "evidence"];
/// Columns of `events` that pages are skipped by: what rows are sorted by, and times.
const PAGE_COLUMNS: &[&str] = &["stream_id", "session_id", "seq", "ts", "event_date"];
/// Hashes: nothing to compress.
const HASH_COLUMNS: &[&str] = &["event_id", "content_hash", "context_hash"];

/// Writes one data file of a table.
pub struct FileWriter {
    table: Table,
    path: PathBuf,
    name: String,
    writer: ArrowWriter<File>,
    rows: u64,
    stats: stats::Collector,
}

impl FileWriter {
    /// Starts the file `number` of `batch` in the table folder `dir`. `rows` is how many rows
    /// are expected; it sizes the bloom filters.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn create(dir: &Path, batch: &str, table: Table, number: usize, rows: u64) -> Result<Self> {
        Self::with_level(dir, batch, table, number, rows, QUICK)
    }

    /// The same for a file that is to be read for long: packed harder.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn create_dense(dir: &Path, id: &str, table: Table, rows: u64) -> Result<Self> {
        Self::with_level(dir, id, table, 0, rows, DENSE)
    }

    fn with_level(
        dir: &Path,
        batch: &str,
        table: Table,
        number: usize,
        rows: u64,
        level: i32,
    ) -> Result<Self> {
        let name = names::data_file(batch, table, number);
        std::fs::create_dir_all(dir).map_err(LakeError::io(dir))?;
        let path = dir.join(&name);
        let file = File::create(&path).map_err(LakeError::io(&path))?;
        let properties = properties(table, rows, level);
        let writer = ArrowWriter::try_new(file, table.schema(), Some(properties))
            .map_err(LakeError::parquet(&path))?;
        Ok(Self { table, path, name, writer, rows: 0, stats: stats::Collector::default() })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// If the disk is full or the batch has another schema.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows += batch.num_rows() as u64;
        self.stats.add(batch);
        self.writer.write(batch).map_err(LakeError::parquet(&self.path))?;
        if self.writer.in_progress_size() >= ROW_GROUP_BYTES {
            self.writer.flush().map_err(LakeError::parquet(&self.path))?;
        }
        Ok(())
    }

    /// Its name relative to the table's folder.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Rows so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes so far, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.writer.bytes_written() + self.writer.in_progress_size()
    }

    /// Finishes and syncs the file.
    ///
    /// # Errors
    /// If the disk is full.
    pub fn finish(mut self) -> Result<NewFile> {
        self.writer.finish().map_err(LakeError::parquet(&self.path))?;
        let file = self.writer.inner();
        file.sync_all().map_err(LakeError::io(&self.path))?;
        fail_point(match self.table {
            Table::RawRecords => "after-raw-write",
            Table::Events => "after-events-write",
            _ => "after-small-write",
        });
        let size = file.metadata().map_err(LakeError::io(&self.path))?.len();
        let stats = self.stats.to_json(self.rows);
        Ok(NewFile { table: self.table, path: self.name, size, rows: self.rows, stats })
    }
}

fn properties(table: Table, rows: u64, level: i32) -> WriterProperties {
    let zstd = Compression::ZSTD(ZstdLevel::try_new(level).unwrap_or_default());
    let mut builder = WriterProperties::builder()
        .set_compression(zstd)
        .set_max_row_group_row_count(None)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_write_batch_size(match table {
            Table::RawRecords => RAW_BATCH_ROWS,
            _ => WRITE_BATCH_ROWS,
        })
        .set_statistics_enabled(if table == Table::Events {
            EnabledStatistics::Chunk
        } else {
            EnabledStatistics::Page
        })
        .set_column_index_truncate_length(Some(32))
        .set_created_by(concat!("reveille ", env!("CARGO_PKG_VERSION")).to_owned());
    for name in PLAIN_COLUMNS {
        let column = ColumnPath::from(*name);
        builder = builder
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_statistics_enabled(column, EnabledStatistics::None);
    }
    if table == Table::Events {
        builder = event_properties(builder, rows);
    }
    builder.build()
}

fn event_properties(mut builder: WriterPropertiesBuilder, rows: u64) -> WriterPropertiesBuilder {
    for name in HASH_COLUMNS {
        let column = ColumnPath::from(*name);
        builder = builder
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_compression(column, Compression::UNCOMPRESSED);
    }
    for name in PAGE_COLUMNS {
        builder =
            builder.set_column_statistics_enabled(ColumnPath::from(*name), EnabledStatistics::Page);
    }
    for name in BLOOM_COLUMNS {
        let column = ColumnPath::from(*name);
        builder = builder
            .set_column_bloom_filter_enabled(column.clone(), true)
            .set_column_bloom_filter_max_ndv(column.clone(), rows.clamp(64, ROW_GROUP_ROWS))
            .set_column_bloom_filter_fpp(column, 0.01);
    }
    builder
}
