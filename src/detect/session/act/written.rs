//! What is written into a file and acts later: command lines in scripts, build steps and timers, and
//! settings that name a place.
//!
//! Only lines that reach another machine become actions; everything else in a file is text. A patch counts
//! with the lines it adds.

use super::looks::is_shell;
use super::script::of_shell;
use super::tool::Outcome;
use super::{Act, Origin, Value};
use crate::detect::session::class::Class;
use crate::detect::session::entity::{self, EntityKind};
use crate::detect::session::tools::{Role, Tools, normal};
use ahash::AHashSet as HashSet;
use std::borrow::Cow;

/// Bytes of one call that are read, lines that are taken apart, and actions taken from them.
const MAX_BYTES: usize = 2 << 20;
const MAX_PARSED: usize = 400;
const MAX_ACTS: usize = 8;
/// What a command may stand behind in a line of a shell.
const WORDS: [&str; 15] = [
    "if ", "then ", "else ", "elif ", "do ", "while ", "until ", "for ", "case ", "! ", "{", "(",
    "[", "time ", "&& ",
];
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
/// Endings of documents, in which commands are examples.
const DOCUMENTS: [&str; 4] = [".md", ".markdown", ".rst", ".adoc"];
/// Endings of files that hold settings.
const SETTINGS: [&str; 11] =
    ["conf", "cfg", "ini", "toml", "yml", "yaml", "env", "properties", "npmrc", "txt", "config"];
/// Bytes of a line that may be a command.
const MAX_LINE: usize = 4_000;
/// How sure it is that a line does what it says.
const SURE: f64 = 0.6;

/// Actions that the contents of a written file will bring about, and whether all of it was read.
pub(super) fn of_contents(act: &Act, tools: &Tools) -> (Vec<Act>, bool) {
    if act.class != Class::Write || act.origin != Origin::Tool {
        return (Vec::new(), true);
    }
    let path = act.values.iter().find(|value| {
        value.kind() == EntityKind::Path
            || value.name.contains("path")
            || value.name.contains("file")
    });
    let Some(path) = path.map(|value| value.text.clone()) else { return (Vec::new(), true) };
    // What documents say is read by people.
    if DOCUMENTS.iter().any(|ending| path.to_lowercase().ends_with(ending)) {
        return (Vec::new(), true);
    }
    let is_text = |value: &&Value| value.entity.is_none() && value.text != path;
    let is_patch = ["patch", "diff"].iter().any(|word| act.verb.to_lowercase().contains(word));
    let mut reader = Reader {
        path: &path,
        tools,
        read: 0,
        parsed: HashSet::new(),
        acts: Vec::new(),
        is_whole: true,
    };
    for value in act.values.iter().filter(is_text) {
        let is_patch = is_patch || ["patch", "diff"].iter().any(|word| value.name.contains(word));
        reader.read(&value.text, is_patch);
    }
    // Harmless ones do not crowd out the others.
    reader.acts.sort_by(|a, b| b.risk.total_cmp(&a.risk));
    reader.acts.truncate(MAX_ACTS);
    (reader.acts, reader.is_whole)
}

/// Reads the lines that one call writes.
struct Reader<'r> {
    path: &'r str,
    tools: &'r Tools,
    /// Bytes so far.
    read: usize,
    /// Lines that were taken apart, each once: decoys are alike.
    parsed: HashSet<String>,
    acts: Vec<Act>,
    is_whole: bool,
}

