//! The text of mappings: what is understood, what is said of the rest, and that nothing panics.

use super::super::mapping::{Alternative, Source};
use super::super::path::{Path, Step};
use super::*;
use crate::formats::json;
use proptest::prelude::*;

fn wrong(text: &str) -> String {
    text.parse::<Mapping>().unwrap_err().to_string()
}

#[test]
fn a_mapping_prints_as_it_is_read() {
    let printed = |text: &str| text.parse::<Mapping>().unwrap().to_string();
    insta::assert_snapshot!(
        printed(" text = .a # all\n\n,model=\"g\\\"x\"//$.m,user=.x[0][].\"b c\"[\"d\"][-1]"),
        @r#"model="g\"x"//$.m,user=.x[0][]."b c".d[-1],assistant=.a"#
    );
}

#[test]
fn mistakes_are_named_with_their_column_and_what_to_write() {
    let mistakes = [
        "",
        "usr=.a",
        "user",
        "user=a",
        "user=\"x\"",
        "user=.a b",
        "user=.a#b",
        "user=.a..b",
        "user=.a[x]",
        "user=.a[99999999999]",
        "user=.a[0",
        "user=.\"a",
        "user=.a,model=\"\\q\"",
        "user=.a,user_text=.b",
        "model=.m",
        "role=.r,user=.u",
        "content=.c",
        "user=.a,=.b",
        "user=$a",
        "user=.a,\n# more\n  model=gpt",
    ];
    let said: Vec<String> = mistakes.iter().map(|m| format!("{m:?}: {}", wrong(m))).collect();
    insta::assert_snapshot!(said.join("\n"), @r##"
    "": column 1: nothing that is said: give at least one of content (with role), system, user, reasoning, assistant, tool_name, tool_arguments, tool_result
    "usr=.a": column 1: unknown target `usr`; there are session, agent, agent_id, model, time, host, user_id, messages, role, content, system, user, reasoning, assistant, tool_name, tool_call_id, tool_arguments, tool_result, tool_error, tool_status, tool_exit_code
    "user": column 5: expected `=` and a path, as in user=.key; it ends here
    "user=a": column 6: expected a path like .key, .key[].other or $.key; found `a`
    "user=\"x\"": column 6: `user` cannot be a constant, for no record says it; give a path, as in .key
    "user=.a b": column 9: expected a comma or the end; a key with other characters than letters, digits, _, - and @ needs quotes: ."such a key"; found `b`
    "user=.a#b": column 8: expected a comma or the end; a key with other characters than letters, digits, _, - and @ needs quotes: ."such a key"; found `#`
    "user=.a..b": column 9: expected a key after the dot, or a key in double quotes; found `.`
    "user=.a[x]": column 9: expected a number, as in [0], or [] for every element
    "user=.a[99999999999]": column 9: expected a number, as in [0], or [] for every element
    "user=.a[0": column 10: expected `]`; it ends here
    "user=.\"a": column 7: the text that begins here has no closing quote
    "user=.a,model=\"\\q\"": column 15: not a text as JSON writes it; a backslash is \\
    "user=.a,user_text=.b": column 9: `user` is given twice; alternatives are user=.one//.other
    "model=.m": column 9: nothing that is said: give at least one of content (with role), system, user, reasoning, assistant, tool_name, tool_arguments, tool_result
    "role=.r,user=.u": column 16: `role` without `content`; add content=.PATH
    "content=.c": column 11: `content` without `role`; add role=.PATH, or say who speaks: role="assistant"
    "user=.a,=.b": column 9: expected a target (session, agent, agent_id, model, time, host, user_id, messages, role, content, system, user, reasoning, assistant, tool_name, tool_call_id, tool_arguments, tool_result, tool_error, tool_status, tool_exit_code); found `=`
    "user=$a": column 7: expected a dot and a key, as in $.key; found `a`
    "user=.a,\n# more\n  model=gpt": line 3, column 9: expected a path like .key or a constant in double quotes; found `g`
    "##);
}

#[test]
fn a_mapping_is_bounded() {
    assert!(wrong(&format!("user={}", ".a".repeat(33))).contains("32 steps"));
    assert!(wrong(&format!("user={}.b", ".a//".repeat(16))).contains("16 alternatives"));
    assert!(wrong(&" ".repeat(100_000)).contains("longer than"));
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<String>().prop_map(Step::Key),
        "[a-z_@-]{1,5}".prop_map(Step::Key),
        any::<i32>().prop_map(Step::Index),
        Just(Step::Each),
    ]
}

fn path() -> impl Strategy<Value = Alternative> {
    (any::<bool>(), prop::collection::vec(step(), 0..6))
        .prop_map(|(from_record, steps)| Alternative::Path(Path { from_record, steps }))
}

fn mapping() -> impl Strategy<Value = Mapping> {
    let paths = || prop::collection::vec(path(), 1..4).prop_map(Source);
    let model = prop_oneof![path(), any::<String>().prop_map(Alternative::Text)];
    let model = prop::collection::vec(model, 1..4).prop_map(Source);
    let made = (paths(), paths(), model, paths()).prop_map(|(user, reasoning, model, messages)| {
        let entries = [
            (Target::User, user),
            (Target::Reasoning, reasoning),
            (Target::Model, model),
            (Target::Messages, messages),
        ];
        Mapping { entries: entries.into_iter().collect() }
    });
    made.prop_filter("is refused", |mapping| mapping.mixed().is_none())
}

proptest! {
    #[test]
    fn what_is_printed_is_read_as_the_same(mapping in mapping()) {
        let printed = mapping.to_string();
        prop_assert_eq!(printed.parse::<Mapping>().map_err(|e| format!("{printed}: {e}")), Ok(mapping));
    }

    #[test]
    fn no_text_panics(text in r#"([a-z_]{0,9}|[.,=$#/"\\\[\]\n -]|user=|\PC){0,24}"#) {
        if let Err(error) = text.parse::<Mapping>() {
            let lines = text.split('\n').nth(error.line - 1);
            let columns = lines.map_or(0, |line| line.chars().count());
            prop_assert!(error.column <= columns + 1, "{error:?}");
        }
    }

    #[test]
    fn no_record_panics(
        mapping in mapping(),
        text in r#"(\{"[a-c]":|\[|"x"|1|null|,|\]|\}|"\{\\"a\\":1\}"){0,16}"#,
    ) {
        if let Ok((value, _)) = json::parse(&text) {
            let turns = rows::turns(&mapping, &value);
            prop_assert!(turns.iter().all(|turn| turn.events.len() < 1000));
        }
    }
}

#[test]
fn what_is_said_stands_in_messages_or_in_their_record() {
    let both = "messages=.m[],role=.r,content=.c//$.c".parse::<Mapping>().unwrap_err();
    assert!(both.what.contains("`content` is looked for in each message and"), "{both}");
    assert!("messages=.m[],role=.r,content=.c,model=.model//$.model".parse::<Mapping>().is_ok());
}
