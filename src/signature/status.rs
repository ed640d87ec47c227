//! What an answer on revocation says, whichever kind it is of.

use chrono::{DateTime, Duration, Utc};
use der::asn1::ObjectIdentifier;
use der::oid::db::{rfc5912, rfc6960};
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::CrlReason;

use super::{Certificate, EvidenceError};

/// What an answer says about a certificate.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) this_update: DateTime<Utc>,
    pub(crate) next_update: Option<DateTime<Utc>>,
    pub(crate) revocation: Option<Revocation>,
    /// Who signed the answer, if not the certificate's issuer.
    pub(crate) responder: Option<Certificate>,
    /// The hash function of the answer's signature.
    pub(crate) hash: Option<ObjectIdentifier>,
}

/// When a certificate was revoked, and why.
#[derive(Clone, Debug)]
pub(crate) struct Revocation {
    pub(crate) at: DateTime<Utc>,
    pub(crate) reason: Option<CrlReason>,
}

/// What a certificate in question is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// It issued another.
    Authority,
    /// It signed an OCSP response.
    Responder,
    /// It signed the document or a time-stamp.
    Signer,
}

impl Role {
    /// Tells whether the issuer declares that there is no evidence on the certificate, and none is
    /// needed. Nobody can declare that of an authority (RFC 9608 §2).
    pub(crate) fn needs_no_evidence(self, certificate: &Certificate) -> bool {
        let declared: &[ObjectIdentifier] = match self {
            Self::Authority => &[],
            Self::Responder => &[NO_CHECK, NO_REVOCATION, SHORT_LIVED],
            Self::Signer => &[NO_REVOCATION, SHORT_LIVED],
        };
        let mut declared = declared.iter();
        !certificate.is_authority() && declared.any(|kind| certificate.has_extension(*kind))
    }
}

impl Status {
    /// Tells whether the answer, whenever it was fetched, tells about that time: it is of later, or
    /// was the newest one then.
    pub(crate) fn covers(&self, at: DateTime<Utc>) -> bool {
        self.this_update >= at
            || self
                .next_update
                .is_some_and(|next_update| next_update >= at)
    }

    /// Tells whether the answer is a present one.
    pub(crate) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        let newest = self.next_update.unwrap_or_else(|| {
            self.this_update
                .checked_add_signed(UNLIMITED)
                .unwrap_or(now)
        });
        self.this_update <= later(now, CLOCKS) && later(newest, CLOCKS) >= now
    }
}

/// Returns the name of a reason (RFC 5280 §5.3.1).
pub(crate) fn reason(reason: Option<CrlReason>) -> &'static str {
    match reason {
        None | Some(CrlReason::Unspecified) => "no reason given",
        Some(CrlReason::AaCompromise) => "attribute authority compromised",
        Some(CrlReason::AffiliationChanged) => "affiliation changed",
        Some(CrlReason::CaCompromise) => "authority compromised",
        Some(CrlReason::CertificateHold) => "on hold",
        Some(CrlReason::CessationOfOperation) => "no longer used",
        Some(CrlReason::KeyCompromise) => "key compromised",
        Some(CrlReason::PrivilegeWithdrawn) => "privilege withdrawn",
        Some(CrlReason::RemoveFromCRL) => "removed from the list",
        Some(CrlReason::Superseded) => "superseded",
    }
}

/// Refuses critical extensions besides those that are read or limit nothing.
pub(crate) fn refuse_critical(
    extensions: Option<&Extensions>,
    known: &[ObjectIdentifier],
) -> Result<(), EvidenceError> {
    let mut extensions = extensions.into_iter().flatten();
    let unread = extensions.find(|found| found.critical && !known.contains(&found.extn_id));
    unread.map_or(Ok(()), |found| Err(EvidenceError::Extension(found.extn_id)))
}

fn later(instant: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    instant.checked_add_signed(by).unwrap_or(instant)
}

/// How much clocks may differ.
const CLOCKS: Duration = Duration::minutes(5);

/// For how long an answer that names no end of its validity is a present one.
const UNLIMITED: Duration = Duration::days(1);

/// `id-pkix-ocsp-nocheck`, for responders only (RFC 6960 §4.2.2.2.1).
const NO_CHECK: ObjectIdentifier = rfc6960::ID_PKIX_OCSP_NOCHECK;

/// `id-ce-noRevAvail` (RFC 9608 §2).
const NO_REVOCATION: ObjectIdentifier = rfc5912::ID_CE_NO_REV_AVAIL;

/// `ext-etsi-valassured-ST-certs` (ETSI EN 319 412-1 §5.2).
const SHORT_LIVED: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.194121.2.1");
