//! Writes the answer to a query, batch by batch, in any format.
//!
//! Bytes come out as lower-case hex, times as RFC 3339 in UTC, lists and maps as JSON. Text of
//! transcripts is hostile: tables pass every value through the caller's escape function, JSON
//! writes invisible and control characters as escapes, CSV keeps spreadsheets from taking text
//! for a formula. Parquet has everything exactly as it is.

mod cells;
mod csv;
mod json;
mod masked;
mod parquet;
mod table;

use super::error::QueryError;
use super::results::Results;
use cells::unique_names;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use std::borrow::Cow;
use std::io::Write;

/// A format for results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Aligned columns for people.
    #[default]
    Table,
    /// One JSON array of objects.
    Json,
    /// One JSON object per line.
    Ndjson,
    /// Comma-separated values with a header.
    Csv,
    /// A Parquet file.
    Parquet,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::Table, Self::Json, Self::Ndjson, Self::Csv, Self::Parquet];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }

    /// The format with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// Makes text safe to show: `report::escape::terminal`.
pub type Escape = fn(&str) -> Cow<'_, str>;

/// How to print.
#[derive(Debug, Clone, Copy)]
pub struct PrintOptions {
    /// The format.
    pub format: Format,
    /// Columns of the terminal; none if the output is no terminal.
    pub width: Option<usize>,
    /// Show one column per line (`\x`); for tables.
    pub expanded: bool,
    /// Makes text safe to show: in tables, and in CSV that goes to a terminal.
    pub escape: Escape,
    /// The output is a terminal, which would act on control characters.
    pub for_terminal: bool,
    /// Hides secrets, in every format; text is shown as it is if none.
    pub mask: Option<Escape>,
    /// Put a quote before CSV text that a spreadsheet would take for a formula.
    pub guard_formulas: bool,
}

impl PrintOptions {
    /// Prints in `format` to something that is no terminal.
    #[must_use]
    pub fn new(format: Format, escape: Escape) -> Self {
        Self {
            format,
            width: None,
            expanded: false,
            escape,
            for_terminal: false,
            mask: None,
            guard_formulas: true,
        }
    }
}

/// One format being written.
trait Sink {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), QueryError>;
    fn finish(self: Box<Self>) -> Result<(), QueryError>;
}

/// Writes all rows and says how many there were.
///
/// # Errors
/// If the query fails while running or the output cannot be written.
pub async fn print(
    mut results: Results,
    out: &mut (dyn Write + Send),
    options: &PrintOptions,
) -> Result<u64, QueryError> {
    let schema = unique_names(&results.schema());
    let mut sink = sink(out, schema.clone(), options)?;
    let mut rows = 0;
    while let Some(batch) = results.next().await? {
        rows += batch.num_rows() as u64;
        let renamed = RecordBatch::try_new(schema.clone(), batch.columns().to_vec());
        // A query without columns has rows all the same.
        let batch = renamed.unwrap_or(batch);
        match options.mask {
            Some(mask) => sink.batch(&masked::masked(&batch, mask).map_err(arrow)?)?,
            None => sink.batch(&batch)?,
        }
    }
    sink.finish()?;
    Ok(rows)
}

fn sink<'a>(
    out: &'a mut (dyn Write + Send),
    schema: SchemaRef,
    options: &PrintOptions,
) -> Result<Box<dyn Sink + Send + 'a>, QueryError> {
    Ok(match options.format {
        Format::Table if options.expanded || needs_lines(&schema, options.width) => {
            Box::new(table::Expanded::new(out, *options))
        }
        Format::Table => Box::new(table::Aligned::new(out, schema, *options)),
        Format::Json => Box::new(json::Json::array(out)),
        Format::Ndjson => Box::new(json::Json::lines(out)),
        Format::Csv => Box::new(csv::Csv::new(out, &schema, *options)?),
        Format::Parquet => Box::new(parquet::Parquet::new(out, schema)?),
    })
}

/// Whether aligned columns would not be readable: a plan, or more columns than the terminal has
/// room for.
fn needs_lines(schema: &SchemaRef, width: Option<usize>) -> bool {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let is_plan = names == ["plan_type", "plan"];
    is_plan || width.is_some_and(|width| names.len() * table::NARROWEST > width)
}

fn arrow(error: ArrowError) -> QueryError {
    match error {
        ArrowError::IoError(_, error) => QueryError::Output(error),
        other => QueryError::Execution(other.to_string()),
    }
}
