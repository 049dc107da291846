//! `judge`: sessions that have changed are judged again, all of each at once.
//!
//!   select.rs    which sessions have rows that no judge of this version has seen
//!   newest.rs    which judgement of each is the newest
//!   gather.rs    the lake's rows, file by file, into whole sessions, within a memory budget
//!   around.rs    what the lake knows of targets, for rarity
//!   rows.rs      judgements -> rows
//!   work.rs      reading and judging at the same time, on some threads
//!   summary.rs   what a run did, in numbers
//!   features.rs  what the heads look at, for training
//!
//! A session is complete when its last row has passed; what is open at the same time is bounded, and
//! sessions that do not fit are taken in a further pass over the files. Judgements are committed in
//! batches like everything else; the ledger (`scans`) says last which batches of events were seen,
//! so that a killed run is taken up again and never leaves a session out.
//!
//! What is rare is known from earlier judgements, and in a fresh lake, or of a new agent, there are none. So what is worth a
//! look, or was only excused by a habit, is asked again after the first pass, and sessions that what the pass has
//! learnt would change are judged a second time.

mod around;
mod features;
mod gather;
mod newest;
mod rows;
mod select;
mod summary;
mod work;

pub use features::features;
pub use summary::JudgeSummary;

use super::rows::write_tables;
use super::sweep::{Control, SweepError, runtime, tries};
use crate::detect::session::{Judgement, ListFile, SessionJudge, Undecided};
use crate::lake::{Batch, Lake, Result, Snapshot};
use crate::record::columns::RunStamp;
use crate::record::{Event, Finding, Id16};
use ahash::{AHashMap as HashMap, AHashSet};
use around::Around;
use gather::Gather;
use newest::{Newest, session_key};
use select::Selection;
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::time::Instant;
use summary::Counted;
use work::{MAX_HELD, guarded, judged, read};

/// What a run is asked to do.
#[derive(Debug)]
pub struct Options {
    /// The lake's folder.
    pub lake: PathBuf,
    /// Threads that judge.
    pub threads: usize,
    /// Memory budget in bytes.
    pub memory: usize,
    /// Judge every session, also those that were judged by this version.
    pub all: bool,
    /// Lists of one's own beside the shipped ones.
    pub own: Vec<ListFile>,
}

/// Sessions that share a target nobody named, from which it is worth a look.
const MIN_REUSE: u64 = 3;
/// Actions with such targets that are kept in one run.
const MAX_UNSOURCED: usize = 100_000;
/// Rows after which judgements are committed.
const MAX_ROWS: usize = 250_000;
/// Judges what has not been judged.
///
/// # Errors
/// If the lake cannot be read or written.
pub fn judge(
    options: &Options,
    control: &Control,
) -> std::result::Result<JudgeSummary, SweepError> {
    let started = Instant::now();
    let runtime = runtime()?;
    let judge = SessionJudge::with(&options.own).map_err(SweepError::Judge)?;
    let mut summary = tries(|| Ok(attempt(options, control, &runtime, &judge)?))?;
    summary.seconds = started.elapsed().as_secs_f64();
    Ok(summary)
}

fn attempt(
    options: &Options,
    control: &Control,
    runtime: &tokio::runtime::Runtime,
    judge: &SessionJudge,
) -> Result<JudgeSummary> {
    let mut lake = runtime.block_on(Lake::open_or_create(&options.lake))?;
    runtime.block_on(lake.recover())?;
    runtime.block_on(lake.refresh())?;
    let snapshot = runtime.block_on(lake.snapshot())?;
    let newest = Newest::load(&snapshot)?;
    let selection = Selection::of(&snapshot, judge, &newest, options.all)?;
    let mut summary = JudgeSummary { sessions: selection.sessions(), ..JudgeSummary::default() };
    if selection.is_empty() {
        return Ok(summary);
    }
    let around = Around::load(&snapshot, &newest, selection.again(&newest))?;
    drop(newest);
    let mut run = Run {
        lake: &mut lake,
        runtime,
        judge,
        options,
        around,
        summary: &mut summary,
        version: judge.version().to_owned(),
        unsourced: BTreeMap::new(),
        unsourced_count: 0,
        pending: Vec::new(),
        pending_rows: 0,
        undecided: BTreeMap::new(),
        is_first: true,
        room: options.memory / 8,
    };
    run.all(&snapshot, selection, control)?;
    Ok(summary)
}

