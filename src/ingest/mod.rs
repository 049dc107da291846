//! Sources to chunks of events: find files, open containers, cut records, read formats.
//!
//!   walk -> container (gzip, zstd, zip, UTF-16) -> cut -> formats -> chunk
//!
//! Each source is read in order by one thread; what it yields is a pure function of its bytes
//! and of the state an earlier run left. Nothing here writes to the lake.

mod archive;
pub mod chunk;
pub mod container;
pub mod cut;
pub mod known;
mod salvage;
mod scan;
pub mod source;
mod sse;
pub mod state;
mod unwrap;
pub mod walk;
