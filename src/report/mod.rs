//! Findings and summaries to words, for people and machines.
//!
//! All transcript text is hostile; nothing is printed around [`escape`] and [`mask`].

pub mod closing;
pub mod escape;
pub mod finding;
pub mod graph;
pub mod mask;
pub mod rows;
pub mod summary;
pub mod timeline;
