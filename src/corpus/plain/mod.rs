//! Ordinary work, some of it in logs that are damaged the way real ones are.

mod coding;
mod coding_edge;
mod desk;
mod mess;
mod operations;

/// All scripts of ordinary work.
pub(crate) fn scripts() -> Vec<&'static str> {
    [coding::SCRIPTS, coding_edge::SCRIPTS, desk::SCRIPTS, mess::SCRIPTS, operations::SCRIPTS]
        .concat()
}
