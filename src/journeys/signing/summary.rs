//! What a signer is told: what was signed, or would be, and what to know of it.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Chosen;
use crate::agreement::{CopyId, Level, SeatId, Sha256};
use crate::register::Standing;

/// What was signed, or would be.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The seat.
    pub seat: SeatId,
    /// The signer's name as shown.
    pub name: String,
    /// The level.
    pub level: Level,
    /// The digest of the signer's certificate.
    pub certificate: Sha256,
    /// The copies.
    pub copies: Vec<SignedCopy>,
    /// What the signer should know.
    pub warnings: Vec<Warning>,
}

/// One copy in a summary.
#[derive(Debug, Clone, Serialize)]
pub struct SignedCopy {
    /// The copy.
    pub copy: CopyId,
    /// The file that holds the signed copy.
    pub file: PathBuf,
    /// The title that the signer signs with.
    pub title: String,
    /// The party's name.
    pub party: String,
    /// The digest of the signed copy; of the copy as it is where nothing was signed.
    pub head: Sha256,
    /// The time that the time-stamp proves, UTC.
    pub stamped_at: Option<DateTime<Utc>>,
    /// Whether the signature counts; not said of what was prepared before this was asked.
    pub standing: Option<Standing>,
}

/// What the signer should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "warning", rename_all = "snake_case")]
pub enum Warning {
    /// An officer's word on whose certificate it is was entered for these copies.
    Confirmed {
        /// The copies.
        copies: Vec<CopyId>,
    },
    /// A file in the place of a copy was something else; it lies here now.
    Moved {
        /// The file.
        file: PathBuf,
    },
    /// The party's file has another name for the role than the certificate.
    NameDiffers {
        /// In the party's file.
        recorded: String,
        /// In the certificate.
        certificate: String,
    },
    /// The file is an older one; the newest is signed and takes its place.
    OlderFile {
        /// The file.
        file: PathBuf,
    },
    /// What a process that died had signed was entered now.
    Mended {
        /// The copies.
        copies: Vec<CopyId>,
    },
    /// The certificate carries a personal identity number, which goes with every signed copy.
    PersonalNumber,
    /// Nobody tells whether the certificate is revoked.
    RevocationUnknown {
        /// Who was asked, and why it gave no answer.
        reason: String,
    },
    /// These copies are signed in the seat, and are left as they are.
    SignedBefore {
        /// The copies.
        copies: Vec<CopyId>,
    },
    /// The signatures in these copies do not count until an officer says whose certificate it is.
    ToConfirm {
        /// The copies.
        copies: Vec<CopyId>,
        /// Why, in Swedish.
        why: String,
    },
    /// The certificate does not lead to an anchor of the office: the signature will not count.
    Untrusted {
        /// Who issued it.
        issuer: String,
    },
}

impl Summary {
    /// Notes that signatures in these copies count by an officer's word that was entered with them.
    pub(in crate::journeys) fn note_confirmed(&mut self, confirmed: Vec<CopyId>) {
        if confirmed.is_empty() {
            return;
        }
        for warning in &mut self.warnings {
            if let Warning::ToConfirm { copies, .. } = warning {
                copies.retain(|copy| !confirmed.contains(copy));
            }
        }
        let is_empty = |warning: &Warning| matches!(warning, Warning::ToConfirm { copies, .. } if copies.is_empty());
        self.warnings.retain(|warning| !is_empty(warning));
        for warning in &mut self.warnings {
            if let Warning::Confirmed { copies } = warning {
                copies.extend(confirmed);
                return;
            }
        }
        self.warnings.push(Warning::Confirmed { copies: confirmed });
    }
}

impl Chosen {
    /// Returns the copy as a summary lists it, as it is.
    pub(in crate::journeys) fn listed(&self) -> SignedCopy {
        SignedCopy {
            copy: self.copy.clone(),
            file: self.file.clone(),
            title: self.title.clone(),
            party: self.party.clone(),
            head: self.head,
            stamped_at: None,
            standing: self.standing,
        }
    }
}
