//! Takes chunks in order, drops what is known, and turns them into commits.

use super::dedupe::Dedupe;
use super::encode::Run;
use super::files::{Files, OpenFile, RawFile};
use super::ledger;
use super::rows;
use super::summary::Summary;
use super::worker::{Origin, Work, settle_updates};
use crate::formats::Update;
use crate::ingest::chunk::Progress;
use crate::lake::{Batch, FileWriter, Lake, LakeError, NewFile, Result};
use crate::record::columns::RunStamp;
use crate::record::schema::Table;
use crate::record::{Event, Finding, Id16};
use arrow::array::RecordBatch;
use crossbeam_channel::{Receiver, bounded};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::thread::Scope;

/// How much goes into a file and a commit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Bytes of events in memory that are sorted together.
    pub(super) run_bytes: usize,
    /// Bytes of text and columns after which a data file of `events` is closed.
    pub(super) file_bytes: usize,
    /// Rows after which it is closed.
    pub(super) file_rows: usize,
    /// Input bytes after which the batch is committed.
    pub(super) commit_bytes: u64,
    /// Memory of the index writer; none for no index.
    pub(super) index_budget: Option<usize>,
}

/// What a row has in a file beside its text, roughly.
const ROW_BYTES: usize = 256;

/// Runs after which a file is closed, so that it can be merged chain by chain.
const MAX_RUNS: usize = crate::lake::MAX_CHAINS;
/// What a rejected range or a source costs beside its bytes.
const OVERHEAD: u64 = 512;

/// Writes what one sweep reads.
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
    /// Version of the rules that look at what is read.
    pub(super) rules: String,
}

