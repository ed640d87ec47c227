//! The Online Certificate Status Protocol (RFC 6960): what is asked, and whether the answer holds.

use chrono::{DateTime, Utc};
use der::asn1::{ObjectIdentifier, OctetString};
use der::oid::db::{rfc5280, rfc5912, rfc6960};
use der::{Any, Decode, Encode};
use sha1::Digest as _;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_ocsp::{
    CertId, CertStatus, OcspRequest, OcspResponse, OcspResponseStatus, Request, ResponderId,
    ResponseData, TbsRequest, Version,
};

use super::algorithm;
use super::asn1::{self, BasicOcspResponse};
use super::status::{Revocation, Status, refuse_critical};
use super::{Certificate, EvidenceError, HashFunction, SignatureAlgorithm};

/// Returns the question about one certificate, in DER, without nonce: an answer may come from a
/// cache (RFC 5019 §4).
pub(super) fn request(certificate: &Certificate, issuer: &Certificate) -> der::Result<Vec<u8>> {
    let hash = |bytes: &[u8]| OctetString::new(sha1::Sha1::digest(bytes).as_slice());
    let request = OcspRequest {
        tbs_request: TbsRequest {
            version: Version::V1,
            requestor_name: None,
            request_list: vec![Request {
                // RFC 5019 §2.1.1: SHA-1, which here only names the certificate.
                req_cert: CertId {
                    hash_algorithm: AlgorithmIdentifierOwned {
                        oid: SHA1,
                        parameters: Some(Any::null()),
                    },
                    issuer_name_hash: hash(&certificate.parsed().issuer.to_der()?)?,
                    issuer_key_hash: hash(issuer.public_key_bytes())?,
                    serial_number: certificate.parsed().serial_number.clone(),
                },
                single_request_extensions: None,
            }],
            request_extensions: None,
        },
        optional_signature: None,
    };
    request.to_der()
}

/// Reads an answer about a certificate and verifies it: that it is about this certificate, and
/// signed by its issuer or by a responder that the issuer named (RFC 6960 §3.2 and §4.2.2.2).
///
/// `exists_at` is a time at which the answer is known to have existed: the present for one that was
/// just fetched. What a responder's key signs after its certificate has expired is worth nothing,
/// and the time in the answer is only what that key says.
pub(crate) fn read(
    response: &[u8],
    certificate: &Certificate,
    issuer: &Certificate,
    exists_at: DateTime<Utc>,
) -> Result<Status, EvidenceError> {
    let garbage = |_| EvidenceError::Garbage;
    let response = OcspResponse::from_der(response).map_err(garbage)?;
    match response.response_status {
        OcspResponseStatus::Successful => {}
        OcspResponseStatus::InternalError => return Err(EvidenceError::Refused("internalError")),
        OcspResponseStatus::MalformedRequest => {
            return Err(EvidenceError::Refused("malformedRequest"));
        }
        OcspResponseStatus::SigRequired => return Err(EvidenceError::Refused("sigRequired")),
        OcspResponseStatus::TryLater => return Err(EvidenceError::Refused("tryLater")),
        OcspResponseStatus::Unauthorized => return Err(EvidenceError::Refused("unauthorized")),
    }
    let bytes = response.response_bytes.ok_or(EvidenceError::Garbage)?;
    if bytes.response_type != rfc6960::ID_PKIX_OCSP_BASIC {
        return Err(EvidenceError::Garbage);
    }
    let basic = BasicOcspResponse::from_der(bytes.response.as_bytes()).map_err(garbage)?;
    let content = basic.content.to_der().map_err(garbage)?;
    let data = ResponseData::from_der(&content).map_err(garbage)?;

    let responder = responder(&basic, &data, issuer, exists_at);
    let responder = responder.ok_or(EvidenceError::Signature)?;
    let value = basic.signature.as_bytes().ok_or(EvidenceError::Garbage)?;
    let key = responder.public_key();
    if !algorithm::is_signed(key, &basic.algorithm, None, &content, value) {
        return Err(EvidenceError::Signature);
    }

    refuse_critical(data.response_extensions.as_ref(), &RESPONSE_EXTENSIONS)?;
    let answers = data.responses.iter();
    let answers: Vec<_> = answers
        .filter(|answer| is_about(&answer.cert_id, certificate, issuer))
        .collect();
    for answer in &answers {
        refuse_critical(answer.single_extensions.as_ref(), &ANSWER_EXTENSIONS)?;
    }
    // Of several answers one that says revoked wins, and then the newest.
    let decisive = answers.into_iter().max_by_key(|answer| {
        let is_revoked = matches!(answer.cert_status, CertStatus::Revoked(_));
        (is_revoked, answer.this_update.0.to_unix_duration())
    });
    let answer = decisive.ok_or(EvidenceError::OtherCertificate)?;
    let revocation = match &answer.cert_status {
        CertStatus::Good(_) => None,
        CertStatus::Revoked(revoked) => Some(Revocation {
            at: asn1::instant(revoked.revocation_time.0.to_unix_duration()),
            reason: revoked.revocation_reason,
        }),
        CertStatus::Unknown(_) => return Err(EvidenceError::Unknown),
    };
    let next_update = answer.next_update.map(|time| time.0.to_unix_duration());
    Ok(Status {
        this_update: asn1::instant(answer.this_update.0.to_unix_duration()),
        next_update: next_update.map(asn1::instant),
        revocation,
        responder: (responder != *issuer).then_some(responder),
        hash: SignatureAlgorithm::hash_of(&basic.algorithm).map(HashFunction::oid),
    })
}

