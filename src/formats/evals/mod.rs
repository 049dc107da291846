//! Runs of evaluations and benchmarks, and Reveille's own export.

pub mod agentdojo;
pub mod bloom;
pub mod canonical;
pub mod canonical_write;
pub mod inspect;
pub mod rjudge;
mod shared;
pub mod tau_bench;

#[cfg(test)]
mod tests;
