//! V1: events of the OpenHands SDK, told apart by `kind`.

use super::common::{
    Piece, call, context, failure, native, notice, parts, said, summary, thoughts, tools, unknown,
};
use super::state::State;
use super::{SOURCES, util, v1_observation};
use crate::formats::Json;
use crate::formats::chat::shared::parts::Parts;
use crate::record::{Event, Kind, Role, Usage};

/// Kinds that do not end in `Event`.
const KINDS: [&str; 3] = ["Condensation", "CondensationRequest", "UserRejectObservation"];
/// What every event has.
const ENVELOPE: [&str; 4] = ["id", "timestamp", "source", "kind"];

/// Whether a record is an event.
pub(super) fn is_event(value: &Json<'_>) -> bool {
    let kind = value.text("kind").unwrap_or_default();
    (kind.ends_with("Event") || KINDS.contains(&kind))
        && value.text("source").is_some_and(|source| SOURCES.contains(&source))
        && value.text("id").is_some()
        && value.text("timestamp").is_some()
}

/// The rows of one event.
pub(super) fn events(state: &mut State, event: &Json<'_>, pointer: &str) -> Vec<Event> {
    let mut base = Event::default();
    base.ts = event.at("timestamp").time();
    base.message_id = event.string("id");
    base.parent_message_id = event.string("action_id");
    base.response_id = event.string("llm_response_id");
    base.json_pointer = Some(pointer.to_owned());
    let one = One { event, base, pointer };
    match event.text("kind").unwrap_or_default() {
        "SystemPromptEvent" => one.system(),
        "MessageEvent" => one.message(),
        "ActionEvent" => one.action(state),
        "ObservationEvent" | "UserRejectObservation" => {
            v1_observation::events(state, event, &one.base, pointer)
        }
        "AgentErrorEvent" => v1_observation::error(event, &one.base),
        "ConversationErrorEvent" => vec![one.error()],
        "Condensation" => one.condensation(),
        "CondensationSummaryEvent" => vec![one.summary()],
        "ConversationStateUpdateEvent" => vec![one.state_update(state)],
        "CondensationRequest"
        | "PauseEvent"
        | "InterruptEvent"
        | "TokenEvent"
        | "HookExecutionEvent"
        | "LLMCompletionLogEvent" => vec![one.notice(&[])],
        _ => vec![unknown(&one.base, event)],
    }
}

struct One<'a> {
    event: &'a Json<'a>,
    base: Event,
    pointer: &'a str,
}

