//! Our own SQL functions, besides those for searching.

mod bytes;
mod compare;

pub(crate) use bytes::{HexFunction, UnhexFunction};
pub(crate) use compare::BytesRewrite;
