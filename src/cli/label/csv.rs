//! CSV, row by row, with the place of whatever is wrong in it.
//!
//!   bytes -> fields of a row, or why they are none; the row behind it is read in any case
//!
//! Commas part fields; line feeds, carriage returns or both end rows. A field in quotes, blanks before them
//! or not, is what stands between them to the letter, line breaks included, and `""` is a quote; of any other field the
//! blanks around it do not count, and quotes inside of it are text. No more than a row is held, and of a row
//! that is too long nothing. Knows nothing of labels.

use std::io::{self, BufRead};

/// Where something stands, both from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    pub(super) line: u64,
    pub(super) column: u64,
}

/// A row that is not blank.
#[derive(Debug)]
pub(super) struct Row {
    /// The first of its lines.
    pub(super) line: u64,
    /// The last of them.
    pub(super) last: u64,
    /// What stands in it, or what is wrong with it and what to do.
    pub(super) fields: Result<Vec<String>, String>,
}

/// Rows of CSV.
pub(super) struct Reader<R> {
    input: R,
    at: At,
    /// Bytes of a row that are held.
    max_row: u64,
    /// Bytes read of the row.
    length: u64,
}

/// What a field ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Field,
    Row,
    Input,
}

/// A row being read.
#[derive(Default)]
struct Partial {
    fields: Vec<String>,
    /// The first thing that is wrong.
    wrong: Option<String>,
}

impl<R: BufRead> Reader<R> {
    /// The rows of `input`, of no more than `max_row` bytes each.
    pub(super) fn new(input: R, max_row: u64) -> Self {
        Self { input, at: At { line: 1, column: 1 }, max_row, length: 0 }
    }

    /// The next row that is not blank.
    pub(super) fn row(&mut self) -> io::Result<Option<Row>> {
        loop {
            let (line, mut row) = (self.at.line, Partial::default());
            self.length = 0;
            let end = loop {
                let end = self.field(&mut row)?;
                if end != End::Field {
                    break end;
                }
            };
            // Behind the end of a row its last line is the one before.
            let last = if end == End::Row { self.at.line - 1 } else { self.at.line };
            let is_blank = row.fields.iter().all(String::is_empty);
            if row.wrong.is_some() || !is_blank {
                let fields = row.wrong.map_or(Ok(row.fields), Err);
                return Ok(Some(Row { line, last, fields }));
            }
            if end == End::Input {
                return Ok(None);
            }
        }
    }

    fn field(&mut self, row: &mut Partial) -> io::Result<End> {
        let at = self.at;
        let mut text = Vec::new();
        while matches!(self.peek()?, Some(b' ' | b'\t')) {
            self.next()?;
        }
        let is_quoted = self.peek()? == Some(b'"');
        let end = match is_quoted {
            true => self.quoted(&mut text, row)?,
            false => self.bare(&mut text, row)?,
        };
        if self.length > self.max_row {
            row.say(|| format!("longer than {} KiB, as no label is", self.max_row >> 10));
        }
        match String::from_utf8(text) {
            // A row that is wrong may have any number of fields.
            _ if row.wrong.is_some() => {}
            Ok(text) if is_quoted => row.fields.push(text),
            Ok(text) => row.fields.push(text.trim().to_owned()),
            Err(_) => row.say(|| format!("{at}: not UTF-8; save the file as UTF-8")),
        }
        Ok(end)
    }

    fn bare(&mut self, text: &mut Vec<u8>, row: &Partial) -> io::Result<End> {
        loop {
            let byte = self.next()?;
            if let Some(end) = self.end(byte)? {
                return Ok(end);
            }
            self.keep(text, byte, row);
        }
    }

    /// A field that begins with a quote.
    fn quoted(&mut self, text: &mut Vec<u8>, row: &mut Partial) -> io::Result<End> {
        let open = self.at;
        self.next()?;
        loop {
            let byte = self.next()?;
            match byte {
                None => {
                    row.say(|| format!(
                        "{open}: a quote that is never closed; close it, or leave it out and put no comma into the field"
                    ));
                    return Ok(End::Input);
                }
                Some(b'"') if self.peek()? != Some(b'"') => break,
                Some(b'"') => _ = self.next()?,
                Some(_) => {}
            }
            self.keep(text, byte, row);
        }
        self.behind(open, row)
    }

    /// What stands behind a closing quote: blanks and the end of the field.
    fn behind(&mut self, open: At, row: &mut Partial) -> io::Result<End> {
        loop {
            let at = self.at;
            let byte = self.next()?;
            if let Some(end) = self.end(byte)? {
                return Ok(end);
            }
            if !matches!(byte, Some(b' ' | b'\t')) {
                row.say(|| format!(
                    "{at}: text behind a closing quote, opened at {open}; expected a comma or the end of the line; write \"\" for a quote inside of the field"
                ));
                return self.rest_of_line();
            }
        }
    }

