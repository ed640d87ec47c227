//! Certificate revocation lists (RFC 5280 §5 and §6.3).

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use der::oid::db::rfc5280;
use der::{Any, Decode};
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{GeneralName, GeneralNames};
use x509_cert::name::Name;

use super::asn1::{self, SignedBytes};
use super::status::{Revocation, Status};
use super::{Certificate, EvidenceError, HashFunction, SignatureAlgorithm, certificate};

/// A list, read once and not verified yet.
#[derive(Debug)]
pub(crate) struct List {
    signed: SignedBytes,
    content: TbsCertList,
    /// What it is limited to; `None` where it has no such extension.
    point: Option<IssuingDistributionPoint>,
    /// A critical extension, of the list or of an entry, that is not read.
    unread: Option<ObjectIdentifier>,
    /// Whether entries belong to other issuers.
    has_other_issuers: bool,
    /// The places of the entries in the order of their serial numbers, and then as they came.
    order: Vec<usize>,
}

/// Reads a list and verifies it: that it is signed by the certificate's issuer, and would name the
/// certificate if it were revoked. Only complete lists by the issuer itself are taken.
pub(super) fn read(
    list: &[u8],
    certificate: &Certificate,
    issuer: &Certificate,
) -> Result<Status, EvidenceError> {
    let list = List::from_der(list)?;
    if *list.issuer() != issuer.parsed().subject {
        return Err(EvidenceError::OtherCertificate);
    }
    if !list.is_signed_by(issuer) {
        return Err(EvidenceError::Signature);
    }
    list.check_scope(certificate)?;
    // An issuer drops certificates that have expired, unless it says that it does not.
    if !list.would_name(certificate) {
        return Err(EvidenceError::Scope);
    }
    // RFC 5280 §5.3: one that is not read spoils the whole list. Among those is the name of another
    // issuer, to whose certificates the entries that follow then belong.
    let other_issuer = list.names_other_issuers().then_some(CERTIFICATE_ISSUER);
    if let Some(unread) = list.unread.or(other_issuer) {
        return Err(EvidenceError::Extension(unread));
    }
    let revocation = list.revocation(certificate, &|_| true);
    Ok(list.status(revocation))
}

