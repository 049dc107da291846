//! `sweep`: read what is new, detect, commit.

use super::dedupe::Dedupe;
use super::plan::{self, Candidate, Plan};
use super::state;
use super::summary::Summary;
use super::worker::{self, Shared, Work};
use super::writer::{Sizes, Writer};
use crate::detect::rules::RuleSet;
use crate::ingest::known::KnownSources;
use crate::ingest::{source, walk};
use crate::lake::{Lake, LakeError};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// What a sweep is asked to do.
pub struct Options {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// The lake's folder.
    pub lake: PathBuf,
    /// How sources are read.
    pub source: source::Options,
    /// Rules to run; none to only ingest.
    pub rules: Option<Rules>,
    /// Build the full-text index.
    pub index: bool,
    /// Workers that read sources.
    pub threads: usize,
    /// Memory budget in bytes.
    pub memory: usize,
    /// Input bytes after which a batch is committed.
    pub commit_bytes: u64,
}

/// The rules of a sweep.
pub enum Rules {
    /// Loaded by the caller, who has seen what is wrong with them.
    Loaded(RuleSet),
    /// The shipped pack, which is loaded while the sweep looks for what there is to read.
    Shipped,
}

/// Rules that may still be loading.
pub(super) struct Loading<'o> {
    rules: Option<&'o Rules>,
    shipped: OnceLock<RuleSet>,
}

impl Loading<'_> {
    /// The rules, if any are to be run; waits until they are loaded.
    pub(super) fn get(&self) -> Option<&RuleSet> {
        match self.rules? {
            Rules::Loaded(rules) => Some(rules),
            Rules::Shipped => Some(self.shipped.get_or_init(RuleSet::embedded)),
        }
    }
}

/// How a sweep is watched and stopped from outside.
#[derive(Debug, Default)]
pub struct Control {
    /// Set to stop at the next checkpoint of a source; what has been read is committed.
    pub stop: AtomicBool,
    /// Bytes of files that have been read through.
    pub bytes_done: AtomicU64,
    /// Bytes of files there are to read.
    pub bytes_total: AtomicU64,
    /// Thoughts that a classifier has read.
    pub thoughts_done: AtomicU64,
}

