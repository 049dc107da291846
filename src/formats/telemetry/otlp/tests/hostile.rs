//! Inputs that lie about their shape.

use super::*;

/// Every place of a value, outermost first.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                places(
                    inner,
                    &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")),
                    found,
                );
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                places(inner, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn any_value_in_any_place_is_survived() {
    let input = json!([said("system", "s"), said("user", "<think>"), { "role": 7, "parts": [
        { "type": "tool_call_response", "id": "t", "response": { "a": [1] } }, { "type": "blob",
        "content": "AAAA", "mime_type": "image/png" }] }]);
    let output = json!([{ "role": "assistant", "parts": [{ "type": "reasoning", "content": "r" },
        { "type": "tool_call", "id": "t", "name": "n", "arguments": {} }] }]);
    let mut call = chat("c", &input, &output);
    call["gen_ai.input.messages"] = input;
    call["gen_ai.output.messages"] = output;
    call["gen_ai.tool.definitions"] = json!([{ "name": "n" }]);
    call["gen_ai.prompt.0.content"] = json!("p");
    call["llm.output_messages.0.message.contents.0.message_content.type"] = json!("text");
    call["output.value"] = json!("{\"choices\":[{\"message\":{\"content\":[]}}]}");
    let mut span = span(1, "chat", &call);
    span["events"] =
        json!([{ "name": "exception", "attributes": [] }, { "name": "gen_ai.choice" }]);
    let whole: Value = serde_json::from_str(&spans(&[span])).expect("JSON");
    let mut all = Vec::new();
    places(&whole, "", &mut all);
    let stand_ins = [json!(null), json!(-1e300), json!("[{"), json!([]), json!({})];
    for place in all.iter().filter(|place| !place.is_empty()) {
        for stand_in in &stand_ins {
            let mut changed = whole.clone();
            *changed.pointer_mut(place).expect("a place") = stand_in.clone();
            let outcome = read(&[changed.to_string()]);
            assert!(
                !outcome.events.is_empty()
                    || !outcome.rejected.is_empty()
                    || place == "/resourceSpans",
                "{place} = {stand_in} gives nothing"
            );
        }
    }
}

#[test]
fn deep_nesting_in_an_attribute_is_survived() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let attributes =
        json!({ "gen_ai.input.messages": deep, "output.value": "{\"a\":".repeat(50_000) });
    let outcome = read(&[spans(&[span(1, "chat", &attributes)])]);
    assert_eq!(kinds(&outcome)[0], "user_text");
}

#[test]
fn a_contradicted_id_does_not_hide_a_second_text() {
    let one = chat("c", &json!([]), &json!([said("assistant", "first")]));
    let two = chat("c", &json!([]), &json!([said("assistant", "second")]));
    let outcome = read(&[spans(&[span(1, "chat", &one)]), spans(&[span(1, "chat", &two)])]);
    let texts: Vec<_> = outcome.events.iter().filter_map(|e| e.text.as_deref()).collect();
    assert_eq!(texts, ["first", "second"]);
    assert_ne!(outcome.events[0].content_hash, outcome.events[1].content_hash);
}
