//! Reveille reads transcripts of AI agents and finds the ones that may have been turned.
//!
//! Modules in pipeline order; each may use only the ones before it (a test enforces this).

pub mod record;
pub mod formats;
pub mod lake;
