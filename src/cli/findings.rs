//! `reveille findings`: list, show, triage.

mod coverage;
mod story;

use super::exit::Exit;
use super::options::{Global, LakeArg};
use super::query::{Opened, format, id_prefix, literal, open, runtime};
use super::sweep::severity;
use super::ui::Ui;
use crate::lake::Lake;
use crate::pipeline::labels::{Triage, append_triage};
use crate::query::print::Format;
use crate::record::{FindingKind, Severity};
use crate::report::finding::{EvidenceView, FindingView, Marks, render};
use crate::report::summary::counted;
use crate::report::{escape, rows};
use anyhow::bail;
use arrow::array::RecordBatch;

/// List what was found; `show` one with its evidence, `triage` it
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  reveille findings --min-severity high
  reveille findings --kind R03 --state new --format csv > concealment.csv
  reveille findings show 3fa9c1
  reveille findings triage 3fa9c1 --state false_positive --note 'CI job talks about triggers'")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Show(ShowArgs),
    Triage(TriageArgs),
}

#[derive(Debug, Clone, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    lake: LakeArg,
    #[command(flatten)]
    filter: Filter,
    /// Only findings in this triage state
    #[arg(long, value_parser = STATES)]
    state: Option<String>,
    /// Most findings to list
    #[arg(long, default_value_t = 200)]
    limit: usize,
    /// Output: table, json, ndjson, csv or parquet [default: table on a terminal, else ndjson]
    #[arg(long, value_parser = format)]
    format: Option<Format>,
}

/// Which findings.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Filter {
    /// Only findings at least this severe
    #[arg(long, value_parser = severity)]
    min_severity: Option<Severity>,
    /// Only this kind: R03 or concealment
    #[arg(long, value_parser = kind)]
    kind: Option<FindingKind>,
    /// Only findings of this rule
    #[arg(long)]
    rule: Option<String>,
    /// Only findings in this session; the id may be shortened
    #[arg(long)]
    session: Option<String>,
    /// Also what hunts and does not alert (lane `test`): rules in test, most of what the classifier finds
    #[arg(long)]
    hunting: bool,
}

/// Show a finding with its evidence: quoted spans, place in the raw file, why it matched
#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// Finding id, or the beginning of one
    id: String,
    #[command(flatten)]
    lake: LakeArg,
}

/// Record a decision on a finding; it survives new versions of the rule
#[derive(Debug, clap::Args)]
struct TriageArgs {
    /// Finding id, or the beginning of one
    id: String,
    #[command(flatten)]
    lake: LakeArg,
    /// new, investigating, confirmed, false_positive, benign or closed
    #[arg(long, value_parser = STATES)]
    state: String,
    /// Why
    #[arg(long)]
    note: Option<String>,
    /// Who decides [default: the user of this session]
    #[arg(long, env = "USER")]
    analyst: Option<String>,
}

/// What analysts may say of a finding.
const STATES: [&str; 6] =
    ["new", "investigating", "confirmed", "false_positive", "benign", "closed"];

fn kind(text: &str) -> Result<FindingKind, String> {
    FindingKind::from_code(text)
        .or_else(|| FindingKind::parse(&text.to_ascii_lowercase()))
        .ok_or_else(|| "expected R01 to R20 or a name such as concealment".to_owned())
}

pub(super) fn run(args: &Args, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    match &args.command {
        None => list(&args.list, global, ui),
        Some(Command::Show(args)) => show(args, global, ui),
        Some(Command::Triage(args)) => triage(args, global, ui),
    }
}

/// Severities as numbers, for ordering.
pub(super) const RANK: &str = "case severity when 'critical' then 5 when 'high' then 4 when 'medium' then 3 \
     when 'low' then 2 else 1 end";

fn list(args: &ListArgs, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let opened = open(&args.lake, global)?;
    let filter = conditions(args);
    let sql = format!(
        "select left(finding_id, 12) as id, severity, lane, kind_code as kind, detector_id as rule, \
         title, event_ts as time, model, session_id, triage_state \
         from findings where {filter} order by {RANK} desc, event_ts desc nulls last, finding_id \
         limit {}",
        args.limit
    );
    let shown = opened.print(&sql, args.format)?;
    let total = number(&opened, &format!("select count(*) as n from findings where {filter}"))?;
    let events = opened.snapshot.rows(crate::record::schema::Table::Events);
    let unread = number(&opened, "select count(*) as n from quarantine")?;
    let blind = number(
        &opened,
        "select count(*) as n from (select session_id from events group by session_id \
         having count(reasoning) = 0 and count(*) filter (where kind not in \
         ('lifecycle', 'usage', 'label', 'permission', 'unknown')) > 0)",
    )?;
    ui.tell(&format!(
        "{}, {shown} shown; {} read, {} quarantined, {} without readable reasoning.",
        counted(total.parse().unwrap_or(0), "finding"),
        counted(events, "event"),
        counted(unread.parse().unwrap_or(0), "range"),
        counted(blind.parse().unwrap_or(0), "session")
    ));
    if let Some(line) = coverage::not_evaluated(&opened)? {
        ui.tell(&line);
    }
    if total == "0" {
        why_none(args, &opened, ui)?;
    }
    Ok(Exit::OK)
}

