//! Every reader: lines are detected and read, and then read again by a reader that the first
//! byte names, as if the user had forced the format.

#![no_main]

mod record;

use libfuzzer_sys::fuzz_target;
use record::each_line;
use reveille::formats::sink::SinkState;
use reveille::formats::{Format, Sink, registry};
use reveille::record::{Id16, Kind};

fn read(text: &str, forced: Option<&'static dyn Format>) {
    let mut sink = Sink::new("", Id16::default(), SinkState::default());
    let mut reader = forced.map(|format| (format, format.reader()));
    each_line(text, |value, record| {
        let last = reader.as_ref().map(|(format, _)| *format);
        let Some(format) = forced.or_else(|| registry::detect(value, last).map(|(f, _)| f)) else {
            return;
        };
        if last.is_none_or(|last| last.id() != format.id()) {
            reader = Some((format, format.reader()));
        }
        sink.begin(format.id(), record);
        if let Some((_, reader)) = &mut reader {
            let _ = reader.read(record, &mut sink);
            let state = reader.save();
            reader.restore(&state);
        }
    });
    if let Some((_, reader)) = &mut reader {
        reader.finish(&mut sink);
    }
    for event in sink.take().0 {
        // Whose a record is that nobody knows may be unknown.
        assert!(event.role.is_some() || event.kind == Some(Kind::Unknown), "{event:?}");
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, data)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(data);
    read(&text, None);
    read(&text, registry::ALL.get(usize::from(choice) % registry::ALL.len()).copied());
});
