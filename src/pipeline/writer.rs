//! Takes chunks in order, drops what is known, and turns them into commits.

use super::dedupe::Dedupe;
use super::encode::EventFile;
use super::rows;
use super::summary::Summary;
use super::worker::{Origin, Work};
use crate::formats::Update;
use crate::ingest::chunk::Progress;
use crate::lake::{Batch, FileWriter, Lake, NewFile, Result};
use crate::record::columns::{RunStamp, batch_of};
use crate::record::schema::Table;
use crate::record::{Event, Finding, Id16};
use arrow::array::RecordBatch;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::collections::{BTreeMap, HashSet};
use std::thread::{Scope, ScopedJoinHandle};

/// How much goes into a file and a commit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Arrow bytes after which a data file of `events` is written.
    pub(super) file_bytes: usize,
    /// Rows after which it is written.
    pub(super) file_rows: usize,
    /// Input bytes after which the batch is committed.
    pub(super) commit_bytes: u64,
    /// Memory of the index writer; none for no index.
    pub(super) index_budget: Option<usize>,
}

/// Writes one run.
pub(super) struct Writer<'s, 'e> {
    lake: &'e mut Lake,
    runtime: &'e tokio::runtime::Handle,
    scope: &'s Scope<'s, 'e>,
    sizes: Sizes,
    dedupe: Dedupe,
    open: Option<Open<'s>>,
    duplicates: BTreeMap<Id16, u64>,
    pub(super) summary: Summary,
    /// The summary as of the last commit: all that counts if the next one fails.
    pub(super) committed: Summary,
}

/// A batch being written.
struct Open<'s> {
    batch: Batch,
    run: RunStamp,
    events: Vec<RecordBatch>,
    event_bytes: usize,
    event_rows: usize,
    updates: Vec<Update>,
    findings: BTreeMap<Id16, Finding>,
    quarantine: Vec<RecordBatch>,
    progress: BTreeMap<Id16, Progress>,
    input_bytes: u64,
    files: Vec<ScopedJoinHandle<'s, Result<NewFile>>>,
    raw: Option<RawFile<'s>>,
}

/// The raw records of a batch, written on a thread of their own.
struct RawFile<'s> {
    rows: Sender<RecordBatch>,
    done: ScopedJoinHandle<'s, Result<NewFile>>,
}

impl<'s, 'e> Writer<'s, 'e> {
    pub(super) fn new(
        lake: &'e mut Lake,
        runtime: &'e tokio::runtime::Handle,
        scope: &'s Scope<'s, 'e>,
        sizes: Sizes,
        dedupe: Dedupe,
    ) -> Self {
        Self {
            lake,
            runtime,
            scope,
            sizes,
            dedupe,
            open: None,
            duplicates: BTreeMap::new(),
            summary: Summary::default(),
            committed: Summary::default(),
        }
    }

    /// Takes all chunks of one group.
    pub(super) fn take_group(&mut self, chunks: &Receiver<Work>) -> Result<()> {
        for work in chunks {
            self.take(work)?;
        }
        Ok(())
    }

    fn take(&mut self, work: Work) -> Result<()> {
        let Work { mut chunk, mut findings, origin } = work;
        if self.is_idle(&chunk, origin) {
            // A copy or touched file: worth a row in `files`, so that it is skipped next time.
            self.summary.copies += 1;
        }
        self.ensure_open()?;
        let dropped = self.dedupe.filter(&mut chunk.events)?;
        if dropped > 0 {
            let kept: HashSet<Id16> = chunk.events.iter().map(|e| e.event_id).collect();
            findings.retain(|f| f.evidence.iter().all(|e| kept.contains(&e.event_id)));
            *self.duplicates.entry(chunk.progress.file_id).or_default() += dropped;
        }
        self.summary.chunk(&chunk, &findings, dropped, origin);
        let file_id = chunk.progress.file_id;
        let Some(open) = &mut self.open else { return Ok(()) };
        open.add_events(&chunk.events)?;
        open.updates.append(&mut chunk.updates);
        open.findings.extend(findings.into_iter().map(|f| (f.finding_id, f)));
        open.input_bytes += chunk.raw.iter().map(|raw| raw.place.len).sum::<u64>();
        if !chunk.rejected.is_empty() {
            open.quarantine.push(rows::quarantine(file_id, &chunk.rejected, &open.run)?);
        }
        let raw = rows::raw_records(file_id, &chunk.raw, &open.run)?;
        open.progress.insert(file_id, chunk.progress);
        if raw.num_rows() > 0 {
            self.send_raw(raw)?;
        }
        self.write_when_full()
    }

