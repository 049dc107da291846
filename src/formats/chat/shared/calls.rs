//! Calls and results of tools, as blocks and as fields.

use super::parts::{Parts, is_media};
use super::payload;
use crate::formats::{Json, common, json};
use crate::record::{Event, Kind, Role};

/// A call as an API writes it.
#[derive(Debug, Default)]
pub(in crate::formats) struct Call<'r> {
    pub(in crate::formats) name: &'r str,
    pub(in crate::formats) id: Option<&'r str>,
    pub(in crate::formats) arguments: Option<&'r Json<'r>>,
    pub(in crate::formats) tool_type: &'static str,
    pub(in crate::formats) server: Option<&'r str>,
}

/// A result as an API writes it.
#[derive(Debug, Default)]
pub(in crate::formats) struct Outcome<'r> {
    pub(in crate::formats) id: Option<&'r str>,
    pub(in crate::formats) name: Option<&'r str>,
    pub(in crate::formats) content: Option<&'r Json<'r>>,
    pub(in crate::formats) is_error: Option<bool>,
    pub(in crate::formats) tool_type: Option<&'static str>,
}

impl Parts {
    /// Adds a call that stands as a block; some writers put the whole call into it as a string.
    pub(super) fn use_block(&mut self, block: &Json<'_>, at: &str) {
        let text = block.any_of(&["value", "text", "function", "tool_call"]);
        let parsed = text.str().and_then(|text| json::parse(text).ok());
        let inner = match &parsed {
            Some((value, _)) => value,
            None if text.is_object() => text,
            None => block,
        };
        let ids = ["id", "toolCallId", "tool_call_id", "call_id"];
        self.call(
            &Call {
                name: inner.any_of(&["name", "toolName", "tool_name"]).str().unwrap_or_default(),
                id: block.any_of(&ids).str().or_else(|| inner.any_of(&ids).str()),
                arguments: Some(inner.any_of(&[
                    "input",
                    "arguments",
                    "args",
                    "parameters",
                    "value",
                    "text",
                ])),
                tool_type: match block.text("type") {
                    Some("server_tool_use") => "server",
                    Some("mcp_tool_use") => "mcp",
                    _ => "function",
                },
                server: block.text("server_name"),
            },
            at,
        );
    }

    /// Adds a call.
    pub(in crate::formats) fn call(&mut self, call: &Call<'_>, at: &str) {
        let mut event = self.row(Kind::ToolCall, at);
        if !call.name.is_empty() {
            common::set_tool(&mut event, call.name);
        }
        event.tool_server = call.server.map(str::to_owned).or(event.tool_server.take());
        event.tool_type.get_or_insert_with(|| call.tool_type.to_owned());
        event.tool_call_id = call.id.map(str::to_owned);
        event.tool_call_arguments = call.arguments.and_then(Json::display);
        if call.tool_type == "custom" {
            event.tool_arguments_valid = Some(true);
        }
        self.push(event);
    }

    /// Adds a result that stands as a block.
    pub(super) fn result_block(
        &mut self,
        block: &Json<'_>,
        at: &str,
        tool_type: Option<&'static str>,
    ) {
        let failed = block.path(&["content", "error_code"]).str().is_some();
        self.result(
            &Outcome {
                id: block.any_of(&["tool_use_id", "tool_call_id", "toolCallId", "id"]).str(),
                name: block.any_of(&["name", "tool_name", "toolName"]).str(),
                content: Some(block.any_of(&["content", "output", "result", "response", "text"])),
                is_error: block.any_of(&["is_error", "isError"]).bool().or(failed.then_some(true)),
                tool_type,
            },
            at,
        );
    }

    /// Adds a result; media inside it become rows of their own.
    pub(in crate::formats) fn result(&mut self, result: &Outcome<'_>, at: &str) {
        let content = result.content.unwrap_or(&crate::formats::json::NULL);
        let mut event = self.row(Kind::ToolResult, at);
        as_tool(&mut event);
        event.tool_call_id = result.id.map(str::to_owned);
        event.tool_name = result.name.map(str::to_owned);
        event.tool_type = result.tool_type.map(str::to_owned);
        event.tool_is_error = result.is_error;
        event.tool_call_result = result_text(content);
        self.push(event);
        for (index, block) in content.items().iter().enumerate().filter(|(_, b)| is_media(b)) {
            let mut event = self.row(Kind::Media, &format!("{at}/content/{index}"));
            as_tool(&mut event);
            event.tool_call_id = result.id.map(str::to_owned);
            payload::set_media(&mut event, block);
            self.push(event);
        }
    }
}

/// Results stand in user messages in some APIs; they are the tool's all the same.
fn as_tool(event: &mut Event) {
    if let Some(role) = event.role.filter(|role| *role != Role::Tool) {
        event.role_raw.get_or_insert_with(|| role.as_str().to_owned());
        event.role = Some(Role::Tool);
    }
}

/// The text of a result: blocks of text joined, anything else as JSON without payloads.
pub(in crate::formats) fn result_text(content: &Json<'_>) -> Option<String> {
    match content {
        Json::Array(items) => {
            let texts: Vec<String> = items
                .iter()
                .filter(|item| !is_media(item))
                .filter_map(|item| match item.text("type") {
                    None | Some("text" | "output_text" | "input_text") => {
                        common::content_text(item)
                    }
                    Some(_) => payload::readable(item),
                })
                .collect();
            (!texts.is_empty()).then(|| texts.join("\n"))
        }
        Json::Object(_) if is_media(content) => None,
        Json::Object(_) => match content.text("type") {
            Some("text" | "output_text") => common::content_text(content),
            _ => payload::readable(content),
        },
        other => other.display(),
    }
}
