//! `reveille label`: judgements of people and of others as rows.

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
use anyhow::{Context as _, bail};
use std::io::BufRead as _;
use std::path::{Path, PathBuf};

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
/// CSV needs a header line with these names. Rows land in the table `labels`; the same row
/// imported twice counts once.
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

/// A line longer than this is no label.
const MAX_LINE: usize = 1 << 20;

pub(super) fn run(args: &Args, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    match &args.command {
        None => review::run(&args.review, global, ui),
        Some(Command::Stats(args)) => stats::run(args, global, ui),
        Some(Command::Import(args)) => import(args, global, ui),
    }
}

fn import(args: &ImportArgs, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let (labels, rejected) = read(&args.file, args.source.as_deref())?;
    for line in rejected.iter().take(10) {
        Ui::error(line);
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
        counted(rejected.len() as u64, "line")
    ));
    // The labels are in the lake, whatever becomes of this.
    if let Err(error) = tell_unknown(args, global, ui) {
        tracing::warn!(%error, "cannot tell which labels name something unknown");
    }
    Ok(Exit { partial: !rejected.is_empty(), ..Exit::OK })
}

/// Labels of what the lake does not have join nothing, which is easily a wrong id.
fn tell_unknown(args: &ImportArgs, global: &Global, ui: Ui) -> anyhow::Result<()> {
    const UNKNOWN: &str = "
select count(*) as n, min(coalesce(session_id, event_id)) as first from labels
where (session_id is not null and session_id not in (select session_id from events))
  or (event_id is not null and event_id not in (select encode(event_id, 'hex') from events))";
    let opened = open(&args.lake, global)?;
    for batch in opened.rows(UNKNOWN)? {
        let value = |name: &str| rows::text(&batch, 0, name);
        if let Some(n) = value("n").and_then(|n| n.parse().ok()).filter(|n: &u64| *n > 0) {
            ui.tell(&format!(
                "{} in the lake: no such session or event, e.g. `{}` (ids must be whole).",
                counted(n, "label"),
                escape::line(&value("first").unwrap_or_default())
            ));
        }
    }
    Ok(())
}

/// The labels of a file of JSON lines or CSV, and a line about each line that is none. `source` is who
/// judged where a row does not say.
pub(super) fn read(path: &Path, source: Option<&str>) -> anyhow::Result<(Vec<Label>, Vec<String>)> {
    let file: Box<dyn std::io::Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(
            std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?,
        ),
    };
    let mut header: Option<Vec<String>> = None;
    let mut labels = Vec::new();
    let mut rejected = Vec::new();
    for (number, line) in std::io::BufReader::new(file).lines().enumerate() {
        let line = line.with_context(|| format!("{}:{}", path.display(), number + 1))?;
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() {
            continue;
        }
        if number == 0 && !line.starts_with('{') {
            header = Some(csv_fields(line));
            continue;
        }
        let label = match (&header, line.len() > MAX_LINE) {
            (_, true) => Err("longer than 1 MiB".to_owned()),
            (Some(header), _) => from_csv(header, line),
            (None, _) => from_json(line),
        };
        match label {
            Ok(mut label) => {
                label.source = label.source.or_else(|| source.map(str::to_owned));
                labels.push(label);
            }
            Err(why) => rejected.push(format!("{}:{}: {why}", path.display(), number + 1)),
        }
    }
    Ok((labels, rejected))
}

fn from_json(line: &str) -> Result<Label, String> {
    let value: serde_json::Value =
        serde_json::from_str(line).map_err(|e| format!("not JSON: {e}"))?;
    let text = |keys: &[&str]| {
        keys.iter().find_map(|key| match value.get(*key)? {
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Null => None,
            other => Some(other.to_string()),
        })
    };
    checked(Label {
        session_id: text(&["session", "session_id"]),
        event_id: text(&["event", "event_id"]),
        name: text(&["name", "label", "label_name"]).unwrap_or_default(),
        value: text(&["value", "label_value"]),
        score: value.get("score").and_then(serde_json::Value::as_f64),
        source: text(&["source"]),
    })
}

fn from_csv(header: &[String], line: &str) -> Result<Label, String> {
    let fields = csv_fields(line);
    let text = |names: &[&str]| {
        let at = header.iter().position(|h| names.contains(&h.to_ascii_lowercase().as_str()))?;
        fields.get(at).filter(|text| !text.is_empty()).cloned()
    };
    checked(Label {
        session_id: text(&["session", "session_id"]),
        event_id: text(&["event", "event_id"]),
        name: text(&["name", "label", "label_name"]).unwrap_or_default(),
        value: text(&["value", "label_value"]),
        score: text(&["score"]).and_then(|text| text.parse().ok()),
        source: text(&["source"]),
    })
}

fn checked(label: Label) -> Result<Label, String> {
    if label.session_id.is_none() && label.event_id.is_none() {
        return Err("neither `session` nor `event`".to_owned());
    }
    if label.name.is_empty() {
        return Err("no `name`".to_owned());
    }
    if label.value.is_none() && label.score.is_none() {
        return Err("neither `value` nor `score`".to_owned());
    }
    Ok(label)
}

/// Fields of one CSV line; quotes may hold commas and doubled quotes, not new lines.
fn csv_fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(ch) = chars.next() {
        let field = fields.len() - 1;
        match ch {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                fields[field].push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            ch => fields[field].push(ch),
        }
    }
    fields.iter().map(|field| field.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_read_from_both_shapes() {
        let header = csv_fields("session,name,value,score");
        let label = from_csv(&header, "s1,verdict,\"bad, \"\"very\"\"\",0.5").unwrap();
        assert_eq!(label.value.as_deref(), Some("bad, \"very\""));
        assert_eq!(label.score, Some(0.5));
        let json = from_json(r#"{"event":"ab","name":"probe","score":0.9}"#).unwrap();
        assert_eq!(json.event_id.as_deref(), Some("ab"));
        assert!(from_json(r#"{"name":"probe","score":1}"#).is_err());
        assert_eq!(label.id(), label.clone().id());
    }
}
