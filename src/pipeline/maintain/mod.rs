//! What keeps a lake in order: checking it, merging its small files, repairing its index.
//!
//! Deleting what is no longer in use is `Lake::vacuum`, which needs nothing from here.

pub mod compact;
pub mod index;
pub mod verify;
