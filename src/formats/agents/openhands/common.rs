//! What both versions share: thoughts, things said, results, notices.

use super::util;
use crate::formats::chat::shared::parts::Parts;
use crate::formats::chat::shared::reasoning::Via;
use crate::formats::{Json, common};
use crate::record::{Event, Kind, Role};

/// A piece of text and its place.
pub(super) type Piece<'a> = (&'a str, String);

/// The parts of a message under this role, every row made from `base`.
pub(super) fn parts(role: &str, base: &Event) -> Parts {
    let mut parts = Parts::new(Some(role), "");
    let template = parts.template();
    let (kind, role, raw) = (template.kind, template.role, template.role_raw.take());
    *template = base.clone();
    (template.kind, template.role) = (kind, role);
    if raw.is_some() {
        template.role_raw = raw;
    }
    parts
}

/// The chain of thought of a model's turn: native reasoning of `holder`, and what stands beside
/// the call. What stands in several places is one row.
pub(super) fn thoughts(
    base: &Event,
    holder: &Json<'_>,
    at: &str,
    beside: &[Piece<'_>],
) -> Vec<Event> {
    let mut parts = parts("assistant", base);
    let native = native(&mut parts, holder, at);
    for (text, at) in beside {
        if native.contains(&folded(text)) {
            parts.reasoning_field(Via::Thought, &Json::String((*text).into()), at);
        } else {
            parts.text(text, at);
        }
    }
    let rows = parts.finish().events.into_iter();
    rows.filter_map(|mut row| {
        if row.kind == Some(Kind::AssistantText) {
            row.kind = Some(Kind::Reasoning);
            row.reasoning = Some(row.text.take()?);
            row.reasoning_source = Some(Via::Thought.source());
        }
        Some(row)
    })
    .collect()
}

/// Adds the native reasoning of a message; returns its texts without white space.
pub(super) fn native(parts: &mut Parts, holder: &Json<'_>, at: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for (n, block) in holder.at("thinking_blocks").items().iter().enumerate() {
        parts.reasoning(Via::ThinkingBlocks, block, &format!("{at}/thinking_blocks/{n}"));
        texts.extend(block.text("thinking").map(folded));
    }
    let item = holder.at("responses_reasoning_item");
    if item.is_object() {
        parts.reasoning(Via::ResponsesItem, item, &format!("{at}/responses_reasoning_item"));
    }
    let content = holder.at("reasoning_content");
    parts.reasoning_field(Via::ReasoningContent, content, &format!("{at}/reasoning_content"));
    texts.extend(content.str().map(folded));
    texts.retain(|text| !text.is_empty());
    texts
}

fn folded(text: &str) -> String {
    text.chars().filter(|ch| !ch.is_whitespace()).collect()
}

/// Text that the model shows, cut at the tags it may hold.
pub(super) fn said(base: &Event, text: &str, at: &str) -> Vec<Event> {
    let mut parts = parts("assistant", base);
    parts.text(text, at);
    parts.finish().events
}

/// A call of a tool.
pub(super) fn call(base: &Event, name: &str, id: Option<&str>, arguments: String) -> Event {
    let mut event = base.clone();
    event.kind = Some(Kind::ToolCall);
    event.role.get_or_insert(Role::Assistant);
    common::set_tool(&mut event, name);
    event.tool_type.get_or_insert_with(|| "function".to_owned());
    event.tool_call_id = id.map(str::to_owned);
    event.tool_call_arguments = Some(arguments);
    event
}

/// The result of a call; whether it failed is added by [`conclude`].
pub(super) fn result(base: &Event, name: Option<&str>, id: Option<&str>, text: String) -> Event {
    let mut event = base.clone();
    event.kind = Some(Kind::ToolResult);
    event.role = Some(Role::Tool);
    if let Some(name) = name {
        common::set_tool(&mut event, name);
    }
    event.tool_call_id = id.map(str::to_owned);
    event.tool_call_result = Some(text);
    event
}

/// Says how a call ended. A command that failed is a failed call, whatever its tool thinks of
/// itself; `-1` means that it had not ended yet.
pub(super) fn conclude(event: &mut Event, failed: Option<bool>, code: &Json<'_>) {
    event.tool_exit_code =
        code.i64().and_then(|code| i32::try_from(code).ok()).filter(|c| *c != -1);
    let nonzero = event.tool_exit_code.map(|code| code != 0);
    event.tool_is_error = match (failed, nonzero) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (failed, nonzero) => failed.or(nonzero),
    };
    event.status = event.tool_is_error.map(|failed| if failed { "error" } else { "ok" });
}

/// An event of the harness, with the scalars of `body` as attributes.
pub(super) fn notice(base: &Event, kind: Kind, body: &Json<'_>, skip: &[&str]) -> Event {
    let mut event = base.clone();
    event.kind = Some(kind);
    event.role = Some(Role::Environment);
    event.is_synthetic = true;
    util::flatten(&mut event, "", body, skip);
    event
}

/// Something that failed outside of any call.
pub(super) fn failure(base: &Event, text: Option<String>) -> Event {
    let mut event = base.clone();
    event.kind = Some(Kind::Error);
    event.role = Some(Role::Environment);
    event.error_message = text;
    event.status = Some("error");
    event
}

/// Instructions or context that the harness puts before the model.
pub(super) fn context(base: &Event, text: &str, at: String) -> Event {
    let mut event = base.clone();
    event.kind = Some(Kind::SystemPrompt);
    event.role = Some(Role::System);
    event.is_synthetic = true;
    event.text = Some(text.to_owned());
    event.json_pointer = Some(at);
    event
}

/// The tools on offer.
pub(super) fn tools(base: &Event, tools: &Json<'_>, at: String) -> Option<Event> {
    (!tools.items().is_empty()).then(|| {
        let mut event = context(base, &tools.compact(), at);
        event.kind = Some(Kind::ToolDefinitions);
        event
    })
}

/// What replaced a part of the history.
pub(super) fn summary(base: &Event, text: &str, at: String) -> Event {
    let mut event = context(base, text, at);
    event.kind = Some(Kind::CompactionSummary);
    event.role = Some(Role::User);
    event
}

/// An event of an unknown type, with all its text.
pub(super) fn unknown(base: &Event, event: &Json<'_>) -> Event {
    let mut row = base.clone();
    row.kind = Some(Kind::Unknown);
    row.text = util::walk_text(event, &["source", "kind"]);
    row.flag("unknown_type");
    util::flatten(&mut row, "", event, &["id", "timestamp", "message"]);
    row
}
