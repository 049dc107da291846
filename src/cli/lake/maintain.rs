//! `reveille lake verify`, `compact`, `vacuum` and `index`.

use crate::cli::exit::Exit;
use crate::cli::options::{Global, LakeArg, size};
use crate::cli::query::runtime;
use crate::cli::ui::Ui;
use crate::lake::{Lake, Snapshot};
use crate::pipeline::maintain::{compact, index, verify};
use crate::record::schema::Table;
use crate::report::escape;
use crate::report::summary::{bytes, count};
use std::fmt::Write as _;
use std::time::Duration;

/// Check that the lake is what was written
///
/// Compares data files with what was committed, batches with each other, raw records with their
/// hashes, events with their raw records and index splits with their files.
///
/// Exit code: 0 all is well, 4 something is wrong, 2 the lake cannot be read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille lake verify
  reveille lake verify --sources     also: are the transcripts still what was read?")]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    lake: LakeArg,
    /// Also compare sources that are still on disk with what was read of them
    #[arg(long)]
    sources: bool,
}

/// Merge small data files into large ones
///
/// Rows stay the same. Events are put in order of month, session and sequence, so that queries
/// read less. The old files stay on disk for readers of older versions; `lake vacuum` deletes
/// them later. Safe beside running sweeps, and to interrupt.
#[derive(Debug, clap::Args)]
pub(super) struct CompactArgs {
    #[command(flatten)]
    lake: LakeArg,
    /// Size of the new files [default: an eighth of --memory, 16M to 128M]
    #[arg(long, value_parser = size, value_name = "SIZE")]
    file_size: Option<u64>,
}

/// Delete files that are no longer part of any table
///
/// Files that were replaced, their index splits, and what crashed writers left, if they have
/// been out of use for long enough. Sweeps and queries that are running need the files they
/// began with: do not go below the duration of the longest.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille lake vacuum --dry-run     what would go
  reveille lake vacuum --keep 1d")]
pub(super) struct VacuumArgs {
    #[command(flatten)]
    lake: LakeArg,
    /// Only say what would be deleted
    #[arg(long)]
    dry_run: bool,
    /// How long unused files are kept, e.g. 12h or 7d
    #[arg(long, default_value = "7d", value_parser = duration, value_name = "DURATION")]
    keep: Duration,
}

/// Check the full-text index, and build what is missing
///
/// Exit code: 0 every data file has a good index, 4 some have not.
#[derive(Debug, clap::Args)]
pub(super) struct IndexArgs {
    #[command(flatten)]
    lake: LakeArg,
    /// Build missing and damaged splits
    #[arg(long)]
    repair: bool,
}

pub(super) fn verify(args: &VerifyArgs, global: &Global) -> anyhow::Result<Exit> {
    let options = verify::Options { sources: args.sources, memory: global.memory_bytes() };
    let checks = runtime()?.block_on(async {
        let lake = Lake::open(&args.lake.lake).await?;
        verify::verify(&lake, options).await
    })?;
    let mut out = String::new();
    let _ = writeln!(out, "{:<14} {:>12} {:>8}  note", "check", "checked", "wrong");
    for check in &checks {
        let (checked, wrong) = (count(check.checked), count(check.wrong));
        let line = format!("{:<14} {checked:>12} {wrong:>8}  {}", check.name, check.note);
        let _ = writeln!(out, "{}", line.trim_end());
    }
    for check in checks.iter().filter(|check| check.wrong > 0) {
        let _ = writeln!(out, "\n{}:", check.name);
        for problem in &check.problems {
            let _ = writeln!(out, "  {}", escape::line(problem));
        }
        let unnamed = check.wrong - check.problems.len() as u64;
        if unnamed > 0 {
            let _ = writeln!(out, "  and {} more", count(unnamed));
        }
    }
    Ui::data(&out)?;
    Ok(Exit { partial: checks.iter().any(|check| check.wrong > 0), ..Exit::OK })
}

