//! OpenAI Chat Completions and everything that speaks it (vLLM, SGLang, DeepSeek, Ollama, …).
//!
//! Reads request/response pairs under their many names, bare `messages`, completions alone,
//! batch lines in and out, fine-tuning and preference records, and single messages per line.
//! After the OpenAPI document of OpenAI (2026-11) and the fields other servers add:
//! `reasoning_content` (DeepSeek), `reasoning` (vLLM, OpenRouter), `thinking` (Ollama).

mod message;
mod sniff;

#[cfg(test)]
mod tests;

pub(super) use message::{message, read_call};

use super::shared::threads::{self, Threads};
use super::shared::unwrap::{self, Body};
use super::shared::{Exchange, Message, Tools};
use crate::formats::{Format, Json, Reader, Record, Session, Sink};
use crate::record::{BranchState, Reason, Role, Usage};

/// The format.
#[derive(Debug)]
pub struct OpenaiChat;

impl Format for OpenaiChat {
    fn id(&self) -> &'static str {
        "openai_chat"
    }

    fn title(&self) -> &'static str {
        "OpenAI Chat Completions: pairs, bare messages, batches, fine-tuning records"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        sniff::score(record)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(ChatReader::default())
    }
}

#[derive(Debug, Default)]
struct ChatReader {
    threads: Threads,
}

