//! Makes signatures: prepares what is to be signed, and puts value, certificates, time-stamp and
//! evidence into a PDF, at the PAdES baseline levels.
//!
//! Three steps, so that the key may be anywhere: [`prepare`] needs no key and gives what is to be
//! signed; a [`Key`] signs, be it in memory, on a card or behind a service; [`finish`] checks the
//! value with the certificate before it writes a byte. A time-stamp is asked for in between
//! ([`TimeStampRequest`], [`read_time_stamp`]). [`collect`] gathers the evidence that later judges
//! need, and [`prepare_archive`] and [`finish_archive`] put a document time-stamp over it.
//!
//! Takes bytes, certificates and instants, gives bytes to append. Never opens a file, reads a clock
//! or talks to a network: whoever fetches evidence is handed in as [`Fetch`]. Random numbers are
//! drawn nowhere but inside a signature with ECDSA or PSS, by aws-lc. It does not judge signatures
//! of others; what it makes, and what goes into its own, it verifies first.
//!
//! Follows ETSI EN 319 142-1 and 319 122-1, ISO 32000-2 §12.8, RFC 5652, 5035, 3161, 5816, 5280 and
//! 6960; `CONFORMANCE.md` goes through them clause by clause.

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

pub(crate) mod algorithm;
mod answers;
mod archive;
mod arithmetic;
pub(crate) mod asn1;
mod certificate;
mod chain;
pub(crate) mod check;
pub(crate) mod crl;
mod curve;
mod error;
mod evidence;
mod hash;
mod head;
mod key;
pub(crate) mod ocsp;
mod pem;
mod prepare;
mod scheme;
mod self_issued;
mod shown;
mod signed_data;
mod signer_info;
pub(crate) mod status;
mod texts;
mod time_stamp;
mod trust;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use arithmetic::dsa_bits;
pub(crate) use asn1::generalized_time;
pub(crate) use signed_data::SIGNATURE_TIME_STAMP;
pub(crate) use signer_info::{is_named, is_named_by_sha1};
pub(crate) use time_stamp::TstInfo;

pub use algorithm::{Algorithm, KeyKind};
pub use answers::{RevocationAnswers, revocation_answers};
pub use archive::{PreparedArchive, finish_archive, prepare_archive};
pub use certificate::Certificate;
pub use chain::{Chain, certificates_from_pem};
pub use check::check_signer;
pub use curve::Curve;
pub use error::{
    Attempt, Error, EvidenceError, FetchError, KeyError, PathError, TimeStampError, Tries,
};
pub use evidence::{Fetch, MAX_ANSWER_BYTES, check_revocation, collect};
pub use hash::{HashFunction, Hasher};
pub use head::Head;
pub use key::{Key, SoftwareKey};
pub use prepare::{Prepared, Signed, finish, prepare};
pub use scheme::{AlgorithmFault, Scheme, SignatureAlgorithm, SignedContent};
pub use self_issued::{NewKey, SelfIssued, self_issued};
pub use shown::shown;
pub use texts::texts_in;
pub use time_stamp::{TimeStampRequest, Token, read_time_stamp};
pub use trust::Anchors;
