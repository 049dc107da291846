//! Anthropic Messages: request/response pairs, bare messages with blocks, responses, batches.
//!
//! Tool results stand in user messages; thinking may be readable, omitted (a signature only) or
//! redacted (ciphertext only). Input tokens exclude the cache in this API and include it here.
//! Lines of Claude Code carry API messages too, but have `sessionId` and `uuid`; they are
//! another format's and score 0 here. After the SDK types of anthropic 2.11.0 (2026).

#[cfg(test)]
mod tests;

use super::shared::parts::Parts;
use super::shared::threads::{self, Threads};
use super::shared::unwrap::{self, Body};
use super::shared::{Exchange, Message, Tools};
use crate::formats::{Format, Json, Reader, Record, Session, Sink, common};
use crate::record::{Reason, Usage};

/// The format.
#[derive(Debug)]
pub struct AnthropicMessages;

impl Format for AnthropicMessages {
    fn id(&self) -> &'static str {
        "anthropic_messages"
    }

    fn title(&self) -> &'static str {
        "Anthropic Messages: pairs, messages with blocks, batch results"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        score(record)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(MessagesReader::default())
    }
}

#[derive(Debug, Default)]
struct MessagesReader {
    threads: Threads,
}

impl Reader for MessagesReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let json = record.json;
        let bare = json.has("role") && json.text("type") != Some("message");
        if bare && !json.has("messages") && !json.has("response") {
            sink.session(match &unwrap::session(&[json]) {
                Some(native) => Session::Native(native),
                None => Session::Source,
            });
            let common = unwrap::common(json, json).with(|event| event.request_id = None);
            threads::single(message(json, ""), &common, sink);
            return Ok(());
        }
        let exchange = exchange(json)?;
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

const REQUEST: [&str; 5] = ["request", "request_body", "params", "body", "input"];
const RESPONSE: [&str; 4] = ["response", "response_body", "output", "message"];

fn exchange(json: &Json<'_>) -> Result<Exchange, Reason> {
    let is_answer = json.text("type") == Some("message");
    let request = match json.has("messages") || json.is_array() {
        true => Some(Body::whole(json)),
        false => Body::find(json, &REQUEST),
    };
    let response = match (is_answer, json.at("result").is_object()) {
        (true, _) => Some(Body::whole(json)),
        (_, true) => Some(batch_result(json)),
        _ => Body::find(json, &RESPONSE),
    };
    let none = Json::Null;
    let request_json = request.as_ref().map_or(&none, |body| body.value.as_ref());
    let response_json = response.as_ref().map_or(&none, |body| body.value.as_ref());

    let mut exchange = Exchange {
        session: unwrap::session(&[json, request_json, response_json]),
        common: unwrap::common(json, request_json),
        ..Exchange::default()
    };
    exchange.common.operation_name = Some("chat".to_owned());
    exchange.common.provider_name = Some("anthropic".to_owned());
    if let Some(body) = &request {
        read_request(body, &mut exchange);
    }
    if let Some(body) = &response {
        read_response(body, &mut exchange);
    }
    if let Some(name) = json.text("custom_id").map(|id| format!("batch:{id}")) {
        match json.has("result") {
            true => exchange.previous = Some(name),
            false => exchange.known_as.push(name),
        }
    }
    if !is_answer {
        unwrap::leftovers(&mut exchange.leftovers, "", json, &[]);
    }
    let silent = exchange.input.is_empty() && exchange.system.is_empty();
    if silent && exchange.output.is_empty() && exchange.notices.is_empty() {
        return Err(Reason::MissingField { format: "anthropic_messages", field: "messages" });
    }
    Ok(exchange)
}

/// `{custom_id, result: {type, message | error}}`
fn batch_result<'r>(json: &'r Json<'r>) -> Body<'r> {
    let result = json.at("result");
    let body = Body::find(result, &["message"]);
    let body = body.unwrap_or_else(|| Body { at: String::new(), ..Body::whole(result) });
    Body { at: format!("/result{}", body.at), ..body }
}

fn read_request(body: &Body<'_>, exchange: &mut Exchange) {
    let json = body.value.as_ref();
    let system = json.at("system");
    if !system.is_null() {
        let mut parts = Parts::new(Some("system"), body.at.clone());
        parts.content(system, "/system");
        exchange.system.push(parts.finish());
    }
    let (list, at) = match json {
        Json::Array(_) => (json, body.at.clone()),
        _ => (json.at("messages"), format!("{}/messages", body.at)),
    };
    for (index, item) in list.items().iter().enumerate() {
        exchange.input.push(message(item, &format!("{at}/{index}")));
    }
    exchange.tools = Tools::of(json.at("tools"), format!("{}/tools", body.at));
    if !body.at.is_empty() {
        unwrap::leftovers(&mut exchange.leftovers, "request.", json, &[]);
    }
}

fn message(json: &Json<'_>, at: &str) -> Message {
    let role = json.at("role").display();
    let mut parts = Parts::new(role.as_deref(), at);
    let template = parts.template();
    template.message_id = json.text("id").map(str::to_owned);
    template.ts = json.any_of(&["timestamp", "created_at"]).time();
    parts.content(json.at("content"), "/content");
    let mut message = parts.finish();
    if let Some(last) = message.events.last_mut() {
        let mapped = ["role", "content", "id", "type", "timestamp", "created_at", "model"];
        common::leftovers(last, json, &mapped);
    }
    message
}

