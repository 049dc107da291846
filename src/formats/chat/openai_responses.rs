//! OpenAI Responses: request/response pairs, response objects, items, batches.
//!
//! A response is a list of items; what one call produced becomes one message with a part per
//! item. With `previous_response_id` the history stays on the server, so a call is joined to
//! the one it names, also across files if that one began the chain. Without it the input is
//! resent like everywhere else. After the OpenAPI document of OpenAI (2026-11).

mod items;
mod sniff;

#[cfg(test)]
mod tests;

use super::openai_chat::usage;
use super::shared::parts::Parts;
use super::shared::threads::{self, Threads};
use super::shared::unwrap::{self, Body};
use super::shared::{Exchange, Message, Tools};
use crate::formats::{Format, Json, Reader, Record, Session, Sink};
use crate::record::Reason;

/// The format.
#[derive(Debug)]
pub struct OpenaiResponses;

impl Format for OpenaiResponses {
    fn id(&self) -> &'static str {
        "openai_responses"
    }

    fn title(&self) -> &'static str {
        "OpenAI Responses: pairs, response objects, items, batches"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        sniff::score(record)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(ResponsesReader::default())
    }
}

#[derive(Debug, Default)]
struct ResponsesReader {
    threads: Threads,
}

impl Reader for ResponsesReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let json = record.json;
        if items::is_item(json) {
            sink.session(match &unwrap::session(&[json]) {
                Some(native) => Session::Native(native),
                None => Session::Source,
            });
            let common = unwrap::common(json, json).with(|event| event.request_id = None);
            for message in items::messages(std::slice::from_ref(json), "", true) {
                threads::single(message, &common, sink);
            }
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

const REQUEST: [&str; 4] = ["request", "request_body", "body", "input"];
const RESPONSE: [&str; 4] = ["response", "response_body", "output", "result"];

fn exchange(json: &Json<'_>) -> Result<Exchange, Reason> {
    let is_response = json.text("object") == Some("response");
    // `{model, input, …}` is a request itself, `{input, output}` a pair.
    let is_request = json.has("input") && ["model", "instructions"].iter().any(|k| json.has(k));
    let request = match is_request || json.is_array() {
        true => Some(Body::whole(json)),
        false if is_response => None,
        false => Body::find(json, &REQUEST),
    };
    let response = match is_response {
        true => Some(Body::whole(json)),
        false => Body::find(json, &RESPONSE),
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
    if let Some(body) = &request {
        read_request(body, &mut exchange);
    }
    if let Some(body) = &response {
        read_response(body, &mut exchange);
    }
    read_links(json, request_json, response_json, &mut exchange);
    if !is_response && !is_request {
        unwrap::leftovers(&mut exchange.leftovers, "", json, &["url", "method", "type"]);
    }
    if let Some(error) = json.get("error").filter(|error| !error.is_null() && !is_response) {
        exchange.notices.push(unwrap::error_row(error, "/error".to_owned()));
    }
    let silent = exchange.input.is_empty() && exchange.system.is_empty();
    if silent && exchange.output.is_empty() && exchange.notices.is_empty() {
        return Err(Reason::MissingField { format: "openai_responses", field: "output" });
    }
    Ok(exchange)
}

/// What this record continues, and what a later one may call it.
fn read_links(json: &Json<'_>, request: &Json<'_>, response: &Json<'_>, exchange: &mut Exchange) {
    let id = response.string("id").filter(|_| response.is_object());
    exchange.fresh.clone_from(&id);
    exchange.known_as.extend(id);
    let previous = request.string("previous_response_id");
    exchange.previous = previous.or_else(|| response.string("previous_response_id"));
    if let Some(name) = json.text("custom_id").map(|id| format!("batch:{id}")) {
        match response.is_null() && !json.has("error") {
            true => exchange.known_as.push(name),
            false => exchange.previous = exchange.previous.take().or(Some(name)),
        }
    }
}

fn read_request(body: &Body<'_>, exchange: &mut Exchange) {
    let json = body.value.as_ref();
    read_instructions(json, &body.at, exchange);
    let (input, at) = match json {
        Json::Object(_) => (json.at("input"), format!("{}/input", body.at)),
        other => (other, body.at.clone()),
    };
    let mut messages = match input {
        Json::String(text) => {
            let mut parts = Parts::new(Some("user"), at);
            parts.text(text, "");
            vec![parts.finish()]
        }
        _ => items::messages(input.items(), &at, false),
    };
    let is_system = |message: &Message| matches!(message.role.as_str(), "system" | "developer");
    let leading = messages.iter().take_while(|message| is_system(message)).count();
    exchange.input = messages.split_off(leading);
    exchange.system.extend(messages);
    exchange.tools = Tools::of(json.at("tools"), format!("{}/tools", body.at));
    let mapped = ["id", "previous_response_id", "type", "url", "method"];
    unwrap::leftovers(&mut exchange.leftovers, "request.", json, &mapped);
}

fn read_instructions(json: &Json<'_>, at: &str, exchange: &mut Exchange) {
    let instructions = json.at("instructions");
    if instructions.is_array() {
        let messages = items::messages(instructions.items(), &format!("{at}/instructions"), false);
        exchange.system.extend(messages);
    } else if !instructions.is_null() {
        let mut parts = Parts::new(Some("system"), at);
        parts.content(instructions, "/instructions");
        exchange.system.push(parts.finish());
    }
}

fn read_response(body: &Body<'_>, exchange: &mut Exchange) {
    let json = body.value.as_ref();
    let at = &body.at;
    // The response repeats what was asked; it counts where the request was not logged.
    if exchange.system.is_empty() && exchange.input.is_empty() {
        read_instructions(json, at, exchange);
    }
    if exchange.tools.is_none() {
        exchange.tools = Tools::of(json.at("tools"), format!("{at}/tools"));
    }
    let answer = &mut exchange.answer;
    answer.response_id = json.string("id");
    answer.response_model = json.string("model");
    answer.ts = unwrap::seconds(json.any_of(&["created_at", "created"]));
    let incomplete = json.path(&["incomplete_details", "reason"]).display();
    answer.finish_reason = incomplete.or_else(|| json.string("status"));
    let (output, at_output) = match json {
        Json::Array(_) => (json, at.clone()),
        _ => (json.at("output"), format!("{at}/output")),
    };
    let messages = match output {
        Json::String(text) => {
            let mut parts = Parts::new(Some("assistant"), at_output);
            parts.text(text, "");
            vec![parts.finish()]
        }
        _ => items::messages(output.items(), &at_output, true),
    };
    exchange.output.extend(joined(messages));
    exchange.usage = usage(json.at("usage"));
    if let Some(error) = json.get("error").filter(|error| !error.is_null()) {
        exchange.notices.push(unwrap::error_row(error, format!("{at}/error")));
    }
    let mapped = ["id", "status", "previous_response_id", "status_code"];
    unwrap::leftovers(&mut exchange.leftovers, "response.", json, &mapped);
}

/// One call gives one message, also where results of server tools stand between its items.
fn joined(messages: Vec<Message>) -> Option<Message> {
    let events: Vec<_> = messages.into_iter().flat_map(|message| message.events).collect();
    (!events.is_empty()).then(|| Message { role: "assistant".to_owned(), events })
}
