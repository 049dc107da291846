//! Events of coding agents: `claude_code.*`, `codex.*`, `gemini_cli.*`.
//!
//! They say that something happened and how long it took; content is there only if the user
//! asked for it, and the chain of thought never, except in raw bodies. Rows of model calls say
//! so (`not_captured`), so that silence is not mistaken for a model that did not think.

use super::{Content, Unit, placed};
use crate::formats::common::set_tool;
use crate::formats::json::Json;
use crate::formats::telemetry::otlp::body;
use crate::formats::telemetry::otlp::message::{self, Message, What};
use crate::formats::telemetry::otlp::usage;
use crate::formats::telemetry::otlp::walk::{Signal, is_agent_event};
use crate::record::{Event, Kind, ReasoningState, Role, Usage};

/// Reads the unit if it is an event of a coding agent.
pub(super) fn read(unit: &mut Unit<'_>, content: &mut Content) -> bool {
    if unit.signal != Signal::Log || !is_agent_event(&unit.name) {
        return false;
    }
    let name = unit.name.clone();
    let (family, event) = name.split_once('.').unwrap_or((name.as_str(), ""));
    content.speaks("coding_agent");
    content.nature = super::Nature::Other;
    unit.base.operation_name = unit.base.operation_name.take().or_else(|| Some(event.to_owned()));
    unit.attrs.take("event.name");
    take_common(unit);
    if unit.body.str() == Some(name.as_str()) {
        unit.body = Json::Null;
    }
    match event {
        "user_prompt" => prompt(unit, content),
        "assistant_response" => response(unit, content),
        "api_request_body" | "api_response_body" => raw_body(unit, content, event),
        "api_request" if family == "claude_code" => api_usage(unit, content, family),
        "api_response" => api_usage(unit, content, family),
        "sse_event" if unit.attrs.has("input_token_count") => api_usage(unit, content, family),
        "api_error" => error(unit, content),
        "tool_decision" => decision(unit, content),
        "tool_result" | "tool_call" => tool(unit, content, family),
        _ if unit.attrs.has("error") || unit.attrs.has("error.message") => error(unit, content),
        _ => {}
    }
    true
}

fn take_common(unit: &mut Unit<'_>) {
    let attrs = &mut unit.attrs;
    let base = &mut unit.base;
    let model = attrs.take_text(&["model", "model_name"]);
    base.response_model = base.response_model.take().or(model);
    base.message_id = attrs.take_text(&["prompt.id", "prompt_id"]);
    base.tenant = base.tenant.take().or_else(|| attrs.take_text(&["organization.id"]));
    base.principal = attrs.take_text(&["user.account_uuid", "user.account_id", "user.email"]);
    base.duration_ms = attrs.take("duration_ms").f64();
    let version = attrs.take_text(&["app.version"]);
    base.source_version = base.source_version.take().or(version);
}

fn prompt(unit: &mut Unit<'_>, content: &mut Content) {
    let pointer = unit.attrs.pointer("prompt");
    let text = unit.attrs.take_text(&["prompt"]).filter(|text| !is_redacted(text));
    let Some(text) = text else {
        content.extra("prompt", Event::new(Kind::UserText, Role::User));
        return;
    };
    let mut row = Event::new(Kind::UserText, Role::User);
    row.text = Some(text);
    row.json_pointer = pointer;
    content.extra("prompt", row);
}

fn is_redacted(text: &str) -> bool {
    matches!(text, "<REDACTED>" | "[REDACTED]")
}

fn response(unit: &mut Unit<'_>, content: &mut Content) {
    let mut row = Event::new(Kind::AssistantText, Role::Assistant);
    row.json_pointer = unit.attrs.pointer("response");
    row.text = unit.attrs.take_text(&["response", "text"]).filter(|text| !is_redacted(text));
    row.reasoning_state = Some(ReasoningState::NotCaptured);
    content.extra("response", row);
}

/// Bodies of requests and responses, if the user asked for them.
fn raw_body(unit: &mut Unit<'_>, content: &mut Content, event: &str) {
    let pointer = unit.attrs.pointer("body");
    let Some(text) = unit.attrs.text("body").map(str::to_owned) else { return };
    let is_request = event == "api_request_body";
    let read = if is_request { body::request(&text) } else { body::response(&text) };
    let Some(found) = read else { return };
    unit.attrs.take("body");
    if found.truncated {
        content.flags.push("truncated_attribute");
    }
    content.nature = super::Nature::Model;
    if is_request {
        content.input = placed(found.messages, pointer.as_deref());
        content.tools = found.tools.map(|tools| (tools, pointer));
        let system = found.system.map(|text| Message::of("system", What::Text(text)));
        content.system.extend(system.map(|message| Message { index: -1, ..message }));
        unit.base.request_model = unit.base.request_model.take().or(found.model);
    } else {
        content.output = placed(found.messages, pointer.as_deref());
        unit.base.response_id = unit.base.response_id.take().or(found.id);
        unit.base.response_model = unit.base.response_model.take().or(found.model);
    }
}

