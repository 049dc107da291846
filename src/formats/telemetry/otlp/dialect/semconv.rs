//! The GenAI conventions as they are now: message lists in attributes, structured or as JSON.

use super::{Content, Unit, placed};
use crate::formats::json::Json;
use crate::formats::telemetry::otlp::message::{self, Message};

/// Instrumentations that are known to leave the chain of thought out.
const LOSSY: [&str; 3] = [
    "opentelemetry.instrumentation.openai_v2",
    "opentelemetry.util.genai",
    "com.anthropic.sdk.python",
];

pub(super) fn read(unit: &mut Unit<'_>, content: &mut Content) {
    let keys = ["gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions"];
    if keys.iter().any(|key| unit.attrs.has(key)) {
        content.speaks("semconv");
    }
    let input = messages(unit, content, "gen_ai.input.messages", "user");
    content.input.extend(input);
    let output = messages(unit, content, "gen_ai.output.messages", "assistant");
    content.output.extend(output);
    let mut system = messages(unit, content, "gen_ai.system_instructions", "system");
    system.iter_mut().for_each(|message| message.index = -1);
    content.system.extend(system);
    let pointer = unit.attrs.pointer("gen_ai.tool.definitions");
    let tools = unit.attrs.take_any(&["gen_ai.tool.definitions", "gen_ai.request.tools"]);
    if let Some(tools) = tools.display().filter(|text| !text.trim().is_empty()) {
        content.tools = Some((tools, pointer));
    }
    content.loses_reasoning |= LOSSY.iter().any(|scope| unit.scope.starts_with(scope));
    let operation = unit.base.operation_name.is_some() || unit.base.provider_name.is_some();
    if operation || unit.attrs.has_prefix("gen_ai.") && !unit.attrs.has_prefix("gen_ai.prompt.") {
        content.speaks_if_nothing_else(unit);
    }
}

impl Content {
    /// A unit with only the metadata of a call still speaks the conventions, unless it carries
    /// the marks of another dialect.
    fn speaks_if_nothing_else(&mut self, unit: &Unit<'_>) {
        let others =
            ["gen_ai.prompt", "gen_ai.completion", "openinference.", "traceloop.", "llm.", "ai."];
        if !others.iter().any(|prefix| unit.attrs.has_prefix(prefix)) {
            self.speaks("semconv");
        }
    }
}

fn messages(unit: &mut Unit<'_>, content: &mut Content, key: &str, role: &str) -> Vec<Message> {
    let pointer = unit.attrs.pointer(key);
    let value = unit.attrs.take(key);
    if matches!(value, Json::Null) {
        return Vec::new();
    }
    let read = message::from_attribute(&value, role);
    let messages = content.checked(read);
    placed(messages, pointer.as_deref())
}