pub(super) fn compact(args: &CompactArgs, global: &Global) -> anyhow::Result<Exit> {
    let mut limits = compact::Limits::for_memory(global.memory_bytes());
    limits.file_bytes = args.file_size.unwrap_or(limits.file_bytes).max(1 << 20);
    let tables = runtime()?.block_on(async {
        let mut lake = Lake::open(&args.lake.lake).await?;
        compact::compact(&mut lake, limits).await
    })?;
    let mut out = String::new();
    let _ = writeln!(out, "{:<12} {:>17} {:>21}", "table", "files", "size");
    for table in &tables {
        let _ = writeln!(
            out,
            "{:<12} {:>7} -> {:>6} {:>9} -> {:>8}",
            table.table.name(),
            count(table.files_before as u64),
            count(table.files_after as u64),
            bytes(table.bytes_before),
            bytes(table.bytes_after)
        );
    }
    let left: usize = tables.iter().map(|table| table.left_alone).sum();
    if left > 0 {
        let _ = writeln!(out, "{left} file(s) of other tools were left as they are");
    }
    Ui::data(&out)?;
    Ok(Exit::OK)
}

pub(super) fn vacuum(args: &VacuumArgs, ui: Ui) -> anyhow::Result<Exit> {
    let vacuum = runtime()?.block_on(async {
        let mut lake = Lake::open(&args.lake.lake).await?;
        lake.vacuum(args.keep, args.dry_run).await
    })?;
    let mut out = String::new();
    for file in &vacuum.unused {
        let _ = writeln!(out, "{}", escape::line(&file.path.to_string_lossy()));
    }
    Ui::data(&out)?;
    let size = vacuum.unused.iter().map(|file| file.size).sum();
    let verb = if args.dry_run { "would be deleted" } else { "deleted" };
    ui.tell(&format!(
        "{} file(s), {} {verb}; {} unused file(s) are too young and stay",
        count(vacuum.unused.len() as u64),
        bytes(size),
        count(vacuum.kept as u64)
    ));
    if vacuum.recovered > 0 {
        ui.tell(&format!("{} unfinished batch(es) were removed", vacuum.recovered));
    }
    Ok(Exit::OK)
}

pub(super) fn index(args: &IndexArgs, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let snapshot: Snapshot = runtime()?.block_on(async {
        let lake = Lake::open(&args.lake.lake).await?;
        lake.snapshot().await
    })?;
    let budget = (global.memory_bytes() / 8).clamp(32 << 20, 256 << 20);
    let report = index::index(&snapshot, args.repair, budget)?;
    let mut out = String::new();
    for path in &report.missing {
        let _ = writeln!(out, "{}/{}: no index", Table::Events.name(), escape::line(path));
    }
    for (path, why) in &report.bad {
        let path = escape::line(path);
        let _ = writeln!(out, "{}/{path}: {}", Table::Events.name(), escape::line(why));
    }
    Ui::data(&out)?;
    let broken = report.missing.len() + report.bad.len();
    ui.tell(&format!(
        "{} data file(s), {} without a good index, {} built",
        count(report.files as u64),
        count(broken as u64),
        count(report.built as u64)
    ));
    Ok(Exit { partial: broken > report.built, ..Exit::OK })
}

/// Reads `30s`, `15m`, `12h`, `7d`, `2w`.
fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|ch: char| ch.is_ascii_alphabetic());
    let seconds = match text.strip_prefix(digits).unwrap_or_default() {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        "" if digits == "0" => 1,
        _ => return Err("expected a number with s, m, h, d or w, such as 7d".to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| "expected a number such as 7d".to_owned())?;
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_write_them() {
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        assert_eq!(duration("12h"), Ok(Duration::from_secs(43_200)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert!(duration("7").is_err());
        assert!(duration("d").is_err());
        assert!(duration("1 fortnight").is_err());
    }
}
