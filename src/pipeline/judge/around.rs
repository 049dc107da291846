//! What the lake knows: of targets, in how many sessions each was used, and in how many of them it was part of
//! the task or named by nobody; of tools, which sessions use them together, and how often they go to targets nobody names.

use super::newest::{Newest, session_key};
use crate::detect::session::{Habits, Others, Surroundings, TargetUse, target_id};
use crate::lake::{Result, Snapshot, read_table};
use crate::record::Id16;
use crate::record::schema::Table;
use ahash::{AHashMap as HashMap, AHashSet as HashSet};
use arrow::array::{Array, AsArray, Float64Array, ListArray, RecordBatch, StringArray};
use arrow::datatypes::Float64Type;
use std::collections::BTreeMap;

/// Counts of the newest judgement of each session. Grows with the number of distinct (session, target) pairs in the lake,
/// about 30 bytes each, and of (session, tool) pairs of the sessions that are judged again: these are told nothing of
/// themselves.
#[derive(Debug, Default)]
pub(super) struct Around {
    targets: HashMap<Id16, TargetUse>,
    /// The sessions that are judged again.
    again: HashSet<Id16>,
    /// How a session used a target, by the hash of both. Of all sessions, since whoever rewrites a table may tear apart the
    /// rows of one.
    pairs: HashMap<Id16, Pair>,
    /// Sessions with a tool.
    users: HashMap<Id16, u64>,
    /// Of two tools: of the sessions with the second how many went how often to targets nobody names by the first.
    together: HashMap<Id16, BTreeMap<u64, u64>>,
    /// Tools of a session, by the hash of both.
    used: HashSet<Id16>,
    /// How often a session did so by a tool.
    often: HashMap<Id16, u64>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    is_task: bool,
    is_unnamed: bool,
}

/// Share of the task from which a target counts as part of it …
const PART_OF_TASK: f64 = 0.6;
/// … unless text in a result tells so far to use it: who writes that into many sessions makes no place ordinary.
const TOLD_TO: f64 = 0.3;

/// What is read of an action.
const COLUMNS: &[&str] =
    &["session_id", "target", "target_origin", "entailed", "instructed", "batch_id"];

fn number<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b Float64Array> {
    batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<Float64Type>())
}

fn text<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b StringArray> {
    batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>())
}

/// The words of a list; none where an older judgement has no such column.
fn words(batch: &RecordBatch, name: &str, row: usize) -> Vec<String> {
    let list: Option<&ListArray> =
        batch.column_by_name(name).and_then(|column| column.as_list_opt::<i32>());
    let Some(list) = list.filter(|list| list.is_valid(row)) else { return Vec::new() };
    let values = list.value(row);
    let values = values.as_string_opt::<i32>();
    values.into_iter().flatten().flatten().map(str::to_owned).collect()
}

fn pair_key(session: &str, target: &Id16) -> Id16 {
    Id16::of("session-target", &[session.as_bytes(), target.as_bytes()])
}

fn tool_key(tenant: &str, tool: &str) -> Id16 {
    Id16::of("tool", &[tenant.as_bytes(), tool.as_bytes()])
}

fn together_key(tenant: &str, tool: &str, with: &str) -> Id16 {
    Id16::of("tools", &[tenant, tool, with].map(str::as_bytes))
}

fn used_key(session: &str, tool: &str) -> Id16 {
    Id16::of("session-tool", &[session.as_bytes(), tool.as_bytes()])
}

impl Around {
    /// Reads earlier judgements; of the sessions that are judged `again` it tells what they did.
    pub(super) fn load(snapshot: &Snapshot, newest: &Newest, again: HashSet<Id16>) -> Result<Self> {
        let mut around = Self { again, ..Self::default() };
        read_table(snapshot, Table::Actions, COLUMNS, |_, batch| {
            around.actions(batch, newest);
            Ok(())
        })?;
        let columns = ["session_id", "tenant", "tools", "unnamed_tools", "batch_id"];
        read_table(snapshot, Table::SessionScores, &columns, |_, batch| {
            around.habits(batch, newest);
            Ok(())
        })?;
        Ok(around)
    }

