//! What a mapping can fill: the names on its left side.
//!
//! The names are those of the columns or shorter; a column's own name is understood too. Knows
//! nothing of paths.

/// One thing a mapping can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Which conversation.
    Session,
    /// The agent's name.
    Agent,
    /// The agent's id.
    AgentId,
    /// The model.
    Model,
    /// When.
    Time,
    /// Where.
    Host,
    /// Which person.
    UserId,
    /// The messages of a record that holds several.
    Messages,
    /// Who speaks in `content`.
    Role,
    /// What `role` says.
    Content,
    /// A system prompt.
    System,
    /// What a person says.
    User,
    /// What the model thinks.
    Reasoning,
    /// What the model says.
    Assistant,
    /// Which tool is called, or has answered.
    ToolName,
    /// What joins a call and its result.
    ToolCallId,
    /// What a tool is called with.
    ToolArguments,
    /// What a tool returned.
    ToolResult,
    /// Whether a tool failed, or how.
    ToolError,
    /// How a call ended, in a word.
    ToolStatus,
    /// How a program ended.
    ToolExitCode,
}

/// A target with the names it goes by; the first is the one that is shown.
type Named = (Target, &'static [&'static str]);

const NAMED: [Named; 21] = [
    (Target::Session, &["session", "session_id", "conversation_id"]),
    (Target::Agent, &["agent", "agent_name"]),
    (Target::AgentId, &["agent_id"]),
    (Target::Model, &["model", "request_model", "response_model"]),
    (Target::Time, &["time", "ts"]),
    (Target::Host, &["host", "host_name"]),
    (Target::UserId, &["user_id"]),
    (Target::Messages, &["messages"]),
    (Target::Role, &["role"]),
    (Target::Content, &["content"]),
    (Target::System, &["system", "system_prompt"]),
    (Target::User, &["user", "user_text"]),
    (Target::Reasoning, &["reasoning"]),
    (Target::Assistant, &["assistant", "text", "assistant_text"]),
    (Target::ToolName, &["tool_name"]),
    (Target::ToolCallId, &["tool_call_id"]),
    (Target::ToolArguments, &["tool_arguments", "tool_call_arguments"]),
    (Target::ToolResult, &["tool_result", "tool_call_result"]),
    (Target::ToolError, &["tool_error", "tool_is_error"]),
    (Target::ToolStatus, &["tool_status"]),
    (Target::ToolExitCode, &["tool_exit_code"]),
];

impl Target {
    /// The target with this name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        NAMED.iter().find(|(_, names)| names.contains(&name)).map(|(target, _)| *target)
    }

    /// The name that is shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        let named = NAMED.iter().find(|(target, _)| *target == self);
        named.and_then(|(_, names)| names.first()).copied().unwrap_or_default()
    }

    /// All names that are shown, for messages and help.
    #[must_use]
    pub fn all_names() -> String {
        let first: Vec<&str> =
            NAMED.iter().filter_map(|(_, names)| names.first().copied()).collect();
        first.join(", ")
    }

    /// Whether this is something that was said, thought or done: a record without any of these
    /// has nothing to read.
    pub(super) fn says(self) -> bool {
        matches!(
            self,
            Self::Content
                | Self::System
                | Self::User
                | Self::Reasoning
                | Self::Assistant
                | Self::ToolName
                | Self::ToolArguments
                | Self::ToolResult
        )
    }

    /// Whether this describes what is said. It may be a constant, and a message without one
    /// has that of its record.
    pub(super) fn describes(self) -> bool {
        matches!(
            self,
            Self::Session
                | Self::Agent
                | Self::AgentId
                | Self::Model
                | Self::Time
                | Self::Host
                | Self::UserId
        )
    }

    /// Whether a record may say it for all its messages.
    pub(super) fn may_be_of_record(self) -> bool {
        self.describes() || self == Self::Role
    }

    /// Whether it may be a constant. What was said may not: nobody has said it.
    pub(super) fn may_be_constant(self) -> bool {
        (self.describes() && self != Self::Time) || self == Self::Role
    }

    /// Whether it comes before what the model says.
    pub(super) fn is_prompt(self) -> bool {
        matches!(self, Self::System | Self::User)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_names_that_no_other_has() {
        let mut names: Vec<&str> =
            NAMED.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        for (target, names) in NAMED {
            assert!(names.iter().all(|name| Target::parse(name) == Some(target)));
            assert_eq!(Target::parse(target.name()), Some(target));
        }
    }
}