/// A batch being written.
struct Open<'s> {
    batch: Batch,
    run: RunStamp,
    /// Rows that have not been handed to the encoder.
    events: Run,
    events_bytes: usize,
    /// The file of events being written.
    file: Option<OpenFile<'s>>,
    updates: Vec<Update>,
    findings: BTreeMap<Id16, Finding>,
    quarantine: Vec<RecordBatch>,
    progress: BTreeMap<Id16, Progress>,
    input_bytes: u64,
    files: Files<'s>,
    raw: Option<RawFile<'s>>,
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
            rules: ledger::NO_RULES.to_owned(),
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
        settle_updates(chunk.events.iter_mut(), &mut chunk.updates);
        // Of this source or of another with the same session, as long as it is not written.
        settle_updates(open.events.iter_mut().flatten(), &mut chunk.updates);
        open.add_events(chunk.events);
        open.updates.append(&mut chunk.updates);
        open.findings.extend(findings.into_iter().map(|f| (f.finding_id, f)));
        open.input_bytes += OVERHEAD
            + chunk.raw.iter().map(|raw| raw.place.len).sum::<u64>()
            + chunk.rejected.iter().map(|r| r.bytes.len() as u64 + OVERHEAD).sum::<u64>();
        if !chunk.rejected.is_empty() {
            open.quarantine.push(rows::quarantine(file_id, &chunk.rejected, &open.run)?);
        }
        let raw = rows::raw_records(file_id, &chunk.raw, &open.run)?;
        let may_commit = chunk.progress.state.is_some();
        open.progress.insert(file_id, chunk.progress);
        if raw.num_rows() > 0 {
            self.send_raw(raw)?;
        }
        self.write_when_full(may_commit)
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

    fn write_when_full(&mut self, may_commit: bool) -> Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let due = may_commit && open.input_bytes >= self.sizes.commit_bytes;
        if due {
            return self.commit();
        }
        if open.events_bytes >= self.sizes.run_bytes { self.send_run() } else { Ok(()) }
    }

    /// Hands the collected events to the encoder of the open file, and closes a full file.
    fn send_run(&mut self) -> Result<()> {
        let sizes = self.sizes;
        let dir = self.lake.dir(Table::Events);
        let dir_for_error = dir.clone();
        let Some(open) = &mut self.open else { return Ok(()) };
        if open.events.is_empty() {
            return Ok(());
        }
        let file = match &mut open.file {
            Some(file) => file,
            none => {
                open.files.wait_for_earlier()?;
                let number = open.batch.next_number(Table::Events);
                none.insert(OpenFile::start(self.scope, sizes, dir, open.run.clone(), number))
            }
        };
        open.events_bytes = 0;
        for event in open.events.iter().flatten() {
            file.bytes += event.heap_len() + ROW_BYTES;
            file.rows += 1;
        }
        file.sent_runs += 1;
        let sent = file.runs.send(std::mem::take(&mut open.events)).is_ok();
        // A thread that has failed is joined, so that its error comes out.
        let is_full = file.bytes >= sizes.file_bytes
            || file.rows >= sizes.file_rows
            || file.sent_runs >= MAX_RUNS;
        if !sent || is_full {
            open.close_file();
        }
        if sent {
            return Ok(());
        }
        open.files.wait_for_all()?;
        let source = std::io::Error::other("the encoder ended before its rows");
        Err(LakeError::Io { path: dir_for_error, source })
    }

    /// Gives up the open batch after an error: nothing of it stays.
    pub(super) fn abandon(&mut self) {
        let Some(open) = self.open.take() else { return };
        let batch = open.discard();
        if let Err(cleanup) = self.runtime.block_on(batch.abort(self.lake)) {
            tracing::warn!(%cleanup, "cleanup is left to the next sweep");
        }
    }

    /// Commits what is open.
    pub(super) fn commit(&mut self) -> Result<()> {
        self.send_run()?;
        let Some(open) = self.open.take() else { return Ok(()) };
        let lake_dirs = Table::ALL.map(|table| (table, self.lake.dir(table)));
        let dir = |table: Table| {
            lake_dirs.iter().find(|(t, _)| *t == table).map(|(_, d)| d.clone()).unwrap_or_default()
        };
        let unfinished = open.unfinished();
        let (batch, files) = open.finish(&self.duplicates, &self.rules, dir);
        let files = files.and_then(|files| unfinished.map_or(Ok(files), Err));
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

impl<'s> Open<'s> {
    fn new(batch: Batch, run: RunStamp) -> Self {
        Self {
            batch,
            run,
            events: Run::new(),
            events_bytes: 0,
            file: None,
            updates: Vec::new(),
            findings: BTreeMap::new(),
            quarantine: Vec::new(),
            progress: BTreeMap::new(),
            input_bytes: 0,
            files: Files::default(),
            raw: None,
        }
    }

    fn add_events(&mut self, events: Vec<Event>) {
        self.events_bytes += events.iter().map(|e| e.memory_len()).sum::<usize>();
        if !events.is_empty() {
            self.events.push(events);
        }
    }

    /// Ends all threads and gives back the batch, whatever became of its files.
    fn discard(mut self) -> Batch {
        self.close_all();
        if let Err(error) = self.files.wait_for_all() {
            tracing::debug!(%error, "a file of a batch that is given up");
        }
        self.batch
    }

    /// A source that was left between two checkpoints: it could not be resumed, and its rows
    /// would be doubled. Nothing should come to this.
    fn unfinished(&self) -> Option<LakeError> {
        let progress = self.progress.values().find(|progress| progress.state.is_none())?;
        let source = std::io::Error::other("reading it ended where it cannot be resumed");
        Some(LakeError::Io { path: PathBuf::from(&progress.path), source })
    }

    fn close_all(&mut self) {
        self.close_file();
        if let Some(raw) = self.raw.take() {
            drop(raw.rows);
            self.files.writing.push(raw.done);
        }
    }

    fn close_file(&mut self) {
        if let Some(file) = self.file.take() {
            self.files.writing.push(file.done);
        }
    }

    /// Writes the small tables, waits for the large ones.
    fn finish(
        mut self,
        duplicates: &BTreeMap<Id16, u64>,
        rules: &str,
        dir: impl Fn(Table) -> std::path::PathBuf,
    ) -> (Batch, Result<Vec<NewFile>>) {
        let has_events = self.file.is_some() || !self.files.writing.is_empty();
        let seen = if has_events { vec![self.run.batch_id.clone()] } else { Vec::new() };
        let small = ledger::scans(ledger::RULES, rules, &seen, &self.run)
            .map_err(LakeError::from)
            .and_then(|scans| self.small_files(duplicates, scans, &dir));
        // All threads are joined before any error is returned: none may outlive the batch.
        self.close_all();
        let large = self.files.finish();
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
        scans: RecordBatch,
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
            (Table::Scans, vec![scans]),
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
