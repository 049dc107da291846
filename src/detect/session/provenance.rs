//! Where a target came from: the first earlier place in the session that names it.
//!
//! From a person or the system prompt it is part of the task. From a tool's result it may be data
//! that the task is about, or an injection. From nowhere it came out of the weights.

mod familiar;
mod seen;

use super::act::{Act, Value};
use super::class::Class;
use super::entity::EntityKind;
use super::forms::Form;
use super::mentions::Mention;
use super::parts::{Session, Voice};
use super::tools::Role;
use super::weigh::Known;
use crate::record::column_enum::column_enum;
use familiar::known;
pub(crate) use seen::Seen;

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

/// Finds the origin of a value of an action in the call whose part is `part`.
pub(crate) fn of(value: &Value, act: &Act, part: usize, known_of: &Known<'_>) -> Provenance {
    let Known { session, mentions, tools, asks, .. } = *known_of;
    // What the agent proposed and a person agreed to is named by both.
    let agreed = |(mention, voice): (Mention, Voice)| {
        let by = if asks.agreed(mention.part, mention.start) { Voice::User } else { voice };
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
