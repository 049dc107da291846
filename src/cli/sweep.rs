//! `reveille sweep`: the main job.

use super::actions::ActionsArg;
use super::classifier::ModelArg;
use super::exit::Exit;
use super::interrupt::stop_on_interrupt;
use super::options::{Global, LakeArg, size};
use super::progress::{with_count, with_progress};
use super::read_as::ReadAs;
use super::ui::Ui;
use crate::detect::classifier::Classifier;
use crate::detect::rules::RuleSet;
use crate::detect::session::ListFile;
use crate::ingest::source::{self, STDIN};
use crate::lake::names;
use crate::pipeline::judge::{self, JudgeSummary};
use crate::pipeline::score::{self, ScoreSummary};
use crate::pipeline::sweep::{Control, is_only_a_lake};
use crate::pipeline::{self, Rules, Summary, SweepError};
use crate::record::{Id32, Severity};
use crate::report::closing::{Found, closing};
use crate::report::escape;
use crate::report::summary::{SweepReport, bytes, render};
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Read what is new, run the rules, and say what was found
///
/// Reads transcripts in every known format from files, folders (to the bottom, hidden files
/// included) and `-` (standard input), plain, gzip, zstd or zip. What has been read before is
/// recognised by content and not read again, so the same command can run every night.
///
/// Exit code: 0 done, 1 findings at or above --fail-on, 4 some input was rejected (it is in the
/// table `quarantine`) or left out (tables of other lakes, links to folders elsewhere; the summary
/// names them), 5 both, 2 the sweep failed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille sweep corpora/demo
  reveille sweep ~/.claude/projects ~/.codex/sessions --lake ./lake
  reveille sweep /var/log/agents --lake ./lake --fail-on high
  kubectl logs agent-0 | reveille sweep - --lake ./lake
  reveille sweep traces.jsonl --map 'user=.prompt,reasoning=.thinking,model=.model_id'
  reveille sweep chats.json --map 'messages=.turns[],role=.from,content=.value,session=.id'")]
pub(crate) struct Args {
    /// Files, folders, or - for standard input
    #[arg(required = true, value_hint = clap::ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    lake: LakeArg,
    /// Rule files or folders that add to or replace the shipped rules
    #[arg(long = "rules", value_name = "PATH")]
    rules: Vec<PathBuf>,
    /// Only read: run no rules, score and judge nothing
    #[arg(long)]
    no_rules: bool,
    /// Do not score thoughts with the classifier
    #[arg(long)]
    no_model: bool,
    #[command(flatten)]
    model: ModelArg,
    /// Do not judge the sessions that were touched
    #[arg(long)]
    no_judge: bool,
    #[command(flatten)]
    actions: ActionsArg,
    /// Build no full-text index (searches scan instead)
    #[arg(long)]
    no_index: bool,
    #[command(flatten)]
    read_as: ReadAs,
    /// Exit with 1 when an alerting finding is at least this severe
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    fail_on: Option<Severity>,
    /// The files are finished: an unfinished record at an end is broken, not growing
    #[arg(long = "final")]
    finished: bool,
    /// Keep the exact bytes of records, or only their hashes
    #[arg(long, value_enum, default_value_t)]
    raw: Raw,
    /// Tenant these logs belong to; goes into every id
    #[arg(long, default_value = "")]
    tenant: String,
    /// Longest record that is read
    #[arg(long, default_value = "256M", value_parser = size, value_name = "SIZE")]
    max_record: u64,
    /// Input after which a batch is committed; a killed sweep loses at most this much work
    #[arg(long, default_value = "256M", value_parser = size, value_name = "SIZE")]
    commit_every: u64,
}

/// Whether raw records are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Raw {
    /// The exact bytes.
    #[default]
    Full,
    /// Only hashes.
    HashOnly,
}

pub(super) fn severity(text: &str) -> Result<Severity, String> {
    Severity::parse(&text.to_ascii_lowercase())
        .ok_or_else(|| "expected informational, low, medium, high or critical".to_owned())
}

