//! Tests of export and re-import.

use super::super::canonical_write::write;
use super::*;
use crate::formats::json;
use crate::formats::testing::read;
use crate::record::columns::RunStamp;
use proptest::prelude::*;

/// Values of each column that its type allows; enums take theirs from the list.
fn sample_text(name: &str, seed: u64, text: &str) -> String {
    let choices: &[&str] = match name {
        "kind" => &["reasoning", "tool_call", "label"],
        "role" => &["assistant", "tool"],
        "conversation_id_source" => &["native", "file"],
        "branch_state" => &["active", "superseded"],
        "ts_quality" => &["exact", "invalid"],
        "reasoning_state" => &["plain", "encrypted"],
        "reasoning_source" => &["native_block", "inline_tag"],
        "tool_join" => &["id", "orphan"],
        "source_format" => &["claude_code", "agentdojo"],
        "status" => &["ok", "denied"],
        _ => return text.to_owned(),
    };
    choices[seed as usize % choices.len()].to_owned()
}

/// An event whose columns are set or left alone by the bits of `set`.
fn event(set_bits: u128, seed: u64, text: &str, number: f64) -> Event {
    let mut event = Event::default();
    for (n, column) in COLUMNS.iter().enumerate() {
        let seed = seed.wrapping_mul(31).wrapping_add(n as u64);
        if set_bits >> (n % 128) & 1 == 0 && !REQUIRED.contains(&column.name) {
            continue;
        }
        match &column.access {
            Access::Text(_, set) | Access::Large(_, set) => {
                set(&mut event, &sample_text(column.name, seed, text));
            }
            Access::Binary(get, set) => {
                set(&mut event, &[seed as u8; 16]);
                if get(&event) != Some(&[seed as u8; 16]) {
                    set(&mut event, &[seed as u8; 32]);
                }
            }
            Access::Bool(_, set) => set(&mut event, seed.is_multiple_of(2)),
            Access::Long(_, set) | Access::Time(_, set) => set(&mut event, seed as i64),
            Access::Int(_, set) => set(&mut event, seed as i32),
            Access::Double(_, set) => set(&mut event, number),
            Access::Flags => event.flags = vec!["lossy_utf8", "duplicate_keys"],
            Access::Attrs => event.attrs = vec![(text.to_owned(), "1".to_owned()); 2],
            Access::Date(_) | Access::Batch | Access::IngestTime | Access::Parser => {}
        }
    }
    event
}

proptest! {
    #[test]
    fn an_exported_event_is_read_back_as_the_same_row(
        set in any::<u128>(),
        seed in any::<u64>(),
        text in any::<String>(),
        number in -1e300..1e300f64,
    ) {
        let before = event(set, seed, &text, number);
        let line = write(&before, None);
        prop_assert!(!line.contains('\n'));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&line).is_ok());
        let after = parse(&json::parse(&line).unwrap().0).unwrap();
        prop_assert!(same_row(&before, &after), "{}", line);
        prop_assert_eq!(write(&after, None), line);
    }
}

#[test]
fn a_row_goes_through_the_sink_untouched() {
    let mut before = event(u128::MAX, 7, "hi", 0.5);
    before.kind = Some(Kind::ToolResult);
    let stamp = RunStamp { batch_id: "b1".to_owned(), ingest_micros: 5 };
    let outcome = read(&Canonical, &write(&before, Some(&stamp)));
    assert_eq!(outcome.events.len(), 1);
    assert!(outcome.updates.is_empty());
    assert!(same_row(&before, &outcome.events[0]));
}

#[test]
fn rows_are_recognised_by_their_first_key_only() {
    let sniff = |text: &str| Canonical.sniff(&json::parse(text).unwrap().0);
    assert_eq!(sniff(r#"{"reveille_event":1}"#), 100);
    assert_eq!(sniff(r#"{"a":0,"reveille_event":1}"#), 0);
    assert_eq!(sniff("[]"), 0);
}

#[test]
fn times_are_written_with_microseconds_and_ids_as_hex() {
    let mut event = event(0, 1, "s", 0.0);
    event.ts = crate::record::Time::exact(1_795_262_400_000_000);
    let line = write(&event, None);
    assert!(line.starts_with(r#"{"reveille_event":1,"event_id":""#), "{line}");
    assert!(line.contains(r#""ts":"2026-11-21T12:00:00.000000Z""#), "{line}");
    assert!(line.contains(r#""event_date":"2026-11-21""#), "{line}");
}

#[test]
fn what_this_version_does_not_know_is_kept() {
    let line = write(&event(0, 1, "s", 0.0), None);
    let line = line.replace("}", r#","kind":"dream","new_column":{"a":1}}"#);
    let event = parse(&json::parse(&line).unwrap().0).unwrap();
    assert_eq!(event.kind, Some(Kind::Unknown));
    assert!(event.attrs.contains(&("kind".to_owned(), "\"dream\"".to_owned())));
    assert!(event.attrs.contains(&("new_column".to_owned(), r#"{"a":1}"#.to_owned())));
}

#[test]
fn broken_rows_are_rejected_with_the_column() {
    let line = write(&event(0, 1, "s", 0.0), None);
    let reason = |text: &str| parse(&json::parse(text).unwrap().0).unwrap_err();
    assert_eq!(reason(r#"{"reveille_event":9}"#).code(), "unsupported_format");
    assert_eq!(reason(r#"{"reveille_event":1}"#).code(), "missing_field");
    let bad = line.replace("}", r#","event_id":"abcd"}"#);
    assert!(matches!(reason(&bad), Reason::WrongType { field: "event_id", .. }));
    let bad = line.replace("}", r#","is_synthetic":3}"#);
    assert!(matches!(reason(&bad), Reason::WrongType { field: "is_synthetic", .. }));
}
