//! What looks at events and says what it found.
//!
//! A detector is pure: it takes events and gives findings; it reads no file, no clock and no
//! network, and the same events give the same findings in the same order whatever the batch
//! they come in. What was judged and by which version is the ledger's business, not its own:
//! a detector only has a name, a version that changes when its judgement can change, and
//! [`Detector::detect`].
//!
//! [`rules`] are Sigma rules over single events; [`session`] judges a whole session: what was asked,
//! done and told.

pub mod classifier;
pub mod rules;
pub mod session;

use crate::record::{Event, Finding};

/// Something that judges events.
pub trait Detector: Send + Sync {
    /// Stable name, for the ledger of what has been judged by whom.
    fn id(&self) -> &str;

    /// Changes whenever the same events could give other findings.
    fn version(&self) -> &str;

    /// Findings for `events`, ordered by event and then by detector.
    fn detect(&self, events: &[Event]) -> Vec<Finding>;
}
