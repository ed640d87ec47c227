//! A clause's blocks as they are laid out: paragraphs, lists in lists, tables.

use serde::Serialize;

use super::places::Places;
use crate::redline::grid::{self, Table};
use crate::redline::model::{
    BlockChange, BlockKind, Change, ClauseChange, ClausePlace, Fate, Marks, Piece, Run,
};

/// What follows on what in a clause.
#[derive(Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(in crate::redline) enum Part {
    /// A heading below the clause's own.
    Heading {
        /// One deeper than the heading before at most; the clause's own is 1.
        level: u8,
        words: Words,
    },
    List {
        /// Whether it has numbers; else its items have a dash.
        is_numbered: bool,
        items: Vec<Item>,
    },
    Paragraph {
        words: Words,
    },
    Table {
        /// For each column how many characters its longest cell has, within reason.
        widths: Vec<usize>,
        head: Vec<Line>,
        rows: Vec<Line>,
    },
}

/// An item of a list.
#[derive(Debug, Serialize)]
pub(in crate::redline) struct Item {
    /// Its number, with what became of it.
    label: Vec<Shown>,
    parts: Vec<Part>,
}

/// The words of a paragraph.
#[derive(Debug, Serialize)]
pub(in crate::redline) struct Words {
    /// Whether there is something to see in it.
    is_changed: bool,
    /// Where it went or came from.
    note: String,
    pieces: Vec<Shown>,
}

/// Words that are shown alike.
#[derive(Debug, Clone, Serialize)]
pub(in crate::redline) struct Shown {
    /// `kept`, `inserted`, `deleted`, `moved_in` or `moved_out`.
    change: &'static str,
    text: String,
    strong: bool,
    emphasised: bool,
}

/// A row of a table.
#[derive(Debug, Serialize)]
pub(in crate::redline) struct Line {
    change: &'static str,
    /// Whether there is something to see in it.
    is_changed: bool,
    cells: Vec<Field>,
}

/// A cell of a row.
#[derive(Debug, Serialize)]
pub(in crate::redline) struct Field {
    span: usize,
    is_head: bool,
    paragraphs: Vec<Vec<Shown>>,
}

impl Shown {
    /// Returns words that stand elsewhere now.
    pub(super) fn moved_out(text: &str) -> Self {
        plain("moved_out", text)
    }

    pub(super) fn is_changed(&self) -> bool {
        self.change != "kept"
    }
}

/// Returns the words of a clause's own heading, and the blocks after it.
pub(super) fn heading(clause: &ClauseChange) -> (Vec<Shown>, &[BlockChange]) {
    let mut shown = Vec::new();
    let mut rest = clause.blocks.as_slice();
    // Where a heading was rewritten the old one may stand before the new one.
    while let Some((first, after)) = rest.split_first() {
        if first.kind != (BlockKind::Heading { level: 1 }) {
            break;
        }
        if !shown.is_empty() {
            shown.push(plain("kept", " "));
        }
        shown.extend(pieces(first));
        rest = after;
    }
    (shown, rest)
}

/// Returns the parts that blocks make.
pub(super) fn parts(blocks: &[BlockChange], clause: &ClauseChange, places: &Places) -> Vec<Part> {
    let mut layout = Layout {
        clause,
        level: 1,
        places,
        rest: blocks,
    };
    layout.below(0)
}

struct Layout<'a> {
    clause: &'a ClauseChange,
    /// Of the last heading.
    level: u8,
    places: &'a Places,
    rest: &'a [BlockChange],
}

