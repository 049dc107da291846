//! Each dialect, spelling and failure by itself.

use super::*;
use crate::record::{ReasoningSource, Role};

fn openinference(output: &Value) -> Value {
    json!({
        "openinference.span.kind": "LLM", "session.id": "s", "llm.model_name": "m-2",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "q",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.contents.0.message_content.type": "text",
        "llm.output_messages.0.message.contents.0.message_content.text": "ok",
        "llm.output_messages.0.message.contents.1.message_content.type": "tool_use",
        "llm.output_messages.0.message.contents.1.tool_call.id": "t9",
        "llm.output_messages.0.message.contents.1.tool_call.function.name": "run",
        "llm.output_messages.0.message.contents.1.tool_call.function.arguments": "{}",
        "llm.output_messages.0.message.tool_calls.0.tool_call.id": "t9",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "run",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": "{}",
        "llm.token_count.prompt": 41, "llm.token_count.completion": 3,
        "llm.token_count.prompt_details.cache_read": 8,
        "output.value": output.to_string(),
    })
}

#[test]
fn structured_attributes_of_a_details_event_read_like_the_span() {
    let call = chat("c", &json!([said("user", "a")]), &json!([said("assistant", "b")]));
    let mut structured = call.clone();
    structured["gen_ai.input.messages"] = json!([said("user", "a")]);
    structured["gen_ai.output.messages"] = json!([said("assistant", "b")]);
    let name = "gen_ai.client.inference.operation.details";
    let event = logs(&[log(1, name, &structured, &Value::Null)]);
    let from_log = read(std::slice::from_ref(&event));
    let from_span = read(&[spans(&[span(1, "chat", &call)])]);
    let ids = |outcome: &Outcome| outcome.events.iter().map(|e| e.event_id).collect::<Vec<_>>();
    assert_eq!(ids(&from_log), ids(&from_span), "both name the same rows");
    let both = read(&[spans(&[span(1, "chat", &call)]), event]);
    assert_eq!(input_tokens(&both), 10);
    assert_eq!(kinds(&both), ["user_text", "assistant_text", "lifecycle"]);
}

#[test]
fn message_events_of_a_span_are_one_call() {
    let call = json!([{ "id": "t1", "type": "function",
        "function": { "name": "ls", "arguments": "{}" } }]);
    let system = json!({ "gen_ai.system": "openai", "event.name": "gen_ai.system.message" });
    let mut first_log = log(7, "", &system, &json!({ "content": "s" }));
    first_log.as_object_mut().expect("an object").remove("eventName");
    let lines = logs(&[
        first_log,
        log(7, "gen_ai.user.message", &json!({}), &json!({ "content": "hi" })),
        log(7, "gen_ai.assistant.message", &json!({}), &json!({ "tool_calls": call })),
        log(7, "gen_ai.tool.message", &json!({}), &json!({ "content": "x", "id": "t1" })),
        log(
            7,
            "gen_ai.choice",
            &json!({}),
            &json!({ "index": 0, "finish_reason": "stop",
            "message": { "role": "assistant", "content": "done" } }),
        ),
    ]);
    let outcome = read(&[lines]);
    let expected = ["system_prompt", "user_text", "tool_call", "tool_result", "assistant_text"];
    assert_eq!(kinds(&outcome), expected);
    let answer = outcome.events.last().expect("rows");
    assert_eq!(answer.reasoning_state, Some(ReasoningState::NotCaptured));
    assert_eq!(answer.provider_name.as_deref(), Some("openai"));
    assert!(answer.ts_observed > answer.ts.micros);
    assert_eq!(outcome.events[3].tool_call_event_id, Some(outcome.events[2].event_id));
}

#[test]
fn message_events_may_come_one_record_at_a_time() {
    let message = |n, name: &str, body: &Value| logs(&[log(n, name, &json!({}), body)]);
    let outcome = read(&[
        message(1, "gen_ai.user.message", &json!({ "content": "a" })),
        message(1, "gen_ai.choice", &json!({ "index": 0, "message": { "content": "b" } })),
        message(2, "gen_ai.user.message", &json!({ "content": "a" })),
        message(2, "gen_ai.assistant.message", &json!({ "content": "b" })),
        message(2, "gen_ai.user.message", &json!({ "content": "c" })),
        message(2, "gen_ai.choice", &json!({ "index": 0, "message": { "content": "d" } })),
    ]);
    let texts: Vec<_> = outcome.events.iter().filter_map(|e| e.text.as_deref()).collect();
    assert_eq!(texts, ["a", "b", "c", "d"]);
    assert!(outcome.events.iter().all(|event| event.flags.is_empty()));
}

