//! Tags inside assistant text.
