//! SQL over the lake.
//!
//! ```text
//! Snapshot -> LakeTable per table (schema `lake`) -> views (schema `public`) -> SQL
//!                 |                                                             |
//!   commit statistics, index splits -> files and row selections       Results -> print
//! ```
//!
//! [`QuerySession`] is one analyst's connection: it has a memory budget, spills to disk, keeps
//! index splits and file metadata open between queries, and only reads. [`Results`] is a
//! stream; dropping it stops the query. [`mod@print`] writes it in any format without holding it.
//!
//! Nothing here knows how a lake is written or how findings are made, and nothing outside this
//! folder names the query engine.
//!
//! Invariants
//! * A search gives the same rows with and without an index; a lost selection is an error.
//! * Text of transcripts reaches a terminal only through the caller's escape function.

mod cooperate;
mod error;
mod events;
mod functions;
pub mod print;
mod provider;
mod prune;
mod reader;
pub mod repl;
mod results;
mod scan;
mod search;
mod session;
mod suggest;
mod views;

#[cfg(test)]
mod tests;

pub use error::{Complaint, Place, QueryError};
pub use results::Results;
pub use session::{ColumnInfo, QueryOptions, QuerySession, TableInfo};
pub use suggest::nearest;
pub use views::{View, table_doc};
