//! Tests on small trajectories written for the purpose, and on the shared samples.

use super::super::util::samples;
use super::*;
use crate::formats::testing::{self, Outcome};
use crate::formats::{json, registry};
use crate::record::{Kind, ReasoningSource, ReasoningState, Role, ToolJoin, Usage};

mod v0;
mod v1;

fn kinds(outcome: &Outcome) -> Vec<&'static str> {
    outcome.events.iter().map(|event| event.kind.unwrap().as_str()).collect()
}

fn read(lines: &[&str]) -> Outcome {
    let outcome = testing::read_records(&OpenHands, lines);
    assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    outcome
}

fn attr<'e>(event: &'e Event, name: &str) -> Option<&'e str> {
    event.attrs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Reading in any two sittings gives the rows of one.
fn same_in_two_sittings(lines: &[&str]) {
    let whole = testing::read_records(&OpenHands, lines);
    for at in 1..lines.len() {
        let parts = testing::read_in_sittings(&OpenHands, lines, &[at]);
        assert_eq!(format!("{:?}", whole.events), format!("{:?}", parts.events), "{at}");
        assert_eq!(format!("{:?}", whole.updates), format!("{:?}", parts.updates), "{at}");
    }
}

#[test]
fn records_of_other_formats_are_left_alone() {
    for text in [
        r#"{"action":"ls","observation":"a.txt","thought":"look","response":"look","state":{}}"#,
        r#"{"role":"assistant","content":"look","thought":"look","action":"run","agent":"main"}"#,
        r#"{"trajectory":[{"action":"ls","observation":"a.txt"}],"history":[{"role":"system","content":"x"}]}"#,
        r#"{"id":"1","timestamp":"t","source":"stdout","message":"hello"}"#,
        r#"{"id":"1","timestamp":"t","source":"agent","kind":"span"}"#,
        r#"{"kind":"KeyEvent","source":"keyboard","id":"1","timestamp":"t"}"#,
        r#"{"items":[{"id":"x","type":"message"}]}"#,
        r#"{"events":[]}"#,
        r#"{"history":[[]]}"#,
        r#"{"action":"opened","args":{}}"#,
        "[]",
        "[1]",
        "null",
    ] {
        let (value, _) = json::parse(text).unwrap();
        assert_eq!(OpenHands.sniff(&value), 0, "{text}");
    }
}

#[test]
fn what_stands_between_events_goes_on() {
    let goes_on = |text: &str| OpenHands.continues(&json::parse(text).unwrap().0);
    assert_eq!(
        goes_on(r#"{"id":"x","timestamp":"t","source":"agent","kind":"Daydream","text":"hm"}"#),
        90
    );
    assert_eq!(goes_on(r#"{"timestamp":"t","source":"stdout","message":"{}","id":1}"#), 0);
    let outcome =
        read(&[r#"{"id":"x","timestamp":"t","source":"agent","kind":"Daydream","text":"hm"}"#]);
    assert_eq!((kinds(&outcome), outcome.events[0].text.as_deref()), (vec!["unknown"], Some("hm")));
    assert_eq!(outcome.events[0].flags, ["unknown_type"]);
}

#[test]
fn nonsense_never_panics() {
    let pieces = ["null", "7", "\"x\"", "[]", "{}", "[[]]", "[{}]", "{\"id\":{}}"];
    for inner in pieces {
        for line in [
            format!(
                r#"{{"id":{inner},"source":"agent","action":"run","args":{inner},"tool_call_metadata":{inner},"llm_metrics":{inner},"cause":{inner}}}"#
            ),
            format!(
                r#"{{"id":{inner},"source":{inner},"observation":"run","content":{inner},"extras":{inner},"cause":{inner}}}"#
            ),
            format!(r#"{{"action":"message","args":{{"content":{inner},"image_urls":{inner}}}}}"#),
            format!(
                r#"{{"action":"finish","args":{{"final_thought":{inner},"outputs":{inner}}}}}"#
            ),
            format!(r#"{{"action":"system","args":{{"content":{inner},"tools":{inner}}}}}"#),
            format!(r#"{{"history":[{inner},{inner}],"trajectory":{inner},"error":{inner}}}"#),
            format!(
                r#"{{"id":"a","timestamp":"t","source":"agent","kind":"ActionEvent","thought":{inner},"action":{inner},"tool_call":{inner},"thinking_blocks":{inner},"responses_reasoning_item":{inner},"reasoning_content":{inner}}}"#
            ),
            format!(
                r#"{{"id":"b","timestamp":"t","source":"user","kind":"ObservationEvent","observation":{inner},"tool_call_id":{inner},"action_id":{inner}}}"#
            ),
            format!(
                r#"{{"id":"c","timestamp":"t","source":"user","kind":"MessageEvent","llm_message":{inner},"extended_content":{inner}}}"#
            ),
            format!(
                r#"{{"id":"d","timestamp":"t","source":"user","kind":"ConversationStateUpdateEvent","key":"stats","value":{{"usage_to_metrics":{{"m":{inner}}}}}}}"#
            ),
        ] {
            let outcome = testing::read_records(&OpenHands, &[&line]);
            assert!(outcome.rejected.is_empty(), "{line}");
        }
    }
    let outcome = testing::read_records(&OpenHands, &["7"]);
    assert_eq!(outcome.rejected[0].1.code(), "not_a_record");
}

#[test]
fn memory_is_bounded() {
    let mut state = State::default();
    for n in 0..5_000 {
        state.made(&n.to_string(), Some("call"));
        state.spent(&n.to_string(), &json::NULL, Some(1.0));
    }
    state.made(&"x".repeat(10_000), None);
    assert!(serde_json::to_string(&state).unwrap().len() < 40_000);
    let mut reader = EventReader::default();
    reader.restore(&serde_json::json!("nonsense"));
    assert_eq!(reader.save(), EventReader::default().save());
}

/// Every record of a file is recognised; calls and results of a whole one are joined.
fn check(name: &str, text: &str, whole: bool) {
    let (value, _) = match json::parse(text) {
        Ok(found) => found,
        Err(_) => json::parse("[]").unwrap(),
    };
    let elements: Vec<String> = value.items().iter().map(Json::compact).collect();
    let records: Vec<&str> =
        if whole { elements.iter().map(String::as_str).collect() } else { text.lines().collect() };
    for record in &records {
        let (value, _) = json::parse(record).unwrap();
        let found = registry::detect(&value, None).map(|(format, _)| format.id());
        assert_eq!(found, Some(ID), "{name}");
    }
    let outcome = read(&records);
    assert!(!outcome.events.is_empty(), "{name}");
    for event in &outcome.events {
        assert_ne!(event.kind, Some(Kind::Unknown), "{name}: {:?}", event.json_pointer);
        assert_eq!(event.session_id, outcome.events[0].session_id, "{name}");
        if whole && event.kind == Some(Kind::ToolResult) {
            assert_eq!(event.tool_join, Some(ToolJoin::Id), "{name}: {:?}", event.message_id);
        }
    }
}

#[test]
fn real_events_are_recognised_and_joined() {
    for folder in ["formats/openhands_sdk_events", "formats/openhands_v0"] {
        for (name, text) in samples(folder) {
            check(&name, &text, false);
        }
    }
    for model in ["claude-sonnet", "deepseek_r1", "deepseek_v3", "gpt-4o"] {
        let files = samples(&format!("agents/openagentsafety/{model}"));
        for (name, text) in files.iter().step_by(7) {
            check(name, text, true);
        }
    }
}
