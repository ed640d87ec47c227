//! Algorithms of foreign signatures: which one it is, and whether a value is right under it.
//!
//! Whatever can be computed is, the weak ones too; [`SignatureAlgorithm`] says what it was, and
//! those who judge say whether that is good enough (ETSI TS 119 312).

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use der::asn1::ObjectIdentifier;
use der::oid::db::rfc5912;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::algorithm::has_no_parameters;
use super::asn1::PssParameters;
use super::curve::Curve;
use super::{HashFunction, arithmetic};

/// How a value is made from a digest.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Scheme {
    /// DSA (FIPS 186-4).
    Dsa {
        /// Length of the modulus in bits.
        bits: u32,
    },
    /// ECDSA (FIPS 186-5).
    Ecdsa {
        /// The curve of the key.
        curve: Curve,
    },
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1 {
        /// Length of the modulus in bits.
        bits: u32,
    },
    /// RSASSA-PSS (RFC 8017 §8.1).
    RsaPss {
        /// Length of the modulus in bits.
        bits: u32,
        /// The hash function of the mask.
        mask: HashFunction,
        /// Length of the salt in bytes.
        salt_bytes: usize,
    },
}

/// The algorithm of a foreign signature: the scheme with the length of its key, and the hash.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct SignatureAlgorithm {
    /// How the value is made from a digest.
    pub scheme: Scheme,
    /// The hash function.
    pub hash: HashFunction,
}

/// Why the algorithm of a foreign signature cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AlgorithmFault {
    /// The hash function that the algorithm names is not the one that the digest was made with.
    #[error("the signature algorithm and the digest name different hash functions")]
    Hash,
    /// The algorithm is for another kind of key.
    #[error("the signature algorithm does not fit the key")]
    Key,
    /// The algorithm or its parameters are not known.
    #[error("the signature algorithm is not known")]
    Unknown,
}

