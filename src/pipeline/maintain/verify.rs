//! `lake verify`: whether the lake is what was written, and whether it agrees with itself.
//!
//! Every check reads what it needs in streams; what is wrong is counted, and the first few
//! cases are named. A file that cannot be read is one of the wrong things, not the end.

mod evidence;
mod files;
mod sources;

use super::index::{SplitState, look_at};
use crate::lake::{Lake, Result, Snapshot};
use crate::record::schema::Table;

/// What is to be checked, and with what memory.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Compare sources that are still on disk with what was read of them.
    pub sources: bool,
    /// Memory in bytes.
    pub memory: usize,
}

/// The result of one check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// How many things were looked at.
    pub checked: u64,
    /// How many of them are wrong.
    pub wrong: u64,
    /// What else is to be said, nothing of which is wrong.
    pub note: String,
    /// The first few wrong ones.
    pub problems: Vec<String>,
}

/// Wrong things that are named, per check.
const NAMED: usize = 10;

impl Check {
    fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    fn bad(&mut self, problem: impl FnOnce() -> String) {
        self.wrong += 1;
        if self.problems.len() < NAMED {
            self.problems.push(problem());
        }
    }

    /// Notes what came out, if it is not nothing.
    fn note(&mut self, count: u64, what: &str) {
        if count > 0 {
            let separator = if self.note.is_empty() { "" } else { ", " };
            self.note.push_str(&format!("{separator}{count} {what}"));
        }
    }
}

/// Checks a lake.
///
/// # Errors
/// If its logs cannot be read.
pub async fn verify(lake: &Lake, options: Options) -> Result<Vec<Check>> {
    let snapshot = lake.snapshot().await?;
    let mut checks = vec![files::data_files(&snapshot), files::batches(lake).await?];
    checks.push(evidence::raw_records(&snapshot));
    checks.push(evidence::events(&snapshot, options.memory));
    checks.push(splits(&snapshot));
    if options.sources {
        checks.push(sources::sources(&snapshot));
    }
    Ok(checks)
}

fn splits(snapshot: &Snapshot) -> Check {
    let mut check = Check::new("index splits");
    let Some(dir) = snapshot.dir(Table::Events) else { return check };
    let mut missing = 0;
    for file in snapshot.files(Table::Events) {
        match look_at(dir, file) {
            Ok(SplitState::Good) => check.checked += 1,
            Ok(SplitState::Missing) => missing += 1,
            Ok(SplitState::Bad(why)) => {
                check.checked += 1;
                check.bad(|| format!("split of {}: {why}", file.path));
            }
            // Counted with the data files.
            Err(error) => tracing::debug!(%error, "data file of a split cannot be read"),
        }
    }
    check.note(missing, "data files without index; `reveille lake index --repair` builds it");
    check
}
