//! Whether a certificate may sign.

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use der::oid::db::rfc5280;

use super::{Algorithm, Certificate, Error, KeyKind};

/// Refuses a certificate that may not sign a document at that time.
///
/// Its key, key usage, purposes and validity are looked at; whether anybody trusts it, and whether
/// it is revoked, are other questions.
///
/// # Errors
///
/// Names the first thing that stands in the way.
pub fn check_signer(certificate: &Certificate, at: DateTime<Utc>) -> Result<(), Error> {
    let subject = || certificate.subject();
    let kind = certificate.key_kind()?;
    Algorithm::new(kind, false)?;
    if let KeyKind::Rsa { bits } = kind
        && bits < LEAST_RSA_BITS
    {
        return Err(Error::KeyWeak {
            subject: subject(),
            bits,
            least: LEAST_RSA_BITS,
        });
    }
    if certificate.is_authority() {
        return Err(Error::CertificateAuthority { subject: subject() });
    }
    // RFC 5280 §4.2.1.3; a certificate without the extension may be used for all.
    if let Some(usage) = certificate.key_usage()
        && !usage.digital_signature()
        && !usage.non_repudiation()
    {
        return Err(Error::KeyUsage { subject: subject() });
    }
    if let Some((purposes, _)) = certificate.purposes()
        && let Some(named) = only_others(&purposes)
    {
        return Err(Error::Purpose {
            subject: subject(),
            purposes: named,
        });
    }
    if at < certificate.not_before() {
        return Err(Error::NotYetValid {
            subject: subject(),
            not_before: certificate.not_before(),
            at,
        });
    }
    if at > certificate.not_after() {
        return Err(Error::Expired {
            subject: subject(),
            not_after: certificate.not_after(),
            at,
        });
    }
    Ok(())
}

/// Returns the names of the purposes, if none can be read as signing a document.
///
/// There is no one purpose for that: RFC 9336 has one, makers of programs have theirs, and
/// certificates of persons name client authentication or mail.
pub(crate) fn only_others(purposes: &[ObjectIdentifier]) -> Option<String> {
    let named: Option<Vec<_>> = purposes
        .iter()
        .map(|purpose| OTHERS.iter().find(|(other, _)| other == purpose))
        .map(|found| found.map(|(_, name)| *name))
        .collect();
    named.map(|names| names.join(", "))
}

/// ETSI TS 119 312: RSA under 3,000 bits is not for signatures that are to hold beyond 2028.
pub(super) const LEAST_RSA_BITS: u32 = 3000;

/// Purposes that are never a person's or an organisation's signature on a document.
const OTHERS: [(ObjectIdentifier, &str); 4] = [
    (rfc5280::ID_KP_SERVER_AUTH, "servers (serverAuth)"),
    (rfc5280::ID_KP_CODE_SIGNING, "programs (codeSigning)"),
    (rfc5280::ID_KP_TIME_STAMPING, "time-stamps (timeStamping)"),
    (
        rfc5280::ID_KP_OCSP_SIGNING,
        "revocation status (OCSPSigning)",
    ),
];