pub(super) fn run(args: &Args, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let mut options = plan(args, global)?;
    let classifier = classifier(args)?;
    let own = args.actions.load()?;
    let spool = spool_stdin(&mut options)?;
    let control = Arc::new(Control::default());
    stop_on_interrupt(&control, ui);
    let summary = with_progress(&control, ui, || pipeline::sweep(&options, &control))?;
    drop(spool);
    let report = report(&summary, &options);
    ui.tell(&render(&report));
    let scored = scored(args, global, &control, classifier.as_ref(), ui);
    let judged = judged(args, own, global, &control, ui);
    let failed = judged.iter().flatten().any(|judged| judged.failed() > 0);
    let by_judge = judged.iter().flatten().next().map(found_by_judge);
    let (by_model, is_unscored) = scored;
    let mut fails = args.fail_on.is_some_and(|level| summary.at_least(level) > 0);
    if let Some(level) = args.fail_on {
        let mut later = by_model.iter().chain(&by_judge);
        fails |= later.any(|found| found.alerts_from(level) > 0);
    }
    ui.tell(&closing(&report, by_model, by_judge));
    if let Some(level) = args.fail_on.filter(|_| !fails && summary.files_unchanged > 0) {
        ui.tell(&format!(
            "--fail-on {}: nothing new at or above it; what earlier sweeps found does not count.",
            level.as_str()
        ));
    }
    let stopped = control.stop.load(Ordering::Relaxed);
    if stopped {
        let done = control.bytes_done.load(Ordering::Relaxed);
        let total = control.bytes_total.load(Ordering::Relaxed);
        Ui::error(&format!(
            "stopped: {} of {} were read; the same command goes on from there",
            bytes(done.min(total)),
            bytes(total)
        ));
    }
    let partial = summary.has_rejects() || judged.is_err() || is_unscored || failed;
    Ok(Exit { findings: fails, partial, stopped })
}

/// The classifier, before anything is read: what is wrong with it ends the sweep at once.
fn classifier(args: &Args) -> anyhow::Result<Option<Classifier>> {
    if args.no_rules || args.no_model { Ok(None) } else { args.model.load_for_lake().map(Some) }
}

fn found_by_judge(summary: &JudgeSummary) -> Found {
    Found { severities: summary.severities.clone(), hunting: summary.hunting, ..Found::default() }
}

/// Scores the thoughts of the lake that were not scored: what was found, also if that ends with an error, and whether
/// it did.
fn scored(
    args: &Args,
    global: &Global,
    control: &Arc<Control>,
    classifier: Option<&Classifier>,
    ui: Ui,
) -> (Option<Found>, bool) {
    let Some(classifier) = classifier.filter(|_| !control.is_stopping()) else {
        return (None, false);
    };
    let options =
        score::Options { lake: args.lake.lake.clone(), threads: global.thread_count(), all: false };
    let mut summary = ScoreSummary::default();
    let result =
        with_count(control, ui, || score::score_into(&options, classifier, control, &mut summary));
    if summary.scored > 0 {
        super::scan::lines(&summary, classifier).iter().for_each(|line| ui.tell(line));
    }
    if let Err(error) = &result {
        Ui::error(&format!(
            "thoughts were not scored, or not all: {error}; `reveille scan` tries again"
        ));
    }
    let is_partial = summary.is_stopped || result.is_err();
    let found = Found { severities: summary.severities, hunting: summary.hunting, is_partial };
    (Some(found), result.is_err())
}

/// Judges the sessions that were touched. What was read is safe whatever becomes of that.
fn judged(
    args: &Args,
    own: Vec<ListFile>,
    global: &Global,
    control: &Control,
    ui: Ui,
) -> Result<Option<JudgeSummary>, SweepError> {
    if args.no_rules || args.no_judge || control.stop.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let options = judge::Options {
        lake: args.lake.lake.clone(),
        threads: global.thread_count(),
        memory: global.memory_bytes(),
        all: false,
        own,
    };
    let judged = judge::judge(&options, control);
    match &judged {
        Ok(summary) if summary.judged > 0 => {
            super::judge::lines(summary).iter().for_each(|line| ui.tell(line))
        }
        Ok(_) => {}
        Err(error) => {
            Ui::error(&format!("sessions were not judged: {error}; `reveille judge` tries again"))
        }
    }
    judged.map(Some)
}

/// Records are held in memory, and places in them are 32-bit numbers.
const MAX_RECORD: u64 = 1 << 30;

