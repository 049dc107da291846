//! The backslash commands of the shell.

use super::{Next, State};
use crate::query::error::QueryError;
use crate::query::print::{Escape, Format};
use crate::query::session::{QuerySession, TableInfo};
use crate::query::suggest::nearest;
use std::io::Write;

const HELP: &str = r"\d            list tables
\d TABLE      columns of a table
\df           list functions
\x            one column per line, on or off
\timing       show how long queries take, on or off
\format NAME  table, json, ndjson, csv
\q            leave
Statements end with ;   Ctrl-C stops a query   Tab completes names
search('words') finds text:  select ts, kind, text from search('rm -rf') limit 20;
                             select count(*) from events where search('reasoning:deploy*');
";

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command<'a> {
    Tables,
    Table(&'a str),
    Functions,
    Expanded,
    Timing,
    Format(&'a str),
    Help,
    Quit,
    Unknown(&'a str),
}

impl<'a> Command<'a> {
    /// Reads a line that starts with a backslash, or the word for leaving.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        if matches!(line.trim_end_matches(';'), "quit" | "exit") {
            return Some(Self::Quit);
        }
        if line.trim_end_matches(';') == "help" {
            return Some(Self::Help);
        }
        if !line.starts_with('\\') {
            return None;
        }
        let mut words = line.trim_end_matches(';').split_whitespace();
        let command = match (words.next().unwrap_or_default(), words.next()) {
            (r"\d" | r"\dt" | r"\d+", Some(name)) => Self::Table(name),
            (r"\d" | r"\dt" | r"\d+", None) => Self::Tables,
            (r"\df", _) => Self::Functions,
            (r"\x", _) => Self::Expanded,
            (r"\timing", _) => Self::Timing,
            (r"\format", Some(name)) => Self::Format(name),
            (r"\?" | r"\h", _) => Self::Help,
            (r"\q", _) => Self::Quit,
            (other, _) => Self::Unknown(other),
        };
        Some(command)
    }

    /// Does what it says.
    pub(super) fn run(
        &self,
        session: &QuerySession,
        state: &mut State,
        escape: Escape,
        out: &mut (dyn Write + Send),
    ) -> Result<Next, QueryError> {
        match self {
            Self::Quit => return Ok(Next::Stop),
            Self::Help => out.write_all(HELP.as_bytes())?,
            Self::Tables => tables(session, out)?,
            Self::Table(name) => table(session, name, escape, out)?,
            Self::Functions => writeln!(out, "{}", session.functions().join(" "))?,
            Self::Expanded => {
                state.expanded = !state.expanded;
                writeln!(out, "expanded display is {}", on(state.expanded))?;
            }
            Self::Timing => {
                state.timing = !state.timing;
                writeln!(out, "timing is {}", on(state.timing))?;
            }
            Self::Format(name) => match Format::parse(name) {
                Some(Format::Parquet) | None => {
                    writeln!(out, "error: formats: table, json, ndjson, csv")?;
                }
                Some(format) => state.format = format,
            },
            Self::Unknown(name) => {
                writeln!(out, r"error: no command {}; \? lists them", escape(name))?;
            }
        }
        Ok(Next::Go)
    }
}

fn on(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}

fn tables(session: &QuerySession, out: &mut (dyn Write + Send)) -> Result<(), QueryError> {
    let width = session.tables().iter().map(|table| table.name.len()).max().unwrap_or(0);
    for TableInfo { name, doc, .. } in session.tables() {
        writeln!(out, "{name:width$}  {doc}")?;
    }
    Ok(())
}

fn table(
    session: &QuerySession,
    name: &str,
    escape: Escape,
    out: &mut (dyn Write + Send),
) -> Result<(), QueryError> {
    let Some(table) = session.table(name) else {
        let names = session.tables().iter().map(|table| table.name.as_str());
        let hint = nearest(name, names).map(|near| format!("; did you mean `{near}`?"));
        writeln!(out, "error: there is no table `{}`{}", escape(name), hint.unwrap_or_default())?;
        return Ok(());
    };
    let width = table.columns.iter().map(|column| column.name.len()).max().unwrap_or(0);
    writeln!(out, "{}: {}", table.name, table.doc)?;
    for column in &table.columns {
        let line = format!("  {:width$}  {:12}  {}", column.name, column.kind, column.doc);
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_recognised_with_their_argument() {
        assert_eq!(Command::parse(r"\d events"), Some(Command::Table("events")));
        assert_eq!(Command::parse(r"\d"), Some(Command::Tables));
        assert_eq!(Command::parse("exit;"), Some(Command::Quit));
        assert_eq!(Command::parse(r"\nope"), Some(Command::Unknown(r"\nope")));
        assert_eq!(Command::parse("select 1;"), None);
    }
}
