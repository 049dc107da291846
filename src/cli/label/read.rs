//! Labels out of files: JSON lines, or CSV with a header line.
//!
//!   first character -> JSON lines or CSV -> labels, and a line about each row that is none
//!
//! A row is named by the line it begins in, and the others go on; where quotes stay open nothing
//! behind them can be told apart, and that is said. Knows nothing of lakes.

use crate::pipeline::labels::Label;
use crate::report::escape;
use anyhow::Context as _;
use std::cell::Cell;
use std::io::{BufRead, BufReader, Error, Read};
use std::path::Path;
use std::rc::Rc;

/// A row longer than this is no label.
const MAX_ROW: u64 = 1 << 20;
/// Stands behind the last row of CSV. Where it is not read as a row of its own, quotes are open.
const END: &str = "\u{1}end of the labels\u{1}";

/// Rows as they are read.
struct Rows<'a> {
    path: &'a Path,
    /// Who judged where a row does not say.
    source: Option<&'a str>,
    labels: Vec<Label>,
    rejected: Vec<String>,
}

/// The labels of a file of JSON lines or CSV, and a line about each row that is none. `source` is who
/// judged where a row does not say.
pub(in crate::cli) fn read(
    path: &Path,
    source: Option<&str>,
) -> anyhow::Result<(Vec<Label>, Vec<String>)> {
    let file: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(
            std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?,
        ),
    };
    let mut rows = Rows { path, source, labels: Vec::new(), rejected: Vec::new() };
    rows.read(BufReader::new(file)).with_context(|| path.display().to_string())?;
    Ok((rows.labels, rows.rejected))
}

impl Rows<'_> {
    fn read(&mut self, mut file: impl BufRead) -> std::io::Result<()> {
        let mut head = Vec::new();
        while text(&head).is_empty() && (head.len() as u64) < MAX_ROW {
            if file.by_ref().take(MAX_ROW).read_until(b'\n', &mut head)? == 0 {
                break;
            }
        }
        let is_json = text(&head).starts_with(b"{");
        let all = head.as_slice().chain(file);
        if is_json { self.json(all) } else { self.csv(all) }
    }

    fn json(&mut self, file: impl BufRead) -> std::io::Result<()> {
        for (number, line) in file.lines().enumerate() {
            let line = line?;
            let line = line.trim_start_matches('\u{feff}').trim();
            let label = match line.len() as u64 > MAX_ROW {
                _ if line.is_empty() => continue,
                true => Err("longer than 1 MiB".to_owned()),
                false => from_json(line),
            };
            self.row(number as u64 + 1, label);
        }
        Ok(())
    }

    fn csv(&mut self, file: impl Read) -> std::io::Result<()> {
        let end = format!("\n{END}\n");
        let left = Rc::new(Cell::new(0));
        let bounded = Bounded { inner: file.chain(end.as_bytes()), left: left.clone() };
        let mut builder = csv::ReaderBuilder::new();
        let builder = builder.has_headers(false).flexible(true).trim(csv::Trim::All);
        let mut reader = builder.from_reader(bounded);
        let mut header: Option<csv::StringRecord> = None;
        let mut record = csv::StringRecord::new();
        loop {
            left.set(MAX_ROW);
            let line = reader.position().line();
            let found = reader.read_record(&mut record);
            let line = record.position().map_or(line, csv::Position::line);
            match found {
                Ok(true) if record.len() == 1 && &record[0] == END => return Ok(()),
                Ok(true) if record.iter().any(|field| field.ends_with(END)) => {
                    self.row(line, Err("quotes are opened and never closed; what stands behind them is not read".to_owned()));
                }
                Ok(true) if record.iter().all(str::is_empty) => {}
                Ok(true) => match &header {
                    Some(header) => self.row(line, from_csv(header, &record)),
                    None => header = Some(record.clone()),
                },
                Ok(false) => return Ok(()),
                Err(error) if !error.is_io_error() => self.row(line, Err(error.to_string())),
                Err(_) if left.get() == 0 => {
                    let why = "longer than 1 MiB, so quotes are not closed; what stands behind them is not read";
                    self.row(line, Err(why.to_owned()));
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn row(&mut self, line: u64, label: Result<Label, String>) {
        match label {
            Ok(mut label) => {
                label.source = label.source.or_else(|| self.source.map(str::to_owned));
                self.labels.push(label);
            }
            Err(why) => {
                let why = escape::line(&why);
                let why = escape::clip(&why, MAX_WHY);
                self.rejected.push(format!("{}:{line}: {why}", self.path.display()));
            }
        }
    }
}

/// So much is said about a row.
const MAX_WHY: usize = 300;

/// What stands in these bytes, without a byte order mark and blanks.
fn text(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes).trim_ascii()
}

/// Reads no more than is left, so that open quotes do not take all there is into one row.
struct Bounded<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left.get() == 0 {
            return Err(Error::other("a row that does not end"));
        }
        let count = self.inner.read(buffer)?;
        self.left.set(self.left.get().saturating_sub(count as u64));
        Ok(count)
    }
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
    checked(&text)
}

