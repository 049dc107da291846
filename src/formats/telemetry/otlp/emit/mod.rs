//! From what a unit says to rows: what is new, under which name, and who counts the tokens.
//!
//! Every unit leaves at least one row unless it only repeats messages. Inputs are named by
//! their place in the history of their session, so that resends collapse; outputs by trace and
//! span. What no column holds goes to the attributes of the unit's first row.

mod account;
mod messages;

use super::dialect::{Content, Nature};
use super::memory::Memory;
use super::message::{Message, What, canonical_json};
use super::rows;
use super::walk::{Signal, Unit};
use crate::formats::history::context_root;
use crate::formats::json::Json;
use crate::formats::{Key, Sink};
use crate::record::{Event, Id16, Kind, Role};

/// How a row is named.
#[derive(Debug, Clone, Copy)]
enum Name {
    /// By its place in the unit.
    Unit(&'static str, i32),
    /// By the unit's own name: ids of spans are reused, by mistake and on purpose.
    Whole,
    /// By its place in the history.
    Context(Id16),
}

struct Row {
    name: Name,
    seq: i64,
    event: Event,
}

/// Writes the rows of one unit.
pub(super) struct Emitter<'m> {
    memory: &'m mut Memory,
    session: String,
    /// Template of outputs; inputs use it without what only outputs have.
    base: Event,
    group: Id16,
    seq: i64,
    rows: Vec<Row>,
    /// Names to remember once the unit is done: copies *within* a unit are not copies.
    learnt: Vec<Id16>,
    /// Index in `rows` of the last row of the model's answer.
    anchor: Option<usize>,
    /// Outputs were left out because they had been logged.
    repeats: bool,
}

/// Turns a unit into rows and pushes them.
pub(super) fn emit(
    mut unit: Unit<'_>,
    content: Content,
    memory: &mut Memory,
    sink: &mut Sink,
    fresh: Id16,
    index: i64,
) {
    let duration = unit.base.duration_ms.take().or_else(|| {
        let nanos = unit.end?.checked_sub(unit.start).filter(|n| unit.start > 0 && *n >= 0)?;
        Some(nanos as f64 / 1e6)
    });
    let seq = if unit.start > 0 { unit.start } else { index };
    let group = match unit.base.response_id.as_deref() {
        Some(id) => Id16::of("call", &[id.as_bytes()]),
        None => Id16::of("otlp.call", &[unit.ids[0].as_bytes(), unit.ids[1].as_bytes()]),
    };
    let mut emitter = Emitter {
        memory,
        session: sink.session_id().to_owned(),
        base: unit.base.clone(),
        group,
        seq,
        rows: Vec::new(),
        learnt: Vec::new(),
        anchor: None,
        repeats: false,
    };
    emitter.run(&mut unit, content, fresh, duration);
    emitter.push(&unit, sink);
}