fn read_response(body: &Body<'_>, exchange: &mut Exchange) {
    let json = body.value.as_ref();
    let kind = json.text("type").unwrap_or_default();
    if kind == "error" || kind == "errored" || json.at("error").is_object() {
        let mut row = unwrap::error_row(json.at("error"), format!("{}/error", body.at));
        // A batch wraps the API's error object in one of its own.
        if json.path(&["error", "error"]).is_object() {
            row.json_pointer = Some(format!("{}/error/error", body.at));
        }
        exchange.notices.push(row);
        return;
    }
    if matches!(kind, "canceled" | "expired") {
        let mut row = unwrap::error_row(json.at("type"), body.at.clone());
        row.status = Some("aborted");
        row.error_type = Some(kind.to_owned());
        exchange.notices.push(row);
        return;
    }
    let role = json.text("role").unwrap_or("assistant");
    let mut parts = Parts::new(Some(role), body.at.clone());
    match json.str() {
        Some(text) => parts.text(text, ""),
        None if json.is_array() => parts.content(json, ""),
        None => parts.content(json.at("content"), "/content"),
    }
    exchange.output.push(parts.finish());
    let answer = &mut exchange.answer;
    answer.response_id = json.text("id").map(str::to_owned);
    answer.message_id = json.text("id").map(str::to_owned);
    answer.response_model = json.text("model").map(str::to_owned);
    answer.finish_reason = json.text("stop_reason").map(str::to_owned);
    exchange.usage = usage(json.at("usage"));
    let mapped = ["id", "type", "stop_reason"];
    unwrap::leftovers(&mut exchange.leftovers, "response.", json, &mapped);
}

/// Token counts; `input_tokens` of this API excludes what came from or went into the cache.
pub(super) fn usage(json: &Json<'_>) -> Usage {
    let count = |key: &str| json.at(key).i64();
    let (read, written) = (count("cache_read_input_tokens"), count("cache_creation_input_tokens"));
    let cached = read.unwrap_or_default().saturating_add(written.unwrap_or_default());
    Usage {
        input: count("input_tokens").map(|input| input.saturating_add(cached)),
        output: count("output_tokens"),
        reasoning: json.path(&["output_tokens_details", "thinking_tokens"]).i64(),
        cache_read: read,
        cache_creation: written,
    }
}

/// Blocks that only this API has.
const OWN_BLOCKS: [&str; 7] = [
    "thinking",
    "redacted_thinking",
    "tool_use",
    "tool_result",
    "server_tool_use",
    "mcp_tool_use",
    "mcp_tool_result",
];

/// How sure a record is in this format.
fn score(record: &Json<'_>) -> u8 {
    let other = record.has("uuid") && (record.has("sessionId") || record.has("session_id"));
    let holders = ["trajectory", "traj", "run_type", "observations", "schemaType", "payload"];
    let event = record.has("seq") && record.text("type").is_some_and(|kind| kind.contains('.'));
    if other || event || record.has("sessionId") || holders.iter().any(|key| record.has(key)) {
        return 0;
    }
    if record.is_array() {
        return messages(record.items(), 80);
    }
    if is_response(record) {
        return 96;
    }
    if record.has("custom_id") {
        return batch(record);
    }
    let response = record.any_of(&["response", "response_body", "output"]);
    let response = if response.at("body").is_object() { response.at("body") } else { response };
    if is_response(response) {
        return 96;
    }
    let request = record.any_of(&["request", "request_body", "input", "body"]);
    let request = if request.at("body").is_object() { request.at("body") } else { request };
    let request = if record.has("messages") { record } else { request };
    if request.has("anthropic_version") && request.has("messages") {
        return 95;
    }
    let system = request.has("system") && request.has("max_tokens");
    let tools = request.at("tools").items().first().is_some_and(|tool| tool.has("input_schema"));
    let found = messages(request.at("messages").items(), 91);
    if request.at("messages").is_array() && (tools || system) {
        return found.max(86);
    }
    found.max(bare(record))
}

fn is_response(json: &Json<'_>) -> bool {
    let message = json.text("type") == Some("message") && json.text("role") == Some("assistant");
    let id = json.text("id").is_some_and(|id| id.starts_with("msg_"));
    message
        && json.at("content").is_array()
        && (id || json.has("stop_reason"))
        && !json.has("status")
}

fn batch(record: &Json<'_>) -> u8 {
    let kinds = ["succeeded", "errored", "canceled", "expired"];
    let result = record.path(&["result", "type"]).str();
    if result.is_some_and(|kind| kinds.contains(&kind)) || record.at("params").has("messages") {
        return 95;
    }
    0
}

/// `sure` if any of the first messages has a block of this API.
fn messages(items: &[Json<'_>], sure: u8) -> u8 {
    let own = |item: &Json<'_>| item.has("role") && has_own_block(item);
    if items.iter().take(32).any(own) { sure } else { 0 }
}

fn has_own_block(message: &Json<'_>) -> bool {
    let kinds = message.at("content").items().iter().filter_map(|block| block.text("type"));
    let own = kinds.into_iter().any(|kind| OWN_BLOCKS.contains(&kind));
    own && !message.has("tool_calls")
}

/// A message per line.
fn bare(record: &Json<'_>) -> u8 {
    let typed = record.has("type") || record.has("messages");
    let speaks = record.at("role").str().is_some() && !typed;
    if speaks && has_own_block(record) { 82 } else { 0 }
}
