//! Personal identifiers as keyed hashes: what ties a certificate to a person without keeping the number.
//!
//! A personal identity number can be guessed from a plain hash of it, so the hash has a key that only
//! the office has. The number itself is in no file, entry, message or debug output.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Sha256, personal_numbers};

/// A personal identity number in its twelve digits, wiped when it is let go of.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalIdentifier(Zeroizing<String>);

impl PersonalIdentifier {
    /// Reads a number of twelve digits, with or without a sign before the last four, also after
    /// `PNOSE-` (ETSI EN 319 412-1 §5.1.3); `None` for anything else.
    ///
    /// Ten digits are refused: they name two persons a hundred years apart.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let number = text.strip_prefix(SEMANTICS).unwrap_or(text);
        let whole = personal_numbers(number);
        if whole.len() != 1 || whole.first()? != &(0..number.len()) {
            return None;
        }
        let digits: Zeroizing<String> =
            Zeroizing::new(number.chars().filter(char::is_ascii_digit).collect());
        (digits.len() == DIGITS).then_some(Self(digits))
    }

    /// Returns the number's keyed hash: HMAC-SHA256 (RFC 2104) over its twelve digits.
    #[must_use]
    pub fn hash(&self, key: &[u8]) -> PersonalHash {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let tag = hmac::sign(&key, self.0.as_bytes());
        // HMAC-SHA256 gives 32 bytes; of none other there is a hash.
        let digest = Sha256::from_bytes(tag.as_ref());
        PersonalHash(digest.unwrap_or_else(|| Sha256::of(tag.as_ref())))
    }
}

impl fmt::Debug for PersonalIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalIdentifier(..)")
    }
}

/// The keyed hash of a personal identifier, in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonalHash(Sha256);

impl fmt::Display for PersonalHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text that is no keyed hash of a personal identifier; what it is is not told, as it may be a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the identifier is no keyed hash of 64 hexadecimal digits (a personal identity number is never written here: sigill parties pin --identifier makes the hash)"
)]
pub struct NoPersonalHash;

impl FromStr for PersonalHash {
    type Err = NoPersonalHash;

    fn from_str(text: &str) -> Result<Self, NoPersonalHash> {
        text.parse().map(Self).map_err(|_| NoPersonalHash)
    }
}

impl TryFrom<String> for PersonalHash {
    type Error = NoPersonalHash;

    fn try_from(text: String) -> Result<Self, NoPersonalHash> {
        text.parse()
    }
}

impl From<PersonalHash> for String {
    fn from(hash: PersonalHash) -> Self {
        hash.to_string()
    }
}

/// Stands before a Swedish personal identity number in a certificate's serial number.
const SEMANTICS: &str = "PNOSE-";

/// Year with century, month, day, and the last four.
const DIGITS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_hash_however_it_is_written() {
        let hash = |text: &str| PersonalIdentifier::read(text).map(|read| read.hash(b"key"));
        let plain = hash("191212121212").unwrap();
        for text in ["19121212-1212", " 191212121212 ", "PNOSE-191212121212"] {
            assert_eq!(hash(text), Some(plain), "{text}");
        }
        let other_key = PersonalIdentifier::read("191212121212")
            .unwrap()
            .hash(b"other");
        assert_ne!(other_key, plain);
        for text in [
            "121212-1212",
            "191212121213",
            "a191212121212",
            "191212121212 198112289874",
            "",
        ] {
            assert_eq!(hash(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_never_told() {
        let read = PersonalIdentifier::read("191212121212").unwrap();
        assert_eq!(format!("{read:?}"), "PersonalIdentifier(..)");
        let refused = "191212121212".parse::<PersonalHash>().unwrap_err();
        assert!(!refused.to_string().contains("1912"));
    }
}
