//! The fields of a split, the event columns they are filled from, and the names a query may
//! use for them.
//!
//! Nothing is stored: a split answers "which rows", the Parquet file has the rows. Text fields
//! have positions, because identifiers, paths and CJK words are phrases of several tokens;
//! field norms are left out, because nothing here is scored.

use std::sync::OnceLock;
use tantivy::schema::{
    Field as FieldId, IndexRecordOption, Schema, TextFieldIndexing, TextOptions,
};

/// Version of everything that decides what a split contains: container, fields, tokenizer and
/// the library's own format. A split of another version is treated as missing.
pub const INDEX_FORMAT_VERSION: u32 = 1;

/// Name under which the tokenizer of running text is registered.
pub(super) const TEXT_TOKENIZER: &str = "event_text";
/// Name under which the tokenizer of ids is registered.
pub(super) const ID_TOKENIZER: &str = "event_id";

/// A searchable field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Visible text of a part.
    Text,
    /// Readable chain of thought.
    Reasoning,
    /// Arguments of a tool call.
    Arguments,
    /// Result of a tool call.
    Result,
    /// Name of the tool.
    Tool,
    /// Model that was asked or that answered.
    Model,
    /// Conversation or session id, as a whole.
    Conversation,
}

impl Field {
    /// All fields, in the order of the schema.
    pub const ALL: [Self; 7] = [
        Self::Text,
        Self::Reasoning,
        Self::Arguments,
        Self::Result,
        Self::Tool,
        Self::Model,
        Self::Conversation,
    ];

    /// The fields a query searches when it names none.
    pub const DEFAULT: [Self; 4] = [Self::Text, Self::Reasoning, Self::Arguments, Self::Result];

    /// The name in a query and in the split.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Reasoning => "reasoning",
            Self::Arguments => "arguments",
            Self::Result => "result",
            Self::Tool => "tool",
            Self::Model => "model",
            Self::Conversation => "conversation",
        }
    }

    /// The event columns the field is filled from.
    #[must_use]
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Text => &["text"],
            Self::Reasoning => &["reasoning"],
            Self::Arguments => &["tool_call_arguments"],
            Self::Result => &["tool_call_result"],
            Self::Tool => &["tool_name"],
            Self::Model => &["request_model", "response_model"],
            Self::Conversation => &["session_id", "conversation_id"],
        }
    }

    /// Other names a query may use: column names and what people type.
    fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Text => &["content"],
            Self::Reasoning => &["cot", "thought", "thinking"],
            Self::Arguments => &["args", "tool_call_arguments"],
            Self::Result => &["output", "tool_call_result"],
            Self::Tool => &["tool_name"],
            Self::Model => &["request_model", "response_model"],
            Self::Conversation => &["session", "session_id", "conversation_id"],
        }
    }

    /// Reads a field name or alias, whatever its case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| {
            let mut names = std::iter::once(field.name()).chain(field.aliases().iter().copied());
            names.any(|known| known.eq_ignore_ascii_case(name))
        })
    }

    /// Whether the field holds whole ids instead of running text.
    pub(super) fn is_id(self) -> bool {
        self == Self::Conversation
    }

    /// Whether the field's values repeat from row to row.
    pub(super) fn repeats(self) -> bool {
        matches!(self, Self::Tool | Self::Model | Self::Conversation)
    }

    /// The field in the library's schema.
    pub(super) fn id(self) -> FieldId {
        FieldId::from_field_id(self as u32)
    }
}

/// The schema every split has.
pub(super) fn schema() -> Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(build_schema).clone()
}

fn build_schema() -> Schema {
    let mut builder = Schema::builder();
    for field in Field::ALL {
        let id = builder.add_text_field(field.name(), options(field));
        debug_assert_eq!(id, field.id(), "fields are numbered in the order of `ALL`");
    }
    builder.build()
}

fn options(field: Field) -> TextOptions {
    let (tokenizer, record) = if field.is_id() {
        (ID_TOKENIZER, IndexRecordOption::Basic)
    } else {
        (TEXT_TOKENIZER, IndexRecordOption::WithFreqsAndPositions)
    };
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(tokenizer)
        .set_index_option(record)
        .set_fieldnorms(false);
    TextOptions::default().set_indexing_options(indexing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_number_in_the_schema() {
        let schema = schema();
        for field in Field::ALL {
            assert_eq!(schema.get_field(field.name()).unwrap(), field.id());
        }
    }

    #[test]
    fn aliases_and_case_lead_to_the_field() {
        assert_eq!(Field::parse("Tool_Call_Result"), Some(Field::Result));
        assert_eq!(Field::parse("cot"), Some(Field::Reasoning));
        assert_eq!(Field::parse("https"), None);
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> =
            Field::ALL.iter().flat_map(|f| f.aliases().iter().copied().chain([f.name()])).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(all, names.len());
    }
}
