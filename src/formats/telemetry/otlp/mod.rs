//! OTLP as JSON: traces and logs of GenAI instrumentations, in all their dialects.
//!
//! One record is one export request, or one element of it. The way of a span or log:
//!
//!   record -> `walk` (units: one per span or log) -> `dialect` (what it says) -> `emit` (rows)
//!
//! The dialect is decided per unit by its attributes: the conventions of today, their events up
//! to 1.36, OpenInference, OpenLLMetry's flattened prompts, the AI SDK, events of coding agents;
//! everything else is a plain span or log and becomes a lifecycle row, so that nothing is lost.
//!
//! Invariants
//! * Units are read in order of their start, agents after what they wrap, because they repeat
//!   it; `seq` is the start in nanoseconds.
//! * The same span read twice gives no second rows; two spans of one model call (same response
//!   id) count its tokens once.
//! * An export that says something but holds no span and no log is an error, never silence.

mod body;
mod common;
mod dialect;
mod emit;
mod memory;
mod message;
mod parts;
mod rows;
mod salvage;
mod usage;
mod value;
mod walk;

#[cfg(test)]
mod tests;

use crate::formats::json::Json;
use crate::formats::{Format, Reader, Record, Session, Sink};
use crate::record::Reason;
use dialect::Nature;
use memory::Memory;
use serde::Deserialize as _;
use std::collections::BTreeMap;
use walk::Unit;

const ID: &str = "otlp_json";
/// Farthest ancestor that is asked for its conversation.
const MAX_ANCESTORS: usize = 64;

/// OTLP/JSON traces and logs.
#[derive(Debug, Clone, Copy)]
pub struct OtlpJson;

impl Format for OtlpJson {
    fn id(&self) -> &'static str {
        ID
    }

    fn title(&self) -> &'static str {
        "OpenTelemetry traces and logs as OTLP/JSON (GenAI conventions, OpenInference, OpenLLMetry)"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        const LISTS: [&str; 6] = [
            "resourceSpans",
            "resource_spans",
            "resourceLogs",
            "resource_logs",
            "resourceMetrics",
            "resource_metrics",
        ];
        if LISTS.iter().any(|name| record.has(name)) {
            return 100;
        }
        match record {
            _ if walk::is_resource(record) => 90,
            _ if walk::is_span(record) => 85,
            _ => 0,
        }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(OtlpReader::default())
    }
}

#[derive(Debug, Default)]
struct OtlpReader {
    memory: Memory,
}

impl Reader for OtlpReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let metrics = record.json.any_of(&["resourceMetrics", "resource_metrics"]);
        let mut units = match walk::units(record.json) {
            Err(_) if !metrics.is_null() => {
                return Err(Reason::UnsupportedFormat("otlp metrics"));
            }
            other => other?,
        };
        let natures: Vec<Nature> = units.iter().map(dialect::nature).collect();
        for unit in &mut units {
            common::take(unit);
        }
        let families = self.families(&units);
        let mut ordered: Vec<(Nature, Unit<'_>)> = natures.into_iter().zip(units).collect();
        ordered.sort_by_key(|(nature, unit)| (*nature == Nature::Agent, unit.start));
        for (nature, unit) in ordered {
            if self.memory.seen.insert(unit.fingerprint) {
                self.unit(unit, nature, &families, record, sink);
            }
        }
        Ok(())
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(&self.memory).unwrap_or_default()
    }

    fn restore(&mut self, state: &serde_json::Value) {
        self.memory = Memory::deserialize(state).unwrap_or_default();
        self.memory.seen.restored();
    }
}

/// Span -> its parent and the conversation it names.
type Families = BTreeMap<String, (Option<String>, Option<String>)>;

impl OtlpReader {
    /// Notes who is whose parent and which conversations are named.
    fn families(&mut self, units: &[Unit<'_>]) -> Families {
        let mut families = Families::new();
        for unit in units {
            if let (Some(trace), Some(name)) = (&unit.base.trace_id, &unit.conversation) {
                self.memory.name_trace(trace, name);
            }
            let Some(span) = &unit.base.span_id else { continue };
            let (parent, name) = families.entry(span.clone()).or_default();
            *parent = parent.take().or_else(|| unit.base.parent_span_id.clone());
            *name = name.take().or_else(|| unit.conversation.clone());
        }
        families
    }

    /// The conversation of a unit: its own, its ancestors', its trace's, else the trace itself.
    fn session(&self, unit: &Unit<'_>, families: &Families) -> Option<String> {
        if let Some(own) = &unit.conversation {
            return Some(own.clone());
        }
        let mut span = unit.base.span_id.as_ref().or(unit.base.parent_span_id.as_ref());
        for _ in 0..MAX_ANCESTORS {
            let Some((parent, name)) = span.and_then(|span| families.get(span)) else { break };
            if let Some(name) = name {
                return Some(name.clone());
            }
            span = parent.as_ref();
        }
        let trace = unit.base.trace_id.as_ref()?;
        Some(self.memory.conversation(trace).unwrap_or(trace).to_owned())
    }

    fn unit(
        &mut self,
        mut unit: Unit<'_>,
        nature: Nature,
        families: &Families,
        record: &Record<'_>,
        sink: &mut Sink,
    ) {
        match self.session(&unit, families) {
            Some(name) => sink.session(Session::Native(&name)),
            None => sink.session(Session::Source),
        }
        let content = dialect::read(&mut unit, nature);
        let index = i64::try_from(record.index).unwrap_or(i64::MAX);
        emit::emit(unit, content, &mut self.memory, sink, record.rolling, index);
    }
}
