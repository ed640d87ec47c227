//! Project Wycheproof over every algorithm that is computed.
//!
//! A valid signature is accepted and an invalid one refused. Of those that may be either, such as a
//! digest without its NULL (RFC 8017 §9.2), none is refused for a value that is right but weak, and
//! what is not in DER is refused.

use der::Decode;
use der::asn1::ObjectIdentifier;
use wycheproof::{
    HashFunction as Hash, TestResult, dsa, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify,
};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::signature::{HashFunction, Scheme, SignatureAlgorithm, SignedContent};

#[test]
fn dsa_is_right() {
    let mut tally = Tally::default();
    for name in dsa::TestName::all() {
        for group in dsa::TestSet::load(name).unwrap().test_groups {
            if format!("{name:?}").contains("P1363") {
                continue;
            }
            let key = Key::new(&group.der, "1.2.840.10040.4.1", group.hash);
            for test in group.tests {
                let found = key.verifies(&test.msg, &test.sig);
                tally.add(test.result, found, || format!("{name:?} {}", test.tc_id));
            }
        }
    }
    assert!(tally.valid > 100, "{tally:?}");
}

#[test]
fn ecdsa_is_right() {
    let mut tally = Tally::default();
    for name in ecdsa::TestName::all() {
        let text = format!("{name:?}");
        let curves = [
            "Brainpool256",
            "Brainpool320",
            "Brainpool384",
            "Brainpool512",
        ];
        let curves = curves
            .into_iter()
            .chain(["Secp192r1", "Secp224r1", "Secp256r1"]);
        let mut curves = curves.chain(["Secp384r1", "Secp521r1"]);
        let is_other = text.contains("P1363") || text.contains("Shake") || text.contains("Bitcoin");
        if is_other || !curves.any(|curve| text.contains(curve)) {
            continue;
        }
        // On curves that are computed here, the digest is the same number whatever made it.
        let is_slow = ["Brainpool", "Secp192", "Secp224"];
        if text.contains("Sha3_") && is_slow.into_iter().any(|slow| text.contains(slow)) {
            continue;
        }
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            if hash_of(group.hash).is_none() {
                continue;
            }
            let key = Key::new(&group.der, "1.2.840.10045.2.1", group.hash);
            for test in group.tests {
                let found = key.verifies(&test.msg, &test.sig);
                tally.add(test.result, found, || format!("{name:?} {}", test.tc_id));
            }
        }
    }
    assert!(tally.valid > 2000, "{tally:?}");
}

#[test]
fn ed25519_is_right() {
    let mut tally = Tally::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519)
        .unwrap()
        .test_groups
    {
        let key = Key::new(&group.der, "1.3.101.112", Hash::Sha2_512);
        for test in group.tests {
            let found = key.verifies(&test.msg, &test.sig);
            tally.add(test.result, found, || format!("{}", test.tc_id));
        }
    }
    assert!(tally.valid > 50, "{tally:?}");
}

#[test]
fn rsa_pkcs1_is_right() {
    let mut tally = Tally::default();
    for name in rsa_pkcs1_verify::TestName::all() {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            if hash_of(group.hash).is_none() {
                continue;
            }
            let key = Key::new(&group.der, "1.2.840.113549.1.1.1", group.hash);
            for test in group.tests {
                let found = key.verifies(&test.msg, &test.sig);
                tally.add(test.result, found, || format!("{name:?} {}", test.tc_id));
            }
        }
    }
    assert!(tally.valid > 100, "{tally:?}");
}

#[test]
fn rsa_pss_is_right() {
    let mut tally = Tally::default();
    for name in rsa_pss_verify::TestName::all() {
        if format!("{name:?}").contains("Shake") {
            continue;
        }
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let mask = group.mgf_hash.unwrap_or(group.hash);
            let (Some(hash), Some(mask)) = (hash_of(group.hash), hash_of(mask)) else {
                continue;
            };
            let scheme = Scheme::RsaPss {
                bits: u32::try_from(group.key_size).unwrap(),
                mask,
                salt_bytes: group.salt_size,
            };
            let key = Key {
                key: SubjectPublicKeyInfoOwned::from_der(&group.der).unwrap(),
                algorithm: SignatureAlgorithm { scheme, hash },
            };
            for test in group.tests {
                let found = key.verifies(&test.msg, &test.sig);
                tally.add(test.result, found, || format!("{name:?} {}", test.tc_id));
            }
        }
    }
    assert!(tally.valid > 300, "{tally:?}");
}

struct Key {
    key: SubjectPublicKeyInfoOwned,
    algorithm: SignatureAlgorithm,
}

impl Key {
    fn new(der: &[u8], oid: &str, hash: Hash) -> Self {
        let key = SubjectPublicKeyInfoOwned::from_der(der).unwrap();
        let identifier = AlgorithmIdentifierOwned {
            oid: ObjectIdentifier::new_unwrap(oid),
            parameters: None,
        };
        let algorithm = SignatureAlgorithm::read(&key, &identifier, hash_of(hash)).unwrap();
        Self { key, algorithm }
    }

    fn verifies(&self, message: &[u8], value: &[u8]) -> bool {
        let message = SignedContent::Message(message);
        self.algorithm.verifies(&self.key, message, value)
    }
}

#[derive(Debug, Default)]
struct Tally {
    valid: usize,
    invalid: usize,
    either_accepted: usize,
    either_refused: usize,
}

impl Tally {
    fn add(&mut self, expected: TestResult, found: bool, name: impl Fn() -> String) {
        match (expected, found) {
            (TestResult::Valid, true) => self.valid += 1,
            (TestResult::Invalid, false) => self.invalid += 1,
            (TestResult::Acceptable, true) => self.either_accepted += 1,
            (TestResult::Acceptable, false) => self.either_refused += 1,
            (TestResult::Valid, false) => panic!("{} is refused", name()),
            (TestResult::Invalid, true) => panic!("{} is accepted", name()),
        }
    }
}

fn hash_of(hash: Hash) -> Option<HashFunction> {
    Some(match hash {
        Hash::Sha1 => HashFunction::Sha1,
        Hash::Sha2_224 => HashFunction::Sha224,
        Hash::Sha2_256 => HashFunction::Sha256,
        Hash::Sha2_384 => HashFunction::Sha384,
        Hash::Sha2_512 => HashFunction::Sha512,
        Hash::Sha3_256 => HashFunction::Sha3_256,
        Hash::Sha3_384 => HashFunction::Sha3_384,
        Hash::Sha3_512 => HashFunction::Sha3_512,
        _ => return None,
    })
}
