//! The accords and amendments that stand to an agreement, as the register has them.

use serde::Serialize;

use super::Tally;
use crate::agreement::{AgreementId, Relation, VersionNumber};

/// An accord or amendment that stands to an agreement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Child {
    /// Its own agreement.
    pub agreement: AgreementId,
    /// Its highest published version.
    pub version: VersionNumber,
    /// The parent's version that it stands to.
    pub under: VersionNumber,
}

/// Returns the accords under any version of an agreement, in order of their names.
///
/// The tally must be that of every agreement: an accord is entered under its own name.
#[must_use]
pub fn accords(tally: &Tally, agreement: &AgreementId) -> Vec<Child> {
    found(tally, |relation| match relation {
        Relation::Under {
            agreement: parent,
            version,
        } if parent == agreement => Some(*version),
        Relation::Amends { .. } | Relation::Replaces { .. } | Relation::Under { .. } => None,
    })
}

/// Returns the amendments of any version of an agreement, in order of their names.
///
/// The tally must be that of every agreement, as in [`accords`].
#[must_use]
pub fn amendments(tally: &Tally, agreement: &AgreementId) -> Vec<Child> {
    found(tally, |relation| match relation {
        Relation::Amends {
            agreement: parent,
            version,
        } if parent == agreement => Some(*version),
        Relation::Amends { .. } | Relation::Replaces { .. } | Relation::Under { .. } => None,
    })
}

/// Returns the highest version of each agreement that stands to another one, as a relation tells.
fn found(tally: &Tally, stands: impl Fn(&Relation) -> Option<VersionNumber>) -> Vec<Child> {
    let mut found: Vec<Child> = Vec::new();
    // Versions of one agreement follow each other, the lowest first.
    for ((child, version), published) in &tally.versions {
        let before = found.pop_if(|before| before.agreement == *child);
        let under = match &published.published.relation {
            // A revision stands where what it replaces stood.
            Some(Relation::Replaces { .. }) => before.map(|before| before.under),
            Some(relation) => stands(relation),
            None => None,
        };
        found.extend(under.map(|under| Child {
            agreement: child.clone(),
            version: *version,
            under,
        }));
    }
    found
}

/// Returns the accords to look at when a version of their parent is published: those under an earlier one.
///
/// The tally must be that of every agreement, as in [`accords`].
#[must_use]
pub fn children(tally: &Tally, agreement: &AgreementId, version: VersionNumber) -> Vec<Child> {
    let mut found = accords(tally, agreement);
    found.retain(|child| child.under < version);
    found
}

#[cfg(test)]
mod tests;
