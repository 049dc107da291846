//! Labels out of files: JSON lines, or CSV with a header line.
//!
//!   first character -> JSON lines or CSV (`csv`) -> labels, and a line about each row that is none
//!
//! A row is named by the line it begins in, and all others are read whatever is wrong with it. What a row
//! says is taken as it stands or the row is refused; nothing is guessed. A file whose header cannot be
//! understood is refused whole. Knows nothing of lakes.

use super::csv::{Reader, Row};
use crate::formats::Json;
use crate::formats::json::{self, Fault};
use crate::pipeline::labels::Label;
use crate::report::escape;
use anyhow::{Context as _, bail};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// A row longer than this is no label.
const MAX_ROW: u64 = 1 << 20;
/// So much is said about a row.
const MAX_WHY: usize = 400;
/// So many rows that are none are told of; the others are counted.
const MAX_TOLD: usize = 100;

/// What a file says.
#[derive(Debug, Default)]
pub(in crate::cli) struct Found {
    /// Its labels.
    pub(in crate::cli) labels: Vec<Label>,
    /// How many rows are none.
    pub(in crate::cli) rejected: u64,
    /// A line about each of the first of these.
    pub(in crate::cli) told: Vec<String>,
}

/// The labels of a file of JSON lines or CSV. `source` is who judged where a row does not say.
pub(in crate::cli) fn read(path: &Path, source: Option<&str>) -> anyhow::Result<Found> {
    let file: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(
            std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?,
        ),
    };
    let mut rows = Rows { path, source, found: Found::default() };
    rows.read(BufReader::new(file)).with_context(|| path.display().to_string())?;
    Ok(rows.found)
}

/// Rows as they are read.
struct Rows<'a> {
    path: &'a Path,
    /// Who judged where a row does not say.
    source: Option<&'a str>,
    found: Found,
}

impl Rows<'_> {
    fn read(&mut self, mut file: impl BufRead) -> anyhow::Result<()> {
        let mut head = Vec::new();
        while head.trim_ascii().is_empty() && (head.len() as u64) < MAX_ROW {
            let from = head.len();
            if file.by_ref().take(MAX_ROW).read_until(b'\n', &mut head)? == 0 {
                break;
            }
            if from == 0 && head.starts_with("\u{feff}".as_bytes()) {
                head.drain(..3);
            }
        }
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
            bail!("UTF-16; expected UTF-8: save the file as `CSV UTF-8`, or convert it");
        }
        let all = head.as_slice().chain(file);
        match head.trim_ascii().first() {
            Some(b'{') => self.json(all),
            Some(b'[') => bail!(
                "a JSON array; expected one object per line, or CSV with a header; `jq -c '.[]'` makes lines of an array"
            ),
            _ => self.csv(all),
        }
    }

    fn json(&mut self, mut file: impl BufRead) -> anyhow::Result<()> {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let length = file.by_ref().take(MAX_ROW + 1).read_until(b'\n', &mut line)?;
            if length == 0 {
                break;
            }
            let is_long = length as u64 > MAX_ROW && !line.ends_with(b"\n");
            if is_long {
                skip_line(&mut file)?;
                self.row(number, Err("longer than 1 MiB, as no label is".to_owned()));
            } else if !line.trim_ascii().is_empty() {
                self.row(number, from_json(line.trim_ascii_end()));
            }
        }
        Ok(())
    }

    fn csv(&mut self, file: impl BufRead) -> anyhow::Result<()> {
        let mut reader = Reader::new(file, MAX_ROW);
        let Some(first) = reader.row()? else { return Ok(()) };
        let header = Header::of(&first).with_context(|| format!("line {}", first.line))?;
        while let Some(Row { line, last, fields }) = reader.row()? {
            let lines = match last > line {
                true => format!(" (lines {line} to {last} are not read)"),
                false => String::new(),
            };
            let fields = fields.map_err(|why| why + &lines);
            self.row(line, fields.and_then(|fields| header.label(&fields)));
        }
        Ok(())
    }

    fn row(&mut self, line: u64, label: Result<Label, String>) {
        match label {
            Ok(mut label) => {
                label.source = label.source.or_else(|| self.source.map(str::to_owned));
                self.found.labels.push(label);
            }
            Err(why) => {
                self.found.rejected += 1;
                if self.found.told.len() < MAX_TOLD {
                    let why = escape::line(&why);
                    let why = escape::clip(&why, MAX_WHY);
                    self.found.told.push(format!("{}:{line}: {why}", self.path.display()));
                }
            }
        }
    }
}

/// Passes what is left of a line, holding none of it.
fn skip_line(file: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let bytes = file.fill_buf()?;
        let (length, end) = (bytes.len(), bytes.iter().position(|byte| *byte == b'\n'));
        file.consume(end.map_or(length, |end| end + 1));
        if end.is_some() || length == 0 {
            return Ok(());
        }
    }
}

