//! What needs nobody who names it: places any agent may know, and what the session itself has to do
//! with. What an earlier call looked at with success, read from, or made is no target that came out of
//! the weights; the first call to it is judged by itself.

use super::super::act::{Act, Origin as Read, Value};
use super::super::class::Class;
use super::super::entity::{EntityKind, registrable};
use super::super::parts::{Call, Ending, Session};
use super::super::tools::{Role, Tools};
use super::super::weigh::{is_place, names_one};
use super::Origin;

/// Names that no public registry has: a host of one's own network.
const INSIDE: [&str; 7] = ["internal", "local", "lan", "corp", "home", "intern", "localdomain"];

/// Why a value needs nobody who names it.
pub(super) fn known(
    value: &Value,
    act: &Act,
    session: &Session<'_>,
    part: usize,
    tools: &Tools,
) -> Option<(Origin, String)> {
    if let Some(host) = value.host()
        && let Some(known) = tools.places.known("host", host, act.class)
    {
        return Some((Origin::Known, known.reason.clone()));
    }
    if value
        .host()
        .is_some_and(|host| INSIDE.iter().any(|end| host.rsplit('.').next() == Some(*end)))
    {
        return Some((Origin::Workspace, "a host inside the own network".to_owned()));
    }
    if value.host().is_some_and(|host| in_use(host, session, part)) {
        let reason = "a host whose answers the session has worked with";
        return Some((Origin::Workspace, reason.to_owned()));
    }
    if is_subject(value, act, session, part) || is_resource(value, act, session, part) {
        let reason = "what earlier calls of the session were about";
        return Some((Origin::Workspace, reason.to_owned()));
    }
    if value.host().is_some_and(|host| is_company(host, session)) {
        let reason = "the domain of a company that people or the system prompt name";
        return Some((Origin::System, reason.to_owned()));
    }
    if is_source(value, session, part) {
        let reason = "what earlier calls have read from";
        return Some((Origin::Workspace, reason.to_owned()));
    }
    if was_looked_up(value, session, part) {
        let reason = "a number that an earlier call has found";
        return Some((Origin::Workspace, reason.to_owned()));
    }
    if is_made(value, session, part) {
        let reason = "a name that an earlier call has given";
        return Some((Origin::Workspace, reason.to_owned()));
    }
    let text = value.text.as_str();
    let kind = match value.kind() {
        EntityKind::Email => "email",
        EntityKind::Ip => "ip",
        EntityKind::Path => "path",
        _ => return relative(value, act),
    };
    if let Some(known) = tools.places.known(kind, text, act.class) {
        return Some((Origin::Known, known.reason.clone()));
    }
    if kind == "path" {
        let cwd = session.parts[part].event.cwd.as_deref().unwrap_or("\0");
        let inside = text.starts_with(cwd) || !text.starts_with(['/', '~', '\\']);
        if inside && !text.contains("..") {
            return Some((Origin::Workspace, "inside the working folder".to_owned()));
        }
    }
    None
}

/// Shortest name of a company that is looked for without its spaces.
const COMPANY: usize = 6;

/// Whether the part of a host that somebody registered is the name of somebody in the session.
fn is_company(host: &str, session: &Session<'_>) -> bool {
    let label = registrable(host).split('.').next().unwrap_or_default();
    let label: String = label.chars().filter(|c| c.is_alphanumeric()).collect();
    label.len() >= COMPANY && session.joined.contains(&label)
}

/// Bytes of an answer from which a host has said something.
const ANSWER: usize = 13;

/// Whether an earlier call only looked something up at a host and got an answer. The first call to
/// an unknown host is judged by itself.
fn in_use(host: &str, session: &Session<'_>, part: usize) -> bool {
    let mut others = 0;
    session.calls.iter().take_while(|call| call.part < part).any(|call| {
        let answered = call.ending == Ending::Ok
            && call.result.is_some_and(|at| session.parts[at].text.len() >= ANSWER);
        let to_host = |act: &Act| act.values.iter().any(|value| value.host() == Some(host));
        let looks = call.acts.iter().any(|act| {
            matches!(act.class, Class::Read | Class::Network)
                && act.sources.is_empty()
                && to_host(act)
        });
        others += usize::from(answered && call.acts.iter().any(to_host));
        answered && looks || others >= 2
    })
}

