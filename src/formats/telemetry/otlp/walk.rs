//! From an export to its units: one per span, one per log, one per call logged as messages.
//!
//! A unit carries a template event with everything that all its rows share (ids, times, names,
//! models) and the attributes that nobody has taken yet. Which dialect they are in is not
//! decided here.

use super::common::Common;
use super::value::{Attrs, any_value, id, list, time};
use crate::formats::json::{Json, NULL};
use crate::record::{Event, Id16, Reason, Time};
use std::collections::BTreeMap;

const FORMAT: &str = super::ID;

/// What a unit was written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// A span.
    Span,
    /// A log record.
    Log,
    /// The log records of one call that each hold a message.
    Messages,
}

/// A span, a log, or the messages of a call.
#[derive(Debug)]
pub(super) struct Unit<'r> {
    /// What it was written as.
    pub(super) signal: Signal,
    /// Place in the record.
    pub(super) pointer: String,
    /// Name of the span or event.
    pub(super) name: String,
    /// Name of the instrumentation.
    pub(super) scope: String,
    /// Native ids, or a hash in their place.
    pub(super) ids: [String; 2],
    /// The conversation it names itself.
    pub(super) conversation: Option<String>,
    /// Start and end, nanoseconds.
    pub(super) start: i64,
    /// End, nanoseconds.
    pub(super) end: Option<i64>,
    /// What all its rows share.
    pub(super) base: Event,
    /// Attributes that have not been taken.
    pub(super) attrs: Attrs<'r>,
    /// Body of a log.
    pub(super) body: Json<'r>,
    /// Events of a span, or the logs of `Messages`.
    pub(super) events: Vec<SubEvent<'r>>,
    /// Span kind, without prefix, lower case.
    pub(super) kind: String,
    /// Status is error: its message.
    pub(super) error: Option<String>,
    /// Facts for the attributes of the first row, as JSON text.
    pub(super) facts: Vec<(String, String)>,
    /// Hash of all it says.
    pub(super) fingerprint: Id16,
}

/// An event of a span, or a log record that is one message.
#[derive(Debug)]
pub(super) struct SubEvent<'r> {
    /// Its name.
    pub(super) name: String,
    /// Its time.
    pub(super) time: Time,
    /// Its time in nanoseconds.
    pub(super) nanos: Option<i64>,
    /// When the collector saw it, microseconds.
    pub(super) observed: Option<i64>,
    /// Its attributes.
    pub(super) attrs: Attrs<'r>,
    /// Its body.
    pub(super) body: Json<'r>,
    /// Place in the record.
    pub(super) pointer: String,
}

/// All units of an export, in written order.
///
/// # Errors
/// If the record has no list of spans or logs, or says something but holds neither.
pub(super) fn units<'r>(record: &'r Json<'_>) -> Result<Vec<Unit<'r>>, Reason> {
    let mut walk = Walk::default();
    let resources = ["resourceSpans", "resource_spans", "resourceLogs", "resource_logs"];
    let mut known = false;
    for name in resources {
        let Some((name, items)) = list(record, &[name]) else { continue };
        known = true;
        walk.said |= !items.is_empty();
        for (at, item) in items.iter().enumerate() {
            walk.resource(item, &format!("/{name}/{at}"));
        }
    }
    if !known && is_resource(record) {
        walk.said = true;
        walk.resource(record, "");
    } else if !known && is_span(record) {
        walk.said = true;
        let common = Common::read(record, "", &NULL, "");
        walk.span(record, "", &common);
    } else if !known {
        return Err(Reason::MissingField { format: FORMAT, field: "resourceSpans" });
    }
    match walk.said && walk.units.is_empty() {
        true => Err(Reason::MissingField { format: FORMAT, field: "spans" }),
        false => Ok(walk.units),
    }
}

const SCOPES: [&str; 8] = [
    "scopeSpans",
    "scope_spans",
    "instrumentationLibrarySpans",
    "instrumentation_library_spans",
    "scopeLogs",
    "scope_logs",
    "instrumentationLibraryLogs",
    "instrumentation_library_logs",
];
const RECORDS: [&str; 4] = ["spans", "logRecords", "log_records", "logs"];

/// Whether this is one element of a `resourceSpans` list, written by itself.
pub(super) fn is_resource(record: &Json<'_>) -> bool {
    SCOPES.iter().any(|name| record.at(name).is_array())
}

