//! Witness: a party watches the register without trusting the office that keeps it.
//!
//! The office publishes the register as static files ([`publish`]). A witness, which shares no storage with
//! the office, fetches what is new, checks that nothing it saw before was changed and that what names its
//! party is what it holds, and cosigns ([`init`], [`check`]). The office collects the cosignatures
//! ([`collect`]) and hands them out with its receipts.

mod check;
mod collect;
mod error;
mod holdings;
mod publish;
mod source;
mod state;

pub use check::{Answer, CheckRequest, Checked, Contradiction, Refused, check};
pub use collect::{Collected, Outcome, Standing, WitnessLine, collect, status};
pub use error::WitnessError;
pub use holdings::Mismatch;
pub use publish::{Publication, publish};
pub use state::{NewWitness, init};
