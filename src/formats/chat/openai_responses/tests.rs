//! Tests of the Responses reader.

use super::*;
use crate::formats::testing::{Outcome, read};
use crate::record::{Kind, ReasoningState, ToolJoin};
use std::collections::BTreeSet;

fn responses(text: &str) -> Outcome {
    let outcome = read(&OpenaiResponses, text);
    assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    outcome
}

fn kinds(outcome: &Outcome) -> Vec<&'static str> {
    outcome.events.iter().filter_map(|e| e.kind).map(Kind::as_str).collect()
}

fn sessions(outcome: &Outcome) -> usize {
    outcome.events.iter().map(|e| e.session_id.clone()).collect::<BTreeSet<_>>().len()
}

const FIRST: &str = r#"{"request":{"model":"m","instructions":"be brief","input":"time?"},"response":{"id":"resp_1","object":"response","created_at":1790000000,"status":"completed","model":"m-1","output":[{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"**Clock**"}],"encrypted_content":"c2VjcmV0"},{"id":"fc_1","type":"function_call","call_id":"c1","name":"clock","arguments":"{}","status":"completed"}],"usage":{"input_tokens":5,"output_tokens":6,"output_tokens_details":{"reasoning_tokens":3}}}}"#;
const SECOND: &str = r#"{"request":{"model":"m","previous_response_id":"resp_1","input":[{"type":"function_call_output","call_id":"c1","output":"noon"}]},"response":{"id":"resp_2","object":"response","created_at":1790000001,"status":"completed","model":"m-1","output":[{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"Noon.","annotations":[]}]}],"usage":{"input_tokens":9,"output_tokens":2}}}"#;

#[test]
fn calls_of_a_chain_are_one_session() {
    let outcome = responses(&format!("{FIRST}\n{SECOND}"));
    let expected =
        ["system_prompt", "user_text", "reasoning", "tool_call", "tool_result", "assistant_text"];
    assert_eq!(kinds(&outcome), expected);
    assert_eq!(sessions(&outcome), 1);
    let rows = &outcome.events;
    assert_eq!(rows[2].reasoning.as_deref(), Some("**Clock**"));
    assert_eq!(rows[2].reasoning_state, Some(ReasoningState::Summary));
    assert_eq!(rows[2].message_id.as_deref(), Some("rs_1"));
    assert_eq!(rows[3].usage.input, Some(5));
    assert_eq!(rows[4].tool_join, Some(ToolJoin::Id));
    assert_eq!(rows[5].json_pointer.as_deref(), Some("/response/output/0/content/0"));
    assert!(rows.iter().all(|e| e.flags.is_empty()));
    let apart = responses(SECOND);
    assert_eq!(apart.events[0].session_id, rows[0].session_id, "the other file names the chain");
}

#[test]
fn resent_items_are_known() {
    let resent = r#"{"request":{"model":"m","instructions":"be brief","input":[{"role":"user","content":"time?"},{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"c2VjcmV0"},{"type":"function_call","call_id":"c1","name":"clock","arguments":"{}"},{"type":"function_call_output","call_id":"c1","output":"noon"}]},"response":{"id":"resp_9","object":"response","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Noon."}]}]}}"#;
    let outcome = responses(&format!("{FIRST}\n{resent}"));
    assert_eq!(outcome.events.len(), 6);
    assert_eq!(sessions(&outcome), 1);
}

#[test]
fn hosted_tools_give_calls_and_results() {
    let outcome = responses(
        r#"{"id":"resp_1","object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"q"}},{"id":"mcp_1","type":"mcp_call","server_label":"wall","name":"clock","arguments":"{}","output":"noon","error":null},{"id":"ci_1","type":"code_interpreter_call","code":"1+1","container_id":"k","outputs":[{"type":"logs","logs":"2"}]},{"id":"ig_1","type":"image_generation_call","status":"completed","result":"aGk="},{"id":"sh_1","type":"shell_call","call_id":"s1","action":{"commands":["ls"]},"status":"completed"},{"type":"shell_call_output","call_id":"s1","output":[{"stdout":"a","stderr":"","outcome":{"type":"exit","exit_code":2}}]},{"id":"x_1","type":"mcp_approval_request","server_label":"wall","name":"set","arguments":"{}"},{"id":"ct_1","type":"custom_tool_call","call_id":"q1","name":"sql","input":"select 1"},{"id":"cp_1","type":"compaction","encrypted_content":"c2VjcmV0"},{"id":"z","type":"novelty","text":"new"}]}"#,
    );
    let expected = [
        "tool_call",
        "tool_call",
        "tool_result",
        "tool_call",
        "tool_result",
        "tool_call",
        "media",
        "tool_call",
        "tool_result",
        "permission",
        "tool_call",
        "compaction",
        "unknown",
    ];
    assert_eq!(kinds(&outcome), expected);
    let rows = &outcome.events;
    assert_eq!(rows[0].tool_name.as_deref(), Some("web_search"));
    assert_eq!(rows[2].tool_call_result.as_deref(), Some("noon"));
    assert_eq!(rows[6].media_bytes, Some(2));
    assert_eq!(rows[8].tool_exit_code, Some(2));
    assert_eq!(rows[10].tool_arguments_valid, Some(true));
    assert_eq!(rows[12].finish_reason.as_deref(), Some("max_output_tokens"));
    assert!(rows.iter().all(|e| e.text.as_deref() != Some("c2VjcmV0")));
}

#[test]
fn items_one_per_line_are_one_session() {
    let outcome = responses(
        "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"hi\"}]}\n{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"{}\"}\n{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"7\"}",
    );
    assert_eq!(kinds(&outcome), ["user_text", "tool_call", "tool_result"]);
    assert_eq!(sessions(&outcome), 1);
    assert_eq!(outcome.events[2].tool_join, Some(ToolJoin::Id));
}

#[test]
fn a_conversation_id_names_the_session() {
    let line =
        FIRST.replace("\"model\":\"m\",", "\"model\":\"m\",\"conversation\":{\"id\":\"conv_1\"},");
    assert!(responses(&line).events.iter().all(|e| e.session_id == "conv_1"));
}

#[test]
fn failures_are_rows() {
    let outcome = responses(
        r#"{"id":"resp_1","object":"response","status":"failed","error":{"code":"server_error","message":"down"},"output":[]}"#,
    );
    assert_eq!(kinds(&outcome), ["error"]);
    assert_eq!(outcome.events[0].error_message.as_deref(), Some("down"));
}

#[test]
fn the_format_is_recognised_and_others_are_left_alone() {
    let sniff = |text: &str| OpenaiResponses.sniff(&crate::formats::json::parse(text).unwrap().0);
    assert!(sniff(FIRST) >= 90 && sniff(SECOND) >= 90);
    assert!(sniff(r#"{"model":"m","instructions":"i","input":"x"}"#) >= 80);
    assert!(
        sniff(r#"{"type":"response.completed","response":{"object":"response","output":[]}}"#)
            >= 90
    );
    for other in [
        r#"{"messages":[{"role":"user","content":"x"}]}"#,
        r#"{"timestamp":"t","type":"response_item","payload":{"type":"reasoning"}}"#,
        r#"{"id":"msg_1","type":"message","role":"assistant","content":[],"stop_reason":"end_turn"}"#,
        r#"{"type":"message","uuid":"u","sessionId":"s"}"#,
    ] {
        assert_eq!(sniff(other), 0, "{other}");
    }
}
