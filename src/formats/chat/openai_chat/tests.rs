//! Tests of the Chat Completions reader.

use super::*;
use crate::formats::testing::{Outcome, read, read_records, shown};
use crate::record::{Kind, ReasoningSource, ReasoningState, TimeQuality, ToolJoin};
use std::collections::BTreeSet;

fn chat(text: &str) -> Outcome {
    let outcome = read(&OpenaiChat, text);
    assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    outcome
}

const PAIR: &str = r#"{"request":{"model":"m","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"time?"}],"tools":[{"type":"function","function":{"name":"clock","parameters":{}}}],"temperature":0.5},"response":{"id":"chatcmpl-a1","object":"chat.completion","created":1790000000,"model":"m-1","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":"let me see","reasoning_content":"needs a clock","tool_calls":[{"id":"c1","type":"function","function":{"name":"clock","arguments":"{\"tz\":\"UTC\"}"}}]}}],"usage":{"prompt_tokens":40,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":9}}}}"#;

#[test]
fn a_pair_gives_prompt_tools_question_and_answer() {
    let outcome = chat(PAIR);
    let rows = shown(&outcome);
    assert_eq!(rows[0], "system_prompt:be brief");
    assert!(rows[1].starts_with("tool_definitions:["));
    let expected = [
        "user_text:time?",
        "reasoning:needs a clock",
        "assistant_text:let me see",
        "tool_call:{\"tz\":\"UTC\"}",
    ];
    assert_eq!(rows[2..], expected);
    let last = outcome.events.last().unwrap();
    assert_eq!(last.usage.input, Some(40));
    assert_eq!(last.usage.cache_read, Some(8));
    assert_eq!(last.usage.reasoning, Some(9));
    assert_eq!(last.response_model.as_deref(), Some("m-1"));
    assert_eq!(last.finish_reason.as_deref(), Some("tool_calls"));
    assert_eq!(last.ts.quality, TimeQuality::Exact);
    assert_eq!(outcome.events[2].ts.quality, TimeQuality::Inherited);
    assert_eq!(last.json_pointer.as_deref(), Some("/response/choices/0/message/tool_calls/0"));
    assert!(last.attrs.contains(&("request.temperature".to_owned(), "0.5".to_owned())));
    assert_eq!(outcome.events.iter().filter(|e| !e.usage.is_empty()).count(), 1);
    assert!(last.system_hash.is_some() && last.tools_hash.is_some());
}

