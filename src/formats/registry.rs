//! All formats, and which one a record is in.
//!
//! Detection looks at content only, record by record (files mix formats). The format of the
//! record before is asked first; the others only if it is not certain.

use super::mapped::Mapped;
use super::{Format, Json};
use std::fmt;

/// All formats, in the order in which ties are decided.
pub static ALL: &[&dyn Format] = &[
    &super::telemetry::otlp::OtlpJson,
    &super::agents::claude_code::ClaudeCode,
    &super::agents::codex::Codex,
    &super::agents::openhands::OpenHands,
    &super::evals::canonical::Canonical,
    &super::evals::agentdojo::AgentDojo,
    &super::evals::tau_bench::TauBench,
    &super::evals::rjudge::RJudge,
    &super::evals::bloom::Bloom,
    &super::evals::inspect::Inspect,
    &super::chat::sharegpt::ShareGpt,
    &super::chat::anthropic::AnthropicMessages,
    &super::chat::openai_responses::OpenaiResponses,
    &super::chat::openai_chat::OpenaiChat,
];

/// Sure enough to stop looking.
const CERTAIN: u8 = 90;
/// Not sure enough to read.
const DOUBTFUL: u8 = 30;

/// The format with this id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static dyn Format> {
    ALL.iter().copied().find(|format| format.id() == id)
}

/// What everything is read as, whatever it looks like.
#[derive(Clone)]
pub enum Forced {
    /// A known format.
    Known(&'static dyn Format),
    /// What the user's mapping makes.
    Mapped(Mapped),
}

impl Forced {
    /// The format.
    #[must_use]
    pub fn format(&self) -> &dyn Format {
        match self {
            Self::Known(format) => *format,
            Self::Mapped(format) => format,
        }
    }

    /// Name of a reading that another reading of the same bytes says nothing of: what has been
    /// read in one is not known in the other.
    #[must_use]
    pub fn reading(&self) -> Option<&'static str> {
        match self {
            Self::Known(_) => None,
            Self::Mapped(format) => Some(format.id()),
        }
    }
}

impl fmt::Debug for Forced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.format().id())
    }
}

/// The format a record is in, the one before (`sticky`) being asked first.
#[must_use]
pub fn detect<'f>(
    record: &Json<'_>,
    sticky: Option<&'f dyn Format>,
) -> Option<(&'f dyn Format, u8)> {
    if let Some(format) = sticky {
        let score = format.continues(record);
        if score >= CERTAIN {
            return Some((format, score));
        }
    }
    let scored = ALL.iter().map(|format| (*format, format.sniff(record)));
    // `max_by_key` keeps the last of equals; the order of `ALL` must win, hence the reversal.
    let (format, score) = scored.rev().max_by_key(|(_, score)| *score)?;
    (score >= DOUBTFUL).then_some((format, score))
}
