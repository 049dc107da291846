//! What an event is called, and what its call says.

use super::*;

const TWO: &str = r#"
    {"session":"s","key":"k1","text":"one"}
    {"text":"two"}"#;

fn ids(events: &[Event]) -> Vec<(Id16, Id16, i64)> {
    events.iter().map(|event| (event.event_id, event.stream_id, event.seq)).collect()
}

#[test]
fn ids_do_not_depend_on_where_the_bytes_lie() {
    let here = Run::default().events(TWO);
    let there = Run { path: "/mnt/b.jsonl", file: 9, offset: 77, ..Run::default() }.events(TWO);
    assert_eq!(ids(&here), ids(&there));
    assert_ne!(here[0].file_id, there[0].file_id);
    assert_eq!(there[1].byte_offset, 1077);
}

#[test]
fn tenants_share_nothing() {
    let one = Run { tenant: "a", ..Run::default() }.events(TWO);
    let other = Run { tenant: "b", ..Run::default() }.events(TWO);
    assert_ne!(one[0].event_id, other[0].event_id);
    assert_ne!(one[0].stream_id, other[0].stream_id);
    assert_ne!(one[1].event_id, other[1].event_id);
    assert_eq!(one[0].tenant.as_deref(), Some("a"));
    assert_eq!(one[0].content_hash, other[0].content_hash);
}

#[test]
fn native_names_hold_anywhere_and_positions_only_after_the_same_records() {
    let alone = events(r#"{"key":"k"}"#);
    let later = events("{\"text\":\"x\"}\n{\"key\":\"k\"}");
    assert_eq!(alone[0].event_id, later[1].event_id);
    let first = events(r#"{"text":"x"}"#);
    let second = events("{\"text\":\"x\"}\n{\"text\":\"x\"}");
    assert_eq!(first[0].event_id, second[0].event_id);
    assert_ne!(second[0].event_id, second[1].event_id);
}

#[test]
fn parts_are_numbered_within_their_message() {
    let found = events(
        r#"{"parts":[{"key":"a"},{"key":"a"},{"key":"b"},{"key":"b","part":7},{"key":"b"}]}"#,
    );
    let places: Vec<_> =
        found.iter().map(|event| (event.message_index, event.part_index)).collect();
    let expected = [(0, 0), (0, 1), (1, 0), (1, 7), (1, 8)];
    assert_eq!(places, expected.map(|(message, part)| (Some(message), Some(part))));
    let distinct: std::collections::BTreeSet<Id16> =
        found.iter().map(|event| event.event_id).collect();
    assert_eq!(distinct.len(), 5);
}

#[test]
fn an_id_can_be_known_before_the_event_is_pushed() {
    let found = events(r#"{"key":"k","part":3}"#);
    let sink = {
        let mut sink = Sink::new("", Id16::default(), SinkState::default());
        sink.format = "fake";
        sink
    };
    assert_eq!(sink.event_id(Key::Native(&["k"]), 3), found[0].event_id);
    assert_ne!(sink.event_id(Key::Native(&["k", ""]), 3), found[0].event_id);
    assert_ne!(sink.event_id(Key::Native(&["k"]), 4), found[0].event_id);
}

#[test]
fn sessions_are_named_by_the_log_or_by_where_events_stand() {
    let found = events(
        r#"{"session":"s"}
           {"text":"of the source"}
           {"session":"per record"}
           {"session":"per record"}
           {"session":"derived s"}"#,
    );
    assert_eq!(found[0].session_id, "s");
    assert_eq!(found[0].conversation_id.as_deref(), Some("s"));
    assert_eq!(found[1].session_id, found[1].stream_id.to_string());
    assert_eq!(found[1].conversation_id, None);
    let streams: std::collections::BTreeSet<Id16> =
        found.iter().map(|event| event.stream_id).collect();
    assert_eq!(streams.len(), 5, "a derived name never meets a native one");
}

#[test]
fn equal_content_has_equal_hashes_and_other_content_has_not() {
    let found = events(
        r#"{"text":"a"}
           {"session":"z","text":"a"}
           {"reasoning":"a"}
           {"kind":"tool_call","name":"t","args":"{\"a\":1,\"b\":2}"}
           {"kind":"tool_call","name":"t","args":"{ \"b\": 2, \"a\": 1 }"}
           {"kind":"tool_call","name":"u","args":"{\"a\":1,\"b\":2}"}"#,
    );
    let hash = |at: usize| found[at].content_hash;
    assert_eq!(hash(0), hash(1));
    assert_ne!(hash(0), hash(2));
    assert_eq!(hash(3), hash(4), "the order of keys says nothing");
    assert_ne!(hash(3), hash(5));
    let valid: Vec<_> = found[3..].iter().map(|event| event.tool_arguments_valid).collect();
    assert_eq!(valid, [Some(true); 3]);
}

#[test]
fn arguments_that_were_cut_are_kept_and_said_to_be_invalid() {
    let found = events(r#"{"kind":"tool_call","name":"t","args":"{\"a\": [1, 2"}"#);
    assert_eq!(found[0].tool_arguments_valid, Some(false));
    assert_eq!(found[0].tool_call_arguments.as_deref(), Some("{\"a\": [1, 2"));
}

#[test]
fn characters_one_does_not_see_are_flagged_and_emoji_are_not() {
    let found = events(
        "{\"text\":\"a\u{200b}b\"}\n{\"kind\":\"tool_result\",\"id\":\"x\",\"result\":\"\u{202e}c\"}\n\
         {\"text\":\"👩\u{200d}🚀 ❤\u{fe0f} é\"}",
    );
    let flagged: Vec<bool> =
        found.iter().map(|event| event.flags.contains(&"invisible_chars")).collect();
    assert_eq!(flagged, [true, true, false]);
}

#[test]
fn flags_of_the_record_and_its_version_reach_every_event() {
    let run = Run { superseded: vec![0], ..Run::default() };
    let found = run.events("{\"key\":\"a\",\"key\":\"k\"}\n{\"key\":\"k\"}");
    assert_eq!(found[0].flags, ["duplicate_keys"]);
    assert_eq!(found[0].branch_state, Some(BranchState::Superseded));
    assert_eq!(found[1].branch_state, Some(BranchState::Active));
    // Else the lake, which keeps the first row of an id, would keep the replaced one.
    assert_ne!(found[0].event_id, found[1].event_id);
}

#[test]
fn exported_events_pass_through_as_they_are() {
    let mut sink = Sink::new("t", Id16::default(), SinkState::default());
    let before = Event::default().with(|event| event.session_id = "elsewhere".to_owned());
    sink.push_verbatim(before.clone());
    let (events, updates) = sink.take();
    assert!(events[0].is_import);
    let before = before.with(|event| event.is_import = true);
    assert_eq!(format!("{:?}", events[0]), format!("{before:?}"));
    assert!(updates.is_empty() && sink.is_empty());
}