    /// Passes what cannot be told apart any more, up to where a row may begin again.
    fn rest_of_line(&mut self) -> io::Result<End> {
        loop {
            let byte = self.next()?;
            match self.end(byte)? {
                Some(End::Field) | None => {}
                Some(end) => return Ok(end),
            }
        }
    }

    /// Whether this byte, which has been read, ends a field.
    fn end(&mut self, byte: Option<u8>) -> io::Result<Option<End>> {
        Ok(match byte {
            None => Some(End::Input),
            Some(b',') => Some(End::Field),
            Some(b'\n') => Some(End::Row),
            Some(b'\r') => {
                if self.peek()? == Some(b'\n') {
                    self.next()?;
                }
                Some(End::Row)
            }
            Some(_) => None,
        })
    }

    fn keep(&self, text: &mut Vec<u8>, byte: Option<u8>, row: &Partial) {
        match self.length > self.max_row || row.wrong.is_some() {
            true => text.clear(),
            false => text.extend(byte),
        }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.input.fill_buf() {
                Ok(bytes) => return Ok(bytes.first().copied()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn next(&mut self) -> io::Result<Option<u8>> {
        let Some(byte) = self.peek()? else { return Ok(None) };
        self.input.consume(1);
        self.length += 1;
        let is_end = byte == b'\n' || (byte == b'\r' && self.peek()? != Some(b'\n'));
        if is_end {
            self.at = At { line: self.at.line + 1, column: 1 };
        } else if byte & 0xC0 != 0x80 {
            self.at.column += 1;
        }
        Ok(Some(byte))
    }
}

impl Partial {
    fn say(&mut self, what: impl FnOnce() -> String) {
        if self.wrong.is_none() {
            self.wrong = Some(what());
            self.fields.clear();
        }
    }
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row as its lines and what stands in it.
    fn rows(text: impl AsRef<[u8]>) -> Vec<String> {
        let mut reader = Reader::new(text.as_ref(), 1024);
        let mut all = Vec::new();
        while let Some(row) = reader.row().unwrap() {
            let said = row.fields.map_or_else(|wrong| wrong, |fields| format!("{fields:?}"));
            all.push(format!("{}-{} {said}", row.line, row.last));
        }
        all
    }

    #[test]
    fn quotes_hold_what_stands_between_them_to_the_letter() {
        assert_eq!(rows("a, \"b, c\" ,\" d \"\n"), [r#"1-1 ["a", "b, c", " d "]"#]);
        assert_eq!(
            rows("\t\"a \"\"b\"\"\", 5\" disk ,\"\""),
            [r#"1-1 ["a \"b\"", "5\" disk", ""]"#]
        );
        assert_eq!(rows("\"a\nb\r\nc\rd\"\ne"), [r#"1-4 ["a\nb\r\nc\rd"]"#, r#"5-5 ["e"]"#]);
    }

    #[test]
    fn lines_are_counted_whatever_ends_them_and_blank_rows_are_none() {
        assert_eq!(
            rows("\n\n a\r\rb\r\n,,\n \"\"\nc"),
            ["3-3 [\"a\"]", "5-5 [\"b\"]", "8-8 [\"c\"]"]
        );
        assert_eq!(rows(""), [""; 0]);
    }

    #[test]
    fn a_row_that_is_wrong_takes_no_other_with_it() {
        let found = rows("é\"a,b\n\"c\"d,\"e\nf\n");
        assert_eq!(found[0], "1-1 [\"é\\\"a\", \"b\"]");
        assert!(found[1].starts_with(
            "2-2 line 2 column 4: text behind a closing quote, opened at line 2 column 1;"
        ));
        assert_eq!(found[2], "3-3 [\"f\"]");
        let found = rows("a,\"b\nc\ne,\"d\"\nf\n");
        assert!(found[0].starts_with("1-3 line 3 column 4: text behind"), "{found:?}");
        assert_eq!(found[1..], ["4-4 [\"f\"]"]);
        let found = rows("a,\"b\nc\n");
        assert!(
            found[0].starts_with("1-3 line 1 column 3: a quote that is never closed;"),
            "{found:?}"
        );
        let found = rows(
            [
                b"a,b\xff\nc,",
                &b"x".repeat(5000)[..],
                b"\nd,\"",
                &b"\n".repeat(5000)[..],
                b"\"\ne\n",
            ]
            .concat(),
        );
        assert_eq!(found[0], "1-1 line 1 column 3: not UTF-8; save the file as UTF-8");
        assert_eq!(found[1], "2-2 longer than 1 KiB, as no label is");
        assert_eq!(found[2], "3-5003 longer than 1 KiB, as no label is");
        assert_eq!(found[3..], ["5004-5004 [\"e\"]"]);
    }
}
