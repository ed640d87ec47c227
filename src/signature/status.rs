//! What an answer on revocation says, whichever kind it is of.

use chrono::{DateTime, Duration, Utc};
use der::asn1::ObjectIdentifier;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::CrlReason;

use super::{Certificate, EvidenceError};

/// What an answer says about a certificate.
#[derive(Debug)]
pub(super) struct Status {
    pub(super) this_update: DateTime<Utc>,
    pub(super) next_update: Option<DateTime<Utc>>,
    pub(super) revocation: Option<Revocation>,
    /// Who signed the answer, if not the certificate's issuer.
    pub(super) responder: Option<Certificate>,
}

/// When a certificate was revoked, and why.
#[derive(Debug)]
pub(super) struct Revocation {
    pub(super) at: DateTime<Utc>,
    pub(super) reason: &'static str,
}

impl Status {
    /// Tells whether the answer, whenever it was fetched, tells about that time: it is of later, or
    /// was the newest one then.
    pub(super) fn covers(&self, at: DateTime<Utc>) -> bool {
        self.this_update >= at
            || self
                .next_update
                .is_some_and(|next_update| next_update >= at)
    }

    /// Tells whether the answer is a present one.
    pub(super) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        let newest = self.next_update.unwrap_or_else(|| {
            self.this_update
                .checked_add_signed(UNLIMITED)
                .unwrap_or(now)
        });
        self.this_update <= later(now, CLOCKS) && later(newest, CLOCKS) >= now
    }
}

/// Returns the name of a reason (RFC 5280 §5.3.1).
pub(super) fn reason(reason: Option<CrlReason>) -> &'static str {
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
pub(super) fn refuse_critical(
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
