//! Tests of the OTLP reader: how spans and logs become rows, sessions and calls.

mod dialects;
mod hostile;

use super::OtlpJson;
use crate::formats::Format as _;
use crate::formats::testing::{self, Outcome};
use crate::record::{Event, Kind, ReasoningState};
use serde_json::{Value, json};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const START: u64 = 1_790_000_000_000_000_000;

fn any(value: &Value) -> Value {
    match value {
        Value::String(text) => json!({ "stringValue": text }),
        Value::Number(n) if n.is_i64() => json!({ "intValue": n.to_string() }),
        Value::Number(n) => json!({ "doubleValue": n }),
        Value::Bool(b) => json!({ "boolValue": b }),
        Value::Array(items) => {
            json!({ "arrayValue": { "values": items.iter().map(any).collect::<Vec<_>>() } })
        }
        Value::Object(_) => json!({ "kvlistValue": { "values": pairs(value) } }),
        Value::Null => json!({}),
    }
}

fn pairs(object: &Value) -> Value {
    let pair = |(key, value): (&String, &Value)| json!({ "key": key, "value": any(value) });
    object.as_object().expect("an object").iter().map(pair).collect()
}

/// A span number `n` of the test trace.
fn span(n: u64, name: &str, attributes: &Value) -> Value {
    json!({
        "traceId": TRACE, "spanId": format!("{n:016x}"), "name": name, "kind": 3,
        "startTimeUnixNano": (START + n * 1_000_000).to_string(),
        "endTimeUnixNano": (START + n * 1_000_000 + 500_000).to_string(),
        "attributes": pairs(attributes), "status": {},
    })
}

fn log(n: u64, name: &str, attributes: &Value, body: &Value) -> Value {
    json!({
        "traceId": TRACE, "spanId": format!("{n:016x}"), "eventName": name,
        "timeUnixNano": (START + n * 1_000_000).to_string(),
        "observedTimeUnixNano": (START + n * 1_000_000 + 1_000).to_string(),
        "attributes": pairs(attributes), "body": any(body),
    })
}

fn spans(spans: &[Value]) -> String {
    scoped("test", spans)
}

fn scoped(scope: &str, spans: &[Value]) -> String {
    json!({ "resourceSpans": [{
        "resource": { "attributes": pairs(&json!({ "service.name": "shop", "host.name": "h1" })) },
        "scopeSpans": [{ "scope": { "name": scope }, "spans": spans }],
    }] })
    .to_string()
}

fn logs(records: &[Value]) -> String {
    json!({ "resourceLogs": [{ "resource": {}, "scopeLogs": [{ "logRecords": records }] }] })
        .to_string()
}

fn read(lines: &[String]) -> Outcome {
    testing::read(&OtlpJson, &lines.join("\n"))
}

fn kinds(outcome: &Outcome) -> Vec<&'static str> {
    outcome.events.iter().filter_map(|event| event.kind).map(Kind::as_str).collect()
}

fn first(outcome: &Outcome, kind: Kind) -> &Event {
    outcome.events.iter().find(|event| event.kind == Some(kind)).expect("a row of this kind")
}

fn attr<'e>(event: &'e Event, name: &str) -> Option<&'e str> {
    event.attrs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn input_tokens(outcome: &Outcome) -> i64 {
    let moved: Vec<_> = outcome
        .updates
        .iter()
        .filter(|update| update.change == crate::formats::Change::UsageMoved)
        .map(|update| update.event_id)
        .collect();
    let owners = outcome.events.iter().filter(|event| !moved.contains(&event.event_id));
    owners.filter_map(|event| event.usage.input).sum()
}

fn chat(conversation: &str, input: &Value, output: &Value) -> Value {
    json!({
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "p", "gen_ai.request.model": "m",
        "gen_ai.conversation.id": conversation,
        "gen_ai.input.messages": input.to_string(), "gen_ai.output.messages": output.to_string(),
        "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 5,
        "gen_ai.response.finish_reasons": ["stop"], "gen_ai.request.temperature": 0.5,
    })
}

fn said(role: &str, text: &str) -> Value {
    json!({ "role": role, "parts": [{ "type": "text", "content": text }] })
}

