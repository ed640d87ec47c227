//! Kinds of keys, and the algorithms that sign and check with them.

use std::fmt;

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use der::asn1::{AnyRef, ObjectIdentifier, UintRef};
use der::oid::db::rfc5912;
use der::{Any, Decode, Encode, Sequence};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::asn1::PssParameters;
use super::{Curve, Error, HashFunction, Scheme, SignatureAlgorithm, SignedContent};

/// What a public key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyKind {
    /// ECDSA on the curve P-256.
    EcP256,
    /// ECDSA on the curve P-384.
    EcP384,
    /// Edwards-curve signatures; told apart, but not used, see [`Algorithm::new`].
    Ed25519,
    /// RSA.
    Rsa {
        /// Length of the modulus in bits.
        bits: u32,
    },
}

/// How a signature is made (ETSI TS 119 312).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes.
    RsaPssSha256,
}

impl KeyKind {
    /// Tells what kind of key a certificate holds.
    pub(super) fn of(key: &SubjectPublicKeyInfoOwned) -> Result<Self, Error> {
        match key.algorithm.oid {
            rfc5912::ID_EC_PUBLIC_KEY => match curve(key) {
                Some(rfc5912::SECP_256_R_1) => Ok(Self::EcP256),
                Some(rfc5912::SECP_384_R_1) => Ok(Self::EcP384),
                Some(rfc5912::SECP_521_R_1) => Err(Error::KeyUnsupported("P-521".to_owned())),
                Some(other) => Err(Error::KeyUnsupported(format!("the curve {other}"))),
                None => Err(Error::KeyUnsupported("an unnamed curve".to_owned())),
            },
            rfc5912::RSA_ENCRYPTION => {
                let bits = modulus_bits(key).ok_or(Error::Malformed { what: "RSA key" })?;
                Ok(Self::Rsa { bits })
            }
            rfc5912::ID_RSASSA_PSS => {
                let what = "RSA restricted to PSS (id-RSASSA-PSS)";
                Err(Error::KeyUnsupported(what.to_owned()))
            }
            ED25519 => Ok(Self::Ed25519),
            other => Err(Error::KeyUnsupported(other.to_string())),
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EcP256 => f.write_str("P-256"),
            Self::EcP384 => f.write_str("P-384"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Rsa { bits } => write!(f, "RSA-{bits}"),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::EcdsaP256Sha256 => "ECDSA P-256, SHA-256",
            Self::EcdsaP384Sha384 => "ECDSA P-384, SHA-384",
            Self::RsaPkcs1Sha256 => "RSA PKCS #1 v1.5, SHA-256",
            Self::RsaPssSha256 => "RSA-PSS, SHA-256",
        })
    }
}

impl Algorithm {
    /// Returns the algorithm for a kind of key; `pss` chooses PSS for RSA and says nothing of
    /// others.
    ///
    /// # Errors
    ///
    /// Refuses Ed25519: readers on Poppler call such a signature damaged.
    pub fn new(kind: KeyKind, pss: bool) -> Result<Self, Error> {
        match kind {
            KeyKind::EcP256 => Ok(Self::EcdsaP256Sha256),
            KeyKind::EcP384 => Ok(Self::EcdsaP384Sha384),
            KeyKind::Ed25519 => Err(Error::KeyEd25519),
            KeyKind::Rsa { .. } if pss => Ok(Self::RsaPssSha256),
            KeyKind::Rsa { .. } => Ok(Self::RsaPkcs1Sha256),
        }
    }

