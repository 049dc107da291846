//! The one integration binary; a file per concern.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "helpers of tests fail and speak like tests do"
)]

mod checkpoints;
mod compat;
mod crash;
mod docs;
mod full;
mod hard;
mod inputs;
mod judge;
mod label;
mod layers;
mod maintain;
mod mapped;
mod python;
mod runtime;
mod scan;
mod small;
mod support;
mod sweep;
mod thoughts;
