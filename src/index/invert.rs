//! Turns the texts of rows into the inverted index of a segment.
//!
//! The library's own writer keeps a growing list per term; with the vocabulary of logs most
//! tokens then wait for several reads from memory, one after the other. Here a token is one
//! word at the end of one stream per field, and the lists come into being when the segment is
//! laid down: occurrences are counted while they arrive, so each term's place is known, and a
//! few passes over the stream put as many occurrences as fit a buffer straight there. What
//! comes out is, byte for byte, what the library's writer would have written (`tests.rs`
//! compares them).
//!
//! Knows the library's serializer, nothing of batches or bundles.

mod lists;
mod stream;
mod terms;

pub(super) use stream::MAX_ROWS;

use super::analyzer::{id_token, tokenizers};
use super::error::IndexError;
use super::schema::{Field, schema};
use super::tokenizer::{Mode, Scanner};
use lists::write_field;
use stream::{Position, Stream, position_of};
use tantivy::index::SegmentComponent;
use tantivy::postings::InvertedIndexSerializer;
use tantivy::tokenizer::Token;
use tantivy::{Directory, Index, IndexSettings, SingleSegmentIndexWriter, TantivyDocument};
use terms::{TermId, Terms};

/// Occurrences that are put in order at a time; 8 bytes each.
const BUFFER: usize = 4 << 20;
/// What the library is told its budget is; it is only asked for rows without text.
const SHELL_BUDGET: usize = 1 << 20;

/// A segment while it is filled.
pub(super) struct Inverter {
    fields: [FieldIndex; Field::ALL.len()],
    scanner: Scanner,
    rows: u32,
    /// Occurrences that are put in order at a time.
    buffer: usize,
}

/// One field of it.
#[derive(Default)]
struct FieldIndex {
    terms: Terms,
    stream: Stream,
    at: Position,
    /// The last text, and the terms it had: ids and models repeat from row to row.
    last: String,
    last_tokens: Vec<(TermId, u32)>,
}

impl Inverter {
    pub(super) fn new() -> Self {
        Self { fields: Default::default(), scanner: Scanner::default(), rows: 0, buffer: BUFFER }
    }

    /// Adds a row with the values of its fields, in the order of the schema.
    pub(super) fn add<'t>(&mut self, values: impl Iterator<Item = (Field, &'t str)>) {
        for (field, text) in values {
            self.fields[field as usize].add(self.rows, field, text, &mut self.scanner);
        }
        self.rows += 1;
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        let of = |field: &FieldIndex| {
            let last = field.last.capacity() + field.last_tokens.capacity() * 8;
            field.terms.memory() + field.stream.memory() + last
        };
        self.fields.iter().map(of).sum()
    }

    /// Lays the segment down in a folder, as an index of its own.
    pub(super) fn finish(self, folder: &dyn Directory) -> Result<Index, IndexError> {
        let index = shell(folder.box_clone(), self.rows)?;
        let segments = index.searchable_segments().map_err(IndexError::writing)?;
        let Some(segment) = segments.first() else { return Ok(index) };
        // The shell has these files, for rows without text.
        for part in
            [SegmentComponent::Terms, SegmentComponent::Postings, SegmentComponent::Positions]
        {
            let path = segment.relative_path(part);
            folder.delete(&path).map_err(|error| IndexError::Library(error.to_string()))?;
        }
        let mut out = InvertedIndexSerializer::open(segment).map_err(IndexError::writing)?;
        for (field, mut index) in Field::ALL.into_iter().zip(self.fields) {
            if !index.terms.is_empty() {
                write_field(field, &mut index.terms, &index.stream, self.buffer, &mut out)?;
            }
        }
        out.close()?;
        Ok(index)
    }
}

/// An index of so many rows without text.
fn shell(folder: Box<dyn Directory>, rows: u32) -> Result<Index, IndexError> {
    let mut writer = library_writer(folder)?;
    for _ in 0..rows {
        writer.add_document(TantivyDocument::default()).map_err(IndexError::writing)?;
    }
    writer.finalize().map_err(IndexError::writing)
}

fn library_writer(folder: Box<dyn Directory>) -> Result<SingleSegmentIndexWriter, IndexError> {
    // Nothing is stored, so there is nothing to compress on a thread of its own.
    let settings =
        IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
    Index::builder()
        .schema(schema())
        .tokenizers(tokenizers())
        .settings(settings)
        .single_segment_index_writer(folder, SHELL_BUDGET)
        .map_err(IndexError::writing)
}

impl FieldIndex {
    fn add(&mut self, row: u32, field: Field, text: &str, scanner: &mut Scanner) {
        let Self { terms, stream, at, last, last_tokens } = self;
        at.begin_value(row, stream);
        if !field.repeats() {
            let each =
                &mut |token: &Token| at.push(terms.note(token.text.as_bytes()), token, stream);
            scanner.scan(text, Mode::Index, each);
            return at.end_value();
        }
        if text == last {
            for (id, position) in &*last_tokens {
                terms.note_again(*id);
                at.put(*id, *position, stream);
            }
            return at.end_value();
        }
        last.clear();
        last.push_str(text);
        last_tokens.clear();
        let mut each = |token: &Token| {
            let id = terms.note(token.text.as_bytes());
            last_tokens.push((id, position_of(token)));
            at.push(id, token, stream);
        };
        if field.is_id() {
            id_token(text).iter().for_each(each);
        } else {
            scanner.scan(text, Mode::Index, &mut each);
        }
        at.end_value();
    }
}

#[cfg(test)]
mod tests;
