//! Tests of inline tags: every syntax, and hostile text.

use super::*;
use proptest::prelude::*;

/// Short notation: `R:` reasoning, `T:` text, `C:name:args` call, `A:` result.
fn shown(text: &str) -> Vec<String> {
    split(text).parts.iter().filter_map(show).collect()
}

fn show(part: &Part<'_>) -> Option<String> {
    match &part.kind {
        PartKind::Text if part.body.trim().is_empty() => None,
        PartKind::Text => Some(format!("T:{}", part.body)),
        PartKind::Reasoning => Some(format!("R:{}", part.body)),
        PartKind::ToolCall { name, .. } => Some(format!("C:{name}:{}", part.body)),
        PartKind::ToolResult { .. } => Some(format!("A:{}", part.body)),
        PartKind::Markup => None,
    }
}

#[test]
fn thinking_tags_of_every_kind_are_reasoning() {
    for (open, close) in [
        ("<think>", "</think>"),
        ("<THINKING>", "</THINKING>"),
        ("<reasoning>", "</reasoning>"),
        ("<seed:think>", "</seed:think>"),
        ("<scratchpad>", "</scratchpad>"),
        ("[THINK]", "[/THINK]"),
    ] {
        assert_eq!(shown(&format!("{open}\nwhy\n{close}\n\nyes")), ["R:why", "T:yes"], "{open}");
    }
}

#[test]
fn a_lone_closing_tag_makes_everything_before_it_reasoning() {
    assert_eq!(shown("why</think>yes"), ["R:why", "T:yes"]);
    assert_eq!(shown("<think>a</think>b</think>c"), ["R:a", "T:b</think>c"]);
}

#[test]
fn an_opening_tag_that_never_closes_takes_the_rest_of_the_text() {
    let found = split("ok\n<think>why");
    assert_eq!(found.flags, ["unclosed_think"]);
    assert_eq!(shown("ok\n<think>why"), ["T:ok", "R:why"]);
    assert!(split("the <think> tag opens thought").is_plain());
}

#[test]
fn tags_in_code_are_text() {
    for text in ["use `<think>` here", "```xml\n<think>a</think>\n```", "``a ` <think>``</x>"] {
        assert!(split(text).is_plain(), "{text}");
    }
    assert_eq!(shown("<think>not `</think>` yet</think>x"), ["R:not `</think>` yet", "T:x"]);
    assert_eq!(shown("<think>```\ncode</think>x"), ["R:```\ncode", "T:x"]);
}

#[test]
fn several_blocks_keep_their_order() {
    assert_eq!(shown("<think>1</think>x<think>2</think>y"), ["R:1", "T:x", "R:2", "T:y"]);
    assert_eq!(shown("<think></think>x"), ["R:", "T:x"]);
}

#[test]
fn harmony_channels_become_reasoning_calls_and_text() {
    let text = "<|channel|>analysis<|message|>why<|end|><|start|>assistant<|channel|>commentary \
                to=functions.sh <|constrain|>json<|message|>{\"c\":1}<|call|><|start|>functions.sh \
                to=assistant<|channel|>commentary<|message|>out<|end|><|start|>assistant\
                <|channel|>final<|message|>yes<|return|>";
    assert_eq!(shown(text), ["R:why", "C:sh:{\"c\":1}", "A:out", "T:yes"]);
    assert_eq!(split("<|channel|>analysis<|message|>cut").flags, ["unclosed_think"]);
}

