//! Claude Code session files: one JSON line per content block, sub-agents in files of their own.
//!
//! Lines of one model call share `message.id` and repeat its usage; the last has the true output
//! count and the stop reason. Results are `user` lines with a structured twin in `toolUseResult`.

use serde_json::{Value, json};

use super::{Output, PIXEL, lines, tools};
use crate::corpus::clock;
use crate::corpus::rng::Rng;
use crate::corpus::session::{AgentTurn, Call, Session, Turn, UserTurn};

/// Writes the session file and those of its sub-agents.
pub(crate) fn write(session: &Session, ids: &mut Rng, out: &mut Output) {
    let user = session.agent.user;
    let repo = if session.agent.repo.is_empty() { "notes" } else { session.agent.repo };
    let cwd = format!("/home/{user}/src/{repo}");
    let folder = format!("laptops/{user}/claude/projects/{}", cwd.replace('/', "-"));
    let mut writer = Writer {
        session,
        cwd,
        ids,
        lines: Vec::new(),
        parent: None,
        agent: None,
        subs: Vec::new(),
        users: Vec::new(),
    };
    writer.opening();
    for turn in &session.turns {
        writer.turn(turn);
    }
    let Writer { mut lines, subs, .. } = writer;
    let text = damage(&session.script.mess, &mut lines);
    out.append(session, &format!("{folder}/{}.jsonl", session.id), &text);
    for sub in subs {
        let path = format!("{folder}/{}/subagents/agent-{}", session.id, sub.id);
        out.append(session, &format!("{path}.jsonl"), &super::lines(&sub.lines));
        out.append(session, &format!("{path}.meta.json"), &sub.meta.to_string());
    }
}

/// Applies the damage a script asks for and renders the lines.
fn damage(mess: &str, records: &mut Vec<Value>) -> String {
    let is_call = |line: &Value| {
        line.pointer("/message/content/0/type").and_then(Value::as_str) == Some("tool_use")
    };
    match mess {
        "orphan" => {
            if let Some(first) = records.iter().position(is_call) {
                records.remove(first);
            }
            lines(records)
        }
        "resumed" => {
            // A resume writes the lines it starts from again, with the same uuids.
            let half = records.len() / 2;
            let again: Vec<Value> = records.iter().take(half).cloned().collect();
            let (head, tail) = records.split_at(half);
            format!("{}{}{}", lines(head), lines(&again), lines(tail))
        }
        "truncated" => {
            let text = lines(records);
            let last = text.trim_end().rfind('\n').map_or(0, |at| at + 1);
            let keep = last + (text.len() - last) * 6 / 10;
            let keep = (last..=keep).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(last);
            text.get(..keep).unwrap_or_default().to_owned()
        }
        _ => lines(records),
    }
}

struct SubAgent {
    id: String,
    lines: Vec<Value>,
    meta: Value,
}

struct Writer<'a> {
    session: &'a Session,
    cwd: String,
    ids: &'a mut Rng,
    lines: Vec<Value>,
    parent: Option<String>,
    /// Set while the lines of a sub-agent are written.
    agent: Option<String>,
    subs: Vec<SubAgent>,
    /// Parents of the user lines so far, for rewinding.
    users: Vec<Option<String>>,
}

