//! Codex rollout files: an envelope per line, reasoning as summaries beside ciphertext.
//!
//! As in real rollouts, `agent_reasoning` and `agent_message` events repeat the items, and the
//! same token count is written again after a tool's output.

use serde_json::{Value, json};

use super::tools::{self, CodexCall};
use super::{Output, lines};
use crate::corpus::clock;
use crate::corpus::rng::Rng;
use crate::corpus::session::{AgentTurn, Call, Session, Turn, Usage};

/// Writes the rollout file.
pub(crate) fn write(session: &Session, ids: &mut Rng, out: &mut Output) {
    let repo = if session.agent.repo.is_empty() { "notes" } else { session.agent.repo };
    let cwd = format!("/home/{}/src/{repo}", session.agent.user);
    let mut writer = Writer { session, ids, cwd, lines: Vec::new(), total: Usage::default() };
    writer.opening();
    for turn in &session.turns {
        match turn {
            Turn::User(user) => writer.user(user.at, &user.text),
            Turn::Agent(turn) => writer.agent(turn),
            Turn::Rewind => {
                let back = json!({ "type": "thread_rolled_back", "num_turns": 1 });
                writer.push(session.end(), "event_msg", &back);
            }
        }
    }
    let path = format!(
        "laptops/{}/codex/sessions/{}/rollout-{}-{}.jsonl",
        session.agent.user,
        clock::date(session.start).replace('-', "/"),
        clock::file_stamp(session.start),
        session.id,
    );
    let text = lines(&writer.lines);
    out.append(session, &path, &text);
}

struct Writer<'a> {
    session: &'a Session,
    ids: &'a mut Rng,
    cwd: String,
    lines: Vec<Value>,
    total: Usage,
}

impl Writer<'_> {
    fn push(&mut self, at: i64, kind: &str, payload: &Value) {
        let line = json!({ "timestamp": clock::rfc3339(at), "type": kind, "payload": payload });
        self.lines.push(line);
    }

    fn opening(&mut self) {
        let (start, agent) = (self.session.start, self.session.agent);
        let commit = self.ids.hex(40);
        let meta = json!({
            "id": self.session.id, "timestamp": clock::rfc3339(start), "cwd": self.cwd,
            "originator": "codex_cli", "cli_version": "0.104.0", "source": "cli",
            "base_instructions": { "text": self.session.system },
            "git": {
                "commit_hash": commit, "branch": agent.branch,
                "repository_url": format!("git@git.halden.example:{}.git", agent.repo),
            },
        });
        self.push(start, "session_meta", &meta);
        let environment = format!(
            "<environment_context>\n  <cwd>{}</cwd>\n  <shell>bash</shell>\n</environment_context>",
            self.cwd
        );
        self.push(start + 2, "response_item", &message("user", "input_text", &environment));
    }

    fn user(&mut self, at: i64, text: &str) {
        let context = json!({
            "cwd": self.cwd, "approval_policy": "on-request",
            "sandbox_policy": { "type": "workspace-write" },
            "model": self.session.script.model, "effort": "medium", "summary": "auto",
        });
        self.push(at - 40, "turn_context", &context);
        self.push(at, "response_item", &message("user", "input_text", text));
        let event = json!({ "type": "user_message", "message": text, "images": [] });
        self.push(at, "event_msg", &event);
    }

    fn agent(&mut self, turn: &AgentTurn) {
        if let Some(think) = &turn.think {
            self.reasoning(turn.at, think);
        }
        if let Some(say) = &turn.say {
            let event = json!({ "type": "agent_message", "message": say });
            self.push(turn.at, "event_msg", &event);
            self.push(turn.at, "response_item", &message("assistant", "output_text", say));
        }
        let called: Vec<String> = turn.calls.iter().map(|call| self.call(turn.at, call)).collect();
        let count = self.count(turn.usage);
        self.push(turn.at, "event_msg", &count);
        for (id, call) in called.iter().zip(&turn.calls) {
            self.result(id, call);
        }
        if let Some(last) = turn.calls.last() {
            self.push(last.done_at, "event_msg", &count);
        }
    }

    fn reasoning(&mut self, at: i64, think: &str) {
        let cipher = format!("gAAAAAB{}==", self.ids.base62(120));
        let absent = self.session.script.cot == "absent";
        if !absent {
            self.push(at, "event_msg", &json!({ "type": "agent_reasoning", "text": think }));
        }
        let summary =
            if absent { json!([]) } else { json!([{ "type": "summary_text", "text": think }]) };
        let item = json!({
            "type": "reasoning", "summary": summary, "content": null, "encrypted_content": cipher,
        });
        self.push(at, "response_item", &item);
    }

    fn call(&mut self, at: i64, call: &Call) -> String {
        let id = format!("call_{}", self.ids.base62(24));
        let item = match tools::codex(call, &self.cwd) {
            CodexCall::Function { name, arguments } => json!({
                "type": "function_call", "name": name, "arguments": arguments.to_string(),
                "call_id": id,
            }),
            CodexCall::Patch(input) => json!({
                "type": "custom_tool_call", "status": "completed", "call_id": id,
                "name": "apply_patch", "input": input,
            }),
        };
        self.push(at, "response_item", &item);
        id
    }

    fn result(&mut self, id: &str, call: &Call) {
        let patch = matches!(tools::codex(call, &self.cwd), CodexCall::Patch(_));
        let kind = if patch { "custom_tool_call_output" } else { "function_call_output" };
        let seconds = f64::from(i32::try_from(self.ids.range(1, 48)).unwrap_or(1)) / 10.0;
        let output = json!({
            "output": call.result,
            "metadata": { "exit_code": i32::from(call.failed), "duration_seconds": seconds },
        });
        let item = json!({ "type": kind, "call_id": id, "output": output.to_string() });
        self.push(call.done_at, "response_item", &item);
    }

    fn count(&mut self, last: Usage) -> Value {
        self.total.input += last.input;
        self.total.cached += last.cached;
        self.total.output += last.output + last.reasoning;
        self.total.reasoning += last.reasoning;
        let with_thoughts = Usage { output: last.output + last.reasoning, ..last };
        json!({ "type": "token_count", "info": {
            "total_token_usage": usage(self.total), "last_token_usage": usage(with_thoughts),
            "model_context_window": 258_400,
        }, "rate_limits": null })
    }
}

fn message(role: &str, kind: &str, text: &str) -> Value {
    json!({ "type": "message", "role": role, "content": [{ "type": kind, "text": text }] })
}

fn usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input, "cached_input_tokens": usage.cached,
        "output_tokens": usage.output, "reasoning_output_tokens": usage.reasoning,
        "total_tokens": usage.input + usage.output,
    })
}
