//! Response items: messages, reasoning, calls and their outputs.

use super::state::State;
use super::{notice, output, session, util};
use crate::formats::Record;
use crate::formats::{Json, common};
use crate::record::{Event, Kind, ReasoningSource, ReasoningState, Role};

/// What Codex puts under the user role by itself.
const SYNTHETIC_STARTS: [&str; 12] = [
    "<environment_context>",
    "<user_instructions>",
    "<permissions instructions>",
    "<user_shell_command>",
    "<turn_aborted>",
    "<subagent_notification>",
    "<skill>",
    "<skills_instructions>",
    "<collaboration_mode>",
    "<INSTRUCTIONS>",
    "# AGENTS.md instructions for",
    "<model_switch>",
];

/// The events of one response item.
pub(super) fn events(
    state: &mut State,
    item: &Json<'_>,
    base: &Event,
    pointer: &str,
    record: &Record<'_>,
) -> Vec<Event> {
    let kind = item.text("type").unwrap_or_default();
    let mut base = base.clone();
    base.message_id = item.string("id");
    session::with_turn(&mut base, state);
    let mut events = match kind {
        "message" => message(state, item, &base, pointer, record),
        "reasoning" => reasoning(state, item, &base, pointer, record),
        "ghost_snapshot" | "ghost_commit" => {
            vec![notice(Kind::Lifecycle, item, &base, pointer)]
        }
        "compaction" | "compaction_summary" | "context_compaction" | "compaction_trigger" => {
            vec![compaction(item, &base, pointer)]
        }
        _ if kind.ends_with("_output") => outputs(state, item, &base, pointer),
        _ if kind.ends_with("_call") => vec![call(state, item, kind, &base, pointer, record)],
        _ => vec![unknown(item, &base, pointer)],
    };
    if let Some(first) = events.first_mut() {
        util::flatten(first, "metadata", item.at("metadata"), &[]);
    }
    events
}

fn message(
    state: &mut State,
    item: &Json<'_>,
    base: &Event,
    pointer: &str,
    record: &Record<'_>,
) -> Vec<Event> {
    let mut base = base.clone();
    common::set_role(&mut base, item.text("role").unwrap_or("assistant"));
    if base.role == Some(Role::Assistant) {
        state.of_model(&mut base, record);
    } else {
        state.addressed = true;
    }
    let content = item.at("content");
    let mut events: Vec<Event> = match content {
        Json::Array(parts) => {
            let part = |(at, part): (usize, &Json<'_>)| {
                content_part(part, &base, format!("{pointer}/content/{at}"))
            };
            parts.iter().enumerate().map(part).collect()
        }
        Json::Null => Vec::new(),
        other => vec![content_part(other, &base, format!("{pointer}/content"))],
    };
    if events.is_empty() {
        events.push(content_part(&Json::String("".into()), &base, pointer.to_owned()));
    }
    if let Some(first) = events.first_mut() {
        let skip = ["type", "id", "role", "content", "metadata"];
        util::flatten(first, "", item, &skip);
    }
    if base.role == Some(Role::User) && events.iter().any(|event| !event.is_synthetic) {
        state.turns.begin();
    }
    events
}

fn content_part(part: &Json<'_>, base: &Event, pointer: String) -> Event {
    let mut event = base.clone();
    event.json_pointer = Some(pointer);
    let kind = part.text("type").unwrap_or("text");
    if kind.ends_with("image") {
        event.kind = Some(Kind::Media);
        image(&mut event, part);
        return event;
    }
    let text = part.str().or(part.at("text").str()).or(part.at("refusal").str());
    let known = text.is_some();
    let text = text.map(str::to_owned).or_else(|| util::walk_text(part, &[]));
    event.kind = Some(match (event.role, kind) {
        _ if !known => Kind::Unknown,
        (_, "refusal") => Kind::Refusal,
        (Some(Role::Assistant), _) => Kind::AssistantText,
        (Some(Role::System | Role::Developer), _) => Kind::SystemPrompt,
        _ => Kind::UserText,
    });
    event.is_synthetic = match event.role {
        Some(Role::System | Role::Developer) => true,
        Some(Role::User) => text.as_deref().is_some_and(is_synthetic),
        _ => false,
    };
    if !known {
        event.flag("unknown_type");
        util::flatten(&mut event, "part", part, &[]);
    }
    event.text = text;
    event
}

fn is_synthetic(text: &str) -> bool {
    let text = text.trim_start();
    SYNTHETIC_STARTS.iter().any(|start| text.starts_with(start))
}

/// An image is a `data:` URL, or a URL or path that is kept as attribute.
fn image(event: &mut Event, part: &Json<'_>) {
    let url = part.at("image_url");
    let url = url.str().or(url.text("url")).unwrap_or_default();
    match url.strip_prefix("data:").and_then(|rest| rest.split_once(',')) {
        Some((head, data)) => {
            let mime = head.split(';').next().filter(|mime| !mime.is_empty());
            util::set_media(event, mime, data);
        }
        None => util::flatten(event, "media", part, &["type"]),
    }
}

