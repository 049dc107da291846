//! Cuts text into tokens, for the index, for queries and for highlights.
//!
//! * A word is a run of letters and digits of any script with spaces, folded (see `fold`);
//!   everything else separates, so `foo_bar/qux.rs` is four words at successive positions and
//!   the whole path, quoted or not, is a phrase of them.
//! * A camel-case word is indexed whole (`getUserName` is found in any spelling of its case)
//!   and, in a group of its own behind the text, as its parts with the words joined to it by
//!   `_`, `-` or `.`, so that `userName`, `user_name` and `name` find it too. The group has its
//!   own positions: phrases over the running text do not notice it.
//! * Scripts without spaces are indexed as single characters and overlapping pairs; a query
//!   uses pairs, or the single character if it has only one.
//! * Emoji are tokens. Invisible tag characters are read as the ASCII they imitate.
//! * Tokens are capped at [`MAX_TOKEN`] bytes. Far inside a long run of base64 characters,
//!   words that look random are left out (their positions are kept): a megabyte of base64 costs
//!   its beginning only, yet a plain word hidden in it is found.
//!
//! The ASCII path allocates nothing per token. Nothing here can fail, and memory is bounded by
//! one entry per camel-case group.

use super::ascii::{BLOB, CLASSES, HIGH, LOWER, UPPER, WORD, borders, looks_random};
use super::fold::{Class, Folded, MAX_TOKEN, classify, extends_dense, head, tag_to_ascii};
use std::ops::Range;
use tantivy::tokenizer::Token;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// How far into a run of base64 characters random words are still indexed.
const BLOB_HEAD: usize = 256;
/// Longest chain of joined words that is indexed by parts.
const MAX_CHAIN: usize = 256;
/// Most marks that are composed with one character of a dense script.
const MAX_MARKS: usize = 8;

/// What the tokens are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// For the index: everything.
    Index,
    /// For a query: whole words.
    Words,
    /// For a query: camel-case words as their parts.
    Parts,
}

type Sink<'s> = &'s mut dyn FnMut(&Token);

/// Where a piece of text lies in the whole.
#[derive(Clone)]
enum Place {
    /// At this byte offset.
    At(usize),
    /// Decoded from these bytes.
    From(Range<usize>),
}

/// Cuts text into tokens; keeps its buffers from text to text.
#[derive(Debug, Clone, Default)]
pub(super) struct Scanner {
    token: Token,
    folded: Folded,
    chains: Vec<Range<usize>>,
}

/// One pass over one text.
struct Pass<'p, 's> {
    scanner: &'p mut Scanner,
    text: &'p str,
    place: Place,
    mode: Mode,
    position: usize,
    /// Start of the current run of base64 characters.
    run: usize,
    chain: Range<usize>,
    chain_has_camel: bool,
    sink: Sink<'s>,
}

impl Scanner {
    /// Gives all tokens of a text to `sink`.
    pub(super) fn scan(&mut self, text: &str, mode: Mode, sink: Sink<'_>) {
        self.chains.clear();
        let mut position = self.pass(text, Place::At(0), mode, 0, sink);
        let chains = std::mem::take(&mut self.chains);
        for chain in &chains {
            let part = text.get(chain.clone()).unwrap_or_default();
            // The gap keeps phrases from running across groups.
            position = self.pass(part, Place::At(chain.start), Mode::Parts, position + 1, sink);
        }
        self.chains = chains;
    }

    fn pass(
        &mut self,
        text: &str,
        place: Place,
        mode: Mode,
        position: usize,
        sink: Sink<'_>,
    ) -> usize {
        let mut pass = Pass {
            scanner: self,
            text,
            place,
            mode,
            position,
            run: 0,
            chain: 0..0,
            chain_has_camel: false,
            sink,
        };
        pass.all();
        pass.position
    }
}

