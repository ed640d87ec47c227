//! The bodies that decide for parties, and what they can decide.

use serde::{Deserialize, Serialize};

/// What kind of body met.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyKind {
    /// The board of an association of municipalities, which binds no municipality.
    Association,
    /// A committee: a nämnd.
    Committee,
    /// The council: fullmäktige.
    Council,
    /// The executive board: kommunstyrelsen, regionstyrelsen.
    ExecutiveBoard,
    /// A working committee of a board: an utskott.
    WorkingCommittee,
}

impl BodyKind {
    /// Returns the kind of a body by its Swedish name or its letters, e.g. `Kommunstyrelsen` or `KF`.
    ///
    /// `None` for a name that tells no kind.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let has = |word: &str| name.contains(word);
        match name.as_str() {
            "ks" | "rs" => return Some(Self::ExecutiveBoard),
            "kf" | "rf" => return Some(Self::Council),
            "au" | "ksau" | "ks/au" | "ks au" | "ks-au" => return Some(Self::WorkingCommittee),
            _ => {}
        }
        if has("utskott") {
            Some(Self::WorkingCommittee)
        } else if has("fullmäktige") {
            Some(Self::Council)
        } else if has("direktion") || has("förbundsstyrelse") {
            Some(Self::Association)
        } else if has("nämnd") {
            Some(Self::Committee)
        } else if has("styrelse") {
            Some(Self::ExecutiveBoard)
        } else {
            None
        }
    }
}

/// What a body decided about an agreement.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// To conclude it.
    Approved,
    /// To conclude it, on a condition: no clean acceptance.
    ApprovedWithCondition,
    /// Not to conclude it.
    Declined,
    /// To send the matter back or to put it off.
    Deferred,
}
