//! A model call as its event tells it: times, models, tokens.

use crate::formats::Json;
use crate::record::{Event, Id16, Kind, Role, Time, Usage};

/// See the module.
pub(super) struct Call<'x> {
    event: &'x Json<'x>,
    /// What the model returned.
    pub(super) output: &'x Json<'x>,
    group: Id16,
    /// When it was asked.
    pub(super) start: Time,
    /// The agent, if this is not the sample's own conversation.
    pub(super) side: Option<Option<String>>,
}

impl<'x> Call<'x> {
    /// The call of a model event that stands at `pointer`.
    pub(super) fn of(event: &'x Json<'x>, session: &str, pointer: &str) -> Self {
        let id = event.text("uuid").unwrap_or(pointer);
        Self {
            event,
            output: event.at("output"),
            group: Id16::of("inspect.call", &[session.as_bytes(), id.as_bytes()]),
            start: event.at("timestamp").time(),
            side: None,
        }
    }

    /// When it answered.
    pub(super) fn end(&self) -> Time {
        match self.event.at("completed") {
            Json::Null => self.start,
            completed => completed.time(),
        }
    }

    /// What is true of every row of the call, inputs included.
    pub(super) fn surround(&self, event: &mut Event) {
        event.span_id = self.event.string("span_id");
        let Some(agent) = &self.side else { return };
        event.is_sidechain = Some(true);
        event.agent_name.clone_from(agent);
        // Nobody typed the prompt of a sub-agent or a grader.
        event.is_synthetic |= event.role == Some(Role::User);
    }

    /// What is true of the rows the model made.
    pub(super) fn describe(&self, event: &mut Event) {
        self.surround(event);
        event.call_group = Some(self.group);
        event.operation_name = Some("chat".to_owned());
        if let Some(model) = self.event.text("model") {
            event.request_model = Some(model.to_owned());
        }
        if let Some(model) = self.output.text("model") {
            event.response_model = Some(model.to_owned());
        }
        let choice = self.output.at("choices").items().first().unwrap_or(&Json::Null);
        event.finish_reason = choice.string("stop_reason");
    }

    /// Tokens and duration, for the last row of the call.
    pub(super) fn account(&self, event: &mut Event) {
        event.usage = usage(self.output.at("usage"));
        event.duration_ms = self.output.at("time").f64().map(|seconds| seconds * 1e3);
        event.ts_end = self.end().micros;
        event.cost_usd = self.output.path(&["usage", "total_cost"]).f64();
    }

    /// A row for a call whose output has been told already.
    pub(super) fn row(&self) -> Option<Event> {
        let mut event = Event::new(Kind::Usage, Role::Assistant);
        event.ts = self.end();
        self.describe(&mut event);
        self.account(&mut event);
        (!event.usage.is_empty()).then_some(event)
    }
}

/// Providers differ in whether `input_tokens` has the cache in it; the total tells.
fn usage(usage: &Json<'_>) -> Usage {
    let count = |key| usage.at(key).i64();
    let (read, written) = (count("input_tokens_cache_read"), count("input_tokens_cache_write"));
    let (input, output) = (count("input_tokens"), count("output_tokens"));
    let plain = input.unwrap_or_default().saturating_add(output.unwrap_or_default());
    let cached = read.unwrap_or_default().saturating_add(written.unwrap_or_default());
    let inclusive = count("total_tokens") == Some(plain);
    Usage {
        input: input.map(|input| if inclusive { input } else { input.saturating_add(cached) }),
        output,
        reasoning: count("reasoning_tokens"),
        cache_read: read,
        cache_creation: written,
    }
}
