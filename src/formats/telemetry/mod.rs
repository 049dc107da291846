//! Exports of tracing and logging systems.

pub mod otlp;