/// Whether this is one span, written by itself.
pub(super) fn is_span(record: &Json<'_>) -> bool {
    let ids = if record.at("context").is_object() { record.at("context") } else { record };
    let started = ["startTimeUnixNano", "start_time_unix_nano", "start_time"];
    !ids.any_of(&["traceId", "trace_id"]).is_null()
        && !ids.any_of(&["spanId", "span_id"]).is_null()
        && !record.any_of(&started).is_null()
        && record.has("name")
        && record.has("attributes")
}

#[derive(Default)]
struct Walk<'r> {
    units: Vec<Unit<'r>>,
    /// Place in `units` of the messages of a call.
    groups: BTreeMap<[String; 2], usize>,
    said: bool,
}

impl<'r> Walk<'r> {
    fn resource(&mut self, resource: &'r Json<'_>, pointer: &str) {
        for name in SCOPES {
            let Some((name, scopes)) = list(resource, &[name]) else { continue };
            for (at, scope) in scopes.iter().enumerate() {
                self.scope(resource, pointer, scope, &format!("{pointer}/{name}/{at}"));
            }
        }
    }

    fn scope(&mut self, resource: &'r Json<'_>, outer: &str, scope: &'r Json<'_>, pointer: &str) {
        let common = Common::read(resource, outer, scope, pointer);
        for name in RECORDS {
            let Some((name, records)) = list(scope, &[name]) else { continue };
            for (at, record) in records.iter().enumerate() {
                let pointer = format!("{pointer}/{name}/{at}");
                match name {
                    "spans" => self.span(record, &pointer, &common),
                    _ => self.log(record, &pointer, &common),
                }
            }
        }
    }

    fn span(&mut self, span: &'r Json<'_>, pointer: &str, common: &Common) {
        let mut unit = unit(span, pointer, common, Signal::Span);
        unit.name = span.string("name").unwrap_or_default();
        let start = ["startTimeUnixNano", "start_time_unix_nano", "start_time"];
        let end = ["endTimeUnixNano", "end_time_unix_nano", "end_time"];
        let (nanos, at) = time(span.any_of(&start));
        unit.start = nanos.unwrap_or_default();
        unit.base.ts = at;
        let (nanos, at) = time(span.any_of(&end));
        unit.end = nanos;
        unit.base.ts_end = at.micros;
        unit.kind = span_kind(span.any_of(&["kind", "spanKind", "span_kind"]));
        read_status(&mut unit, span.at("status"));
        for (at, event) in span.at("events").items().iter().enumerate() {
            unit.events.push(sub_event(event, &format!("{pointer}/events/{at}")));
        }
        if !unit.kind.is_empty() {
            unit.facts.push(("span.kind".to_owned(), format!("\"{}\"", unit.kind)));
        }
        leftover_fields(&mut unit, span);
        self.units.push(unit);
    }

    fn log(&mut self, log: &'r Json<'_>, pointer: &str, common: &Common) {
        let mut unit = unit(log, pointer, common, Signal::Log);
        let single = sub_event(log, pointer);
        unit.name.clone_from(&single.name);
        unit.start = single.nanos.unwrap_or_default();
        unit.base.ts = single.time;
        unit.base.ts_observed = single.observed;
        if is_message(&single.name) {
            unit.signal = Signal::Messages;
            let grouped = unit.base.span_id.is_some();
            if let Some(at) = self.groups.get(&unit.ids).filter(|_| grouped) {
                if let Some(group) = self.units.get_mut(*at) {
                    group.fingerprint = both(group.fingerprint, unit.fingerprint);
                    group.events.push(single);
                }
                return;
            }
            self.groups.insert(unit.ids.clone(), self.units.len());
            // The attributes stay with the unit too: the first message names the provider.
            unit.events.push(single);
        } else {
            unit.body = single.body;
            leftover_fields(&mut unit, log);
        }
        self.units.push(unit);
    }
}

/// Whether an event holds one message of a call (conventions up to 1.36).
pub(super) fn is_message(name: &str) -> bool {
    matches!(
        name,
        "gen_ai.system.message"
            | "gen_ai.user.message"
            | "gen_ai.assistant.message"
            | "gen_ai.tool.message"
            | "gen_ai.choice"
    )
}

