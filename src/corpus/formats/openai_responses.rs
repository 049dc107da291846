//! Responses API calls as a gateway logs them, chained by `previous_response_id`.
//!
//! Instructions stand in the first request only and later requests carry only what is new, so
//! the history is not in the log a second time. The files are gzip members.

use serde_json::{Value, json};

use super::Output;
use crate::corpus::clock;
use crate::corpus::rng::Rng;
use crate::corpus::session::{AgentTurn, Session, Turn};

/// Writes one line per model call.
pub(crate) fn write(session: &Session, ids: &mut Rng, out: &mut Output) {
    let path = format!("gateway/openai-responses/{}.jsonl.gz", clock::week(session.start));
    let conversation = session.id.as_str();
    let mut input: Vec<Value> = Vec::new();
    let mut previous: Option<String> = None;
    for turn in &session.turns {
        let turn = match turn {
            Turn::User(user) => {
                input.push(json!({ "type": "message", "role": "user", "content": [
                    { "type": "input_text", "text": user.text },
                ]}));
                continue;
            }
            Turn::Agent(turn) => turn,
            Turn::Rewind => continue,
        };
        let id = format!("resp_{}", ids.hex(40));
        let (items, results) = items(session, turn, ids);
        let mut request = json!({
            "model": session.script.model, "input": std::mem::replace(&mut input, results),
            "conversation": { "id": conversation }, "store": true,
            "metadata": { "session_id": session.id, "app": session.agent.name },
        });
        match previous.replace(id.clone()) {
            Some(before) => request["previous_response_id"] = json!(before),
            None => request["instructions"] = json!(session.system),
        }
        let line = json!({
            "timestamp": clock::rfc3339(turn.at), "request": request,
            "response": response(session, turn, &id, conversation, &items),
        });
        out.append(session, &path, &format!("{line}\n"));
    }
}

/// Output items of a call, and the input items its tools answer with.
fn items(session: &Session, turn: &AgentTurn, ids: &mut Rng) -> (Vec<Value>, Vec<Value>) {
    let (mut items, mut results) = (Vec::new(), Vec::new());
    if let Some(think) = &turn.think {
        items.push(reasoning(&session.script.cot, think, ids));
    }
    if let Some(say) = &turn.say {
        items.push(json!({
            "id": format!("msg_{}", ids.hex(32)), "type": "message", "role": "assistant",
            "status": "completed",
            "content": [{ "type": "output_text", "text": say, "annotations": [] }],
        }));
    }
    for call in &turn.calls {
        let call_id = format!("call_{}", ids.base62(24));
        items.push(json!({
            "id": format!("fc_{}", ids.hex(32)), "type": "function_call", "status": "completed",
            "call_id": call_id, "name": call.tool, "arguments": call.args.to_string(),
        }));
        results.push(json!({
            "type": "function_call_output", "call_id": call_id, "output": call.result,
        }));
    }
    (items, results)
}

fn reasoning(cot: &str, think: &str, ids: &mut Rng) -> Value {
    let id = format!("rs_{}", ids.hex(32));
    let mut item = json!({ "id": id, "type": "reasoning", "summary": [] });
    match cot {
        "plain" => item["content"] = json!([{ "type": "reasoning_text", "text": think }]),
        "summary" => item["summary"] = json!([{ "type": "summary_text", "text": think }]),
        _ => item["encrypted_content"] = json!(format!("gAAAAAB{}", ids.base62(90))),
    }
    item
}

fn response(
    session: &Session,
    turn: &AgentTurn,
    id: &str,
    conversation: &str,
    items: &[Value],
) -> Value {
    let output = turn.usage.output + turn.usage.reasoning;
    json!({
        "id": id, "object": "response", "created_at": turn.at / 1000, "status": "completed",
        "model": session.script.model, "conversation": { "id": conversation }, "output": items,
        "usage": {
            "input_tokens": turn.usage.input, "output_tokens": output,
            "total_tokens": turn.usage.input + output,
            "input_tokens_details": { "cached_tokens": turn.usage.cached },
            "output_tokens_details": { "reasoning_tokens": turn.usage.reasoning },
        },
    })
}
