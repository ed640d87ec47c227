//! The two steps around a key: prepare, which gives what is to be signed, and finish.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Algorithm, Certificate, Chain, Error, Head, Token, signed_data};
use crate::agreement::{Level, Sha256};
use crate::pdf;

/// A signature that lacks its value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Prepared {
    algorithm: Algorithm,
    chain: Chain,
    head: Sha256,
    level: Level,
    /// The signed attributes in DER.
    message: Vec<u8>,
    update: pdf::Update,
}

/// What is appended to a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signed {
    /// The bytes to append.
    pub tail: Vec<u8>,
    /// Digest of the whole document with them.
    pub digest: Sha256,
    /// Length of the whole document with them, in bytes.
    pub size_bytes: usize,
}

/// Prepares a signature in a field of the document.
///
/// The place for the CMS gets as many bytes as this chain, this algorithm and (at any level but
/// B-B) a time-stamp may need, or `reserve_bytes` of the entries if that is more.
///
/// # Errors
///
/// Fails where the field cannot be signed, and for a key that the algorithm does not fit.
pub fn prepare(
    head: &Head<'_>,
    entries: &pdf::SignatureEntries<'_>,
    chain: &Chain,
    algorithm: Algorithm,
    level: Level,
) -> Result<Prepared, Error> {
    let kind = chain.signer().key_kind()?;
    if !algorithm.fits(kind) {
        return Err(Error::KeyUnsupported(kind.to_string()));
    }
    let entries = pdf::SignatureEntries {
        reserve_bytes: entries
            .reserve_bytes
            .max(needed_bytes(chain, algorithm, level)?),
        ..*entries
    };
    let update = pdf::signature_update(head.bytes(), &entries)?;
    let digest = head.digest_under(algorithm, &update.covered());
    Ok(Prepared {
        algorithm,
        chain: chain.clone(),
        head: head.digest(),
        level,
        message: signed_data::signed_attributes(&digest, chain.signer()).map_err(unwritable)?,
        update,
    })
}

/// Puts the value, and the time-stamp if there is one, where they were prepared for.
///
/// `value` is what [`Prepared::checked_value`] takes.
///
/// # Errors
///
/// Fails for a value by another key or for another document, for a level that needs a time-stamp
/// and has none, for a time-stamp of something else or of a time at which the signer's certificate
/// is not valid, and where the CMS outgrows its place.
pub fn finish(
    head: &Head<'_>,
    prepared: Prepared,
    value: &[u8],
    token: Option<&Token>,
) -> Result<Signed, Error> {
    let found = head.digest();
    if prepared.head != found {
        return Err(Error::OtherHead {
            expected: prepared.head,
            found,
        });
    }
    // What was kept outside between the two steps is trusted for nothing that can be computed.
    let signer = prepared.chain.signer();
    let digest = head.digest_under(prepared.algorithm, &prepared.update.covered());
    if signed_data::signed_attributes(&digest, signer).map_err(unwritable)? != prepared.message {
        return Err(Error::PreparedChanged);
    }
    let value = prepared.checked_value(value)?;
    if prepared.level != Level::B && token.is_none() {
        return Err(Error::NoToken(prepared.level));
    }
    if token.is_some_and(|token| token.imprint() != Sha256::of(&value)) {
        return Err(Error::TokenOther);
    }
    // Judges take the time-stamp's time as the signature's.
    if let Some(at) = token.map(Token::at)
        && (at < signer.not_before() || at > signer.not_after())
    {
        return Err(Error::TokenTime {
            subject: signer.subject(),
            not_before: signer.not_before(),
            not_after: signer.not_after(),
            at,
        });
    }
    let cms = signed_data::signed_data(
        &prepared.chain,
        prepared.algorithm,
        &prepared.message,
        &value,
        token.map(Token::der),
    )
    .map_err(unwritable)?;
    check_room(&prepared.update, cms.len(), token)?;
    Signed::new(head, prepared.update, &cms)
}

