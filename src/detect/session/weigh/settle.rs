//! What people point to instead of saying it: "do what the ticket says", "the address is in their mail",
//! and orders in words that no list has.
//!
//! A result that tells to do something is an injection or the very thing a person meant. Which of the two
//! cannot be read off the result. It can be read off the rest of the session: whoever pointed to it
//! wanted something done and has had nothing else done, while an injection comes on top of what was
//! asked for.

use super::{Class, Known, Voice, Weighed};

/// Actions that count as what a person asked for.
const MET: f64 = 0.6;
/// An action that a text tells of is the asked one if people asked for its kind …
const POINTED: f64 = 0.55;
/// … or if nothing tells what they asked for.
const MEANT: f64 = 0.5;

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
        let entailed = match asked(known, known.session.calls[one.call].part) {
            _ if by_person && one.verb_asked >= 0.5 && !is_met => POINTED,
            Asked::Unclear | Asked::Handed if met.is_empty() => MEANT,
            _ => continue,
        };
        if one.entailed < entailed {
            one.entailed = entailed;
            // Whose instruction it is has been settled.
            one.instructed *= 0.3;
        }
    }
}

/// What people have asked for, as far as the lists tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
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
        if ask.is_delegation || ask.is_agreement {
            return Asked::Handed;
        }
        asked = Asked::Spelled;
    }
    asked
}
