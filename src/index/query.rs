//! A parsed query, and how it is put to the index library.
//!
//! A literal becomes one or more [`Needle`]s (phrases of tokens); a row matches a literal if one
//! of its fields contains one of the needles. The tree is evaluated by the library over a split
//! (or over a batch indexed in memory, see `scan`), and once more by `snippet` over one text.

use super::analyzer::query_tokens;
use super::fold::{Class, classify};
use super::parse;
use super::phrase_prefix::PhrasePrefix;
use super::schema::Field;
use super::tokenizer::Mode;
use std::ops::Bound;
use tantivy::Term;
use tantivy::query as library;
use tantivy::schema::IndexRecordOption;

/// Why a query cannot be understood; `at` is a byte offset into the query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// Nothing was asked.
    #[error("the query is empty; try `deployment` or `reasoning:\"not be detected\"`")]
    Empty,
    /// A quote or parenthesis is never closed.
    #[error("`{open}` at byte {at} is never closed")]
    Unclosed {
        /// What was opened.
        open: char,
        /// Where.
        at: usize,
    },
    /// Something stands where a term should.
    #[error("a term is missing before {found} at byte {at}; quote it to search for the text")]
    Unexpected {
        /// What stands there.
        found: String,
        /// Where.
        at: usize,
    },
    /// There is no such field.
    #[error(
        "unknown field `{name}` at byte {at}; fields: text, reasoning, arguments, result, tool, model, conversation (put the term in quotes to search for the text itself)"
    )]
    UnknownField {
        /// The name.
        name: String,
        /// Where.
        at: usize,
    },
    /// A wildcard that is not at the end of a term.
    #[error("`*` at byte {at} is only understood at the end of a term, as in `deploy*`")]
    Wildcard {
        /// Where.
        at: usize,
    },
    /// A literal without letters, digits or symbols.
    #[error("nothing to search for in `{literal}` at byte {at}: punctuation is not indexed")]
    NoToken {
        /// The literal.
        literal: String,
        /// Where.
        at: usize,
    },
    /// More than a query may be.
    #[error("the query is too large: at most {limit} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
}

/// A query that was understood.
///
/// Terms are joined by AND unless they say otherwise; `AND` binds tighter than `OR`; `NOT x`,
/// `-x`; `"a phrase"` or `'a phrase'`; `"near by"~3`; `prefix*`; `field:term`,
/// `field:(a OR b)`, `field:*` (has any text); `*` (every row). Case does not matter. Text with
/// a dash in front of a word needs quotes: `"rm -rf"`.
#[derive(Debug, Clone)]
pub struct Query {
    text: String,
    root: Node,
}

impl Query {
    /// Parses a query.
    ///
    /// # Errors
    /// [`QueryError`], with the place in the query.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Ok(Self { text: text.to_owned(), root: parse::parse(text)? })
    }

    /// The query as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The event columns that decide the query: what a scan has to read.
    #[must_use]
    pub fn columns(&self) -> Vec<&'static str> {
        let mut fields = Vec::new();
        self.root.each_literal(false, &mut |literal, _| fields.extend(&literal.fields));
        let mut columns: Vec<_> =
            fields.iter().flat_map(|f: &Field| f.columns()).copied().collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// What a text of this field would be highlighted for: needles not under a NOT.
    pub(super) fn needles(&self, field: Field) -> Vec<&Needle> {
        let mut needles = Vec::new();
        self.root.each_literal(false, &mut |literal, negated| {
            if !negated && literal.fields.contains(&field) {
                needles.extend(&literal.needles);
            }
        });
        needles
    }

    /// The tree.
    pub(super) fn root(&self) -> &Node {
        &self.root
    }
}

impl std::fmt::Display for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// A node of the tree. Depth is bounded by the parser.
#[derive(Debug, Clone)]
pub(super) enum Node {
    All,
    Literal(Literal),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
}

/// Something to find in any of some fields.
#[derive(Debug, Clone)]
pub(super) struct Literal {
    pub(super) fields: Vec<Field>,
    /// Any of these is enough; never empty.
    pub(super) needles: Vec<Needle>,
}

/// A phrase of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needle {
    /// Tokens and their distance from the first; empty only for "any text at all".
    pub(super) terms: Vec<(usize, String)>,
    /// Whether the last token is only a beginning.
    pub(super) prefix: bool,
    /// By how many positions the phrase may be stretched.
    pub(super) slop: u32,
}

