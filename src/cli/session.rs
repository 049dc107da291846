//! `reveille session`: one transcript as a timeline.

mod graph;

use super::exit::Exit;
use super::options::{Global, LakeArg};
use super::query::{Opened, literal, open};
use super::ui::Ui;
use crate::record::columns::events_of;
use crate::record::{Id16, Verdict};
use crate::report::graph::GraphFormat;
use crate::report::timeline::{Mark, Style, render};
use crate::report::{escape, rows};
use anyhow::bail;
use std::collections::BTreeMap;

/// Show a session as a readable timeline, findings marked
///
/// The id may be shortened as long as it names one session.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille session 019982b8 --full | less -R
  reveille session 019982b8 --graph
  reveille session 019982b8 --graph dot | dot -Tsvg > session.svg")]
pub(crate) struct Args {
    /// Session id, or the beginning of one
    id: String,
    #[command(flatten)]
    lake: LakeArg,
    /// Show texts whole
    #[arg(long)]
    full: bool,
    /// Show what led to what instead: requests, calls, results, values, statements
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, default_missing_value = "text",
          value_parser = GraphFormat::parse)]
    graph: Option<GraphFormat>,
}

const SHORT: usize = 1200;
/// Sources that the header names; a session with its sub-agents has a few.
const MAX_SOURCES: usize = 8;

pub(super) fn run(args: &Args, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let opened = open(&args.lake, global)?;
    let session = find(&opened, &args.id)?;
    if let Some(format) = args.graph {
        Ui::data(&graph::drawing(&opened, &session, format)?)?;
        return Ok(Exit::OK);
    }
    let marks = marks(&opened, &session)?;
    let style =
        Style { max_chars: if args.full { usize::MAX } else { SHORT }, colour: ui.colours_data() };
    let sql = timeline(&session);
    Ui::data(&header(&opened, &session)?)?;
    for batch in opened.rows(&sql)? {
        Ui::data(&render(&events_of(&batch)?, &marks, style))?;
    }
    Ok(Exit::OK)
}

/// What there is to know before reading: format, models, times, where it was read from.
fn header(opened: &Opened, session: &str) -> anyhow::Result<String> {
    let id = literal(session);
    let about = format!(
        "select max(source_format) as format, max(host_name) as host, max(user_id) as user, \
         string_agg(distinct coalesce(response_model, request_model), ', ' \
           order by coalesce(response_model, request_model)) as models, \
         min(ts) as first, max(coalesce(ts_end, ts)) as last, \
         cast(count(*) as varchar) as events from events where session_id = {id}"
    );
    let sources = format!(
        "select path from files where file_id in \
         (select file_id from events where session_id = {id}) order by path limit {MAX_SOURCES}"
    );
    let mut lines = vec![("session", session.to_owned())];
    for batch in opened.rows(&about)? {
        let value = |name: &str| rows::text(&batch, 0, name);
        for name in ["format", "models", "host", "user"] {
            lines.extend(value(name).map(|text| (name, text)));
        }
        let times = [value("first"), value("last")];
        if let [Some(first), Some(last)] = times {
            lines.push(("time", format!("{first} to {last}")));
        }
        lines.extend(value("events").map(|text| ("events", text)));
    }
    for batch in opened.rows(&sources)? {
        let paths = (0..batch.num_rows()).filter_map(|row| rows::text(&batch, row, "path"));
        lines.extend(paths.map(|path| ("source", path)));
    }
    lines.extend(hints(opened, session)?);
    let lines =
        lines.into_iter().map(|(name, text)| format!("{name:<8} {}\n", escape::line(&text)));
    Ok(lines.chain(["\n".to_owned()]).collect())
}

