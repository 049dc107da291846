//! Tool definitions and the names neutral tools have in coding-agent logs.

use serde_json::{Value, json};

use crate::corpus::session::{Call, Session, Turn};

/// The neutral tools a session uses, in order of first use, as OpenAI function definitions.
pub(crate) fn functions(session: &Session) -> Vec<Value> {
    let define = |(name, keys): (String, Vec<String>)| {
        json!({ "type": "function", "function": {
            "name": name, "description": describe(&name), "parameters": schema(&keys),
        }})
    };
    used(session).into_iter().map(define).collect()
}

/// The same tools as Anthropic definitions.
pub(crate) fn anthropic(session: &Session) -> Vec<Value> {
    let define = |(name, keys): (String, Vec<String>)| {
        let description = describe(&name);
        json!({ "name": name, "description": description, "input_schema": schema(&keys) })
    };
    used(session).into_iter().map(define).collect()
}

fn used(session: &Session) -> Vec<(String, Vec<String>)> {
    let mut tools: Vec<(String, Vec<String>)> = Vec::new();
    for turn in &session.turns {
        let Turn::Agent(turn) = turn else { continue };
        for call in &turn.calls {
            if tools.iter().all(|(name, _)| *name != call.tool) {
                let keys = call.args.as_object();
                let keys = keys.map(|map| map.keys().cloned().collect()).unwrap_or_default();
                tools.push((call.tool.clone(), keys));
            }
        }
    }
    tools
}

fn schema(keys: &[String]) -> Value {
    let properties: serde_json::Map<String, Value> =
        keys.iter().map(|key| (key.clone(), json!({ "type": "string" }))).collect();
    json!({ "type": "object", "properties": properties })
}

fn describe(name: &str) -> &'static str {
    match name {
        "run_shell" => "Run a command in the job's container and return its output.",
        "read_file" => "Read a file.",
        "write_file" => "Write a file, replacing what was there.",
        "edit_file" => "Replace text in a file.",
        "http_fetch" => "Fetch a URL.",
        "send_email" => "Send an e-mail.",
        "sql_query" => "Run a read-only query in the warehouse.",
        "update_ticket" => "Change or comment on a ticket.",
        "get_booking" => "Look up a booking.",
        "update_booking" => "Change a booking.",
        "issue_refund" => "Refund a customer.",
        "search_docs" => "Search the internal handbook.",
        _ => "Company tool.",
    }
}

/// Name and arguments of a call as Claude Code logs it.
pub(crate) fn claude_code(call: &Call, cwd: &str) -> (String, Value) {
    let text = |key: &str| call.args.get(key).and_then(Value::as_str).unwrap_or_default();
    let path = || format!("{cwd}/{}", text("path"));
    match call.tool.as_str() {
        "run_shell" => (
            "Bash".into(),
            json!({ "command": text("command"), "description": headline(text("command")) }),
        ),
        "read_file" => {
            let mut args = json!({ "file_path": path() });
            for key in ["offset", "limit"] {
                if let Some(number) = call.args.get(key) {
                    args[key] = number.clone();
                }
            }
            ("Read".into(), args)
        }
        "edit_file" => (
            "Edit".into(),
            json!({ "file_path": path(), "old_string": text("old"), "new_string": text("new") }),
        ),
        "write_file" => {
            ("Write".into(), json!({ "file_path": path(), "content": text("content") }))
        }
        "http_fetch" => (
            "WebFetch".into(),
            json!({ "url": text("url"), "prompt": "Return the body as it is." }),
        ),
        "task" => ("Task".into(), call.args.clone()),
        "todo" => ("TodoWrite".into(), call.args.clone()),
        other if other.starts_with("mcp__") => (other.to_owned(), call.args.clone()),
        other => (format!("mcp__halden__{other}"), call.args.clone()),
    }
}

/// What a person would call the command: its first words.
fn headline(command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().take(3).collect();
    format!("Run {}", words.join(" "))
}

/// Numbers lines as Claude Code's Read tool does.
pub(crate) fn numbered(text: &str, first: usize) -> String {
    let number = |(index, line): (usize, &str)| format!("{:>6}→{line}", first + index);
    text.lines().enumerate().map(number).collect::<Vec<_>>().join("\n")
}

/// A call as Codex logs it: a shell call, or a patch when it edits.
pub(crate) enum CodexCall {
    Function { name: String, arguments: Value },
    Patch(String),
}

/// How Codex would have made `call`.
pub(crate) fn codex(call: &Call, cwd: &str) -> CodexCall {
    let text = |key: &str| call.args.get(key).and_then(Value::as_str).unwrap_or_default();
    let shell = |command: String| CodexCall::Function {
        name: "shell".to_owned(),
        arguments: json!({
            "command": ["bash", "-lc", command], "workdir": cwd, "timeout_ms": 120_000,
        }),
    };
    match call.tool.as_str() {
        "run_shell" => shell(text("command").to_owned()),
        "read_file" => match (call.args.get("offset"), call.args.get("limit")) {
            (Some(from), Some(count)) => {
                let (from, count) = (from.as_i64().unwrap_or(1), count.as_i64().unwrap_or(1));
                shell(format!("sed -n '{from},{}p' {}", from + count - 1, text("path")))
            }
            _ => shell(format!("cat {}", text("path"))),
        },
        "edit_file" => CodexCall::Patch(format!(
            "*** Begin Patch\n*** Update File: {}\n@@\n{}{}*** End Patch",
            text("path"),
            prefixed('-', text("old")),
            prefixed('+', text("new")),
        )),
        "write_file" => CodexCall::Patch(format!(
            "*** Begin Patch\n*** Add File: {}\n{}*** End Patch",
            text("path"),
            prefixed('+', text("content")),
        )),
        "http_fetch" => shell(format!("curl -sS '{}'", text("url"))),
        other if other.starts_with("mcp__") => {
            CodexCall::Function { name: other.to_owned(), arguments: call.args.clone() }
        }
        other => {
            CodexCall::Function { name: format!("halden__{other}"), arguments: call.args.clone() }
        }
    }
}

fn prefixed(sign: char, text: &str) -> String {
    text.lines().map(|line| format!("{sign}{line}\n")).collect()
}
