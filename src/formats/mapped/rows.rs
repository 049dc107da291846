//! One record to its turns: who said what, in the order in which it was said.
//!
//! A turn is a message, or a record that holds none. In it come the system prompt, the user, and
//! then the model: thought, text, calls; results last. Text in any shape goes to the reader of
//! content that all chat formats share, so tags and blocks are read as everywhere.

use super::left::{Left, left};
use super::many::{Elements, MAX_CELLS, Together};
use super::mapping::{Around, Mapping, Scope, is_present};
use super::path::opened;
use super::target::Target;
use super::tools;
use crate::formats::chat::shared::parts::Parts;
use crate::formats::chat::shared::reasoning::Via;
use crate::formats::chat::sharegpt::turn;
use crate::formats::{Json, common};
use crate::record::{Event, Kind, Role, TimeQuality};

/// What was said at once.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// The session it names.
    pub(super) session: Option<String>,
    /// Its rows, with the number of the message in the turn that each is a part of.
    pub(super) events: Vec<(i32, Event)>,
    /// How many messages these are.
    pub(super) messages: i32,
    /// What no path reaches, and what a path reaches that is not what it should be.
    pub(super) left: Left,
    /// A message in which the mapping finds nothing, kept as it is.
    pub(super) is_unread: bool,
}

impl Turn {
    /// Whether the mapping finds anything here.
    pub(super) fn is_found(&self) -> bool {
        !self.events.is_empty() && !self.is_unread
    }
}

/// Which of the targets are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    /// All of them.
    All,
    /// Those of a record with messages that come before these.
    Before,
    /// Those of each message.
    Message,
    /// Those of a record with messages that come after these.
    After,
}

/// The turns of a record.
pub(super) fn turns(mapping: &Mapping, record: &Json<'_>) -> Vec<Turn> {
    let whole = Scope::record(record);
    let around = &mapping.around(record);
    let mut turns = Vec::new();
    if let Some(messages) = mapping.source(Target::Messages) {
        turns.push(turn(mapping, whole, around, Share::Before));
        let mut elements = Elements::default();
        messages.visit(whole, &mut |value, at| {
            each(value, at, &mut |here, at| {
                let scope = Scope { record, here, at };
                element(mapping, scope, around, Share::Message, &mut elements);
            });
        });
        turns.append(&mut elements.turns());
        turns.push(turn(mapping, whole, around, Share::After));
        turns.push(rest(mapping, whole, around));
    } else if record.is_array() && !mapping.opens_arrays() {
        let mut elements = Elements::default();
        each(record, "", &mut |here, at| {
            element(mapping, Scope { record, here, at }, around, Share::All, &mut elements);
        });
        turns = elements.turns();
    } else {
        turns.push(turn(mapping, whole, around, Share::All));
        turns.push(rest(mapping, whole, around));
    }
    turns
}

/// What a record leaves beside its messages: no rows.
fn rest(mapping: &Mapping, whole: Scope<'_>, around: &Around) -> Turn {
    let mut left = left(whole.record, &mapping.read_in(whole, true));
    left.extend(odd_time(mapping.described(Target::Time, whole, around)));
    Turn { left, ..Turn::default() }
}

/// Adds an element of a list of messages.
fn element(
    mapping: &Mapping,
    scope: Scope<'_>,
    around: &Around,
    share: Share,
    elements: &mut Elements,
) {
    let read = || message(mapping, scope, around, share);
    elements.add((scope.here, scope.at), read, || unread(mapping, scope, around, None));
}

/// A message, with what it leaves. One that leaves something and says nothing is a row all the same.
fn message(mapping: &Mapping, scope: Scope<'_>, around: &Around, share: Share) -> Turn {
    let mut turn = turn(mapping, scope, around, share);
    let mut left = left(scope.here, &mapping.read_in(scope, false));
    if turn.events.is_empty() && !left.is_empty() {
        let role = mapping.described(Target::Role, scope, around);
        turn = Turn { left: turn.left, ..unread(mapping, scope, around, role.as_deref()) };
        left = Left::default();
    }
    turn.left.append(left);
    turn.left.extend(odd_time(mapping.own(Target::Time, scope)));
    turn
}

