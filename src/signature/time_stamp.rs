//! Time-stamps (RFC 3161, with RFC 5816): the request, and the token once it is verified.

use chrono::{DateTime, Utc};
use der::asn1::{BitString, Int, ObjectIdentifier, OctetString};
use der::oid::db::{rfc5280, rfc5912};
use der::{Any, Decode, Encode, Sequence, Tag, Tagged};
use x509_cert::ext::Extensions;
use x509_tsp::{Accuracy, MessageImprint};

use super::algorithm;
use super::asn1::{self, SignedData};
use super::trust::Usage;
use super::{Anchors, Certificate, TimeStampError, shown, signer_info};
use crate::agreement::Sha256;

/// A question to a time-stamping authority.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeStampRequest {
    digest: [u8; 32],
    /// The value of an INTEGER, as short as can be.
    nonce: Vec<u8>,
}

/// A time-stamp token that was verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Token {
    der: Vec<u8>,
    at: DateTime<Utc>,
    imprint: Sha256,
    certificate: Certificate,
}

impl TimeStampRequest {
    /// Asks for a time-stamp on a SHA-256 digest. The nonce is a random number.
    #[must_use]
    pub fn new(digest: [u8; 32], nonce: u64) -> Self {
        let bytes = nonce.to_be_bytes();
        let mut nonce: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
        // An INTEGER is positive if its first bit is 0.
        if nonce.first().is_none_or(|first| *first >= 0x80) {
            nonce.insert(0, 0);
        }
        Self { digest, nonce }
    }

    /// Returns the digest that a time-stamp is asked for.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Returns the request in DER: version 1, SHA-256, no policy, nonce, certificates asked for.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        let mut content = IMPRINT.to_vec();
        content.extend(self.digest);
        content.push(0x02);
        push_length(&mut content, &self.nonce);
        content.extend([0x01, 0x01, 0xFF]);
        let mut request = vec![0x30];
        push_length(&mut request, &content);
        request
    }
}

impl Token {
    /// Returns the token's bytes, a CMS in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Returns the time that it proves (`genTime`).
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Returns the digest that it is over.
    #[must_use]
    pub fn imprint(&self) -> Sha256 {
        self.imprint
    }

    /// Returns the certificate of the authority that signed it.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// Reads and verifies an answer: that the authority grants it, that it answers this request, that
/// its signature is right, and that the authority is an accepted one at the time it states.
///
/// # Errors
///
/// Names the first thing that is wrong. Whether the stated time is near the present, the caller
/// knows.
pub fn read_time_stamp(
    response: &[u8],
    request: &TimeStampRequest,
    anchors: &Anchors,
) -> Result<Token, TimeStampError> {
    let response = Response::from_der(response).map_err(|_| TimeStampError::Garbage)?;
    // RFC 3161 §2.4.2: 0 is granted, 1 granted with modifications.
    let token = match (response.status.status, response.token) {
        (0 | 1, Some(token)) => token.to_der().map_err(|_| TimeStampError::Garbage)?,
        (0 | 1, None) => return Err(TimeStampError::Garbage),
        _ => {
            return Err(TimeStampError::Refused {
                status: response.status.text(),
            });
        }
    };
    let opened = Opened::from_der(&token)?;
    if opened.hash != rfc5912::ID_SHA_256 || opened.imprint != request.digest {
        return Err(TimeStampError::Imprint);
    }
    if opened.nonce.as_deref() != Some(request.nonce.as_slice()) {
        return Err(TimeStampError::Nonce);
    }
    opened.check_purpose()?;
    opened.check_path(anchors)?;
    Ok(Token {
        der: token,
        at: opened.at,
        imprint: Sha256::from_bytes(&opened.imprint).ok_or(TimeStampError::Imprint)?,
        certificate: opened.signer,
    })
}

/// A token that is whole: its signature is right, by the certificate that it names.
pub(super) struct Opened {
    pub(super) at: DateTime<Utc>,
    pub(super) signer: Certificate,
    /// All certificates in the token.
    pub(super) certificates: Vec<Certificate>,
    hash: ObjectIdentifier,
    imprint: Vec<u8>,
    nonce: Option<Vec<u8>>,
}

impl Opened {
    /// Reads a token and checks it against itself.
    pub(super) fn from_der(token: &[u8]) -> Result<Self, TimeStampError> {
        let garbage = |_| TimeStampError::Garbage;
        let data = SignedData::from_content_info(token).map_err(garbage)?;
        let content = &data.encap_content_info;
        if content.econtent_type != TST_INFO {
            return Err(TimeStampError::Garbage);
        }
        let content = content.econtent.as_ref().ok_or(TimeStampError::Garbage)?;
        let content: OctetString = content.decode_as().map_err(garbage)?;
        let info = TstInfo::from_der(content.as_bytes()).map_err(garbage)?;
        // RFC 3161 §2.4.1: one signature, the authority's.
        let [info_of_signer] = data.signer_infos.as_slice() else {
            return Err(TimeStampError::Garbage);
        };
        let certificates = signer_info::certificates_of(&data);
        let signer = certificates
            .iter()
            .find(|certificate| signer_info::is_signer(certificate, info_of_signer))
            .ok_or(TimeStampError::NoCertificate)?;
        if !signer_info::is_signed(info_of_signer, signer, TST_INFO, &[content.as_bytes()]) {
            return Err(TimeStampError::Signature);
        }
        // RFC 5816 §2.2.1.
        if signer_info::names_certificate(info_of_signer, signer) != Some(true) {
            return Err(TimeStampError::CertificateId);
        }
        info.check_form()?;
        Ok(Self {
            at: asn1::generalized_time(&info.gen_time).ok_or(TimeStampError::Garbage)?,
            signer: signer.clone(),
            hash: info.message_imprint.hash_algorithm.oid,
            imprint: info.message_imprint.hashed_message.as_bytes().to_vec(),
            nonce: info.nonce.map(|nonce| nonce.as_bytes().to_vec()),
            certificates,
        })
    }

