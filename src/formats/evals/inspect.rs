//! Inspect evaluation logs: `.eval` archives, one record per member, and single `.json` logs.
//!
//!   header/start -> which model and task (state)     sample -> one session, see `sample`
//!   chunk of a sample -> rows of its session         summaries, reductions -> nothing new
//!
//! Records are recognised by content; the path of a member decides only what its content cannot
//! say, such as which sample a list of messages belongs to.

mod call;
mod chunk;
mod ending;
mod event;
mod members;
pub(super) mod message;
mod sample;

pub use members::{member_order, told_by_path};

use super::shared::flatten;
use crate::formats::common::leftovers;
use crate::formats::{Format, Json, Key, Reader, Record, Session, Sink};
use crate::record::{Event, Kind, Reason, Role};
use chunk::Chunk;
use members::{Member, Part};
use serde::{Deserialize, Serialize};

/// Name of the format.
pub const ID: &str = "inspect";

/// See the module.
pub struct Inspect;

impl Format for Inspect {
    fn id(&self) -> &'static str {
        ID
    }

    fn title(&self) -> &'static str {
        "Inspect evaluation log (.eval member or .json)"
    }

    fn sniff(&self, record: &Json<'_>) -> u8 {
        match record {
            Json::Object(_) if is_log(record) => 96,
            Json::Object(_) if is_sample(record) => 93,
            Json::Array(items) => match items.first() {
                Some(first) if is_sample(first) => 90,
                Some(first) if first.has("scorer") && first.at("samples").is_array() => 90,
                _ => 0,
            },
            _ => 0,
        }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(LogReader::default())
    }
}

fn is_log(record: &Json<'_>) -> bool {
    let eval = record.at("eval");
    record.has("version") && (eval.has("eval_id") || eval.has("run_id")) && eval.has("task")
}

/// A sample or the summary of one.
fn is_sample(record: &Json<'_>) -> bool {
    record.has("epoch")
        && record.has("id")
        && record.has("input")
        && ["target", "messages", "scores", "uuid"].iter().any(|key| record.has(key))
}

/// The evaluation that samples belong to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Eval {
    id: String,
    task: Option<String>,
    model: Option<String>,
    version: Option<String>,
}

impl Eval {
    fn of(spec: &Json<'_>) -> Self {
        // Logs of 2024 name the run only, which may be of several tasks.
        let run = || [spec.string("run_id"), spec.string("task_id")].map(Option::unwrap_or_default);
        Self {
            id: spec.string("eval_id").unwrap_or_else(|| run().join("/")),
            task: spec.string("task"),
            model: spec.string("model"),
            version: spec.at("packages").string("inspect_ai"),
        }
    }

    /// The session of a sample: its own id, else its place in the evaluation.
    fn session(&self, sample: &Json<'_>) -> String {
        match sample.text("uuid") {
            Some(uuid) => uuid.to_owned(),
            None => {
                let text = |key| sample.at(key).display().unwrap_or_default();
                self.session_of(&text("id"), &text("epoch"))
            }
        }
    }

    fn session_of(&self, sample: &str, epoch: &str) -> String {
        format!("{}/{sample}/{epoch}", self.id)
    }
}

#[derive(Default, Serialize, Deserialize)]
struct LogReader {
    eval: Eval,
    /// The sample whose chunks are being read; an archive is always read whole.
    #[serde(skip)]
    chunk: Option<Chunk>,
}

impl Reader for LogReader {
    fn read(&mut self, record: &Record<'_>, sink: &mut Sink) -> Result<(), Reason> {
        let value = record.json;
        match Member::of(record.place.container_path.as_deref().unwrap_or_default()) {
            Member::Copy => return Ok(()),
            Member::Chunk { dir, part, start } => {
                self.chunk(dir, part, start, value, sink);
                return Ok(());
            }
            Member::Other => {}
        }
        match value {
            _ if is_log(value) => self.log(value, sink),
            // A summary repeats what its sample says.
            Json::Array(_) => {}
            _ if value.has("message_count") || value.has("retries") => {}
            _ if is_sample(value) => sample::read(&self.eval, value, "", sink),
            Json::Object(_) => {
                let mut event = Event::new(Kind::Unknown, Role::Environment);
                event.text = Some(value.compact());
                sink.push(Key::Position, event);
            }
            other => return Err(Reason::NotARecord(other.type_name())),
        }
        Ok(())
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn restore(&mut self, state: &serde_json::Value) {
        if let Ok(state) = Self::deserialize(state) {
            *self = state;
        }
    }
}

impl LogReader {
    /// A header, or a whole log with its samples.
    fn log(&mut self, log: &Json<'_>, sink: &mut Sink) {
        self.eval = Eval::of(log.at("eval"));
        for (n, sample) in log.at("samples").items().iter().enumerate() {
            sample::read(&self.eval, sample, &format!("/samples/{n}"), sink);
        }
        let error = log.at("error");
        if log.has("results") || log.has("stats") || !error.is_null() {
            self.outcome(log, error, sink);
        }
    }

    /// How the evaluation as a whole went, as a session of its own.
    fn outcome(&self, log: &Json<'_>, error: &Json<'_>, sink: &mut Sink) {
        sink.session(Session::Native(&self.eval.id));
        let failed = !error.is_null();
        let kind = if failed { Kind::Error } else { Kind::Lifecycle };
        let mut event = Event::new(kind, Role::Environment);
        event.request_model.clone_from(&self.eval.model);
        event.source_version.clone_from(&self.eval.version);
        event.ts = log.path(&["stats", "completed_at"]).time();
        if failed {
            event.status = Some("error");
            event.error_message = error.any_of(&["message", "traceback"]).display();
        }
        leftovers(&mut event, log, &[]);
        for part in ["eval", "plan", "results", "stats"] {
            flatten(&mut event, part, log.at(part));
        }
        sink.push(Key::Native(&[&self.eval.id, "outcome"]), event);
    }

    fn chunk(&mut self, dir: &str, part: Part, start: usize, value: &Json<'_>, sink: &mut Sink) {
        if self.chunk.as_ref().is_none_or(|chunk| chunk.dir != dir) {
            self.chunk = Some(Chunk::new(dir, &self.eval));
        }
        if let Some(chunk) = &mut self.chunk {
            chunk.read(&self.eval, part, start, value, sink);
        }
    }
}

#[cfg(test)]
mod tests;
