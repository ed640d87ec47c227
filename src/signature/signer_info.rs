//! Who signed a CMS, and whether the signature is right (RFC 5652 §5.3).

use cms::signed_data::{SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::oid::db::{rfc5911, rfc5912};
use der::{Decode, Encode};

use super::asn1::{self, SignedData, SigningCertificate, SigningCertificateV2};
use super::{Certificate, HashFunction, algorithm, signed_data};

/// Returns the certificates in a CMS; what is none is left out.
pub(super) fn certificates_of(data: &SignedData) -> Vec<Certificate> {
    let certificates = data.certificates.iter().flatten();
    certificates
        .filter_map(|certificate| Certificate::from_der(&certificate.to_der().ok()?).ok())
        .collect()
}

/// Tells whether a CMS names this certificate as its signer's.
pub(super) fn is_signer(certificate: &Certificate, info: &SignerInfo) -> bool {
    let content = certificate.parsed();
    match &info.sid {
        SignerIdentifier::IssuerAndSerialNumber(name) => {
            name.issuer == content.issuer && name.serial_number == content.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(key) => {
            certificate.key_identifier().as_deref() == Some(key.0.as_bytes())
        }
    }
}

/// Tells whether type and digest are those of the content, which is given in parts, and whether the
/// certificate's key signed them (RFC 5652 §5.4 and §5.6).
pub(super) fn is_signed(
    info: &SignerInfo,
    signer: &Certificate,
    content_type: ObjectIdentifier,
    content: &[&[u8]],
) -> bool {
    let Some(attributes) = &info.signed_attrs else {
        return false;
    };
    let kind = asn1::single_attribute(attributes, rfc5911::ID_CONTENT_TYPE);
    let kind = kind.and_then(|value| value.decode_as::<ObjectIdentifier>().ok());
    let said = asn1::single_attribute(attributes, rfc5911::ID_MESSAGE_DIGEST);
    let said = said.and_then(|value| value.decode_as::<OctetString>().ok());
    let found = algorithm::digest(info.digest_alg.oid, content);
    let (Some(said), Some(found), Ok(message)) = (said, found, attributes.to_der()) else {
        return false;
    };
    kind == Some(content_type)
        && said.as_bytes() == found
        && algorithm::is_signed(
            signer.public_key(),
            &info.signature_algorithm,
            Some(info.digest_alg.oid),
            &message,
            info.signature.as_bytes(),
        )
}

/// Tells whether the first certificate that the signed attributes name is this one (RFC 5035 §3);
/// `None` where they name none.
pub(super) fn names_certificate(info: &SignerInfo, signer: &Certificate) -> Option<bool> {
    let attributes = info.signed_attrs.as_ref()?;
    let has = |kind| attributes.iter().any(|attribute| attribute.oid == kind);
    let named = |kind, is_named: fn(&[u8], &Certificate) -> bool| {
        let value = asn1::single_attribute(attributes, kind).and_then(|value| value.to_der().ok());
        Some(value.is_some_and(|value| is_named(&value, signer)))
    };
    if has(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2) {
        return named(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2, is_named);
    }
    if !has(rfc5911::ID_AA_SIGNING_CERTIFICATE) {
        return None;
    }
    named(rfc5911::ID_AA_SIGNING_CERTIFICATE, is_named_by_sha1)
}

/// Tells whether the first certificate that a signing-certificate-v2 attribute names is this one
/// (RFC 5035 §3); the value is in DER.
pub(crate) fn is_named(value: &[u8], signer: &Certificate) -> bool {
    let Ok(named) = SigningCertificateV2::from_der(value) else {
        return false;
    };
    named.certificates.first().is_some_and(|first| {
        let hash = first.hash_algorithm.as_ref();
        let hash = HashFunction::from_oid(hash.map_or(rfc5912::ID_SHA_256, |hash| hash.oid));
        hash.is_some_and(|hash| hash.digest(&[signer.der()]) == first.hash.as_bytes())
    })
}

/// The same of a signing-certificate attribute, RFC 3161 §2.4.2 as it was; the SHA-1 only says
/// which certificate, the signature is over it.
pub(crate) fn is_named_by_sha1(value: &[u8], signer: &Certificate) -> bool {
    let Ok(named) = SigningCertificate::from_der(value) else {
        return false;
    };
    let digest = HashFunction::Sha1.digest(&[signer.der()]);
    let first = named.certificates.first();
    first.is_some_and(|first| first.hash.as_bytes() == digest)
}

/// Returns the time-stamp tokens over a signature's value.
pub(super) fn tokens(info: &SignerInfo) -> Vec<Vec<u8>> {
    let attributes = info.unsigned_attrs.iter().flat_map(|all| all.iter());
    attributes
        .filter(|attribute| attribute.oid == signed_data::SIGNATURE_TIME_STAMP)
        .flat_map(|attribute| attribute.values.iter())
        .filter_map(|token| token.to_der().ok())
        .collect()
}
