//! What loggers put around API bodies: request and response, ids, times, users.

use crate::formats::{Json, json};
use crate::record::{Event, Time};
use std::borrow::Cow;

/// A body with its place in the record.
#[derive(Debug, Clone)]
pub(in crate::formats::chat) struct Body<'r> {
    /// The value; parsed anew if it was logged as a string.
    pub(in crate::formats::chat) value: Cow<'r, Json<'r>>,
    /// Where it stands.
    pub(in crate::formats::chat) at: String,
}

impl<'r> Body<'r> {
    /// The record itself.
    pub(in crate::formats::chat) fn whole(record: &'r Json<'r>) -> Self {
        Self { value: Cow::Borrowed(record), at: String::new() }
    }

    /// The first of `keys` that holds a value; `body` inside it and JSON in strings are opened.
    pub(in crate::formats::chat) fn find(record: &'r Json<'r>, keys: &[&str]) -> Option<Self> {
        let (key, value) = keys.iter().find_map(|key| {
            let value = record.get(key).filter(|value| !value.is_null())?;
            Some((key, value))
        })?;
        let at = format!("/{key}");
        let Some(body) = value.get("body").filter(|body| !body.is_null()) else {
            return Some(Self { value: opened(value), at });
        };
        Some(Self { value: opened(body), at: format!("{at}/body") })
    }
}

/// A string that holds an object or array is read as one.
fn opened<'r>(value: &'r Json<'r>) -> Cow<'r, Json<'r>> {
    let text = value.str().map(str::trim_start).filter(|text| text.starts_with(['{', '[']));
    match text.and_then(|text| json::parse(text).ok()) {
        Some((parsed, _)) => Cow::Owned(parsed),
        None => Cow::Borrowed(value),
    }
}

/// Keys of wrappers that name the session, outermost meaning first.
const SESSION: [&str; 4] = ["session_id", "session", "conversation_id", "thread_id"];

/// The session as named by any of these values, their metadata or their conversation.
pub(in crate::formats::chat) fn session(values: &[&Json<'_>]) -> Option<String> {
    values.iter().find_map(|value| {
        SESSION
            .iter()
            .find_map(|key| name(value.at(key)))
            .or_else(|| name(value.at("conversation")))
            .or_else(|| SESSION.iter().find_map(|key| name(value.path(&["metadata", key]))))
            .or_else(|| session_of_user(value.path(&["metadata", "user_id"]).str()?))
    })
}

/// A name, or an object with one.
fn name(value: &Json<'_>) -> Option<String> {
    let value = if value.is_object() { value.at("id") } else { value };
    match value {
        Json::String(_) | Json::Number(_) => value.display().filter(|name| !name.trim().is_empty()),
        _ => None,
    }
}

/// Claude Code puts its session into the user id: `user_…_session_<uuid>`, or JSON.
fn session_of_user(user: &str) -> Option<String> {
    if let Some((_, session)) = user.rsplit_once("_session_") {
        return Some(session.to_owned()).filter(|session| !session.is_empty());
    }
    let (value, _) = json::parse(user).ok()?;
    value.string("session_id")
}

/// Keys whose value the common columns hold, so that they are no leftovers.
pub(in crate::formats::chat) const MAPPED: [&str; 24] = [
    "session_id",
    "session",
    "conversation_id",
    "thread_id",
    "conversation",
    "timestamp",
    "time",
    "created",
    "created_at",
    "start_time",
    "ts",
    "user",
    "user_id",
    "end_user",
    "model",
    "request_id",
    "custom_id",
    "trace_id",
    "object",
    "system",
    "instructions",
    "content",
    "role",
    "input",
];

/// Fills what wrapper and request say about the call: time, model, user, request.
pub(in crate::formats::chat) fn common(wrapper: &Json<'_>, request: &Json<'_>) -> Event {
    let either = |keys: &[&str]| {
        let value = wrapper.any_of(keys);
        let value = if value.is_null() { request.any_of(keys) } else { value };
        name(value)
    };
    let own_id = wrapper.has("messages") || wrapper.has("request") || wrapper.has("input");
    Event::default().with(|event| {
        event.ts = time(wrapper, request);
        event.request_model = name(request.at("model")).or_else(|| name(wrapper.at("model")));
        event.user_id = either(&["user_id", "user", "end_user"])
            .or_else(|| name(request.path(&["metadata", "user_id"])));
        event.request_id = either(&["request_id", "custom_id", "requestId", "x-request-id"])
            .or_else(|| name(wrapper.at("id")).filter(|_| own_id));
        event.trace_id = either(&["trace_id"]);
        event.duration_ms = wrapper.any_of(&["duration_ms", "latency_ms"]).f64();
    })
}

/// The time of the call in the wrapper, else in the request.
fn time(wrapper: &Json<'_>, request: &Json<'_>) -> Time {
    let keys = ["timestamp", "time", "created_at", "start_time", "ts", "created"];
    [wrapper, request]
        .iter()
        .flat_map(|value| keys.iter().map(|key| value.at(key)))
        .find(|value| matches!(value, Json::String(_) | Json::Number(_)))
        .map(Json::time)
        .unwrap_or_default()
}

/// Unix seconds, as the APIs themselves define `created`.
pub(in crate::formats::chat) fn seconds(value: &Json<'_>) -> Time {
    match value {
        Json::Number(_) => {
            let micros = value.f64().map(|seconds| seconds * 1e6).filter(|m| m.abs() < 9e18);
            micros.map_or(Time::INVALID, |micros| Time::exact(micros as i64))
        }
        other => other.time(),
    }
}

/// The scalars of an object that no column holds, metadata flattened, with a name prefix.
pub(in crate::formats::chat) fn leftovers(
    out: &mut Vec<(String, String)>,
    prefix: &str,
    object: &Json<'_>,
    mapped: &[&str],
) {
    for (key, value) in object.entries() {
        let key = key.as_ref();
        match value {
            Json::Null | Json::Array(_) => {}
            Json::Object(inner) if key == "metadata" => {
                let scalars = inner.iter().filter(|(_, value)| is_scalar(value));
                out.extend(scalars.map(|(k, v)| (format!("{prefix}metadata.{k}"), v.compact())));
            }
            Json::Object(_) => {}
            _ if MAPPED.contains(&key) || mapped.contains(&key) => {}
            scalar => out.push((format!("{prefix}{key}"), scalar.compact())),
        }
    }
}

fn is_scalar(value: &Json<'_>) -> bool {
    !matches!(value, Json::Null | Json::Array(_) | Json::Object(_))
}

/// The row of an error that came back instead of a response.
pub(in crate::formats::chat) fn error_row(error: &Json<'_>, pointer: String) -> Event {
    use crate::record::{Kind, Role};
    let inner = if error.at("error").is_object() { error.at("error") } else { error };
    let message = inner.any_of(&["message", "detail"]).display().or_else(|| inner.display());
    Event::new(Kind::Error, Role::Environment).with(|event| {
        event.status = Some("error");
        event.error_type = name(inner.any_of(&["type", "code"]));
        event.error_message = message.clone();
        event.text = message;
        event.json_pointer = Some(pointer);
    })
}