#[test]
fn a_semconv_span_becomes_one_row_per_part() {
    let output = json!([{ "role": "assistant", "parts": [
        { "type": "reasoning", "content": "look first" },
        { "type": "tool_call", "id": " c1", "name": "mcp__db__find", "arguments": { "q": 1 } },
        { "type": "text", "content": "wait" },
    ] }]);
    let input = json!([said("system", "be good"), said("user", "find it")]);
    let outcome = read(&[spans(&[span(1, "chat m", &chat("c", &input, &output))])]);
    let expected = ["system_prompt", "user_text", "reasoning", "tool_call", "assistant_text"];
    assert_eq!(kinds(&outcome), expected);
    let call = first(&outcome, Kind::ToolCall);
    assert_eq!(call.tool_call_id.as_deref(), Some("c1"));
    assert_eq!((call.tool_server.as_deref(), call.tool_arguments_valid), (Some("db"), Some(true)));
    assert_eq!(call.tool_call_arguments.as_deref(), Some(r#"{"q":1}"#));
    let thought = first(&outcome, Kind::Reasoning);
    assert_eq!(thought.reasoning_state, Some(ReasoningState::Plain));
    let last = outcome.events.last().expect("rows");
    assert_eq!((last.usage.input, last.finish_reason.as_deref()), (Some(10), Some("stop")));
    assert_eq!(last.duration_ms, Some(0.5));
    let top = &outcome.events[0];
    assert_eq!((top.session_id.as_str(), top.trace_id.as_deref()), ("c", Some(TRACE)));
    assert_eq!((top.service_name.as_deref(), top.host_name.as_deref()), (Some("shop"), Some("h1")));
    assert_eq!(attr(top, "gen_ai.request.temperature"), Some("0.5"));
    assert_eq!(top.seq, i64::try_from(START + 1_000_000).expect("fits"));
    let pointer = "/resourceSpans/0/scopeSpans/0/spans/0/attributes/";
    assert!(last.json_pointer.as_deref().is_some_and(|p| p.starts_with(pointer)));
}

#[test]
fn a_resent_history_is_logged_once() {
    let one = chat("c", &json!([said("user", "a")]), &json!([said("assistant", "b")]));
    let history = [said("user", "a"), said("assistant", "b"), said("user", "c")];
    let two = chat("c", &json!(history), &json!([said("assistant", "d")]));
    let outcome = read(&[spans(&[span(1, "chat", &one)]), spans(&[span(2, "chat", &two)])]);
    let texts: Vec<_> = outcome.events.iter().filter_map(|e| e.text.as_deref()).collect();
    assert_eq!(texts, ["a", "b", "c", "d"]);
    assert!(outcome.events.iter().all(|event| !event.flags.contains(&"history_rewritten")));
    assert_eq!(input_tokens(&outcome), 20);
}

#[test]
fn a_forged_answer_in_a_history_is_flagged() {
    let one = chat("c", &json!([said("user", "a")]), &json!([said("assistant", "no")]));
    let history = [said("user", "a"), said("assistant", "yes"), said("user", "go on")];
    let two = chat("c", &json!(history), &json!([said("assistant", "done")]));
    let outcome = read(&[spans(&[span(1, "chat", &one), span(2, "chat", &two)])]);
    let forged: Vec<_> =
        outcome.events.iter().filter(|event| event.flags.contains(&"history_rewritten")).collect();
    assert_eq!(forged.first().and_then(|event| event.text.as_deref()), Some("yes"));
}

#[test]
fn calls_of_other_prompts_in_one_trace_are_no_forgery() {
    let one = chat("c", &json!([said("user", "a")]), &json!([said("assistant", "b")]));
    let two = chat("c", &json!([said("user", "x")]), &json!([said("assistant", "y")]));
    let three = json!([said("user", "a"), said("assistant", "b"), said("user", "z")]);
    let three = chat("c", &three, &json!([said("assistant", "w")]));
    let all = [span(1, "chat", &one), span(2, "chat", &two), span(3, "chat", &three)];
    let outcome = read(&[spans(&all)]);
    assert!(outcome.events.iter().all(|event| !event.flags.contains(&"history_rewritten")));
    assert_eq!(outcome.events.len(), 6);
}

#[test]
fn the_same_span_twice_gives_its_rows_once() {
    let line = spans(&[
        span(1, "chat", &chat("c", &json!([said("user", "a")]), &json!([said("assistant", "b")]))),
        span(2, "http", &json!({ "url.path": "/" })),
    ]);
    let once = read(std::slice::from_ref(&line));
    let twice = read(&[line.clone(), line]);
    assert_eq!(once.events.len(), twice.events.len());
}

#[test]
fn one_call_seen_by_two_instrumentations_counts_once() {
    let native = json!({ "gen_ai.response.id": "msg_1", "gen_ai.usage.input_tokens": 72 });
    let other = json!({ "gen_ai.response.id": "msg_1", "gen_ai.usage.input_tokens": 60 });
    for order in [[&native, &other], [&other, &native]] {
        let lines = [spans(&[span(1, "a", order[0])]), spans(&[span(2, "b", order[1])])];
        let outcome = read(&lines);
        assert_eq!(outcome.events.len(), 2, "both spans are kept");
        assert_eq!(outcome.events[0].call_group, outcome.events[1].call_group);
        assert_eq!(input_tokens(&outcome), 72);
    }
}

#[test]
fn reasoning_that_was_only_counted_is_a_row() {
    let mut attributes = chat("c", &json!([]), &json!([said("assistant", "b")]));
    attributes["gen_ai.usage.reasoning.output_tokens"] = json!(64);
    let outcome = read(&[spans(&[span(1, "chat", &attributes)])]);
    let thought = first(&outcome, Kind::Reasoning);
    assert_eq!(thought.reasoning_state, Some(ReasoningState::TokenCountOnly));
    let scope = "opentelemetry.instrumentation.openai_v2";
    let plain = chat("c", &json!([]), &json!([said("assistant", "b")]));
    let outcome = read(&[scoped(scope, &[span(1, "chat", &plain)])]);
    let answer = first(&outcome, Kind::AssistantText);
    assert_eq!(answer.reasoning_state, Some(ReasoningState::NotCaptured));
}

#[test]
fn a_tool_span_joins_the_call_of_the_model_and_is_not_repeated() {
    let call = json!({ "role": "assistant", "parts": [
        { "type": "tool_call", "id": "t", "name": "ls", "arguments": { "d": "/" } }] });
    let answer = json!({ "role": "tool", "parts": [
        { "type": "tool_call_response", "id": "t", "result": "bin" }] });
    let tool = json!({ "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "ls",
        "gen_ai.tool.call.id": "t", "gen_ai.tool.call.arguments": "{\"d\":\"/\"}",
        "gen_ai.tool.call.result": "bin", "gen_ai.conversation.id": "c" });
    let one = chat("c", &json!([said("user", "a")]), &json!([call]));
    let two =
        chat("c", &json!([said("user", "a"), call, answer]), &json!([said("assistant", "ok")]));
    let all = [span(3, "chat", &two), span(2, "execute_tool ls", &tool), span(1, "chat", &one)];
    let outcome = read(&[spans(&all)]);
    assert_eq!(kinds(&outcome), ["user_text", "tool_call", "tool_result", "assistant_text"]);
    assert!(outcome.events.iter().all(|event| event.flags.is_empty()));
    assert_eq!(outcome.events[2].tool_call_event_id, Some(outcome.events[1].event_id));
}

#[test]
fn a_tool_span_without_content_is_one_row_about_its_call() {
    let call = json!({ "role": "assistant", "parts": [
        { "type": "tool_call", "id": "t", "name": "ls", "arguments": { "d": "/" } }] });
    let answer = json!({ "role": "tool", "parts": [
        { "type": "tool_call_response", "id": "t", "response": "no such place" }] });
    let tool = json!({ "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "ls",
        "gen_ai.tool.call.id": "t", "error.type": "tool_error", "gen_ai.conversation.id": "c" });
    let one = chat("c", &json!([said("user", "a")]), &json!([call]));
    let two = json!([said("user", "a"), call, answer]);
    let two = chat("c", &two, &json!([said("assistant", "ok")]));
    let all = [span(1, "chat", &one), span(2, "execute_tool ls", &tool), span(3, "chat", &two)];
    let outcome = read(&[spans(&all)]);
    assert_eq!(
        kinds(&outcome),
        ["user_text", "tool_call", "error", "tool_result", "assistant_text"]
    );
    assert!(outcome.events.iter().all(|event| event.flags.is_empty()));
    assert_eq!(outcome.events[2].tool_call_id.as_deref(), Some("t"));
}

#[test]
fn an_agent_span_repeats_nothing_but_leaves_its_row() {
    let answer = json!([said("assistant", "b")]);
    let mut child = span(2, "chat", &chat("c", &json!([said("user", "a")]), &answer));
    child["parentSpanId"] = json!(format!("{:016x}", 1));
    let mut agent = chat("c", &json!([said("user", "a")]), &answer);
    agent["gen_ai.operation.name"] = json!("invoke_agent");
    agent["gen_ai.agent.name"] = json!("soc");
    let mut agent = span(1, "invoke_agent soc", &agent);
    agent["kind"] = json!(1);
    let outcome = read(&[spans(&[agent, child])]);
    assert_eq!(kinds(&outcome), ["user_text", "assistant_text", "lifecycle"]);
    assert_eq!(outcome.events[2].agent_name.as_deref(), Some("soc"));
    assert_eq!(input_tokens(&outcome), 10);
}

#[test]
fn a_child_inherits_the_conversation_of_its_ancestors() {
    let root = span(
        1,
        "invoke_agent",
        &json!({ "gen_ai.operation.name": "invoke_agent",
        "gen_ai.conversation.id": "conv" }),
    );
    let mut child = span(2, "work", &json!({}));
    child["parentSpanId"] = json!(format!("{:016x}", 1));
    let outcome = read(&[spans(&[child, root])]);
    assert!(outcome.events.iter().all(|event| event.session_id == "conv"));
}

#[test]
fn logs_of_one_span_do_not_share_an_id() {
    let record = |text: &str| log(1, "", &json!({}), &json!(text));
    let outcome =
        read(&[logs(&[record("one"), record("two")]), spans(&[span(1, "s", &json!({}))])]);
    let mut ids: Vec<_> = outcome.events.iter().map(|event| event.event_id).collect();
    ids.dedup();
    assert_eq!((ids.len(), outcome.events[1].text.as_deref()), (3, Some("two")));
}

#[test]
fn memory_survives_a_restart() {
    use crate::formats::{Record, Sink};
    let one = chat("c", &json!([said("user", "a")]), &json!([said("assistant", "b")]));
    let first = spans(&[span(1, "chat", &one)]);
    let mut reader = OtlpJson.reader();
    let mut events = 0;
    for _ in 0..2 {
        let mut sink = Sink::new("", Default::default(), Default::default());
        let (value, _) = crate::formats::json::parse(&first).expect("test input is JSON");
        let place = Default::default();
        let record = Record {
            json: &value,
            place: &place,
            raw_sha256: Default::default(),
            rolling: Default::default(),
            index: 0,
            source_stream: Default::default(),
            flags: &[],
            superseded: false,
            collector: None,
        };
        sink.begin(OtlpJson.id(), &record);
        reader.read(&record, &mut sink).expect("a good export");
        events += sink.len();
        let state = reader.save();
        reader = OtlpJson.reader();
        reader.restore(&state);
    }
    assert_eq!(events, 2);
}

#[test]
fn shared_samples_are_read_whole() {
    let Some(folder) = crate::testing::samples("formats") else { return };
    let dialects = ["openinference", "openllmetry", "semconv_latest", "semconv_v136"];
    for dialect in dialects {
        let path = folder.join(format!("otlp_{dialect}/traces.otlp.jsonl"));
        let outcome = testing::read(&OtlpJson, &std::fs::read_to_string(path).expect("a sample"));
        assert!(outcome.rejected.is_empty() && !outcome.events.is_empty(), "{dialect}");
        assert!(outcome.events.iter().all(|event| event.session_id == "conv-1"), "{dialect}");
    }
    let double = folder.join("_hard/s29_double_instrumented_span.jsonl");
    let outcome = testing::read(&OtlpJson, &std::fs::read_to_string(double).expect("a sample"));
    assert_eq!((outcome.events.len(), input_tokens(&outcome)), (2, 72));
}
