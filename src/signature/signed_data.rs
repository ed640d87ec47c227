//! The CMS of a PAdES baseline signature (ETSI EN 319 142-1 §6.3, EN 319 122-1, RFC 5652).

use cms::cert::IssuerAndSerialNumber;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{EncapsulatedContentInfo, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString, SetOfVec};
use der::oid::db::rfc5911;
use der::{Any, Decode, Encode, Tagged};
use x509_cert::attr::{Attribute, Attributes};

use super::asn1::{EssCertIdV2, SignedData, SigningCertificateV2};
use super::{Algorithm, Certificate, Chain};

/// Returns the DER of the signed attributes as the `SET OF` that is signed (RFC 5652 §5.4).
///
/// There is no signing-time: EN 319 142-1 §6.3 forbids it, the time is in `/M`.
pub(super) fn signed_attributes(digest: &[u8], signer: &Certificate) -> der::Result<Vec<u8>> {
    // RFC 5035 §4: the hash algorithm is SHA-256, which is not written.
    let certificate = EssCertIdV2 {
        hash_algorithm: None,
        hash: OctetString::new(signer.digest().as_bytes().as_slice())?,
        issuer_serial: None,
    };
    let certificates = SigningCertificateV2 {
        certificates: vec![certificate],
        policies: None,
    };
    let attributes = SetOfVec::try_from(vec![
        attribute(
            rfc5911::ID_CONTENT_TYPE,
            Any::encode_from(&rfc5911::ID_DATA)?,
        )?,
        attribute(
            rfc5911::ID_MESSAGE_DIGEST,
            Any::encode_from(&OctetString::new(digest)?)?,
        )?,
        attribute(
            rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2,
            Any::encode_from(&certificates)?,
        )?,
    ])?;
    attributes.to_der()
}

/// Returns the CMS with the signed attributes, the value and, if there is one, the time-stamp.
pub(super) fn signed_data(
    chain: &Chain,
    algorithm: Algorithm,
    signed_attributes: &[u8],
    value: &[u8],
    token: Option<&[u8]>,
) -> der::Result<Vec<u8>> {
    let signer = chain.signer().parsed();
    let unsigned = token.map(time_stamp_attribute).transpose()?;
    let signer_info = SignerInfo {
        // RFC 5652 §5.3: 1, as the signer is named by issuer and serial number.
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: signer.issuer.clone(),
            serial_number: signer.serial_number.clone(),
        }),
        digest_alg: algorithm.digest_identifier(),
        signed_attrs: Some(Attributes::from_der(signed_attributes)?),
        signature_algorithm: algorithm.identifier()?,
        signature: OctetString::new(value)?,
        unsigned_attrs: unsigned,
    };
    let mut certificates: Vec<_> = chain
        .carried()
        .map(|certificate| Any::from_der(certificate.der()))
        .collect::<Result<_, _>>()?;
    sort(&mut certificates)?;
    let signed_data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![algorithm.digest_identifier()])?,
        // Detached: the document is outside.
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: rfc5911::ID_DATA,
            econtent: None,
        },
        certificates: Some(certificates),
        crls: None,
        signer_infos: SetOfVec::try_from(vec![signer_info])?,
    };
    let content = ContentInfo {
        content_type: rfc5911::ID_SIGNED_DATA,
        content: Any::encode_from(&signed_data)?,
    };
    content.to_der()
}

/// Returns the bytes that a time-stamp token adds around itself.
pub(super) fn time_stamp_overhead() -> usize {
    // Tags and lengths of the attribute, its identifier and the set.
    64
}

fn time_stamp_attribute(token: &[u8]) -> der::Result<Attributes> {
    let token = attribute(SIGNATURE_TIME_STAMP, Any::from_der(token)?)?;
    SetOfVec::try_from(vec![token])
}

fn attribute(oid: ObjectIdentifier, value: Any) -> der::Result<Attribute> {
    Ok(Attribute {
        oid,
        values: SetOfVec::try_from(vec![value])?,
    })
}

/// Sorts as DER asks of a `SET OF` (X.690 §11.6).
fn sort(values: &mut Vec<Any>) -> der::Result<()> {
    let mut keyed: Vec<_> = values
        .drain(..)
        .map(|value| Ok((value.to_der()?, value)))
        .collect::<der::Result<_>>()?;
    keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
    values.extend(keyed.into_iter().map(|(_, value)| value));
    debug_assert!(values.iter().all(|value| value.tag() == der::Tag::Sequence));
    Ok(())
}

/// `id-aa-timeStampToken` (RFC 3161 appendix A).
pub(crate) const SIGNATURE_TIME_STAMP: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");
