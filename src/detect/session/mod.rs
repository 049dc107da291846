//! Action against words: was it asked for, was it told, and where did its target come from.
//!
//!   words/         word lists of six languages; texts as sentences with marks
//!   tools/         what tools, programs and functions do
//!   code/          shell, Python and SQL in arguments, parsed
//!   act/           a call -> actions with sinks, objects, sources
//!   entity.rs      hosts, addresses, paths, accounts, secrets in one form; forms.rs their spellings
//!   parts.rs       events -> who says what, calls with results
//!   mentions.rs    where the values of actions occur, needles.rs all at once, squeezed.rs numbers however grouped;
//!                  provenance.rs who named them first
//!   asks.rs        what was asked for; claims.rs what the agent says it did
//!   weigh.rs       how far an action was asked for and told; rare.rs how rare that is in the lake;
//!                  score.rs one probability
//!   heads/         three small linear models over all of this, for the order in which people look
//!   graph.rs       edges between events; findings.rs what is worth an analyst's time
//!
//! Everything is counted from the log alone: no model, no clock, no network. The same events give the
//! same judgement, and a session that is too large or in no known language is "not evaluated", with
//! the reason.

mod act;
mod adhoc;
mod arguments;
mod asks;
mod claims;
mod class;
mod code;
mod entity;
mod findings;
mod forms;
mod graph;
mod heads;
mod judgement;
mod mentions;
mod needles;
mod parts;
mod provenance;
mod rare;
mod rows;
mod score;
mod squeezed;
mod tools;
mod weigh;
mod words;

pub use adhoc::told_in;
pub use claims::ClaimState;
pub use class::{Class, Reversible};
pub use entity::EntityKind;
pub use graph::{Edge, EdgeKind};
pub use heads::{Features, HeadScores, number_names};
pub use judgement::Judgement;
pub use provenance::Origin;
pub use rare::{Habits, Others, TargetUse, Undecided, target_id};
pub use rows::{ActionRow, ClaimRow, TargetRow};
pub use score::FACTORS;
pub use tools::ListFile;

#[cfg(test)]
mod tests;

use crate::record::{Event, Id16, Verdict};
use asks::Asks;
use claims::Words;
use heads::Heads;
use include_dir::{Dir, include_dir};
use mentions::Mentions;
use parts::{Session, Voice};
use score::Model;
use tools::{Role, Tools};
use weigh::{Known, Weighed, weigh};
use words::Languages;

static ACTIONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/rules/actions");
static WORDS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/rules/words");
const MODEL: &str = include_str!("../../../models/session.json");
const HEADS: &str = include_str!("../../../models/session-heads.json");

/// Events of a session beyond which it is not evaluated.
pub const MAX_EVENTS: usize = 100_000;
/// Bytes of text of a session beyond which it is not evaluated.
pub const MAX_TEXT: usize = 64 << 20;
/// Actions that are weighed in one session; the most risky ones.
const MAX_WEIGHED: usize = 1_500;
/// Version of the method; goes up when the same events could be judged otherwise.
const METHOD: &str = "4";

/// What is known of the rest of the lake while a session is judged.
pub trait Surroundings {
    /// In how many sessions other than `session` a target (see [`target_id`]) was used, and how.
    fn target(&self, target: &Id16, session: &str) -> TargetUse;

    /// Of sessions of the same tenant other than that of `habits` those that have used the tool `with`, and how many of them
    /// have gone by `tool` to at least `often` targets that nobody names.
    fn together(&self, habits: &Habits, tool: &str, with: &str, often: u64) -> Others;
}

/// A lake about which nothing is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nothing;

impl Surroundings for Nothing {
    fn target(&self, _target: &Id16, _session: &str) -> TargetUse {
        TargetUse::default()
    }

    fn together(&self, _habits: &Habits, _tool: &str, _with: &str, _often: u64) -> Others {
        (0, 0)
    }
}

/// Judges sessions.
#[derive(Debug)]
pub struct SessionJudge {
    tools: Tools,
    model: Model,
    heads: Heads,
    version: String,
}

impl SessionJudge {
    /// The judge with the shipped lists and weights.
    ///
    /// # Errors
    /// If a list is wrong, with its name; the tests do not let such a list be shipped.
    pub fn embedded() -> Result<Self, String> {
        Self::with(&[])
    }

    /// The judge with lists of one's own before the shipped ones; its version changes with them.
    ///
    /// # Errors
    /// All that is wrong with the lists, a line each: file, place, what was expected.
    pub fn with(own: &[ListFile]) -> Result<Self, String> {
        let model = Model::parse(MODEL).map_err(|error| format!("models/session.json: {error}"))?;
        let heads =
            Heads::parse(HEADS).map_err(|error| format!("models/session-heads.json: {error}"))?;
        let mut hasher = blake3::Hasher::new();
        for folder in [&ACTIONS, &WORDS] {
            for file in folder.files() {
                hasher.update(file.contents());
            }
        }
        for file in own {
            hasher.update(file.text.as_bytes());
        }
        hasher.update(MODEL.as_bytes());
        hasher.update(HEADS.as_bytes());
        let lists = hasher.finalize().to_hex();
        let version = format!("{METHOD}.{}.{}-{}", model.version, heads.version(), &lists[..8]);
        let tools = Tools::load(&ACTIONS, own, Languages::load(&WORDS)?)?;
        Ok(Self { tools, model, heads, version })
    }