impl One<'_> {
    fn at(&self, inner: &str) -> String {
        format!("{}/{inner}", self.pointer)
    }

    fn notice(&self, skip: &[&str]) -> Event {
        let skip: Vec<&str> = skip.iter().chain(&ENVELOPE).copied().collect();
        let mut row = notice(&self.base, Kind::Lifecycle, self.event, &skip);
        row.attr("event", self.event.at("kind").compact());
        row
    }

    fn system(&self) -> Vec<Event> {
        let texts = ["system_prompt", "dynamic_context"].into_iter().filter_map(|key| {
            let value = self.event.at(key);
            let text = value.text("text").or_else(|| self.event.text(key))?;
            Some(context(&self.base, text, self.at(key)))
        });
        let mut rows: Vec<Event> = texts.collect();
        rows.extend(tools(&self.base, self.event.at("tools"), self.at("tools")));
        if rows.is_empty() {
            rows.push(self.notice(&[]));
        }
        rows
    }

    fn message(&self) -> Vec<Event> {
        let message = self.event.at("llm_message");
        let source = self.event.text("source").unwrap_or_default();
        let role = message.text("role").unwrap_or(source);
        let mut parts = parts(role, &self.base);
        // The harness speaks in the user's name too.
        parts.template().is_synthetic = !["user", "agent"].contains(&source);
        native(&mut parts, message, &self.at("llm_message"));
        content(&mut parts, message.at("content"), &self.at("llm_message/content"));
        let mut rows = parts.finish().events;
        if let Some(row) = rows.first_mut() {
            let skip = ["llm_message", "extended_content", "llm_response_id"];
            let skip: Vec<&str> = skip.iter().chain(&ENVELOPE).copied().collect();
            util::flatten(row, "", self.event, &skip);
        }
        let added = self.event.at("extended_content").items().iter().enumerate();
        rows.extend(added.filter_map(|(n, block)| {
            let mut row = context(&self.base, block.text("text")?, String::new());
            row.json_pointer = Some(self.at(&format!("extended_content/{n}")));
            Some(row)
        }));
        rows
    }

    fn action(&self, state: &mut State) -> Vec<Event> {
        let action = self.event.at("action");
        let pieces = self.thought();
        let base = self.base.clone().with(|base| base.role = Some(Role::Assistant));
        let thinks = action.text("kind") == Some("ThinkAction");
        let thought = action.text("thought").filter(|_| thinks);
        let mut beside = pieces;
        beside.extend(thought.map(|text| (text, self.at("action/thought"))));
        let mut rows = thoughts(&base, self.event, self.pointer, &beside);
        let finishes = action.text("kind") == Some("FinishAction");
        match action.text("message").filter(|_| finishes) {
            Some(text) => rows.extend(said(&base, text, &self.at("action/message"))),
            None if thinks && !rows.is_empty() => {}
            None => rows.push(self.call(&base, state)),
        }
        if let Some(row) = rows.last_mut() {
            row.attr("action", action.at("kind").compact());
            for key in ["security_risk", "summary", "critic_result"] {
                if let Some(value) = self.event.at(key).display() {
                    let value = Json::String(util::cut(&value, 1024).into());
                    row.attr(key, value.compact());
                }
            }
        }
        rows
    }

    fn thought(&self) -> Vec<Piece<'_>> {
        let thought = self.event.at("thought");
        if let Some(text) = thought.str() {
            return vec![(text, self.at("thought"))];
        }
        let blocks = thought.items().iter().enumerate();
        blocks
            .filter_map(|(n, block)| Some((block.text("text")?, self.at(&format!("thought/{n}")))))
            .collect()
    }

    /// The call as the model wrote it, else as it was carried out.
    fn call(&self, base: &Event, state: &mut State) -> Event {
        let (tool, action) = (self.event.at("tool_call"), self.event.at("action"));
        let name = self.event.text("tool_name").or_else(|| tool.text("name"));
        let own = self.event.text("id");
        let id = self.event.text("tool_call_id").or_else(|| tool.text("id")).or(own);
        state.made(own.unwrap_or_default(), id);
        let (arguments, at) = match tool.any_of(&["arguments"]).display() {
            Some(arguments) => (arguments, "tool_call/arguments"),
            None => {
                let entries = action.entries().iter().filter(|(key, _)| key != "kind");
                (Json::Object(entries.cloned().collect()).compact(), "action")
            }
        };
        let mut base = base.clone();
        if action.text("kind") == Some("MCPToolAction") {
            base.tool_type = Some("mcp".to_owned());
        }
        base.json_pointer = Some(self.at(at));
        call(&base, name.unwrap_or_default(), id, arguments)
    }

    fn error(&self) -> Event {
        let mut row = failure(&self.base, self.event.string("detail"));
        row.error_type = self.event.string("code");
        row
    }

    fn condensation(&self) -> Vec<Event> {
        let mut row = self.notice(&["summary"]);
        row.kind = Some(Kind::Compaction);
        let text = self.event.text("summary");
        let summary = text.map(|text| summary(&self.base, text, self.at("summary")));
        std::iter::once(row).chain(summary).collect()
    }

    fn summary(&self) -> Event {
        let text = self.event.text("summary").unwrap_or_default();
        summary(&self.base, text, self.at("summary"))
    }

    /// Totals are counted once: a row has what was added since the totals before.
    fn state_update(&self, state: &mut State) -> Event {
        let uses = self.event.path(&["value", "usage_to_metrics"]);
        if self.event.text("key") != Some("stats") || !uses.is_object() {
            return self.notice(&[]);
        }
        let mut row = self.notice(&[]);
        row.kind = Some(Kind::Usage);
        let mut models = Vec::new();
        for (name, metrics) in uses.entries() {
            let total = metrics.at("accumulated_token_usage");
            let spent = state.spent(name, total, metrics.at("accumulated_cost").f64());
            if !spent.tokens.is_empty() {
                models.extend(metrics.string("model_name"));
            }
            row.usage = sum(row.usage, spent.tokens);
            let cost = row.cost_usd.unwrap_or_default() + spent.cost.unwrap_or_default();
            row.cost_usd = (cost > 0.0).then_some(cost);
        }
        models.dedup();
        if let [model] = models.as_slice() {
            row.request_model = Some(model.clone());
        }
        row
    }
}

fn sum(one: Usage, other: Usage) -> Usage {
    let add = |one: Option<i64>, other: Option<i64>| match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    };
    Usage {
        input: add(one.input, other.input),
        output: add(one.output, other.output),
        reasoning: add(one.reasoning, other.reasoning),
        cache_read: add(one.cache_read, other.cache_read),
        cache_creation: add(one.cache_creation, other.cache_creation),
    }
}

/// Adds texts and images; an image block of the SDK has a list of links.
pub(super) fn content(parts: &mut Parts, content: &Json<'_>, at: &str) {
    let whole = std::slice::from_ref(content);
    let blocks = if content.is_array() { content.items() } else { whole };
    for (n, block) in blocks.iter().enumerate() {
        let at = if content.is_array() { format!("{at}/{n}") } else { at.to_owned() };
        match block {
            Json::Null => {}
            Json::String(text) => parts.text(text, &at),
            Json::Object(_) if block.at("image_urls").is_array() => {
                for (k, url) in block.at("image_urls").items().iter().enumerate() {
                    parts.media(url, &format!("{at}/image_urls/{k}"));
                }
            }
            Json::Object(_) => parts.block(block, &at),
            other => parts.text(&other.compact(), &at),
        }
    }
}
