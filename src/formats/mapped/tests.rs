//! Records of no known format under mappings.

use super::*;
use crate::formats::testing::{self, Outcome, shown};
use crate::record::{Role, ToolJoin};

mod kept;
mod parsing;

fn format(mapping: &str) -> Mapped {
    Mapped::new(mapping.parse().unwrap_or_else(|error| panic!("{mapping}: {error}")))
}

fn read(mapping: &str, text: &str) -> Outcome {
    testing::read(&format(mapping), text)
}

const FLAT: &str = "user=.prompt,reasoning=.thinking,assistant=.answer,model=.model_id,time=.at";

#[test]
fn a_flat_record_is_prompt_thought_and_answer_in_that_order() {
    let found = read(
        FLAT,
        r#"{"thinking":"Hm.","answer":"Four.","prompt":"2+2?","model_id":"m-1","at":"2026-01-02T03:04:05Z","domain":"sums"}"#,
    );
    assert_eq!(shown(&found), ["user_text:2+2?", "reasoning:Hm.", "assistant_text:Four."]);
    let [user, thought, answer] = &found.events[..] else { panic!("{found:?}") };
    assert_eq!(thought.json_pointer.as_deref(), Some("/thinking"));
    assert_eq!(answer.request_model.as_deref(), Some("m-1"));
    assert_eq!(user.ts.micros, Some(1_767_323_045_000_000));
    assert_eq!((user.turn_index, answer.call_index), (Some(1), Some(1)));
    // Parts of one message of the model.
    assert_eq!(thought.message_index, answer.message_index);
    assert_eq!(answer.attrs, [("domain".to_owned(), "\"sums\"".to_owned())]);
    assert!(user.source_format.starts_with(PREFIX), "{}", user.source_format);
}

#[test]
fn a_role_may_say_that_its_content_was_thought() {
    let found = read(
        "messages=.m[],role=.r,content=.c",
        r#"{"m":[{"r":"user","c":"2+2?"},{"r":"Thinking","c":"Hm."},{"r":"assistant","c":"Four."}]}"#,
    );
    assert_eq!(shown(&found), ["user_text:2+2?", "reasoning:Hm.", "assistant_text:Four."]);
    assert_eq!(found.events[1].role, Some(Role::Assistant));
    assert_eq!(found.events[1].role_raw.as_deref(), Some("Thinking"));
}

#[test]
fn records_of_a_session_are_one_and_others_are_one_each() {
    let line = |session: &str, text: &str| format!("{{\"s\":{session},\"p\":\"{text}\"}}\n");
    let text = [line("7", "a"), line("null", "b"), line("\"7\"", "c"), line("null", "b")].concat();
    let found = read("session=.s,user=.p", &text);
    let sessions: Vec<&str> = found.events.iter().map(|e| e.session_id.as_str()).collect();
    assert_eq!((sessions[0], sessions[2]), ("7", "7"));
    assert!(sessions[1] != sessions[3] && sessions[1].len() == 32, "{sessions:?}");
    assert_eq!(found.events[2].turn_index, Some(2));
    let ids: std::collections::BTreeSet<_> = found.events.iter().map(|e| e.event_id).collect();
    assert_eq!(ids.len(), 4);
}

