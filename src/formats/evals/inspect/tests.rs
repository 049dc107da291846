//! Tests of the Inspect reader.

use super::*;
use crate::formats::json;
use crate::formats::sink::SinkState;
use crate::formats::testing::read_records;
use crate::record::{BranchState, Id16, Id32, Place, ReasoningState, Time, ToolJoin};

/// Reads members of an archive: path, whether replaced, text.
fn archive(members: &[(&str, bool, &str)]) -> Vec<Event> {
    let mut reader = Inspect.reader();
    let mut sink = Sink::new("", Id16::default(), SinkState::default());
    for (index, (path, superseded, text)) in members.iter().enumerate() {
        let (value, _) = json::parse(text).unwrap();
        let place = Place { container_path: Some((*path).to_owned()), ..Place::default() };
        let record = Record {
            json: &value,
            place: &place,
            raw_sha256: Id32::default(),
            rolling: Id16::of("test", &[&[index as u8]]),
            index: index as u64,
            source_stream: Id16::default(),
            flags: &[],
            superseded: *superseded,
            collector: None,
        };
        sink.begin(ID, &record);
        reader.read(&record, &mut sink).unwrap();
    }
    sink.take().0
}

const START: &str = r#"{"version":2,"eval":{"eval_id":"ev","task":"t","model":"m/x","packages":{"inspect_ai":"1"}}}"#;

fn log(sample: &str) -> Vec<Event> {
    let head = START.trim_end_matches('}');
    let text = format!(r#"{head}}}}},"samples":[{sample}]}}"#);
    let outcome = read_records(&Inspect, &[&text]);
    assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    outcome.events
}

const SAMPLE: &str = r#"{"id":"a","epoch":1,"uuid":"u1","input":"who?","target":"root",
"attachments":{"h1":"long output"},
"messages":[{"id":"m1","role":"user","content":"who?","source":"input"},
 {"id":"m2","role":"assistant","model":"m/x","content":[
  {"type":"reasoning","reasoning":"run id","signature":"s","redacted":false},
  {"type":"reasoning","reasoning":"Q0lQSEVS","summary":"check","redacted":true},
  {"type":"reasoning","reasoning":"Q0lQSEVS","redacted":true},
  {"type":"text","text":"Running."}],
  "tool_calls":[{"id":"c1","function":"bash","arguments":{"cmd":"id"},"type":"function"}]},
 {"id":"m3","role":"tool","content":"attachment://h1","tool_call_id":"c1","function":"bash"},
 {"id":"m4","role":"assistant","content":"root"}],
"events":[
 {"event":"sample_init","timestamp":"2026-01-01T00:00:00Z","state":{"messages":[{"id":"m1"}]}},
 {"event":"model","uuid":"e1","timestamp":"2026-01-01T00:00:01Z","completed":"2026-01-01T00:00:02Z","model":"m/x",
  "input":[],"input_refs":[[0,1]],"tools":[{"name":"bash"}],
  "output":{"model":"m/x-1","choices":[{"message":{"id":"m2"},"stop_reason":"tool_calls"}],
   "usage":{"input_tokens":10,"output_tokens":5,"total_tokens":18,"input_tokens_cache_read":3}}},
 {"event":"tool","uuid":"e2","timestamp":"2026-01-01T00:00:03Z","completed":"2026-01-01T00:00:04Z","id":"c1","message_id":"m3"},
 {"event":"model","uuid":"e3","timestamp":"2026-01-01T00:00:05Z","model":"m/x","input":[],
  "output":{"choices":[{"message":{"id":"m4"},"stop_reason":"stop"}],"usage":{"input_tokens":20,"output_tokens":1,"total_tokens":21}}},
 {"event":"span_begin","id":"sp","type":"scorer","name":"grader"},
 {"event":"model","uuid":"e4","span_id":"sp","timestamp":"2026-01-01T00:00:06Z","model":"g",
  "input":[{"id":"g1","role":"user","content":"Was it right?"}],
  "output":{"choices":[{"message":{"id":"g2","role":"assistant","content":"yes"}}],"usage":{"input_tokens":7,"output_tokens":1,"total_tokens":8}}}],
"events_data":{"messages":[{"id":"m1","role":"user","content":"who?"}]},
"scores":{"grader":{"value":"C","answer":"root"}}}"#;

fn of(events: &[Event], kind: Kind) -> Vec<&Event> {
    events.iter().filter(|event| event.kind == Some(kind)).collect()
}

