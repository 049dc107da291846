//! Where a target came from: the first earlier place in the session that names it.
//!
//! From a person or the system prompt it is part of the task. From a tool's result it may be data
//! that the task is about, or an injection. From nowhere it came out of the weights.

use super::act::{Act, Value};
use super::class::Class;
use super::entity::{EntityKind, registrable};
use super::forms::Form;
use super::mentions::Mention;
use super::parts::{Ending, Session, Voice};
use super::tools::{Role, Tools};
use super::weigh::{Known, is_place};
use crate::record::column_enum::column_enum;

column_enum! {
    /// Who named a value first.
    Origin {
        /// A person.
        User = "user",
        /// The system prompt, or a harness.
        System = "system",
        /// A description of a tool.
        ToolDescription = "tool_description",
        /// The result of a call.
        ToolResult = "tool_result",
        /// The result of a call that read a file.
        FileContent = "file_content",
        /// The agent's working folder or a file it made.
        Workspace = "workspace",
        /// Something any agent may know.
        Known = "known",
        /// Only the agent itself: its reasoning, text or an earlier call.
        Reasoning = "reasoning_only",
        /// Nobody.
        Nowhere = "nowhere",
    }
}

impl Origin {
    /// Whether it can only come from the model.
    pub(crate) fn is_unsourced(self) -> bool {
        matches!(self, Self::Reasoning | Self::Nowhere)
    }

    /// How much a target from here may be taken for part of the task.
    pub(crate) fn grounding(self) -> f64 {
        match self {
            Self::User => 1.0,
            Self::System | Self::Workspace | Self::Known => 0.9,
            Self::ToolDescription => 0.6,
            Self::ToolResult | Self::FileContent => 0.7,
            Self::Reasoning | Self::Nowhere => 0.05,
        }
    }
}

/// Where a value of an action comes from.
#[derive(Debug, Clone)]
pub(crate) struct Provenance {
    pub(crate) origin: Origin,
    /// The place, if there is one.
    pub(crate) mention: Option<Mention>,
    /// In which form it stands there.
    pub(crate) form: Option<Form>,
    /// Why it needs no source.
    pub(crate) reason: Option<String>,
}

/// How much a value can tell about an action, 0 to 1.
pub(crate) fn weight(value: &Value) -> f64 {
    let text = value.text.trim();
    if matches!(text, "true" | "false" | "null" | "" | "-" | ".") {
        return 0.0;
    }
    match value.kind() {
        EntityKind::Url
        | EntityKind::Email
        | EntityKind::Host
        | EntityKind::Ip
        | EntityKind::Iban
        | EntityKind::Repository => 1.0,
        EntityKind::Secret | EntityKind::Phone => 0.9,
        // `s3:GetObject`: what may be done, not where.
        EntityKind::Value
            if text.split_once(':').is_some_and(|(head, tail)| {
                let plain = |part: &str| part.chars().all(|c| c.is_alphanumeric() || c == '*');
                !head.is_empty()
                    && plain(head)
                    && plain(tail)
                    && !text.contains(|c: char| c.is_ascii_digit() && c != '3')
            }) =>
        {
            0.1
        }
        EntityKind::Value if GENERIC.contains(&text.to_lowercase().as_str()) => 0.1,
        EntityKind::Path if text.starts_with(['/', '~', '\\']) || text.contains(":\\") => 0.8,
        // A name inside of something else.
        EntityKind::Path => 0.4,
        EntityKind::Amount => 0.4,
        EntityKind::Date => 0.3,
        // An expression or a whole command is no name.
        EntityKind::Value
            if text.contains([' ', '(', '\'', '"', '|', '+', '$', '<', '{'])
                && value.role == Role::Sink =>
        {
            0.3
        }
        EntityKind::Value
            if text.contains('/') && !text.starts_with('/') && !text.contains(':') =>
        {
            0.4
        }
        EntityKind::Value => {
            let letters = text.chars().filter(|c| c.is_alphabetic()).count();
            match letters {
                0 if text.len() >= 5 => 0.7,
                0 => 0.3,
                1..=3 => 0.3,
                4..=9 => 0.5,
                _ => 0.7,
            }
        }
    }
}

/// Words that say how and not where or whom.
const GENERIC: [&str; 28] = [
    "allow", "deny", "read", "write", "view", "viewer", "edit", "editor", "admin", "owner",
    "member", "guest", "public", "private", "none", "default", "auto", "daily", "weekly",
    "monthly", "high", "low", "normal", "open", "closed", "active", "html", "json",
];
/// Names that no public registry has: a host of one's own network.
const INSIDE: [&str; 7] = ["internal", "local", "lan", "corp", "home", "intern", "localdomain"];

