//! JSON that an attribute length limit has cut.
//!
//! `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` cuts a value in the middle of whatever it says. What is
//! there is evidence, so open strings and brackets are closed and the rest is read. Only text
//! that *ends too early* is repaired; text that is wrong elsewhere is not JSON and stays text.

use crate::formats::json::{Fault, parse};

/// What has to be written after the cut, in the order in which it is tried.
const FILLERS: [&str; 4] = ["", "null", ":null", "0"];

/// The text completed to valid JSON, if it is JSON that was cut.
pub(super) fn complete(text: &str) -> Option<String> {
    let start = text.trim_start().bytes().next();
    if !matches!(start, Some(b'{' | b'[')) || !matches!(parse(text), Err(Fault::Eof(_))) {
        return cut_in_word(text, start);
    }
    close(text).or_else(|| cut_in_word(text, start))
}

/// A cut inside a literal or number is a syntax error to the parser: drop that value.
fn cut_in_word(text: &str, start: Option<u8>) -> Option<String> {
    if !matches!(start, Some(b'{' | b'[')) || scan(text).in_string {
        return None;
    }
    let kept = text.trim_end_matches(|ch: char| ch.is_ascii_alphanumeric() || "+-.".contains(ch));
    (kept.len() < text.len() && text.len() - kept.len() < 32).then(|| close(kept)).flatten()
}

fn close(text: &str) -> Option<String> {
    let state = scan(text);
    let mut text = text.get(..state.whole)?.to_owned();
    if state.in_string {
        text.push('"');
    }
    let closers: String = state.open.iter().rev().collect();
    FILLERS.iter().map(|filler| format!("{text}{filler}{closers}")).find(|t| parse(t).is_ok())
}

struct State {
    in_string: bool,
    /// Brackets that would close what is open, outermost first.
    open: Vec<char>,
    /// Bytes up to the last whole character or escape.
    whole: usize,
}

fn scan(text: &str) -> State {
    let mut state = State { in_string: false, open: Vec::new(), whole: text.len() };
    let mut chars = text.char_indices();
    while let Some((at, ch)) = chars.next() {
        match (state.in_string, ch) {
            (true, '\\') => {
                if !skip_escape(&mut chars) {
                    state.whole = at;
                }
            }
            (_, '"') => state.in_string = !state.in_string,
            (true, _) => {}
            (false, '{') => state.open.push('}'),
            (false, '[') => state.open.push(']'),
            (false, '}' | ']') => {
                state.open.pop();
            }
            (false, _) => {}
        }
    }
    state
}

/// Skips what follows a backslash; false if the text ends inside the escape.
fn skip_escape(chars: &mut std::str::CharIndices<'_>) -> bool {
    match chars.next() {
        None => false,
        Some((_, 'u')) => (0..4).all(|_| chars.next().is_some()),
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cut_of_a_message_list_keeps_what_came_before() {
        let whole = r#"[{"role":"user","n":-1.5,"ok":true,"parts":[{"type":"text","content":"a\"b\u00e9 c"}]}]"#;
        for cut in 2..whole.len() {
            let Some(part) = whole.get(..cut) else { continue };
            let repaired = complete(part).unwrap_or_else(|| panic!("not salvaged: {part}"));
            assert!(parse(&repaired).is_ok(), "{repaired}");
        }
        let repaired = complete(r#"[{"role":"user","content":"abcd"#).unwrap();
        assert_eq!(repaired, r#"[{"role":"user","content":"abcd"}]"#);
    }

    #[test]
    fn text_that_is_not_json_is_left_alone() {
        for text in ["hello", "", "{'role': 'user'}", "[1] and more", "\"abc"] {
            assert_eq!(complete(text), None, "{text}");
        }
    }
}
