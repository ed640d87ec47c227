//! Cells in their rows, and rows in their tables, as a redline's blocks give them one after the other.

use super::model::{BlockChange, BlockKind, Change, Fate};

/// A table with what became of its rows.
#[derive(Debug, Default)]
pub(super) struct Table<'a> {
    /// The rows, those that are gone where they stood.
    pub(super) rows: Vec<Row<'a>>,
    /// How many columns the widest row has.
    pub(super) columns: usize,
    place: Pair<usize>,
}

/// A row of a table.
#[derive(Debug, Default)]
pub(super) struct Row<'a> {
    /// Whether it is in the head of the table.
    pub(super) is_head: bool,
    /// Its cells.
    pub(super) cells: Vec<Cell<'a>>,
    place: Pair<(usize, usize)>,
}

/// A cell of a row.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    /// Its column, counted from 0.
    pub(super) column: usize,
    /// Over how many columns it goes.
    pub(super) span: usize,
    /// What it says, paragraph by paragraph.
    pub(super) blocks: Vec<&'a BlockChange>,
    place: Pair<usize>,
}

/// Something in the old text and in the new one, where it is in them.
type Pair<T> = (Option<T>, Option<T>);

/// Returns the tables that blocks begin with, and how many blocks they are.
pub(super) fn tables(blocks: &[BlockChange]) -> (Vec<Table<'_>>, usize) {
    let mut tables: Vec<Table<'_>> = Vec::new();
    let mut taken = 0_usize;
    for block in blocks {
        let BlockKind::Cell { is_head, .. } = block.kind else {
            break;
        };
        taken = taken.saturating_add(1);
        let places = places(block);
        let table = map(places, |(table, _)| table);
        if tables
            .last()
            .is_none_or(|last| contradicts(last.place, table))
        {
            tables.push(Table::default());
        }
        let Some(current) = tables.last_mut() else {
            break;
        };
        current.place = joined(current.place, table);
        if current
            .rows
            .last()
            .is_none_or(|row| !meets(row.place, places))
        {
            current.rows.push(Row::default());
        }
        let Some(row) = current.rows.last_mut() else {
            break;
        };
        row.place = joined(row.place, places);
        row.is_head |= is_head;
        row.push(block);
    }
    for table in &mut tables {
        table.measure();
    }
    (tables, taken)
}

impl Table<'_> {
    /// Lets each cell go on until the next one, and the last of a row to the end.
    fn measure(&mut self) {
        for row in &mut self.rows {
            if row.change().is_none() {
                for (column, cell) in row.cells.iter_mut().enumerate() {
                    cell.column = column;
                }
            }
        }
        let ends = self.rows.iter().filter_map(|row| row.cells.last());
        self.columns = ends
            .map(|cell| cell.column.saturating_add(1))
            .max()
            .unwrap_or_default();
        for row in &mut self.rows {
            let nexts: Vec<usize> = row.cells.iter().skip(1).map(|cell| cell.column).collect();
            let nexts = nexts.into_iter().chain([self.columns]);
            for (cell, next) in row.cells.iter_mut().zip(nexts) {
                cell.span = next.saturating_sub(cell.column).max(1);
            }
        }
    }
}

impl<'a> Row<'a> {
    /// Returns what became of it as a whole; `None` where cells of it came or went.
    pub(super) fn change(&self) -> Option<Change> {
        let mut changes = self.cells.iter().map(Cell::change);
        let first = changes.next()?;
        changes.all(|change| change == first).then_some(first)
    }

    /// Adds a block: to its last cell where both stand in one column, else as a cell of its own.
    fn push(&mut self, block: &'a BlockChange) {
        let place = columns(block);
        let last = self.cells.last_mut().filter(|cell| {
            // What went and what came have no text in common: there the column alone tells.
            let (one, other) = (cell.place.0.or(cell.place.1), place.0.or(place.1));
            !contradicts(cell.place, place) && (meets(cell.place, place) || one == other)
        });
        match last {
            Some(cell) => {
                cell.place = joined(cell.place, place);
                cell.column = cell.place.1.or(cell.place.0).unwrap_or(cell.column);
                cell.blocks.push(block);
            }
            None => self.cells.push(Cell {
                column: place.1.or(place.0).unwrap_or_default(),
                span: 1,
                blocks: vec![block],
                place,
            }),
        }
    }
}

impl<'a> Cell<'a> {
    /// Returns what became of it as a whole; a cell in which paragraphs came and others went is kept.
    pub(super) fn change(&self) -> Change {
        let mut changes = self.blocks.iter().map(|block| whole(block));
        let first = changes.next().unwrap_or(Change::Kept);
        if changes.all(|change| change == first) {
            first
        } else {
            Change::Kept
        }
    }

    /// Returns its blocks without empty ones beside others.
    pub(super) fn said(&self) -> Vec<&'a BlockChange> {
        let is_said = |block: &&BlockChange| {
            let is_labelled = !block.old_label.is_empty() || !block.new_label.is_empty();
            is_labelled || !block.pieces.is_empty()
        };
        let said: Vec<&'a BlockChange> = self.blocks.iter().copied().filter(is_said).collect();
        if said.is_empty() {
            self.blocks.iter().copied().take(1).collect()
        } else {
            said
        }
    }
}

/// Returns what became of a block as a whole.
pub(super) fn whole(block: &BlockChange) -> Change {
    match block.fate {
        Fate::Deleted | Fate::MovedTo { .. } => Change::Deleted,
        Fate::Inserted | Fate::MovedFrom { .. } => Change::Inserted,
        Fate::Kept => Change::Kept,
    }
}

fn places(block: &BlockChange) -> Pair<(usize, usize)> {
    map(cells(block), |(table, row, _)| (table, row))
}

fn columns(block: &BlockChange) -> Pair<usize> {
    map(cells(block), |(_, _, column)| column)
}

/// Returns the table, the row and the column that a block stands in.
fn cells(block: &BlockChange) -> Pair<(usize, usize, usize)> {
    let place = |kind| match kind {
        BlockKind::Cell {
            table, row, column, ..
        } => Some((table, row, column)),
        BlockKind::Heading { .. }
        | BlockKind::Item { .. }
        | BlockKind::Paragraph { .. }
        | BlockKind::Term { .. } => None,
    };
    let change = whole(block);
    (
        place(block.old_kind).filter(|_| change != Change::Inserted),
        place(block.kind).filter(|_| change != Change::Deleted),
    )
}

fn map<T: Copy, U>((old, new): Pair<T>, of: impl Fn(T) -> U) -> Pair<U> {
    (old.map(&of), new.map(&of))
}

fn joined<T: Copy>(one: Pair<T>, other: Pair<T>) -> Pair<T> {
    (one.0.or(other.0), one.1.or(other.1))
}

/// Tells whether two places are the same in one of the texts.
fn meets<T: PartialEq>(one: Pair<T>, other: Pair<T>) -> bool {
    (one.0.is_some() && one.0 == other.0) || (one.1.is_some() && one.1 == other.1)
}

/// Tells whether two places are known to differ in one of the texts.
fn contradicts<T: PartialEq>(one: Pair<T>, other: Pair<T>) -> bool {
    let differ =
        |one: &Option<T>, other: &Option<T>| one.is_some() && other.is_some() && one != other;
    differ(&one.0, &other.0) || differ(&one.1, &other.1)
}
