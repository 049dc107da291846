//! The one integration binary; a file per concern.

mod crash;
mod docs;
mod layers;
mod support;
mod sweep;
