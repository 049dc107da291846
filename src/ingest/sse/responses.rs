//! OpenAI Responses: the last event repeats the whole response; without it, items and deltas.

use super::{append, owned};
use crate::formats::Json;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A response being put together.
#[derive(Default)]
pub(super) struct Output {
    id: Option<String>,
    head: Map<String, Value>,
    items: BTreeMap<u64, Item>,
    complete: bool,
}

#[derive(Default)]
struct Item {
    item: Map<String, Value>,
    /// What came in pieces: text, summary, reasoning, arguments, refusal.
    pieces: Map<String, Value>,
    done: bool,
}

impl Output {
    pub(super) fn start(kind: &str, event: &Json<'_>) -> Self {
        let mut output = Self::default();
        output.add(kind, event);
        output
    }

    /// Whether an event is a part of this response.
    pub(super) fn takes(&self, event: &Json<'_>) -> bool {
        match event.at("response").string("id") {
            Some(id) => self.id.as_ref().is_none_or(|known| *known == id),
            None => !self.complete,
        }
    }

    pub(super) fn add(&mut self, kind: &str, event: &Json<'_>) {
        if let Value::Object(response) = owned(event.at("response")) {
            self.id = event.at("response").string("id").or(self.id.take());
            self.head = response;
        }
        if let "response.completed" | "response.failed" | "response.incomplete" = kind {
            self.complete = true;
            return;
        }
        let Some(index) = event.at("output_index").u64() else { return };
        let item = self.items.entry(index).or_default();
        if let Value::Object(known) = owned(event.at("item")) {
            item.item = known;
            item.done |= kind == "response.output_item.done";
        }
        let piece = match kind {
            "response.output_text.delta" => "text",
            "response.refusal.delta" => "refusal",
            "response.reasoning_summary_text.delta" => "summary",
            "response.reasoning_text.delta" => "reasoning",
            "response.function_call_arguments.delta" => "arguments",
            "response.custom_tool_call_input.delta" => "input",
            _ => return,
        };
        append(&mut item.pieces, piece, event.at("delta").str());
    }

    pub(super) fn finish(mut self) -> Option<(Value, bool)> {
        let has_output = self.head.get("output").and_then(Value::as_array);
        if !self.complete || has_output.is_none_or(Vec::is_empty) {
            let items: Vec<Value> = self.items.into_values().map(Item::finish).collect();
            self.head.insert("output".to_owned(), items.into());
        }
        self.head.insert("object".to_owned(), "response".into());
        Some((self.head.into(), self.complete))
    }
}

impl Item {
    /// The item; one that was never done gets what came of it.
    fn finish(mut self) -> Value {
        if self.done {
            return self.item.into();
        }
        let mut piece = |key| match self.pieces.remove(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let item = &mut self.item;
        if let Some(text) = piece("text") {
            item.entry("type").or_insert_with(|| "message".into());
            item.entry("role").or_insert_with(|| "assistant".into());
            item.insert("content".to_owned(), json!([{"type": "output_text", "text": text}]));
        }
        if let Some(refusal) = piece("refusal") {
            item.entry("type").or_insert_with(|| "message".into());
            item.entry("role").or_insert_with(|| "assistant".into());
            item.insert("content".to_owned(), json!([{"type": "refusal", "refusal": refusal}]));
        }
        if let Some(text) = piece("summary") {
            item.entry("type").or_insert_with(|| "reasoning".into());
            item.insert("summary".to_owned(), json!([{"type": "summary_text", "text": text}]));
        }
        if let Some(text) = piece("reasoning") {
            item.entry("type").or_insert_with(|| "reasoning".into());
            item.insert("content".to_owned(), json!([{"type": "reasoning_text", "text": text}]));
        }
        for (key, kind) in [("arguments", "function_call"), ("input", "custom_tool_call")] {
            if let Some(text) = piece(key) {
                item.entry("type").or_insert_with(|| kind.into());
                item.insert(key.to_owned(), text.into());
            }
        }
        self.item.into()
    }
}