impl Layout<'_> {
    /// Takes what stands at least so deep, item by item.
    fn below(&mut self, depth: u8) -> Vec<Part> {
        let mut parts = Vec::new();
        while let Some((block, after)) = self.rest.split_first() {
            match block.kind {
                BlockKind::Cell { .. } if depth > 0 => break,
                BlockKind::Cell { .. } => {
                    let (tables, taken) = grid::tables(self.rest);
                    parts.extend(tables.iter().map(|table| self.table(table)));
                    self.rest = self.rest.get(taken.max(1)..).unwrap_or_default();
                }
                BlockKind::Heading { .. } if depth > 0 => break,
                BlockKind::Heading { level } => {
                    self.level = level.clamp(2, self.level.saturating_add(1).max(2));
                    self.rest = after;
                    parts.push(Part::Heading {
                        level: self.level,
                        words: self.words(block),
                    });
                }
                BlockKind::Item { depth: own, .. } if own <= depth && depth > 0 => break,
                BlockKind::Item {
                    depth: own,
                    is_numbered,
                } => {
                    let own = own.clamp(
                        depth.saturating_add(1),
                        MAX_DEPTH.max(depth.saturating_add(1)),
                    );
                    parts.push(self.list(own, is_numbered));
                }
                BlockKind::Paragraph { depth: own } | BlockKind::Term { depth: own } => {
                    if own < depth {
                        break;
                    }
                    self.rest = after;
                    parts.push(Part::Paragraph {
                        words: self.words(block),
                    });
                }
            }
        }
        parts
    }

    /// Takes the items of a list and what stands in them.
    fn list(&mut self, depth: u8, is_numbered: bool) -> Part {
        let mut items = Vec::new();
        while let Some((block, after)) = self.rest.split_first() {
            let BlockKind::Item {
                depth: own,
                is_numbered: has_number,
            } = block.kind
            else {
                break;
            };
            let is_last = own < depth && !items.is_empty();
            if is_last || has_number != is_numbered {
                break;
            }
            self.rest = after;
            let own = Part::Paragraph {
                words: self.words(block),
            };
            let mut parts = vec![own];
            if depth < MAX_DEPTH {
                parts.extend(self.below(depth));
            }
            items.push(Item {
                label: label(block, self.clause),
                parts,
            });
        }
        Part::List { is_numbered, items }
    }

    fn words(&self, block: &BlockChange) -> Words {
        let shown = with_mark(block);
        let has_other_label = label(block, self.clause).iter().any(Shown::is_changed);
        Words {
            is_changed: has_other_label || is_changed(block) || shown.iter().any(Shown::is_changed),
            note: self.places.note(block.fate),
            pieces: shown,
        }
    }

    /// Returns a paragraph of a cell, which has its number before its words.
    fn paragraph(&self, block: &BlockChange) -> Vec<Shown> {
        let mut shown = label(block, self.clause);
        for label in &mut shown {
            label.text.push(' ');
        }
        shown.extend(with_mark(block));
        shown
    }

    fn table(&self, table: &Table<'_>) -> Part {
        let mut widths = vec![MIN_WIDTH; table.columns];
        for cell in table.rows.iter().flat_map(|row| &row.cells) {
            let length = |block: &BlockChange| -> usize {
                let texts = block.pieces.iter();
                texts.map(|piece| piece.run.text.chars().count()).sum()
            };
            let lengths = cell.blocks.iter().map(|block| length(block));
            let length = lengths.max().unwrap_or_default();
            if let Some(width) = widths.get_mut(cell.column)
                && cell.span == 1
            {
                *width = length.clamp(*width, MAX_WIDTH);
            }
        }
        let lines = table.rows.iter().map(|row| Line {
            change: class(Fate::Kept, row.change().unwrap_or(Change::Kept)),
            is_changed: row
                .cells
                .iter()
                .flat_map(|cell| &cell.blocks)
                .any(|block| is_changed(block) || block.mark != Change::Kept),
            cells: row
                .cells
                .iter()
                .map(|cell| Field {
                    span: cell.span,
                    is_head: row.is_head,
                    paragraphs: cell
                        .said()
                        .into_iter()
                        .map(|block| self.paragraph(block))
                        .collect(),
                })
                .collect(),
        });
        let heads = table.rows.iter().take_while(|row| row.is_head).count();
        let mut head: Vec<Line> = lines.collect();
        let rows = head.split_off(heads.min(head.len()));
        Part::Table { widths, head, rows }
    }
}

