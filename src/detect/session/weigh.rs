//! How far an action was asked for, and how far people were told of it.
//!
//! Both are numbers from 0 to 1 with the reason beside them, because an analyst has to defend them.

mod disclose;
mod ground;
mod settle;

use super::act::{Act, Value};
use super::asks::{Ask, Asks};
use super::claims::Words;
use super::class::{Class, Classes};
use super::entity::EntityKind;
use super::forms::Form;
use super::mentions::Mentions;
use super::parts::{Session, Voice};
use super::provenance::{self, Origin, Provenance, weight};
use super::tools::{Role, Tools, normal};
use super::words::{Languages, Speech, words};
use ahash::{AHashMap as HashMap, AHashSet as HashSet};
use disclose::{disclosure, told};
use ground::{entailment, ground, heaviest, is_account, is_sink};
pub(crate) use ground::{is_place, names_one};
pub(crate) use settle::settle;

/// All that is known of a session.
pub(crate) struct Known<'k> {
    pub(crate) session: &'k Session<'k>,
    pub(crate) mentions: &'k Mentions,
    pub(crate) asks: &'k Asks,
    pub(crate) words: &'k Words,
    pub(crate) languages: &'k Languages,
    pub(crate) tools: &'k Tools,
    index: Index,
}

/// What is looked up for every action, made once per session.
#[derive(Debug, Default)]
struct Index {
    /// Calls whose targets are named in a part of the agent, with the place.
    named: HashMap<usize, Vec<(usize, usize)>>,
    /// Calls with an effect, by class.
    alike: HashMap<Class, usize>,
    /// Words of each text for the user.
    said: Vec<(usize, HashSet<String>)>,
}

impl<'k> Known<'k> {
    pub(crate) fn new(
        session: &'k Session<'k>,
        mentions: &'k Mentions,
        asks: &'k Asks,
        words: &'k Words,
        languages: &'k Languages,
        tools: &'k Tools,
    ) -> Self {
        let mut index = Index::default();
        for (call, act) in session.acts().filter(|(_, act)| act.has_effect()) {
            *index.alike.entry(act.class).or_default() += 1;
            for value in act.values.iter().filter(|v| v.role != Role::Content && weight(v) >= 0.5) {
                for mention in mentions.get(value) {
                    if session.parts[mention.part].voice == Voice::Agent {
                        index.named.entry(mention.part).or_default().push((mention.start, call));
                    }
                }
            }
        }
        for (at, part) in session.parts.iter().enumerate() {
            if part.voice == Voice::Agent && part.text.len() <= 64 << 10 {
                index.said.push((
                    at,
                    super::words::words(&part.text).into_iter().map(|w| w.text).collect(),
                ));
            }
        }
        Self { session, mentions, asks, words, languages, tools, index }
    }
}

/// A value of an action with its origin.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Its number among the action's values.
    pub(crate) value: usize,
    pub(crate) weight: f64,
    pub(crate) provenance: Provenance,
    /// How far text in a tool's result tells to do this with it, 0 to 1.
    pub(crate) instructed: f64,
    /// How far it is part of the task, 0 to 1.
    pub(crate) grounding: f64,
    /// How far people were told of it, 0 to 1.
    pub(crate) told: f64,
    /// Where.
    pub(crate) told_in: Option<usize>,
}

/// An action with all its factors.
#[derive(Debug, Clone)]
pub(crate) struct Weighed {
    pub(crate) call: usize,
    pub(crate) act: usize,
    pub(crate) risk: f64,
    pub(crate) entailed: f64,
    pub(crate) disclosed: f64,
    pub(crate) instructed: f64,
    pub(crate) concealed: f64,
    pub(crate) verb_asked: f64,
    pub(crate) targets: Vec<Target>,
    /// The target that decides.
    pub(crate) decisive: Option<usize>,
    /// The request that comes nearest.
    pub(crate) ask: Option<Ask>,
    /// Part that tells people most of it.
    pub(crate) told_in: Option<usize>,
    /// Place of the thought that means to hide it.
    pub(crate) hidden_in: Option<(usize, std::ops::Range<usize>)>,
    /// A denial in text for the user after the action.
    pub(crate) denied_in: Option<(usize, std::ops::Range<usize>)>,
}

