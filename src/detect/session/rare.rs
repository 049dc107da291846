//! How rare an action is in the lake: by its target, and by what its tool does in other sessions.
//!
//! A target that nobody names is a sign because the task has none of it; where a tool goes to such targets in nearly every
//! session, the log just lacks where they come from, and the sign says nothing. What a trigger sets off is done in
//! few of an agent's sessions, or more often than in others. Whose sessions are those of the same agent is told by the
//! other tools it uses: whoever acts on a trigger uses them in sessions without it, too.

use super::Surroundings;
use super::entity::EntityKind;
use super::score::{FACTORS, Model, with_rarity};
use super::tools::Role;
use super::weigh::{Known, Target, Weighed, is_place, names_one};
use crate::record::Id16;
use std::collections::{BTreeMap, BTreeSet};

/// Other sessions with a tool that say something about it.
const LEAST: u64 = 10;
/// Nine of ten of these.
const SHARE: f64 = 0.9;
/// Tools beyond which a session is no example of anything, longest name of a tool, and targets of one that are counted:
/// what the lake keeps in mind grows with pairs of tools.
const MAX_TOOLS: usize = 64;
const MAX_NAME: usize = 256;
const MAX_COUNT: usize = 64;

/// In how many other sessions a target was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TargetUse {
    /// At all.
    pub sessions: u64,
    /// As part of what people had asked for.
    pub tasks: u64,
    /// Named by nobody but the agent.
    pub unnamed: u64,
}

/// The name under which a lake knows a target.
#[must_use]
pub fn target_id(canonical: &str) -> Id16 {
    Id16::of("target", &[canonical.as_bytes()])
}

/// What a session does that others may do as well.
#[derive(Debug, Clone, Default)]
pub struct Habits {
    session: String,
    tenant: String,
    /// Tools it has used, by name, each once.
    pub tools: Vec<String>,
    /// Per tool how many targets nobody has named, of actions that a habit would excuse.
    pub unnamed: BTreeMap<String, u64>,
}

/// Others that do the same: sessions with the tool, and how many of these go to as many targets nobody names.
pub type Others = (u64, u64);

impl Habits {
    /// Whose these are.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }

    /// Of which tenant; empty if nobody says.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    #[cfg(test)]
    pub(crate) fn named(session: &str, tenant: &str) -> Self {
        Self { session: session.into(), tenant: tenant.into(), ..Self::default() }
    }

    pub(crate) fn of(known: &Known<'_>, weighed: &[Weighed]) -> Self {
        let session = known.session;
        let calls = session.calls.iter().filter_map(|call| tool(known, call.part));
        let tools: BTreeSet<&str> = calls.collect();
        let mut unnamed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for one in weighed.iter().filter(|one| is_excusable(known, one)) {
            if let Some(tool) = tool(known, session.calls[one.call].part) {
                unnamed.entry(tool.to_owned()).or_default().extend(targets(known, one));
            }
        }
        Self {
            session: session
                .parts
                .first()
                .map(|part| part.event.session_id.clone())
                .unwrap_or_default(),
            tenant: session.tenant.to_owned(),
            tools: tools.into_iter().take(MAX_TOOLS).map(str::to_owned).collect(),
            unnamed: unnamed
                .into_iter()
                .map(|(tool, targets)| (tool, targets.len().min(MAX_COUNT) as u64))
                .collect(),
        }
    }

    /// Whether nearly all other sessions with this tool go to as many targets nobody names, and nearly all with any other tool
    /// of this session do so by this tool. Without another tool that others use as well nothing tells whose habit it is.
    fn usual(&self, tool: &str, lake: &dyn Surroundings) -> Option<Others> {
        let often = *self.unnamed.get(tool)?;
        let with = |with: &str| lake.together(self, tool, with, often);
        let own = with(tool);
        if !is_usual(own) {
            return None;
        }
        let others = self.tools.iter().filter(|other| *other != tool);
        let mut others =
            others.map(|other| with(other)).filter(|(all, _)| *all >= LEAST).peekable();
        let has_company = others.peek().is_some();
        (has_company && others.all(is_usual)).then_some(own)
    }

