//! What is written into a file and acts later: command lines in scripts, build steps and timers, and
//! settings that name a place.
//!
//! Only lines that reach another machine become actions; everything else in a file is text. A patch counts
//! with the lines it adds.

use super::script::of_shell;
use super::tool::{Outcome, is_shell};
use super::{Act, Origin, Value};
use crate::detect::session::class::Class;
use crate::detect::session::entity::{self, EntityKind};
use crate::detect::session::tools::{Role, Tools, normal};
use std::borrow::Cow;

/// Lines of a file that are read, and actions taken from them.
const MAX_LINES: usize = 8_000;
const MAX_ACTS: usize = 8;
/// Words of a shell that a command may stand behind.
const WORDS: [&str; 7] = ["if ", "then ", "else ", "do ", "while ", "until ", "! "];
/// What stands before a command in files that hold commands.
const STEPS: [&str; 10] = [
    "run:",
    "RUN ",
    "script:",
    "command:",
    "cmd:",
    "ExecStart=",
    "post:",
    "entrypoint:",
    "@reboot ",
    "exec ",
];
/// Endings of files that hold settings.
const SETTINGS: [&str; 11] =
    ["conf", "cfg", "ini", "toml", "yml", "yaml", "env", "properties", "npmrc", "txt", "config"];
/// Bytes of a line that may be a command.
const MAX_LINE: usize = 2_000;
/// How sure it is that a line does what it says.
const SURE: f64 = 0.6;

/// Actions that the contents of a written file will bring about.
pub(super) fn of_contents(act: &Act, tools: &Tools) -> Vec<Act> {
    if act.class != Class::Write || act.origin != Origin::Tool {
        return Vec::new();
    }
    let path = act.values.iter().find(|value| {
        value.kind() == EntityKind::Path
            || value.name.contains("path")
            || value.name.contains("file")
    });
    let Some(path) = path.map(|value| value.text.clone()) else { return Vec::new() };
    let is_text = |value: &&Value| value.entity.is_none() && value.text != path;
    let texts = act.values.iter().filter(is_text);
    let mut out = Vec::new();
    for value in texts {
        for line in joined(added(&value.text)) {
            out.extend(of_line(&line, &path, tools));
        }
    }
    // Harmless ones do not crowd out the others.
    out.sort_by(|a, b| b.risk.total_cmp(&a.risk));
    out.truncate(MAX_ACTS);
    out
}

/// The lines of a text; of a patch those that it adds.
fn added(text: &str) -> impl Iterator<Item = &str> {
    let is_patch = text.lines().any(|line| line.starts_with("@@") || line.starts_with("+++"))
        || text.lines().all(|line| line.is_empty() || line.starts_with(['+', '-', ' ']));
    text.lines()
        .filter_map(move |line| if is_patch { line.strip_prefix('+') } else { Some(line) })
        .take(MAX_LINES)
}

/// Lines with those they go on in: `\` at the end.
fn joined<'t>(lines: impl Iterator<Item = &'t str>) -> impl Iterator<Item = Cow<'t, str>> {
    let mut lines = lines.peekable();
    std::iter::from_fn(move || {
        let first = lines.next()?;
        let Some(head) = first.trim_end().strip_suffix('\\') else { return Some(first.into()) };
        let mut whole = head.to_owned();
        while whole.len() <= MAX_LINE {
            let Some(next) = lines.next() else { break };
            let next = next.trim();
            let more = next.strip_suffix('\\');
            whole.push(' ');
            whole.push_str(more.unwrap_or(next).trim_end());
            if more.is_none() {
                break;
            }
        }
        Some(whole.into())
    })
}

fn of_line(line: &str, path: &str, tools: &Tools) -> Vec<Act> {
    let line = line.trim().trim_start_matches("- ").trim();
    let is_comment = ["#", "//", "/*", "*", "<"].iter().any(|mark| line.starts_with(mark));
    if is_comment || line.len() > MAX_LINE {
        return Vec::new();
    }
    let command = STEPS.iter().find_map(|step| line.strip_prefix(step)).unwrap_or(line).trim();
    let is_script = WORDS.iter().any(|word| command.starts_with(word));
    if is_script {
        // `if …; then curl …; fi`, or as much of it as one line holds.
        return reaching_out(command, tools);
    }
    if is_shell(command, tools) {
        return reaching_out(command, tools);
    }
    setting(line, path, tools).into_iter().collect()
}

fn reaching_out(command: &str, tools: &Tools) -> Vec<Act> {
    let mut outcome = Outcome::default();
    of_shell(command, tools, 1, &mut outcome);
    let reaches = |act: &Act| {
        act.class != Class::Read && act.values.iter().any(|value| value.host().is_some())
    };
    let mut acts: Vec<Act> = outcome.acts.into_iter().filter(reaches).collect();
    for act in &mut acts {
        act.confidence = SURE;
    }
    acts
}

/// `extra-index-url = https://…`: from now on something is fetched from or sent to there.
fn setting(line: &str, path: &str, tools: &Tools) -> Option<Act> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit('.').next().unwrap_or(name);
    if !SETTINGS.contains(&ending) {
        return None;
    }
    let at = line.find([' ', '=', ':'])?;
    let key = normal(line[..at].trim_matches(['-', '"', '\'']));
    let value = line[at..].trim_matches([' ', '=', ':', '"', '\'', ',']);
    let place = entity::whole(value)?;
    let is_place = matches!(place.kind, EntityKind::Url | EntityKind::Email);
    if !is_place || !tools.taxonomy.is_place(&key) {
        return None;
    }
    let mut act = Act::new(Class::Configure, 0.3, "setting", Origin::Tool);
    act.confidence = SURE;
    act.values.push(Value::new(Role::Sink, &key, value));
    Some(act)
}
