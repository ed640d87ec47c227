//! What happened to each clause, in a line.

use std::collections::BTreeSet;

use serde::Serialize;

use super::model::{
    BlockChange, BlockKind, Change, ClauseChange, Fate, Piece, Redline, UnseenKind,
};
use crate::agreement::ClauseId;

/// Name and version of the redline as JSON.
pub const SCHEMA: &str = "sigill-redline-1";

/// A redline as JSON.
#[derive(Debug, Clone, Serialize)]
pub struct Report<'a> {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The changes.
    #[serde(flatten)]
    pub redline: &'a Redline,
    /// The same, a line for each clause.
    pub summary: Vec<ClauseSummary>,
}

/// What happened to a clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClauseSummary {
    /// The clause.
    pub id: ClauseId,
    /// Its number in the old text; `None` where it was not there.
    pub old_number: Option<String>,
    /// Its number in the new text; `None` where it is gone.
    pub new_number: Option<String>,
    /// Its title; of the new text unless it is gone.
    pub title: String,
    /// Everything that happened to it, at least one.
    pub happened: Vec<Happening>,
    /// Words that were put in. Of a block that was moved here, those that it did not have.
    pub inserted_words: usize,
    /// Words that were taken away. Of a block that was moved here, those that it no longer has.
    pub deleted_words: usize,
    /// Paragraphs, items and rows that were moved to it, from it or within it.
    pub moved_blocks: usize,
}

/// One thing that happened to a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// It is new.
    Added,
    /// Its words, their marks or its paragraphs changed, or code that computes words.
    Changed,
    /// It stands in another order.
    Moved,
    /// It is gone.
    Removed,
    /// It has another number, and was not moved.
    Renumbered,
    /// Nothing.
    Unchanged,
}

impl Redline {
    /// Returns what happened to each clause, in the order of [`Redline::clauses`].
    #[must_use]
    pub fn summary(&self) -> Vec<ClauseSummary> {
        let is_computed = |clause: &ClauseChange| {
            let mut computed = self.unseen.iter();
            computed.any(|unseen| {
                unseen.kind == UnseenKind::Computed && unseen.place == clause.id.as_str()
            })
        };
        let clauses = self.clauses.iter();
        clauses
            .map(|clause| summarised(clause, is_computed(clause)))
            .collect()
    }

    /// Returns the redline as it is written in JSON.
    #[must_use]
    pub fn report(&self) -> Report<'_> {
        Report {
            schema: SCHEMA,
            redline: self,
            summary: self.summary(),
        }
    }
}

fn summarised(clause: &ClauseChange, is_computed: bool) -> ClauseSummary {
    let mut happened = Vec::new();
    match (&clause.old, &clause.new) {
        (Some(old), Some(new)) => {
            if is_computed || clause.blocks.iter().any(is_changed) || is_relabelled(clause) {
                happened.push(Happening::Changed);
            }
            if clause.is_moved {
                happened.push(Happening::Moved);
            } else if old.number != new.number {
                happened.push(Happening::Renumbered);
            }
        }
        (None, _) => happened.push(Happening::Added),
        (Some(_), None) => happened.push(Happening::Removed),
    }
    if happened.is_empty() {
        happened.push(Happening::Unchanged);
    }
    let place = clause.new.as_ref().or(clause.old.as_ref());
    ClauseSummary {
        id: clause.id.clone(),
        old_number: clause.old.as_ref().map(|place| place.number.clone()),
        new_number: clause.new.as_ref().map(|place| place.number.clone()),
        title: place.map_or_else(String::new, |place| place.title.clone()),
        happened,
        inserted_words: words(clause, Change::Inserted),
        deleted_words: words(clause, Change::Deleted),
        moved_blocks: moves(clause),
    }
}

/// Tells whether words, marks or paragraphs changed; a number or a row that follows from another change is no change.
fn is_changed(block: &BlockChange) -> bool {
    let is_kept = |piece: &Piece| piece.change == Change::Kept && piece.old_marks.is_none();
    let is_cell = matches!(block.kind, BlockKind::Cell { .. });
    block.fate != Fate::Kept
        || block.mark != Change::Kept
        || block.kind != block.old_kind && !is_cell
        || !block.pieces.iter().all(is_kept)
}

/// Returns how many blocks were moved to or from a clause; one that was moved within it is one, so is a row.
fn moves(clause: &ClauseChange) -> usize {
    let pairs = clause.blocks.iter().filter_map(|block| match block.fate {
        Fate::MovedFrom { pair } | Fate::MovedTo { pair } => Some(pair),
        Fate::Deleted | Fate::Inserted | Fate::Kept => None,
    });
    pairs.collect::<BTreeSet<u32>>().len()
}

/// Tells whether an item that stayed was given another number, and not because one before it came or went.
fn is_relabelled(clause: &ClauseChange) -> bool {
    // The clause's own number is no part of it.
    let own = |label: &str| match label.split_once('.') {
        Some((_, number)) => number.to_owned(),
        None => label.to_owned(),
    };
    let is_item = |block: &BlockChange| {
        let is_item = |kind| matches!(kind, BlockKind::Item { .. });
        is_item(block.kind) || is_item(block.old_kind)
    };
    let items = clause.blocks.iter().filter(|block| is_item(block));
    let mut steady = items.take_while(|block| {
        block.fate == Fate::Kept && block.mark == Change::Kept && block.kind == block.old_kind
    });
    steady.any(|block| own(&block.old_label) != own(&block.new_label))
}

fn words(clause: &ClauseChange, change: Change) -> usize {
    let pieces = clause.blocks.iter().flat_map(|block| match block.fate {
        Fate::MovedFrom { .. } => block.edited.as_slice(),
        Fate::MovedTo { .. } => &[],
        Fate::Deleted | Fate::Inserted | Fate::Kept => &block.pieces,
    });
    pieces
        .filter(|piece| piece.change == change)
        .map(|piece| {
            let parts = piece.run.text.split_whitespace();
            parts
                .filter(|part| part.chars().any(char::is_alphanumeric))
                .count()
        })
        .sum()
}