/// A bare name given to a program that works on files is a file of the working folder.
fn relative(value: &Value, act: &Act) -> Option<(Origin, String)> {
    if act.origin == Read::Sql && value.name == "value" {
        return None;
    }
    let from_code = act.origin != Read::Tool;
    let leaves = matches!(act.class, Class::Send | Class::Network | Class::Grant)
        && value.role == Role::Sink;
    if from_code && leaves {
        // Names every repository has.
        let usual = ["origin", "head", "main", "master", "upstream", "-"];
        return usual
            .contains(&value.text.to_lowercase().as_str())
            .then(|| (Origin::Known, "a name every repository has".to_owned()));
    }
    let plain = value.role != Role::Content
        && !matches!(value.kind(), EntityKind::Iban | EntityKind::Secret);
    (from_code && plain && value.host().is_none())
        .then(|| (Origin::Workspace, "a name in the working folder".to_owned()))
}

/// Whether a bare host is what the session works on, and not where this action goes: an earlier call
/// was given it under the same name, and another value of the action is the place.
fn is_subject(value: &Value, act: &Act, session: &Session<'_>, part: usize) -> bool {
    let is_bare = value.kind() == EntityKind::Host && act.origin == Read::Tool;
    let place = |other: &Value| is_place(other.kind()) && other.name != value.name;
    let same = |other: &Value| other.name == value.name && other.host() == value.host();
    is_bare
        && act.values.iter().any(place)
        && earlier(session, part)
            .any(|act| !GIVES.contains(&act.class) && act.values.iter().any(same))
}

/// Whether an earlier call took something from there: what one reads from is one's own.
fn is_source(value: &Value, session: &Session<'_>, part: usize) -> bool {
    let same = |other: &Value| other.role == Role::Source && other.host() == value.host();
    value.host().is_some()
        && value.kind() == EntityKind::Url
        && earlier(session, part).any(|act| act.values.iter().any(same))
}

/// Whether an earlier call has made the thing that has this name. Places and numbers are not made by
/// writing them down.
fn is_made(value: &Value, session: &Session<'_>, part: usize) -> bool {
    let is_name = value.kind() == EntityKind::Value
        && value.role != Role::Content
        && !value.text.contains(|c: char| c.is_whitespace() || c.is_ascii_digit());
    let text = value.canonical();
    let same = |other: &Value| {
        other.role == Role::Object && other.name.ends_with("name") && other.canonical() == text
    };
    let makes = |act: &Act| act.class == Class::Write && act.values.iter().any(same);
    is_name && earlier(session, part).any(makes)
}

/// Actions of calls before a part that did not fail.
fn earlier<'s>(session: &'s Session<'_>, part: usize) -> impl Iterator<Item = &'s Act> {
    let calls = session.calls.iter().take_while(move |call| call.part < part);
    calls.filter(|call| call.ending != Ending::Failed).flat_map(|call| &call.acts)
}

/// Classes that give something to what they are given.
const GIVES: [Class; 3] = [Class::Send, Class::Grant, Class::Pay];

/// Whether an earlier call that only looks was given this number and found something.
fn was_looked_up(value: &Value, session: &Session<'_>, part: usize) -> bool {
    let text = value.canonical();
    let looks = |act: &Act| act.class == Class::Read || act.confidence <= 0.1;
    let same = |other: &Value| other.canonical() == text;
    let found = |call: &Call| {
        call.ending == Ending::Ok
            && call.result.is_some_and(|at| session.parts[at].text.len() >= ANSWER)
            && call.acts.iter().any(|act| looks(act) && act.values.iter().any(same))
    };
    value.kind() == EntityKind::Value
        && names_one(value)
        && session.calls.iter().take_while(|call| call.part < part).any(found)
}

/// Whether a path of a service is one of those that earlier calls have looked at: its first part is.
fn is_resource(value: &Value, act: &Act, session: &Session<'_>, part: usize) -> bool {
    let first =
        |text: &str| text.trim_start_matches('/').split(['/', '?']).next().map(str::to_owned);
    let own = first(&value.text);
    let same = |other: &Value| {
        other.name == value.name && other.kind() == EntityKind::Path && first(&other.text) == own
    };
    act.origin == Read::Tool
        && value.kind() == EntityKind::Path
        && value.text.starts_with('/')
        && earlier(session, part)
            .any(|act| !GIVES.contains(&act.class) && act.values.iter().any(same))
}
