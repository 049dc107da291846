//! Tests of identity, joins and counters.
