//! Runs one reader over text, for the tests of readers.
//!
//! Every line is a record; the real cutting of sources is `ingest`'s business.

use super::{Format, Record, Sink, Update, json};
use crate::record::id::Hasher;
use crate::record::{Event, Id16, Id32, Place, Reason};

/// What a reader made of a text.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Events in the order they were pushed, updates not applied.
    pub(crate) events: Vec<Event>,
    /// Updates in order.
    pub(crate) updates: Vec<Update>,
    /// Rejected lines (1-based) with the reason.
    pub(crate) rejected: Vec<(u64, Reason)>,
}

/// `kind:text` of every row.
pub(crate) fn shown(outcome: &Outcome) -> Vec<String> {
    outcome.events.iter().map(show).collect()
}

/// `kind:text` of a row.
pub(crate) fn show(event: &Event) -> String {
    let fields =
        [&event.text, &event.reasoning, &event.tool_call_arguments, &event.tool_call_result];
    let said = fields.into_iter().flatten().next().cloned().unwrap_or_default();
    format!("{}:{said}", event.kind.map_or("", |kind| kind.as_str()))
}

/// Reads each line of `text` as one record of `format`.
pub(crate) fn read(format: &dyn Format, text: &str) -> Outcome {
    read_records(format, &text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>())
}

/// Reads each element as one record of `format` (for pretty-printed inputs).
pub(crate) fn read_records(format: &dyn Format, records: &[&str]) -> Outcome {
    read_in_sittings(format, records, &[])
}

/// The same, but before each record named in `breaks` the run ends and another goes on with the
/// state that was saved.
pub(crate) fn read_in_sittings(format: &dyn Format, records: &[&str], breaks: &[usize]) -> Outcome {
    let mut reader = format.reader();
    let mut sink = Sink::new("", Id16::default(), super::sink::SinkState::default());
    let mut outcome = Outcome::default();
    let mut rolling = Id16::default();
    let mut offset = 0;
    for (index, line) in records.iter().enumerate() {
        if breaks.contains(&index) {
            reader.finish(&mut sink);
            outcome.take(&mut sink);
            let saved = reader.save().to_string();
            reader = format.reader();
            reader.restore(&serde_json::from_str(&saved).expect("what was saved is JSON"));
            sink = Sink::new("", Id16::default(), sink.state().clone());
        }
        let mut hasher = Hasher::new("rolling");
        rolling = hasher.part(rolling.as_bytes()).part(line.as_bytes()).finish();
        let place = Place {
            path: "test.jsonl".to_owned(),
            container_path: None,
            line: Some(index as u64 + 1),
            offset,
            len: line.len() as u64,
        };
        offset += line.len() as u64 + 1;
        let (value, notes) = json::parse(line).expect("test input is JSON");
        let flags: Vec<&'static str> = notes.flags().collect();
        let record = Record {
            json: &value,
            place: &place,
            raw_sha256: Id32::default(),
            rolling,
            index: index as u64,
            source_stream: Id16::of("test", &[b"source"]),
            flags: &flags,
            superseded: false,
            collector: None,
        };
        sink.begin(format.id(), &record);
        if let Err(reason) = reader.read(&record, &mut sink) {
            outcome.rejected.push((index as u64 + 1, reason));
        }
    }
    reader.finish(&mut sink);
    outcome.take(&mut sink);
    outcome
}

impl Outcome {
    fn take(&mut self, sink: &mut Sink) {
        let (mut events, mut updates) = sink.take();
        self.events.append(&mut events);
        self.updates.append(&mut updates);
    }
}
