//! What there is to read: files that are new or have changed, in groups.
//!
//! Files whose first bytes agree may be copies or longer versions of each other, so they form
//! one group, which one worker reads in order, knowing what it has just read. Everything else
//! is a group of its own.

use crate::ingest::known::{self, KnownSource, KnownSources};
use crate::ingest::source::{self, Job};
use crate::ingest::walk::{Found, Unreadable, Walk};
use std::collections::BTreeMap;

/// Groups of files in the order in which they are written.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) groups: Vec<Vec<Candidate>>,
    pub(super) unchanged: usize,
    pub(super) unreadable: Vec<Unreadable>,
    pub(super) skipped: Vec<Unreadable>,
    pub(super) bytes: u64,
    /// Files of which events were made in another reading, by its name.
    pub(super) otherwise: BTreeMap<String, u64>,
}

/// A file that must be looked at.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) found: Found,
    pub(super) head: Vec<u8>,
}

/// Compares what a walk found with what is known.
pub(super) fn plan(walk: Walk, known: &KnownSources, options: &source::Options) -> Plan {
    let mut plan = Plan { unreadable: walk.unreadable, skipped: walk.skipped, ..Plan::default() };
    let mut by_head: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for found in walk.files {
        if known.unchanged(&found).is_some() {
            plan.unchanged += 1;
            continue;
        }
        plan.bytes += found.size;
        for reading in known.other_readings(&found.path) {
            let name = reading.unwrap_or("no mapping").to_owned();
            *plan.otherwise.entry(name).or_default() += 1;
        }
        // A stream that cannot be opened has no head; the worker will say why.
        let head = match source::stream_head(options.file(&found.path), options.limits) {
            Ok((_, head)) => head,
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                let reason = error.to_string();
                plan.unreadable.push(Unreadable { path: found.path, reason });
                continue;
            }
            Err(_) => Vec::new(),
        };
        let candidate = Candidate { found, head };
        if candidate.head.is_empty() {
            plan.groups.push(vec![candidate]);
            continue;
        }
        let hash = known::head_hash(&candidate.head, None).0.to_vec();
        let group = *by_head.entry(hash).or_insert_with(|| {
            plan.groups.push(Vec::new());
            plan.groups.len() - 1
        });
        plan.groups[group].push(candidate);
    }
    plan
}

/// How much of a file is known already: the longest known prefix of its content.
pub(super) fn known_prefix<'a>(
    candidate: &Candidate,
    known: &'a KnownSources,
    options: &source::Options,
) -> Option<(&'a KnownSource, blake3::Hasher)> {
    if !known.may_know(&candidate.head) {
        return None;
    }
    let (file, head) = source::open(options.file(&candidate.found.path)).ok()?;
    let container = crate::ingest::container::detect(&head);
    let mut stream = crate::ingest::container::open(container, file, options.limits).ok()?;
    known.longest_prefix(&candidate.head, &mut stream).ok()?
}

/// The job for a file.
pub(super) fn job(
    candidate: &Candidate,
    resume: Option<crate::ingest::state::SourceState>,
    prefix: Option<blake3::Hasher>,
) -> Job {
    Job {
        path: candidate.found.path.clone(),
        size: candidate.found.size,
        mtime_micros: candidate.found.mtime_micros,
        head: candidate.head.clone(),
        resume,
        prefix,
    }
}
