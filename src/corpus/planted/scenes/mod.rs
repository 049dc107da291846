//! The scenarios, a file per corner of working life. What a scenario looks like: `variant.rs`.

mod books;
mod clinic;
mod sales;
mod terminal;

/// All scenarios.
pub(super) fn all() -> Vec<&'static str> {
    [books::SCENARIOS, clinic::SCENARIOS, sales::SCENARIOS, terminal::SCENARIOS].concat()
}
