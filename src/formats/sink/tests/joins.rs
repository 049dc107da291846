//! Which result answers which call, who owns usage, how turns and calls are counted.

use super::*;
use crate::formats::Change;
use crate::record::ToolJoin;

/// (join, event it answers) of the event at `at`, with the calls named by their place.
fn join(events: &[Event], at: usize) -> (Option<ToolJoin>, Option<usize>) {
    let result = &events[at];
    let call = result.tool_call_event_id;
    let place = call.and_then(|id| events.iter().position(|event| event.event_id == id));
    assert_eq!(call.is_some(), place.is_some(), "the call is one of the events");
    (result.tool_join, place)
}

#[test]
fn parallel_results_find_their_calls_by_id_in_any_order() {
    let found = events(
        r#"{"kind":"tool_call","id":"a","name":"x"}
           {"kind":"tool_call","id":"b","name":"y"}
           {"kind":"tool_result","id":"b","result":"2"}
           {"kind":"tool_result","id":" a ","result":"1"}"#,
    );
    assert_eq!(join(&found, 2), (Some(ToolJoin::Id), Some(1)));
    assert_eq!(join(&found, 3), (Some(ToolJoin::Id), Some(0)));
    assert_eq!(found[3].tool_name.as_deref(), Some("x"), "the call names the tool");
    assert!(found.iter().all(|event| event.flags.is_empty()));
}

#[test]
fn results_without_ids_answer_the_oldest_open_call() {
    let found = events(
        r#"{"kind":"tool_call","name":"x"}
           {"kind":"tool_call","id":"","name":"y"}
           {"kind":"tool_result","result":"1"}
           {"kind":"tool_result","id":"  ","result":"2"}
           {"kind":"tool_result","result":"3"}"#,
    );
    assert_eq!(join(&found, 2), (Some(ToolJoin::Order), Some(0)));
    assert_eq!(join(&found, 3), (Some(ToolJoin::Order), Some(1)));
    assert_eq!(join(&found, 4), (Some(ToolJoin::Orphan), None));
    assert_eq!(found[0].flags, ["synthesized_tool_id"]);
    assert_eq!(found[2].tool_call_id, found[0].tool_call_id);
    assert_ne!(found[0].tool_call_id, found[1].tool_call_id);
}

#[test]
fn a_named_result_answers_a_call_of_that_name_or_none() {
    let found = events(
        r#"{"kind":"tool_call","name":"x"}
           {"kind":"tool_call","name":"y"}
           {"kind":"tool_result","name":"y"}
           {"kind":"tool_result","name":"z"}"#,
    );
    assert_eq!(join(&found, 2), (Some(ToolJoin::NameOrder), Some(1)));
    assert_eq!(join(&found, 3), (Some(ToolJoin::Orphan), None));
    assert!(found[3].flags.contains(&"orphan_tool_result"));
}

#[test]
fn an_id_that_is_used_again_means_its_latest_call() {
    let found = events(
        r#"{"kind":"tool_call","id":"call_0","name":"x"}
           {"kind":"tool_result","id":"call_0"}
           {"kind":"tool_call","id":"call_0","name":"y"}
           {"kind":"tool_result","id":"call_0"}"#,
    );
    assert_eq!(join(&found, 1), (Some(ToolJoin::Id), Some(0)));
    assert_eq!(join(&found, 3), (Some(ToolJoin::Id), Some(2)));
    assert!(found[2].flags.contains(&"ambiguous_tool_id"));
    assert!(found[3].flags.contains(&"ambiguous_tool_id"));
}

#[test]
fn an_id_of_two_open_calls_is_ambiguous() {
    let found = events(
        r#"{"kind":"tool_call","id":"c","name":"x"}
           {"kind":"tool_call","id":"c","name":"y"}
           {"kind":"tool_result","id":"c"}
           {"kind":"tool_result","id":"c"}"#,
    );
    assert_eq!(join(&found, 2), (Some(ToolJoin::Ambiguous), Some(1)));
    assert_eq!(join(&found, 3), (Some(ToolJoin::Id), Some(0)));
}

#[test]
fn a_second_answer_to_one_call_is_said_to_be_one() {
    let found = events(
        r#"{"kind":"tool_call","id":"c","name":"x"}
           {"kind":"tool_result","id":"c","result":"1"}
           {"kind":"tool_result","id":"c","result":"2"}"#,
    );
    assert_eq!(join(&found, 2), (Some(ToolJoin::Id), Some(0)));
    assert_eq!(found[2].flags, ["duplicate_response"]);
}