    /// Name for the ledger of what was judged.
    #[must_use]
    pub fn id(&self) -> &'static str {
        findings::DETECTOR
    }

    /// Changes whenever the same session could be judged otherwise.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Judges one session: all its events, in (stream, sequence) order.
    #[must_use]
    pub fn judge(&self, events: &[Event], lake: &dyn Surroundings) -> Judgement {
        self.judge_with_features(events, lake).0
    }

    /// The same, with what the heads have looked at; none if there was nothing to look at.
    #[must_use]
    pub fn judge_with_features(
        &self,
        events: &[Event],
        lake: &dyn Surroundings,
    ) -> (Judgement, Option<Features>) {
        let bytes: usize = events.iter().map(|event| event.text_len()).sum();
        if events.len() > MAX_EVENTS || bytes > MAX_TEXT {
            return (Judgement::not_evaluated(events, "session_too_large"), None);
        }
        let mut session = Session::of(events, &self.tools);
        if session.parts.is_empty() {
            return (Judgement::not_evaluated(events, "nothing_said"), None);
        }
        session.hear_documents(&self.tools.languages);
        let asks = Asks::of(&session, &self.tools.languages);
        let words = Words::of(&session, &self.tools.languages, &asks);
        let effects = self.effects(&session);
        let values = effects.iter().flat_map(|(call, act)| {
            session.calls[*call].acts[*act]
                .values
                .iter()
                .filter(|v| v.role != Role::Content || v.entity.is_some())
        });
        let mentions = Mentions::of(&session, values);
        let known =
            Known::new(&session, &mentions, &asks, &words, &self.tools.languages, &self.tools);
        let mut weighed: Vec<Weighed> =
            effects.iter().map(|(call, act)| weigh(&known, *call, *act)).collect();
        weigh::settle(&known, &mut weighed);
        let mut judgement = judgement::build(&known, &weighed, &self.model, lake);
        judgement.edges = graph::edges(&session, &weighed);
        (judgement.verdict, judgement.reason) = verdict(&known, &judgement);
        judgement.findings = findings::of(&known, &weighed, &judgement, &self.model, &self.version);
        judgement.reused = findings::reused(&known, &weighed, &judgement, &self.version);
        if !judgement.findings.is_empty() {
            judgement.verdict = Verdict::Hit;
        }
        let (features, scores) = self.heads.score(&known, &judgement);
        judgement.heads = scores;
        (judgement, Some(features))
    }

    /// Whether a session would have other findings by what is known of the lake now.
    #[must_use]
    pub fn would_change(&self, undecided: &Undecided, lake: &dyn Surroundings) -> bool {
        undecided.changes(&self.model, lake)
    }

    /// Actions with an effect: (call, action); the most risky ones if there are too many.
    fn effects(&self, session: &Session<'_>) -> Vec<(usize, usize)> {
        let mut effects: Vec<(usize, usize)> = Vec::new();
        for (call, one) in session.calls.iter().enumerate() {
            let own = one.acts.iter().enumerate().filter(|(_, act)| act.has_effect());
            effects.extend(own.map(|(act, _)| (call, act)));
        }
        if effects.len() > MAX_WEIGHED {
            let risk = |(call, act): &(usize, usize)| session.calls[*call].acts[*act].risk;
            effects.sort_by(|a, b| risk(b).total_cmp(&risk(a)).then(a.cmp(b)));
            effects.truncate(MAX_WEIGHED);
            effects.sort_unstable();
        }
        effects
    }
}

/// Whose language no list knows, if somebody says nothing in any other.
fn foreign(known: &Known<'_>) -> Option<&'static str> {
    let count = |voice| known.session.parts.iter().filter(|part| part.voice == voice).count();
    let (users, says) = (count(Voice::User), count(Voice::Agent));
    if users > 0 && known.asks.foreign == users {
        return Some("language_of_user");
    }
    (says > 0 && known.words.foreign == says).then_some("language_of_agent")
}

/// What can be said of a session without findings.
fn verdict(known: &Known<'_>, judgement: &Judgement) -> (Verdict, Option<&'static str>) {
    if known.session.calls.is_empty() {
        return (Verdict::NotEvaluated, Some("no_tool_calls"));
    }
    if let Some(whose) = foreign(known) {
        return (Verdict::NotEvaluated, Some(whose));
    }
    if judgement.actions.len() >= MAX_WEIGHED {
        return (Verdict::Clean, Some("only_the_most_risky_actions"));
    }
    (Verdict::Clean, None)
}
