//! Which block of the old text each block of the new one comes from.

use std::collections::HashMap;
use std::ops::Range;

use super::model::BlockKind;
use super::units::{Class, Unit, overlap, share};

/// What became of units; of the old ones and of the new ones each stands in exactly one step, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It is gone.
    Delete(usize),
    /// It is new.
    Insert(usize),
    /// Several have been joined to one.
    Join {
        /// The first of them.
        old: usize,
        /// How many.
        count: usize,
        /// What they were joined to.
        new: usize,
    },
    /// It is in both.
    Match {
        /// The old one.
        old: usize,
        /// The new one.
        new: usize,
    },
    /// One has been split to several.
    Split {
        /// What was split.
        old: usize,
        /// The first of its parts.
        new: usize,
        /// How many.
        count: usize,
    },
}

/// Aligns units by what they say, in their order.
pub(super) fn align(old: &[Unit<'_>], new: &[Unit<'_>]) -> Vec<Step> {
    let mut steps = Vec::new();
    align_range(old, new, 0..old.len(), 0..new.len(), &mut steps);
    steps
}

/// Aligns units of which the first are the same one, whatever they say.
pub(super) fn align_after_first(old: &[Unit<'_>], new: &[Unit<'_>]) -> Vec<Step> {
    let mut steps = vec![Step::Match { old: 0, new: 0 }];
    align_range(old, new, 1..old.len(), 1..new.len(), &mut steps);
    steps
}