struct Run<'r> {
    lake: &'r mut Lake,
    runtime: &'r tokio::runtime::Runtime,
    judge: &'r SessionJudge,
    options: &'r Options,
    around: Around,
    summary: &'r mut JudgeSummary,
    version: String,
    /// Actions whose targets nobody named, by target; what is beyond the cap is left out.
    unsourced: BTreeMap<String, Vec<Finding>>,
    unsourced_count: usize,
    /// Judgements that are not written yet, and how many rows they are.
    pending: Vec<Judgement>,
    pending_rows: usize,
    /// Sessions that may be judged a second time.
    undecided: BTreeMap<String, Open>,
    is_first: bool,
    /// Bytes that events of sessions that may be judged again may still take.
    room: usize,
}

/// A session that may be judged a second time, and what it adds to the summary until then.
struct Open {
    undecided: Undecided,
    counted: Counted,
    /// Its events, as long as there is room for them; else they are read again.
    events: Option<Vec<Event>>,
}

impl Run<'_> {
    fn all(&mut self, snapshot: &Snapshot, selection: Selection, control: &Control) -> Result<()> {
        let seen = selection.batches();
        let done = self.passes(snapshot, selection, control)?;
        // What was not judged a second time stays as the first pass has left it, also if the run was stopped.
        for (_, open) in std::mem::take(&mut self.undecided) {
            self.summary.add(&open.counted);
        }
        // What is counted is written, also if the run was stopped; the ledger does not know of it then.
        self.commit(done.then_some(seen.as_slice()))
    }

    /// Both passes; false if the run is to stop.
    fn passes(
        &mut self,
        snapshot: &Snapshot,
        selection: Selection,
        control: &Control,
    ) -> Result<bool> {
        let Some(mut selection) = self.pass(snapshot, selection, control)? else {
            return Ok(false);
        };
        self.is_first = false;
        if self.undecided.is_empty() {
            return Ok(true);
        }
        self.commit(None)?;
        let again = self.decide()?;
        if again.is_empty() {
            return Ok(true);
        }
        let again = self.judge_kept(again, control)?;
        if again.is_empty() || control.is_stopping() {
            return Ok(!control.is_stopping());
        }
        let again = again.iter().map(|session| session_key(session)).collect();
        selection.select_only(&again, snapshot)?;
        Ok(self.pass(snapshot, selection, control)?.is_some())
    }

    /// Judges those whose events are still there; gives the others back.
    fn judge_kept(
        &mut self,
        mut again: HashSet<String>,
        control: &Control,
    ) -> Result<HashSet<String>> {
        let mut kept: Vec<Vec<Event>> = Vec::new();
        for (session, open) in &mut self.undecided {
            let events = open.events.take();
            if let Some(events) = events.filter(|_| again.remove(session)) {
                kept.push(events);
            }
        }
        while !kept.is_empty() && !control.is_stopping() {
            let rest = kept.split_off(kept.len().min(MAX_HELD));
            self.take(std::mem::replace(&mut kept, rest))?;
        }
        Ok(again)
    }

    /// Looks at what the first pass has learnt of the lake; gives the sessions that would be judged otherwise. The lake
    /// is not looked at anew: what others have written since is for the commit to find, which then fails.
    fn decide(&mut self) -> Result<HashSet<String>> {
        self.around = Around::default();
        let snapshot = self.runtime.block_on(self.lake.snapshot())?;
        self.around = Around::load(&snapshot, &Newest::load(&snapshot)?, self.asked_about())?;
        let moved =
            |(_, open): &(&String, &Open)| self.judge.would_change(&open.undecided, &self.around);
        let again: HashSet<String> =
            self.undecided.iter().filter(moved).map(|(session, _)| session.clone()).collect();
        for findings in self.unsourced.values_mut() {
            findings.retain(|finding| !again.contains(&finding.session_id));
        }
        self.unsourced.retain(|_, findings| !findings.is_empty());
        self.unsourced_count = self.unsourced.values().map(Vec::len).sum();
        Ok(again)
    }

    /// Sessions that may be judged a second time.
    fn asked_about(&self) -> AHashSet<Id16> {
        self.undecided.keys().map(|session| session_key(session)).collect()
    }

    /// Judges what is selected and gives the selection back; nothing if the run is to stop.
    fn pass(
        &mut self,
        snapshot: &Snapshot,
        selection: Selection,
        control: &Control,
    ) -> Result<Option<Selection>> {
        let gather = Gather::new(snapshot, selection, self.options.memory / 4)?;
        // Sessions are put together while others are judged; one batch waits at most.
        let (give, given) = sync_channel(0);
        std::thread::scope(|scope| {
            let reader = scope.spawn(move || read(gather, control, &give));
            for held in given {
                self.take(held)?;
            }
            // Whoever panics in there must not pass for done.
            reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Judges sessions on all threads; commits when there is enough.
    fn take(&mut self, sessions: Vec<Vec<Event>>) -> Result<()> {
        let judge = |events: &[Event]| guarded(events, || self.judge.judge(events, &self.around));
        let mut judgements = judged(&sessions, self.options.threads, &judge);
        let mut events: HashMap<String, Vec<Event>> = sessions
            .into_iter()
            .filter_map(|events| Some((events.first()?.session_id.clone(), events)))
            .collect();
        judgements.sort_by(|a, b| a.session_id.cmp(&b.session_id));
        for judgement in &mut judgements {
            self.pending_rows += rows::count_of(judgement);
            let counted = Counted::of(judgement);
            match judgement.undecided.take().filter(|_| self.is_first) {
                Some(undecided) => {
                    let events = events.remove(&judgement.session_id);
                    let events = events.filter(|events| self.has_room(events));
                    let open = Open { undecided, counted, events };
                    self.undecided.insert(judgement.session_id.clone(), open);
                }
                None => {
                    self.undecided.remove(&judgement.session_id);
                    self.summary.add(&counted);
                }
            }
            for (target, finding) in std::mem::take(&mut judgement.reused) {
                if self.unsourced_count < MAX_UNSOURCED {
                    self.unsourced_count += 1;
                    self.unsourced.entry(target).or_default().push(finding);
                }
            }
        }
        self.pending.append(&mut judgements);
        if self.pending_rows >= MAX_ROWS { self.commit(None) } else { Ok(()) }
    }

    fn has_room(&mut self, events: &[Event]) -> bool {
        let bytes: usize = events.iter().map(Event::memory_len).sum();
        let left = self.room.checked_sub(bytes);
        self.room = left.unwrap_or(self.room);
        left.is_some()
    }

    /// R19: targets that only agents named, in at least [`MIN_REUSE`] sessions.
    fn reused(&mut self) -> Vec<Finding> {
        let mut found = Vec::new();
        for (target, mut findings) in std::mem::take(&mut self.unsourced) {
            findings.sort_by(|a, b| a.session_id.cmp(&b.session_id));
            findings.dedup_by(|a, b| a.session_id == b.session_id);
            let now: Vec<&str> =
                findings.iter().map(|finding| finding.session_id.as_str()).collect();
            let sessions = now.len() as u64 + self.around.unsourced(&target, &now);
            if sessions < MIN_REUSE {
                continue;
            }
            for mut finding in findings {
                finding.reason = format!(
                    "in {sessions} sessions nobody but the agent names this target before it is used"
                );
                found.push(finding);
            }
        }
        found
    }

    /// Commits what was judged; with `seen`, the ledger as well.
    fn commit(&mut self, seen: Option<&[String]>) -> Result<()> {
        if self.pending.is_empty() && seen.is_none() {
            return Ok(());
        }
        let judgements = std::mem::take(&mut self.pending);
        self.pending_rows = 0;
        let reused = if seen.is_some() { self.reused() } else { Vec::new() };
        self.summary.hunting += reused.len() as u64;
        let mut batch = self.runtime.block_on(Batch::begin(self.lake))?;
        let judged_micros = chrono::Utc::now().timestamp_micros();
        let run = RunStamp { batch_id: batch.id().to_owned(), ingest_micros: judged_micros };
        let tables = rows::of(&judgements, &reused, &run, batch.seq(), &self.version, seen)?;
        let files = write_tables(self.lake, &mut batch, tables)?;
        self.runtime.block_on(batch.commit(self.lake, files))
    }
}
