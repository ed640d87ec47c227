//! Until when an algorithm is good enough.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use der::asn1::ObjectIdentifier;
use der::oid::db::{rfc5912, rfc8410};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::signature::{HashFunction, SignatureAlgorithm, algorithm, dsa_bits};

/// A kind of key with its strength.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum KeyUsed {
    /// DSA, by the bits of its prime.
    Dsa {
        /// Bits of p.
        bits: u32,
    },
    /// ECDSA, by the bits of its curve's order.
    Ec {
        /// Bits of the order.
        bits: u32,
    },
    /// `EdDSA` on either curve of RFC 8032.
    EdDsa,
    /// RSA.
    Rsa {
        /// Bits of the modulus.
        bits: u32,
    },
    /// A key that is not told apart: never good enough.
    Unknown,
}

/// What a signature was made with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Used {
    /// The key.
    pub(crate) key: KeyUsed,
    /// The hash function; `None` where it is not known, which is never good enough.
    pub(crate) hash: Option<ObjectIdentifier>,
}

/// Which algorithms are good enough, and until which day.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    /// By hash function, the last day.
    pub(crate) hashes: Vec<(ObjectIdentifier, NaiveDate)>,
    /// The least bits of an RSA modulus, and the last day of such a key. In ascending order.
    pub(crate) rsa: Vec<(u32, NaiveDate)>,
    /// The same of DSA.
    pub(crate) dsa: Vec<(u32, NaiveDate)>,
    /// The same of elliptic curves.
    pub(crate) curves: Vec<(u32, NaiveDate)>,
    /// The last day of `EdDSA`.
    pub(crate) edwards: NaiveDate,
}

/// An algorithm that was not good enough at a time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Weak {
    /// What was not good enough.
    pub(crate) what: String,
    /// The last day on which it was; `None` if it never was.
    pub(crate) until: Option<NaiveDate>,
}

impl Used {
    /// Tells what a key and an algorithm's identifier are.
    pub(crate) fn of(key: &SubjectPublicKeyInfoOwned, by: &AlgorithmIdentifierOwned) -> Self {
        let hash = SignatureAlgorithm::hash_of(by).map(HashFunction::oid);
        Self {
            key: KeyUsed::of(key),
            hash,
        }
    }
}

impl KeyUsed {
    /// Tells what a public key is.
    pub(crate) fn of(key: &SubjectPublicKeyInfoOwned) -> Self {
        match key.algorithm.oid {
            rfc5912::RSA_ENCRYPTION | rfc5912::ID_RSASSA_PSS => {
                algorithm::modulus_bits(key).map_or(Self::Unknown, |bits| Self::Rsa { bits })
            }
            rfc5912::ID_EC_PUBLIC_KEY => {
                let named = algorithm::curve(key);
                let known = CURVES.iter().find(|(curve, _)| Some(*curve) == named);
                known.map_or(Self::Unknown, |(_, bits)| Self::Ec { bits: *bits })
            }
            rfc5912::ID_DSA => dsa_bits(key).map_or(Self::Unknown, |bits| Self::Dsa { bits }),
            rfc8410::ID_ED_25519 | rfc8410::ID_ED_448 => Self::EdDsa,
            _ => Self::Unknown,
        }
    }
}

impl Policy {
    /// Tells whether what was used was good enough at that time.
    ///
    /// # Errors
    ///
    /// Names the first thing that was not.
    pub(crate) fn check(&self, used: Used, at: DateTime<Utc>) -> Result<(), Weak> {
        let until = |day: Option<NaiveDate>, what: String| match day {
            Some(day) if at.date_naive() <= day => Ok(()),
            until => Err(Weak { what, until }),
        };
        let table: &[_] = match used.key {
            KeyUsed::Dsa { .. } => &self.dsa,
            KeyUsed::Ec { .. } => &self.curves,
            KeyUsed::EdDsa => return until(Some(self.edwards), used.key.to_string()),
            KeyUsed::Rsa { .. } => &self.rsa,
            KeyUsed::Unknown => return until(None, used.key.to_string()),
        };
        let bits = match used.key {
            KeyUsed::Dsa { bits } | KeyUsed::Ec { bits } | KeyUsed::Rsa { bits } => bits,
            KeyUsed::EdDsa | KeyUsed::Unknown => 0,
        };
        let reached = table.iter().rev().find(|(least, _)| *least <= bits);
        until(reached.map(|(_, day)| *day), used.key.to_string())?;
        let known = self
            .hashes
            .iter()
            .find(|(hash, _)| Some(*hash) == used.hash);
        until(known.map(|(_, day)| *day), hash_name(used.hash))
    }
}

