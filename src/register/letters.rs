//! Body of the entry about letters that went out.

use serde::{Deserialize, Serialize};

use crate::agreement::{PartyCode, Sha256, VersionNumber};

/// Body of `Lettered`: letters of one kind went out. Each is a document that may be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lettered {
    /// What they are for.
    pub letter: LetterKind,
    /// To whom, in list order.
    pub to: Vec<Addressed>,
    /// The version that they are about.
    pub version: VersionNumber,
}

/// A letter to one party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addressed {
    /// The party.
    pub party: PartyCode,
    /// Digest of the PDF, and the document that holds it.
    pub pdf: Sha256,
}

/// What a letter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// Says that a notice was received, and what it does.
    Acknowledgement,
    /// Says that the agreement ends.
    Ending,
    /// Asks for a decision or an answer (missiv).
    Missive,
    /// Says that the agreement is prolonged.
    Prolongation,
    /// Says what is missing.
    Reminder,
    /// Comes with the copies to sign.
    Sending,
}

impl LetterKind {
    /// Returns the word in entries, on the command line, and in the names of templates.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledgement => "acknowledgement",
            Self::Ending => "ending",
            Self::Missive => "missive",
            Self::Prolongation => "prolongation",
            Self::Reminder => "reminder",
            Self::Sending => "sending",
        }
    }
}
