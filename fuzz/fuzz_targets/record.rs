//! A line of fuzzed text as a record, as `ingest` would hand it to a reader.

use reveille::formats::{Json, Record, json};
use reveille::record::{Id16, Id32, Place};

/// Calls `with` for every line that is JSON.
pub fn each_line(text: &str, mut with: impl FnMut(&Json<'_>, &Record<'_>)) {
    for (index, line) in text.lines().enumerate() {
        let Ok((value, notes)) = json::parse(line) else { continue };
        let place = Place { len: line.len() as u64, ..Place::default() };
        let flags: Vec<&'static str> = notes.flags().collect();
        let record = Record {
            json: &value,
            place: &place,
            raw_sha256: Id32::default(),
            rolling: Id16::of("fuzz", &[line.as_bytes(), &index.to_le_bytes()]),
            index: index as u64,
            source_stream: Id16::default(),
            flags: &flags,
            superseded: false,
            collector: None,
        };
        with(&value, &record);
    }
}
