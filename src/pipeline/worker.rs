//! Reads groups of files, runs the per-event detectors while the text is in cache, and hands
//! the chunks on.

use super::plan::{self, Candidate};
use super::state::States;
use super::sweep::{Control, Loading};
use crate::formats::{Change, Update};
use crate::ingest::chunk::Chunk;
use crate::ingest::known::{KnownSource, KnownSources};
use crate::ingest::source::{self, Stopped};
use crate::ingest::state::SourceState;
use crate::record::{Event, Finding, Id16, Usage};
use crossbeam_channel::Sender;
use std::collections::HashMap;

/// A chunk with what the detectors say about it.
pub(super) struct Work {
    pub(super) chunk: Chunk,
    pub(super) findings: Vec<Finding>,
    /// First chunk of its source: whether the source was new, grown or a copy.
    pub(super) origin: Option<Origin>,
}

/// How a source relates to what was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    New,
    Grown,
    Copy,
}

/// What workers share.
pub(super) struct Shared<'a> {
    pub(super) options: &'a source::Options,
    pub(super) known: &'a KnownSources,
    pub(super) states: &'a States,
    pub(super) rules: &'a Loading<'a>,
    pub(super) control: &'a Control,
}

/// Reads one group in order.
pub(super) fn read_group(
    shared: &Shared<'_>,
    group: &[Candidate],
    output: &Sender<Work>,
) -> Result<(), Stopped> {
    let mut here = Here::new(shared.options.reading());
    for candidate in group {
        read_one(shared, candidate, &mut here, group.len() > 1, output)?;
    }
    Ok(())
}

/// What a group has learnt in this run; a group of one needs no such memory.
struct Here {
    known: KnownSources,
    states: HashMap<Id16, String>,
}

impl Here {
    fn new(reading: Option<&'static str>) -> Self {
        Self { known: KnownSources::new(reading), states: HashMap::new() }
    }
}

fn read_one(
    shared: &Shared<'_>,
    candidate: &Candidate,
    here: &mut Here,
    remember: bool,
    output: &Sender<Work>,
) -> Result<(), Stopped> {
    let (prefix, hasher, resume) = match longest(shared, candidate, here) {
        Some((known, hasher, state)) => (Some(known), Some(hasher), Some(state)),
        None => (None, None, None),
    };
    let mut origin = Some(origin_of(shared, candidate, prefix.as_ref(), resume.is_some()));
    let job = plan::job(candidate, resume, hasher);
    let mut last = None;
    let mut done = 0;
    source::read(&job, shared.options, &mut |mut chunk| {
        // For the detectors; the writer drops rows the lake has, and knows what is then left.
        apply_updates(chunk.events.iter_mut(), &chunk.updates);
        let findings =
            shared.rules.get().map(|rules| rules.scan(&chunk.events)).unwrap_or_default();
        last = remember.then(|| chunk.progress.clone());
        // What a container unpacks to is not known before; its bytes count for as many.
        let read = chunk.progress.last_offset.min(job.size);
        shared.control.add_done(read.saturating_sub(done));
        done = done.max(read);
        let may_stop = chunk.progress.state.is_some() && shared.control.is_stopping();
        output.send(Work { chunk, findings, origin: origin.take() }).map_err(|_| Stopped)?;
        if may_stop { Err(Stopped) } else { Ok(()) }
    })?;
    shared.control.add_done(job.size - done);
    if let Some(progress) = last {
        here.known.insert(KnownSource::from_progress(&progress));
        here.states.insert(progress.file_id, progress.state.unwrap_or_default());
    }
    Ok(())
}

/// The longest known prefix of a file, be it from earlier runs or from this group, with the
/// state to go on from. A state of another offset belongs to another version of its source.
fn longest(
    shared: &Shared<'_>,
    candidate: &Candidate,
    here: &Here,
) -> Option<(KnownSource, blake3::Hasher, SourceState)> {
    let options = shared.options;
    let before =
        plan::known_prefix(candidate, shared.known, options).and_then(|(known, hasher)| {
            let state = shared.states.load(known.file_id)?;
            Some((known.clone(), hasher, state))
        });
    let now = plan::known_prefix(candidate, &here.known, options).and_then(|(known, hasher)| {
        let state = SourceState::parse(here.states.get(&known.file_id)?)?;
        Some((known.clone(), hasher, state))
    });
    let fits = |(known, _, state): &(KnownSource, _, SourceState)| {
        state.position.offset == known.last_offset
    };
    before.into_iter().chain(now).filter(fits).max_by_key(|(known, ..)| known.last_offset)
}

fn origin_of(
    shared: &Shared<'_>,
    candidate: &Candidate,
    prefix: Option<&KnownSource>,
    resumed: bool,
) -> Origin {
    match prefix {
        Some(known) if resumed => {
            let here = shared.options.file_id(&candidate.found.path);
            if known.file_id == here { Origin::Grown } else { Origin::Copy }
        }
        _ => Origin::New,
    }
}

/// Applies updates to events that are still in memory, and keeps those that found none: they
/// are for the overlay.
pub(super) fn settle_updates<'e>(
    events: impl Iterator<Item = &'e mut Event>,
    updates: &mut Vec<Update>,
) {
    let mut done = apply_updates(events, updates).into_iter();
    updates.retain(|_| done.next() != Some(true));
}

/// Applies updates; says which of them have reached the only row there can be.
fn apply_updates<'e>(events: impl Iterator<Item = &'e mut Event>, updates: &[Update]) -> Vec<bool> {
    if updates.is_empty() {
        return Vec::new();
    }
    let mut wanted: HashMap<Id16, Vec<usize>> = HashMap::new();
    for (number, update) in updates.iter().enumerate() {
        wanted.entry(update.event_id).or_default().push(number);
    }
    let mut done = vec![false; updates.len()];
    for event in events {
        for number in wanted.get(&event.event_id).into_iter().flatten() {
            apply(event, &updates[*number]);
            // Another row with this id may be in the lake; the overlay reaches both.
            done[*number] = !event.flags.contains(&"id_conflict");
        }
    }
    done
}

fn apply(event: &mut Event, update: &Update) {
    match &update.change {
        Change::Branch(state) => event.branch_state = Some(*state),
        Change::UsageMoved if event.usage.is_empty() => {}
        Change::UsageMoved => event.usage = Usage::default(),
        Change::Joined(join, call) => {
            event.tool_join = Some(*join);
            event.tool_call_event_id = *call;
        }
    }
}
