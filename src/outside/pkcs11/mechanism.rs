//! Which PKCS#11 mechanism makes a signature of an algorithm, and what it wants to be given.

use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};

use crate::signature::Algorithm;

/// An algorithm and whether the token or this program hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) algorithm: Algorithm,
    on_token: bool,
}

/// Returns how to sign with what a token offers, `None` when it offers nothing that fits.
///
/// To sign a digest is on nearly every token, to hash as well on most. A key that wants its PIN for
/// every signature gets the message in a step of its own, which only the latter allows.
pub(super) fn way(
    algorithm: Algorithm,
    offered: &[MechanismType],
    always_authenticate: bool,
) -> Option<Way> {
    let here = Way {
        algorithm,
        on_token: false,
    };
    let on_token = Way {
        algorithm,
        on_token: true,
    };
    let is_offered = |way: &Way| offered.contains(&way.mechanism().mechanism_type());
    [here, on_token]
        .into_iter()
        .find(|way| is_offered(way) && (way.on_token || !always_authenticate))
}

impl Way {
    pub(super) fn mechanism(self) -> Mechanism<'static> {
        match (self.algorithm, self.on_token) {
            (Algorithm::EcdsaP256Sha256 | Algorithm::EcdsaP384Sha384, false) => Mechanism::Ecdsa,
            (Algorithm::EcdsaP256Sha256, true) => Mechanism::EcdsaSha256,
            (Algorithm::EcdsaP384Sha384, true) => Mechanism::EcdsaSha384,
            (Algorithm::RsaPkcs1Sha256, false) => Mechanism::RsaPkcs,
            (Algorithm::RsaPkcs1Sha256, true) => Mechanism::Sha256RsaPkcs,
            (Algorithm::RsaPssSha256, false) => Mechanism::RsaPkcsPss(pss()),
            (Algorithm::RsaPssSha256, true) => Mechanism::Sha256RsaPkcsPss(pss()),
        }
    }

    /// Returns what the mechanism is given for a message.
    pub(super) fn input(self, message: &[u8]) -> Vec<u8> {
        if self.on_token {
            return message.to_vec();
        }
        let digest = self.algorithm.digest(message);
        match self.algorithm {
            // CKM_RSA_PKCS pads what it is given (PKCS#11 §6.1.6): the digest with its algorithm's name.
            Algorithm::RsaPkcs1Sha256 => [SHA256_DIGEST_INFO.as_slice(), &digest].concat(),
            Algorithm::EcdsaP256Sha256 | Algorithm::EcdsaP384Sha384 | Algorithm::RsaPssSha256 => {
                digest
            }
        }
    }

    /// Returns what the token gave as a CMS carries it, `None` where it is no signature.
    pub(super) fn value(self, raw: Vec<u8>) -> Option<Vec<u8>> {
        match self.algorithm {
            // PKCS#11 §6.3.1: the two numbers, plainly.
            Algorithm::EcdsaP256Sha256 | Algorithm::EcdsaP384Sha384 => {
                self.algorithm.ecdsa_value(&raw)
            }
            Algorithm::RsaPkcs1Sha256 | Algorithm::RsaPssSha256 => Some(raw),
        }
    }
}

fn pss() -> PkcsPssParams {
    PkcsPssParams {
        hash_alg: MechanismType::SHA256,
        mgf: PkcsMgfType::MGF1_SHA256,
        s_len: 32.into(),
    }
}

/// What stands before a SHA-256 digest (RFC 8017 §9.2 note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
