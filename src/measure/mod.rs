//! How good a score is: ranking, rates at fixed false alarms, intervals, weights fitted on one part
//! and judged on another.
//!
//!   roc.rs        scores and labels -> AUROC, rates at false-alarm budgets, with intervals
//!   logistic.rs   weights of a logistic model, by Newton's method with a ridge
//!   folds.rs      leave one group out; several rows per session, of which the highest counts
//!
//! Pure and deterministic: resampling uses a generator of its own with a fixed seed.

pub mod folds;
pub mod logistic;
pub mod roc;

pub use folds::{Row, leave_one_out};
pub use roc::{Curve, Interval, wilson};
