//! Items of the Responses API to messages.
//!
//! Items that a model produces in a row are parts of one message, so that a response and its
//! resent copy hash alike. Calls of hosted tools carry their result in the same item; they
//! become a call and a result with the item's id.

use crate::formats::chat::shared::Message;
use crate::formats::chat::shared::calls::{Call, Outcome};
use crate::formats::chat::shared::parts::Parts;
use crate::formats::chat::shared::payload;
use crate::formats::chat::shared::reasoning::Via;
use crate::formats::json::NULL;
use crate::formats::{Json, common};
use crate::record::{Event, Kind, Role};

/// Item types whose names do not end in `_call` or `_output`.
const OTHER_ITEMS: [&str; 8] = [
    "message",
    "reasoning",
    "mcp_list_tools",
    "mcp_approval_request",
    "mcp_approval_response",
    "compaction",
    "compaction_summary",
    "item_reference",
];

/// Whether a value is an item that stands alone.
pub(super) fn is_item(json: &Json<'_>) -> bool {
    let kind = json.text("type").unwrap_or_default();
    let body = match kind {
        "message" => json.has("role") && json.has("content") && !json.has("stop_reason"),
        "reasoning" => json.has("summary") || json.has("encrypted_content"),
        "function_call" | "custom_tool_call" => json.has("call_id") && json.has("name"),
        "item_reference" => false,
        _ if OTHER_ITEMS.contains(&kind) => json.has("id"),
        _ if kind.ends_with("_call") => json.has("call_id") || json.has("status"),
        _ if kind.ends_with("_output") => json.has("call_id"),
        _ => false,
    };
    body && !json.has("event_id") && !json.has("delta")
}

/// The messages a list of items makes up; `answer` says that a model produced the list.
pub(super) fn messages(items: &[Json<'_>], at: &str, answer: bool) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at =
            if at.is_empty() && items.len() == 1 { String::new() } else { format!("{at}/{index}") };
        let message = message(item, &at, answer);
        let joins = message.is_answer() && messages.last().is_some_and(Message::is_answer);
        match messages.last_mut().filter(|_| joins) {
            Some(last) => last.events.extend(message.events),
            None => messages.push(message),
        }
    }
    messages
}

fn message(item: &Json<'_>, at: &str, answer: bool) -> Message {
    let kind = item.text("type").unwrap_or("message");
    let role = match kind {
        "message" => item.at("role").display(),
        "mcp_approval_response" => Some("user".to_owned()),
        "compaction" | "compaction_summary" | "mcp_list_tools" => Some("assistant".to_owned()),
        _ if kind.ends_with("_output") => Some("tool".to_owned()),
        _ => Some("assistant".to_owned()),
    };
    let role = role.or_else(|| Some(if answer { "assistant" } else { "user" }.to_owned()));
    let mut parts = Parts::new(role.as_deref(), at);
    parts.template().message_id = item.string("id");
    read(kind, item, &mut parts);
    let mut message = parts.finish();
    if let Some(last) = message.events.last_mut() {
        common::leftovers(last, item, &MAPPED);
    }
    message
}

const MAPPED: [&str; 24] = [
    "type",
    "role",
    "id",
    "content",
    "call_id",
    "name",
    "arguments",
    "input",
    "output",
    "encrypted_content",
    "server_label",
    "error",
    "result",
    "code",
    "approve",
    "summary",
    "diff",
    "timestamp",
    "created_at",
    "session_id",
    "session",
    "conversation_id",
    "thread_id",
    "reason",
];

fn read(kind: &str, item: &Json<'_>, parts: &mut Parts) {
    match kind {
        "message" => parts.content(item.at("content"), "/content"),
        "reasoning" => parts.reasoning(Via::Content, item, ""),
        "function_call" => call(item, own_name(item), item.at("arguments"), "function", parts),
        "custom_tool_call" => call(item, own_name(item), item.at("input"), "custom", parts),
        "mcp_call" => mcp_call(item, parts),
        "mcp_list_tools" => tool_list(item, parts),
        "mcp_approval_request" | "mcp_approval_response" => approval(kind, item, parts),
        "compaction" | "compaction_summary" => parts.block(item, ""),
        "code_interpreter_call" => {
            let code = Json::Object(vec![("code".into(), item.at("code").clone())]);
            call(item, "code_interpreter", &code, "server", parts);
            hosted_result(item, item.at("outputs"), parts);
        }
        "image_generation_call" => image(item, parts),
        "shell_call_output" | "local_shell_call_output" => shell_output(item, parts),
        _ if kind.ends_with("_output") => output(kind, item, parts),
        _ if kind.ends_with("_call") || kind == "program" => hosted_call(kind, item, parts),
        _ => {
            let mut event = parts.row(Kind::Unknown, "");
            event.text = payload::readable(item);
            event.flag("unknown_content");
            parts.push(event);
        }
    }
}

fn own_name<'r>(item: &'r Json<'r>) -> &'r str {
    item.text("name").unwrap_or_default()
}

