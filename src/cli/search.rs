//! `reveille search`: full text, with the place highlighted.

use super::exit::Exit;
use super::options::{Global, LakeArg};
use super::query::{Opened, format, literal, open};
use super::ui::Ui;
use crate::index::{self, Field};
use crate::query::print::Format;
use crate::report::mask::mask;
use crate::report::summary::counted;
use crate::report::{escape, rows};
use arrow::array::RecordBatch;
use std::fmt::Write as _;

/// Search all text: what was asked, thought, called, returned and answered
///
/// Words, "phrases", prefix*, AND OR NOT, and fields: text, reasoning, arguments, result, tool,
/// model, conversation. Without a field the first four are searched.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille search '\"deployment\" AND reasoning:pretend'
  reveille search 'arguments:\"curl\" AND NOT result:error' --limit 50
  reveille search 'tool:send_email' --format ndjson")]
pub(crate) struct Args {
    /// What to look for
    query: String,
    #[command(flatten)]
    lake: LakeArg,
    /// Most hits to show
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// Output: table, json, ndjson, csv or parquet [default: excerpts on a terminal, else ndjson]
    #[arg(long, value_parser = format)]
    format: Option<Format>,
}

const COLUMNS: &str = "event_id, session_id, ts, kind, tool_name, text, reasoning, \
     tool_call_arguments, tool_call_result";

pub(super) fn run(args: &Args, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let query = index::Query::parse(&args.query)?;
    let opened = open(&args.lake, global)?;
    let from = format!("from search({})", literal(&args.query));
    let order = format!("order by ts nulls last, session_id, seq, part_index limit {}", args.limit);
    let excerpts = args.format.is_none() && Ui::data_is_terminal();
    if !excerpts {
        let shown = opened.print(&format!("select {COLUMNS} {from} {order}"), args.format)?;
        if shown == 0 {
            tell_none(&args.query, &opened, ui);
        }
        return Ok(Exit::OK);
    }
    let total = opened.rows(&format!("select count(*) as hits {from}"))?;
    let total = total.first().and_then(|batch| rows::text(batch, 0, "hits")).unwrap_or_default();
    let batches = opened.rows(&format!("select {COLUMNS} {from} {order}"))?;
    let mut out = String::new();
    let mut shown = 0;
    for batch in &batches {
        for row in 0..batch.num_rows() {
            shown += 1;
            hit(&mut out, batch, row, &query, ui.colours_data());
        }
    }
    Ui::data(&out)?;
    if shown == 0 {
        tell_none(&args.query, &opened, ui);
        return Ok(Exit::OK);
    }
    let events = opened.snapshot.rows(crate::record::schema::Table::Events);
    let total = counted(total.parse().unwrap_or(0), "hit");
    ui.tell(&format!("{total} in {}, {shown} shown.", counted(events, "event")));
    Ok(Exit::OK)
}

/// No hits are never silent, and ids are the most frequent reason.
fn tell_none(query: &str, opened: &Opened, ui: Ui) {
    let events = opened.snapshot.rows(crate::record::schema::Table::Events);
    ui.tell(&format!("0 hits in {}.", counted(events, "event")));
    let names_id = ["conversation:", "session:", "session_id:", "conversation_id:"];
    if names_id.iter().any(|name| query.contains(name)) && !query.contains('*') {
        ui.tell("Ids are searched as a whole: add * for those that begin so.");
    }
}

fn hit(out: &mut String, batch: &RecordBatch, row: usize, query: &index::Query, colour: bool) {
    let value = |name: &str| rows::text(batch, row, name).unwrap_or_default();
    let tool = value("tool_name");
    let tool = if tool.is_empty() { tool } else { format!(" · {}", escape::line(&tool)) };
    let session = value("session_id");
    let _ = writeln!(
        out,
        "{}  {}{tool}  session {}",
        value("ts"),
        value("kind").replace('_', " "),
        escape::line(&session)
    );
    let fields = [
        (Field::Reasoning, "reasoning"),
        (Field::Text, "text"),
        (Field::Arguments, "tool_call_arguments"),
        (Field::Result, "tool_call_result"),
    ];
    for (field, column) in fields {
        let text = value(column);
        if let Some(line) = excerpt(&text, field, query, colour) {
            let _ = writeln!(out, "    {line}");
        }
    }
}

fn excerpt(text: &str, field: Field, query: &index::Query, colour: bool) -> Option<String> {
    let snippet = index::snippet(text, field, query, 200)?;
    let mut line = String::new();
    let mut at = snippet.range.start;
    let safe = |from: usize, to: usize| {
        let piece = text.get(from..to).unwrap_or_default();
        escape::line(&mask(piece)).into_owned()
    };
    for highlight in &snippet.highlights {
        line.push_str(&safe(at, highlight.start));
        let hit = safe(highlight.start, highlight.end);
        let marked =
            if colour { format!("\u{1b}[1;33m{hit}\u{1b}[0m") } else { format!("»{hit}«") };
        line.push_str(&marked);
        at = highlight.end;
    }
    line.push_str(&safe(at, snippet.range.end));
    Some(line)
}
