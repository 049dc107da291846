//! OpenInference traces: messages flattened into attributes, the raw bodies beside them.
//!
//! As with the real instrumentation, reasoning is only in `output.value`.

use serde_json::{Value, json};

use super::otlp::{attribute, export, nanos};
use super::{Output, openai_chat};
use crate::corpus::rng::Rng;
use crate::corpus::session::{AgentTurn, Session, Turn};

const SCOPE: (&str, &str) = ("openinference.instrumentation.openai", "0.1.66");

/// Writes one trace.
pub(crate) fn write(session: &Session, ids: &mut Rng, out: &mut Output) {
    let (trace, root) = (ids.hex(32), ids.hex(16));
    let mut history = vec![json!({ "role": "system", "content": session.system })];
    let mut spans = vec![agent_span(session, &trace, &root)];
    for turn in &session.turns {
        match turn {
            Turn::User(user) => history.push(json!({ "role": "user", "content": user.text })),
            Turn::Rewind => {}
            Turn::Agent(turn) => {
                let message = openai_chat::answer(session, turn, ids);
                spans.push(json!({
                    "traceId": trace, "spanId": ids.hex(16), "parentSpanId": root,
                    "name": "ChatCompletion", "kind": 1,
                    "startTimeUnixNano": nanos(turn.asked_at), "endTimeUnixNano": nanos(turn.at),
                    "attributes": attributes(session, turn, &history, &message, ids),
                    "status": { "code": 1 },
                }));
                openai_chat::remember(&mut history, turn, message, false);
            }
        }
    }
    let line = export(session, &spans, SCOPE);
    out.append(session, "otel-openinference/traces.jsonl", &format!("{line}\n"));
}

fn agent_span(session: &Session, trace: &str, root: &str) -> Value {
    json!({
        "traceId": trace, "spanId": root, "name": session.agent.name, "kind": 1,
        "startTimeUnixNano": nanos(session.start), "endTimeUnixNano": nanos(session.end() + 3),
        "attributes": [
            attribute("openinference.span.kind", json!("AGENT")),
            attribute("session.id", json!(session.id)),
        ],
        "status": { "code": 1 },
    })
}

fn attributes(
    session: &Session,
    turn: &AgentTurn,
    history: &[Value],
    message: &Value,
    ids: &mut Rng,
) -> Vec<Value> {
    let model = session.script.model.as_str();
    let body = openai_chat::completion(session, turn, message, ids);
    let request = json!({ "model": model, "messages": history });
    let output = turn.usage.output + turn.usage.reasoning;
    let mut list = vec![
        attribute("openinference.span.kind", json!("LLM")),
        attribute("session.id", json!(session.id)),
        attribute("llm.system", json!("openai")),
        attribute("llm.model_name", json!(model)),
        attribute("input.value", json!(request.to_string())),
        attribute("input.mime_type", json!("application/json")),
        attribute("output.value", json!(body.to_string())),
        attribute("output.mime_type", json!("application/json")),
        attribute("llm.token_count.prompt", json!(turn.usage.input)),
        attribute("llm.token_count.completion", json!(output)),
        attribute("llm.token_count.total", json!(turn.usage.input + output)),
    ];
    for (index, message) in history.iter().enumerate() {
        flatten(&format!("llm.input_messages.{index}.message"), message, &mut list);
    }
    flatten("llm.output_messages.0.message", message, &mut list);
    list
}

fn flatten(prefix: &str, message: &Value, list: &mut Vec<Value>) {
    for key in ["role", "content", "tool_call_id"] {
        if let Some(text) = message.get(key).filter(|value| value.is_string()) {
            list.push(attribute(&format!("{prefix}.{key}"), text.clone()));
        }
    }
    let calls = message.get("tool_calls").and_then(Value::as_array);
    for (index, call) in calls.into_iter().flatten().enumerate() {
        let prefix = format!("{prefix}.tool_calls.{index}.tool_call");
        for (key, pointer) in [
            ("id", "/id"),
            ("function.name", "/function/name"),
            ("function.arguments", "/function/arguments"),
        ] {
            let value = call.pointer(pointer).cloned().unwrap_or_default();
            list.push(attribute(&format!("{prefix}.{key}"), value));
        }
    }
}