fn call(item: &Json<'_>, name: &str, arguments: &Json<'_>, kind: &'static str, parts: &mut Parts) {
    parts.call(
        &Call {
            name,
            id: item.any_of(&["call_id", "id"]).str(),
            arguments: Some(arguments),
            tool_type: kind,
            server: item.text("server_label").or_else(|| item.text("namespace")),
        },
        "",
    );
}

/// The calls of hosted tools: what was asked stands in one field of the item.
fn hosted_call(kind: &str, item: &Json<'_>, parts: &mut Parts) {
    let name = kind.strip_suffix("_call").unwrap_or(kind);
    let asked = item.any_of(&[
        "action",
        "actions",
        "operation",
        "queries",
        "arguments",
        "input",
        "query",
        "code",
    ]);
    let tool_type = if name.contains("shell") { "shell" } else { "server" };
    call(item, name, asked, tool_type, parts);
    hosted_result(item, item.any_of(&["results", "result"]), parts);
}

/// The result that a hosted tool's call carries, if any.
fn hosted_result(item: &Json<'_>, result: &Json<'_>, parts: &mut Parts) {
    if result.is_null() {
        return;
    }
    let id = item.any_of(&["call_id", "id"]).str();
    let outcome = Outcome { id, content: Some(result), ..Outcome::default() };
    parts.result(&Outcome { tool_type: Some("server"), ..outcome }, "");
}

fn mcp_call(item: &Json<'_>, parts: &mut Parts) {
    call(item, own_name(item), item.at("arguments"), "mcp", parts);
    let error = item.at("error");
    let content = if error.is_null() { item.at("output") } else { error };
    if content.is_null() {
        return;
    }
    parts.result(
        &Outcome {
            id: item.text("id"),
            name: item.text("name"),
            content: Some(content),
            is_error: (!error.is_null()).then_some(true),
            tool_type: Some("mcp"),
        },
        "",
    );
}

fn tool_list(item: &Json<'_>, parts: &mut Parts) {
    let mut event = parts.row(Kind::ToolDefinitions, "");
    event.role = Some(Role::System);
    event.tool_server = item.string("server_label");
    event.text = payload::readable(item.at("tools"));
    parts.push(event);
}

fn approval(kind: &str, item: &Json<'_>, parts: &mut Parts) {
    let mut event = parts.row(Kind::Permission, "");
    event.tool_server = item.string("server_label");
    event.tool_name = item.string("name");
    event.tool_call_id = item.text("approval_request_id").or(item.text("id")).map(str::to_owned);
    event.tool_call_arguments = item.at("arguments").display();
    event.text = item.string("reason");
    if kind == "mcp_approval_response" {
        let approved = item.at("approve").bool();
        event.status = approved.map(|yes| if yes { "ok" } else { "denied" });
    }
    parts.push(event);
}

/// The image comes back as base64 in the call itself.
fn image(item: &Json<'_>, parts: &mut Parts) {
    let prompt = item.any_of(&["revised_prompt", "prompt"]);
    call(item, "image_generation", prompt, "server", parts);
    if let Some(event) = parts.last() {
        event.tool_arguments_valid = Some(true);
    }
    if item.text("result").is_some() {
        parts.media(item, "/result");
    }
}

fn output(kind: &str, item: &Json<'_>, parts: &mut Parts) {
    let content = item.any_of(&["output", "tools", "result", "content"]);
    let failed = matches!(item.text("status"), Some("failed" | "error"));
    let screenshot = content.is_object() && content.has("image_url");
    parts.result(
        &Outcome {
            id: item.any_of(&["call_id", "id"]).str(),
            name: item.text("name"),
            content: Some(content),
            is_error: failed.then_some(true),
            tool_type: (kind == "custom_tool_call_output").then_some("custom"),
        },
        "",
    );
    if screenshot {
        parts.media(content, "/output");
    }
}

/// `output: [{stdout, stderr, outcome: {type, exit_code}}]`, or a string.
fn shell_output(item: &Json<'_>, parts: &mut Parts) {
    let runs = item.at("output");
    let id = item.any_of(&["call_id", "id"]).str();
    let tool_type = Some("shell");
    if !runs.is_array() {
        parts.result(&Outcome { id, content: Some(runs), tool_type, ..Outcome::default() }, "");
        return;
    }
    let streams = |run: &Json<'_>| {
        let stream = |key: &str| run.text(key).map(str::to_owned);
        [stream("stdout"), stream("stderr")].into_iter().flatten().collect::<Vec<_>>()
    };
    let text: Vec<String> = runs.items().iter().flat_map(streams).collect();
    let code = runs.items().iter().filter_map(|run| run.path(&["outcome", "exit_code"]).i64());
    let code = code.max().and_then(|code| i32::try_from(code).ok());
    parts.result(&Outcome { id, content: Some(&NULL), tool_type, ..Outcome::default() }, "");
    if let Some(event) = parts.last() {
        let event: &mut Event = event;
        event.tool_call_result = Some(text.join("\n"));
        event.tool_exit_code = code;
        event.tool_is_error = code.filter(|code| *code != 0).map(|_| true);
    }
}
