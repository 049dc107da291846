//! The SQL shell: reads a statement, runs it, shows the answer, until `\q`.
//!
//! A statement may span lines and ends with `;`. Ctrl-C clears what is being typed or stops what
//! is running; the shell stays. The history is kept where the caller says.

mod commands;
mod complete;
mod statements;

pub use statements::{is_complete, split_statements};

use super::error::QueryError;
use super::print::{Escape, Format, PrintOptions, print};
use super::session::QuerySession;
use commands::Command;
use complete::SqlHelper;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;
use tokio::runtime::Handle;

const PROMPT: &str = "reveille> ";
const MAX_HISTORY: usize = 10_000;

/// How the shell behaves.
#[derive(Debug, Clone)]
pub struct ReplOptions {
    /// Where to keep the history; nowhere if none.
    pub history: Option<PathBuf>,
    /// Columns of the terminal; asked before every answer, because windows change.
    pub width: fn() -> Option<usize>,
    /// Makes text safe to show.
    pub escape: Escape,
    /// Hides secrets; text is shown as it is if none.
    pub mask: Option<Escape>,
    /// Format of answers at the start.
    pub format: Format,
}

/// What the commands of the shell change.
struct State {
    expanded: bool,
    timing: bool,
    format: Format,
}

enum Next {
    Go,
    Stop,
}

/// Runs the shell until its end of input.
///
/// # Errors
/// If the terminal cannot be used. Queries that fail are shown and do not end the shell.
pub fn run(
    session: &QuerySession,
    runtime: &Handle,
    options: &ReplOptions,
    out: &mut (dyn Write + Send),
) -> Result<(), QueryError> {
    let mut editor = editor(session).map_err(terminal)?;
    if let Some(path) = &options.history {
        // No history yet is no reason to complain.
        let _ = editor.load_history(path);
    }
    writeln!(out, "{} tables; \\? for help, \\q to leave", session.tables().len())?;
    let mut state = State { expanded: false, timing: false, format: options.format };
    loop {
        let line = match editor.readline(PROMPT) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(terminal(error)),
        };
        let text = line.trim();
        if text.is_empty() {
            continue;
        }
        let _ = editor.add_history_entry(text);
        if let Some(path) = &options.history {
            let _ = editor.append_history(path);
        }
        if matches!(handle(text, session, runtime, options, &mut state, out)?, Next::Stop) {
            break;
        }
    }
    Ok(())
}

fn editor(session: &QuerySession) -> rustyline::Result<Editor<SqlHelper, FileHistory>> {
    let config = Config::builder()
        .max_history_size(MAX_HISTORY)?
        .history_ignore_dups(true)?
        .completion_type(CompletionType::List)
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(SqlHelper::new(session)));
    Ok(editor)
}

fn terminal(error: ReadlineError) -> QueryError {
    match error {
        ReadlineError::Io(error) => QueryError::Output(error),
        other => QueryError::Output(std::io::Error::other(other)),
    }
}

fn handle(
    text: &str,
    session: &QuerySession,
    runtime: &Handle,
    options: &ReplOptions,
    state: &mut State,
    out: &mut (dyn Write + Send),
) -> Result<Next, QueryError> {
    if let Some(command) = Command::parse(text) {
        return command.run(session, state, options.escape, out);
    }
    for statement in split_statements(text) {
        let started = Instant::now();
        if let Err(error) = answer(statement, session, runtime, options, state, out) {
            if error.is_broken_pipe() {
                return Err(error);
            }
            let shown: Vec<_> =
                error.to_string().lines().map(|line| (options.escape)(line).into_owned()).collect();
            writeln!(out, "error: {}", shown.join("\n"))?;
        }
        if state.timing {
            writeln!(out, "time: {:.1} ms", started.elapsed().as_secs_f64() * 1e3)?;
        }
        out.flush()?;
    }
    Ok(Next::Go)
}

fn answer(
    statement: &str,
    session: &QuerySession,
    runtime: &Handle,
    options: &ReplOptions,
    state: &State,
    out: &mut (dyn Write + Send),
) -> Result<(), QueryError> {
    let options = PrintOptions {
        format: state.format,
        width: (options.width)(),
        for_terminal: std::io::IsTerminal::is_terminal(&std::io::stdout()),
        expanded: state.expanded,
        escape: options.escape,
        mask: options.mask,
        guard_formulas: true,
    };
    let query = async {
        let results = session.sql(statement).await?;
        print(results, out, &options).await.map(drop)
    };
    runtime.block_on(interruptible(query))
}

/// Runs a query until it ends or Ctrl-C is pressed; dropping it stops it.
///
/// # Errors
/// [`QueryError::Interrupted`], or those of the query.
pub async fn interruptible<T>(
    query: impl Future<Output = Result<T, QueryError>>,
) -> Result<T, QueryError> {
    tokio::select! {
        biased;
        signal = tokio::signal::ctrl_c() => match signal {
            Ok(()) => Err(QueryError::Interrupted),
            Err(error) => Err(QueryError::Output(error)),
        },
        done = query => done,
    }
}
