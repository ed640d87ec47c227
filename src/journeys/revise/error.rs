//! Why no version was drafted, or one was not published.

use super::super::Kind;
use crate::agreement::{AgreementId, ClauseId, InvalidId, PartyCode, VersionNumber};

/// Why no version was drafted, or one was not published.
#[derive(Debug, thiserror::Error)]
pub enum ReviseError {
    /// A version number goes backwards.
    #[error("{agreement} {version} would come after {newest}, which is published")]
    Backwards {
        /// The agreement.
        agreement: AgreementId,
        /// The newest published version.
        newest: VersionNumber,
        /// The number.
        version: VersionNumber,
    },
    /// An amendment names the party in every copy alone.
    #[error("{party} is in every copy: an amendment of it alone is between nobody")]
    CommonAlone {
        /// The party.
        party: PartyCode,
    },
    /// An amendment's folder is there.
    #[error("templates/{agreement} exists already")]
    Drafted {
        /// The amendment.
        agreement: AgreementId,
    },
    /// The number is taken.
    #[error("{agreement} {version} exists already: {}", place(*is_published))]
    Exists {
        /// The agreement.
        agreement: AgreementId,
        /// Whether it is published; else its folder is there.
        is_published: bool,
        /// The number.
        version: VersionNumber,
    },
    /// An amendment and its agreement have no name together.
    #[error(transparent)]
    Name(#[from] InvalidId),
    /// A version has no clause of this id.
    #[error("{agreement} {version} has no clause {clause}")]
    NoClause {
        /// The agreement.
        agreement: AgreementId,
        /// The clause asked for.
        clause: ClauseId,
        /// The clauses that there are.
        known: Vec<ClauseId>,
        /// The version.
        version: VersionNumber,
    },
    /// An amendment has no name of its own.
    #[error("the amendment's name is empty")]
    NoName,
    /// What a version stands to is not published.
    #[error("{agreement} {version} stands to {other} {other_version}, which is not published")]
    NotPublished {
        /// The agreement.
        agreement: AgreementId,
        /// The other's agreement.
        other: AgreementId,
        /// The other.
        other_version: VersionNumber,
        /// The version.
        version: VersionNumber,
    },
    /// The number is not greater than that of the version it is drafted from.
    #[error("{version} is not greater than {from}, which it would be drafted from")]
    NotGreater {
        /// The version that it would be drafted from.
        from: VersionNumber,
        /// The number.
        version: VersionNumber,
    },
    /// A version of an agreement amends another version of it.
    #[error("{agreement} {version} amends {other_version} of the same agreement")]
    OwnAgreement {
        /// The agreement.
        agreement: AgreementId,
        /// The other version.
        other_version: VersionNumber,
        /// The version.
        version: VersionNumber,
    },
}

impl ReviseError {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Backwards { .. } | Self::Drafted { .. } | Self::Exists { .. } => Kind::Refused,
            Self::CommonAlone { .. }
            | Self::Name(_)
            | Self::NoClause { .. }
            | Self::NoName
            | Self::NotGreater { .. } => Kind::User,
            Self::NotPublished { .. } | Self::OwnAgreement { .. } => Kind::Config,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Backwards { newest, .. } => {
                format!("choose a number greater than {newest}")
            }
            Self::CommonAlone { .. } => "name at least one other party with --party".to_owned(),
            Self::Drafted { .. } => "choose another name, or edit the one that is there".to_owned(),
            Self::Exists { .. } => "choose another number".to_owned(),
            Self::Name(_) => {
                "the agreement's name, - and the amendment's name are its folder together"
                    .to_owned()
            }
            Self::NoClause { known, .. } => {
                let known: Vec<&str> = known.iter().map(ClauseId::as_str).collect();
                format!("it has: {}", known.join(", "))
            }
            Self::NoName => {
                "give a short one, such as --amend uppfoljning; it ends the folder's name"
                    .to_owned()
            }
            Self::NotPublished {
                other,
                other_version,
                ..
            } => format!(
                "`sigill publish {other} {other_version}` first, or correct [relation] in version.toml"
            ),
            Self::NotGreater { from, .. } => {
                format!("choose a number greater than {from}, or another version with --from")
            }
            Self::OwnAgreement { agreement, .. } => format!(
                "an amendment is an agreement of its own: `sigill revise {agreement} --amend NAME` drafts one"
            ),
        })
    }
}

fn place(is_published: bool) -> &'static str {
    if is_published {
        "it is published"
    } else {
        "its folder is in templates/"
    }
}
