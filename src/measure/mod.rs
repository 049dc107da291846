//! How good a score is: ranking, rates at fixed false alarms, intervals, weights fitted on one part
//! and judged on another.
//!
//!   roc.rs        scores and labels -> AUROC, rates at false-alarm budgets, with intervals
//!   paired.rs     several scores of the same items -> AUROC and how far the first is ahead, by sessions
//!   calibrate.rs  probabilities and labels -> how far they can be believed
//!   words.rs      texts and labels -> what counting words reaches, the line to beat
//!   plot.rs       rates as SVG
//!   logistic.rs   weights of a logistic model, by Newton's method with a ridge
//!   folds.rs      leave one group out; several rows per session, of which the highest counts
//!
//! Pure and deterministic: resampling uses a generator of its own with a fixed seed.

pub mod calibrate;
pub mod folds;
pub mod logistic;
pub mod paired;
pub mod plot;
mod random;
pub mod roc;
pub mod words;

pub use calibrate::{Calibration, calibration};
pub use folds::{Row, leave_one_out};
pub use paired::{Compared, compare};
pub use roc::{Curve, Interval, wilson};
