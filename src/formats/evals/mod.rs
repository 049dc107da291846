//! Evaluation logs, benchmark runs and Reveille's own export.
