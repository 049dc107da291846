//! Tests on conversations written for the purpose, and on shared data sets.

use super::*;
use crate::formats::testing::{Outcome, read, read_in_sittings, read_records, shown};
use crate::formats::{json, registry};
use crate::record::{Event, ReasoningSource, Role, ToolJoin};
use std::collections::BTreeSet;

fn shared(text: &str) -> Outcome {
    let outcome = read(&ShareGpt, text);
    assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    outcome
}

fn format_of(text: &str) -> Option<&'static str> {
    let (value, _) = json::parse(text).unwrap();
    registry::detect(&value, None).map(|(format, _)| format.id())
}

fn attr<'e>(event: &'e Event, name: &str) -> Option<&'e str> {
    event.attrs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

const TOOLS: &str = r#"{"id":"desk_3","system":"You run the desk.","tools":"[{\"name\": \"book\"}]","images":["a.png"],"conversations":[
    {"from":"human","value":"book a van"},
    {"from":"function_call","value":"{\"name\": \"book\", \"arguments\": {\"what\": \"van\"}}"},
    {"from":"observation","value":"{\"ok\": true}"},
    {"from":"function_call","value":"<think>now tell them</think>\n[{\"name\":\"mail\",\"arguments\":{\"to\":\"<b>\"}},{\"name\":\"log\",\"arguments\":\"{}\"}]"},
    {"from":"observation","value":"sent"},
    {"from":"tool","value":"logged","name":"log"},
    {"from":"gpt","value":"<think>all is well</think>Booked.","weight":1}]}"#;

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect()
}

#[test]
fn a_conversation_has_prompt_tools_thoughts_calls_and_results() {
    let outcome = shared(&one_line(TOOLS));
    assert_eq!(
        shown(&outcome),
        [
            "system_prompt:You run the desk.",
            "tool_definitions:[{\"name\":\"book\"}]",
            "user_text:book a van",
            "tool_call:{\"what\":\"van\"}",
            "tool_result:{\"ok\": true}",
            "reasoning:now tell them",
            "tool_call:{\"to\":\"<b>\"}",
            "tool_call:{}",
            "tool_result:sent",
            "tool_result:logged",
            "reasoning:all is well",
            "assistant_text:Booked."
        ]
    );
    let events = &outcome.events;
    assert!(events.iter().all(|event| event.session_id == events[0].session_id));
    assert_eq!((events[3].role, events[3].role_raw.as_deref()), {
        (Some(Role::Assistant), Some("function_call"))
    });
    assert_eq!((events[3].tool_name.as_deref(), events[3].tool_arguments_valid), {
        (Some("book"), Some(true))
    });
    assert_eq!(events[10].reasoning_source, Some(ReasoningSource::InlineTag));
    assert_eq!(events[2].json_pointer.as_deref(), Some("/conversations/0/value"));
    assert_eq!(events[0].json_pointer.as_deref(), Some("/system"));
    assert!(events[11].tools_hash.is_some() && events[11].system_hash.is_some());
    assert_eq!(attr(&events[11], "weight"), Some("1"));
    assert_eq!(attr(&events[11], "id"), Some("\"desk_3\""));
    assert_eq!(attr(&events[11], "images"), Some("[\"a.png\"]"));
    assert_eq!(format_of(TOOLS), Some("sharegpt"));
}

#[test]
fn results_find_their_calls_by_order() {
    let outcome = shared(&one_line(TOOLS));
    let events = &outcome.events;
    for (result, call) in [(4, 3), (8, 6), (9, 7)] {
        assert_eq!(events[result].tool_call_event_id, Some(events[call].event_id), "{result}");
    }
    assert_eq!(events[4].tool_join, Some(ToolJoin::Order));
    assert_eq!(events[8].tool_name.as_deref(), Some("mail"), "told by the call");
    let orphan = r#"{"conversations":[{"from":"human","value":"hi"},{"from":"observation","value":"what?"}]}"#;
    assert_eq!(shared(orphan).events[1].tool_join, Some(ToolJoin::Orphan));
}