impl Prepared {
    /// Returns what is to be signed: the DER of the signed attributes.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// Returns the digest of what is to be signed under the algorithm's hash function, which is all
    /// that leaves for a signing service.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        self.algorithm.digest(&self.message)
    }

    /// Returns how the key is to sign.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the signer's certificate and those of its issuers.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Returns the certificate of the key that is to sign.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        self.chain.signer()
    }

    /// Returns the digest of the document that the signature is prepared for.
    #[must_use]
    pub fn head(&self) -> Sha256 {
        self.head
    }

    /// Returns the level that the signature is to have.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Returns the value as a CMS carries it, which is what a time-stamp must be over; for ECDSA
    /// the two plain numbers are taken too.
    ///
    /// # Errors
    ///
    /// Fails for a value that the certificate's key did not make of this message.
    pub fn checked_value(&self, value: &[u8]) -> Result<Vec<u8>, Error> {
        let signer = self.chain.signer();
        if signer.verifies(self.algorithm, &self.message, value) {
            return Ok(value.to_vec());
        }
        self.algorithm
            .ecdsa_value(value)
            .filter(|value| signer.verifies(self.algorithm, &self.message, value))
            .ok_or_else(|| Error::WrongSignature {
                subject: signer.subject(),
            })
    }

    /// Returns all of it as text, to be kept until the value comes.
    ///
    /// # Errors
    ///
    /// Fails where the text cannot be written.
    pub fn to_json(&self) -> Result<String, Error> {
        let certificates = self.chain.certificates().iter();
        let kept = Kept {
            algorithm: self.algorithm,
            certificates: certificates
                .map(|certificate| STANDARD.encode(certificate.der()))
                .collect(),
            contents: (self.update.contents.start, self.update.contents.end),
            format: FORMAT.to_owned(),
            head: self.head,
            level: self.level,
            message: STANDARD.encode(&self.message),
            tail: STANDARD.encode(&self.update.tail),
        };
        Ok(serde_json::to_string(&kept)?)
    }

    /// Reads what [`Prepared::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// Fails for anything else.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let kept: Kept = serde_json::from_str(json)?;
        let bytes = |text: &String| STANDARD.decode(text).map_err(|_| Error::PreparedChanged);
        let certificates: Vec<_> = kept
            .certificates
            .iter()
            .map(|text| Certificate::from_der(&bytes(text)?))
            .collect::<Result<_, _>>()?;
        let signer = certificates.first().ok_or(Error::PreparedChanged)?;
        let update = pdf::Update {
            tail: bytes(&kept.tail)?,
            contents: kept.contents.0..kept.contents.1,
        };
        if kept.format != FORMAT || update.tail.get(update.contents.clone()).is_none() {
            return Err(Error::PreparedChanged);
        }
        Ok(Self {
            algorithm: kept.algorithm,
            chain: Chain::new(signer.clone(), &certificates),
            head: kept.head,
            level: kept.level,
            message: bytes(&kept.message)?,
            update,
        })
    }
}

impl Signed {
    /// Fills the place in an update and hashes the whole.
    pub(super) fn new(
        head: &Head<'_>,
        update: pdf::Update,
        contents: &[u8],
    ) -> Result<Self, Error> {
        let tail = update.fill(contents)?;
        Ok(Self {
            digest: head.digest_with(&[&tail]),
            size_bytes: head.bytes().len().saturating_add(tail.len()),
            tail,
        })
    }
}

/// Refuses a time-stamp that makes the contents, with all that is around it, outgrow their place.
pub(super) fn check_room(
    update: &pdf::Update,
    contents_bytes: usize,
    token: Option<&Token>,
) -> Result<(), Error> {
    let room = update.contents.len() / 2;
    match token.map(|token| token.der().len()) {
        Some(size) if contents_bytes > room => Err(Error::TokenSize {
            size,
            room: room.saturating_sub(contents_bytes.saturating_sub(size)),
        }),
        _ => Ok(()),
    }
}

/// What is kept between the two steps; bytes are in base64.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    algorithm: Algorithm,
    certificates: Vec<String>,
    contents: (usize, usize),
    format: String,
    head: Sha256,
    level: Level,
    message: String,
    tail: String,
}

/// Returns the most bytes that the CMS can have: made with a value as long as they come, and room
/// for a time-stamp.
fn needed_bytes(chain: &Chain, algorithm: Algorithm, level: Level) -> Result<usize, Error> {
    let signer = chain.signer();
    let message =
        signed_data::signed_attributes(&algorithm.digest(&[]), signer).map_err(unwritable)?;
    let value = vec![0; algorithm.value_bytes(signer.key_kind()?)];
    let cms =
        signed_data::signed_data(chain, algorithm, &message, &value, None).map_err(unwritable)?;
    let token = if level == Level::B {
        0
    } else {
        signed_data::time_stamp_overhead().saturating_add(TOKEN_BYTES)
    };
    Ok(cms.len().saturating_add(token))
}

/// The types of a CMS have no bytes that cannot be written, but for sizes beyond 256 MB.
fn unwritable(_: der::Error) -> Error {
    Error::Malformed { what: "signature" }
}

/// Names the format of what is kept, and its version.
const FORMAT: &str = "sigill-prepared-1";

/// Room for a time-stamp token. One with an ECDSA key and its certificate has 1 to 2 KB, one with
/// RSA-4096 and two authorities 6 KB.
pub(super) const TOKEN_BYTES: usize = 8192;
