//! Clauses in the order of both texts at once: one that moved stands where it is and where it was.

use super::model::{ClauseChange, Redline};

/// How a clause stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// As it came from another place.
    In,
    /// As it went to another place.
    Out,
    /// As it is in the one text, or at this place in both.
    Whole,
}

/// Returns the clauses so that without those that went away they stand in the order of the new text, and
/// without those that came in that of the old one.
pub(super) fn in_both_orders(redline: &Redline) -> Vec<(&ClauseChange, Way)> {
    let mut all: Vec<(&ClauseChange, Way)> = redline
        .clauses
        .iter()
        .map(|clause| {
            let way = if clause.is_moved { Way::In } else { Way::Whole };
            (clause, way)
        })
        .collect();
    let old_position = |(clause, way): &(&ClauseChange, Way)| {
        let old = clause.old.as_ref().filter(|_| *way != Way::In);
        old.map(|place| place.position)
    };
    let mut gone: Vec<&ClauseChange> = redline
        .clauses
        .iter()
        .filter(|clause| clause.is_moved && clause.old.is_some())
        .collect();
    gone.sort_by_key(|clause| clause.old.as_ref().map(|place| place.position));
    for clause in gone {
        let position = clause.old.as_ref().map(|place| place.position);
        let before = all
            .iter()
            .rposition(|entry| old_position(entry).is_some_and(|found| Some(found) < position));
        let at = before.map_or(0, |before| before.saturating_add(1));
        all.insert(at, (clause, Way::Out));
    }
    all
}
