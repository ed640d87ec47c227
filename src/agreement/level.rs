//! The baseline levels of PDF signatures.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::InvalidId;

/// How much evidence a signature carries (ETSI EN 319 142-1 §6.1), in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Level {
    /// The signature alone; its time is only claimed.
    B,
    /// A time-stamp proves that it existed at a time.
    T,
    /// Certificates and revocation information for judging it later are in the file.
    Lt,
    /// A document time-stamp protects these in turn.
    Lta,
}

impl Level {
    /// Returns the level's name as the standard writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::B => "B-B",
            Self::T => "B-T",
            Self::Lt => "B-LT",
            Self::Lta => "B-LTA",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Level {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let named = |level: &Self| level.as_str().eq_ignore_ascii_case(text);
        [Self::B, Self::T, Self::Lt, Self::Lta]
            .into_iter()
            .find(named)
            .ok_or_else(|| InvalidId {
                what: "signature level",
                value: text.chars().take(80).collect(),
                rule: "B-B, B-T, B-LT or B-LTA",
            })
    }
}

impl TryFrom<String> for Level {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Level> for String {
    fn from(level: Level) -> Self {
        level.as_str().to_owned()
    }
}