/// What the judge says, and how the head beside it orders: a hint where to look, no finding. The other two heads
/// know one source each and are not shown.
fn hints(opened: &Opened, session: &str) -> anyhow::Result<Vec<(&'static str, String)>> {
    let sql = format!(
        "select verdict, reason, round(score, 2) as score, round(combined, 2) as combined, \
         round(omits, 2) as omits, head_evidence \
         from session_scores where session_id = {} limit 1",
        literal(session)
    );
    let Some(batch) = opened.rows(&sql)?.into_iter().find(|batch| batch.num_rows() > 0) else {
        return Ok(Vec::new());
    };
    let value = |name: &str| rows::text(&batch, 0, name);
    let reason = value("reason");
    let why = reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
    if value("verdict").as_deref() == Some(Verdict::NotEvaluated.as_str()) {
        let told = reason.as_deref().map_or("", unjudged);
        return Ok(vec![("judged", format!("not evaluated{why}{told}"))]);
    }
    let score = value("score").unwrap_or_default();
    let mut hints = vec![("judged", format!("score {score}{why}"))];
    let Some(combined) = value("combined") else {
        hints.push((
            "hints",
            "none: no language that the heads know, or judged before there were any".to_owned(),
        ));
        return Ok(hints);
    };
    let omits = value("omits").map_or_else(String::new, |omits| format!(", omits {omits}"));
    hints.push((
        "hints",
        format!("combined {combined}{omits} (for the order to look at; no finding rests on them)"),
    ));
    let shown = |line: &String| line.starts_with("omits ") || line.starts_with("only ");
    let evidence = rows::list(&batch, 0, "head_evidence").into_iter().filter(shown);
    hints.extend(evidence.map(|line| ("weighed", line)));
    Ok(hints)
}

/// What it means that a session was not judged.
fn unjudged(reason: &str) -> &'static str {
    match reason {
        "no_tool_calls" => {
            ": it did nothing that could be judged; rules and classifier read its texts"
        }
        "judge_failed" => {
            ": the judge failed on it, which is a fault of this program; please report it"
        }
        "nothing_said" => ": it has no texts and no calls",
        "language_of_user" | "language_of_agent" => ": no list of words knows the language",
        "session_too_large" => ": it is longer than what is judged; rules and classifier read it",
        _ => "",
    }
}

/// All events of a session. Its parts may lie in several files (sub-agents), whose sequences say
/// nothing about each other: each keeps its own order, and they are merged by time.
fn timeline(session: &str) -> String {
    format!(
        "select * from (select *, max(ts) over (partition by stream_id, file_id \
           order by seq, message_index, part_index, event_id \
           rows between unbounded preceding and current row) as reached \
         from events where session_id = {}) \
         order by reached nulls first, stream_id, file_id, seq, message_index, part_index, event_id",
        literal(session)
    )
}

/// The one session whose id begins so.
pub(super) fn find(opened: &Opened, id: &str) -> anyhow::Result<String> {
    let sql = format!(
        "select distinct session_id from events where starts_with(session_id, {}) \
         order by session_id limit 6",
        literal(id)
    );
    let mut found = Vec::new();
    for batch in opened.rows(&sql)? {
        found.extend((0..batch.num_rows()).filter_map(|row| rows::text(&batch, row, "session_id")));
    }
    if found.iter().any(|session| session == id) {
        return Ok(id.to_owned());
    }
    match found.as_slice() {
        [] => bail!(
            "no session `{}`; `reveille sql 'select session_id, first_ts from sessions'` lists them",
            escape::line(id)
        ),
        [one] => Ok(one.clone()),
        many => {
            let names: Vec<String> = many.iter().map(|s| escape::line(s).into_owned()).collect();
            bail!("`{}` is the beginning of several: {}", escape::line(id), names.join(", "))
        }
    }
}

fn marks(opened: &Opened, session: &str) -> anyhow::Result<BTreeMap<Id16, Vec<Mark>>> {
    let sql = format!(
        "select event_id, severity, kind_code, title, finding_id, lane from findings \
         where session_id = {} order by finding_id",
        literal(session)
    );
    let mut marks: BTreeMap<Id16, Vec<Mark>> = BTreeMap::new();
    for batch in opened.rows(&sql)? {
        for row in 0..batch.num_rows() {
            let value = |name: &str| rows::text(&batch, row, name).unwrap_or_default();
            let Some(event) = Id16::parse(&value("event_id")) else { continue };
            let id: String = value("finding_id").chars().take(12).collect();
            let mark = Mark {
                severity: value("severity"),
                code: value("kind_code"),
                title: value("title"),
                id,
                alerts: value("lane") == "stable",
            };
            marks.entry(event).or_default().push(mark);
        }
    }
    Ok(marks)
}
