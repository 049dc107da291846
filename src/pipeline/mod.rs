//! The wiring: sources to chunks to files to commits.
//!
//!   plan ──> workers (read, detect) ──> writer (order, deduplicate) ──> encoders (sort, Arrow) ──> commit
//!
//! Workers read sources in parallel, but the writer takes their chunks in the order of the
//! plan, so that what is written does not depend on the number of threads. All channels are
//! bounded; a commit happens at the first checkpoint of a source after
//! [`sweep::Options::commit_bytes`] of input, and at the end, so that a killed sweep loses about
//! that much work (or one archive) and nothing else.

pub mod dedupe;
mod encode;
mod files;
pub mod judge;
pub mod labels;
mod ledger;
pub mod maintain;
pub(crate) mod pieces;
mod plan;
mod rows;
pub mod score;
mod state;
pub mod summary;
pub mod sweep;
mod worker;
mod writer;

pub use summary::Summary;
pub use sweep::{Options, Rules, SweepError, sweep};
