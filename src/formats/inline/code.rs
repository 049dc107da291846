//! Markdown code in running text, as far as needed to leave tags inside it alone.
//!
//! After CommonMark 0.31: a fence is three or more backticks at the start of a line and ends at
//! a line of as many; any other run of backticks opens a span that ends at a run of the same
//! length. Spans end with their line here, so that a lone backtick hides little.

use super::cut;

/// A span this long is a lone backtick; the bound keeps the search linear.
const MAX_SPAN: usize = 16 * 1024;

/// The offset after the code that starts at the backtick at `at`, or after the backticks if
/// they start none.
pub(super) fn skip(text: &str, at: usize) -> usize {
    let run = run_length(text, at);
    let after = at + run;
    if run >= 3 && starts_line(text, at) && !rest_of_line(text, after).contains('`') {
        return fence_end(text, after, run);
    }
    span_end(text, after, run).unwrap_or(after)
}

/// Whether only white space stands between the start of the line and `at`.
pub(super) fn starts_line(text: &str, at: usize) -> bool {
    let before = cut(text, 0..at).as_bytes();
    let blank = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    matches!(before.iter().rev().nth(blank), None | Some(b'\n' | b'\r'))
}

fn run_length(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    rest.iter().take_while(|byte| **byte == b'`').count()
}

fn rest_of_line(text: &str, from: usize) -> &str {
    let rest = cut(text, from..text.len());
    rest.split('\n').next().unwrap_or_default()
}

fn fence_end(text: &str, from: usize, run: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    for line_end in memchr::memchr_iter(b'\n', rest) {
        let line_start = from + line_end + 1;
        let line = rest_of_line(text, line_start).trim();
        if line.len() >= run && line.bytes().all(|byte| byte == b'`') {
            return line_start + rest_of_line(text, line_start).len();
        }
    }
    text.len()
}

fn span_end(text: &str, from: usize, run: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    let limit = bytes.len().min(from + MAX_SPAN);
    loop {
        at += memchr::memchr2(b'`', b'\n', bytes.get(at..limit)?)?;
        if bytes.get(at) == Some(&b'\n') {
            return None;
        }
        let found = run_length(text, at);
        at += found;
        if found == run {
            return Some(at);
        }
    }
}
