//! Harmony sections, the raw output of gpt-oss models.
//!
//! `<|start|>role to=x<|channel|>name<|message|>content<|end|>`; the start token is missing at
//! the beginning of a completion. Channel `analysis` is reasoning, a recipient makes a call.
//! After the format document of openai/harmony (2025).

use super::scan::Found;
use super::{Part, PartKind, cut};
use std::borrow::Cow;

const START: &str = "<|start|>";
const CHANNEL: &str = "<|channel|>";
const MESSAGE: &str = "<|message|>";
const ENDS: [&str; 3] = ["<|end|>", "<|return|>", "<|call|>"];
/// Headers are short; the bound keeps the search for `MESSAGE` linear.
const MAX_HEADER: usize = 512;

/// The section that starts at `at`.
pub(super) fn read(text: &str, at: usize) -> Option<Found<'_>> {
    let rest = cut(text, at..text.len());
    if !rest.starts_with(START) && !rest.starts_with(CHANNEL) {
        return None;
    }
    let mut window = rest.len().min(MAX_HEADER);
    while !rest.is_char_boundary(window) {
        window -= 1;
    }
    let header_len = cut(rest, 0..window).find(MESSAGE)?;
    let header = Header::read(cut(rest, 0..header_len));
    let content = cut(rest, header_len + MESSAGE.len()..rest.len());
    let (len, end_token) = content_end(content);
    let end = at + header_len + MESSAGE.len() + len + end_token;
    let kind = header.kind();
    let unclosed = end_token == 0 && end == text.len() && kind == PartKind::Reasoning;
    let body = Cow::Borrowed(cut(content, 0..len).trim());
    let flag = unclosed.then_some("unclosed_think");
    Some(Found { parts: vec![Part { kind, range: at..end, body }], end, flag })
}

/// Length of the content and of the token that ends it.
fn content_end(content: &str) -> (usize, usize) {
    for at in memchr::memchr_iter(b'<', content.as_bytes()) {
        let rest = cut(content, at..content.len());
        if let Some(token) = ENDS.iter().find(|token| rest.starts_with(**token)) {
            return (at, token.len());
        }
        if rest.starts_with(START) || rest.starts_with(CHANNEL) {
            return (at, 0);
        }
    }
    (content.len(), 0)
}

struct Header<'a> {
    role: &'a str,
    channel: &'a str,
    recipient: Option<&'a str>,
}

impl<'a> Header<'a> {
    fn read(header: &'a str) -> Self {
        let word = |after: &str| {
            let rest = header.split_once(after).map(|(_, rest)| rest)?;
            rest.split(|ch: char| ch.is_whitespace() || ch == '<').next()
        };
        Self {
            role: word(START).unwrap_or("assistant"),
            channel: word(CHANNEL).unwrap_or_default(),
            recipient: word(" to="),
        }
    }

    fn kind(&self) -> PartKind {
        let function = |name: &str| name.strip_prefix("functions.").unwrap_or(name).to_owned();
        match self.recipient {
            Some("assistant") => PartKind::ToolResult { name: Some(function(self.role)), id: None },
            Some(name) if name != "user" && name != "all" => {
                let json = name.starts_with("functions.");
                PartKind::ToolCall { name: function(name), id: None, json }
            }
            _ if self.channel == "analysis" => PartKind::Reasoning,
            _ => PartKind::Text,
        }
    }
}
