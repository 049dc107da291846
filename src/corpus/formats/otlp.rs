//! OTLP/JSON traces in the current GenAI conventions: one export request per line and session.
//!
//! An `invoke_agent` span holds the conversation id, a `chat` span per model call holds the
//! messages as JSON strings, an `execute_tool` span per call its arguments and result.

use serde_json::{Value, json};

use super::{Output, tools};
use crate::corpus::clock;
use crate::corpus::rng::Rng;
use crate::corpus::session::{AgentTurn, Call, Session, Turn};

/// Writes one trace.
pub(crate) fn write(session: &Session, ids: &mut Rng, out: &mut Output) {
    let path = format!("otel/traces-{}.jsonl", clock::week(session.start));
    let mut trace = Trace { session, id: ids.hex(32), root: ids.hex(16), ids, spans: Vec::new() };
    let mut history: Vec<Value> = Vec::new();
    for turn in &session.turns {
        match turn {
            Turn::User(user) => history.push(message("user", &[text(&user.text)])),
            Turn::Agent(turn) => trace.call(turn, &mut history),
            Turn::Rewind => {}
        }
    }
    let root = trace.invoke_agent();
    trace.spans.insert(0, root);
    out.append(session, &path, &format!("{}\n", export(session, &trace.spans, SCOPE)));
}

const SCOPE: (&str, &str) = ("halden.agent.runtime", "3.4.0");

/// Wraps spans into an export request.
pub(crate) fn export(session: &Session, spans: &[Value], scope: (&str, &str)) -> Value {
    json!({ "resourceSpans": [{
        "resource": { "attributes": [
            attribute("service.name", json!(session.agent.name)),
            attribute("deployment.environment.name", json!("eu-west")),
            attribute("host.name", json!("agents-02.halden.example")),
            attribute("telemetry.sdk.language", json!("python")),
            attribute("telemetry.sdk.version", json!("1.45.2")),
        ]},
        "scopeSpans": [{ "scope": { "name": scope.0, "version": scope.1 }, "spans": spans }],
    }]})
}

/// An attribute with the OTLP value type its JSON type asks for.
pub(crate) fn attribute(key: &str, value: Value) -> Value {
    let value = match value {
        Value::Number(number) => json!({ "intValue": number.to_string() }),
        Value::Bool(flag) => json!({ "boolValue": flag }),
        Value::String(text) => json!({ "stringValue": text }),
        Value::Array(items) => {
            let items: Vec<Value> =
                items.into_iter().map(|item| json!({ "stringValue": item })).collect();
            json!({ "arrayValue": { "values": items } })
        }
        other => json!({ "stringValue": other.to_string() }),
    };
    json!({ "key": key, "value": value })
}

/// Nanoseconds as OTLP/JSON has them: a decimal string.
pub(crate) fn nanos(ms: i64) -> String {
    format!("{ms}000000")
}

struct Trace<'a> {
    session: &'a Session,
    id: String,
    root: String,
    ids: &'a mut Rng,
    spans: Vec<Value>,
}

