//! `reveille lake`: info, and what keeps a lake in order.

mod maintain;

use super::exit::Exit;
use super::options::{Global, LakeArg};
use super::query::open;
use super::ui::Ui;
use crate::record::schema::{FORMAT_VERSION, Table};
use crate::report::summary::{bytes, count};
use std::fmt::Write as _;

/// Look after the lake
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Info(InfoArgs),
    Verify(maintain::VerifyArgs),
    Compact(maintain::CompactArgs),
    Vacuum(maintain::VacuumArgs),
    Index(maintain::IndexArgs),
}

/// Show tables, sizes and versions
#[derive(Debug, clap::Args)]
struct InfoArgs {
    #[command(flatten)]
    lake: LakeArg,
}

pub(super) fn run(args: &Args, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Info(args) => info(args, global),
        Command::Verify(args) => maintain::verify(args, global),
        Command::Compact(args) => maintain::compact(args, global),
        Command::Vacuum(args) => maintain::vacuum(args, ui),
        Command::Index(args) => maintain::index(args, global, ui),
    }
}

fn info(args: &InfoArgs, global: &Global) -> anyhow::Result<Exit> {
    let opened = open(&args.lake, global)?;
    let mut out = String::new();
    let _ = writeln!(out, "lake {} (format version {FORMAT_VERSION})", args.lake.lake.display());
    let _ = writeln!(
        out,
        "{:<12} {:>14} {:>8} {:>10} {:>8}",
        "table", "rows", "files", "size", "version"
    );
    for (table, files) in &opened.snapshot.tables {
        let size: u64 = files.files.iter().map(|file| file.size).sum();
        let _ = writeln!(
            out,
            "{:<12} {:>14} {:>8} {:>10} {:>8}",
            table.name(),
            count(opened.snapshot.rows(*table)),
            count(files.files.len() as u64),
            bytes(size),
            files.version
        );
    }
    let events = opened.snapshot.tables.get(&Table::Events);
    let unindexed = events.map_or(0, |files| {
        let missing = |file: &&crate::lake::DataFile| {
            files.absolute_split(file).is_none_or(|split| !split.exists())
        };
        files.files.iter().filter(missing).count()
    });
    if unindexed > 0 {
        let _ =
            writeln!(out, "{unindexed} data file(s) of events have no index; searches scan them");
    }
    Ui::data(&out)?;
    Ok(Exit::OK)
}
