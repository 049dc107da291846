//! The classifier: how likely a stretch of reasoning is that of a turned agent, by trained models.
//!
//!   words.rs     text -> folded, hashed words with their places
//!   windows.rs   words -> sentences and overlapping windows
//!   features.rs  windows -> rows of numbers for the first stage
//!   onnx.rs      the runtime: ONNX Runtime where there is one, else tract
//!   model.rs     a model's folder, checked
//!   score.rs     texts -> scores, in batches
//!   findings.rs  scores -> findings, with the sentence that says it
//!
//! It may not know about sessions, rules or the lake; where a library may lie it is told.

mod features;
mod findings;
mod model;
mod onnx;
mod score;
mod windows;
mod words;

pub use features::Recipe;
pub use model::{Manifest, Model, ModelError};
pub use onnx::{Backend, Candidate, Choice, OnnxError, Runtime};
pub use score::{Classifier, MAX_TEXT, Scored};

use std::ops::Range;
use windows::{sentences, windows};
use words::Words;

/// A window of a text as the first stage sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Bytes of the text.
    pub bytes: Range<usize>,
    /// Features, ascending, filled up with 0.
    pub features: Vec<i32>,
}

impl Recipe {
    /// The windows of `text`.
    pub fn rows(&self, text: &str) -> impl Iterator<Item = Row> {
        let words = Words::of(text);
        let windows = windows(&sentences(text, &words, self.sentence), self.window);
        windows.into_iter().map(move |range| Row {
            bytes: words.words[range.start].range.start..words.words[range.end - 1].range.end,
            features: self.features(&words, range),
        })
    }
}
