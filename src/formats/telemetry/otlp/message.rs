//! Messages and their parts, as all dialects come down to them.
//!
//! One shape for what the conventions, the flattened attributes and the raw bodies of the
//! providers say: a message has a role and parts, a part says one thing. Reading is tolerant:
//! names of several providers are accepted everywhere, what is unknown is kept as text.

use super::parts;
use super::salvage;
use crate::formats::inline;
use crate::formats::json::{self, Json};
use crate::record::{Id16, Id32, ReasoningSource, ReasoningState, Role, Time};

/// One message.
#[derive(Debug, Clone, Default)]
pub(super) struct Message {
    /// Role as logged.
    pub(super) role: String,
    /// Position in the logged list.
    pub(super) index: i32,
    /// Why the model stopped, if this is a response that says so.
    pub(super) finish: Option<String>,
    /// What it says.
    pub(super) parts: Vec<Part>,
    /// Place in the record.
    pub(super) pointer: Option<String>,
    /// Its own time and observed time, if it was logged by itself.
    pub(super) time: Option<(Time, Option<i64>)>,
    /// What was not understood, as JSON text.
    pub(super) extra: Vec<(String, String)>,
}

/// One part of a message.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// What it is.
    pub(super) what: What,
    /// What has no column, as JSON text.
    pub(super) extra: Vec<(String, String)>,
}

/// What a part is.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// Visible text.
    Text(String),
    /// Chain of thought, or what is left of it.
    Reasoning { text: Option<String>, state: ReasoningState, source: ReasoningSource },
    /// A call the model makes.
    Call { id: Option<String>, name: String, arguments: Option<String>, kind: Option<String> },
    /// What a call returned.
    Answer { id: Option<String>, name: Option<String>, text: Option<String>, error: Option<bool> },
    /// An image, sound or file.
    Media { mime: Option<String>, payload: Option<(Id32, i64)> },
    /// The model declined.
    Refusal(String),
    /// The history was cut; the summary, if there is one.
    Compaction(Option<String>),
    /// Something else, as text.
    Unknown(String),
}

impl What {
    /// A part without extras.
    pub(super) fn part(self) -> Part {
        Part { what: self, extra: Vec::new() }
    }
}

impl Part {
    /// What the part says for comparisons: the same for any exporter. Reasoning says nothing,
    /// because interfaces strip it from histories.
    pub(super) fn canonical(&self) -> Option<String> {
        let mark =
            |mark: &str, text: &str| (!text.trim().is_empty()).then(|| format!("{mark}{text}"));
        match &self.what {
            What::Text(text) | What::Refusal(text) => mark("", text.trim()),
            What::Unknown(text) => mark("?", text),
            What::Reasoning { .. } => None,
            What::Call { name, arguments, .. } => {
                Some(format!("call {name} {}", canonical_json(arguments.as_deref())))
            }
            What::Answer { text, .. } => {
                mark("answer ", text.as_deref().unwrap_or_default().trim())
            }
            What::Media { payload, .. } => Some(format!(
                "media {}",
                payload.map(|(sha, _)| sha.to_string()).unwrap_or_default()
            )),
            What::Compaction(text) => Some(format!("compaction {}", text.as_deref().unwrap_or(""))),
        }
    }

    /// A name for what the part says in `scope` (a session or a call).
    pub(super) fn seen_id(&self, scope: &str, id: &str) -> Option<Id16> {
        let text = match &self.what {
            What::Reasoning { text, .. } => fold(text.as_deref()?),
            _ => self.canonical()?,
        };
        let kind = match &self.what {
            What::Reasoning { .. } => "reasoning",
            What::Answer { .. } => "answer",
            What::Call { .. } => "call",
            _ => "said",
        };
        let parts = [scope.as_bytes(), kind.as_bytes(), id.as_bytes(), text.as_bytes()];
        Some(Id16::of("otlp.part", &parts))
    }

    /// The id of the call that this part makes or answers.
    pub(super) fn call_id(&self) -> Option<&str> {
        match &self.what {
            What::Call { id, .. } | What::Answer { id, .. } => id.as_deref(),
            _ => None,
        }
    }
}

impl Message {
    /// A message with one part.
    pub(super) fn of(role: &str, part: What) -> Self {
        Self { role: role.to_owned(), parts: vec![part.part()], ..Self::default() }
    }

    /// The role that counts: results under the user's name are the tool's.
    pub(super) fn true_role(&self) -> Role {
        let answers = self.parts.iter().filter(|p| matches!(p.what, What::Answer { .. })).count();
        match answers > 0 && answers == self.parts.len() {
            true => Role::Tool,
            false => crate::formats::common::role(&self.role),
        }
    }

    /// Takes out the thoughts that stand between tags in the text.
    pub(super) fn strip_inline_thoughts(&mut self) {
        for part in &mut self.parts {
            let What::Text(text) = &mut part.what else { continue };
            let split = inline::split(text);
            if split.is_plain() {
                continue;
            }
            let shown = split.parts.iter().filter(|part| part.kind != inline::PartKind::Reasoning);
            *text = shown.map(|part| part.body.trim()).collect::<Vec<_>>().join("\n");
        }
    }

    /// What the message says without reasoning: texts first, then the rest in order, because
    /// exporters disagree about the order of text and calls.
    pub(super) fn canonical(&self) -> String {
        let text = |part: &&Part| matches!(part.what, What::Text(_));
        let first = self.parts.iter().filter(text);
        let rest = self.parts.iter().filter(|part| !text(part));
        let all: Vec<String> = first.chain(rest).filter_map(Part::canonical).collect();
        all.join("\n")
    }
}

