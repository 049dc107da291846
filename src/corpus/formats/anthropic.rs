//! Anthropic Messages calls as a gateway logs them: one request and response per line.

use serde_json::{Value, json};

use super::{Output, PIXEL, tools};
use crate::corpus::clock;
use crate::corpus::rng::Rng;
use crate::corpus::session::{AgentTurn, Session, Turn};

/// Writes one line per model call with the history so far, or only the last (`log: whole`).
pub(crate) fn write(session: &Session, ids: &mut Rng, out: &mut Output) {
    let path = format!("gateway/anthropic/{}.jsonl", clock::week(session.start));
    let definitions = tools::anthropic(session);
    let mut history: Vec<Value> = Vec::new();
    for (at, turn) in session.turns.iter().enumerate() {
        match turn {
            Turn::User(user) => {
                let mut content = vec![json!({ "type": "text", "text": user.text })];
                if user.image {
                    content.push(json!({ "type": "image", "source":
                        { "type": "base64", "media_type": "image/png", "data": PIXEL } }));
                }
                history.push(json!({ "role": "user", "content": content }));
            }
            Turn::Rewind => {
                let last = history.iter().rposition(|m| m["role"] == "user").unwrap_or(0);
                history.truncate(last);
            }
            Turn::Agent(turn) => {
                let content = blocks(session, turn, ids);
                let line = pair(session, turn, &history, &definitions, &content, ids);
                if session.logs(at) {
                    out.append(session, &path, &format!("{line}\n"));
                }
                remember(&mut history, turn, &content);
            }
        }
    }
}

fn blocks(session: &Session, turn: &AgentTurn, ids: &mut Rng) -> Vec<Value> {
    let mut blocks = Vec::new();
    if let Some(think) = &turn.think {
        let signature = format!("Er{}==", ids.base62(40));
        if session.script.cot == "absent" {
            blocks.push(json!({ "type": "redacted_thinking", "data": ids.base62(96) }));
        } else {
            blocks.push(json!({ "type": "thinking", "thinking": think, "signature": signature }));
        }
    }
    if let Some(say) = &turn.say {
        blocks.push(json!({ "type": "text", "text": say }));
    }
    for call in &turn.calls {
        let id = format!("toolu_01{}", ids.base62(22));
        blocks.push(json!({ "type": "tool_use", "id": id, "name": call.tool, "input": call.args }));
    }
    blocks
}

fn remember(history: &mut Vec<Value>, turn: &AgentTurn, content: &[Value]) {
    let called = content.iter().filter(|block| block["type"] == "tool_use");
    let results: Vec<Value> = called
        .zip(&turn.calls)
        .map(|(block, call)| {
            json!({
                "type": "tool_result", "tool_use_id": block["id"], "content": call.result,
                "is_error": call.failed,
            })
        })
        .collect();
    history.push(json!({ "role": "assistant", "content": content }));
    if !results.is_empty() {
        history.push(json!({ "role": "user", "content": results }));
    }
}

fn pair(
    session: &Session,
    turn: &AgentTurn,
    history: &[Value],
    definitions: &[Value],
    content: &[Value],
    ids: &mut Rng,
) -> Value {
    let mut request = json!({
        "model": session.script.model, "max_tokens": 8192, "system": session.system,
        "messages": history,
        "metadata": { "user_id": format!("{}_session_{}", session.agent.name, session.id) },
    });
    if session.system.is_empty()
        && let Some(fields) = request.as_object_mut()
    {
        fields.shift_remove("system");
    }
    if !definitions.is_empty() {
        request["tools"] = json!(definitions);
    }
    let stop = if turn.calls.is_empty() { "end_turn" } else { "tool_use" };
    json!({
        "timestamp": clock::rfc3339(turn.at), "session_id": session.id, "request": request,
        "response": {
            "id": format!("msg_01{}", ids.base62(22)), "type": "message", "role": "assistant",
            "model": session.script.model, "content": content, "stop_reason": stop,
            "stop_sequence": null,
            "usage": {
                "input_tokens": turn.usage.input - turn.usage.cached,
                "cache_creation_input_tokens": 0, "cache_read_input_tokens": turn.usage.cached,
                "output_tokens": turn.usage.output + turn.usage.reasoning,
            },
        },
    })
}
