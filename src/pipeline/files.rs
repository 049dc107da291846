//! Large files of a batch while threads write them: the open file of events, the raw records, and
//! those that are being finished.

use super::encode::{EventFile, Run};
use super::writer::Sizes;
use crate::lake::{NewFile, Result};
use crate::record::columns::RunStamp;
use arrow::array::RecordBatch;
use crossbeam_channel::{Sender, bounded};
use std::path::PathBuf;
use std::thread::{Scope, ScopedJoinHandle};

/// A file of events that takes more runs.
pub(super) struct OpenFile<'s> {
    pub(super) runs: Sender<Run>,
    pub(super) done: ScopedJoinHandle<'s, Result<NewFile>>,
    pub(super) bytes: usize,
    pub(super) rows: usize,
    pub(super) sent_runs: usize,
}

/// The raw records of a batch, written on a thread of their own.
pub(super) struct RawFile<'s> {
    pub(super) rows: Sender<RecordBatch>,
    pub(super) done: ScopedJoinHandle<'s, Result<NewFile>>,
}

impl<'s> OpenFile<'s> {
    pub(super) fn start(
        scope: &'s Scope<'s, '_>,
        sizes: Sizes,
        dir: PathBuf,
        stamp: RunStamp,
        number: usize,
    ) -> Self {
        let Sizes { file_rows: max_rows, index_budget, .. } = sizes;
        let file = EventFile { dir, stamp, number, max_rows, index_budget };
        // One run waits while one is encoded and one is filled.
        let (runs, receive) = bounded::<Run>(1);
        let done = scope.spawn(move || file.write(&receive));
        Self { runs, done, bytes: 0, rows: 0, sent_runs: 0 }
    }
}

/// Large files that are being finished or are done.
#[derive(Default)]
pub(super) struct Files<'s> {
    pub(super) writing: Vec<ScopedJoinHandle<'s, Result<NewFile>>>,
    pub(super) done: Vec<NewFile>,
}

impl Files<'_> {
    /// Waits until at most one file is being finished: each has an index in memory.
    pub(super) fn wait_for_earlier(&mut self) -> Result<()> {
        while self.writing.len() > 1 {
            self.done.push(finished(self.writing.remove(0))?);
        }
        Ok(())
    }

    pub(super) fn wait_for_all(&mut self) -> Result<()> {
        let files: Vec<Result<NewFile>> = self.writing.drain(..).map(finished).collect();
        for file in files {
            self.done.push(file?);
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Vec<NewFile>> {
        self.wait_for_all()?;
        Ok(self.done)
    }
}

fn finished(file: ScopedJoinHandle<'_, Result<NewFile>>) -> Result<NewFile> {
    match file.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