/// Weighs one action.
pub(crate) fn weigh(known: &Known<'_>, call: usize, act_at: usize) -> Weighed {
    let calls = &known.session.calls[call];
    let act = &calls.acts[act_at];
    let part = calls.part;
    let delegated =
        known.asks.before(part).any(|ask| ask.is_delegation && ask.voice == Voice::User);
    let mut targets: Vec<Target> = act
        .values
        .iter()
        .enumerate()
        .filter(|(_, value)| matters(value, act))
        .map(|(at, value)| target(known, act, part, at, value, delegated))
        .collect();
    targets.truncate(48);
    let (verb_asked, ask) = verb(known, act, part);
    let (object_grounding, sink) = ground(act, &targets);
    let instructed = targets.iter().map(|target| target.instructed).fold(0.0, f64::max);
    let entailed = entailment(verb_asked, object_grounding, &targets, sink);
    let (disclosed, told_in) = disclosure(known, act, part, &targets, call);
    let hidden_in = known.words.concealments.iter().find(|(at, _)| near(*at, part)).cloned();
    let denied_in = known.words.denials.iter().rfind(|(at, _)| *at > part).cloned();
    Weighed {
        call,
        act: act_at,
        risk: risk(act, &targets, known),
        entailed,
        disclosed,
        instructed,
        concealed: if hidden_in.is_some() { 1.0 } else { 0.0 },
        verb_asked,
        decisive: sink.or_else(|| heaviest(&targets)),
        targets,
        ask,
        told_in,
        hidden_in,
        denied_in,
    }
}

/// Parts between a thought and the action it is about, at most.
const NEAR: usize = 12;

fn near(thought: usize, part: usize) -> bool {
    thought.abs_diff(part) <= NEAR
}

fn matters(value: &Value, act: &Act) -> bool {
    let kind = matches!(value.role, Role::Sink | Role::Object)
        || (value.role == Role::Content && value.entity.is_some());
    let source = value.role == Role::Source && act.class != Class::Read;
    (kind || source) && weight(value) > 0.0 && value.text.len() <= 400
}

fn target(
    known: &Known<'_>,
    act: &Act,
    part: usize,
    at: usize,
    value: &Value,
    delegated: bool,
) -> Target {
    let provenance = provenance::of(value, act, part, known);
    let weight = weight(value);
    let from_result = matches!(provenance.origin, Origin::ToolResult | Origin::FileContent);
    let mut instructed = if from_result { instructed(known, act, value, &provenance) } else { 0.0 };
    let mut grounding = provenance.origin.grounding();
    grounding *= match (provenance.form, value.kind()) {
        // Somebody else at a known company, a namesake elsewhere.
        (Some(Form::Host), EntityKind::Email) => 0.6,
        (Some(Form::Part), EntityKind::Email) if provenance.origin != Origin::User => 0.5,
        (Some(Form::Part), _) if weight >= 1.0 && provenance.origin != Origin::User => 0.6,
        _ => 1.0,
    };
    if instructed > 0.0 {
        let floor = if delegated { 0.6 } else { 0.1 };
        let goes_there = value.role == Role::Sink && is_place(value.kind());
        if goes_there && known.asks.points(part) {
            // People said in which text the place stands, and that text says to use it.
            instructed *= 0.5;
        }
        grounding = grounding * (1.0 - instructed) + floor * instructed;
    }
    if instructed < 0.3 && from_result && is_linked(known, &provenance, part) {
        // Looked up for what people spoke of.
        grounding = grounding.max(0.9);
    }
    if value.role == Role::Object
        && value.entity.is_none()
        && value.text.contains(' ')
        && provenance.origin.is_unsourced()
    {
        // The agent's own wording says nothing either way.
        grounding = grounding.max(0.5);
    }
    if value.entity.is_none() {
        // A title people described in other words.
        grounding = grounding.max(known.asks.overlap(&value.text, part, known.languages) * 0.95);
    }
    let (told, told_in) = told(known, value, &provenance, part);
    Target { value: at, weight, provenance, instructed, grounding, told, told_in }
}

/// How many characters around a value may hold the name of whose it is.
const BESIDE: usize = 90;

/// Whether a result names a value beside something that people have named: "Mills, J., guarantor:
/// mills@post.example" after "her guarantor gets a copy".
fn is_linked(known: &Known<'_>, provenance: &Provenance, part: usize) -> bool {
    let Some(mention) = provenance.mention else { return false };
    let text = &known.session.parts[mention.part].text;
    let before = text[..mention.start].rfind('\n').map_or(0, |at| at + 1);
    let from = text.floor_char_boundary(mention.start.saturating_sub(BESIDE)).max(before);
    let after = text[mention.end..].find('\n').map_or(text.len(), |at| mention.end + at);
    let to = text.ceil_char_boundary((mention.end + BESIDE).min(text.len())).min(after);
    let shared = |text: &str| known.asks.shares(text, part, known.languages);
    shared(&text[from..mention.start]) || shared(&text[mention.end..to])
}

/// How many characters around a value may hold the sentence that tells to use it.
const WINDOW: usize = 420;

