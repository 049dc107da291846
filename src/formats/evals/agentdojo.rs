//! AgentDojo: one JSON object per run of an agent, with the verdicts of the benchmark.
//!
//! Content is a string or a list of `{type: text|thinking|redacted_thinking, content}`. Calls
//! are `{function, args, id}`; ids may be absent, empty or `null`. A tool message repeats the
//! whole call it answers. The verdicts (`utility`, `security`) and what was injected become
//! labels, never text, so that no search over transcripts finds the answers.

use super::shared::{arguments, label, note_cipher, set_reasoning, spoken, text_kind};
use crate::formats::common::{leftovers, set_role, set_tool};
use crate::formats::{Format, Json, Key, Reader, Record, Session, Sink};
use crate::record::{Event, Kind, Reason, ReasoningSource, ReasoningState, Role, Time};

const ID: &str = "agentdojo";
const MAPPED: [&str; 8] = [
    "messages",
    "utility",
    "security",
    "injections",
    "attack_type",
    "error",
    "evaluation_timestamp",
    "agentdojo_package_version",
];

/// See the module.
pub struct AgentDojo;

impl Format for AgentDojo {
    fn id(&self) -> &'static str {
        ID
    }

    fn title(&self) -> &'static str {
        "AgentDojo run: suite, task, messages, utility and security verdicts"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        if record.has("suite_name") && record.has("user_task_id") {
            if record.at("messages").is_array() { 97 } else { 60 }
        } else {
            0
        }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(RunReader)
    }
}

struct RunReader;

impl Reader for RunReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let run = record.json;
        let messages = match run.at("messages") {
            Json::Array(messages) => messages,
            Json::Null => return Err(Reason::MissingField { format: ID, field: "messages" }),
            other => {
                return Err(Reason::WrongType {
                    format: ID,
                    field: "messages",
                    expected: "an array",
                    found: other.type_name(),
                });
            }
        };
        sink.session(Session::Record);
        let mut rows = Rows::new(run, sink);
        for (index, message) in messages.iter().enumerate() {
            rows.message(index, message);
        }
        rows.verdicts(messages.len(), run);
        Ok(())
    }
}

/// Puts the rows of one run into the sink.
struct Rows<'a> {
    sink: &'a mut Sink,
    index: i32,
    model: Option<&'a str>,
    version: Option<&'a str>,
    ts: Time,
}

impl<'a> Rows<'a> {
    fn new(run: &'a Json<'_>, sink: &'a mut Sink) -> Self {
        Self {
            sink,
            index: 0,
            model: run.text("pipeline_name"),
            version: run.text("agentdojo_package_version"),
            ts: run.at("evaluation_timestamp").time(),
        }
    }

    fn push(&mut self, mut event: Event, pointer: String) {
        event.message_index = Some(self.index);
        event.json_pointer = Some(pointer);
        event.source_version = self.version.map(str::to_owned);
        if event.role == Some(Role::Assistant) {
            event.request_model = self.model.map(str::to_owned);
        }
        if event.kind != Some(Kind::Label) {
            event.ts = self.ts.inherited();
        }
        self.sink.push(Key::Position, event);
    }

    fn message(&mut self, index: usize, message: &Json<'_>) {
        self.index = i32::try_from(index).unwrap_or(i32::MAX);
        let role = message.text("role").unwrap_or_default();
        if role == "tool" {
            return self.result(index, message);
        }
        let calls = message.at("tool_calls").items();
        self.content(index, role, message.at("content"), calls.is_empty());
        for (n, call) in calls.iter().enumerate() {
            let mut event = Event::default();
            set_role(&mut event, role);
            self.call(event, call, format!("/messages/{index}/tool_calls/{n}"));
        }
    }

    /// The content of a message; one without content still gets a row unless it has calls.
    fn content(&mut self, index: usize, role: &str, content: &Json<'_>, alone: bool) {
        let mut event = Event::default();
        set_role(&mut event, role);
        event.kind = Some(text_kind(event.role));
        match content {
            Json::Array(blocks) if !blocks.is_empty() => {
                for (n, block) in blocks.iter().enumerate() {
                    let mut event = event.clone();
                    set_block(&mut event, block);
                    self.push(event, format!("/messages/{index}/content/{n}"));
                }
            }
            Json::String(text) if !text.is_empty() => {
                for event in spoken(text, event) {
                    self.push(event, format!("/messages/{index}/content"));
                }
            }
            Json::Object(_) | Json::Bool(_) | Json::Number(_) => {
                event.text = content.display();
                self.push(event, format!("/messages/{index}/content"));
            }
            _ if alone => self.push(event, format!("/messages/{index}")),
            _ => {}
        }
    }

