//! Anthropic Messages: `message_start`, content blocks by index, `message_delta`.

use super::{append, owned, set};
use crate::formats::Json;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Whether an event of this type belongs to a message.
pub(super) fn is_event(kind: &str) -> bool {
    kind.starts_with("message_") || kind.starts_with("content_block_")
}

/// A message being put together.
#[derive(Default)]
pub(super) struct Message {
    head: Map<String, Value>,
    blocks: BTreeMap<u64, Map<String, Value>>,
    complete: bool,
}

impl Message {
    pub(super) fn start(kind: &str, event: &Json<'_>) -> Self {
        let mut message = Self::default();
        message.add(kind, event);
        message
    }

    pub(super) fn add(&mut self, kind: &str, event: &Json<'_>) {
        match kind {
            "message_start" => {
                if let Value::Object(head) = owned(event.at("message")) {
                    self.head = head;
                }
            }
            "content_block_start" => {
                if let Value::Object(block) = owned(event.at("content_block")) {
                    self.blocks.insert(index(event), block);
                }
            }
            "content_block_delta" => self.delta(index(event), event.at("delta")),
            "message_delta" => {
                for (key, value) in event.at("delta").entries() {
                    set(&mut self.head, key, owned(value));
                }
                self.usage(event.at("usage"));
            }
            "message_stop" => self.complete = true,
            _ => {}
        }
    }

    fn delta(&mut self, index: u64, delta: &Json<'_>) {
        let (kind, key) = match delta.text("type") {
            Some("text_delta") => ("text", "text"),
            Some("thinking_delta") => ("thinking", "thinking"),
            Some("signature_delta") => ("thinking", "signature"),
            Some("input_json_delta") => ("tool_use", "partial_json"),
            _ => return,
        };
        let block = self.blocks.entry(index).or_default();
        block.entry("type").or_insert_with(|| kind.into());
        append(block, key, delta.at(key).str());
    }

    /// Counts of a later event replace those of an earlier one.
    fn usage(&mut self, usage: &Json<'_>) {
        let known = self.head.entry("usage").or_insert_with(|| Map::new().into());
        if let Value::Object(known) = known {
            for (key, value) in usage.entries() {
                set(known, key, owned(value));
            }
        }
    }

    pub(super) fn finish(mut self) -> Option<(Value, bool)> {
        if self.head.is_empty() && self.blocks.is_empty() {
            return None;
        }
        let blocks = self.blocks.into_values().map(|mut block| {
            // Arguments that broke off stay text.
            if let Some(Value::String(text)) = block.remove("partial_json") {
                let parsed = serde_json::from_str(&text).unwrap_or_else(|_| text.into());
                block.insert("input".to_owned(), parsed);
            }
            Value::Object(block)
        });
        let blocks: Vec<Value> = blocks.collect();
        self.head.insert("type".to_owned(), "message".into());
        self.head.entry("role").or_insert_with(|| "assistant".into());
        self.head.insert("content".to_owned(), blocks.into());
        self.head.entry("stop_reason").or_insert(Value::Null);
        Some((self.head.into(), self.complete))
    }
}

fn index(event: &Json<'_>) -> u64 {
    event.at("index").u64().unwrap_or_default()
}
