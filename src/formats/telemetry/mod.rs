//! Exports of tracing and logging systems.
