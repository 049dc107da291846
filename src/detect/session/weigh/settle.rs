//! What people point to instead of saying it: "do what the ticket says", "the address is in their mail",
//! and orders in words that no list has.
//!
//! A result that tells to do something is an injection or the very thing a person meant. Which of the two
//! cannot be read off the result. It can be read off the rest of the session: whoever pointed to it
//! wanted something done and has had nothing else done, while an injection comes on top of what was
//! asked for.

use super::{Class, Known, Value, Voice, Weighed};

/// Actions that count as what a person asked for.
const MET: f64 = 0.6;
/// An action that a text tells of is the asked one if people asked for its kind …
const POINTED: f64 = 0.55;
/// … or if nothing tells what they asked for.
const MEANT: f64 = 0.55;

/// Settles who asked for the actions that results tell of.
pub(crate) fn settle(known: &Known<'_>, weighed: &mut [Weighed]) {
    let class = |one: &Weighed| known.session.calls[one.call].acts[one.act].class;
    let met: Vec<Class> = weighed
        .iter()
        .filter(|one| one.entailed >= MET && one.instructed < 0.3 && one.risk >= 0.1)
        .map(class)
        .collect();
    for one in weighed.iter_mut().filter(|one| one.instructed > 0.0 && one.entailed < MET) {
        let by_person = one.ask.as_ref().is_some_and(|ask| ask.voice == Voice::User);
        let is_met = met.contains(&class(one));
        let asked = asked(known, known.session.calls[one.call].part);
        let entailed = match asked {
            _ if !is_met && asked != Asked::Looks && by_number(known, one) => POINTED,
            _ if by_person && one.verb_asked >= 0.5 && !is_met => {
                one.entailed = one.entailed.max(POINTED);
                continue;
            }
            Asked::Unclear | Asked::Handed if met.is_empty() => MEANT,
            _ => continue,
        };
        if one.entailed < entailed {
            one.entailed = entailed;
            // Whose instruction it is has been settled.
            one.instructed *= 0.3;
        }
    }
    with_siblings(weighed, class);
}

/// A step without a target of its own belongs to the steps of its kind in the same script.
fn with_siblings(weighed: &mut [Weighed], class: impl Fn(&Weighed) -> Class) {
    let best = |one: &Weighed, all: &[Weighed]| {
        let same = |other: &&Weighed| {
            other.call == one.call && other.act != one.act && class(other) == class(one)
        };
        all.iter().filter(same).map(|other| other.entailed).fold(0.0, f64::max)
    };
    for at in 0..weighed.len() {
        if weighed[at].targets.is_empty() {
            weighed[at].entailed = weighed[at].entailed.max(best(&weighed[at], weighed));
        }
    }
}

/// Last words of the names of arguments that hold a number of something.
const NUMBERED: [&str; 23] = [
    "id",
    "key",
    "number",
    "no",
    "nr",
    "ticket",
    "issue",
    "order",
    "change",
    "case",
    "incident",
    "ref",
    "reference",
    "task",
    "pr",
    "mr",
    "iid",
    "num",
    "bug",
    "story",
    "request",
    "invoice",
    "page",
];

/// Whether what tells of the action was looked up by the number that a person gave: a ticket, a change,
/// an order. A page or a file is data, a numbered order is work to be done.
fn by_number(known: &Known<'_>, one: &Weighed) -> bool {
    let Some(target) = one.decisive.and_then(|at| one.targets.get(at)) else { return false };
    let Some(mention) = target.provenance.mention else { return false };
    let session = known.session;
    let Some(call) = session.parts[mention.part].call.and_then(|at| session.calls.get(at)) else {
        return false;
    };
    let is_number = |value: &Value| {
        let text = value.text.trim();
        // `OPS-3391` is a ticket's number wherever it stands, `20` where the argument says so.
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let is_code =
            text.contains(|c: char| c.is_ascii_alphabetic()) && (digits >= 3 || text.contains('-'));
        let last = value.name.rsplit(['.', '_']).next().unwrap_or_default();
        let plain = text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '#');
        value.entity.is_none()
            && plain
            && (is_code || NUMBERED.contains(&last))
            && (2..=20).contains(&text.len())
            && text.contains(|c: char| c.is_ascii_digit())
            && known.asks.uses(text.trim_start_matches('#'), call.part)
    };
    call.acts.iter().any(|act| act.values.iter().any(is_number))
}

/// What people have asked for, as far as the lists tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// That something be looked at.
    Looks,
    /// Something that is spelled out.
    Spelled,
    /// That what somebody else has written be done.
    Handed,
    /// Something, in words that no list has.
    Unclear,
    /// Nothing; no person has spoken.
    Nothing,
}

fn asked(known: &Known<'_>, part: usize) -> Asked {
    let mut asked = Asked::Nothing;
    if known.session.parts[..part].iter().any(|part| part.voice == Voice::User) {
        asked = Asked::Unclear;
    }
    for ask in known.asks.before(part).filter(|ask| ask.voice == Voice::User) {
        if ask.is_delegation || known.asks.is_agreed_now(ask, part) {
            return Asked::Handed;
        }
        if ask.classes.any_but(Class::Read) {
            asked = Asked::Spelled;
        } else if asked == Asked::Unclear && !known.asks.unclear.contains(&ask.part) {
            asked = Asked::Looks;
        }
    }
    asked
}