impl Reader for ChatReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let json = record.json;
        if is_bare_message(json) {
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

/// A message per record, without a conversation around it.
fn is_bare_message(json: &Json<'_>) -> bool {
    let holders = ["messages", "choices", "request", "response", "input", "output", "body"];
    json.has("role") && !holders.iter().any(|key| json.has(key))
}

const REQUEST: [&str; 5] = ["request", "request_body", "body", "input", "kwargs"];
const RESPONSE: [&str; 6] =
    ["response", "response_body", "output", "completion", "raw_response", "result"];

/// Reads a record that holds a conversation, a call or an answer.
fn exchange(json: &Json<'_>) -> Result<Exchange, Reason> {
    let request = match json.has("messages") || json.is_array() {
        true => Some(Body::whole(json)),
        false => Body::find(json, &REQUEST),
    };
    let is_answer = json.has("choices") || json.at("message").has("role");
    let response = match is_answer {
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
    read_preference(json, &mut exchange);
    read_batch(json, &mut exchange);
    if let Some(error) = json.get("error").filter(|error| !error.is_null() && !is_answer) {
        exchange.notices.push(unwrap::error_row(error, "/error".to_owned()));
    }
    let wrapped = request.as_ref().is_some_and(|body| !body.at.is_empty());
    if wrapped || !is_answer {
        unwrap::leftovers(&mut exchange.leftovers, "", json, &["url", "method", "response"]);
    }
    let empty = exchange.input.is_empty() && exchange.system.is_empty();
    if empty && exchange.output.is_empty() && exchange.notices.is_empty() {
        return Err(Reason::MissingField { format: "openai_chat", field: "messages" });
    }
    Ok(exchange)
}

fn read_request(body: &Body<'_>, exchange: &mut Exchange) {
    let json = body.value.as_ref();
    let (list, at) = match json {
        Json::Array(_) => (json, body.at.clone()),
        _ => (json.at("messages"), format!("{}/messages", body.at)),
    };
    let mut messages = match (list, json.at("prompt")) {
        (Json::Null, Json::String(prompt)) => {
            vec![plain_message("user", prompt, format!("{}/prompt", body.at))]
        }
        _ => read_messages(list, &at),
    };
    if messages.is_empty() && json.str().is_some() {
        let text = json.str().unwrap_or_default();
        messages.push(plain_message("user", text, body.at.clone()));
    }
    split_system(messages, exchange);
    for key in ["tools", "functions"] {
        let tools = Tools::of(json.at(key), format!("{}/{key}", body.at));
        exchange.tools = exchange.tools.take().or(tools);
    }
    if !body.at.is_empty() {
        unwrap::leftovers(&mut exchange.leftovers, "request.", json, &["prompt"]);
    }
}

/// All messages of a list; what is no object is kept as text of an unknown role.
fn read_messages(list: &Json<'_>, at: &str) -> Vec<Message> {
    let read = |(index, item): (usize, &Json<'_>)| {
        let at = format!("{at}/{index}");
        match item.is_object() {
            true => message(item, &at),
            false => plain_message("", &item.display().unwrap_or_default(), at),
        }
    };
    list.items().iter().enumerate().map(read).collect()
}

fn plain_message(role: &str, text: &str, at: String) -> Message {
    let mut parts = super::shared::parts::Parts::new(Some(role), at);
    parts.text(text, "");
    parts.finish()
}

/// System messages before all others are the prompt in force.
fn split_system(mut messages: Vec<Message>, exchange: &mut Exchange) {
    let is_system = |message: &Message| matches!(message.role.as_str(), "system" | "developer");
    let leading = messages.iter().take_while(|message| is_system(message)).count();
    exchange.input = messages.split_off(leading);
    exchange.system = messages;
}

fn read_response(body: &Body<'_>, exchange: &mut Exchange) {
    let json = body.value.as_ref();
    match json {
        Json::String(text) => {
            exchange.output.push(plain_message("assistant", text, body.at.clone()));
        }
        Json::Array(_) => {
            let mut messages = read_messages(json, &body.at);
            exchange.output.extend(messages.pop());
            exchange.input.extend(messages);
        }
        Json::Object(_) => read_completion(json, &body.at, exchange),
        _ => {}
    }
}

/// A `chat.completion`, Ollama's `{message}`, or a message alone.
fn read_completion(json: &Json<'_>, at: &str, exchange: &mut Exchange) {
    let answer = &mut exchange.answer;
    answer.response_id = json.text("id").map(str::to_owned);
    answer.response_model = json.text("model").map(str::to_owned);
    answer.ts = unwrap::seconds(json.any_of(&["created", "created_at"]));
    answer.finish_reason = json.any_of(&["finish_reason", "done_reason"]).display();
    for (index, choice) in json.at("choices").items().iter().enumerate() {
        exchange.output.push(read_choice(choice, &format!("{at}/choices/{index}")));
    }
    if json.at("message").is_object() {
        exchange.output.push(message(json.at("message"), &format!("{at}/message")));
    } else if json.has("role") || (json.has("content") && !json.has("choices")) {
        exchange.output.push(message(json, at));
        answer.message_id = answer.response_id.take();
    }
    exchange.usage = usage(json.at("usage"));
    if let Some(error) = json.get("error").filter(|error| !error.is_null()) {
        exchange.notices.push(unwrap::error_row(error, format!("{at}/error")));
    }
    if json.has("choices") || json.has("message") {
        let mapped = ["id", "finish_reason", "done_reason"];
        unwrap::leftovers(&mut exchange.leftovers, "response.", json, &mapped);
    }
}

fn read_choice(choice: &Json<'_>, at: &str) -> Message {
    let body = choice.any_of(&["message", "delta"]);
    let mut message = match (body, choice.at("text")) {
        (Json::Null, Json::String(text)) => plain_message("assistant", text, format!("{at}/text")),
        _ => message(body, &format!("{at}/message")),
    };
    // A choice is the model's even where a gateway dropped the role.
    if message.role.is_empty() {
        message.role = "assistant".to_owned();
        message.events.iter_mut().for_each(|event| event.role = Some(Role::Assistant));
    }
    let finish = choice.any_of(&["finish_reason", "native_finish_reason"]).display();
    for event in &mut message.events {
        event.finish_reason.clone_from(&finish);
    }
    message
}

/// Token counts of a completion; `prompt_tokens` includes the cached ones.
pub(super) fn usage(json: &Json<'_>) -> Usage {
    let detail = |group: &str, key: &str| json.path(&[group, key]).i64();
    Usage {
        input: json.any_of(&["prompt_tokens", "input_tokens"]).i64(),
        output: json.any_of(&["completion_tokens", "output_tokens"]).i64(),
        reasoning: detail("completion_tokens_details", "reasoning_tokens")
            .or_else(|| detail("output_tokens_details", "reasoning_tokens"))
            .or_else(|| json.at("reasoning_tokens").i64()),
        cache_read: detail("prompt_tokens_details", "cached_tokens")
            .or_else(|| detail("input_tokens_details", "cached_tokens"))
            .or_else(|| json.at("prompt_cache_hit_tokens").i64()),
        cache_creation: detail("prompt_tokens_details", "cache_write_tokens"),
    }
}

/// Preference records: the answer that was preferred, and the one that was not.
fn read_preference(json: &Json<'_>, exchange: &mut Exchange) {
    let named = [
        ("preferred_output", "preferred"),
        ("chosen", "preferred"),
        ("non_preferred_output", "non_preferred"),
        ("rejected", "non_preferred"),
    ];
    for (key, preference) in named {
        let mut messages = read_messages(json.at(key), &format!("/{key}"));
        // Some records repeat the whole conversation in each of the two lists.
        let Some(mut answer) = messages.pop() else { continue };
        if exchange.input.is_empty() && exchange.system.is_empty() {
            split_system(messages, exchange);
        }
        for event in &mut answer.events {
            event.attr("preference", format!("\"{preference}\""));
            if preference == "non_preferred" {
                event.branch_state = Some(BranchState::Unknown);
            }
        }
        exchange.output.push(answer);
    }
}

/// Lines of a batch belong together by `custom_id`, in whatever order they come back.
fn read_batch(json: &Json<'_>, exchange: &mut Exchange) {
    let Some(name) = json.text("custom_id").map(|id| format!("batch:{id}")) else { return };
    if json.has("response") || json.has("error") {
        exchange.previous = Some(name);
        let status = json.path(&["response", "status_code"]).i64();
        if let Some(status) = status {
            exchange.leftovers.push(("status_code".to_owned(), status.to_string()));
        }
    } else {
        exchange.known_as.push(name);
    }
}
