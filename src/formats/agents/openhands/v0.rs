//! V0: actions and observations.
//!
//! The arguments of a call are those the model wrote, which stand in its response; where that
//! is not logged, those of the action. The oldest events have neither ids nor `args`.

use super::common::{call, context, notice, parts, said, summary, thoughts, tools, unknown};
use super::state::{State, tokens};
use super::{SOURCES, util, v0_observation};
use crate::formats::{Json, common, json};
use crate::record::{Event, Id16, Kind, ReasoningSource, ReasoningState, Role, Usage};

/// Actions that use a tool.
const TOOLS: [&str; 12] = [
    "run",
    "run_ipython",
    "read",
    "write",
    "edit",
    "browse",
    "browse_interactive",
    "call_tool_mcp",
    "delegate",
    "task_tracking",
    "push",
    "send_pr",
];
/// Actions that only steer the harness.
const STEERING: [&str; 14] = [
    "recall",
    "change_agent_state",
    "condensation_request",
    "loop_recovery",
    "null",
    "initialize",
    "start",
    "stop",
    "pause",
    "resume",
    "summarize",
    "add_task",
    "modify_task",
    "plan",
];
/// What the first layout has beside the arguments: how the harness carries them out, …
const BESIDE: [&str; 4] = ["action_risk", "keep_prompt", "is_confirmed", "kernel_init_code"];
/// … and what every event has.
const ENVELOPE: [&str; 8] = [
    "id",
    "timestamp",
    "source",
    "message",
    "action",
    "cause",
    "llm_metrics",
    "tool_call_metadata",
];

/// Whether a record that stands alone is an event.
pub(super) fn is_event(value: &Json<'_>) -> bool {
    let spoken = value.text("source").is_some_and(|source| SOURCES.contains(&source));
    let acts = value.at("action").str().is_some() && value.at("args").is_object();
    let sees = value.at("observation").str().is_some()
        && value.at("content").str().is_some()
        && (value.at("extras").is_object() || value.has("cause"));
    spoken && acts != sees && !is_both(value)
}

/// Whether an element of a trajectory is an event.
pub(super) fn is_bare_event(value: &Json<'_>) -> bool {
    let known = |name: &str| {
        TOOLS.contains(&name) || STEERING.contains(&name) || ["message", "system"].contains(&name)
    };
    is_event(value)
        || (!is_both(value)
            && !value.has("role")
            && (value.text("action").is_some_and(known)
                || value.text("observation").is_some_and(known)))
}

/// Steps of other agents hold both.
fn is_both(value: &Json<'_>) -> bool {
    value.has("action") && value.has("observation")
}

/// The rows of one event.
pub(super) fn events(state: &mut State, event: &Json<'_>, pointer: &str) -> Vec<Event> {
    let mut base = Event::default();
    base.ts = event.at("timestamp").time();
    base.message_id = event.at("id").display();
    base.parent_message_id = event.at("cause").display();
    base.source_version.clone_from(&state.version);
    base.json_pointer = Some(pointer.to_owned());
    if let Some(name) = event.at("observation").str() {
        return v0_observation::events(state, event, name, &base);
    }
    match event.at("action").str() {
        Some(name) => Action::new(event, name, base, pointer).events(state),
        None => vec![unknown(&base, event)],
    }
}

/// One action.
struct Action<'a> {
    event: &'a Json<'a>,
    name: &'a str,
    args: &'a Json<'a>,
    /// The message of the model, of which this may be only one call.
    message: &'a Json<'a>,
    metadata: &'a Json<'a>,
    base: Event,
    /// Place of the arguments.
    pointer: String,
    /// The first layout: the arguments are the event.
    flat: bool,
}

impl<'a> Action<'a> {
    fn new(event: &'a Json<'a>, name: &'a str, base: Event, pointer: &str) -> Self {
        let metadata = event.at("tool_call_metadata");
        let choice = metadata.path(&["model_response", "choices"]).items().first();
        let (args, pointer, flat) = match event.at("args") {
            args @ Json::Object(_) => (args, format!("{pointer}/args"), false),
            _ => (event, pointer.to_owned(), true),
        };
        let message = choice.map_or(&json::NULL, |choice| choice.at("message"));
        Self { event, name, args, message, metadata, base, pointer, flat }
    }

    fn events(self, state: &mut State) -> Vec<Event> {
        let mut rows = match self.name {
            "message" => self.message(state),
            "system" => self.system(state),
            "finish" | "reject" => self.finish(),
            "think" => self.think(),
            "condensation" => self.condensation(),
            name if STEERING.contains(&name) => vec![self.notice()],
            name if TOOLS.contains(&name) || self.metadata.is_object() => self.tool(state),
            _ => vec![unknown(&self.base, self.event)],
        };
        let made = rows.iter().find(|row| row.kind == Some(Kind::ToolCall));
        let made = made.and_then(|row| row.tool_call_id.clone());
        state.made(self.base.message_id.as_deref().unwrap_or_default(), made.as_deref());
        self.account(state, &mut rows);
        rows
    }

