//! Bodies of entries about what came back: files, and whose certificates signed them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Commitment;
use crate::agreement::{CopyId, Level, Role, SeatId, Sha256};

/// Body of `Received`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// How it came.
    pub arrival: Arrival,
    /// The verdict's conclusion.
    pub conclusion: Judgement,
    /// The copy that it is a state of; `None` in the place `foreign`.
    pub copy: Option<CopyId>,
    /// Digest of the file, and the document that holds it.
    pub file: Sha256,
    /// The latest known state of the copy that it goes on from, a head or a file received before;
    /// `None` where it does not go on from any.
    pub follows: Option<Sha256>,
    /// Where it stands among the copy's known states.
    pub place: ReceivedPlace,
    /// The signed seats, in print order; empty in the place `foreign`.
    pub seats: Vec<ReceivedSeat>,
    /// Size of the file in bytes.
    pub size_bytes: u64,
    /// Digest of the verdict, and the document that holds it.
    pub verdict: Sha256,
}

/// How a file came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrival {
    /// By itself or in a folder.
    File,
    /// It was here, and was judged anew because who may sign was told otherwise.
    Rejudged,
    /// In a zip.
    Zip,
}

/// A verdict's conclusion in short (ETSI EN 319 102-1 §5.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// What was at hand was not enough to tell.
    Indeterminate,
    /// At least one check failed for good.
    TotalFailed,
    /// Every question that was asked was answered well.
    TotalPassed,
}

/// Where a received file stands among the known states of its copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceivedPlace {
    /// An earlier state: a newer one was known.
    Earlier,
    /// No lawful state of a copy of this office; kept because the office asked for it.
    Foreign,
    /// It goes on from an earlier state, beside what was known.
    Fork,
    /// It goes on from the newest state.
    Newer,
    /// A state that was known, byte for byte, and the newest.
    Same,
}

/// A seat that is signed in a received file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceivedSeat {
    /// The role in which the signer signed; `None` while it is not known who it is.
    pub as_role: Option<Role>,
    /// SHA-256 of the signer's certificate's DER.
    pub certificate: Sha256,
    /// The signature's level.
    pub level: Level,
    /// The seat.
    pub seat: SeatId,
    /// When, UTC with milliseconds, as the signature's time-stamp proves; `None` without one.
    #[serde(with = "super::entry::proved_instant")]
    pub stamped_at: Option<DateTime<Utc>>,
    /// Whether the signature counted when it was judged.
    pub standing: Standing,
}

/// Whether a received signature counts for its seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It counts.
    Counts,
    /// It does not count, and no officer's word alone can change that.
    Refused,
    /// Everything is in order but that an officer has to say whose certificate it is.
    ToConfirm,
}

impl Standing {
    /// Returns the word in an entry.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Refused => "refused",
            Self::ToConfirm => "to_confirm",
        }
    }
}

/// Body of `Confirmed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {
    /// The role in which the person signed.
    pub as_role: Role,
    /// SHA-256 of the certificate's DER.
    pub certificate: Sha256,
    /// The copy.
    pub copy: CopyId,
    /// On what ground, as the officer wrote it.
    pub ground: Commitment,
    /// The seat.
    pub seat: SeatId,
}

/// Body of `Withdrawn`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    /// The place of the entry `Confirmed` that it corrects.
    pub confirmed: u64,
    /// The copy, as in that entry.
    pub copy: CopyId,
    /// Why, as the officer wrote it.
    pub ground: Commitment,
}
