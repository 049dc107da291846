//! Content of a message, in any shape met in the providers' APIs, to rows.
//!
//! Logs mix dialects (Anthropic blocks in OpenAI messages and the other way round), so there is
//! one reader of blocks for all of them. A block of an unknown type becomes a row of kind
//! `unknown` with its JSON text and the flag `unknown_content`.

use super::reasoning::{self, Via};
use super::{Message, payload};
use crate::formats::{Json, common, inline};
use crate::record::{Event, Kind, ReasoningState, Role};

/// Parts of a list that have rows of their own. A part takes two bytes in a log and its row a thousand.
const MAX_BLOCKS: usize = 10_000;

/// Collects the rows of one message.
#[derive(Debug)]
pub(in crate::formats) struct Parts {
    template: Event,
    pointer: String,
    entries: Vec<(Via, Event)>,
}

impl Parts {
    /// A message of this role at this place; a missing role is an unknown one.
    pub(in crate::formats) fn new(role: Option<&str>, pointer: impl Into<String>) -> Self {
        let mut template = Event::default();
        common::set_role(&mut template, role.unwrap_or_default());
        if role.is_none() {
            template.role_raw = None;
        }
        template.kind = Some(match template.role {
            Some(Role::System | Role::Developer) => Kind::SystemPrompt,
            Some(Role::Assistant) => Kind::AssistantText,
            Some(Role::Tool) => Kind::ToolResult,
            Some(Role::User | Role::Environment) => Kind::UserText,
            _ => Kind::Unknown,
        });
        Self { template, pointer: pointer.into(), entries: Vec::new() }
    }

    /// What every row of the message gets; change it before adding parts.
    pub(in crate::formats) fn template(&mut self) -> &mut Event {
        &mut self.template
    }

    /// A row for the part at `at`, not added yet.
    pub(in crate::formats::chat) fn row(&self, kind: Kind, at: &str) -> Event {
        let mut event = self.template.clone();
        event.kind = Some(kind);
        event.json_pointer = Some(format!("{}{at}", self.pointer));
        event
    }

    /// Adds a finished row.
    pub(in crate::formats::chat) fn push(&mut self, event: Event) {
        self.entries.push((Via::Content, event));
    }

    /// Who speaks.
    pub(in crate::formats) fn role(&self) -> Option<Role> {
        self.template.role
    }

    /// Whether nothing was added yet.
    pub(in crate::formats) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The row added last.
    pub(in crate::formats) fn last(&mut self) -> Option<&mut Event> {
        self.entries.last_mut().map(|(_, event)| event)
    }

    /// Adds content of any shape.
    pub(in crate::formats) fn content(&mut self, content: &Json<'_>, at: &str) {
        match content {
            Json::Null => {}
            Json::String(text) => self.text(text, at),
            Json::Object(_) => self.block(content, at),
            Json::Array(items) => self.blocks(items, at),
            other => self.text(&other.compact(), at),
        }
    }