#[test]
fn openinference_thoughts_are_found_in_the_raw_body() {
    let body = json!({ "id": "r1", "choices": [{ "message": { "role": "assistant", "content": "ok",
        "reasoning_content": "hidden plan", "tool_calls": [{ "id": "t9", "type": "function",
        "function": { "name": "run", "arguments": "{}" } }] } }] });
    let outcome = read(&[spans(&[span(1, "ChatCompletion", &openinference(&body))])]);
    assert_eq!(kinds(&outcome), ["user_text", "reasoning", "assistant_text", "tool_call"]);
    let thought = first(&outcome, Kind::Reasoning);
    assert_eq!(thought.reasoning.as_deref(), Some("hidden plan"));
    assert_eq!(thought.reasoning_source, Some(ReasoningSource::RawBody));
    assert_eq!(thought.response_id.as_deref(), Some("r1"));
    assert_eq!(thought.session_id, "s");
    let usage = outcome.events.last().expect("rows").usage;
    assert_eq!((usage.input, usage.cache_read), (Some(41), Some(8)));
}

#[test]
fn a_raw_body_that_contradicts_the_messages_is_kept_too() {
    let body = json!({ "choices": [{ "message": { "content": "something else" } }] });
    let outcome = read(&[spans(&[span(1, "ChatCompletion", &openinference(&body))])]);
    let texts: Vec<_> = outcome.events.iter().filter_map(|e| e.text.as_deref()).collect();
    assert_eq!(texts, ["q", "ok", "something else"]);
}

#[test]
fn openinference_reasoning_blocks_keep_ciphertext_out() {
    let attributes = json!({
        "openinference.span.kind": "LLM",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.contents.0.message_content.type": "reasoning",
        "llm.output_messages.0.message.contents.0.message_content.data": "c2VjcmV0",
        "llm.output_messages.0.message.contents.1.message_content.type": "text",
        "llm.output_messages.0.message.contents.1.message_content.text": "hi",
    });
    let outcome = read(&[spans(&[span(1, "x", &attributes)])]);
    let thought = first(&outcome, Kind::Reasoning);
    assert_eq!(thought.reasoning_state, Some(ReasoningState::Encrypted));
    assert_eq!((thought.reasoning.as_deref(), attr(thought, "cipher_bytes")), (None, Some("8")));
}

#[test]
fn flattened_prompts_are_sorted_by_number_and_keep_their_gaps() {
    let attributes = json!({
        "gen_ai.system": "OpenAI", "llm.request.type": "chat",
        "gen_ai.prompt.10.role": "user", "gen_ai.prompt.10.content": "last",
        "gen_ai.prompt.2.role": "user", "gen_ai.prompt.2.content": "[{\"type\":\"text\",\"text\":\"mid\"}]",
        "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "rules",
        "gen_ai.completion.0.content": "<think>hm</think>fine",
        "gen_ai.completion.0.tool_calls.0.name": "go",
        "gen_ai.completion.0.tool_calls.0.arguments": "{\"a\":1",
        "gen_ai.usage.prompt_tokens": 9, "llm.usage.total_tokens": 12,
        "traceloop.entity.name": "e",
    });
    let outcome = read(&[spans(&[span(1, "openai.chat", &attributes)])]);
    let prompts: Vec<_> = outcome.events[..3]
        .iter()
        .map(|event| (event.message_index, event.text.as_deref()))
        .collect();
    assert_eq!(
        prompts,
        [(Some(0), Some("rules")), (Some(2), Some("mid")), (Some(10), Some("last"))]
    );
    assert_eq!(kinds(&outcome)[3..], ["reasoning", "assistant_text", "tool_call"]);
    let call = first(&outcome, Kind::ToolCall);
    assert_eq!((call.message_index, call.tool_arguments_valid), (Some(11), Some(false)));
    assert_eq!(call.usage.input, Some(9));
    assert_eq!(attr(&outcome.events[0], "traceloop.entity.name"), Some("\"e\""));
}

#[test]
fn a_cut_attribute_is_salvaged_and_flagged() {
    let mut cut = span(
        1,
        "chat",
        &json!({
            "gen_ai.input.messages": "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"abc",
        }),
    );
    cut["droppedAttributesCount"] = json!(3);
    let outcome = read(&[spans(&[cut])]);
    let row = first(&outcome, Kind::UserText);
    assert_eq!(row.text.as_deref(), Some("abc"));
    assert_eq!(row.flags, ["truncated_attribute"]);
    assert_eq!(attr(row, "dropped_attributes"), Some("3"));
}

