//! Writers: one per log format, from sessions to files.
//!
//! Every writer takes the sessions of its format in order of time and returns whole files, so it
//! alone decides what shares a file. Writers draw ids from a generator forked per session.

mod agentdojo;
mod anthropic;
mod claude_code;
mod codex;
mod inspect;
mod openai_chat;
mod openai_responses;
mod openinference;
mod otlp;
mod retail;
mod tools;

use std::collections::BTreeMap;

use serde_json::Value;

use super::GeneratedFile;
use super::rng::Rng;
use super::session::Session;

/// Files written so far, and where each session went.
#[derive(Debug, Default)]
pub(crate) struct Output {
    files: BTreeMap<String, Vec<u8>>,
    /// Session name to the paths it is in.
    pub(crate) places: BTreeMap<String, Vec<String>>,
    /// Where in the file a session is, when its id is not what a reader goes by.
    pub(crate) locators: BTreeMap<String, String>,
}

impl Output {
    /// Appends `text` to the file at `path`, on behalf of `session`.
    pub(crate) fn append(&mut self, session: &Session, path: &str, text: &str) {
        self.files.entry(path.to_owned()).or_default().extend_from_slice(text.as_bytes());
        let paths = self.places.entry(session.script.name.clone()).or_default();
        if !paths.iter().any(|known| known == path) {
            paths.push(path.to_owned());
        }
    }

    /// Notes where in its file a session is.
    pub(crate) fn locate(&mut self, session: &Session, locator: String) {
        self.locators.insert(session.script.name.clone(), locator);
    }

    /// The files, in path order; those under a `.gz` name are wrapped.
    pub(crate) fn into_files(self) -> Vec<GeneratedFile> {
        let wrap = |(path, bytes): (String, Vec<u8>)| {
            let bytes = if path.ends_with(".gz") { gzip(&bytes) } else { bytes };
            GeneratedFile { path, bytes }
        };
        self.files.into_iter().map(wrap).collect()
    }
}

/// Writes every session in its format.
pub(crate) fn write_all(sessions: &[Session], rng: &Rng) -> Output {
    let mut out = Output::default();
    for session in sessions {
        let mut ids = rng.fork(&session.script.name).fork("writer");
        match session.script.format.as_str() {
            "claude-code" => claude_code::write(session, &mut ids, &mut out),
            "codex" => codex::write(session, &mut ids, &mut out),
            "openai-chat" => openai_chat::write(session, &mut ids, &mut out),
            "openai-responses" => openai_responses::write(session, &mut ids, &mut out),
            "anthropic" => anthropic::write(session, &mut ids, &mut out),
            "otlp" => otlp::write(session, &mut ids, &mut out),
            "openinference" => openinference::write(session, &mut ids, &mut out),
            "agentdojo" => agentdojo::write(session, &mut ids, &mut out),
            _ => {}
        }
    }
    inspect::write(&of(sessions, "inspect"), rng, &mut out);
    retail::write(&of(sessions, "retail"), rng, &mut out);
    out
}

/// Format names a script may use.
#[cfg(test)]
pub(crate) const NAMES: &[&str] = &[
    "claude-code",
    "codex",
    "openai-chat",
    "openai-responses",
    "anthropic",
    "otlp",
    "openinference",
    "agentdojo",
    "inspect",
    "retail",
];

fn of<'a>(sessions: &'a [Session], format: &str) -> Vec<&'a Session> {
    sessions.iter().filter(|session| session.script.format == format).collect()
}

/// JSON lines of `records`.
fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

/// A gzip member with stored blocks: compressed bytes would depend on the library's version and
/// on the processor, and the corpus must not.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let builder = flate2::GzBuilder::new().mtime(0).operating_system(255);
    let mut encoder = builder.write(Vec::new(), flate2::Compression::none());
    // Writing to memory cannot fail; if it did, the test that unpacks the file would say so.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// A 1×1 PNG, for sessions with a picture.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
