//! The one integration binary; a file per concern.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "helpers of tests fail and speak like tests do"
)]

mod crash;
mod docs;
mod layers;
mod support;
mod sweep;
