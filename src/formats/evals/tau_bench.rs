//! tau-bench and tau2: conversations of an agent with a simulated customer, and their reward.
//!
//! tau-bench: `{task_id, reward, traj: [message], trial, info}`, messages in the OpenAI chat
//! shape. tau2: a root object with `simulations`, or one of these, whose messages carry times
//! and usage of their own; there the customer may call tools too (`requestor: user`), and ids
//! may be empty. Reward and what the task was become labels.

use super::shared::{arguments, flatten, label, spoken, text_kind};
use crate::formats::common::{content_text, leftovers, set_role, set_tool};
use crate::formats::{Format, Json, Key, Reader, Record, Session, Sink};
use crate::record::{Event, Id16, Kind, Reason, ReasoningSource, Role, Usage};

const ID: &str = "tau_bench";
const MAPPED_MESSAGE: [&str; 13] = [
    "role",
    "content",
    "reasoning_content",
    "tool_calls",
    "tool_call_id",
    "id",
    "name",
    "error",
    "timestamp",
    "usage",
    "cost",
    "turn_idx",
    "tool_messages",
];

/// See the module.
pub struct TauBench;

impl Format for TauBench {
    fn id(&self) -> &'static str {
        ID
    }

    fn title(&self) -> &'static str {
        "tau-bench trajectory with reward, tau2 simulation"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        if record.at("traj").is_array() {
            return if record.has("reward") { 95 } else { 60 };
        }
        let simulations = record.at("simulations").items();
        if simulations.first().is_some_and(is_simulation) || is_simulation(record) {
            return 92;
        }
        0
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(TrialReader)
    }
}

fn is_simulation(value: &Json<'_>) -> bool {
    value.at("messages").is_array()
        && value.has("task_id")
        && (value.has("reward_info") || value.has("termination_reason"))
}

struct TrialReader;

impl Reader for TrialReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let root = record.json;
        if let Json::Array(simulations) = root.at("simulations") {
            let model = root.path(&["info", "agent_info", "llm"]).str();
            for (n, simulation) in simulations.iter().enumerate() {
                Trial::new(simulation, model, format!("/simulations/{n}")).read(sink);
            }
            return Ok(());
        }
        if !root.at("traj").is_array() && !root.at("messages").is_array() {
            return Err(Reason::MissingField { format: ID, field: "traj" });
        }
        let model = root.path(&["info", "model"]).str();
        let model = model.or_else(|| root.path(&["info", "agent_info", "llm"]).str());
        Trial::new(root, model, String::new()).read(sink);
        Ok(())
    }
}

/// One conversation.
struct Trial<'a> {
    value: &'a Json<'a>,
    model: Option<&'a str>,
    /// Simulations have an id of their own; then it names session and events.
    id: Option<&'a str>,
    pointer: String,
    index: i32,
}

impl<'a> Trial<'a> {
    fn new(value: &'a Json<'a>, model: Option<&'a str>, pointer: String) -> Self {
        let id = value.text("id").filter(|_| value.at("messages").is_array());
        Self { value, model, id, pointer, index: 0 }
    }

    fn read(&mut self, sink: &mut Sink) {
        sink.session(self.id.map_or(Session::Record, Session::Native));
        let field = if self.value.at("traj").is_array() { "traj" } else { "messages" };
        for (n, message) in self.value.at(field).items().iter().enumerate() {
            let pointer = format!("{}/{field}/{n}", self.pointer);
            // tau2 answers several calls with one message that wraps the answers.
            let wrapped = message.at("tool_messages").items();
            for (k, inner) in wrapped.iter().enumerate() {
                self.message(sink, inner, &format!("{pointer}/tool_messages/{k}"));
            }
            if wrapped.is_empty() {
                self.message(sink, message, &pointer);
            }
        }
        self.verdict(sink);
    }

    fn push(&self, sink: &mut Sink, mut event: Event, pointer: String) {
        event.message_index = Some(self.index);
        event.json_pointer = Some(pointer);
        match self.id {
            Some(id) => sink.push(Key::Native(&[id, &self.index.to_string()]), event),
            None => sink.push(Key::Position, event),
        };
    }

