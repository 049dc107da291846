//! The shipped pack against its cases, and the prefilter against evaluating everything.
use super::*;
