//! Follows strings and brackets from a value's first byte to its last.
//!
//! It does not parse: it only knows where a value must end if it is JSON, and notices early
//! when it cannot be (a newline in a string, two values without a comma between them). Can be
//! fed again with a longer window and goes on where it stopped.

use crate::formats::json::MAX_DEPTH;

/// What the scanner knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The value has this many bytes.
    At(usize),
    /// Not in this window.
    More,
    /// Over the record limit (said by the caller).
    TooLong,
    /// Nested too deep.
    Depth,
    /// This cannot be JSON.
    Broken,
}

/// State of one scan.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    at: usize,
    in_string: bool,
    /// Open brackets, innermost last.
    open: Vec<u8>,
    /// The last byte outside strings that was not white space.
    last: u8,
}

impl Scanner {
    /// Bytes looked at so far.
    pub(super) fn seen(&self) -> usize {
        self.at
    }

    /// Looks at `window`, which starts at the value and is never shorter than before.
    pub(super) fn feed(&mut self, window: &[u8]) -> End {
        while self.at < window.len() {
            let step = if self.in_string { self.string(window) } else { self.structure(window) };
            if let Some(end) = step {
                return end;
            }
        }
        End::More
    }

    fn string(&mut self, window: &[u8]) -> Option<End> {
        let rest = &window[self.at..];
        let Some(step) = memchr::memchr3(b'"', b'\\', b'\n', rest) else {
            self.at = window.len();
            return None;
        };
        match rest[step] {
            b'"' => {
                self.in_string = false;
                self.at += step + 1;
                self.last = b'"';
            }
            b'\\' if step + 1 < rest.len() => self.at += step + 2,
            b'\\' => {
                // The escaped byte is not here yet; look at the backslash again.
                self.at += step;
                return Some(End::More);
            }
            _ => return Some(End::Broken),
        }
        None
    }

    fn structure(&mut self, window: &[u8]) -> Option<End> {
        let byte = window[self.at];
        let end = match byte {
            b'{' | b'[' => self.opened(byte),
            b'}' | b']' => self.closed(byte),
            b'"' => {
                self.in_string = true;
                (self.last == b'"' || is_close(self.last)).then_some(End::Broken)
            }
            _ => None,
        };
        self.at += 1;
        if !byte.is_ascii_whitespace() && byte != b'"' {
            self.last = byte;
        }
        match end {
            Some(End::At(_)) => Some(End::At(self.at)),
            other => other,
        }
    }

    fn opened(&mut self, bracket: u8) -> Option<End> {
        if let Some(around) = self.open.last() {
            let value_may_start = match around {
                b'{' => self.last == b':',
                _ => self.last == b'[' || self.last == b',',
            };
            if !value_may_start {
                return Some(End::Broken);
            }
        }
        if self.open.len() >= MAX_DEPTH {
            return Some(End::Depth);
        }
        self.open.push(bracket);
        None
    }

    fn closed(&mut self, bracket: u8) -> Option<End> {
        let matching = if bracket == b'}' { b'{' } else { b'[' };
        if self.open.pop() != Some(matching) {
            return Some(End::Broken);
        }
        self.open.is_empty().then_some(End::At(0))
    }
}

fn is_close(byte: u8) -> bool {
    matches!(byte, b'}' | b']')
}
