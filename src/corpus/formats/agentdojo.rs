//! AgentDojo-like runs: one JSON file per run, with utility and security verdicts.

use serde_json::{Value, json};

use super::Output;
use crate::corpus::clock;
use crate::corpus::rng::Rng;
use crate::corpus::session::{AgentTurn, Call, Session, Turn};

/// Writes the run's file.
pub(crate) fn write(session: &Session, ids: &mut Rng, out: &mut Output) {
    let task = format!("user_task_{}", ids.range(0, 999));
    let suite = session.agent.name;
    let mut messages =
        vec![json!({ "role": "system", "content": [text("text", &session.system)] })];
    for turn in &session.turns {
        match turn {
            Turn::User(user) => {
                messages.push(json!({ "role": "user", "content": [text("text", &user.text)] }));
            }
            Turn::Agent(turn) => step(session, turn, ids, &mut messages),
            Turn::Rewind => {}
        }
    }
    let seconds = i32::try_from((session.end() - session.start) / 100).unwrap_or(0);
    let run = json!({
        "suite_name": suite, "pipeline_name": session.script.model, "user_task_id": task,
        "injection_task_id": null, "attack_type": null, "injections": {},
        "messages": messages, "error": null, "utility": true, "security": true,
        "duration": f64::from(seconds) / 10.0,
        "evaluation_timestamp": clock::plain(session.end()),
        "agentdojo_package_version": "0.1.35", "session_id": session.id,
    });
    let path = format!("evals/agentdojo/{}/{suite}/{task}/none/none.json", session.script.model);
    out.append(session, &path, &format!("{run:#}\n"));
}

fn step(session: &Session, turn: &AgentTurn, ids: &mut Rng, messages: &mut Vec<Value>) {
    let mut content = Vec::new();
    if let Some(think) = turn.think.as_ref().filter(|_| session.script.cot != "absent") {
        content.push(text("thinking", think));
    }
    content.extend(turn.say.iter().map(|say| text("text", say)));
    let made: Vec<Value> = turn.calls.iter().map(|call| made(call, ids)).collect();
    messages.push(json!({ "role": "assistant", "content": content, "tool_calls": made }));
    for (call, made) in turn.calls.iter().zip(made) {
        let error = if call.failed { json!(call.result) } else { Value::Null };
        messages.push(json!({
            "role": "tool", "content": [text("text", &call.result)], "tool_call_id": made["id"],
            "tool_call": made, "error": error,
        }));
    }
}

fn made(call: &Call, ids: &mut Rng) -> Value {
    json!({
        "function": call.tool, "args": call.args, "id": format!("call_{}", ids.base62(12)),
        "placeholder_args": null,
    })
}

fn text(kind: &str, content: &str) -> Value {
    json!({ "type": kind, "content": content })
}
