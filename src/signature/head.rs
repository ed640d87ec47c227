//! The newest bytes of a copy.

use sha2::Digest as _;

use super::Algorithm;
use crate::agreement::Sha256;

/// The newest bytes of a copy, hashed once for all that is made of them.
pub struct Head<'a> {
    bytes: &'a [u8],
    state: sha2::Sha256,
}

impl<'a> Head<'a> {
    /// Hashes the bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut state = sha2::Sha256::new();
        state.update(bytes);
        Self { bytes, state }
    }

    /// Returns the bytes.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the digest of the bytes.
    #[must_use]
    pub fn digest(&self) -> Sha256 {
        Sha256::from_state(self.state.clone())
    }

    /// Returns the digest of the bytes and those that follow.
    pub(super) fn digest_with(&self, parts: &[&[u8]]) -> Sha256 {
        let mut state = self.state.clone();
        for part in parts {
            state.update(part);
        }
        Sha256::from_state(state)
    }

    /// Returns the digest that a signature is over, under the algorithm's hash function.
    pub(super) fn digest_under(&self, algorithm: Algorithm, parts: &[&[u8]]) -> Vec<u8> {
        match algorithm {
            // The one hash function of which no state is kept: such keys are few.
            Algorithm::EcdsaP384Sha384 => {
                let mut state = sha2::Sha384::new();
                state.update(self.bytes);
                for part in parts {
                    state.update(part);
                }
                state.finalize().to_vec()
            }
            Algorithm::EcdsaP256Sha256 | Algorithm::RsaPkcs1Sha256 | Algorithm::RsaPssSha256 => {
                self.digest_with(parts).as_bytes().to_vec()
            }
        }
    }
}

impl std::fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Head({})", self.digest())
    }
}