    fn at(&self, key: &str) -> String {
        format!("{}/{key}", self.pointer)
    }

    fn notice(&self) -> Event {
        let mut row = notice(&self.base, Kind::Lifecycle, self.args, &["thought", "action"]);
        row.attr("action", Json::String(self.name.into()).compact());
        row
    }

    /// The oldest events do not say who speaks; there the user begins.
    fn message(&self, state: &mut State) -> Vec<Event> {
        let begun = std::mem::replace(&mut state.begun, true);
        let source = self.event.text("source").unwrap_or(if begun { "agent" } else { "user" });
        let mut parts = parts(source, &self.base);
        parts.template().is_synthetic = source == "environment";
        if source == "agent" {
            super::common::native(&mut parts, self.message, "");
        }
        parts.text(self.args.text("content").unwrap_or_default(), &self.at("content"));
        for key in ["image_urls", "images_urls", "file_urls"] {
            for (n, url) in self.args.at(key).items().iter().enumerate() {
                parts.media(url, &self.at(&format!("{key}/{n}")));
            }
        }
        let mut rows = parts.finish().events;
        if let Some(row) = rows.first_mut() {
            let skip = ["content", "image_urls", "images_urls", "file_urls"];
            util::flatten(row, "", self.args, &[&skip[..], &ENVELOPE].concat());
        }
        rows
    }

    fn system(&self, state: &mut State) -> Vec<Event> {
        if let Some(version) = self.args.string("openhands_version") {
            state.version = Some(util::cut(&version, 256).to_owned());
        }
        let text = self.args.text("content").unwrap_or_default();
        let mut row = context(&self.base, text, self.at("content"));
        row.source_version.clone_from(&state.version);
        util::flatten(&mut row, "", self.args, &["content", "tools", "openhands_version"]);
        let tools = tools(&self.base, self.args.at("tools"), self.at("tools"));
        std::iter::once(row).chain(tools).collect()
    }

    /// What the model said beside the call. The action may lack it where the response has it;
    /// of several calls in one response only the first does.
    fn thought(&self) -> Option<(&str, String)> {
        if let Some(thought) = self.args.text("thought") {
            return Some((thought, self.at("thought")));
        }
        let beside = self.message.text("content").filter(|_| self.is_first());
        let at = "tool_call_metadata/model_response/choices/0/message/content";
        beside.map(|text| (text, self.of_event(at)))
    }

    /// A place in the event, where `pointer` is one in its arguments.
    fn of_event(&self, at: &str) -> String {
        format!("{}/{at}", self.base.json_pointer.as_deref().unwrap_or_default())
    }

    /// Whether this is the first call of the model's response.
    fn is_first(&self) -> bool {
        let first = self.message.at("tool_calls").items().first();
        first.is_none_or(|call| call.text("id") == self.metadata.text("tool_call_id"))
    }

    fn thoughts(&self, beside: &[(&str, String)]) -> Vec<Event> {
        let holder = if self.is_first() { self.message } else { &json::NULL };
        let at = self.of_event("tool_call_metadata/model_response/choices/0/message");
        let mut rows = thoughts(&self.base, holder, &at, beside);
        let usage = self.metadata.path(&["model_response", "usage"]);
        let native =
            |row: &Event| row.reasoning_source.is_some_and(|s| s != ReasoningSource::ReactText);
        if self.is_first() && tokens(usage).reasoning > Some(0) && !rows.iter().any(native) {
            let mut row = Event::new(Kind::Reasoning, Role::Assistant);
            (row.ts, row.message_id) = (self.base.ts, self.base.message_id.clone());
            row.reasoning_state = Some(ReasoningState::TokenCountOnly);
            row.json_pointer = Some(self.of_event("tool_call_metadata/model_response/usage"));
            rows.insert(0, row);
        }
        rows
    }

    /// The last message. Without one, the thought is what the user gets to see.
    fn finish(&self) -> Vec<Event> {
        let last = ["final_thought", "message", "content"].iter().find_map(|key| {
            let text = self.args.text(key).filter(|_| !self.flat)?;
            Some((text, self.at(key)))
        });
        let outputs =
            || Some((self.args.at("outputs").text("content")?, self.at("outputs/content")));
        let last = last.or_else(outputs);
        let thought = self.thought();
        let (beside, last) = match last {
            Some(last) => (thought, Some(last)),
            None => (None, thought),
        };
        let mut rows = self.thoughts(beside.as_slice());
        match last {
            Some((text, at)) => rows.extend(said(&self.base, text, &at)),
            None => rows.push(self.notice()),
        }
        if let Some(row) = rows.last_mut() {
            row.attr("action", Json::String(self.name.into()).compact());
            let skip = ["thought", "final_thought", "content"];
            util::flatten(row, "", self.args, &[&skip[..], &ENVELOPE].concat());
        }
        rows
    }