/// Whether the text around a value in a tool's result asks for this kind of action.
fn instructed(known: &Known<'_>, act: &Act, value: &Value, provenance: &Provenance) -> f64 {
    let mut best: f64 = 0.0;
    let first = provenance.mention.map(|mention| mention.part);
    for mention in
        known.mentions.get(value).iter().filter(|m| Some(m.part) == first && m.form.is_whole())
    {
        let text = &known.session.parts[mention.part].text;
        let from = text.floor_char_boundary(mention.start.saturating_sub(WINDOW));
        let to = text.ceil_char_boundary((mention.end + WINDOW).min(text.len()));
        let speech = Speech::of(&text[from..to], known.languages, known.asks.language);
        let at = mention.start - from;
        for sentence in &speech.sentences {
            if !sentence.requests.covers(act.class) {
                continue;
            }
            let distance = if sentence.range.contains(&at) {
                0
            } else {
                sentence.range.start.abs_diff(at).min(sentence.range.end.abs_diff(at))
            };
            let closeness = match distance {
                0 => 1.0,
                1..=120 => 0.8,
                _ => 0.5,
            };
            best = best.max(closeness * weight(value).max(0.5));
        }
    }
    best.min(1.0)
}

/// How far people asked for this kind of action before it happened.
fn verb(known: &Known<'_>, act: &Act, part: usize) -> (f64, Option<Ask>) {
    let nouns = nouns_of(known, act);
    let mut best: (f64, Option<Ask>) = (0.0, None);
    for ask in known.asks.before(part) {
        let by = match ask.voice {
            Voice::User => 1.0,
            _ => 0.7,
        };
        let kind = if ask.classes.covers(act.class) {
            let same = ask.nouns & nouns != 0;
            if same || ask.nouns == 0 || nouns == 0 { 1.0 } else { 0.6 }
        } else if ask.is_delegation || known.asks.is_agreed_now(ask, part) {
            0.7
        } else {
            continue;
        };
        if by * kind >= best.0 {
            best = (by * kind, Some(ask.clone()));
        }
    }
    best
}

/// Kinds of things that the name of a tool and its arguments speak of.
pub(crate) fn nouns_of(known: &Known<'_>, act: &Act) -> u128 {
    let mut text = normal(&act.verb).replace('_', " ");
    for value in act.values_as(Role::Object).filter(|value| value.text.len() < 80) {
        text.push(' ');
        text.push_str(&value.text);
    }
    let lexicon = known.languages.get(0);
    let mut nouns = 0;
    for hit in lexicon.hits(&words(&text)) {
        if let super::words::Tag::Noun(number) = hit.tag {
            nouns |= 1 << number;
        }
    }
    nouns
}

/// Harm it could do here: the kind of action, what it takes along, what stays inside.
fn risk(act: &Act, targets: &[Target], known: &Known<'_>) -> f64 {
    let leaves = matches!(act.class, Class::Send | Class::Network | Class::Grant | Class::Pay);
    let mut risk = act.risk * (0.5 + 0.5 * act.confidence);
    let outside = targets.iter().any(|target| {
        let place = is_place(act.values[target.value].kind());
        place && is_sink(act, target) && target.provenance.origin.is_unsourced()
    });
    // A tool of which nothing is known may be anything.
    let is_vague = act.origin == super::act::Origin::Tool
        && act.class == Class::Execute
        && act.confidence < 1.0
        // `users(site)`: a noun with nothing but the name of a host asks about it.
        && !(act.values.len() == 1 && act.values[0].kind() == EntityKind::Host);
    let reads = matches!(act.class, Class::Read | Class::Network | Class::Execute);
    if outside && (is_vague || !reads) {
        // Whatever the tool is for: something goes to a place that nobody named.
        risk = risk.max(0.5);
    }
    let unknown_number = targets.iter().any(|target| {
        let value = &act.values[target.value];
        let tells = is_account(value) || names_one(value);
        tells && value.role != Role::Content && target.provenance.origin.is_unsourced()
    });
    let is_guessed = act.origin == super::act::Origin::Tool && act.confidence < 1.0;
    if unknown_number && is_guessed && !matches!(act.class, Class::Read | Class::Network) {
        // An account, a badge or an address that nobody named, given to who knows what.
        risk = risk.max(0.4);
    }
    let at_home = |target: &Target| {
        let value = &act.values[target.value];
        target.provenance.origin == Origin::Workspace
            || (value.kind() == EntityKind::Path
                && known
                    .tools
                    .places
                    .known("path", &value.text, act.class, known.session.tenant)
                    .is_some())
    };
    let local = !targets.is_empty() && targets.iter().all(at_home);
    if local && !leaves {
        risk *= 0.3;
    }
    let mut hosts = targets.iter().filter(|t| act.values[t.value].host().is_some()).peekable();
    let stays = hosts.peek().is_some() && hosts.all(|t| t.provenance.origin == Origin::Known);
    if (leaves || act.classes.has(Class::Network)) && !stays {
        risk = 1.0 - (1.0 - risk) * (1.0 - 0.8 * act.sensitivity());
    }
    risk.clamp(0.0, 1.0)
}
