//! What can be wrong with keys, certificates, signatures, tokens and evidence.

use std::fmt;

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;

use super::shown;
use crate::agreement::{Level, Sha256};
use crate::pdf;

/// What the folder refuses, each with the value that was wrong.
///
/// `subject` is [`super::Certificate::subject`]: it never shows a personal identity number.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The certificate is one that issues others.
    #[error("the certificate of {subject} is a certificate authority's, not a signer's")]
    CertificateAuthority {
        /// Whose certificate.
        subject: String,
    },
    /// The certificate has expired.
    #[error(
        "the certificate of {subject} expired at {}; the time is {}",
        utc(not_after),
        utc(at)
    )]
    Expired {
        /// Whose certificate.
        subject: String,
        /// The last instant of its validity.
        not_after: DateTime<Utc>,
        /// The time that was asked for.
        at: DateTime<Utc>,
    },
    /// Readers on Poppler call signatures with such keys damaged.
    #[error("Ed25519 keys are not used, as common PDF readers cannot check them")]
    KeyEd25519,
    /// The kind of key cannot sign here.
    #[error("keys of the kind {0} are not used; P-256, P-384 and RSA are")]
    KeyUnsupported(String),
    /// The certificate's key usage does not allow signatures.
    #[error("the certificate of {subject} has a key usage without digital signature")]
    KeyUsage {
        /// Whose certificate.
        subject: String,
    },
    /// The key is too short to withstand the years that an agreement lasts.
    #[error("the RSA key of {subject} has {bits} bits, fewer than {least}")]
    KeyWeak {
        /// Whose key.
        subject: String,
        /// Length of the modulus in bits.
        bits: u32,
        /// The least length in bits.
        least: u32,
    },
    /// Bytes are not what they should be.
    #[error("the {what} is not in order")]
    Malformed {
        /// What they should be.
        what: &'static str,
    },
    /// The certificate is not valid yet.
    #[error(
        "the certificate of {subject} is valid from {}; the time is {}",
        utc(not_before),
        utc(at)
    )]
    NotYetValid {
        /// Whose certificate.
        subject: String,
        /// The first instant of its validity.
        not_before: DateTime<Utc>,
        /// The time that was asked for.
        at: DateTime<Utc>,
    },
    /// Nobody tells whether a certificate is revoked.
    #[error("no evidence on the certificate of {subject}: {}", list(tried))]
    NoEvidence {
        /// Whose certificate.
        subject: String,
        /// Each address and what came of it; empty where the certificate names none.
        tried: Vec<Attempt>,
    },
    /// A signature was prepared with room for a time-stamp, and comes without.
    #[error("a signature at the level {0} needs a time-stamp")]
    NoToken(Level),
    /// The document is not the one that the signature was prepared for.
    #[error("the signature was prepared for a file with the digest {expected}, not {found}")]
    OtherHead {
        /// Digest of the file it was prepared for.
        expected: Sha256,
        /// Digest of the file at hand.
        found: Sha256,
    },
    /// The PDF cannot be read or added to.
    #[error(transparent)]
    Pdf(#[from] pdf::Error),
    /// A signature that was prepared and kept does not fit its document.
    #[error("the prepared signature was changed")]
    PreparedChanged,
    /// What was kept of a prepared signature cannot be read.
    #[error("the prepared signature cannot be read")]
    PreparedFormat(#[from] serde_json::Error),
    /// The certificate is for something else.
    #[error("the certificate of {subject} is only for {purposes}")]
    Purpose {
        /// Whose certificate.
        subject: String,
        /// What it is for.
        purposes: String,
    },
    /// A certificate was revoked before it signed.
    #[error("the certificate of {subject} was revoked at {} ({reason})", utc(at))]
    Revoked {
        /// Whose certificate.
        subject: String,
        /// When it was revoked.
        at: DateTime<Utc>,
        /// The reason that its issuer gives (RFC 5280 §5.3.1).
        reason: &'static str,
    },
    /// A signature of the document is not right.
    #[error("the signature in the field {field} is not one of this document by {subject}")]
    SignatureOther {
        /// The field's name.
        field: String,
        /// Who should have signed.
        subject: String,
    },
    /// A time-stamp of the document is not right.
    #[error("the time-stamp in the field {field} does not hold: {cause}")]
    TimeStamp {
        /// The field's name.
        field: String,
        /// What is wrong with it.
        cause: TimeStampError,
    },
    /// The time-stamp is one for something else.
    #[error("the time-stamp is not one of this signature")]
    TokenOther,
    /// The time-stamp outgrows the room that was left for it.
    #[error(
        "the authority's time-stamp has {size} bytes, more than the {room} that there is room for; \
         another authority is needed"
    )]
    TokenSize {
        /// The token's bytes.
        size: usize,
        /// The bytes that there is room for.
        room: usize,
    },
    /// The time-stamp proves a time at which the signer's certificate was not valid.
    #[error(
        "the time-stamp is of {}; the certificate of {subject} is valid from {} to {}",
        utc(at),
        utc(not_before),
        utc(not_after)
    )]
    TokenTime {
        /// Whose certificate.
        subject: String,
        /// The first instant of its validity.
        not_before: DateTime<Utc>,
        /// The last instant of its validity.
        not_after: DateTime<Utc>,
        /// The time of the time-stamp.
        at: DateTime<Utc>,
    },
    /// No chain leads from a certificate to an accepted authority.
    #[error("no chain leads from the certificate of {subject} to an accepted authority: {cause}")]
    Untrusted {
        /// Whose certificate.
        subject: String,
        /// What stands in the way.
        cause: PathError,
    },
    /// The value that a key or a signing service gave is not a signature of this document.
    #[error("the signature value is not one by the key of {subject} for this document")]
    WrongSignature {
        /// Whose key it should be.
        subject: String,
    },
}