#[test]
fn messages_have_roles_and_what_describes_the_record() {
    let map = "messages=.turns,role=.from,content=.value,session=.id,model=.model,agent=.who";
    let found = read(
        map,
        r#"{"id":"c1","model":"m","turns":[{"from":"human","value":"hi"},{"from":"gpt","value":"<think>well</think>\nhello","who":"a1","mood":"fine"},{"from":"tool","value":{"ok":1}},{"from":"narrator","value":5},{"from":"gpt"}],"left":true}"#,
    );
    assert_eq!(
        shown(&found),
        [
            "user_text:hi",
            "reasoning:well",
            "assistant_text:hello",
            "tool_result:{\"ok\":1}",
            "unknown:5"
        ]
    );
    assert!(found.events.iter().all(|event| event.session_id == "c1"));
    assert!(found.events.iter().all(|event| event.request_model.as_deref() == Some("m")));
    assert_eq!(found.events[1].agent_name.as_deref(), Some("a1"));
    assert_eq!(found.events[0].agent_name, None);
    assert_eq!(found.events[2].json_pointer.as_deref(), Some("/turns/1/value"));
    assert!(found.events[2].attrs.iter().any(|(name, _)| name == "mood"));
    assert_eq!(found.events[4].attrs, [("left".to_owned(), "true".to_owned())]);
    let order: Vec<_> = found.events.iter().map(|e| e.message_index).collect();
    assert_eq!(order, [Some(0), Some(1), Some(1), Some(2), Some(3)]);
}

#[test]
fn a_record_with_messages_may_say_things_itself() {
    let map = "messages=.steps[],reasoning=.thought,user=$.task,assistant=$.answer,system=.rules";
    let found = read(
        map,
        r#"{"answer":"done","task":"go","rules":"be kind","steps":[{"thought":"one"},{"thought":null},{"thought":["two","lines"]}]}"#,
    );
    assert_eq!(
        shown(&found),
        [
            "system_prompt:be kind",
            "user_text:go",
            "reasoning:one",
            "reasoning:two\nlines",
            "assistant_text:done"
        ]
    );
    assert!(found.events.iter().all(|event| event.session_id == found.events[0].session_id));
}

#[test]
fn calls_and_results_stand_side_by_side_and_are_joined() {
    let map = "tool_name=.calls[].f.name,tool_arguments=.calls[].f.args,tool_call_id=.calls[].id,\
               tool_result=.calls[].out,tool_error=.calls[].failed";
    let found = read(
        map,
        r#"{"calls":[{"id":"x","f":{"name":"ls","args":{"p":"/"}},"out":"bin"},{"f":{"name":"now"}},{"id":"z","f":{"name":"cat","args":"{\"p\":1}"},"out":"gone","failed":"no such file"}]}"#,
    );
    assert_eq!(
        shown(&found),
        [
            "tool_call:{\"p\":\"/\"}",
            "tool_call:",
            "tool_call:{\"p\":1}",
            "tool_result:bin",
            "tool_result:gone"
        ]
    );
    assert_eq!(found.events[1].tool_name.as_deref(), Some("now"));
    let [.., listed, failed] = &found.events[..] else { panic!("{found:?}") };
    assert_eq!(listed.tool_join, Some(ToolJoin::Id));
    assert_eq!(listed.json_pointer.as_deref(), Some("/calls/0/out"));
    assert_eq!(found.events[0].json_pointer.as_deref(), Some("/calls/0/f/args"));
    assert_eq!(listed.tool_call_event_id, Some(found.events[0].event_id));
    assert_eq!((listed.tool_is_error, failed.tool_is_error), (None, Some(true)));
    assert_eq!(failed.error_message.as_deref(), Some("no such file"));
    assert_eq!((listed.role, failed.role), (Some(Role::Tool), Some(Role::Tool)));
}

#[test]
fn a_call_and_its_result_may_be_records_of_their_own() {
    let map = "session=.s,role=.role,content=.content,tool_name=.tool,tool_arguments=.args,\
               tool_call_id=.call,tool_status=.status,tool_exit_code=.code";
    let found = read(
        map,
        r#"{"s":"1","role":"assistant","content":"Looking.","tool":"sh","args":{"c":"id"},"call":"k"}
{"s":"1","role":"tool","content":"uid=0","tool":"sh","call":"k","status":"Failed","code":2}
{"s":"1","role":"tool","content":"late","call":"k2","status":"odd"}"#,
    );
    assert_eq!(
        shown(&found),
        [
            "assistant_text:Looking.",
            "tool_call:{\"c\":\"id\"}",
            "tool_result:uid=0",
            "tool_result:late"
        ]
    );
    let result = &found.events[2];
    assert_eq!(result.tool_call_event_id, Some(found.events[1].event_id));
    assert_eq!((result.status, result.tool_is_error), (Some("error"), Some(true)));
    assert_eq!(result.tool_exit_code, Some(2));
    assert!(found.events[3].attrs.contains(&("tool_status".to_owned(), "\"odd\"".to_owned())));
}