fn api_usage(unit: &mut Unit<'_>, content: &mut Content, family: &str) {
    let attrs = &mut unit.attrs;
    let mut count = |keys: &[&str]| attrs.take_any(keys).i64().filter(|count| *count >= 0);
    let counted = Usage {
        input: count(&["input_tokens", "input_token_count"]),
        output: count(&["output_tokens", "output_token_count"]),
        reasoning: count(&["reasoning_token_count", "thoughts_token_count", "reasoning_tokens"]),
        cache_read: count(&[
            "cache_read_tokens",
            "cached_token_count",
            "cached_content_token_count",
        ]),
        cache_creation: count(&["cache_creation_tokens"]),
    };
    let mut counted = usage::inclusive(counted, None, family == "claude_code");
    if family != "claude_code" && family != "codex" {
        // Gemini counts thoughts beside the output.
        let thoughts = counted.reasoning.unwrap_or_default();
        counted.output = counted.output.map(|output| output.saturating_add(thoughts));
    }
    let mut row = Event::new(Kind::Usage, Role::Assistant);
    row.usage = counted;
    row.cost_usd = attrs.take_any(&["cost_usd", "cost"]).f64();
    row.time_to_first_chunk_ms = attrs.take_any(&["ttft_ms", "time_to_first_token_ms"]).f64();
    row.reasoning_state = Some(match counted.reasoning {
        Some(tokens) if tokens > 0 => ReasoningState::TokenCountOnly,
        _ => ReasoningState::NotCaptured,
    });
    row.request_id = attrs.take_text(&["request_id"]);
    if let Some(text) = attrs.take_text(&["response_text"]) {
        response_text(&text, content);
        if content.output.iter().flat_map(|m| &m.parts).any(is_thought) {
            row.reasoning_state = None;
        }
    }
    content.extra("usage", row);
}

fn is_thought(part: &message::Part) -> bool {
    matches!(part.what, What::Reasoning { .. })
}

/// Gemini CLI writes the response as JSON: one, or the list of its stream's chunks.
fn response_text(text: &str, content: &mut Content) {
    let read = body::response(text);
    content.output = match read {
        Some(body) => body.messages,
        None => vec![Message::of("assistant", What::Text(text.to_owned()))],
    };
}

fn error(unit: &mut Unit<'_>, content: &mut Content) {
    let attrs = &mut unit.attrs;
    let mut row = Event::new(Kind::Error, Role::Environment);
    row.error_message = attrs.take_text(&["error.message", "error", "error_message"]);
    row.error_type = unit.base.error_type.clone().or_else(|| attrs.take_text(&["error_type"]));
    row.text = row.error_message.clone().or_else(|| row.error_type.clone());
    row.status = Some("error");
    content.extra("error", row);
}

fn decision(unit: &mut Unit<'_>, content: &mut Content) {
    let attrs = &mut unit.attrs;
    let mut row = Event::new(Kind::Permission, Role::Environment);
    row.text = attrs.take_text(&["decision"]);
    let denied = ["reject", "denied", "deny", "abort"];
    let refused = row.text.as_deref().is_some_and(|t| denied.iter().any(|word| t.contains(word)));
    row.status = Some(if refused { "denied" } else { "ok" });
    if let Some(name) = attrs.take_text(&["tool_name", "function_name"]) {
        set_tool(&mut row, &name);
    }
    row.tool_call_id = attrs.take_text(&["tool_use_id", "call_id"]);
    content.extra("decision", row);
}

/// A tool that ran: the call with its arguments, if they were logged, and how it ended.
fn tool(unit: &mut Unit<'_>, content: &mut Content, family: &str) {
    let attrs = &mut unit.attrs;
    let id = attrs.take_text(&["tool_use_id", "call_id", "tool_call_id"]);
    let name = attrs.take_text(&["tool_name", "function_name"]).unwrap_or_default();
    let given = ["tool_input", "arguments", "function_args", "tool_parameters"];
    let arguments = attrs.take_text(&given);
    let failed = match attrs.take("success") {
        Json::Bool(success) => Some(!success),
        Json::String(text) => Some(text != "true"),
        _ => None,
    };
    let error = attrs.take_text(&["error", "error.message"]);
    let text = attrs.take_text(&["output", "result", "tool_result"]).or(error);
    let kind = attrs.take_text(&["tool_type"]);
    let call = What::Call { id: id.clone(), name: name.clone(), arguments, kind };
    content.nature = super::Nature::Tool;
    content.output.push(Message::of("assistant", call));
    // Gemini's event is the call; it has a result only if it says how it ended.
    if family != "gemini_cli" || failed.is_some() || text.is_some() {
        let answer = What::Answer { id, name: Some(name), text, error: failed };
        content.output.push(Message { index: 1, ..Message::of("tool", answer) });
    }
}
