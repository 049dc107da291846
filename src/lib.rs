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
//!   measure  scores and labels to rates
//!   pipeline the wiring of a sweep
//!   cli      the command line
//!   corpus   the demo corpus
//!
//! Recognising a record by its content and finding out what was thought in it:
//!
//! ```
//! use reveille::formats::{json, registry};
//!
//! let line = r#"{"messages":[{"role":"user","content":"What is on today?"},
//!     {"role":"assistant","reasoning_content":"Two meetings.","content":"Two meetings."}]}"#;
//! let (record, notes) = json::parse(line).expect("this is JSON");
//! assert_eq!(notes, json::Notes::default());
//!
//! let (format, score) = registry::detect(&record, None).expect("a known format");
//! assert_eq!(format.id(), "openai_chat");
//! assert!(score >= 50);
//! ```

pub mod cli;
pub mod corpus;
pub mod detect;
pub mod formats;
pub mod index;
pub mod ingest;
pub mod lake;
pub mod measure;
pub mod pipeline;
pub mod query;
pub mod record;
pub mod report;
#[cfg(test)]
mod testing;
