//! Reads one source from where it stands to its end.

use super::chunk::{Chunk, Progress};
use super::container::{self, Container};
use super::cut::{Cut, Cutter, Piece};
use super::known::{self, HEAD};
use super::sse;
use super::state::SourceState;
use crate::formats::evals::inspect;
use crate::formats::registry;
use crate::formats::{Format, Reader, Sink};
use crate::record::{Id16, Id32, Reason};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

pub use open::{open, stream_head};
pub use options::{Options, STDIN, Spooled};

/// One source to read.
#[derive(Debug, Clone)]
pub struct Job {
    /// The file.
    pub path: PathBuf,
    /// Bytes on disk.
    pub size: u64,
    /// Modification time, microseconds.
    pub mtime_micros: i64,
    /// First bytes of the logical stream, by which copies are found.
    pub head: Vec<u8>,
    /// State to go on from; its offset and content hash have been found to agree.
    pub resume: Option<SourceState>,
    /// Hash of the bytes before that state's offset, if it is known: they need not be hashed
    /// again.
    pub prefix: Option<blake3::Hasher>,
}

/// Takes what a source yields; its error ends the source.
pub type Emit<'a> = dyn FnMut(Chunk) -> Result<(), Stopped> + 'a;

/// The receiver does not want any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped")]
pub struct Stopped;

/// Saving the state of a source costs time, so it is not done with every chunk.
pub const CHECKPOINT_BYTES: u64 = 32 << 20;
const CHUNK_BYTES: u64 = 1 << 20;
const CHUNK_EVENTS: usize = 1024;
/// Records that repeat long histories have more in their events than in themselves.
const CHUNK_MEMORY: usize = 16 << 20;
/// Status of a source that has more to read.
const PARTIAL: &str = "partial";

/// As much of a rejected range as is kept.
const KEPT_BYTES: usize = 64 << 10;

/// Reads a source and emits its chunks; the last one has the final status. Never fails for
/// what is in the file: that goes into the chunks.
///
/// # Errors
/// Only [`Stopped`], if `emit` says so.
pub fn read(job: &Job, options: &Options, emit: &mut Emit<'_>) -> Result<(), Stopped> {
    let mut run = Run::new(job, options);
    match open(options.file(&job.path)) {
        Ok((file, head)) => run.dispatch(file, &head, emit)?,
        Err(error) => run.fail(Reason::Io(error.to_string())),
    }
    run.finish(emit)
}

/// A source being read.
pub(super) struct Run<'a> {
    pub(super) job: &'a Job,
    pub(super) options: &'a Options,
    pub(super) state: SourceState,
    sink: Sink,
    readers: BTreeMap<&'static str, Box<dyn Reader>>,
    sticky: Option<&'a dyn Format>,
    chunk: Chunk,
    /// Repeated records of earlier runs.
    repeats_before: u64,
    /// Bytes of the records in the chunk.
    held: u64,
    /// Bytes of the records since the last checkpoint.
    since_checkpoint: u64,
    status: &'static str,
    compression: &'static str,
    content_hash: Id32,
    member: Option<String>,
    superseded: bool,
    /// Flags of all records of the stream being read.
    flags: Vec<&'static str>,
}

/// What is left when nothing more can be cut.
#[derive(Debug, Default)]
struct Rest {
    line: u64,
    offset: u64,
    /// All of an event stream, else only its beginning.
    bytes: Vec<u8>,
    len: u64,
    span: u64,
}

impl Rest {
    fn of(piece: &Piece<'_>) -> Self {
        let Piece { line, offset, len, span, bytes, .. } = *piece;
        let kept = if sse::looks_like(bytes) { bytes.len() } else { bytes.len().min(KEPT_BYTES) };
        let bytes = bytes.get(..kept).unwrap_or_default().to_vec();
        Self { line, offset, len, span, bytes }
    }
}

