//! Cuts a byte stream into JSON records, wherever one ends and the next begins.
//!
//! One scan serves line-delimited, concatenated, pretty-printed and array files: it follows
//! strings and brackets from a record's first byte to its matching last one. A newline inside a
//! string, or a structure no JSON can have, means that the line was cut (a crashed writer);
//! then only that line is bad, and cutting goes on behind it. An array at the root is opened if
//! its elements are records, and is one record if they are messages of a conversation.
//!
//! Text between records is handed out in runs, not line by line; server-sent events as one piece
//! per stream. If the input fails (a broken archive, a cut upload), what was read before is cut as
//! usual and the fault is kept for the caller.
//!
//! Invariants
//! * Every byte is in exactly one of: record, bad, blank (white space, BOM, commas and brackets
//!   of an opened array), pending (an unfinished end).
//! * At most one record plus one read-ahead is held in memory; past the limit bytes are skipped
//!   without being held.

use super::scan::{End, Scanner};
use crate::record::Reason;
use std::io::Read;

const READ_AHEAD: usize = 1 << 20;

/// What was cut from the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// A record; it may still turn out not to be JSON.
    Record,
    /// Server-sent events up to the end of one stream.
    Events,
    /// Not a record, and why.
    Bad(BadKind),
    /// An unfinished record at the end of what there is.
    Pending,
}

/// Why bytes are no record; the cheap half of [`Reason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadKind {
    /// Does not start like a value.
    NotJson,
    /// Nested too deep.
    Depth,
    /// Over the limit.
    TooLong,
    /// NUL bytes.
    Nul,
}

impl BadKind {
    /// The full reason, for `len` bytes under `limit`.
    #[must_use]
    pub fn reason(self, len: u64, limit: u64) -> Reason {
        match self {
            Self::NotJson => Reason::NotJson,
            Self::Depth => Reason::NestingLimit(crate::formats::json::MAX_DEPTH),
            Self::TooLong => Reason::LineTooLong(limit),
            Self::Nul => Reason::NulPadding(len),
        }
    }
}

/// A piece with its place.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// What it is.
    pub cut: Cut,
    /// Its bytes; of a piece over the limit only the beginning.
    pub bytes: &'a [u8],
    /// 1-based line of its first byte.
    pub line: u64,
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// How many bytes it has in the (transcoded) stream.
    pub len: u64,
    /// How many bytes it has in the stream as it lies on disk.
    pub span: u64,
    /// Another record ended on the same line.
    pub concatenated: bool,
    utf16: bool,
}

impl Piece<'_> {
    /// How many bytes a part of it has in the stream as it lies on disk.
    #[must_use]
    pub fn span_of(&self, part: &[u8]) -> u64 {
        original_len(part, self.utf16)
    }
}

/// Where cutting goes on in a later run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Position {
    /// Offset in the (transcoded) stream.
    pub offset: u64,
    /// Offset in the stream as it lies on disk, decompressed; differs only for UTF-16.
    pub original: u64,
    /// 1-based line.
    pub line: u64,
    /// Inside an opened array.
    pub in_array: bool,
}

/// Cuts one stream.
pub struct Cutter<R> {
    input: R,
    buffer: Vec<u8>,
    start: usize,
    at_end: bool,
    limit: u64,
    position: Position,
    blank: u64,
    line_has_record: bool,
    hasher: blake3::Hasher,
    utf16: bool,
    whole: bool,
    fault: Option<std::io::Error>,
}

