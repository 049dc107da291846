//! Claude Code session files (`~/.claude/projects/…/<session>.jsonl`).
//!
//! One line per content block, named by uuid; a response is spread over several lines with the
//! same `message.id` and cumulative usage, of which the last is true. `parentUuid` spans a tree
//! in which rewinds leave abandoned branches ([`branch`]). Sub-agents write into the same
//! session ([`agents`]). The union of line types is internal to the product and grows, so an
//! unknown line is read for its text and never refused.
//!
//! A resumed session copies lines word for word; a copy of a line that is known adds nothing.
//! A line with a known uuid that says something else is kept as well: it may be a forgery.

mod agents;
mod blocks;
mod branch;
mod lines;
mod message;
#[cfg(test)]
mod tests;

use super::super::{Format, Json, Key, Reader, Record, Session, Sink};
use crate::record::id::Hasher;
use crate::record::{BranchState, Event, Id16, Kind, Reason, Role};
use agents::Agents;
use branch::{Node, Part, Tree};
use serde::{Deserialize, Serialize};

/// The Claude Code format.
pub struct ClaudeCode;

/// Types of lines that carry a uuid.
const MESSAGE_TYPES: [&str; 5] = ["user", "assistant", "system", "progress", "attachment"];
/// Types of lines that carry none.
const OTHER_TYPES: [&str; 11] = [
    "queue-operation",
    "custom-title",
    "ai-title",
    "agent-name",
    "agent-color",
    "tag",
    "pr-link",
    "last-prompt",
    "content-replacement",
    "agent_metadata",
    "permission-mode",
];

impl Format for ClaudeCode {
    fn id(&self) -> &'static str {
        "claude_code"
    }

    fn title(&self) -> &'static str {
        "Claude Code session files, sub-agents included"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        let Some(kind) = record.text("type") else {
            // The note beside a sub-agent's file: what it is and which call spawned it.
            let note = record.text("agentType").is_some() && record.entries().len() <= 8;
            return if note && record.has("toolUseId") { 92 } else { 0 };
        };
        let session = record.text("sessionId");
        let named = session.is_some() && record.text("uuid").is_some();
        match kind {
            "summary" if record.has("leafUuid") => 95,
            "file-history-snapshot" if record.has("snapshot") || record.has("messageId") => 95,
            _ if named && record.has("parentUuid") && MESSAGE_TYPES.contains(&kind) => 98,
            _ if session.is_some() && OTHER_TYPES.contains(&kind) => 95,
            _ if named && MESSAGE_TYPES.contains(&kind) => 80,
            _ if named => 60,
            _ if session.is_some_and(is_uuid) && !record.has("projectHash") => 40,
            _ => 0,
        }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(ClaudeReader::default())
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4
}

#[derive(Debug, Default)]
struct ClaudeReader(State);

/// What is carried from line to line and from run to run.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    session: Option<String>,
    tree: Tree,
    agents: Agents,
}

impl Reader for ClaudeReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let json = record.json;
        if !json.is_object() {
            return Err(Reason::NotARecord(json.type_name()));
        }
        self.0.enter(json, sink);
        match json.text("uuid") {
            Some(uuid) => self.0.line(uuid, json, sink),
            None => self.0.note(json, sink),
        }
        Ok(())
    }

    fn finish(&mut self, sink: &mut Sink) {
        self.0.tree.settle(sink);
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    fn restore(&mut self, state: &serde_json::Value) {
        let mut state = State::deserialize(state).unwrap_or_default();
        state.tree = state.tree.restored();
        self.0 = state;
    }
}

impl State {
    /// Lines without a session belong to that of the line before.
    fn enter(&mut self, json: &Json<'_>, sink: &mut Sink) {
        if let Some(session) = json.text("sessionId")
            && self.session.as_deref() != Some(session)
        {
            self.session = Some(session.to_owned());
        }
        if let Some(session) = &self.session {
            sink.session(Session::Native(session));
        }
    }

    /// A line with a uuid: a node of the tree.
    fn line(&mut self, uuid: &str, json: &Json<'_>, sink: &mut Sink) {
        let id = name(uuid);
        let digest = digest(json);
        let known = self.tree.get(id).map(|node| node.digest);
        if known == Some(digest) {
            return sink.repeat();
        }
        for gone in retractions(json) {
            self.tree.retract(name(gone));
        }
        let mut node = Node { id, digest, ..Node::default() };
        node.parent = json.text("parentUuid").map(name);
        node.copied = json.at("forkedFrom").is_object();
        let mut base = base(json);
        self.place(json, &mut base, &mut node);
        if self.tree.is_retracted(id) {
            base.branch_state = Some(BranchState::Retracted);
            node.state = base.branch_state;
        } else if node.copied {
            base.branch_state = Some(BranchState::Copied);
        }
        let (key, mut events) = lines::events(json, uuid, &base, &mut node);
        self.join(json, &base, &events);
        if known.is_some() {
            forget_usage(&mut events);
        }
        node.events =
            events.into_iter().map(|event| sink.push(Key::Native(&[key]), event)).collect();
        self.tree.insert(node);
    }

