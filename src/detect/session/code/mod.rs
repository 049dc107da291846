//! Code inside arguments, read by real parsers and never run: shell, Python, SQL.

pub(crate) mod python;
pub(crate) mod shell;
pub(crate) mod sql;
