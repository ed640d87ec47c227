//! Certificate revocation lists (RFC 5280 §5 and §6.3), complete ones by the issuer itself.

use der::Decode;
use der::oid::db::rfc5280;
use x509_cert::crl::CertificateList;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;

use super::asn1::{self, SignedBytes};
use super::status::{Revocation, Status, reason, refuse_critical};
use super::{Certificate, EvidenceError, certificate};

/// Reads a list and verifies it: that it is signed by the certificate's issuer, and would name the
/// certificate if it were revoked.
pub(super) fn read(
    list: &[u8],
    certificate: &Certificate,
    issuer: &Certificate,
) -> Result<Status, EvidenceError> {
    let garbage = |_| EvidenceError::Garbage;
    let signed = SignedBytes::from_der(list).map_err(garbage)?;
    let list = CertificateList::from_der(list)
        .map_err(garbage)?
        .tbs_cert_list;
    if list.issuer != issuer.parsed().subject {
        return Err(EvidenceError::OtherCertificate);
    }
    // RFC 5280 §6.3.3 (f): if there is a key usage, it allows signing lists.
    let may_sign = issuer.key_usage().is_none_or(|usage| usage.crl_sign());
    // RFC 5280 §5.1.1.2: what is signed names the algorithm that it is signed with.
    let is_same = signed.algorithm == list.signature;
    if !may_sign || !is_same || !issuer.has_signed(&signed) {
        return Err(EvidenceError::Signature);
    }
    let this_update = asn1::instant(list.this_update.to_unix_duration());
    check_scope(list.crl_extensions.as_ref(), certificate)?;
    // An issuer drops certificates that have expired, unless it says that it does not.
    if certificate.not_after() < this_update && !keeps_expired(list.crl_extensions.as_ref()) {
        return Err(EvidenceError::Scope);
    }
    // RFC 5280 §5.3: one that is not read spoils the whole list. Among those is the name of another
    // issuer, to whose certificates the entries that follow then belong.
    for revoked in list.revoked_certificates.iter().flatten() {
        refuse_critical(revoked.crl_entry_extensions.as_ref(), &ENTRY_EXTENSIONS)?;
    }
    let mut revoked = list.revoked_certificates.iter().flatten();
    let serial_number = &certificate.parsed().serial_number;
    let found = revoked.find(|revoked| revoked.serial_number == *serial_number);
    let revocation = found.map(|revoked| {
        let extensions = revoked.crl_entry_extensions.iter().flatten();
        let mut reasons = extensions
            .filter(|extension| extension.extn_id == rfc5280::ID_CE_CRL_REASONS)
            .filter_map(|extension| CrlReason::from_der(extension.extn_value.as_bytes()).ok());
        Revocation {
            at: asn1::instant(revoked.revocation_date.to_unix_duration()),
            reason: reason(reasons.next()),
        }
    });
    Ok(Status {
        this_update,
        next_update: list
            .next_update
            .map(|time| asn1::instant(time.to_unix_duration())),
        revocation,
        responder: None,
    })
}

/// Refuses a list that covers only some certificates, unless this is one of them, a list of changes,
/// and one with critical extensions that are not read.
fn check_scope(
    extensions: Option<&Extensions>,
    subject: &Certificate,
) -> Result<(), EvidenceError> {
    for extension in extensions.into_iter().flatten() {
        match extension.extn_id {
            rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT => {
                let point = IssuingDistributionPoint::from_der(extension.extn_value.as_bytes())
                    .map_err(|_| EvidenceError::Scope)?;
                let wrong = point.indirect_crl
                    || point.only_some_reasons.is_some()
                    || point.only_contains_attribute_certs
                    || (point.only_contains_ca_certs && !subject.is_authority())
                    || (point.only_contains_user_certs && subject.is_authority());
                // A list for one of several points is right if the certificate names that point.
                let elsewhere = point.distribution_point.is_some_and(|name| {
                    let urls = subject.crl_urls();
                    !certificate::urls(name).any(|url| urls.contains(&url))
                });
                if wrong || elsewhere {
                    return Err(EvidenceError::Scope);
                }
            }
            rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER | rfc5280::ID_CE_CRL_NUMBER => {}
            rfc5280::ID_CE_DELTA_CRL_INDICATOR => return Err(EvidenceError::Scope),
            other if extension.critical => return Err(EvidenceError::Extension(other)),
            _ => {}
        }
    }
    Ok(())
}

fn keeps_expired(extensions: Option<&Extensions>) -> bool {
    let mut extensions = extensions.into_iter().flatten();
    extensions.any(|extension| extension.extn_id == EXPIRED_CERTIFICATES)
}

/// What may be critical in an entry.
const ENTRY_EXTENSIONS: [der::asn1::ObjectIdentifier; 2] =
    [rfc5280::ID_CE_CRL_REASONS, rfc5280::ID_CE_INVALIDITY_DATE];

/// `id-ce-expiredCertsOnCRL` (X.509 §9.5.2.4).
const EXPIRED_CERTIFICATES: der::asn1::ObjectIdentifier =
    der::asn1::ObjectIdentifier::new_unwrap("2.5.29.60");