#[test]
fn judgements_and_errors_have_rows_of_their_own() {
    let evaluation = json!({ "gen_ai.evaluation.name": "toxicity", "gen_ai.evaluation.score.value": 0.9,
        "gen_ai.evaluation.score.label": "high", "gen_ai.evaluation.explanation": "rude" });
    let guard = json!({ "gen_ai.guardrail.name": "g", "gen_ai.guardrail.verdict": "deny",
        "gen_ai.guardrail.security.risk.category": "prompt_injection" });
    let mut failed = span(2, "run_guardrail", &guard);
    failed["status"] = json!({ "code": "STATUS_CODE_ERROR", "message": "boom" });
    let outcome = read(&[
        logs(&[log(1, "gen_ai.evaluation.result", &evaluation, &Value::Null)]),
        spans(&[failed]),
    ]);
    assert_eq!(kinds(&outcome), ["label", "lifecycle", "guardrail", "error"]);
    let label = outcome.events[0].label.as_deref().expect("a label");
    assert_eq!((label.name.as_str(), label.score), ("toxicity", Some(0.9)));
    assert_eq!(outcome.events[0].text.as_deref(), Some("rude"));
    let verdict = outcome.events[2].label.as_deref().expect("a label");
    assert_eq!(
        (verdict.name.as_str(), verdict.value.as_deref()),
        ("prompt_injection", Some("deny"))
    );
    assert_eq!(outcome.events[3].error_message.as_deref(), Some("boom"));
    assert_eq!(outcome.events[3].status, Some("error"));
}

#[test]
fn coding_agent_events_say_that_thoughts_are_not_captured() {
    let session = |more: Value| {
        let mut attributes = json!({ "session.id": "s1" });
        attributes
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().cloned().expect("one"));
        attributes
    };
    let request = session(json!({ "event.name": "api_request", "model": "m", "input_tokens": 3,
        "cache_read_tokens": 100, "cache_creation_tokens": 7, "output_tokens": 9, "cost_usd": 0.01 }));
    let result = json!({ "conversation.id": "s2", "tool_name": "shell", "call_id": "c1",
        "arguments": "{\"command\":[\"ls\"]}", "output": "bin", "success": "true", "duration_ms": 12 });
    let mut request = log(2, "", &request, &json!("claude_code.api_request"));
    request.as_object_mut().expect("an object").remove("eventName");
    let outcome = read(&[logs(&[
        log(1, "claude_code.user_prompt", &session(json!({ "prompt": "fix it" })), &Value::Null),
        request,
        log(
            3,
            "claude_code.tool_decision",
            &session(json!({ "tool_name": "Bash", "decision": "reject" })),
            &Value::Null,
        ),
        log(4, "codex.tool_result", &result, &Value::Null),
        log(5, "gemini_cli.config", &json!({ "model": "g" }), &Value::Null),
    ])]);
    let expected = ["user_text", "usage", "permission", "tool_call", "tool_result", "lifecycle"];
    assert_eq!(kinds(&outcome), expected);
    let usage = &outcome.events[1];
    assert_eq!((usage.usage.input, usage.usage.cache_read), (Some(110), Some(100)));
    assert_eq!(usage.reasoning_state, Some(ReasoningState::NotCaptured));
    assert_eq!(usage.role, Some(Role::Assistant));
    assert_eq!(outcome.events[2].status, Some("denied"));
    assert_eq!(outcome.events[4].tool_is_error, Some(false));
    assert_eq!(outcome.events[4].session_id, "s2");
}

#[test]
fn spellings_of_the_wire_are_all_read() {
    let outcome = testing::read(
        &OtlpJson,
        r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"00F067AA0BA902B7","name":"a","kind":"SPAN_KIND_CLIENT","startTimeUnixNano":1790000000000000000}]}]}]}
{"resource_spans":[{"scope_spans":[{"spans":[{"trace_id":"CvdlGRbNQ92ESOshHIAxnA==","span_id":"APBnqgupArc=","name":"b"}]}]}]}
{"resourceSpans":[{"instrumentationLibrarySpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00f067aa0ba902b8","name":"c","attributes":[{"key":"e","value":{}}],"events":null}]}]}]}"#,
    );
    assert!(outcome.rejected.is_empty());
    assert_eq!(kinds(&outcome), ["lifecycle"; 3]);
    assert!(outcome.events.iter().all(|event| event.trace_id.as_deref() == Some(TRACE)));
    assert_eq!(outcome.events[1].span_id.as_deref(), Some("00f067aa0ba902b7"));
    assert_eq!(attr(&outcome.events[0], "span.kind"), Some("\"client\""));
    assert_ne!(outcome.events[0].event_id, outcome.events[1].event_id);
}

