//! A text into windows of token ids, by a tokenizer from a model's folder.
//!
//!   text -> tokens with their bytes -> windows that overlap -> the tokenizer's own marks around each
//!
//! Bytes are always those of the text as stored, on borders of its characters, whatever the tokenizer
//! folds. What a text says is text: `[SEP]` in a transcript is not the mark of that name, because whoever
//! writes a transcript could end it there. A tokenizer comes from outside and may panic; that is an error.

use super::reader::Row;
use super::tokens::Tokens;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokenizers::{
    Encoding, PostProcessor as _, PostProcessorWrapper, Tokenizer, TruncationDirection,
};

/// A tokenizer that gives windows.
#[derive(Debug, Clone)]
pub(crate) struct Tokeniser {
    pub(crate) tokens: Tokens,
    tokenizer: Tokenizer,
    /// The largest id it may give.
    pub(crate) largest: i32,
    /// What puts marks around a window.
    marks: Option<PostProcessorWrapper>,
    /// Tokens of the text in a window.
    room: usize,
}

impl Tokeniser {
    /// A tokenizer from its file.
    ///
    /// # Errors
    /// If the file holds none, or a window has no room for text.
    pub(crate) fn new(tokens: &Tokens, file: &[u8]) -> Result<Self, String> {
        let mut tokenizer = guarded(|| Tokenizer::from_bytes(file)).map_err(|why| {
            format!("is no tokenizer as Hugging Face's `tokenizers` writes it: {why}")
        })?;
        let largest = tokenizer.get_vocab(true).into_values().max();
        let largest = largest.ok_or_else(|| "has no tokens".to_owned())?;
        let largest = i32::try_from(largest).map_err(|_| format!("has the id {largest}"))?;
        let around = tokenizer.get_post_processor().map_or(0, |marks| marks.added_tokens(false));
        if tokens.max_tokens <= around + tokens.stride {
            return Err(format!(
                "puts {around} tokens around each window: with `stride` {}, `max_tokens` must be more than {}",
                tokens.stride,
                around + tokens.stride
            ));
        }
        // Cutting a text must not put marks around it, nor trim places that each window trims again.
        let marks = tokenizer.get_post_processor().cloned();
        tokenizer.with_post_processor(None::<PostProcessorWrapper>);
        tokenizer.set_encode_special_tokens(true);
        tokenizer.with_padding(None);
        // It would read no further than its first window.
        tokenizer.with_truncation(None).map_err(|error| error.to_string())?;
        Ok(Self {
            tokens: tokens.clone(),
            tokenizer,
            marks,
            largest,
            room: tokens.max_tokens - around,
        })
    }

    /// The windows of `text`; none if it is blank.
    ///
    /// # Errors
    /// If the tokenizer fails.
    pub(crate) fn rows(&self, text: &str) -> Result<Vec<Row>, String> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        guarded(|| {
            let mut first = self.tokenizer.encode(text, false)?;
            first.truncate(self.room, self.tokens.stride, TruncationDirection::Right);
            let others = first.take_overflowing();
            let windows = std::iter::once(first).chain(others);
            let rows = windows.map(|window| {
                let marked = match &self.marks {
                    Some(marks) => marks.process(window, None, true)?,
                    None => window,
                };
                Ok(row(text, &marked))
            });
            rows.filter_map(tokenizers::Result::transpose).collect()
        })
    }
}

/// A window; none if it holds nothing of the text.
fn row(text: &str, window: &Encoding) -> Option<Row> {
    let places = window.get_offsets().iter().zip(window.get_special_tokens_mask());
    let own = || places.clone().filter(|(_, mark)| **mark == 0).map(|(place, _)| place);
    let (start, end) = (own().map(|place| place.0).min()?, own().map(|place| place.1).max()?);
    let bytes = text.floor_char_boundary(start)..text.ceil_char_boundary(end);
    let numbers = |ids: &[u32]| ids.iter().map(|id| id.cast_signed()).collect();
    let row = Row { bytes, ids: numbers(window.get_ids()), types: numbers(window.get_type_ids()) };
    (!row.bytes.is_empty()).then_some(row)
}