#[test]
fn messages_get_time_and_usage_from_events() {
    let events = log(SAMPLE);
    assert!(events.iter().all(|event| event.session_id == "u1"));
    let call = of(&events, Kind::ToolCall)[0];
    assert_eq!(call.usage.input, Some(13), "the cache is counted in");
    assert_eq!(call.ts.micros, Time::parse("2026-01-01T00:00:02Z").micros);
    assert_eq!(call.finish_reason.as_deref(), Some("tool_calls"));
    let result = of(&events, Kind::ToolResult)[0];
    assert_eq!(result.tool_join, Some(ToolJoin::Id));
    assert_eq!(result.tool_call_result.as_deref(), Some("long output"));
    assert_eq!(result.ts.micros, Time::parse("2026-01-01T00:00:04Z").micros);
    assert_eq!(events.iter().filter_map(|event| event.usage.input).sum::<i64>(), 40);
    assert_eq!(
        of(&events, Kind::UserText)[0].ts.micros,
        Time::parse("2026-01-01T00:00:00Z").micros
    );
}

#[test]
fn redacted_reasoning_is_ciphertext_and_only_its_summary_is_read() {
    let events = log(SAMPLE);
    let thoughts = of(&events, Kind::Reasoning);
    let read: Vec<_> =
        thoughts.iter().map(|event| (event.reasoning.as_deref(), event.reasoning_state)).collect();
    let expected = [
        (Some("run id"), Some(ReasoningState::Plain)),
        (Some("check"), Some(ReasoningState::Summary)),
        (None, Some(ReasoningState::Encrypted)),
    ];
    assert_eq!(read, expected);
    let texts = events.iter().flat_map(|event| [&event.text, &event.reasoning]).flatten();
    assert!(texts.into_iter().all(|text| !text.contains("Q0lQSEVS")));
}

#[test]
fn what_a_grader_said_is_a_side_chain() {
    let events = log(SAMPLE);
    let side: Vec<&Event> =
        events.iter().filter(|event| event.is_sidechain == Some(true)).collect();
    assert_eq!(side.len(), 2);
    assert!(side.iter().all(|event| event.agent_name.as_deref() == Some("grader")));
    assert!(side[0].is_synthetic, "nobody typed the prompt of a grader");
    assert_eq!(side[1].text.as_deref(), Some("yes"));
}

#[test]
fn scores_are_labels_and_tools_are_told_once() {
    let events = log(SAMPLE);
    let label = of(&events, Kind::Label)[0].label.as_ref().unwrap();
    assert_eq!((label.name.as_str(), label.score), ("grader", Some(1.0)));
    assert_eq!(of(&events, Kind::ToolDefinitions).len(), 1);
    assert!(events[0].attrs.contains(&("sample_id".to_owned(), "\"a\"".to_owned())));
}

#[test]
fn an_archive_gives_the_events_of_the_single_file() {
    let ids = |events: &[Event]| events.iter().map(|event| event.event_id).collect::<Vec<_>>();
    let members =
        [("_journal/start.json", false, START), ("samples/a_epoch_1.json", false, SAMPLE)];
    assert_eq!(ids(&archive(&members)), ids(&log(SAMPLE)));
}

