//! Cutting what is not JSON by itself: lines of text, and server-sent events.

use super::{BadKind, Cut, Cutter, Piece};
use std::io::Read;

/// A run of text longer than this is handed out in parts.
const RUN: usize = 64 << 10;

/// Fields of a server-sent event.
const FIELDS: [&[u8]; 4] = [b"data:", b"event:", b"id:", b"retry:"];

impl<R: Read> Cutter<R> {
    /// Where the line that goes on at `from` ends; the end of what there is, or of what may be
    /// held, counts too.
    fn line_end(&mut self, from: usize) -> usize {
        let mut searched = from;
        loop {
            let window = self.buffer.get(self.start + searched..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', window) {
                return searched + at;
            }
            searched += window.len();
            if self.at_end || searched as u64 >= self.limit {
                return searched;
            }
            self.fill();
        }
    }

    fn window(&self, from: usize, to: usize) -> &[u8] {
        self.buffer.get(self.start + from..self.start + to).unwrap_or_default()
    }

    /// Whether a value may start at `from`. `[` also starts lines of logs: `[INFO] …`.
    pub(super) fn starts_value(&mut self, from: usize) -> bool {
        match self.peek(from) {
            Some(b'{' | 0) => true,
            Some(b'[') => self.starts_array(from),
            _ => false,
        }
    }

    fn starts_array(&mut self, from: usize) -> bool {
        let mut ahead = from + 1;
        while self.peek(ahead).is_some_and(|b| b.is_ascii_whitespace()) {
            ahead += 1;
        }
        match self.peek(ahead) {
            Some(b'{' | b'[' | b'"' | b']') | None => true,
            Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b'N' | b'I') => {
                let end = self.line_end(ahead);
                let line = self.window(ahead, end).trim_ascii_end();
                line.last().is_none_or(|last| matches!(last, b']' | b','))
            }
            _ => false,
        }
    }

    /// Lines that start no value, in one run. A line with an object somewhere inside is a run
    /// of its own, so that the object can be found.
    pub(super) fn cut_text(&mut self) -> Option<Piece<'_>> {
        let mut from = 0;
        let mut len = 0;
        loop {
            let end = self.line_end(from);
            if (end - from) as u64 >= self.limit {
                if len == 0 {
                    return self.cut_too_long();
                }
                break;
            }
            let line = self.window(from, end);
            let holds_object = memchr::memmem::find(line, b"{\"").is_some();
            if holds_object && len > 0 {
                break;
            }
            let returns = usize::from(line.ends_with(b"\r"));
            len = (end - returns).max(from + 1);
            if holds_object || len >= RUN {
                break;
            }
            from = end;
            while from < end + RUN && self.peek(from).is_some_and(|b| b.is_ascii_whitespace()) {
                from += 1;
            }
            if self.text_ends(from) {
                break;
            }
        }
        Some(self.piece(Cut::Bad(BadKind::NotJson), len))
    }

    fn text_ends(&mut self, at: usize) -> bool {
        let array = self.position.in_array;
        match self.peek(at) {
            None => true,
            Some(b) if b.is_ascii_whitespace() => true,
            Some(b',' | b']' | b'[') if array => true,
            _ => self.starts_value(at) || self.starts_event(at),
        }
    }

    /// Whether a server-sent event starts here: a line whose data is JSON, or names an event.
    pub(super) fn starts_event(&mut self, from: usize) -> bool {
        // The longest field and the beginning of its value.
        self.peek(from + 16);
        let window = self.window(from, self.buffer.len().saturating_sub(self.start));
        let Some(field) = FIELDS.into_iter().find(|field| window.starts_with(field)) else {
            return false;
        };
        let value = window.get(field.len()..).unwrap_or_default().trim_ascii_start();
        match field {
            b"data:" => value.starts_with(b"{") || value.starts_with(b"[DONE]"),
            b"event:" => true,
            _ => false,
        }
    }

    /// Events up to one that ends its stream. Without one they are pending.
    pub(super) fn cut_events(&mut self) -> Option<Piece<'_>> {
        let mut from = 0;
        let mut len = 0;
        loop {
            let end = self.line_end(from);
            if end as u64 >= self.limit {
                return if len == 0 {
                    self.cut_too_long()
                } else {
                    Some(self.piece(Cut::Events, len))
                };
            }
            let line = self.window(from, end).trim_ascii_end();
            let is_field = line.starts_with(b":") || FIELDS.iter().any(|f| line.starts_with(f));
            if !is_field && !line.is_empty() {
                return Some(self.piece(Cut::Events, len));
            }
            if is_field {
                len = from + line.len();
            }
            if ends_stream(line) {
                return Some(self.piece(Cut::Events, len));
            }
            if self.peek(end).is_none() {
                return Some(self.piece(Cut::Pending, self.buffer.len() - self.start));
            }
            from = end + 1;
        }
    }
}

/// Whether this event is the last of a response.
fn ends_stream(line: &[u8]) -> bool {
    let Some(data) = line.strip_prefix(b"data:") else { return false };
    let data = data.trim_ascii();
    let kinds: [&[u8]; 4] = [
        b"\"message_stop\"",
        b"\"response.completed\"",
        b"\"response.failed\"",
        b"\"response.incomplete\"",
    ];
    let head = data.get(..data.len().min(64)).unwrap_or_default();
    data == b"[DONE]" || kinds.iter().any(|kind| memchr::memmem::find(head, kind).is_some())
}