/// What a value signs.
#[derive(Clone, Copy, Debug)]
pub enum SignedContent<'a> {
    /// Only the digest of a message, under the algorithm's hash function.
    Digest(&'a [u8]),
    /// The message.
    Message(&'a [u8]),
}

impl SignatureAlgorithm {
    /// Tells the algorithm of a signature from the key and from the identifier beside the value.
    ///
    /// `digest` is the hash function that the content was hashed with; in a CMS, identifiers such as
    /// `rsaEncryption` do not name one, and those that do must name the same.
    ///
    /// # Errors
    ///
    /// Fails for what is not known and for what does not fit together.
    pub fn read(
        key: &SubjectPublicKeyInfoOwned,
        identifier: &AlgorithmIdentifierOwned,
        digest: Option<HashFunction>,
    ) -> Result<Self, AlgorithmFault> {
        if identifier.oid == rfc5912::ID_RSASSA_PSS {
            return pss(key, identifier, digest);
        }
        if !has_no_parameters(identifier) {
            return Err(AlgorithmFault::Unknown);
        }
        let (family, named) = FAMILIES
            .iter()
            .find(|(oid, _, _)| *oid == identifier.oid)
            .map(|(_, family, hash)| (*family, *hash))
            .ok_or(AlgorithmFault::Unknown)?;
        let hash = match (named, digest) {
            (Some(named), Some(digest)) if named != digest => return Err(AlgorithmFault::Hash),
            (Some(hash), _) | (None, Some(hash)) => hash,
            (None, None) => return Err(AlgorithmFault::Unknown),
        };
        let scheme = match (family, key.algorithm.oid) {
            (Family::Dsa, ID_DSA) => {
                let bits = arithmetic::dsa_bits(key).ok_or(AlgorithmFault::Key)?;
                Scheme::Dsa { bits }
            }
            (Family::Ecdsa, rfc5912::ID_EC_PUBLIC_KEY) => {
                let curve = Curve::of(key).ok_or(AlgorithmFault::Unknown)?;
                Scheme::Ecdsa { curve }
            }
            (Family::Ed25519, ED25519) => Scheme::Ed25519,
            (Family::Rsa, rfc5912::RSA_ENCRYPTION) => {
                let bits = arithmetic::rsa_bits(key).ok_or(AlgorithmFault::Key)?;
                Scheme::RsaPkcs1 { bits }
            }
            _ => return Err(AlgorithmFault::Key),
        };
        Ok(Self { scheme, hash })
    }

    /// Tells whether the value, as a CMS or a certificate carries it, signs what is given.
    ///
    /// Ed25519 signs messages only: with a digest the answer is no.
    #[must_use]
    pub fn verifies(
        self,
        key: &SubjectPublicKeyInfoOwned,
        signed: SignedContent<'_>,
        value: &[u8],
    ) -> bool {
        let Some(bits) = key.subject_public_key.as_bytes() else {
            return false;
        };
        if self.scheme == Scheme::Ed25519 {
            let SignedContent::Message(message) = signed else {
                return false;
            };
            let key = UnparsedPublicKey::new(&signature::ED25519, bits);
            return key.verify(message, value).is_ok();
        }
        let made;
        let digest = match signed {
            SignedContent::Digest(digest) => digest,
            SignedContent::Message(message) => {
                made = self.hash.digest(&[message]);
                &made
            }
        };
        if digest.len() != self.hash.digest_bytes() {
            return false;
        }
        let written;
        let bits = match self.scheme {
            Scheme::RsaPkcs1 { .. } | Scheme::RsaPss { .. } => {
                let Some(key) = arithmetic::rsa_key(bits) else {
                    return false;
                };
                written = key;
                written.as_ref()
            }
            Scheme::Dsa { .. } | Scheme::Ecdsa { .. } | Scheme::Ed25519 => bits,
        };
        match self.scheme {
            Scheme::Dsa { .. } => arithmetic::is_dsa(key, digest, value),
            Scheme::Ecdsa { curve } => is_ecdsa(curve, bits, digest, value),
            Scheme::Ed25519 => false,
            Scheme::RsaPkcs1 { bits: length } => match self.well_kept(length) {
                Some((algorithm, hash)) => is_right(algorithm, hash, bits, digest, value),
                None => arithmetic::is_pkcs1(bits, self.hash, digest, value),
            },
            Scheme::RsaPss {
                bits: length,
                mask,
                salt_bytes,
            } => {
                let is_usual = mask == self.hash && salt_bytes == self.hash.digest_bytes();
                match self.well_kept(length).filter(|_| is_usual) {
                    Some((algorithm, hash)) => is_right(algorithm, hash, bits, digest, value),
                    None => arithmetic::is_pss(bits, (self.hash, mask, salt_bytes), digest, value),
                }
            }
        }
    }

    /// Returns the hash function that an identifier names, alone or in its parameters.
    pub(crate) fn hash_of(identifier: &AlgorithmIdentifierOwned) -> Option<HashFunction> {
        if identifier.oid == rfc5912::ID_RSASSA_PSS {
            return pss_parameters(identifier).map(|(hash, _, _)| hash);
        }
        let family = FAMILIES.iter().find(|(oid, _, _)| *oid == identifier.oid);
        family.and_then(|(_, _, hash)| *hash)
    }

    /// Returns the length of the key in bits, as ETSI TS 119 312 counts it.
    #[must_use]
    pub fn key_bits(self) -> u32 {
        match self.scheme {
            Scheme::Dsa { bits } | Scheme::RsaPkcs1 { bits } | Scheme::RsaPss { bits, .. } => bits,
            Scheme::Ecdsa { curve } => curve.bits(),
            Scheme::Ed25519 => 256,
        }
    }

    /// Returns what aws-lc has for RSA of that length.
    fn well_kept(
        self,
        bits: u32,
    ) -> Option<(
        &'static dyn VerificationAlgorithm,
        &'static digest::Algorithm,
    )> {
        let is_pss = matches!(self.scheme, Scheme::RsaPss { .. });
        Some(match (is_pss, self.hash, bits) {
            (false, HashFunction::Sha1, 1024..=8192) => (
                &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
                &digest::SHA1_FOR_LEGACY_USE_ONLY,
            ),
            (false, HashFunction::Sha256, 1024..=8192) => (
                &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
                &digest::SHA256,
            ),
            (false, HashFunction::Sha384, 2048..=8192) => {
                (&signature::RSA_PKCS1_2048_8192_SHA384, &digest::SHA384)
            }
            (false, HashFunction::Sha512, 1024..=8192) => (
                &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
                &digest::SHA512,
            ),
            (true, HashFunction::Sha256, 2048..=8192) => {
                (&signature::RSA_PSS_2048_8192_SHA256, &digest::SHA256)
            }
            (true, HashFunction::Sha384, 2048..=8192) => {
                (&signature::RSA_PSS_2048_8192_SHA384, &digest::SHA384)
            }
            (true, HashFunction::Sha512, 2048..=8192) => {
                (&signature::RSA_PSS_2048_8192_SHA512, &digest::SHA512)
            }
            _ => return None,
        })
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scheme {
            Scheme::Dsa { bits } => write!(f, "DSA-{bits}, {}", self.hash),
            Scheme::Ecdsa { curve } => write!(f, "ECDSA {curve}, {}", self.hash),
            Scheme::Ed25519 => f.write_str("Ed25519"),
            Scheme::RsaPkcs1 { bits } => write!(f, "RSA-{bits} PKCS #1 v1.5, {}", self.hash),
            Scheme::RsaPss { bits, .. } => write!(f, "RSA-{bits} PSS, {}", self.hash),
        }
    }
}

/// Reads the parameters of RFC 4055 §3.1, and keeps to those of the key (§1.2).
fn pss(
    key: &SubjectPublicKeyInfoOwned,
    identifier: &AlgorithmIdentifierOwned,
    digest: Option<HashFunction>,
) -> Result<SignatureAlgorithm, AlgorithmFault> {
    let (hash, mask, salt_bytes) = pss_parameters(identifier).ok_or(AlgorithmFault::Unknown)?;
    if digest.is_some_and(|digest| digest != hash) {
        return Err(AlgorithmFault::Hash);
    }
    match key.algorithm.oid {
        rfc5912::RSA_ENCRYPTION => {}
        rfc5912::ID_RSASSA_PSS if key.algorithm.parameters.is_none() => {}
        // RFC 4055 §3.3: hash and mask are the key's, the salt is at least as long.
        rfc5912::ID_RSASSA_PSS => {
            let asked = pss_parameters(&key.algorithm).ok_or(AlgorithmFault::Unknown)?;
            if (asked.0, asked.1) != (hash, mask) || salt_bytes < asked.2 {
                return Err(AlgorithmFault::Key);
            }
        }
        _ => return Err(AlgorithmFault::Key),
    }
    let bits = arithmetic::rsa_bits(key).ok_or(AlgorithmFault::Key)?;
    let scheme = Scheme::RsaPss {
        bits,
        mask,
        salt_bytes,
    };
    Ok(SignatureAlgorithm { scheme, hash })
}

fn pss_parameters(
    identifier: &AlgorithmIdentifierOwned,
) -> Option<(HashFunction, HashFunction, usize)> {
    let parameters: PssParameters = identifier.parameters.as_ref()?.decode_as().ok()?;
    let named = |hash: &AlgorithmIdentifierOwned| {
        let hash = Some(hash).filter(|hash| has_no_parameters(hash))?;
        HashFunction::from_oid(hash.oid)
    };
    let hash = parameters.hash.as_ref();
    let hash = hash.map_or(Some(HashFunction::Sha1), named)?;
    let mask = match &parameters.mask {
        None => HashFunction::Sha1,
        Some(mask) if mask.oid == rfc5912::ID_MGF_1 => {
            let inner = mask.parameters.as_ref()?;
            named(&inner.decode_as::<AlgorithmIdentifierOwned>().ok()?)?
        }
        Some(_) => return None,
    };
    let salt_bytes = usize::try_from(parameters.salt_length.unwrap_or(20)).ok()?;
    // RFC 4055 §3.1: 1 is the only one.
    (parameters.trailer.unwrap_or(1) == 1).then_some((hash, mask, salt_bytes))
}

fn is_ecdsa(curve: Curve, point: &[u8], digest: &[u8], value: &[u8]) -> bool {
    let (algorithm, hash): (&'static dyn VerificationAlgorithm, _) = match curve {
        Curve::P256 => (&signature::ECDSA_P256_SHA256_ASN1, &digest::SHA256),
        Curve::P384 => (&signature::ECDSA_P384_SHA384_ASN1, &digest::SHA384),
        Curve::P521 => (&signature::ECDSA_P521_SHA512_ASN1, &digest::SHA512),
        _ => return curve.is_signed(point, digest, value),
    };
    // FIPS 186-5 §6.4.2: of a digest longer than the order the first bits count; a shorter one is
    // the same number with zeros before it.
    let wanted = hash.output_len;
    let mut number = vec![0; wanted.saturating_sub(digest.len())];
    number.extend(digest.iter().take(wanted));
    is_right(algorithm, hash, point, &number, value)
}

fn is_right(
    algorithm: &'static dyn VerificationAlgorithm,
    hash: &'static digest::Algorithm,
    key: &[u8],
    digest: &[u8],
    value: &[u8],
) -> bool {
    let Ok(digest) = digest::Digest::import_less_safe(digest, hash) else {
        return false;
    };
    let key = UnparsedPublicKey::new(algorithm, key);
    key.verify_digest(&digest, value).is_ok()
}

#[derive(Clone, Copy)]
enum Family {
    Dsa,
    Ecdsa,
    Ed25519,
    Rsa,
}

/// The identifiers of RFC 3279, 3370, 4055, 5754, 5758, 8410 and 8702, and of the registry of NIST;
/// of those without a hash function, it is the one that the content was hashed with.
const FAMILIES: [(ObjectIdentifier, Family, Option<HashFunction>); 27] = {
    use Family::{Dsa, Ecdsa, Ed25519, Rsa};
    use HashFunction::{Md5, Sha1, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512};
    const fn oid(text: &str) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(text)
    }
    [
        (ID_DSA, Dsa, None),
        (oid("1.2.840.10040.4.3"), Dsa, Some(Sha1)),
        (oid("2.16.840.1.101.3.4.3.1"), Dsa, Some(Sha224)),
        (oid("2.16.840.1.101.3.4.3.2"), Dsa, Some(Sha256)),
        (oid("2.16.840.1.101.3.4.3.3"), Dsa, Some(Sha384)),
        (oid("2.16.840.1.101.3.4.3.4"), Dsa, Some(Sha512)),
        (rfc5912::ID_EC_PUBLIC_KEY, Ecdsa, None),
        (oid("1.2.840.10045.4.1"), Ecdsa, Some(Sha1)),
        (rfc5912::ECDSA_WITH_SHA_224, Ecdsa, Some(Sha224)),
        (rfc5912::ECDSA_WITH_SHA_256, Ecdsa, Some(Sha256)),
        (rfc5912::ECDSA_WITH_SHA_384, Ecdsa, Some(Sha384)),
        (rfc5912::ECDSA_WITH_SHA_512, Ecdsa, Some(Sha512)),
        (oid("2.16.840.1.101.3.4.3.10"), Ecdsa, Some(Sha3_256)),
        (oid("2.16.840.1.101.3.4.3.11"), Ecdsa, Some(Sha3_384)),
        (oid("2.16.840.1.101.3.4.3.12"), Ecdsa, Some(Sha3_512)),
        // RFC 8419 §3: with SHA-512.
        (ED25519, Ed25519, Some(Sha512)),
        (rfc5912::RSA_ENCRYPTION, Rsa, None),
        (oid("1.2.840.113549.1.1.4"), Rsa, Some(Md5)),
        (oid("1.2.840.113549.1.1.5"), Rsa, Some(Sha1)),
        (oid("1.3.14.3.2.29"), Rsa, Some(Sha1)),
        (rfc5912::SHA_224_WITH_RSA_ENCRYPTION, Rsa, Some(Sha224)),
        (rfc5912::SHA_256_WITH_RSA_ENCRYPTION, Rsa, Some(Sha256)),
        (rfc5912::SHA_384_WITH_RSA_ENCRYPTION, Rsa, Some(Sha384)),
        (rfc5912::SHA_512_WITH_RSA_ENCRYPTION, Rsa, Some(Sha512)),
        (oid("2.16.840.1.101.3.4.3.14"), Rsa, Some(Sha3_256)),
        (oid("2.16.840.1.101.3.4.3.15"), Rsa, Some(Sha3_384)),
        (oid("2.16.840.1.101.3.4.3.16"), Rsa, Some(Sha3_512)),
    ]
};

/// RFC 8410 §3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// RFC 3279 §2.3.2.
pub(super) const ID_DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");
