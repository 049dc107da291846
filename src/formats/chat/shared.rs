//! What the readers of the providers' APIs share.
//!
//!   record -> `unwrap` (request, response, wrapper fields)
//!          -> `parts`  (content blocks to events; `reasoning` settles duplicates)
//!          -> [`Exchange`] -> `threads` (which session, what is new) -> sink
//!
//! A reader turns one record into an [`Exchange`] and knows nothing of sessions; `threads` knows
//! nothing of formats. OpenHands, whose events hold messages of these APIs, uses `parts` too.

pub(in crate::formats) mod calls;
pub(in crate::formats) mod parts;
pub(super) mod payload;
pub(in crate::formats) mod reasoning;
pub(super) mod threads;
pub(super) mod unwrap;

#[cfg(test)]
mod tests;

use crate::formats::Json;
use crate::record::{Event, Id16, Kind, TimeQuality, Usage};

/// One message with its parts.
#[derive(Debug, Clone, Default)]
pub(in crate::formats) struct Message {
    /// The role its context hash uses; aliases of one role are one.
    pub(super) role: String,
    /// Its parts.
    pub(in crate::formats) events: Vec<Event>,
}

impl Message {
    /// What it says without reasoning, the same whether logged as a response or resent.
    pub(super) fn canonical(&self) -> String {
        let mut out = String::new();
        for event in &self.events {
            canonical_part(event, &mut out);
        }
        out
    }

    /// Whether a model wrote it.
    pub(super) fn is_answer(&self) -> bool {
        self.role == "assistant"
    }
}

fn canonical_part(event: &Event, out: &mut String) {
    let mut add = |tag: char, fields: &[&str]| {
        out.push('\u{1e}');
        out.push(tag);
        for field in fields {
            out.push('\u{1f}');
            out.push_str(field);
        }
    };
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let (id, name) = (text(&event.tool_call_id), text(&event.tool_name));
    match event.kind {
        Some(Kind::Reasoning) => {}
        Some(Kind::ToolCall) => {
            let arguments = text(&event.tool_call_arguments);
            let parsed =
                crate::formats::json::parse(&arguments).map(|(value, _)| value.canonical());
            add('c', &[&id, &name, parsed.as_deref().unwrap_or(&arguments)]);
        }
        Some(Kind::ToolResult) => add('r', &[&id, text(&event.tool_call_result).trim()]),
        Some(Kind::Media) => {
            let hash = event.media_sha256.map(|sha| sha.to_string());
            let place = event.attrs.iter().find(|(name, _)| name == "uri" || name == "file_id");
            let place = place.map(|(_, value)| value.as_str()).unwrap_or_default();
            add('m', &[hash.as_deref().unwrap_or(place)]);
        }
        _ => {
            let text = text(&event.text);
            if !text.trim().is_empty() {
                add('t', &[text.trim()]);
            }
        }
    }
}

/// The tools on offer.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    /// The definitions as compact JSON.
    pub(super) text: String,
    /// Hash of their canonical JSON.
    pub(super) hash: Id16,
    /// Where they stand in the record.
    pub(super) pointer: String,
}

impl Tools {
    /// The tools of a request, if it has any.
    pub(super) fn of(value: &Json<'_>, pointer: String) -> Option<Self> {
        let empty = value.is_null() || (value.is_array() && value.items().is_empty());
        if empty {
            return None;
        }
        let hash = Id16::of("tools", &[value.canonical().as_bytes()]);
        Some(Self { text: value.compact(), hash, pointer })
    }
}

/// One record of any of the APIs.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// The session, if the record names it.
    pub(super) session: Option<String>,
    /// Names a new session; else the place of the record does.
    pub(super) fresh: Option<String>,
    /// The record this one continues (`previous_response_id`, a batch's `custom_id`).
    pub(super) previous: Option<String>,
    /// Names under which a later record may continue this one.
    pub(super) known_as: Vec<String>,
    /// System and developer messages before all others.
    pub(super) system: Vec<Message>,
    /// The other messages that were sent.
    pub(super) input: Vec<Message>,
    /// What came back, one per choice; empty if only the request is known.
    pub(super) output: Vec<Message>,
    /// The tools on offer.
    pub(super) tools: Option<Tools>,
    /// Columns of every row of the record: time, model, user, request.
    pub(super) common: Event,
    /// Columns of the rows of the response, over those of `common`.
    pub(super) answer: Event,
    /// Tokens of the call.
    pub(super) usage: Usage,
    /// What went wrong, or was blocked: rows of their own after all others.
    pub(super) notices: Vec<Event>,
    /// Scalars that have no column, put on the last row.
    pub(super) leftovers: Vec<(String, String)>,
}

/// Fills the columns that `event` leaves open.
pub(super) fn inherit(event: &mut Event, from: &Event) {
    if event.ts.quality == TimeQuality::Missing {
        event.ts = from.ts;
    }
    let open = |field: &mut Option<String>, value: &Option<String>| {
        if field.is_none() {
            field.clone_from(value);
        }
    };
    open(&mut event.provider_name, &from.provider_name);
    open(&mut event.operation_name, &from.operation_name);
    open(&mut event.request_model, &from.request_model);
    open(&mut event.response_model, &from.response_model);
    open(&mut event.user_id, &from.user_id);
    open(&mut event.request_id, &from.request_id);
    open(&mut event.response_id, &from.response_id);
    open(&mut event.message_id, &from.message_id);
    open(&mut event.trace_id, &from.trace_id);
    open(&mut event.finish_reason, &from.finish_reason);
    open(&mut event.service_name, &from.service_name);
    event.system_hash = event.system_hash.or(from.system_hash);
    event.tools_hash = event.tools_hash.or(from.tools_hash);
    event.duration_ms = event.duration_ms.or(from.duration_ms);
    event.cost_usd = event.cost_usd.or(from.cost_usd);
}
