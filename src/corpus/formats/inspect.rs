//! Inspect-like evaluation logs: one JSON file per model, with a sample per session.

use serde_json::{Value, json};

use super::Output;
use crate::corpus::cast;
use crate::corpus::clock;
use crate::corpus::rng::Rng;
use crate::corpus::session::{AgentTurn, Session, Turn};

/// Writes a log for every model that has samples.
pub(crate) fn write(sessions: &[&Session], rng: &Rng, out: &mut Output) {
    for model in [cast::KELDA, cast::BRAGE, cast::TERN] {
        let mine: Vec<&Session> =
            sessions.iter().copied().filter(|session| session.script.model == model).collect();
        let (Some(first), Some(last)) = (mine.first(), mine.last()) else { continue };
        let mut ids = rng.fork("inspect").fork(model);
        let samples: Vec<Value> = mine.iter().map(|session| sample(session, &mut ids)).collect();
        let log = log(model, (first.start, last.end()), &samples, &mut ids);
        let stamp = clock::file_stamp(first.start);
        let path = format!("evals/inspect/{stamp}-00-00_container-tasks_{}.json", ids.base62(22));
        let text = format!("{log}\n");
        out.append(first, &path, &text);
        for session in mine.iter().skip(1) {
            out.append(session, &path, "");
        }
    }
}

fn log(model: &str, times: (i64, i64), samples: &[Value], ids: &mut Rng) -> Value {
    let names: Vec<Value> = samples.iter().map(|sample| sample["id"].clone()).collect();
    json!({
        "version": 2, "status": "success",
        "eval": {
            "eval_id": ids.base62(22), "run_id": ids.base62(22),
            "created": clock::rfc3339(times.0), "task": "container-tasks",
            "task_id": ids.base62(22), "task_version": 0,
            "dataset": { "samples": names.len(), "sample_ids": names, "shuffled": false },
            "model": format!("gateway/{model}"), "config": { "epochs": 1 },
            "packages": { "inspect_ai": "0.3.285" },
        },
        "plan": { "name": "plan", "steps": [{ "solver": "basic_agent", "params": {} }] },
        "results": { "total_samples": names.len(), "completed_samples": names.len() },
        "stats": {
            "started_at": clock::rfc3339(times.0), "completed_at": clock::rfc3339(times.1),
        },
        "samples": samples,
    })
}

fn sample(session: &Session, ids: &mut Rng) -> Value {
    let mut messages = Vec::new();
    if !session.system.is_empty() {
        messages.push(json!({
            "id": ids.base62(22), "content": session.system, "role": "system",
        }));
    }
    let first = messages.len();
    let mut events = Vec::new();
    for turn in &session.turns {
        match turn {
            Turn::User(user) => messages.push(json!({
                "id": ids.base62(22), "content": user.text, "source": "input", "role": "user",
            })),
            Turn::Agent(turn) => step(session, turn, ids, &mut messages, &mut events),
            Turn::Rewind => {}
        }
    }
    let score = json!({ "verify": { "value": "C", "answer": "", "explanation": "tests pass" } });
    json!({
        "id": format!("container-{}", ids.range(100, 999)), "epoch": 1,
        "input": messages.get(first).map(|message| &message["content"]),
        "target": "", "messages": messages, "scores": score,
        "metadata": { "session_id": session.id }, "events": events,
        "started_at": clock::rfc3339(session.start), "completed_at": clock::rfc3339(session.end()),
        "uuid": session.id, "attachments": {},
    })
}

fn step(
    session: &Session,
    turn: &AgentTurn,
    ids: &mut Rng,
    messages: &mut Vec<Value>,
    events: &mut Vec<Value>,
) {
    let mut content = Vec::new();
    if let Some(think) = turn.think.as_ref().filter(|_| session.script.cot != "absent") {
        content.push(json!({ "type": "reasoning", "reasoning": think, "redacted": false }));
    }
    content.extend(turn.say.iter().map(|say| json!({ "type": "text", "text": say })));
    let made: Vec<Value> = turn
        .calls
        .iter()
        .map(|call| {
            json!({
                "id": format!("call_{}", ids.base62(16)), "function": call.tool,
                "arguments": call.args, "type": "function",
            })
        })
        .collect();
    let mut message = json!({
        "id": ids.base62(22), "content": content, "source": "generate", "role": "assistant",
        "model": session.script.model,
    });
    if !made.is_empty() {
        message["tool_calls"] = json!(made);
    }
    events.push(model_event(session, turn, &message, ids));
    messages.push(message);
    for (call, made) in turn.calls.iter().zip(made) {
        messages.push(json!({
            "id": ids.base62(22), "content": call.result, "role": "tool",
            "tool_call_id": made["id"], "function": call.tool,
        }));
    }
}

/// The model event of a call; its output repeats the message under the same id.
fn model_event(session: &Session, turn: &AgentTurn, message: &Value, ids: &mut Rng) -> Value {
    let output = turn.usage.output + turn.usage.reasoning;
    json!({
        "uuid": ids.base62(22), "timestamp": clock::rfc3339(turn.at), "event": "model",
        "model": format!("gateway/{}", session.script.model), "input": [],
        "output": {
            "model": session.script.model,
            "choices": [{ "message": message, "stop_reason": turn.finish() }],
            "usage": {
                "input_tokens": turn.usage.input, "output_tokens": output,
                "total_tokens": turn.usage.input + output,
                "reasoning_tokens": turn.usage.reasoning,
            },
        },
    })
}
