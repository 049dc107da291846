//! Turns a script into a session: fills placeholders, answers repository steps, sets the clock.

use serde_json::{Value, json};

use super::cast::{self, Agent};
use super::explore;
use super::fill::Fill;
use super::rng::Rng;
use super::script::{Script, Step};
use super::session::{AgentTurn, Call, Session, Turn, Usage, UserTurn};
use super::shelf::Shelf;

/// Where the expansion of one script stands.
pub(crate) struct Stage {
    pub(crate) rng: Rng,
    pub(crate) shelf: Shelf,
    fill: Fill,
    now: i64,
    asked: i64,
    /// Characters the model has to read on its next call.
    context: i64,
    cached: i64,
    system: String,
    /// The reasoning of this session is not logged.
    silent: bool,
    /// A coding agent on somebody's laptop.
    laptop: bool,
    turns: Vec<Turn>,
    /// Turns of the main agent while a sub-agent runs, with the call that started it.
    parents: Vec<(Vec<Turn>, Call)>,
    problems: Vec<String>,
}

/// Expands `script`, starting at `start`.
pub(crate) fn expand(mut script: Script, start: i64, rng: &Rng) -> Session {
    let agent = cast::agent(&script.agent);
    let mut ids = rng.fork("id");
    let id = match script.format.as_str() {
        "codex" => ids.uuid7(start),
        "openai-responses" => format!("conv_{}", ids.hex(32)),
        _ => ids.uuid(),
    };
    let mut stage = Stage::new(agent, &script, start, rng);
    for step in script.steps.clone() {
        stage.step(&step);
    }
    script.model = cast::model(&script.model).to_owned();
    if agent.key.is_empty() || script.model.is_empty() {
        stage.problems.push("unknown agent or model".to_owned());
    }
    if !stage.parents.is_empty() {
        stage.problems.push("%%agent without %%return".to_owned());
    }
    let name = script.name.clone();
    script.problems.extend(stage.problems.iter().map(|problem| format!("{name}: {problem}")));
    let fill_note = |(key, text): (String, String)| (key, stage.fill.clone().apply(&text));
    script.notes = script.notes.into_iter().map(fill_note).collect();
    Session { script, agent: *agent, id, start, system: stage.system, turns: stage.turns }
}

