//! Tests on small rollouts written for the purpose, and on the shared samples.

use super::super::util::samples;
use super::*;
use crate::formats::testing::{self, Outcome};
use crate::formats::{Change, Update};
use crate::record::{BranchState, ReasoningSource, ReasoningState, ToolJoin};

const META: &str = r#"{"timestamp":"2026-11-20T10:00:00Z","type":"session_meta","payload":{"id":"T","cwd":"/w","cli_version":"0.104.0","model_provider":"openai","source":"cli","base_instructions":{"text":"be good"},"git":{"branch":"main"}}}"#;

fn line(kind: &str, payload: &str) -> String {
    format!(r#"{{"timestamp":"2026-11-20T10:00:01Z","type":"{kind}","payload":{payload}}}"#)
}

fn item(payload: &str) -> String {
    line("response_item", payload)
}

fn notice_line(payload: &str) -> String {
    line("event_msg", payload)
}

fn user(text: &str) -> String {
    item(&format!(
        r#"{{"type":"message","role":"user","content":[{{"type":"input_text","text":"{text}"}}]}}"#
    ))
}

fn answer(text: &str) -> String {
    item(&format!(
        r#"{{"type":"message","role":"assistant","content":[{{"type":"output_text","text":"{text}"}}]}}"#
    ))
}

fn tokens(last: i64, total: i64) -> String {
    let usage = |n: i64| {
        format!(
            r#"{{"input_tokens":{n},"cached_input_tokens":1,"output_tokens":2,"reasoning_output_tokens":1,"total_tokens":{}}}"#,
            n + 2
        )
    };
    notice_line(&format!(
        r#"{{"type":"token_count","info":{{"last_token_usage":{},"total_token_usage":{}}}}}"#,
        usage(last),
        usage(total)
    ))
}

fn read(lines: &[String]) -> Outcome {
    let mut outcome = testing::read(&Codex, &format!("{META}\n{}", lines.join("\n")));
    assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    outcome.events.drain(..2);
    outcome
}

fn kinds(outcome: &Outcome) -> Vec<&'static str> {
    outcome.events.iter().map(|event| event.kind.unwrap().as_str()).collect()
}

