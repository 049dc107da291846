//! V0: what came of an action.

use super::common::{conclude, context, failure, notice, result, summary, unknown};
use super::state::{Cause, State};
use super::util;
use crate::formats::Json;
use crate::record::{Event, Kind};

/// Observations that answer a call even if it is not known.
const RESULTS: [&str; 11] = [
    "run",
    "run_ipython",
    "read",
    "write",
    "edit",
    "browse",
    "delegate",
    "mcp",
    "task_tracking",
    "download",
    "user_rejected",
];
/// Observations about the harness itself.
const NOTICES: [&str; 7] =
    ["recall", "think", "null", "success", "agent_state_changed", "loop_detection", "server_ready"];
/// Texts that a recall puts before the model.
const RECALLED: [&str; 4] =
    ["repo_instructions", "additional_agent_instructions", "conversation_instructions", "date"];
/// What repeats the call, or the content.
const REPEATED: [&str; 12] = [
    "command",
    "code",
    "content",
    "message",
    "old_content",
    "new_content",
    "_diff_cache",
    "observation",
    "source",
    "tool_call_metadata",
    "timestamp",
    "cause",
];

/// The rows of one observation.
pub(super) fn events(state: &mut State, event: &Json<'_>, name: &str, base: &Event) -> Vec<Event> {
    let text = event.at("content").display().unwrap_or_default();
    let metadata = event.at("tool_call_metadata");
    let cause = base.parent_message_id.as_deref();
    let answers = RESULTS.contains(&name) || metadata.is_object();
    let may_wait = cause.is_none() && (answers || name == "error");
    let waiting = if may_wait { state.answered() } else { None };
    let known = match (waiting.as_deref(), cause) {
        (Some(id), _) => Cause::Call(id),
        (None, Some(cause)) => state.cause(cause),
        (None, None) => Cause::Unknown,
    };
    let logged = metadata.text("tool_call_id").or(cause);
    match (name, known) {
        ("recall", _) => recalled(event, base, text),
        ("condense" | "agent_condensation", _) => {
            let pointer = base.json_pointer.as_deref().unwrap_or_default();
            vec![summary(base, &text, format!("{pointer}/content"))]
        }
        (_, Cause::Call(id)) => vec![answer(event, name, base, Some(id), text)],
        (_, Cause::Unknown) if NOTICES.contains(&name) => vec![noticed(event, base, text)],
        ("error", Cause::Unknown) if logged.is_some() => {
            vec![answer(event, name, base, logged, text)]
        }
        ("error", _) => vec![failed(event, base, text)],
        (_, Cause::Other) => vec![noticed(event, base, text)],
        (_, Cause::Unknown) if answers => vec![answer(event, name, base, logged, text)],
        _ => vec![unknown(base, event)],
    }
}

/// The body of an observation; the oldest ones have everything at the top.
fn extras<'a>(event: &'a Json<'a>) -> &'a Json<'a> {
    match event.at("extras") {
        extras @ Json::Object(_) => extras,
        _ => event,
    }
}

fn answer(event: &Json<'_>, name: &str, base: &Event, id: Option<&str>, text: String) -> Event {
    let tool = event.at("tool_call_metadata").text("function_name");
    let mut row = result(base, tool, id, text);
    let extras = extras(event);
    let code = match extras.path(&["metadata", "exit_code"]) {
        Json::Null => extras.at("exit_code"),
        code => code,
    };
    let failed = match name {
        "error" | "user_rejected" => Some(true),
        _ => event.at("success").bool().map(|success| !success).or(extras.at("error").bool()),
    };
    conclude(&mut row, failed, code);
    match name {
        "user_rejected" => row.status = Some("denied"),
        "error" => row.error_type = extras.string("error_id"),
        _ => {}
    }
    row.attr("observation", Json::String(name.into()).compact());
    util::flatten(&mut row, "", extras, &REPEATED);
    row
}

fn noticed(event: &Json<'_>, base: &Event, text: String) -> Event {
    let mut row = notice(base, Kind::Lifecycle, extras(event), &REPEATED);
    row.text = Some(text).filter(|text| !text.is_empty());
    row.attr("observation", event.at("observation").compact());
    row
}

fn failed(event: &Json<'_>, base: &Event, text: String) -> Event {
    let mut row = failure(base, Some(text));
    row.error_type = extras(event).string("error_id");
    row
}

/// A recall puts instructions of the repository and knowledge before the model.
fn recalled(event: &Json<'_>, base: &Event, text: String) -> Vec<Event> {
    let extras = extras(event);
    let at = |inner: &str| {
        let pointer = base.json_pointer.as_deref().unwrap_or_default();
        format!("{pointer}/extras/{inner}")
    };
    let mut row = notice(base, Kind::Lifecycle, extras, &RECALLED);
    row.text = Some(text).filter(|text| !text.is_empty());
    row.attr("observation", "\"recall\"");
    let mut rows = vec![row];
    let texts = RECALLED.iter().filter_map(|key| Some((extras.text(key)?, at(key))));
    rows.extend(texts.map(|(text, at)| context(base, text, at)));
    for (n, knowledge) in extras.at("microagent_knowledge").items().iter().enumerate() {
        let Some(text) = knowledge.text("content") else { continue };
        let mut row = context(base, text, at(&format!("microagent_knowledge/{n}/content")));
        util::flatten(&mut row, "", knowledge, &["content"]);
        rows.push(row);
    }
    rows
}
