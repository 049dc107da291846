//! Chat Completions as a gateway logs them: one request and response per line, history resent.

use serde_json::{Value, json};

use super::{Output, PIXEL, tools};
use crate::corpus::clock;
use crate::corpus::rng::Rng;
use crate::corpus::session::{AgentTurn, Session, Turn};

/// Writes one line per model call, or only the last when the gateway keeps whole sessions.
pub(crate) fn write(session: &Session, ids: &mut Rng, out: &mut Output) {
    let path = format!("gateway/openai-chat/{}.jsonl", clock::week(session.start));
    let definitions = tools::functions(session);
    let mut history = Vec::new();
    if !session.system.is_empty() {
        history.push(json!({ "role": "system", "content": session.system }));
    }
    for (at, turn) in session.turns.iter().enumerate() {
        match turn {
            Turn::User(user) if user.image => history.push(picture(&user.text)),
            Turn::User(user) => history.push(json!({ "role": "user", "content": user.text })),
            Turn::Rewind => {
                let last = history.iter().rposition(|m| m["role"] == "user").unwrap_or(0);
                history.truncate(last);
            }
            Turn::Agent(turn) => {
                let message = answer(session, turn, ids);
                let line = pair(session, turn, &history, &definitions, &message, ids);
                if session.logs(at) {
                    out.append(session, &path, &format!("{line}\n"));
                }
                remember(&mut history, turn, message, session.script.whole);
            }
        }
    }
}

fn picture(text: &str) -> Value {
    let url = format!("data:image/png;base64,{PIXEL}");
    json!({ "role": "user", "content": [
        { "type": "text", "text": text }, { "type": "image_url", "image_url": { "url": url } },
    ]})
}

/// The assistant message of one call.
pub(crate) fn answer(session: &Session, turn: &AgentTurn, ids: &mut Rng) -> Value {
    let mut message = json!({ "role": "assistant", "content": turn.say });
    if let Some(think) = turn.think.as_ref().filter(|_| session.script.cot != "absent") {
        message["reasoning_content"] = json!(think);
    }
    if !turn.calls.is_empty() {
        let called = turn.calls.iter().map(|call| {
            json!({ "id": format!("call_{}", ids.base62(24)), "type": "function", "function": {
                "name": call.tool, "arguments": call.args.to_string(),
            }})
        });
        message["tool_calls"] = called.collect();
    }
    message
}

/// Adds the answer (without its reasoning, as most clients do) and the results to the history.
pub(crate) fn remember(
    history: &mut Vec<Value>,
    turn: &AgentTurn,
    mut message: Value,
    reasoning: bool,
) {
    if let Some(fields) = message.as_object_mut().filter(|_| !reasoning) {
        fields.shift_remove("reasoning_content");
    }
    let called = message.get("tool_calls").and_then(Value::as_array).cloned().unwrap_or_default();
    history.push(message);
    for (call, made) in turn.calls.iter().zip(called) {
        history.push(json!({
            "role": "tool", "tool_call_id": made.get("id"), "content": call.result,
        }));
    }
}

fn pair(
    session: &Session,
    turn: &AgentTurn,
    history: &[Value],
    definitions: &[Value],
    message: &Value,
    ids: &mut Rng,
) -> Value {
    let mut request = json!({
        "model": session.script.model, "messages": history,
        "metadata": { "session_id": session.id, "app": session.agent.name },
    });
    if !definitions.is_empty() {
        request["tools"] = json!(definitions);
    }
    json!({
        "timestamp": clock::rfc3339(turn.at), "request": request,
        "response": completion(session, turn, message, ids),
    })
}

/// The response body of one call.
pub(crate) fn completion(
    session: &Session,
    turn: &AgentTurn,
    message: &Value,
    ids: &mut Rng,
) -> Value {
    let output = turn.usage.output + turn.usage.reasoning;
    json!({
        "id": format!("chatcmpl-{}", ids.hex(24)), "object": "chat.completion",
        "created": turn.at / 1000, "model": session.script.model,
        "choices": [{
            "index": 0, "finish_reason": turn.finish(), "logprobs": null, "message": message,
        }],
        "usage": {
            "prompt_tokens": turn.usage.input, "completion_tokens": output,
            "total_tokens": turn.usage.input + output,
            "prompt_tokens_details": { "cached_tokens": turn.usage.cached },
            "completion_tokens_details": { "reasoning_tokens": turn.usage.reasoning },
        },
    })
}
