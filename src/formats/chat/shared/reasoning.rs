//! Reasoning that a message carries in several places, and reasoning that cannot be read.
//!
//! The same chain of thought often stands in a native block, in `reasoning_content` and in tags
//! of the text at once. It becomes one row that lists its places; places that *differ* all
//! become rows, flagged `reasoning_conflict`, because that is worth a look.

use super::payload;
use crate::formats::{Json, json};
use crate::record::{Event, Kind, ReasoningSource, ReasoningState};

/// Where OpenRouter puts readable reasoning into a block meant for ciphertext.
const OPENROUTER: &str = "openrouter.reasoning:";

/// Where a part of a message was found. The order is that of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::formats) enum Via {
    /// A block of its own in the content.
    Content,
    /// The `thinking_blocks` field of LiteLLM.
    ThinkingBlocks,
    /// The `reasoning_details` field of OpenRouter.
    Details,
    /// The `reasoning_content` field.
    ReasoningContent,
    /// The `reasoning` field, or `thinking` in Ollama.
    Reasoning,
    /// The `responses_reasoning_item` field of OpenHands.
    ResponsesItem,
    /// Tags in the text.
    InlineTag,
    /// What OpenHands calls the thought: the text beside a call.
    Thought,
}

impl Via {
    fn name(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::ThinkingBlocks => "thinking_blocks",
            Self::Details => "reasoning_details",
            Self::ReasoningContent => "reasoning_content",
            Self::Reasoning => "reasoning",
            Self::ResponsesItem => "responses_reasoning_item",
            Self::InlineTag => "inline_tag",
            Self::Thought => "thought",
        }
    }

    /// The column value.
    pub(in crate::formats) fn source(self) -> ReasoningSource {
        match self {
            Self::Content | Self::ThinkingBlocks | Self::Details | Self::ResponsesItem => {
                ReasoningSource::NativeBlock
            }
            Self::ReasoningContent | Self::Reasoning => ReasoningSource::ReasoningContent,
            Self::InlineTag => ReasoningSource::InlineTag,
            Self::Thought => ReasoningSource::ReactText,
        }
    }
}

/// Makes one row of reasoning that stands in several places.
pub(super) fn settle(entries: Vec<(Via, Event)>) -> Vec<Event> {
    let mut places: Vec<Via> = readable(&entries).map(|(via, _)| *via).collect();
    places.sort_unstable();
    places.dedup();
    if places.len() < 2 {
        return entries.into_iter().map(|(_, event)| event).collect();
    }
    // Distinct texts, each with the places it stands in.
    let mut texts: Vec<(String, Vec<Via>)> = Vec::new();
    for via in places {
        let text = folded(&entries, via);
        match texts.iter_mut().find(|(other, _)| *other == text) {
            Some((_, vias)) => vias.push(via),
            None => texts.push((text, vec![via])),
        }
    }
    let conflict = texts.len() > 1;
    let mut listed: Vec<Via> = Vec::new();
    let mut kept = Vec::new();
    for (via, mut event) in entries {
        if event.reasoning.is_none() {
            kept.push(event);
            continue;
        }
        let Some((_, vias)) = texts.iter().find(|(_, vias)| vias.first() == Some(&via)) else {
            continue;
        };
        if !listed.contains(&via) {
            listed.push(via);
            let names: Vec<String> = vias.iter().map(|v| format!("\"{}\"", v.name())).collect();
            event.attr("reasoning_sources", format!("[{}]", names.join(",")));
        }
        if conflict {
            event.flag("reasoning_conflict");
        }
        kept.push(event);
    }
    kept
}

fn readable(entries: &[(Via, Event)]) -> impl Iterator<Item = &(Via, Event)> {
    entries.iter().filter(|(_, event)| event.reasoning.is_some())
}

/// All readable text of one place without white space.
fn folded(entries: &[(Via, Event)], via: Via) -> String {
    let texts = readable(entries).filter(|(other, _)| *other == via);
    texts
        .flat_map(|(_, event)| event.reasoning.iter())
        .flat_map(|text| text.chars().filter(|ch| !ch.is_whitespace()))
        .collect()
}

/// Fills a row from a reasoning block of any API: text, summary, signature or ciphertext.
pub(super) fn set_block(event: &mut Event, block: &Json<'_>) {
    event.kind = Some(Kind::Reasoning);
    let keys = ["thinking", "reasoning", "reasoning_text", "text", "content", "value"];
    let text = block_text(block.any_of(&keys));
    let summary = block_text(block.at("summary"));
    let cipher = block.text("encrypted_content").or_else(|| block.text("data"));
    let (reasoning, state) = match (text, summary, cipher) {
        (Some(text), _, _) => (Some(text), ReasoningState::Plain),
        (None, Some(summary), _) => (Some(summary), ReasoningState::Summary),
        (None, None, Some(cipher)) => match envelope(cipher) {
            Some(text) => {
                event.attr("reasoning_envelope", "\"openrouter\"");
                (Some(text), ReasoningState::Plain)
            }
            None => (None, ReasoningState::Encrypted),
        },
        (None, None, None) => (None, ReasoningState::Omitted),
    };
    event.reasoning = reasoning;
    event.reasoning_state = Some(state);
    if let Some(cipher) =
        cipher.filter(|_| !event.attrs.iter().any(|(n, _)| n == "reasoning_envelope"))
    {
        payload::note_cipher(event, cipher);
    }
    if let Some(signature) = block.text("signature") {
        event.attr("signature_bytes", signature.len().to_string());
    }
}

/// Text of a string or of a list of blocks; empty is none.
pub(super) fn block_text(value: &Json<'_>) -> Option<String> {
    let text = crate::formats::common::content_text(value)?;
    (!text.trim().is_empty()).then_some(text)
}

/// Readable reasoning that OpenRouter hides in a redacted block.
fn envelope(cipher: &str) -> Option<String> {
    let bytes = payload::decode_base64(cipher.strip_prefix(OPENROUTER)?)?;
    let text = String::from_utf8_lossy(&bytes);
    let (value, _) = json::parse(&text).ok()?;
    block_text(value.any_of(&["text", "summary", "reasoning", "thinking"]))
}

/// The rows of OpenRouter's `reasoning_details`: ciphertext is noted on the readable row.
pub(super) fn details(items: &[Json<'_>], template: &Event) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for item in items {
        let mut event = template.clone();
        set_block(&mut event, item);
        let encrypted = event.reasoning_state == Some(ReasoningState::Encrypted);
        match events.last_mut().filter(|_| encrypted) {
            Some(before) => before.attrs.append(&mut event.attrs),
            None => events.push(event),
        }
    }
    events
}