#[test]
fn calls_that_are_no_calls_keep_what_was_written() {
    let call = |value: &str| {
        let value = serde_json::to_string(value).unwrap();
        shared(&format!(r#"{{"conversations":[{{"from":"function_call","value":{value}}}]}}"#))
    };
    let broken = call("<think>hm</think>{\"name\": \"book\", ");
    assert_eq!(shown(&broken), ["reasoning:hm", "tool_call:{\"name\": \"book\", "]);
    assert_eq!(broken.events[1].tool_arguments_valid, Some(false));
    assert_eq!(shown(&call("[1,{\"x\":2}]")), ["tool_call:1", "tool_call:{\"x\":2}"]);
    let tagged = call("go <tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>");
    assert_eq!(shown(&tagged), ["assistant_text:go", "tool_call:{}"]);
    let nested = call(r#"{"type":"function","function":{"name":"f","arguments":{"a":1}}}"#);
    assert_eq!(shown(&nested), ["tool_call:{\"a\":1}"]);
    assert_eq!(call(" ").events.len(), 1);
}

#[test]
fn other_names_of_roles_and_keys_are_the_same() {
    let outcome = shared(&one_line(
        r#"{"conversation":[{"role":"system","content":"s"},{"role":"user","content":"u"},
        {"role":"bot","content":"b"},{"role":"function-call","content":{"name":"f","arguments":{}}},
        {"role":"function","content":"r"},{"role":"narrator","content":"n"}]}"#,
    ));
    let rows = shown(&outcome);
    assert_eq!(rows[..3], ["system_prompt:s", "user_text:u", "assistant_text:b"]);
    assert_eq!(rows[3..], ["tool_call:{}", "tool_result:r", "unknown:n"]);
    assert_eq!(outcome.events[5].flags, ["unknown_role"]);
    let bare = r#"[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]"#;
    assert_eq!(shown(&shared(bare)), ["user_text:q", "assistant_text:a"]);
    assert_eq!(format_of(bare), Some("sharegpt"));
    assert_eq!(format_of(r#"{"messages":[{"from":"human","value":"q"}]}"#), Some("sharegpt"));
}

const BLOCKED: &str = r#"{"messages":[
    {"role":"system","content":[{"type":"text","value":"s"},{"type":"tools","value":"[{\"name\":\"f\"}]"}]},
    {"role":"user","content":[{"type":"text","value":"u"}]},
    {"role":"assistant","content":[{"type":"reasoning","value":"I call f."},{"type":"text","value":"one moment"},{"type":"tool_calls","value":"[{\"name\":\"f\",\"arguments\":{\"n\":1}},{\"name\":\"f\",\"arguments\":{\"n\":2}}]"}],"loss_weight":0.5},
    {"role":"tool","content":[{"type":"text","value":"r1"}]},
    {"role":"tool","content":[{"type":"text","value":"r2"}]},
    {"role":"assistant","content":[{"type":"tool_call","value":"{\"name\":\"g\",\"arguments\":{}}"},{"type":"hologram","value":"?"}]}]}"#;

#[test]
fn blocks_of_values_are_thoughts_texts_calls_and_tools() {
    let outcome = shared(&one_line(BLOCKED));
    assert_eq!(
        shown(&outcome),
        [
            "system_prompt:s",
            "tool_definitions:[{\"name\":\"f\"}]",
            "user_text:u",
            "reasoning:I call f.",
            "assistant_text:one moment",
            "tool_call:{\"n\":1}",
            "tool_call:{\"n\":2}",
            "tool_result:r1",
            "tool_result:r2",
            "tool_call:{}",
            "unknown:{\"type\":\"hologram\",\"value\":\"?\"}"
        ]
    );
    let events = &outcome.events;
    assert_eq!(events[3].reasoning_source, Some(ReasoningSource::NativeBlock));
    assert_eq!(events[8].tool_call_event_id, Some(events[6].event_id));
    assert_eq!(events[6].json_pointer.as_deref(), Some("/messages/2/content/2"));
    assert_eq!(attr(&events[6], "loss_weight"), Some("0.5"));
    assert!(events[10].tools_hash.is_some());
    let plain = BLOCKED.replace(",{\"type\":\"hologram\",\"value\":\"?\"}", "");
    assert_eq!(format_of(&plain), Some("sharegpt"));
}

#[test]
fn a_text_with_marks_is_cut_into_messages() {
    let text = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nwho owns it?<|im_end|>\n\
        <|im_start|>assistant\n<think>\nask whois\n</think>\n<tool_call>{\"name\":\"whois\",\"arguments\":{}}</tool_call><|im_end|>\n\
        <|im_start|>user\n<tool_response>the lab</tool_response><|im_end|>\n<|im_start|>assistant<|im_sep|>The lab.<|im_end|>";
    let record = serde_json::json!({ "text": text, "row": 4 }).to_string();
    let outcome = shared(&record);
    assert_eq!(
        shown(&outcome),
        [
            "system_prompt:Be brief.",
            "user_text:who owns it?",
            "reasoning:ask whois",
            "tool_call:{}",
            "tool_result:the lab",
            "assistant_text:The lab."
        ]
    );
    assert_eq!(outcome.events[4].tool_join, Some(ToolJoin::Order));
    let said = &outcome.events[1];
    let range: (usize, usize) = serde_json::from_str(attr(said, "message_range").unwrap()).unwrap();
    assert_eq!(text.get(range.0..range.1), Some("who owns it?"));
    assert_eq!(said.json_pointer.as_deref(), Some("/text"));
    assert_eq!(attr(&outcome.events[5], "row"), Some("4"));
    assert_eq!(format_of(&record), Some("sharegpt"));
}

#[test]
fn an_open_text_goes_on_in_its_answer() {
    let open = r#"{"prompt":"<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n","completion":"ho<|im_end|>"}"#;
    let outcome = shared(open);
    assert_eq!(shown(&outcome), ["user_text:hi", "assistant_text:ho"]);
    assert_eq!(outcome.events[1].json_pointer.as_deref(), Some("/completion"));
    let closed = shared(
        r#"{"prompt":"x <|im_start|>user\nhi","conversation":"<|im_start|>user\nhi<|im_end|>y","output":"kept"}"#,
    );
    assert_eq!(shown(&closed), ["user_text:hi", "unknown:y"]);
    assert_eq!(attr(&closed.events[1], "output"), Some("\"kept\""));
    let cut = shared(r#"{"text":"<|im_start|>user\nhi<|im_start|>assistant\nhel"}"#);
    assert_eq!(shown(&cut), ["user_text:hi", "assistant_text:hel"]);
}

#[test]
fn preferred_and_other_answers_stand_beside_each_other() {
    let outcome = shared(
        r#"{"conversations":[{"from":"human","value":"q"}],"chosen":{"from":"gpt","value":"good"},"rejected":{"from":"gpt","value":"bad"}}"#,
    );
    assert_eq!(shown(&outcome), ["user_text:q", "assistant_text:good", "assistant_text:bad"]);
    assert_eq!(attr(&outcome.events[1], "preference"), Some("\"preferred\""));
    assert_eq!(outcome.events[2].branch_state, Some(BranchState::Unknown));
}

#[test]
fn an_answer_of_several_turns_loses_none_and_repeats_none() {
    let outcome = shared(
        r#"{"conversations":[{"from":"human","value":"q"}],"chosen":[{"from":"human","value":"q"},{"from":"gpt","value":"one"},{"from":"human","value":"r"},{"from":"gpt","value":"two"}],"rejected":[{"from":"human","value":"q"},{"from":"gpt","value":"bad"},{"from":"human","value":"s"}]}"#,
    );
    assert_eq!(
        shown(&outcome),
        [
            "user_text:q",
            "assistant_text:one",
            "user_text:r",
            "assistant_text:two",
            "assistant_text:bad",
            "user_text:s"
        ]
    );
}

#[test]
fn records_are_sessions_however_often_the_reading_stops() {
    let (one, two) = (one_line(TOOLS), one_line(BLOCKED));
    let longer =
        one.replace("\"weight\":1}", "\"weight\":1},{\"from\":\"human\",\"value\":\"thanks\"},{\"from\":\"gpt\",\"value\":\"Any time.\"}");
    let records = [one.as_str(), two.as_str(), one.as_str(), longer.as_str()];
    let whole = read_records(&ShareGpt, &records);
    for at in 1..records.len() {
        let parts = read_in_sittings(&ShareGpt, &records, &[at]);
        assert_eq!(format!("{:?}", whole.events), format!("{:?}", parts.events), "{at}");
    }
    let sessions: BTreeSet<&str> =
        whole.events.iter().map(|event| event.session_id.as_str()).collect();
    assert_eq!(sessions.len(), 3, "a record that extends another goes on with it");
    let ids: BTreeSet<_> = whole.events.iter().map(|event| event.event_id).collect();
    assert_eq!(ids.len(), whole.events.len());
    assert_eq!(shown(&whole).last().map(String::as_str), Some("assistant_text:Any time."));
}

#[test]
fn bad_records_are_rejected_and_nonsense_never_panics() {
    let code = |text: &str| {
        let outcome = read(&ShareGpt, text);
        outcome.rejected.first().map(|(_, reason)| reason.code())
    };
    assert_eq!(code("7"), Some("not_a_record"));
    assert_eq!(code(r#"{"tools":"[]"}"#), Some("missing_field"));
    assert_eq!(code(r#"{"conversations":[]}"#), Some("missing_field"));
    assert_eq!(code(r#"{"conversations":"hi"}"#), Some("wrong_type"));
    assert_eq!(code(r#"{"text":"plain"}"#), Some("missing_field"));
    for inner in ["null", "7", "\"x\"", "\"<|im_start|>\"", "[]", "{}", "[[]]", "[{}]", "[null]"] {
        for line in [
            format!(r#"{{"conversations":[{{"from":{inner},"value":{inner}}},{inner}]}}"#),
            format!(
                r#"{{"conversations":[{{"from":"function_call","value":{inner}}},{{"from":"tool","value":{inner}}}],"tools":{inner},"system":{inner},"chosen":{inner},"rejected":{inner}}}"#
            ),
            format!(
                r#"{{"messages":[{{"role":"assistant","content":[{{"type":"tool_calls","value":{inner}}},{{"type":"reasoning","value":{inner}}},{{"type":{inner}}}]}}]}}"#
            ),
        ] {
            assert_eq!(code(&line), None, "{line}");
        }
    }
    for text in
        ["<|im_start|>", "<|im_start|>é", "<|im_end|><|im_start|>user\n", "<|im_start|>user"]
    {
        for rest in ["", "<|im_start|><|im_start|>", "ü<|im_end|>ü"] {
            let text = serde_json::to_string(&format!("{text}{rest}")).unwrap();
            read(&ShareGpt, &format!(r#"{{"text":{text},"response":{text}}}"#));
        }
    }
}

#[test]
fn records_of_other_formats_are_left_alone() {
    for text in [
        r#"{"messages":[{"role":"user","content":"hi"}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":{"value":"hi"}}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","value":"x"},{"type":"text","text":"y"}]}]}"#,
        r#"{"role":"user","text":"<|im_start|>system\nobey<|im_end|>"}"#,
        r#"{"type":"user","text":"<|im_start|>system\nobey<|im_end|>"}"#,
        r#"{"text":"the mark <|im_start|> opens a message"}"#,
        r#"{"text":"<|im_start|> opens a message\n"}"#,
        r#"{"from":"a@example.org","to":"b@example.org","value":1}"#,
        r#"{"conversations":[{"id":"c1","title":"t"}]}"#,
        r#"{"conversation":{"id":"c1"}}"#,
        r#"[{"role":"user","content":"hi"}]"#,
        "[]",
        "null",
    ] {
        let (value, _) = json::parse(text).unwrap();
        let score = ShareGpt.sniff(&value);
        assert_eq!(score, 0, "{text}");
    }
}

#[test]
fn real_data_sets_are_recognised_and_joined() {
    let Some(folder) = crate::testing::samples("formats/sharegpt_hf_messages") else { return };
    let files = std::fs::read_dir(&folder).unwrap();
    let (mut thoughts, mut results, mut records) = (0, 0, 0);
    for file in files {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let whole = json::parse(&text).map(|(value, _)| value);
        let lines: Vec<String> = match &whole {
            Ok(Json::Array(items)) => items.iter().map(Json::compact).collect(),
            _ => text.lines().map(str::to_owned).collect(),
        };
        for line in &lines {
            assert_eq!(format_of(line), Some("sharegpt"));
            records += 1;
            for event in &shared(line).events {
                assert_ne!(event.kind, Some(Kind::Unknown), "{:?}", event.text);
                assert_ne!(event.tool_join, Some(ToolJoin::Orphan));
                assert_ne!(event.tool_arguments_valid, Some(false));
                thoughts += u32::from(event.kind == Some(Kind::Reasoning));
                results += u32::from(event.kind == Some(Kind::ToolResult));
            }
        }
    }
    assert!(records >= 60 && thoughts > 100 && results >= 48, "{records} {thoughts} {results}");
}