    /// Finds the agent a line belongs to and what spawned it.
    fn place(&mut self, json: &Json<'_>, base: &mut Event, node: &mut Node) {
        if json.text("type") == Some("progress") {
            return self.place_progress(json, base);
        }
        if base.is_sidechain != Some(true) {
            return;
        }
        node.part = Part::Side;
        let agent = base.agent_id.clone().unwrap_or_default();
        let parent = node.parent.and_then(|parent| self.tree.get(parent));
        let inherited = parent.and_then(|parent| parent.spawn.clone());
        let known = self.agents.of(&agent).cloned();
        let link = known.or_else(|| {
            let first = inherited.is_none() && json.text("type") == Some("user");
            let content = json.path(&["message", "content"]);
            let prompt = content.str().or_else(|| content.items().first()?.text("text"))?;
            first.then(|| self.agents.begun(&agent, prompt).cloned()).flatten()
        });
        base.parent_agent_id = link.as_ref().and_then(|link| link.owner.clone());
        base.parent_tool_call_id = link.map(|link| link.call).or(inherited);
        node.spawn.clone_from(&base.parent_tool_call_id);
    }

    fn place_progress(&mut self, json: &Json<'_>, base: &mut Event) {
        base.parent_tool_call_id = json.string("parentToolUseID");
        let data = json.at("data");
        if data.text("type") != Some("agent_progress") {
            return;
        }
        base.parent_agent_id = base.agent_id.clone();
        base.agent_id = data.string("agentId");
        base.is_sidechain = Some(true);
        if let (Some(agent), Some(call)) = (&base.agent_id, &base.parent_tool_call_id) {
            self.agents.link(agent, call, base.parent_agent_id.clone());
        }
    }

    /// Remembers spawning calls and what their results say about the agent.
    fn join(&mut self, json: &Json<'_>, base: &Event, events: &[Event]) {
        for block in json.path(&["message", "content"]).items() {
            if let (Some("tool_use"), Some(call)) = (block.text("type"), block.text("id")) {
                self.agents.called(call, block.at("input"), base.agent_id.as_deref());
            }
        }
        let agent = json.at("toolUseResult").text("agentId");
        let answered = events.iter().find(|event| event.kind == Some(Kind::ToolResult));
        if let (Some(agent), Some(event)) = (agent, answered)
            && let Some(call) = &event.tool_call_id
        {
            self.agents.answered(call, agent);
        }
    }

    /// A line without a uuid: what the harness notes about the session.
    fn note(&mut self, json: &Json<'_>, sink: &mut Sink) {
        let base = base(json);
        if json.has("message") {
            let (_, events) = lines::events(json, "", &base, &mut Node::default());
            for event in events {
                sink.push(Key::Position, event);
            }
            return;
        }
        let event = lines::note(json, &base);
        match (json.text("leafUuid"), json.text("summary")) {
            // Summaries are copied from file to file.
            (Some(leaf), Some(summary)) => {
                sink.push(Key::Native(&["summary", leaf, summary]), event)
            }
            _ => sink.push(Key::Position, event),
        };
    }
}

/// The name of a line, response or call in the tree.
fn name(id: &str) -> Id16 {
    Id16::of("claude_code.name", &[id.as_bytes()])
}

/// What every event of a line shares.
fn base(json: &Json<'_>) -> Event {
    Event::default().with(|event| {
        event.role = Some(Role::Environment);
        event.ts = json.at("timestamp").time();
        event.source_version = json.string("version");
        event.message_id = json.string("uuid");
        event.parent_message_id = json.string("parentUuid");
        event.request_id = json.string("requestId");
        event.agent_id = json.string("agentId");
        event.is_sidechain = json.at("isSidechain").bool();
        event.cwd = json.string("cwd");
        event.git_branch = json.string("gitBranch");
    })
}

/// The lines this one withdraws.
fn retractions<'a>(json: &'a Json<'_>) -> impl Iterator<Item = &'a str> {
    ["retracted_message_uuids", "retractedMessageUuids", "supersedes"].into_iter().flat_map(|key| {
        let value = json.at(key);
        value.items().iter().filter_map(Json::str).chain(value.str())
    })
}

/// A second version of a line must not claim the usage that the first one owns.
fn forget_usage(events: &mut [Event]) {
    for event in events {
        event.usage = crate::record::Usage::default();
    }
}

/// Hash of what a line says, whatever the order of its keys and whoever copied it.
fn digest(json: &Json<'_>) -> Id16 {
    let mut hasher = Hasher::new("claude_code.line");
    for key in ["type", "subtype", "message", "content", "data", "attachment", "toolUseResult"] {
        feed(&mut hasher, json.at(key));
    }
    hasher.finish()
}

/// Recursion is bounded by the depth the parser admits.
fn feed(hasher: &mut Hasher, value: &Json<'_>) {
    match value {
        Json::Null => hasher.part(b"n"),
        Json::Bool(value) => hasher.part(if *value { b"t" } else { b"f" }),
        Json::Number(digits) => hasher.part(b"#").part(digits.as_bytes()),
        Json::String(text) => hasher.part(b"\"").part(text.as_bytes()),
        Json::Array(items) => {
            hasher.part(b"[").part(&items.len().to_le_bytes());
            items.iter().for_each(|item| feed(hasher, item));
            hasher
        }
        Json::Object(entries) => {
            let mut order: Vec<_> = entries.iter().collect();
            order.sort_by(|a, b| a.0.cmp(&b.0));
            hasher.part(b"{").part(&entries.len().to_le_bytes());
            for (key, value) in order {
                feed(hasher.part(key.as_bytes()), value);
            }
            hasher
        }
    };
}
