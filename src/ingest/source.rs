//! Reads one source from where it stands to its end.

use super::chunk::{Chunk, Progress, RawRecord, Rejected};
use super::container::{self, Container, Limits};
use super::cut::{BadKind, Cut, Cutter, Piece};
use super::known::{self, HEAD};
use super::salvage;
use super::state::SourceState;
use crate::formats::evals::inspect;
use crate::formats::json::{self, Fault, Json, Notes};
use crate::formats::{Format, Reader, Record, Sink, registry};
use crate::record::id::Hasher;
use crate::record::{Id16, Id32, Place, Reason};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What holds for all sources of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Goes into every id and the `tenant` column; empty if there is only one.
    pub tenant: String,
    /// Longest record that is read.
    pub max_record: u64,
    /// Bounds of decompression.
    pub limits: Limits,
    /// Keep the bytes of records, not only their hashes.
    pub keep_raw: bool,
    /// The sources are finished: an unfinished record at the end is broken.
    pub finished: bool,
    /// Read everything as this format.
    pub forced: Option<&'static str>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tenant: String::new(),
            max_record: 256 << 20,
            limits: Limits::default(),
            keep_raw: true,
            finished: false,
            forced: None,
        }
    }
}

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
}

/// Takes what a source yields; its error ends the source.
pub type Emit<'a> = dyn FnMut(Chunk) -> Result<(), Stopped> + 'a;

/// The receiver does not want any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped")]
pub struct Stopped;

const CHUNK_BYTES: u64 = 4 << 20;
const CHUNK_EVENTS: usize = 4096;
/// As much of a rejected range as is kept.
const KEPT_BYTES: usize = 64 << 10;

/// Reads a source and emits its chunks; the last one has the final status. Never fails for
/// what is in the file: that goes into the chunks.
///
/// # Errors
/// Only [`Stopped`], if `emit` says so.
pub fn read(job: &Job, options: &Options, emit: &mut Emit<'_>) -> Result<(), Stopped> {
    let mut run = Run::new(job, options);
    match open(&job.path) {
        Ok((file, head)) => run.dispatch(file, &head, emit)?,
        Err(error) => run.fail(&Reason::Io(error.to_string())),
    }
    run.finish(emit)
}

/// Opens a file and looks at its first bytes.
///
/// # Errors
/// What the system says.
pub fn open(path: &Path) -> io::Result<(File, Vec<u8>)> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    (&mut file).take(HEAD as u64).read_to_end(&mut head)?;
    io::Seek::rewind(&mut file)?;
    Ok((file, head))
}

/// The first bytes of a file's logical stream.
///
/// # Errors
/// If it cannot be read or decompressed.
pub fn stream_head(path: &Path, limits: Limits) -> io::Result<(Container, Vec<u8>)> {
    let (file, head) = open(path)?;
    let container = container::detect(&head);
    match container {
        Container::Gzip | Container::Zstd | Container::Utf16 { .. } => {
            let mut head = Vec::new();
            container::open(container, file, limits)?.take(HEAD as u64).read_to_end(&mut head)?;
            Ok((container, head))
        }
        _ => Ok((container, head)),
    }
}

/// A source being read.
pub(super) struct Run<'a> {
    pub(super) job: &'a Job,
    pub(super) options: &'a Options,
    pub(super) state: SourceState,
    sink: Sink,
    readers: BTreeMap<&'static str, Box<dyn Reader>>,
    sticky: Option<&'static dyn Format>,
    chunk: Chunk,
    /// Repeated records of earlier runs.
    repeats_before: u64,
    /// Bytes of the records in the chunk.
    held: u64,
    status: &'static str,
    compression: &'static str,
    content_hash: Id32,
    member: Option<String>,
    superseded: bool,
}

