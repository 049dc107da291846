//! What a mapping does not reach, or what is not what it should be, is kept and said.

use super::*;
use crate::record::{Kind, TimeQuality};

fn attrs(event: &crate::record::Event) -> String {
    let attrs = event.attrs.iter().map(|(name, value)| format!("{name}={value}"));
    attrs.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_time_that_is_none_stands_in_the_attributes() {
    let map = "messages=.m[],role=.r,content=.c,time=.t,tool_exit_code=.code";
    let found = read(
        map,
        r#"{"t":"some day","m":[{"r":"user","c":"a","t":"soon"},{"r":"user","c":"b","t":1767323045},{"r":"tool","c":"c","code":"SIGKILL"}]}"#,
    );
    assert_eq!(shown(&found), ["user_text:a", "user_text:b", "tool_result:c"]);
    assert_eq!(found.events[0].ts.quality, TimeQuality::Invalid);
    let kept: Vec<String> = found.events.iter().map(attrs).collect();
    assert_eq!(kept, ["time=\"soon\"", "", "tool_exit_code=\"SIGKILL\" time=\"some day\""]);
    let flat = read("user=.p,time=.t", r#"{"p":"hi","t":{"day":1}}"#);
    assert_eq!(attrs(&flat.events[0]), r#"time="{\"day\":1}""#);
}

#[test]
fn what_is_said_of_tools_and_has_no_row_is_kept() {
    let map = "role=.role,content=.content,tool_name=.tool,tool_arguments=.args,tool_result=.out,\
               tool_call_id=.id,tool_status=.status,tool_error=.err,tool_exit_code=.code";
    let found = read(
        map,
        r#"{"role":"user","content":"hi","tool":"","id":"x"}
{"role":"tool","content":"said","args":{"f":1},"out":"beside","tool":"ls","status":"ok"}
{"role":"assistant","content":"yo","err":false,"status":"ok","code":0}
{"role":"assistant","tool":"ls","args":"{}","out":"a","status":"ok","id":"k","code":0}"#,
    );
    let rows: Vec<String> = found.events.iter().map(attrs).collect();
    assert_eq!(
        rows,
        [
            r#"tool_call_id="x""#,
            r#"tool_arguments="{\"f\":1}" tool_result="beside""#,
            r#"tool_error="false" tool_status="ok" tool_exit_code="0""#,
            "",
            "",
        ]
    );
}

#[test]
fn a_message_that_is_none_is_a_row_beside_the_others() {
    let map = "messages=.m,role=.r,content=.c,session=.s";
    let found = read(
        map,
        r#"{"s":"1","m":[{"r":"user","c":"hi"},"stray",7,null,{"r":"assistant","c":null,"calls":[{"f":"ls"}]},{"r":"user","c":""}]}"#,
    );
    assert_eq!(
        shown(&found),
        [
            "user_text:hi",
            "unknown:stray",
            "unknown:7",
            r#"unknown:{"r":"assistant","c":null,"calls":[{"f":"ls"}]}"#
        ]
    );
    let [_, stray, _, called] = &found.events[..] else { panic!("{found:?}") };
    assert_eq!(stray.flags, ["unknown_content"]);
    assert_eq!(stray.json_pointer.as_deref(), Some("/m/1"));
    assert_eq!((called.role, called.kind), (Some(Role::Assistant), Some(Kind::Unknown)));
    assert!(found.events.iter().all(|event| event.session_id == "1"));
    // Nothing but such messages is a record that the mapping is not for.
    let none = read(map, r#"{"m":["stray",{"x":1}]}"#);
    assert_eq!((none.events.len(), none.rejected.len()), (0, 1));
    let array = read("role=.r,content=.c", r#"[{"r":"user","c":"hi"},"stray"]"#);
    assert_eq!(shown(&array), ["user_text:hi", "unknown:stray"]);
    // A path may as well read it.
    assert_eq!(shown(&read("messages=.m[],user=.", r#"{"m":["a","b"]}"#)).len(), 2);
}

#[test]
fn what_no_path_reaches_is_kept_at_any_depth() {
    let map = "messages=.body.turns[],role=.by.role,content=.says//.text,system=.rules,session=.id,\
               model=$.meta.model";
    let found = read(
        map,
        r#"{"id":"c","meta":{"model":"m","cost":{"in":5}},"body":"{\"turns\":[{\"by\":{\"role\":\"user\",\"name\":\"ann\"},\"says\":\"hi\",\"text\":\"other\",\"tags\":[\"x\"],\"model\":\"odd\"},{\"by\":{\"role\":\"bot\"},\"text\":\"yo\"}],\"end\":true}","list":[],"rules":"be kind"}"#,
    );
    let rows: Vec<String> = found.events.iter().map(attrs).collect();
    assert_eq!(
        rows,
        [
            "",
            r#"by={"name":"ann"} text="other" tags=["x"] model="odd""#,
            r#"meta={"cost":{"in":5}} body={"end":true}"#
        ]
    );
}

#[test]
fn elements_in_which_nothing_is_found_share_a_row_when_they_are_many() {
    let map = "messages=.m[],role=.r,content=.c,session=.s";
    let record = format!(
        r#"{{"s":"1","m":[{{"r":"user","c":"hi"}}{},"last one",null,{{"r":"user","c":"bye"}}]}}"#,
        ",7".repeat(5000)
    );
    let found = read(map, &record);
    assert_eq!(found.events.len(), 2 + many::MAX_UNREAD + 1);
    let together: Vec<_> =
        found.events.iter().filter(|event| event.flags.contains(&"many_elements")).collect();
    let [together] = &together[..] else { panic!("{together:?}") };
    let text = together.text.as_deref().unwrap();
    // No text is lost.
    assert_eq!(text.lines().count(), 5001 - many::MAX_UNREAD);
    assert!(text.ends_with("7\nlast one"));
    assert_eq!(attrs(together), "elements=\"4901\"".replace('"', ""));
    assert_eq!(together.json_pointer.as_deref(), Some("/m/101"));
    assert!(found.events.iter().all(|event| event.session_id == "1"));
    let array = read("role=.r,content=.c", &format!("[{{\"c\":\"hi\"}}{}]", ",7".repeat(5000)));
    assert_eq!(array.events.len(), 1 + many::MAX_UNREAD + 1);
}

#[test]
fn rows_of_a_record_have_a_bound_and_what_is_beyond_shares_one() {
    let record =
        format!(r#"{{"m":[{}{{"c":"end"}}]}}"#, r#"{"c":"a"},"#.repeat(many::MAX_ROWS + 10));
    let found = read("messages=.m[],user=.c", &record);
    assert_eq!(found.events.len(), many::MAX_ROWS + 1);
    let last = found.events.last().unwrap();
    assert!(last.text.as_deref().unwrap().ends_with(r#"{"c":"end"}"#));
    assert_eq!((attrs(last), last.flags.len()), ("elements=11".to_owned(), 2));
    // Values of tools, which are no elements of a list of messages.
    let calls = format!(r#"{{"p":"hi","calls":[{}"end"]}}"#, "1,".repeat(2 * many::MAX_CELLS));
    let found = read("user=.p,tool_name=.calls[]", &calls);
    assert_eq!(found.events.len(), 1 + many::MAX_CELLS + 1);
    let last = found.events.last().unwrap();
    assert!(last.text.as_deref().unwrap().ends_with("tool_name 1\ntool_name end"));
    assert_eq!(attrs(last), "elements=10001");
}

#[test]
fn parts_of_one_message_have_a_bound() {
    let blocks = format!(r#"[{}{{"type":"odd","end":1}}]"#, r#"{"type":"image"},"#.repeat(10_004));
    for map in ["user=.p", "role=.r,content=.p"] {
        let found = read(map, &format!(r#"{{"r":"user","p":{blocks}}}"#));
        assert_eq!(found.events.len(), 10_001, "{map}");
        let last = found.events.last().unwrap();
        assert!(last.text.as_deref().unwrap().ends_with(r#"{"type":"odd","end":1}"#));
        assert_eq!(last.flags, ["unknown_content", "many_elements"]);
        assert!(attrs(last).contains("elements=5"), "{}", attrs(last));
        assert_eq!(last.json_pointer.as_deref(), Some("/p/10000"));
    }
    let calls = format!(r#"{{"r":"tool_call","p":[{}1]}}"#, "1,".repeat(10_004));
    assert_eq!(read("role=.r,content=.p", &calls).events.len(), 10_001);
}