impl<'a> Run<'a> {
    fn new(job: &'a Job, options: &'a Options) -> Self {
        let state = job.resume.clone().unwrap_or_default();
        let file_id = options.file_id(&job.path);
        let sticky = state.sticky.as_deref().and_then(registry::by_id);
        let sticky = sticky.map(|format| format as &dyn Format);
        Self {
            job,
            options,
            sink: Sink::new(&options.tenant, file_id, state.sink.clone()),
            readers: BTreeMap::new(),
            sticky,
            chunk: Chunk::default(),
            repeats_before: state.counts.repeats,
            held: 0,
            since_checkpoint: 0,
            status: "complete",
            compression: "none",
            // Should the source fail to open, it is still known as far as it was.
            content_hash: job
                .prefix
                .as_ref()
                .map_or_else(Id32::default, |hasher| Id32(*hasher.finalize().as_bytes())),
            member: None,
            superseded: false,
            flags: Vec::new(),
            state,
        }
    }

    fn dispatch(&mut self, file: File, head: &[u8], emit: &mut Emit<'_>) -> Result<(), Stopped> {
        let container = container::detect(head);
        self.compression = container.name();
        match container {
            _ if head.is_empty() => self.status = "empty",
            Container::Unsupported(what) => {
                self.status = "unsupported";
                self.reject_all(Reason::UnsupportedFormat(what), head);
            }
            Container::Zip => self.dispatch_zip(&file, emit)?,
            _ => match self.open_at_position(container, file) {
                Ok((stream, hasher)) => {
                    let utf16 = matches!(container, Container::Utf16 { .. });
                    self.read_stream(stream, hasher, utf16, emit)?;
                }
                Err(error) => self.stream_failed(&error, &Rest::default()),
            },
        }
        Ok(())
    }

    fn dispatch_zip(&mut self, file: &File, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        // The state of a copy says that all is read; one of anything else does not apply.
        if self.state.position.offset != self.job.size {
            self.state = SourceState::default();
            self.sink = Sink::new(&self.options.tenant, self.file_id(), Default::default());
            self.repeats_before = 0;
            self.read_zip(file, emit)?;
        }
        self.leave_archive();
        Ok(())
    }

    fn file_id(&self) -> Id16 {
        self.options.file_id(&self.job.path)
    }

    /// Cuts a stream into records and reads them.
    pub(super) fn read_stream(
        &mut self,
        stream: impl Read,
        hasher: blake3::Hasher,
        utf16: bool,
        emit: &mut Emit<'_>,
    ) -> Result<(), Stopped> {
        let position = self.state.position;
        let mut cutter = Cutter::new(stream, self.options.max_record, position, hasher);
        if utf16 {
            cutter = cutter.transcoded();
            self.flags.push("transcoded");
        }
        if self.told_by_path() {
            cutter = cutter.whole();
        }
        let blank_before = self.state.counts.blank_bytes;
        let mut rest = None;
        while rest.is_none() {
            match cutter.next_piece() {
                Some(piece) if piece.cut == Cut::Pending => rest = Some(Rest::of(&piece)),
                Some(piece) => self.take(&piece),
                None => rest = Some(Rest::default()),
            }
            self.state.position = cutter.position();
            self.state.counts.blank_bytes = blank_before + cutter.blank();
            if rest.is_none() && self.is_full() {
                self.content_hash = Id32(cutter.content_hash());
                self.flush(PARTIAL, emit)?;
            }
        }
        self.content_hash = Id32(cutter.content_hash());
        self.take_rest(&rest.unwrap_or_default(), cutter.fault());
        self.flags.clear();
        Ok(())
    }

    /// Whether the place in an Inspect archive says that this is Inspect's. Lists in one do not
    /// say what they are.
    fn told_by_path(&self) -> bool {
        let is_inspect = self.sticky.is_some_and(|format| format.id() == inspect::ID);
        is_inspect && self.member.as_deref().is_some_and(inspect::told_by_path)
    }

    fn is_full(&self) -> bool {
        self.sink.len() >= CHUNK_EVENTS
            || self.held >= CHUNK_BYTES
            || self.sink.memory_len() >= CHUNK_MEMORY
    }

