//! From cut pieces to records: parsing, salvage, and what is wrapped in something else.

use super::super::chunk::RawRecord;
use super::super::cut::{BadKind, Cut, Piece};
use super::super::{salvage, sse, unwrap};
use super::{Rest, Run};
use crate::formats::evals::inspect;
use crate::formats::json::{self, Fault, Json, Notes};
use crate::formats::registry::{self, Forced};
use crate::formats::{Collector, Format, Record};
use crate::record::id::Hasher;
use crate::record::{Id16, Id32, Place, Reason};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;

/// A value to read, and where it comes from.
struct Source<'a> {
    place: &'a Place,
    /// Hash of the record's bytes, which `place` names.
    sha256: Id32,
    /// Hash of the value's own bytes; differs if it was wrapped.
    own: Id32,
    flags: &'a [&'static str],
    collector: Option<&'a Collector>,
}

/// A salvaged object must be a record beyond doubt.
const SURE: u8 = 80;

/// The bytes as text; invalid ones are replaced. Most records are valid, and checking that at
/// once is several times faster than looking for the first fault.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

fn sha256(bytes: &[u8]) -> Id32 {
    Id32(Sha256::digest(bytes).into())
}

impl<'a> Run<'a> {
    /// Handles one piece that has been cut for good.
    pub(super) fn take(&mut self, piece: &Piece<'_>) {
        match piece.cut {
            Cut::Record => self.take_record(piece),
            Cut::Events => self.take_events(piece),
            Cut::Bad(BadKind::NotJson) => {
                let text = String::from_utf8_lossy(piece.bytes);
                self.take_broken(piece, &text, Reason::NotJson, 0);
            }
            Cut::Bad(kind) => {
                let reason = kind.reason(piece.len, self.options.max_record);
                self.reject_piece(piece, reason);
            }
            // Handled when the stream is over, see `take_rest`.
            Cut::Pending => {}
        }
    }

    fn take_record(&mut self, piece: &Piece<'_>) {
        let text = text_of(piece.bytes);
        let mut flags = self.flags.clone();
        if matches!(text, Cow::Owned(_)) {
            flags.push("lossy_utf8");
        }
        if piece.concatenated {
            flags.push("concatenated_records");
        }
        match json::parse(&text) {
            Ok((value, notes)) => {
                flags.extend(notes.flags());
                let place = self.place(piece.line, piece.offset, piece.span);
                match self.record(&value, piece.bytes, place, &flags) {
                    Ok(()) => self.state.counts.record_bytes += piece.len,
                    Err(reason) => self.reject_piece(piece, reason),
                }
            }
            Err(fault) => {
                // A part of what broke may look like a record of a format that asks for little.
                self.take_broken(piece, &text, fault_reason(fault, text.len()), SURE);
            }
        }
    }

