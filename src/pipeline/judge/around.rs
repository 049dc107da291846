//! What the lake knows of targets: in how many sessions each was used, and in how many of them it was
//! part of the task; and of what tools do, in how many sessions they go to targets nobody names.

use crate::detect::session::{Surroundings, step_id};
use crate::lake::{Result, Snapshot, read_table};
use crate::record::Id16;
use crate::record::schema::Table;
use arrow::array::{Array, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{Float64Type, Int64Type};
use std::collections::{BTreeMap, HashMap};

/// Counts by target, of the newest judgement of each session. Grows with the number of distinct
/// (session, target) pairs in the lake.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// Sessions, and sessions in which it was part of the task.
    targets: HashMap<Id16, (u64, u64)>,
    /// Whether a target was part of a session's task, by the hash of both.
    pairs: HashMap<Id16, bool>,
    /// Sessions in which only the agent named a target.
    unsourced: HashMap<Id16, u64>,
    /// Of each step how many sessions went how often to targets nobody names.
    steps: HashMap<Id16, BTreeMap<u64, u64>>,
    /// How often a session did, by the hash of both.
    taken: HashMap<Id16, (Id16, u64)>,
    /// Sessions that were judged before.
    sessions: usize,
}

/// Share of the task from which a target counts as part of it …
const PART_OF_TASK: f64 = 0.6;
/// … unless text in a result tells so far to use it: who writes that into many sessions makes no place ordinary.
const TOLD_TO: f64 = 0.3;

/// What is read of an action.
const COLUMNS: &[&str] = &[
    "session_id",
    "tenant",
    "tool_name",
    "verb",
    "class",
    "target",
    "target_origin",
    "entailed",
    "instructed",
    "batch_id",
];

fn number<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b Float64Array> {
    batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<Float64Type>())
}

fn text<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b StringArray> {
    batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>())
}

fn target_key(target: &str) -> Id16 {
    Id16::of("target", &[target.as_bytes()])
}

fn pair_key(session: &str, target: &str) -> Id16 {
    Id16::of("session-target", &[session.as_bytes(), target.as_bytes()])
}

impl Around {
    /// Reads the actions of earlier judgements.
    pub(super) fn load(snapshot: &Snapshot) -> Result<Self> {
        let newest = newest(snapshot)?;
        let mut around = Self { sessions: newest.len(), ..Self::default() };
        read_table(snapshot, Table::Actions, COLUMNS, |_, batch| {
            around.rows(batch, &newest);
            Ok(())
        })?;
        for (step, often) in around.taken.values() {
            *around.steps.entry(*step).or_default().entry(*often).or_default() += 1;
        }
        Ok(around)
    }

    fn rows(&mut self, batch: &RecordBatch, newest: &HashMap<String, (i64, String)>) {
        let of = |name| text(batch, name);
        let (Some(sessions), Some(targets), Some(batches), Some(entailed), Some(instructed)) = (
            of("session_id"),
            of("target"),
            of("batch_id"),
            number(batch, "entailed"),
            number(batch, "instructed"),
        ) else {
            return;
        };
        for row in 0..batch.num_rows() {
            let session = sessions.value(row);
            if newest.get(session).is_none_or(|(_, id)| id != batches.value(row)) {
                continue;
            }
            let is_unsourced = is_unsourced(batch, row);
            self.take(session, step(batch, row), is_unsourced);
            if targets.is_null(row) {
                continue;
            }
            let target = targets.value(row);
            if is_unsourced && !self.pairs.contains_key(&pair_key(session, target)) {
                *self.unsourced.entry(target_key(target)).or_default() += 1;
            }
            let is_task = entailed.value(row) >= PART_OF_TASK && instructed.value(row) < TOLD_TO;
            self.add(session, target, is_task);
        }
    }

    /// How many sessions are known.
    pub(super) fn sessions(&self) -> usize {
        self.sessions
    }

