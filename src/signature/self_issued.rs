//! A key and a certificate that an office issues to itself, for its seal.

use std::time::Duration;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use chrono::{DateTime, Utc};
use der::asn1::{BitString, OctetString, SetOfVec, Utf8StringRef};
use der::flagset::FlagSet;
use der::oid::AssociatedOid;
use der::oid::db::{rfc4519, rfc5912};
use der::{Any, Decode as _, Encode as _};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::pem::LineEnding;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::certificate::{CertificateInner, TbsCertificateInner, Version};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};
use zeroize::Zeroizing;

use super::{Certificate, Chain, KeyError};

/// What a self-issued certificate says, and what its key is encrypted with.
#[derive(Clone, Copy, Debug)]
pub struct SelfIssued<'a> {
    /// The organisation, also its common name.
    pub name: &'a str,
    /// First instant of validity.
    pub not_before: DateTime<Utc>,
    /// Last instant of validity.
    pub not_after: DateTime<Utc>,
}

/// A key that was made, encrypted, and its certificate.
pub struct NewKey {
    /// The key in PEM, PKCS#8, encrypted (RFC 5958 §3).
    pub key_pem: Zeroizing<String>,
    /// The certificate.
    pub chain: Chain,
}

/// Makes a P-256 key and its self-issued certificate (RFC 5280 §3.2), encrypted with a passphrase.
///
/// Key, serial number and salt are drawn from the system's random numbers: the one thing in this
/// folder that differs from run to run, besides ECDSA and PSS values.
///
/// # Errors
///
/// Fails where the system gives no random numbers, and for a name that no certificate can hold.
pub fn self_issued(wanted: &SelfIssued<'_>, passphrase: &str) -> Result<NewKey, KeyError> {
    let pair =
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(|_| KeyError::Sign)?;
    let mut serial = [0; SERIAL_BYTES];
    aws_lc_rs::rand::fill(&mut serial).map_err(|_| KeyError::Sign)?;
    let der = certificate(wanted, &pair, serial).map_err(|_| KeyError::Format {
        what: "the name cannot stand in a certificate",
    })?;
    let certificate = Certificate::from_der(&der)?;
    let unwritten = KeyError::Format {
        what: "it cannot be encrypted",
    };
    let plain = pair.to_pkcs8v1().map_err(|_| KeyError::Sign)?;
    let encrypted = PrivateKeyInfoRef::try_from(plain.as_ref())
        .ok()
        .and_then(|key| key.encrypt(passphrase).ok())
        .and_then(|key| key.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF).ok());
    Ok(NewKey {
        key_pem: encrypted.ok_or(unwritten)?,
        chain: Chain::new(certificate, &[]),
    })
}

fn certificate(
    wanted: &SelfIssued<'_>,
    pair: &EcdsaKeyPair,
    mut serial: [u8; SERIAL_BYTES],
) -> der::Result<Vec<u8>> {
    let failed = |_| der::ErrorKind::Failed;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(failed)?;
    let key = SubjectPublicKeyInfoOwned::from_der(public.as_ref())?;
    // RFC 5280 §4.1.2.2: positive, and at most 20 bytes.
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x7F | 0x40;
    }
    let name = distinguished_name(wanted.name)?;
    let algorithm = AlgorithmIdentifierOwned {
        oid: rfc5912::ECDSA_WITH_SHA_256,
        parameters: None,
    };
    let usages: FlagSet<KeyUsages> = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
    let not_authority = BasicConstraints {
        ca: false,
        path_len_constraint: None,
    };
    let identifier = sha2::Digest::finalize(sha2::Digest::chain_update(
        <sha2::Sha256 as sha2::Digest>::new(),
        key.subject_public_key.raw_bytes(),
    ));
    // RFC 7093 §2 (1): the leftmost 160 bits.
    let identifier = identifier.get(..20).unwrap_or_default();
    let extensions = vec![
        extension(&not_authority, true)?,
        extension(&KeyUsage(usages), true)?,
        extension(&SubjectKeyIdentifier(OctetString::new(identifier)?), false)?,
    ];
    let tbs = TbsCertificateInner {
        version: Version::V3,
        serial_number: SerialNumber::new(&serial)?,
        signature: algorithm.clone(),
        issuer: name.clone(),
        validity: Validity {
            not_before: time(wanted.not_before)?,
            not_after: time(wanted.not_after)?,
        },
        subject: name,
        subject_public_key_info: key,
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(extensions),
    };
    let value = pair
        .sign(&SystemRandom::new(), &tbs.to_der()?)
        .map_err(failed)?;
    let certificate: CertificateInner = CertificateInner {
        tbs_certificate: tbs,
        signature_algorithm: algorithm,
        signature: BitString::from_bytes(value.as_ref())?,
    };
    certificate.to_der()
}

/// Returns `O=…, CN=…`, both with the name.
fn distinguished_name(name: &str) -> der::Result<Name> {
    let part = |oid| -> der::Result<RelativeDistinguishedName> {
        let value = Any::from(Utf8StringRef::new(name)?);
        let mut set = SetOfVec::new();
        set.insert(AttributeTypeAndValue { oid, value })?;
        Ok(RelativeDistinguishedName(set))
    };
    Ok(RdnSequence(vec![part(rfc4519::O)?, part(rfc4519::CN)?]))
}

fn extension<T: AssociatedOid + der::Encode>(value: &T, critical: bool) -> der::Result<Extension> {
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

/// Returns an instant as a certificate writes it: two-digit years until 2049 (RFC 5280 §4.1.2.5).
fn time(at: DateTime<Utc>) -> der::Result<Time> {
    let seconds = u64::try_from(at.timestamp()).map_err(|_| der::ErrorKind::DateTime)?;
    let since_1970 = Duration::from_secs(seconds);
    match der::asn1::UtcTime::from_unix_duration(since_1970) {
        Ok(time) => Ok(Time::UtcTime(time)),
        Err(_) => der::asn1::GeneralizedTime::from_unix_duration(since_1970).map(Time::GeneralTime),
    }
}

/// Sixteen bytes of a random number, of which the first bits say that it is positive and long.
const SERIAL_BYTES: usize = 16;
