//! How a version stands to another one.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{AgreementId, ClauseId, VersionNumber, toml_date};

/// What a version does to another one: `[relation]` in version.toml. A version without it stands by itself.
///
/// No signature on one version is ever one on another: whoever is to be bound by this one signs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Relation {
    /// An amendment: it stands beside the other and changes it for those that sign both.
    Amends {
        /// The other's agreement.
        agreement: AgreementId,
        /// The other.
        version: VersionNumber,
    },
    /// A revision: it takes the place of an earlier version of the same agreement, for those that sign it.
    Replaces {
        /// The earlier version.
        version: VersionNumber,
    },
    /// A local accord: it adds to the other and takes nothing away from it.
    Under {
        /// The other's agreement.
        agreement: AgreementId,
        /// The other.
        version: VersionNumber,
    },
}

impl Relation {
    /// Returns the version that this one stands to; `own` is the agreement that this one is of.
    #[must_use]
    pub fn other<'a>(&'a self, own: &'a AgreementId) -> (&'a AgreementId, VersionNumber) {
        match self {
            Self::Amends { agreement, version } | Self::Under { agreement, version } => {
                (agreement, *version)
            }
            Self::Replaces { version } => (own, *version),
        }
    }
}

/// What an amendment changes of the version that it amends: `[amended]` in version.toml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amended {
    /// The clauses of the other version that it changes, by their ids there.
    #[serde(default)]
    pub clauses: Vec<ClauseId>,
    /// The first day on which it can have effect; the day on which it binds, where it is not said.
    #[serde(
        default,
        with = "toml_date::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub from: Option<NaiveDate>,
}

impl Amended {
    /// Tells what is wrong with it beside a relation, with the key it stands at.
    pub(super) fn check(&self, relation: Option<&Relation>) -> Result<(), (&'static str, String)> {
        if !matches!(relation, Some(Relation::Amends { .. })) {
            let message = "[amended] stands in an amendment alone: kind = \"amends\" in [relation]";
            return Err(("[amended]", message.to_owned()));
        }
        let mut seen = BTreeSet::new();
        match self.clauses.iter().find(|clause| !seen.insert(*clause)) {
            Some(twice) => Err(("clauses = ", format!("clause {twice} is amended twice"))),
            None => Ok(()),
        }
    }
}
