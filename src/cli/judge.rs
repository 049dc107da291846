//! `reveille judge`: sessions judged as a whole, actions against words.

use super::actions::ActionsArg;
use super::exit::Exit;
use super::options::{Global, LakeArg};
use super::query::runtime;
use super::ui::Ui;
use crate::lake::Lake;
use crate::pipeline::judge::{self, JudgeSummary, Options};
use crate::pipeline::sweep::Control;
use crate::report::closing::found_by;
use crate::report::summary::counted;

/// Judge sessions: what was done against what was asked and said
///
/// A sweep does this for the sessions it touched. Sessions that were judged last by this version, with the same
/// lists, are left alone unless --all is given. What comes of it are findings and the tables `session_scores`,
/// `actions`, `claims`, `provenance` and `session_graph`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille judge --all
  reveille judge --actions our-tools.yml
  reveille sql \"select session_id, score, reason from session_scores order by score desc limit 20\"
  reveille sql \"select session_id, tool_name from tool_calls where risk(tool_name, tool_call_arguments) > 0.7\"")]
pub(crate) struct Args {
    #[command(flatten)]
    lake: LakeArg,
    /// Also sessions that have not changed since they were judged
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    actions: ActionsArg,
}

pub(super) fn run(args: &Args, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let own = args.actions.load()?;
    // Nothing is made where there is no lake.
    runtime()?.block_on(Lake::open(&args.lake.lake))?;
    let options = Options {
        lake: args.lake.lake.clone(),
        threads: global.thread_count(),
        memory: global.memory_bytes(),
        all: args.all,
        own,
    };
    let summary = judge::judge(&options, &Control::default())?;
    let found = found_by("judge", &summary.severities, Some(summary.hunting));
    for line in lines(&summary).into_iter().chain(found) {
        ui.tell(&line);
    }
    Ok(Exit { partial: summary.failed() > 0, ..Exit::OK })
}

/// What a run did, for people; "0 findings" never stands without how much was looked at.
pub(super) fn lines(summary: &JudgeSummary) -> Vec<String> {
    let counted = |n: usize, one: &str| counted(n as u64, one);
    let mut lines = vec![format!(
        "Judged {} of {} ({}) in {:.1} s: {} with findings.",
        counted(summary.judged, "session"),
        summary.sessions,
        counted(summary.events, "event"),
        summary.seconds,
        summary.hits,
    )];
    let not: usize = summary.not_evaluated.values().sum();
    if not > 0 {
        let reasons: Vec<String> = summary
            .not_evaluated
            .iter()
            .map(|(reason, count)| format!("{} {count}", reason.replace('_', " ")))
            .collect();
        lines.push(format!("Not evaluated: {not} ({}).", reasons.join(", ")));
    }
    lines
}
