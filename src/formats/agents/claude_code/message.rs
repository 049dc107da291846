//! Messages of user and assistant: who speaks, which response, what it cost, the twin of a
//! tool's result.

use super::super::util;
use super::blocks::{self, Setting};
use super::branch::{Node, Part};
use super::name;
use crate::formats::{Json, common};
use crate::record::{Event, Id16, Kind, Role, Usage};

/// The message that stands in for an answer of the model.
const NO_MODEL: &str = "<synthetic>";

/// Keys of a line that have columns of their own or are read elsewhere.
pub(super) const LINE_KEYS: [&str; 21] = [
    "type",
    "uuid",
    "parentUuid",
    "sessionId",
    "timestamp",
    "version",
    "cwd",
    "gitBranch",
    "isSidechain",
    "agentId",
    "requestId",
    "message",
    "toolUseResult",
    "isMeta",
    "content",
    "data",
    "isCompactSummary",
    "isApiErrorMessage",
    "attachment",
    "supersedes",
    "summary",
];

/// The events of a `user` or `assistant` line (or of one embedded in a progress line).
pub(super) fn events(line: &Json<'_>, base: &Event, node: &mut Node, pointer: &str) -> Vec<Event> {
    let message = line.at("message");
    let mut base = base.clone();
    let raw = message.text("role").or(line.text("type")).unwrap_or("user");
    common::set_role(&mut base, raw);
    let assistant = base.role == Some(Role::Assistant);
    let flag = |key: &str| line.at(key).bool() == Some(true);
    let setting = Setting {
        // A sub-agent's prompt is written by the agent that spawned it, not by a person.
        synthetic: !assistant && (flag("isMeta") || base.is_sidechain == Some(true)),
        summary: flag("isCompactSummary"),
        failure: flag("isApiErrorMessage") || message.text("model") == Some(NO_MODEL),
    };
    if assistant {
        respond(message, setting, &mut base, node);
    }
    let content = if message.is_object() { message.at("content") } else { message };
    let at = format!("{pointer}/message{}", if message.is_object() { "/content" } else { "" });
    let mut events = blocks::events(content, &base, setting, &at);
    if events.is_empty() {
        events.push(empty(message, &base, assistant));
    }
    if node.part != Part::Side {
        node.part = if setting.synthetic && !assistant { Part::Aside } else { Part::Talk };
    }
    note_calls(&events, node);
    twin(line, &mut events);
    if let Some(first) = events.first_mut() {
        util::flatten(first, "", line, &LINE_KEYS);
        if flag("isMeta") {
            first.attr("isMeta", "true");
        }
    }
    if assistant && let Some(last) = events.last_mut() {
        spend(message, last);
    }
    events
}

/// Fills what a response says about itself.
fn respond(message: &Json<'_>, setting: Setting, base: &mut Event, node: &mut Node) {
    base.finish_reason = message.string("stop_reason");
    base.response_id = message.string("id");
    if setting.failure {
        return;
    }
    base.response_model = message.string("model");
    if let Some(id) = message.text("id") {
        base.call_group = Some(Id16::of("call", &[id.as_bytes()]));
        node.response = Some(name(id));
        base.provider_name = Some(provider(id).to_owned());
    }
}

/// The provider shows in the prefix of the message id.
fn provider(id: &str) -> &'static str {
    match id {
        id if id.starts_with("msg_bdrk") => "aws.bedrock",
        id if id.starts_with("msg_vrtx") => "gcp.vertex_ai",
        _ => "anthropic",
    }
}

/// A message without content, or whose content stands where none is expected.
fn empty(message: &Json<'_>, base: &Event, assistant: bool) -> Event {
    let mut event = base.clone();
    if message.is_object() && !message.has("content") {
        event.kind = Some(Kind::Unknown);
        event.text = util::walk_text(message, &["model"]);
    } else {
        event.kind = Some(if assistant { Kind::AssistantText } else { Kind::UserText });
        event.is_synthetic = true;
        event.text = Some(String::new());
    }
    event
}

fn note_calls(events: &[Event], node: &mut Node) {
    for event in events {
        let Some(call) = &event.tool_call_id else { continue };
        match event.kind {
            Some(Kind::ToolCall) => node.calls.push(name(call)),
            Some(Kind::ToolResult) => node.answers.push(name(call)),
            _ => {}
        }
    }
}

/// `toolUseResult` says again, in structure, what the text of the result says.
fn twin(line: &Json<'_>, events: &mut [Event]) {
    let twin = line.at("toolUseResult");
    let result = events.iter_mut().find(|event| event.kind == Some(Kind::ToolResult));
    let Some(result) = result.filter(|_| !twin.is_null()) else { return };
    let text = result.tool_call_result.as_deref().unwrap_or_default();
    match twin {
        Json::String(said) => {
            if said.strip_prefix("Error: ").unwrap_or(said) != text && said != text {
                let said = util::cut(said, 1024).to_owned();
                result.attr("toolUseResult", Json::String(said.into()).compact());
            }
        }
        _ => {
            let repeats = twin.at("stdout").str().is_some_and(|said| said.trim_end() == text);
            let skip: &[&str] = if repeats { &["stdout", "prompt"] } else { &["prompt"] };
            if result.tool_exit_code.is_none() {
                result.tool_exit_code = exit_code(twin, result.tool_is_error);
            }
            if let Some(ms) = twin.any_of(&["totalDurationMs", "durationMs"]).f64() {
                result.duration_ms = Some(ms);
            }
            util::flatten(result, "toolUseResult", twin, skip);
        }
    }
}

fn exit_code(twin: &Json<'_>, failed: Option<bool>) -> Option<i32> {
    if let Some(code) = twin.any_of(&["exitCode", "exit_code", "returnCode"]).i64() {
        return i32::try_from(code).ok();
    }
    // A shell call that is no error ended with 0, unless its code was interpreted.
    let shell = twin.has("stdout") && twin.has("interrupted");
    let plain = !twin.has("returnCodeInterpretation") && !twin.has("backgroundTaskId");
    let ran = twin.at("interrupted").bool() == Some(false) && failed == Some(false);
    (shell && plain && ran).then_some(0)
}

/// Usage is cumulative over the lines of a response; input tokens include the cache.
fn spend(message: &Json<'_>, event: &mut Event) {
    let usage = message.at("usage");
    let count = |key: &str| usage.at(key).i64();
    let cached = [count("cache_creation_input_tokens"), count("cache_read_input_tokens")];
    let found = Usage {
        input: count("input_tokens")
            .map(|input| cached.iter().flatten().fold(input, |sum, n| sum.saturating_add(*n))),
        output: count("output_tokens"),
        reasoning: usage.path(&["output_tokens_details", "thinking_tokens"]).i64(),
        cache_read: cached[1],
        cache_creation: cached[0],
    };
    let spent = [found.input, found.output].iter().flatten().any(|count| *count != 0);
    if event.kind != Some(Kind::Error) || spent {
        event.usage = found;
    }
    util::flatten(
        event,
        "usage",
        usage,
        &[
            "input_tokens",
            "output_tokens",
            "cache_creation_input_tokens",
            "cache_read_input_tokens",
        ],
    );
    util::flatten(
        event,
        "message",
        message,
        &["id", "type", "role", "model", "content", "usage", "stop_reason"],
    );
}