impl Control {
    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(super) fn add_done(&self, bytes: u64) {
        self.bytes_done.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Why a sweep could not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// The lake.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// No runtime could be started.
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
    /// The judge's own words, actions or weights, which this program carries, cannot be read.
    #[error("the judge's data: {0}")]
    Judge(String),
    /// The classifier does not run.
    #[error(transparent)]
    Classifier(#[from] crate::detect::classifier::OnnxError),
    /// Others kept committing the same sources.
    #[error("gave up after {0} tries: other runs keep committing to the same lake")]
    Contended(u32),
}

const MAX_TRIES: u32 = 20;

/// Runs a sweep.
///
/// # Errors
/// If the lake cannot be opened or written. What is wrong with the input is no error; it is in
/// the summary and in the `quarantine` table.
pub fn sweep(options: &Options, control: &Control) -> Result<Summary, SweepError> {
    let started = Instant::now();
    let runtime = runtime()?;
    let rules = Loading { rules: options.rules.as_ref(), shipped: OnceLock::new() };
    let mut total = Summary::default();
    std::thread::scope(|scope| {
        scope.spawn(|| rules.get().is_some());
        tries(|| attempt(options, control, runtime.handle(), &rules, &mut total))
    })?;
    total.rules_run = rules.get().map_or(0, |rules| rules.rules().count());
    total.seconds = started.elapsed().as_secs_f64();
    Ok(total)
}

/// Tries again when another run has committed before this one could.
pub(super) fn tries<T>(
    mut attempt: impl FnMut() -> Result<T, SweepError>,
) -> Result<T, SweepError> {
    for _ in 0..MAX_TRIES {
        match attempt() {
            // Another run was faster: look again at what is new.
            Err(SweepError::Lake(LakeError::Conflict)) => {
                tracing::info!("another run has committed; planning again");
            }
            other => return other,
        }
    }
    Err(SweepError::Contended(MAX_TRIES))
}

/// What waits for the lake.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, SweepError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().map_err(SweepError::Runtime)
}

fn attempt(
    options: &Options,
    control: &Control,
    runtime: &tokio::runtime::Handle,
    rules: &Loading<'_>,
    total: &mut Summary,
) -> Result<(), SweepError> {
    let mut lake = runtime.block_on(Lake::open_or_create(&options.lake))?;
    let recovered = runtime.block_on(lake.recover())?;
    runtime.block_on(lake.refresh())?;
    let snapshot = runtime.block_on(lake.snapshot())?;
    let (known, states) = state::load(&snapshot, options.source.reading())?;
    let plan = make_plan(options, &known);
    control.bytes_total.store(plan.bytes, Ordering::Relaxed);
    control.bytes_done.store(0, Ordering::Relaxed);
    let mut summary = Summary {
        files_found: plan.unchanged + plan.groups.iter().map(Vec::len).sum::<usize>(),
        files_unchanged: plan.unchanged,
        recovered,
        ..Summary::default()
    };
    let named = |of: &[walk::Unreadable]| {
        let named =
            |u: &walk::Unreadable| (u.path.to_string_lossy().into_owned(), u.reason.clone());
        of.iter().map(named).collect()
    };
    summary.unreadable = named(&plan.unreadable);
    summary.skipped = named(&plan.skipped);
    summary.otherwise.clone_from(&plan.otherwise);
    let shared =
        Shared { options: &options.source, known: &known, states: &states, rules, control };
    let dedupe = Dedupe::new(&snapshot);
    let (summary, result) =
        run(&shared, &plan, options, control, &mut lake, runtime, dedupe, summary);
    // What was committed before a conflict stays committed, and stays counted.
    let earlier = std::mem::replace(total, summary);
    total.merge(earlier);
    Ok(result?)
}

fn make_plan(options: &Options, known: &KnownSources) -> Plan {
    let mut paths = options.paths.clone();
    paths.retain(|path| options.source.file(path) == path);
    let mut walk = walk::walk(&paths, Some(&options.lake), Lake::owner);
    if let Some(spooled) = &options.source.stdin {
        walk.spooled(source::STDIN, &spooled.file);
    }
    plan::plan(walk, known, &options.source)
}

/// Whether a folder is a lake in which there is nothing else to read.
#[must_use]
pub fn is_only_a_lake(folder: &Path) -> bool {
    let is_empty = |walk: walk::Walk| walk.files.is_empty() && walk.unreadable.is_empty();
    Lake::is_one(folder) && is_empty(walk::walk(&[folder.to_owned()], None, Lake::owner))
}

/// Threads: one dispatcher, `threads` workers, the writer on this one.
#[expect(clippy::too_many_arguments, reason = "called once; a struct would only rename them")]
fn run<'e>(
    shared: &Shared<'_>,
    plan: &Plan,
    options: &Options,
    control: &Control,
    lake: &'e mut Lake,
    runtime: &'e tokio::runtime::Handle,
    dedupe: Dedupe,
    summary: Summary,
) -> (Summary, crate::lake::Result<()>) {
    let threads = options.threads.max(1);
    std::thread::scope(|scope| {
        let (send_jobs, jobs) = bounded::<(&[Candidate], Sender<Work>)>(threads);
        // Groups in order; bounded, so that workers stay close to the writer.
        let (send_order, order) = bounded::<Receiver<Work>>(threads * 2);
        scope.spawn(move || dispatch(plan, &send_jobs, &send_order));
        for _ in 0..threads {
            let jobs = jobs.clone();
            scope.spawn(move || work(shared, &jobs));
        }
        drop(jobs);
        let mut writer = Writer::new(lake, runtime, scope, sizes(options), dedupe);
        writer.summary = summary;
        if let Some(rules) = shared.rules.get() {
            rules.version().clone_into(&mut writer.rules);
        }
        let mut result = Ok(());
        for chunks in &order {
            result = writer.take_group(&chunks);
            if result.is_err() || control.is_stopping() {
                break;
            }
        }
        // Queued groups must go one by one: their workers wait for somebody who takes chunks.
        order.iter().for_each(drop);
        let result = result.and_then(|()| writer.commit());
        let done = match result {
            Ok(()) => std::mem::take(&mut writer.summary),
            Err(_) => {
                writer.abandon();
                std::mem::take(&mut writer.committed)
            }
        };
        (done, result)
    })
}

fn dispatch<'p>(
    plan: &'p Plan,
    jobs: &Sender<(&'p [Candidate], Sender<Work>)>,
    order: &Sender<Receiver<Work>>,
) {
    for group in &plan.groups {
        let (send, receive) = bounded::<Work>(2);
        if order.send(receive).is_err() || jobs.send((group, send)).is_err() {
            return;
        }
    }
}

fn work(shared: &Shared<'_>, jobs: &Receiver<(&[Candidate], Sender<Work>)>) {
    for (group, output) in jobs {
        if shared.control.is_stopping() || worker::read_group(shared, group, &output).is_err() {
            return;
        }
    }
}

fn sizes(options: &Options) -> Sizes {
    const MB: usize = 1 << 20;
    let file_bytes = (options.memory / 10).clamp(16 * MB, 96 * MB);
    Sizes {
        run_bytes: file_bytes / 4,
        file_bytes,
        file_rows: 500_000,
        commit_bytes: options.commit_bytes,
        index_budget: options.index.then_some((options.memory / 8).clamp(32 * MB, 256 * MB)),
    }
}