#[test]
fn the_first_header_names_the_thread() {
    let other = META.replace(r#""id":"T""#, r#""id":"parent""#).replace("/w", "/elsewhere");
    let outcome = testing::read(&Codex, &[META, &other, &user("hi")].join("\n"));
    assert_eq!(outcome.events[0].kind, Some(Kind::Lifecycle));
    let prompt = &outcome.events[1];
    assert_eq!((prompt.kind, prompt.text.as_deref()), (Some(Kind::SystemPrompt), Some("be good")));
    assert_eq!(outcome.events[2].branch_state, Some(BranchState::Copied));
    let last = outcome.events.last().unwrap();
    assert_eq!(last.conversation_id.as_deref(), Some("T"));
    assert_eq!(last.source_version.as_deref(), Some("0.104.0"));
    assert_eq!(last.cwd.as_deref(), Some("/w"));
    assert_eq!(last.git_branch.as_deref(), Some("main"));
    assert_eq!(last.turn_index, Some(1));
}

#[test]
fn shown_messages_and_thoughts_get_no_row_of_their_own() {
    let outcome = read(&[
        user("do it"),
        notice_line(r#"{"type":"user_message","message":"do it"}"#),
        notice_line(r#"{"type":"agent_reasoning","text":"**Looking**"}"#),
        item(
            r#"{"type":"reasoning","summary":[{"type":"summary_text","text":"**Looking**"}],"content":null,"encrypted_content":"gAAAA"}"#,
        ),
        notice_line(r#"{"type":"agent_message","message":"done"}"#),
        answer("done"),
    ]);
    assert_eq!(kinds(&outcome), ["user_text", "reasoning", "assistant_text"]);
    let thought = &outcome.events[1];
    assert_eq!(thought.reasoning.as_deref(), Some("**Looking**"));
    assert_eq!(thought.reasoning_state, Some(ReasoningState::Summary));
    let names: Vec<&str> = thought.attrs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["reasoning_sources", "cipher_bytes", "cipher_sha256"]);
    assert!(!format!("{:?}", outcome.events).contains("gAAAA"));
    assert_eq!(thought.call_group, outcome.events[2].call_group);
    assert_eq!(outcome.events[2].call_index, Some(1));
}

#[test]
fn reasoning_says_how_much_of_it_can_be_read() {
    let outcome = read(&[
        item(r#"{"type":"reasoning","summary":[],"content":null,"encrypted_content":"gAAAA"}"#),
        item(
            r#"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"all of it"}]}"#,
        ),
        notice_line(r#"{"type":"agent_reasoning_raw_content","text":"raw"}"#),
        item(
            r#"{"type":"reasoning","summary":[{"type":"summary_text","text":"s"}],"content":[{"type":"reasoning_text","text":"raw"}]}"#,
        ),
    ]);
    let found: Vec<_> = outcome
        .events
        .iter()
        .map(|e| (e.reasoning_state.unwrap(), e.reasoning.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            (ReasoningState::Encrypted, None),
            (ReasoningState::Plain, Some("all of it")),
            (ReasoningState::Plain, Some("raw")),
            (ReasoningState::Summary, Some("s")),
        ]
    );
}

#[test]
fn thoughts_lost_to_an_abort_are_kept() {
    let outcome = read(&[
        user("go"),
        notice_line(r#"{"type":"agent_reasoning","text":"**Plotting**"}"#),
        notice_line(r#"{"type":"turn_aborted","reason":"interrupted"}"#),
    ]);
    assert_eq!(kinds(&outcome), ["user_text", "lifecycle", "reasoning"]);
    assert_eq!(outcome.events[1].status, Some("aborted"));
    let lost = &outcome.events[2];
    assert_eq!(lost.reasoning.as_deref(), Some("**Plotting**"));
    assert_eq!(lost.reasoning_source, Some(ReasoningSource::EventDup));
    assert!(lost.flags.contains(&"unpaired_event"));
}

#[test]
fn calls_and_outputs_are_joined_and_their_envelope_is_opened() {
    let outcome = read(&[
        line(
            "turn_context",
            r#"{"cwd":"/x","model":"gpt-x","effort":"high","sandbox_policy":{"mode":"read-only"}}"#,
        ),
        item(
            r#"{"type":"function_call","name":"shell","arguments":"{\"command\":[\"ls\"]}","call_id":"c1"}"#,
        ),
        item(
            r#"{"type":"function_call_output","call_id":"c1","output":"{\"output\":\"a\\n\",\"metadata\":{\"exit_code\":2,\"duration_seconds\":0.5}}"}"#,
        ),
        item(
            r#"{"type":"custom_tool_call","status":"completed","call_id":"c2","name":"apply_patch","input":"*** Begin Patch"}"#,
        ),
        item(
            r#"{"type":"custom_tool_call_output","call_id":"c2","output":"Exit code: 0\nWall time: 0.1 seconds\nOutput:\nDone"}"#,
        ),
        item(
            r#"{"type":"local_shell_call","call_id":"c3","status":"completed","action":{"type":"exec","command":["id"]}}"#,
        ),
        item(
            r#"{"type":"web_search_call","id":"ws1","status":"completed","action":{"type":"search","query":"q"}}"#,
        ),
        item(
            r#"{"type":"function_call","name":"mcp__files__read","arguments":"{","call_id":"c4"}"#,
        ),
        item(
            r#"{"type":"function_call_output","call_id":"c4","output":[{"type":"input_text","text":"body"},{"type":"input_image","image_url":"data:image/png;base64,AAEC"}]}"#,
        ),
    ]);
    let events = &outcome.events;
    assert_eq!(events[0].request_model.as_deref(), Some("gpt-x"));
    assert!(events[0].attrs.contains(&("sandbox_policy.mode".into(), "\"read-only\"".into())));
    assert_eq!(events[1].tool_type.as_deref(), Some("shell"));
    assert_eq!(events[1].request_model.as_deref(), Some("gpt-x"));
    assert_eq!(events[1].cwd.as_deref(), Some("/x"));
    assert_eq!(events[2].tool_call_result.as_deref(), Some("a\n"));
    assert_eq!((events[2].tool_exit_code, events[2].tool_is_error), (Some(2), Some(true)));
    assert_eq!(events[2].duration_ms, Some(500.0));
    assert_eq!(events[2].tool_join, Some(ToolJoin::Id));
    assert_eq!(events[2].tool_name.as_deref(), Some("shell"));
    assert_eq!(events[3].tool_type.as_deref(), Some("custom"));
    assert_eq!(events[3].tool_arguments_valid, Some(true));
    assert_eq!((events[4].tool_exit_code, events[4].status), (Some(0), Some("ok")));
    assert_eq!(events[5].tool_name.as_deref(), Some("local_shell"));
    assert_eq!(events[6].tool_name.as_deref(), Some("web_search"));
    assert_eq!(events[7].tool_server.as_deref(), Some("files"));
    assert_eq!(events[7].tool_arguments_valid, Some(false));
    assert_eq!(events[8].tool_call_result.as_deref(), Some("body"));
    assert_eq!(events[9].media_bytes, Some(3));
    let calls: Vec<_> = events.iter().filter_map(|event| event.call_index).collect();
    assert_eq!(calls, [1, 2, 3, 3, 3]);
}

#[test]
fn tokens_count_once_per_distinct_total() {
    let outcome = read(&[
        tokens(10, 10),
        tokens(10, 10),
        notice_line(
            r#"{"type":"token_count","info":null,"rate_limits":{"primary":{"used_percent":4.0}}}"#,
        ),
        tokens(20, 30),
        tokens(20, 30),
    ]);
    assert_eq!(kinds(&outcome), ["usage", "lifecycle", "usage"]);
    let input: i64 = outcome.events.iter().filter_map(|event| event.usage.input).sum();
    assert_eq!(input, 30);
    assert_eq!(outcome.events[0].usage.cache_read, Some(1));
    assert!(outcome.updates.is_empty());
}

#[test]
fn instructions_and_injected_context_are_synthetic() {
    let outcome = read(&[
        item(
            r#"{"type":"message","role":"developer","content":[{"type":"input_text","text":"rules"}]}"#,
        ),
        user("<environment_context>\\n<cwd>/w</cwd>"),
        user("# AGENTS.md instructions for /w"),
        user("please"),
        line("turn_context", r#"{"model":"m","user_instructions":"be terse"}"#),
        line("turn_context", r#"{"model":"m","user_instructions":"be terse"}"#),
    ]);
    assert_eq!(
        kinds(&outcome),
        [
            "system_prompt",
            "user_text",
            "user_text",
            "user_text",
            "lifecycle",
            "system_prompt",
            "lifecycle"
        ]
    );
    let synthetic: Vec<bool> = outcome.events.iter().map(|event| event.is_synthetic).collect();
    assert_eq!(synthetic, [true, true, true, false, true, true, true]);
    assert_eq!(outcome.events[3].turn_index, Some(1));
}

#[test]
fn rolled_back_turns_are_abandoned() {
    let outcome = read(&[
        user("one"),
        answer("1"),
        user("two"),
        answer("2"),
        notice_line(r#"{"type":"thread_rolled_back","num_turns":1}"#),
        user("three"),
    ]);
    assert_eq!(outcome.events[4].kind, Some(Kind::HistoryEdit));
    let change = Change::Branch(BranchState::Abandoned);
    let gone = |at: usize| Update { event_id: outcome.events[at].event_id, change: change.clone() };
    assert_eq!(outcome.updates, [gone(2), gone(3)]);
}

#[test]
fn compactions_keep_the_summary_and_risk_scores_are_labels() {
    let outcome = read(&[
        line(
            "compacted",
            r#"{"message":"so far","replacement_history":[{"type":"message","role":"user","content":[{"type":"input_text","text":"old"}]}]}"#,
        ),
        line("security_risk_score", r#"{"score":0.9}"#),
        line("quantum", r#"{"text":"new"}"#),
        notice_line(r#"{"type":"brand_new","note":"hm"}"#),
        notice_line(r#"{"type":"error","message":"boom","codex_error_info":"other"}"#),
        notice_line(r#"{"type":"exec_approval_request","call_id":"c","command":["rm"]}"#),
        item(r#"{"type":"ghost_snapshot","ghost_commit":{"id":"x"}}"#),
    ]);
    assert_eq!(
        kinds(&outcome),
        [
            "compaction",
            "compaction_summary",
            "compaction_summary",
            "label",
            "unknown",
            "unknown",
            "error",
            "permission",
            "lifecycle"
        ]
    );
    let events = &outcome.events;
    assert_eq!(events[1].text.as_deref(), Some("so far"));
    assert_eq!(events[2].text.as_deref(), Some("old"));
    assert_eq!(events[3].label.as_ref().unwrap().score, Some(0.9));
    assert_eq!((events[4].text.as_deref(), events[5].text.as_deref()), (Some("new"), Some("hm")));
    assert_eq!(events[6].error_type.as_deref(), Some("other"));
}

#[test]
fn the_oldest_layout_has_no_envelope() {
    let lines = [
        r#"{"id":"old","timestamp":"2025-05-01T10:00:00Z","instructions":"be kind","git":{"branch":"b"}}"#,
        r#"{"record_type":"state"}"#,
        r#"{"type":"message","id":null,"role":"user","content":[{"type":"input_text","text":"hi"}]}"#,
        r#"{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}]}"#,
        r#"{"type":"function_call","id":"fc_1","name":"shell","arguments":"{}","call_id":"c"}"#,
        r#"{"type":"function_call_output","call_id":"c","output":"{\"output\":\"x\",\"metadata\":{\"exit_code\":0}}"}"#,
    ];
    let outcome = testing::read(&Codex, &lines.join("\n"));
    assert_eq!(
        kinds(&outcome),
        [
            "lifecycle",
            "system_prompt",
            "lifecycle",
            "user_text",
            "reasoning",
            "tool_call",
            "tool_result"
        ]
    );
    assert!(outcome.events.iter().all(|event| event.session_id == "old"));
    assert_eq!(outcome.events[3].json_pointer.as_deref(), Some("/content/0"));
    for line in lines {
        let (json, _) = crate::formats::json::parse(line).unwrap();
        let found = crate::formats::registry::detect(&json, Some(&Codex));
        assert_eq!(found.map(|(format, _)| format.id()), Some("codex_rollout"), "{line}");
    }
}

#[test]
fn sub_agent_threads_name_their_parent() {
    let meta = META.replace(
        r#""source":"cli""#,
        r#""source":{"subagent":{"thread_spawn":{"parent_thread_id":"P","depth":1,"agent_nickname":"scout"}}}"#,
    );
    let outcome = testing::read(&Codex, &[meta.as_str(), &user("go")].join("\n"));
    let event = outcome.events.last().unwrap();
    assert_eq!(event.parent_agent_id.as_deref(), Some("P"));
    assert_eq!(event.agent_name.as_deref(), Some("scout"));
    assert_eq!(event.is_sidechain, Some(true));
}

#[test]
fn ordinals_name_events_and_state_survives_a_restart() {
    let numbered = |n: u32, payload: &str| {
        format!(r#"{{"timestamp":"t","ordinal":{n},"type":"event_msg","payload":{payload}}}"#)
    };
    let one = numbered(7, r#"{"type":"warning","message":"w"}"#);
    let moved = testing::read(&Codex, &[META, &user("x"), &one].join("\n"));
    let direct = testing::read(&Codex, &[META, &one].join("\n"));
    assert_eq!(moved.events.last().unwrap().event_id, direct.events.last().unwrap().event_id);
    let mut state = State::default();
    let (meta, _) = crate::formats::json::parse(r#"{"id":"T","cli_version":"1"}"#).unwrap();
    assert!(state.begin(&meta));
    state.heard.shown("x", 1, crate::record::Time::default());
    let (before, mut reader) = (CodexReader(state).save(), CodexReader::default());
    reader.restore(&before);
    assert_eq!(reader.save(), before);
    assert_eq!(reader.0.thread.as_deref(), Some("T"));
}

#[test]
fn lines_are_recognised_by_content() {
    let sniff = |text: &str| Codex.sniff(&crate::formats::json::parse(text).unwrap().0);
    assert_eq!(sniff(META), 97);
    assert_eq!(sniff(&user("x")), 97);
    assert_eq!(
        sniff(r#"{"timestamp":"t","type":"security_risk_score","payload":{"score":0.9}}"#),
        97
    );
    assert_eq!(sniff(r#"{"type":"user","uuid":"u","sessionId":"s","message":{}}"#), 0);
    assert_eq!(sniff(r#"{"id":"x","object":"chat.completion"}"#), 0);
    assert_eq!(sniff("[1]"), 0);
}

#[test]
fn real_rollouts_give_true_totals_and_nothing_unknown() {
    for (name, text) in samples("formats/codex_rollout") {
        let outcome = testing::read(&Codex, &text);
        assert!(outcome.rejected.is_empty(), "{name}");
        let sum: i64 = outcome
            .events
            .iter()
            .map(|event| event.usage.input.unwrap_or(0) + event.usage.output.unwrap_or(0))
            .sum();
        let totals = text.lines().filter_map(|line| {
            let json: serde_json::Value = serde_json::from_str(line).unwrap();
            let total = &json["payload"]["info"]["total_token_usage"];
            Some(total["input_tokens"].as_i64()? + total["output_tokens"].as_i64()?)
        });
        assert_eq!(sum, totals.max().unwrap_or(0), "{name}");
        if name.contains("2026-02-23T20-34") {
            assert_eq!(sum, 299_496);
        }
        assert!(!outcome.events.iter().any(|e| e.kind == Some(Kind::Unknown)), "{name}");
        for event in outcome.events.iter().filter(|e| e.kind == Some(Kind::ToolResult)) {
            assert_eq!(event.tool_join, Some(ToolJoin::Id), "{name}");
        }
        assert!(!format!("{:?}", outcome.events).contains("gAAAA"), "{name}");
    }
}
