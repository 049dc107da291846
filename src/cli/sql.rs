//! `reveille sql`: one query, or a shell.

use super::exit::Exit;
use super::interrupt::end_soon_after_interrupt;
use super::options::{Global, LakeArg};
use super::query::{default_format, format, open};
use super::ui::Ui;
use crate::query::print::Format;
use crate::query::repl::{self, ReplOptions};
use anyhow::bail;
use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;

/// Query the lake with SQL, or open a shell
///
/// Tables: events, sessions, session_risk, messages, turns, tool_calls, calls_usage, findings, labels, files,
/// quarantine, raw_records, otel_events; of judged sessions session_scores, actions, provenance, claims,
/// session_graph; of scored thoughts scores. `describe TABLE` lists the columns of one. `search('words')`
/// uses the full-text index, as a table or as a condition. Queries only read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille sql 'select kind, count(*) from events group by kind order by 2 desc'
  reveille sql \"select session_id, reasoning from events where search('reasoning:pretend') limit 5\"
  reveille sql --format parquet 'select * from findings' > findings.parquet
  reveille sql            # a shell: \\d lists tables, \\? helps")]
pub(crate) struct Args {
    /// The query; - reads it from standard input; none opens a shell
    query: Option<String>,
    #[command(flatten)]
    lake: LakeArg,
    /// Output: table, json, ndjson, csv or parquet [default: table on a terminal, else ndjson]
    #[arg(long, value_parser = format)]
    format: Option<Format>,
    /// Print secrets as they were logged
    #[arg(long)]
    with_secrets: bool,
}

pub(super) fn run(args: &Args, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let mut opened = open(&args.lake, global)?;
    if args.with_secrets {
        opened.mask = None;
    }
    let piped = args.query.is_none() && !std::io::stdin().is_terminal();
    if piped || args.query.is_some() {
        end_soon_after_interrupt();
    }
    match args.query.as_deref() {
        Some("-") => run_script(args, &opened)?,
        Some(query) if query.trim_start().starts_with('\\') => {
            bail!(
                "`{}` is a command of the shell: `reveille sql` without a query; here `show tables` and \
                 `describe TABLE` say the same",
                query.trim()
            )
        }
        Some(query) => drop(opened.print(query, args.format)?),
        None if piped => run_script(args, &opened)?,
        None => shell(args, &opened, ui)?,
    }
    Ok(Exit::OK)
}

/// Runs the statements on standard input.
fn run_script(args: &Args, opened: &super::query::Opened) -> anyhow::Result<()> {
    const MAX_SCRIPT: u64 = 16 << 20;
    let mut text = String::new();
    std::io::stdin().lock().take(MAX_SCRIPT).read_to_string(&mut text)?;
    for statement in repl::split_statements(&text) {
        if statement.trim_start().starts_with('\\') {
            bail!(
                "`{}`: commands that begin with \\ need a terminal",
                statement.lines().next().unwrap_or_default().trim()
            );
        }
        opened.print(statement, args.format)?;
    }
    Ok(())
}

fn shell(args: &Args, opened: &super::query::Opened, ui: Ui) -> anyhow::Result<()> {
    let rows = opened.snapshot.rows(crate::record::schema::Table::Events);
    ui.tell(&format!("{}: {rows} events", args.lake.lake.display()));
    let options = ReplOptions {
        history: history_path(),
        width: Ui::width,
        escape: crate::report::escape::line,
        mask: opened.mask,
        format: args.format.unwrap_or_else(default_format),
    };
    let handle = opened.runtime.handle();
    Ok(repl::run(&opened.session, handle, &options, &mut std::io::stdout())?)
}

fn history_path() -> Option<PathBuf> {
    let home = PathBuf::from(std::env::var_os("HOME")?);
    let state = std::env::var_os("XDG_STATE_HOME").map_or(home.join(".local/state"), PathBuf::from);
    let folder = state.join("reveille");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("sql_history"))
}
