//! What several formats share: role names, content shapes, tool names.

use super::Json;
use crate::record::{Event, Role};

/// Maps a role as logged; what is unknown becomes `other` and keeps its spelling.
#[must_use]
pub fn role(raw: &str) -> Role {
    match raw.trim().to_ascii_lowercase().as_str() {
        "system" => Role::System,
        "developer" => Role::Developer,
        "user" | "human" | "customer" => Role::User,
        "assistant" | "model" | "ai" | "gpt" | "agent" | "bot" | "chatbot" => Role::Assistant,
        "tool" | "function" | "observation" | "ipython" | "tool_result" | "toolresult"
        | "function_response" => Role::Tool,
        "environment" | "env" => Role::Environment,
        _ => Role::Other,
    }
}

/// Sets role and `role_raw`, flags roles that are unknown.
pub fn set_role(event: &mut Event, raw: &str) {
    let role = role(raw);
    event.role = Some(role);
    if role.as_str() != raw {
        event.role_raw = Some(raw.to_owned());
    }
    if role == Role::Other {
        event.flag("unknown_role");
    }
}

/// The text of a content value in any of its shapes: a string, a block, a list of either.
/// Blocks that are not text are left out; what is none of these becomes its JSON text.
#[must_use]
pub fn content_text(content: &Json<'_>) -> Option<String> {
    match content {
        Json::Null => None,
        Json::String(text) => Some(text.clone().into_owned()),
        Json::Array(items) => {
            let texts: Vec<String> = items.iter().filter_map(content_text).collect();
            (!texts.is_empty()).then(|| texts.join("\n"))
        }
        Json::Object(_) => block_text(content),
        other => Some(other.compact()),
    }
}

fn block_text(block: &Json<'_>) -> Option<String> {
    for key in ["text", "content", "value", "output_text", "input_text"] {
        match block.at(key) {
            Json::Null => {}
            Json::Object(_) if key == "text" => {
                return content_text(block.path(&["text", "value"]));
            }
            value => return content_text(value),
        }
    }
    match block.text("type") {
        Some(_) => None,
        None => Some(block.compact()),
    }
}

/// Whether a value looks like one message of a conversation rather than a record that holds one.
#[must_use]
pub fn is_message(value: &Json<'_>) -> bool {
    let speaker = value.text("role").or_else(|| value.text("from")).is_some();
    let holder = ["messages", "request", "response", "traj", "samples", "conversations"];
    speaker && !holder.iter().any(|key| value.has(key))
}

/// Splits `mcp__server__tool` into server and tool name.
pub fn set_tool(event: &mut Event, name: &str) {
    let mcp = name.strip_prefix("mcp__").and_then(|rest| rest.split_once("__"));
    if let Some((server, _)) = mcp {
        event.tool_server = Some(server.to_owned());
        event.tool_type.get_or_insert_with(|| "mcp".to_owned());
    }
    event.tool_name = Some(name.to_owned());
}

/// Adds every scalar of an object that is not in `mapped` to the event's attributes.
pub fn leftovers(event: &mut Event, object: &Json<'_>, mapped: &[&str]) {
    for (key, value) in object.entries() {
        let scalar = !matches!(value, Json::Null | Json::Array(_) | Json::Object(_));
        if scalar && !mapped.contains(&key.as_ref()) {
            event.attr(key.as_ref(), value.compact());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::json::parse;

    fn text(json: &str) -> Option<String> {
        content_text(&parse(json).unwrap().0)
    }

    #[test]
    fn text_is_found_in_every_shape() {
        for shape in [
            r#""hi""#,
            r#"["hi"]"#,
            r#"[{"type":"text","text":"hi"}]"#,
            r#"{"type":"text","content":"hi"}"#,
            r#"{"text":{"value":"hi","annotations":[]}}"#,
            r#"{"parts":0,"content":["hi"]}"#,
        ] {
            assert_eq!(text(shape).as_deref(), Some("hi"), "{shape}");
        }
        assert_eq!(text("42").as_deref(), Some("42"));
        assert_eq!(text("null"), None);
        assert_eq!(text(r#"[{"type":"image","source":{}}]"#), None);
    }

    #[test]
    fn roles_keep_their_spelling() {
        let mut event = Event::default();
        set_role(&mut event, "Assistant");
        assert_eq!(event.role, Some(Role::Assistant));
        assert_eq!(event.role_raw.as_deref(), Some("Assistant"));
        set_role(&mut event, "narrator");
        assert_eq!(event.role, Some(Role::Other));
        assert_eq!(event.flags, ["unknown_role"]);
    }
}