/// An empty list may mean that the wrong thing was asked for.
fn why_none(args: &ListArgs, opened: &Opened, ui: Ui) -> anyhow::Result<()> {
    if !args.filter.hunting {
        let mut wider = args.clone();
        wider.filter.hunting = true;
        let filter = conditions(&wider);
        let more = number(opened, &format!("select count(*) as n from findings where {filter}"))?;
        if more != "0" {
            ui.tell(&format!("{more} in lane `test`, which only hunts: add --hunting."));
            return Ok(());
        }
    }
    let Some(rule) = &args.filter.rule else { return Ok(()) };
    let any = format!("select count(*) as n from findings where detector_id = {}", literal(rule));
    if number(opened, &any)? == "0" {
        ui.tell(&format!(
            "Neither rule nor detector `{}` has found anything in this lake: see `select distinct detector_id from findings`.",
            escape::line(rule)
        ));
    }
    Ok(())
}

fn conditions(args: &ListArgs) -> String {
    let filter = args.filter.condition();
    match &args.state {
        Some(state) => format!("{filter} and triage_state = {}", literal(state)),
        None => filter,
    }
}

impl Filter {
    /// As a condition on the view `findings`.
    pub(super) fn condition(&self) -> String {
        let mut all = Vec::new();
        if !self.hunting {
            all.push("lane = 'stable'".to_owned());
        }
        if let Some(level) = self.min_severity {
            let names = Severity::ALL.iter().filter(|s| **s >= level).map(|s| literal(s.as_str()));
            all.push(format!("severity in ({})", names.collect::<Vec<_>>().join(", ")));
        }
        if let Some(kind) = self.kind {
            all.push(format!("kind = {}", literal(kind.as_str())));
        }
        if let Some(rule) = &self.rule {
            all.push(format!("detector_id = {}", literal(rule)));
        }
        if let Some(session) = &self.session {
            all.push(format!("starts_with(session_id, {})", literal(session)));
        }
        if all.is_empty() {
            all.push("true".to_owned());
        }
        all.join(" and ")
    }
}

pub(super) fn number(opened: &Opened, sql: &str) -> anyhow::Result<String> {
    let batches = opened.rows(sql)?;
    let first = batches.iter().find(|batch| batch.num_rows() > 0);
    Ok(first.and_then(|batch| rows::text(batch, 0, "n")).unwrap_or_else(|| "0".to_owned()))
}

/// The one finding whose id begins so.
fn find(opened: &Opened, id: &str) -> anyhow::Result<RecordBatch> {
    let prefix = id_prefix(id)?;
    let sql = format!(
        "select * from findings where starts_with(finding_id, '{prefix}') order by finding_id limit 3"
    );
    let batches = opened.rows(&sql)?;
    let found: usize = batches.iter().map(RecordBatch::num_rows).sum();
    match found {
        0 => bail!("no finding `{prefix}`; `reveille findings` lists them"),
        1 => {}
        _ => bail!("`{prefix}` is the beginning of several findings; give more digits"),
    }
    let one = batches.into_iter().find(|batch| batch.num_rows() > 0);
    one.ok_or_else(|| anyhow::anyhow!("no finding `{prefix}`"))
}

fn show(args: &ShowArgs, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let opened = open(&args.lake, global)?;
    Ui::data(&shown(&opened, &args.id, ui)?)?;
    Ok(Exit::OK)
}

/// A finding with its evidence, for people.
pub(super) fn shown(opened: &Opened, id: &str, ui: Ui) -> anyhow::Result<String> {
    let batch = find(opened, id)?;
    let marks = if ui.colours_data() { Marks::Colour } else { Marks::Plain };
    Ok(render(&view(opened, &batch)?, marks))
}

fn view(opened: &Opened, batch: &RecordBatch) -> anyhow::Result<FindingView> {
    let value = |name: &str| rows::text(batch, 0, name).unwrap_or_default();
    let triage = rows::text(batch, 0, "triage_state");
    let mut view = FindingView {
        lake: opened.lake.display().to_string(),
        id: value("finding_id"),
        severity: value("severity"),
        kind: format!("{} {}", value("kind_code"), value("kind")),
        title: value("title"),
        reason: value("reason"),
        detector: format!("{} (version {})", value("detector_id"), value("detector_version")),
        lane: value("lane"),
        tags: rows::list(batch, 0, "tags"),
        session: value("session_id"),
        time: rows::text(batch, 0, "event_ts"),
        model: rows::text(batch, 0, "model"),
        agent: rows::text(batch, 0, "agent"),
        format: value("source_format"),
        triage: triage.map(|state| decision(&state, batch)),
        counter_evidence: rows::text(batch, 0, "counter_evidence"),
        story: Vec::new(),
        evidence: Vec::new(),
    };
    let mut spans: Vec<serde_json::Value> = serde_json::from_str(&value("evidence"))?;
    if value("detector_id") == "session" {
        let event = spans.first().and_then(|span| span.get("event_id")?.as_str());
        view.story = story::of(opened, &view.session, event.unwrap_or_default())?;
        if !view.story.is_empty() {
            // The story tells the rest; all spans are in the table. What was thought has to be found in the file, too.
            let is_shown = |(at, span): &(usize, serde_json::Value)| {
                *at == 0 || span.get("column").is_some_and(|column| column == "reasoning")
            };
            let shown = spans.into_iter().enumerate().filter(is_shown);
            spans = shown.map(|(_, span)| span).take(2).collect();
        }
        spans.truncate(MAX_SPANS);
    }
    for span in &spans {
        view.evidence.push(evidence(opened, span)?);
    }
    Ok(view)
}

