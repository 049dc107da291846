//! Reads the shared samples, where they are present, through all three readers.

use crate::formats::testing::read;
use crate::formats::{Format, json};
use crate::testing::samples;

fn formats() -> [&'static dyn Format; 3] {
    use crate::formats::chat::{anthropic, openai_chat, openai_responses};
    [&anthropic::AnthropicMessages, &openai_chat::OpenaiChat, &openai_responses::OpenaiResponses]
}

#[test]
fn the_shared_samples_give_the_expected_number_of_rows() {
    let Some(folder) = samples("formats") else { return };
    for (file, format, rows) in [
        ("_hard/s07_tool_args_not_json.jsonl", "openai_chat", 1),
        ("_hard/s08_tool_args_object_and_empty_id.jsonl", "openai_chat", 2),
        ("_hard/s10_reasoning_twice.jsonl", "openai_chat", 2),
        ("_hard/s14_timestamps_zoo.jsonl", "openai_chat", 15),
        ("_hard/s15_role_zoo.jsonl", "openai_chat", 18),
        ("_hard/s16_content_shapes.jsonl", "openai_chat", 11),
        ("_hard/s17_history_resend.jsonl", "openai_chat", 13),
        ("_hard/s36_xml_tool_tags.jsonl", "openai_chat", 3),
        ("synthetic_spec/openai_batch_output.jsonl", "openai_chat", 4),
        ("synthetic_spec/openai_responses_items.json", "openai_responses", 5),
        ("synthetic_spec/anthropic_batch_results.jsonl", "anthropic_messages", 6),
    ] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        for line in text.lines() {
            let value = json::parse(line).unwrap().0;
            let best = formats().into_iter().max_by_key(|format| format.sniff(&value)).unwrap();
            assert_eq!(best.id(), format, "{file}");
        }
        let format = formats().into_iter().find(|known| known.id() == format).unwrap();
        let outcome = read(format, &text);
        assert_eq!((outcome.events.len(), outcome.rejected.len()), (rows, 0), "{file}");
    }
}
