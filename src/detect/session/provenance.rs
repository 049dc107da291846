//! Where a target came from: the first earlier place in the session that names it.
//!
//! From a person or the system prompt it is part of the task. From a tool's result it may be data
//! that the task is about, or an injection. From nowhere it came out of the weights.

use super::act::{Act, Value};
use super::class::Class;
use super::entity::EntityKind;
use super::forms::Form;
use super::mentions::{Mention, Mentions};
use super::parts::{Session, Voice};
use super::tools::{Role, Tools};
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
        EntityKind::Secret => 0.9,
        EntityKind::Path => 0.8,
        EntityKind::Amount => 0.4,
        EntityKind::Date => 0.3,
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

/// Finds the origin of a value of an action in the call whose part is `part`.
pub(crate) fn of(
    value: &Value,
    act: &Act,
    part: usize,
    session: &Session<'_>,
    mentions: &Mentions,
    tools: &Tools,
) -> Provenance {
    let earlier: Vec<(Mention, Voice)> = mentions.before(value, part, session).collect();
    let whole = pick(earlier.iter().filter(|(mention, _)| mention.form.is_whole()), session);
    if let Some(found) = &whole
        && !found.origin.is_unsourced()
    {
        return found.clone();
    }
    if let Some(reason) = known(value, act, session, part, tools) {
        return Provenance { origin: reason.0, mention: None, form: None, reason: Some(reason.1) };
    }
    let pieces = earlier.iter().filter(|(mention, _)| !mention.form.is_whole());
    let piece = pick(pieces, session).filter(|found| !found.origin.is_unsourced());
    // The host of an address says where it goes; a file's name or a person's name is a hint only
    // if nothing else is known.
    piece.or(whole).unwrap_or(Provenance {
        origin: Origin::Nowhere,
        mention: None,
        form: None,
        reason: None,
    })
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

/// A bare name given to a program that works on files is a file of the working folder.
fn relative(value: &Value, act: &Act) -> Option<(Origin, String)> {
    let is_local =
        matches!(act.class, Class::Write | Class::Delete | Class::Execute | Class::Configure);
    let from_code = act.origin != super::act::Origin::Tool;
    (is_local && from_code && value.host().is_none())
        .then(|| (Origin::Workspace, "a name in the working folder".to_owned()))
}
