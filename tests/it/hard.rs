//! Real and hand-made troublesome files from outside the repository, if they are there: what is
//! read of each, what is not and why, and that every byte is accounted for.
//!
//! The folder is named by `REVEILLE_SHARED`, else it is `../shared/data` beside the repository.

mod accounts;
mod cases;

use reveille::formats::{Change, Update};
use reveille::ingest::chunk::{Progress, Rejected};
use reveille::ingest::container::Limits;
use reveille::ingest::source::{self, Job, Options};
use reveille::record::{BranchState, Event, Usage};
use std::path::{Path, PathBuf};

/// The folder of samples; says so if there is none.
fn shared() -> Option<PathBuf> {
    let beside = || crate::support::root().join("../shared/data");
    let folder = std::env::var_os("REVEILLE_SHARED").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no samples at {}; set REVEILLE_SHARED", folder.display());
    None
}

/// What a source gave.
#[derive(Default)]
struct Outcome {
    events: Vec<Event>,
    rejected: Vec<Rejected>,
    raw: Vec<Vec<u8>>,
    progress: Progress,
}

impl Outcome {
    fn reasons(&self) -> Vec<&'static str> {
        self.rejected.iter().map(|rejected| rejected.reason.code()).collect()
    }

    fn kinds(&self) -> Vec<&'static str> {
        self.events.iter().map(|e| e.kind.map_or("", |kind| kind.as_str())).collect()
    }

    fn texts(&self) -> Vec<&str> {
        self.events.iter().map(|e| e.text.as_deref().unwrap_or_default()).collect()
    }

    fn flagged(&self, flag: &str) -> Vec<bool> {
        self.events.iter().map(|e| e.flags.contains(&flag)).collect()
    }

    /// Places as line and offset.
    fn places(&self) -> Vec<(i64, i64)> {
        self.events.iter().map(|e| (e.line_no.unwrap_or_default(), e.byte_offset)).collect()
    }
}

fn read(path: &Path, options: &Options) -> Outcome {
    let size = path.metadata().unwrap().len();
    let head = source::stream_head(path, Limits::default()).map(|(_, head)| head);
    let head = head.unwrap_or_default();
    let job =
        Job { path: path.to_owned(), size, mtime_micros: 0, head, resume: None, prefix: None };
    let mut outcome = Outcome::default();
    let mut updates = Vec::new();
    source::read(&job, options, &mut |mut chunk| {
        outcome.events.append(&mut chunk.events);
        outcome.rejected.append(&mut chunk.rejected);
        outcome.raw.extend(chunk.raw.into_iter().map(|raw| raw.bytes));
        updates.append(&mut chunk.updates);
        outcome.progress = chunk.progress;
        Ok(())
    })
    .unwrap();
    for update in &updates {
        apply(&mut outcome.events, update);
    }
    outcome
}

/// What the lake's views do.
fn apply(events: &mut [Event], update: &Update) {
    let Some(event) = events.iter_mut().find(|e| e.event_id == update.event_id) else { return };
    match &update.change {
        Change::Branch(state) => event.branch_state = Some(*state),
        Change::UsageMoved => event.usage = Usage::default(),
        Change::Joined(join, call) => {
            (event.tool_join, event.tool_call_event_id) = (Some(*join), *call);
        }
    }
}

fn is_branch(event: &Event, state: BranchState) -> bool {
    event.branch_state == Some(state)
}