/// Returns a block's words, and the mark that ends it where a block was divided or joined there.
fn with_mark(block: &BlockChange) -> Vec<Shown> {
    let mut shown = pieces(block);
    if block.fate == Fate::Kept && block.mark != Change::Kept {
        shown.push(plain(class(block.fate, block.mark), "¶"));
    }
    shown
}

/// Tells whether words of a block, their marks or what it is changed; a cell may have another row or column.
fn is_changed(block: &BlockChange) -> bool {
    let mut pieces = block.pieces.iter();
    let is_cell = matches!(block.kind, BlockKind::Cell { .. });
    block.kind != block.old_kind && !is_cell
        || pieces.any(|piece| piece.change != Change::Kept || piece.old_marks.is_some())
}

/// Returns a block's number: the new one, and the old one where it is another for itself.
fn label(block: &BlockChange, clause: &ClauseChange) -> Vec<Shown> {
    let (old, new) = (block.old_label.as_str(), block.new_label.as_str());
    let own = |label: &str, place: Option<&ClausePlace>| {
        let number = place
            .map(|place| place.number.replace('§', ""))
            .unwrap_or_default();
        let number = number.trim_matches(|c: char| c.is_whitespace());
        let rest = label
            .strip_prefix(number)
            .filter(|rest| rest.starts_with('.'));
        rest.unwrap_or(label).to_owned()
    };
    let is_same = own(old, clause.old.as_ref()) == own(new, clause.new.as_ref());
    let one = |change, text: &str| {
        if text.is_empty() {
            Vec::new()
        } else {
            vec![plain(change, text)]
        }
    };
    match block.fate {
        Fate::Deleted | Fate::MovedTo { .. } => one(class(block.fate, Change::Deleted), old),
        Fate::Inserted | Fate::MovedFrom { .. } => one(class(block.fate, Change::Inserted), new),
        Fate::Kept if is_same => one("kept", new),
        Fate::Kept => {
            let mut both = one("inserted", new);
            both.extend(one("deleted", old));
            both
        }
    }
}

/// Returns a block's words, those with the same marks and the same fate together.
fn pieces(block: &BlockChange) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    // What moved and changed on the way is shown as it changed.
    let pieces = if block.edited.is_empty() {
        &block.pieces
    } else {
        &block.edited
    };
    for Piece { change, run, .. } in pieces {
        let Run { text, marks } = run;
        let text = text.replace('\n', " ");
        let Marks {
            strong, emphasised, ..
        } = *marks;
        let change = if block.edited.is_empty() {
            class(block.fate, *change)
        } else {
            edited_class(*change)
        };
        match shown.last_mut() {
            Some(last)
                if (last.change, last.strong, last.emphasised) == (change, strong, emphasised) =>
            {
                last.text.push_str(&text);
            }
            _ => shown.push(Shown {
                change,
                text,
                strong,
                emphasised,
            }),
        }
    }
    shown
}

fn plain(change: &'static str, text: &str) -> Shown {
    Shown {
        change,
        text: text.to_owned(),
        strong: false,
        emphasised: false,
    }
}

fn class(fate: Fate, change: Change) -> &'static str {
    match (fate, change) {
        (Fate::MovedFrom { .. }, Change::Inserted | Change::Kept) => "moved_in",
        (Fate::MovedTo { .. }, Change::Deleted | Change::Kept) => "moved_out",
        (Fate::Deleted, _) | (_, Change::Deleted) => "deleted",
        (Fate::Inserted, _) | (_, Change::Inserted) => "inserted",
        (Fate::Kept, Change::Kept) => "kept",
    }
}

/// Returns how words are shown that moved here with others that changed on the way.
fn edited_class(change: Change) -> &'static str {
    match change {
        Change::Deleted => "deleted",
        Change::Inserted => "inserted",
        Change::Kept => "moved_in",
    }
}

/// Lists in lists beyond this are shown as deep as this.
const MAX_DEPTH: u8 = 6;
/// So that no column is a mere line.
const MIN_WIDTH: usize = 8;
/// Beyond this a cell is so many lines anyway.
const MAX_WIDTH: usize = 40;
