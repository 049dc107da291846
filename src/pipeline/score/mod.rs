//! `score`: thoughts that no classifier of this version has read are scored, many at once.
//!
//! Reads only the columns of thoughts, file by file, and scores what is new in batches that go across
//! sessions. Scores are committed as they come, at least every minute or so, each time with the batches of events of
//! which nothing is left; what was scored of others is looked up by the next run, so that a run that is stopped or killed
//! goes on about where it was. What was scored twice nevertheless counts once: the view takes the newest row of each event.

mod known;
mod resume;
mod rows;

use super::ledger;
use super::pieces::in_pieces;
use super::rows::write_tables;
use super::sweep::{Control, SweepError, runtime, tries};
use crate::detect::classifier::{Classifier, Scored, Unread};
use crate::lake::{Batch, Lake, LakeError, Result, Snapshot, read_file, read_table};
use crate::record::columns::{RunStamp, events_of};
use crate::record::schema::Table;
use crate::record::{Event, Finding, Id16, Role, Severity};
use ahash::AHashSet;
use arrow::array::{Array, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use known::Known;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What a run is asked to do.
#[derive(Debug)]
pub struct Options {
    /// The lake's folder.
    pub lake: PathBuf,
    /// Threads that score.
    pub threads: usize,
    /// Score everything, also what this version has scored.
    pub all: bool,
}

/// What a run did, in numbers.
#[derive(Debug, Clone, Default)]
pub struct ScoreSummary {
    /// Thoughts that were scored now.
    pub scored: u64,
    /// Of these, thoughts without a word: not evaluated.
    pub empty: u64,
    /// Of these, thoughts with too few words to be judged by: not evaluated.
    pub short: u64,
    /// Of these, thoughts with letters but no word among them, as of scripts without spaces: not evaluated.
    pub spaceless: u64,
    /// Of these, thoughts mostly in letters that the classifier has never seen, and without a finding: not evaluated.
    pub foreign: u64,
    /// Of these, thoughts of which only a part was read: the beginning, or by a second stage that of a window.
    pub truncated: u64,
    /// Of these, thoughts with runs that are too long to be words, which were left out.
    pub skipped: u64,
    /// Of these, thoughts of which more windows passed than a second stage reads of one.
    pub left: u64,
    /// Of these, thoughts of which a second stage has read something again.
    pub again: u64,
    /// Of these, thoughts with a text that had been scored a moment ago.
    pub known: u64,
    /// Thoughts with a finding.
    pub hits: u64,
    /// Findings that alert, by severity.
    pub severities: BTreeMap<Severity, u64>,
    /// Findings that only hunt.
    pub hunting: u64,
    /// Whether it was stopped before everything was scored.
    pub is_stopped: bool,
    /// Seconds the run took.
    pub seconds: f64,
}

/// Bytes of the thoughts that are held and scored together.
const MAX_HELD_BYTES: usize = 32 << 20;
/// Scores and findings after which they are committed, at the end of a data file.
const MAX_ROWS: usize = 50_000;
/// Time after which they are committed anywhere.
const MAX_WAIT: Duration = Duration::from_secs(60);

const COLUMNS: &[&str] = &[
    "event_id",
    "content_hash",
    "session_id",
    "stream_id",
    "role",
    "source_format",
    "agent_name",
    "ts",
    "request_model",
    "response_model",
    "tenant",
    "reasoning",
    "batch_id",
];

/// Scores what has not been scored.
///
/// # Errors
/// If the lake cannot be read or written, or the classifier fails.
pub fn score(options: &Options, classifier: &Classifier, control: &Control) -> Tried<ScoreSummary> {
    let mut summary = ScoreSummary::default();
    score_into(options, classifier, control, &mut summary)?;
    Ok(summary)
}

/// The same; `summary` counts what was committed also where it ends with an error.
///
/// # Errors
/// As of [`score`].
pub fn score_into(
    options: &Options,
    classifier: &Classifier,
    control: &Control,
    summary: &mut ScoreSummary,
) -> Tried<()> {
    let started = Instant::now();
    let runtime = runtime()?;
    let result = tries(|| attempt(options, classifier, control, &runtime, summary));
    summary.seconds = started.elapsed().as_secs_f64();
    result
}

type Tried<T> = std::result::Result<T, SweepError>;
/// Of each thought its scores, whether they were known, and what is found by them.
type Found = Vec<(Scored, bool, Vec<Finding>)>;

fn attempt(
    options: &Options,
    classifier: &Classifier,
    control: &Control,
    runtime: &tokio::runtime::Runtime,
    summary: &mut ScoreSummary,
) -> Tried<()> {
    let mut lake = runtime.block_on(Lake::open_or_create(&options.lake))?;
    runtime.block_on(lake.recover())?;
    runtime.block_on(lake.refresh())?;
    let snapshot = runtime.block_on(lake.snapshot())?;
    let seen = match options.all {
        true => HashSet::new(),
        false => ledger::seen_last(&snapshot, &classifier.detector(), classifier.version())?,
    };
    let unseen = unseen(&snapshot, &seen)?;
    if unseen.batches.is_empty() {
        return Ok(());
    }
    let mut run = Run {
        lake: &mut lake,
        runtime,
        classifier,
        threads: options.threads.max(1),
        summary,
        held: Vec::new(),
        held_bytes: 0,
        known: Known::default(),
        scored: Vec::new(),
        findings: Vec::new(),
        finished: Vec::new(),
        done: if options.all { AHashSet::new() } else { resume::done(&snapshot, classifier)? },
        committed: Instant::now(),
    };
    run.all(&snapshot, &unseen, control)
}

/// What no classifier of this version has seen: batches of events, and in how many data files each
/// has rows that were not read yet.
type Batches = BTreeMap<String, usize>;

/// The same, and the batches that each data file has rows of; other files are not opened.
#[derive(Debug, Default)]
struct Unseen {
    batches: Batches,
    files: BTreeMap<String, BTreeSet<String>>,
}

fn unseen(snapshot: &Snapshot, seen: &HashSet<String>) -> Result<Unseen> {
    let mut unseen = Unseen::default();
    read_table(snapshot, Table::Events, &["batch_id"], |file, batch| {
        let mut last = None;
        for id in ledger::strings(batch, "batch_id").into_iter().flatten().flatten() {
            if last != Some(id) && !seen.contains(id) {
                unseen.files.entry(file.path.clone()).or_default().insert(id.to_owned());
            }
            last = Some(id);
        }
        Ok(())
    })?;
    for batch in unseen.files.values().flatten() {
        *unseen.batches.entry(batch.clone()).or_default() += 1;
    }
    Ok(unseen)
}

/// An event with what its thought was scored.
struct Read {
    event: Event,
    scored: Scored,
    is_hit: bool,
    /// The same text had been scored before.
    is_known: bool,
}

struct Run<'r> {
    lake: &'r mut Lake,
    runtime: &'r tokio::runtime::Runtime,
    classifier: &'r Classifier,
    threads: usize,
    /// What was committed, over all attempts.
    summary: &'r mut ScoreSummary,
    held: Vec<Event>,
    held_bytes: usize,
    /// What was scored a moment ago.
    known: Known,
    /// Not written yet; without the texts.
    scored: Vec<Read>,
    findings: Vec<Finding>,
    /// Batches of which every file has been read.
    finished: Vec<String>,
    /// Thoughts that a run which was cut short has scored.
    done: AHashSet<Id16>,
    /// When something was committed last.
    committed: Instant,
}

