//! Mappings of `--map`: no text makes parsing panic, what is parsed prints as itself, and no record makes
//! a reader of one panic. The mapping ends at the first NUL, records are lines.

#![no_main]

mod record;

use libfuzzer_sys::fuzz_target;
use record::each_line;
use reveille::formats::mapped::{Mapped, Mapping};
use reveille::formats::sink::SinkState;
use reveille::formats::{Format, Sink};
use reveille::record::Id16;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (mapping, records) = text.split_once('\0').unwrap_or((&text, ""));
    let Ok(mapping) = mapping.parse::<Mapping>() else { return };
    assert_eq!(mapping.to_string().parse::<Mapping>().as_ref(), Ok(&mapping));
    let format = Mapped::new(mapping);
    let mut reader = format.reader();
    let mut sink = Sink::new("", Id16::default(), SinkState::default());
    each_line(records, |_, record| {
        sink.begin(format.id(), record);
        let _ = reader.read(record, &mut sink);
        let state = reader.save();
        reader.restore(&state);
    });
    reader.finish(&mut sink);
    assert!(sink.take().0.iter().all(|event| event.kind.is_some()));
});
