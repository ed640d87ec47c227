//! Blocks and rows of tables as what is matched: with their words, and how alike they are.

use super::lexemes::{Lexeme, Words};
use super::model::{Block, BlockKind};

/// What is matched as one: a block, or a row of a table.
#[derive(Debug, Clone)]
pub(super) struct Unit<'t> {
    /// What it may be matched with.
    pub(super) class: Class,
    /// Its blocks: one, or the cells of a row.
    pub(super) blocks: &'t [Block],
    /// Their lexemes, block by block.
    pub(super) lexemes: Vec<Vec<Lexeme<'t>>>,
    /// Each word once, in order, with how often it stands there and its weight.
    pub(super) bag: Vec<(u32, u32, u32)>,
    /// What all its words weigh.
    pub(super) weight: u32,
    /// How many words it has.
    pub(super) words: usize,
}

/// What a unit may be matched with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// A cell, within its row.
    Cell,
    /// A paragraph, an item or a term.
    Flow,
    /// A heading.
    Heading,
    /// A row of a table.
    Row,
}

/// Returns a clause's blocks as units: the cells of a row are one.
pub(super) fn units<'t>(blocks: &'t [Block], words: &mut Words<'t>) -> Vec<Unit<'t>> {
    let row_of = |block: &Block| match block.kind {
        BlockKind::Cell { table, row, .. } => Some((table, row)),
        BlockKind::Heading { .. }
        | BlockKind::Item { .. }
        | BlockKind::Paragraph { .. }
        | BlockKind::Term { .. } => None,
    };
    blocks
        .chunk_by(|a, b| row_of(a).is_some() && row_of(a) == row_of(b))
        .map(|blocks| {
            let class = match blocks.first().map(|block| block.kind) {
                Some(BlockKind::Cell { .. }) => Class::Row,
                Some(BlockKind::Heading { .. }) => Class::Heading,
                _ => Class::Flow,
            };
            unit(class, blocks, words)
        })
        .collect()
}

/// Returns the cells of a row as units; what stands in one column is one.
pub(super) fn cells<'t>(blocks: &'t [Block], words: &mut Words<'t>) -> Vec<Unit<'t>> {
    blocks
        .chunk_by(|a, b| column(a) == column(b))
        .map(|blocks| unit(Class::Cell, blocks, words))
        .collect()
}

/// Returns the blocks of a cell as units.
pub(super) fn parts<'t>(blocks: &'t [Block], words: &mut Words<'t>) -> Vec<Unit<'t>> {
    blocks
        .chunks(1)
        .map(|blocks| unit(Class::Flow, blocks, words))
        .collect()
}

/// Returns the column of a cell.
fn column(block: &Block) -> Option<usize> {
    match block.kind {
        BlockKind::Cell { column, .. } => Some(column),
        BlockKind::Heading { .. }
        | BlockKind::Item { .. }
        | BlockKind::Paragraph { .. }
        | BlockKind::Term { .. } => None,
    }
}

fn unit<'t>(class: Class, blocks: &'t [Block], words: &mut Words<'t>) -> Unit<'t> {
    let lexemes: Vec<Vec<Lexeme<'t>>> = blocks
        .iter()
        .map(|block| words.lexemes(&block.runs))
        .collect();
    let mut ids: Vec<(u32, u32)> = lexemes
        .iter()
        .flatten()
        .filter(|lexeme| lexeme.is_word())
        .map(|lexeme| (lexeme.folded, weight(lexeme.text)))
        .collect();
    ids.sort_unstable();
    let bag: Vec<(u32, u32, u32)> = ids
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|group| {
            let (id, weight) = *group.first()?;
            Some((id, u32::try_from(group.len()).ok()?, weight))
        })
        .collect();
    Unit {
        class,
        blocks,
        weight: bag
            .iter()
            .map(|(_, count, weight)| count.saturating_mul(*weight))
            .fold(0, u32::saturating_add),
        words: ids.len(),
        bag,
        lexemes,
    }
}