impl Emitter<'_> {
    fn run(
        &mut self,
        unit: &mut Unit<'_>,
        mut content: Content,
        fresh: Id16,
        duration: Option<f64>,
    ) {
        let finish = self.base.finish_reason.take();
        let nature = content.nature;
        self.base.call_group = (nature == Nature::Model).then_some(self.group);
        self.preface(&mut content, unit);
        let input = std::mem::take(&mut content.input);
        let output = std::mem::take(&mut content.output);
        let first_output = match nature {
            Nature::Model => {
                let both = (input, output);
                self.model_messages(unit, &content, both, fresh, finish.as_deref())
            }
            _ => {
                let start = self.rows.len();
                self.repeated_messages(unit, nature, input, output);
                start
            }
        };
        for mut extra in std::mem::take(&mut content.extras) {
            rows::inherit(&mut extra.event, &self.base);
            extra.event.json_pointer.get_or_insert_with(|| unit.pointer.clone());
            if extra.event.kind == Some(Kind::Usage) {
                extra.event.call_group = Some(self.group);
            }
            self.row(Name::Unit(extra.direction, extra.number), extra.event);
        }
        if nature == Nature::Model {
            self.account(unit, &content, first_output);
        }
        let alone = self.rows.is_empty() && unit.signal != Signal::Messages;
        let wraps = unit.signal == Signal::Span && matches!(nature, Nature::Agent | Nature::Other);
        if alone || wraps {
            let event = rows::lifecycle(unit, &self.base);
            self.rows.insert(0, Row { name: Name::Whole, seq: self.seq, event });
        }
        let timed = self.anchor.filter(|_| nature == Nature::Model);
        let last = (nature == Nature::Tool).then(|| self.rows.len().saturating_sub(1));
        let timed = timed.or(last).unwrap_or(0);
        if let Some(row) = self.rows.get_mut(timed) {
            row.event.duration_ms = duration;
        }
        self.facts(unit, &content);
    }

    /// Tools and system prompts: once per session, with their hashes on every row.
    fn preface(&mut self, content: &mut Content, unit: &Unit<'_>) {
        if let Some((tools, pointer)) = content.tools.take() {
            let hash = Id16::of("tools", &[canonical_json(Some(&tools)).as_bytes()]);
            self.base.tools_hash = Some(hash);
            if self.is_new("tools", hash) {
                let mut event = self.input_base();
                event.kind = Some(Kind::ToolDefinitions);
                event.role = Some(Role::System);
                event.text = Some(tools);
                event.json_pointer = pointer.or_else(|| Some(unit.pointer.clone()));
                event.message_index = Some(-1);
                event.part_index = Some(0);
                self.row(Name::Context(Id16::of("otlp.tools", &[hash.as_bytes()])), event);
            }
        }
        let mut system = std::mem::take(&mut content.system);
        let leading = content.input.iter().take_while(|m| rows::is_instruction(m)).count();
        system.extend(content.input.drain(..leading));
        if system.is_empty() {
            return;
        }
        let whole: Vec<String> = system.iter().map(Message::canonical).collect();
        // The same system prompt has the same hash in the chat formats.
        let marked: String = whole.iter().map(|text| format!("\u{1e}t\u{1f}{text}")).collect();
        self.base.system_hash = Some(context_root(&marked));
        for (message, text) in system.into_iter().zip(whole) {
            let hash = Id16::of("otlp.system", &[text.as_bytes()]);
            if self.is_new("system", hash) {
                let base = self.input_base();
                self.message(&base, message, 0, &Name::Context(hash));
            }
        }
    }

    fn is_new(&mut self, what: &str, hash: Id16) -> bool {
        let parts = [self.session.as_bytes(), what.as_bytes(), hash.as_bytes()];
        self.memory.seen.insert(Id16::of("otlp.once", &parts))
    }

    /// Rows of inputs carry nothing that belongs to the response.
    fn input_base(&self) -> Event {
        self.base.clone().with(|event| {
            event.call_group = None;
            event.response_id = None;
            event.error_type = None;
            event.time_to_first_chunk_ms = None;
        })
    }

    /// Adds the rows of a message, numbered from `part` on; returns the next number.
    fn message(&mut self, base: &Event, mut message: Message, part: i32, name: &Name) -> i32 {
        let mut next = part;
        let first = self.rows.len();
        for part in std::mem::take(&mut message.parts) {
            if matches!(part.what, What::Call { id: Some(_), .. }) {
                self.learnt.push(messages::call_mark(&self.session, &part));
            }
            for scope_id in ["", part.call_id().unwrap_or_default()] {
                self.learnt.extend(part.seen_id(&self.session, scope_id));
            }
            for mut event in rows::of_part(base, &message, part) {
                event.message_index = Some(message.index);
                event.part_index = Some(next);
                next += 1;
                self.row(*name, event);
            }
        }
        if let Some(row) = self.rows.get_mut(first) {
            row.event.attrs.append(&mut message.extra);
        }
        next
    }

    fn row(&mut self, name: Name, event: Event) {
        self.rows.push(Row { name, seq: self.seq, event });
    }

    /// What no column holds, on the first row.
    fn facts(&mut self, unit: &mut Unit<'_>, content: &Content) {
        for row in &mut self.rows {
            content.flags.iter().for_each(|flag| row.event.flag(flag));
        }
        let Some(first) = self.rows.first_mut() else { return };
        let quoted = |text: &str| Json::String(text.into()).compact();
        let mut attrs = vec![("dialect".to_owned(), quoted(content.dialect))];
        if !unit.name.is_empty() {
            attrs.insert(0, ("name".to_owned(), quoted(&unit.name)));
        }
        if self.repeats {
            attrs.push(("repeats_call".to_owned(), "true".to_owned()));
        }
        if let Some(message) = unit.error.as_deref().filter(|message| !message.is_empty()) {
            attrs.push(("status.message".to_owned(), quoted(message)));
        }
        if !unit.body.is_null() {
            attrs.push(("body".to_owned(), unit.body.compact()));
        }
        attrs.append(&mut unit.facts);
        attrs.extend(unit.attrs.rest());
        if !unit.attrs.shadowed.is_empty() {
            first.event.flag("duplicate_keys");
        }
        first.event.attrs.extend(attrs);
    }

    fn push(self, unit: &Unit<'_>, sink: &mut Sink) {
        let [trace, span] = &unit.ids;
        let own = unit.fingerprint.to_string();
        let mut index: i32 = -1;
        for mut row in self.rows {
            sink.seq(row.seq);
            index = row.event.message_index.unwrap_or(index.saturating_add(1));
            row.event.message_index = Some(index);
            // Several logs belong to one span; only the answer of the model is the span's own.
            let of_span = unit.signal != Signal::Log || row.event.call_group.is_some();
            let (trace, span) = if of_span { (trace.as_str(), span) } else { ("log", &own) };
            match row.name {
                Name::Context(hash) => sink.push(Key::Context(hash), row.event),
                Name::Whole => {
                    sink.push(Key::Native(&[trace, span, "span", &unit.name]), row.event)
                }
                Name::Unit(direction, number) => {
                    let number = number.to_string();
                    sink.push(Key::Native(&[trace, span, direction, &number]), row.event)
                }
            };
        }
        for id in self.learnt {
            self.memory.seen.insert(id);
        }
    }
}
