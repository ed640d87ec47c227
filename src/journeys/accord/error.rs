//! Why no accord was drafted or none of its costs divided.

use crate::agreement::{AgreementId, InvalidId, Name, PartyCode, SourceError, VersionNumber};
use crate::journeys::Kind;

/// Why no accord was drafted or none of its costs divided.
#[derive(Debug, thiserror::Error)]
pub enum AccordError {
    /// The party in every copy is named alone.
    #[error("{party} is in every copy: an accord of it alone is between nobody")]
    CommonAlone {
        /// The party.
        party: PartyCode,
    },
    /// The name of the drafted agreement is taken.
    #[error("{agreement} is there already, in templates/ or in the register")]
    Exists {
        /// The name.
        agreement: AgreementId,
    },
    /// The drafted agreement gets no lawful name of itself.
    #[error(transparent)]
    Name(#[from] InvalidId),
    /// Nothing says how much is to be divided.
    #[error("{agreement} {version} states no shared cost to divide")]
    NoAmount {
        /// The accord.
        agreement: AgreementId,
        /// Its version.
        version: VersionNumber,
    },
    /// Nothing of what it is called can stand in the name of a folder.
    #[error("no folder can be named after \"{name}\"")]
    NoLetters {
        /// What it is called.
        name: Name,
    },
    /// The agreement is not a local accord.
    #[error("{agreement} {version} is no local accord: its version.toml has no [accord]")]
    NotAnAccord {
        /// The agreement.
        agreement: AgreementId,
        /// Its version.
        version: VersionNumber,
    },
    /// A party is named twice.
    #[error("party {party} is named twice")]
    PartyTwice {
        /// Which.
        party: PartyCode,
    },
    /// The accord would take away from its parent, or is wrong in itself. Nothing was written.
    #[error("nothing was drafted: {}{}", first(problems), others(problems))]
    Refused {
        /// Each problem; their files are those that would have been written.
        problems: Vec<SourceError>,
    },
}

impl AccordError {
    /// Returns the kind.
    pub(in crate::journeys) fn kind(&self) -> Kind {
        match self {
            Self::CommonAlone { .. }
            | Self::Name(_)
            | Self::NoAmount { .. }
            | Self::NoLetters { .. }
            | Self::PartyTwice { .. } => Kind::User,
            Self::Exists { .. } | Self::NotAnAccord { .. } | Self::Refused { .. } => Kind::Refused,
        }
    }

    /// Returns what to do about it.
    pub(in crate::journeys) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::CommonAlone { .. } => "name at least one other party with --party",
            Self::Exists { .. } => "name it otherwise with --id",
            Self::Name(_) => "give a shorter name of the folder with --id",
            Self::NoAmount { .. } => {
                "say it with --amount 1234567,89, or as budget under [accord] in version.toml"
            }
            Self::NoLetters { .. } => "name the folder with --id, in letters a-z, digits and -",
            Self::NotAnAccord { .. } => {
                "`sigill accord list AGREEMENT` lists those of an agreement"
            }
            Self::PartyTwice { .. } => "name each party once with --party",
            Self::Refused { problems } => {
                return problems.first().and_then(|problem| problem.hint.clone());
            }
        };
        Some(hint.to_owned())
    }
}

fn first(problems: &[SourceError]) -> &str {
    problems
        .first()
        .map_or("", |problem| problem.message.as_str())
}

fn others(problems: &[SourceError]) -> String {
    let more: String = problems
        .iter()
        .skip(1)
        .map(|problem| format!("; {}", problem.message))
        .collect();
    more
}
