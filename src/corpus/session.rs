//! The format-neutral session every writer renders: turns with thoughts, texts, calls and clocks.
//!
//! A script (`script.rs`) becomes a session in `expand.rs`; a writer under `formats/` turns the
//! session into bytes. Nothing here knows a format or a story.

use serde_json::Value;

use super::cast::Agent;
use super::script::Script;

/// One conversation with its agent, before any format.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) script: Script,
    pub(crate) agent: Agent,
    /// The id the logs carry (a UUID; version 7 where the format sorts by it).
    pub(crate) id: String,
    /// Unix milliseconds of the first record.
    pub(crate) start: i64,
    pub(crate) system: String,
    pub(crate) turns: Vec<Turn>,
}

/// One step of the conversation.
#[derive(Debug, Clone)]
pub(crate) enum Turn {
    User(UserTurn),
    Agent(AgentTurn),
    /// The user took back the previous message: what follows hangs off the turn before it.
    Rewind,
}

/// What a person (or the program in front of the agent) wrote.
#[derive(Debug, Clone)]
pub(crate) struct UserTurn {
    pub(crate) at: i64,
    pub(crate) text: String,
    pub(crate) image: bool,
}

/// One model call: what came out, and the tool calls it led to.
#[derive(Debug, Clone)]
pub(crate) struct AgentTurn {
    pub(crate) asked_at: i64,
    pub(crate) at: i64,
    pub(crate) think: Option<String>,
    pub(crate) say: Option<String>,
    pub(crate) calls: Vec<Call>,
    pub(crate) usage: Usage,
}

/// One tool call with its result. Tool names are neutral; writers translate them.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) tool: String,
    pub(crate) args: Value,
    pub(crate) result: String,
    pub(crate) failed: bool,
    pub(crate) done_at: i64,
    /// What the sub-agent did, for calls that start one.
    pub(crate) sub: Vec<Turn>,
}

/// Token counts of one model call; `input` includes the cached part.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) input: i64,
    pub(crate) cached: i64,
    pub(crate) output: i64,
    pub(crate) reasoning: i64,
}

impl Session {
    /// Whether the gateway keeps a line for the model call at `at`.
    pub(crate) fn logs(&self, at: usize) -> bool {
        let last = self.turns.iter().rposition(|turn| matches!(turn, Turn::Agent(_)));
        !self.script.whole || last == Some(at)
    }

    /// When the last record was written.
    pub(crate) fn end(&self) -> i64 {
        self.turns.iter().rev().find_map(Turn::end).unwrap_or(self.start)
    }
}

impl Turn {
    fn end(&self) -> Option<i64> {
        match self {
            Self::User(user) => Some(user.at),
            Self::Agent(turn) => {
                Some(turn.calls.iter().map(|call| call.done_at).max().unwrap_or(turn.at))
            }
            Self::Rewind => None,
        }
    }
}

impl AgentTurn {
    /// `tool_calls` or `stop`, as the OpenAI family says it.
    pub(crate) fn finish(&self) -> &'static str {
        if self.calls.is_empty() { "stop" } else { "tool_calls" }
    }
}
