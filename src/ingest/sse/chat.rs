//! OpenAI Chat Completions: chunks of one id, deltas by choice and tool call index.

use super::{append, owned, set};
use crate::formats::Json;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Texts of a delta that are sent in pieces.
const TEXTS: [&str; 4] = ["content", "reasoning_content", "reasoning", "refusal"];

/// A completion being put together.
#[derive(Default)]
pub(super) struct Completion {
    id: Option<String>,
    head: Map<String, Value>,
    choices: BTreeMap<u64, Choice>,
}

#[derive(Default)]
struct Choice {
    message: Map<String, Value>,
    tools: BTreeMap<u64, Map<String, Value>>,
    finish: Value,
}

impl Completion {
    pub(super) fn start(chunk: &Json<'_>) -> Self {
        let mut completion = Self { id: chunk.string("id"), ..Self::default() };
        completion.add(chunk);
        completion
    }

    /// Whether a chunk is a part of this completion.
    pub(super) fn takes(&self, chunk: &Json<'_>) -> bool {
        chunk.string("id") == self.id
    }

    pub(super) fn add(&mut self, chunk: &Json<'_>) {
        for (key, value) in chunk.entries() {
            if !matches!(key.as_ref(), "choices" | "object") {
                set(&mut self.head, key, owned(value));
            }
        }
        for choice in chunk.at("choices").items() {
            let index = choice.at("index").u64().unwrap_or_default();
            self.choices.entry(index).or_default().add(choice);
        }
    }

    pub(super) fn finish(mut self) -> Option<(Value, bool)> {
        let ended = |choice: &Choice| !choice.finish.is_null();
        let complete = !self.choices.is_empty() && self.choices.values().all(ended);
        let choices = self.choices.into_iter().map(|(index, choice)| choice.finish(index));
        let choices: Vec<Value> = choices.collect();
        self.head.insert("object".to_owned(), "chat.completion".into());
        self.head.insert("choices".to_owned(), choices.into());
        Some((self.head.into(), complete))
    }
}

impl Choice {
    fn add(&mut self, choice: &Json<'_>) {
        let delta = choice.any_of(&["delta", "message"]);
        set(&mut self.message, "role", delta.string("role"));
        for key in TEXTS {
            append(&mut self.message, key, delta.at(key).str());
        }
        for (n, call) in delta.at("tool_calls").items().iter().enumerate() {
            let index = call.at("index").u64().unwrap_or(n as u64);
            self.call(index, call);
        }
        if let Some(reason) = choice.string("finish_reason") {
            self.finish = reason.into();
        }
    }

    fn call(&mut self, index: u64, call: &Json<'_>) {
        let tool = self.tools.entry(index).or_default();
        set(tool, "id", call.string("id"));
        set(tool, "type", call.string("type"));
        let function = call.at("function");
        set(tool, "name", function.string("name"));
        append(tool, "arguments", function.at("arguments").str());
    }

    fn finish(mut self, index: u64) -> Value {
        let calls = self.tools.into_values().map(|mut tool| {
            let mut field = |key| tool.remove(key).unwrap_or_default();
            let function = json!({"name": field("name"), "arguments": field("arguments")});
            json!({"id": field("id"), "type": "function", "function": function})
        });
        let calls: Vec<Value> = calls.collect();
        self.message.entry("role").or_insert_with(|| "assistant".into());
        self.message.entry("content").or_insert(Value::Null);
        if !calls.is_empty() {
            self.message.insert("tool_calls".to_owned(), calls.into());
        }
        json!({"index": index, "message": self.message, "finish_reason": self.finish})
    }
}
