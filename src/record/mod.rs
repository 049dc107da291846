//! The core types, known to every other folder and knowing none of them.
//!
//! A transcript becomes [`Event`]s, one per content part, each with the [`Place`] of the bytes
//! it came from. Detectors turn events into [`Finding`]s. [`schema`] says how all of them look
//! as Arrow tables; [`id`] how their names are derived from content, so that the same input
//! gives the same rows whatever the path, the compression or the number of threads.
//!
//! Nothing here reads a file, a clock or the environment.

pub(crate) mod column_enum;
pub mod columns;
pub mod event;
pub mod finding;
pub mod id;
pub mod kinds;
pub mod place;
pub mod schema;
pub mod secrets;
pub mod time;

pub use event::{
    BranchState, Event, Fields, Kind, Label, MAX_NAME, ReasoningSource, ReasoningState, Role,
    SessionSource, ToolJoin, Usage,
};
pub use finding::{Evidence, Finding, FindingKind, Severity, Verdict};
pub use id::{Id16, Id32};
pub use place::{Place, Reason, Rejection};
pub use time::{Time, TimeQuality};
