//! Lines that are not messages: system notices, progress, injected attachments, notes.

use super::super::util;
use super::blocks;
use super::branch::{Node, Part};
use super::message::{self, LINE_KEYS};
use crate::formats::Json;
use crate::record::{Event, Kind, Role};

/// The events of a line with a uuid, and the id that names them.
pub(super) fn events<'a>(
    json: &'a Json<'_>,
    uuid: &'a str,
    base: &Event,
    node: &mut Node,
) -> (&'a str, Vec<Event>) {
    match json.text("type").unwrap_or_default() {
        "user" | "assistant" => (uuid, message::events(json, base, node, "")),
        "progress" => progress(json, uuid, base, node),
        "system" => (uuid, vec![system(json, base)]),
        "attachment" => (uuid, vec![attachment(json, base, node)]),
        _ => (uuid, vec![unknown(json, base)]),
    }
}

/// An event of the harness itself, with the scalars of its line as attributes.
fn notice(json: &Json<'_>, base: &Event, kind: Kind) -> Event {
    let mut event = base.clone().with(|event| event.kind = Some(kind));
    event.role = Some(Role::Environment);
    event.role_raw = json.string("type").filter(|kind| kind == "system");
    event.is_synthetic = true;
    if let Some(kind) = json.text("type") {
        event.attr("type", Json::String(kind.into()).compact());
    }
    util::flatten(&mut event, "", json, &LINE_KEYS);
    event
}

/// The visible text of a harness line: its content, else every string it carries.
fn notice_text(json: &Json<'_>, extra: &[&str]) -> Option<String> {
    if let Some(content) = json.text("content") {
        return Some(content.to_owned());
    }
    let mut skip: Vec<&str> = LINE_KEYS.into_iter().filter(|key| !spoken(key)).collect();
    skip.extend(["userType", "slug", "level", "leafUuid", "messageId", "toolUseID"]);
    skip.extend(["parentToolUseID", "logicalParentUuid"]);
    skip.extend(extra);
    util::walk_text(json, &skip)
}

fn spoken(key: &str) -> bool {
    matches!(key, "message" | "content" | "data" | "attachment" | "summary")
}

fn system(json: &Json<'_>, base: &Event) -> Event {
    let subtype = json.text("subtype").unwrap_or_default();
    let kind = match subtype {
        "compact_boundary" | "microcompact_boundary" => Kind::Compaction,
        "api_error" | "error" | "session_writes_lost" => Kind::Error,
        "model_refusal_fallback" | "refusal" => Kind::Refusal,
        "permission_denied" | "permission_retry" | "permission_request" => Kind::Permission,
        "conversation_reset" => Kind::HistoryEdit,
        _ => Kind::Lifecycle,
    };
    let mut event = notice(json, base, kind);
    event.text = notice_text(json, &[]);
    event.duration_ms = json.at("durationMs").f64();
    match kind {
        Kind::Error => {
            event.status = Some("error");
            event.error_type = Some(subtype.to_owned());
            event.error_message =
                event.text.as_deref().map(|text| util::cut(text, 1024).to_owned());
        }
        Kind::Permission if subtype == "permission_denied" => event.status = Some("denied"),
        _ => {}
    }
    if subtype == "session_writes_lost" {
        event.flag("session_writes_lost");
    }
    if let Some(model) = json.any_of(&["fallback_model", "fallbackModel"]).str() {
        event.response_model = Some(model.to_owned());
    }
    event
}

fn progress<'a>(
    json: &'a Json<'_>,
    uuid: &'a str,
    base: &Event,
    node: &mut Node,
) -> (&'a str, Vec<Event>) {
    let data = json.at("data");
    let inner = data.at("message");
    if inner.at("message").is_object() {
        return agent_message(inner, uuid, base, node);
    }
    let mut event = notice(json, base, Kind::Lifecycle);
    util::flatten(&mut event, "data", data, &["output", "fullOutput", "prompt", "message"]);
    event.text = match (data.text("output"), data.text("fullOutput")) {
        (_, Some(output)) | (Some(output), None) => Some(output.to_owned()),
        _ => util::walk_text(data, &["agentId"]),
    };
    (uuid, vec![event])
}

/// A message of a sub-agent, embedded in the main session. It carries the uuid that the
/// sub-agent's own file uses, so both name the same event.
fn agent_message<'a>(
    inner: &'a Json<'_>,
    uuid: &'a str,
    base: &Event,
    node: &mut Node,
) -> (&'a str, Vec<Event>) {
    let mut base = base.clone();
    let key = inner.text("uuid").unwrap_or(uuid);
    base.message_id = Some(key.to_owned());
    base.parent_message_id = inner.string("parentUuid");
    base.request_id = inner.string("requestId");
    let said = inner.at("timestamp").time();
    if said.micros.is_some() {
        base.ts = said;
    }
    let mut detached = Node { part: Part::Side, ..Node::default() };
    let events = message::events(inner, &base, &mut detached, "/data/message");
    node.part = Part::Aside;
    (key, events)
}

/// Text the harness puts into the model's context; only a queued prompt is a person's.
fn attachment(json: &Json<'_>, base: &Event, node: &mut Node) -> Event {
    let body = json.at("attachment");
    let kind = body.text("type").unwrap_or_default();
    let lifecycle = kind.starts_with("hook_");
    let shown = if lifecycle { Kind::Lifecycle } else { Kind::UserText };
    let mut event = notice(json, base, shown);
    util::flatten(&mut event, "attachment", body, &["prompt", "content"]);
    event.text = body.string("prompt").or_else(|| util::walk_text(body, &[]));
    if !lifecycle {
        event.role = Some(Role::User);
    }
    let person = kind == "queued_command" && body.text("commandMode") != Some("task-notification");
    if person {
        event.is_synthetic = event.text.as_deref().is_some_and(blocks::is_synthetic);
    }
    node.part = Part::Aside;
    event
}

fn unknown(json: &Json<'_>, base: &Event) -> Event {
    let mut event = notice(json, base, Kind::Unknown);
    event.flag("unknown_type");
    event.is_synthetic = false;
    event.text = notice_text(json, &[]);
    event
}

/// The event of a line without a uuid.
pub(super) fn note(json: &Json<'_>, base: &Event) -> Event {
    let kind = json.text("type").unwrap_or_default();
    let known = super::OTHER_TYPES.contains(&kind)
        || matches!(kind, "summary" | "file-history-snapshot" | "mode" | "session_writes_lost");
    if !known {
        return unknown(json, base);
    }
    let mut event = notice(json, base, Kind::Lifecycle);
    event.text = match kind {
        "summary" => json.string("summary"),
        "file-history-snapshot" => None,
        _ => notice_text(json, &[]),
    };
    if kind == "session_writes_lost" {
        event.flag("session_writes_lost");
    }
    event
}
