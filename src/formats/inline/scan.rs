//! One pass over a text: finds the tags outside code and cuts at them.
//!
//! Thinking tags are read here; tool syntaxes and Harmony sections have files of their own and
//! give back finished parts.

use super::{Part, PartKind, Split, code, cut, harmony, tools};
use std::borrow::Cow;

/// Opening and closing tags of reasoning, compared without case.
const THINKING: &[(&str, &str)] = &[
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("<scratchpad>", "</scratchpad>"),
    ("<scratchpad_reasoning>", "</scratchpad_reasoning>"),
    ("<antthinking>", "</antthinking>"),
    ("[think]", "[/think]"),
];

/// Which tags count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// All.
    Assistant,
    /// Only those of tool results.
    Results,
}

/// Parts that a tag gives, and where reading goes on.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) parts: Vec<Part<'a>>,
    pub(super) end: usize,
    pub(super) flag: Option<&'static str>,
}

/// The state of the pass.
pub(super) struct Scanner<'a> {
    text: &'a str,
    mode: Mode,
    /// Start of the text that belongs to no part yet.
    pending: usize,
    /// A search for a closing tag outside code failed once; it is not tried again, which keeps
    /// the whole pass linear.
    code_is_broken: bool,
    /// Closing tags that stand nowhere in the rest of the text.
    missing: Vec<&'static str>,
    split: Split<'a>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, mode: Mode) -> Self {
        let split = Split::default();
        Self { text, mode, pending: 0, code_is_broken: false, missing: Vec::new(), split }
    }

    pub(super) fn run(mut self) -> Split<'a> {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while let Some(step) =
            bytes.get(at..).and_then(|rest| memchr::memchr3(b'<', b'[', b'`', rest))
        {
            at += step;
            at = match bytes.get(at) {
                Some(b'`') => code::skip(self.text, at),
                _ => self.tag(at).unwrap_or(at + 1),
            };
        }
        self.flush(self.text.len());
        self.split
    }

    /// Reads the tag at `at`, if there is one, and gives the offset after it.
    fn tag(&mut self, at: usize) -> Option<usize> {
        if self.mode == Mode::Results {
            let found = tools::result(self.text, at)?;
            return Some(self.take(at, found));
        }
        if let Some(end) = self.thinking(at) {
            return Some(end);
        }
        let found = tools::read(self.text, at)
            .or_else(|| tools::result(self.text, at))
            .or_else(|| harmony::read(self.text, at))?;
        Some(self.take(at, found))
    }

    fn take(&mut self, at: usize, found: Found<'a>) -> usize {
        self.flush(at);
        self.split.parts.extend(found.parts);
        self.split.flags.extend(found.flag);
        self.pending = found.end;
        found.end
    }

    /// Turns pending text up to `end` into a part.
    fn flush(&mut self, end: usize) {
        let text = cut(self.text, self.pending..end);
        if text.is_empty() {
            return;
        }
        let body = if self.pending == 0 && end == self.text.len() { text } else { text.trim() };
        self.push(PartKind::Text, self.pending, end, body);
    }

    fn push(&mut self, kind: PartKind, start: usize, end: usize, body: &'a str) {
        self.split.parts.push(Part { kind, range: start..end, body: Cow::Borrowed(body) });
        self.pending = end;
    }

    fn thinking(&mut self, at: usize) -> Option<usize> {
        let opened = THINKING.iter().find(|(open, _)| stands_at(self.text, at, open));
        if let Some((open, close)) = opened {
            return self.opened(at, open, close);
        }
        let (_, close) = THINKING.iter().find(|(_, close)| stands_at(self.text, at, close))?;
        self.closed_only(at, close)
    }

    fn opened(&mut self, at: usize, open: &str, close: &'static str) -> Option<usize> {
        let from = at + open.len();
        if let Some(body_end) = self.closing(from, close) {
            let end = body_end + close.len();
            self.flush(at);
            self.push(PartKind::Reasoning, at, end, cut(self.text, from..body_end).trim());
            return Some(end);
        }
        let at_line = cut(self.text, self.pending..at).trim_end().is_empty()
            || code::starts_line(self.text, at);
        if !at_line {
            return None;
        }
        let end = self.text.len();
        self.flush(at);
        self.push(PartKind::Reasoning, at, end, cut(self.text, from..end).trim());
        self.split.flags.push("unclosed_think");
        Some(end)
    }

    /// A closing tag with nothing but text before it: the chat template wrote the opening one,
    /// so all of that text was reasoning.
    fn closed_only(&mut self, at: usize, close: &str) -> Option<usize> {
        if !self.split.parts.is_empty() {
            return None;
        }
        let end = at + close.len();
        self.push(PartKind::Reasoning, 0, end, cut(self.text, 0..at).trim());
        Some(end)
    }

    /// Where the closing tag stands: outside code if possible, else the first at all.
    fn closing(&mut self, from: usize, close: &'static str) -> Option<usize> {
        if self.missing.contains(&close) {
            return None;
        }
        if !self.code_is_broken {
            let found = find(self.text, from, close, true);
            if found.is_some() {
                return found;
            }
            self.code_is_broken = true;
        }
        let found = find(self.text, from, close, false);
        if found.is_none() {
            self.missing.push(close);
        }
        found
    }
}

fn find(text: &str, from: usize, tag: &str, skip_code: bool) -> Option<usize> {
    let first = tag.bytes().next()?;
    let code = if skip_code { b'`' } else { first };
    let mut at = from;
    loop {
        at += memchr::memchr2(first, code, text.as_bytes().get(at..)?)?;
        if stands_at(text, at, tag) {
            return Some(at);
        }
        at = match text.as_bytes().get(at) {
            Some(b'`') => code::skip(text, at),
            _ => at + 1,
        };
    }
}

/// Whether `tag` stands at `at`, in any case.
pub(super) fn stands_at(text: &str, at: usize, tag: &str) -> bool {
    let bytes = text.as_bytes().get(at..at + tag.len());
    bytes.is_some_and(|bytes| bytes.eq_ignore_ascii_case(tag.as_bytes()))
}