    fn message(&mut self, sink: &mut Sink, message: &Json<'_>, pointer: &str) {
        let mut base = Event::default().with(|event| event.ts = message.at("timestamp").time());
        set_role(&mut base, message.text("role").unwrap_or_default());
        base.kind = Some(text_kind(base.role));
        leftovers(&mut base, message, &MAPPED_MESSAGE);
        let mut rows = if base.role == Some(Role::Tool) {
            vec![(result(base, message), pointer.to_owned())]
        } else {
            self.said(&base, message, pointer)
        };
        if let Some((last, _)) = rows.last_mut() {
            self.account(last, message, sink.session_id());
        }
        for (event, pointer) in rows {
            self.push(sink, event, pointer);
        }
        self.index = self.index.saturating_add(1);
    }

    /// Thought, text and calls of one message; at least one row, so that none is lost.
    fn said(&self, base: &Event, message: &Json<'_>, pointer: &str) -> Vec<(Event, String)> {
        let mut base = base.clone();
        if base.role == Some(Role::Assistant) {
            base.request_model = self.model.map(str::to_owned);
        }
        let mut rows = Vec::new();
        if let Some(thought) = message.text("reasoning_content") {
            let mut event = base.clone();
            event.kind = Some(Kind::Reasoning);
            event.reasoning = Some(thought.to_owned());
            event.reasoning_source = Some(ReasoningSource::ReasoningContent);
            rows.push((event, format!("{pointer}/reasoning_content")));
        }
        let calls = message.at("tool_calls").items();
        let text = content_text(message.at("content")).filter(|text| !text.is_empty());
        match text {
            Some(text) => {
                let spoken = spoken(&text, base.clone()).into_iter();
                rows.extend(spoken.map(|event| (event, format!("{pointer}/content"))));
            }
            None if calls.is_empty() && rows.is_empty() => {
                rows.push((base.clone(), pointer.to_owned()));
            }
            None => {}
        }
        for (n, call) in calls.iter().enumerate() {
            rows.push((called(base.clone(), call), format!("{pointer}/tool_calls/{n}")));
        }
        rows
    }

    /// Tokens and cost of the call, on its last row.
    fn account(&self, last: &mut Event, message: &Json<'_>, session: &str) {
        last.cost_usd = message.at("cost").f64();
        let usage = message.at("usage");
        if usage.is_object() {
            last.usage = Usage {
                input: usage.any_of(&["prompt_tokens", "input_tokens"]).i64(),
                output: usage.any_of(&["completion_tokens", "output_tokens"]).i64(),
                ..Usage::default()
            };
            let index = self.index.to_le_bytes();
            last.call_group = Some(Id16::of("tau.call", &[session.as_bytes(), &index]));
        }
    }

    fn verdict(&self, sink: &mut Sink) {
        let reward = match self.value.at("reward") {
            Json::Null => self.value.path(&["reward_info", "reward"]),
            reward => reward,
        };
        let row = label("reward", reward, ID);
        let mut row = row.unwrap_or_else(|| Event::new(Kind::Lifecycle, Role::Environment));
        leftovers(&mut row, self.value, &["id", "reward"]);
        flatten(&mut row, "info", self.value.at("info"));
        flatten(&mut row, "reward_info", self.value.at("reward_info"));
        row.ts = self.value.any_of(&["end_time", "timestamp"]).time();
        if let Some(error) = self.value.path(&["info", "error"]).display() {
            row.status = Some("error");
            row.error_message = Some(error);
        }
        self.push(sink, row, self.pointer.clone());
    }
}

fn called(mut event: Event, call: &Json<'_>) -> Event {
    event.kind = Some(Kind::ToolCall);
    let function = if call.at("function").is_object() { call.at("function") } else { call };
    set_tool(&mut event, function.text("name").unwrap_or_default());
    event.tool_type.get_or_insert_with(|| "function".to_owned());
    event.tool_call_id = call.string("id");
    event.tool_call_arguments = arguments(function.at("arguments"));
    leftovers(&mut event, call, &["id", "type", "name", "function", "arguments"]);
    event
}

