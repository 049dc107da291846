//! One message of an Inspect log as rows: text, reasoning, media, calls, results.

use super::super::shared::{arguments, note_cipher, spoken, text_kind};
use crate::formats::Json;
use crate::formats::common::{leftovers, set_role, set_tool};
use crate::formats::json::write_string;
use crate::record::{Event, Id16, Id32, Kind, ReasoningSource, ReasoningState, Role};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const SCHEME: &str = "attachment://";
const MAPPED: [&str; 12] = [
    "id",
    "role",
    "content",
    "tool_calls",
    "tool_call_id",
    "function",
    "error",
    "model",
    "metadata",
    "parse_error",
    "arguments",
    "type",
];

/// Long texts by the name that messages refer to them with.
#[derive(Debug, Default)]
pub(in super::super) struct Attachments<'x>(pub(super) BTreeMap<&'x str, &'x str>);

impl<'x> Attachments<'x> {
    pub(super) fn of(value: &'x Json<'_>) -> Self {
        let entries = value.entries().iter();
        Self(entries.filter_map(|(name, text)| Some((name.as_ref(), text.str()?))).collect())
    }

    /// The text meant; a reference to nothing stays as it is and is flagged.
    pub(super) fn text<'y>(&'y self, text: &'y str, event: &mut Event) -> &'y str {
        match text.strip_prefix(SCHEME) {
            None => text,
            Some(name) => self.0.get(name).copied().unwrap_or_else(|| {
                event.flag("unresolved_attachment");
                text
            }),
        }
    }