impl Default for Policy {
    /// Returns the office's policy: ETSI TS 119 312 for what is in use, and for what no longer is
    /// the last day on which validators in the European Union let it pass.
    fn default() -> Self {
        Self {
            hashes: vec![
                // Own choice: collisions were known before PAdES was.
                (MD5, day(2004, 8, 31)),
                // NIST SP 800-131A §9: not for signatures after 2013; ETSI TS 102 176-1 §5.2 had
                // advised against it before. Own choice: the earlier of what both let pass.
                (rfc5912::ID_SHA_1, day(2011, 12, 31)),
                // ETSI TS 119 312 §5.2 and §9: legacy.
                (rfc5912::ID_SHA_224, day(2025, 12, 31)),
                // ETSI TS 119 312 §5.2: recommended. It looks six years ahead; the day is an own
                // choice, to be moved when the standard is.
                (rfc5912::ID_SHA_256, day(2035, 12, 31)),
                (rfc5912::ID_SHA_384, day(2035, 12, 31)),
                (rfc5912::ID_SHA_512, day(2035, 12, 31)),
                (SHA3_256, day(2035, 12, 31)),
                (SHA3_384, day(2035, 12, 31)),
                (SHA3_512, day(2035, 12, 31)),
            ],
            rsa: vec![
                // ETSI TS 102 176-1 §9: 1,024 bits until the end of 2009.
                (1024, day(2009, 12, 31)),
                // The same: 1,536 bits until the end of 2016.
                (1536, day(2016, 12, 31)),
                // ETSI TS 119 312 §6.2.2: from 1,900 bits on, legacy until the end of 2028.
                (1900, day(2028, 12, 31)),
                // The same: 3,000 bits, recommended; the day as for hash functions.
                (3000, day(2035, 12, 31)),
            ],
            dsa: vec![
                (1024, day(2009, 12, 31)),
                // ETSI TS 119 312 §6.2.3: as RSA.
                (2048, day(2028, 12, 31)),
                (3072, day(2035, 12, 31)),
            ],
            curves: vec![
                // ETSI TS 102 176-1 §9.
                (160, day(2012, 12, 31)),
                (192, day(2013, 12, 31)),
                (224, day(2016, 12, 31)),
                // ETSI TS 119 312 §6.2.4: recommended.
                (256, day(2035, 12, 31)),
            ],
            // ETSI TS 119 312 names it since version 1.4.
            edwards: day(2035, 12, 31),
        }
    }
}

impl fmt::Display for KeyUsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dsa { bits } => write!(f, "DSA {bits}"),
            Self::Ec { bits } => write!(f, "ECDSA {bits}"),
            Self::EdDsa => f.write_str("EdDSA"),
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::Unknown => f.write_str("?"),
        }
    }
}

/// Returns the name of a hash function (FIPS 180-4, FIPS 202), else its identifier.
fn hash_name(hash: Option<ObjectIdentifier>) -> String {
    let Some(hash) = hash else {
        return "?".to_owned();
    };
    let known = HASHES.iter().find(|(known, _)| *known == hash);
    known.map_or_else(|| hash.to_string(), |(_, name)| (*name).to_owned())
}

/// A day that is written in this file.
const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

const MD5: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.5");
const SHA3_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.8");
const SHA3_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.9");
const SHA3_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.10");

const HASHES: [(ObjectIdentifier, &str); 9] = [
    (MD5, "MD5"),
    (rfc5912::ID_SHA_1, "SHA-1"),
    (rfc5912::ID_SHA_224, "SHA-224"),
    (rfc5912::ID_SHA_256, "SHA-256"),
    (rfc5912::ID_SHA_384, "SHA-384"),
    (rfc5912::ID_SHA_512, "SHA-512"),
    (SHA3_256, "SHA3-256"),
    (SHA3_384, "SHA3-384"),
    (SHA3_512, "SHA3-512"),
];

/// Curves by the bits of their order: of NIST (RFC 5480 §2.1.1.1) and Brainpool (RFC 5639).
const CURVES: [(ObjectIdentifier, u32); 8] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.1"), 192),
    (rfc5912::SECP_224_R_1, 224),
    (rfc5912::SECP_256_R_1, 256),
    (rfc5912::SECP_384_R_1, 384),
    (rfc5912::SECP_521_R_1, 521),
    (ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.7"), 256),
    (ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.11"), 384),
    (ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.13"), 512),
];
