//! The tokens of one field in the order in which they came, as words of 32 bits.

use super::terms::TermId;
use tantivy::tokenizer::Token;

/// Words of a block of a stream; blocks are not moved when the stream grows.
const BLOCK_WORDS: usize = 64 << 10;
/// Values of a word: two bits say what it is.
const MAX_VALUE: u32 = (1 << 30) - 1;
/// Most rows of a segment.
pub(in super::super) const MAX_ROWS: u32 = MAX_VALUE;

/// Tokens of a field as words: terms at successive positions, jumps, beginnings of rows.
#[derive(Default)]
pub(super) struct Stream(Vec<Vec<u32>>);

const TERM: u32 = 0;
const JUMP: u32 = 1;
const ROW: u32 = 2;

impl Stream {
    fn push(&mut self, tag: u32, value: u32) {
        let word = value.min(MAX_VALUE) << 2 | tag;
        match self.0.last_mut() {
            Some(block) if block.len() < BLOCK_WORDS => block.push(word),
            _ => self.0.push(vec![word]),
        }
    }

    /// Visits all occurrences as (term, row, position), in the order in which they came.
    pub(super) fn each(&self, mut visit: impl FnMut(TermId, u32, u32)) {
        let (mut row, mut position) = (0, 0);
        for word in self.0.iter().flatten() {
            let value = word >> 2;
            match word & 3 {
                TERM => {
                    visit(value, row, position);
                    position += 1;
                }
                JUMP => position = value,
                _ => (row, position) = (value, 0),
            }
        }
    }

    pub(super) fn memory(&self) -> usize {
        let full = self.0.len().saturating_sub(1) * BLOCK_WORDS;
        (full + self.0.last().map_or(0, Vec::len)) * size_of::<u32>()
    }
}

/// Where the next token of a field belongs.
#[derive(Default)]
pub(super) struct Position {
    /// The row, once it has a token or a value.
    row: Option<u32>,
    /// Positions of the value at hand start here.
    base: u32,
    /// Behind the last position of the row.
    end: u32,
    /// The position a token has if nothing else is said.
    next: u32,
}

impl Position {
    /// Another value of the row, or the first.
    pub(super) fn begin_value(&mut self, row: u32, stream: &mut Stream) {
        if self.row != Some(row) {
            *self = Self { row: Some(row), ..Self::default() };
            stream.push(ROW, row);
        }
    }

    pub(super) fn push(&mut self, id: TermId, token: &Token, stream: &mut Stream) {
        self.put(id, position_of(token), stream);
    }

    pub(super) fn put(&mut self, id: TermId, position: u32, stream: &mut Stream) {
        let position = self.base.saturating_add(position).min(MAX_VALUE);
        if position != self.next {
            stream.push(JUMP, position);
        }
        stream.push(TERM, id);
        self.next = position + 1;
        self.end = self.end.max(self.next);
    }

    /// The gap between two values keeps phrases from running across.
    pub(super) fn end_value(&mut self) {
        self.base = self.end.max(self.base).saturating_add(1);
    }
}

pub(super) fn position_of(token: &Token) -> u32 {
    u32::try_from(token.position).unwrap_or(MAX_VALUE).min(MAX_VALUE)
}
