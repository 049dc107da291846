//! V1: events of the SDK.

use super::*;
use crate::record::Label;

fn event(id: &str, source: &str, kind: &str, rest: &str) -> String {
    format!(
        r#"{{"id":"{id}","timestamp":"2026-11-20T10:00:00.25","source":"{source}",{rest},"kind":"{kind}"}}"#
    )
}

fn calls(id: &str, rest: &str) -> String {
    let call = format!(
        r#""action":{{"command":"ls","kind":"TerminalAction"}},"tool_name":"terminal","tool_call_id":"c-{id}","tool_call":{{"id":"c-{id}","name":"terminal","arguments":"{{\"command\": \"ls\", \"summary\": \"look\"}}"}},"llm_response_id":"r-{id}","security_risk":"LOW","summary":"look",{rest}"#
    );
    event(id, "agent", "ActionEvent", &call)
}

fn answers(id: &str, to: &str, observation: &str) -> String {
    let rest = format!(
        r#""tool_name":"terminal","tool_call_id":"c-{to}","action_id":"{to}","observation":{observation}"#
    );
    event(id, "environment", "ObservationEvent", &rest)
}

const TEXT: &str = r#"{"content":[{"type":"text","text":"a.txt"}],"is_error":false,"exit_code":0,"kind":"TerminalObservation"}"#;

