//! The classifier: how likely a stretch of reasoning is that of a turned agent, by trained models.
//!
//! A model reads hashed words
//!   words.rs     text -> folded, hashed words with their places
//!   windows.rs   words -> sentences and overlapping windows
//!   features.rs  windows -> rows of numbers for the first stage
//!
//! or the ids of a tokenizer that lies beside its graph
//!   tokens.rs    what its manifest says of that; numbers -> scores
//!   tokenise.rs  text -> overlapping windows of ids
//!
//! and the rest is the same for both
//!   manifest.rs  `model.json`
//!   cascade.rs   which windows a second stage may read, and what both say together
//!   again.rs     which of these it does read, and in what letters
//!   model.rs     a model's folder, checked
//!   reader.rs    text -> rows of numbers, in one of the two ways
//!   onnx.rs      the runtime: ONNX Runtime where there is one, else tract
//!   device.rs    the CPU, or a GPU for tokens
//!   graph.rs     rows of numbers -> numbers per label
//!   copies.rs    copies of something, each used by one thread at a time, up to a number
//!   pool.rs      copies of a graph, and a GPU that fails
//!   stage.rs     windows of texts -> scores, in batches, by one graph
//!   score.rs     texts -> scores, by one stage or two
//!   evidence.rs  the sentence that carried a score
//!   together.rs  what labels say together
//!   kinds.rs     labels -> kinds of findings
//!   findings.rs  scores -> findings
//!
//! It may not know about sessions, rules or the lake; where a library may lie it is told.

mod again;
mod cascade;
mod copies;
mod device;
mod evidence;
mod features;
mod findings;
mod graph;
mod kinds;
mod lookalikes;
mod manifest;
mod model;
mod onnx;
mod pool;
mod reader;
mod score;
mod scripts;
mod stage;
mod together;
mod tokenise;
mod tokens;
mod unread;
mod windows;
mod words;

pub use cascade::{Blend, Cascade};
pub use device::{Device, Wanted};
pub use features::Recipe;
pub use graph::running;
pub use manifest::{Input, Manifest, Second};
pub use model::{Model, ModelError};
pub use onnx::{Backend, Candidate, Choice, OnnxError, Runtime};
pub use score::{Classifier, MAX_TEXT, Scored};
pub use together::{Summed, Together};
pub use tokens::{Activation, Tokens};
pub use unread::Unread;

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
    /// The windows of `text`; of a text with too few words none.
    pub fn rows(&self, text: &str) -> impl Iterator<Item = Row> {
        let words = Words::of(text);
        let windows = windows(&sentences(text, &words, self.sentence), self.window);
        let least = self.least;
        windows.into_iter().filter(move |range| range.len() >= least).map(move |range| Row {
            bytes: words.bytes(range.clone()),
            features: self.features(&words, range),
        })
    }
}
