//! Consult: a version goes out to be answered, answers come in, and a stand is taken on every comment.
//!
//! What went out is kept as a bundle, so that what was answered stays known when the folder is edited. An
//! answer that comes late is marked and counts; one that comes again takes the place of the one before.

pub mod answer;
pub mod close;
pub mod consider;
mod error;
pub mod import;
mod incoming;
pub mod open;
mod overview;
mod round;
pub mod show;
pub mod summary;
mod table;
pub mod words;

pub use error::ConsultError;
pub use incoming::EnteredAnswer;
pub use overview::{
    ClauseCounts, CommentLine, Counts, EarlierAnswer, GroupCounts, OtherRound, Overview,
    RecipientLine, Stances, Stand,
};

use serde::Serialize;

use crate::agreement::{AgreementId, ClauseId, VersionNumber};
use crate::register::{ConsultationState, Tally};
use crate::template::{Bundle, contents};

/// Which consultation something is about.
#[derive(Debug, Clone)]
pub struct About {
    /// The agreement.
    pub agreement: AgreementId,
    /// The version; the last one that went out, where it was not said.
    pub version: Option<VersionNumber>,
}

/// A clause that was changed for a comment, and that a text does not have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Vanished {
    /// The place of the entry with the answer.
    pub answer: u64,
    /// The clause.
    pub clause: ClauseId,
}

/// Returns the clauses that comments on a version or an earlier one are said to have changed, and that the
/// version does not have.
pub(super) fn vanished(tally: &Tally, bundle: &Bundle) -> Vec<Vanished> {
    // A text that cannot be read is told when it is typeset.
    let heads = contents(bundle, "").unwrap_or_default();
    let states = tally.consultations(&bundle.agreement().id).iter();
    let until = states.filter(|state| state.opened.version <= bundle.manifest().version);
    let considered = until
        .flat_map(ConsultationState::comments)
        .filter_map(|comment| comment.considered);
    let mut found: Vec<Vanished> = considered
        .flat_map(|considered| {
            let changed = considered.body.changed.iter();
            changed.map(|clause| Vanished {
                answer: considered.body.answer,
                clause: clause.clone(),
            })
        })
        .filter(|it| heads.iter().all(|head| head.id != it.clause))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests;
