//! The log source `product: ai_agent`, `category: agent_events`: which fields a rule may name
//! and which part of an event each one is. Nothing else in the program maps field names.
//!
//! A rule may also name any column of the `events` table and `attrs.<name>`. Free text stands
//! in few places, the [`Surface`]s; only they are searched before a rule is evaluated.

use super::arguments::Arguments;
use crate::record::columns::{self, Access};
use crate::record::{Event, Kind};
use rsigma_eval::EventValue;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

/// A free text of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Surface {
    /// What the part says: its text, reasoning or result; the arguments of a call.
    Content,
    /// The arguments of a call, escapes undone.
    Arguments,
    /// Column `text`.
    Text,
    /// Column `reasoning`.
    Reasoning,
    /// Column `tool_call_result`.
    Result,
    /// Column `tool_call_arguments`, as logged.
    RawArguments,
    /// Column `tool_name`: short, but most rules on calls name it.
    ToolName,
}

impl Surface {
    /// The same text under the name that is searched: the content of a call is its arguments.
    pub(super) fn on(self, kind: Kind) -> Self {
        if self == Self::Content && kind == Kind::ToolCall { Self::Arguments } else { self }
    }
}

/// A field that rules may name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field<'n> {
    EventType,
    Content,
    Arguments,
    Command,
    FilePath,
    Url,
    Model,
    Turn,
    Attr(&'n str),
    Column(&'static columns::Column),
}

/// Names of section d of the rule design that are not columns themselves.
const NAMES: &[(&str, Field<'static>)] = &[
    ("event_type", Field::EventType),
    ("content", Field::Content),
    ("arguments", Field::Arguments),
    ("command", Field::Command),
    ("file_path", Field::FilePath),
    ("url", Field::Url),
    ("model", Field::Model),
    ("turn", Field::Turn),
];

/// Names that stand for a column of another name.
const ALIASES: &[(&str, &str)] = &[
    ("agent_version", "source_version"),
    ("provider", "provider_name"),
    ("source_file", "file_id"),
    ("source_line", "line_no"),
    ("source_sha256", "raw_sha256"),
    ("service", "source_format"),
];

impl<'n> Field<'n> {
    /// The field of this name.
    pub(super) fn of(name: &'n str) -> Option<Self> {
        if let Some((_, field)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Some(*field);
        }
        if let Some(attr) = name.strip_prefix("attrs.") {
            return Some(Self::Attr(attr));
        }
        let column = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, to)| to);
        let column = columns::column(column)?;
        let constant = matches!(
            column.access,
            Access::Batch | Access::IngestTime | Access::Parser | Access::Attrs
        );
        (!constant).then_some(Self::Column(column))
    }

    /// The free text that the field is all or a part of.
    pub(super) fn surface(self) -> Option<Surface> {
        match self {
            Self::Content => Some(Surface::Content),
            Self::Arguments | Self::Command | Self::FilePath | Self::Url => {
                Some(Surface::Arguments)
            }
            Self::Column(column) => match column.name {
                "text" => Some(Surface::Text),
                "reasoning" => Some(Surface::Reasoning),
                "tool_call_result" => Some(Surface::Result),
                "tool_call_arguments" => Some(Surface::RawArguments),
                "tool_name" => Some(Surface::ToolName),
                _ => None,
            },
            _ => None,
        }
    }
}

/// All names a rule may use, for hints and documentation.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let columns = columns::COLUMNS.iter().map(|column| column.name);
    let known = columns.filter(|name| Field::of(name).is_some());
    NAMES.iter().map(|(name, _)| *name).chain(ALIASES.iter().map(|(name, _)| *name)).chain(known)
}

/// The `event_type` of a kind of part.
pub(super) fn event_type(kind: Kind) -> &'static str {
    match kind {
        Kind::UserText => "user_input",
        Kind::AssistantText => "output_generation",
        Kind::ToolResult => "tool_response",
        Kind::ToolDefinitions => "tool_description",
        Kind::Permission => "approval",
        other => other.as_str(),
    }
}

/// The kind of part of an `event_type`; our own kind names are accepted too.
pub(super) fn kind_of(event_type_name: &str) -> Option<Kind> {
    let by_type = Kind::ALL.iter().copied().find(|kind| event_type(*kind) == event_type_name);
    by_type.or_else(|| Kind::parse(event_type_name))
}

/// An event as rules see it. Arguments are read at most once, and only for calls.
pub(super) struct Row<'a> {
    pub(super) event: &'a Event,
    pub(super) kind: Kind,
    arguments: OnceCell<Option<Arguments>>,
}

impl<'a> Row<'a> {
    pub(super) fn new(event: &'a Event) -> Self {
        let kind = event.kind.unwrap_or(Kind::Unknown);
        Self { event, kind, arguments: OnceCell::new() }
    }