    /// The tools whose targets nobody names and that usually go to such.
    pub(crate) fn all_usual(&self, lake: &dyn Surroundings) -> BTreeMap<&str, Others> {
        let tools = self.unnamed.keys().map(String::as_str);
        tools.filter_map(|tool| Some((tool, self.usual(tool, lake)?))).collect()
    }

    /// How rare an action is, 0 to 1, and what makes it usual: one of `usual`, see [`Habits::all_usual`].
    pub(crate) fn rarity(
        &self,
        rated: &Rated,
        usual: &BTreeMap<&str, Others>,
        lake: &dyn Surroundings,
    ) -> (f64, Option<Others>) {
        let target =
            rated.target.map(|target| lake.target(&target, &self.session)).unwrap_or_default();
        let usual = rated.tool.as_deref().and_then(|tool| usual.get(tool)).copied();
        let of_step = usual.map_or(1.0, ordinary);
        (ordinary((target.sessions, target.tasks)).min(of_step), usual)
    }
}

fn is_usual((sessions, as_many): Others) -> bool {
    sessions >= LEAST && as_many as f64 >= SHARE * sessions as f64
}

/// A target that was part of the task in many other sessions is an ordinary place, and what most of them do is
/// ordinary.
fn ordinary((sessions, alike): Others) -> f64 {
    if sessions == 0 {
        return 1.0;
    }
    1.0 - 0.9 * alike as f64 / (sessions as f64 + 2.0)
}

/// What makes one action rare.
#[derive(Debug, Clone)]
pub(crate) struct Rated {
    target: Option<Id16>,
    /// Its tool, if a habit would excuse it.
    tool: Option<String>,
}

impl Rated {
    pub(crate) fn of(known: &Known<'_>, one: &Weighed, target: Option<&str>) -> Self {
        let tool = tool(known, known.session.calls[one.call].part);
        let tool = tool.filter(|_| is_excusable(known, one)).map(str::to_owned);
        Self { target: target.map(target_id), tool }
    }
}

/// A session that would be judged otherwise if the lake were another one.
#[derive(Debug, Clone)]
pub struct Undecided {
    habits: Habits,
    actions: Vec<Judged>,
}

/// An action that may be worth a look, or that sessions may share, and how it was judged.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) rated: Rated,
    pub(crate) factors: [f64; FACTORS.len()],
    pub(crate) is_usual: bool,
}

impl Undecided {
    pub(crate) fn of(habits: &Habits, actions: Vec<Judged>) -> Self {
        Self { habits: habits.clone(), actions }
    }

    /// Whether an action is of another severity, or excused or not, by what is known now.
    pub(crate) fn changes(&self, model: &Model, lake: &dyn Surroundings) -> bool {
        let usual = self.habits.all_usual(lake);
        let moved = |one: &Judged| {
            let (rarity, excuse) = self.habits.rarity(&one.rated, &usual, lake);
            let grade = model.grade(&with_rarity(&one.factors, rarity));
            grade != model.grade(&one.factors) || excuse.is_some() != one.is_usual
        };
        self.actions.iter().any(moved)
    }
}

fn tool<'k>(known: &'k Known<'_>, part: usize) -> Option<&'k str> {
    known.session.parts[part]
        .event
        .tool_name
        .as_deref()
        .filter(|name| (1..=MAX_NAME).contains(&name.len()))
}

/// Whether a habit would excuse an action: its target is named by nobody, and nothing grave is about it. Grave is what
/// takes a secret along, what a thought means to hide, and what the agent denies afterwards.
fn is_excusable(known: &Known<'_>, one: &Weighed) -> bool {
    let act = &known.session.calls[one.call].acts[one.act];
    let decisive = one.decisive.and_then(|at| one.targets.get(at));
    let has_secret = || act.values.iter().any(|value| value.kind() == EntityKind::Secret);
    decisive.is_some_and(|target| target.provenance.origin.is_unsourced())
        && one.concealed <= 0.0
        && one.denied_in.is_none()
        && act.sensitivity() <= 0.0
        && !has_secret()
}