impl<R: Read> Cutter<R> {
    /// Cuts `input`, which stands at `position`; `hasher` has seen all bytes before it.
    pub fn new(input: R, limit: u64, position: Position, hasher: blake3::Hasher) -> Self {
        let position = Position { line: position.line.max(1), ..position };
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            at_end: false,
            limit,
            position,
            blank: 0,
            line_has_record: false,
            hasher,
            utf16: false,
            whole: false,
            fault: None,
        }
    }

    /// Says that the input was transcoded from UTF-16, so that offsets count original bytes.
    pub fn transcoded(mut self) -> Self {
        self.utf16 = true;
        self
    }

    /// Says that an array at the root is one record, whatever its elements are.
    pub fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// Why the input ended before its end. Asked once all pieces have been taken.
    pub fn fault(&mut self) -> Option<std::io::Error> {
        self.fault.take()
    }

    /// Where the next piece starts; everything before it has been handed out.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Hash of all bytes before [`Cutter::position`].
    pub fn content_hash(&self) -> [u8; 32] {
        *self.hasher.finalize().as_bytes()
    }

    /// Blank bytes so far.
    pub fn blank(&self) -> u64 {
        self.blank
    }

    /// The next piece, or `None` at the end. A pending piece is not consumed: the position
    /// stays before it.
    pub fn next_piece(&mut self) -> Option<Piece<'_>> {
        self.skip_blank();
        match self.peek(0)? {
            0 => self.cut_nul(),
            b'{' => self.cut_value(),
            b'[' if self.position.in_array => self.cut_value(),
            b'[' if self.starts_value(0) => self.cut_array(),
            _ if self.starts_event(0) => self.cut_events(),
            _ => self.cut_text(),
        }
    }

    /// The byte `ahead` of the position, reading on if needed.
    fn peek(&mut self, ahead: usize) -> Option<u8> {
        while self.start + ahead >= self.buffer.len() && !self.at_end {
            self.fill();
        }
        self.buffer.get(self.start + ahead).copied()
    }

    /// Reads on, dropping what has been handed out.
    fn fill(&mut self) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let held = self.buffer.len();
        let step = READ_AHEAD.max(held.min(READ_AHEAD * 16));
        match (&mut self.input).take(step as u64).read_to_end(&mut self.buffer) {
            Ok(read) => self.at_end = read == 0,
            // What came before the fault is in the buffer and still counts.
            Err(error) => {
                self.fault = Some(error);
                self.at_end = true;
            }
        }
    }

    fn skip_blank(&mut self) {
        while self.peek(0).is_some() {
            let window = &self.buffer[self.start..];
            let array = self.position.in_array;
            let blank = |b: u8| b.is_ascii_whitespace() || (array && b == b',');
            let mut count = window.iter().take_while(|b| blank(**b)).count();
            if count == 0 && self.position.offset == 0 && window.starts_with(b"\xef\xbb\xbf") {
                count = 3;
            }
            if count == 0 && array && window[0] == b']' {
                self.position.in_array = false;
                count = 1;
            }
            if count == 0 {
                return;
            }
            self.blank += self.advance(count);
        }
    }

    /// Moves the position over `count` buffered bytes and returns how many that are.
    fn advance(&mut self, count: usize) -> u64 {
        let bytes = &self.buffer[self.start..self.start + count];
        self.hasher.update(bytes);
        let newlines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        if newlines > 0 {
            self.line_has_record = false;
        }
        self.position.line += newlines;
        self.position.offset += count as u64;
        self.position.original += original_len(bytes, self.utf16);
        self.start += count;
        count as u64
    }

    /// Hands out `len` bytes.
    fn piece(&mut self, cut: Cut, len: usize) -> Piece<'_> {
        let Position { line, original: offset, .. } = self.position;
        let concatenated = cut == Cut::Record && self.line_has_record && !self.position.in_array;
        let start = self.start;
        if cut != Cut::Pending {
            self.advance(len);
            self.line_has_record = cut == Cut::Record;
        }
        let bytes = &self.buffer[start..start + len];
        let utf16 = self.utf16;
        let span = original_len(bytes, utf16);
        Piece { cut, bytes, line, offset, len: len as u64, span, concatenated, utf16 }
    }

    fn cut_nul(&mut self) -> Option<Piece<'_>> {
        let mut len = 0;
        while len < READ_AHEAD && self.peek(len) == Some(0) {
            len += 1;
        }
        Some(self.piece(Cut::Bad(BadKind::Nul), len))
    }

    fn cut_value(&mut self) -> Option<Piece<'_>> {
        let mut scanner = Scanner::default();
        let end = self.scan(&mut scanner);
        self.cut_scanned(end)
    }

    /// Runs the scanner from the position until it knows the end or the input is over.
    fn scan(&mut self, scanner: &mut Scanner) -> End {
        loop {
            let end = scanner.feed(&self.buffer[self.start..]);
            match end {
                End::More if scanner.seen() as u64 >= self.limit => return End::TooLong,
                End::More if self.at_end => return End::More,
                End::More => self.fill(),
                done => return done,
            }
        }
    }

    fn cut_scanned(&mut self, end: End) -> Option<Piece<'_>> {
        match end {
            // Found whole in what was read ahead, and yet longer than wanted.
            End::At(len) if len as u64 > self.limit => {
                Some(self.piece(Cut::Bad(BadKind::TooLong), len))
            }
            End::At(len) => Some(self.piece(Cut::Record, len)),
            End::More => Some(self.piece(Cut::Pending, self.buffer.len() - self.start)),
            End::TooLong => self.cut_too_long(),
            End::Depth => self.cut_line(Cut::Bad(BadKind::Depth)),
            // The parser will say what is wrong with the line, and where.
            End::Broken => self.cut_line(Cut::Record),
        }
    }

    /// The rest of the line as one piece.
    fn cut_line(&mut self, cut: Cut) -> Option<Piece<'_>> {
        let mut searched = 0;
        loop {
            let window = &self.buffer[self.start..];
            if let Some(at) = memchr::memchr(b'\n', &window[searched..]) {
                let line = &window[..searched + at];
                let len = line.len() - usize::from(line.ends_with(b"\r"));
                return Some(self.piece(cut, len.max(1)));
            }
            searched = window.len();
            if searched as u64 >= self.limit {
                return self.cut_too_long();
            }
            if self.at_end {
                return Some(self.piece(cut, searched));
            }
            self.fill();
        }
    }

    /// Skips to the end of the line without holding it.
    fn cut_too_long(&mut self) -> Option<Piece<'_>> {
        const KEPT: usize = 4096;
        let Position { line, original: offset, .. } = self.position;
        let kept = self.buffer[self.start..].iter().copied().take(KEPT).collect::<Vec<u8>>();
        let mut len = 0;
        loop {
            let window = &self.buffer[self.start..];
            let end = memchr::memchr(b'\n', window);
            let count = end.unwrap_or(window.len());
            len += self.advance(count);
            if end.is_some() || self.at_end {
                break;
            }
            self.fill();
        }
        // The kept beginning is put back in front of the window, so that it can be lent.
        self.buffer.splice(..self.start, kept.iter().copied());
        self.start = kept.len();
        let bytes = &self.buffer[..kept.len()];
        let cut = Cut::Bad(BadKind::TooLong);
        let span = self.position.original - offset;
        Some(Piece { cut, bytes, line, offset, len, span, concatenated: false, utf16: self.utf16 })
    }

    /// An array at the root: opened if its first element is a record, else one piece.
    fn cut_array(&mut self) -> Option<Piece<'_>> {
        if self.whole || !self.opens_records() {
            return self.cut_value();
        }
        self.blank += self.advance(1);
        self.position.in_array = true;
        self.next_piece()
    }

    fn opens_records(&mut self) -> bool {
        let mut ahead = 1;
        while self.peek(ahead).is_some_and(|b| b.is_ascii_whitespace()) {
            ahead += 1;
        }
        if self.peek(ahead) != Some(b'{') {
            return false;
        }
        let mut scanner = Scanner::default();
        let end = loop {
            let end = scanner.feed(&self.buffer[self.start + ahead..]);
            if end != End::More || self.at_end || scanner.seen() as u64 >= self.limit {
                break end;
            }
            self.fill();
        };
        let End::At(len) = end else { return end == End::More };
        let element = &self.buffer[self.start + ahead..self.start + ahead + len];
        let element = String::from_utf8_lossy(element);
        match crate::formats::json::parse(&element) {
            Ok((value, _)) => !crate::formats::common::is_message(&value),
            Err(_) => true,
        }
    }
}

/// Bytes that `bytes` had before transcoding.
fn original_len(bytes: &[u8], utf16: bool) -> u64 {
    if !utf16 {
        return bytes.len() as u64;
    }
    String::from_utf8_lossy(bytes).chars().map(|ch| ch.len_utf16() as u64 * 2).sum()
}

mod text;

#[cfg(test)]
mod tests;