fn result(mut event: Event, message: &Json<'_>) -> Event {
    event.tool_call_id = message.any_of(&["tool_call_id", "id"]).str().map(str::to_owned);
    if let Some(name) = message.text("name") {
        set_tool(&mut event, name);
    }
    event.tool_call_result = content_text(message.at("content"));
    event.tool_is_error = message.at("error").bool();
    if event.tool_is_error == Some(true) {
        event.status = Some("error");
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::read;
    use crate::record::ToolJoin;

    #[test]
    fn a_trajectory_becomes_a_session_with_its_reward() {
        let text = r#"{"task_id":4,"reward":1.0,"trial":0,"info":{"task":{"user_id":"u1","outputs":[]},"user_cost":0.5},
            "traj":[{"role":"system","content":"policy"},{"role":"user","content":"cancel"},
            {"content":null,"role":"assistant","tool_calls":[{"function":{"arguments":"{\"id\":7}","name":"cancel"},"id":"k","type":"function"}]},
            {"role":"tool","tool_call_id":"k","name":"cancel","content":"Error: no"},
            {"role":"assistant","content":"done"}]}"#
            .replace('\n', "");
        let events = read(&TauBench, &text).events;
        assert_eq!(events.len(), 6);
        assert_eq!(events[2].tool_call_arguments.as_deref(), Some(r#"{"id":7}"#));
        assert_eq!(events[3].tool_join, Some(ToolJoin::Id));
        let reward = events[5].label.as_ref().unwrap();
        assert_eq!((reward.name.as_str(), reward.score), ("reward", Some(1.0)));
        let attr = |name: &str| events[5].attrs.iter().find(|(key, _)| key == name);
        assert_eq!(attr("info.task.user_id").unwrap().1, "\"u1\"");
        assert_eq!(attr("task_id").unwrap().1, "4");
    }

    #[test]
    fn simulations_keep_usage_and_calls_of_the_simulated_user() {
        let text = r#"{"info":{"agent_info":{"llm":"m1"}},"tasks":[],"simulations":[{"id":"sim-1","task_id":"2","termination_reason":"user_stop",
            "end_time":"2026-01-02T03:04:05","reward_info":{"reward":0.0,"db_check":{"db_match":false}},"messages":[
            {"role":"user","content":null,"tool_calls":[{"id":"","name":"toggle","arguments":{"on":true},"requestor":"user"}],"turn_idx":0,"timestamp":"2026-01-02T03:00:00"},
            {"role":"tool","id":"","content":"on","requestor":"user","error":false,"turn_idx":1},
            {"role":"assistant","content":"fine","usage":{"prompt_tokens":10,"completion_tokens":3},"cost":0.25,"turn_idx":2}]}]}"#
            .replace('\n', "");
        assert!(TauBench.sniff(&crate::formats::json::parse(&text).unwrap().0) > 90);
        let events = read(&TauBench, &text).events;
        assert_eq!(events.len(), 4);
        assert_eq!(events[0].session_id, "sim-1");
        assert_eq!((events[0].kind, events[0].role), (Some(Kind::ToolCall), Some(Role::User)));
        assert_eq!(events[1].tool_call_event_id, Some(events[0].event_id));
        assert_eq!(events[2].usage.input, Some(10));
        assert_eq!(events[2].request_model.as_deref(), Some("m1"));
        assert_eq!(events[3].label.as_ref().unwrap().score, Some(0.0));
    }

    #[test]
    fn other_records_are_left_alone() {
        for text in [r#"{"messages":[],"task_id":"x"}"#, r#"{"trajectory":[],"history":[]}"#, "[]"]
        {
            let (value, _) = crate::formats::json::parse(text).unwrap();
            assert_eq!(TauBench.sniff(&value), 0, "{text}");
        }
    }
}