fn from_csv(header: &csv::StringRecord, record: &csv::StringRecord) -> Result<Label, String> {
    if record.len() > header.len() {
        return Err(format!("{} fields; the header has {}", record.len(), header.len()));
    }
    let text = |names: &[&str]| {
        let at = header.iter().position(|h| names.contains(&h.to_ascii_lowercase().as_str()))?;
        record.get(at).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    checked(&text)
}

/// A label of the fields that go by these names.
fn checked(text: &dyn Fn(&[&str]) -> Option<String>) -> Result<Label, String> {
    let label = Label {
        session_id: text(&["session", "session_id"]),
        event_id: text(&["event", "event_id"]),
        name: text(&["name", "label", "label_name"]).unwrap_or_default(),
        value: text(&["value", "label_value"]),
        score: text(&["score"]).map(|said| number(&said)).transpose()?,
        source: text(&["source"]),
    };
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

/// A score; one that is no number, or none that can be compared, is not taken for a missing one.
fn number(said: &str) -> Result<f64, String> {
    let number = said.trim().parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("`score` is `{said}`; expected a finite number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> (Vec<String>, Vec<String>) {
        let mut rows = Rows {
            path: Path::new("l"),
            source: Some("me"),
            labels: Vec::new(),
            rejected: Vec::new(),
        };
        rows.read(BufReader::new(text.as_bytes())).unwrap();
        let shown = rows.labels.iter().map(|label| {
            let of = |text: &Option<String>| text.clone().unwrap_or_default();
            let on = label.session_id.as_ref().or(label.event_id.as_ref()).cloned();
            let (value, source) = (of(&label.value), of(&label.source));
            format!("{} {} {value:?} {:?} {source}", of(&on), label.name, label.score)
        });
        (shown.collect(), rows.rejected)
    }

    #[test]
    fn labels_read_from_both_shapes() {
        let csv = "\u{feff}\n Session,name,value,score\ns1,verdict,\"bad, \"\"very\"\"\",0.5\n\ns2,verdict,good\n,,,\n";
        let (labels, rejected) = rows(csv);
        assert_eq!(
            labels,
            [r#"s1 verdict "bad, \"very\"" Some(0.5) me"#, r#"s2 verdict "good" None me"#]
        );
        assert!(rejected.is_empty(), "{rejected:?}");
        let json = "\n{\"event\":\"ab\",\"name\":\"probe\",\"score\":0.9,\"source\":\"p\"}\n{\"name\":\"probe\",\"score\":1}\n";
        let (labels, rejected) = rows(json);
        assert_eq!(labels, [r#"ab probe "" Some(0.9) p"#]);
        assert_eq!(rejected, ["l:3: neither `session` nor `event`"]);
    }

    #[test]
    fn line_breaks_in_quotes_are_part_of_a_field_and_lines_are_still_counted() {
        let (labels, rejected) =
            rows("session,name,value\ns1,note,\"one\ntwo\r\nthree\"\ns2,,x\r\ns3,note,y\n");
        assert_eq!(labels, [r#"s1 note "one\ntwo\r\nthree" None me"#, r#"s3 note "y" None me"#]);
        assert_eq!(rejected, ["l:5: no `name`"]);
        // A quote inside of a field opens nothing; one more field than the header has is a comma too many.
        let (labels, rejected) = rows("session,name,value\ns1,size,5\" disk\ns2,n,a,b\n");
        assert_eq!(labels, [r#"s1 size "5\" disk" None me"#]);
        assert_eq!(rejected, ["l:3: 4 fields; the header has 3"]);
    }

    #[test]
    fn quotes_that_stay_open_are_said_and_take_nothing_with_them_in_silence() {
        let (labels, rejected) = rows("session,name,value\ns1,n,x\ns2,n,\"open\ns3,n,y\n");
        assert_eq!(labels.len(), 1);
        assert_eq!(rejected.len(), 1, "{rejected:?}");
        assert!(rejected[0].starts_with("l:3: quotes are opened"), "{rejected:?}");
        let long = format!("session,name,value\ns1,n,\"{}", "s2,n,y\n".repeat(400_000));
        let (labels, rejected) = rows(&long);
        assert_eq!((labels.len(), rejected.len()), (0, 1));
        assert!(rejected[0].starts_with("l:2: longer than 1 MiB"), "{rejected:?}");
    }

    #[test]
    fn scores_that_are_no_numbers_are_rejected_with_their_line() {
        let (labels, rejected) =
            rows("session,name,value,score\ns1,n,v,NaN\ns2,n,v,inf\ns3,n,v,high\ns4,n,v,1e-3\n");
        assert_eq!(labels, [r#"s4 n "v" Some(0.001) me"#]);
        assert_eq!(rejected.len(), 3);
        assert_eq!(rejected[0], "l:2: `score` is `NaN`; expected a finite number");
        let (labels, rejected) = rows(
            "{\"session\":\"a\",\"name\":\"n\",\"value\":\"v\",\"score\":\"-inf\"}\n{\"session\":\"b\",\"name\":\"n\",\"score\":\"0.5\"}\n",
        );
        assert_eq!(labels, [r#"b n "" Some(0.5) me"#]);
        assert_eq!(rejected, ["l:1: `score` is `-inf`; expected a finite number"]);
    }
}
