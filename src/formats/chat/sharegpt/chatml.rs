//! A conversation that a chat template has made one text of.
//!
//! `<|im_start|>role\ntext<|im_end|>`, once per message. The last one may be open: a prompt ends
//! where the model goes on, and its answer may stand in a field of its own. Marks have no
//! escape, so what somebody wrote *inside* a message with such marks is read as messages, as the
//! model read it.

use super::turn;
use crate::formats::chat::shared::Message;
use crate::formats::{Json, common};
use crate::record::Role;
use std::ops::Range;

const START: &str = "<|im_start|>";
const END: &str = "<|im_end|>";
/// Between role and text, where a template has no line break.
const SEPARATOR: &str = "<|im_sep|>";
/// Roles are short; the bound keeps the search for their end linear.
const MAX_ROLE: usize = 128;

/// Whether a text is a conversation with marks, rather than one that speaks of them.
pub(super) fn is_marked(text: &str) -> bool {
    let Some(rest) = text.trim_start().strip_prefix(START) else { return false };
    let (role, _) = head(rest);
    rest.starts_with(role) && common::role(role) != Role::Other
}

/// Whether the last message has no end: a model is asked to go on.
pub(super) fn is_open(text: &str) -> bool {
    text.rfind(START).and_then(|at| text.get(at..)).is_some_and(|last| !last.contains(END))
}

/// The messages of a text that stands at `at`.
pub(super) fn messages(text: &str, at: &str) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut rest = 0..0;
    while let Some(found) = find(text, rest.end, START) {
        stray(text, rest.end..found, at, &mut messages);
        let from = found + START.len();
        let next = find(text, from, START).unwrap_or(text.len());
        let end = text.get(from..next).and_then(|body| body.find(END)).map(|end| from + end);
        let body = from..end.unwrap_or(next);
        let open = end.is_none() && next == text.len();
        messages.extend(message(text, body.clone(), at, open));
        rest = found..end.map_or(body.end, |end| end + END.len());
    }
    stray(text, rest.end..text.len(), at, &mut messages);
    messages
}

/// What a model made of an open text.
pub(super) fn answer(text: &str, at: &str) -> Message {
    let text = text.trim_end().strip_suffix(END).unwrap_or(text);
    turn::message("assistant", &Json::String(text.into()), at)
}

/// The message between two marks; none if it is where a model is asked to go on.
fn message(text: &str, range: Range<usize>, at: &str, open: bool) -> Option<Message> {
    let body = text.get(range.clone())?;
    let (role, len) = head(body);
    let said = body.get(len..)?;
    let said = said.strip_suffix('\n').unwrap_or(said);
    if open && said.trim().is_empty() {
        return None;
    }
    let mut message = turn::message(role, &Json::String(said.into()), at);
    note_range(&mut message, range.start + len..range.start + len + said.len());
    Some(message)
}

/// The role, and how many bytes it takes with what ends it. Names may follow (`system name=x`).
fn head(body: &str) -> (&str, usize) {
    let mut window = body.len().min(MAX_ROLE);
    while !body.is_char_boundary(window) {
        window -= 1;
    }
    let start = body.get(..window).unwrap_or_default();
    let breaks = start.find('\n').map(|at| (at, 1));
    let separated = start.find(SEPARATOR).map(|at| (at, SEPARATOR.len()));
    let (end, len) = [breaks, separated].into_iter().flatten().min().unwrap_or((window, 0));
    let role = start.get(..end).unwrap_or_default().split_whitespace().next().unwrap_or_default();
    (role, end + len)
}

/// Text outside of all marks belongs to nobody.
fn stray(text: &str, range: Range<usize>, at: &str, messages: &mut Vec<Message>) {
    let said = text.get(range.clone()).unwrap_or_default();
    let bare = said.trim().trim_start_matches("<|endoftext|>").trim();
    if !bare.is_empty() {
        let mut message = turn::message("", &Json::String(said.trim().into()), at);
        note_range(&mut message, range);
        messages.push(message);
    }
}

/// All messages stand in one string; this says where in it.
fn note_range(message: &mut Message, range: Range<usize>) {
    for event in &mut message.events {
        event.attr("message_range", format!("[{},{}]", range.start, range.end));
    }
}

fn find(text: &str, from: usize, mark: &str) -> Option<usize> {
    text.get(from..)?.find(mark).map(|at| from + at)
}
