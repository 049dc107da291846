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
mod tests {
    use super::*;

    fn of() -> Rows<'static> {
        Rows { path: Path::new("l"), source: Some("me"), found: Found::default() }
    }

    fn refused(text: &str) -> String {
        format!("{:#}", of().read(BufReader::new(text.as_bytes())).unwrap_err())
    }

    fn rows(text: impl AsRef<[u8]>) -> (Vec<String>, Vec<String>) {
        let mut rows = of();
        rows.read(BufReader::new(text.as_ref())).unwrap();
        assert_eq!(rows.found.rejected as usize, rows.found.told.len());
        let shown = rows.found.labels.iter().map(|label| {
            let of = |text: &Option<String>| text.clone().unwrap_or_default();
            let on = label.session_id.as_ref().or(label.event_id.as_ref()).cloned();
            let (value, source) = (of(&label.value), of(&label.source));
            format!("{} {} {value:?} {:?} {source}", of(&on), label.name, label.score)
        });
        (shown.collect(), rows.found.told)
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
        assert_eq!(
            rejected,
            ["l:3: 4 fields; the header has 3; put a field with commas in quotes"]
        );
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_place_and_takes_no_other_row_with_it() {
        // Blanks before a quote change nothing about what stands in it.
        let (labels, rejected) = rows("session,name,value,source\ns1, verdict, \"bad, very\"\n");
        assert_eq!(
            (&labels[..], rejected.len()),
            (&[r#"s1 verdict "bad, very" None me"#.to_owned()][..], 0)
        );
        let (_, rejected) = rows("session,name,value\n\n\n\ns1,,x\n");
        assert_eq!(rejected, ["l:5: no `name`"]);
        let (labels, rejected) = rows("session,name,value\ns1,n,x\ns2,n,\"open\ns3,n,y\n");
        assert_eq!((labels.len(), rejected.len()), (1, 1), "{rejected:?}");
        assert!(
            rejected[0].starts_with("l:3: line 3 column 6: a quote that is never"),
            "{rejected:?}"
        );
        assert!(rejected[0].ends_with("(lines 3 to 5 are not read)"), "{rejected:?}");
        for long in ["x".repeat(2 << 20), format!("\"{}\"", "x\n".repeat(1 << 20))] {
            let (labels, rejected) = rows(format!("session,name,value\ns1,n,{long}\ns2,n,y\n"));
            assert_eq!(labels, [r#"s2 n "y" None me"#]);
            assert!(rejected[0].starts_with("l:2: longer than 1024 KiB"), "{rejected:?}");
        }
        let (labels, _) = rows("session,name,value\n\u{1}end of the labels\u{1}\ns2,n,y\n");
        assert_eq!(labels.len(), 1);
        let (labels, rejected) = rows(b"session,name,value\ns1,n,g\xfcd\ns2,n,y\n");
        assert_eq!(labels.len(), 1);
        assert_eq!(rejected, ["l:2: line 2 column 6: not UTF-8; save the file as UTF-8"]);
    }

    #[test]
    fn a_file_that_is_something_else_is_refused_with_what_to_do() {
        assert!(refused("[{\"session\":\"s\"}]").contains("`jq -c '.[]'`"));
        let said = refused("\nsession;name;value\ns1;n;v\n");
        assert_eq!(
            said,
            format!(
                "line 2: the header is `session;name;value`; expected {EXPECTED}, with commas between"
            )
        );
        let said = refused("name,session,value,Session_ID\n");
        assert_eq!(
            said,
            "line 1: columns 2 and 4 of the header are both the session; leave one out"
        );
        assert!(
            refused("session,\"name,value\n")
                .contains("line 1: the header: line 1 column 9: a quote")
        );
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend("session".encode_utf16().flat_map(u16::to_le_bytes));
        assert!(of().read(BufReader::new(&utf16[..])).unwrap_err().to_string().contains("UTF-16"));
    }

    #[test]
    fn objects_are_taken_to_the_letter_or_not_at_all() {
        let long = format!("{{\"session\":\"{}\"}}", "x".repeat(3 << 20));
        let lines = [
            "{\"session\":12345678901234567890123,\"name\":\"n\",\"value\":0.10}",
            "{\"session\":\"a\",\"name\":\"n\",\"value\":1,\"value\":0}",
            "{\"session\":\"a\",\"session_id\":\"b\",\"name\":\"n\",\"value\":1}",
            "{\"session\":{\"id\":1},\"name\":\"n\",\"value\":1}",
            "{\"session\":\" \",\"name\":\"n\",\"value\":1}",
            "[1]",
            "{\"session\":",
            &long,
            "{\"event\":\"e\",\"name\":\"n\",\"value\":true}",
        ];
        let (labels, rejected) = rows([lines.join("\n").as_bytes(), b"\n{\xff}\n"].concat());
        assert_eq!(
            labels,
            [r#"12345678901234567890123 n "0.10" None me"#, r#"e n "true" None me"#]
        );
        let whys: Vec<&str> = rejected.iter().map(|line| line.as_str()).collect();
        assert_eq!(
            whys,
            [
                "l:2: duplicate_keys, which may be read in two ways; write each key once and plain text",
                "l:3: `session_id` says again what the session is; leave one out",
                "l:4: `session` is no text; expected one",
                "l:5: neither `session` nor `event`",
                "l:6: no object; expected one with `session` or `event`, `name`, and `value` or `score`",
                "l:7: byte 12: not JSON: it ends inside of a value; expected one object per line",
                "l:8: longer than 1 MiB, as no label is",
                "l:10: byte 2: not UTF-8; save the file as UTF-8",
            ]
        );
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
