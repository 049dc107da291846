//! The wiring: sources to chunks to files to commits.
//!
//!   plan ──> workers (read, detect, Arrow) ──> writer (order, deduplicate) ──> encoders ──> commit
//!
//! Workers read sources in parallel, but the writer takes their chunks in the order of the
//! plan, so that what is written does not depend on the number of threads. All channels are
//! bounded; a commit happens every [`sweep::Options::commit_bytes`] of input and at the end, at
//! a chunk boundary, so that a killed sweep loses at most that much work and nothing else.

pub mod dedupe;
mod encode;
mod files;
pub mod labels;
pub mod maintain;
mod plan;
mod rows;
mod state;
pub mod summary;
pub mod sweep;
mod worker;
mod writer;

pub use summary::Summary;
pub use sweep::{Options, Rules, SweepError, sweep};
