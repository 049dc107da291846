//! The views, the overlay, and bytes against hex digits.

use super::{Lake, ask, event, haystack, one};
use crate::record::schema::Table;
use crate::record::{Event, Id16, Kind, ReasoningState, ToolJoin, Usage};
use datafusion::arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray,
};
use std::sync::Arc;

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn id(number: usize) -> Id16 {
    event(number, Kind::Lifecycle, "").event_id
}

fn ids(numbers: &[usize]) -> ArrayRef {
    let ids: Vec<Id16> = numbers.iter().map(|number| id(*number)).collect();
    Arc::new(BinaryArray::from_iter_values(ids.iter().map(Id16::as_bytes)))
}

fn conversation() -> Vec<Event> {
    let mut call = event(2, Kind::ToolCall, "{\"command\":\"ls\"}");
    call.tool_name = Some("shell".to_owned());
    call.usage = Usage { input: Some(100), output: Some(7), ..Usage::default() };
    let mut result = event(5, Kind::ToolResult, "");
    result.text = None;
    result.tool_call_result = Some("a.txt".to_owned());
    result.tool_call_event_id = Some(call.event_id);
    result.tool_join = Some(ToolJoin::Id);
    let mut thought = event(8, Kind::Reasoning, "look around first");
    thought.reasoning_state = Some(ReasoningState::Plain);
    let mut orphan = event(11, Kind::ToolResult, "");
    orphan.tool_join = Some(ToolJoin::Orphan);
    let mut all = vec![call, result, thought, orphan];
    for event in &mut all {
        event.turn_index = Some(0);
        event.message_id = Some("m1".to_owned());
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_lake_has_all_its_tables() {
    let session = Lake::new().session().await;
    let tables: Vec<String> = session.tables().iter().map(|table| table.name.clone()).collect();
    assert!(tables.contains(&"sessions".to_owned()), "{tables:?}");
    for table in tables {
        assert_eq!(one(&session, &format!("select count(*) from {table}")).await, "0", "{table}");
        assert!(ask(&session, &format!("select * from {table}")).await.is_empty());
    }
    assert!(ask(&session, "select * from search('x')").await.is_empty());
    assert!(session.table("events").unwrap().columns.iter().all(|column| !column.doc.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_join_sessions() {
    let mut lake = Lake::of(&haystack(1, 9));
    lake.rows(
        Table::Findings,
        &[
            ("finding_id", texts(&[Some("f1"), Some("f1"), Some("f2"), Some("f3")])),
            ("detector_version", texts(&[Some("1"), Some("2"), Some("1"), Some("1")])),
            ("severity", texts(&[Some("low"), Some("high"), Some("critical"), Some("medium")])),
            (
                "session_id",
                texts(&[
                    Some("session-0"),
                    Some("session-0"),
                    Some("session-0"),
                    Some("session-1"),
                ]),
            ),
            ("detected_ts", Arc::new(Int64Array::from(vec![1, 2, 1, 1])) as ArrayRef),
        ],
    );
    let session = lake.session().await;
    let query =
        "select request_model, count(*) from findings join sessions using (session_id) group by 1";
    assert_eq!(ask(&session, query).await, ["model-1|3"]);
    let query = "select session_id, event_count, finding_count, max_severity, assistant_text_count, first_ts from sessions order by 1";
    assert_eq!(
        ask(&session, query).await,
        [
            "session-0|3|2|critical|3|2023-11-14T22:13:20Z",
            "session-1|3|1|medium|0|2023-11-14T22:13:21Z",
            "session-2|3|0|-|0|2023-11-14T22:13:22Z",
        ]
    );
    let query = "select finding_id, detector_version, triage_state from findings order by 1";
    assert_eq!(ask(&session, query).await, ["f1|2|new", "f2|1|new", "f3|1|new"]);
    lake.rows(
        Table::Triage,
        &[
            ("finding_id", texts(&[Some("f2"), Some("f2")])),
            ("state", texts(&[Some("confirmed"), Some("dismissed")])),
            ("analyst", texts(&[Some("ann"), Some("bob")])),
            ("created_ts", Arc::new(TimestampMicrosecondArray::from(vec![2, 1])) as ArrayRef),
        ],
    );
    let session = lake.session().await;
    let query = "select finding_id, triage_state, triage_analyst from findings order by 1";
    assert_eq!(ask(&session, query).await, ["f1|new|-", "f2|confirmed|ann", "f3|new|-"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_overlay_counts_column_by_column() {
    let mut lake = Lake::of(&[conversation()]);
    lake.rows(
        Table::EventState,
        &[
            ("event_id", ids(&[2, 2, 11, 2])),
            ("branch_state", texts(&[Some("abandoned"), None, None, Some("active")])),
            (
                "usage_moved",
                Arc::new(BooleanArray::from(vec![None, Some(true), None, None])) as ArrayRef,
            ),
            ("tool_join", texts(&[None, None, Some("order"), None])),
            ("tool_call_event_id", {
                let call = id(2);
                let values: Vec<Option<&[u8]>> = vec![None, None, Some(call.as_bytes()), None];
                Arc::new(BinaryArray::from(values)) as ArrayRef
            }),
            ("batch_seq", Arc::new(Int64Array::from(vec![1, 2, 1, 3])) as ArrayRef),
        ],
    );
    let session = lake.session().await;
    let query = "select seq, branch_state, usage_input_tokens, tool_join, tool_call_event_id = X'00' from events order by seq";
    assert_eq!(
        ask(&session, query).await,
        ["2|active|-|-|-", "5|-|-|id|false", "8|-|-|-|-", "11|-|-|order|false"]
    );
    assert_eq!(one(&session, "select sum(usage_input_tokens) from events").await, "-");
    assert_eq!(one(&session, "select seq from events where branch_state = 'active'").await, "2");
    assert_eq!(
        one(&session, "select seq from events where tool_join = 'order' and seq > 3").await,
        "11"
    );
    assert_eq!(one(&session, "select count(*) from events").await, "4");
    assert_eq!(one(&session, "select branch_state from search('command')").await, "active");
    let found =
        "select seq, branch_state from events where search('command') and branch_state = 'active'";
    assert_eq!(one(&session, found).await, "2|active");
    let limited = "select count(*) from (select branch_state from events limit 2)";
    assert_eq!(one(&session, limited).await, "2");
    let plan =
        ask(&session, "explain select seq from events where search('command')").await.join(" ");
    assert!(!plan.contains("Join"), "the overlay is not looked at: {plan}");
    let stored = "select usage_input_tokens from lake.events where seq = 2";
    assert_eq!(one(&session, stored).await, "100");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_have_their_results_and_messages_their_parts() {
    let lake = Lake::of(&[conversation()]);
    let session = lake.session().await;
    let query = "select seq, tool_name, tool_call_result, result_seq, tool_join from tool_calls";
    assert_eq!(one(&session, query).await, "2|shell|a.txt|5|id");
    let query = "select message_id, part_count, reasoning, tool_names, input_tokens from messages where part_count > 1";
    assert_eq!(one(&session, query).await, "m1|4|look around first|shell|100");
    let query = "select turn_index, tool_call_count, reasoning, assistant_text from turns";
    assert_eq!(one(&session, query).await, "0|1|look around first|-");
    let query = "select input_tokens, output_tokens from calls_usage";
    assert_eq!(one(&session, query).await, "100|7");
    let query = "select \"gen_ai.request.model\", \"gen_ai.tool.name\" from otel_events where \"gen_ai.usage.input_tokens\" = 100";
    assert_eq!(one(&session, query).await, "model-0|shell");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_show_their_newest_state() {
    let mut lake = Lake::new();
    lake.rows(
        Table::Files,
        &[
            ("file_id", ids(&[1, 1, 2])),
            ("status", texts(&[Some("partial"), Some("done"), Some("empty")])),
            ("batch_seq", Arc::new(Int64Array::from(vec![1, 2, 1])) as ArrayRef),
        ],
    );
    let session = lake.session().await;
    assert_eq!(ask(&session, "select status from files order by 1").await, ["done", "empty"]);
    assert_eq!(one(&session, "select count(*) from lake.files").await, "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_can_be_written_as_hex_digits() {
    let lake = Lake::of(&haystack(2, 100));
    let session = lake.session().await;
    let digits = id(42).to_string();
    for condition in [
        format!("event_id = '{digits}'"),
        format!("'{digits}' = event_id"),
        format!("event_id = X'{digits}'"),
        format!("hex(event_id) = '{digits}'"),
        format!("event_id = unhex('{digits}')"),
        format!("event_id in ('{digits}', '00')"),
        format!("hex(event_id) in ('{digits}')"),
        format!("event_id is not distinct from '{digits}'"),
    ] {
        let query = format!("select seq from events where {condition}");
        assert_eq!(ask(&session, &query).await, ["42"], "{condition}");
    }
    let joined =
        format!("select seq from events join (select '{digits}' as found) f on event_id = f.found");
    assert_eq!(one(&session, &joined).await, "42");
    let error = session.sql("select * from events where event_id = 'hello'").await.unwrap_err();
    assert!(error.to_string().contains("hex digits"), "{error}");
    assert_eq!(one(&session, "select hex(unhex('00ff')) as x").await, "00ff");
}