/// What a row may say, with the names it goes by.
const FIELDS: [(&str, &[&str]); 6] = [
    ("session", &["session", "session_id"]),
    ("event", &["event", "event_id"]),
    ("name", &["name", "label", "label_name"]),
    ("value", &["value", "label_value"]),
    ("score", &["score"]),
    ("source", &["source"]),
];
const EXPECTED: &str = "`session` or `event`, `name`, and `value` or `score`";

/// The texts of [`FIELDS`], in their order.
type Texts = [Option<String>; FIELDS.len()];

/// Which of [`FIELDS`] goes by this name.
fn field(name: &str) -> Option<usize> {
    let name = name.trim();
    FIELDS.iter().position(|(_, names)| names.iter().any(|own| own.eq_ignore_ascii_case(name)))
}

/// The columns of CSV.
#[derive(Debug)]
struct Header {
    /// For each column which of [`FIELDS`] it is, if any.
    columns: Vec<Option<usize>>,
}

impl Header {
    fn of(row: &Row) -> anyhow::Result<Self> {
        let names = row.fields.as_ref().map_err(|why| anyhow::anyhow!("the header: {why}"))?;
        let columns: Vec<Option<usize>> = names.iter().map(|name| field(name)).collect();
        for (at, column) in columns.iter().enumerate() {
            let Some(of) = column else { continue };
            if let Some(before) = columns.iter().take(at).position(|one| one == column) {
                bail!(
                    "columns {} and {} of the header are both the {}; leave one out",
                    before + 1,
                    at + 1,
                    FIELDS[*of].0
                );
            }
        }
        let has = |name: &str| columns.contains(&field(name));
        if !((has("session") || has("event")) && has("name") && (has("value") || has("score"))) {
            let said = names.join(", ");
            let said = escape::line(&said);
            bail!(
                "the header is `{}`; expected {EXPECTED}, with commas between",
                escape::clip(&said, MAX_WHY)
            );
        }
        let unread = names.iter().zip(&columns).filter(|(_, column)| column.is_none());
        for (name, _) in unread.take(MAX_TOLD) {
            tracing::warn!("column `{}` is not read", escape::clip(&escape::line(name), MAX_WHY));
        }
        Ok(Self { columns })
    }

    fn label(&self, fields: &[String]) -> Result<Label, String> {
        if fields.len() > self.columns.len() {
            return Err(format!(
                "{} fields; the header has {}; put a field with commas in quotes",
                fields.len(),
                self.columns.len()
            ));
        }
        let mut texts = Texts::default();
        for (text, column) in fields.iter().zip(&self.columns) {
            if let Some(of) = column {
                texts[*of] = Some(text.clone());
            }
        }
        checked(texts)
    }
}

fn from_json(line: &[u8]) -> Result<Label, String> {
    let text = std::str::from_utf8(line).map_err(|error| {
        format!("byte {}: not UTF-8; save the file as UTF-8", error.valid_up_to() + 1)
    })?;
    // Files that were put together may have a mark in the middle.
    let text = text.trim_start_matches('\u{feff}');
    let (value, notes) = json::parse(text).map_err(|fault| {
        let (at, why) = match fault {
            Fault::Eof(at) => (at, "it ends inside of a value"),
            Fault::Syntax(at, why) => (at, why),
            Fault::Depth(at) => (at, "nested too deeply"),
        };
        format!("byte {}: not JSON: {why}; expected one object per line", at + 1)
    })?;
    // Whatever two readers may understand in two ways is no judgement.
    if let Some(flag) = notes.flags().find(|flag| *flag != "lenient_json") {
        return Err(format!(
            "{flag}, which may be read in two ways; write each key once and plain text"
        ));
    }
    let Json::Object(entries) = &value else {
        return Err(format!("no object; expected one with {EXPECTED}"));
    };
    let mut texts = Texts::default();
    for (key, value) in entries {
        let Some(of) = field(key).filter(|_| !value.is_null()) else { continue };
        let is_judgement = FIELDS[of].0 == "value";
        if !is_judgement && (value.is_object() || value.is_array()) {
            return Err(format!("`{key}` is no text; expected one"));
        }
        if texts[of].is_some() {
            return Err(format!("`{key}` says again what the {} is; leave one out", FIELDS[of].0));
        }
        texts[of] = value.display();
    }
    checked(texts)
}

/// A label of these texts; one that is blank is as good as none.
fn checked(texts: Texts) -> Result<Label, String> {
    let [session_id, event_id, name, value, score, source] =
        texts.map(|text| text.filter(|text| !text.trim().is_empty()));
    if session_id.is_none() && event_id.is_none() {
        return Err("neither `session` nor `event`".to_owned());
    }
    let name = name.ok_or("no `name`")?;
    let score = score.map(|said| number(&said)).transpose()?;
    if value.is_none() && score.is_none() {
        return Err("neither `value` nor `score`".to_owned());
    }
    Ok(Label { session_id, event_id, name, value, score, source })
}

/// A score; one that is no number, or none that can be compared, is not taken for a missing one.
fn number(said: &str) -> Result<f64, String> {
    let number = said.trim().parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("`score` is `{said}`; expected a finite number"))
}

#[cfg(test)]
mod tests;