impl List {
    /// Reads a list.
    pub(crate) fn from_der(list: &[u8]) -> Result<Self, EvidenceError> {
        let garbage = |_| EvidenceError::Garbage;
        let signed = SignedBytes::from_der(list).map_err(garbage)?;
        let content = CertificateList::from_der(list)
            .map_err(garbage)?
            .tbs_cert_list;
        let mut point = None;
        let mut unread = None;
        for extension in content.crl_extensions.iter().flatten() {
            match extension.extn_id {
                rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT => {
                    let bytes = extension.extn_value.as_bytes();
                    let found = IssuingDistributionPoint::from_der(bytes);
                    point = Some(found.map_err(|_| EvidenceError::Scope)?);
                }
                other if extension.critical && !LIST_EXTENSIONS.contains(&other) => {
                    unread = unread.or(Some(other));
                }
                _ => {}
            }
        }
        let entries = content.revoked_certificates.iter().flatten();
        let mut of_entries = entries.flat_map(|entry| entry.crl_entry_extensions.iter().flatten());
        let unread_entry = of_entries
            .find(|found| found.critical && !ENTRY_EXTENSIONS.contains(&found.extn_id))
            .map(|found| found.extn_id);
        let entries = content.revoked_certificates.as_deref().unwrap_or_default();
        let mut all = entries.iter();
        let has_other_issuers = all.any(|entry| extension_of(entry, CERTIFICATE_ISSUER).is_some());
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|place| entries.get(*place).map(serial_number));
        Ok(Self {
            signed,
            point,
            unread: unread.or(unread_entry),
            has_other_issuers,
            order,
            content,
        })
    }

    /// Returns who says that it issued the list.
    pub(crate) fn issuer(&self) -> &Name {
        &self.content.issuer
    }

    /// Returns when it was known to be right.
    pub(crate) fn this_update(&self) -> DateTime<Utc> {
        asn1::instant(self.content.this_update.to_unix_duration())
    }

    /// Returns what it is limited to.
    pub(crate) fn point(&self) -> Option<&IssuingDistributionPoint> {
        self.point.as_ref()
    }

    /// Returns the bytes of what it is limited to, which a list of changes must have alike.
    pub(crate) fn point_bytes(&self) -> Option<&[u8]> {
        self.extension(rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT)
    }

    /// Returns the bytes that name the key of its issuer.
    pub(crate) fn key_identifier_bytes(&self) -> Option<&[u8]> {
        self.extension(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER)
    }

    /// Returns a critical extension, of the list or of an entry, that is not read.
    pub(crate) fn unread(&self) -> Option<ObjectIdentifier> {
        self.unread
    }

    /// Tells whether it lists changes only (RFC 5280 §5.2.4).
    pub(crate) fn is_delta(&self) -> bool {
        self.extension(rfc5280::ID_CE_DELTA_CRL_INDICATOR).is_some()
    }

    /// Returns its number (RFC 5280 §5.2.3), big-endian.
    pub(crate) fn number(&self) -> Option<u128> {
        number(self.extension(rfc5280::ID_CE_CRL_NUMBER)?)
    }

    /// Returns the number of the complete list that a list of changes goes on from.
    pub(crate) fn base_number(&self) -> Option<u128> {
        number(self.extension(rfc5280::ID_CE_DELTA_CRL_INDICATOR)?)
    }

    /// Tells whether the certificate's key signed the list, and may.
    pub(crate) fn is_signed_by(&self, issuer: &Certificate) -> bool {
        // RFC 5280 §6.3.3 (f): if there is a key usage, it allows signing lists.
        let may_sign = issuer.key_usage().is_none_or(|usage| usage.crl_sign());
        // RFC 5280 §5.1.1.2: what is signed names the algorithm that it is signed with.
        let is_same = self.signed.algorithm == self.content.signature;
        may_sign && is_same && issuer.has_signed(&self.signed)
    }

    /// Tells whether the certificate would be on the list if it were revoked: an issuer drops those
    /// that have expired, unless it says that it does not (X.509 §9.5.2.4).
    pub(crate) fn would_name(&self, certificate: &Certificate) -> bool {
        let kept = || {
            let bytes = self.extension(EXPIRED_CERTIFICATES)?;
            asn1::generalized_time(&Any::from_der(bytes).ok()?)
        };
        let last = certificate.not_after();
        last >= self.this_update() || kept().is_some_and(|since| since <= last)
    }

    /// Tells whether entries belong to other issuers.
    pub(crate) fn names_other_issuers(&self) -> bool {
        self.has_other_issuers
    }

    /// Returns the entry of a certificate. `is_issuer` tells whether a name is that of its issuer.
    pub(crate) fn revocation(
        &self,
        certificate: &Certificate,
        is_issuer: &dyn Fn(&Name) -> bool,
    ) -> Option<Revocation> {
        let wanted = certificate.parsed().serial_number.as_bytes();
        if self.has_other_issuers {
            return self.revocation_by_name(wanted, is_issuer);
        }
        let entries = self.content.revoked_certificates.as_deref()?;
        let number = |place: &usize| entries.get(*place).map(serial_number);
        let first = self
            .order
            .partition_point(|place| number(place) < Some(wanted));
        let entry = entries.get(*self.order.get(first)?)?;
        let is_found = serial_number(entry) == wanted && is_issuer(self.issuer());
        is_found.then(|| revocation_of(entry))
    }

    /// Returns the entry of a certificate in a list for several issuers.
    fn revocation_by_name(
        &self,
        wanted: &[u8],
        is_issuer: &dyn Fn(&Name) -> bool,
    ) -> Option<Revocation> {
        // RFC 5280 §5.3.3: an entry without a name belongs to the issuer of the one before it.
        let mut is_its = is_issuer(self.issuer());
        for entry in self.content.revoked_certificates.iter().flatten() {
            if let Some(extension) = extension_of(entry, CERTIFICATE_ISSUER) {
                is_its = is_named(extension, is_issuer);
            }
            if is_its && serial_number(entry) == wanted {
                return Some(revocation_of(entry));
            }
        }
        None
    }

    /// Returns what the list says, given the entry of the certificate in question.
    pub(crate) fn status(&self, revocation: Option<Revocation>) -> Status {
        let next_update = self.content.next_update;
        Status {
            this_update: self.this_update(),
            next_update: next_update.map(|time| asn1::instant(time.to_unix_duration())),
            revocation,
            responder: None,
            hash: SignatureAlgorithm::hash_of(&self.signed.algorithm).map(HashFunction::oid),
        }
    }

    /// Refuses a list that covers only some certificates, unless this is one of them, a list of
    /// changes, and one with critical extensions that are not read.
    fn check_scope(&self, subject: &Certificate) -> Result<(), EvidenceError> {
        if let Some(point) = &self.point {
            let wrong = point.indirect_crl
                || point.only_some_reasons.is_some()
                || point.only_contains_attribute_certs
                || (point.only_contains_ca_certs && !subject.is_authority())
                || (point.only_contains_user_certs && subject.is_authority());
            // A list for one of several points is right if the certificate names that point.
            let elsewhere = point.distribution_point.as_ref().is_some_and(|name| {
                let urls = subject.crl_urls();
                !certificate::urls(name.clone()).any(|url| urls.contains(&url))
            });
            if wrong || elsewhere {
                return Err(EvidenceError::Scope);
            }
        }
        if self.is_delta() {
            return Err(EvidenceError::Scope);
        }
        self.unread
            .map_or(Ok(()), |found| Err(EvidenceError::Extension(found)))
    }

    fn extension(&self, kind: ObjectIdentifier) -> Option<&[u8]> {
        let mut extensions = self.content.crl_extensions.iter().flatten();
        let found = extensions.find(|extension| extension.extn_id == kind)?;
        Some(found.extn_value.as_bytes())
    }
}

