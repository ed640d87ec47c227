//! From two texts to the changes between them.

use std::collections::{BTreeMap, BTreeSet};

use super::align::{Step, align, align_after_first, longest_increasing};
use super::lexemes::{Lexeme, Words};
use super::model::{
    Block, BlockChange, Change, Clause, ClauseChange, ClausePlace, Fate, Piece, Redline, Unseen,
};
use super::moves::{Moves, find_moves};
use super::units::{Class, Unit, UnitKey, cells, parts, units};
use super::words::{hunks, pieces, whole};
use super::{Compared, Text, unseen};
use crate::agreement::ClauseId;

/// Compares two versions.
///
/// Clauses are matched by their ids. Within them blocks are aligned by what they say and by their order, and
/// what is left over is sought where it may have been moved to.
#[must_use]
pub fn compare(old: &Compared<'_>, new: &Compared<'_>) -> Redline {
    let mut noted = Vec::new();
    let clauses = compare_texts(&old.text, &new.text, &mut noted);
    let mut redline = Redline {
        old: old.side.clone(),
        new: new.side.clone(),
        clauses,
        unseen: noted,
    };
    unseen::complete(&mut redline, old, new);
    redline
}

/// A clause's units in both texts, and what became of them.
pub(super) struct Pairing<'t> {
    /// The clause.
    pub(super) id: &'t ClauseId,
    /// Its units in the old text.
    pub(super) old: Vec<Unit<'t>>,
    /// Its units in the new text.
    pub(super) new: Vec<Unit<'t>>,
    /// What became of them.
    pub(super) steps: Vec<Step>,
    places: (Option<ClausePlace>, Option<ClausePlace>),
    is_moved: bool,
}

/// Compares clause by clause; `noted` gets what no page shows.
pub(super) fn compare_texts(old: &Text, new: &Text, noted: &mut Vec<Unseen>) -> Vec<ClauseChange> {
    let mut words = Words::default();
    let mut pairings: Vec<Pairing<'_>> = order(old, new)
        .into_iter()
        .map(|slot| slot.pairing(&mut words))
        .collect();
    let moves = find_moves(&pairings);
    for (index, pairing) in pairings.iter_mut().enumerate() {
        pair_left_over(index, pairing, &moves);
    }
    pairings
        .iter()
        .enumerate()
        .map(|(index, pairing)| {
            let mut writer = Writer {
                place: pairing.id,
                noted,
                words: &mut words,
                blocks: Vec::new(),
            };
            writer.clause(index, pairing, &pairings, &moves);
            let blocks = writer.blocks;
            ClauseChange {
                id: pairing.id.clone(),
                old: pairing.places.0.clone(),
                new: pairing.places.1.clone(),
                is_moved: pairing.is_moved,
                blocks,
            }
        })
        .collect()
}

