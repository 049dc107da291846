//! ShareGPT and its kin: conversations as people keep them to train models.
//!
//! Three shapes, of which a record has one:
//!
//! * `conversations: [{from, value}]`, with `tools` and `system` beside it; also under the key
//!   `conversation`, with `role` and `content`, or as a bare array of turns;
//! * `messages: [{role, content: [{type, value}]}]`, as LLaMA-Factory writes reasoning and calls;
//! * one text with ChatML marks, under `text`, `prompt` or `conversation` ([`chatml`]).
//!
//! record -> turns ([`turn`]: rows of one message) -> `Exchange` -> `threads` (session, resends)
//!
//! Calls and results have no ids; the sink joins them by order. Nothing here is an answer of
//! a server: there are no tokens and no finish reasons, and times only if a writer added them.

mod chatml;
pub(in crate::formats) mod turn;

#[cfg(test)]
mod tests;

use super::shared::threads::Threads;
use super::shared::{Exchange, Message, Tools, unwrap};
use crate::formats::{Format, Json, Reader, Record, Sink, json};
use crate::record::{BranchState, Id16, Kind, Reason};

const ID: &str = "sharegpt";
/// Where the turns stand, best first.
const TURNS: [&str; 3] = ["conversations", "conversation", "messages"];
/// Where a text with marks may stand.
const TEXTS: [&str; 3] = ["text", "prompt", "conversation"];
/// Where the answer to a text with marks may stand.
const ANSWERS: [&str; 4] = ["completion", "response", "output", "answer"];
/// The two answers of a preference record, with what the first row says about them.
const PREFERENCES: [(&str, &str); 2] = [("chosen", "preferred"), ("rejected", "non_preferred")];
/// Lists beside the turns, and fields that the wrappers of the APIs use for something else.
const BESIDE: [&str; 6] = ["images", "videos", "audios", "instructions", "input", "content"];
/// How many turns are looked at to recognise a record.
const LOOK: usize = 8;

/// The format.
#[derive(Debug)]
pub struct ShareGpt;

impl Format for ShareGpt {
    fn id(&self) -> &'static str {
        ID
    }

    fn title(&self) -> &'static str {
        "ShareGPT conversations, LLaMA-Factory messages, ChatML text"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        if record.is_array() {
            return if record.items().first().is_some_and(is_turn) { 90 } else { 0 };
        }
        for key in ["conversations", "conversation"] {
            match record.at(key).items().first() {
                Some(first) if is_turn(first) => return 95,
                Some(first) if is_message(first) => return 85,
                _ => {}
            }
        }
        let messages = record.at("messages").items();
        if messages.first().is_some_and(is_turn) || has_value_blocks(messages) {
            return 92;
        }
        if is_marked(record) { 80 } else { 0 }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(TurnReader::default())
    }
}

/// `{from, value}`, which nobody else writes.
fn is_turn(value: &Json<'_>) -> bool {
    value.at("from").str().is_some() && value.has("value")
}

/// `{role, content}`, which everybody writes.
fn is_message(value: &Json<'_>) -> bool {
    value.any_of(&["from", "role"]).str().is_some()
        && (value.has("content") || value.has("value") || value.has("text"))
}

/// Whether all blocks of the first messages keep what they say under `value`.
fn has_value_blocks(messages: &[Json<'_>]) -> bool {
    let speak = messages.first().is_some_and(|first| first.at("role").str().is_some());
    let mut blocks = messages.iter().take(LOOK).flat_map(|m| m.at("content").items()).peekable();
    let own = |block: &Json<'_>| {
        turn::BLOCKS.contains(&block.text("type").unwrap_or_default())
            && block.has("value")
            && !block.has("text")
    };
    speak && blocks.peek().is_some() && blocks.all(own)
}

/// A record that is a text with marks, and no message or event that only quotes one: there,
/// somebody may have written marks to forge messages.
fn is_marked(record: &Json<'_>) -> bool {
    let foreign = ["role", "from", "type", "kind", "method", "messages", "choices", "content"];
    let foreign = foreign.iter().any(|key| record.has(key));
    !foreign && TEXTS.iter().any(|key| record.text(key).is_some_and(chatml::is_marked))
}

#[derive(Debug, Default)]
struct TurnReader {
    threads: Threads,
}

impl Reader for TurnReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let exchange = exchange(record.json)?;
        self.threads.emit(exchange, record, sink);
        Ok(())
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(&self.threads).unwrap_or_default()
    }

    fn restore(&mut self, state: &serde_json::Value) {
        self.threads = serde_json::from_value(state.clone()).unwrap_or_default();
    }
}

fn exchange(json: &Json<'_>) -> Result<Exchange, Reason> {
    let (messages, mut mapped) = said(json)?;
    let mut exchange = Exchange {
        session: unwrap::session(&[json]),
        // The id of a record numbers a data set, it names no request.
        common: unwrap::common(json, json).with(|event| event.request_id = None),
        tools: tools(json.at("tools")),
        ..Exchange::default()
    };
    let prompt = ["system", "system_prompt"].into_iter().find(|key| json.text(key).is_some());
    if let Some(key) = prompt {
        exchange.system.push(turn::message("system", json.at(key), &format!("/{key}")));
    }
    split_system(messages, &mut exchange);
    preferences(json, &mut exchange);
    mapped.extend(["system_prompt", "tools", "chosen", "rejected"]);
    unwrap::leftovers(&mut exchange.leftovers, "", json, &mapped);
    for key in BESIDE {
        if let Some(value) = json.get(key).filter(|value| !value.is_null()) {
            exchange.leftovers.push((key.to_owned(), value.compact()));
        }
    }
    if exchange.input.is_empty() && exchange.system.is_empty() && exchange.output.is_empty() {
        return Err(Reason::MissingField { format: ID, field: "conversations" });
    }
    Ok(exchange)
}

