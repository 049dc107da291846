//! The session as a graph: what led to what.

use super::parts::Session;
use super::weigh::Weighed;
use crate::record::column_enum::column_enum;
use crate::record::{Id16, Kind};

column_enum! {
    /// Why two events belong together.
    EdgeKind {
        /// A call and its result.
        ResultOf = "result",
        /// A value in a text that a later call uses.
        ValueFlow = "value_flow",
        /// A request and the call it asks for.
        Request = "request",
        /// A call and the text that tells of it.
        Assertion = "assertion",
        /// A thought and the call after it.
        Plan = "plan",
        /// A call and the sub-agent it started.
        SubAgent = "sub_agent",
    }
}

/// An edge between two events.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Where it begins.
    pub from: Id16,
    /// Where it ends.
    pub to: Id16,
    /// Why.
    pub kind: EdgeKind,
    /// The value that flows, the class that is asked for.
    pub detail: String,
}

/// The edges of a session, sorted.
pub(crate) fn edges(session: &Session<'_>, weighed: &[Weighed]) -> Vec<Edge> {
    let id = |part: usize| session.parts[part].event.event_id;
    let mut edges = Vec::new();
    let mut add = |from: Id16, to: Id16, kind, detail: String| {
        if from != to {
            edges.push(Edge { from, to, kind, detail });
        }
    };
    for call in &session.calls {
        if let Some(result) = call.result {
            add(id(call.part), id(result), EdgeKind::ResultOf, String::new());
        }
    }
    for one in weighed {
        let part = session.calls[one.call].part;
        let act = &session.calls[one.call].acts[one.act];
        if let Some(ask) = &one.ask {
            add(id(ask.part), id(part), EdgeKind::Request, act.class.as_str().to_owned());
        }
        if let Some(told) = one.told_in {
            add(id(part), id(told), EdgeKind::Assertion, String::new());
        }
        for target in &one.targets {
            if let Some(mention) = target.provenance.mention {
                let value = act.values[target.value].canonical();
                let short: String = value.chars().take(120).collect();
                add(id(mention.part), id(part), EdgeKind::ValueFlow, short);
            }
        }
    }
    plans(session, &mut add);
    sub_agents(session, &mut add);
    edges.sort();
    edges.dedup();
    edges
}

/// A thought belongs to the next call.
fn plans(session: &Session<'_>, add: &mut impl FnMut(Id16, Id16, EdgeKind, String)) {
    let mut thought = None;
    for part in &session.parts {
        match part.event.kind {
            Some(Kind::Reasoning) => thought = Some(part.event.event_id),
            Some(Kind::ToolCall) => {
                if let Some(thought) = thought.take() {
                    add(thought, part.event.event_id, EdgeKind::Plan, String::new());
                }
            }
            _ => {}
        }
    }
}

/// A sub-agent's first part belongs to the call that started it.
fn sub_agents(session: &Session<'_>, add: &mut impl FnMut(Id16, Id16, EdgeKind, String)) {
    let mut seen = std::collections::HashSet::new();
    for part in session.parts.iter().filter(|part| part.is_side) {
        let Some(parent) = part.event.parent_tool_call_id.as_deref() else { continue };
        let first = seen.insert((parent, part.event.stream_id));
        let call = session
            .calls
            .iter()
            .map(|call| &session.parts[call.part])
            .find(|call| !call.is_side && call.event.tool_call_id.as_deref() == Some(parent));
        if let (true, Some(call)) = (first, call) {
            add(call.event.event_id, part.event.event_id, EdgeKind::SubAgent, String::new());
        }
    }
}