fn extension_of(entry: &RevokedCert, kind: ObjectIdentifier) -> Option<&Extension> {
    let mut extensions = entry.crl_entry_extensions.iter().flatten();
    extensions.find(|extension| extension.extn_id == kind)
}

fn serial_number(entry: &RevokedCert) -> &[u8] {
    entry.serial_number.as_bytes()
}

fn revocation_of(entry: &RevokedCert) -> Revocation {
    let reason = extension_of(entry, rfc5280::ID_CE_CRL_REASONS);
    let reason = reason.and_then(|found| CrlReason::from_der(found.extn_value.as_bytes()).ok());
    Revocation {
        at: asn1::instant(entry.revocation_date.to_unix_duration()),
        reason,
    }
}

fn is_named(extension: &Extension, is_issuer: &dyn Fn(&Name) -> bool) -> bool {
    let names = GeneralNames::from_der(extension.extn_value.as_bytes()).unwrap_or_default();
    names
        .iter()
        .any(|name| matches!(name, GeneralName::DirectoryName(name) if is_issuer(name)))
}

/// Reads a number that is not negative; one beyond 128 bits is none.
fn number(bytes: &[u8]) -> Option<u128> {
    u128::from_der(bytes).ok()
}

/// What may be critical in a list.
const LIST_EXTENSIONS: [ObjectIdentifier; 3] = [
    rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER,
    rfc5280::ID_CE_CRL_NUMBER,
    rfc5280::ID_CE_DELTA_CRL_INDICATOR,
];

/// What may be critical in an entry.
const ENTRY_EXTENSIONS: [ObjectIdentifier; 3] = [
    CERTIFICATE_ISSUER,
    rfc5280::ID_CE_CRL_REASONS,
    rfc5280::ID_CE_INVALIDITY_DATE,
];

/// `id-ce-certificateIssuer` (RFC 5280 §5.3.3).
const CERTIFICATE_ISSUER: ObjectIdentifier = rfc5280::ID_CE_CERTIFICATE_ISSUER;

/// `id-ce-expiredCertsOnCRL` (X.509 §9.5.2.4).
const EXPIRED_CERTIFICATES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.60");