    /// The same inside JSON text, where a string may be such a reference.
    fn json(&self, text: String) -> String {
        if self.0.is_empty() || !text.contains(SCHEME) {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("\"attachment://") {
            out.push_str(before);
            let known =
                after.split_once('"').and_then(|(name, after)| Some((*self.0.get(name)?, after)));
            match known {
                Some((text, after)) => {
                    write_string(&mut out, text);
                    rest = after;
                }
                None => {
                    out.push_str("\"attachment://");
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }
}

/// A name for a message: its id, else what it says.
pub(super) fn name(message: &Json<'_>, attachments: &Attachments<'_>) -> Id16 {
    if let Some(id) = message.text("id") {
        return Id16::of("inspect.id", &[id.as_bytes()]);
    }
    let mut scratch = Event::default();
    let content = match message.at("content") {
        Json::String(text) => attachments.text(text, &mut scratch).to_owned(),
        other => other.compact(),
    };
    let role = message.text("role").unwrap_or_default();
    let calls = message.at("tool_calls").compact();
    Id16::of("inspect.said", &[role.as_bytes(), content.as_bytes(), calls.as_bytes()])
}

/// The rows of a message, at least one. `template` has what surrounds the message.
pub(in super::super) fn rows(
    message: &Json<'_>,
    mut template: Event,
    attachments: &Attachments<'_>,
    pointer: &str,
) -> Vec<Event> {
    set_role(&mut template, message.text("role").unwrap_or_default());
    template.kind = Some(text_kind(template.role));
    template.message_id = message.string("id");
    let mut rows = Rows { attachments, rows: Vec::new() };
    if template.role == Some(Role::Tool) {
        rows.result(template, message, pointer);
    } else {
        if let Some(model) = message.text("model") {
            template.response_model = Some(model.to_owned());
        }
        rows.said(template, message, pointer);
    }
    if let Some(first) = rows.rows.first_mut() {
        leftovers(first, message, &MAPPED);
        super::flatten(first, "metadata", message.at("metadata"));
    }
    rows.rows
}

struct Rows<'x> {
    attachments: &'x Attachments<'x>,
    rows: Vec<Event>,
}

impl Rows<'_> {
    fn push(&mut self, mut event: Event, pointer: String) {
        event.json_pointer = Some(pointer);
        self.rows.push(event);
    }

    fn said(&mut self, base: Event, message: &Json<'_>, pointer: &str) {
        match message.at("content") {
            Json::Array(blocks) => {
                for (n, block) in blocks.iter().enumerate() {
                    self.block(base.clone(), block, &format!("{pointer}/content/{n}"));
                }
            }
            Json::String(text) if !text.is_empty() => {
                self.text(base.clone(), text, &format!("{pointer}/content"));
            }
            Json::Null | Json::String(_) => {}
            other => self.text(base.clone(), &other.compact(), &format!("{pointer}/content")),
        }
        for (n, call) in message.at("tool_calls").items().iter().enumerate() {
            self.call(base.clone(), call, format!("{pointer}/tool_calls/{n}"));
        }
        if self.rows.is_empty() {
            self.push(base, pointer.to_owned());
        }
    }

    fn text(&mut self, mut base: Event, text: &str, pointer: &str) {
        let attachments = self.attachments;
        let text = attachments.text(text, &mut base);
        for event in spoken(text, base) {
            self.push(event, pointer.to_owned());
        }
    }

    fn block(&mut self, mut event: Event, block: &Json<'_>, pointer: &str) {
        match block.text("type") {
            _ if block.str().is_some() => {
                self.text(event, block.str().unwrap_or_default(), pointer)
            }
            Some("text") => {
                if block.at("refusal").bool() == Some(true) {
                    event.kind = Some(Kind::Refusal);
                    let text = block.text("text").unwrap_or_default();
                    event.text = Some(self.attachments.text(text, &mut event).to_owned());
                    self.push(event, pointer.to_owned());
                } else {
                    self.text(event, block.text("text").unwrap_or_default(), pointer);
                }
            }
            Some("reasoning") => self.reasoning(event, block, pointer),
            Some("tool_use") => self.server_tool(event, block, pointer),
            Some(kind @ ("image" | "audio" | "video" | "document")) => {
                self.media(event, block, kind, pointer);
            }
            _ => {
                event.kind = Some(Kind::Unknown);
                event.text = block.display();
                self.push(event, pointer.to_owned());
            }
        }
    }

    /// When `redacted`, `reasoning` is ciphertext and only the summary can be read.
    fn reasoning(&mut self, mut event: Event, block: &Json<'_>, pointer: &str) {
        event.kind = Some(Kind::Reasoning);
        event.reasoning_source = Some(ReasoningSource::NativeBlock);
        let attachments = self.attachments;
        let written = attachments.text(block.text("reasoning").unwrap_or_default(), &mut event);
        let summary = attachments.text(block.text("summary").unwrap_or_default(), &mut event);
        let redacted = block.at("redacted").bool() == Some(true);
        let (readable, state) = match (redacted, written, summary) {
            (false, "", "") => (None, ReasoningState::Omitted),
            (true, "", "") => (None, ReasoningState::Redacted),
            (true, _, "") => (None, ReasoningState::Encrypted),
            (true, _, text) | (false, "", text) => (Some(text), ReasoningState::Summary),
            (false, text, _) => (Some(text), ReasoningState::Plain),
        };
        if redacted {
            note_cipher(&mut event, written);
        } else if !written.is_empty() && !summary.is_empty() {
            event.attr("summary", Json::String(summary.into()).compact());
        }
        if let Some(signature) = block.text("signature") {
            event.attr("signature_bytes", signature.len().to_string());
        }
        event.reasoning = readable.map(str::to_owned);
        event.reasoning_state = Some(state);
        self.push(event, pointer.to_owned());
    }

    fn call(&mut self, mut event: Event, call: &Json<'_>, pointer: String) {
        event.kind = Some(Kind::ToolCall);
        set_tool(&mut event, call.text("function").unwrap_or_default());
        let kind = call.text("type").unwrap_or("function");
        event.tool_type.get_or_insert_with(|| kind.to_owned());
        event.tool_call_id = call.string("id");
        event.tool_call_arguments =
            arguments(call.at("arguments")).map(|text| self.attachments.json(text));
        if !call.at("parse_error").is_null() {
            event.tool_arguments_valid = Some(false);
            event.attr("parse_error", call.at("parse_error").compact());
        }
        leftovers(&mut event, call, &MAPPED);
        self.push(event, pointer);
    }

    /// A tool that the provider ran: call and result in one block.
    fn server_tool(&mut self, event: Event, block: &Json<'_>, pointer: &str) {
        let mut call = event.with(|event| event.kind = Some(Kind::ToolCall));
        set_tool(&mut call, block.text("name").unwrap_or_default());
        let mcp = block.text("tool_type").is_some_and(|kind| kind.starts_with("mcp"));
        call.tool_type = Some(if mcp { "mcp" } else { "server" }.to_owned());
        if let Some(server) = block.text("context") {
            call.tool_server = Some(server.to_owned());
        }
        call.tool_call_id = block.string("id");
        let mut result = call.clone().with(|event| event.kind = Some(Kind::ToolResult));
        result.role = Some(Role::Tool);
        result.role_raw = Some("assistant".to_owned());
        call.tool_call_arguments = arguments(block.at("arguments"));
        result.tool_call_result = block.at("result").display();
        if let Some(error) = block.at("error").display() {
            result.tool_is_error = Some(true);
            result.error_message = Some(error);
        }
        self.push(call, pointer.to_owned());
        self.push(result, pointer.to_owned());
    }

    fn media(&mut self, mut event: Event, block: &Json<'_>, kind: &str, pointer: &str) {
        event.kind = Some(Kind::Media);
        let attachments = self.attachments;
        let place = attachments.text(block.text(kind).unwrap_or_default(), &mut event);
        let data = place.strip_prefix("data:").and_then(|data| data.split_once(";base64,"));
        if let Some((mime, data)) = data {
            let bytes = STANDARD.decode(data).unwrap_or_else(|_| data.as_bytes().to_vec());
            event.media_mime = Some(mime.to_owned());
            event.media_sha256 = Some(Id32(Sha256::digest(&bytes).into()));
            event.media_bytes = i64::try_from(bytes.len()).ok();
        } else {
            event.media_mime = block.string("mime_type");
            event.attr("url", Json::String(place.into()).compact());
        }
        leftovers(&mut event, block, &["type", "mime_type", kind]);
        self.push(event, pointer.to_owned());
    }

    fn result(&mut self, mut event: Event, message: &Json<'_>, pointer: &str) {
        event.tool_call_id = message.string("tool_call_id");
        if let Some(name) = message.text("function") {
            set_tool(&mut event, name);
        }
        let mut texts = Vec::new();
        let attachments = self.attachments;
        match message.at("content") {
            Json::Array(blocks) => {
                for (n, block) in blocks.iter().enumerate() {
                    match block.text("type") {
                        Some(kind @ ("image" | "audio" | "video" | "document")) => {
                            let at = format!("{pointer}/content/{n}");
                            self.media(event.clone(), block, kind, &at);
                        }
                        Some("text") => {
                            let text = block.text("text").unwrap_or_default();
                            texts.push(attachments.text(text, &mut event).to_owned());
                        }
                        _ => texts.extend(block.display()),
                    }
                }
            }
            Json::String(text) => texts.push(attachments.text(text, &mut event).to_owned()),
            other => texts.extend(other.display()),
        }
        event.tool_call_result = Some(texts.join("\n"));
        let error = message.at("error");
        if !error.is_null() {
            event.tool_is_error = Some(true);
            event.status = Some("error");
            event.error_type = error.string("type");
            event.error_message = error.at("message").display().or_else(|| error.display());
        }
        self.push(event, pointer.to_owned());
    }
}