    /// A tool whose only effect is that the model thinks; its argument is the thought.
    fn think(&self) -> Vec<Event> {
        let beside = self.message.text("content").filter(|_| self.is_first());
        let at = self.of_event("tool_call_metadata/model_response/choices/0/message/content");
        let mut texts = Vec::from_iter(beside.map(|text| (text, at)));
        let thought = self.args.text("thought").filter(|thought| beside != Some(thought));
        texts.extend(thought.map(|text| (text, self.at("thought"))));
        let mut rows = self.thoughts(&texts);
        match rows.last_mut() {
            Some(row) => row.attr("action", "\"think\""),
            None => rows.push(self.notice()),
        }
        rows
    }

    fn condensation(&self) -> Vec<Event> {
        let row = notice(&self.base, Kind::Compaction, self.args, &["summary", "thought"]);
        let text = self.args.text("summary");
        let summary = text.map(|text| summary(&self.base, text, self.at("summary")));
        std::iter::once(row).chain(summary).collect()
    }

    fn tool(&self, state: &mut State) -> Vec<Event> {
        let mut rows = self.thoughts(self.thought().as_slice());
        let (name, kind) = match self.metadata.text("function_name") {
            _ if self.name == "call_tool_mcp" => (self.args.text("name"), "mcp"),
            name => (name, "function"),
        };
        let id = self.metadata.text("tool_call_id").or(self.base.message_id.as_deref());
        let written = self.written();
        let arguments = written.map_or_else(|| self.arguments(), str::to_owned);
        let mut base = self.base.clone();
        if let Some(source) = self.event.text("source") {
            common::set_role(&mut base, source);
        }
        base.tool_type = Some(kind.to_owned());
        base.json_pointer = Some(self.pointer.clone());
        let mut row = call(&base, name.unwrap_or(self.name), id, arguments);
        if name.is_some_and(|name| name != self.name) {
            row.attr("action", Json::String(self.name.into()).compact());
        }
        if id.is_none() {
            row.tool_call_id = Some(state.name());
            row.flag("synthesized_tool_id");
        }
        self.added(&mut row, written);
        rows.push(row);
        rows
    }

    /// The arguments as the model wrote them.
    fn written(&self) -> Option<&'a str> {
        let id = self.metadata.text("tool_call_id")?;
        let calls = self.message.at("tool_calls").items();
        calls.iter().find(|call| call.text("id") == Some(id))?.at("function").text("arguments")
    }

    fn arguments(&self) -> String {
        if self.name == "call_tool_mcp" && self.args.at("arguments").is_object() {
            return self.args.at("arguments").compact();
        }
        let entries = self.args.entries().iter().filter(|(key, _)| !self.is_beside(key));
        Json::Object(entries.cloned().collect()).compact()
    }

    /// Whether a key of the arguments is none.
    fn is_beside(&self, key: &str) -> bool {
        key == "thought" || (self.flat && (BESIDE.contains(&key) || ENVELOPE.contains(&key)))
    }

    /// What the harness added to the arguments, as attributes.
    fn added(&self, row: &mut Event, written: Option<&str>) {
        let Some(written) = written else {
            let beside =
                self.args.entries().iter().filter(|(key, _)| BESIDE.contains(&key.as_ref()));
            let beside = Json::Object(beside.filter(|_| self.flat).cloned().collect());
            return util::flatten(row, "", &beside, &[]);
        };
        let written = json::parse(written).map_or(Json::Null, |(value, _)| value);
        let values: Vec<String> =
            written.entries().iter().filter_map(|(_, value)| value.display()).collect();
        let entries = self.args.entries().iter();
        let same =
            entries.filter(|(_, value)| value.display().is_some_and(|v| values.contains(&v)));
        let mut skip: Vec<&str> = same.map(|(key, _)| key.as_ref()).collect();
        skip.push("thought");
        util::flatten(row, "args", self.args, &skip);
    }

    /// Which call of the model the rows belong to, and what it cost.
    fn account(&self, state: &mut State, rows: &mut [Event]) {
        let metrics = self.event.at("llm_metrics");
        let response = self.metadata.at("model_response");
        let counted = metrics.at("token_usages").items().last().unwrap_or(&json::NULL);
        let id = counted.text("response_id").or_else(|| response.text("id"));
        for row in rows.iter_mut().filter(|row| row.role == Some(Role::Assistant)) {
            row.response_id = id.map(str::to_owned);
            row.call_group = id.map(|id| Id16::of("call", &[id.as_bytes()]));
            row.request_model = counted.string("model");
            row.response_model = response.string("model");
        }
        let Some(last) = rows.last_mut() else { return };
        let known = tokens(response.at("usage"));
        last.usage = Usage { reasoning: known.reasoning, ..tokens(counted) };
        if counted.is_null() {
            last.usage = known;
        }
        let total = metrics.at("accumulated_cost").f64();
        if total.is_some() {
            last.cost_usd = state.spent("cost", &json::NULL, total).cost;
        }
        let choice = response.at("choices").items().first();
        last.finish_reason = choice.and_then(|choice| choice.string("finish_reason"));
    }
}