    fn call(&mut self, mut event: Event, call: &Json<'_>, pointer: String) {
        event.kind = Some(Kind::ToolCall);
        set_tool(&mut event, call.text("function").unwrap_or_default());
        event.tool_type.get_or_insert_with(|| "function".to_owned());
        event.tool_call_id = call.string("id");
        event.tool_call_arguments = arguments(call.at("args"));
        if !call.at("placeholder_args").is_null() {
            event.attr("placeholder_args", call.at("placeholder_args").compact());
        }
        self.push(event, pointer);
    }

    fn result(&mut self, index: usize, message: &Json<'_>) {
        let call = message.at("tool_call");
        let mut event = Event::new(Kind::ToolResult, Role::Tool);
        let id = message.text("tool_call_id").or_else(|| call.text("id"));
        event.tool_call_id = id.map(str::to_owned);
        if let Some(name) = call.text("function") {
            set_tool(&mut event, name);
        }
        let content = message.at("content");
        event.tool_call_result = match content.items() {
            [] => content.display(),
            blocks => Some(blocks.iter().filter_map(block_text).collect::<Vec<_>>().join("\n")),
        };
        if let Some(error) = message.at("error").display() {
            event.tool_is_error = Some(true);
            event.status = Some("error");
            // The agent is shown the error in place of the content.
            if event.tool_call_result.as_ref().is_none_or(String::is_empty) {
                event.tool_call_result = Some(error.clone());
            }
            event.error_message = Some(error);
        } else if message.has("error") {
            event.tool_is_error = Some(false);
        }
        self.push(event, format!("/messages/{index}"));
    }

    fn verdicts(&mut self, after: usize, run: &Json<'_>) {
        self.index = i32::try_from(after).unwrap_or(i32::MAX);
        let mut rows = Vec::new();
        for (name, pointer) in
            [("utility", "/utility"), ("security", "/security"), ("attack_type", "/attack_type")]
        {
            rows.extend(label(name, run.at(name), ID).map(|event| (event, pointer.to_owned())));
        }
        for (vector, text) in run.at("injections").entries() {
            let Some(mut event) = label("injection", text, ID) else { continue };
            event.attr("vector", Json::String(vector.clone()).compact());
            rows.push((
                event,
                format!("/injections/{}", vector.replace('~', "~0").replace('/', "~1")),
            ));
        }
        if let Some(error) = run.at("error").display() {
            let mut event = Event::new(Kind::Error, Role::Environment);
            event.error_message = Some(error);
            event.status = Some("error");
            rows.push((event, "/error".to_owned()));
        }
        if rows.is_empty() {
            rows.push((Event::new(Kind::Lifecycle, Role::Environment), String::new()));
        }
        for (n, (mut event, pointer)) in rows.into_iter().enumerate() {
            if n == 0 {
                leftovers(&mut event, run, &MAPPED);
            } else {
                name_task(&mut event, run);
            }
            event.ts = self.ts;
            self.push(event, pointer);
        }
    }
}

/// Which task a verdict is about; the first verdict has it among all that is left over.
fn name_task(event: &mut Event, run: &Json<'_>) {
    for key in ["suite_name", "user_task_id", "injection_task_id"] {
        if let Json::String(_) = run.at(key) {
            event.attr(key, run.at(key).compact());
        }
    }
}

fn set_block(event: &mut Event, block: &Json<'_>) {
    match block.text("type") {
        Some("thinking") => {
            event.kind = Some(Kind::Reasoning);
            event.reasoning_source = Some(ReasoningSource::NativeBlock);
            set_reasoning(event, block_str(block), ReasoningState::Omitted);
        }
        Some("redacted_thinking") => {
            event.kind = Some(Kind::Reasoning);
            event.reasoning_state = Some(ReasoningState::Encrypted);
            event.reasoning_source = Some(ReasoningSource::NativeBlock);
            note_cipher(event, block_str(block).unwrap_or_default());
        }
        Some("text") => event.text = block_text(block),
        _ => {
            event.kind = Some(Kind::Unknown);
            event.text = block.display();
        }
    }
    leftovers(event, block, &["type", "content", "text"]);
}

fn block_str<'a>(block: &'a Json<'_>) -> Option<&'a str> {
    block.any_of(&["content", "text"]).str()
}