/// The newest decision on a finding: state, who, when, why.
fn decision(state: &str, batch: &RecordBatch) -> String {
    let value = |name: &str| rows::text(batch, 0, name).filter(|text| !text.is_empty());
    let by = value("triage_analyst").map(|who| format!(" by {who}"));
    let when = value("triage_ts").map(|when| format!(" at {when}"));
    let note = value("triage_note").map(|note| format!(": {note}"));
    [Some(state.to_owned()), by, when, note].into_iter().flatten().collect()
}

/// Quotes shown of a finding of the judge that has no story.
const MAX_SPANS: usize = 3;
/// Bytes of surroundings shown on each side of a quote.
const AROUND: usize = 160;

fn evidence(opened: &Opened, span: &serde_json::Value) -> anyhow::Result<EvidenceView> {
    let text = |key: &str| span.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let number = |key: &str| span.get(key).and_then(serde_json::Value::as_u64).unwrap_or_default();
    let (event_id, column) = (text("event_id"), text("column"));
    let mut view = EvidenceView {
        range: (number("start"), number("end")),
        normalisation: text("normalisation"),
        quote: [String::new(), text("quote"), String::new()],
        event_id: event_id.clone(),
        column: column.clone(),
        ..EvidenceView::default()
    };
    let known = crate::record::columns::column(&column).is_some();
    if crate::record::Id16::parse(&event_id).is_none() || !known {
        return Ok(view);
    }
    let sql = format!(
        "select e.{column} as value, f.path, e.container_path, e.line_no, e.byte_offset, e.byte_len, \
         e.raw_sha256 from events e left join files f on e.file_id = f.file_id \
         where e.event_id = X'{event_id}' limit 1"
    );
    for batch in opened.rows(&sql)?.iter().filter(|batch| batch.num_rows() > 0) {
        let value = |name: &str| rows::text(batch, 0, name);
        let inner = value("container_path").map(|p| format!("!{p}")).unwrap_or_default();
        let line = value("line_no").map(|n| format!(":{n}")).unwrap_or_default();
        view.place = Some(format!(
            "{}{inner}{line} (byte {}, {} bytes)",
            value("path").unwrap_or_default(),
            value("byte_offset").unwrap_or_default(),
            value("byte_len").unwrap_or_default()
        ));
        view.raw_sha256 = value("raw_sha256");
        surround(&mut view, &value("value").unwrap_or_default());
    }
    Ok(view)
}

/// Puts the text around the quote, cut at characters.
fn surround(view: &mut EvidenceView, text: &str) {
    let at = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(text.len());
    let (start, end) = (at(view.range.0), at(view.range.1));
    let mut from = start.saturating_sub(AROUND);
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    let mut to = end.saturating_add(AROUND).min(text.len());
    while !text.is_char_boundary(to) {
        to += 1;
    }
    if let (Some(before), Some(quote), Some(after)) =
        (text.get(from..start), text.get(start..end), text.get(end..to))
    {
        let cut = |missing: bool| if missing { "…" } else { "" };
        view.quote = [
            format!("{}{before}", cut(from > 0)),
            quote.to_owned(),
            format!("{after}{}", cut(to < text.len())),
        ];
    }
}

fn triage(args: &TriageArgs, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let opened = open(&args.lake, global)?;
    let batch = find(&opened, &args.id)?;
    let finding_id = rows::text(&batch, 0, "finding_id").unwrap_or_default();
    let decision = Triage {
        finding_id: finding_id.clone(),
        state: args.state.clone(),
        note: args.note.clone(),
        analyst: args.analyst.clone(),
    };
    decide(&args.lake, decision)?;
    ui.tell(&format!("{finding_id} is {} now.", args.state));
    Ok(Exit::OK)
}

/// Writes a decision.
pub(super) fn decide(lake: &LakeArg, decision: Triage) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        let mut lake = Lake::open(&lake.lake).await?;
        lake.recover().await?;
        lake.refresh().await?;
        Ok(append_triage(&mut lake, &[decision]).await?)
    })
}
