//! JSON and newline-delimited JSON.

use super::{Sink, arrow};
use crate::query::error::QueryError;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::json::writer::{LineDelimited, WriterBuilder};
use std::io::Write;

/// Both kinds of JSON; an array is lines with commas between them.
pub(super) struct Json<'a> {
    out: &'a mut (dyn Write + Send),
    array: bool,
    started: bool,
}

impl<'a> Json<'a> {
    pub(super) fn array(out: &'a mut (dyn Write + Send)) -> Self {
        Self { out, array: true, started: false }
    }

    pub(super) fn lines(out: &'a mut (dyn Write + Send)) -> Self {
        Self { out, array: false, started: false }
    }
}

impl Sink for Json<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        let builder = WriterBuilder::new().with_explicit_nulls(true);
        let mut writer = builder.build::<_, LineDelimited>(Vec::new());
        writer.write(batch).map_err(arrow)?;
        writer.finish().map_err(arrow)?;
        let text = String::from_utf8_lossy(&writer.into_inner()).into_owned();
        let mut safe = String::with_capacity(text.len() + 64);
        for line in text.lines() {
            if self.array {
                safe.push_str(if self.started { ",\n" } else { "[\n" });
            }
            self.started = true;
            visible(line, &mut safe);
            if !self.array {
                safe.push('\n');
            }
        }
        Ok(self.out.write_all(safe.as_bytes())?)
    }

    fn finish(self: Box<Self>) -> Result<(), QueryError> {
        if self.array {
            self.out.write_all(if self.started { b"\n]\n" } else { b"[]\n" })?;
        }
        Ok(self.out.flush()?)
    }
}

/// Writes characters that a terminal would act on or not show as JSON escapes. They stand only
/// inside strings, so the value stays the same.
fn visible(line: &str, out: &mut String) {
    use std::fmt::Write;
    if line.is_ascii() && !line.contains('\u{7f}') {
        out.push_str(line);
        return;
    }
    for c in line.chars() {
        if !is_invisible(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
}

/// Control, bidirectional, zero-width and tag characters.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_read_back_the_same() {
        let hostile = "a\u{9b}b\u{202e}c\u{200b}d\u{e0041}é";
        let json = serde_json::to_string(hostile).unwrap();
        let mut safe = String::new();
        visible(&json, &mut safe);
        assert_eq!(safe, "\"a\\u009bb\\u202ec\\u200bd\\udb40\\udc41é\"");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), hostile);
    }
}