    /// Bare strings in a list are pieces of one text; blocks are parts of their own.
    fn blocks(&mut self, items: &[Json<'_>], at: &str) {
        if !items.is_empty() && items.iter().all(|item| item.str().is_some()) {
            let texts: Vec<&str> = items.iter().filter_map(Json::str).collect();
            self.text(&texts.join("\n"), at);
            return;
        }
        self.each(items, at, |parts, item, at| match item {
            Json::Object(_) => parts.block(item, at),
            other => parts.text(&common::content_text(other).unwrap_or_default(), at),
        });
    }

    /// Adds the parts of a list one by one, up to as many as may have rows of their own.
    pub(in crate::formats::chat) fn each(
        &mut self,
        items: &[Json<'_>],
        at: &str,
        mut add: impl FnMut(&mut Self, &Json<'_>, &str),
    ) {
        let (own, many) = items.split_at(items.len().min(MAX_BLOCKS));
        for (index, item) in own.iter().enumerate() {
            add(self, item, &format!("{at}/{index}"));
        }
        if !many.is_empty() {
            self.together(many, &format!("{at}/{MAX_BLOCKS}"));
        }
    }

    /// Adds one row for parts that are too many to have rows of their own.
    fn together(&mut self, items: &[Json<'_>], at: &str) {
        let texts: Vec<String> = items.iter().filter_map(payload::readable).collect();
        let mut event = self.row(Kind::Unknown, at);
        event.text = Some(texts.join("\n"));
        event.flag("unknown_content");
        event.flag("many_elements");
        event.attr("elements", items.len().to_string());
        self.push(event);
    }

    /// Adds text: an assistant's is searched for tags, a user's for tagged tool results.
    pub(in crate::formats) fn text(&mut self, text: &str, at: &str) {
        if text.is_empty() {
            return;
        }
        let kind = self.template.kind.unwrap_or(Kind::Unknown);
        let mut row = self.row(kind, at);
        let events = match row.role {
            Some(Role::Assistant) => inline::events(text, &row),
            Some(Role::User) => inline::result_events(text, &row).unwrap_or_else(|| {
                row.text = Some(text.to_owned());
                vec![row]
            }),
            _ => {
                row.text = Some(text.to_owned());
                vec![row]
            }
        };
        for event in events {
            let tagged = event.kind == Some(Kind::Reasoning);
            self.entries.push((if tagged { Via::InlineTag } else { Via::Content }, event));
        }
    }

    /// Adds a content block.
    pub(in crate::formats) fn block(&mut self, block: &Json<'_>, at: &str) {
        let kind = block.text("type").unwrap_or_default();
        match kind {
            "" | "text" | "input_text" | "output_text" | "summary_text" => {
                match common::content_text(block) {
                    Some(text) => self.text(&text, at),
                    None => self.media_or_unknown(block, at),
                }
            }
            "refusal" => {
                let text = block.any_of(&["refusal", "text"]).str().map(str::to_owned);
                self.push(self.row(Kind::Refusal, at).with(|event| event.text = text));
            }
            "thinking" | "reasoning" | "reasoning_text" | "thought" | "redacted_thinking" => {
                self.reasoning(Via::Content, block, at);
            }
            "tool_use" | "server_tool_use" | "mcp_tool_use" | "tool_call" | "tool-call"
            | "toolCall" => self.use_block(block, at),
            "tool_result" | "tool-result" | "tool_call_response" => {
                self.result_block(block, at, None)
            }
            "mcp_tool_result" => self.result_block(block, at, Some("mcp")),
            "document" | "search_result" => self.document(block, at),
            "compaction" => self.compaction(block, at),
            other if other.ends_with("_tool_result") => {
                self.result_block(block, at, Some("server"));
            }
            _ => self.media_or_unknown(block, at),
        }
    }

    fn media_or_unknown(&mut self, block: &Json<'_>, at: &str) {
        let kind = block.text("type").unwrap_or_default();
        let media = ["image", "audio", "video", "file", "screenshot", "container_upload"];
        if media.iter().any(|name| kind.contains(name)) || is_media(block) {
            self.media(block, at);
            return;
        }
        let mut event = self.row(Kind::Unknown, at);
        event.text = payload::readable(block);
        event.flag("unknown_content");
        self.push(event);
    }

    /// Adds an image, sound or file.
    pub(in crate::formats) fn media(&mut self, block: &Json<'_>, at: &str) {
        let mut event = self.row(Kind::Media, at);
        payload::set_media(&mut event, block);
        self.push(event);
        if let Some(transcript) = block.text("transcript") {
            self.text(transcript, &format!("{at}/transcript"));
        }
    }

    /// Documents hold text, blocks, or a payload.
    fn document(&mut self, block: &Json<'_>, at: &str) {
        let source = block.at("source");
        let content = match source.text("type") {
            Some("text") => source.at("data"),
            Some("content") => source.at("content"),
            None => block.at("content"),
            Some(_) => &crate::formats::json::NULL,
        };
        match content {
            Json::Null => self.media(block, at),
            content => {
                let mut event = self.row(self.template.kind.unwrap_or(Kind::Unknown), at);
                event.text = common::content_text(content);
                common::leftovers(&mut event, block, &["type"]);
                self.push(event);
            }
        }
    }

    fn compaction(&mut self, block: &Json<'_>, at: &str) {
        let text = reasoning::block_text(block.at("content"));
        let kind = if text.is_some() { Kind::CompactionSummary } else { Kind::Compaction };
        let mut event = self.row(kind, at).with(|event| event.text = text);
        if let Some(cipher) = block.text("encrypted_content") {
            payload::note_cipher(&mut event, cipher);
        }
        self.push(event);
    }

    /// Adds a reasoning block found in some place of the message.
    pub(in crate::formats) fn reasoning(&mut self, via: Via, block: &Json<'_>, at: &str) {
        let mut event = self.row(Kind::Reasoning, at);
        event.reasoning_source = Some(via.source());
        reasoning::set_block(&mut event, block);
        self.entries.push((via, event));
    }

    /// Adds reasoning that stands as text in a field of the message.
    pub(in crate::formats) fn reasoning_field(&mut self, via: Via, value: &Json<'_>, at: &str) {
        if value.is_object() {
            self.reasoning(via, value, at);
        } else if let Some(text) = reasoning::block_text(value) {
            let mut event = self.row(Kind::Reasoning, at);
            event.reasoning = Some(text);
            event.reasoning_state = Some(ReasoningState::Plain);
            event.reasoning_source = Some(via.source());
            self.entries.push((via, event));
        }
    }

    /// Adds OpenRouter's list of reasoning details.
    pub(in crate::formats::chat) fn reasoning_details(&mut self, items: &[Json<'_>], at: &str) {
        let mut row = self.row(Kind::Reasoning, at);
        row.reasoning_source = Some(Via::Details.source());
        let events = reasoning::details(items, &row);
        self.entries.extend(events.into_iter().map(|event| (Via::Details, event)));
    }

    /// The message; one without any part still gets a row.
    pub(in crate::formats) fn finish(mut self) -> Message {
        if self.entries.is_empty() {
            let row = self.row(self.template.kind.unwrap_or(Kind::Unknown), "");
            self.push(row);
        }
        let role = match (self.template.role, &self.template.role_raw) {
            (Some(Role::Other) | None, raw) => raw.clone().unwrap_or_default(),
            (Some(role), _) => role.as_str().to_owned(),
        };
        Message { role, events: reasoning::settle(self.entries) }
    }
}

pub(super) fn is_media(block: &Json<'_>) -> bool {
    let kind = block.text("type").unwrap_or_default();
    ["image", "audio", "video", "file", "screenshot"].iter().any(|name| kind.contains(name))
        || block.path(&["source", "type"]).str() == Some("base64")
        || block.has("image_url")
}