impl Run<'_> {
    fn all(&mut self, snapshot: &Snapshot, new: &Unseen, control: &Control) -> Tried<()> {
        let dir = snapshot.dir(Table::Events).cloned().unwrap_or_default();
        let mut left = new.batches.clone();
        for file in snapshot.files(Table::Events) {
            let Some(batches) = new.files.get(&file.path) else { continue };
            for batch in read_file(&dir.join(&file.path), COLUMNS)? {
                self.take(&batch?, &new.batches, control)?;
                if control.is_stopping() {
                    self.summary.is_stopped = true;
                    return self.commit();
                }
            }
            self.finish(batches, &mut left, control)?;
        }
        self.score_held(control)?;
        self.summary.is_stopped = !self.held.is_empty();
        self.commit()
    }

    /// A data file was read: batches that have no other are seen once what is held is scored.
    fn finish(
        &mut self,
        batches: &BTreeSet<String>,
        left: &mut Batches,
        control: &Control,
    ) -> Tried<()> {
        for batch in batches {
            if let Some(files) = left.get_mut(batch) {
                *files -= 1;
                if *files == 0 {
                    self.finished.push(batch.clone());
                }
            }
        }
        if self.findings.len() + self.scored.len() < MAX_ROWS {
            return Ok(());
        }
        self.score_held(control)?;
        self.commit()
    }

    fn take(&mut self, batch: &RecordBatch, new: &Batches, control: &Control) -> Tried<()> {
        let Some(thoughts) = batch.column_by_name("reasoning") else { return Ok(()) };
        let Some(ids) = ledger::strings(batch, "batch_id") else { return Ok(()) };
        let is_wanted = |row: usize| thoughts.is_valid(row) && new.contains_key(ids.value(row));
        let wanted: BooleanArray = (0..batch.num_rows()).map(|row| Some(is_wanted(row))).collect();
        if wanted.true_count() == 0 {
            return Ok(());
        }
        let rows = filter_record_batch(batch, &wanted).map_err(LakeError::from)?;
        for event in events_of(&rows).map_err(LakeError::from)? {
            // The thoughts of an evaluator that plays the world are not the agent's.
            if event.role == Some(Role::Environment) || self.done.contains(&event.event_id) {
                continue;
            }
            self.held_bytes += event.text_len();
            self.held.push(event);
            if self.held.len() >= self.classifier.together() || self.held_bytes >= MAX_HELD_BYTES {
                self.score_held(control)?;
                // What is scored counts, the rest comes next time.
                if control.is_stopping() {
                    return Ok(());
                }
                if self.committed.elapsed() >= MAX_WAIT {
                    self.commit()?;
                }
            }
        }
        Ok(())
    }

    /// Scores what is held. If somebody stops that, what was not begun stays held: a slow model takes minutes for it.
    fn score_held(&mut self, control: &Control) -> Tried<()> {
        let mut held = std::mem::take(&mut self.held);
        let scored = self.parallel(&held, control)?;
        self.held = held.split_off(scored.len());
        self.held_bytes = self.held.iter().map(|event| event.text_len()).sum();
        for (mut event, (scored, is_known, found)) in held.into_iter().zip(scored) {
            event.reasoning = None;
            self.scored.push(Read { event, scored, is_hit: !found.is_empty(), is_known });
            self.findings.extend(found);
        }
        Ok(())
    }

    /// Scores on all threads, piece by piece, in order: what a second stage reads again is a thousand
    /// times as dear, and stands anywhere. The first ones only if somebody stops it.
    fn parallel(&mut self, events: &[Event], control: &Control) -> Tried<Found> {
        let (classifier, piece) = (self.classifier, self.classifier.piece());
        let is_stopping = || control.is_stopping();
        let plan = self.known.plan(events);
        let count = |done: usize| control.thoughts_done.fetch_add(done as u64, Ordering::Relaxed);
        let known = events.len() - plan.new.len();
        let scored = in_pieces(&plan.new, piece, self.threads, is_stopping, |some| {
            let texts: Vec<&str> =
                some.iter().map(|event| event.reasoning.as_deref().unwrap_or_default()).collect();
            let scored = classifier.score(&texts);
            count(some.len());
            scored
        })?;
        if scored.len() == plan.new.len() {
            count(known);
        }
        let scored = self.known.filled(plan, scored);
        let both: Vec<_> = events.iter().zip(scored).collect();
        let never = || false;
        let found = in_pieces(&both, piece, self.threads, never, |some| {
            some.iter().map(|(event, (scored, _))| classifier.findings(event, scored)).collect()
        })?;
        let whole = both.into_iter().zip(found);
        Ok(whole.map(|((_, (scored, is_known)), found)| (scored, is_known, found)).collect())
    }

    fn count(&mut self, read: &[Read], found: &[Finding]) {
        let summary = &mut *self.summary;
        let count = |of: fn(&Read) -> bool| read.iter().filter(|one| of(one)).count() as u64;
        summary.scored += read.len() as u64;
        summary.empty += count(|one| one.scored.unread == Some(Unread::NoWords));
        summary.short += count(|one| one.scored.unread == Some(Unread::FewWords));
        summary.spaceless += count(|one| one.scored.unread == Some(Unread::NoSpaces));
        let is_foreign = |one: &Read| one.scored.unread == Some(Unread::OtherScript) && !one.is_hit;
        summary.foreign += count(is_foreign);
        summary.truncated += count(|one| one.scored.is_cut());
        summary.left += count(|one| one.scored.second_left > 0);
        summary.skipped += count(|one| one.scored.skipped > 0);
        summary.again += count(|one| one.scored.second_count > 0);
        summary.known += count(|one| one.is_known);
        summary.hits += count(|one| one.is_hit);
        summary.hunting += found.iter().filter(|finding| finding.lane != "stable").count() as u64;
        for finding in found.iter().filter(|finding| finding.lane == "stable") {
            *summary.severities.entry(finding.severity).or_default() += 1;
        }
    }

    /// Commits what was scored, and in the ledger the batches of which nothing is left.
    fn commit(&mut self) -> Tried<()> {
        self.committed = Instant::now();
        let (scored, findings) =
            (std::mem::take(&mut self.scored), std::mem::take(&mut self.findings));
        // What is read but not scored yet belongs to batches that are not finished, or to the next commit.
        let seen =
            if self.held.is_empty() { std::mem::take(&mut self.finished) } else { Vec::new() };
        if scored.is_empty() && seen.is_empty() {
            return Ok(());
        }
        let mut batch = self.runtime.block_on(Batch::begin(self.lake))?;
        let micros = chrono::Utc::now().timestamp_micros();
        let run = RunStamp { batch_id: batch.id().to_owned(), ingest_micros: micros };
        let tables = [
            (Table::Findings, super::rows::findings(&findings, &run).map_err(LakeError::from)?),
            (
                Table::Scores,
                rows::scores(&scored, self.classifier, batch.seq(), &run)
                    .map_err(LakeError::from)?,
            ),
            (
                Table::Scans,
                ledger::scans(&self.classifier.detector(), self.classifier.version(), &seen, &run)
                    .map_err(LakeError::from)?,
            ),
        ];
        let files = write_tables(self.lake, &mut batch, tables)?;
        self.runtime.block_on(batch.commit(self.lake, files))?;
        self.count(&scored, &findings);
        Ok(())
    }
}