    fn actions(&mut self, batch: &RecordBatch, newest: &Newest) {
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
        let mut of_row = Standing::default();
        for row in 0..batch.num_rows() {
            let session = sessions.value(row);
            if of_row.is_newest(newest, session, batches.value(row)) && targets.is_valid(row) {
                let is_task =
                    entailed.value(row) >= PART_OF_TASK && instructed.value(row) < TOLD_TO;
                let is_unnamed = is_unsourced(batch, row);
                self.add(session, &target_id(targets.value(row)), Pair { is_task, is_unnamed });
            }
        }
    }

    fn habits(&mut self, batch: &RecordBatch, newest: &Newest) {
        let (Some(sessions), Some(batches)) = (text(batch, "session_id"), text(batch, "batch_id"))
        else {
            return;
        };
        let tenants = text(batch, "tenant");
        for row in 0..batch.num_rows() {
            let session = sessions.value(row);
            if newest.is_in(&session_key(session), batches.value(row)) {
                let tenant = tenants.filter(|tenants| tenants.is_valid(row));
                let tenant = tenant.map_or("", |tenants| tenants.value(row));
                let tools = words(batch, "tools", row);
                self.uses(session, tenant, &tools, &words(batch, "unnamed_tools", row));
            }
        }
    }

    fn uses(&mut self, session: &str, tenant: &str, tools: &[String], unnamed: &[String]) {
        let is_again = self.again.contains(&session_key(session));
        for tool in tools {
            *self.users.entry(tool_key(tenant, tool)).or_default() += 1;
            if is_again {
                self.used.insert(used_key(session, tool));
            }
        }
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for tool in unnamed {
            *counts.entry(tool).or_default() += 1;
        }
        for (tool, often) in counts {
            if is_again {
                self.often.insert(used_key(session, tool), often);
            }
            for with in tools {
                let of_both = self.together.entry(together_key(tenant, tool, with)).or_default();
                *of_both.entry(often).or_default() += 1;
            }
        }
    }

    /// In how many sessions of earlier runs only the agent named a target, other than those that are judged `now`.
    pub(super) fn unsourced(&self, target: &str, now: &[&str]) -> u64 {
        let target = target_id(target);
        let all = self.targets.get(&target).map_or(0, |of| of.unnamed);
        let is_unnamed = |session: &&&str| {
            self.pairs.get(&pair_key(session, &target)).is_some_and(|p| p.is_unnamed)
        };
        all.saturating_sub(now.iter().filter(is_unnamed).count() as u64)
    }

    fn add(&mut self, session: &str, target: &Id16, found: Pair) {
        let of = self.targets.entry(*target).or_default();
        let key = pair_key(session, target);
        of.sessions += u64::from(!self.pairs.contains_key(&key));
        let known = self.pairs.entry(key).or_default();
        of.tasks += u64::from(found.is_task && !known.is_task);
        of.unnamed += u64::from(found.is_unnamed && !known.is_unnamed);
        known.is_task |= found.is_task;
        known.is_unnamed |= found.is_unnamed;
    }
}

/// Whether rows are of the newest judgement of their session: looked up once for those that stand together.
#[derive(Default)]
struct Standing<'b> {
    last: Option<(&'b str, &'b str)>,
    is_newest: bool,
}

impl<'b> Standing<'b> {
    fn is_newest(&mut self, newest: &Newest, session: &'b str, batch: &'b str) -> bool {
        if self.last != Some((session, batch)) {
            self.is_newest = newest.is_in(&session_key(session), batch);
            self.last = Some((session, batch));
        }
        self.is_newest
    }
}

fn is_unsourced(batch: &RecordBatch, row: usize) -> bool {
    let origin = text(batch, "target_origin").filter(|column| column.is_valid(row));
    origin.is_some_and(|column| matches!(column.value(row), "nowhere" | "reasoning_only"))
}

impl Surroundings for Around {
    fn target(&self, target: &Id16, session: &str) -> TargetUse {
        let all = self.targets.get(target).copied().unwrap_or_default();
        // The session's own earlier judgement says nothing about others.
        let Some(own) = self.pairs.get(&pair_key(session, target)) else { return all };
        TargetUse {
            sessions: all.sessions - 1,
            tasks: all.tasks - u64::from(own.is_task),
            unnamed: all.unnamed - u64::from(own.is_unnamed),
        }
    }

