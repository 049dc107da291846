//! The sentence that carried a score: the one without which its window would score lowest.
//!
//! Hashed words are scored again without the words of the sentence, tokens by reading the window's text
//! without it. A run over tokens is dear, so their sentences are taken in a few groups if there are many,
//! and of two stages the first is asked, which has let the window pass.

use super::Recipe;
use super::onnx::OnnxError;
use super::reader::{Reader, Row, Rows};
use super::score::Classifier;
use super::windows::sentences;
use super::words::Words;
use std::ops::Range;

/// Words after which a sentence of a model that reads tokens is cut.
const SENTENCE: usize = 60;
/// Runs of a graph over tokens for one quote.
const RUNS: usize = 16;

impl Classifier {
    /// The sentence within `range` of `text` without which a label's score would be lowest: the one
    /// that says it. A window of one sentence is that sentence. Models that read tokens find it in 16
    /// runs at most; in a window of more sentences it may be a few that stand together.
    ///
    /// # Errors
    /// If the graph fails.
    pub fn sentence(
        &self,
        text: &str,
        range: Range<usize>,
        label: usize,
    ) -> Result<Range<usize>, OnnxError> {
        let part = text.get(range.clone()).unwrap_or_default();
        let found = match &self.model.first.reader {
            Reader::Words(recipe) => self.among_words(recipe, part, label)?,
            Reader::Tokens(_) => self.among_tokens(part, label)?,
        };
        Ok(found.map_or(range.clone(), |found| range.start + found.start..range.start + found.end))
    }

    fn among_words(
        &self,
        recipe: &Recipe,
        part: &str,
        label: usize,
    ) -> Result<Option<Range<usize>>, OnnxError> {
        let words = Words::of(part);
        let all = 0..words.words.len();
        let mut scores = Vec::new();
        for sentence in sentences(part, &words, recipe.sentence) {
            let ids = recipe.features_without(&words, all.clone(), sentence.clone());
            let mut rows = Rows::default();
            let width = ids.len();
            rows.push(&Row { bytes: 0..0, ids, types: Vec::new() }, width);
            let score =
                self.model.first.run(&self.device, &rows)?.get(label).copied().unwrap_or_default();
            scores.push((score, words.bytes(sentence)));
        }
        Ok(lowest(scores))
    }

    fn among_tokens(&self, part: &str, label: usize) -> Result<Option<Range<usize>>, OnnxError> {
        let words = Words::of(part);
        let sentences = sentences(part, &words, SENTENCE);
        let together = sentences.len().div_ceil(RUNS).max(1);
        let groups: Vec<Range<usize>> = sentences
            .chunks(together)
            .map(|group| words.bytes(group[0].start..group[group.len() - 1].end))
            .collect();
        if groups.len() < 2 {
            return Ok(groups.into_iter().next());
        }
        let without: Vec<String> = groups
            .iter()
            .map(|group| format!("{}{}", &part[..group.start], &part[group.end..]))
            .collect();
        let without: Vec<&str> = without.iter().map(String::as_str).collect();
        let scored = self.score(&without)?.into_iter();
        Ok(lowest(scored.map(|scored| scored.scores[label]).zip(groups).collect()))
    }
}

/// The first of the lowest scores.
fn lowest(scores: Vec<(f32, Range<usize>)>) -> Option<Range<usize>> {
    let lower = |a: (f32, Range<usize>), b: (f32, Range<usize>)| if b.0 < a.0 { b } else { a };
    scores.into_iter().reduce(lower).map(|(_, range)| range)
}