/// A time that cannot be read as one.
fn odd_time(said: Option<String>) -> Option<(String, String)> {
    let said = Json::String(said?.into());
    let is_odd = said.time().quality == TimeQuality::Invalid;
    is_odd.then(|| (Target::Time.name().to_owned(), said.compact()))
}

/// A message in which the mapping finds nothing: a row with all of it.
fn unread(mapping: &Mapping, scope: Scope<'_>, around: &Around, role: Option<&str>) -> Turn {
    let mut event = Event::new(Kind::Unknown, Role::Other);
    if let Some(role) = role {
        common::set_role(&mut event, role);
    }
    event.text = scope.here.display();
    event.json_pointer = Some(scope.at.to_owned());
    event.flag("unknown_content");
    let mut events = vec![(0, event)];
    describe(mapping, scope, around, &mut events);
    let session = mapping.described(Target::Session, scope, around);
    Turn { session, events, messages: 1, left: Left::default(), is_unread: true }
}

/// The elements of a list that a path stopped at; anything else is itself.
fn each(value: &Json<'_>, at: &str, found: &mut dyn FnMut(&Json<'_>, &str)) {
    match value {
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                found(item, &format!("{at}/{index}"));
            }
        }
        Json::Null => {}
        Json::String(text) => match opened(text) {
            Some(inner) => each(&inner, at, found),
            None => found(value, at),
        },
        other => found(other, at),
    }
}

fn turn(mapping: &Mapping, scope: Scope<'_>, around: &Around, share: Share) -> Turn {
    let (turn, many) = (Turn::default(), Together::default());
    let mut reading = Reading { mapping, scope, around, share, turn, many };
    reading.read();
    let (mut turn, many) = (reading.turn, reading.many);
    if let Some(row) = many.row() {
        turn.events.push((turn.messages, row));
        turn.messages += 1;
    }
    turn.session = mapping.described(Target::Session, scope, around);
    describe(mapping, scope, around, &mut turn.events);
    turn
}

/// Fills what holds for all rows.
fn describe(mapping: &Mapping, scope: Scope<'_>, around: &Around, events: &mut [(i32, Event)]) {
    if events.is_empty() {
        return;
    }
    let of = |target| mapping.described(target, scope, around);
    let (agent, agent_id, model) = (of(Target::Agent), of(Target::AgentId), of(Target::Model));
    let (host, user_id) = (of(Target::Host), of(Target::UserId));
    let read = |time: String| Json::String(time.into()).time();
    let own = mapping.own(Target::Time, scope).map(read);
    // The time of a record says little about the messages in it.
    let time = own.or_else(|| of(Target::Time).map(|time| read(time).inherited()));
    for (_, event) in events {
        event.request_model.clone_from(&model);
        event.ts = time.unwrap_or_default();
        // Most logs have none of these, and setting one to nothing costs each row room.
        if agent.is_some() {
            event.agent_name.clone_from(&agent);
        }
        if agent_id.is_some() {
            event.agent_id.clone_from(&agent_id);
        }
        if host.is_some() {
            event.host_name.clone_from(&host);
        }
        if user_id.is_some() {
            event.user_id.clone_from(&user_id);
        }
    }
}

/// Whether a role says that its content was thought and not said.
fn is_thought(role: &str) -> bool {
    const NAMES: [&str; 11] = [
        "thought",
        "thoughts",
        "thinking",
        "reasoning",
        "reasoner",
        "analysis",
        "cot",
        "scratchpad",
        "chain_of_thought",
        "assistant_thinking",
        "assistant_thought",
    ];
    let role = role.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    NAMES.contains(&role.as_str())
}

/// A turn being read.
struct Reading<'r> {
    mapping: &'r Mapping,
    scope: Scope<'r>,
    around: &'r Around,
    share: Share,
    turn: Turn,
    /// Values of tools that are too many.
    many: Together,
}