/// Summary and full text are different things and become rows of their own.
fn reasoning(
    state: &mut State,
    item: &Json<'_>,
    base: &Event,
    pointer: &str,
    record: &Record<'_>,
) -> Vec<Event> {
    let mut base = base.clone();
    base.kind = Some(Kind::Reasoning);
    base.role = Some(Role::Assistant);
    state.of_model(&mut base, record);
    let mut events = Vec::new();
    if let Some(text) = joined(item.at("summary")) {
        let mut event = base.clone();
        if state.heard.matched(&text) {
            event.attr("reasoning_sources", r#"["native_block","event_dup"]"#);
        }
        event.reasoning = Some(text);
        event.reasoning_state = Some(ReasoningState::Summary);
        event.json_pointer = Some(format!("{pointer}/summary"));
        events.push(event);
    }
    if let Some(text) = joined(item.at("content")).filter(|text| state.heard.raw_is_new(text)) {
        let mut event = base.clone();
        event.reasoning = Some(text);
        event.reasoning_state = Some(ReasoningState::Plain);
        event.json_pointer = Some(format!("{pointer}/content"));
        events.push(event);
    }
    for event in &mut events {
        event.reasoning_source = Some(ReasoningSource::NativeBlock);
    }
    if events.is_empty() {
        let cipher = item.text("encrypted_content").is_some();
        let state = if cipher { ReasoningState::Encrypted } else { ReasoningState::Omitted };
        let pointer = Some(pointer.to_owned());
        events.push(base.with(|event| {
            event.reasoning_state = Some(state);
            event.json_pointer = pointer;
        }));
    }
    if let Some(first) = events.first_mut() {
        note_cipher(first, item);
    }
    events
}

/// The texts of a list of parts, one after the other.
fn joined(parts: &Json<'_>) -> Option<String> {
    let text = |part: &Json<'_>| part.str().or(part.at("text").str()).map(str::to_owned);
    let texts: Vec<String> = match parts {
        Json::Array(items) => items.iter().filter_map(text).collect(),
        other => text(other).into_iter().collect(),
    };
    Some(texts.join("\n\n")).filter(|text| !text.is_empty())
}

/// Notes that an item carries ciphertext.
pub(super) fn note_cipher(event: &mut Event, item: &Json<'_>) {
    if let Some(cipher) = item.text("encrypted_content") {
        util::set_cipher(event, cipher);
    }
}

fn call(
    state: &mut State,
    item: &Json<'_>,
    kind: &str,
    base: &Event,
    pointer: &str,
    record: &Record<'_>,
) -> Event {
    let mut event = base.clone().with(|event| event.kind = Some(Kind::ToolCall));
    event.role = Some(Role::Assistant);
    event.json_pointer = Some(pointer.to_owned());
    state.of_model(&mut event, record);
    let name = item.text("name").unwrap_or_else(|| kind.strip_suffix("_call").unwrap_or(kind));
    common::set_tool(&mut event, name);
    if let Some(server) = item.text("namespace") {
        event.tool_server.get_or_insert_with(|| server.to_owned());
    }
    event.tool_type.get_or_insert_with(|| tool_type(kind, name).to_owned());
    event.tool_call_id = item.string("call_id").or_else(|| item.string("id"));
    event.tool_call_arguments = item
        .any_of(&["arguments", "input", "action", "query", "prompt"])
        .display()
        .or_else(|| Some("{}".to_owned()));
    if kind == "custom_tool_call" {
        // The input is free text by design; not being JSON is no defect.
        event.tool_arguments_valid = Some(true);
    }
    let skip = [
        "type",
        "id",
        "name",
        "arguments",
        "input",
        "action",
        "query",
        "prompt",
        "call_id",
        "namespace",
        "metadata",
        "result",
        "encrypted_content",
    ];
    util::flatten(&mut event, "", item, &skip);
    event
}

fn tool_type(kind: &str, name: &str) -> &'static str {
    match (kind, name) {
        ("local_shell_call", _) => "shell",
        (_, "shell" | "shell_command" | "exec_command" | "container.exec" | "write_stdin") => {
            "shell"
        }
        ("function_call", _) => "function",
        ("custom_tool_call", _) => "custom",
        ("mcp_call" | "mcp_tool_call", _) => "mcp",
        _ => "server",
    }
}

fn outputs(state: &mut State, item: &Json<'_>, base: &Event, pointer: &str) -> Vec<Event> {
    state.addressed = true;
    let mut event = base.clone().with(|event| event.kind = Some(Kind::ToolResult));
    event.role = Some(Role::Tool);
    event.json_pointer = Some(format!("{pointer}/output"));
    event.tool_call_id = item.string("call_id").or_else(|| item.string("id"));
    event.tool_name = item.string("name");
    let result = item.any_of(&["output", "tools", "result", "content"]);
    output::fill(&mut event, result);
    let skip =
        ["type", "id", "call_id", "output", "tools", "result", "content", "name", "metadata"];
    util::flatten(&mut event, "", item, &skip);
    let call = event.tool_call_id.clone();
    let mut events = vec![event];
    for (at, part) in result.items().iter().enumerate() {
        if part.text("type").is_some_and(|kind| kind.ends_with("image")) {
            let mut media = base.clone().with(|event| event.kind = Some(Kind::Media));
            media.role = Some(Role::Tool);
            media.json_pointer = Some(format!("{pointer}/output/{at}"));
            media.tool_call_id.clone_from(&call);
            image(&mut media, part);
            events.push(media);
        }
    }
    events
}

fn compaction(item: &Json<'_>, base: &Event, pointer: &str) -> Event {
    let mut event = notice(Kind::Compaction, item, base, pointer);
    event.text = util::walk_text(item, &[]);
    note_cipher(&mut event, item);
    event
}

fn unknown(item: &Json<'_>, base: &Event, pointer: &str) -> Event {
    let mut event = notice(Kind::Unknown, item, base, pointer);
    event.is_synthetic = false;
    event.flag("unknown_type");
    event.text = util::walk_text(item, &[]);
    note_cipher(&mut event, item);
    event
}