    fn take(&mut self, session: &str, step: Id16, is_unsourced: bool) {
        let taken = self.taken.entry(taken_key(session, &step)).or_insert((step, 0));
        taken.1 += u64::from(is_unsourced);
    }

    /// In how many sessions of earlier runs only the agent named a target, other than the sessions
    /// that `is_now` says are judged now.
    pub(super) fn unsourced(&self, target: &str, now: &[&str]) -> u64 {
        let all = self.unsourced.get(&target_key(target)).copied().unwrap_or_default();
        let again =
            now.iter().filter(|session| self.pairs.contains_key(&pair_key(session, target)));
        all.saturating_sub(again.count() as u64)
    }

    fn add(&mut self, session: &str, target: &str, is_task: bool) {
        let count = self.targets.entry(target_key(target)).or_default();
        match self.pairs.get_mut(&pair_key(session, target)) {
            None => {
                self.pairs.insert(pair_key(session, target), is_task);
                count.0 += 1;
                count.1 += u64::from(is_task);
            }
            Some(known) if is_task && !*known => {
                *known = true;
                count.1 += 1;
            }
            Some(_) => {}
        }
    }
}

fn taken_key(session: &str, step: &Id16) -> Id16 {
    Id16::of("session-step", &[session.as_bytes(), step.as_bytes()])
}

fn step(batch: &RecordBatch, row: usize) -> Id16 {
    let of = |name| {
        text(batch, name)
            .filter(|column| column.is_valid(row))
            .map_or("", |column| column.value(row))
    };
    step_id(of("tenant"), of("tool_name"), of("verb"), of("class"))
}

fn is_unsourced(batch: &RecordBatch, row: usize) -> bool {
    let origin = text(batch, "target_origin").filter(|column| column.is_valid(row));
    origin.is_some_and(|column| matches!(column.value(row), "nowhere" | "reasoning_only"))
}

/// The newest judgement of each session: its number and batch.
fn newest(snapshot: &Snapshot) -> Result<HashMap<String, (i64, String)>> {
    let mut newest: HashMap<String, (i64, String)> = HashMap::new();
    read_table(
        snapshot,
        Table::SessionScores,
        &["session_id", "batch_seq", "batch_id"],
        |_, batch| {
            let seqs =
                batch.column_by_name("batch_seq").and_then(|c| c.as_primitive_opt::<Int64Type>());
            let (Some(sessions), Some(ids), Some(seqs)) =
                (text(batch, "session_id"), text(batch, "batch_id"), seqs)
            else {
                return Ok(());
            };
            for row in 0..batch.num_rows() {
                let found = (seqs.value(row), ids.value(row));
                let known = newest.get(sessions.value(row)).map(|(seq, id)| (*seq, id.as_str()));
                if known.is_none_or(|known| known < found) {
                    newest.insert(sessions.value(row).to_owned(), (found.0, found.1.to_owned()));
                }
            }
            Ok(())
        },
    )?;
    Ok(newest)
}

impl Surroundings for Around {
    fn target(&self, canonical: &str, session: &str) -> (u64, u64) {
        let (sessions, tasks) =
            self.targets.get(&target_key(canonical)).copied().unwrap_or_default();
        match self.pairs.get(&pair_key(session, canonical)) {
            // The session's own earlier judgement says nothing about others.
            Some(is_task) => (sessions - 1, tasks - u64::from(*is_task)),
            None => (sessions, tasks),
        }
    }

    fn step(&self, step: &Id16, often: u64, session: &str) -> (u64, u64) {
        let Some(taken) = self.steps.get(step) else { return (0, 0) };
        let own = self.taken.get(&taken_key(session, step)).map(|(_, often)| *often);
        let all: u64 = taken.values().sum();
        let as_often: u64 = taken.range(often..).map(|(_, count)| count).sum();
        // The session's own earlier judgement says nothing about others.
        (all - u64::from(own.is_some()), as_often - u64::from(own.is_some_and(|own| own >= often)))
    }
}