impl Literal {
    /// The literal for a text, or `None` if there is nothing in it to search for.
    pub(super) fn new(fields: &[Field], text: &str, prefix: bool, slop: u32) -> Option<Self> {
        // Fields of one literal are all text or all ids.
        let first = *fields.first()?;
        let mut needles: Vec<Needle> = Vec::new();
        for mode in [Mode::Words, Mode::Parts] {
            let needle = Needle::new(query_tokens(first, text, mode), prefix, slop);
            if !needle.terms.is_empty() && !needles.contains(&needle) {
                needles.push(needle);
            }
        }
        (!needles.is_empty()).then(|| Self { fields: fields.to_vec(), needles })
    }

    /// The literal that any text in the field satisfies.
    pub(super) fn any_text(fields: &[Field]) -> Self {
        let anything = Needle { terms: Vec::new(), prefix: true, slop: 0 };
        Self { fields: fields.to_vec(), needles: vec![anything] }
    }

    fn compile(&self) -> Box<dyn library::Query> {
        let each = self.fields.iter().flat_map(|f| self.needles.iter().map(|n| n.compile(*f)));
        any_of(each.collect())
    }
}

impl Needle {
    fn new(mut terms: Vec<(usize, String)>, prefix: bool, slop: u32) -> Self {
        let start = terms.first().map_or(0, |(position, _)| *position);
        terms.iter_mut().for_each(|(position, _)| *position -= start);
        // A pair or single character of a dense script is a substring already.
        let dense = |(_, term): &(usize, String)| {
            term.chars().next().is_some_and(|c| classify(c) == Class::Dense)
        };
        let prefix = prefix && !terms.last().is_some_and(dense);
        Self { terms, prefix, slop }
    }

    fn compile(&self, field: Field) -> Box<dyn library::Query> {
        let term = |text: &str| Term::from_field_text(field.id(), text);
        let mut terms: Vec<(usize, Term)> =
            self.terms.iter().map(|(at, text)| (*at, term(text))).collect();
        match (self.terms.as_slice(), self.prefix) {
            ([], _) => beginning_with(&term(""), ""),
            ([(_, text)], true) => beginning_with(&term(text), text),
            ([_], false) => match terms.pop() {
                Some((_, term)) => {
                    Box::new(library::TermQuery::new(term, IndexRecordOption::Basic))
                }
                None => Box::new(library::EmptyQuery),
            },
            (_, false) => {
                Box::new(library::PhraseQuery::new_with_offset_and_slop(terms, self.slop))
            }
            (_, true) => Box::new(PhrasePrefix::new(field, terms)),
        }
    }
}

/// Terms that begin with `text`: up to the last one, since terms are UTF-8 and end before 0xFF.
fn beginning_with(first: &Term, text: &str) -> Box<dyn library::Query> {
    let mut last = first.clone();
    last.append_bytes(&[0xFF]);
    debug_assert!(first.serialized_value_bytes() == text.as_bytes());
    let (from, to) = (Bound::Included(first.clone()), Bound::Excluded(last));
    Box::new(library::InvertedIndexRangeQuery::new(from, to))
}

fn any_of(mut queries: Vec<Box<dyn library::Query>>) -> Box<dyn library::Query> {
    match (queries.len(), queries.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            queries.extend(last);
            Box::new(library::BooleanQuery::union(queries))
        }
    }
}

impl Node {
    fn each_literal<'q>(&'q self, negated: bool, visit: &mut dyn FnMut(&'q Literal, bool)) {
        match self {
            Self::All => {}
            Self::Literal(literal) => visit(literal, negated),
            Self::And(nodes) | Self::Or(nodes) => {
                nodes.iter().for_each(|node| node.each_literal(negated, visit));
            }
            Self::Not(node) => node.each_literal(!negated, visit),
        }
    }

    /// Whether there is a NOT anywhere in it.
    pub(super) fn has_negation(&self) -> bool {
        match self {
            Self::All | Self::Literal(_) => false,
            Self::Not(_) => true,
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().any(Self::has_negation),
        }
    }

    /// The node as the library evaluates it. Negations are `evaluate`'s; here they match
    /// nothing.
    pub(super) fn compile(&self) -> Box<dyn library::Query> {
        match self {
            Self::All => Box::new(library::AllQuery),
            Self::Literal(literal) => literal.compile(),
            Self::Or(nodes) => any_of(nodes.iter().map(Self::compile).collect()),
            Self::And(nodes) => all_of(nodes.iter().map(Self::compile).collect()),
            Self::Not(_) => {
                debug_assert!(false, "negations are evaluated apart");
                Box::new(library::EmptyQuery)
            }
        }
    }
}

fn all_of(mut queries: Vec<Box<dyn library::Query>>) -> Box<dyn library::Query> {
    match (queries.len(), queries.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            queries.extend(last);
            Box::new(library::BooleanQuery::intersection(queries))
        }
    }
}