/// Returns the serial numbers that a response is about, without any check.
pub(crate) fn serial_numbers(response: &[u8]) -> Option<Vec<Vec<u8>>> {
    let bytes = OcspResponse::from_der(response).ok()?.response_bytes?;
    let basic = BasicOcspResponse::from_der(bytes.response.as_bytes()).ok()?;
    let data = ResponseData::from_der(&basic.content.to_der().ok()?).ok()?;
    let answers = data.responses.iter();
    Some(
        answers
            .map(|answer| answer.cert_id.serial_number.as_bytes().to_vec())
            .collect(),
    )
}

/// Returns the certificate of who may have signed: the issuer itself, or one that it issued for
/// this purpose, valid when the response says that it was made and when it is known to have existed.
fn responder(
    basic: &BasicOcspResponse,
    data: &ResponseData,
    issuer: &Certificate,
    exists_at: DateTime<Utc>,
) -> Option<Certificate> {
    let is_named = |certificate: &Certificate| match &data.responder_id {
        ResponderId::ByName(name) => certificate.parsed().subject == *name,
        ResponderId::ByKey(hash) => {
            sha1::Sha1::digest(certificate.public_key_bytes()).as_slice() == hash.as_bytes()
        }
    };
    if is_named(issuer) {
        return Some(issuer.clone());
    }
    let produced_at = asn1::instant(data.produced_at.0.to_unix_duration());
    basic
        .certificates
        .iter()
        .flatten()
        .filter_map(|certificate| Certificate::from_der(&certificate.to_der().ok()?).ok())
        .find(|certificate| {
            let validity = certificate.not_before()..=certificate.not_after();
            is_named(certificate)
                && may_answer(certificate)
                && validity.contains(&produced_at)
                && validity.contains(&exists_at)
                && certificate.is_issued_by(issuer)
        })
}

/// Tells whether a certificate is for answers (RFC 6960 §4.2.2.2), and limits itself in no way that
/// is not read.
fn may_answer(certificate: &Certificate) -> bool {
    let purposes = certificate.purposes();
    let usage = certificate.key_usage();
    purposes.is_some_and(|(all, _)| all.contains(&rfc5280::ID_KP_OCSP_SIGNING))
        && usage.is_none_or(|usage| usage.digital_signature())
        && !certificate.is_critical_besides(&RESPONDER_EXTENSIONS)
}

fn is_about(id: &CertId, certificate: &Certificate, issuer: &Certificate) -> bool {
    let digest = |bytes: &[u8]| match id.hash_algorithm.oid {
        SHA1 => Some(sha1::Sha1::digest(bytes).to_vec()),
        other => algorithm::digest(other, &[bytes]),
    };
    let name = certificate.parsed().issuer.to_der().ok();
    id.serial_number == certificate.parsed().serial_number
        && name.and_then(|name| digest(&name)).as_deref() == Some(id.issuer_name_hash.as_bytes())
        && digest(issuer.public_key_bytes()).as_deref() == Some(id.issuer_key_hash.as_bytes())
}

/// What may be critical in a responder's certificate: what is read, and names.
const RESPONDER_EXTENSIONS: [ObjectIdentifier; 5] = [
    rfc5280::ID_CE_BASIC_CONSTRAINTS,
    rfc5280::ID_CE_EXT_KEY_USAGE,
    rfc5280::ID_CE_KEY_USAGE,
    rfc5280::ID_CE_SUBJECT_ALT_NAME,
    rfc6960::ID_PKIX_OCSP_NOCHECK,
];

/// What may be critical in a response: a nonce, which was not asked for and limits nothing.
const RESPONSE_EXTENSIONS: [ObjectIdentifier; 1] = [rfc6960::ID_PKIX_OCSP_NONCE];

/// What may be critical in an answer: what tells more and limits nothing (RFC 6960 §4.4).
const ANSWER_EXTENSIONS: [ObjectIdentifier; 4] = [
    rfc5280::ID_CE_CRL_REASONS,
    rfc5280::ID_CE_INVALIDITY_DATE,
    rfc6960::ID_PKIX_OCSP_ARCHIVE_CUTOFF,
    rfc6960::ID_PKIX_OCSP_CRL,
];

const SHA1: ObjectIdentifier = rfc5912::ID_SHA_1;
