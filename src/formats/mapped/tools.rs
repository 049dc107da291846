//! Calls and results of a turn, side by side: the first name belongs to the first arguments.
//!
//! A record may hold a call, a result, or both. There is a call where there are arguments, or a
//! name without a result; there is a result where something came back, be it empty, or failed.

use super::target::Target;
use crate::formats::Json;
use crate::formats::chat::shared::calls::{Call, Outcome, result_text};
use crate::formats::chat::shared::parts::Parts;
use crate::record::Event;

/// The values of one target; what is not there keeps its place.
pub(super) type Column = Vec<Option<Cell>>;

/// A value, and where it stands.
#[derive(Debug)]
pub(super) struct Cell {
    text: String,
    pointer: String,
}

/// The tool columns of a turn.
#[derive(Debug, Default)]
pub(super) struct Tools {
    names: Column,
    ids: Column,
    arguments: Column,
    results: Column,
    errors: Column,
    statuses: Column,
    exit_codes: Column,
}

impl Cell {
    /// A value of a target as text.
    pub(super) fn of(target: Target, value: &Json<'_>, pointer: &str) -> Option<Self> {
        let text = match target {
            _ if value.is_null() => None,
            Target::ToolResult => result_text(value),
            _ => value.display(),
        };
        text.map(|text| Self { text, pointer: pointer.to_owned() })
    }
}

/// How a call ended, by the words that logs have for it; the first is the column's.
const STATUSES: [&[&str]; 4] = [
    &["ok", "success", "succeeded", "successful", "complete", "completed", "done", "true", "0"],
    &["error", "failed", "failure", "fail", "exception", "timeout", "timed_out", "false"],
    &["denied", "rejected", "refused", "forbidden", "blocked"],
    &["aborted", "cancelled", "canceled", "interrupted", "killed"],
];
/// What says that there was no error.
const NO_ERROR: [&str; 6] = ["", "false", "0", "no", "none", "null"];
/// What says only that there was one.
const ERROR: [&str; 3] = ["true", "1", "yes"];

impl Tools {
    /// The columns, each from its target.
    pub(super) fn of(mut values: impl FnMut(Target) -> Column) -> Self {
        Self {
            names: values(Target::ToolName),
            ids: values(Target::ToolCallId),
            arguments: values(Target::ToolArguments),
            results: values(Target::ToolResult),
            errors: values(Target::ToolError),
            statuses: values(Target::ToolStatus),
            exit_codes: values(Target::ToolExitCode),
        }
    }

    fn len(&self) -> usize {
        let columns = [&self.names, &self.arguments, &self.results, &self.errors, &self.statuses];
        columns.into_iter().map(Vec::len).max().unwrap_or_default()
    }

    /// Adds the calls.
    pub(super) fn calls(&self, parts: &mut Parts) {
        for at in 0..self.len() {
            if !self.is_call(at) {
                continue;
            }
            let arguments = value(&self.arguments, at).map(|text| Json::String(text.into()));
            let call = Call {
                name: name(&self.names, at).unwrap_or_default(),
                id: name(&self.ids, at),
                arguments: arguments.as_ref(),
                tool_type: "function",
                ..Call::default()
            };
            parts.call(&call, pointer([&self.arguments, &self.names], at));
        }
    }

    /// Adds the results; in a message of a tool there is one, even if it is empty.
    pub(super) fn results(&self, is_result: bool, parts: &mut Parts) {
        for at in (0..self.len()).filter(|at| self.came_back(*at)) {
            self.result(at, parts);
        }
        if is_result && parts.is_empty() && self.is_used(0) {
            self.result(0, parts);
        }
    }

    fn result(&self, at: usize, parts: &mut Parts) {
        let places = [&self.results, &self.errors, &self.statuses, &self.exit_codes];
        parts.result(&Outcome::default(), pointer(places, at));
        if let Some(event) = parts.last() {
            event.tool_call_result = value(&self.results, at).map(str::to_owned);
            self.complete(at, event);
        }
    }