/// A clause in one of the texts or in both, with its places there.
struct Slot<'t> {
    id: &'t ClauseId,
    old: Option<(usize, &'t Clause)>,
    new: Option<(usize, &'t Clause)>,
    is_moved: bool,
}

/// Returns the clauses of both texts in the order of the new one; a removed one comes after the clause that it
/// stood after.
fn order<'t>(old: &'t Text, new: &'t Text) -> Vec<Slot<'t>> {
    let old_places: BTreeMap<&ClauseId, (usize, &Clause)> = old
        .clauses
        .iter()
        .enumerate()
        .map(|(position, clause)| (&clause.id, (position, clause)))
        .collect();
    let mut slots: Vec<Slot<'t>> = new
        .clauses
        .iter()
        .enumerate()
        .map(|(position, clause)| Slot {
            id: &clause.id,
            old: old_places.get(&clause.id).copied(),
            new: Some((position, clause)),
            is_moved: false,
        })
        .collect();
    let common: Vec<(usize, usize)> = slots
        .iter()
        .enumerate()
        .filter_map(|(slot, found)| found.old.map(|(position, _)| (slot, position)))
        .collect();
    let positions: Vec<usize> = common.iter().map(|(_, position)| *position).collect();
    let stayed = longest_increasing(&positions);
    for (index, (slot, _)) in common.iter().enumerate() {
        if let Some(slot) = slots.get_mut(*slot) {
            slot.is_moved = stayed.binary_search(&index).is_err();
        }
    }
    let kept: BTreeMap<&ClauseId, bool> =
        slots.iter().map(|slot| (slot.id, slot.is_moved)).collect();
    let mut after: Option<&ClauseId> = None;
    for (position, clause) in old.clauses.iter().enumerate() {
        match kept.get(&clause.id) {
            Some(true) => {}
            Some(false) => after = Some(&clause.id),
            None => {
                let at = after
                    .and_then(|id| slots.iter().position(|slot| slot.id == id))
                    .map_or(0, |at| at.saturating_add(1));
                let slot = Slot {
                    id: &clause.id,
                    old: Some((position, clause)),
                    new: None,
                    is_moved: false,
                };
                slots.insert(at.min(slots.len()), slot);
                after = Some(&clause.id);
            }
        }
    }
    slots
}

impl<'t> Slot<'t> {
    fn pairing(self, words: &mut Words<'t>) -> Pairing<'t> {
        let blocks = |side: Option<(usize, &'t Clause)>| {
            side.map_or(&[] as &[Block], |(_, clause)| clause.blocks.as_slice())
        };
        let place = |side: Option<(usize, &Clause)>| {
            side.map(|(position, clause)| ClausePlace {
                number: clause.number.clone(),
                position,
                title: clause.title(),
            })
        };
        let old = units(blocks(self.old), words);
        let new = units(blocks(self.new), words);
        let is_titled = |units: &[Unit<'_>]| {
            units
                .first()
                .is_some_and(|unit| unit.class == Class::Heading)
        };
        let steps = if is_titled(&old) && is_titled(&new) {
            // A clause keeps its heading however much it changes.
            align_after_first(&old, &new)
        } else {
            align(&old, &new)
        };
        Pairing {
            id: self.id,
            steps,
            places: (place(self.old), place(self.new)),
            is_moved: self.is_moved,
            old,
            new,
        }
    }
}

/// Pairs what was left over in the same place: the block that bears the same number, or the only one.
fn pair_left_over(index: usize, pairing: &mut Pairing<'_>, moves: &Moves) {
    let moved_old = |old: usize| moves.away((index, old)).is_some();
    let moved_new = |new: usize| moves.here((index, new)).is_some();
    let (gone, come) = left_over(pairing);
    let says = |units: &[Unit<'_>], at: usize, said: &BTreeSet<UnitKey>| {
        units.get(at).is_some_and(|unit| said.contains(&unit.key()))
    };
    let mut steps = Vec::with_capacity(pairing.steps.len());
    let is_gap = |step: &Step| matches!(step, Step::Delete(_) | Step::Insert(_));
    for run in pairing.steps.chunk_by(|a, b| is_gap(a) && is_gap(b)) {
        let olds: Vec<usize> = run
            .iter()
            .filter_map(|step| match step {
                Step::Delete(old) => Some(*old),
                Step::Insert(_) | Step::Join { .. } | Step::Match { .. } | Step::Split { .. } => {
                    None
                }
            })
            .collect();
        let news: Vec<usize> = run
            .iter()
            .filter_map(|step| match step {
                Step::Insert(new) => Some(*new),
                Step::Delete(_) | Step::Join { .. } | Step::Match { .. } | Step::Split { .. } => {
                    None
                }
            })
            .collect();
        if olds.is_empty() || news.is_empty() {
            steps.extend_from_slice(run);
            continue;
        }
        // What says the same as something left over elsewhere is not told as rewritten here.
        let left_old: Vec<usize> = olds
            .iter()
            .copied()
            .filter(|at| !moved_old(*at) && !says(&pairing.old, *at, &come))
            .collect();
        let left_new: Vec<usize> = news
            .iter()
            .copied()
            .filter(|at| !moved_new(*at) && !says(&pairing.new, *at, &gone))
            .collect();
        let pairs = pairs_of(pairing, &left_old, &left_new);
        let (mut olds, mut news) = (olds.as_slice(), news.as_slice());
        for (old, new) in pairs {
            let before_old = olds.iter().take_while(|at| **at < old).count();
            let before_new = news.iter().take_while(|at| **at < new).count();
            let (gone, rest) = olds.split_at(before_old);
            olds = rest.get(1..).unwrap_or_default();
            let (come, rest) = news.split_at(before_new);
            news = rest.get(1..).unwrap_or_default();
            steps.extend(gone.iter().map(|at| Step::Delete(*at)));
            steps.extend(come.iter().map(|at| Step::Insert(*at)));
            steps.push(Step::Match { old, new });
        }
        steps.extend(olds.iter().map(|at| Step::Delete(*at)));
        steps.extend(news.iter().map(|at| Step::Insert(*at)));
    }
    pairing.steps = steps;
}

/// Returns what the units say that are gone from a clause, and those that are new in it.
fn left_over(pairing: &Pairing<'_>) -> (BTreeSet<UnitKey>, BTreeSet<UnitKey>) {
    let (mut gone, mut come) = (BTreeSet::new(), BTreeSet::new());
    for step in &pairing.steps {
        match *step {
            Step::Delete(at) => gone.extend(pairing.old.get(at).map(Unit::key)),
            Step::Insert(at) => come.extend(pairing.new.get(at).map(Unit::key)),
            Step::Join { .. } | Step::Match { .. } | Step::Split { .. } => {}
        }
    }
    (gone, come)
}

/// Returns which of the units that were left over in one place are told as one that was rewritten, in order.
fn pairs_of(pairing: &Pairing<'_>, olds: &[usize], news: &[usize]) -> Vec<(usize, usize)> {
    let units = |old: usize, new: usize| Some((pairing.old.get(old)?, pairing.new.get(new)?));
    let are_counterparts = olds.len() == news.len()
        && olds.iter().zip(news).all(|(old, new)| {
            units(*old, *new).is_some_and(|(old, new)| {
                let is_only = olds.len() == 1 || old.class == Class::Row;
                is_only && old.class == new.class && !old.is_other_term(new)
            })
        });
    if are_counterparts {
        return olds.iter().copied().zip(news.iter().copied()).collect();
    }
    let is_same = |old: &Unit<'_>, new: &Unit<'_>| match (old.class, new.class) {
        (Class::Row, Class::Row) => old.likeness(new) >= SAME_ROW,
        _ => !new.label().is_empty() && old.kind() == new.kind() && old.label() == new.label(),
    };
    let mut pairs = Vec::new();
    let mut rest = olds;
    for new in news {
        let found = rest
            .iter()
            .position(|old| units(*old, *new).is_some_and(|(old, new)| is_same(old, new)));
        if let Some((place, old)) = found.and_then(|place| Some((place, *rest.get(place)?))) {
            pairs.push((old, *new));
            rest = rest.get(place.saturating_add(1)..).unwrap_or_default();
        }
    }
    pairs
}

/// Writes the changes of one clause.
struct Writer<'w, 't> {
    place: &'t ClauseId,
    noted: &'w mut Vec<Unseen>,
    words: &'w mut Words<'t>,
    blocks: Vec<BlockChange>,
}

impl<'t> Writer<'_, 't> {
    fn clause(
        &mut self,
        index: usize,
        pairing: &Pairing<'t>,
        pairings: &[Pairing<'t>],
        moves: &Moves,
    ) {
        for step in &pairing.steps {
            match *step {
                Step::Delete(old) => {
                    let pair = moves.away((index, old));
                    let fate = pair.map_or(Fate::Deleted, |pair| Fate::MovedTo { pair });
                    if let Some(unit) = pairing.old.get(old) {
                        self.gone(unit, fate);
                    }
                }
                Step::Insert(new) => {
                    let Some(unit) = pairing.new.get(new) else {
                        continue;
                    };
                    match moves.here((index, new)) {
                        None => self.come(unit, Fate::Inserted, None),
                        Some(((clause, old), pair)) => {
                            let from = pairings
                                .get(clause)
                                .and_then(|pairing| pairing.old.get(old));
                            self.come(unit, Fate::MovedFrom { pair }, from);
                        }
                    }
                }
                Step::Match { old, new } => {
                    if let (Some(old), Some(new)) = (pairing.old.get(old), pairing.new.get(new)) {
                        self.both(old, new);
                    }
                }
                Step::Join { .. } | Step::Split { .. } => {
                    self.divided(*step, &pairing.old, &pairing.new);
                }
            }
        }
    }

    /// Writes steps within a cell or between the cells of a row, where nothing is moved.
    fn steps(&mut self, steps: &[Step], old: &[Unit<'t>], new: &[Unit<'t>]) {
        for step in steps {
            match *step {
                Step::Delete(at) => {
                    if let Some(unit) = old.get(at) {
                        self.gone(unit, Fate::Deleted);
                    }
                }
                Step::Insert(at) => {
                    if let Some(unit) = new.get(at) {
                        self.come(unit, Fate::Inserted, None);
                    }
                }
                Step::Match { old: a, new: b } => {
                    if let (Some(old), Some(new)) = (old.get(a), new.get(b)) {
                        self.both(old, new);
                    }
                }
                Step::Join { .. } | Step::Split { .. } => self.divided(*step, old, new),
            }
        }
    }

    fn gone(&mut self, unit: &Unit<'t>, fate: Fate) {
        for (block, lexemes) in unit.blocks.iter().zip(&unit.lexemes) {
            self.blocks.push(BlockChange {
                kind: block.kind,
                old_kind: block.kind,
                old_label: block.label.clone(),
                new_label: String::new(),
                fate,
                pieces: whole(lexemes, Change::Deleted),
                edited: Vec::new(),
                mark: Change::Deleted,
            });
        }
    }

    fn come(&mut self, unit: &Unit<'t>, fate: Fate, from: Option<&Unit<'t>>) {
        for (index, (block, lexemes)) in unit.blocks.iter().zip(&unit.lexemes).enumerate() {
            let before = from.and_then(|from| from.lexemes.get(index));
            let edited = before
                .map(|before| self.compared(before, lexemes))
                .filter(|parts| parts.iter().flatten().any(is_changed));
            self.blocks.push(BlockChange {
                kind: block.kind,
                old_kind: block.kind,
                old_label: String::new(),
                new_label: block.label.clone(),
                fate,
                pieces: whole(lexemes, Change::Inserted),
                edited: edited.into_iter().flatten().flatten().collect(),
                mark: Change::Inserted,
            });
        }
    }

    fn both(&mut self, old: &Unit<'t>, new: &Unit<'t>) {
        match old.class {
            Class::Flow | Class::Heading => {
                if let ([a], [b]) = (old.blocks, new.blocks) {
                    self.group(&[a], &[b], &old.lexemes, &new.lexemes);
                }
            }
            Class::Row => {
                let (a, b) = (cells(old.blocks, self.words), cells(new.blocks, self.words));
                let steps = if a.len() == b.len() {
                    (0..a.len())
                        .map(|at| Step::Match { old: at, new: at })
                        .collect()
                } else {
                    align(&a, &b)
                };
                self.steps(&steps, &a, &b);
            }
            Class::Cell => {
                let (a, b) = (parts(old.blocks, self.words), parts(new.blocks, self.words));
                let steps = if a.len() == 1 && b.len() == 1 {
                    vec![Step::Match { old: 0, new: 0 }]
                } else {
                    align(&a, &b)
                };
                self.steps(&steps, &a, &b);
            }
        }
    }

    fn divided(&mut self, step: Step, old: &[Unit<'t>], new: &[Unit<'t>]) {
        let (olds, news) = match step {
            Step::Join { old, count, new } => {
                (old..old.saturating_add(count), new..new.saturating_add(1))
            }
            Step::Split { old, new, count } => {
                (old..old.saturating_add(1), new..new.saturating_add(count))
            }
            Step::Delete(_) | Step::Insert(_) | Step::Match { .. } => return,
        };
        let olds = old.get(olds).unwrap_or_default();
        let news = new.get(news).unwrap_or_default();
        let blocks = |units: &[Unit<'t>]| -> Vec<&'t Block> {
            units.iter().flat_map(|unit| unit.blocks).collect()
        };
        let lexemes = |units: &[Unit<'t>]| -> Vec<Vec<Lexeme<'t>>> {
            let lexemes = units.iter().flat_map(|unit| &unit.lexemes);
            lexemes.cloned().collect()
        };
        self.group(&blocks(olds), &blocks(news), &lexemes(olds), &lexemes(news));
    }

    /// Writes blocks that are the same ones in both texts: one in each, or several in one of them.
    fn group(
        &mut self,
        olds: &[&Block],
        news: &[&Block],
        old_lexemes: &[Vec<Lexeme<'t>>],
        new_lexemes: &[Vec<Lexeme<'t>>],
    ) {
        let (Some(old), Some(new)) = (olds.last(), news.last()) else {
            return;
        };
        let old_joined = self.joined(old_lexemes);
        let new_joined = self.joined(new_lexemes);
        let parts = self.compared(&old_joined, &new_joined);
        let last = parts.len().saturating_sub(1);
        let is_split = news.len() > 1;
        for (index, pieces) in parts.into_iter().enumerate() {
            let label = |blocks: &[&Block], is_divided: bool| {
                let at = if is_divided { index } else { 0 };
                let found = blocks.get(at).filter(|_| is_divided || index == 0);
                found.map_or_else(String::new, |block| block.label.clone())
            };
            let kind = |blocks: &[&Block], last: &Block| {
                blocks.get(index).map_or(last.kind, |block| block.kind)
            };
            let mark = match (index == last, is_split) {
                (true, _) => Change::Kept,
                (false, true) => Change::Inserted,
                (false, false) => Change::Deleted,
            };
            let (kind, old_kind) = (kind(news, new), kind(olds, old));
            if last == 0 {
                unseen::note_kind(self.place, old_kind, kind, self.noted);
            }
            self.blocks.push(BlockChange {
                kind,
                old_kind,
                old_label: label(olds, olds.len() > 1),
                new_label: label(news, is_split),
                fate: Fate::Kept,
                pieces,
                edited: Vec::new(),
                mark,
            });
        }
    }

    fn joined(&mut self, blocks: &[Vec<Lexeme<'t>>]) -> Vec<Lexeme<'t>> {
        let mut joined = Vec::new();
        for (index, lexemes) in blocks.iter().enumerate() {
            if index > 0 {
                joined.push(self.words.mark());
            }
            joined.extend_from_slice(lexemes);
        }
        joined
    }

    fn compared(&mut self, old: &[Lexeme<'t>], new: &[Lexeme<'t>]) -> Vec<Vec<Piece>> {
        let hunks = hunks(old, new);
        unseen::note(self.place, old, new, &hunks, self.noted);
        pieces(old, new, &hunks)
    }
}

fn is_changed(piece: &Piece) -> bool {
    piece.change != Change::Kept || piece.old_marks.is_some()
}

/// How alike two rows must be, in percent, that were left over in the same place.
const SAME_ROW: u32 = 25;
