//! Hash functions, as they are named in foreign signatures; which are good enough, others say.

use std::fmt;

use aws_lc_rs::digest;
use der::asn1::ObjectIdentifier;
use der::oid::db::rfc5912;
use md5::Digest as _;

/// A hash function.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum HashFunction {
    /// MD5 (RFC 1321).
    Md5,
    /// SHA-1 (FIPS 180-4), as the others to SHA-512.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA3-256 (FIPS 202), as the others of SHA3.
    Sha3_256,
    /// SHA3-384.
    Sha3_384,
    /// SHA3-512.
    Sha3_512,
}

/// A hash of what has come so far; a clone goes on by itself.
#[derive(Clone)]
pub struct Hasher(State);

impl HashFunction {
    /// Returns the function that an identifier names, be it as algorithm for a digest.
    #[must_use]
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        let found = NAMED.iter().find(|(known, _)| *known == oid);
        found.map(|(_, hash)| *hash)
    }

    /// Returns the identifier that names it.
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        let found = NAMED.iter().find(|(_, hash)| *hash == self);
        found.map_or(rfc5912::ID_SHA_256, |(oid, _)| *oid)
    }

    /// Returns the length of its digests in bytes.
    #[must_use]
    pub const fn digest_bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 | Self::Sha3_256 => 32,
            Self::Sha384 | Self::Sha3_384 => 48,
            Self::Sha512 | Self::Sha3_512 => 64,
        }
    }

    /// Begins a hash.
    #[must_use]
    pub fn hasher(self) -> Hasher {
        let algorithm = match self {
            Self::Md5 => return Hasher(State::Md5(md5::Md5::new())),
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha224 => &digest::SHA224,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
            Self::Sha3_256 => &digest::SHA3_256,
            Self::Sha3_384 => &digest::SHA3_384,
            Self::Sha3_512 => &digest::SHA3_512,
        };
        Hasher(State::Sha(digest::Context::new(algorithm)))
    }

    /// Returns the digest of the parts, one after the other.
    #[must_use]
    pub fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        let mut hasher = self.hasher();
        for part in parts {
            hasher.update(part);
        }
        hasher.finish()
    }
}

impl fmt::Display for HashFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Sha3_256 => "SHA3-256",
            Self::Sha3_384 => "SHA3-384",
            Self::Sha3_512 => "SHA3-512",
        })
    }
}

impl Hasher {
    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Md5(state) => state.update(bytes),
            State::Sha(state) => state.update(bytes),
        }
    }

    /// Returns the digest.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            State::Md5(state) => state.finalize().to_vec(),
            State::Sha(state) => state.finish().as_ref().to_vec(),
        }
    }
}

#[derive(Clone)]
enum State {
    Md5(md5::Md5),
    Sha(digest::Context),
}

const NAMED: [(ObjectIdentifier, HashFunction); 9] = [
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.2.5"),
        HashFunction::Md5,
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.14.3.2.26"),
        HashFunction::Sha1,
    ),
    (rfc5912::ID_SHA_224, HashFunction::Sha224),
    (rfc5912::ID_SHA_256, HashFunction::Sha256),
    (rfc5912::ID_SHA_384, HashFunction::Sha384),
    (rfc5912::ID_SHA_512, HashFunction::Sha512),
    (
        ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.8"),
        HashFunction::Sha3_256,
    ),
    (
        ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.9"),
        HashFunction::Sha3_384,
    ),
    (
        ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.10"),
        HashFunction::Sha3_512,
    ),
];
