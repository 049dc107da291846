//! A whole source: container, cutting, salvage, wrappers, event streams, readers. Bytes that
//! are no container must all be accounted for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reveille::ingest::container::{self, Container, Limits};
use reveille::ingest::source::{self, Job, Options};

fuzz_target!(|data: &[u8]| {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), data).expect("a temporary file can be written");
    let limits = Limits { ratio: 100, free: 1 << 20 };
    for finished in [false, true] {
        let job = Job {
            path: file.path().to_owned(),
            size: data.len() as u64,
            mtime_micros: 0,
            head: data[..data.len().min(1024)].to_vec(),
            resume: None,
            prefix: None,
        };
        let options = Options { limits, finished, max_record: 1 << 20, ..Options::default() };
        let mut counts = None;
        let mut rejected = 0;
        source::read(&job, &options, &mut |chunk| {
            rejected += chunk.rejected.len() as u64;
            counts = Some(chunk.progress.counts);
            Ok(())
        })
        .expect("nothing stops it");
        let counts = counts.expect("there is a last chunk");
        assert_eq!(counts.quarantined, rejected);
        if matches!(container::detect(data), Container::Plain | Container::Unsupported(_)) {
            assert_eq!(counts.total_bytes(), data.len() as u64, "{counts:?}");
        }
    }
});