    /// A piece that is not JSON: whole objects inside it are read, the rest is quarantined.
    fn take_broken(&mut self, piece: &Piece<'_>, text: &str, reason: Reason, least: u8) {
        let mut salvaged = 0;
        let options = self.options;
        let score = |value: &Json<'_>| match &options.forced {
            Some(Forced::Mapped(format)) => format.sniff(value),
            _ => registry::detect(value, None).map_or(0, |(_, score)| score),
        };
        if text.len() == piece.bytes.len() {
            salvage::embedded(
                text,
                |value| score(value) >= least.max(1),
                |at, len, value, notes| {
                    salvaged += self.salvage(piece, at, len, value, notes);
                },
            );
        }
        self.state.counts.salvaged_bytes += salvaged;
        self.state.counts.quarantined_bytes += piece.len - salvaged;
        let place = self.place(piece.line, piece.offset, piece.span);
        self.reject(place, reason, piece.bytes, salvaged > 0);
    }

    fn salvage(
        &mut self,
        piece: &Piece<'_>,
        at: usize,
        len: usize,
        value: &Json<'_>,
        notes: Notes,
    ) -> u64 {
        let bytes_before = |len: usize| match piece.bytes.get(..len) {
            Some(bytes) => piece.span_of(bytes),
            None => len as u64,
        };
        let (start, end) = (bytes_before(at), bytes_before(at + len));
        let place = self.place(piece.line, piece.offset + start, end - start);
        let mut flags = self.flags.clone();
        flags.extend(notes.flags());
        flags.push("salvaged");
        let Some(bytes) = piece.bytes.get(at..at + len) else { return 0 };
        match self.record(value, bytes, place, &flags) {
            Ok(()) => len as u64,
            Err(_) => 0,
        }
    }

    /// Reads one value as a record, or the records that a log collector wrapped into it.
    fn record(
        &mut self,
        value: &Json<'_>,
        bytes: &[u8],
        place: Place,
        flags: &[&'static str],
    ) -> Result<(), Reason> {
        let hash = sha256(bytes);
        let source = Source { place: &place, sha256: hash, own: hash, flags, collector: None };
        match self.format_of(value) {
            Ok(format) => self.read(format, value, &source)?,
            Err(reason) if !self.wrapped(value, &source) => return Err(reason),
            Err(_) => {}
        }
        self.keep_raw(hash, place, bytes);
        Ok(())
    }

    fn keep_raw(&mut self, sha256: Id32, place: Place, bytes: &[u8]) {
        self.state.counts.records += 1;
        self.held += bytes.len() as u64;
        let bytes = if self.options.keep_raw { bytes.to_vec() } else { Vec::new() };
        self.chunk.raw.push(RawRecord { sha256, place, bytes });
    }

    /// Reads what a collector wrapped; false if there is nothing of a known format inside.
    fn wrapped(&mut self, outer: &Json<'_>, source: &Source<'_>) -> bool {
        let mut read = false;
        let mut found = |inner: &unwrap::Inner<'_>| {
            let mut flags = source.flags.to_vec();
            flags.extend(inner.notes.flags());
            let Ok(format) = self.format_of(inner.value) else { return };
            let own = sha256(inner.text.as_bytes());
            let collector = Some(inner.collector);
            let source = Source { own, flags: &flags, collector, ..*source };
            match self.read(format, inner.value, &source) {
                Ok(()) => read = true,
                Err(reason) => self.reject(source.place.clone(), reason, &[], read),
            }
        };
        let wanted = |value: &Json<'_>| registry::detect(value, None).is_some();
        let mut search = unwrap::Search::new(&wanted, &mut found);
        search.open(outer);
        let rejected = search.rejected;
        if read && rejected > 0 {
            self.reject(source.place.clone(), Reason::UnknownFormat, &[], true);
        }
        read
    }

    /// Lets a reader read one value.
    fn read(
        &mut self,
        format: &'a dyn Format,
        value: &Json<'_>,
        source: &Source<'_>,
    ) -> Result<(), Reason> {
        let mut hasher = Hasher::new("rolling");
        let before = self.state.rolling;
        hasher.part(before.as_bytes()).part(source.own.as_bytes());
        if let Some(reading) = self.options.reading() {
            hasher.part(reading.as_bytes());
        }
        let rolling = hasher.finish();
        if self.state.index == 0 {
            self.state.source_stream = Id16::of("stream.source", &[rolling.as_bytes()]);
        }
        let record = Record {
            json: value,
            place: source.place,
            raw_sha256: source.sha256,
            rolling,
            index: self.state.index,
            source_stream: self.state.source_stream,
            flags: source.flags,
            superseded: self.superseded,
            collector: source.collector,
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
        *self.state.formats.entry(format.id().to_owned()).or_default() += 1;
        self.sticky = Some(format);
        Ok(())
    }

    fn format_of(&self, value: &Json<'_>) -> Result<&'a dyn Format, Reason> {
        let options = self.options;
        if let Some(forced) = &options.forced {
            return Ok(forced.format());
        }
        if let Some(format) = self.told_by_path().then(|| registry::by_id(inspect::ID)).flatten() {
            return Ok(format);
        }
        match registry::detect(value, self.sticky) {
            Some((format, _)) => Ok(format),
            None if value.is_object() => Err(Reason::UnknownFormat),
            None => Err(Reason::NotARecord(value.type_name())),
        }
    }

    fn take_events(&mut self, piece: &Piece<'_>) {
        let place = self.place(piece.line, piece.offset, piece.span);
        if self.read_events(piece.bytes, &place) {
            self.state.counts.record_bytes += piece.len;
        } else {
            self.reject_piece(piece, Reason::NotJson);
        }
    }

    /// Reads the rest of a source as a stream of events that broke off; false if it is none.
    pub(super) fn take_unfinished_events(&mut self, rest: &Rest) -> bool {
        let place = self.place(rest.line, rest.offset, rest.span);
        let read = sse::looks_like(&rest.bytes) && self.read_events(&rest.bytes, &place);
        if read {
            self.state.counts.record_bytes += rest.len;
        }
        read
    }

    /// Reads the responses that server-sent events add up to.
    fn read_events(&mut self, bytes: &[u8], place: &Place) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let hash = sha256(bytes);
        let mut read = false;
        for response in sse::assemble(&text) {
            let Ok((value, notes)) = json::parse(&response.json) else { continue };
            let mut flags = self.flags.clone();
            flags.extend(notes.flags());
            if !response.complete {
                flags.push("incomplete_stream");
            }
            let own = sha256(response.json.as_bytes());
            let source = Source { place, sha256: hash, own, flags: &flags, collector: None };
            let Ok(format) = self.format_of(&value) else { continue };
            read |= self.read(format, &value, &source).is_ok();
        }
        if read {
            self.keep_raw(hash, place.clone(), bytes);
        }
        read
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
