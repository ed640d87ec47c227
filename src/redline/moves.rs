//! Blocks that stand elsewhere now.

use std::collections::BTreeMap;

use super::align::Step;
use super::compare::Pairing;
use super::units::{Class, Unit};

/// Blocks that were left over in the old text and stand elsewhere in the new one.
#[derive(Debug, Default)]
pub(super) struct Moves {
    to: BTreeMap<Place, (Place, u32)>,
    from: BTreeMap<Place, (Place, u32)>,
}

/// Which clause, and which unit of it.
pub(super) type Place = (usize, usize);

/// A unit and its place.
type Placed<'p, 't> = (Place, &'p Unit<'t>);

impl Moves {
    /// Returns the number of the move by which a block of the old text left its place.
    pub(super) fn away(&self, old: Place) -> Option<u32> {
        self.to.get(&old).map(|(_, pair)| *pair)
    }

    /// Returns where a block of the new text came from, and the number of the move.
    pub(super) fn here(&self, new: Place) -> Option<(Place, u32)> {
        self.from.get(&new).copied()
    }

    fn insert(&mut self, old: Place, new: Place) {
        self.to.insert(old, (new, 0));
        self.from.insert(new, (old, 0));
    }

    /// Numbers the moves from 1 in the order of the new text.
    fn number(&mut self) {
        for (pair, (old, number)) in (1_u32..).zip(self.from.values_mut()) {
            *number = pair;
            if let Some((_, number)) = self.to.get_mut(old) {
                *number = pair;
            }
        }
    }
}

/// Pairs blocks that are gone with blocks that are new where they say the same, or nearly.
pub(super) fn find_moves(pairings: &[Pairing<'_>]) -> Moves {
    let mut gone = Vec::new();
    let mut come = Vec::new();
    for (clause, pairing) in pairings.iter().enumerate() {
        for step in &pairing.steps {
            match *step {
                Step::Delete(at) => keep_movable(clause, at, &pairing.old, &mut gone),
                Step::Insert(at) => keep_movable(clause, at, &pairing.new, &mut come),
                Step::Join { .. } | Step::Match { .. } | Step::Split { .. } => {}
            }
        }
    }
    let mut moves = Moves::default();
    same_words(&mut gone, &mut come, &mut moves);
    nearly_same_words(&gone, &come, &mut moves);
    moves.number();
    moves
}

fn keep_movable<'p, 't>(
    clause: usize,
    at: usize,
    units: &'p [Unit<'t>],
    kept: &mut Vec<Placed<'p, 't>>,
) {
    if let Some(unit) = units.get(at)
        && unit.class == Class::Flow
        && unit.words >= MIN_WORDS
    {
        kept.push(((clause, at), unit));
    }
}

fn same_words(gone: &mut Vec<Placed<'_, '_>>, come: &mut Vec<Placed<'_, '_>>, moves: &mut Moves) {
    let mut places: BTreeMap<Vec<u32>, Vec<Place>> = BTreeMap::new();
    for (place, unit) in gone.iter().rev() {
        places.entry(key(unit)).or_default().push(*place);
    }
    come.retain(
        |(place, unit)| match places.get_mut(&key(unit)).and_then(Vec::pop) {
            Some(old) => {
                moves.insert(old, *place);
                false
            }
            None => true,
        },
    );
    gone.retain(|(place, _)| moves.away(*place).is_none());
}

fn key(unit: &Unit<'_>) -> Vec<u32> {
    unit.lexemes
        .iter()
        .flatten()
        .map(|lexeme| lexeme.id)
        .collect()
}

fn nearly_same_words(gone: &[Placed<'_, '_>], come: &[Placed<'_, '_>], moves: &mut Moves) {
    if gone.len().saturating_mul(come.len()) > MAX_PAIRS {
        return;
    }
    let mut candidates = Vec::new();
    for (old, from) in gone {
        for (new, to) in come {
            let likeness = from.likeness(to);
            if likeness >= NEARLY {
                candidates.push((std::cmp::Reverse(likeness), *new, *old));
            }
        }
    }
    candidates.sort_unstable();
    for (_, new, old) in candidates {
        if moves.away(old).is_none() && moves.here(new).is_none() {
            moves.insert(old, new);
        }
    }
}

/// Words below which two blocks that say the same are not told as one that was moved.
const MIN_WORDS: usize = 6;

/// How alike two blocks must be to be one that was moved and changed, in percent.
const NEARLY: u32 = 80;

/// Pairs of blocks that are compared each with each.
const MAX_PAIRS: usize = 40_000;
