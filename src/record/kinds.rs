//! What a part of a transcript can be: the columns of an event that have few values, which stand
//! in the lake as their names.

use super::column_enum::column_enum;

column_enum! {
    /// What a part is.
    Kind {
        /// Instructions of the operator.
        SystemPrompt = "system_prompt",
        /// The tools on offer, with their descriptions (an injection surface).
        ToolDefinitions = "tool_definitions",
        /// Text under the user role.
        UserText = "user_text",
        /// Text the model shows.
        AssistantText = "assistant_text",
        /// Chain of thought.
        Reasoning = "reasoning",
        /// A call the model makes.
        ToolCall = "tool_call",
        /// What a call returned.
        ToolResult = "tool_result",
        /// An image, sound or file.
        Media = "media",
        /// The model or provider declined.
        Refusal = "refusal",
        /// Something failed.
        Error = "error",
        /// The history was cut here.
        Compaction = "compaction",
        /// What replaced the cut history.
        CompactionSummary = "compaction_summary",
        /// The log itself rewound or replaced earlier parts.
        HistoryEdit = "history_edit",
        /// A permission was asked for, given or denied.
        Permission = "permission",
        /// Session started, model switched, snapshot taken, ….
        Lifecycle = "lifecycle",
        /// Token counts that belong to no other part.
        Usage = "usage",
        /// A judgement attached to the transcript.
        Label = "label",
        /// A verdict of a guardrail.
        Guardrail = "guardrail",
        /// A record of a known family with an unknown type.
        Unknown = "unknown",
    }
}

column_enum! {
    /// Who a part is attributed to.
    Role {
        /// Operator instructions.
        System = "system",
        /// Operator instructions under the newer name.
        Developer = "developer",
        /// The person (or the harness in the person's name).
        User = "user",
        /// The model.
        Assistant = "assistant",
        /// A tool's result.
        Tool = "tool",
        /// The environment or harness itself.
        Environment = "environment",
        /// None of these; `role_raw` has what was logged.
        Other = "other",
    }
}

column_enum! {
    /// Where `conversation_id` comes from.
    SessionSource {
        /// The log names it.
        Native = "native",
        /// Derived from the message history that calls share.
        DerivedPrefixHash = "derived_prefix_hash",
        /// Derived from the file's content.
        File = "file",
        /// Not known.
        None = "none",
    }
}

column_enum! {
    /// Whether a part is on the branch of the conversation that was kept.
    BranchState {
        /// On the branch that was kept.
        Active = "active",
        /// On a branch the user rewound.
        Abandoned = "abandoned",
        /// Withdrawn by provider or harness.
        Retracted = "retracted",
        /// Replaced by a newer version of the same record.
        Superseded = "superseded",
        /// A copy of a part of another session (fork, resume, copied context).
        Copied = "copied",
        /// The format does not say.
        Unknown = "unknown",
    }
}

column_enum! {
    /// Whether the chain of thought of a part can be read.
    ReasoningState {
        /// In full.
        Plain = "plain",
        /// A summary by the provider.
        Summary = "summary",
        /// Left out by request (empty text, signature only).
        Omitted = "omitted",
        /// Only ciphertext.
        Encrypted = "encrypted",
        /// Removed by a filter.
        Redacted = "redacted",
        /// Only the number of tokens is known.
        TokenCountOnly = "token_count_only",
        /// The exporter does not record it.
        NotCaptured = "not_captured",
    }
}

column_enum! {
    /// Where readable reasoning was found.
    ReasoningSource {
        /// A block of its own type.
        NativeBlock = "native_block",
        /// A `reasoning_content` or `reasoning` field.
        ReasoningContent = "reasoning_content",
        /// Tags inside the assistant's text.
        InlineTag = "inline_tag",
        /// The raw request or response body kept by an exporter.
        RawBody = "raw_body",
        /// A repeated notification of the same reasoning.
        EventDup = "event_dup",
        /// The thought line of a ReAct trace.
        ReactText = "react_text",
    }
}

column_enum! {
    /// How a tool result was joined to its call.
    ToolJoin {
        /// By exact id.
        Id = "id",
        /// By position: the oldest unanswered call.
        Order = "order",
        /// By tool name, then position.
        NameOrder = "name_order",
        /// The id names several unanswered calls; the nearest was taken.
        Ambiguous = "ambiguous",
        /// No call is known.
        Orphan = "orphan",
        /// Not applicable.
        None = "none",
    }
}
