//! What the commands that query the lake share: opening it, formats, safe text.

use super::options::{Global, LakeArg};
use super::ui::Ui;
use crate::lake::{Lake, Snapshot};
use crate::query::print::{self, Format, PrintOptions};
use crate::query::repl::interruptible;
use crate::query::{QueryOptions, QuerySession, Results};
use crate::report::{escape, mask::mask};
use arrow::array::RecordBatch;
use std::io::Write;
use std::path::PathBuf;
use tokio::runtime::Runtime;

/// A runtime for a command that waits.
pub(super) fn runtime() -> anyhow::Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// An open lake with a query session.
pub(super) struct Opened {
    pub(super) runtime: Runtime,
    pub(super) session: QuerySession,
    pub(super) snapshot: Snapshot,
    /// Its folder, as it was given.
    pub(super) lake: PathBuf,
    /// Hides secrets in what is printed; none if the user wants them.
    pub(super) mask: Option<print::Escape>,
}

/// Opens the lake for queries.
pub(super) fn open(lake: &LakeArg, global: &Global) -> anyhow::Result<Opened> {
    let runtime = runtime()?;
    let options = QueryOptions {
        memory_bytes: global.memory_bytes(),
        threads: global.thread_count(),
        spill_dir: None,
    };
    let folder = lake.lake.clone();
    let (session, snapshot) = runtime.block_on(async {
        let lake = Lake::open(&folder).await?;
        let snapshot = lake.snapshot().await?;
        let session = QuerySession::new(&snapshot, &options).await?;
        anyhow::Ok((session, snapshot))
    })?;
    Ok(Opened { runtime, session, snapshot, lake: folder, mask: Some(mask) })
}

impl Opened {
    /// All rows of a query of ours.
    pub(super) fn rows(&self, sql: &str) -> anyhow::Result<Vec<RecordBatch>> {
        let query = async { self.session.sql(sql).await?.collect().await };
        Ok(self.runtime.block_on(interruptible(query))?)
    }

    /// Runs a query and prints its rows.
    pub(super) fn print(&self, sql: &str, format: Option<Format>) -> anyhow::Result<u64> {
        let options = PrintOptions { mask: self.mask, ..print_options(format) };
        let mut out = std::io::BufWriter::new(std::io::stdout());
        let query = async {
            let results = self.session.sql(sql).await?;
            print::print(results, &mut out, &options).await
        };
        let rows = self.runtime.block_on(interruptible(query))?;
        out.flush()?;
        Ok(rows)
    }
}

/// How to print where standard output leads.
fn print_options(format: Option<Format>) -> PrintOptions {
    let mut options = PrintOptions::new(format.unwrap_or_else(default_format), escape::line);
    options.for_terminal = Ui::data_is_terminal();
    options.width = options.for_terminal.then(Ui::width).flatten();
    options
}

/// Prints rows that no query gave.
pub(super) fn print_rows(batch: RecordBatch, format: Option<Format>) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let options = print_options(format);
    runtime()?.block_on(async { print::print(Results::of(batch)?, &mut out, &options).await })?;
    Ok(out.flush()?)
}

/// A table for people, NDJSON for programs.
pub(super) fn default_format() -> Format {
    if Ui::data_is_terminal() { Format::Table } else { Format::Ndjson }
}

/// Reads `--format`.
pub(super) fn format(text: &str) -> Result<Format, String> {
    Format::parse(text).ok_or_else(|| "expected table, json, ndjson, csv or parquet".to_owned())
}

/// A text as an SQL literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A prefix of an id, checked, so that it can stand in a query.
pub(super) fn id_prefix(text: &str) -> anyhow::Result<String> {
    let text = text.trim().to_ascii_lowercase();
    let fine = (4..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    anyhow::ensure!(
        fine,
        "`{}` is no finding id: expected 4 to 32 hex digits",
        escape::line(&text)
    );
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_ids_cannot_leave_their_place() {
        assert_eq!(literal("a' or 1=1 --"), "'a'' or 1=1 --'");
        assert!(id_prefix("abcd").is_ok());
        assert!(id_prefix("ab' or").is_err());
        assert!(id_prefix("a").is_err());
    }
}