#[test]
fn a_call_that_comes_late_finds_the_result_that_waited() {
    let (found, updates) = updates(
        r#"{"kind":"tool_result","id":"c","result":"1"}
           {"kind":"tool_call","id":"c","name":"x"}
           {"kind":"tool_result"}"#,
    );
    assert_eq!(found[0].tool_join, Some(ToolJoin::Orphan));
    let change = Change::Joined(ToolJoin::Id, Some(found[1].event_id));
    assert_eq!(updates, [Update { event_id: found[0].event_id, change }]);
    assert_eq!(join(&found, 2), (Some(ToolJoin::Orphan), None), "the call is answered");
}

#[test]
fn results_never_answer_calls_of_another_session() {
    let found = events(
        r#"{"session":"a","kind":"tool_call","id":"c","name":"x"}
           {"session":"b","kind":"tool_result","id":"c"}
           {"session":"b","kind":"tool_result"}
           {"session":"a","kind":"tool_result","id":"c"}"#,
    );
    assert_eq!(join(&found, 1), (Some(ToolJoin::Orphan), None));
    assert_eq!(join(&found, 2), (Some(ToolJoin::Orphan), None));
    assert_eq!(join(&found, 3), (Some(ToolJoin::Id), Some(0)));
}

#[test]
fn a_replaced_version_answers_no_call_and_is_no_turn_of_the_new_one() {
    let records = r#"{"key":"u","kind":"user_text","text":"hi"}
        {"key":"c","kind":"tool_call","id":"c","name":"x"}
        {"key":"u","kind":"user_text","text":"hi"}
        {"key":"d","kind":"tool_call","id":"c","name":"x"}
        {"key":"r","kind":"tool_result","id":"c"}"#;
    let found = Run { superseded: vec![0, 1], ..Run::default() }.events(records);
    assert_eq!(join(&found, 4), (Some(ToolJoin::Id), Some(3)));
    assert_eq!(found[3].turn_index, Some(1));
    assert!(found.iter().all(|event| event.flags.is_empty()));
}

#[test]
fn the_newest_row_of_a_call_owns_its_usage() {
    let (found, updates) = updates(
        r#"{"group":"g","in":5}
           {"group":"g"}
           {"group":"g","in":9}
           {"group":"h","in":1}
           {"in":7}"#,
    );
    let moved = Update { event_id: found[0].event_id, change: Change::UsageMoved };
    assert_eq!(updates, [moved]);
    let owned = |event: &Event| !updates.iter().any(|update| update.event_id == event.event_id);
    let sum: i64 = found.iter().filter(|e| owned(e)).filter_map(|event| event.usage.input).sum();
    assert_eq!(sum, 9 + 1 + 7);
}

#[test]
fn a_row_that_is_written_again_keeps_its_usage() {
    let (_, updates) = updates(
        "{\"key\":\"k\",\"group\":\"g\",\"in\":5}\n{\"key\":\"k\",\"group\":\"g\",\"in\":5}",
    );
    assert!(updates.is_empty());
}

#[test]
fn turns_are_messages_of_the_user_and_calls_are_answers_of_the_model() {
    let found = events(
        r#"{"text":"before anybody spoke"}
           {"kind":"user_text","message":"u1","text":"a"}
           {"kind":"user_text","message":"u1","text":"same message"}
           {"kind":"reasoning","message":"m1","reasoning":"r"}
           {"kind":"tool_call","message":"m1","id":"c","name":"x"}
           {"kind":"tool_result","id":"c"}
           {"message":"m2","text":"b"}
           {"kind":"user_text","message":"u2","synthetic":true,"text":"reminder"}
           {"kind":"user_text","message":"u3","text":"c"}
           {"session":"other","kind":"user_text","text":"d"}"#,
    );
    let turns: Vec<_> = found.iter().filter_map(|event| event.turn_index).collect();
    assert_eq!(turns, [0, 1, 1, 1, 1, 1, 1, 1, 2, 1]);
    let calls: Vec<_> = found.iter().map(|event| event.call_index).collect();
    let (one, two, three) = (Some(1), Some(2), Some(3));
    assert_eq!(calls, [one, None, None, two, two, None, three, None, None, None]);
}
