//! Every byte of every sample is in exactly one counter.

use super::{read, shared};
use reveille::ingest::container::{self, Container, Limits};
use reveille::ingest::source::{self, Options};
use std::io;
use std::path::{Path, PathBuf};

/// How many files of a folder of many alike are looked at.
const SAMPLE: usize = 300;

fn files(folder: &Path) -> Vec<PathBuf> {
    let walk = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = walk.filter(|entry| entry.file_type().is_file());
    files.map(walkdir::DirEntry::into_path).collect()
}

/// Every n-th, so that the sample is from everywhere.
fn sample(files: Vec<PathBuf>) -> Vec<PathBuf> {
    let step = files.len().div_ceil(SAMPLE).max(1);
    files.into_iter().step_by(step).collect()
}

/// Bytes of the logical stream, as far as it can be read; `None` for archives.
fn stream_len(path: &Path) -> Option<u64> {
    let (file, head) = source::open(path).unwrap();
    match container::detect(&head) {
        Container::Zip => None,
        Container::Unsupported(_) => Some(path.metadata().unwrap().len()),
        found => {
            let mut counted = 0;
            let mut stream = container::open(found, file, Limits::default()).unwrap();
            let mut buffer = vec![0; 1 << 16];
            while let Ok(count @ 1..) = io::Read::read(&mut stream, &mut buffer) {
                counted += count as u64;
            }
            Some(counted)
        }
    }
}

fn check(files: &[PathBuf]) {
    for path in files {
        let found = read(path, &Options { keep_raw: false, ..Options::default() });
        let counts = found.progress.counts;
        if let Some(len) = stream_len(path) {
            assert_eq!(counts.total_bytes(), len, "{}: {counts:?}", path.display());
        }
        let rejected = found.rejected.len() as u64;
        assert_eq!(counts.quarantined, rejected, "{}", path.display());
        assert_eq!(counts.events, found.events.len() as u64, "{}", path.display());
        // A file that has bytes is read, rejected or waiting: never silently nothing.
        let explained = counts.records + counts.quarantined + counts.pending_bytes;
        let blank = counts.total_bytes() == counts.blank_bytes;
        assert!(explained > 0 || blank, "{}: {counts:?}", path.display());
    }
}

#[test]
fn every_byte_of_the_format_samples_is_accounted_for() {
    let Some(data) = shared() else { return };
    check(&files(&data.join("formats")));
}

#[test]
fn every_byte_of_the_sessions_is_accounted_for() {
    let Some(data) = shared() else { return };
    check(&sample(files(&data.join("sessions"))));
}

#[test]
fn every_byte_of_the_agent_samples_is_accounted_for() {
    let Some(data) = shared() else { return };
    let folders = std::fs::read_dir(data.join("agents")).unwrap();
    for folder in folders {
        check(&sample(files(&folder.unwrap().path())));
    }
}
