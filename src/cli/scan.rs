//! `reveille scan`: what the lake has already, read by a classifier.

use super::classifier::{ModelArg, notices};
use super::exit::Exit;
use super::interrupt::stop_on_interrupt;
use super::options::{Global, LakeArg};
use super::progress::with_count;
use super::query::runtime;
use super::ui::Ui;
use crate::detect::classifier::Classifier;
use crate::lake::Lake;
use crate::pipeline::score::{self, Options, ScoreSummary};
use crate::pipeline::sweep::Control;
use crate::report::closing::found_by;
use crate::report::summary::counted;
use std::sync::Arc;

/// Score the thoughts in a lake with a classifier
///
/// A sweep does this for whatever in the lake was not scored yet. Thoughts that this version of the
/// classifier has scored are left alone unless --all is given. What comes of it are rows of the
/// table `scores` and findings, of which most are for hunting and few alert.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille scan
  reveille scan --model ./my-model
  reveille sql \"select session_id, turned, aware, acts from scores order by turned desc nulls last limit 20\"")]
pub(crate) struct Args {
    #[command(flatten)]
    lake: LakeArg,
    #[command(flatten)]
    model: ModelArg,
    /// Also thoughts that were scored before
    #[arg(long)]
    all: bool,
}

pub(super) fn run(args: &Args, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    // Nothing is made where there is no lake.
    runtime()?.block_on(Lake::open(&args.lake.lake))?;
    let classifier = args.model.load_for_lake()?;
    let options =
        Options { lake: args.lake.lake.clone(), threads: global.thread_count(), all: args.all };
    let control = Arc::new(Control::default());
    stop_on_interrupt(&control, ui);
    let summary = with_count(&control, ui, || score::score(&options, &classifier, &control))?;
    let found = found_by("model", &summary.severities, Some(summary.hunting));
    lines(&summary, &classifier).iter().chain(&found).for_each(|line| ui.tell(line));
    if args.all && summary.is_stopped {
        ui.tell("What had been scored before is still there; `reveille scan --all` begins anew.");
    }
    Ok(Exit { stopped: summary.is_stopped, ..Exit::OK })
}

/// What a run did, for people: how much was read stands beside what was found.
pub(super) fn lines(summary: &ScoreSummary, classifier: &Classifier) -> Vec<String> {
    let (by, device) = classifier.place();
    let manifest = &classifier.model.manifest;
    let mut line = format!(
        "Scored {} with {} {} ({by}, {device}) in {:.1} s: {} with a finding.",
        counted(summary.scored, "thought"),
        manifest.name,
        manifest.version,
        summary.seconds,
        summary.hits,
    );
    if summary.scored == 0 && !summary.is_stopped {
        line += " Nothing was new; `reveille scan --all` scores everything again.";
    }
    if summary.again > 0 {
        line += &format!(" Read by both stages: {}.", summary.again);
    }
    if summary.known > 0 {
        line += &format!(" Not read twice: {} with the text of another.", summary.known);
    }
    if summary.empty > 0 {
        line += &format!(" Not evaluated: {} without a word.", summary.empty);
    }
    if summary.short > 0 {
        line += &format!(" Not evaluated: {} of too few words.", summary.short);
    }
    if summary.spaceless > 0 {
        line += &format!(
            " Not evaluated: {} of letters without words (data, or a script without spaces).",
            summary.spaceless
        );
    }
    if summary.foreign > 0 {
        line += &format!(
            " Not evaluated: {} mostly in letters that the classifier has not learnt.",
            summary.foreign
        );
    }
    if summary.is_stopped {
        line += " Stopped; `reveille scan` goes on.";
    }
    if summary.truncated > 0 {
        line += &format!(
            " Only a part was read of {} (`is_truncated` in `scores`).",
            summary.truncated
        );
    }
    if summary.skipped > 0 {
        line += &format!(
            " Runs too long for words (data, or a script without spaces) were left out of {}.",
            summary.skipped
        );
    }
    if summary.left > 0 {
        line +=
            &format!(" More passed to the second stage than it reads of one: {}.", summary.left);
    }
    let mut lines = vec![line];
    lines.extend(notices(classifier));
    lines
}
