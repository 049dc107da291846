//! What a session was judged to be, as rows of the lake's tables.

use super::act::Value;
use super::claims::Claim;
use super::graph::Edge;
use super::heads::HeadScores;
use super::parts::Voice;
use super::rare::{Habits, Judged, Others, Rated, Undecided};
use super::rows::{ActionRow, ClaimRow, TargetRow};
use super::score::{Model, factors, with_rarity};
use super::tools::Role;
use super::weigh::{Known, Target, Weighed};
use super::{Surroundings, provenance};
use crate::record::{Event, Finding, Verdict};

/// The judgement of one session.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// Session.
    pub session_id: String,
    /// Tenant, model and format of its first event that has one.
    pub tenant: Option<String>,
    /// Model that answered most of it.
    pub model: Option<String>,
    /// Format of its first event.
    pub source_format: String,
    /// Hit, clean or not evaluated.
    pub verdict: Verdict,
    /// Why it was not evaluated, or not all of it.
    pub reason: Option<&'static str>,
    /// Probability that something in it is what it should not be, 0 to 1.
    pub score: f64,
    /// The same by actions only.
    pub action_score: f64,
    /// The same by reasoning only.
    pub reasoning_score: f64,
    /// The same by claims that calls do not bear out.
    pub claim_score: f64,
    /// What the heads say; they order and decide nothing.
    pub heads: HeadScores,
    /// Events, calls, results without a call, calls without a result, calls with invalid arguments.
    pub counts: [usize; 5],
    /// Bytes of text.
    pub text_bytes: usize,
    /// Actions with an effect.
    pub actions: Vec<ActionRow>,
    /// What the agent said it did.
    pub claims: Vec<ClaimRow>,
    /// Edges between events.
    pub edges: Vec<Edge>,
    /// What an analyst should see.
    pub findings: Vec<Finding>,
    /// What it does that others may do as well.
    pub habits: Habits,
    /// What to ask when more is known of the lake, if anything in it is worth a look or only usual.
    pub undecided: Option<Undecided>,
    /// Targets that nobody named, each with the finding (R19) it becomes if unrelated sessions
    /// share it.
    pub reused: Vec<(String, Finding)>,
}

impl Judgement {
    /// A session that was not looked at.
    #[must_use]
    pub fn not_evaluated(events: &[Event], reason: &'static str) -> Self {
        let mut judgement = Self::empty(events);
        judgement.reason = Some(reason);
        judgement
    }

    fn empty(events: &[Event]) -> Self {
        let first = events.first();
        let model =
            |event: &Event| event.response_model.clone().or_else(|| event.request_model.clone());
        Self {
            session_id: first.map(|event| event.session_id.clone()).unwrap_or_default(),
            tenant: events.iter().find_map(|event| event.tenant.clone()),
            model: events.iter().find_map(model),
            source_format: first.map(|event| event.source_format.to_owned()).unwrap_or_default(),
            verdict: Verdict::NotEvaluated,
            reason: None,
            score: 0.0,
            action_score: 0.0,
            reasoning_score: 0.0,
            claim_score: 0.0,
            heads: HeadScores::default(),
            counts: [events.len(), 0, 0, 0, 0],
            text_bytes: events.iter().map(|event| event.text_len()).sum(),
            actions: Vec::new(),
            claims: Vec::new(),
            edges: Vec::new(),
            findings: Vec::new(),
            habits: Habits::default(),
            undecided: None,
            reused: Vec::new(),
        }
    }
}

/// Puts the rows of a session together.
pub(crate) fn build(
    known: &Known<'_>,
    weighed: &[Weighed],
    model: &Model,
    lake: &dyn Surroundings,
) -> Judgement {
    let session = known.session;
    let events: Vec<&Event> = session.parts.iter().map(|part| part.event).collect();
    let mut judgement = Judgement::empty(&[]);
    judgement.session_id = events.first().map(|event| event.session_id.clone()).unwrap_or_default();
    judgement.tenant = events.iter().find_map(|event| event.tenant.clone());
    judgement.model = events
        .iter()
        .find_map(|event| event.response_model.clone().or_else(|| event.request_model.clone()));
    judgement.source_format =
        events.first().map(|event| event.source_format.to_owned()).unwrap_or_default();
    judgement.counts = [
        events.len(),
        session.calls.len(),
        session.orphan_results,
        session.calls.iter().filter(|call| call.result.is_none()).count(),
        session.calls.iter().filter(|call| !call.is_valid || call.is_partial).count(),
    ];
    judgement.text_bytes = session.parts.iter().map(|part| part.text.len()).sum();
    judgement.habits = Habits::of(known, weighed);
    let usual = judgement.habits.all_usual(lake);
    let mut undecided = Vec::new();
    for one in weighed {
        let target = decisive(known, one).map(|(value, _)| value.canonical());
        let rated = Rated::of(known, one, target.as_deref());
        let (rarity, usual) = judgement.habits.rarity(&rated, &usual, lake);
        let row = action(known, one, model, (rarity, usual));
        if model.grade(&with_rarity(&row.factors, 1.0)) > 0 || row.may_be_shared() {
            undecided.push(Judged { rated, factors: row.factors, is_usual: usual.is_some() });
        }
        judgement.actions.push(row);
    }
    if !undecided.is_empty() {
        judgement.undecided = Some(Undecided::of(&judgement.habits, undecided));
    }
    judgement.claims = known.words.claims.iter().map(|claim| claim_row(known, claim)).collect();
    judgement.action_score =
        judgement.actions.iter().map(|action| action.score).fold(0.0, f64::max);
    judgement.reasoning_score = reasoning_score(known);
    judgement.claim_score = claim_score(known);
    // Noisy or: either side is enough, and they add up. Claims are a score of their own: what an agent
    // gets wrong is rarely what it hides.
    judgement.score =
        1.0 - (1.0 - judgement.action_score) * (1.0 - 0.15 * judgement.reasoning_score);
    judgement
}