fn block_text(block: &Json<'_>) -> Option<String> {
    match block {
        Json::Object(_) => block.any_of(&["content", "text"]).display(),
        other => other.display(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::read;
    use crate::record::ToolJoin;

    fn run(messages: &str, rest: &str) -> String {
        format!(
            r#"{{"suite_name":"office","pipeline_name":"model-x","user_task_id":"user_task_3",
            "injection_task_id":null,"attack_type":null,"injections":{{}},"messages":[{messages}],
            "error":null{rest}}}"#
        )
        .replace('\n', "")
    }

    #[test]
    fn a_run_becomes_a_session_with_joined_tools_and_verdicts() {
        let messages = r#"{"role":"system","content":"be brief"},{"role":"user","content":"mail?"},
            {"role":"assistant","content":"looking","tool_calls":[{"function":"list","args":{"n":1},"id":"c1"}]},
            {"role":"tool","content":"none","tool_call_id":"c1","tool_call":{"function":"list","args":{"n":1},"id":"c1"},"error":null},
            {"role":"assistant","content":"no mail","tool_calls":null}"#;
        let events =
            read(&AgentDojo, &run(messages, r#","utility":true,"security":false,"duration":1.5"#))
                .events;
        let kinds: Vec<Kind> = events.iter().filter_map(|event| event.kind).collect();
        use Kind::{AssistantText, Label, SystemPrompt, ToolCall, ToolResult, UserText};
        let expected = [
            SystemPrompt,
            UserText,
            AssistantText,
            ToolCall,
            ToolResult,
            AssistantText,
            Label,
            Label,
        ];
        assert_eq!(kinds, expected);
        assert!(events.iter().all(|event| event.session_id == events[0].session_id));
        assert_eq!(events[3].tool_call_arguments.as_deref(), Some(r#"{"n":1}"#));
        assert_eq!(events[3].request_model.as_deref(), Some("model-x"));
        assert_eq!(events[4].tool_join, Some(ToolJoin::Id));
        assert_eq!(events[4].tool_is_error, Some(false));
        assert_eq!(events[4].tool_call_event_id, Some(events[3].event_id));
        assert_eq!((events[5].turn_index, events[5].call_index), (Some(1), Some(2)));
        let verdict = events[6].label.as_ref().unwrap();
        assert_eq!((verdict.name.as_str(), verdict.score), ("utility", Some(1.0)));
        assert!(events[6].attrs.contains(&("duration".to_owned(), "1.5".to_owned())));
        assert_eq!(events[7].attrs[0], ("suite_name".to_owned(), "\"office\"".to_owned()));
    }

    #[test]
    fn thinking_is_reasoning_and_redacted_thinking_is_never_text() {
        let messages = r#"{"role":"assistant","content":[{"type":"thinking","content":"hm"},
            {"type":"redacted_thinking","content":"Q0lQSEVS"},{"type":"text","content":"ok"}],"tool_calls":null}"#;
        let events = read(&AgentDojo, &run(messages, "")).events;
        assert_eq!(events[0].reasoning.as_deref(), Some("hm"));
        assert_eq!(events[1].reasoning_state, Some(ReasoningState::Encrypted));
        assert_eq!((&events[1].text, &events[1].reasoning), (&None, &None));
        assert!(events[1].attrs.iter().any(|(name, value)| name == "cipher_bytes" && value == "8"));
        assert_eq!(events[2].text.as_deref(), Some("ok"));
        assert_eq!(events[2].json_pointer.as_deref(), Some("/messages/0/content/2"));
    }

    #[test]
    fn calls_without_ids_are_joined_by_order_and_errors_are_shown() {
        let messages = r#"{"role":"assistant","content":null,"tool_calls":[{"function":"a","args":{},"id":""},{"function":"b","args":{}}]},
            {"role":"tool","content":"","tool_call_id":null,"tool_call":{"function":"a","args":{}},"error":"ValueError: x"},
            {"role":"tool","content":"2","tool_call_id":null,"tool_call":{"function":"b","args":{}},"error":null}"#;
        let events = read(&AgentDojo, &run(messages, r#","utility":false"#)).events;
        assert_eq!(events[2].tool_call_event_id, Some(events[0].event_id));
        assert_eq!(events[3].tool_call_event_id, Some(events[1].event_id));
        assert_eq!(events[2].tool_is_error, Some(true));
        assert_eq!(events[2].tool_call_result.as_deref(), Some("ValueError: x"));
    }

    #[test]
    fn what_was_injected_is_a_label_and_not_text() {
        let text = run(r#"{"role":"user","content":"go"}"#, r#","security":true"#)
            .replace(r#""injections":{}"#, r#""injections":{"mail/1":"OBEY"}"#);
        let events = read(&AgentDojo, &text).events;
        let injection = events.last().unwrap();
        assert_eq!(injection.label.as_ref().unwrap().value.as_deref(), Some("OBEY"));
        assert_eq!(injection.json_pointer.as_deref(), Some("/injections/mail~11"));
        assert!(events.iter().all(|event| event.text.as_deref() != Some("OBEY")));
    }

    #[test]
    fn a_run_without_messages_is_rejected() {
        let outcome = read(&AgentDojo, r#"{"suite_name":"s","user_task_id":"u","messages":7}"#);
        assert_eq!(outcome.rejected[0].1.code(), "wrong_type");
    }
}
