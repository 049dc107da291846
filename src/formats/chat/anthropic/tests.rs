//! Tests of the Anthropic reader.

use super::*;
use crate::formats::testing::{Outcome, read};
use crate::record::{Kind, ReasoningState, Role, ToolJoin};

fn messages(text: &str) -> Outcome {
    let outcome = read(&AnthropicMessages, text);
    assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    outcome
}

fn kinds(outcome: &Outcome) -> Vec<&'static str> {
    outcome.events.iter().filter_map(|e| e.kind).map(Kind::as_str).collect()
}

const PAIR: &str = r#"{"request":{"model":"c","max_tokens":10,"system":[{"type":"text","text":"be brief"}],"messages":[{"role":"user","content":"time?"},{"role":"assistant","content":[{"type":"thinking","thinking":"ask the clock","signature":"c2ln"},{"type":"redacted_thinking","data":"c2VjcmV0"},{"type":"text","text":"Looking."},{"type":"tool_use","id":"t1","name":"mcp__wall__clock","input":{"tz":"UTC"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"noon"}],"is_error":false}]}]},"response":{"id":"msg_1","type":"message","role":"assistant","model":"c-1","content":[{"type":"thinking","thinking":"","signature":"c2ln"},{"type":"text","text":"Noon."}],"stop_reason":"end_turn","usage":{"input_tokens":60,"output_tokens":4,"cache_creation_input_tokens":5,"cache_read_input_tokens":12}}}"#;

#[test]
fn a_pair_gives_every_block_its_row() {
    let outcome = messages(PAIR);
    let expected = [
        "system_prompt",
        "user_text",
        "reasoning",
        "reasoning",
        "assistant_text",
        "tool_call",
        "tool_result",
        "reasoning",
        "assistant_text",
    ];
    assert_eq!(kinds(&outcome), expected);
    let rows = &outcome.events;
    let states: Vec<_> = rows.iter().filter_map(|e| e.reasoning_state).collect();
    assert_eq!(states, [ReasoningState::Plain, ReasoningState::Encrypted, ReasoningState::Omitted]);
    assert!(rows[3].reasoning.is_none() && rows[3].text.is_none());
    assert_eq!(rows[5].tool_server.as_deref(), Some("wall"));
    assert_eq!(rows[6].tool_join, Some(ToolJoin::Id));
    assert_eq!((rows[6].role, rows[6].role_raw.as_deref()), (Some(Role::Tool), Some("user")));
    assert_eq!(rows[8].usage.input, Some(77));
    assert_eq!(rows[8].usage.cache_read, Some(12));
    assert_eq!(rows[8].finish_reason.as_deref(), Some("end_turn"));
    assert_eq!(rows[8].json_pointer.as_deref(), Some("/response/content/1"));
}

#[test]
fn reasoning_in_a_redacted_envelope_is_read() {
    let data = "openrouter.reasoning:eyJ0ZXh0IjoiaGlkZGVuIHBsYW4ifQ==";
    let line = format!(
        r#"{{"role":"assistant","content":[{{"type":"redacted_thinking","data":"{data}"}}]}}"#
    );
    let outcome = messages(&line);
    assert_eq!(outcome.events[0].reasoning.as_deref(), Some("hidden plan"));
    assert_eq!(outcome.events[0].reasoning_state, Some(ReasoningState::Plain));
    assert!(!outcome.events[0].attrs.iter().any(|(name, _)| name == "cipher_bytes"));
}

#[test]
fn batches_give_answers_and_errors() {
    let lines = [
        r#"{"custom_id":"b1","params":{"model":"c","max_tokens":1,"messages":[{"role":"user","content":"q"}]}}"#,
        r#"{"custom_id":"b1","result":{"type":"succeeded","message":{"id":"msg_2","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}}}"#,
        r#"{"custom_id":"b2","result":{"type":"errored","error":{"type":"error","error":{"type":"invalid_request_error","message":"x"}}}}"#,
        r#"{"custom_id":"b3","result":{"type":"expired"}}"#,
    ];
    let outcome = messages(&lines.join("\n"));
    assert_eq!(kinds(&outcome), ["user_text", "assistant_text", "error", "error"]);
    assert_eq!(outcome.events[0].session_id, outcome.events[1].session_id);
    assert_eq!(outcome.events[1].json_pointer.as_deref(), Some("/result/message/content/0"));
    assert_eq!(outcome.events[2].error_type.as_deref(), Some("invalid_request_error"));
    assert_eq!(outcome.events[3].status, Some("aborted"));
}

#[test]
fn server_tools_and_documents_are_rows_without_ciphertext() {
    let outcome = messages(
        r#"{"role":"assistant","content":[{"type":"server_tool_use","id":"s1","name":"web_search","input":{"query":"q"}},{"type":"web_search_tool_result","tool_use_id":"s1","content":[{"type":"web_search_result","url":"https://example.org","title":"T","encrypted_content":"c2VjcmV0"}]},{"type":"future_block","x":1}]}
{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"read me"}},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}]}"#,
    );
    assert_eq!(kinds(&outcome), ["tool_call", "tool_result", "unknown", "user_text", "media"]);
    let rows = &outcome.events;
    assert_eq!(rows[0].tool_type.as_deref(), Some("server"));
    let result = rows[1].tool_call_result.as_deref().unwrap();
    assert!(result.contains("example.org") && !result.contains("c2VjcmV0"));
    assert_eq!(rows[2].flags, ["unknown_content"]);
    assert_eq!(rows[3].text.as_deref(), Some("read me"));
    assert_eq!(rows[4].media_bytes, Some(2));
}

#[test]
fn a_resent_answer_without_thinking_is_known() {
    let lines = [
        r#"{"request":{"system":"s","messages":[{"role":"user","content":"a"}]},"response":{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"b"}]}}"#,
        r#"{"request":{"system":"s","messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]},"response":{"id":"msg_2","type":"message","role":"assistant","content":[{"type":"text","text":"d"}]}}"#,
    ];
    let outcome = messages(&lines.join("\n"));
    let expected = [
        "system_prompt",
        "user_text",
        "reasoning",
        "assistant_text",
        "user_text",
        "assistant_text",
    ];
    assert_eq!(kinds(&outcome), expected);
}

#[test]
fn the_session_may_hide_in_the_user_id() {
    let outcome = messages(
        r#"{"request":{"metadata":{"user_id":"user_1_account_2_session_abc"},"messages":[{"role":"user","content":"a"}]},"response":{"id":"msg_1","type":"message","role":"assistant","content":[]}}"#,
    );
    assert_eq!(outcome.events[0].session_id, "abc");
}

#[test]
fn the_format_is_recognised_and_claude_code_is_left_alone() {
    let sniff = |text: &str| AnthropicMessages.sniff(&crate::formats::json::parse(text).unwrap().0);
    assert!(sniff(PAIR) >= 90);
    assert!(sniff(r#"{"custom_id":"b3","result":{"type":"expired"}}"#) >= 90);
    assert!(
        sniff(
            r#"{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"x"}]}]}"#
        ) >= 90
    );
    for other in [
        r#"{"sessionId":"s","uuid":"u","type":"assistant","message":{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"tool_use"}]}}"#,
        r#"{"session_id":"s","uuid":"u","type":"assistant","message":{"id":"msg_1","role":"assistant","content":[]}}"#,
        r#"{"messages":[{"role":"user","content":"x"}]}"#,
        r#"{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"x"}]}"#,
    ] {
        assert_eq!(sniff(other), 0, "{other}");
    }
}
