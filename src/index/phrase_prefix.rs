//! A phrase whose last token is only a beginning, as in `"not be det"*`.
//!
//! The library's own query for this gives up after a fixed number of expansions, silently, or
//! holds the postings of all of them at once. This one walks the expansions one by one and
//! collects rows in a bit set: complete, and a bit per row of memory.

use super::schema::Field;
use tantivy::query::{
    BitSetDocSet, ConstScorer, EnableScoring, Explanation, PhraseQuery, Query, Scorer, Weight,
};
use tantivy::{BitSet, DocId, SegmentReader, TantivyError, Term};

/// A phrase of at least two terms, the last of which is a prefix.
#[derive(Debug, Clone)]
pub(super) struct PhrasePrefix {
    field: Field,
    terms: Vec<(usize, Term)>,
}

impl PhrasePrefix {
    /// `terms` are in the order of their offsets.
    pub(super) fn new(field: Field, terms: Vec<(usize, Term)>) -> Self {
        debug_assert!(terms.len() > 1, "one term alone is a range of terms");
        Self { field, terms }
    }

    /// Calls `found` with the rows of every expansion.
    fn each(&self, reader: &SegmentReader, found: &mut dyn FnMut(&[DocId])) -> tantivy::Result<()> {
        let Some(((offset, prefix), fixed)) = self.terms.split_last() else { return Ok(()) };
        let index = reader.inverted_index(self.field.id())?;
        for (_, term) in fixed {
            if index.get_term_info(term)?.is_none() {
                return Ok(());
            }
        }
        let prefix = prefix.serialized_value_bytes();
        let mut words = index.terms().range().ge(prefix).into_stream()?;
        while words.advance() && words.key().starts_with(prefix) {
            let mut last = Term::from_field_text(self.field.id(), "");
            last.append_bytes(words.key());
            let mut terms = fixed.to_vec();
            terms.push((*offset, last));
            let scoring = EnableScoring::disabled_from_schema(reader.schema());
            PhraseQuery::new_with_offset(terms)
                .weight(scoring)?
                .for_each_no_score(reader, found)?;
        }
        Ok(())
    }
}

impl Query for PhrasePrefix {
    fn weight(&self, _scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for PhrasePrefix {
    fn scorer(&self, reader: &SegmentReader, boost: f32) -> tantivy::Result<Box<dyn Scorer>> {
        let mut rows = BitSet::with_max_value(reader.max_doc());
        self.each(reader, &mut |found| {
            found.iter().for_each(|row| {
                rows.insert(*row);
            })
        })?;
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(rows), boost)))
    }

    fn explain(&self, _reader: &SegmentReader, _doc: DocId) -> tantivy::Result<Explanation> {
        Err(TantivyError::InvalidArgument("nothing is scored here".to_owned()))
    }
}
