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
    Encoding, PostProcessor as _, Tokenizer, TruncationDirection, TruncationParams,
    TruncationStrategy,
};

/// A tokenizer that gives windows.
#[derive(Debug, Clone)]
pub(crate) struct Tokeniser {
    pub(crate) tokens: Tokens,
    tokenizer: Tokenizer,
    /// The largest id it may give.
    pub(crate) largest: i32,
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
        tokenizer.set_encode_special_tokens(true);
        tokenizer.with_padding(None);
        let truncation = TruncationParams {
            direction: TruncationDirection::Right,
            max_length: tokens.max_tokens,
            strategy: TruncationStrategy::LongestFirst,
            stride: tokens.stride,
        };
        tokenizer.with_truncation(Some(truncation)).map_err(|error| error.to_string())?;
        Ok(Self { tokens: tokens.clone(), tokenizer, largest })
    }

    /// The windows of `text`; none if it is blank.
    ///
    /// # Errors
    /// If the tokenizer fails.
    pub(crate) fn rows(&self, text: &str) -> Result<Vec<Row>, String> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let first = guarded(|| self.tokenizer.encode(text, true))?;
        let windows = std::iter::once(&first).chain(first.get_overflowing());
        Ok(windows.filter_map(|window| row(text, window)).collect())
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
