//! What needs nobody who names it: places any agent may know, and what the session itself has to do
//! with. What an earlier call looked at with success, read from, or made is no target that came out of
//! the weights; the first call to it is judged by itself.

use super::super::act::{Act, KEY, Origin as Read, Value};
use super::super::class::Class;
use super::super::entity::{EntityKind, registrable};
use super::super::parts::Session;
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
        && let Some(known) = tools.places.known("host", host, act.class, session.tenant)
    {
        return Some((Origin::Known, known.reason.clone()));
    }
    if value
        .host()
        .is_some_and(|host| INSIDE.iter().any(|end| host.rsplit('.').next() == Some(*end)))
    {
        return Some((Origin::Workspace, "a host inside the own network".to_owned()));
    }
    if value.host().is_some_and(|host| session.seen.uses(host, part)) {
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
    if is_made(value, act, session, part) {
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
    if let Some(known) = tools.places.known(kind, text, act.class, session.tenant) {
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

/// How a shell writes the home of whoever runs it.
const HOMES: [&str; 4] = ["$HOME", "${HOME}", "%USERPROFILE%", "$env:USERPROFILE"];

/// A bare name given to a program that works on files is a file of the working folder.
fn relative(value: &Value, act: &Act) -> Option<(Origin, String)> {
    // A value in a table and somebody's key are no files.
    if (act.origin == Read::Sql && value.name == "value") || value.name == KEY {
        return None;
    }
    let from_code = act.origin != Read::Tool;
    // Nobody's working folder is all of somebody's home.
    let rest = HOMES.iter().find_map(|home| value.text.strip_prefix(home));
    if rest.is_some_and(|rest| ["", "/", "/*"].contains(&rest)) {
        return None;
    }
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
    is_bare && act.values.iter().any(place) && session.seen.is_subject(value, part)
}

/// Whether an earlier call took something from there: what one reads from is one's own.
fn is_source(value: &Value, session: &Session<'_>, part: usize) -> bool {
    let host = value.host().filter(|_| value.kind() == EntityKind::Url);
    host.is_some_and(|host| session.seen.is_source(host, part))
}

/// Whether an earlier call has made the thing that has this name. Places and numbers are not made by
/// writing them down, and who gets something is not made by naming a thing of another kind like that.
fn is_made(value: &Value, act: &Act, session: &Session<'_>, part: usize) -> bool {
    let is_name = value.kind() == EntityKind::Value
        && value.role != Role::Content
        && !value.text.contains(|c: char| c.is_whitespace() || c.is_ascii_digit());
    let gets = matches!(act.class, Class::Send | Class::Grant | Class::Pay);
    is_name
        && if gets {
            session.seen.is_made_as_named(value, part)
        } else {
            session.seen.is_made(value, part)
        }
}

/// Whether an earlier call that only looks was given this number and found it.
fn was_looked_up(value: &Value, session: &Session<'_>, part: usize) -> bool {
    value.kind() == EntityKind::Value && names_one(value) && session.seen.is_found(value, part)
}

/// Whether a path of a service is or lies in what earlier calls have looked at.
fn is_resource(value: &Value, act: &Act, session: &Session<'_>, part: usize) -> bool {
    act.origin == Read::Tool && session.seen.is_below(value, part)
}
