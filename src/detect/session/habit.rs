//! What a tool does in most sessions. A target that nobody names is a sign because the task has none of it; where a
//! tool goes to such targets in nearly every session of the lake, the log just lacks where they come from, and the sign says
//! nothing. What a trigger sets off is done in few sessions, or more often than in others.

use super::weigh::{Known, Weighed};
use crate::record::Id16;
use std::collections::HashMap;

/// Other sessions in which a tool must have been used before it can have a habit.
const LEAST: u64 = 10;
/// Nine of ten of these do it as often.
const SHARE: f64 = 0.9;

/// The name of what a tool does, equal wherever it does that: a tool may run many programs, and be another one
/// for another tenant.
#[must_use]
pub fn step_id(tenant: &str, tool: &str, verb: &str, class: &str) -> Id16 {
    Id16::of("step", &[tenant, tool, verb, class].map(str::as_bytes))
}

/// How often a session goes to targets nobody names, by what goes there.
pub(crate) struct Habits {
    counts: HashMap<Id16, u64>,
}

impl Habits {
    pub(crate) fn of(known: &Known<'_>, weighed: &[Weighed], tenant: &str) -> Self {
        let mut counts: HashMap<Id16, u64> = HashMap::new();
        for one in weighed.iter().filter(|one| is_unsourced(one)) {
            *counts.entry(step(known, one, tenant)).or_default() += 1;
        }
        Self { counts }
    }

    /// The step of an action that a habit would excuse, with how often the session takes it. None is where something
    /// sensitive goes along, or a thought beside it means to hide something.
    pub(crate) fn step(
        &self,
        known: &Known<'_>,
        one: &Weighed,
        tenant: &str,
    ) -> Option<(Id16, u64)> {
        let act = &known.session.calls[one.call].acts[one.act];
        if !is_unsourced(one) || one.concealed > 0.0 || act.sensitivity() > 0.0 {
            return None;
        }
        let step = step(known, one, tenant);
        self.counts.get(&step).map(|often| (step, *often))
    }
}

/// Whether nearly all of the other sessions that take a step go as often to targets nobody names.
pub(crate) fn is_usual((sessions, as_often): (u64, u64)) -> bool {
    sessions >= LEAST && as_often as f64 >= SHARE * sessions as f64
}

fn is_unsourced(one: &Weighed) -> bool {
    let decisive = one.decisive.and_then(|at| one.targets.get(at));
    decisive.is_some_and(|target| target.provenance.origin.is_unsourced())
}

fn step(known: &Known<'_>, one: &Weighed, tenant: &str) -> Id16 {
    let call = &known.session.calls[one.call];
    let act = &call.acts[one.act];
    let tool = known.session.parts[call.part].event.tool_name.as_deref().unwrap_or_default();
    step_id(tenant, tool, &act.verb, act.class.as_str())
}
