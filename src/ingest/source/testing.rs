//! Reads bytes as a source and collects what comes out, for tests.

use super::super::chunk::{Progress, Rejected};
use super::super::container::Limits;
use super::{Job, Options, read, stream_head};
use crate::record::Event;

/// Everything a source gave.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Outcome {
    pub(in crate::ingest) events: Vec<Event>,
    pub(in crate::ingest) rejected: Vec<Rejected>,
    pub(in crate::ingest) progress: Progress,
}

impl Outcome {
    /// Codes of the rejections, in order.
    pub(in crate::ingest) fn reasons(&self) -> Vec<&'static str> {
        self.rejected.iter().map(|rejected| rejected.reason.code()).collect()
    }
}

impl Event {
    pub(in crate::ingest) fn role_name(&self) -> &'static str {
        self.role.map_or("", |role| role.as_str())
    }

    pub(in crate::ingest) fn branch_name(&self) -> &'static str {
        self.branch_state.map_or("", |state| state.as_str())
    }
}

/// Reads bytes as a file.
pub(in crate::ingest) fn read_with(bytes: &[u8], options: &Options) -> Outcome {
    read_job(bytes, options, |job| job)
}

/// Reads bytes as a file, with a job that the caller may change.
pub(in crate::ingest) fn read_job(
    bytes: &[u8],
    options: &Options,
    change: impl Fn(Job) -> Job,
) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("source");
    std::fs::write(&path, bytes).unwrap();
    let head = stream_head(&path, Limits::default()).map(|(_, head)| head).unwrap_or_default();
    let size = bytes.len() as u64;
    let job = change(Job { path, size, mtime_micros: 0, head, resume: None, prefix: None });
    let mut outcome = Outcome::default();
    read(&job, options, &mut |mut chunk| {
        outcome.events.append(&mut chunk.events);
        outcome.rejected.append(&mut chunk.rejected);
        outcome.progress = chunk.progress;
        Ok(())
    })
    .unwrap();
    outcome
}