    /// Returns the name of the hash function, as FIPS 180-4 writes it.
    #[must_use]
    pub fn digest_name(self) -> &'static str {
        match self {
            Self::EcdsaP384Sha384 => "SHA-384",
            Self::EcdsaP256Sha256 | Self::RsaPkcs1Sha256 | Self::RsaPssSha256 => "SHA-256",
        }
    }

    /// Returns the digest of a message under the algorithm's hash function, 32 or 48 bytes.
    #[must_use]
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::EcdsaP384Sha384 => sha2::Sha384::digest(message).to_vec(),
            Self::EcdsaP256Sha256 | Self::RsaPkcs1Sha256 | Self::RsaPssSha256 => {
                sha2::Sha256::digest(message).to_vec()
            }
        }
    }

    /// Tells whether the algorithm can be used with this kind of key.
    #[must_use]
    pub fn fits(self, kind: KeyKind) -> bool {
        match self {
            Self::EcdsaP256Sha256 => kind == KeyKind::EcP256,
            Self::EcdsaP384Sha384 => kind == KeyKind::EcP384,
            Self::RsaPkcs1Sha256 | Self::RsaPssSha256 => matches!(kind, KeyKind::Rsa { .. }),
        }
    }

    /// Returns the most bytes that a value has in a CMS.
    pub(super) fn value_bytes(self, kind: KeyKind) -> usize {
        match kind {
            // SEQUENCE of two INTEGERs, each with a leading zero.
            KeyKind::EcP256 | KeyKind::Ed25519 => 72,
            KeyKind::EcP384 => 104,
            KeyKind::Rsa { bits } => usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX),
        }
    }

    /// Returns the identifier of the hash function; its parameters are absent (RFC 5754 §2).
    pub(crate) fn digest_identifier(self) -> AlgorithmIdentifierOwned {
        let oid = match self {
            Self::EcdsaP384Sha384 => rfc5912::ID_SHA_384,
            Self::EcdsaP256Sha256 | Self::RsaPkcs1Sha256 | Self::RsaPssSha256 => {
                rfc5912::ID_SHA_256
            }
        };
        plain(oid)
    }

    /// Returns the identifier of the algorithm as `SignerInfo` carries it.
    pub(crate) fn identifier(self) -> der::Result<AlgorithmIdentifierOwned> {
        Ok(match self {
            Self::EcdsaP256Sha256 => plain(rfc5912::ECDSA_WITH_SHA_256),
            Self::EcdsaP384Sha384 => plain(rfc5912::ECDSA_WITH_SHA_384),
            // RFC 4055 §5: the parameters are NULL.
            Self::RsaPkcs1Sha256 => AlgorithmIdentifierOwned {
                oid: rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
                parameters: Some(Any::null()),
            },
            Self::RsaPssSha256 => {
                let hash = plain(rfc5912::ID_SHA_256);
                let mask = AlgorithmIdentifierOwned {
                    oid: rfc5912::ID_MGF_1,
                    parameters: Some(Any::encode_from(&hash)?),
                };
                let parameters = PssParameters {
                    hash: Some(hash),
                    mask: Some(mask),
                    salt_length: Some(32),
                    trailer: None,
                };
                AlgorithmIdentifierOwned {
                    oid: rfc5912::ID_RSASSA_PSS,
                    parameters: Some(Any::encode_from(&parameters)?),
                }
            }
        })
    }

    /// Tells whether the value, as a CMS carries it, signs the message.
    pub(super) fn verify(
        self,
        key: &SubjectPublicKeyInfoOwned,
        message: &[u8],
        value: &[u8],
    ) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self {
            Self::EcdsaP256Sha256 => &signature::ECDSA_P256_SHA256_ASN1,
            Self::EcdsaP384Sha384 => &signature::ECDSA_P384_SHA384_ASN1,
            Self::RsaPkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Self::RsaPssSha256 => &signature::RSA_PSS_2048_8192_SHA256,
        };
        let fits = KeyKind::of(key).is_ok_and(|kind| self.fits(kind));
        fits && is_valid(algorithm, key, message, value)
    }

    /// Returns the DER of an ECDSA signature (RFC 3279 §2.2.3) that is given as two plain numbers of
    /// equal length, as PKCS#11 and some signing services give it; `None` for another length.
    #[must_use]
    pub fn ecdsa_value(self, numbers: &[u8]) -> Option<Vec<u8>> {
        let length = match self {
            Self::EcdsaP256Sha256 => 32,
            Self::EcdsaP384Sha384 => 48,
            Self::RsaPkcs1Sha256 | Self::RsaPssSha256 => return None,
        };
        let (r, s) = numbers.split_at_checked(length)?;
        if s.len() != length {
            return None;
        }
        let numbers = EcdsaValue {
            r: UintRef::new(r).ok()?,
            s: UintRef::new(s).ok()?,
        };
        numbers.to_der().ok()
    }
}