impl Stage {
    fn new(agent: &'static Agent, script: &Script, start: i64, rng: &Rng) -> Self {
        let mut fill = Fill::new(rng.fork("fill"), start, &script.year);
        let system = fill.apply(agent.system);
        // Coding agents bring a long prompt and their tools, which the logs do not show.
        let laptop = ["claude-code", "codex"].contains(&script.format.as_str());
        let base = if laptop { 61_000 } else { 3_600 };
        Self {
            rng: rng.fork("stage"),
            shelf: Shelf::new(agent.repo),
            fill,
            now: start,
            asked: start,
            context: base + chars(&system),
            cached: 0,
            system,
            silent: script.cot == "absent",
            laptop,
            turns: Vec::new(),
            parents: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn step(&mut self, step: &Step) {
        let arg = self.fill.apply(&step.arg);
        let body = self.fill.apply(&step.body);
        match step.word.as_str() {
            "system" => self.system = body,
            "user" => self.user(body, false),
            "user+image" => self.user(body, true),
            "think" => self.think(body),
            "say" => self.say(body),
            "rewind" => self.turns.push(Turn::Rewind),
            "explore" => explore::wander(self, self.steps(&arg)),
            "fail" => self.fail(),
            "agent" => self.open_agent(&arg, body),
            "return" => self.close_agent(body),
            word => self.act(word, &arg, &body, step.joined),
        }
    }

    /// How many steps of looking around: laptop sessions wander further than short samples.
    fn steps(&self, arg: &str) -> usize {
        let asked: usize = arg.parse().unwrap_or(3);
        if self.laptop { asked + asked / 2 + 1 } else { asked }
    }

    fn user(&mut self, text: String, image: bool) {
        let wait = if self.turns.is_empty() { 900 } else { self.rng.range(21_000, 420_000) };
        self.now += wait;
        self.context += chars(&text);
        self.turns.push(Turn::User(UserTurn { at: self.now, text, image }));
        self.asked = self.now;
    }

    /// Adds reasoning; it opens a new model call.
    pub(crate) fn think(&mut self, text: String) {
        self.open_turn();
        if self.silent {
            // The script has no words for reasoning that is not logged, but it was paid for.
            let tokens = self.rng.range(60, 900);
            self.with_turn(|turn| turn.usage.reasoning += tokens);
        }
        self.spend(&text, |turn| &mut turn.usage.reasoning);
        self.with_turn(|turn| turn.think = Some(text));
    }

    /// Adds visible text; it opens a new model call unless it follows reasoning.
    pub(crate) fn say(&mut self, text: String) {
        let fresh = !matches!(self.turns.last(), Some(Turn::Agent(turn))
            if turn.calls.is_empty() && turn.say.is_none());
        if fresh {
            self.open_turn();
        }
        self.spend(&text, |turn| &mut turn.usage.output);
        self.with_turn(|turn| turn.say = Some(text));
    }

    /// Adds a call with its result.
    pub(crate) fn call(&mut self, tool: &str, args: Value, result: String, joined: bool) {
        let may_join = matches!(self.turns.last(), Some(Turn::Agent(turn))
            if joined || turn.calls.is_empty());
        if !may_join {
            self.open_turn();
        }
        self.spend(&args.to_string(), |turn| &mut turn.usage.output);
        let asked = self.now;
        self.now += match tool {
            "run_shell" => self.rng.range(180, 9_400),
            "http_fetch" | "sql_query" => self.rng.range(220, 4_100),
            _ => self.rng.range(12, 380),
        };
        let done_at = self.now;
        self.asked = done_at;
        self.context += chars(&result);
        let tool = tool.to_owned();
        let call = Call { tool, args, result, failed: false, done_at, sub: Vec::new() };
        self.with_turn(|turn| {
            turn.at = turn.at.min(asked);
            turn.calls.push(call);
        });
    }

    fn act(&mut self, word: &str, arg: &str, body: &str, joined: bool) {
        match word {
            "sh" => {
                let (command, output) = more(arg, body);
                self.call("run_shell", json!({ "command": command }), output, joined);
            }
            "call" => {
                let (tool, json) = arg.split_once(' ').unwrap_or((arg, ""));
                let (json, output) = more(json, body);
                let args = serde_json::from_str(&json).unwrap_or_else(|error| {
                    self.problems.push(format!("arguments of {tool}: {error}"));
                    Value::Null
                });
                self.call(tool, args, output, joined);
            }
            "fetch" => self.call("http_fetch", json!({ "url": arg }), body.to_owned(), joined),
            _ => self.in_repo(word, arg, body, joined),
        }
    }

    fn in_repo(&mut self, word: &str, arg: &str, body: &str, joined: bool) {
        match word {
            "read" => self.read(arg, joined),
            "edit" => {
                let (old, new) = body.split_once("\n====\n").unwrap_or((body, ""));
                if !self.shelf.edit(arg, old, new) {
                    self.problems.push(format!("{arg} does not have: {old}"));
                }
                let args = json!({ "path": arg, "old": old, "new": new });
                self.call("edit_file", args, format!("{arg} has been updated."), joined);
            }
            "write" => {
                self.shelf.write(arg, body);
                let args = json!({ "path": arg, "content": format!("{body}\n") });
                self.call("write_file", args, format!("{arg} written."), joined);
            }
            "ls" => {
                let listing = self.shelf.list(arg);
                self.call("run_shell", json!({ "command": format!("ls {arg}") }), listing, joined);
            }
            "grep" => {
                let hits = self.shelf.grep(arg);
                let command = format!("grep -rn \"{arg}\" .");
                self.call("run_shell", json!({ "command": command }), hits, joined);
            }
            "test" => {
                let (command, output) = self.shelf.test_run(arg, &mut self.rng);
                self.call("run_shell", json!({ "command": command }), output, joined);
            }
            "diff" => {
                let patch = self.shelf.diff();
                self.call("run_shell", json!({ "command": "git diff" }), patch, joined);
            }
            "commit" => self.commit(arg, joined),
            other => self.problems.push(format!("step {other} is not handled")),
        }
    }

    /// Reads a file of the shelf, whole or a span of lines.
    pub(crate) fn read(&mut self, arg: &str, joined: bool) {
        let (path, span) = arg.split_once(' ').unwrap_or((arg, ""));
        let Some((first, text)) = self.shelf.read(path, span) else {
            self.problems.push(format!("no file {path}"));
            return;
        };
        let args = if span.is_empty() {
            json!({ "path": path })
        } else {
            json!({ "path": path, "offset": first, "limit": text.lines().count() })
        };
        self.call("read_file", args, text, joined);
    }

    fn commit(&mut self, message: &str, joined: bool) {
        let command = format!("git commit -qam \"{message}\" && git log --oneline -1 --stat");
        let (id, changed) = (self.rng.hex(7), self.shelf.changed());
        let files = if changed == 1 { "file" } else { "files" };
        let added = self.rng.range(3, 41);
        let output = format!("{id} {message}\n {changed} {files} changed, {added} insertions(+)");
        self.call("run_shell", json!({ "command": command }), output, joined);
    }

    fn fail(&mut self) {
        self.with_turn(|turn| {
            if let Some(call) = turn.calls.last_mut() {
                call.failed = true;
            }
        });
    }

    fn open_agent(&mut self, arg: &str, prompt: String) {
        let (kind, title) = arg.split_once('|').unwrap_or(("general-purpose", arg));
        let args = json!({ "description": title, "prompt": prompt, "subagent_type": kind });
        self.call("task", args, String::new(), false);
        let call = match self.turns.last_mut() {
            Some(Turn::Agent(turn)) => turn.calls.pop(),
            _ => None,
        };
        if let Some(call) = call {
            self.parents.push((std::mem::take(&mut self.turns), call));
        }
        self.turns.push(Turn::User(UserTurn { at: self.now, text: prompt, image: false }));
    }

    fn close_agent(&mut self, report: String) {
        let Some((outer, mut call)) = self.parents.pop() else {
            self.problems.push("%%return without %%agent".to_owned());
            return;
        };
        self.say(report.clone());
        call.sub = std::mem::replace(&mut self.turns, outer);
        call.result = report;
        call.done_at = self.now;
        self.asked = self.now;
        self.with_turn(|turn| turn.calls.push(call));
    }

    fn open_turn(&mut self) {
        let asked_at = self.asked;
        self.now += self.rng.range(1_400, 9_800);
        let input = self.context / 4;
        let usage = Usage { input, cached: self.cached, output: 9, reasoning: 0 };
        self.cached = input;
        let (think, say, calls) = (None, None, Vec::new());
        self.turns.push(Turn::Agent(AgentTurn {
            asked_at,
            at: self.now,
            think,
            say,
            calls,
            usage,
        }));
    }

    /// Books the tokens of `text` on the open turn and lets the clock run while it is written.
    fn spend(&mut self, text: &str, slot: fn(&mut AgentTurn) -> &mut i64) {
        let tokens = chars(text) / 4 + 1;
        self.context += chars(text);
        self.now += tokens * self.rng.range(9, 16);
        let now = self.now;
        self.with_turn(|turn| {
            *slot(turn) += tokens;
            turn.at = now;
        });
    }

    fn with_turn(&mut self, change: impl FnOnce(&mut AgentTurn)) {
        match self.turns.last_mut() {
            Some(Turn::Agent(turn)) => change(turn),
            _ => self.problems.push("a step that needs a model call before it".to_owned()),
        }
    }
}

/// Splits a body at a line `====`: what is before it continues the argument.
fn more(arg: &str, body: &str) -> (String, String) {
    match body.split_once("====\n").or_else(|| body.split_once("====")) {
        Some((head, output)) if arg.is_empty() => (head.trim_end().to_owned(), output.to_owned()),
        Some((head, output)) => (format!("{arg}\n{}", head.trim_end()), output.to_owned()),
        None => (arg.to_owned(), body.to_owned()),
    }
}

fn chars(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX / 64)
}
