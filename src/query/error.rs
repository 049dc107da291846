//! What can go wrong with a query, told so that its author can put it right: what, where in the
//! query, and what to try instead.

use super::suggest::nearest;
use datafusion::common::{DataFusionError, SchemaError};
use std::fmt;

/// Why a query failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The query itself is wrong.
    #[error("{0}")]
    Query(Box<Complaint>),
    /// It would change something; queries only read.
    #[error(
        "{0} is not allowed: queries only read; `reveille sql --format parquet` writes results"
    )]
    ReadOnly(&'static str),
    /// It needs more memory than it may use, and cannot spill.
    #[error("the query needs more memory than it may use: {0}; raise --memory")]
    Memory(String),
    /// It failed while running.
    #[error("{0}")]
    Execution(String),
    /// It was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// Results could not be written.
    #[error("cannot write results: {0}")]
    Output(#[from] std::io::Error),
}

impl QueryError {
    /// Whether the reader of the output went away, which is no failure.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }
}

/// A mistake in a query, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// What is wrong.
    pub message: String,
    /// The line it stands in, as written.
    pub source: Option<Place>,
    /// What to try.
    pub hint: Option<String>,
}

/// A place in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The text of the line.
    pub line: String,
    /// Number of the line, from 1.
    pub number: usize,
    /// First character of the mistake, from 1.
    pub column: usize,
    /// Its length in characters.
    pub len: usize,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(place) = &self.source {
            let number = place.number.to_string();
            let pad = " ".repeat(number.len());
            let indent = " ".repeat(place.column.saturating_sub(1));
            let line = place.line.replace('\t', " ");
            let carets = "^".repeat(place.len.max(1));
            write!(f, "\n{pad} |\n{number} | {line}\n{pad} | {indent}{carets}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

/// Names a query could have meant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) tables: Vec<String>,
    pub(crate) columns: Vec<String>,
}

/// Turns the engine's error about `query` into ours.
pub(crate) fn explain(query: &str, error: &DataFusionError, known: &Known) -> QueryError {
    match root(error) {
        DataFusionError::SQL(parser, _) => {
            let text = strip_parser(&parser.to_string());
            let (message, at) = split_location(&text);
            complaint(message, at.and_then(|(line, column)| place_at(query, line, column)), None)
        }
        DataFusionError::SchemaError(schema, _) => explain_schema(query, schema, known),
        DataFusionError::Plan(text) => explain_plan(query, text, known),
        DataFusionError::NotImplemented(text) => {
            complaint(format!("not supported: {}", first_line(text)), None, None)
        }
        DataFusionError::ResourcesExhausted(text) => QueryError::Memory(first_line(text)),
        DataFusionError::Execution(text) | DataFusionError::Internal(text) => {
            QueryError::Execution(first_line(text))
        }
        other => QueryError::Execution(first_line(&other.strip_backtrace())),
    }
}

fn complaint(message: String, source: Option<Place>, hint: Option<String>) -> QueryError {
    QueryError::Query(Box::new(Complaint { message, source, hint }))
}

/// The error inside all wrappers. Of several errors the first is told.
fn root(error: &DataFusionError) -> &DataFusionError {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => root(inner),
        DataFusionError::Shared(inner) => root(inner),
        DataFusionError::Collection(all) => all.first().map_or(error, root),
        DataFusionError::External(inner) => {
            inner.downcast_ref::<DataFusionError>().map_or(error, root)
        }
        DataFusionError::ArrowError(inner, _) => match inner.as_ref() {
            datafusion::arrow::error::ArrowError::ExternalError(inner) => {
                inner.downcast_ref::<DataFusionError>().map_or(error, root)
            }
            _ => error,
        },
        _ => error,
    }
}

fn explain_schema(query: &str, error: &SchemaError, known: &Known) -> QueryError {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let names = valid_fields.iter().map(|column| column.name.as_str());
            let anywhere = known.columns.iter().map(String::as_str);
            let near = match valid_fields.is_empty() {
                true => nearest(&field.name, anywhere),
                false => nearest(&field.name, names),
            };
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`describe TABLE` lists the columns of a table".to_owned(),
            };
            let message = format!("there is no column `{}`", field.flat_name());
            complaint(message, find(query, &field.name), Some(hint))
        }
        SchemaError::AmbiguousReference { field } => complaint(
            format!("column `{}` stands in several tables", field.name),
            find_bare(query, &field.name),
            Some(format!("write table.{}", field.name)),
        ),
        other => complaint(first_line(&other.to_string()), None, None),
    }
}

fn explain_plan(query: &str, text: &str, known: &Known) -> QueryError {
    let text = text.split("\n\nbacktrace").next().unwrap_or(text);
    if let Some(name) = quoted(text, "table '").filter(|_| text.contains("not found")) {
        let name = name.rsplit('.').next().unwrap_or(name);
        let hint = match nearest(name, known.tables.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("tables: {}", known.tables.join(", ")),
        };
        return complaint(format!("there is no table `{name}`"), find(query, name), Some(hint));
    }
    if let Some(name) = quoted(text, "Invalid function '") {
        let near = quoted(text, "Did you mean '");
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        return complaint(format!("there is no function `{name}`"), find(query, name), hint);
    }
    if let Some(kind) = refused(text) {
        return QueryError::ReadOnly(kind);
    }
    let place = quoted(text, "search('").and_then(|search| find(query, search));
    complaint(first_line(text), place, None)
}