#[test]
fn hermes_and_qwen_calls_are_read() {
    let text = "<tool_call>\n{\"name\": \"sh\", \"arguments\": {\"c\": \"a </tool_call> b\"}}\n\
                </tool_call>\n<tool_call>\n<function=sh>\n<parameter=c>\nx </parameter> y \
                </tool_call> z\n</parameter>\n</function>\n</tool_call>";
    assert_eq!(
        shown(text),
        [r#"C:sh:{"c":"a </tool_call> b"}"#, r#"C:sh:{"c":"x </parameter> y </tool_call> z"}"#]
    );
    let glm = "<tool_call>sh\n<arg_key>c</arg_key>\n<arg_value>ls</arg_value>\n</tool_call>";
    assert_eq!(shown(glm), [r#"C:sh:{"c":"ls"}"#]);
}

#[test]
fn a_call_that_was_cut_off_keeps_its_raw_text() {
    let text = r#"<tool_call>{"name": "sh", "arguments": {"c": "rm"#;
    assert_eq!(shown(text), [r#"C:sh:{"name": "sh", "arguments": {"c": "rm"#]);
    assert_eq!(split(text).flags, ["unclosed_tool_call"]);
}

#[test]
fn other_vendors_calls_are_read() {
    let deepseek = "hm<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>sh\n```json\n\
                    {\"c\":1}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>";
    assert_eq!(shown(deepseek), ["T:hm", "C:sh:{\"c\":1}"]);
    let newer = "<｜tool▁call▁begin｜>sh<｜tool▁sep｜>{\"c\":1}<｜tool▁call▁end｜>";
    assert_eq!(shown(newer), ["C:sh:{\"c\":1}"]);
    let mistral = r#"[TOOL_CALLS][{"name":"a","arguments":{}},{"name":"b","arguments":{"x":1}}]"#;
    assert_eq!(shown(mistral), ["C:a:{}", "C:b:{\"x\":1}"]);
    assert_eq!(shown(r#"[TOOL_CALLS]a[CALL_ID]q1[ARGS]{"x":1}"#), ["C:a:{\"x\":1}"]);
    let llama = r#"<|python_tag|>{"name":"a","parameters":{"x":1}}<|eom_id|>"#;
    assert_eq!(shown(llama), ["C:a:{\"x\":1}"]);
    assert_eq!(shown("<|python_tag|>print(1)"), ["C:python:print(1)"]);
}

#[test]
fn results_are_read_from_user_text_only_if_it_begins_with_one() {
    let event = Event::new(Kind::UserText, Role::User);
    let text = "<tool_response>\n1\n</tool_response>\n<tool_response>2</tool_response>";
    let events = result_events(text, &event).unwrap();
    let results: Vec<_> = events.iter().map(|e| e.tool_call_result.as_deref()).collect();
    assert_eq!(results, [Some("1"), Some("2")]);
    assert_eq!(events[0].role, Some(Role::Tool));
    assert_eq!(events[0].role_raw.as_deref(), Some("user"));
    assert!(result_events("see <tool_response>1</tool_response>", &event).is_none());
    assert!(result_events("<think>a</think>", &event).is_none());
}

#[test]
fn hostile_text_takes_linear_time() {
    for tag in [
        "x <think> ",
        "<think>`",
        "<tool_call>{}",
        "<function=",
        "<｜tool▁call▁begin｜>",
        "[TOOL_CALLS][",
        "<|python_tag|>x<|eot_id|>",
        "<|channel|>",
        "<think>\n```\n</think>",
        "`",
    ] {
        let text = tag.repeat(1 << 20 >> 4);
        let split = split(&text);
        assert!(!split.parts.is_empty());
    }
}

fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        Just("<think>"),
        Just("</think>"),
        Just("`"),
        Just("```\n"),
        Just("\n"),
        Just("ü"),
        Just("<tool_call>"),
        Just("</tool_call>"),
        Just("{\"name\":\"a\"}"),
        Just("<function=f>"),
        Just("<parameter=p>"),
        Just("</parameter>"),
        Just("</function>"),
        Just("[TOOL_CALLS]"),
        Just("[ARGS]"),
        Just("<|channel|>"),
        Just("<|message|>"),
        Just("<|end|>"),
        Just("[THINK]"),
        Just("<|python_tag|>"),
        Just("<tool_response>"),
        Just("analysis"),
        Just("<"),
        Just("[{"),
        Just("<｜tool▁call▁begin｜>"),
        Just("<｜tool▁sep｜>"),
        Just("<｜tool▁call▁end｜>"),
        Just("text "),
    ];
    prop::collection::vec(fragment, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn the_parts_cover_the_text(text in fragments()) {
        for split in [Some(split(&text)), split_results(&text)].into_iter().flatten() {
            let mut at = 0;
            for part in &split.parts {
                prop_assert_eq!(part.range.start, at);
                prop_assert!(text.get(part.range.clone()).is_some());
                at = part.range.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC*") {
        let _ = events(&text, &Event::new(Kind::AssistantText, Role::Assistant));
    }
}
