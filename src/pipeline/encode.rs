//! Turns collected rows into a Parquet file with its index split, on threads of their own, so
//! that reading goes on meanwhile.
//!
//! Rows come in *runs* and are sorted within a run, not within the file: encoding starts when
//! the first run is full, and no more than a few runs are in memory, however large the file.

use crate::index::SplitWriter;
use crate::lake::{FileWriter, LakeError, NewFile, Result, names};
use crate::record::schema::Table;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{Int32Type, Int64Type};
use crossbeam_channel::Receiver;
use std::path::{Path, PathBuf};

/// Rows handed to the encoders at a time.
const SLICE_ROWS: usize = 4096;

/// Rows of `events` that are sorted together.
pub(super) type Run = Vec<RecordBatch>;

/// A data file of `events` to write.
pub(super) struct EventFile {
    pub(super) dir: PathBuf,
    pub(super) batch: String,
    pub(super) number: usize,
    /// Most rows there will be.
    pub(super) max_rows: usize,
    /// Memory for the index; none if no index is wanted.
    pub(super) index_budget: Option<usize>,
}

impl EventFile {
    /// Writes the file and its split from the runs that arrive, until the sender is gone.
    pub(super) fn write(self, runs: &Receiver<Run>) -> Result<NewFile> {
        let name = names::data_file(&self.batch, Table::Events, self.number);
        let rows = self.max_rows as u64;
        let writer = FileWriter::create(&self.dir, &self.batch, Table::Events, self.number, rows)?;
        let split = self.index_budget.map(|budget| (budget, split_path(&self.dir, &name)));
        write_indexed(writer, split, runs.iter().flat_map(sorted))
    }
}

/// Writes rows to a file and, with a budget and a path, to its index split.
pub(super) fn write_indexed(
    mut writer: FileWriter,
    split: Option<(usize, PathBuf)>,
    slices: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<NewFile> {
    std::thread::scope(|scope| {
        // The index takes the same slices through a short queue.
        let (send, receive) = crossbeam_channel::bounded::<RecordBatch>(2);
        let indexer =
            split.map(|(budget, path)| scope.spawn(move || write_split(budget, &path, &receive)));
        let mut written = Ok(());
        for slice in slices {
            written = slice.and_then(|slice| {
                if indexer.is_some() && send.send(slice.clone()).is_err() {
                    tracing::debug!("the index stopped early; its error follows");
                }
                writer.write(&slice)
            });
            if written.is_err() {
                break;
            }
        }
        drop(send);
        let indexed = indexer.map_or(Ok(()), join);
        written?;
        indexed?;
        writer.finish()
    })
}

fn join(handle: std::thread::ScopedJoinHandle<'_, Result<()>>) -> Result<()> {
    match handle.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

pub(super) fn split_path(dir: &Path, name: &str) -> PathBuf {
    dir.join(names::split_of(Table::Events, name).unwrap_or_default())
}

fn write_split(
    budget: usize,
    path: &Path,
    slices: &Receiver<RecordBatch>,
) -> Result<()> {
    let failed = |error: crate::index::IndexError| LakeError::Index {
        path: path.to_owned(),
        message: error.to_string(),
    };
    if let Some(folder) = path.parent() {
        let io = |source| LakeError::Io { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let mut writer = SplitWriter::new(budget);
    for slice in slices {
        writer.add(&slice).map_err(failed)?;
    }
    writer.finish_to(path).map_err(failed)?;
    Ok(())
}

/// (batch, row) of all rows by stream, sequence, message and part; `None` if they lie so.
fn order(batches: &[RecordBatch]) -> Option<Vec<(usize, usize)>> {
    let mut keys: Vec<([u8; 16], i64, i32, i32, usize, usize)> = Vec::new();
    for (at, batch) in batches.iter().enumerate() {
        let (streams, seqs) = (batch.column_by_name("stream_id"), batch.column_by_name("seq"));
        let (messages, parts) =
            (batch.column_by_name("message_index"), batch.column_by_name("part_index"));
        let (Some(streams), Some(seqs), Some(messages), Some(parts)) =
            (streams, seqs, messages, parts)
        else {
            return None;
        };
        let (streams, seqs) = (streams.as_binary::<i32>(), seqs.as_primitive::<Int64Type>());
        let (messages, parts) =
            (messages.as_primitive::<Int32Type>(), parts.as_primitive::<Int32Type>());
        for row in 0..batch.num_rows() {
            let stream = streams.value(row).try_into().unwrap_or_default();
            let message = if messages.is_valid(row) { messages.value(row) } else { 0 };
            let part = if parts.is_valid(row) { parts.value(row) } else { 0 };
            keys.push((stream, seqs.value(row), message, part, at, row));
        }
    }
    if keys.is_sorted() {
        return None;
    }
    keys.sort_unstable();
    Some(keys.into_iter().map(|(.., at, row)| (at, row)).collect())
}

/// The rows of a run in their order, a slice at a time.
fn sorted(run: Run) -> Box<dyn Iterator<Item = Result<RecordBatch>>> {
    let Some(order) = order(&run) else {
        return Box::new(run.into_iter().map(Ok));
    };
    let starts = (0..order.len()).step_by(SLICE_ROWS);
    Box::new(starts.map(move |from| {
        let parts: Vec<&RecordBatch> = run.iter().collect();
        let wanted = &order[from..(from + SLICE_ROWS).min(order.len())];
        Ok(interleave_record_batch(&parts, wanted)?)
    }))
}