impl Trace<'_> {
    fn invoke_agent(&self) -> Value {
        let agent = self.session.agent;
        json!({
            "traceId": self.id, "spanId": self.root, "name": format!("invoke_agent {}", agent.name),
            "kind": 1, "startTimeUnixNano": nanos(self.session.start),
            "endTimeUnixNano": nanos(self.session.end() + 4), "status": {},
            "attributes": [
                attribute("gen_ai.operation.name", json!("invoke_agent")),
                attribute("gen_ai.agent.name", json!(agent.name)),
                attribute("gen_ai.conversation.id", json!(self.session.id)),
            ],
        })
    }

    fn call(&mut self, turn: &AgentTurn, history: &mut Vec<Value>) {
        let ids: Vec<String> =
            turn.calls.iter().map(|_| format!("call_{}", self.ids.base62(20))).collect();
        let answer = self.answer(turn, &ids);
        self.chat(turn, history, &answer);
        let mut results = Vec::new();
        for (call, id) in turn.calls.iter().zip(&ids) {
            self.tool(turn.at, call, id);
            results
                .push(json!({ "type": "tool_call_response", "id": id, "response": call.result }));
        }
        let mut kept = answer;
        let spoken = |part: &Value| part["type"] != "reasoning";
        if let Some(parts) = kept.get_mut("parts").and_then(Value::as_array_mut) {
            parts.retain(spoken);
        }
        history.push(kept);
        if !results.is_empty() {
            history.push(message("tool", &results));
        }
    }

    fn answer(&self, turn: &AgentTurn, ids: &[String]) -> Value {
        let mut parts = Vec::new();
        if let Some(think) = turn.think.as_ref().filter(|_| self.session.script.cot != "absent") {
            parts.push(json!({ "type": "reasoning", "content": think }));
        }
        parts.extend(turn.say.iter().map(|say| text(say)));
        for (call, id) in turn.calls.iter().zip(ids) {
            parts.push(json!({
                "type": "tool_call", "id": id, "name": call.tool, "arguments": call.args,
            }));
        }
        message("assistant", &parts)
    }

    fn chat(&mut self, turn: &AgentTurn, history: &[Value], answer: &Value) {
        let model = self.session.script.model.as_str();
        let finish = if turn.calls.is_empty() { "stop" } else { "tool_call" };
        let mut output = answer.clone();
        output["finish_reason"] = json!(finish);
        let mut attributes = vec![
            attribute("gen_ai.operation.name", json!("chat")),
            attribute("gen_ai.provider.name", json!("halden.gateway")),
            attribute("gen_ai.request.model", json!(model)),
            attribute("gen_ai.response.model", json!(model)),
            attribute("gen_ai.conversation.id", json!(self.session.id)),
            attribute("gen_ai.response.id", json!(format!("resp-{}", self.ids.hex(20)))),
            attribute("gen_ai.response.finish_reasons", json!([finish])),
            attribute("gen_ai.usage.input_tokens", json!(turn.usage.input)),
            attribute(
                "gen_ai.usage.output_tokens",
                json!(turn.usage.output + turn.usage.reasoning),
            ),
            attribute("gen_ai.usage.cache_read.input_tokens", json!(turn.usage.cached)),
            attribute("gen_ai.usage.reasoning.output_tokens", json!(turn.usage.reasoning)),
        ];
        if !self.session.system.is_empty() {
            let system = json!([text(&self.session.system)]).to_string();
            attributes.push(attribute("gen_ai.system_instructions", json!(system)));
        }
        let input = json!(history).to_string();
        attributes.push(attribute("gen_ai.input.messages", json!(input)));
        attributes.push(attribute("gen_ai.output.messages", json!(json!([output]).to_string())));
        let definitions = tools::functions(self.session);
        if !definitions.is_empty() {
            let definitions = json!(definitions).to_string();
            attributes.push(attribute("gen_ai.tool.definitions", json!(definitions)));
        }
        let times = (turn.asked_at, turn.at);
        self.span(&format!("chat {model}"), 3, times, &attributes);
    }

    fn tool(&mut self, from: i64, call: &Call, id: &str) {
        let mut attributes = vec![
            attribute("gen_ai.operation.name", json!("execute_tool")),
            attribute("gen_ai.tool.name", json!(call.tool)),
            attribute("gen_ai.tool.call.id", json!(id)),
            attribute("gen_ai.tool.type", json!("function")),
        ];
        if call.failed {
            attributes.push(attribute("error.type", json!("tool_error")));
        }
        self.span(&format!("execute_tool {}", call.tool), 1, (from, call.done_at), &attributes);
    }

    fn span(&mut self, name: &str, kind: u8, times: (i64, i64), attributes: &[Value]) {
        let span = json!({
            "traceId": self.id, "spanId": self.ids.hex(16), "parentSpanId": self.root,
            "name": name, "kind": kind, "startTimeUnixNano": nanos(times.0),
            "endTimeUnixNano": nanos(times.1), "attributes": attributes, "status": {},
        });
        self.spans.push(span);
    }
}

fn text(content: &str) -> Value {
    json!({ "type": "text", "content": content })
}

fn message(role: &str, parts: &[Value]) -> Value {
    json!({ "role": role, "parts": parts })
}
