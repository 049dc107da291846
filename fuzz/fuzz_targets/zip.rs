//! Archives: whatever the directory says, reading ends, within the limits, without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reveille::ingest::container::Limits;
use reveille::ingest::source::{self, Job, Options};

fuzz_target!(|data: &[u8]| {
    let bytes = [b"PK\x03\x04", data].concat();
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), &bytes).expect("a temporary file can be written");
    let limits = Limits { ratio: 100, free: 1 << 20 };
    let job = Job {
        path: file.path().to_owned(),
        size: bytes.len() as u64,
        mtime_micros: 0,
        head: bytes[..bytes.len().min(1024)].to_vec(),
        resume: None,
        prefix: None,
    };
    let options = Options { limits, ..Options::default() };
    let mut total = 0;
    source::read(&job, &options, &mut |chunk| {
        total = chunk.progress.counts.total_bytes();
        Ok(())
    })
    .expect("nothing stops it");
    assert!(total <= limits.of(bytes.len() as u64), "{total}");
});