#[test]
fn chunks_of_a_sample_are_one_session_with_resolved_attachments() {
    let events = archive(&[
        ("_journal/start.json", false, START),
        ("samples/1_epoch_1/sample.json", false, r#"{"id":1,"epoch":1,"input":"q","uuid":"u2"}"#),
        ("samples/1_epoch_1/attachments/0.json", false, r#"["zero","long q"]"#),
        (
            "samples/1_epoch_1/messages/0.json",
            false,
            r#"[{"id":"m1","role":"user","content":"attachment://1"}]"#,
        ),
        (
            "samples/1_epoch_1/messages/1.json",
            false,
            r#"[{"id":"m2","role":"assistant","content":"a"}]"#,
        ),
        (
            "samples/1_epoch_1/events/0.json",
            false,
            r#"[{"event":"model","uuid":"e1","timestamp":"2026-01-01T00:00:01Z",
          "output":{"choices":[{"message":{"id":"m2"}}],"usage":{"input_tokens":4,"output_tokens":1,"total_tokens":5}}}]"#,
        ),
        ("summaries.json", false, r#"[{"id":1,"epoch":1,"input":"q","message_count":2}]"#),
    ]);
    let kinds: Vec<Kind> = events.iter().filter_map(|event| event.kind).collect();
    assert_eq!(kinds, [Kind::UserText, Kind::AssistantText, Kind::Usage]);
    assert_eq!(events[0].text.as_deref(), Some("long q"));
    assert_eq!(events[2].usage.input, Some(4));
    assert!(events.iter().all(|event| event.session_id == "u2"));
}

#[test]
fn events_that_were_cut_out_of_their_list_keep_names_of_their_own() {
    let event = r#"{"event":"info","timestamp":"2026-01-01T00:00:01Z","data":"x"}"#;
    let path = "samples/1_epoch_1/events/0.json";
    let events = archive(&[(path, false, event), (path, false, event)]);
    assert_ne!(events[0].event_id, events[1].event_id);
    assert_eq!(events[1].json_pointer.as_deref(), Some(""));
}

#[test]
fn a_replaced_member_is_superseded_and_leaves_the_new_one_undisturbed() {
    let first = SAMPLE.replace("Running.", "Thinking.");
    let path = "samples/a_epoch_1.json";
    let events = archive(&[(path, true, &first), (path, false, SAMPLE)]);
    let (old, new) = events.split_at(events.len() / 2);
    assert!(old.iter().all(|event| event.branch_state == Some(BranchState::Superseded)));
    assert!(new.iter().all(|event| event.branch_state == Some(BranchState::Active)));
    let indexes = |events: &[Event]| events.iter().map(|e| e.turn_index).collect::<Vec<_>>();
    assert_eq!(indexes(old), indexes(new));
    assert!(new.iter().all(|event| event.flags.is_empty()));
    // Else the lake would keep whichever came first.
    assert_ne!(of(old, Kind::AssistantText)[0].event_id, of(new, Kind::AssistantText)[0].event_id);
}

#[test]
fn references_to_nothing_are_flagged() {
    let sample = r#"{"id":1,"epoch":1,"input":"q","target":"","messages":[{"role":"user","content":"attachment://gone"}]}"#;
    let events = log(sample);
    assert_eq!(events[0].session_id, "ev/1/1");
    assert_eq!(events[0].flags, ["unresolved_attachment"]);
}

#[test]
fn a_sample_that_never_began_still_has_its_input_and_error() {
    let sample = r#"{"id":1,"epoch":1,"input":"q","target":"","messages":[],"error":{"message":"boom","traceback":"at x"}}"#;
    let events = log(sample);
    let kinds: Vec<Kind> = events.iter().filter_map(|event| event.kind).collect();
    assert_eq!(kinds, [Kind::UserText, Kind::Error]);
    assert_eq!(events[1].error_message.as_deref(), Some("boom"));
}

#[test]
fn hostile_references_do_not_panic_or_explode() {
    let sample = r#"{"id":1,"epoch":1,"input":"q","target":"","messages":[],"events":[
        {"event":"model","input_refs":[[0,18446744073709551615],[5,1],["x"],7],"output":{"choices":[{}]}},
        {"event":"model","input_refs":[[0,9]],"output":null},{"event":"step","action":"end"},{"event":7},42],
        "events_data":{"messages":[{"id":"p","role":"user","content":"x"},null]}}"#;
    let events = log(sample);
    assert_eq!(of(&events, Kind::UserText).len(), 1);
}

#[test]
fn messages_without_ids_are_matched_by_what_they_say() {
    let sample = r#"{"id":1,"epoch":1,"input":"q","target":"","messages":[
        {"role":"user","content":"q"},{"role":"assistant","content":"No"},{"role":"user","content":"sure?"},{"role":"assistant","content":"No"}],
        "events":[{"event":"model","timestamp":"2026-01-01T00:00:01Z","input":[{"role":"user","content":"q"}],"output":{"choices":[{"message":{"role":"assistant","content":"No"}}],"usage":{"input_tokens":1}}},
        {"event":"model","timestamp":"2026-01-01T00:00:02Z","input":[],"output":{"choices":[{"message":{"role":"assistant","content":"No"}}],"usage":{"input_tokens":2}}}]}"#;
    let events = log(sample);
    assert_eq!(events.len(), 4);
    let usage: Vec<_> = events.iter().map(|event| event.usage.input).collect();
    assert_eq!(usage, [None, Some(1), None, Some(2)]);
}