/// Calls a library that may panic.
fn guarded<T>(call: impl FnOnce() -> tokenizers::Result<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err("its library panicked".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::classifier::{Input, Manifest};
    use proptest::prelude::*;
    use unicode_normalization::char::is_combining_mark;

    const FILE: &str = include_str!("../../../models/example/tokenizer.json");

    fn example(max_tokens: usize, stride: usize, file: &str) -> Result<Tokeniser, String> {
        let written = include_str!("../../../models/example/model.json");
        let manifest: Manifest = serde_json::from_str(written).unwrap();
        let Input::Tokens(tokens) = manifest.input else { panic!("reads tokens") };
        Tokeniser::new(&Tokens { max_tokens, stride, ..tokens }, file.as_bytes())
    }

    fn windows(text: &str, max_tokens: usize, stride: usize) -> Vec<String> {
        let rows = example(max_tokens, stride, FILE).unwrap().rows(text).unwrap();
        rows.into_iter().map(|row| text[row.bytes].to_owned()).collect()
    }

    #[test]
    fn windows_overlap_and_reach_the_end() {
        // Two of the tokens are marks, and every letter is one.
        assert_eq!(windows("a b c d e f g", 6, 1), ["a b c d", "d e f g"]);
        assert_eq!(windows("a b c d e f g", 6, 2), ["a b c d", "c d e f", "e f g"]);
        assert_eq!(windows("a b c", 6, 2), ["a b c"]);
        let long = "a ".repeat(5000);
        assert_eq!(windows(&long, 64, 16).len(), (5000 - 62_usize).div_ceil(46) + 1);
    }

    #[test]
    fn a_window_has_the_marks_and_no_filling() {
        let tokeniser = example(6, 1, FILE).unwrap();
        for row in tokeniser.rows("a b c d e").unwrap() {
            assert_eq!((row.ids[0], row.ids[row.ids.len() - 1]), (2, 3), "[CLS] and [SEP]");
            assert_eq!(row.types, vec![0; row.ids.len()]);
        }
        assert_eq!(tokeniser.rows("a b c d e").unwrap()[1].ids.len(), 4);
    }

    #[test]
    fn blank_texts_have_no_windows_and_marks_in_a_text_are_text() {
        assert!(windows("", 6, 1).is_empty() && windows(" \n\u{3000}", 6, 1).is_empty());
        let ids = |text| example(64, 1, FILE).unwrap().rows(text).unwrap()[0].ids.clone();
        assert_eq!(ids("hide [SEP] hide").iter().filter(|id| **id == 3).count(), 1);
    }

    #[test]
    fn bytes_are_those_of_the_text_as_it_stands() {
        assert_eq!(windows("  U\u{308}ber é 隐 ﬁ", 64, 1), ["U\u{308}ber é 隐 ﬁ"]);
        assert_eq!(windows("é隐 скрыть", 3, 0), ["é", "隐", "скрыть"]);
    }

    /// A tokenizer of which every byte is a token.
    fn of_bytes() -> String {
        let letters = tokenizers::pre_tokenizers::byte_level::ByteLevel::alphabet();
        let mut letters: Vec<String> = letters.into_iter().map(String::from).collect();
        letters.sort_unstable();
        let vocab: serde_json::Map<String, serde_json::Value> =
            letters.into_iter().zip(0..).map(|(letter, id)| (letter, id.into())).collect();
        let cut = serde_json::json!({"type": "ByteLevel", "add_prefix_space": true,
            "trim_offsets": true, "use_regex": true});
        serde_json::json!({"version": "1.0", "added_tokens": [], "pre_tokenizer": cut,
            "post_processor": cut, "model": {"type": "BPE", "vocab": vocab, "merges": []}})
        .to_string()
    }

    #[test]
    fn a_window_that_ends_within_a_character_has_all_of_it() {
        let tokeniser = example(5, 0, &of_bytes()).unwrap();
        let text = "é🙂 隐瞒";
        let rows = tokeniser.rows(text).unwrap();
        let read: Vec<&str> = rows.iter().map(|row| &text[row.bytes.clone()]).collect();
        // A space before the text, two bytes, four, a space, three, three.
        assert_eq!(read, ["é🙂", "🙂 隐", "隐瞒"]);
    }

    #[test]
    fn what_is_no_tokenizer_is_refused() {
        let said = |max, stride, file: &str| example(max, stride, file).unwrap_err();
        assert!(said(64, 1, "junk").starts_with("is no tokenizer"), "{}", said(64, 1, "junk"));
        assert!(said(64, 1, "{}").contains("Model missing"), "{}", said(64, 1, "{}"));
        assert!(said(64, 62, FILE).contains("must be more than 64"), "{}", said(64, 62, FILE));
        assert!(example(65, 62, FILE).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn windows_are_places_in_the_text_and_leave_nothing_out(
            text in "(\\PC|[ .\n\u{200b}审é]|e\u{301}|hide|\\[SEP\\]){0,60}", max in 3_usize..20
        ) {
            let rows = example(max, 0, FILE).unwrap().rows(&text).unwrap();
            let mut end = 0;
            for row in rows {
                prop_assert!(row.ids.len() <= max);
                prop_assert!(text.get(row.bytes.clone()).is_some());
                let between = &text[end..row.bytes.start.max(end)];
                // The example's tokenizer drops marks.
                let is_read = |c: char| c.is_alphanumeric() && !is_combining_mark(c);
                prop_assert!(!between.contains(is_read), "{between:?}");
                end = row.bytes.end;
            }
        }
    }
}
