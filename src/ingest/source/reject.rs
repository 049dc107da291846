//! What a source says about bytes that could not be read.

use super::super::chunk::Rejected;
use super::super::container;
use super::super::cut::Piece;
use super::{KEPT_BYTES, Rest, Run};
use crate::record::{Place, Reason};
use std::io;

/// What a rejected range costs beside its bytes.
const REJECT_OVERHEAD: u64 = 512;

impl Run<'_> {
    pub(in crate::ingest) fn place(&self, line: u64, offset: u64, len: u64) -> Place {
        Place {
            path: self.job.path.to_string_lossy().into_owned(),
            container_path: self.member.clone(),
            line: Some(line),
            offset,
            len,
        }
    }

    pub(super) fn reject_piece(&mut self, piece: &Piece<'_>, reason: Reason) {
        let place = self.place(piece.line, piece.offset, piece.span);
        self.state.counts.quarantined_bytes += piece.len;
        self.reject(place, reason, piece.bytes, false);
    }

    /// Writes down a rejected range; its bytes are counted by the caller.
    pub(in crate::ingest) fn reject(
        &mut self,
        place: Place,
        reason: Reason,
        bytes: &[u8],
        salvaged: bool,
    ) {
        let bytes = bytes.get(..bytes.len().min(KEPT_BYTES)).unwrap_or_default().to_vec();
        self.state.counts.quarantined += 1;
        self.held += bytes.len() as u64 + REJECT_OVERHEAD;
        self.chunk.rejected.push(Rejected { place, reason, bytes, salvaged });
    }

    /// Rejects the whole source.
    pub(super) fn reject_all(&mut self, reason: Reason, head: &[u8]) {
        let place = Place { line: None, len: self.job.size, ..self.place(1, 0, 0) };
        self.state.counts.quarantined_bytes += self.job.size;
        self.reject(place, reason, head, false);
    }

    /// Rejects a member of an archive without reading it.
    pub(in crate::ingest) fn reject_member(&mut self, name: &str, len: u64, reason: Reason) {
        let place =
            Place { container_path: Some(name.to_owned()), line: None, ..self.place(1, 0, len) };
        self.reject(place, reason, &[], false);
    }

    pub(super) fn fail(&mut self, reason: Reason) {
        self.status = "failed";
        let place = Place { line: None, ..self.place(1, self.state.position.original, 0) };
        self.reject(place, reason, &[], false);
    }

    /// What is left at the end: an unfinished record, or what a fault of the input cut off.
    pub(super) fn take_rest(&mut self, rest: &Rest, fault: Option<io::Error>) {
        if let Some(error) = fault {
            return self.stream_failed(&error, rest);
        }
        let is_final = self.options.finished || self.member.is_some();
        if rest.len == 0 {
            return;
        }
        if !is_final {
            self.state.counts.pending_bytes = rest.len;
            return;
        }
        if self.take_unfinished_events(rest) {
            return;
        }
        self.state.counts.quarantined_bytes += rest.len;
        let place = self.place(rest.line, rest.offset, rest.span);
        self.reject(place, Reason::TruncatedTail, &rest.bytes, false);
    }

    /// Rejects the source from the record on that a fault of the input cut off.
    pub(super) fn stream_failed(&mut self, error: &io::Error, rest: &Rest) {
        self.status = "failed";
        let limit = container::limit_hit(error);
        let reason = match limit {
            Some(limit) => Reason::DecompressionLimit(limit),
            None if self.compression == "none" => Reason::Io(error.to_string()),
            None => Reason::Decompress(error.to_string()),
        };
        // A cut upload may be completed; then these bytes are read again.
        if limit.is_none() && !self.options.finished && self.member.is_none() {
            self.state.counts.pending_bytes = rest.len;
        } else {
            self.state.counts.quarantined_bytes += rest.len;
        }
        let offset = if rest.len > 0 { rest.offset } else { self.state.position.original };
        let place = Place { line: None, ..self.place(1, offset, rest.span) };
        self.reject(place, reason, &rest.bytes, false);
    }

    /// Rejects the archive as a whole.
    pub(in crate::ingest) fn archive_failed(&mut self, error: &io::Error) {
        self.member = None;
        self.stream_failed(error, &Rest::default());
    }

    /// Notes that members of the archive may be missing.
    pub(in crate::ingest) fn archive_damaged(&mut self, at: u64, what: &'static str) {
        self.status = "failed";
        self.member = None;
        let rest = self.job.size.saturating_sub(at);
        let place = Place { line: None, ..self.place(1, at, rest) };
        self.reject(place, Reason::Decompress(what.to_owned()), &[], false);
    }

    /// Rejects the member being read, which could not be opened.
    pub(in crate::ingest) fn member_failed(&mut self, error: &io::Error) {
        self.stream_failed(error, &Rest::default());
    }

    /// Rejects the member being read, because it is nothing that is read.
    pub(in crate::ingest) fn reject_unread(
        &mut self,
        head: &[u8],
        size: Option<u64>,
        what: &'static str,
    ) {
        let place = Place { line: None, ..self.place(1, 0, size.unwrap_or_default()) };
        self.reject(place, Reason::UnsupportedFormat(what), head, false);
    }
}