impl Writer<'_> {
    /// What stands before the first prompt: sometimes a snapshot, always the injected context.
    fn opening(&mut self) {
        if self.ids.chance(25) {
            let id = self.ids.uuid();
            let at = clock::rfc3339(self.session.start);
            self.lines.push(json!({
                "type": "file-history-snapshot", "messageId": id,
                "snapshot": { "messageId": id, "trackedFileBackups": {}, "timestamp": at },
                "isSnapshotUpdate": false,
            }));
        }
        let text = format!(
            "<system-reminder>\nAs you answer, you can use this context:\n{}\n</system-reminder>",
            self.session.system
        );
        let message = json!({ "role": "user", "content": text });
        let mut line = self.envelope("user", self.session.start, &message);
        line["isMeta"] = json!(true);
        self.push(line);
    }

    fn turn(&mut self, turn: &Turn) {
        match turn {
            Turn::User(user) => self.user(user),
            Turn::Agent(turn) => self.agent(turn),
            Turn::Rewind => self.parent = self.users.pop().flatten(),
        }
    }

    fn user(&mut self, user: &UserTurn) {
        self.users.push(self.parent.clone());
        let content = if user.image {
            json!([
                { "type": "image", "source":
                    { "type": "base64", "media_type": "image/png", "data": PIXEL } },
                { "type": "text", "text": user.text },
            ])
        } else {
            json!(user.text)
        };
        let message = json!({ "role": "user", "content": content });
        let line = self.envelope("user", user.at, &message);
        self.push(line);
    }

    fn agent(&mut self, turn: &AgentTurn) {
        let mut blocks = Vec::new();
        if let Some(think) = &turn.think {
            blocks.push(self.thinking(think));
        }
        if let Some(say) = &turn.say {
            blocks.push(json!({ "type": "text", "text": say }));
        }
        let mut called = Vec::new();
        for call in &turn.calls {
            let (name, input) = tools::claude_code(call, &self.cwd);
            let id = format!("toolu_01{}", self.ids.base62(22));
            blocks.push(json!({ "type": "tool_use", "id": id, "name": name, "input": input }));
            called.push((id, call));
        }
        let parents = self.blocks(turn, blocks);
        let first = parents.len().saturating_sub(called.len());
        for ((id, call), parent) in called.into_iter().zip(parents.into_iter().skip(first)) {
            self.result(&id, call, &parent);
        }
    }

    fn thinking(&mut self, think: &str) -> Value {
        let signature = format!("Eq{}==", self.ids.base62(46));
        let shown = if self.session.script.cot == "absent" { "" } else { think };
        json!({ "type": "thinking", "thinking": shown, "signature": signature })
    }

    /// Writes one line per block and returns the lines' uuids.
    fn blocks(&mut self, turn: &AgentTurn, blocks: Vec<Value>) -> Vec<String> {
        let id = format!("msg_01{}", self.ids.base62(22));
        let request = format!("req_011C{}", self.ids.base62(20));
        let count = blocks.len();
        let mut uuids = Vec::new();
        for (index, block) in blocks.into_iter().enumerate() {
            let last = index + 1 == count;
            let stop = if turn.calls.is_empty() { "end_turn" } else { "tool_use" };
            let output = if last { turn.usage.output + turn.usage.reasoning } else { 2 };
            let fresh = (turn.usage.input - turn.usage.cached).max(3);
            let message = json!({
                "id": id, "type": "message", "role": "assistant",
                "model": self.session.script.model, "content": [block],
                "stop_reason": if last { json!(stop) } else { Value::Null },
                "stop_sequence": null,
                "usage": {
                    "input_tokens": 3, "cache_creation_input_tokens": fresh - 3,
                    "cache_read_input_tokens": turn.usage.cached, "output_tokens": output,
                    "service_tier": "standard",
                },
            });
            let back = i64::try_from(count - 1 - index).unwrap_or(0) * 700;
            let mut line = self.envelope("assistant", turn.at - back, &message);
            line["requestId"] = json!(request);
            uuids.push(self.push(line));
        }
        uuids
    }

    fn result(&mut self, id: &str, call: &Call, parent: &str) {
        let twin = self.twin(call, id);
        let content = match call.tool.as_str() {
            "read_file" => tools::numbered(&call.result, first_line(call)),
            _ => call.result.clone(),
        };
        let mut block = json!({ "tool_use_id": id, "type": "tool_result", "content": content });
        if call.failed || call.tool == "run_shell" {
            block["is_error"] = json!(call.failed);
        }
        let message = json!({ "role": "user", "content": [block] });
        self.parent = Some(parent.to_owned());
        let mut line = self.envelope("user", call.done_at, &message);
        line["toolUseResult"] = twin;
        line["sourceToolAssistantUUID"] = json!(parent);
        self.push(line);
    }

    fn twin(&mut self, call: &Call, id: &str) -> Value {
        if call.failed {
            return json!(format!("Error: {}", call.result));
        }
        match call.tool.as_str() {
            "run_shell" => json!({
                "stdout": call.result, "stderr": "", "interrupted": false, "isImage": false,
            }),
            "read_file" => json!({ "type": "text", "file": {
                "filePath": call.args.get("path"), "numLines": call.result.lines().count(),
                "startLine": first_line(call),
            }}),
            "edit_file" => json!({
                "filePath": call.args.get("path"), "userModified": false, "replaceAll": false,
            }),
            "write_file" => json!({ "type": "create", "filePath": call.args.get("path") }),
            "task" => self.sub_agent(call, id),
            _ => json!({ "content": [{ "type": "text", "text": call.result }] }),
        }
    }

    fn sub_agent(&mut self, call: &Call, tool_use: &str) -> Value {
        let id = self.ids.hex(8);
        let outer = std::mem::take(&mut self.lines);
        let parent = self.parent.take();
        self.agent = Some(id.clone());
        for turn in &call.sub {
            self.turn(turn);
        }
        self.agent = None;
        self.parent = parent;
        let meta = json!({
            "agentType": call.args.get("subagent_type"), "toolUseId": tool_use,
            "description": call.args.get("description"),
        });
        let written = std::mem::replace(&mut self.lines, outer);
        self.subs.push(SubAgent { id: id.clone(), lines: written, meta });
        json!({
            "status": "completed", "agentId": id, "prompt": call.args.get("prompt"),
            "content": [{ "type": "text", "text": call.result }],
        })
    }

    fn envelope(&mut self, kind: &str, at: i64, message: &Value) -> Value {
        let mut line = json!({
            "parentUuid": self.parent, "isSidechain": self.agent.is_some(),
            "userType": "external", "cwd": self.cwd, "sessionId": self.session.id,
            "version": "2.1.14", "gitBranch": self.session.agent.branch, "type": kind,
            "message": message, "uuid": self.ids.uuid(), "timestamp": clock::rfc3339(at),
        });
        if let Some(agent) = &self.agent {
            line["agentId"] = json!(agent);
        }
        line
    }

    fn push(&mut self, line: Value) -> String {
        let uuid = line.get("uuid").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.parent = Some(uuid.clone());
        self.lines.push(line);
        uuid
    }
}

fn first_line(call: &Call) -> usize {
    let offset = call.args.get("offset").and_then(Value::as_u64).unwrap_or(1);
    usize::try_from(offset).unwrap_or(1)
}
