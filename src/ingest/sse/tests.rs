//! Tests of putting streams together.

use super::*;

fn only(text: &str) -> (Value, bool) {
    let mut found = assemble(text);
    assert_eq!(found.len(), 1);
    let found = found.remove(0);
    (serde_json::from_str(&found.json).unwrap(), found.complete)
}

#[test]
fn a_message_is_its_blocks_in_order_and_ends_with_its_stop() {
    let text = r#"event: message_start
data: {"type":"message_start","message":{"id":"m","role":"assistant","model":"c","content":[],"usage":{"input_tokens":3}}}

data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"ls","input":{}}}

data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"so"}}
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"1}"}}
data: {"type":"ping"}
data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}
data: {"type":"message_stop"}
"#;
    let (value, complete) = only(text);
    assert!(complete);
    assert_eq!(value["content"][0]["thinking"], "so");
    assert_eq!(value["content"][1]["input"]["a"], 1);
    assert_eq!(value["stop_reason"], "tool_use");
    assert_eq!(
        (&value["usage"]["input_tokens"], &value["usage"]["output_tokens"]),
        (&3.into(), &9.into())
    );
    let cut = text.split("data: {\"type\":\"message_delta").next().unwrap();
    assert!(!only(cut).1);
}

#[test]
fn chunks_of_two_completions_do_not_mix() {
    let text = r#"data: {"id":"a","model":"g","choices":[{"index":0,"delta":{"role":"assistant","content":"he"}}]}
data: {"id":"b","choices":[{"index":0,"delta":{"content":"x"}}]}
data: {"id":"a","choices":[{"index":0,"delta":{"content":"llo","tool_calls":[{"index":0,"id":"t","function":{"name":"ls","arguments":"{"}}]}}]}
data: {"id":"a","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]},"finish_reason":"stop"}]}
data: [DONE]
"#;
    let found = assemble(text);
    assert_eq!(found.iter().map(|f| f.complete).collect::<Vec<_>>(), [true, false]);
    let first: Value = serde_json::from_str(&found[0].json).unwrap();
    let message = &first["choices"][0]["message"];
    assert_eq!(message["content"], "hello");
    assert_eq!(message["tool_calls"][0]["function"]["arguments"], "{}");
}

#[test]
fn a_response_is_its_last_event_or_what_came_before() {
    let start = r#"data: {"type":"response.created","response":{"id":"r","model":"g","output":[]}}
data: {"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","summary":[]}}
data: {"type":"response.reasoning_summary_text.delta","output_index":0,"delta":"hm"}
data: {"type":"response.output_text.delta","output_index":1,"delta":"hi"}
"#;
    let (value, complete) = only(start);
    assert!(!complete);
    assert_eq!(value["output"][0]["summary"][0]["text"], "hm");
    assert_eq!(value["output"][1]["content"][0]["text"], "hi");
    let whole = format!(
        "{start}data: {}\n",
        r#"{"type":"response.completed","response":{"id":"r","output":[{"type":"message","role":"assistant","content":[]}]}}"#
    );
    let (value, complete) = only(&whole);
    assert!(complete);
    assert_eq!(value["output"][0]["type"], "message");
}

#[test]
fn what_is_no_response_gives_nothing() {
    assert!(assemble("data: {\"x\":1}\ndata: nonsense\nevent: y\n").is_empty());
}
