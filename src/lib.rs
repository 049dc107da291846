//! Reveille reads transcripts of AI agents and finds the ones that may have been turned.
//!
//! Modules in pipeline order; each may use only the ones before it, and a test enforces this:
//!
//!   record   what an event and a finding are
//!   formats  records of known transcript formats to events
//!   ingest   files to records, whatever their container and however broken
//!   lake     Parquet files in Delta tables, committed exactly once
//!   index    full text, one split per data file
//!   detect   events to findings
//!   query    SQL
//!   report   findings to words
//!   pipeline the wiring of a sweep
//!   cli      the command line
//!   corpus   the demo corpus

pub mod cli;
pub mod corpus;
pub mod detect;
pub mod formats;
pub mod index;
pub mod ingest;
pub mod lake;
pub mod pipeline;
pub mod query;
pub mod record;
pub mod report;
