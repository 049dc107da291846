//! The scenarios, a file per corner of working life. What a scenario looks like: `variant.rs`.

mod abroad;
mod books;
mod calendar_days;
mod clinic;
mod eastward;
mod machines;
mod research;
mod sales;
mod terminal;
mod twofold;
mod upstream;
mod vaults;

/// All scenarios.
pub(super) fn all() -> Vec<&'static str> {
    [
        books::SCENARIOS,
        clinic::SCENARIOS,
        sales::SCENARIOS,
        terminal::SCENARIOS,
        machines::SCENARIOS,
        calendar_days::SCENARIOS,
        vaults::SCENARIOS,
        research::SCENARIOS,
        upstream::SCENARIOS,
        twofold::SCENARIOS,
        abroad::SCENARIOS,
        eastward::SCENARIOS,
    ]
    .concat()
}