    fn together(&self, habits: &Habits, tool: &str, with: &str, often: u64) -> Others {
        let (session, tenant) = (habits.session(), habits.tenant());
        let all = self.users.get(&tool_key(tenant, with)).copied().unwrap_or_default();
        let both = self.together.get(&together_key(tenant, tool, with));
        let as_many: u64 = both.map_or(0, |both| both.range(often..).map(|(_, count)| count).sum());
        if !self.used.contains(&used_key(session, with)) {
            return (all, as_many);
        }
        let own = self.often.get(&used_key(session, tool)).is_some_and(|own| *own >= often);
        (all.saturating_sub(1), as_many.saturating_sub(u64::from(own)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(sessions: &[(&str, &str, &[&str], &[&str])]) -> Around {
        let again = sessions.iter().map(|(session, ..)| session_key(session)).collect();
        let mut around = Around { again, ..Around::default() };
        let owned =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        for (session, tenant, tools, unnamed) in sessions {
            around.uses(session, tenant, &owned(tools), &owned(unnamed));
        }
        around
    }

    #[test]
    fn tools_are_counted_together_per_tenant_and_without_the_session_itself() {
        let around = around(&[
            ("a", "north", &["look", "send"], &["send", "send"]),
            ("b", "north", &["look", "send"], &["send"]),
            ("c", "north", &["look"], &[]),
            ("d", "south", &["look", "send"], &["send"]),
        ]);
        let of = |session: &str, tenant: &str, with: &str, often| {
            around.together(&Habits::named(session, tenant), "send", with, often)
        };
        assert_eq!(of("x", "north", "look", 1), (3, 2));
        assert_eq!(of("x", "north", "send", 1), (2, 2));
        assert_eq!(of("x", "north", "send", 2), (2, 1));
        assert_eq!(of("a", "north", "send", 2), (1, 0));
        assert_eq!(of("b", "north", "look", 2), (2, 1));
        assert_eq!(of("b", "north", "look", 1), (2, 1));
        assert_eq!(of("x", "south", "look", 1), (1, 1));
        assert_eq!(of("x", "", "look", 1), (0, 0));
        assert_eq!(of("x", "north", "odd", 1), (0, 0));
    }

    #[test]
    fn a_session_that_is_judged_again_is_told_nothing_of_itself_and_others_keep_nothing() {
        let again = [session_key("a")].into_iter().collect();
        let mut around = Around { again, ..Around::default() };
        let (look, send) = ("look".to_owned(), "send".to_owned());
        for session in ["a", "b"] {
            around.uses(session, "", &[look.clone(), send.clone()], std::slice::from_ref(&send));
        }
        let of = |session: &str| around.together(&Habits::named(session, ""), "send", "look", 1);
        assert_eq!((of("a"), of("x")), ((1, 1), (2, 2)));
        assert_eq!((around.used.len(), around.often.len()), (2, 1));
    }

    #[test]
    fn a_target_is_counted_once_per_session_and_without_the_session_itself() {
        let mut around = Around::default();
        let target = target_id("a.example");
        let (no, task) = (Pair::default(), Pair { is_task: true, is_unnamed: false });
        let unnamed = Pair { is_task: false, is_unnamed: true };
        for (session, pair) in
            [("a", no), ("b", unnamed), ("a", task), ("a", no), ("b", unnamed), ("c", no)]
        {
            around.add(session, &target, pair);
        }
        let of = |session: &str| around.target(&target, session);
        assert_eq!(of("x"), TargetUse { sessions: 3, tasks: 1, unnamed: 1 });
        assert_eq!(of("a"), TargetUse { sessions: 2, tasks: 0, unnamed: 1 });
        assert_eq!(of("b"), TargetUse { sessions: 2, tasks: 1, unnamed: 0 });
        assert_eq!(
            (around.unsourced("a.example", &["a"]), around.unsourced("a.example", &["b"])),
            (1, 0)
        );
    }
}
