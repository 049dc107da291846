//! Comma-separated values as of RFC 4180, with `\n` line ends.

use super::cells::{Cells, is_text};
use super::{PrintOptions, Sink};
use crate::query::error::QueryError;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use std::io::Write;

/// A CSV file being written. Null is an empty field, empty text is `""`.
pub(super) struct Csv<'a> {
    out: &'a mut (dyn Write + Send),
    options: PrintOptions,
}

impl<'a> Csv<'a> {
    pub(super) fn new(
        out: &'a mut (dyn Write + Send),
        schema: &SchemaRef,
        options: PrintOptions,
    ) -> Result<Self, QueryError> {
        let mut header = String::new();
        for (index, field) in schema.fields().iter().enumerate() {
            separate(&mut header, index);
            quote(field.name(), &mut header);
        }
        header.push('\n');
        out.write_all(header.as_bytes())?;
        Ok(Self { out, options })
    }
}

impl Sink for Csv<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        let schema = batch.schema();
        let cells = Cells::of(&schema, batch)?;
        let guard: Vec<bool> = schema
            .fields()
            .iter()
            .map(|field| self.options.guard_formulas && is_text(field.data_type()))
            .collect();
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            for (index, (cells, guard)) in cells.iter().zip(&guard).enumerate() {
                separate(&mut text, index);
                let Some(value) = cells.get(row)? else { continue };
                let value = match self.options.for_terminal {
                    true => (self.options.escape)(&value).into_owned(),
                    false => value,
                };
                if *guard && is_formula(&value) {
                    quote(&format!("'{value}"), &mut text);
                } else {
                    quote(&value, &mut text);
                }
            }
            text.push('\n');
        }
        Ok(self.out.write_all(text.as_bytes())?)
    }

    fn finish(self: Box<Self>) -> Result<(), QueryError> {
        Ok(self.out.flush()?)
    }
}

fn separate(line: &mut String, index: usize) {
    if index > 0 {
        line.push(',');
    }
}

fn quote(value: &str, line: &mut String) {
    if !value.is_empty() && !value.contains([',', '"', '\n', '\r']) && value.trim() == value {
        line.push_str(value);
        return;
    }
    line.push('"');
    line.push_str(&value.replace('"', "\"\""));
    line.push('"');
}

/// Whether a spreadsheet would run the text.
fn is_formula(value: &str) -> bool {
    value.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_a_line_is_quoted() {
        let quoted = |value| {
            let mut line = String::new();
            quote(value, &mut line);
            line
        };
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("say \"hi\"\n"), "\"say \"\"hi\"\"\n\"");
        assert_eq!(quoted(""), "\"\"");
        assert!(is_formula("=cmd|' /C calc'!A0") && !is_formula("a=b"));
    }
}
