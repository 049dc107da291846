//! Turns collected batches into a sorted Parquet file with its index split, on threads of their
//! own, so that reading goes on meanwhile.

use crate::index::SplitWriter;
use crate::lake::{FileWriter, LakeError, NewFile, Result, names};
use crate::record::schema::Table;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{Int32Type, Int64Type};
use std::path::{Path, PathBuf};

/// Rows handed to the encoders at a time.
const SLICE_ROWS: usize = 4096;

/// A data file of `events` to write.
pub(super) struct EventFile {
    pub(super) dir: PathBuf,
    pub(super) batch: String,
    pub(super) number: usize,
    pub(super) batches: Vec<RecordBatch>,
    /// Memory for the index; none if no index is wanted.
    pub(super) index_budget: Option<usize>,
}

impl EventFile {
    /// Writes the file and its split.
    pub(super) fn write(self) -> Result<NewFile> {
        let rows: usize = self.batches.iter().map(RecordBatch::num_rows).sum();
        let order = order(&self.batches);
        let name = names::data_file(&self.batch, Table::Events, self.number);
        let writer =
            FileWriter::create(&self.dir, &self.batch, Table::Events, self.number, rows as u64)?;
        let split = self.index_budget.map(|budget| (budget, split_path(&self.dir, &name)));
        write_indexed(writer, split, slices(&self.batches, &order, rows))
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
    slices: &crossbeam_channel::Receiver<RecordBatch>,
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

fn slices<'a>(
    batches: &'a [RecordBatch],
    order: &'a Option<Vec<(usize, usize)>>,
    rows: usize,
) -> Box<dyn Iterator<Item = Result<RecordBatch>> + 'a> {
    match order {
        None => Box::new(batches.iter().flat_map(|batch| {
            (0..batch.num_rows())
                .step_by(SLICE_ROWS)
                .map(move |from| Ok(batch.slice(from, SLICE_ROWS.min(batch.num_rows() - from))))
        })),
        Some(order) => {
            let parts: Vec<&RecordBatch> = batches.iter().collect();
            Box::new((0..rows).step_by(SLICE_ROWS).map(move |from| {
                let wanted = &order[from..(from + SLICE_ROWS).min(rows)];
                Ok(interleave_record_batch(&parts, wanted)?)
            }))
        }
    }
}