    fn is_idle(&self, chunk: &crate::ingest::chunk::Chunk, origin: Option<Origin>) -> bool {
        origin.is_some_and(|origin| origin != Origin::New)
            && chunk.events.is_empty()
            && chunk.rejected.is_empty()
    }

    fn ensure_open(&mut self) -> Result<()> {
        if self.open.is_none() {
            let batch = self.runtime.block_on(Batch::begin(self.lake))?;
            let ingest_micros = chrono::Utc::now().timestamp_micros();
            let run = RunStamp { batch_id: batch.id().to_owned(), ingest_micros };
            self.open = Some(Open::new(batch, run));
        }
        Ok(())
    }

    fn send_raw(&mut self, rows: RecordBatch) -> Result<()> {
        let dir = self.lake.dir(Table::RawRecords);
        let Some(open) = &mut self.open else { return Ok(()) };
        let raw = match &mut open.raw {
            Some(raw) => raw,
            none => {
                let number = open.batch.next_number(Table::RawRecords);
                let (send, receive) = bounded::<RecordBatch>(2);
                let id = open.batch.id().to_owned();
                let done = self.scope.spawn(move || {
                    let mut file = FileWriter::create(&dir, &id, Table::RawRecords, number, 0)?;
                    for batch in receive {
                        file.write(&batch)?;
                    }
                    file.finish()
                });
                none.insert(RawFile { rows: send, done })
            }
        };
        if raw.rows.send(rows).is_err() {
            // The thread has failed; its error comes out when it is joined.
            return self.commit();
        }
        Ok(())
    }

    fn write_when_full(&mut self) -> Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if open.event_bytes >= self.sizes.file_bytes || open.event_rows >= self.sizes.file_rows {
            self.start_event_file()?;
        }
        let due = self.open.as_ref().is_some_and(|o| o.input_bytes >= self.sizes.commit_bytes);
        if due { self.commit() } else { Ok(()) }
    }

    /// Hands collected events to an encoder; at most one runs beside the one being filled.
    fn start_event_file(&mut self) -> Result<()> {
        let dir = self.lake.dir(Table::Events);
        let index_budget = self.sizes.index_budget;
        let Some(open) = &mut self.open else { return Ok(()) };
        if open.events.is_empty() {
            return Ok(());
        }
        if let Some(running) = open.files.iter().rposition(|file| !file.is_finished()) {
            let file = open.files.swap_remove(running);
            let done = finished(file)?;
            open.files.push(self.scope.spawn(move || Ok(done)));
        }
        let number = open.batch.next_number(Table::Events);
        let file = EventFile {
            dir,
            batch: open.batch.id().to_owned(),
            number,
            batches: std::mem::take(&mut open.events),
            index_budget,
        };
        open.event_bytes = 0;
        open.event_rows = 0;
        open.files.push(self.scope.spawn(move || file.write()));
        Ok(())
    }

    /// Commits what is open.
    pub(super) fn commit(&mut self) -> Result<()> {
        self.start_event_file()?;
        let Some(open) = self.open.take() else { return Ok(()) };
        let lake_dirs = Table::ALL.map(|table| (table, self.lake.dir(table)));
        let dir = |table: Table| {
            lake_dirs.iter().find(|(t, _)| *t == table).map(|(_, d)| d.clone()).unwrap_or_default()
        };
        let (batch, files) = open.finish(&self.duplicates, dir);
        match files {
            Ok(files) => self.runtime.block_on(batch.commit(self.lake, files))?,
            Err(error) => {
                if let Err(cleanup) = self.runtime.block_on(batch.abort(self.lake)) {
                    tracing::warn!(%cleanup, "cleanup is left to the next sweep");
                }
                return Err(error);
            }
        }
        self.summary.commits += 1;
        self.committed.clone_from(&self.summary);
        self.duplicates.clear();
        let snapshot = self.runtime.block_on(self.lake.snapshot())?;
        self.dedupe.committed(&snapshot);
        Ok(())
    }
}