    /// Fills what is known of a result beside what it says.
    pub(super) fn complete(&self, at: usize, event: &mut Event) {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        event.tool_call_id = event.tool_call_id.take().or_else(|| owned(name(&self.ids, at)));
        event.tool_name = event.tool_name.take().or_else(|| owned(name(&self.names, at)));
        if let Some(status) = value(&self.statuses, at) {
            set_status(event, status);
        }
        match value(&self.exit_codes, at).map(|said| (said, said.trim().parse())) {
            Some((_, Ok(code))) => {
                event.tool_exit_code = Some(code);
                event.tool_is_error.get_or_insert(code != 0);
            }
            Some((said, Err(_))) if !said.trim().is_empty() => {
                event.attr("tool_exit_code", Json::String(said.into()).compact());
            }
            _ => {}
        }
        if let Some(error) = value(&self.errors, at) {
            set_error(event, error);
        }
    }

    /// What is said of tools where no row could take it. In a message of a tool nothing is called, and
    /// where its content was the result (`is_said`) there is no other.
    pub(super) fn left(&self, is_result: bool, is_said: bool) -> Vec<(String, String)> {
        let any = (0..self.len()).any(|at| self.came_back(at));
        let has_call = |at| !is_result && at < self.len() && self.is_call(at);
        let has_result = |at| match is_said {
            true => at == 0,
            false if at < self.len() && self.came_back(at) => true,
            false => is_result && !any && at == 0 && self.is_used(0),
        };
        let mut left = Vec::new();
        for (target, column) in self.columns() {
            for at in (0..column.len()).filter(|at| name(column, *at).is_some()) {
                let is_kept = match target {
                    Target::ToolArguments => has_call(at),
                    Target::ToolName | Target::ToolCallId => has_call(at) || has_result(at),
                    Target::ToolResult => has_result(at) && !is_said,
                    _ => has_result(at),
                };
                let text = value(column, at).filter(|_| !is_kept);
                left.extend(
                    text.map(|text| {
                        (target.name().to_owned(), Json::String(text.into()).compact())
                    }),
                );
            }
        }
        left
    }

    fn columns(&self) -> [(Target, &Column); 7] {
        [
            (Target::ToolName, &self.names),
            (Target::ToolCallId, &self.ids),
            (Target::ToolArguments, &self.arguments),
            (Target::ToolResult, &self.results),
            (Target::ToolError, &self.errors),
            (Target::ToolStatus, &self.statuses),
            (Target::ToolExitCode, &self.exit_codes),
        ]
    }

    fn is_call(&self, at: usize) -> bool {
        let named = name(&self.names, at).is_some() && !self.came_back(at);
        value(&self.arguments, at).is_some() || named
    }

    /// Whether there is a call or a result here at all. Wide logs have empty texts and a status
    /// in records that are about something else.
    fn is_used(&self, at: usize) -> bool {
        let columns = [&self.names, &self.ids, &self.arguments, &self.results];
        columns.into_iter().any(|column| name(column, at).is_some()) || self.failed(at)
    }

    fn failed(&self, at: usize) -> bool {
        value(&self.errors, at).is_some_and(|error| !is_no_error(error))
    }

    /// Whether something came back from a call, be it nothing or a failure.
    fn came_back(&self, at: usize) -> bool {
        let columns = [&self.results, &self.statuses, &self.exit_codes];
        let said = columns.into_iter().any(|column| value(column, at).is_some());
        self.is_used(at) && (said || self.failed(at))
    }
}

fn value(column: &Column, at: usize) -> Option<&str> {
    column.get(at)?.as_ref().map(|cell| cell.text.as_str())
}

/// Where the first of these columns that has anything has it.
fn pointer<const N: usize>(columns: [&Column; N], at: usize) -> &str {
    let cell = columns.into_iter().find_map(|column| column.get(at)?.as_ref());
    cell.map_or("", |cell| cell.pointer.as_str())
}

fn name(column: &Column, at: usize) -> Option<&str> {
    value(column, at).filter(|name| !name.trim().is_empty())
}

fn is_no_error(error: &str) -> bool {
    NO_ERROR.contains(&error.trim().to_ascii_lowercase().as_str())
}

fn set_error(event: &mut Event, error: &str) {
    let failed = !is_no_error(error);
    event.tool_is_error = Some(failed);
    if failed {
        event.status = Some("error");
        if !ERROR.contains(&error.trim().to_ascii_lowercase().as_str()) {
            event.error_message = Some(error.to_owned());
        }
    }
}

fn set_status(event: &mut Event, said: &str) {
    let word = said.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    match STATUSES.iter().find(|words| words.contains(&word.as_str())) {
        Some(words) => {
            event.status = words.first().copied();
            event.tool_is_error = Some(event.status != Some("ok"));
        }
        None => event.attr("tool_status", Json::String(said.into()).compact()),
    }
}