fn align_range(
    old: &[Unit<'_>],
    new: &[Unit<'_>],
    mut olds: Range<usize>,
    mut news: Range<usize>,
    steps: &mut Vec<Step>,
) {
    let same = |a: usize, b: usize| matches!((old.get(a), new.get(b)), (Some(a), Some(b)) if a.says_same(b));
    while !olds.is_empty() && !news.is_empty() && same(olds.start, news.start) {
        steps.push(Step::Match {
            old: olds.start,
            new: news.start,
        });
        olds.start = olds.start.saturating_add(1);
        news.start = news.start.saturating_add(1);
    }
    let mut tail = Vec::new();
    while !olds.is_empty()
        && !news.is_empty()
        && same(olds.end.saturating_sub(1), news.end.saturating_sub(1))
    {
        olds.end = olds.end.saturating_sub(1);
        news.end = news.end.saturating_sub(1);
        tail.push(Step::Match {
            old: olds.end,
            new: news.end,
        });
    }
    if olds.len().saturating_mul(news.len()) <= MAX_PAIRS {
        dynamic(old, new, olds, news, steps);
    } else {
        anchored(old, new, olds, news, steps);
    }
    steps.extend(tail.into_iter().rev());
}

/// Divides what is too much for comparing each with each at units that say the same and stand only once.
fn anchored(
    old: &[Unit<'_>],
    new: &[Unit<'_>],
    olds: Range<usize>,
    news: Range<usize>,
    steps: &mut Vec<Step>,
) {
    let mut places: HashMap<_, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for index in olds.clone() {
        if let Some(unit) = old.get(index) {
            places.entry(unit.key()).or_default().0.push(index);
        }
    }
    let mut pairs = Vec::new();
    for index in news.clone() {
        if let Some(unit) = new.get(index) {
            places.entry(unit.key()).or_default().1.push(index);
        }
    }
    for index in news.clone() {
        let found = new.get(index).and_then(|unit| places.get(&unit.key()));
        if let Some((olds, news)) = found
            && let ([old], [_]) = (olds.as_slice(), news.as_slice())
        {
            pairs.push((index, *old));
        }
    }
    let order: Vec<usize> = pairs.iter().map(|(_, old)| *old).collect();
    let kept = longest_increasing(&order);
    let mut at = (olds.start, news.start);
    let ends = kept
        .iter()
        .filter_map(|index| pairs.get(*index).map(|(new, old)| (*old, *new)));
    for (old_end, new_end) in ends.chain([(olds.end, news.end)]) {
        let (gap_old, gap_new) = (at.0..old_end, at.1..new_end);
        if gap_old.len().saturating_mul(gap_new.len()) <= MAX_PAIRS {
            dynamic(old, new, gap_old, gap_new, steps);
        } else {
            steps.extend(gap_old.map(Step::Delete));
            steps.extend(gap_new.map(Step::Insert));
        }
        if old_end < olds.end && new_end < news.end {
            steps.push(Step::Match {
                old: old_end,
                new: new_end,
            });
        }
        at = (old_end.saturating_add(1), new_end.saturating_add(1));
    }
}

/// Finds the steps under which the most words keep their place.
fn dynamic(
    old: &[Unit<'_>],
    new: &[Unit<'_>],
    olds: Range<usize>,
    news: Range<usize>,
    steps: &mut Vec<Step>,
) {
    let (old, new) = (
        old.get(olds.clone()).unwrap_or_default(),
        new.get(news.clone()).unwrap_or_default(),
    );
    let width = new.len().saturating_add(1);
    let at = |row: usize, column: usize| row.saturating_mul(width).saturating_add(column);
    // The best score from here to the end, and the step that begins it.
    let mut table: Vec<(u64, Option<Step>)> =
        vec![(0, None); at(old.len(), new.len()).saturating_add(1)];
    for row in (0..=old.len()).rev() {
        for column in (0..=new.len()).rev() {
            let score = |row: usize, column: usize| {
                table.get(at(row, column)).map_or(0, |(score, _)| *score)
            };
            let mut best: (u64, Option<Step>) = (0, None);
            let mut offer = |score: u64, step: Step| {
                if best.1.is_none() || score > best.0 {
                    best = (score, Some(step));
                }
            };
            if let (Some(from), Some(to)) = (old.get(row), new.get(column)) {
                let common = from.overlap(to);
                if let Some(gain) = gain(from, to, common) {
                    offer(
                        gain.saturating_add(score(row.saturating_add(1), column.saturating_add(1))),
                        Step::Match {
                            old: row,
                            new: column,
                        },
                    );
                }
                let rest = new.get(column..).unwrap_or_default();
                for (count, gain) in divided(from, rest, common) {
                    let after = score(row.saturating_add(1), column.saturating_add(count));
                    offer(
                        gain.saturating_add(after),
                        Step::Split {
                            old: row,
                            new: column,
                            count,
                        },
                    );
                }
                let rest = old.get(row..).unwrap_or_default();
                for (count, gain) in divided(to, rest, common) {
                    let after = score(row.saturating_add(count), column.saturating_add(1));
                    offer(
                        gain.saturating_add(after),
                        Step::Join {
                            old: row,
                            count,
                            new: column,
                        },
                    );
                }
            }
            if row < old.len() {
                offer(score(row.saturating_add(1), column), Step::Delete(row));
            }
            if column < new.len() {
                offer(score(row, column.saturating_add(1)), Step::Insert(column));
            }
            if let Some(place) = table.get_mut(at(row, column)) {
                *place = best;
            }
        }
    }
    let (mut row, mut column) = (0_usize, 0_usize);
    while let Some((_, Some(step))) = table.get(at(row, column)) {
        let (from, to) = (olds.start, news.start);
        let (shifted, rows, columns) = match *step {
            Step::Delete(old) => (Step::Delete(from.saturating_add(old)), 1, 0),
            Step::Insert(new) => (Step::Insert(to.saturating_add(new)), 0, 1),
            Step::Join { old, count, new } => (
                Step::Join {
                    old: from.saturating_add(old),
                    count,
                    new: to.saturating_add(new),
                },
                count,
                1,
            ),
            Step::Match { old, new } => (
                Step::Match {
                    old: from.saturating_add(old),
                    new: to.saturating_add(new),
                },
                1,
                1,
            ),
            Step::Split { old, new, count } => (
                Step::Split {
                    old: from.saturating_add(old),
                    new: to.saturating_add(new),
                    count,
                },
                1,
                count,
            ),
        };
        steps.push(shifted);
        row = row.saturating_add(rows);
        column = column.saturating_add(columns);
    }
}

/// Returns what matching two units gains that have so much in common; `None` where they are too unlike.
fn gain(old: &Unit<'_>, new: &Unit<'_>, common: u32) -> Option<u64> {
    if old.class != new.class {
        return None;
    }
    let smaller = old.weight.min(new.weight);
    let is_contained = old.words.min(new.words) >= FEW_WORDS && share(common, smaller) >= CONTAINED;
    let likeness = share(
        common.saturating_mul(2),
        old.weight.saturating_add(new.weight),
    );
    if likeness < ALIKE && !is_contained && !old.is_row_of(new) {
        return None;
    }
    let base = u64::from(common).saturating_mul(20).saturating_add(1);
    let same_kind = old.kind() == new.kind();
    let same_label = old.label() == new.label();
    let same_words = old.says_same(new);
    let extra: u64 = [(same_kind, 1), (same_label, 1), (same_words, 4)]
        .iter()
        .filter_map(|(holds, points)| holds.then_some(*points))
        .sum();
    Some(base.saturating_add(extra))
}

/// Returns in how many of the next units `whole` may lie divided, with what each way gains. `first` is what it has
/// in common with the first of them.
fn divided(whole: &Unit<'_>, parts: &[Unit<'_>], first: u32) -> Vec<(usize, u64)> {
    let mut found = Vec::new();
    let is_contained = parts.get(1).is_some()
        && parts
            .first()
            .is_some_and(|part| share(first, part.weight) >= PART_CONTAINED);
    let is_term = matches!(whole.kind(), Some(BlockKind::Term { .. }));
    if whole.class != Class::Flow || is_term || !is_contained {
        return found;
    }
    let mut left = whole.bag.clone();
    let mut common = 0_u32;
    let mut weight = 0_u32;
    for (index, part) in parts.iter().take(MAX_PARTS).enumerate() {
        let is_term = matches!(part.kind(), Some(BlockKind::Term { .. }));
        if part.class != Class::Flow || is_term || part.words == 0 {
            break;
        }
        let taken = overlap(&left, &part.bag);
        if share(taken, part.weight) < PART_CONTAINED {
            break;
        }
        take(&mut left, &part.bag);
        common = common.saturating_add(taken);
        weight = weight.saturating_add(part.weight);
        let likeness = share(
            common.saturating_mul(2),
            whole.weight.saturating_add(weight),
        );
        if index > 0 && likeness >= DIVIDED {
            found.push((
                index.saturating_add(1),
                u64::from(common).saturating_mul(20),
            ));
        }
    }
    found
}

fn take(bag: &mut [(u32, u32, u32)], taken: &[(u32, u32, u32)]) {
    for (id, count, _) in bag {
        if let Ok(at) = taken.binary_search_by_key(id, |(id, _, _)| *id) {
            let less = taken.get(at).map_or(0, |(_, count, _)| *count);
            *count = count.saturating_sub(less);
        }
    }
}

/// Returns the places of a longest run of values that grow; the values are different from each other.
pub(super) fn longest_increasing(values: &[usize]) -> Vec<usize> {
    // For each length, the place of the smallest value that ends a run of that length.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(values.len());
    for (place, value) in values.iter().enumerate() {
        let length = ends.partition_point(|end| values.get(*end).is_some_and(|end| end < value));
        before.push(
            length
                .checked_sub(1)
                .and_then(|last| ends.get(last))
                .copied(),
        );
        match ends.get_mut(length) {
            Some(end) => *end = place,
            None => ends.push(place),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(place) = at {
        run.push(place);
        at = before.get(place).copied().flatten();
    }
    run.reverse();
    run
}

/// How alike two blocks must be, in percent of their words' weight, to be one that changed.
const ALIKE: u32 = 45;

/// How much of the shorter of two blocks the longer must have to be the same one, extended.
const CONTAINED: u32 = 75;

/// Words below which being contained in another block says nothing.
const FEW_WORDS: usize = 5;

/// How much of each part must stand in what was split.
const PART_CONTAINED: u32 = 50;

/// How alike what was split and its parts together must be.
const DIVIDED: u32 = 60;

/// Parts that a block may have been split to.
const MAX_PARTS: usize = 6;

/// Pairs of blocks that are compared each with each.
const MAX_PAIRS: usize = 120_000;
