//! Spans of tools: the call as it was executed and what it returned.

use super::{Content, Unit};
use crate::formats::common::set_tool;
use crate::formats::json::Json;
use crate::formats::telemetry::otlp::message::{Message, What};

const NAME: [&str; 6] = [
    "gen_ai.tool.name",
    "tool.name",
    "tool_name",
    "ai.toolCall.name",
    "traceloop.entity.name",
    "tool_call.function.name",
];
const ID: [&str; 5] =
    ["gen_ai.tool.call.id", "tool_call.id", "tool.id", "tool_use_id", "ai.toolCall.id"];
const ARGUMENTS: [&str; 7] = [
    "gen_ai.tool.call.arguments",
    "tool.parameters",
    "tool_call.function.arguments",
    "ai.toolCall.args",
    "traceloop.entity.input",
    "input.value",
    "tool_input",
];
const RESULT: [&str; 6] = [
    "gen_ai.tool.call.result",
    "ai.toolCall.result",
    "traceloop.entity.output",
    "output.value",
    "tool_output",
    "tool.output",
];

/// Reads a tool span as a message with the call and one with the result.
pub(super) fn read(unit: &mut Unit<'_>, content: &mut Content) {
    let is_retrieval = unit.attrs.text("openinference.span.kind") == Some("RETRIEVER")
        || unit.base.operation_name.as_deref() == Some("retrieval");
    let id = unit.attrs.take_text(&ID).map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
    let name = unit.attrs.take_text(&NAME).unwrap_or_else(|| {
        let name = unit.name.strip_prefix("execute_tool ").unwrap_or(&unit.name);
        name.to_owned()
    });
    let kind = unit.attrs.take_text(&["gen_ai.tool.type"]);
    let kind = kind.or_else(|| is_retrieval.then(|| "retriever".to_owned()));
    let from = ARGUMENTS.iter().find_map(|key| unit.attrs.pointer(key));
    let arguments = unit.attrs.take_text(&ARGUMENTS);
    let to = RESULT.iter().find_map(|key| unit.attrs.pointer(key));
    let result = documents(unit).or_else(|| unit.attrs.take_text(&RESULT));
    let failed = unit.error.is_some() || unit.base.error_type.is_some();
    set_tool(&mut unit.base, &name);
    unit.base.tool_call_id.clone_from(&id);
    let call = What::Call { id: id.clone(), name: name.clone(), arguments, kind };
    let call = Message { pointer: from, ..Message::of("assistant", call) };
    content.output.push(call);
    // A failure without a result is the error row's business: the result the model saw comes
    // with its next call.
    if result.is_some() {
        let error = failed.then_some(true);
        let answer = What::Answer { id, name: Some(name), text: result, error };
        let index = 1;
        content.output.push(Message { index, pointer: to, ..Message::of("tool", answer) });
    }
    if is_retrieval || content.dialect.is_empty() {
        let inferred = unit.attrs.has_prefix("openinference.");
        content.speaks(if inferred { "openinference" } else { "semconv" });
    }
}

/// Retrieved documents, which reach the model and may carry instructions.
fn documents(unit: &mut Unit<'_>) -> Option<String> {
    let found = unit.attrs.take_prefix("retrieval.documents.").items("");
    let mut texts = Vec::new();
    for (number, mut document) in found {
        texts.extend(document.text(&["document.content"]));
        for (key, value) in document.rest() {
            unit.facts.push((format!("retrieval.documents.{number}.{key}"), value));
        }
    }
    let listed = unit.attrs.take_any(&["gen_ai.retrieval.documents", "db.query.result"]);
    if !listed.is_null() {
        texts.extend(listed.display());
    }
    let query = unit.attrs.get("gen_ai.retrieval.query.text");
    if let Json::String(text) = query {
        unit.facts.push(("query".to_owned(), Json::String(text.clone()).compact()));
    }
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}