fn refused(text: &str) -> Option<&'static str> {
    let kinds = [("DDL not supported", "CREATE or DROP"), ("DML not supported", "INSERT or COPY")];
    let statement = ("Statement not supported", "this statement");
    kinds.into_iter().chain([statement]).find(|(start, _)| text.starts_with(start)).map(|k| k.1)
}

/// What stands between `start` and the next quote.
fn quoted<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split('\'').next()
}

/// The first line; what it announces with a colon is said as well.
fn first_line(text: &str) -> String {
    const MOST_LINES: usize = 8;
    let mut lines = text.lines().map(str::trim_end);
    let first = lines.next().unwrap_or_default().trim();
    let mut said = without_wrappers(first);
    if first.ends_with(':') {
        for line in lines.take(MOST_LINES).filter(|line| !line.trim().is_empty()) {
            said.push('\n');
            said.push_str(line);
        }
    }
    said
}

fn without_wrappers(line: &str) -> String {
    let wrappers = ["Error during planning: ", "Arrow error: ", "External error: "];
    wrappers
        .iter()
        .fold(line, |line, wrapper| line.strip_prefix(wrapper).unwrap_or(line))
        .to_owned()
}

fn strip_parser(text: &str) -> String {
    let text = text.trim_start_matches("sql parser error: ");
    let text =
        text.strip_prefix("ParserError(\"").and_then(|t| t.strip_suffix("\")")).unwrap_or(text);
    text.to_owned()
}

/// Splits `… at Line: 1, Column: 5` off a parser's message.
fn split_location(text: &str) -> (String, Option<(usize, usize)>) {
    let Some((message, place)) = text.rsplit_once(" at Line: ") else {
        return (first_line(text), None);
    };
    let mut numbers = place.split(", Column: ").map(|n| n.trim().parse::<usize>());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(line)), Some(Ok(column))) => (first_line(message), Some((line, column))),
        _ => (first_line(text), None),
    }
}

fn place_at(query: &str, number: usize, column: usize) -> Option<Place> {
    let line = query.lines().nth(number.checked_sub(1)?)?.to_owned();
    let word = line.chars().skip(column.saturating_sub(1)).take_while(|c| is_word(*c)).count();
    Some(Place { line, number, column: column.max(1), len: word.max(1) })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where a name stands in the query as a whole word, whatever its case.
fn find(query: &str, name: &str) -> Option<Place> {
    find_where(query, name, |_| true)
}

/// The same, but where no table is named with it.
fn find_bare(query: &str, name: &str) -> Option<Place> {
    find_where(query, name, |before| before != Some('.'))
}

fn find_where(query: &str, name: &str, fits: impl Fn(Option<char>) -> bool) -> Option<Place> {
    let wanted: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    for (index, line) in query.lines().enumerate() {
        let letters: Vec<char> =
            line.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect();
        let starts = letters.windows(wanted.len().max(1)).enumerate();
        for (at, _) in starts.filter(|(_, window)| **window == wanted[..]) {
            let before = at.checked_sub(1).and_then(|at| letters.get(at)).copied();
            let after = letters.get(at + wanted.len());
            let whole = !before.is_some_and(is_word) && !after.is_some_and(|c| is_word(*c));
            if whole && fits(before) {
                let (number, column, len) = (index + 1, at + 1, wanted.len());
                return Some(Place { line: line.to_owned(), number, column, len });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ambiguous_column_is_shown_where_it_has_no_table() {
        let query = "select e.session_id, session_id from e";
        assert_eq!(find_bare(query, "session_id").unwrap().column, 22);
        assert_eq!(find(query, "session_id").unwrap().column, 10);
    }

    #[test]
    fn what_a_first_line_announces_is_told() {
        assert_eq!(
            first_line("regex parse error:\n    (\n    ^\nerror: unclosed"),
            "regex parse error:\n    (\n    ^\nerror: unclosed"
        );
        assert_eq!(first_line("Arrow error: cast failed\nbacktrace"), "cast failed");
    }

    #[test]
    fn a_place_is_shown_with_carets_under_it() {
        let place = find("select *\nfrom evnts", "EVNTS");
        let complaint = Complaint { message: "no".into(), source: place, hint: Some("x".into()) };
        assert_eq!(complaint.to_string(), "no\n  |\n2 | from evnts\n  |      ^^^^^\nhint: x");
    }

    #[test]
    fn a_parsers_location_is_split_off() {
        let (message, at) = split_location("Expected: FROM, found: wher at Line: 1, Column: 10");
        assert_eq!((message.as_str(), at), ("Expected: FROM, found: wher", Some((1, 10))));
        assert_eq!(split_location("no place").1, None);
    }

    #[test]
    fn parts_of_words_are_not_found() {
        assert_eq!(find("select tsx, ts", "ts").map(|place| place.column), Some(13));
        assert_eq!(find("select tsx", "ts"), None);
    }
}
