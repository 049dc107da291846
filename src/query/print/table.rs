//! Tables for people: aligned columns, or one column per line.
//!
//! Widths come from the first rows and from the terminal; later rows are fitted in. Long text is
//! cut with an ellipsis before anything is computed from it, so a huge value costs nothing.

use super::cells::{Cells, is_number};
use super::{PrintOptions, Sink};
use crate::query::error::QueryError;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use std::io::Write;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Rows from which widths are computed.
const SAMPLE_ROWS: usize = 500;
/// Widest column where no terminal sets a limit.
const MAX_WIDTH: usize = 120;
/// Columns are not made narrower than this to fit.
const MIN_WIDTH: usize = 6;
/// Room that the narrowest column takes with its frame.
pub(super) const NARROWEST: usize = MIN_WIDTH + 3;
const NULL: &str = "";

type Row = Vec<String>;

/// Aligned columns.
pub(super) struct Aligned<'a> {
    out: &'a mut (dyn Write + Send),
    schema: SchemaRef,
    options: PrintOptions,
    sample: Vec<Row>,
    widths: Option<Vec<usize>>,
    rows: u64,
}

impl<'a> Aligned<'a> {
    pub(super) fn new(
        out: &'a mut (dyn Write + Send),
        schema: SchemaRef,
        options: PrintOptions,
    ) -> Self {
        Self { out, schema, options, sample: Vec::new(), widths: None, rows: 0 }
    }

    fn row(&mut self, row: Row) -> Result<(), QueryError> {
        self.rows += 1;
        if let Some(widths) = &self.widths {
            let line = self.line(&row, widths);
            return Ok(self.out.write_all(line.as_bytes())?);
        }
        self.sample.push(row);
        if self.sample.len() >= SAMPLE_ROWS { self.start() } else { Ok(()) }
    }

    /// Settles the widths and writes what has been held back.
    fn start(&mut self) -> Result<(), QueryError> {
        if self.widths.is_some() {
            return Ok(());
        }
        let names: Row = self.schema.fields().iter().map(|f| self.shown(f.name())).collect();
        let mut widths: Vec<usize> = names.iter().map(|name| name.width().max(1)).collect();
        for row in &self.sample {
            for (width, value) in widths.iter_mut().zip(row) {
                *width = (*width).max(value.width());
            }
        }
        fit(&mut widths, self.options.width);
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
        let mut text = self.line(&names, &widths);
        text.push_str(&rule.join("┼"));
        text.push('\n');
        for row in &std::mem::take(&mut self.sample) {
            text.push_str(&self.line(row, &widths));
        }
        self.out.write_all(text.as_bytes())?;
        self.widths = Some(widths);
        Ok(())
    }

    fn line(&self, row: &Row, widths: &[usize]) -> String {
        let mut line = String::new();
        let fields = self.schema.fields().iter();
        for (index, ((value, width), field)) in row.iter().zip(widths).zip(fields).enumerate() {
            if index > 0 {
                line.push('│');
            }
            let value = cut(value, *width);
            let pad = " ".repeat(width.saturating_sub(value.width()));
            let right = is_number(field.data_type());
            let (before, after) = if right { (pad, String::new()) } else { (String::new(), pad) };
            line.push_str(&format!(" {before}{value}{after} "));
        }
        let end = line.trim_end().len();
        line.truncate(end);
        line.push('\n');
        line
    }

    fn shown(&self, value: &str) -> String {
        one_line(value, self.options.width.unwrap_or(MAX_WIDTH), self.options)
    }
}

impl Sink for Aligned<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        let schema = self.schema.clone();
        let cells = Cells::of(&schema, batch)?;
        for row in 0..batch.num_rows() {
            let mut values = Row::with_capacity(cells.len());
            for cells in &cells {
                let value = cells.get(row)?;
                values.push(value.map_or_else(|| NULL.to_owned(), |value| self.shown(&value)));
            }
            self.row(values)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), QueryError> {
        self.start()?;
        let rows = self.rows;
        writeln!(self.out, "({rows} {})", if rows == 1 { "row" } else { "rows" })?;
        Ok(self.out.flush()?)
    }
}

/// Makes columns narrower, widest first, until they fit.
fn fit(widths: &mut [usize], terminal: Option<usize>) {
    for width in widths.iter_mut() {
        *width = (*width).min(terminal.unwrap_or(MAX_WIDTH));
    }
    let Some(terminal) = terminal else { return };
    let frame = widths.len() * 3;
    let available = terminal.saturating_sub(frame).max(1);
    while widths.iter().sum::<usize>() > available {
        let Some(widest) = widths.iter_mut().max() else { return };
        if *widest <= MIN_WIDTH {
            return;
        }
        *widest -= 1;
    }
}

/// A value on one line, with nothing in it that a terminal would act on.
fn one_line(value: &str, width: usize, options: PrintOptions) -> String {
    // An escape function only makes text longer, so more than this can never be shown.
    let enough = value.char_indices().nth(width + 1).map_or(value.len(), |(at, _)| at);
    let (head, rest) = value.split_at_checked(enough).unwrap_or((value, ""));
    let mut shown = (options.escape)(head).replace(['\n', '\r', '\t'], " ");
    if !rest.is_empty() {
        shown.push('…');
    }
    shown
}

/// At most `width` columns of a text, with an ellipsis if something is missing.
fn cut(value: &str, width: usize) -> String {
    if value.width() <= width {
        return value.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for cluster in value.graphemes(true) {
        if used + cluster.width() + 1 > width {
            break;
        }
        used += cluster.width();
        kept.push_str(cluster);
    }
    kept.push('…');
    kept
}

/// One column per line, values in full.
pub(super) struct Expanded<'a> {
    out: &'a mut (dyn Write + Send),
    options: PrintOptions,
    rows: u64,
}

impl<'a> Expanded<'a> {
    pub(super) fn new(out: &'a mut (dyn Write + Send), options: PrintOptions) -> Self {
        Self { out, options, rows: 0 }
    }
}

impl Sink for Expanded<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        let schema = batch.schema();
        let cells = Cells::of(&schema, batch)?;
        let escape = self.options.escape;
        let names: Vec<_> = schema.fields().iter().map(|field| escape(field.name())).collect();
        let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
        for row in 0..batch.num_rows() {
            self.rows += 1;
            let mut text = format!("─[ row {} ]─\n", self.rows);
            for (name, cells) in names.iter().zip(&cells) {
                let value = cells.get(row)?.unwrap_or_default();
                let mut lines = value.split('\n').map(|line| escape(line.trim_end_matches('\r')));
                let pad = " ".repeat(widest - name.width());
                let first = lines.next().unwrap_or_default();
                text.push_str(format!("{name}{pad} │ {first}").trim_end());
                text.push('\n');
                for line in lines {
                    text.push_str(format!("{} │ {line}", " ".repeat(widest)).trim_end());
                    text.push('\n');
                }
            }
            self.out.write_all(text.as_bytes())?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), QueryError> {
        writeln!(self.out, "({} {})", self.rows, if self.rows == 1 { "row" } else { "rows" })?;
        Ok(self.out.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_columns_give_way_first() {
        let mut widths = [5, 40, 100];
        fit(&mut widths, Some(60));
        assert_eq!(widths.iter().sum::<usize>() + 9, 60);
        assert_eq!(widths[0], 5);
        assert!(widths[1].abs_diff(widths[2]) <= 1, "{widths:?}");
    }

    #[test]
    fn text_is_cut_between_characters_that_belong_together() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("abc", 3), "abc");
    }
}