fn finished(file: ScopedJoinHandle<'_, Result<NewFile>>) -> Result<NewFile> {
    match file.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

impl<'s> Open<'s> {
    fn new(batch: Batch, run: RunStamp) -> Self {
        Self {
            batch,
            run,
            events: Vec::new(),
            event_bytes: 0,
            event_rows: 0,
            updates: Vec::new(),
            findings: BTreeMap::new(),
            quarantine: Vec::new(),
            progress: BTreeMap::new(),
            input_bytes: 0,
            files: Vec::new(),
            raw: None,
        }
    }

    fn add_events(&mut self, events: &[Event]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let batch = batch_of(events, &self.run)?;
        self.event_bytes += batch.get_array_memory_size();
        self.event_rows += batch.num_rows();
        self.events.push(batch);
        Ok(())
    }

    /// Writes the small tables, waits for the large ones.
    fn finish(
        mut self,
        duplicates: &BTreeMap<Id16, u64>,
        dir: impl Fn(Table) -> std::path::PathBuf,
    ) -> (Batch, Result<Vec<NewFile>>) {
        let small = self.small_files(duplicates, &dir);
        // All threads are joined before any error is returned: none may outlive the batch.
        let mut files: Vec<Result<NewFile>> = Vec::new();
        if let Some(raw) = self.raw {
            drop(raw.rows);
            files.push(finished(raw.done));
        }
        files.extend(self.files.into_iter().map(finished));
        let large: Result<Vec<NewFile>> = files.into_iter().collect();
        let all = large.and_then(|mut large| {
            large.extend(small?);
            large.sort_by(|a, b| a.path.cmp(&b.path));
            Ok(large)
        });
        (self.batch, all)
    }

    fn small_files(
        &mut self,
        duplicates: &BTreeMap<Id16, u64>,
        dir: &impl Fn(Table) -> std::path::PathBuf,
    ) -> Result<Vec<NewFile>> {
        let seq = self.batch.seq();
        let run = self.run.clone();
        let findings: Vec<Finding> = std::mem::take(&mut self.findings).into_values().collect();
        let progress: Vec<(Progress, u64)> = std::mem::take(&mut self.progress)
            .into_iter()
            .map(|(id, p)| {
                let dropped = duplicates.get(&id).copied().unwrap_or(0) + p.counts.repeats;
                (p, dropped)
            })
            .collect();
        let tables: Vec<(Table, Vec<RecordBatch>)> = vec![
            (Table::Quarantine, std::mem::take(&mut self.quarantine)),
            (Table::EventState, vec![rows::event_state(&self.updates, seq, &run)?]),
            (Table::Findings, vec![rows::findings(&findings, &run)?]),
            (Table::Files, vec![rows::files(&progress, seq, &run)?]),
        ];
        let mut files = Vec::new();
        for (table, batches) in tables {
            let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
            if rows == 0 {
                continue;
            }
            let number = self.batch.next_number(table);
            let path = dir(table);
            let mut writer =
                FileWriter::create(&path, self.batch.id(), table, number, rows as u64)?;
            for batch in &batches {
                writer.write(batch)?;
            }
            files.push(writer.finish()?);
        }
        Ok(files)
    }
}