/// The messages of a record, and the keys they stand under.
fn said(json: &Json<'_>) -> Result<(Vec<Message>, Vec<&'static str>), Reason> {
    if json.is_array() {
        return Ok((turns(json.items(), ""), Vec::new()));
    }
    if !json.is_object() {
        return Err(Reason::NotARecord(json.type_name()));
    }
    if let Some(key) = TURNS.into_iter().find(|key| json.at(key).is_array()) {
        return Ok((turns(json.at(key).items(), &format!("/{key}")), vec![key]));
    }
    for key in TEXTS {
        if let Some(text) = json.text(key).filter(|text| chatml::is_marked(text)) {
            return Ok(marked(json, key, text));
        }
    }
    match TURNS.iter().map(|key| json.at(key)).find(|value| !value.is_null()) {
        None => Err(Reason::MissingField { format: ID, field: "conversations" }),
        Some(other) => Err(Reason::WrongType {
            format: ID,
            field: "conversations",
            expected: "an array of turns",
            found: other.type_name(),
        }),
    }
}

/// The messages of a text with marks, and of the answer to it if the text asks for one.
fn marked(json: &Json<'_>, key: &'static str, text: &str) -> (Vec<Message>, Vec<&'static str>) {
    let mut messages = chatml::messages(text, &format!("/{key}"));
    let mut mapped = vec![key];
    let answer = ANSWERS.into_iter().find_map(|key| Some((key, json.text(key)?)));
    if let Some((key, answer)) = answer.filter(|_| chatml::is_open(text)) {
        messages.push(chatml::answer(answer, &format!("/{key}")));
        mapped.push(key);
    }
    (messages, mapped)
}

fn turns(items: &[Json<'_>], at: &str) -> Vec<Message> {
    let read = |(index, item)| turn::read(item, &format!("{at}/{index}"));
    items.iter().enumerate().map(read).collect()
}

/// Prompts before all other turns are those in force.
fn split_system(mut messages: Vec<Message>, exchange: &mut Exchange) {
    let is_system = |message: &&Message| matches!(message.role.as_str(), "system" | "developer");
    let leading = messages.iter().take_while(is_system).count();
    exchange.input = messages.split_off(leading);
    exchange.system.append(&mut messages);
    let tools = exchange.system.iter().flat_map(|message| &message.events);
    let tools = tools.filter(|event| event.kind == Some(Kind::ToolDefinitions));
    if let Some(text) = tools.filter_map(|event| event.text.as_deref()).next() {
        exchange.common.tools_hash = self::tools(&Json::String(text.into())).map(|t| t.hash);
    }
}

/// The tools on offer: JSON, or a text that holds JSON.
fn tools(value: &Json<'_>) -> Option<Tools> {
    let pointer = "/tools".to_owned();
    let Some(text) = value.str() else { return Tools::of(value, pointer) };
    match json::parse(text) {
        Ok((parsed, _)) => Tools::of(&parsed, pointer),
        Err(_) if text.trim().is_empty() => None,
        Err(_) => {
            let hash = Id16::of("tools", &[text.as_bytes()]);
            Some(Tools { text: text.to_owned(), hash, pointer })
        }
    }
}

/// How many turns at the beginning of an answer repeat the conversation before it, or where there is
/// none, the other answer.
fn repeated(answer: &[Json<'_>], json: &Json<'_>, key: &str) -> usize {
    let lists = ["conversations", "conversation", "messages", "chosen"];
    let others = lists.iter().filter(|other| **other != key).map(|other| json.at(other).items());
    let before = others.into_iter().find(|items| !items.is_empty()).unwrap_or_default();
    let same = |(one, other): &(&Json<'_>, &Json<'_>)| one.compact() == other.compact();
    answer.iter().zip(before).take_while(same).count()
}

/// Two answers to the same conversation, of which one was preferred. Some records repeat the
/// whole conversation in each; what differs is the answer.
fn preferences(json: &Json<'_>, exchange: &mut Exchange) {
    for (key, preference) in PREFERENCES {
        let at = format!("/{key}");
        let mut answer = match json.at(key) {
            Json::Array(items) => turns(&items[repeated(items, json, key)..], &at),
            Json::Null => Vec::new(),
            object @ Json::Object(_) => vec![turn::read(object, &at)],
            said => vec![turn::message("assistant", said, &at)],
        };
        for event in answer.iter_mut().flat_map(|answer| &mut answer.events) {
            event.attr("preference", format!("\"{preference}\""));
            if preference == "non_preferred" {
                event.branch_state = Some(BranchState::Unknown);
            }
        }
        exchange.output.extend(answer);
    }
}