    /// Starts a member of an archive: a stream of its own.
    pub(super) fn enter(&mut self, member: &str, superseded: bool, recovered: bool) {
        self.member = Some(member.to_owned());
        self.superseded = superseded;
        self.flags.clear();
        self.flags.extend(recovered.then_some("recovered"));
        self.state.position = super::cut::Position::default();
        self.begin_member(member);
    }

    /// What readers know of one member says nothing about the next. Only an Inspect archive is
    /// one log in many members.
    fn begin_member(&mut self, member: &str) {
        let is_inspect = |id: &str| id == inspect::ID;
        for (_, reader) in self.readers.iter_mut().filter(|(id, _)| !is_inspect(id)) {
            reader.finish(&mut self.sink);
        }
        self.readers.retain(|id, _| is_inspect(id));
        self.state.readers.retain(|id, _| is_inspect(id));
        if self.sticky.is_some_and(|format| is_inspect(format.id())) {
            return;
        }
        self.sticky = None;
        self.state.index = 0;
        // A version that was replaced is a stream of its own beside the one that counts.
        let before = if self.superseded { self.state.rolling } else { Id16::default() };
        self.state.rolling = Id16::of("stream.member", &[member.as_bytes(), before.as_bytes()]);
    }

    /// After the last member: the archive counts as read to its end. Its "stream" for the
    /// purpose of copies is the archive file itself.
    fn leave_archive(&mut self) {
        self.member = None;
        self.superseded = false;
        let hash = File::open(self.options.file(&self.job.path))
            .and_then(|mut file| known::hash_prefix(&mut file, self.job.size));
        if let Ok(hasher) = hash {
            self.state.position =
                super::cut::Position { offset: self.job.size, ..Default::default() };
            self.content_hash = Id32(*hasher.finalize().as_bytes());
        }
    }

    fn finish(mut self, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        for reader in self.readers.values_mut() {
            reader.finish(&mut self.sink);
        }
        let status = self.status;
        self.flush(status, emit)
    }

    fn flush(&mut self, status: &'static str, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        let (events, updates) = self.sink.take();
        self.state.counts.events += events.len() as u64;
        self.state.counts.repeats = self.repeats_before + self.sink.repeats();
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.events = events;
        chunk.updates = updates;
        self.since_checkpoint += self.held;
        let is_last = status != PARTIAL;
        let is_checkpoint = is_last
            || (self.member.is_none() && self.since_checkpoint >= self.options.checkpoint_bytes);
        chunk.progress = self.progress(status);
        if is_checkpoint {
            chunk.progress.state = Some(self.save());
            self.since_checkpoint = 0;
        }
        self.state.counts.pending_bytes = 0;
        self.held = 0;
        emit(chunk)
    }

    fn progress(&self, status: &'static str) -> Progress {
        let counts = self.state.counts;
        let last_offset = self.state.position.offset;
        let head_len = self.job.head.len().min(usize::try_from(last_offset).unwrap_or(HEAD));
        Progress {
            file_id: self.file_id(),
            path: self.job.path.to_string_lossy().into_owned(),
            size: self.job.size,
            mtime_micros: self.job.mtime_micros,
            compression: self.compression,
            // Of a reading it tells which one, even if nothing could be read in it.
            format: self.options.reading().or(self.state.main_format()).map(str::to_owned),
            status,
            last_offset,
            content_hash: self.content_hash,
            head_len: head_len as u64,
            head_hash: known::head_hash(&self.job.head[..head_len], self.options.reading()),
            counts,
            state: None,
        }
    }

    /// The state to go on from.
    fn save(&mut self) -> String {
        self.state.sticky = self.sticky.map(|format| format.id().to_owned());
        self.state.sink = self.sink.state().clone();
        for (name, reader) in &self.readers {
            self.state.readers.insert((*name).to_owned(), reader.save());
        }
        let pending = std::mem::take(&mut self.state.counts.pending_bytes);
        let saved = self.state.to_json();
        self.state.counts.pending_bytes = pending;
        saved
    }
}

mod open;
mod options;
mod reject;
mod take;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
