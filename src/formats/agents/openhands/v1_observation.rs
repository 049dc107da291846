//! V1: what came of a call.

use super::common::{conclude, failure, notice, parts, result};
use super::state::{Cause, State};
use super::{util, v1};
use crate::formats::{Json, common};
use crate::record::{Event, Kind};

/// What repeats the call, or is the result itself.
const REPEATED: [&str; 11] = [
    "kind",
    "content",
    "output",
    "error",
    "is_error",
    "exit_code",
    "command",
    "old_content",
    "new_content",
    "screenshot_data",
    "suffix",
];

/// The rows of an observation, or of the user's veto.
pub(super) fn events(state: &State, event: &Json<'_>, base: &Event, pointer: &str) -> Vec<Event> {
    let body = event.at("observation");
    let known = base.parent_message_id.as_deref().map_or(Cause::Unknown, |id| state.cause(id));
    let kind = body.text("kind").unwrap_or_default();
    let id = match (event.text("tool_call_id"), known) {
        (Some(id), _) | (None, Cause::Call(id)) => Some(id),
        _ => base.parent_message_id.as_deref(),
    };
    // The calls these would answer are a text and a thought.
    if ["FinishObservation", "ThinkObservation"].contains(&kind) && !matches!(known, Cause::Call(_))
    {
        let mut row = notice(base, Kind::Lifecycle, body, &REPEATED);
        row.text = text(body);
        return vec![row];
    }
    let rejected = event.text("kind") == Some("UserRejectObservation");
    let said = if rejected { event.string("rejection_reason") } else { text(body) };
    let mut row = result(base, event.text("tool_name"), id, said.unwrap_or_default());
    let code = match body.at("exit_code") {
        Json::Null => body.path(&["metadata", "exit_code"]),
        code => code,
    };
    let failed = body.at("is_error").bool().or(body.text("error").map(|_| true));
    conclude(&mut row, if rejected { Some(true) } else { failed }, code);
    if rejected {
        row.status = Some("denied");
        util::flatten(&mut row, "", event.at("rejection_source"), &[]);
    }
    row.attr("observation", body.at("kind").compact());
    util::flatten(&mut row, "", body, &REPEATED);
    let mut rows = vec![row];
    rows.extend(media(body, base, pointer));
    rows
}

/// What the tool says: text blocks, or in older events a string.
fn text(body: &Json<'_>) -> Option<String> {
    let found = ["content", "output", "error"]
        .iter()
        .find_map(|key| common::content_text(body.at(key)).filter(|text| !text.is_empty()));
    found.or_else(|| util::walk_text(body, &REPEATED).filter(|_| !body.has("content")))
}

/// Images among the content, and the screenshot of a browser.
fn media(body: &Json<'_>, base: &Event, pointer: &str) -> Vec<Event> {
    let mut parts = parts("tool", base);
    v1::content(&mut parts, body.at("content"), &format!("{pointer}/observation/content"));
    let screenshot = body.at("screenshot_data");
    if screenshot.str().is_some_and(|data| !data.is_empty()) {
        parts.media(screenshot, &format!("{pointer}/observation/screenshot_data"));
    }
    let rows = parts.finish().events.into_iter();
    rows.filter(|row| row.kind == Some(Kind::Media)).collect()
}

/// An error of the agent answers the call it was made of.
pub(super) fn error(event: &Json<'_>, base: &Event) -> Vec<Event> {
    let said = event.string("error");
    let Some(id) = event.text("tool_call_id") else { return vec![failure(base, said)] };
    let mut row = result(base, event.text("tool_name"), Some(id), said.unwrap_or_default());
    conclude(&mut row, Some(true), &Json::Null);
    vec![row]
}