/// Text with all white space folded to single spaces, to compare copies of one thought.
pub(super) fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// JSON text in canonical form; other text as it is.
pub(super) fn canonical_json(text: Option<&str>) -> String {
    let text = text.unwrap_or_default().trim();
    json::parse(text).map_or_else(|_| text.to_owned(), |(value, _)| value.canonical())
}

/// Messages read from an attribute, and whether it had to be salvaged.
#[derive(Debug, Default)]
pub(super) struct FromAttribute {
    /// The messages; numbered as in the list.
    pub(super) messages: Vec<Message>,
    /// The attribute was cut and has been repaired.
    pub(super) truncated: bool,
}

/// Reads an attribute that holds messages, structured or as JSON text. Text that is no JSON is
/// one message of `role`.
pub(super) fn from_attribute(value: &Json<'_>, role: &str) -> FromAttribute {
    let Some(text) = value.str() else {
        return FromAttribute { messages: list(value, role), truncated: false };
    };
    with_json(text, |json, truncated| match json {
        Some(json) => FromAttribute { messages: list(json, role), truncated },
        None if text.trim().is_empty() => FromAttribute::default(),
        None => FromAttribute {
            messages: vec![Message::of(role, What::Text(text.to_owned()))],
            truncated,
        },
    })
}

/// Parses JSON text, repaired if it was cut; numbers and words are text, not JSON.
pub(super) fn with_json<T>(text: &str, read: impl FnOnce(Option<&Json<'_>>, bool) -> T) -> T {
    if !matches!(text.trim_start().bytes().next(), Some(b'{' | b'[')) {
        return read(None, false);
    }
    if let Ok((value, _)) = json::parse(text) {
        return read(Some(&value), false);
    }
    let repaired = salvage::complete(text);
    match repaired.as_deref().map(json::parse) {
        Some(Ok((value, _))) => read(Some(&value), true),
        _ => read(None, false),
    }
}

/// Reads a message list in any of its shapes.
pub(super) fn list(value: &Json<'_>, role: &str) -> Vec<Message> {
    let number = |(at, mut message): (usize, Message)| {
        message.index = i32::try_from(at).unwrap_or(i32::MAX);
        message
    };
    match value {
        Json::Null => Vec::new(),
        Json::Array(items) if !items.is_empty() && items.iter().all(is_bare_part) => {
            let parts = items.iter().filter_map(parts::read).collect();
            vec![Message { role: role.to_owned(), parts, ..Message::default() }]
        }
        Json::Array(items) => {
            items.iter().map(|item| message(item, role)).enumerate().map(number).collect()
        }
        Json::Object(_) if value.at("messages").is_array() => list(value.at("messages"), role),
        _ => vec![message(value, role)],
    }
}

/// A content block where a message belongs: it has a type and no role.
fn is_bare_part(item: &Json<'_>) -> bool {
    let responses_item = matches!(
        item.text("type"),
        Some("message" | "reasoning" | "function_call" | "function_call_output")
    );
    item.text("type").is_some() && !item.has("role") && !responses_item
}

/// Reads one message; `role` is what it gets if it names none.
pub(super) fn message(value: &Json<'_>, role: &str) -> Message {
    let mut message = Message { role: role.to_owned(), ..Message::default() };
    if let Json::String(text) = value {
        message.parts.push(What::Text(text.clone().into_owned()).part());
        return message;
    }
    let item = match value.text("type") {
        Some("reasoning" | "function_call") => Some("assistant"),
        Some("function_call_output") => Some("tool"),
        _ => None,
    };
    if let Some(role) = item.filter(|_| !value.has("role") && !value.has("parts")) {
        role.clone_into(&mut message.role);
        message.parts.extend(parts::read(value));
        return message;
    }
    if let Some(role) = value.any_of(&["role", "author"]).display() {
        message.role = role;
    }
    message.finish = value.any_of(&["finish_reason", "stop_reason"]).display();
    message.parts = parts::of_message(value);
    const MAPPED: [&str; 16] = [
        "role",
        "author",
        "finish_reason",
        "stop_reason",
        "parts",
        "content",
        "contents",
        "tool_calls",
        "function_call",
        "tool_call_id",
        "reasoning_content",
        "reasoning",
        "thinking",
        "refusal",
        "type",
        "reasoning_details",
    ];
    for (key, value) in value.entries() {
        if !MAPPED.contains(&&**key) && !value.is_null() {
            message.extra.push((key.to_string(), value.compact()));
        }
    }
    adopt_results(&mut message, value);
    message
}

/// Text under a tool's role is a result; its call is named by the message.
fn adopt_results(message: &mut Message, value: &Json<'_>) {
    if crate::formats::common::role(&message.role) != Role::Tool {
        return;
    }
    let ids = ["tool_call_id", "toolCallId", "call_id", "tool_use_id", "id"];
    let outer = parts::trimmed(value.any_of(&ids));
    message.extra.retain(|(key, _)| !ids.contains(&key.as_str()));
    for part in &mut message.parts {
        match &mut part.what {
            What::Text(text) | What::Unknown(text) => {
                let text = Some(std::mem::take(text));
                let name = value.string("name");
                part.what = What::Answer { id: outer.clone(), name, text, error: None };
            }
            What::Answer { id, .. } if id.is_none() => id.clone_from(&outer),
            _ => {}
        }
    }
}