fn unit<'r>(source: &'r Json<'_>, pointer: &str, common: &Common, signal: Signal) -> Unit<'r> {
    let ids = if source.at("context").is_object() { source.at("context") } else { source };
    let mut base = common.base.clone();
    base.trace_id = id(ids.any_of(&["traceId", "trace_id"]), 16);
    base.span_id = id(ids.any_of(&["spanId", "span_id"]), 8);
    base.parent_span_id = id(source.any_of(&["parentSpanId", "parent_span_id", "parent_id"]), 8);
    let fingerprint = both(common.fingerprint, Id16::of("otlp", &[source.compact().as_bytes()]));
    let native = base.trace_id.clone().zip(base.span_id.clone());
    let (trace, span) = native.unwrap_or_else(|| ("hash".to_owned(), fingerprint.to_string()));
    Unit {
        signal,
        pointer: pointer.to_owned(),
        name: String::new(),
        scope: common.scope.clone(),
        ids: [trace, span],
        conversation: common.conversation.clone(),
        start: 0,
        end: None,
        base,
        attrs: Attrs::read(source, pointer),
        body: Json::Null,
        events: Vec::new(),
        kind: String::new(),
        error: None,
        facts: common.facts.clone(),
        fingerprint,
    }
}

fn both(one: Id16, other: Id16) -> Id16 {
    Id16::of("otlp.both", &[one.as_bytes(), other.as_bytes()])
}

fn sub_event<'r>(event: &'r Json<'_>, pointer: &str) -> SubEvent<'r> {
    let attrs = Attrs::read(event, pointer);
    let body = any_value(event.at("body"));
    let named = event.any_of(&["eventName", "event_name", "name"]).str().map(str::to_owned);
    let named = named.filter(|name| !name.is_empty());
    // Coding agents put the full name into the body and a short one into the attribute.
    let full = body.str().filter(|text| is_agent_event(text)).map(str::to_owned);
    let name = named.or(full).or_else(|| attrs.text("event.name").map(str::to_owned));
    let times = ["timeUnixNano", "time_unix_nano", "timestamp"];
    let (nanos, at) = time(event.any_of(&times));
    let seen = ["observedTimeUnixNano", "observed_time_unix_nano", "observed_timestamp"];
    let (seen_nanos, observed) = time(event.any_of(&seen));
    SubEvent {
        name: name.unwrap_or_default(),
        time: if nanos.is_some() { at } else { observed.inherited() },
        nanos: nanos.or(seen_nanos),
        observed: observed.micros,
        attrs,
        body,
        pointer: pointer.to_owned(),
    }
}

/// Whether this is the name of an event of a coding agent.
pub(super) fn is_agent_event(name: &str) -> bool {
    let family = name.split_once('.').map(|(family, _)| family);
    matches!(family, Some("claude_code" | "codex" | "gemini_cli" | "qwen-code" | "qwen_code"))
        && !name.contains(char::is_whitespace)
}

fn span_kind(kind: &Json<'_>) -> String {
    const KINDS: [&str; 6] = ["", "internal", "server", "client", "producer", "consumer"];
    let number = kind.u64().and_then(|n| usize::try_from(n).ok());
    match number.and_then(|n| KINDS.get(n)) {
        Some(name) => (*name).to_owned(),
        None => {
            let text = kind.display().unwrap_or_default();
            let text = text.rsplit('.').next().unwrap_or_default();
            text.trim_start_matches("SPAN_KIND_").to_ascii_lowercase()
        }
    }
}

fn read_status(unit: &mut Unit<'_>, status: &Json<'_>) {
    let code = status.any_of(&["code", "status_code", "statusCode"]).display().unwrap_or_default();
    let message = status.any_of(&["message", "description"]).display();
    let code = code.to_ascii_uppercase();
    if code == "2" || code.ends_with("ERROR") {
        unit.error = Some(message.unwrap_or_default());
        unit.base.status = Some("error");
    } else if code == "1" || code.ends_with("OK") {
        unit.base.status = Some("ok");
    }
}

/// Keeps the fields of a span or log that have no meaning of their own here.
fn leftover_fields(unit: &mut Unit<'_>, source: &Json<'_>) {
    let dropped = source.any_of(&["droppedAttributesCount", "dropped_attributes_count"]);
    if let Some(count) = dropped.i64().filter(|count| *count > 0) {
        unit.facts.push(("dropped_attributes".to_owned(), count.to_string()));
    }
    const KEPT: [(&str, &str); 10] = [
        ("severityText", "severity"),
        ("severity_text", "severity"),
        ("severityNumber", "severity_number"),
        ("severity_number", "severity_number"),
        ("traceState", "trace_state"),
        ("trace_state", "trace_state"),
        ("droppedEventsCount", "dropped_events"),
        ("droppedLinksCount", "dropped_links"),
        ("links", "links"),
        ("resource", "resource"),
    ];
    for (field, name) in KEPT {
        let value = source.at(field);
        let says_nothing = value.is_array() && value.items().is_empty();
        if !value.is_null() && !says_nothing {
            unit.facts.push((name.to_owned(), any_value(value).compact()));
        }
    }
}
