//! The legal grades of signatures.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a signature is in law (Regulation (EU) No 910/2014), as far as its certificate says, in
/// ascending order.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
pub enum Grade {
    /// Advanced, by a certificate that does not claim to be qualified.
    #[serde(rename = "AdES")]
    Ades,
    /// Advanced, by a certificate that claims to be qualified.
    #[serde(rename = "AdES-QC")]
    AdesQc,
    /// By a certificate that claims to be qualified, with a key that it says is in a qualified device.
    #[serde(rename = "QES")]
    Qes,
}

impl Grade {
    /// Returns the grade's name as the standards write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ades => "AdES",
            Self::AdesQc => "AdES-QC",
            Self::Qes => "QES",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
