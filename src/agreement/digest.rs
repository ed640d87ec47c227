//! SHA-256 (FIPS 180-4) digests as values, printed in lower-case hexadecimal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::Digest;

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// Returns the digest of the bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Returns the digest that a running hash state has reached.
    #[must_use]
    pub fn from_state(state: sha2::Sha256) -> Self {
        Self(state.finalize().into())
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the digest whose 32 bytes these are, `None` for any other number of bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns the first 16 hexadecimal digits in groups of four, as printed in a page's footer.
    #[must_use]
    pub fn short(&self) -> String {
        let hex = self.to_string();
        let mut short = String::with_capacity(19);
        for (position, digit) in hex.chars().take(16).enumerate() {
            if position > 0 && position % 4 == 0 {
                short.push(' ');
            }
            short.push(digit);
        }
        short
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

impl FromStr for Sha256 {
    type Err = super::InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| super::InvalidId {
            what: "SHA-256 digest",
            // It may stand where a personal number was written by mistake.
            value: super::without_personal_numbers(text),
            rule: "64 hexadecimal digits",
        })?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Sha256 {
    type Error = super::InvalidId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<[u8; 32]> for Sha256 {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl From<Sha256> for String {
    fn from(digest: Sha256) -> Self {
        digest.to_string()
    }
}
