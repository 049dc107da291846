//! Tests on transcripts written for the purpose.

use super::*;
use crate::formats::testing::{Outcome, read, read_in_sittings, read_records, show, shown};
use crate::formats::{json, registry};
use crate::record::{ReasoningSource, ReasoningState, ToolJoin};
use std::collections::BTreeSet;

const METADATA: &str = r#"{"transcript_id":"t-7","version":"v3.0","auditor_model":"aud","target_model":"tgt",
    "created_at":"2026-10-01T10:00:00Z","updated_at":"2026-10-01T11:00:00Z","description":"a quiet scene",
    "target_system_prompt":"You run the depot.","target_tools":[{"name":"gate","description":"opens it"}],
    "judge_output":{"scores":{"presence":7,"realism":null},"summary":"it leaked","highlights":[{"index":1}]}}"#;

/// An event that adds a message to views; `message` is without braces and role-first.
fn add(n: usize, views: &str, message: &str) -> String {
    format!(
        r#"{{"type":"transcript_event","id":"e{n}","timestamp":"2026-10-01T10:00:{n:02}Z","view":{views},"edit":{{"operation":"add","message":{{"id":"m{n}",{message}}}}}}}"#
    )
}

fn edit(n: usize, views: &str, edit: &str) -> String {
    format!(r#"{{"type":"transcript_event","id":"e{n}","view":{views},"edit":{edit}}}"#)
}

fn transcript(metadata: &str, events: &[String]) -> String {
    format!(r#"{{"metadata":{metadata},"events":[{}]}}"#, events.join(",")).replace('\n', "")
}

fn bloom(text: &str) -> Outcome {
    let outcome = read(&Bloom, text);
    assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    outcome
}

fn attr<'e>(event: &'e Event, name: &str) -> Option<&'e str> {
    event.attrs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// What is left of the target's conversation, and what is not.
fn states(outcome: &Outcome) -> Vec<(&str, bool)> {
    let said = outcome.events.iter().filter(|event| event.message_id.is_some());
    said.map(|event| {
        let gone = event.branch_state == Some(BranchState::Abandoned);
        (event.message_id.as_deref().unwrap_or_default(), !gone)
    })
    .collect()
}

const BOTH: &str = r#"["target","combined"]"#;
const SIDE: &str = r#"["evaluator"]"#;

fn scene() -> Vec<String> {
    vec![
        add(1, SIDE, r#""role":"system","content":"Play a foreman.""#),
        add(
            2,
            r#"["evaluator","combined"]"#,
            r#""role":"assistant","model":"aud-1","content":"<think>start mild</think>I begin.""#,
        ),
        add(3, BOTH, r#""role":"system","content":"You run the depot.""#),
        add(4, r#"["target"]"#, r#""role":"user","content":"open gate 4","source":"input""#),
        add(
            5,
            BOTH,
            r#""role":"assistant","model":"tgt-1","content":[{"type":"reasoning","reasoning":"It is safe."},{"type":"text","text":"Opening."}],"tool_calls":[{"id":"c1","function":"gate","arguments":{"n":4}}]"#,
        ),
        add(6, SIDE, r#""role":"user","content":"the target opened it""#),
        add(7, "\"target\"", r#""role":"tool","tool_call_id":"c1","content":"open""#),
        add(8, BOTH, r#""role":"assistant","content":"<think>done</think>It is open.""#),
    ]
}

#[test]
fn the_target_is_the_conversation_and_the_evaluator_a_side_chain() {
    let outcome = bloom(&transcript(METADATA, &scene()));
    assert_eq!(
        shown(&outcome),
        [
            "tool_definitions:[{\"name\":\"gate\",\"description\":\"opens it\"}]",
            "system_prompt:Play a foreman.",
            "reasoning:start mild",
            "assistant_text:I begin.",
            "system_prompt:You run the depot.",
            "user_text:open gate 4",
            "reasoning:It is safe.",
            "assistant_text:Opening.",
            "tool_call:{\"n\":4}",
            "user_text:the target opened it",
            "tool_result:open",
            "reasoning:done",
            "assistant_text:It is open.",
            "label:"
        ]
    );
    let events = &outcome.events;
    assert!(events.iter().all(|event| event.session_id == "t-7"));
    let side: Vec<bool> = events.iter().map(|event| event.is_sidechain == Some(true)).collect();
    let expected: Vec<bool> = (0..14).map(|n| [1, 2, 3, 9].contains(&n)).collect();
    assert_eq!(side, expected);
    assert_eq!(events[2].agent_name.as_deref(), Some("evaluator"));
    assert_eq!(
        (events[2].request_model.as_deref(), events[6].request_model.as_deref()),
        (Some("aud"), Some("tgt"))
    );
    assert_eq!(events[6].response_model.as_deref(), Some("tgt-1"));
    assert_eq!(events[6].reasoning_source, Some(ReasoningSource::NativeBlock));
    assert_eq!(events[11].reasoning_source, Some(ReasoningSource::InlineTag));
    assert_eq!(events[6].reasoning_state, Some(ReasoningState::Plain));
    assert_eq!(attr(&events[6], "view"), Some(r#"["target","combined"]"#));
    assert_eq!(attr(&events[5], "source"), Some("\"input\""));
    assert_eq!((events[10].tool_join, events[10].tool_call_event_id), {
        (Some(ToolJoin::Id), Some(events[8].event_id))
    });
    assert_eq!(events[12].turn_index, Some(1), "what the evaluator hears is no turn");
    assert!(events[9].is_synthetic && !events[5].is_synthetic);
    assert_eq!(events[5].json_pointer.as_deref(), Some("/events/3/edit/message/content"));
    assert_eq!(events[5].source_version.as_deref(), Some("v3.0"));
    assert!(states(&outcome).iter().all(|(_, left)| *left));
}

#[test]
fn judgements_are_labels_and_attributes_and_never_text() {
    let outcome = bloom(&transcript(METADATA, &scene()));
    let last = outcome.events.last().unwrap();
    let label = last.label.as_deref().unwrap();
    assert_eq!((label.name.as_str(), label.score), ("presence", Some(7.0)));
    assert_eq!(attr(last, "judge_output.summary"), Some("\"it leaked\""));
    assert_eq!(attr(last, "description"), Some("\"a quiet scene\""));
    assert_eq!(attr(last, "judge_output.highlights"), Some("[{\"index\":1}]"));
    for event in &outcome.events {
        assert!(!show(event).contains("leaked") && !show(event).contains("quiet"));
    }
    let bare = bloom(&transcript("{}", &scene()[3..4]));
    assert_eq!(shown(&bare), ["user_text:open gate 4", "lifecycle:"]);
}

#[test]
fn a_prompt_that_no_event_tells_comes_from_the_metadata() {
    let outcome = bloom(&transcript(METADATA, &scene()[3..4]));
    assert_eq!(shown(&outcome)[0], "system_prompt:You run the depot.");
    assert_eq!(outcome.events[0].json_pointer.as_deref(), Some("/metadata/target_system_prompt"));
    assert_eq!(outcome.events[0].is_sidechain, None);
}

#[test]
fn what_a_rollback_takes_back_is_abandoned() {
    let mut events = scene();
    events.push(edit(9, BOTH, r#"{"operation":"rollback","count":2}"#));
    events.push(add(10, BOTH, r#""role":"assistant","content":"No.""#));
    let outcome = bloom(&transcript("{}", &events));
    let gone = |outcome: &Outcome| -> Vec<String> {
        let states = states(outcome).into_iter().filter(|(_, left)| !left);
        states.map(|(id, _)| id.to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    assert_eq!(gone(&outcome), ["m7", "m8"], "two of the target's, though the evaluator spoke");
    let row = outcome.events.iter().find(|event| attr(event, "operation").is_some()).unwrap();
    assert_eq!((row.kind, attr(row, "count")), (Some(Kind::Lifecycle), Some("2")));
    for (rollback, expected) in [
        (r#"{"operation":"rollback","to_id":"m4"}"#, &["m5", "m7", "m8"][..]),
        (r#"{"operation":"rollback","to_id":"nobody"}"#, &[]),
        (r#"{"operation":"rollback","count":99}"#, &["m3", "m4", "m5", "m7", "m8"]),
        (r#"{"operation":"rollback","count":-1}"#, &[]),
        (r#"{"operation":"rollback"}"#, &[]),
    ] {
        events[8] = edit(9, BOTH, rollback);
        assert_eq!(gone(&bloom(&transcript("{}", &events))), expected, "{rollback}");
    }
    events[8] = edit(9, SIDE, r#"{"operation":"rollback","count":1}"#);
    assert_eq!(gone(&bloom(&transcript("{}", &events))), ["m6"]);
    events[8] = edit(9, "\"combined\"", r#"{"operation":"rollback","count":9}"#);
    assert_eq!(gone(&bloom(&transcript("{}", &events))), [""; 0], "a view that is only shown");
}

#[test]
fn a_reset_keeps_what_it_names_and_tells_what_is_new() {
    let mut events = scene();
    let same = r#"{"id":"m4","role":"user","content":"open gate 4","source":"input"}"#;
    let forged = r#"{"id":"m8","role":"assistant","content":"I refuse."}"#;
    let reset = format!(r#"{{"operation":"reset","new_messages":[{same},{forged},null]}}"#);
    events.push(edit(9, r#"["target"]"#, &reset));
    let outcome = bloom(&transcript("{}", &events));
    let states = states(&outcome);
    let of = |id| states.iter().filter(move |(other, _)| *other == id).map(|(_, left)| *left);
    assert_eq!(of("m4").collect::<Vec<_>>(), [true], "once, and still there");
    assert_eq!(of("m3").collect::<Vec<_>>(), [false]);
    assert_eq!(of("m8").collect::<Vec<_>>(), [false, false, true], "the first had two parts");
    assert_eq!(of("m6").collect::<Vec<_>>(), [true], "the evaluator's stays");
    let rows = shown(&outcome);
    assert!(rows.contains(&"assistant_text:I refuse.".to_owned()), "{rows:?}");
    let ids: BTreeSet<_> = outcome.events.iter().map(|event| event.event_id).collect();
    assert_eq!(ids.len(), outcome.events.len());
}

#[test]
fn other_edits_and_events_are_kept() {
    let events = [
        edit(1, BOTH, r#"{"operation":"fold","message":{"role":"user","content":"x"}}"#),
        r#"{"type":"tool_creation_event","id":"e2","view":["evaluator"],"tool":{"name":"gate"}}"#
            .to_owned(),
        r#"{"type":"info_event","id":"e2","info":"hm"}"#.to_owned(),
        "7".to_owned(),
        edit(5, BOTH, r#"{"operation":"add","message":"bare"}"#),
        edit(6, BOTH, r#"{"operation":"add"}"#),
    ];
    let outcome = bloom(&transcript(METADATA, &events));
    let kinds: Vec<&str> =
        outcome.events.iter().map(|event| event.kind.unwrap().as_str()).collect();
    assert_eq!(
        kinds[2..8],
        ["unknown", "tool_definitions", "unknown", "unknown", "unknown", "unknown"]
    );
    assert!(show(&outcome.events[2]).contains("fold"));
    assert_eq!(shown(&outcome)[3], "tool_definitions:{\"name\":\"gate\"}");
    assert_eq!(shown(&outcome)[6], "unknown:bare");
    assert_eq!(outcome.events[4].flags, ["unknown_type"]);
    let ids: BTreeSet<_> = outcome.events.iter().map(|event| event.event_id).collect();
    assert_eq!(ids.len(), outcome.events.len(), "though two events have one id");
}

#[test]
fn a_transcript_is_one_session_and_grows_by_new_rows_only() {
    let whole = transcript(METADATA, &scene());
    let part = transcript(METADATA, &scene()[..5]);
    let unnamed = transcript("{}", &scene());
    let records = [part.as_str(), whole.as_str(), unnamed.as_str(), unnamed.as_str()];
    let once = read_records(&Bloom, &records);
    for at in 1..records.len() {
        let parts = read_in_sittings(&Bloom, &records, &[at]);
        assert_eq!(format!("{:?}", once.events), format!("{:?}", parts.events), "{at}");
    }
    let sessions: BTreeSet<&str> = once.events.iter().map(|e| e.session_id.as_str()).collect();
    assert_eq!(sessions.len(), 3);
    let ids = |text: &str| -> BTreeSet<_> {
        bloom(text).events.iter().map(|event| (event.event_id, event.content_hash)).collect()
    };
    assert!(ids(&part).is_subset(&ids(&whole)));
}

#[test]
fn bad_records_are_rejected_and_nonsense_never_panics() {
    let code = |text: &str| {
        let outcome = read(&Bloom, text);
        outcome.rejected.first().map(|(_, reason)| reason.code())
    };
    assert_eq!(code("7"), Some("missing_field"));
    assert_eq!(code(r#"{"metadata":{}}"#), Some("missing_field"));
    assert_eq!(code(r#"{"metadata":{},"events":{}}"#), Some("wrong_type"));
    for inner in ["null", "7", "\"x\"", "[]", "{}", "[[]]", "[{}]", "{\"id\":{}}", "-1e999"] {
        let line = format!(
            r#"{{"metadata":{{"transcript_id":{inner},"version":{inner},"target_tools":{inner},"target_system_prompt":{inner},"judge_output":{{"scores":{{"a":{inner}}},"summary":{inner}}}}},"events":[{inner},
            {{"id":{inner},"view":{inner},"timestamp":{inner},"edit":{{"operation":"add","message":{inner}}}}},
            {{"id":"a","view":[{inner},"target"],"edit":{{"operation":"add","message":{{"id":{inner},"role":{inner},"content":{inner},"tool_calls":[{inner}],"model":{inner}}}}}}},
            {{"view":"target","edit":{{"operation":"add","message":{{"role":"assistant","content":[{inner},{{"type":"reasoning","reasoning":{inner}}}]}}}}}},
            {{"view":"target","edit":{{"operation":"rollback","count":{inner},"to_id":{inner}}}}},
            {{"view":"target","edit":{{"operation":"reset","new_messages":{inner}}}}},
            {{"view":"target","edit":{{"operation":{inner}}}}},{{"view":"target","edit":{inner}}}]}}"#
        );
        assert_eq!(code(&line.replace('\n', "")), None, "{inner}");
        let line = format!(r#"{{"metadata":{inner},"events":[]}}"#);
        assert_eq!(code(&line), None, "{inner}");
    }
}

#[test]
fn transcripts_are_recognised_and_other_records_left_alone() {
    let detect = |text: &str| {
        let (value, _) = json::parse(text).unwrap();
        registry::detect(&value, None).map(|(format, _)| format.id())
    };
    assert_eq!(detect(&transcript(METADATA, &scene())), Some(ID));
    assert_eq!(detect(&transcript(METADATA, &[])), Some(ID));
    assert_eq!(detect(&transcript("null", &scene())), Some(ID));
    for text in [
        r#"{"events":[]}"#,
        r#"{"metadata":{},"events":[]}"#,
        r#"{"events":[{"id":"1","timestamp":"t","source":"agent","kind":"MessageEvent"}]}"#,
        r#"{"events":[{"event":"model","view":null}],"metadata":{"target_model":"m"}}"#,
        r#"{"metadata":{"transcript_id":"t"},"messages":[{"role":"user","content":"x"}]}"#,
        r#"{"events":[{"edit":{"path":"a.rs"}}]}"#,
        r#"{"events":{"view":1,"edit":{}}}"#,
        "[]",
        "null",
    ] {
        let (value, _) = json::parse(text).unwrap();
        assert_eq!(Bloom.sniff(&value), 0, "{text}");
    }
}
