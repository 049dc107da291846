//! Our own SQL functions, besides those for searching.

mod bytes;
mod classify;
mod compare;
mod judge;

pub(crate) use bytes::{HexFunction, UnhexFunction};
pub(crate) use classify::{ClassifyFunction, ScoreFunction};
pub(crate) use compare::BytesRewrite;
pub(crate) use judge::{DisclosedFunction, RiskFunction};