impl<'a> Run<'a> {
    fn new(job: &'a Job, options: &'a Options) -> Self {
        let state = job.resume.clone().unwrap_or_default();
        let file_id = super::walk::file_id(&job.path);
        let sticky = state.sticky.as_deref().and_then(registry::by_id);
        Self {
            job,
            options,
            sink: Sink::new(&options.tenant, file_id, state.sink.clone()),
            readers: BTreeMap::new(),
            sticky,
            chunk: Chunk::default(),
            repeats_before: state.counts.repeats,
            held: 0,
            status: "complete",
            compression: "none",
            content_hash: Id32::default(),
            member: None,
            superseded: false,
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
            Container::Zip => self.read_zip(file, emit)?,
            _ => match container::open(container, file, self.options.limits) {
                Ok(stream) => self.read_from_position(stream, container, emit)?,
                Err(error) => self.fail(&Reason::Decompress(error.to_string())),
            },
        }
        Ok(())
    }

    /// Skips what has been read before, then reads on.
    fn read_from_position(
        &mut self,
        mut stream: Box<dyn Read>,
        container: Container,
        emit: &mut Emit<'_>,
    ) -> Result<(), Stopped> {
        match known::hash_prefix(&mut stream, self.state.position.offset) {
            Ok(hasher) => {
                let utf16 = matches!(container, Container::Utf16 { .. });
                self.read_stream(stream, hasher, utf16, emit)
            }
            Err(error) => {
                self.fail(&Reason::Io(error.to_string()));
                Ok(())
            }
        }
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
        }
        let blank_before = self.state.counts.blank_bytes;
        loop {
            let more = match cutter.next() {
                Ok(Some(piece)) => self.take(&piece, utf16),
                Ok(None) => false,
                Err(error) => {
                    self.stream_failed(&error, cutter.position().original);
                    false
                }
            };
            self.state.position = cutter.position();
            self.state.counts.blank_bytes = blank_before + cutter.blank();
            if !more {
                break;
            }
            if self.is_full() {
                self.content_hash = Id32(cutter.content_hash());
                self.flush("partial", emit)?;
            }
        }
        self.content_hash = Id32(cutter.content_hash());
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.sink.len() >= CHUNK_EVENTS || self.held >= CHUNK_BYTES
    }

    /// Handles one piece; false if it is the unfinished end.
    fn take(&mut self, piece: &Piece<'_>, utf16: bool) -> bool {
        match piece.cut {
            Cut::Record => self.take_record(piece, utf16),
            Cut::Bad(kind) => {
                let reason = kind.reason(piece.len, self.options.max_record);
                self.reject_piece(piece, reason, false);
            }
            Cut::Pending if self.options.finished || self.member.is_some() => {
                self.reject_piece(piece, Reason::TruncatedTail, false);
                return false;
            }
            Cut::Pending => {
                self.state.counts.pending_bytes = piece.len;
                return false;
            }
        }
        true
    }

    fn take_record(&mut self, piece: &Piece<'_>, utf16: bool) {
        let text = String::from_utf8_lossy(piece.bytes);
        let mut flags: Vec<&'static str> = Vec::new();
        if matches!(text, std::borrow::Cow::Owned(_)) {
            flags.push("lossy_utf8");
        }
        if utf16 {
            flags.push("transcoded");
        }
        if piece.concatenated {
            flags.push("concatenated_records");
        }
        match json::parse(&text) {
            Ok((value, notes)) => {
                flags.extend(notes.flags());
                let place = self.place(piece.line, piece.offset, piece.len);
                match self.record(&value, piece.bytes, place, &flags) {
                    Ok(()) => self.state.counts.record_bytes += piece.len,
                    Err(reason) => self.reject_piece(piece, reason, false),
                }
            }
            Err(fault) => self.take_broken(piece, &text, fault),
        }
    }

    /// A record that is not JSON: whole objects inside it are read, the rest is quarantined.
    fn take_broken(&mut self, piece: &Piece<'_>, text: &str, fault: Fault) {
        let mut salvaged = 0;
        if text.len() == piece.bytes.len() {
            salvage::embedded(
                text,
                |value| registry::detect(value, None).is_some(),
                |at, len, value, notes| {
                    salvaged += self.salvage(piece, at, len, value, notes);
                },
            );
        }
        self.state.counts.salvaged_bytes += salvaged;
        let counted = self.state.counts.quarantined_bytes;
        self.reject_piece(piece, fault_reason(fault, text.len()), salvaged > 0);
        self.state.counts.quarantined_bytes = counted + piece.len - salvaged;
    }

    fn salvage(
        &mut self,
        piece: &Piece<'_>,
        at: usize,
        len: usize,
        value: &Json<'_>,
        notes: Notes,
    ) -> u64 {
        let place = self.place(piece.line, piece.offset + at as u64, len as u64);
        let mut flags: Vec<&'static str> = notes.flags().collect();
        flags.push("salvaged");
        let Some(bytes) = piece.bytes.get(at..at + len) else { return 0 };
        match self.record(value, bytes, place, &flags) {
            Ok(()) => len as u64,
            Err(_) => 0,
        }
    }

    /// Reads one value as a record.
    fn record(
        &mut self,
        value: &Json<'_>,
        bytes: &[u8],
        place: Place,
        flags: &[&'static str],
    ) -> Result<(), Reason> {
        let format = self.format_of(value)?;
        let sha256 = Id32(Sha256::digest(bytes).into());
        let mut hasher = Hasher::new("rolling");
        let before = self.state.rolling;
        let rolling = hasher.part(before.as_bytes()).part(sha256.as_bytes()).finish();
        if self.state.index == 0 {
            self.state.source_stream = Id16::of("stream.source", &[rolling.as_bytes()]);
        }
        let record = Record {
            json: value,
            place: &place,
            raw_sha256: sha256,
            rolling,
            index: self.state.index,
            source_stream: self.state.source_stream,
            flags,
            superseded: self.superseded,
        };
        self.sink.begin(format.id(), &record);
        let saved = &self.state.readers;
        let reader = self.readers.entry(format.id()).or_insert_with(|| {
            let mut reader = format.reader();
            if let Some(state) = saved.get(format.id()) {
                reader.restore(state);
            }
            reader
        });
        reader.read(&record, &mut self.sink)?;
        self.state.rolling = rolling;
        self.state.index += 1;
        self.state.counts.records += 1;
        *self.state.formats.entry(format.id().to_owned()).or_default() += 1;
        self.sticky = Some(format);
        self.held += bytes.len() as u64;
        let bytes = if self.options.keep_raw { bytes.to_vec() } else { Vec::new() };
        self.chunk.raw.push(RawRecord { sha256, place, bytes });
        Ok(())
    }

    fn format_of(&self, value: &Json<'_>) -> Result<&'static dyn Format, Reason> {
        if let Some(format) = self.options.forced.and_then(registry::by_id) {
            return Ok(format);
        }
        // Lists in an Inspect archive do not say what they are; their place in it does.
        let inspect = self.sticky.filter(|format| format.id() == inspect::ID);
        if let (Some(format), Some(member)) = (inspect, &self.member)
            && inspect::told_by_path(member)
        {
            return Ok(format);
        }
        match registry::detect(value, self.sticky) {
            Some((format, _)) => Ok(format),
            None if value.is_object() => Err(Reason::UnknownFormat),
            None => Err(Reason::NotARecord(value.type_name())),
        }
    }

    pub(super) fn place(&self, line: u64, offset: u64, len: u64) -> Place {
        Place {
            path: self.job.path.to_string_lossy().into_owned(),
            container_path: self.member.clone(),
            line: Some(line),
            offset,
            len,
        }
    }

    fn reject_piece(&mut self, piece: &Piece<'_>, reason: Reason, salvaged: bool) {
        let place = self.place(piece.line, piece.offset, piece.len);
        let bytes = piece.bytes[..piece.bytes.len().min(KEPT_BYTES)].to_vec();
        self.state.counts.quarantined += 1;
        self.state.counts.quarantined_bytes += piece.len;
        self.chunk.rejected.push(Rejected { place, reason, bytes, salvaged });
    }

    /// Rejects the whole source.
    fn reject_all(&mut self, reason: Reason, head: &[u8]) {
        let place = Place { line: None, len: self.job.size, ..self.place(1, 0, 0) };
        self.state.counts.quarantined += 1;
        self.state.counts.quarantined_bytes += self.job.size;
        let bytes = head.to_vec();
        self.chunk.rejected.push(Rejected { place, reason, bytes, salvaged: false });
    }

    fn fail(&mut self, reason: &Reason) {
        self.status = "failed";
        let place = Place { line: None, ..self.place(1, self.state.position.original, 0) };
        self.reject_empty(place, reason.clone());
    }

    /// Rejects something that has no bytes of its own (a fault of the container).
    pub(super) fn reject_empty(&mut self, place: Place, reason: Reason) {
        self.state.counts.quarantined += 1;
        self.chunk.rejected.push(Rejected { place, reason, bytes: Vec::new(), salvaged: false });
    }

    pub(super) fn stream_failed(&mut self, error: &io::Error, offset: u64) {
        self.status = "failed";
        let reason = match container::limit_hit(error) {
            Some(limit) => Reason::DecompressionLimit(limit),
            None if self.compression == "none" => Reason::Io(error.to_string()),
            None => Reason::Decompress(error.to_string()),
        };
        let place = Place { line: None, ..self.place(1, offset, 0) };
        self.reject_empty(place, reason);
    }

    /// Starts a member of an archive: a stream of its own.
    pub(super) fn enter(&mut self, member: &str, superseded: bool) {
        self.member = Some(member.to_owned());
        self.superseded = superseded;
        self.state.position = super::cut::Position::default();
    }

    /// After the last member: the archive counts as read to its end. Its "stream" for the
    /// purpose of copies is the archive file itself.
    pub(super) fn leave_archive(&mut self) {
        self.member = None;
        self.superseded = false;
        let hash = File::open(&self.job.path)
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

    pub(super) fn flush(
        &mut self,
        status: &'static str,
        emit: &mut Emit<'_>,
    ) -> Result<(), Stopped> {
        let (events, updates) = self.sink.take();
        self.state.counts.events += events.len() as u64;
        self.state.counts.repeats = self.repeats_before + self.sink.repeats();
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.events = events;
        chunk.updates = updates;
        chunk.progress = self.progress(status);
        self.state.counts.pending_bytes = 0;
        self.held = 0;
        emit(chunk)
    }

    fn progress(&mut self, status: &'static str) -> Progress {
        self.state.sticky = self.sticky.map(|format| format.id().to_owned());
        self.state.sink = self.sink.state().clone();
        for (name, reader) in &self.readers {
            self.state.readers.insert((*name).to_owned(), reader.save());
        }
        let counts = self.state.counts;
        let mut saved = self.state.clone();
        saved.counts.pending_bytes = 0;
        let last_offset = self.state.position.offset;
        let head_len = self.job.head.len().min(usize::try_from(last_offset).unwrap_or(HEAD));
        Progress {
            file_id: super::walk::file_id(&self.job.path),
            path: self.job.path.to_string_lossy().into_owned(),
            size: self.job.size,
            mtime_micros: self.job.mtime_micros,
            compression: self.compression,
            format: self.state.main_format().map(str::to_owned),
            status,
            last_offset,
            content_hash: self.content_hash,
            head_len: head_len as u64,
            head_hash: known::head_hash(&self.job.head[..head_len]),
            counts,
            state: saved.to_json(),
        }
    }
}

fn fault_reason(fault: Fault, len: usize) -> Reason {
    match fault {
        Fault::Eof(_) => Reason::JsonEof,
        Fault::Syntax(at, _) if at >= len => Reason::JsonEof,
        Fault::Syntax(at, expected) => Reason::JsonSyntax(at as u64, expected),
        Fault::Depth(_) => BadKind::Depth.reason(0, 0),
    }
}