    /// Refuses a token that is over something else.
    pub(super) fn check_imprint(&self, parts: &[&[u8]]) -> Result<(), TimeStampError> {
        if algorithm::digest(self.hash, parts).as_ref() == Some(&self.imprint) {
            return Ok(());
        }
        Err(TimeStampError::Imprint)
    }

    /// Refuses an authority whose certificate is not for this alone.
    pub(super) fn check_purpose(&self) -> Result<(), TimeStampError> {
        // RFC 3161 §2.3: the one purpose, and critical.
        if self.signer.purposes() == Some((vec![rfc5280::ID_KP_TIME_STAMPING], true)) {
            return Ok(());
        }
        Err(TimeStampError::Purpose {
            authority: self.signer.subject(),
        })
    }

    /// Looks for the path from the authority to an anchor at the time of the token.
    fn check_path(&self, anchors: &Anchors) -> Result<(), TimeStampError> {
        let path = anchors.path_for(Usage::TimeStamps, &self.signer, &self.certificates, self.at);
        path.map(|_| ()).map_err(|cause| TimeStampError::Untrusted {
            authority: self.signer.subject(),
            cause,
        })
    }
}

/// RFC 3161 §2.4.2.
#[derive(Sequence)]
struct Response {
    status: Status,
    #[asn1(optional = "true")]
    token: Option<Any>,
}

/// `PKIStatusInfo` (RFC 3161 §2.4.2).
#[derive(Sequence)]
struct Status {
    status: u8,
    #[asn1(optional = "true")]
    texts: Option<Vec<String>>,
    #[asn1(optional = "true")]
    failure: Option<BitString>,
}

/// RFC 3161 §2.4.2. The time is kept as it came: it may have fractions of a second.
#[derive(Sequence)]
pub(crate) struct TstInfo {
    pub(crate) version: u8,
    pub(crate) policy: ObjectIdentifier,
    pub(crate) message_imprint: MessageImprint,
    pub(crate) serial_number: Any,
    pub(crate) gen_time: Any,
    #[asn1(optional = "true")]
    pub(crate) accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    pub(crate) ordering: bool,
    #[asn1(optional = "true")]
    pub(crate) nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) tsa: Option<Any>,
    #[asn1(
        context_specific = "1",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub(crate) extensions: Option<Extensions>,
}

impl TstInfo {
    /// Refuses what is not read: other versions, critical extensions, hash functions with
    /// parameters.
    pub(crate) fn check_form(&self) -> Result<(), TimeStampError> {
        let critical = |extensions: &Extensions| extensions.iter().any(|found| found.critical);
        if self.version != 1 || self.extensions.as_ref().is_some_and(critical) {
            return Err(TimeStampError::Version);
        }
        if self.serial_number.tag() != Tag::Integer {
            return Err(TimeStampError::Garbage);
        }
        if !algorithm::has_no_parameters(&self.message_imprint.hash_algorithm) {
            return Err(TimeStampError::Imprint);
        }
        Ok(())
    }
}

impl Status {
    /// Returns what the authority says, in its words and by the names of RFC 3161 §2.4.2.
    fn text(&self) -> String {
        let mut parts = vec![match self.status {
            2 => "rejection".to_owned(),
            3 => "waiting".to_owned(),
            4 => "revocation warning".to_owned(),
            5 => "revocation notification".to_owned(),
            other => format!("status {other}"),
        }];
        let bits = self.failure.iter().flat_map(BitString::bits);
        for (bit, _) in bits.enumerate().filter(|(_, is_set)| *is_set) {
            let named = FAILURES.iter().find(|(known, _)| *known == bit);
            parts.push(
                named.map_or_else(|| format!("failure {bit}"), |(_, name)| (*name).to_owned()),
            );
        }
        for text in self.texts.iter().flatten().take(3) {
            parts.push(shown(text).chars().take(200).collect());
        }
        parts.join(", ")
    }
}

/// Appends a length and that many bytes. A request has fewer than 128 (X.690 §8.1.3.4).
fn push_length(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u8::try_from(bytes.len()).ok());
    out.extend(bytes);
}

/// Version 1, then the head of a `MessageImprint` with SHA-256 and 32 bytes.
const IMPRINT: [u8; 22] = [
    0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
    0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
];

/// `PKIFailureInfo` (RFC 3161 §2.4.2).
const FAILURES: [(usize, &str); 8] = [
    (0, "badAlg"),
    (2, "badRequest"),
    (5, "badDataFormat"),
    (14, "timeNotAvailable"),
    (15, "unacceptedPolicy"),
    (16, "unacceptedExtension"),
    (17, "addInfoNotAvailable"),
    (25, "systemFailure"),
];

/// `id-ct-TSTInfo` (RFC 3161 §2.4.2).
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