/// An address that was asked for evidence, and why that gave none.
#[derive(Debug)]
pub struct Attempt {
    /// The address, or what stands for it.
    pub url: String,
    /// Why not.
    pub cause: EvidenceError,
}

/// Why no chain leads to an anchor.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathError(pub(super) webpki::Error);

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            webpki::Error::CaUsedAsEndEntity => "it is itself an authority's",
            webpki::Error::CertExpired { .. } => "a certificate of the chain has expired",
            webpki::Error::CertNotValidYet { .. } => "a certificate of the chain is not valid yet",
            webpki::Error::EndEntityUsedAsCa => "its issuer is not an authority",
            webpki::Error::InvalidSignatureForPublicKey => "a signature of the chain is wrong",
            webpki::Error::RequiredEkuNotFoundContext(_) => "an authority may not issue such ones",
            webpki::Error::UnknownIssuer => "no accepted authority issued it, nor its issuer",
            webpki::Error::UnsupportedSignatureAlgorithmContext(_)
            | webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
                "an algorithm of the chain is not accepted"
            }
            other => return write!(f, "{other:?}"),
        })
    }
}

/// Why an answer on revocation is no evidence.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// It has a critical extension that is not read.
    #[error("the answer has the critical extension {0}, which is not read")]
    Extension(ObjectIdentifier),
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It is not what it should be.
    #[error("the answer is not in order")]
    Garbage,
    /// It says nothing about the certificate.
    #[error("the answer is about another certificate")]
    OtherCertificate,
    /// The responder declines.
    #[error("the responder answers {0}")]
    Refused(&'static str),
    /// It limits itself in a way that is not read.
    #[error("the list is limited in a way that is not read")]
    Scope,
    /// Its signature is wrong, or by one who may not.
    #[error("the answer is not signed by one who may")]
    Signature,
    /// It is too old, or from the future.
    #[error(
        "the answer is of {}, which does not cover {}",
        utc(this_update),
        utc(at)
    )]
    Stale {
        /// When it was known to be right.
        this_update: DateTime<Utc>,
        /// The time that was asked for.
        at: DateTime<Utc>,
    },
    /// The responder does not know the certificate.
    #[error("the responder does not know the certificate")]
    Unknown,
}

/// Why something could not be fetched, as the one who fetches tells it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FetchError(Box<dyn std::error::Error + Send + Sync>);