/// The targets of an action that nobody has named, at least the one that decides.
fn targets(known: &Known<'_>, one: &Weighed) -> BTreeSet<String> {
    let act = &known.session.calls[one.call].acts[one.act];
    let is_one = |at: usize, target: &Target| {
        let value = &act.values[target.value];
        let goes = value.role != Role::Content
            && (value.role == Role::Sink || is_place(value.kind()) || names_one(value));
        target.provenance.origin.is_unsourced() && (goes || one.decisive == Some(at))
    };
    let found = one.targets.iter().enumerate().filter(|(at, target)| is_one(*at, target));
    found.map(|(_, target)| act.values[target.value].canonical()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sessions with their tools, and how many targets nobody names by `send`.
    struct Lake(Vec<(Vec<&'static str>, u64)>);

    impl Surroundings for Lake {
        fn target(&self, _target: &Id16, _session: &str) -> TargetUse {
            TargetUse::default()
        }

        fn together(&self, _habits: &Habits, tool: &str, with: &str, often: u64) -> Others {
            let users = self.0.iter().filter(|(tools, _)| tools.contains(&with));
            let as_many = users.clone().filter(|(_, count)| tool == "send" && *count >= often);
            (users.count() as u64, as_many.count() as u64)
        }
    }

    fn lake(parts: &[(usize, &[&'static str], u64)]) -> Lake {
        let repeat = |(times, tools, count): &(usize, &[&'static str], u64)| {
            vec![(tools.to_vec(), *count); *times]
        };
        Lake(parts.iter().flat_map(repeat).collect())
    }

    fn usual(tools: &[&str], often: u64, lake: &Lake) -> bool {
        let habits = Habits {
            tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
            unnamed: [("send".to_owned(), often)].into(),
            ..Habits::default()
        };
        habits.usual("send", lake).is_some()
    }

    #[test]
    fn nine_of_ten_of_ten_do_it_as_often() {
        assert!(usual(&["look", "send"], 1, &lake(&[(10, &["look", "send"], 1)])));
        assert!(!usual(&["look", "send"], 1, &lake(&[(9, &["look", "send"], 1)])));
        let nine = lake(&[(9, &["look", "send"], 1), (1, &["look", "send"], 0)]);
        assert!(usual(&["look", "send"], 1, &nine));
        let eight = lake(&[(8, &["look", "send"], 1), (2, &["look", "send"], 0)]);
        assert!(!usual(&["look", "send"], 1, &eight));
        assert!(!usual(&["look", "send"], 2, &lake(&[(20, &["look", "send"], 1)])));
        assert!(usual(&["look", "send"], 2, &lake(&[(20, &["look", "send"], 3)])));
    }

    #[test]
    fn what_few_of_an_agents_sessions_do_is_no_habit_however_rare_the_tool() {
        // Twelve of a hundred sessions of the same agent send at all, and always to nobody knows whom.
        let triggered = lake(&[(12, &["look", "send"], 1), (88, &["look"], 0)]);
        assert!(!usual(&["look", "send"], 1, &triggered));
        // Two tools of the triggered sessions alone do not help, and neither does it to use nothing else.
        let hidden = lake(&[(12, &["look", "send", "other"], 1), (88, &["look"], 0)]);
        assert!(!usual(&["look", "other", "send"], 1, &hidden));
        assert!(!usual(&["send"], 1, &lake(&[(30, &["send"], 1)])));
        // What hardly anybody else uses says nothing.
        let odd = lake(&[(12, &["look", "send"], 1), (3, &["odd"], 0)]);
        assert!(usual(&["look", "odd", "send"], 1, &odd));
    }

    #[test]
    fn an_ordinary_place_is_less_rare_the_more_use_it() {
        assert!((ordinary((0, 0)) - 1.0).abs() < 1e-9);
        assert!((ordinary((10, 0)) - 1.0).abs() < 1e-9);
        assert!(ordinary((10, 10)) < 0.26 && ordinary((100, 100)) < 0.12);
    }
}
