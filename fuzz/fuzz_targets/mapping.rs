//! Mappings of `--map`: no text makes parsing panic, what is parsed prints as itself, and no record makes
//! a reader of one panic. The mapping ends at the first NUL, records are lines.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reveille::formats::mapped::{Mapped, Mapping};
use reveille::formats::sink::SinkState;
use reveille::formats::{Format, Record, Sink, json};
use reveille::record::{Id16, Id32, Place};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (mapping, records) = text.split_once('\0').unwrap_or((&text, ""));
    let Ok(mapping) = mapping.parse::<Mapping>() else { return };
    assert_eq!(mapping.to_string().parse::<Mapping>().as_ref(), Ok(&mapping));
    let format = Mapped::new(mapping);
    let mut reader = format.reader();
    let mut sink = Sink::new("", Id16::default(), SinkState::default());
    for (index, line) in records.lines().enumerate() {
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
        sink.begin(format.id(), &record);
        let _ = reader.read(&record, &mut sink);
        let state = reader.save();
        reader.restore(&state);
    }
    reader.finish(&mut sink);
    assert!(sink.take().0.iter().all(|event| event.kind.is_some()));
});