#[test]
fn a_thought_that_stands_twice_is_recorded_once() {
    let twice = calls(
        "a1",
        r#""thought":[{"type":"text","text":"<think>Where am\n I?</think>\n\nLet me look."}],"reasoning_content":"Where am I?\n","thinking_blocks":[]"#,
    );
    let outcome = read(&[&twice, &answers("o1", "a1", TEXT)]);
    assert_eq!(kinds(&outcome), ["reasoning", "reasoning", "tool_call", "tool_result"]);
    let events = &outcome.events;
    assert_eq!(events[0].reasoning.as_deref(), Some("Where am I?\n"));
    assert_eq!(
        attr(&events[0], "reasoning_sources"),
        Some(r#"["reasoning_content","inline_tag"]"#)
    );
    assert_eq!(events[1].reasoning.as_deref().map(str::trim), Some("Let me look."));
    assert_eq!(events[1].reasoning_source, Some(ReasoningSource::ReactText));
    assert_eq!(
        events[2].tool_call_arguments.as_deref(),
        Some(r#"{"command": "ls", "summary": "look"}"#)
    );
    assert_eq!(attr(&events[2], "security_risk"), Some("\"LOW\""));
    assert_eq!(events[2].response_id.as_deref(), Some("r-a1"));
    assert_eq!(events[3].tool_call_result.as_deref(), Some("a.txt"));
    assert_eq!((events[3].tool_exit_code, events[3].status), (Some(0), Some("ok")));
    assert_eq!(events[3].tool_call_event_id, Some(events[2].event_id));
    assert_eq!(events[3].ts.quality.as_str(), "naive_assumed_utc");
}

#[test]
fn blocks_and_items_hold_reasoning_and_never_ciphertext() {
    let blocks = calls(
        "a1",
        r#""thought":[],"thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"U0lH"},{"type":"redacted_thinking","data":"Q0lQSEVS"}]"#,
    );
    let item = calls(
        "a2",
        r#""thought":[],"responses_reasoning_item":{"id":"rs","summary":["In short."],"encrypted_content":"Z0FBQUE="}"#,
    );
    let outcome = read(&[&blocks, &item]);
    assert_eq!(kinds(&outcome), ["reasoning", "reasoning", "tool_call", "reasoning", "tool_call"]);
    let events = &outcome.events;
    assert_eq!(events[0].reasoning.as_deref(), Some("hm"));
    assert_eq!(events[1].reasoning_state, Some(ReasoningState::Encrypted));
    assert_eq!(events[3].reasoning.as_deref(), Some("In short."));
    assert_eq!(events[3].reasoning_state, Some(ReasoningState::Summary));
    let all = format!("{events:?}");
    assert!(!all.contains("Q0lQSEVS") && !all.contains("Z0FBQUE") && !all.contains("U0lH"));
}

#[test]
fn prompts_messages_and_endings_are_what_was_said() {
    let lines = [
        event(
            "s",
            "agent",
            "SystemPromptEvent",
            r#""system_prompt":{"type":"text","text":"You help."},"dynamic_context":{"text":"It rains."},"tools":[{"title":"terminal"}]"#,
        ),
        event(
            "u",
            "user",
            "MessageEvent",
            r#""llm_message":{"role":"user","content":[{"type":"text","text":"go"},{"type":"image","image_urls":["https://x.example/a.png"]}]},"extended_content":[{"type":"text","text":"Knowledge."}],"activated_skills":["git"]"#,
        ),
        event(
            "h",
            "environment",
            "MessageEvent",
            r#""llm_message":{"role":"user","content":[{"type":"text","text":"go on"}]}"#,
        ),
        event(
            "m",
            "agent",
            "MessageEvent",
            r#""llm_message":{"role":"assistant","reasoning_content":"hm","content":[{"type":"text","text":"<think>hm</think>Hello"}]},"llm_response_id":"r""#,
        ),
        event(
            "t",
            "agent",
            "ActionEvent",
            r#""thought":[],"action":{"thought":"Two ways.","kind":"ThinkAction"},"tool_name":"think","tool_call_id":"ct""#,
        ),
        event(
            "to",
            "environment",
            "ObservationEvent",
            r#""tool_name":"think","tool_call_id":"ct","action_id":"t","observation":{"content":[{"type":"text","text":"logged"}],"kind":"ThinkObservation"}"#,
        ),
        event(
            "f",
            "agent",
            "ActionEvent",
            r#""thought":[],"action":{"message":"Done.","kind":"FinishAction"},"tool_name":"finish","tool_call_id":"cf""#,
        ),
        event(
            "fo",
            "environment",
            "ObservationEvent",
            r#""tool_name":"finish","tool_call_id":"cf","action_id":"f","observation":{"content":[],"kind":"FinishObservation"}"#,
        ),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let outcome = read(&lines);
    assert_eq!(
        kinds(&outcome),
        [
            "system_prompt",
            "system_prompt",
            "tool_definitions",
            "user_text",
            "media",
            "system_prompt",
            "user_text",
            "reasoning",
            "assistant_text",
            "reasoning",
            "lifecycle",
            "assistant_text",
            "lifecycle"
        ]
    );
    let events = &outcome.events;
    assert_eq!((events[3].turn_index, events[6].turn_index), (Some(1), Some(1)));
    assert!(events[6].is_synthetic && !events[3].is_synthetic);
    assert_eq!(events[8].text.as_deref(), Some("Hello"));
    assert_eq!(events[9].reasoning.as_deref(), Some("Two ways."));
    assert_eq!(events[11].text.as_deref(), Some("Done."));
    same_in_two_sittings(&lines);
}

#[test]
fn failures_and_vetoes_are_results_of_their_calls() {
    let failed = r#"{"content":[{"type":"text","text":"boom"}],"is_error":false,"exit_code":1,"metadata":{"exit_code":1},"kind":"TerminalObservation"}"#;
    let running = r#"{"output":"…","exit_code":-1,"kind":"ExecuteBashObservation"}"#;
    let lines = [
        calls("a1", r#""thought":[]"#),
        answers("o1", "a1", failed),
        calls("a2", r#""thought":[]"#),
        answers("o2", "a2", running),
        calls("a3", r#""thought":[]"#),
        event(
            "v",
            "user",
            "UserRejectObservation",
            r#""tool_name":"terminal","tool_call_id":"c-a3","action_id":"a3","rejection_reason":"too risky""#,
        ),
        calls("a4", r#""thought":[]"#)
            .replace(r#"{"command":"ls","kind":"TerminalAction"}"#, "null"),
        event(
            "e",
            "agent",
            "AgentErrorEvent",
            r#""tool_name":"terminal","tool_call_id":"c-a4","error":"bad arguments""#,
        ),
        event(
            "ce",
            "environment",
            "ConversationErrorEvent",
            r#""code":"Budget","detail":"no money left""#,
        ),
        answers("o9", "a9", TEXT),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let outcome = read(&lines);
    let results: Vec<&Event> =
        outcome.events.iter().filter(|e| e.kind == Some(Kind::ToolResult)).collect();
    let ends: Vec<_> =
        results.iter().map(|e| (e.tool_exit_code, e.tool_is_error, e.status)).collect();
    assert_eq!(
        ends,
        [
            (Some(1), Some(true), Some("error")),
            (None, None, None),
            (None, Some(true), Some("denied")),
            (None, Some(true), Some("error")),
            (Some(0), Some(false), Some("ok"))
        ]
    );
    assert_eq!(results[1].tool_call_result.as_deref(), Some("…"));
    assert_eq!(results[3].tool_call_result.as_deref(), Some("bad arguments"));
    assert_eq!(results[4].tool_join, Some(ToolJoin::Orphan));
    let error = outcome.events.iter().find(|e| e.kind == Some(Kind::Error)).unwrap();
    assert_eq!(
        (error.error_type.as_deref(), error.error_message.as_deref()),
        (Some("Budget"), Some("no money left"))
    );
    same_in_two_sittings(&lines);
}

#[test]
fn totals_are_counted_once_and_copies_are_the_same_event() {
    let stats = |id: &str, input: u32, cost: &str| {
        event(
            id,
            "environment",
            "ConversationStateUpdateEvent",
            &format!(
                r#""key":"stats","value":{{"usage_to_metrics":{{"default":{{"model_name":"kelda-4","accumulated_cost":{cost},"accumulated_token_usage":{{"prompt_tokens":{input},"completion_tokens":2}}}},"condenser":{{"model_name":"tern-3","accumulated_token_usage":{{"prompt_tokens":0}}}}}}}}"#
            ),
        )
    };
    let lines = [
        stats("1", 10, "0.5"),
        stats("2", 25, "0.75"),
        stats("2", 25, "0.75"),
        event(
            "3",
            "environment",
            "ConversationStateUpdateEvent",
            r#""key":"execution_status","value":"finished""#,
        ),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let outcome = read(&lines);
    assert_eq!(kinds(&outcome), ["usage", "usage", "lifecycle"]);
    let spent: Vec<_> = outcome.events.iter().map(|e| (e.usage.input, e.cost_usd)).collect();
    assert_eq!(spent, [(Some(10), Some(0.5)), (Some(15), Some(0.25)), (None, None)]);
    assert_eq!(outcome.events[0].request_model.as_deref(), Some("kelda-4"));
    let later = read(&lines[1..2]);
    assert_eq!(later.events[0].event_id, outcome.events[1].event_id);
    same_in_two_sittings(&lines);
}

#[test]
fn compactions_and_unknown_kinds_keep_their_text() {
    let lines = [
        event(
            "1",
            "environment",
            "Condensation",
            r#""forgotten_event_ids":["a","b"],"summary":"So far.""#,
        ),
        event("2", "environment", "CondensationRequest", r#""reason":"full""#),
        event("3", "environment", "TeleportEvent", r#""place":{"name":"far away"}"#),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let outcome = read(&lines);
    assert_eq!(kinds(&outcome), ["compaction", "compaction_summary", "lifecycle", "unknown"]);
    assert_eq!(outcome.events[1].text.as_deref(), Some("So far."));
    assert_eq!(outcome.events[3].text.as_deref(), Some("far away"));
    let none: Option<&Label> = outcome.events[3].label.as_deref();
    assert!(none.is_none());
    let held = format!(r#"{{"items":[{}],"next_page_id":null}}"#, lines.join(","));
    let (value, _) = json::parse(&held).unwrap();
    assert_eq!(OpenHands.sniff(&value), 93);
    let page = read(&[&held]);
    assert_eq!(kinds(&page)[..4], kinds(&outcome));
}