    /// The readable arguments, if this is a call that has any.
    pub(super) fn arguments(&self) -> Option<&Arguments> {
        let read = || {
            let raw = self.event.tool_call_arguments.as_deref().filter(|raw| !raw.is_empty())?;
            (self.kind == Kind::ToolCall).then(|| Arguments::read(raw))
        };
        self.arguments.get_or_init(read).as_ref()
    }

    /// The column that holds the content, and the content.
    fn content(&self) -> Option<(&'static str, &str)> {
        let event = self.event;
        let text = ("text", &event.text);
        let reasoning = ("reasoning", &event.reasoning);
        let result = ("tool_call_result", &event.tool_call_result);
        let error = ("error_message", &event.error_message);
        let order = match self.kind {
            Kind::ToolCall => return None,
            Kind::Reasoning => [reasoning, text, result, error],
            Kind::ToolResult => [result, text, error, reasoning],
            Kind::Error => [error, text, result, reasoning],
            _ => [text, reasoning, result, error],
        };
        order.into_iter().find_map(|(column, value)| {
            Some((column, value.as_deref().filter(|text| !text.is_empty())?))
        })
    }

    /// A free text, if the event has it.
    pub(super) fn surface(&self, surface: Surface) -> Option<&str> {
        let event = self.event;
        match surface.on(self.kind) {
            Surface::Content => self.content().map(|(_, text)| text),
            Surface::Arguments => self.arguments().map(|arguments| arguments.text.as_str()),
            Surface::Text => event.text.as_deref(),
            Surface::Reasoning => event.reasoning.as_deref(),
            Surface::Result => event.tool_call_result.as_deref(),
            Surface::RawArguments => event.tool_call_arguments.as_deref(),
            Surface::ToolName => event.tool_name.as_deref(),
        }
    }

    /// The texts of a field with the spans they take up in it, for quoting.
    pub(super) fn spans(&self, field: Field<'_>) -> Vec<(&str, usize)> {
        let Some(arguments) = self.arguments() else {
            return match field.surface().and_then(|surface| self.surface(surface)) {
                Some(text) => vec![(text, 0)],
                None => Vec::new(),
            };
        };
        let pick = |spans: &[Range<usize>]| {
            spans
                .iter()
                .filter_map(|span| Some((arguments.text.get(span.clone())?, span.start)))
                .collect()
        };
        match field {
            Field::Command => pick(&arguments.commands),
            Field::FilePath => pick(&arguments.paths),
            Field::Url => pick(&arguments.urls),
            _ => match field.surface().and_then(|surface| self.surface(surface)) {
                Some(text) => vec![(text, 0)],
                None => Vec::new(),
            },
        }
    }

    /// Where a span of a surface lies: column, the column's whole text and the span in it.
    pub(super) fn place(
        &self,
        surface: Surface,
        span: Range<usize>,
    ) -> (&'static str, &str, Range<usize>) {
        let event = self.event;
        let column = match surface.on(self.kind) {
            Surface::Content => {
                return self
                    .content()
                    .map_or(("text", "", span.clone()), |(column, text)| (column, text, span));
            }
            Surface::Arguments | Surface::RawArguments => {
                ("tool_call_arguments", &event.tool_call_arguments)
            }
            Surface::Text => ("text", &event.text),
            Surface::Reasoning => ("reasoning", &event.reasoning),
            Surface::Result => ("tool_call_result", &event.tool_call_result),
            Surface::ToolName => ("tool_name", &event.tool_name),
        };
        let raw = match (surface.on(self.kind), self.arguments()) {
            (Surface::Arguments, Some(arguments)) => arguments.raw_span(span),
            _ => span,
        };
        (column.0, column.1.as_deref().unwrap_or_default(), raw)
    }

