//! What a tool call returned: a string, a JSON string around it, or content parts.

use super::util;
use crate::formats::{Json, json};
use crate::record::Event;

/// Fills the result columns from the `output` of a call.
pub(super) fn fill(event: &mut Event, output: &Json<'_>) {
    match output {
        Json::String(text) => fill_text(event, text),
        Json::Object(_) => {
            fill_object(event, output);
        }
        Json::Array(_) => event.tool_call_result = Some(parts_text(output)),
        Json::Null => event.tool_call_result = Some(String::new()),
        other => event.tool_call_result = Some(other.compact()),
    }
    conclude(event);
}

fn fill_text(event: &mut Event, text: &str) {
    if text.starts_with('{')
        && let Ok((inner, _)) = json::parse(text)
        && inner.has("output")
        && fill_object(event, &inner)
    {
        return;
    }
    const MARKERS: [&str; 2] = ["Exit code:", "Process exited with code"];
    event.tool_exit_code = util::exit_code_after(text, &MARKERS);
    event.duration_ms = wall_time(text);
    event.tool_call_result = Some(text.to_owned());
}

/// `{"output": …, "metadata": {"exit_code", "duration_seconds"}}` or `{"content", "success"}`.
fn fill_object(event: &mut Event, output: &Json<'_>) -> bool {
    let metadata = output.at("metadata");
    if !metadata.is_object() && output.has("output") && output.entries().len() > 2 {
        event.tool_call_result = Some(output.compact());
        return true;
    }
    let body = output.any_of(&["output", "content", "body"]);
    event.tool_call_result = Some(match body {
        Json::Array(_) => parts_text(body),
        Json::Null => output.compact(),
        _ => body.display().unwrap_or_default(),
    });
    let code = metadata.at("exit_code").i64();
    event.tool_exit_code = code.and_then(|code| i32::try_from(code).ok());
    event.duration_ms = metadata.at("duration_seconds").f64().map(|seconds| seconds * 1_000.0);
    if let Some(success) = output.at("success").bool() {
        event.tool_is_error = Some(!success);
    }
    util::flatten(event, "metadata", metadata, &["exit_code", "duration_seconds"]);
    true
}

fn parts_text(parts: &Json<'_>) -> String {
    let text = |part: &Json<'_>| match part.at("text").str() {
        Some(text) => Some(text.to_owned()),
        None => util::walk_text(part, &["image_url"]),
    };
    let texts: Vec<String> = parts.items().iter().filter_map(text).collect();
    texts.join("\n")
}

fn wall_time(text: &str) -> Option<f64> {
    let rest = text.lines().take(6).find_map(|line| line.strip_prefix("Wall time: "))?;
    rest.split_whitespace().next()?.parse::<f64>().ok().map(|seconds| seconds * 1_000.0)
}

/// Follows from code and text whether the call failed, was refused or was cut short.
fn conclude(event: &mut Event) {
    if event.tool_is_error.is_none() {
        event.tool_is_error = event.tool_exit_code.map(|code| code != 0);
    }
    let text = event.tool_call_result.as_deref().unwrap_or_default();
    let starts = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    let denied = starts(&["exec command rejected by user", "rejected by user", "patch rejected"]);
    let aborted = starts(&["aborted by user", "aborted"]) && text.len() < 200;
    event.status = match (denied, aborted, event.tool_is_error) {
        (true, ..) => Some("denied"),
        (_, true, _) => Some("aborted"),
        (.., Some(true)) => Some("error"),
        (.., Some(false)) => Some("ok"),
        (.., None) => None,
    };
    if denied || aborted {
        event.tool_is_error = Some(true);
    }
}
