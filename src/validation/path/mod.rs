//! Paths from a certificate to an anchor: built (RFC 4158), and checked (RFC 5280 §6.1).
//!
//! Takes certificates and an instant, gives paths. Nothing here asks whether a certificate is revoked
//! or an algorithm good enough.

mod build;
mod constraints;
mod limits;
mod names;
mod policies;
mod process;

pub(crate) use build::{Search, build};
pub(crate) use limits::Limits;
pub(crate) use names::NameKey;
pub(crate) use process::{Fault, Inputs, Reason, check};
