//! Completion of keywords, tables, columns and functions, and when Enter ends a statement.

use super::commands::Command;
use super::statements::is_complete;
use crate::query::session::QuerySession;
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper, Result};

const KEYWORDS: &[&str] = &[
    "and",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "cast",
    "count",
    "cross",
    "desc",
    "describe",
    "distinct",
    "else",
    "end",
    "except",
    "exists",
    "explain",
    "false",
    "filter",
    "from",
    "full",
    "group",
    "having",
    "in",
    "inner",
    "intersect",
    "interval",
    "is",
    "join",
    "left",
    "like",
    "ilike",
    "limit",
    "not",
    "null",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "right",
    "select",
    "show",
    "tables",
    "then",
    "true",
    "union",
    "unnest",
    "using",
    "values",
    "when",
    "where",
    "with",
];

/// What the line editor asks.
pub(super) struct SqlHelper {
    /// All names, sorted.
    names: Vec<String>,
    /// Names of tables with their columns.
    tables: Vec<(String, Vec<String>)>,
}

impl SqlHelper {
    pub(super) fn new(session: &QuerySession) -> Self {
        let tables: Vec<(String, Vec<String>)> = session
            .tables()
            .iter()
            .map(|t| (t.name.clone(), t.columns.iter().map(|c| c.name.clone()).collect()))
            .collect();
        let mut names: Vec<String> = KEYWORDS.iter().map(|word| (*word).to_owned()).collect();
        names.extend(session.functions());
        for (table, columns) in &tables {
            names.push(table.clone());
            names.extend(columns.iter().filter(|name| is_plain(name)).cloned());
        }
        names.sort_unstable();
        names.dedup();
        Self { names, tables }
    }

    /// Names that start with the word before `pos`, and where that word starts.
    fn candidates(&self, line: &str, pos: usize) -> (usize, Vec<String>) {
        let before = line.get(..pos).unwrap_or(line);
        let start = before.rfind(|c: char| !is_word(c)).map_or(0, |at| {
            at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        });
        let word = before.get(start..).unwrap_or_default().to_lowercase();
        let head = before.get(..start).unwrap_or_default();
        if head.trim_start().starts_with(r"\d ") || word.is_empty() && head.trim_end() == r"\d" {
            let tables = self.tables.iter().map(|(name, _)| name);
            return (start, starting(tables, &word));
        }
        if word.is_empty() {
            return (start, Vec::new());
        }
        if let Some(owner) = head.strip_suffix('.') {
            let owner = owner.rsplit(|c: char| !is_word(c)).next().unwrap_or_default();
            if let Some((_, columns)) = self.tables.iter().find(|(name, _)| name == owner) {
                return (start, starting(columns.iter(), &word));
            }
        }
        (start, starting(self.names.iter(), &word))
    }
}

fn starting<'a>(names: impl Iterator<Item = &'a String>, word: &str) -> Vec<String> {
    names.filter(|name| name.starts_with(word)).cloned().collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_plain(name: &str) -> bool {
    name.chars().all(is_word)
}

impl Completer for SqlHelper {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> Result<(usize, Vec<String>)> {
        Ok(self.candidates(line, pos))
    }
}

impl Validator for SqlHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        let text = context.input().trim();
        let done = text.is_empty() || Command::parse(text).is_some() || is_complete(text);
        Ok(if done { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Hinter for SqlHelper {
    type Hint = String;
}

impl Highlighter for SqlHelper {}
impl Helper for SqlHelper {}

#[cfg(test)]
mod tests {
    use super::*;

    fn helper() -> SqlHelper {
        let columns = vec!["session_id".to_owned(), "severity".to_owned()];
        SqlHelper {
            names: vec!["select".into(), "sessions".into(), "session_id".into()],
            tables: vec![("findings".into(), columns)],
        }
    }

    #[test]
    fn the_word_before_the_cursor_is_completed() {
        let (start, names) = helper().candidates("select ses", 10);
        assert_eq!((start, names.len()), (7, 2));
        assert_eq!(helper().candidates("select é, sel", 14), (11, vec!["select".to_owned()]));
    }

    #[test]
    fn after_a_table_and_a_dot_its_columns_are_offered() {
        let (start, names) = helper().candidates("select findings.se", 18);
        assert_eq!((start, names), (16, vec!["session_id".to_owned(), "severity".to_owned()]));
        assert_eq!(helper().candidates(r"\d fi", 5).1, ["findings"]);
    }
}
