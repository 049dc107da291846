//! Text into words and sentences, with the place of each.

use std::ops::Range;

/// A lower-cased word and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) range: Range<usize>,
}

/// Longest word that is kept; longer ones are data, not language.
const MAX_WORD: usize = 48;

/// Characters of scripts that put no space between words: each is a word of its own.
pub(crate) fn is_dense(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// The words of `text`: runs of letters and digits, with apostrophes and hyphens inside.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut out = Vec::with_capacity(text.len() / 6);
    let mut start = None;
    for (at, c) in text.char_indices() {
        let inside = match c {
            '\'' | '’' | '-' => start.is_some() && follows_letter(text, at + c.len_utf8()),
            _ if c.is_ascii() => c.is_ascii_alphanumeric(),
            _ if is_dense(c) => {
                push(text, start.take(), at, &mut out);
                out.push(Word { text: c.to_string(), range: at..at + c.len_utf8() });
                continue;
            }
            _ => c.is_alphanumeric(),
        };
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(_)) => push(text, start.take(), at, &mut out),
            _ => {}
        }
    }
    push(text, start, text.len(), &mut out);
    out
}

fn follows_letter(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|rest| rest.chars().next()).is_some_and(char::is_alphanumeric)
}

fn push(text: &str, start: Option<usize>, end: usize, out: &mut Vec<Word>) {
    let Some(start) = start else { return };
    let raw = &text[start..end];
    if raw.len() <= MAX_WORD {
        let lower = if raw.is_ascii() {
            raw.to_ascii_lowercase()
        } else {
            raw.to_lowercase().replace('’', "'")
        };
        out.push(Word { text: lower, range: start..end });
    }
}

/// The sentences of `text`: ended by a full stop, question or exclamation mark before a space, or by
/// a line end. Blank ones are left out, and what stands in a fenced block of code.
pub(crate) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut fenced = false;
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let range = line_start..line_start + line.len();
        line_start = range.end;
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if !fenced {
            split_line(text, range, &mut out);
        }
    }
    out
}

fn split_line(text: &str, range: Range<usize>, out: &mut Vec<Range<usize>>) {
    let line = &text[range.clone()];
    let mut start = 0;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let dense = matches!(c, '。' | '！' | '？' | '；');
        let plain = matches!(c, '.' | '!' | '?' | ';');
        let before_space = chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        if dense || (plain && before_space) {
            let end = at + c.len_utf8();
            keep(line, start..end, range.start, out);
            start = end;
        }
    }
    keep(line, start..line.len(), range.start, out);
}

fn keep(line: &str, part: Range<usize>, offset: usize, out: &mut Vec<Range<usize>>) {
    if line[part.clone()].chars().any(char::is_alphanumeric) {
        out.push(part.start + offset..part.end + offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_keep_apostrophes_and_hyphens_inside() {
        assert_eq!(
            texts("I didn’t send 'e-mails' -- ok?"),
            ["i", "didn't", "send", "e-mails", "ok"]
        );
        assert_eq!(texts("已发送 report.csv"), ["已", "发", "送", "report", "csv"]);
    }

    #[test]
    fn sentences_end_at_marks_before_space_and_at_lines() {
        let text = "Sent to a.b@c.example. Done!\n- one\n```\nrm x.\n```\n好的。完成";
        let found: Vec<&str> = sentences(text).into_iter().map(|r| text[r].trim()).collect();
        assert_eq!(found, ["Sent to a.b@c.example.", "Done!", "- one", "好的。", "完成"]);
    }
}