impl<'p> Pass<'p, '_> {
    fn all(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let class = CLASSES[usize::from(bytes[at])];
            if class & WORD != 0 {
                at = self.word(at);
            } else if class & HIGH != 0 {
                at = self.beyond_ascii(at);
                self.run = at;
            } else {
                at += 1;
                if class & BLOB == 0 {
                    self.run = at;
                }
            }
        }
        self.end_chain();
    }

    /// A word that begins with an ASCII character; returns where it ends.
    fn word(&mut self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let first = CLASSES[usize::from(bytes[start])];
        let mut rest = 0;
        let mut end = start + 1;
        while let Some(class) = bytes.get(end).map(|b| CLASSES[usize::from(*b)]) {
            if class & WORD == 0 {
                if class & HIGH != 0 && self.joins(end) {
                    return self.folded_word(start);
                }
                break;
            }
            rest |= class;
            end += 1;
        }
        let mixed = rest & UPPER != 0 && (first | rest) & LOWER != 0;
        self.ascii_word(start..end, mixed, (first | rest) & UPPER != 0);
        end
    }

    /// Whether the character at `at` continues the word before it.
    fn joins(&self, at: usize) -> bool {
        matches!(self.class_at(at), Some((_, Class::Word | Class::Ignored)))
    }

    fn class_at(&self, at: usize) -> Option<(char, Class)> {
        let c = self.text.get(at..)?.chars().next()?;
        Some((c, classify(c)))
    }

    fn ascii_word(&mut self, range: Range<usize>, mixed: bool, upper: bool) {
        let text = self.text;
        let Some(word) = text.get(range.clone()) else { return };
        let in_blob = range.start - self.run > BLOB_HEAD;
        let random = (mixed || in_blob) && looks_random(word);
        if in_blob && random {
            self.position += 1;
            return;
        }
        let short = word.len() <= MAX_TOKEN;
        let camel = mixed && !random && short && borders(word).next().is_some();
        self.note_chain(&range, camel);
        if camel && self.mode == Mode::Parts {
            self.ascii_parts(word, range.start);
        } else {
            self.emit_ascii(word, range, upper);
        }
    }

    fn ascii_parts(&mut self, word: &str, base: usize) {
        let mut from = 0;
        for cut in borders(word).chain([word.len()]) {
            self.emit_ascii(word.get(from..cut).unwrap_or_default(), base + from..base + cut, true);
            from = cut;
        }
    }

    fn emit_ascii(&mut self, word: &str, range: Range<usize>, upper: bool) {
        let text = &mut self.scanner.token.text;
        text.clear();
        text.push_str(head(word, MAX_TOKEN));
        if upper {
            text.make_ascii_lowercase();
        }
        self.emit(range, self.position);
        self.position += 1;
    }

    /// Anything that begins with a character outside ASCII; returns where it ends.
    fn beyond_ascii(&mut self, at: usize) -> usize {
        let Some((c, class)) = self.class_at(at) else { return self.text.len() };
        match class {
            Class::Separator | Class::Ignored => at + c.len_utf8(),
            Class::Word => self.folded_word(at),
            Class::Dense => self.dense_run(at),
            Class::Symbol => self.symbol(at, c),
            Class::Tag => self.hidden(at),
        }
    }

    fn symbol(&mut self, at: usize, c: char) -> usize {
        let end = at + c.len_utf8();
        self.set_text([c]);
        self.emit(at..end, self.position);
        self.position += 1;
        end
    }

    /// A word with characters outside ASCII.
    fn folded_word(&mut self, start: usize) -> usize {
        let end = self.run_end(start, |class| matches!(class, Class::Word | Class::Ignored));
        let Some(word) = self.text.get(start..end) else { return self.text.len() };
        self.run = end;
        let mut folded = std::mem::take(&mut self.scanner.folded);
        folded.fold(word);
        if !folded.text.is_empty() {
            self.note_chain(&(start..end), !folded.cuts.is_empty());
            self.emit_folded(&folded, start..end);
        }
        self.scanner.folded = folded;
        end
    }

    fn emit_folded(&mut self, folded: &Folded, range: Range<usize>) {
        let whole = [folded.text.len()];
        let cuts = if self.mode == Mode::Parts { folded.cuts.as_slice() } else { &[] };
        let mut from = 0;
        for cut in cuts.iter().chain(&whole) {
            let text = &mut self.scanner.token.text;
            text.clear();
            text.push_str(folded.text.get(from..*cut).unwrap_or_default());
            self.emit(range.clone(), self.position);
            self.position += 1;
            from = *cut;
        }
    }

    /// End of the run of characters, from `start` on, whose class is wanted.
    fn run_end(&self, start: usize, wanted: impl Fn(Class) -> bool) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        let stop = rest.char_indices().find(|(_, c)| !wanted(classify(*c)));
        start + stop.map_or(rest.len(), |(at, _)| at)
    }

    /// A run of a script without spaces: single characters and pairs.
    fn dense_run(&mut self, start: usize) -> usize {
        let end = self.run_end(start, |class| class == Class::Dense);
        let run = self.text.get(start..end).unwrap_or_default();
        let plain = is_nfkc_quick(run.chars()) == IsNormalized::Yes;
        let mut before: Option<(char, Range<usize>)> = None;
        let mut count = 0;
        let mut at = start;
        while at < end {
            let cluster = self.cluster(at, end, plain);
            let next = at + cluster.len();
            for c in cluster.nfkc() {
                self.dense_unit(c, at..next, before.replace((c, at..next)));
                count += 1;
            }
            at = next;
        }
        if let Some((c, range)) = before.filter(|_| count == 1 && self.mode != Mode::Index) {
            self.set_text([c]);
            self.emit(range, self.position - 1);
        }
        end
    }

    /// One character of a dense run, with the one before it.
    fn dense_unit(&mut self, c: char, range: Range<usize>, before: Option<(char, Range<usize>)>) {
        if let Some((first, from)) = before {
            self.set_text([first, c]);
            self.emit(from.start..range.end, self.position - 1);
        }
        if self.mode == Mode::Index {
            self.set_text([c]);
            self.emit(range, self.position);
        }
        self.position += 1;
    }

    /// A character with the marks that compose with it.
    fn cluster(&self, at: usize, end: usize, plain: bool) -> &'p str {
        let rest = self.text.get(at..end).unwrap_or_default();
        let marks = if plain { 0 } else { MAX_MARKS };
        let mut chars = rest.char_indices().skip(1).enumerate();
        let stop = chars.find(|(n, (_, c))| *n >= marks || !extends_dense(*c));
        rest.get(..stop.map_or(rest.len(), |(_, (at, _))| at)).unwrap_or(rest)
    }

    /// Text in invisible tag characters: tokens of the ASCII text they stand for.
    fn hidden(&mut self, start: usize) -> usize {
        let end = self.run_end(start, |class| class == Class::Tag);
        let run = self.text.get(start..end).unwrap_or_default();
        let ascii: String = run.chars().filter_map(tag_to_ascii).collect();
        let range = self.absolute(start..end);
        // In index mode too: whole words are enough for text that nobody types on purpose.
        let mode = if self.mode == Mode::Index { Mode::Words } else { self.mode };
        self.position =
            self.scanner.pass(&ascii, Place::From(range), mode, self.position, self.sink);
        end
    }

    /// Keeps track of chains of joined words; only the index has use for them.
    fn note_chain(&mut self, word: &Range<usize>, camel: bool) {
        if self.mode != Mode::Index {
            return;
        }
        let joined = self.chain.end + 1 == word.start
            && word.end - self.chain.start <= MAX_CHAIN
            && matches!(self.text.as_bytes().get(self.chain.end), Some(b'_' | b'-' | b'.'));
        if !joined {
            self.end_chain();
            self.chain.start = word.start;
        }
        self.chain.end = word.end;
        self.chain_has_camel |= camel;
    }

    fn end_chain(&mut self) {
        if std::mem::take(&mut self.chain_has_camel) {
            self.scanner.chains.push(self.chain.clone());
        }
    }

    fn set_text<const N: usize>(&mut self, chars: [char; N]) {
        self.scanner.token.text.clear();
        self.scanner.token.text.extend(chars);
    }

    fn absolute(&self, range: Range<usize>) -> Range<usize> {
        match &self.place {
            Place::At(base) => base + range.start..base + range.end,
            Place::From(whole) => whole.clone(),
        }
    }

    fn emit(&mut self, range: Range<usize>, position: usize) {
        let range = self.absolute(range);
        let token = &mut self.scanner.token;
        token.offset_from = range.start;
        token.offset_to = range.end;
        token.position = position;
        token.position_length = 1;
        (self.sink)(token);
    }
}

#[cfg(test)]
mod tests;
