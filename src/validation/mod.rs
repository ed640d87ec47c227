//! Judges a PDF: its bytes, the copy that was issued, who is trusted, what is known of revocation, and
//! an instant give a [`Verdict`].
//!
//! Never opens a file, reads a clock or talks to a network. A bad document is a verdict, not an error, and no
//! bytes lead to a panic.
//!
//! Follows ETSI EN 319 102-1 for the conclusion, ETSI EN 319 142-1 for the levels, RFC 5280 §6 for paths and
//! ETSI TS 119 312 for algorithms; ISO 32000-2 §12.8 for what a signature covers and what may follow it.

// Foreign bytes never reach a panic.
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod changes;
mod cms;
mod conclude;
mod coverage;
mod digests;
mod examine;
mod finding;
mod grade;
mod input;
mod issued;
mod lists;
mod path;
mod policy;
mod pool;
mod proofs;
mod reasons;
mod revocation;
mod security_store;
mod signatories;
mod signers;
mod trust;
mod trusted;
mod untied;
mod verdict;
pub mod words;

#[cfg(test)]
mod tests;

pub use crate::agreement::Grade;
pub use crate::pdf::SignatureKind;
pub use examine::examine;
pub use finding::{Finding, Question, Severity};
pub(crate) use grade::grade;
pub use input::{Input, Supplied, Wanted};
pub use issued::{Issued, IssuedCopy, IssuedSeat, State};
pub use policy::Policy;
pub use signatories::{Authority, Confirmation, completeness, signatory, tie};
pub use signers::{Signer, signers};
pub use verdict::{
    CertificateSummary, Completeness, Conclusion, Identity, IdentityAnswer, Indication, Integrity,
    Signatory, SignatureVerdict, SubIndication, Tie, Verdict,
};