#[test]
fn what_is_no_text_is_read_as_text_and_null_is_absent() {
    let found = read(
        "user=.q,reasoning=.r,assistant=.a",
        r#"{"q":42,"r":{"steps":["x"]},"a":null}
{"q":true,"r":{},"a":["one","two"]}
{"q":[{"type":"text","text":"block"}],"r":"","a":{"k":1}}"#,
    );
    assert_eq!(
        shown(&found),
        [
            "user_text:42",
            "reasoning:{\"steps\":[\"x\"]}",
            "user_text:true",
            "assistant_text:one\ntwo",
            "user_text:block",
            "assistant_text:{\"k\":1}"
        ]
    );
}

#[test]
fn alternatives_constants_and_json_in_texts() {
    let map =
        r#"reasoning=.thinking//.body.cot[-1],session=.sid//"all",model=.m//"gpt-x",agent=."a.b""#;
    let found = read(
        map,
        r#"{"thinking":" ","body":"{\"cot\":[\"no\",\"yes\"]}","a.b":"ann"}
{"thinking":"first","body":{"cot":["no"]},"m":"own","sid":3}"#,
    );
    assert_eq!(shown(&found), ["reasoning:yes", "reasoning:first"]);
    let [one, two] = &found.events[..] else { panic!("{found:?}") };
    assert_eq!((one.session_id.as_str(), two.session_id.as_str()), ("all", "3"));
    assert_eq!(one.request_model.as_deref(), Some("gpt-x"));
    assert_eq!(two.request_model.as_deref(), Some("own"));
    assert_eq!(one.agent_name.as_deref(), Some("ann"));
    assert_eq!(one.json_pointer.as_deref(), Some("/body/cot/1"));
}

#[test]
fn a_system_prompt_that_every_record_repeats_has_one_row_per_session() {
    let line = |session: &str, system: &str| {
        format!("{{\"s\":\"{session}\",\"sys\":\"{system}\",\"u\":\"hi\"}}\n")
    };
    let text = [line("1", "A"), line("1", "A"), line("2", "A"), line("1", "B")].concat();
    let records: Vec<&str> = text.lines().collect();
    let format = format("session=.s,system=.sys,user=.u");
    let once = testing::read_records(&format, &records);
    let of = |outcome: &Outcome| {
        let kinds = outcome.events.iter().map(|event| event.kind.map_or("", Kind::as_str));
        kinds.collect::<Vec<_>>().join(" ")
    };
    let wanted =
        "system_prompt user_text user_text system_prompt user_text system_prompt user_text";
    assert_eq!(of(&once), wanted);
    assert!(once.events.iter().all(|event| event.system_hash.is_some()));
    let sittings = testing::read_in_sittings(&format, &records, &[1, 2, 3]);
    let ids = |outcome: &Outcome| outcome.events.iter().map(|e| e.event_id).collect::<Vec<_>>();
    assert_eq!(ids(&sittings), ids(&once));
}

#[test]
fn an_array_of_messages_is_a_conversation_unless_paths_say_otherwise() {
    let array = r#"[{"role":"user","content":"a"},{"role":"ai","content":"b"}]"#;
    let found = read("role=.role,content=.content", array);
    assert_eq!(shown(&found), ["user_text:a", "assistant_text:b"]);
    assert_eq!(found.events[0].session_id, found.events[1].session_id);
    assert_eq!(shown(&read("user=.[0].content", array)), ["user_text:a"]);
    assert_eq!(shown(&read("messages=.[],role=.role,content=.content", array)).len(), 2);
}

