//! Turns collected rows into a Parquet file with its index split, on threads of their own, so
//! that reading goes on meanwhile.
//!
//! Rows come in *runs* and are sorted within a run, not within the file: encoding starts when
//! the first run is full, and no more than a few runs are in memory, however large the file.

use crate::index::SplitWriter;
use crate::lake::{FileWriter, LakeError, NewFile, Result, fail_point, names};
use crate::record::Event;
use crate::record::columns::{RunStamp, batch_of};
use crate::record::schema::Table;
use arrow::array::RecordBatch;
use crossbeam_channel::Receiver;
use std::path::{Path, PathBuf};

/// Rows handed to the encoders at a time.
const SLICE_ROWS: usize = 1024;

/// Bytes of text after which a slice ends, whatever its rows.
const SLICE_BYTES: usize = 4 << 20;

/// Events that are sorted together, in the chunks in which they came.
pub(super) type Run = Vec<Vec<Event>>;

/// A data file of `events` to write.
pub(super) struct EventFile {
    pub(super) dir: PathBuf,
    pub(super) stamp: RunStamp,
    pub(super) number: usize,
    /// Most rows there will be.
    pub(super) max_rows: usize,
    /// Memory for the index; none if no index is wanted.
    pub(super) index_budget: Option<usize>,
}

impl EventFile {
    /// Writes the file and its split from the runs that arrive, until the sender is gone.
    pub(super) fn write(self, runs: &Receiver<Run>) -> Result<NewFile> {
        let name = names::data_file(&self.stamp.batch_id, Table::Events, self.number);
        let rows = self.max_rows as u64;
        let writer =
            FileWriter::create(&self.dir, &self.stamp.batch_id, Table::Events, self.number, rows)?;
        let split = self.index_budget.map(|budget| (budget, split_path(&self.dir, &name)));
        write_indexed(writer, split, |write| {
            for run in runs {
                for slice in sorted(&run, &self.stamp) {
                    write(slice?)?;
                }
            }
            Ok(())
        })
    }
}

/// Takes a slice of rows on its way to a file.
pub(super) type Write<'w> = dyn FnMut(RecordBatch) -> Result<()> + 'w;

/// Writes the rows that `produce` gives to a file and, with a budget and a path, to its index
/// split.
pub(super) fn write_indexed(
    mut writer: FileWriter,
    split: Option<(usize, PathBuf)>,
    produce: impl FnOnce(&mut Write<'_>) -> Result<()>,
) -> Result<NewFile> {
    std::thread::scope(|scope| {
        // The index takes the same slices through a short queue.
        let (send, receive) = crossbeam_channel::bounded::<RecordBatch>(2);
        let indexer =
            split.map(|(budget, path)| scope.spawn(move || write_split(budget, &path, &receive)));
        let written = produce(&mut |slice| {
            if indexer.is_some() && send.send(slice.clone()).is_err() {
                let source = std::io::Error::other("its index could not be written");
                return Err(LakeError::Io { path: PathBuf::new(), source });
            }
            writer.write(&slice)
        });
        drop(send);
        // If the index failed, that is the reason.
        indexer.map_or(Ok(()), join)?;
        written?;
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

fn write_split(budget: usize, path: &Path, slices: &Receiver<RecordBatch>) -> Result<()> {
    let failed = |error: crate::index::IndexError| LakeError::Index {
        path: path.to_owned(),
        message: error.to_string(),
    };
    if let Some(folder) = path.parent() {
        let io = |source| LakeError::Io { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let mut writer = SplitWriter::new(budget).spill_to(&path.with_extension("spill"));
    for slice in slices {
        writer.add(&slice).map_err(failed)?;
    }
    writer.finish_to(path).map_err(failed)?;
    fail_point("after-split-write");
    Ok(())
}

/// The rows of a run in their order, a slice at a time.
fn sorted<'r>(run: &'r Run, stamp: &'r RunStamp) -> impl Iterator<Item = Result<RecordBatch>> + 'r {
    let mut rows = order(run).into_iter();
    std::iter::from_fn(move || {
        let mut slice: Vec<&Event> = Vec::new();
        let mut bytes = 0;
        while slice.len() < SLICE_ROWS && bytes < SLICE_BYTES {
            let Some(event) = rows.next() else { break };
            bytes += event.heap_len();
            slice.push(event);
        }
        (!slice.is_empty()).then(|| Ok(batch_of(&slice, stamp)?))
    })
}

/// All rows by stream, sequence, message and part; rows that agree in these stay as they came.
fn order(run: &Run) -> Vec<&Event> {
    let mut rows: Vec<(_, &Event)> = run
        .iter()
        .flatten()
        .map(|event| {
            let message = event.message_index.unwrap_or_default();
            let part = event.part_index.unwrap_or_default();
            ((event.stream_id, event.seq, message, part), event)
        })
        .collect();
    rows.sort_by_key(|(key, _)| *key);
    rows.into_iter().map(|(_, event)| event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Id16;

    fn event(stream: u8, seq: i64, text: &str) -> Event {
        Event::default().with(|event| {
            event.stream_id = Id16([stream; 16]);
            event.seq = seq;
            event.text = Some(text.into());
        })
    }

    #[test]
    fn a_run_is_sorted_stably_and_cut_by_rows_and_bytes() {
        let long = "x".repeat(SLICE_BYTES);
        let run = vec![
            vec![event(2, 0, "d"), event(1, 1, "b")],
            vec![event(1, 1, "c"), event(1, 0, &long)],
        ];
        let texts: Vec<_> = order(&run).iter().map(|event| event.text.clone().unwrap()).collect();
        assert_eq!(texts[1..], ["b", "c", "d"]);
        let stamp = RunStamp::default();
        let slices: Vec<usize> =
            sorted(&run, &stamp).map(|slice| slice.unwrap().num_rows()).collect();
        assert_eq!(slices, [1, 3]);
        let many = vec![vec![Event::default(); SLICE_ROWS + 1]];
        assert_eq!(sorted(&many, &stamp).count(), 2);
    }
}
