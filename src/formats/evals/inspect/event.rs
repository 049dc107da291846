//! The events of a sample other than model calls: spans, tools, scores, approvals, limits.

use super::super::shared::flatten;
use super::message::Attachments;
use super::sample::Walk;
use crate::formats::Json;
use crate::formats::common::{leftovers, set_tool};
use crate::record::{Event, Kind, Role, Time};
use std::collections::BTreeMap;

const MAX_SPANS: usize = 1 << 16;
const MAX_ANCESTORS: usize = 64;
const COMMON: [&str; 6] = ["event", "timestamp", "uuid", "span_id", "working_start", "pending"];

/// The spans of a sample: who works for whom.
#[derive(Debug, Default)]
pub(super) struct Spans {
    spans: BTreeMap<String, (Option<String>, Option<String>)>,
    /// Older logs have steps instead, which nest by order.
    steps: Vec<Option<String>>,
}

impl Spans {
    fn begin(&mut self, event: &Json<'_>) {
        let Some(id) = event.text("id") else { return };
        if self.spans.len() < MAX_SPANS {
            let agent = agent_name(event);
            self.spans.insert(id.to_owned(), (event.string("parent_id"), agent));
        }
    }

    fn step(&mut self, event: &Json<'_>) {
        match event.text("action") {
            Some("begin") if self.steps.len() < MAX_ANCESTORS => self.steps.push(agent_name(event)),
            Some("end") => {
                self.steps.pop();
            }
            _ => {}
        }
    }

    /// The agent, tool or scorer in whose span this one lies.
    pub(super) fn agent(&self, span: Option<&str>) -> Option<String> {
        let mut at = span;
        for _ in 0..MAX_ANCESTORS {
            let Some((parent, agent)) = at.and_then(|id| self.spans.get(id)) else { break };
            if agent.is_some() {
                return agent.clone();
            }
            at = parent.as_deref();
        }
        self.steps.iter().rev().find_map(Clone::clone)
    }
}

fn agent_name(event: &Json<'_>) -> Option<String> {
    matches!(event.text("type"), Some("agent" | "scorer" | "subtask" | "tool" | "handoff"))
        .then(|| event.string("name"))
        .flatten()
}

/// The events in order, those nested in tools and subtasks included, with their pointers.
/// Without a `pointer` the list is the record itself, cut out of a longer one.
pub(super) fn unnested<'x>(
    events: &'x [Json<'x>],
    pointer: Option<&str>,
) -> Vec<(&'x Json<'x>, String)> {
    let mut out = Vec::new();
    let mut stack = vec![(events.iter().enumerate(), pointer.map(str::to_owned))];
    while let Some((events, pointer)) = stack.last_mut() {
        let Some((n, event)) = events.next() else {
            stack.pop();
            continue;
        };
        let at = pointer.as_ref().map_or_else(String::new, |pointer| format!("{pointer}/{n}"));
        let inner = event.at("events").items();
        out.push((event, at.clone()));
        if !inner.is_empty() {
            stack.push((inner.iter().enumerate(), Some(format!("{at}/events"))));
        }
    }
    out
}

/// When each message was said, as far as events tell.
pub(super) fn times<'x>(events: &'x [Json<'x>]) -> BTreeMap<&'x str, Time> {
    let mut times = BTreeMap::new();
    for (event, _) in unnested(events, Some("")) {
        let start = event.at("timestamp");
        match event.text("event") {
            Some("tool") => {
                if let Some(id) = event.text("message_id") {
                    times.entry(id).or_insert_with(|| end(event));
                }
            }
            Some("sample_init") => {
                for message in event.path(&["state", "messages"]).items() {
                    if let Some(id) = message.text("id") {
                        times.entry(id).or_insert_with(|| start.time());
                    }
                }
            }
            _ => {}
        }
    }
    times
}

fn end(event: &Json<'_>) -> Time {
    event.any_of(&["completed", "timestamp"]).time()
}

/// The result of a tool event.
pub(super) fn result(event: &Json<'_>, attachments: &Attachments<'_>) -> Event {
    let mut row = Event::new(Kind::ToolResult, Role::Tool);
    row.ts = end(event);
    row.message_id = event.string("message_id");
    row.span_id = event.string("span_id");
    row.tool_call_id = event.string("id");
    if let Some(name) = event.text("function") {
        set_tool(&mut row, name);
    }
    let text = event.at("result").display().unwrap_or_default();
    row.tool_call_result = Some(attachments.text(&text, &mut row).to_owned());
    if event.at("error").is_object() {
        row.tool_is_error = Some(true);
        row.error_type = event.at("error").string("type");
        row.error_message = event.at("error").at("message").display();
    }
    row
}

/// Any event that is neither a model call nor a tool.
pub(super) fn other(walk: &mut Walk<'_>, event: &Json<'_>, pointer: &str, ts: Time) {
    let name = event.text("event").unwrap_or_default();
    let kind = match name {
        "span_begin" => return walk.memory.spans.begin(event),
        "step" => return walk.memory.spans.step(event),
        // Copies of what messages and scores say; the record itself is kept as evidence.
        "span_end" | "state" | "store" | "sample_init" | "subtask" => return,
        "score" => return score(walk, event, pointer, ts),
        "error" => Kind::Error,
        "approval" => Kind::Permission,
        "compaction" => Kind::Compaction,
        "branch" => Kind::HistoryEdit,
        "sample_limit" | "sandbox" | "logger" | "info" | "input" | "interrupt" => Kind::Lifecycle,
        _ => Kind::Unknown,
    };
    let mut row = Event::new(kind, Role::Environment);
    row.ts = ts;
    row.span_id = event.string("span_id");
    row.operation_name = Some(name.to_owned());
    fill(walk, &mut row, event, name);
    leftovers(&mut row, event, &COMMON);
    walk.push_alone("event", event.text("uuid"), pointer, row);
}

fn fill(walk: &Walk<'_>, row: &mut Event, event: &Json<'_>, name: &str) {
    let text = match name {
        "error" => {
            row.status = Some("error");
            row.error_message = event.path(&["error", "message"]).display();
            None
        }
        "approval" => {
            row.tool_call_id = event.at("call").string("id");
            row.tool_name = event.at("call").string("function");
            row.tool_call_arguments = event.path(&["call", "arguments"]).display();
            row.status = match event.text("decision") {
                Some("approve" | "modify") => Some("ok"),
                Some("terminate") => Some("aborted"),
                _ => Some("denied"),
            };
            event.at("message").display()
        }
        "sandbox" => event.any_of(&["cmd", "file"]).display(),
        "logger" => {
            flatten(row, "message", event.at("message"));
            event.path(&["message", "message"]).display()
        }
        "info" => event.at("data").display(),
        "input" => event.at("input").display(),
        "sample_limit" => event.at("message").display(),
        _ => Some(event.compact()),
    };
    row.text = text.map(|text| walk.attachments.text(&text, row).to_owned());
}

/// Final scores are told by the sample; the others only here.
fn score(walk: &mut Walk<'_>, event: &Json<'_>, pointer: &str, ts: Time) {
    if event.at("intermediate").bool() == Some(true) {
        let name = event.text("scorer").unwrap_or("intermediate").to_owned();
        walk.score(&name, event.at("score"), &format!("{pointer}/score"), ts);
    }
}
