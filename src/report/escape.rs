//! Hostile text made visible and harmless for terminals.
//!
//! Control characters, bidirectional overrides, zero-width and tag characters are shown as
//! `\u{…}`; new lines and tabs stay where the caller allows them. The stored text is never
//! changed.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character may do something to a terminal or hide from its reader.
#[must_use]
pub fn is_hostile(ch: char) -> bool {
    ch.is_control()
        || matches!(ch, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// One line: everything hostile is escaped, new lines become `⏎`, tabs a space.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, |ch| match ch {
        '\n' => Some('⏎'),
        '\t' => Some(' '),
        '\r' => Some(' '),
        _ => None,
    })
}

/// Many lines: new lines and tabs stay, everything else hostile is escaped.
#[must_use]
pub fn block(text: &str) -> Cow<'_, str> {
    escape(text, |ch| matches!(ch, '\n' | '\t').then_some(ch))
}

fn escape(text: &str, special: impl Fn(char) -> Option<char>) -> Cow<'_, str> {
    let plain = |b: u8| (0x20..0x7f).contains(&b);
    if text.bytes().all(plain) || !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for ch in text.chars() {
        match special(ch) {
            Some(instead) => out.push(instead),
            None if is_hostile(ch) => {
                let _ = write!(out, "\\u{{{:x}}}", ch as u32);
            }
            None => out.push(ch),
        }
    }
    Cow::Owned(out)
}

/// At most `width` columns, cut with `…`; for text that is already escaped.
#[must_use]
pub fn clip(text: &str, width: usize) -> Cow<'_, str> {
    use unicode_width::UnicodeWidthChar as _;
    let mut used = 0;
    for (at, ch) in text.char_indices() {
        let wide = ch.width().unwrap_or(0);
        if used + wide > width.saturating_sub(1) && at + ch.len_utf8() < text.len() {
            let kept = text.get(..at).unwrap_or_default();
            return Cow::Owned(format!("{kept}…"));
        }
        used += wide;
    }
    Cow::Borrowed(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_shown_and_not_done() {
        assert_eq!(line("\u{1b}[2Jhi\n"), "\\u{1b}[2Jhi⏎");
        assert_eq!(block("a\n\u{202e}b"), "a\n\\u{202e}b");
        assert_eq!(line("naïve 你好 🎉"), "naïve 你好 🎉");
    }

    #[test]
    fn clipping_counts_columns() {
        assert_eq!(clip("hello", 5), "hello");
        assert_eq!(clip("hello!", 5), "hell…");
        assert_eq!(clip("你好吗", 4), "你…");
    }

    proptest! {
        #[test]
        fn nothing_hostile_comes_out(text in any::<String>()) {
            prop_assert!(!line(&text).chars().any(is_hostile));
            let block = block(&text);
            prop_assert!(!block.chars().any(|ch| is_hostile(ch) && ch != '\n' && ch != '\t'));
        }
    }
}