/// Long words tell more of what a sentence is about than short ones.
fn weight(word: &str) -> u32 {
    u32::try_from(word.chars().count()).map_or(MAX_WEIGHT, |length| length.min(MAX_WEIGHT))
}

/// What a unit says: the numbers of its lexemes, `None` after each cell.
pub(super) type UnitKey = Vec<Option<u32>>;

impl Unit<'_> {
    /// Returns the number it bears, as printed.
    pub(super) fn label(&self) -> &str {
        self.blocks.first().map_or("", |block| &block.label)
    }

    /// Returns what its first block is.
    pub(super) fn kind(&self) -> Option<BlockKind> {
        self.blocks.first().map(|block| block.kind)
    }

    fn ids(&self) -> impl Iterator<Item = Option<u32>> {
        // A mark between cells, so that the same words in other cells are not the same row.
        self.lexemes.iter().flat_map(|lexemes| {
            let ids = lexemes.iter().map(|lexeme| Some(lexeme.id));
            ids.chain([None])
        })
    }

    /// Tells whether it says the same in the same words.
    pub(super) fn says_same(&self, other: &Unit<'_>) -> bool {
        self.class == other.class && self.ids().eq(other.ids())
    }

    /// Tells whether both are rows that begin with the same words: what stands first names a row.
    pub(super) fn is_row_of(&self, other: &Unit<'_>) -> bool {
        let (Some(first), Some(others)) = (self.lexemes.first(), other.lexemes.first()) else {
            return false;
        };
        let ids = first.iter().map(|lexeme| lexeme.id);
        let are_rows = self.class == Class::Row && other.class == Class::Row;
        are_rows && !first.is_empty() && ids.eq(others.iter().map(|lexeme| lexeme.id))
    }

    /// Tells whether it is a term, and explains another one than `other`.
    pub(super) fn is_other_term(&self, other: &Unit<'_>) -> bool {
        let name = |unit: &Unit<'_>| {
            let first = unit.lexemes.first().and_then(|lexemes| lexemes.first());
            first.map(|lexeme| lexeme.folded)
        };
        matches!(self.kind(), Some(BlockKind::Term { .. })) && name(self) != name(other)
    }

    /// Returns what it says, for finding others that say the same.
    pub(super) fn key(&self) -> UnitKey {
        self.ids().collect()
    }

    /// Returns what the words weigh that both have.
    pub(super) fn overlap(&self, other: &Unit<'_>) -> u32 {
        overlap(&self.bag, &other.bag)
    }

    /// Tells how alike two are, from 0 to 100.
    pub(super) fn likeness(&self, other: &Unit<'_>) -> u32 {
        share(
            self.overlap(other).saturating_mul(2),
            self.weight.saturating_add(other.weight),
        )
    }
}

/// Returns what the words weigh that two bags have.
pub(super) fn overlap(a: &[(u32, u32, u32)], b: &[(u32, u32, u32)]) -> u32 {
    let mut total = 0_u32;
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    while let (Some((id, count, weight)), Some((other, others, _))) = (a.peek(), b.peek()) {
        match id.cmp(other) {
            std::cmp::Ordering::Less => {
                a.next();
            }
            std::cmp::Ordering::Greater => {
                b.next();
            }
            std::cmp::Ordering::Equal => {
                total = total.saturating_add(count.min(others).saturating_mul(*weight));
                a.next();
                b.next();
            }
        }
    }
    total
}

/// Returns a part of a whole in percent; of nothing it is all.
pub(super) fn share(part: u32, whole: u32) -> u32 {
    let percent = u64::from(part)
        .saturating_mul(100)
        .checked_div(u64::from(whole));
    percent.map_or(100, |percent| u32::try_from(percent).unwrap_or(100))
}

/// What a word weighs at most.
const MAX_WEIGHT: u32 = 12;
