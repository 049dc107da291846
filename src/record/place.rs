//! Where a record lies in its source, and why one could not be read.
//!
//! Offsets count bytes of the *decompressed logical stream* (for a zip, of the member), because
//! only they survive re-compression. Reasons never contain transcript text: they go into
//! tables, logs and tickets.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The bytes of one record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// Path as given and seen by this run; evidence for people, never part of an id.
    pub path: String,
    /// Inner path for zip members and the like.
    pub container_path: Option<String>,
    /// 1-based line of the record's first byte; absent in binary containers.
    pub line: Option<u64>,
    /// Offset of the record's first byte in the decompressed stream.
    pub offset: u64,
    /// Bytes of the record, without its line end.
    pub len: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(inner) = &self.container_path {
            write!(f, "!{inner}")?;
        }
        match self.line {
            Some(line) => write!(f, ":{line} (byte {})", self.offset),
            None => write!(f, " (byte {})", self.offset),
        }
    }
}

/// A range of bytes that was read but could not become events. The run goes on.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Rejection {
    /// Where it lies.
    pub place: Place,
    /// Why it was rejected.
    pub reason: Reason,
}

/// Why bytes were rejected. [`Reason::code`] is stable and is what tables and tests use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The record ends in the middle of a JSON value.
    #[error("the JSON value ends too early")]
    JsonEof,
    /// The bytes are not JSON.
    #[error("not valid JSON at byte {0} of the record: {1}")]
    JsonSyntax(u64, &'static str),
    /// The line does not start like a record at all.
    #[error("not JSON: expected an object or an array")]
    NotJson,
    /// Valid JSON that is not an object (`42`, `"text"`, `[1]`).
    #[error("valid JSON but not a record: expected an object, found {0}")]
    NotARecord(&'static str),
    /// Values nested deeper than the limit.
    #[error("nested deeper than {0} levels")]
    NestingLimit(usize),
    /// A record longer than the line limit.
    #[error("longer than the record limit of {0} bytes; raise --max-record")]
    LineTooLong(u64),
    /// A run of NUL bytes, as power loss leaves them.
    #[error("{0} NUL bytes")]
    NulPadding(u64),
    /// The last record of a finished file is cut.
    #[error("the file ends inside this record")]
    TruncatedTail,
    /// No reader recognises the record.
    #[error("no known transcript format; `reveille formats` lists these, --map reads any JSON")]
    UnknownFormat,
    /// A container of a kind that is recognised but not read.
    #[error("unsupported format: {0}; {hint}", hint = unsupported_hint(.0))]
    UnsupportedFormat(&'static str),
    /// Decompression failed part-way.
    #[error("decompression failed: {0}")]
    Decompress(String),
    /// Decompressed size or ratio over the limit.
    #[error("decompressed past the limit of {0} bytes")]
    DecompressionLimit(u64),
    /// A zip member that tries to leave its archive or has an unusable name.
    #[error("archive member with an unsafe name")]
    BadMemberName,
    /// A record of a known format that lacks a required field.
    #[error("{format}: field `{field}` is missing")]
    MissingField {
        /// Format that was recognised.
        format: &'static str,
        /// Field that is needed.
        field: &'static str,
    },
    /// A record of a known format with a field of the wrong type.
    #[error("{format}: field `{field}` is {found}, expected {expected}")]
    WrongType {
        /// Format that was recognised.
        format: &'static str,
        /// Offending field.
        field: &'static str,
        /// What the format says.
        expected: &'static str,
        /// What was there.
        found: &'static str,
    },
    /// A record in which nothing stands where the user's mapping looks for it.
    #[error("nothing where --map looks for what is said; expected at least one of {0}")]
    NothingMapped(String),
    /// The file or stream could not be read to its end.
    #[error("could not be read: {0}")]
    Io(String),
}

/// What to do about a format that is not read.
fn unsupported_hint(what: &str) -> &'static str {
    match what {
        "sqlite" => "export its sessions as JSON lines and give those",
        "parquet" => "export its rows as JSON lines and give those",
        "bzip2" | "xz" => "decompress it first",
        "zip in a zip" => "unpack the outer archive first",
        _ if what.starts_with("encrypted") => "decrypt it first",
        _ if what.ends_with("zip member") => "pack it again with deflate or zstd",
        _ => "transcripts are text",
    }
}

impl Reason {
    /// The stable name used in the `quarantine` table.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::JsonEof => "json_eof",
            Self::JsonSyntax(..) => "json_syntax",
            Self::NotJson => "not_json",
            Self::NotARecord(_) => "not_a_record",
            Self::NestingLimit(_) => "nesting_limit",
            Self::LineTooLong(_) => "line_too_long",
            Self::NulPadding(_) => "nul_padding",
            Self::TruncatedTail => "truncated_tail",
            Self::UnknownFormat => "unknown_format",
            Self::UnsupportedFormat(_) => "unsupported_format",
            Self::Decompress(_) => "decompress_error",
            Self::DecompressionLimit(_) => "decompression_limit",
            Self::BadMemberName => "bad_member_name",
            Self::MissingField { .. } => "missing_field",
            Self::WrongType { .. } => "wrong_type",
            Self::NothingMapped(_) => "nothing_mapped",
            Self::Io(_) => "io_error",
        }
    }
}
