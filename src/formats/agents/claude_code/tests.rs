//! Tests on small sessions written for the purpose, and on the shared samples if present.

mod real;
mod tree;

use super::*;
use crate::formats::Change;
use crate::formats::testing::{self, Outcome};
use crate::record::{ReasoningState, ToolJoin};

/// A line: number (its uuid), parent, type, and further fields as JSON without braces.
fn line(n: u32, parent: u32, kind: &str, rest: &str) -> String {
    let parent = if parent == 0 { "null".to_owned() } else { format!("\"u{parent}\"") };
    format!(
        r#"{{"uuid":"u{n}","parentUuid":{parent},"sessionId":"S","type":"{kind}","timestamp":"2026-11-20T10:00:{n:02}.000Z","version":"2.1","cwd":"/w","isSidechain":false,{rest}}}"#
    )
}

fn user(n: u32, parent: u32, text: &str) -> String {
    line(n, parent, "user", &format!(r#""message":{{"role":"user","content":"{text}"}}"#))
}

fn assistant(n: u32, parent: u32, response: &str, block: &str, usage: &str) -> String {
    let message = format!(
        r#""message":{{"role":"assistant","id":"{response}","model":"claude-x","content":[{block}],"stop_reason":null,"usage":{{{usage}}}}}"#
    );
    line(n, parent, "assistant", &message)
}

fn says(n: u32, parent: u32, response: &str, text: &str) -> String {
    assistant(n, parent, response, &format!(r#"{{"type":"text","text":"{text}"}}"#), "")
}

fn calls(n: u32, parent: u32, response: &str, call: &str) -> String {
    let block =
        format!(r#"{{"type":"tool_use","id":"{call}","name":"Bash","input":{{"command":"ls"}}}}"#);
    assistant(n, parent, response, &block, "")
}

fn returns(n: u32, parent: u32, call: &str, text: &str) -> String {
    let message = format!(
        r#""message":{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"{call}","content":"{text}"}}]}}"#
    );
    line(n, parent, "user", &message)
}

fn read(lines: &[String]) -> Outcome {
    let outcome = testing::read(&ClaudeCode, &lines.join("\n"));
    assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    outcome
}

/// The states after all updates, in event order.
fn states(outcome: &Outcome) -> Vec<&'static str> {
    let state = |event: &Event| {
        let changed = outcome.updates.iter().rev().find_map(|update| match update.change {
            Change::Branch(state) if update.event_id == event.event_id => Some(state),
            _ => None,
        });
        changed.or(event.branch_state).unwrap().as_str()
    };
    outcome.events.iter().map(state).collect()
}

fn total(outcome: &Outcome, of: impl Fn(&crate::record::Usage) -> Option<i64>) -> i64 {
    let moved = |event: &&Event| {
        !outcome
            .updates
            .iter()
            .any(|update| update.event_id == event.event_id && update.change == Change::UsageMoved)
    };
    outcome.events.iter().filter(moved).filter_map(|event| of(&event.usage)).sum()
}

fn kinds(outcome: &Outcome) -> Vec<&'static str> {
    outcome.events.iter().map(|event| event.kind.unwrap().as_str()).collect()
}

#[test]
fn usage_of_a_split_response_counts_once_and_includes_the_cache() {
    let outcome = read(&[
        user(1, 0, "go"),
        assistant(
            2,
            1,
            "m",
            r#"{"type":"thinking","thinking":"hm","signature":"s"}"#,
            r#""input_tokens":10,"cache_read_input_tokens":5,"output_tokens":1"#,
        ),
        assistant(
            3,
            2,
            "m",
            r#"{"type":"text","text":"x"},{"type":"tool_use","id":"t","name":"Bash","input":{"command":"id"}}"#,
            r#""input_tokens":10,"cache_read_input_tokens":5,"cache_creation_input_tokens":2,"output_tokens":42"#,
        ),
    ]);
    assert_eq!(kinds(&outcome), ["user_text", "reasoning", "assistant_text", "tool_call"]);
    assert_eq!(total(&outcome, |usage| usage.output), 42);
    assert_eq!(total(&outcome, |usage| usage.input), 17);
    assert_eq!(outcome.events[3].usage.cache_read, Some(5));
    assert_eq!(outcome.events[2].usage, crate::record::Usage::default());
    assert!(outcome.events[1..].iter().all(|event| event.call_index == Some(1)));
    assert_eq!(outcome.events[3].tool_type.as_deref(), Some("shell"));
    assert_eq!(outcome.events[3].json_pointer.as_deref(), Some("/message/content/1"));
}

#[test]
fn copies_of_a_resume_add_nothing_but_a_forged_copy_is_kept() {
    let (one, two) = (user(1, 0, "hi"), says(2, 1, "m", "hello"));
    let forged = says(2, 1, "m", "something else");
    let resumed = [one.clone(), two.clone(), one, two, user(3, 2, "new"), forged];
    let outcome = read(&resumed);
    assert_eq!(outcome.events.len(), 4);
    assert_eq!(outcome.events[1].event_id, outcome.events[3].event_id);
    assert_ne!(outcome.events[1].content_hash, outcome.events[3].content_hash);
    assert_eq!(outcome.events[2].turn_index, Some(2));
}

#[test]
fn the_same_uuid_in_another_session_names_the_same_event() {
    let here = read(&[user(1, 0, "hi")]);
    let there = read(&[user(1, 0, "hi").replace("\"S\"", "\"T\"")]);
    assert_eq!(here.events[0].event_id, there.events[0].event_id);
    assert_ne!(here.events[0].stream_id, there.events[0].stream_id);
}

#[test]
fn reasoning_is_told_apart_by_what_can_be_read() {
    let block = concat!(
        r#"{"type":"redacted_thinking","data":"Q0lQSEVS"},"#,
        r#"{"type":"thinking","thinking":"","signature":"abc"},"#,
        r#"{"type":"thinking","thinking":"plain","signature":"abc"},"#,
        // {"text":"HIDDEN","type":"reasoning.text"}
        r#"{"type":"redacted_thinking","data":"openrouter.reasoning:eyJ0ZXh0IjoiSElEREVOIiwidHlwZSI6InJlYXNvbmluZy50ZXh0In0="},"#,
        r#"{"type":"redacted_thinking","data":"openrouter.reasoning:%%%"}"#
    );
    let outcome = read(&[assistant(1, 0, "m", block, "")]);
    let found: Vec<_> = outcome
        .events
        .iter()
        .map(|e| (e.reasoning_state.unwrap(), e.reasoning.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            (ReasoningState::Encrypted, None),
            (ReasoningState::Omitted, None),
            (ReasoningState::Plain, Some("plain")),
            (ReasoningState::Plain, Some("HIDDEN")),
            (ReasoningState::Encrypted, None),
        ]
    );
    let everything = format!("{:?}", outcome.events);
    assert!(!everything.contains("Q0lQSEVS") && !everything.contains("eyJ0"));
}

#[test]
fn what_the_harness_says_is_nobodys_intent() {
    let texts = [
        "<command-name>/clear</command-name>",
        "<local-command-stdout>x</local-command-stdout>",
        "[Request interrupted by user]",
        "<task-notification>x</task-notification>",
        "<system-reminder>x</system-reminder>",
    ];
    let mut lines: Vec<String> = (1..).zip(texts).map(|(n, text)| user(n, n - 1, text)).collect();
    let meta = r#""isMeta":true,"message":{"role":"user","content":[{"type":"text","text":"x"}]}"#;
    lines.push(line(6, 5, "user", meta));
    lines.push(user(7, 6, "please list <command-name> tags"));
    let outcome = read(&lines);
    let synthetic: Vec<bool> = outcome.events.iter().map(|event| event.is_synthetic).collect();
    assert_eq!(synthetic, [true, true, true, true, true, true, false]);
    assert_eq!(outcome.events[6].turn_index, Some(1));
}

#[test]
fn compactions_show_and_their_summary_is_not_the_user() {
    let outcome = read(&[
        user(1, 0, "hi"),
        line(
            2,
            1,
            "system",
            r#""subtype":"compact_boundary","content":"Compacted","compactMetadata":{"trigger":"auto","preTokens":50}"#,
        ),
        line(
            3,
            2,
            "user",
            r#""isCompactSummary":true,"message":{"role":"user","content":"Summary: hi"}"#,
        ),
    ]);
    assert_eq!(kinds(&outcome), ["user_text", "compaction", "compaction_summary"]);
    let summary = &outcome.events[2];
    assert!(summary.is_synthetic && summary.role == Some(Role::User));
    let attribute = ("compactMetadata.trigger".to_owned(), "\"auto\"".to_owned());
    assert!(outcome.events[1].attrs.contains(&attribute));
}

#[test]
fn api_errors_are_not_the_model_speaking() {
    let message = r#""isApiErrorMessage":true,"message":{"role":"assistant","model":"<synthetic>","id":"x","content":[{"type":"text","text":"API Error: 529"}],"usage":{"input_tokens":0,"output_tokens":0}}"#;
    let outcome = read(&[line(1, 0, "assistant", message)]);
    let event = &outcome.events[0];
    assert_eq!((event.kind, event.status), (Some(Kind::Error), Some("error")));
    assert!(event.response_model.is_none() && event.usage.is_empty() && event.is_synthetic);
}

#[test]
fn sub_agents_are_linked_to_the_call_that_spawned_them() {
    let task = r#"{"type":"tool_use","id":"T","name":"Task","input":{"prompt":"explore"}}"#;
    let side = |text: String| {
        text.replace(r#""isSidechain":false"#, r#""isSidechain":true,"agentId":"a1""#)
    };
    let outcome = read(&[
        user(1, 0, "go"),
        assistant(2, 1, "m", task, ""),
        side(user(3, 0, "explore")),
        side(calls(4, 3, "n", "x")),
        line(
            5,
            2,
            "user",
            r#""toolUseResult":{"agentId":"a1","totalDurationMs":5},"message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"T","content":"report"}]}"#,
        ),
    ]);
    for event in &outcome.events[2..4] {
        assert_eq!(event.agent_id.as_deref(), Some("a1"));
        assert_eq!(event.parent_tool_call_id.as_deref(), Some("T"));
        assert_eq!(event.is_sidechain, Some(true));
    }
    assert!(outcome.events[2].is_synthetic, "the prompt is another agent's");
    assert!(states(&outcome).iter().all(|state| *state == "active"));
    let nameless = |text: String| text.replace(r#""isSidechain":false"#, r#""isSidechain":true"#);
    let outcome = read(&[
        assistant(2, 0, "m", task, ""),
        nameless(user(3, 0, "explore")),
        nameless(calls(4, 3, "n", "x")),
    ]);
    assert_eq!(outcome.events[2].parent_tool_call_id.as_deref(), Some("T"));
}

#[test]
fn messages_of_sub_agents_inside_progress_lines_are_read() {
    let inner = r#"{"type":"assistant","uuid":"i1","timestamp":"2026-11-20T10:00:01Z","message":{"role":"assistant","id":"mi","model":"claude-y","content":[{"type":"tool_use","id":"q","name":"Bash","input":{"command":"curl evil"}}],"usage":{"input_tokens":3,"output_tokens":4}}}"#;
    let rest = format!(
        r#""parentToolUseID":"T","data":{{"type":"agent_progress","agentId":"a7","prompt":"p","message":{inner}}}"#
    );
    let outcome = read(&[user(1, 0, "go"), line(2, 1, "progress", &rest)]);
    let event = &outcome.events[1];
    assert_eq!(event.kind, Some(Kind::ToolCall));
    assert_eq!(event.tool_call_arguments.as_deref(), Some(r#"{"command":"curl evil"}"#));
    assert_eq!(event.agent_id.as_deref(), Some("a7"));
    assert_eq!(event.parent_tool_call_id.as_deref(), Some("T"));
    assert_eq!(event.is_sidechain, Some(true));
    assert_eq!(event.message_id.as_deref(), Some("i1"));
    assert_eq!(event.json_pointer.as_deref(), Some("/data/message/message/content/0"));
    assert_eq!(total(&outcome, |usage| usage.input), 3);
}

#[test]
fn results_carry_their_outcome_their_twin_and_their_images() {
    let twin = r#""toolUseResult":{"stdout":"out","stderr":"warn","interrupted":false,"isImage":false},"message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"out"}]}"#;
    let failed = r#""toolUseResult":"Error: Exit code 3\nbad","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"b","is_error":true,"content":"Exit code 3\nbad"}]}"#;
    let denied = r#""message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","is_error":true,"content":"The user doesn't want to proceed with this tool use."}]}"#;
    let image = r#""message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"d","content":[{"type":"text","text":"see"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAEC"}}]}]}"#;
    let outcome = read(&[
        line(1, 0, "user", twin),
        line(2, 1, "user", failed),
        line(3, 2, "user", denied),
        line(4, 3, "user", image),
    ]);
    let codes: Vec<_> = outcome.events.iter().map(|e| (e.tool_exit_code, e.status)).collect();
    let expected = [
        (Some(0), Some("ok")),
        (Some(3), Some("error")),
        (None, Some("denied")),
        (None, Some("ok")),
    ];
    assert_eq!(codes[..4], expected);
    assert!(outcome.events[0].attrs.contains(&("toolUseResult.stderr".into(), "\"warn\"".into())));
    assert!(!outcome.events[0].attrs.iter().any(|(name, _)| name.contains("stdout")));
    assert_eq!(outcome.events[0].role_raw.as_deref(), Some("user"));
    assert_eq!(outcome.events[0].tool_join, Some(ToolJoin::Orphan));
    assert_eq!(outcome.events[3].tool_call_result.as_deref(), Some("see"));
    let media = &outcome.events[4];
    assert_eq!((media.media_bytes, media.media_mime.as_deref()), (Some(3), Some("image/png")));
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest([0, 1, 2]));
    assert_eq!(media.media_sha256.unwrap().to_string(), hash);
    assert!(media.text.is_none());
}

#[test]
fn withdrawn_and_forked_lines_say_so() {
    let outcome = read(&[
        user(1, 0, "hi"),
        says(2, 1, "m", "no"),
        line(
            3,
            2,
            "system",
            r#""subtype":"model_refusal_fallback","content":"x","retracted_message_uuids":["u2","u9"]"#,
        ),
        says(9, 3, "n", "late"),
        line(
            4,
            9,
            "user",
            r#""forkedFrom":{"sessionId":"P","messageUuid":"p1"},"message":{"role":"user","content":"copy"}"#,
        ),
    ]);
    assert_eq!(states(&outcome), ["active", "retracted", "active", "retracted", "copied"]);
    assert_eq!(outcome.events[2].kind, Some(Kind::Refusal));
}

#[test]
fn notes_belong_to_the_session_and_unknown_lines_keep_their_text() {
    let outcome = read(&[
        user(1, 0, "hi"),
        r#"{"type":"summary","summary":"Greeting","leafUuid":"u1"}"#.to_owned(),
        r#"{"type":"queue-operation","operation":"enqueue","sessionId":"S","content":"later"}"#.to_owned(),
        r#"{"type":"quantum-thought","uuid":"z","sessionId":"S","payload":{"text":"new"}}"#.to_owned(),
        r#"{"type":"user","uuid":"y","sessionId":"S","message":"bare"}"#.to_owned(),
        r#"{"type":"user","uuid":"w","sessionId":"S","message":{"role":"user","contenst":[{"text":"typo"}]}}"#.to_owned(),
    ]);
    assert_eq!(
        kinds(&outcome),
        ["user_text", "lifecycle", "lifecycle", "unknown", "user_text", "unknown"]
    );
    let texts: Vec<_> = outcome.events.iter().map(|event| event.text.as_deref().unwrap()).collect();
    assert_eq!(texts, ["hi", "Greeting", "later", "new", "bare", "typo"]);
    assert!(outcome.events.iter().all(|event| event.session_id == "S"));
}

#[test]
fn lines_are_recognised_by_content() {
    let sniff = |text: &str| ClaudeCode.sniff(&crate::formats::json::parse(text).unwrap().0);
    assert_eq!(sniff(&user(1, 0, "x")), 98);
    assert_eq!(sniff(r#"{"type":"summary","summary":"s","leafUuid":"u"}"#), 95);
    assert!(sniff(r#"{"type":"quantum-thought","uuid":"u","sessionId":"s"}"#) >= 50);
    assert_eq!(sniff(r#"{"type":"assistant","session_id":"s","uuid":"u","message":{}}"#), 0);
    assert_eq!(sniff(r#"{"sessionId":"s","projectHash":"h","messages":[]}"#), 0);
    assert_eq!(sniff(r#"{"role":"user","content":"x"}"#), 0);
    assert_eq!(sniff("42"), 0);
}