/// Finds the origin of a value of an action in the call whose part is `part`.
pub(crate) fn of(
    value: &Value,
    act: &Act,
    part: usize,
    known_of: &Known<'_>,
) -> Provenance {
    let Known { session, mentions, tools, asks, .. } = *known_of;
    // What the agent proposed and a person agreed to is named by both.
    let agreed = |(mention, voice): (Mention, Voice)| {
        let by = if asks.agreed.contains(&mention.part) { Voice::User } else { voice };
        (mention, by)
    };
    let earlier: Vec<(Mention, Voice)> =
        mentions.before(value, part, session).map(agreed).collect();
    let whole = pick(earlier.iter().filter(|(mention, _)| mention.form.is_whole()), session);
    if let Some(found) = &whole
        && !found.origin.is_unsourced()
    {
        return found.clone();
    }
    if let Some(reason) = known(value, act, session, part, tools) {
        return Provenance { origin: reason.0, mention: None, form: None, reason: Some(reason.1) };
    }
    // One word in front of an @ is a word that anybody may use.
    let local_tells = value.kind() != EntityKind::Email
        || value.canonical().split('@').next().is_some_and(|local| local.contains(['.', '_', '-']));
    let by_form = |form: Form| {
        let found = earlier.iter().filter(move |(mention, _)| mention.form == form);
        pick(found, session).filter(|found| !found.origin.is_unsourced())
    };
    let by_name = |tells: bool| {
        if tells { by_form(Form::Part) } else { as_a_name(&earlier, session) }
    };
    let piece = by_form(Form::Host)
        .or_else(|| by_name(local_tells))
        .or_else(|| assembled(value, &earlier, session));
    // Whose host nobody named goes to a place nobody named, whatever else is known of it.
    let elsewhere = value.host().is_some()
        && piece.as_ref().is_some_and(|found| found.form != Some(Form::Host));
    let piece = piece.filter(|_| !elsewhere || value.kind() == EntityKind::Email);
    // The host of an address says where it goes; a file's name or a person's name is a hint only
    // if nothing else is known.
    piece.or(whole).unwrap_or(Provenance {
        origin: Origin::Nowhere,
        mention: None,
        form: None,
        reason: None,
    })
}

/// A word in front of an @ that a person wrote as a name: "invite Dora".
fn as_a_name(earlier: &[(Mention, Voice)], session: &Session<'_>) -> Option<Provenance> {
    let is_name = |mention: &Mention| {
        let text = session.parts[mention.part].text.get(mention.start..);
        text.and_then(|text| text.chars().next()).is_some_and(char::is_uppercase)
    };
    let named = earlier.iter().filter(|(mention, voice)| {
        mention.form == Form::Part && *voice == Voice::User && is_name(mention)
    });
    pick(named, session)
}

/// A value all of whose telling pieces others have named.
fn assembled(
    value: &Value,
    earlier: &[(Mention, Voice)],
    session: &Session<'_>,
) -> Option<Provenance> {
    let wanted = super::forms::of(value).iter().filter(|(form, _)| *form == Form::Piece).count();
    let by_others: Vec<&(Mention, Voice)> = earlier
        .iter()
        .filter(|(mention, voice)| {
            let own =
                matches!(voice, Voice::Agent | Voice::Reasoning | Voice::Call | Voice::Between);
            mention.form == Form::Piece && !own
        })
        .collect();
    let mut found: Vec<usize> = by_others.iter().map(|(mention, _)| mention.needle).collect();
    found.sort_unstable();
    found.dedup();
    (wanted > 0 && found.len() >= wanted).then(|| pick(by_others.into_iter(), session))?
}

/// People first, then the system, then whoever was first.
fn pick<'m>(
    mentions: impl Iterator<Item = &'m (Mention, Voice)>,
    session: &Session<'_>,
) -> Option<Provenance> {
    let mut best: Option<(u8, Mention, Origin)> = None;
    for (mention, voice) in mentions {
        let (rank, origin) = match voice {
            Voice::User => (0, Origin::User),
            Voice::System | Voice::Harness => (1, Origin::System),
            Voice::ToolDescription => (2, Origin::ToolDescription),
            Voice::Result => (3, result_origin(session, mention.part)),
            Voice::Agent | Voice::Reasoning | Voice::Call | Voice::Between => {
                (3, Origin::Reasoning)
            }
        };
        if best.as_ref().is_none_or(|(known, _, _)| rank < *known) {
            best = Some((rank, *mention, origin));
        }
    }
    best.map(|(_, mention, origin)| Provenance {
        origin,
        mention: Some(mention),
        form: Some(mention.form),
        reason: None,
    })
}

fn result_origin(session: &Session<'_>, part: usize) -> Origin {
    let call = session.parts[part].call.and_then(|call| session.calls.get(call));
    let reads_file = call.is_some_and(|call| {
        call.acts.iter().any(|act| {
            act.class == Class::Read
                && act.values_as(Role::Source).any(|v| v.kind() == EntityKind::Path)
        })
    });
    if reads_file { Origin::FileContent } else { Origin::ToolResult }
}

/// Why a value needs nobody who names it.
fn known(
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
    if is_subject(value, act, session, part) {
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

/// Whether a bare host is what the session works on, and not where this action goes: an earlier call
/// was given it under the same name, and another value of the action is the place.
fn is_subject(value: &Value, act: &Act, session: &Session<'_>, part: usize) -> bool {
    let is_bare = value.kind() == EntityKind::Host && act.origin == super::act::Origin::Tool;
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
    if act.origin == super::act::Origin::Sql && value.name == "value" {
        return None;
    }
    let from_code = act.origin != super::act::Origin::Tool;
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
