//! A text into windows of whole sentences that overlap, so that what is said over two sentences
//! stands together in one of them.

use super::words::Words;
use std::ops::Range;

/// Sentences, as ranges of words. A sentence ends with its mark or line, or when it is too long.
pub(crate) fn sentences(text: &str, words: &Words, longest: usize) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut from = 0;
    for at in 0..words.words.len() {
        let end = words.words[at].range.end;
        let next = words.words.get(at + 1).map_or(text.len(), |word| word.range.start);
        if at + 1 - from >= longest
            || ends_sentence(&text[end..next])
            || at + 1 == words.words.len()
        {
            out.push(from..at + 1);
            from = at + 1;
        }
    }
    out
}

/// Whether what stands between two words ends a sentence.
fn ends_sentence(between: &str) -> bool {
    let mut chars = between.chars().peekable();
    while let Some(c) = chars.next() {
        let is_plain = matches!(c, '.' | '!' | '?' | ';' | '…');
        let before_space = chars.peek().is_none_or(|next| !next.is_alphanumeric());
        if matches!(c, '\n' | '。' | '！' | '？' | '；')
            || (is_plain && before_space && between.len() > 1)
        {
            return true;
        }
    }
    false
}

/// Windows of about `size` words, as ranges of words; each begins half a window after the one before.
pub(crate) fn windows(sentences: &[Range<usize>], size: usize) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut first = 0;
    while first < sentences.len() {
        let begin = sentences[first].start;
        let fits = |sentence: &&Range<usize>| sentence.end - begin <= size;
        let count = sentences[first..].iter().take_while(fits).count().max(1);
        let last = first + count;
        let end = sentences[last - 1].end;
        // What the window before holds already adds nothing.
        if out.last().is_none_or(|before| before.end < end) {
            out.push(begin..end);
        }
        if last == sentences.len() {
            break;
        }
        let half = begin + size / 2;
        let step = sentences[first..last].iter().take_while(|s| s.end <= half).count();
        first += step.clamp(1, count);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str, longest: usize) -> Vec<String> {
        let words = Words::of(text);
        sentences(text, &words, longest)
            .into_iter()
            .map(|s| {
                text[words.words[s.start].range.start..words.words[s.end - 1].range.end].to_owned()
            })
            .collect()
    }

    #[test]
    fn sentences_end_at_marks_and_lines() {
        assert_eq!(
            cut("Read a.b now. Done! 好的。完成\n- one", 50),
            ["Read a.b now", "Done", "好的", "完成", "one"]
        );
        assert_eq!(cut("a b c d e", 2), ["a b", "c d", "e"]);
    }

    #[test]
    fn windows_overlap_by_half() {
        let sentences: Vec<Range<usize>> = (0..10).map(|at| at * 10..at * 10 + 10).collect();
        let found: Vec<Range<usize>> = windows(&sentences, 40);
        assert_eq!(found, [0..40, 20..60, 40..80, 60..100]);
    }

    proptest! {
        #[test]
        fn every_word_is_in_a_window(text in "(\\PC|[ .\n]){0,300}", size in 1_usize..40) {
            let words = Words::of(&text);
            let sentences = sentences(&text, &words, 12);
            let windows = windows(&sentences, size);
            let mut next = 0;
            for window in &windows {
                prop_assert!(window.start <= next);
                prop_assert!(window.end > next);
                prop_assert!(window.len() <= size.max(12));
                next = window.end;
            }
            prop_assert_eq!(next, words.words.len());
        }
    }
}
