//! The full-text index: one split per data file, document id = row number.
//!
//! ```text
//! batch -> SplitWriter -> one file (bundle) beside the Parquet file, under `_reveille/index/`
//! query -> Split::rows -> row numbers -> (query folder) Parquet row selection
//!      \-> scan_rows(batch)             the same answer when there is no usable split
//! text  -> snippet                      what to show of a row, with highlights
//! ```
//!
//! Invariants
//! * A split has one segment, never sorted, never with deletions: document id = row number.
//! * A search over a split and a scan of its rows give the same rows: both are the same index.
//! * A split is never changed. Damage and other versions are errors a caller recognises
//!   ([`IndexError::is_bad_split`]) and answers by scanning, never a wrong answer or a panic.
//! * The same rows give the same bytes, if they fit the memory given; the same answers always.
//!
//! Reading order: `schema` (fields), `fold`, `ascii` and `tokenizer` (what a token is),
//! `rows`, `writer` and `invert` (a segment), `bundle`, `directory` and `memory` (the file),
//! `parse` and `query`, `search`, `scan`, `snippet`. This folder does not know Parquet, Delta
//! or SQL; nothing else names the library.

mod analyzer;
mod ascii;
mod bundle;
mod directory;
mod error;
mod evaluate;
mod fold;
mod invert;
mod memory;
mod parse;
mod phrase_prefix;
mod query;
mod rows;
mod scan;
mod schema;
mod search;
mod snippet;
mod tokenizer;
mod writer;

#[cfg(test)]
mod tests;

pub use error::IndexError;
pub use query::{Query, QueryError};
pub use scan::scan_rows;
pub use schema::{Field, INDEX_FORMAT_VERSION};
pub use search::Split;
pub use snippet::{Snippet, highlights, snippet};
pub use writer::SplitWriter;
