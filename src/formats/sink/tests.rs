//! Tests of identity, joins and counters, with a format that does what each record says.

mod identity;
mod joins;
mod state;

use super::{Key, Session, Sink, SinkState, Update};
use crate::formats::{Format, Json, Reader, Record, json};
use crate::record::id::Hasher;
use crate::record::{BranchState, Event, Id16, Id32, Kind, Place, Reason, Role, Usage};

/// One event per record, or one per element of `parts`:
/// `{"session","key","kind","role","id","name","args","result","text","group","in",…}`.
struct Fake;

impl Format for Fake {
    fn id(&self) -> &'static str {
        "fake"
    }

    fn title(&self) -> &'static str {
        "for tests"
    }

    fn sniff(&self, _: &Json<'_>) -> u8 {
        0
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(FakeReader)
    }
}

struct FakeReader;

impl Reader for FakeReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let value = record.json;
        match value.text("session") {
            None => {}
            Some("per record") => sink.session(Session::Record),
            Some(id) => match id.strip_prefix("derived ") {
                Some(id) => sink.session(Session::Derived(id)),
                None => sink.session(Session::Native(id)),
            },
        }
        let parts = match value.at("parts") {
            Json::Array(parts) => parts.as_slice(),
            _ => std::slice::from_ref(value),
        };
        for part in parts {
            match part.text("key").or(value.text("key")) {
                Some(key) => sink.push(Key::Native(&[key]), event(part)),
                None => sink.push(Key::Position, event(part)),
            };
        }
        Ok(())
    }
}

fn event(part: &Json<'_>) -> Event {
    let kind = part.text("kind").and_then(Kind::parse).unwrap_or(Kind::AssistantText);
    let role = match kind {
        Kind::UserText => Role::User,
        Kind::ToolResult => Role::Tool,
        _ => Role::Assistant,
    };
    let mut event = Event::new(kind, role);
    event.text = part.string("text");
    event.reasoning = part.string("reasoning");
    // Ids may be blank here, which `string` would leave out.
    event.tool_call_id = part.at("id").str().map(str::to_owned);
    event.tool_name = part.string("name");
    event.tool_call_arguments = part.string("args");
    event.tool_call_result = part.string("result");
    event.message_id = part.string("message");
    event.call_group = part.text("group").map(|group| Id16::of("group", &[group.as_bytes()]));
    event.usage = Usage { input: part.at("in").i64(), ..Usage::default() };
    event.is_synthetic = part.at("synthetic").bool() == Some(true);
    event.part_index = part.at("part").i64().and_then(|part| i32::try_from(part).ok());
    event
}

/// How a source is read.
#[derive(Clone)]
struct Run {
    tenant: &'static str,
    path: &'static str,
    file: u8,
    offset: u64,
    /// Save and restore the state before these records.
    breaks: Vec<usize>,
    superseded: Vec<usize>,
}

impl Default for Run {
    fn default() -> Self {
        let (breaks, superseded) = (Vec::new(), Vec::new());
        Self { tenant: "", path: "a.jsonl", file: 1, offset: 0, breaks, superseded }
    }
}

impl Run {
    fn read(&self, records: &[String]) -> (Vec<Event>, Vec<Update>) {
        let file = Id16::of("file", &[&[self.file]]);
        let mut reader = Fake.reader();
        let mut sink = Sink::new(self.tenant, file, SinkState::default());
        let mut rolling = Id16::default();
        let mut all = (Vec::new(), Vec::new());
        for (index, text) in records.iter().enumerate() {
            if self.breaks.contains(&index) {
                let state = serde_json::to_string(sink.state()).unwrap();
                take(&mut sink, &mut all);
                sink = Sink::new(self.tenant, file, serde_json::from_str(&state).unwrap());
            }
            let mut hasher = Hasher::new("rolling");
            rolling = hasher.part(rolling.as_bytes()).part(text.as_bytes()).finish();
            let place = Place {
                path: self.path.to_owned(),
                offset: self.offset + index as u64 * 1000,
                len: text.len() as u64,
                ..Place::default()
            };
            let (value, notes) = json::parse(text).unwrap();
            let flags: Vec<&'static str> = notes.flags().collect();
            let record = Record {
                json: &value,
                place: &place,
                raw_sha256: Id32::default(),
                rolling,
                index: index as u64,
                source_stream: Id16::of("source", &[b"x"]),
                flags: &flags,
                superseded: self.superseded.contains(&index),
                collector: None,
            };
            sink.begin(Fake.id(), &record);
            reader.read(&record, &mut sink).unwrap();
        }
        take(&mut sink, &mut all);
        all
    }

    fn events(&self, text: &str) -> Vec<Event> {
        self.read(&lines(text)).0
    }
}

fn take(sink: &mut Sink, all: &mut (Vec<Event>, Vec<Update>)) {
    let (events, updates) = sink.take();
    all.0.extend(events);
    all.1.extend(updates);
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

fn events(text: &str) -> Vec<Event> {
    Run::default().events(text)
}

fn updates(text: &str) -> (Vec<Event>, Vec<Update>) {
    Run::default().read(&lines(text))
}