    fn values(&self, field: Field<'_>) -> Option<EventValue<'_>> {
        let mut values: Vec<EventValue<'_>> = self
            .spans(field)
            .into_iter()
            .map(|(text, _)| EventValue::Str(Cow::Borrowed(text)))
            .collect();
        if values.len() > 1 { Some(EventValue::Array(values)) } else { values.pop() }
    }

    fn column(&self, column: &'static columns::Column) -> Option<EventValue<'_>> {
        let text = |value: String| EventValue::Str(Cow::Owned(value));
        match column.access {
            Access::Text(get, _) | Access::Large(get, _) => {
                get(self.event).map(|value| EventValue::Str(Cow::Borrowed(value)))
            }
            Access::Binary(get, _) => get(self.event).map(|bytes| text(hex::encode(bytes))),
            Access::Bool(get, _) => get(self.event).map(EventValue::Bool),
            Access::Long(get, _) => get(self.event).map(EventValue::Int),
            Access::Int(get, _) => get(self.event).map(|value| EventValue::Int(value.into())),
            Access::Double(get, _) => get(self.event).map(EventValue::Float),
            Access::Time(get, _) => get(self.event)
                .and_then(chrono::DateTime::from_timestamp_micros)
                .map(|time| text(time.to_rfc3339())),
            Access::Date(get) => get(self.event)
                .and_then(|days| chrono::DateTime::from_timestamp(i64::from(days) * 86_400, 0))
                .map(|day| text(day.format("%Y-%m-%d").to_string())),
            Access::Flags => {
                let flags = self.event.flags.iter();
                Some(EventValue::Array(
                    flags.map(|flag| EventValue::Str(Cow::Borrowed(*flag))).collect(),
                ))
            }
            Access::Attrs | Access::Batch | Access::IngestTime | Access::Parser => None,
        }
    }

    fn field(&self, field: Field<'_>) -> Option<EventValue<'_>> {
        let event = self.event;
        match field {
            Field::EventType => Some(EventValue::Str(Cow::Borrowed(event_type(self.kind)))),
            Field::Content => {
                self.surface(Surface::Content).map(|text| EventValue::Str(Cow::Borrowed(text)))
            }
            Field::Arguments | Field::Command | Field::FilePath | Field::Url => {
                self.arguments()?;
                self.values(field)
            }
            Field::Model => event
                .response_model
                .as_deref()
                .or(event.request_model.as_deref())
                .map(|model| EventValue::Str(Cow::Borrowed(model))),
            Field::Turn => event.turn_index.map(|turn| EventValue::Int(turn.into())),
            Field::Attr(name) => {
                let found = event.attrs.iter().find(|(key, _)| key == name);
                found.map(|(_, value)| EventValue::Str(Cow::Borrowed(value.as_str())))
            }
            Field::Column(column) => self.column(column),
        }
    }

    /// Everything a field-less keyword is looked for in.
    fn keyword_texts(&self) -> impl Iterator<Item = &str> {
        KEYWORD_SURFACES.iter().filter_map(|surface| self.surface(*surface))
    }
}

/// The surfaces a field-less keyword is looked for in.
pub(super) const KEYWORD_SURFACES: [Surface; 4] =
    [Surface::Content, Surface::Reasoning, Surface::Result, Surface::ToolName];

impl rsigma_eval::Event for Row<'_> {
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        self.field(Field::of(path)?)
    }

    fn any_string_value(&self, pred: &dyn Fn(&str) -> bool) -> bool {
        self.keyword_texts().any(pred)
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        self.keyword_texts().map(Cow::Borrowed).collect()
    }

    fn to_json(&self) -> serde_json::Value {
        // Only asked for by features that are not used here.
        serde_json::Value::Null
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Role;
    use rsigma_eval::Event as _;

    fn get(row: &Row<'_>, field: &str) -> Option<String> {
        row.get_field(field).and_then(|value| value.as_str().map(Cow::into_owned))
    }

    #[test]
    fn names_are_known_and_unique_enough() {
        assert!(names().all(|name| Field::of(name).is_some()));
        assert!(Field::of("batch_id").is_none(), "not known while scanning");
        assert!(Field::of("contents").is_none());
        for kind in Kind::ALL {
            assert_eq!(kind_of(event_type(*kind)), Some(*kind));
            assert_eq!(kind_of(kind.as_str()), Some(*kind));
        }
    }

    #[test]
    fn content_is_what_the_part_says() {
        let mut event = Event::new(Kind::Reasoning, Role::Assistant);
        event.reasoning = Some("thought".into());
        assert_eq!(get(&Row::new(&event), "content").as_deref(), Some("thought"));
        assert_eq!(get(&Row::new(&event), "event_type").as_deref(), Some("reasoning"));
        event.kind = Some(Kind::ToolResult);
        event.tool_call_result = Some("result".into());
        assert_eq!(get(&Row::new(&event), "content").as_deref(), Some("result"));
        assert_eq!(get(&Row::new(&event), "command"), None);
    }

    #[test]
    fn fields_of_a_call_come_from_its_arguments() {
        let mut event = Event::new(Kind::ToolCall, Role::Assistant);
        event.tool_call_arguments = Some(r#"{"cmd":"a\tb","path":"/x"}"#.into());
        event.ts = crate::record::Time::exact(1_700_000_000_000_000);
        let row = Row::new(&event);
        assert_eq!(get(&row, "command").as_deref(), Some("a\tb"));
        assert_eq!(get(&row, "file_path").as_deref(), Some("/x"));
        assert_eq!(get(&row, "content").as_deref(), Some("{\"cmd\":\"a\tb\",\"path\":\"/x\"}"));
        assert_eq!(get(&row, "ts").as_deref(), Some("2023-11-14T22:13:20+00:00"));
        let (column, raw, span) = row.place(Surface::Content, 9..10);
        assert_eq!((column, &raw[span]), ("tool_call_arguments", "\\t"));
    }
}
