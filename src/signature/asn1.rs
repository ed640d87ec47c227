//! The ASN.1 types that must keep foreign bytes as they are.
//!
//! Certificates, lists and responses are signed as bytes. Types that decode them whole would write
//! some of them differently (an encoded default, say), so these keep the inner parts as [`Any`].

use chrono::{DateTime, NaiveDateTime, Utc};
use cms::content_info::CmsVersion;
use cms::signed_data::{EncapsulatedContentInfo, SignerInfo};
use der::asn1::{BitString, ObjectIdentifier, OctetString, SetOfVec};
use der::{Any, Decode, Encode, Reader, Sequence, SliceReader, Tag, Tagged};
use x509_cert::spki::AlgorithmIdentifierOwned;

/// RFC 5652 §5.1, with certificates and revocation information as they came.
///
/// The two sets are lists here: their order is checked by no reader, and a repeated certificate is
/// no reason to refuse a signature.
#[derive(Clone, Debug, Sequence)]
pub(super) struct SignedData {
    pub(super) version: CmsVersion,
    pub(super) digest_algorithms: SetOfVec<AlgorithmIdentifierOwned>,
    pub(super) encap_content_info: EncapsulatedContentInfo,
    #[asn1(
        context_specific = "0",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub(super) certificates: Option<Vec<Any>>,
    #[asn1(
        context_specific = "1",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub(super) crls: Option<Vec<Any>>,
    pub(super) signer_infos: SetOfVec<SignerInfo>,
}

/// What certificates and revocation lists are: something, signed.
#[derive(Clone, Debug, Sequence)]
pub(crate) struct SignedBytes {
    pub(super) content: Any,
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) signature: BitString,
}

/// RFC 6960 §4.2.1, with the response data and the certificates as they came.
#[derive(Clone, Debug, Sequence)]
pub(super) struct BasicOcspResponse {
    pub(super) content: Any,
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) certificates: Option<Vec<Any>>,
}

/// RFC 5035 §3.
#[derive(Clone, Debug, Sequence)]
pub(super) struct SigningCertificateV2 {
    pub(super) certificates: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    pub(super) policies: Option<Any>,
}

/// RFC 5035 §4; the hash algorithm is SHA-256 unless it is named.
#[derive(Clone, Debug, Sequence)]
pub(super) struct EssCertIdV2 {
    #[asn1(optional = "true")]
    pub(super) hash_algorithm: Option<AlgorithmIdentifierOwned>,
    pub(super) hash: OctetString,
    #[asn1(optional = "true")]
    pub(super) issuer_serial: Option<Any>,
}

/// RFC 2634 §5.4, with SHA-1, as older time-stamping authorities write it.
#[derive(Clone, Debug, Sequence)]
pub(super) struct SigningCertificate {
    pub(super) certificates: Vec<EssCertId>,
    #[asn1(optional = "true")]
    pub(super) policies: Option<Any>,
}

/// RFC 2634 §5.4.1.
#[derive(Clone, Debug, Sequence)]
pub(super) struct EssCertId {
    pub(super) hash: OctetString,
    #[asn1(optional = "true")]
    pub(super) issuer_serial: Option<Any>,
}

/// RFC 4055 §3.1; the fields are SHA-1 and 20 where they are not written.
#[derive(Clone, Debug, Sequence)]
pub(super) struct PssParameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) hash: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) mask: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) salt_length: Option<u32>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) trailer: Option<u32>,
}

impl SignedData {
    /// Decodes a `ContentInfo` that holds signed data, and what content it signs.
    pub(super) fn from_content_info(der: &[u8]) -> der::Result<Self> {
        let outer = cms::content_info::ContentInfo::from_der(der)?;
        if outer.content_type != der::oid::db::rfc5911::ID_SIGNED_DATA {
            return Err(Tag::ObjectIdentifier.value_error());
        }
        outer.content.decode_as()
    }
}

/// Returns the values of an attribute that occurs once with one value.
pub(super) fn single_attribute(
    attributes: &x509_cert::attr::Attributes,
    kind: ObjectIdentifier,
) -> Option<&Any> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == kind);
    let (Some(attribute), None) = (found.next(), found.next()) else {
        return None;
    };
    match attribute.values.as_slice() {
        [value] => Some(value),
        _ => None,
    }
}

/// Returns the first value in the bytes and leaves what follows it, as the padding of `/Contents`.
pub(super) fn first_value(bytes: &[u8]) -> der::Result<Vec<u8>> {
    let mut reader = SliceReader::new(bytes)?;
    let value: Any = reader.decode()?;
    value.to_der()
}

/// Reads a `GeneralizedTime` that may have fractions of a second (RFC 3161 §2.4.2), which the type
/// of RFC 5280 refuses.
pub(crate) fn generalized_time(value: &Any) -> Option<DateTime<Utc>> {
    if value.tag() != Tag::GeneralizedTime {
        return None;
    }
    let text = std::str::from_utf8(value.value()).ok()?.strip_suffix('Z')?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.len() != 14 || !digits(seconds) || !digits(fraction) {
        return None;
    }
    let whole = NaiveDateTime::parse_from_str(seconds, "%Y%m%d%H%M%S").ok()?;
    let nanoseconds: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    let fraction = chrono::Duration::nanoseconds(nanoseconds.parse().ok()?);
    whole.and_utc().checked_add_signed(fraction)
}

/// Returns a time of RFC 5280 as an instant.
pub(crate) fn instant(since_1970: std::time::Duration) -> DateTime<Utc> {
    i64::try_from(since_1970.as_secs())
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