/// Thoughts that mean to hide something: one is a sign, more are not much more.
fn reasoning_score(known: &Known<'_>) -> f64 {
    match known.words.concealments.len() {
        0 => 0.0,
        1 => 0.5,
        _ => 0.7,
    }
}

/// The share of claims that calls do not bear out.
fn claim_score(known: &Known<'_>) -> f64 {
    use super::claims::ClaimState::{Misreport, Phantom, Supported};
    let count =
        |state| known.words.claims.iter().filter(|claim| claim.state == state).count() as f64;
    let bad = count(Misreport) + 0.5 * count(Phantom);
    bad / (1.0 + bad + count(Supported))
}

/// The value that decides, and its target.
fn decisive<'k>(known: &'k Known<'_>, one: &'k Weighed) -> Option<(&'k Value, &'k Target)> {
    let target = one.decisive.and_then(|at| one.targets.get(at))?;
    Some((&known.session.calls[one.call].acts[one.act].values[target.value], target))
}

fn action(
    known: &Known<'_>,
    one: &Weighed,
    model: &Model,
    (rarity, usual): (f64, Option<Others>),
) -> ActionRow {
    let session = known.session;
    let call = &session.calls[one.call];
    let act = &call.acts[one.act];
    let event = session.parts[call.part].event;
    let id = |part: usize| session.parts[part].event.event_id;
    let decisive = decisive(known, one);
    let target = decisive.map(|(value, _)| value.canonical());
    let unsourced = decisive.map_or(0.0, |(value, target)| {
        // A title that the agent made up is no place that came out of its weights.
        let tells =
            if value.role == Role::Sink || value.entity.is_some() || super::weigh::names_one(value)
            {
                1.0
            } else {
                0.25
            };
        if target.provenance.origin.is_unsourced() { target.weight * tells } else { 0.0 }
    });
    let factors = factors(one, act.sensitivity(), unsourced, rarity);
    ActionRow {
        event_id: event.event_id,
        index: one.act,
        tool_name: event.tool_name.clone(),
        verb: act.verb.clone(),
        origin: act.origin.as_str(),
        class: act.class,
        reversible: act.reversible.as_str(),
        confidence: act.confidence,
        ending: match call.ending {
            super::parts::Ending::Ok => "ok",
            super::parts::Ending::Failed => "failed",
            super::parts::Ending::Empty => "empty",
            super::parts::Ending::Unknown => "unknown",
        },
        sources: act
            .sources
            .iter()
            .map(|source| format!("{} ({})", source.name, source.what))
            .collect(),
        sensitivity: act.sensitivity(),
        risk: one.risk,
        entailed: one.entailed,
        disclosed: one.disclosed,
        rarity,
        usual,
        instructed: one.instructed,
        factors,
        score: model.probability(&factors),
        ask_event_id: one.ask.as_ref().map(|ask| id(ask.part)),
        told_event_id: one.told_in.map(id),
        target,
        target_origin: decisive.map(|(_, target)| target.provenance.origin.as_str()),
        targets: one.targets.iter().map(|target| target_row(known, act, target)).collect(),
    }
}

fn target_row(known: &Known<'_>, act: &super::act::Act, target: &Target) -> TargetRow {
    let value = &act.values[target.value];
    let mention = target.provenance.mention;
    TargetRow {
        role: match value.role {
            Role::Sink => "sink",
            Role::Source => "source",
            Role::Content => "content",
            _ => "object",
        },
        argument: value.name.clone(),
        kind: value.kind().as_str(),
        value: value.canonical(),
        host: value.host().map(str::to_owned),
        origin: target.provenance.origin.as_str(),
        origin_event_id: mention.map(|m| known.session.parts[m.part].event.event_id),
        origin_span: mention.map(|m| (m.start, m.end)),
        form: target.provenance.form.map(super::forms::Form::as_str),
        reason: target.provenance.reason.clone(),
        weight: provenance::weight(value),
        grounding: target.grounding,
        instructed: target.instructed,
        told: target.told,
    }
}

/// Longest sentence that is kept.
const MAX_SENTENCE: usize = 400;

fn claim_row(known: &Known<'_>, claim: &Claim) -> ClaimRow {
    use super::words::{Mood, Subject};
    let part = &known.session.parts[claim.part];
    debug_assert_eq!(part.voice, Voice::Agent);
    let text = part.text[claim.range.clone()].trim();
    ClaimRow {
        event_id: part.event.event_id,
        span: (claim.range.start, claim.range.end),
        text: text[..text.floor_char_boundary(MAX_SENTENCE)].to_owned(),
        class: claim.statement.class,
        mood: match claim.statement.mood {
            Mood::Did => "did",
            Mood::Will => "will",
            Mood::Can => "can",
            Mood::CouldNot => "could_not",
        },
        subject: match claim.statement.subject {
            Subject::Agent => "agent",
            Subject::Reader => "reader",
        },
        positive: claim.statement.positive,
        quoted: claim.statement.quoted,
        state: claim.state.as_str(),
        call_event_id: claim
            .call
            .map(|call| known.session.parts[known.session.calls[call].part].event.event_id),
    }
}
