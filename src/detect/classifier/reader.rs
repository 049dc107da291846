//! How a model reads a text, ready to be used: what makes windows of it and scores of its numbers.

use super::Recipe;
use super::manifest::Input;
use super::tokenise::Tokeniser;
use std::ops::Range;

/// What makes windows of a text.
#[derive(Debug, Clone)]
pub(crate) enum Reader {
    /// Hashed words.
    Words(Recipe),
    /// A tokenizer. Boxed: it is large.
    Tokens(Box<Tokeniser>),
}

/// A window as a graph reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// Bytes of the text.
    pub(crate) bytes: Range<usize>,
    /// Features or tokens.
    pub(crate) ids: Vec<i32>,
    /// Of each token the part of the text it belongs to; features have none.
    pub(crate) types: Vec<i32>,
}

/// Windows of one width, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) width: usize,
    pub(crate) ids: Vec<i32>,
    pub(crate) types: Vec<i32>,
    /// Of each window how much of it is not filled up.
    pub(crate) lengths: Vec<usize>,
}

impl Rows {
    /// One more window, filled up to the width.
    pub(crate) fn push(&mut self, row: &Row, width: usize) {
        self.width = width;
        for (values, all) in [(&row.ids, &mut self.ids), (&row.types, &mut self.types)] {
            all.extend_from_slice(values);
            // Features have no types.
            all.extend(std::iter::repeat_n(
                0,
                if values.is_empty() { 0 } else { width - values.len() },
            ));
        }
        self.lengths.push(row.ids.len());
    }

    /// 1 where a window has something, 0 where it is filled up.
    pub(crate) fn mask(&self) -> Vec<i32> {
        let of = |length: usize| (0..self.width).map(move |at| i32::from(at < length));
        self.lengths.iter().copied().flat_map(of).collect()
    }

    /// Parts of so many windows, in order. A window alone is not filled up.
    pub(crate) fn parts(&self, size: usize) -> impl Iterator<Item = Self> {
        let size = size.max(1);
        (0..self.count()).step_by(size).map(move |from| {
            let to = (from + size).min(self.count());
            let lengths = self.lengths[from..to].to_vec();
            let width = if size == 1 { lengths[0] } else { self.width };
            let cut = |values: &[i32]| {
                let part = values.get(from * self.width..to * self.width).unwrap_or_default();
                part[..part.len().min(width * (to - from))].to_vec()
            };
            Self { width, ids: cut(&self.ids), types: cut(&self.types), lengths }
        })
    }

    /// How many windows.
    pub(crate) fn count(&self) -> usize {
        self.ids.len().checked_div(self.width).unwrap_or(0)
    }
}

impl Reader {
    /// The reader that a manifest asks for; `file` gives the bytes of a file of the folder.
    ///
    /// # Errors
    /// The error of `file`, or the name of a file and what is wrong with it.
    pub(crate) fn new<E>(
        input: &Input,
        file: impl Fn(&str) -> Result<std::borrow::Cow<'static, [u8]>, E>,
        wrong: impl Fn(&str, String) -> E,
    ) -> Result<Self, E> {
        Ok(match input {
            Input::Words(recipe) => Self::Words(recipe.clone()),
            Input::Tokens(tokens) => {
                let name = &tokens.tokenizer;
                let made = Tokeniser::new(tokens, &file(name)?).map_err(|why| wrong(name, why))?;
                Self::Tokens(Box::new(made))
            }
        })
    }

    /// The windows of `text`.
    ///
    /// # Errors
    /// If a tokenizer fails.
    pub(crate) fn rows(&self, text: &str) -> Result<Vec<Row>, String> {
        match self {
            Self::Words(recipe) => Ok(recipe
                .rows(text)
                .map(|row| Row { bytes: row.bytes, ids: row.features, types: Vec::new() })
                .collect()),
            Self::Tokens(tokeniser) => tokeniser.rows(text),
        }
    }

    /// Windows that run together. A row of hashed features is summed for itself. Tokens run window by
    /// window: runtimes take other paths for other sizes, and then the last digits of a score would
    /// depend on what stands beside it; on a CPU a batch gains little.
    pub(crate) fn batch(&self) -> usize {
        match self {
            Self::Words(_) => 256,
            Self::Tokens(_) => 1,
        }
    }

    /// The numbers of one window as scores.
    ///
    /// # Errors
    /// If they cannot be scores.
    pub(crate) fn scores(&self, numbers: &mut [f32]) -> Result<(), String> {
        match self {
            Self::Words(_) => match numbers.iter().find(|number| !(0.0..=1.0).contains(*number)) {
                Some(number) => Err(format!("it gave {number}, which is no chance from 0 to 1")),
                None => Ok(()),
            },
            Self::Tokens(tokeniser) => tokeniser.tokens.scores(numbers),
        }
    }

    /// Rows that show whether the graph is made for what the reader may give, with what each tries.
    /// Graphs over hashed words keep features within their table themselves.
    pub(crate) fn trials(&self) -> Vec<(String, Rows)> {
        let tokeniser = match self {
            Self::Tokens(tokeniser) => tokeniser,
            Self::Words(Recipe { width, .. }) => {
                let rows = Rows {
                    width: *width,
                    ids: vec![1; *width],
                    types: Vec::new(),
                    lengths: vec![*width],
                };
                return vec![(format!("with a window of {width} features:"), rows)];
            }
        };
        let (largest, longest) = (tokeniser.largest, tokeniser.tokens.max_tokens);
        let of = |width| {
            let (ids, types) = (vec![largest; width], vec![0; width]);
            Rows { width, ids, types, lengths: vec![width] }
        };
        let file = &tokeniser.tokens.tokenizer;
        let id = format!("with the largest id of {file}, {largest} (do the two belong together?):");
        let window = format!("with a window of {longest} tokens (is `max_tokens` too large?):");
        vec![(id, of(1)), (window, of(longest))]
    }
}
