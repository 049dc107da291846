//! `reveille label`: judgements of people and of others as rows.

mod csv;
mod read;
mod review;
mod stats;

use super::exit::Exit;
use super::options::{Global, LakeArg};
use super::query::{open, runtime};
use super::ui::Ui;
use crate::lake::Lake;
use crate::pipeline::labels::{Label, append_labels};
use crate::report::summary::counted;
use crate::report::{escape, rows};
use anyhow::bail;
use std::collections::HashSet;
use std::path::PathBuf;

/// Mark findings right or wrong, one after the other; `stats` adds up
///
/// Shows each finding that nobody has decided on and asks. What is marked are rows of the table `triage`,
/// each committed at once, so that a session can end at any time. Labels from elsewhere (verdicts, data
/// sets, scores of probes) come in with `import`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  reveille label                                # a sample of everything that alerted
  reveille label --rule model.reasoning --hunting --limit 50
  reveille label stats
  reveille label import verdicts.csv --source analyst-7")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    review: review::Review,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Stats(stats::Args),
    Import(ImportArgs),
}

/// Import labels from JSON lines or CSV
///
/// Each row has `session` or `event`, `name`, and `value` or `score`; `source` says who judged.
/// CSV needs a header line with these names; a field in quotes may hold commas and line breaks, and `""` is a
/// quote in it. Rows land in the table `labels`; the same row imported twice counts once. A row that cannot be
/// understood is named with its line, all others are imported, and the exit code is 4.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille label import verdicts.csv --source analyst-7
  reveille label import probe-scores.jsonl --source probe-v2 --lake ./lake")]
struct ImportArgs {
    /// JSON lines or CSV; - is standard input
    file: PathBuf,
    #[command(flatten)]
    lake: LakeArg,
    /// Who judged, for rows that do not say
    #[arg(long)]
    source: Option<String>,
}

pub(super) use read::{Found, read};

pub(super) fn run(args: &Args, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    match &args.command {
        None => review::run(&args.review, global, ui),
        Some(Command::Stats(args)) => stats::run(args, global, ui),
        Some(Command::Import(args)) => import(args, global, ui),
    }
}

fn import(args: &ImportArgs, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let Found { labels, rejected, told } = read(&args.file, args.source.as_deref())?;
    told.iter().for_each(|line| Ui::error(line));
    if rejected > told.len() as u64 {
        Ui::error(&format!("and {} more", rejected - told.len() as u64));
    }
    if labels.is_empty() {
        bail!("{}: no label could be read", args.file.display());
    }
    runtime()?.block_on(async {
        let mut lake = Lake::open(&args.lake.lake).await?;
        lake.recover().await?;
        lake.refresh().await?;
        append_labels(&mut lake, &labels).await
    })?;
    ui.tell(&format!(
        "{} imported, {} rejected.",
        counted(labels.len() as u64, "label"),
        counted(rejected, "row")
    ));
    // The labels are in the lake, whatever becomes of this.
    if let Err(error) = tell_unknown(args, &labels, global, ui) {
        tracing::warn!(%error, "cannot tell which labels name something unknown");
    }
    Ok(Exit { partial: rejected > 0, ..Exit::OK })
}

/// Labels of what the lake does not have join nothing, which is easily a wrong id. Only those that were imported now.
fn tell_unknown(
    args: &ImportArgs,
    labels: &[Label],
    global: &Global,
    ui: Ui,
) -> anyhow::Result<()> {
    const UNKNOWN: &str = "
select label_id, coalesce(session_id, event_id) as named from labels
where (session_id is not null and session_id not in (select session_id from events))
  or (event_id is not null and event_id not in (select encode(event_id, 'hex') from events))";
    let own: HashSet<String> = labels.iter().map(|label| label.id().to_string()).collect();
    let mut unknown: Vec<String> = Vec::new();
    for batch in open(&args.lake, global)?.rows(UNKNOWN)? {
        let of_now = (0..batch.num_rows())
            .filter(|row| rows::text(&batch, *row, "label_id").is_some_and(|id| own.contains(&id)));
        unknown.extend(of_now.filter_map(|row| rows::text(&batch, row, "named")));
    }
    if let Some(first) = unknown.iter().min() {
        ui.tell(&format!(
            "{} of these: no such session or event in the lake, e.g. `{}` (ids must be whole).",
            counted(unknown.len() as u64, "label"),
            escape::line(first)
        ));
    }
    Ok(())
}
