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
