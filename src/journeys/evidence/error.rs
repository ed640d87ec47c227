//! Why no package and no public copy was made.

use std::path::PathBuf;

use crate::agreement::{AgreementId, CopyId, Sha256};
use crate::journeys::Kind;

/// Why no package and no public copy was made.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// Nothing was entered yet.
    #[error("the register has no entries")]
    EmptyRegister,
    /// The file exists already.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Documents that entries name are gone, and nobody erased them.
    #[error(
        "{} of the documents that the register names {} missing and {} not erased: {}",
        missing.len(),
        if missing.len() == 1 { "is" } else { "are" },
        if missing.len() == 1 { "was" } else { "were" },
        named(missing)
    )]
    Missing {
        /// Which, and the places of the entries that name them.
        missing: Vec<(Sha256, u64)>,
    },
    /// The version was not published, or has no copy.
    #[error("no version of {agreement} has copies")]
    NoCopies {
        /// The agreement.
        agreement: AgreementId,
    },
    /// The agreement's own text shows a personal identity number.
    #[error("{copy}: {place} shows a personal identity number, which a public copy would repeat")]
    PersonalNumber {
        /// The copy.
        copy: CopyId,
        /// Where it stands; the number itself is not told.
        place: String,
    },
    /// A file is no known state of a copy.
    #[error("{} is no state of a copy that the register knows (SHA-256 {digest})", path.display())]
    UnknownFile {
        /// The file.
        path: PathBuf,
        /// Its digest.
        digest: Sha256,
    },
}

impl EvidenceError {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::EmptyRegister | Self::UnknownFile { .. } => Kind::User,
            Self::Exists { .. } | Self::NoCopies { .. } | Self::PersonalNumber { .. } => {
                Kind::Refused
            }
            Self::Missing { .. } => Kind::Outside,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::EmptyRegister => "`sigill generate AGREEMENT` issues copies",
            Self::Exists { .. } => "name another file with --out",
            Self::Missing { .. } => {
                "nothing was written; put the office back with `sigill restore BACKUP --reason WHY`"
            }
            Self::NoCopies { .. } => "`sigill status` lists the agreements and their copies",
            Self::PersonalNumber { .. } => {
                "remove it from the party's file or the text, and issue the copy anew; or blacken it on a print"
            }
            Self::UnknownFile { .. } => {
                "`sigill receive FILE` enters what came back; `sigill status` lists the copies"
            }
        }
    }
}

/// Names the first few.
fn named(missing: &[(Sha256, u64)]) -> String {
    let shown = missing.iter().take(MAX_NAMED);
    let mut shown: Vec<String> = shown
        .map(|(digest, seq)| format!("{digest} (entry {seq})"))
        .collect();
    if missing.len() > MAX_NAMED {
        shown.push(format!(
            "and {} more",
            missing.len().saturating_sub(MAX_NAMED)
        ));
    }
    shown.join(", ")
}

const MAX_NAMED: usize = 5;