#[test]
fn a_record_without_what_was_mapped_is_rejected_with_the_paths() {
    let found = read(FLAT, "{\"prompt\":null,\"thinking\":\" \",\"other\":1}\n{\"prompt\":\"x\"}");
    assert_eq!(found.events.len(), 1);
    let (line, reason) = &found.rejected[0];
    assert_eq!((*line, reason.code()), (1, "nothing_mapped"));
    insta::assert_snapshot!(reason, @"nothing where --map looks for what is said; expected at least one of .prompt (user), .thinking (reasoning), .answer (assistant)");
    let found = read("messages=.m[],role=.r,content=.c", r#"{"m":[{"r":"user"}]}"#);
    insta::assert_snapshot!(found.rejected[0].1, @"nothing where --map looks for what is said; expected at least one of .c (content) in .m[] (messages)");
}

#[test]
fn a_mapping_has_one_name_however_it_is_written() {
    let name = |text: &str| text.parse::<Mapping>().unwrap().name();
    let one = name("user=.prompt,reasoning=.thinking//.cot");
    assert_eq!(one, name("# two\nreasoning = .\"thinking\" // .cot\nuser_text = .prompt,\n"));
    assert_ne!(one, name("user=.prompt,reasoning=.cot//.thinking"));
    assert_eq!(one.len(), PREFIX.len() + 12);
}

#[test]
fn messages_in_a_text_are_opened_and_have_the_time_of_their_record_at_most() {
    let found = read(
        "messages=.log,role=.r,content=.c,time=.t",
        r#"{"t":"2026-01-02T00:00:00Z","log":"[{\"r\":\"user\",\"c\":\"a\"},{\"r\":\"user\",\"c\":\"b\",\"t\":1767323045}]"}"#,
    );
    assert_eq!(shown(&found), ["user_text:a", "user_text:b"]);
    let [one, two] = &found.events[..] else { panic!("{found:?}") };
    assert_eq!(one.ts.quality, crate::record::TimeQuality::Inherited);
    assert_eq!(two.ts.micros, Some(1_767_323_045_000_000));
    assert_eq!(two.json_pointer.as_deref(), Some("/log/1/c"));
}

#[test]
fn an_empty_result_is_one_but_an_empty_column_is_not() {
    let map = "role=.role,content=.content,tool_name=.tool,tool_arguments=.args,tool_result=.out,\
               tool_call_id=.id,tool_status=.status";
    let found = read(
        map,
        r#"{"role":"assistant","tool":"rm","args":{"f":1},"out":"","status":"ok"}
{"role":"user","content":"hi","tool":"","out":"","id":"","status":"ok"}
{"role":"tool","content":"","id":"k"}
{"role":"tool","out":"beside","id":"k"}
{"role":"tool","content":"","out":"","status":"ok"}"#,
    );
    assert_eq!(
        shown(&found),
        [
            "tool_call:{\"f\":1}",
            "tool_result:",
            "user_text:hi",
            "tool_result:",
            "tool_result:beside"
        ]
    );
    assert_eq!(found.events[1].tool_call_event_id, Some(found.events[0].event_id));
    assert_eq!(found.events[3].tool_call_id.as_deref(), Some("k"));
    assert_eq!(found.rejected.len(), 1);
}

#[test]
fn a_record_held_as_text_is_not_opened_for_every_message() {
    let turns = r#"{\"r\":\"user\",\"c\":\"x\"},"#.repeat(20_000);
    let record = format!(
        "{{\"body\":\"{{\\\"id\\\":\\\"s\\\",\\\"who\\\":\\\"w\\\",\\\"turns\\\":[{}]}}\"}}",
        turns.trim_end_matches(',')
    );
    let map =
        "messages=.body.turns[],role=.r//$.body.id,content=.c,session=.body.id,agent=$.body.who";
    let found = read(map, &record);
    assert_eq!(found.events.len(), 20_000);
    let last = found.events.last().unwrap();
    assert_eq!((last.session_id.as_str(), last.agent_name.as_deref()), ("s", Some("w")));
}
