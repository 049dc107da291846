//! Windows into hashed features: the numbers that the first stage looks up.
//!
//! A feature is present in a window or not; how often does not count. The number of a feature is
//! its hash modulo the size of the model's table; number 0 fills up what is left of a row.

use super::words::{VERSION, Words, hash};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Which features a model reads. Part of the model's file: training and use take the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Version of how words are cut and hashed; another one is refused.
    pub words: u32,
    /// Rows of the table, the empty one included.
    pub buckets: u32,
    /// Features of a window at most.
    pub width: usize,
    /// Words of a window at most, but for a longer sentence.
    pub window: usize,
    /// Words after which a sentence is cut.
    pub sentence: usize,
    /// Pairs of neighbouring words.
    pub pairs: bool,
    /// First letters of words.
    pub stems: bool,
    /// Runs of so many letters within words; 0 is none.
    pub grams: usize,
    /// Words that a window must have to be judged by: a few words pass for anything.
    #[serde(default)]
    pub least: usize,
}

const PAIR: u64 = 0x50;
const GRAM: u64 = 0x47;

impl Recipe {
    /// Whether features can be made by it.
    ///
    /// # Errors
    /// What cannot be.
    pub fn check(&self) -> Result<(), String> {
        if self.words != VERSION {
            let found = self.words;
            return Err(format!(
                "it was trained with words of version {found}, this program has {VERSION}"
            ));
        }
        let is_sane = (2..=1 << 24).contains(&self.buckets)
            && (1..=1 << 14).contains(&self.width)
            && (1..=1 << 12).contains(&self.window)
            && (1..=1 << 12).contains(&self.sentence)
            && self.grams <= 16
            && self.least <= self.window;
        if is_sane { Ok(()) } else { Err(format!("its recipe cannot be: {self:?}")) }
    }

    /// The features of the words in `range`, ascending, filled up with 0 to the least of its widths.
    /// The width depends on the window alone, so that its score does too.
    pub(crate) fn features(&self, words: &Words, range: Range<usize>) -> Vec<i32> {
        self.features_without(words, range, 0..0)
    }

    /// The same, as if the words in `hole` were not there.
    pub(crate) fn features_without(
        &self,
        words: &Words,
        range: Range<usize>,
        hole: Range<usize>,
    ) -> Vec<i32> {
        let mut row = Vec::with_capacity(self.width);
        for at in range.clone().filter(|at| !hole.contains(at)) {
            let word = &words.words[at];
            row.push(self.number(word.hash));
            if self.stems && word.stem != word.hash {
                row.push(self.number(word.stem));
            }
            if self.pairs && at + 1 < range.end && !hole.contains(&(at + 1)) {
                row.push(self.number(pair(word.hash, words.words[at + 1].hash)));
            }
            if self.grams > 0 {
                grams(words.letters(at), self.grams, &mut |hash| row.push(self.number(hash)));
            }
        }
        row.sort_unstable();
        row.dedup();
        row.truncate(self.width);
        row.resize(self.padded(row.len()), 0);
        row
    }

    /// The least width that holds so many features: the full one, halved as often as it goes.
    fn padded(&self, count: usize) -> usize {
        let mut width = self.width;
        while width / 2 >= count.max(16) {
            width /= 2;
        }
        width
    }

    fn number(&self, hash: u64) -> i32 {
        let rows = u64::from(self.buckets.max(2) - 1);
        i32::try_from(1 + hash % rows).unwrap_or(1)
    }
}

fn pair(one: u64, other: u64) -> u64 {
    (one.rotate_left(17) ^ other.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_add(PAIR)
}

/// Runs of letters within a word, its borders included as a letter.
fn grams(letters: &str, length: usize, add: &mut impl FnMut(u64)) {
    let mut bordered = String::with_capacity(letters.len() + 2);
    bordered.push('_');
    bordered.push_str(letters);
    bordered.push('_');
    let places: Vec<usize> =
        bordered.char_indices().map(|(at, _)| at).chain([bordered.len()]).collect();
    for run in places.windows(length + 1) {
        add(hash(&bordered[run[0]..run[length]], GRAM));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> Recipe {
        Recipe {
            words: VERSION,
            buckets: 1 << 16,
            width: 12,
            window: 96,
            sentence: 40,
            pairs: true,
            stems: true,
            grams: 0,
            least: 0,
        }
    }

    fn of(recipe: &Recipe, text: &str) -> Vec<i32> {
        let words = Words::of(text);
        recipe.features(&words, 0..words.words.len())
    }

    #[test]
    fn a_feature_counts_once_and_rows_are_filled_up() {
        let found = of(&recipe(), "wait wait wait");
        // One word, one stem of the same letters, one pair.
        assert_eq!(found.iter().filter(|id| **id != 0).count(), 3);
        assert!(found.iter().all(|id| (0..1 << 16).contains(id)));
        assert_eq!(found, of(&recipe(), "WAIT Wait wait"));
        assert_ne!(found, of(&recipe(), "wait now wait"));
    }

    #[test]
    fn a_row_is_as_wide_as_it_needs_to_be() {
        let recipe = Recipe { width: 512, pairs: false, stems: false, ..recipe() };
        let words: Vec<String> =
            ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}"))).collect();
        let width = |count: usize| of(&recipe, &words[..count].join(" ")).len();
        assert_eq!([1, 16, 17, 100, 600].map(width), [16, 16, 32, 128, 512]);
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let found = of(&recipe(), "one two three four five six seven eight nine");
        assert_eq!(found.iter().filter(|id| **id != 0).count(), 12);
    }

    #[test]
    fn grams_have_borders() {
        let recipe = Recipe { grams: 4, stems: false, pairs: false, ..recipe() };
        assert_eq!(of(&recipe, "hide").iter().filter(|id| **id != 0).count(), 1 + 3);
    }
}
