//! What is remembered between runs: enough, and not more.

use super::super::session::{MAX_OPEN, MAX_SESSIONS};
use super::*;
use crate::record::ToolJoin;
use proptest::prelude::*;

fn size(sink_input: impl Iterator<Item = String>) -> (usize, Vec<Event>) {
    let mut sink = Sink::new("", Id16::default(), SinkState::default());
    let mut reader = Fake.reader();
    let mut events = Vec::new();
    for (index, text) in sink_input.enumerate() {
        let (value, _) = json::parse(&text).unwrap();
        let record = Record {
            json: &value,
            place: &Place::default(),
            raw_sha256: Id32::default(),
            rolling: Id16::of("test", &[&index.to_le_bytes()]),
            index: index as u64,
            source_stream: Id16::default(),
            flags: &[],
            superseded: false,
            collector: None,
        };
        sink.begin("fake", &record);
        reader.read(&record, &mut sink).unwrap();
        events.extend(sink.take().0);
    }
    (serde_json::to_string(sink.state()).unwrap().len(), events)
}

#[test]
fn open_calls_are_bounded_and_a_forgotten_one_makes_an_orphan() {
    let calls = (0..5_000).map(|n| format!(r#"{{"kind":"tool_call","id":"c{n}","name":"x"}}"#));
    let results = ["c0", "c4999"].map(|id| format!(r#"{{"kind":"tool_result","id":"{id}"}}"#));
    let (bytes, events) = size(calls.chain(results));
    assert!(bytes < MAX_OPEN * 200, "{bytes}");
    let joins: Vec<_> = events.iter().rev().take(2).map(|event| event.tool_join).collect();
    assert_eq!(joins, [Some(ToolJoin::Id), Some(ToolJoin::Orphan)]);
}

#[test]
fn orphans_and_usage_owners_are_bounded() {
    let orphans = (0..5_000)
        .map(|n| format!(r#"{{"kind":"tool_result","id":"c{n}","group":"g{n}","in":1}}"#));
    let (bytes, _) = size(orphans);
    assert!(bytes < MAX_OPEN * 400, "{bytes}");
}

#[test]
fn sessions_are_bounded_and_the_latest_are_kept() {
    let calls = (0..MAX_SESSIONS * 2)
        .map(|n| format!(r#"{{"session":"s{n}","kind":"tool_call","id":"c","name":"x"}}"#));
    let last = MAX_SESSIONS * 2 - 1;
    let results = [format!(r#"{{"session":"s{last}","kind":"tool_result","id":"c"}}"#)];
    let (bytes, events) = size(calls.chain(results));
    assert!(bytes < MAX_SESSIONS * 600, "{bytes}");
    assert_eq!(events.last().unwrap().tool_join, Some(ToolJoin::Id));
}

fn record() -> impl Strategy<Value = String> {
    let session = prop_oneof![Just(""), Just(r#""session":"a","#), Just(r#""session":"b","#)];
    let kind = prop_oneof![
        Just(r#""kind":"user_text","text":"q""#),
        Just(r#""kind":"reasoning","reasoning":"r""#),
        Just(r#""kind":"tool_call","name":"x""#),
        Just(r#""kind":"tool_call","name":"y""#),
        Just(r#""kind":"tool_result","result":"1""#),
        Just(r#""kind":"tool_result","name":"x","result":"1""#),
        Just(r#""text":"t""#),
    ];
    let id = prop_oneof![Just(""), Just(r#","id":"1""#), Just(r#","id":"2""#)];
    let usage = prop_oneof![Just(""), Just(r#","group":"g","in":3"#), Just(r#","message":"m""#)];
    (session, kind, id, usage)
        .prop_map(|(session, kind, id, usage)| format!("{{{session}{kind}{id}{usage}}}"))
}

proptest! {
    #[test]
    fn a_source_read_in_many_sittings_gives_the_events_of_one(
        records in prop::collection::vec(record(), 0..40),
        breaks in prop::collection::vec(0usize..40, 0..6),
    ) {
        let whole = Run::default().read(&records);
        let parts = Run { breaks, ..Run::default() }.read(&records);
        prop_assert_eq!(format!("{:?}", whole.0), format!("{:?}", parts.0));
        prop_assert_eq!(whole.1, parts.1);
    }

    #[test]
    fn every_event_has_a_name_of_its_own_and_joins_lead_to_calls(
        records in prop::collection::vec(record(), 0..40),
    ) {
        let (events, _) = Run::default().read(&records);
        let names: std::collections::BTreeSet<Id16> =
            events.iter().map(|event| event.event_id).collect();
        prop_assert_eq!(names.len(), events.len());
        for event in events.iter().filter(|event| event.kind == Some(Kind::ToolResult)) {
            let call = event.tool_call_event_id;
            let call = call.and_then(|id| events.iter().find(|event| event.event_id == id));
            prop_assert_eq!(call.is_none(), event.tool_join == Some(ToolJoin::Orphan));
            if let Some(call) = call {
                prop_assert_eq!(call.kind, Some(Kind::ToolCall));
                prop_assert_eq!(call.stream_id, event.stream_id);
                prop_assert_eq!(&call.tool_call_id, &event.tool_call_id);
            }
        }
    }
}