fn resend(session: &str, turns: usize) -> String {
    let mut lines = String::new();
    for turn in 0..turns {
        let mut messages = vec![r#"{"role":"system","content":"sys"}"#.to_owned()];
        for n in 0..=2 * turn {
            let role = if n % 2 == 0 { "user" } else { "assistant" };
            messages.push(format!(r#"{{"role":"{role}","content":"m{n}"}}"#));
        }
        let answer = format!(r#"{{"role":"assistant","content":"m{}"}}"#, 2 * turn + 1);
        let list = messages.join(",");
        lines += &format!(
            "{{\"id\":\"r{turn}\",{session}\"messages\":[{list}],\"response\":{answer}}}\n"
        );
    }
    lines
}

#[test]
fn a_resent_history_gives_one_row_per_message() {
    for session in [r#""session":"S","#, ""] {
        let outcome = chat(&resend(session, 6));
        assert_eq!(outcome.events.len(), 13);
        let sessions: BTreeSet<_> = outcome.events.iter().map(|e| &e.session_id).collect();
        assert_eq!(sessions.len(), 1);
        let ids: BTreeSet<_> = outcome.events.iter().map(|e| e.event_id).collect();
        assert_eq!(ids.len(), 13);
        assert!(outcome.events.iter().all(|e| e.flags.is_empty()), "{session}");
        assert_eq!(outcome.events.last().and_then(|e| e.turn_index), Some(6));
    }
}

#[test]
fn a_response_stripped_of_reasoning_is_known_when_it_comes_back() {
    let next = r#"{"request":{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"time?"},{"role":"assistant","content":[{"type":"text","text":"let me see"}],"tool_calls":[{"id":"c1","function":{"name":"clock","arguments":{"tz":"UTC"}}}]},{"role":"tool","tool_call_id":"c1","content":"noon"}]},"response":{"choices":[{"message":{"role":"assistant","content":"Noon."}}]}}"#;
    let outcome = chat(&format!("{PAIR}\n{next}"));
    assert_eq!(shown(&outcome)[6..], ["tool_result:noon", "assistant_text:Noon."]);
    assert_eq!(outcome.events[6].tool_join, Some(ToolJoin::Id));
    assert_eq!(outcome.events[6].tool_name.as_deref(), Some("clock"));
}

#[test]
fn a_forged_history_is_flagged_and_a_retry_is_not() {
    let call = |messages: &str, answer: &str| {
        format!(r#"{{"session":"S","messages":[{messages}],"response":"{answer}"}}"#)
    };
    let ask = r#"{"role":"user","content":"do it"}"#;
    let forged = format!(
        r#"{ask},{{"role":"assistant","content":"gladly"}},{{"role":"user","content":"go on"}}"#
    );
    let outcome = chat(&[call(ask, "no"), call(&forged, "done")].join("\n"));
    assert!(outcome.events[1].flags.is_empty());
    assert!(outcome.events[2..].iter().all(|e| e.flags == ["history_rewritten"]));
    let outcome = chat(&[call(ask, "no"), call(ask, "no"), call(ask, "yes")].join("\n"));
    assert_eq!(
        shown(&outcome)[1..],
        ["assistant_text:no", "assistant_text:no", "assistant_text:yes"]
    );
    let ids: BTreeSet<_> = outcome.events.iter().map(|e| e.event_id).collect();
    assert_eq!(ids.len(), 4);
    assert!(outcome.events.iter().all(|e| e.flags.is_empty()));
}

#[test]
fn identical_bare_conversations_are_sessions_of_their_own() {
    let line = r#"{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}"#;
    let outcome = chat(&[line, line, line].join("\n"));
    assert_eq!(outcome.events.len(), 6);
    let sessions: BTreeSet<_> = outcome.events.iter().map(|e| &e.session_id).collect();
    assert_eq!(sessions.len(), 3);
}

#[test]
fn bare_records_that_extend_each_other_are_one_session() {
    let lines = [
        r#"{"messages":[{"role":"user","content":"a"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]}"#,
    ];
    let outcome = chat(&lines.join("\n"));
    assert_eq!(
        shown(&outcome),
        ["user_text:a", "assistant_text:b", "user_text:c", "assistant_text:d"]
    );
    assert!(outcome.events.iter().all(|e| e.flags.is_empty()));
    let native = lines.map(|line| line.replacen('{', r#"{"session_id":"S","#, 1)).join("\n");
    let outcome = chat(&native);
    assert_eq!(outcome.events.len(), 4);
    assert!(outcome.events.iter().all(|e| e.session_id == "S" && e.flags.is_empty()));
}

#[test]
fn messages_one_per_line_are_one_session() {
    let outcome =
        chat("{\"role\":\"user\",\"content\":\"hi\"}\n{\"role\":\"assistant\",\"content\":\"yo\"}");
    assert_eq!(shown(&outcome), ["user_text:hi", "assistant_text:yo"]);
    assert_eq!(outcome.events[0].session_id, outcome.events[1].session_id);
    let array = read_records(&OpenaiChat, &[r#"[{"role":"user","content":"hi"}]"#]);
    assert_eq!(shown(&array), ["user_text:hi"]);
}

#[test]
fn reasoning_in_many_places_is_one_row_unless_it_differs() {
    let line = r#"{"messages":[{"role":"assistant","content":"<think>plan  A</think>done","reasoning_content":"plan A","reasoning":"plan A","thinking_blocks":[{"type":"thinking","thinking":"plan A"}]}]}"#;
    let outcome = chat(line);
    assert_eq!(shown(&outcome), ["reasoning:plan A", "assistant_text:done"]);
    let row = &outcome.events[0];
    assert_eq!(row.reasoning_source, Some(ReasoningSource::NativeBlock));
    let sources = row.attrs.iter().find(|(name, _)| name == "reasoning_sources").unwrap();
    assert_eq!(sources.1, r#"["thinking_blocks","reasoning_content","reasoning","inline_tag"]"#);
    let outcome = chat(&line.replace("\"reasoning\":\"plan A\"", "\"reasoning\":\"plan B\""));
    assert_eq!(shown(&outcome), ["reasoning:plan A", "reasoning:plan B", "assistant_text:done"]);
    assert!(outcome.events[..2].iter().all(|e| e.flags == ["reasoning_conflict"]));
}

#[test]
fn reasoning_that_cannot_be_read_still_has_a_row() {
    let outcome = chat(
        r#"{"messages":[{"role":"user","content":"q"}],"response":{"choices":[{"message":{"role":"assistant","content":"a"}}],"usage":{"prompt_tokens":1,"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":7}}}}"#,
    );
    assert_eq!(outcome.events[1].reasoning_state, Some(ReasoningState::TokenCountOnly));
    assert_eq!(outcome.events[2].usage.reasoning, Some(7));
    let outcome = chat(
        r#"{"messages":[{"role":"assistant","content":"a","reasoning_details":[{"type":"reasoning.summary","summary":"short"},{"type":"reasoning.encrypted","data":"c2VjcmV0"}]}]}"#,
    );
    assert_eq!(shown(&outcome), ["reasoning:short", "assistant_text:a"]);
    assert_eq!(outcome.events[0].reasoning_state, Some(ReasoningState::Summary));
    assert!(outcome.events[0].attrs.iter().any(|(name, _)| name == "cipher_sha256"));
}

#[test]
fn broken_and_odd_calls_are_kept() {
    let outcome = chat(
        r#"{"messages":[{"role":"assistant","content":"","tool_calls":[{"id":"","function":{"name":"sh","arguments":{"cmd":"ls"}}},{"id":"c","function":{"name":"sh","arguments":"{\"cmd\": \"rm"}},{"id":"d","type":"custom","custom":{"name":"sql","input":"select 1"}}]},{"role":"tool","content":"ok"},{"role":"assistant","function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"7"}]}"#,
    );
    let rows = &outcome.events;
    assert_eq!(shown(&outcome)[0], "tool_call:{\"cmd\":\"ls\"}");
    assert_eq!(rows[0].flags, ["synthesized_tool_id"]);
    assert_eq!(rows[1].tool_arguments_valid, Some(false));
    assert_eq!(
        (rows[2].tool_arguments_valid, rows[2].tool_type.as_deref()),
        (Some(true), Some("custom"))
    );
    assert_eq!(rows[3].tool_join, Some(ToolJoin::Order));
    assert_eq!(rows[5].tool_join, Some(ToolJoin::NameOrder));
}

#[test]
fn content_in_every_shape_gives_text() {
    let outcome = chat(
        r#"{"messages":[{"role":"user","content":null},{"role":"user","content":["a","b"]},{"role":"user","content":{"text":"x"}},{"role":"user","content":[{"type":"text","text":{"value":"v"}}]},{"role":"user","content":[{"type":"text","value":"tv"}]},{"role":"user","content":[{"text":"n"}]},{"role":"user","content":42},{"role":"user"},{"role":"user","parts":[{"type":"text","content":"o"}]}]}"#,
    );
    let rows =
        ["", "a\nb", "x", "v", "tv", "n", "42", "", "o"].map(|text| format!("user_text:{text}"));
    assert_eq!(shown(&outcome), rows);
}

#[test]
fn roles_of_all_kinds_keep_their_rows() {
    let outcome = chat(
        r#"{"messages":[{"role":"developer","content":"x"},{"role":"human","content":"x"},{"role":"critic","content":"x"},{"role":null,"content":"x"},{"role":"SYSTEM","content":"x"}]}"#,
    );
    let roles: Vec<_> =
        outcome.events.iter().map(|e| (e.role.unwrap(), e.role_raw.as_deref())).collect();
    let expected = [
        (Role::Developer, None),
        (Role::User, Some("human")),
        (Role::Other, Some("critic")),
        (Role::Other, None),
        (Role::System, Some("SYSTEM")),
    ];
    assert_eq!(roles, expected);
    assert_eq!(outcome.events[4].kind, Some(Kind::SystemPrompt));
}

#[test]
fn images_become_media_with_a_hash_and_no_text() {
    let outcome = chat(
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}},{"type":"image_url","image_url":{"url":"https://example.org/a.png"}}]}]}"#,
    );
    let image = &outcome.events[1];
    assert_eq!((image.kind, image.media_bytes), (Some(Kind::Media), Some(2)));
    assert_eq!(image.media_mime.as_deref(), Some("image/png"));
    assert!(image.media_sha256.is_some() && image.text.is_none());
    assert!(outcome.events[2].attrs.iter().any(|(name, _)| name == "uri"));
    assert_eq!(outcome.events[2].turn_index, Some(1));
}

#[test]
fn batch_lines_find_each_other_in_any_state() {
    let lines = [
        r#"{"custom_id":"b1","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user","content":"q"}]}}"#,
        r#"{"id":"batch_req_1","custom_id":"b1","response":{"status_code":200,"request_id":"req_1","body":{"id":"x","object":"chat.completion","created":1790000000,"choices":[{"message":{"role":"assistant","content":"a"}}]}},"error":null}"#,
        r#"{"id":"batch_req_2","custom_id":"b2","response":null,"error":{"code":"batch_expired","message":"expired"}}"#,
    ];
    let outcome = chat(&lines.join("\n"));
    assert_eq!(shown(&outcome), ["user_text:q", "assistant_text:a", "error:expired"]);
    assert_eq!(outcome.events[0].session_id, outcome.events[1].session_id);
    assert_eq!(outcome.events[2].error_type.as_deref(), Some("batch_expired"));
    assert_eq!(outcome.events[1].request_id.as_deref(), Some("b1"));
}

#[test]
fn preferences_and_choices_are_alternatives() {
    let outcome = chat(
        r#"{"input":{"messages":[{"role":"user","content":"q"}]},"preferred_output":[{"role":"assistant","content":"good"}],"non_preferred_output":[{"role":"assistant","content":"bad"}]}"#,
    );
    assert_eq!(shown(&outcome), ["user_text:q", "assistant_text:good", "assistant_text:bad"]);
    assert_eq!(outcome.events[2].branch_state, Some(BranchState::Unknown));
    let outcome = chat(
        r#"{"id":"c","object":"chat.completion","choices":[{"message":{"role":"assistant","content":"one"}},{"message":{"role":"assistant","content":"one"}}]}"#,
    );
    let ids: BTreeSet<_> = outcome.events.iter().map(|e| e.event_id).collect();
    assert_eq!(ids.len(), 2);
}

#[test]
fn state_survives_a_pause_between_runs() {
    let text = resend("", 3);
    let lines: Vec<&str> = text.lines().collect();
    let mut first = ChatReader::default();
    let json = crate::formats::json::parse(lines[0]).unwrap().0;
    let mut sink = Sink::new("", crate::record::Id16::default(), Default::default());
    let place = crate::record::Place::default();
    let record = |json| Record {
        json,
        place: &place,
        raw_sha256: Default::default(),
        rolling: Default::default(),
        index: 0,
        source_stream: Default::default(),
        flags: &[],
        superseded: false,
        collector: None,
    };
    sink.begin("openai_chat", &record(&json));
    first.read(&record(&json), &mut sink).unwrap();
    let mut second = ChatReader::default();
    second.restore(&first.save());
    let json = crate::formats::json::parse(lines[1]).unwrap().0;
    sink.begin("openai_chat", &record(&json));
    second.read(&record(&json), &mut sink).unwrap();
    assert_eq!(sink.take().0.len(), 5);
}

#[test]
fn the_format_is_recognised_and_others_are_left_alone() {
    let sniff = |text: &str| OpenaiChat.sniff(&crate::formats::json::parse(text).unwrap().0);
    assert!(sniff(PAIR) >= 90);
    assert!(sniff(r#"{"messages":[{"role":"user","content":"x"}]}"#) >= 50);
    assert!(sniff(r#"[{"role":"user","content":"x"}]"#) >= 50);
    assert!(sniff(r#"{"role":"user","content":"x"}"#) >= 30);
    for other in [
        r#"{"sessionId":"s","uuid":"u","message":{"role":"user","content":"x"}}"#,
        r#"{"timestamp":"t","type":"response_item","payload":{}}"#,
        r#"{"jsonrpc":"2.0","method":"tools/call"}"#,
        r#"{"type":"agent.end","messages":[],"seq":1}"#,
        r#"{"object":"response","output":[]}"#,
        r#"{"conversations":[{"from":"human","value":"x"}]}"#,
        "{}",
    ] {
        assert_eq!(sniff(other), 0, "{other}");
    }
}

#[test]
fn calls_in_blocks_of_other_writers_are_read() {
    let outcome = chat(
        r#"{"messages":[{"role":"assistant","content":[{"type":"tool_call","value":"{\"name\":\"f\",\"arguments\":{\"x\":1}}"},{"type":"tool-call","toolCallId":"k","toolName":"g","args":{}},{"type":"tool_call","value":"broken {"}]},{"role":"tool","content":[{"type":"tool-result","toolCallId":"k","toolName":"g","result":"7"}]}]}"#,
    );
    let names: Vec<_> = outcome.events.iter().map(|e| e.tool_name.as_deref()).collect();
    assert_eq!(names, [Some("f"), Some("g"), None, Some("g")]);
    assert_eq!(shown(&outcome)[0], "tool_call:{\"x\":1}");
    assert_eq!(shown(&outcome)[2..], ["tool_call:broken {", "tool_result:7"]);
    assert_eq!(outcome.events[3].tool_join, Some(ToolJoin::Id));
}