impl Reader<'_> {
    fn read(&mut self, text: &str, may_be_patch: bool) {
        let left = MAX_BYTES.saturating_sub(self.read);
        let part = &text[..text.floor_char_boundary(left.min(text.len()))];
        self.is_whole &= part.len() == text.len();
        self.read += part.len();
        let is_patch = is_patch(part, may_be_patch);
        let lines = part.lines().filter_map(move |line| match is_patch {
            true => line.strip_prefix('+'),
            false => Some(line.strip_prefix(['+', '-']).unwrap_or(line)),
        });
        for line in joined(lines) {
            self.line(&line);
        }
    }

    fn line(&mut self, line: &str) {
        let line = line.trim().trim_start_matches("- ").trim();
        if is_comment(line) || !names_a_place(line) {
            return;
        }
        if self.parsed.contains(line) {
            return;
        }
        if self.parsed.len() >= MAX_PARSED || line.len() > MAX_LINE {
            self.is_whole = false;
            return;
        }
        self.parsed.insert(line.to_owned());
        self.acts.extend(of_line(line, self.path, self.tools));
    }
}

/// Whether a text is a patch, of which the lines it adds count: all lines are those of one, and it says so at its
/// beginning or by the name of its argument.
fn is_patch(text: &str, is_named_so: bool) -> bool {
    const HEADS: [&str; 7] =
        ["@@ -", "--- ", "diff ", "Index: ", "*** Begin", "*** Update", "*** Add"];
    const OTHERS: [&str; 12] = [
        "@@",
        "diff ",
        "index ",
        "Index: ",
        "new file",
        "deleted file",
        "similarity ",
        "rename ",
        "old mode",
        "new mode",
        "*** ",
        "===",
    ];
    let begins = text
        .lines()
        .find(|line| !line.is_empty())
        .is_some_and(|line| HEADS.iter().any(|head| line.starts_with(head)));
    let fits = |line: &str| {
        line.is_empty()
            || line.starts_with(['+', '-', ' ', '\\'])
            || OTHERS.iter().any(|head| line.starts_with(head))
    };
    (begins || is_named_so)
        && text.lines().all(fits)
        && text.lines().any(|line| line.starts_with('+'))
}

fn is_comment(line: &str) -> bool {
    ["#", "//", "/*", "*", "<"].iter().any(|mark| line.starts_with(mark))
}

/// Whether a line may name another machine; cheaper than to take it apart.
fn names_a_place(line: &str) -> bool {
    let bytes = line.as_bytes();
    let dotted = |at: usize| {
        let next = bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
        bytes[at] == b'.' && next && at > 0 && bytes[at - 1].is_ascii_alphanumeric()
    };
    // What a substitution or Base64 makes is not to be seen yet.
    ["://", "@", "$(", "`", "base64", "eval "].iter().any(|sign| line.contains(sign))
        || ((0..bytes.len()).any(dotted)
            && entity::find(line).iter().any(|entity| entity.host.is_some()))
}

/// Lines with those they go on in: `\` at the end, and not within a comment.
fn joined<'t>(lines: impl Iterator<Item = &'t str>) -> impl Iterator<Item = Cow<'t, str>> {
    let mut lines = lines;
    std::iter::from_fn(move || {
        let first = lines.next()?;
        let goes_on = continued(first).filter(|_| !is_comment(first.trim()));
        let Some(head) = goes_on else { return Some(first.into()) };
        let mut whole = head.to_owned();
        while whole.len() <= MAX_LINE {
            let Some(next) = lines.next() else { break };
            let next = next.trim();
            whole.push(' ');
            whole.push_str(continued(next).unwrap_or(next).trim_end());
            if continued(next).is_none() {
                break;
            }
        }
        Some(whole.into())
    })
}

/// A line without the sign that it goes on; `\\` is a sign of its own.
fn continued(line: &str) -> Option<&str> {
    let line = line.trim_end();
    let count = line.len() - line.trim_end_matches('\\').len();
    (count % 2 == 1).then(|| &line[..line.len() - 1])
}

fn of_line(line: &str, path: &str, tools: &Tools) -> Vec<Act> {
    let command = STEPS.iter().find_map(|step| line.strip_prefix(step)).unwrap_or(line).trim();
    // `if …; then curl …; fi`, or as much of it as one line holds.
    let is_script = WORDS.iter().any(|word| command.starts_with(word));
    if is_script || is_shell(command, tools) {
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