fn plan(args: &Args, global: &Global) -> anyhow::Result<pipeline::Options> {
    let is_there = |path: &PathBuf| path.as_os_str() == STDIN || path.symlink_metadata().is_ok();
    if !args.paths.iter().any(is_there) {
        let names: Vec<String> = args.paths.iter().map(|p| p.display().to_string()).collect();
        bail!("nothing to read; no such file or folder: {}", escape::line(&names.join(", ")));
    }
    if let Some(lake) = args.paths.first().filter(|_| args.paths.iter().all(|p| is_only_a_lake(p)))
    {
        bail!(
            "{lake}: a lake of Reveille, which sweeps write and do not read, and nothing else; \
             `reveille findings --lake {lake}` asks it, and `reveille export --lake {lake}` makes what a sweep reads",
            lake = escape::line(&lake.display().to_string())
        );
    }
    if !(1..=MAX_RECORD).contains(&args.max_record) {
        bail!("--max-record is {}; expected 1 to 1G", args.max_record);
    }
    let source = source::Options {
        tenant: args.tenant.clone(),
        max_record: args.max_record,
        keep_raw: args.raw == Raw::Full,
        finished: args.finished,
        forced: args.read_as.forced()?,
        checkpoint_bytes: source::CHECKPOINT_BYTES.min(args.commit_every.max(1)),
        ..source::Options::default()
    };
    Ok(pipeline::Options {
        paths: args.paths.clone(),
        lake: args.lake.lake.clone(),
        source,
        rules: if args.no_rules { None } else { Some(rules(&args.rules)?) },
        index: !args.no_index,
        threads: global.thread_count(),
        memory: global.memory_bytes(),
        commit_bytes: args.commit_every.max(1),
    })
}

/// The rules of a sweep: the shipped ones with the user's own.
fn rules(paths: &[PathBuf]) -> anyhow::Result<Rules> {
    if paths.is_empty() { Ok(Rules::Shipped) } else { load_rules(paths).map(Rules::Loaded) }
}

/// The shipped rules with the user's own, now.
pub(super) fn load_rules(paths: &[PathBuf]) -> anyhow::Result<RuleSet> {
    if paths.is_empty() {
        return Ok(RuleSet::embedded());
    }
    RuleSet::load(paths).map_err(|found| {
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{} problem(s) in the rules:\n{}", lines.len(), lines.join("\n"))
    })
}

/// Standard input cannot be read twice, so it is put on disk first.
fn spool_stdin(options: &mut pipeline::Options) -> anyhow::Result<Option<Spool>> {
    if !options.paths.iter().any(|path| path.as_os_str() == STDIN) {
        return Ok(None);
    }
    let folder = std::env::temp_dir();
    // A name nobody can have prepared, readable by nobody else: transcripts hold secrets.
    let path = folder.join(format!("reveille-stdin-{}", names::new_batch()));
    let mut file = private_file(&path)
        .with_context(|| format!("cannot spool standard input to {}", path.display()))?;
    let spool = Spool(path.clone());
    std::io::copy(&mut std::io::stdin().lock(), &mut file).context("cannot read standard input")?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(&path)?)?;
    let hash = Id32(*hasher.finalize().as_bytes());
    options.source.stdin = Some(source::Spooled { file: path, hash });
    Ok(Some(spool))
}

fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A spooled input, removed when done.
struct Spool(PathBuf);

impl Drop for Spool {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn report(summary: &Summary, options: &pipeline::Options) -> SweepReport {
    SweepReport {
        lake: options.lake.to_string_lossy().into_owned(),
        files: [
            summary.files_found,
            summary.files_unchanged,
            summary.files_new,
            summary.files_grown,
            summary.files_copied,
        ],
        unreadable: summary.unreadable.clone(),
        skipped: summary.skipped.clone(),
        otherwise: summary.otherwise.clone(),
        records: summary.counts.records,
        record_bytes: summary.counts.record_bytes,
        events: summary.counts.events,
        duplicates: summary.duplicates,
        quarantined: (summary.counts.quarantined, summary.counts.quarantined_bytes),
        pending_bytes: summary.counts.pending_bytes,
        rejected: summary.rejected.clone(),
        first_rejected: summary.first_rejected.clone(),
        sessions: (summary.sessions.len(), summary.sessions_with_reasoning.len()),
        reasoning: summary.reasoning.clone(),
        formats: summary.formats.clone(),
        models: summary.models.clone(),
        severities: summary.severities.clone(),
        hunting: summary.hunting,
        kinds: summary.finding_kinds.clone(),
        rules: summary.rules.clone(),
        days: summary.finding_days.clone(),
        rules_run: summary.rules_run,
        recovered: summary.recovered,
        seconds: summary.seconds,
    }
}