impl Reading<'_> {
    fn read(&mut self) {
        self.prompt(Target::System, "system");
        self.prompt(Target::User, "user");
        let role = self.role().unwrap_or_default();
        let mut parts = turn::started(&role, "");
        let speaker = parts.role();
        if is_thought(&role) {
            parts = Parts::new(Some("assistant"), "");
            parts.template().role_raw = Some(role);
            self.thought(Target::Content, &mut parts);
            self.reasoning(&mut parts);
        } else if speaker == Some(Role::Assistant) {
            self.reasoning(&mut parts);
            self.content(&role, &mut parts);
        } else {
            self.content(&role, &mut parts);
            self.message(parts);
            parts = Parts::new(Some("assistant"), "");
            self.reasoning(&mut parts);
        }
        self.said(Target::Assistant, &mut parts);
        self.tools(parts, speaker == Some(Role::Tool));
    }

    fn role(&self) -> Option<String> {
        self.mapping.described(Target::Role, self.scope, self.around)
    }

    /// Calls end the model's message; results are one of their own.
    fn tools(&mut self, mut answer: Parts, is_result: bool) {
        let tools = tools::Tools::of(|target| self.values(target));
        if !is_result {
            tools.calls(&mut answer);
        }
        self.message(answer);
        let of_result = |(_, event): &&mut (i32, Event)| event.kind == Some(Kind::ToolResult);
        let said = self.turn.events.iter_mut().find(of_result);
        let said = said.filter(|_| is_result);
        self.turn.left.extend(tools.left(is_result, said.is_some()));
        if let Some((_, event)) = said {
            tools.complete(0, event);
            return;
        }
        let mut results = Parts::new(Some("tool"), "");
        tools.results(is_result, &mut results);
        self.message(results);
    }

    /// Whether this target is read here.
    fn reads(&self, target: Target) -> bool {
        match self.share {
            Share::All => true,
            Share::Message => !self.mapping.is_of_record(target),
            Share::Before => self.mapping.is_of_record(target) && target.is_prompt(),
            Share::After => self.mapping.is_of_record(target) && !target.is_prompt(),
        }
    }

    fn visit(&self, target: Target, found: &mut dyn FnMut(&Json<'_>, &str)) {
        if let Some(source) = self.mapping.source(target).filter(|_| self.reads(target)) {
            source.visit(self.scope, found);
        }
    }

    /// All values of a target as text; what is not there keeps its place.
    fn values(&mut self, target: Target) -> tools::Column {
        let mut values = Vec::new();
        let source = self.mapping.source(target).filter(|_| self.reads(target));
        let many = &mut self.many;
        let mut found = |value: &Json<'_>, at: &str| match values.len() < MAX_CELLS {
            true => values.push(tools::Cell::of(target, value, at)),
            false => many.value(target, value, at),
        };
        match source {
            Some(source) if target == Target::ToolResult => {
                source.visit_empty_too(self.scope, &mut found);
            }
            Some(source) => source.visit(self.scope, &mut found),
            None => {}
        }
        values
    }

    fn prompt(&mut self, target: Target, role: &str) {
        let mut parts = Parts::new(Some(role), "");
        self.said(target, &mut parts);
        self.message(parts);
    }

    /// Text is read like any message's; an object is kept as it stands.
    fn said(&self, target: Target, parts: &mut Parts) {
        self.visit(target, &mut |value, at| match value {
            _ if !is_present(value) => {}
            Json::Object(entries) if entries.is_empty() => {}
            Json::Object(_) => parts.text(&value.compact(), at),
            other => parts.content(other, at),
        });
    }

    fn reasoning(&self, parts: &mut Parts) {
        self.thought(Target::Reasoning, parts);
    }

    fn thought(&self, target: Target, parts: &mut Parts) {
        self.visit(target, &mut |value, at| match value {
            Json::Object(entries) if entries.is_empty() => {}
            _ if !is_present(value) => {}
            Json::Object(_) => {
                let text = Json::String(value.compact().into());
                parts.reasoning_field(Via::Reasoning, &text, at);
            }
            other => parts.reasoning_field(Via::Reasoning, other, at),
        });
    }

    fn content(&self, role: &str, parts: &mut Parts) {
        self.visit(Target::Content, &mut |value, at| {
            if is_present(value) {
                turn::said(role, None, value, at, parts);
            }
        });
    }

    /// Adds the rows of a message, if it has any.
    fn message(&mut self, parts: Parts) {
        if parts.is_empty() {
            return;
        }
        let index = self.turn.messages;
        self.turn.events.extend(parts.finish().events.into_iter().map(|event| (index, event)));
        self.turn.messages += 1;
    }
}