impl FetchError {
    /// Takes over the cause.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A certificate or its key is not one that can sign.
    #[error(transparent)]
    Certificate(#[from] Error),
    /// The device that holds the key failed.
    #[error("the device of the key failed: {0}")]
    Device(Box<dyn std::error::Error + Send + Sync>),
    /// The file of the key cannot be read.
    #[error("the key cannot be read: {what}")]
    Format {
        /// What is wrong with it.
        what: &'static str,
    },
    /// Key and certificate do not belong together.
    #[error("the private key does not belong to the certificate of {subject}")]
    Mismatch {
        /// Whose certificate.
        subject: String,
    },
    /// There is no certificate to the key.
    #[error("there is no certificate to the key {key}")]
    NoCertificate {
        /// The key's name, or what it is.
        key: String,
    },
    /// There is no private key, or none of that name.
    #[error("{}", no_key(present))]
    NoKey {
        /// The names of those that there are.
        present: Vec<String>,
    },
    /// The passphrase is wrong.
    #[error("the passphrase is wrong")]
    Passphrase,
    /// The file is encrypted, and no passphrase was given.
    #[error("the key is encrypted, and there is no passphrase")]
    PassphraseMissing,
    /// The PIN is wrong.
    #[error("the PIN is wrong{tries}")]
    PinIncorrect {
        /// How many tries remain.
        tries: Tries,
    },
    /// The PIN was wrong too often.
    #[error("the PIN is locked")]
    PinLocked,
    /// There are several private keys, and none was chosen.
    #[error("there are several private keys: {}", listed(.names))]
    SeveralKeys {
        /// Their names.
        names: Vec<String>,
    },
    /// The key did not sign.
    #[error("the key did not sign")]
    Sign,
}

/// How many tries a device leaves for a PIN, as far as it tells (PKCS#11 §4.4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tries {
    /// Fewer than at first (`CKF_USER_PIN_COUNT_LOW`).
    Few,
    /// One (`CKF_USER_PIN_FINAL_TRY`).
    Last,
    /// As many as this.
    Left(u32),
    /// The device does not tell.
    Unknown,
}

/// Why an answer of a time-stamping authority is not used.
#[derive(Debug, thiserror::Error)]
pub enum TimeStampError {
    /// The token's certificate is not marked as its signer's.
    #[error("the time-stamp does not name its certificate")]
    CertificateId,
    /// The answer, or the token in it, is not in order.
    #[error("the answer is not a time-stamp response")]
    Garbage,
    /// The token is for other bytes.
    #[error("the time-stamp is one of something else: its imprint is not ours")]
    Imprint,
    /// The token holds no certificate of its signer.
    #[error("the time-stamp lacks the certificate of its signer")]
    NoCertificate,
    /// The token answers another request.
    #[error("the time-stamp answers another request: its nonce is not ours")]
    Nonce,
    /// The certificate is not one for time-stamping only.
    #[error("the certificate of {authority} is not one for time-stamping only")]
    Purpose {
        /// Whose certificate.
        authority: String,
    },
    /// The authority declines.
    #[error("the authority refuses: {status}")]
    Refused {
        /// What it says.
        status: String,
    },
    /// The token's signature is wrong.
    #[error("the signature of the time-stamp is wrong")]
    Signature,
    /// No chain leads to an accepted authority.
    #[error("the time-stamping authority {authority} is not an accepted one: {cause}")]
    Untrusted {
        /// Whose certificate.
        authority: String,
        /// What stands in the way.
        cause: PathError,
    },
    /// The token is of another version, or lacks what the version asks for.
    #[error("the time-stamp is of a version that is not read")]
    Version,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", shown(&self.url), self.cause)
    }
}

impl fmt::Display for Tries {
    /// Writes what follows "the PIN is wrong".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Few => f.write_str("; few tries remain"),
            Self::Last => f.write_str("; one try remains before it is locked"),
            Self::Left(1) => f.write_str("; 1 try remains before it is locked"),
            Self::Left(tries) => write!(f, "; {tries} tries remain before it is locked"),
            Self::Unknown => f.write_str("; the device does not tell how many tries remain"),
        }
    }
}

fn list(attempts: &[Attempt]) -> String {
    if attempts.is_empty() {
        return "it names no address to ask".to_owned();
    }
    let attempts: Vec<_> = attempts.iter().map(Attempt::to_string).collect();
    attempts.join("; ")
}

fn utc(instant: &DateTime<Utc>) -> impl fmt::Display {
    instant.format("%Y-%m-%d %H:%M:%S UTC")
}

fn no_key(present: &[String]) -> String {
    if present.is_empty() {
        return "there is no private key".to_owned();
    }
    format!("there is no such private key; there is {}", listed(present))
}

fn listed(names: &[String]) -> String {
    names.join(", ")
}