/// Tells whether a foreign signature is right: of a certificate, a response or a token.
///
/// `digest` is the hash function where the identifier does not name it, as `rsaEncryption` in a
/// CMS. Algorithms with SHA-1 and RSA keys under 2,048 bits are never right.
pub(super) fn is_signed(
    key: &SubjectPublicKeyInfoOwned,
    algorithm: &AlgorithmIdentifierOwned,
    digest: Option<ObjectIdentifier>,
    message: &[u8],
    value: &[u8],
) -> bool {
    let digest = digest.and_then(HashFunction::from_oid);
    let Ok(found) = SignatureAlgorithm::read(key, algorithm, digest) else {
        return false;
    };
    let is_strong = match found.scheme {
        Scheme::Ecdsa { curve } => matches!(curve, Curve::P256 | Curve::P384 | Curve::P521),
        Scheme::Ed25519 => true,
        Scheme::RsaPkcs1 { bits } | Scheme::RsaPss { bits, .. } => (2048..=8192).contains(&bits),
        Scheme::Dsa { .. } => false,
    };
    let is_strong = is_strong && is_strong_hash(found.hash);
    is_strong && found.verifies(key, SignedContent::Message(message), value)
}

/// Returns the digest of the parts, one after the other, under a named hash function.
pub(super) fn digest(hash: ObjectIdentifier, parts: &[&[u8]]) -> Option<Vec<u8>> {
    let hash = HashFunction::from_oid(hash).filter(|hash| is_strong_hash(*hash))?;
    Some(hash.digest(parts))
}

fn is_strong_hash(hash: HashFunction) -> bool {
    use HashFunction::{Sha256, Sha384, Sha512};
    matches!(hash, Sha256 | Sha384 | Sha512)
}

/// RFC 3279 §2.2.3.
#[derive(Sequence)]
pub(super) struct EcdsaValue<'a> {
    pub(super) r: UintRef<'a>,
    pub(super) s: UintRef<'a>,
}

/// RFC 8017 §A.1.1.
#[derive(Sequence)]
pub(super) struct RsaPublicKey<'a> {
    pub(super) modulus: UintRef<'a>,
    pub(super) exponent: UintRef<'a>,
}

fn is_valid(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &SubjectPublicKeyInfoOwned,
    message: &[u8],
    value: &[u8],
) -> bool {
    let Some(key) = key.subject_public_key.as_bytes() else {
        return false;
    };
    let key = UnparsedPublicKey::new(algorithm, key);
    key.verify(message, value).is_ok()
}

/// Returns the name of a key's curve.
pub(crate) fn curve(key: &SubjectPublicKeyInfoOwned) -> Option<ObjectIdentifier> {
    key.algorithm.parameters.as_ref()?.decode_as().ok()
}

/// Returns the length of the modulus of an RSA key.
pub(crate) fn modulus_bits(key: &SubjectPublicKeyInfoOwned) -> Option<u32> {
    let bytes = key.subject_public_key.as_bytes()?;
    let key = RsaPublicKey::from_der(bytes).ok()?;
    let modulus = key.modulus.as_bytes();
    let first = modulus.first()?;
    let bits = u32::try_from(modulus.len()).ok()?.checked_mul(8)?;
    bits.checked_sub(first.leading_zeros())
}

fn plain(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid,
        parameters: None,
    }
}

/// Tells whether parameters are absent or NULL, as those of a hash function may be.
pub(super) fn has_no_parameters(algorithm: &AlgorithmIdentifierOwned) -> bool {
    let parameters = algorithm.parameters.as_ref().map(AnyRef::from);
    parameters.is_none_or(AnyRef::is_null)
}

/// RFC 8410 §3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
