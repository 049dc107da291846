//! Labelled texts, from files of JSON lines.

use super::detectors::Detector;
use crate::cli::ui::Ui;
use crate::report::escape;
use crate::report::summary::counted;
use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};

/// A text, or the thoughts of a session, and what somebody said of it.
#[derive(Debug, Default)]
pub(super) struct Example {
    /// What is drawn together with others when intervals are made: a session, a family.
    pub(super) cluster: String,
    /// Never empty.
    pub(super) texts: Vec<String>,
    /// None for an innocent one.
    pub(super) labels: BTreeSet<String>,
    /// Groups that are measured apart: (kind, name).
    pub(super) parts: Vec<(&'static str, String)>,
    /// What the judge of sessions says.
    pub(super) judged: Option<f64>,
}

/// Everything that was read, and what was not.
#[derive(Debug, Default)]
pub(super) struct Examples {
    pub(super) all: Vec<Example>,
    /// Lines that are no example.
    pub(super) rejected: u64,
    /// Labels of what has no thoughts.
    pub(super) without_thoughts: u64,
    /// Labels of what the lake does not have.
    pub(super) unknown: u64,
    /// They are of a lake, where sessions may have been judged.
    pub(super) is_of_lake: bool,
    /// What the detectors of a lake say of what is labelled.
    pub(super) detectors: Vec<Detector>,
}

impl Examples {
    /// Examples of a lake whose session has no score of the judge.
    pub(super) fn not_judged(&self) -> Option<usize> {
        let not = self.all.iter().filter(|example| example.judged.is_none());
        self.is_of_lake.then(|| not.count())
    }
}

/// The label of texts that are just marked as positive.
pub(super) const POSITIVE: &str = "positive";
/// Bad lines that are named; the others are counted.
pub(super) const MAX_TOLD: u64 = 10;
/// Longest line.
const MAX_LINE: usize = 64 << 20;

#[derive(Debug, Deserialize)]
struct Line {
    text: String,
    #[serde(default)]
    labels: Option<Vec<String>>,
    label: Option<Value>,
    session: Option<String>,
    #[serde(alias = "family")]
    group: Option<String>,
    source: Option<String>,
    model: Option<String>,
    #[serde(alias = "lang")]
    language: Option<String>,
}

impl Examples {
    /// From files of JSON lines, and folders of them.
    pub(super) fn of_files(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let mut examples = Self::default();
        for path in paths {
            for file in files(path)? {
                examples.read(&file)?;
            }
        }
        let rejected = counted(examples.rejected, "line");
        ensure!(!examples.all.is_empty(), "no labelled text could be read; {rejected} rejected");
        Ok(examples)
    }

    fn read(&mut self, path: &Path) -> anyhow::Result<()> {
        let shown = path.display();
        let file: Box<dyn std::io::Read> = match path.as_os_str() == "-" {
            true => Box::new(std::io::stdin()),
            false => {
                Box::new(std::fs::File::open(path).with_context(|| format!("cannot open {shown}"))?)
            }
        };
        let mut input = std::io::BufReader::new(file);
        let mut line = Vec::new();
        for number in 1_u64.. {
            line.clear();
            let mut limited = std::io::Read::take(&mut input, MAX_LINE as u64 + 1);
            if limited.read_until(b'\n', &mut line).with_context(|| shown.to_string())? == 0 {
                break;
            }
            ensure!(line.len() <= MAX_LINE, "{shown}:{number}: longer than {MAX_LINE} bytes");
            if line.trim_ascii().is_empty() {
                continue;
            }
            match example(&line, path) {
                Ok(example) => self.all.push(example),
                Err(why) => {
                    self.rejected += 1;
                    if self.rejected <= MAX_TOLD {
                        Ui::error(&format!("{shown}:{number}: {}", escape::line(&why)));
                    }
                }
            }
        }
        Ok(())
    }
}

/// The files below a path, sorted.
fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let entries = std::fs::read_dir(path).with_context(|| path.display().to_string())?;
    let mut entries: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    entries.sort();
    for entry in entries {
        let is_lines =
            entry.extension().is_some_and(|ending| ending == "jsonl" || ending == "ndjson");
        if entry.is_dir() {
            found.extend(files(&entry)?);
        } else if is_lines {
            found.push(entry);
        }
    }
    ensure!(!found.is_empty(), "{}: has no file that ends with .jsonl or .ndjson", path.display());
    Ok(found)
}

fn example(line: &[u8], path: &Path) -> Result<Example, String> {
    let expected = "expected {\"text\": …, \"labels\": […]} or {\"text\": …, \"label\": 0 or 1}";
    let line: Line =
        serde_json::from_slice(line).map_err(|error| format!("{expected}: {error}"))?;
    let labels = match (line.labels, &line.label) {
        (Some(labels), None) => labels.into_iter().collect(),
        (None, Some(label)) => {
            let is = truth(label).ok_or_else(|| format!("`label` is {label}: {expected}"))?;
            is.then(|| POSITIVE.to_owned()).into_iter().collect()
        }
        (Some(_), Some(_)) => return Err(format!("has both `labels` and `label`: {expected}")),
        (None, None) => return Err(format!("has no label: {expected}")),
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let source = line.source.unwrap_or(stem);
    let own =
        || format!("{source}/{}", crate::record::Id16::of("example", &[line.text.as_bytes()]));
    let cluster = match (line.session, line.group) {
        (Some(session), _) => session,
        (None, Some(group)) => format!("{source}/{group}"),
        (None, None) => own(),
    };
    let mut parts = vec![("source", source), ("length", length(line.text.len()).to_owned())];
    parts.extend(line.model.map(|name| ("model", name)));
    parts.extend(line.language.map(|name| ("language", name)));
    Ok(Example { cluster, texts: vec![line.text], labels, parts, judged: None })
}

/// Yes or no, in the ways people write it.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(is) => Some(*is),
        Value::Number(number) => {
            let number = number.as_f64()?;
            (0.0..=1.0).contains(&number).then_some(number >= 0.5)
        }
        Value::String(text) => said(text),
        _ => None,
    }
}

/// What a word says, in the terms of labels and of triage.
pub(super) fn said(text: &str) -> Option<bool> {
    const YES: [&str; 10] = [
        "true",
        "yes",
        "y",
        "positive",
        "confirmed",
        "malicious",
        "unsafe",
        "bad",
        "harmful",
        "true_positive",
    ];
    const NO: [&str; 9] =
        ["false", "no", "n", "negative", "benign", "safe", "good", "harmless", "false_positive"];
    let text = text.trim().to_ascii_lowercase();
    if let Ok(number) = text.parse::<f64>() {
        return (0.0..=1.0).contains(&number).then_some(number >= 0.5);
    }
    YES.contains(&text.as_str())
        .then_some(true)
        .or_else(|| NO.contains(&text.as_str()).then_some(false))
}

/// How long a text is, roughly.
pub(super) fn length(bytes: usize) -> &'static str {
    match bytes {
        0..300 => "under 300 bytes",
        300..3000 => "300 to 3000 bytes",
        _ => "over 3000 bytes",
    }
}