#[test]
fn an_export_without_spans_is_an_error_unless_it_is_empty() {
    let outcome = testing::read(
        &OtlpJson,
        r#"{"resourceSpans":[]}
{"resourceSpans":[{"scope":[{"spanz":[]}]}]}
{"resourceMetrics":[{"x":1}]}"#,
    );
    let codes: Vec<_> = outcome.rejected.iter().map(|(line, why)| (*line, why.code())).collect();
    assert_eq!(codes, [(2, "missing_field"), (3, "unsupported_format")]);
}

#[test]
fn a_span_written_by_itself_is_read_too() {
    let line = json!({
        "name": "chat", "context": { "trace_id": format!("0x{TRACE}"), "span_id": "0x00f067aa0ba902b7" },
        "kind": "SpanKind.CLIENT", "parent_id": null, "start_time": "2026-11-01T10:00:00.5Z",
        "end_time": "2026-11-01T10:00:01Z", "status": { "status_code": "OK" },
        "attributes": { "gen_ai.prompt.0.content": "hi", "gen_ai.completion.0.content": "yo" },
        "events": [], "resource": { "attributes": { "service.name": "shop" } },
    });
    let (value, text) = (line.clone(), line.to_string());
    let (parsed, _) = crate::formats::json::parse(&text).expect("JSON");
    assert!(OtlpJson.sniff(&parsed) >= 80, "{value}");
    let outcome = read(&[text]);
    assert_eq!(kinds(&outcome), ["user_text", "assistant_text"]);
    let row = &outcome.events[0];
    assert_eq!((row.trace_id.as_deref(), row.status), (Some(TRACE), Some("ok")));
    assert_eq!(row.json_pointer.as_deref(), Some("/attributes/gen_ai.prompt.0.content"));
    assert_eq!(row.service_name.as_deref(), Some("shop"));
    assert_eq!(outcome.events[1].duration_ms, Some(500.0));
}

#[test]
fn the_ai_sdk_is_read_from_its_inner_span() {
    let inner = json!({
        "ai.operationId": "ai.streamText.doStream",
        "ai.prompt.messages": "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"q\"}]}]",
        "ai.response.reasoning": "why", "ai.response.text": "a",
        "ai.response.toolCalls": "[{\"type\":\"tool-call\",\"toolCallId\":\"t\",\"toolName\":\"n\",\"input\":{}}]",
        "ai.usage.promptTokens": 4, "gen_ai.system": "p",
    });
    let outer = json!({ "ai.operationId": "ai.streamText", "ai.prompt": "{\"prompt\":\"q\"}",
        "ai.response.text": "a", "ai.usage.promptTokens": 4 });
    let all = [span(1, "ai.streamText", &outer), span(2, "ai.streamText.doStream", &inner)];
    let outcome = read(&[spans(&all)]);
    let expected = ["user_text", "reasoning", "assistant_text", "tool_call", "lifecycle"];
    assert_eq!(kinds(&outcome), expected);
    assert_eq!(first(&outcome, Kind::ToolCall).tool_call_id.as_deref(), Some("t"));
    assert_eq!(input_tokens(&outcome), 4);
}

#[test]
fn thoughts_are_found_in_the_raw_bodies_of_coding_agents() {
    let body = json!({ "id": "msg_9", "role": "assistant", "stop_reason": "end_turn", "content": [
        { "type": "thinking", "thinking": "secret plan", "signature": "c2ln" },
        { "type": "text", "text": "sure" } ] });
    let attributes = json!({ "session.id": "s", "body": body.to_string() });
    let event = log(1, "claude_code.api_response_body", &attributes, &Value::Null);
    let outcome = read(&[logs(&[event])]);
    assert_eq!(kinds(&outcome), ["reasoning", "assistant_text"]);
    assert_eq!(outcome.events[0].reasoning_source, Some(ReasoningSource::RawBody));
    assert_eq!(outcome.events[1].finish_reason.as_deref(), Some("end_turn"));
}
