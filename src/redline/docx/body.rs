//! Clauses, paragraphs and tables as XML.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::runs::{Track, Writer};
use crate::redline::grid::{self, Cell, Row, Table};
use crate::redline::model::{
    Block, BlockChange, BlockKind, Change, Clause, ClauseChange, Fate, Marks, Piece, Redline,
};
use crate::redline::order::{Way, in_both_orders};

/// Returns the document's body.
pub(super) fn written(redline: &Redline, dated: NaiveDate) -> Writer {
    let blocks = redline.clauses.iter().flat_map(|clause| &clause.blocks);
    let mut body = Body {
        writer: Writer::new(dated),
        edited: blocks.filter_map(edited_pair).collect(),
        old_goes_on: false,
        new_goes_on: false,
    };
    let (old, new) = (redline.rejected(), redline.accepted());
    let moves = redline.clauses.iter().filter(|clause| clause.is_moved);
    let names: Vec<_> = moves.map(|clause| &clause.id).collect();
    for (clause, way) in in_both_orders(redline) {
        let of = |text: &[Clause]| text.iter().find(|found| found.id == clause.id).cloned();
        let number = names.iter().position(|id| **id == clause.id);
        match (way, number) {
            (Way::Whole, _) | (_, None) => body.clause(clause),
            (Way::In, Some(number)) => {
                let track = Body::track_of(clause, Track::MovedTo);
                body.moved(of(&new.clauses), number, track);
            }
            (Way::Out, Some(number)) => {
                let track = Body::track_of(clause, Track::MovedFrom);
                body.moved(of(&old.clauses), number, track);
            }
        }
    }
    // The mark of the last paragraph can go only where another comes after it.
    body.writer.push("<w:p/>");
    body.writer
}

struct Body {
    writer: Writer,
    // The moves in which words changed on the way. Word shows a move as words that are the same: these are struck
    // and inserted instead.
    edited: BTreeSet<u32>,
    // Whether the paragraph before goes on in the next block, in the old text and in the new one.
    old_goes_on: bool,
    new_goes_on: bool,
}

impl Body {
    fn clause(&mut self, clause: &ClauseChange) {
        let number = |place: &Option<crate::redline::model::ClausePlace>| match place {
            Some(place) => place.number.clone(),
            None => String::new(),
        };
        self.blocks(
            &clause.blocks,
            &number(&clause.old),
            &number(&clause.new),
            None,
        );
    }

    /// Returns how a clause is written that moved: struck and inserted where something in it changed on the way.
    fn track_of(clause: &ClauseChange, moved: Track) -> Track {
        match moved {
            _ if !clause.blocks.iter().any(is_changed) => moved,
            Track::MovedFrom => Track::Deleted,
            _ => Track::Inserted,
        }
    }

    /// Writes a clause that came or went as a whole.
    fn moved(&mut self, clause: Option<Clause>, number: usize, track: Track) {
        let Some(clause) = clause else { return };
        let fate = match track {
            Track::Deleted => Fate::Deleted,
            Track::Inserted => Fate::Inserted,
            Track::MovedFrom => Fate::MovedTo { pair: 0 },
            Track::Kept | Track::MovedTo => Fate::MovedFrom { pair: 0 },
        };
        let blocks: Vec<BlockChange> = clause
            .blocks
            .into_iter()
            .map(|block| moved_block(block, fate))
            .collect();
        let is_move = matches!(track, Track::MovedFrom | Track::MovedTo);
        let name = format!("paragraf{number}");
        let range = is_move.then(|| Range::open(&mut self.writer, track, &name));
        self.blocks(&blocks, &clause.number, &clause.number, range.as_ref());
        if let Some(range) = range {
            self.writer.push(&range.end);
        }
    }

    fn blocks(&mut self, blocks: &[BlockChange], old: &str, new: &str, range: Option<&Range>) {
        let mut start = range.map_or("", |range| range.start.as_str());
        let mut rest = blocks;
        while let Some((block, after)) = rest.split_first() {
            if matches!(block.kind, BlockKind::Cell { .. }) {
                let (tables, taken) = grid::tables(rest);
                for table in &tables {
                    self.table(table);
                }
                rest = rest.get(taken.max(1)..).unwrap_or_default();
                continue;
            }
            self.paragraph(block, old, new, start, range.is_some());
            start = "";
            rest = after;
        }
    }

    fn paragraph(
        &mut self,
        block: &BlockChange,
        old_number: &str,
        new_number: &str,
        start: &str,
        is_in_range: bool,
    ) {
        let fate = match block.fate {
            Fate::MovedFrom { pair } if self.edited.contains(&pair) => Fate::Inserted,
            Fate::MovedTo { pair } if self.edited.contains(&pair) => Fate::Deleted,
            fate => fate,
        };
        let track = track(fate);
        self.writer.paragraph();
        let own_range =
            match fate {
                Fate::MovedFrom { pair } | Fate::MovedTo { pair } if !is_in_range => Some(
                    Range::open(&mut self.writer, track, &format!("stycke{pair}")),
                ),
                _ => None,
            };
        let mark = match track {
            Track::MovedFrom | Track::MovedTo => track,
            Track::Deleted | Track::Inserted | Track::Kept => Track::from(block.mark),
        };
        self.properties(block, mark);
        self.writer.push(start);
        if let Some(range) = &own_range {
            self.writer.push(&range.start);
        }
        let is_in_old = grid::whole(block) != Change::Inserted;
        let is_in_new = grid::whole(block) != Change::Deleted;
        let old = label(block.old_kind, &block.old_label, old_number);
        let new = label(block.kind, &block.new_label, new_number);
        let old = old.filter(|_| is_in_old && !self.old_goes_on);
        let new = new.filter(|_| is_in_new && !self.new_goes_on);
        self.label(track, old.as_deref(), new.as_deref());
        self.pieces(track, &block.pieces);
        self.writer.push("</w:p>");
        if let Some(range) = own_range {
            self.writer.push(&range.end);
        }
        if is_in_old {
            self.old_goes_on = block.mark == Change::Inserted;
        }
        if is_in_new {
            self.new_goes_on = block.mark == Change::Deleted;
        }
    }

    /// Writes the style, and what became of the mark at the end.
    fn properties(&mut self, block: &BlockChange, mark: Track) {
        let style = style(block.kind);
        self.writer
            .push(&format!("<w:pPr><w:pStyle w:val=\"{style}\"/>"));
        if mark != Track::Kept {
            self.writer.push("<w:rPr>");
            self.writer.mark(mark);
            self.writer.push("</w:rPr>");
        }
        let before = self::style(block.old_kind);
        if block.fate == Fate::Kept && before != style {
            let change = self.writer.change();
            self.writer.push(&format!(
                "<w:pPrChange{change}><w:pPr><w:pStyle w:val=\"{before}\"/></w:pPr></w:pPrChange>"
            ));
        }
        self.writer.push("</w:pPr>");
    }

    fn label(&mut self, track: Track, old: Option<&str>, new: Option<&str>) {
        let plain = Marks::default();
        match (track, old, new) {
            (Track::Kept, Some(old), Some(new)) if old == new => {
                self.writer.run(track, new, &plain, None);
            }
            (Track::Kept, _, _) => {
                if let Some(old) = old {
                    self.writer.run(Track::Deleted, old, &plain, None);
                }
                if let Some(new) = new {
                    self.writer.run(Track::Inserted, new, &plain, None);
                }
            }
            (_, old, new) => {
                if let Some(label) = old.or(new) {
                    self.writer.run(track, label, &plain, None);
                }
            }
        }
    }

    fn pieces(&mut self, track: Track, pieces: &[Piece]) {
        for piece in pieces {
            let track = match track {
                Track::Kept => Track::from(piece.change),
                whole => whole,
            };
            self.piece(track, piece);
        }
    }

    /// Writes words that are in both texts or in one. No tracked change is of a link's target alone: there the
    /// words go and come.
    fn piece(&mut self, track: Track, piece: &Piece) {
        let (text, marks) = (&piece.run.text, &piece.run.marks);
        let old = piece.old_marks.as_ref().filter(|_| track == Track::Kept);
        match old {
            Some(old) if old.link != marks.link => {
                self.writer.run(Track::Deleted, text, old, None);
                self.writer.run(Track::Inserted, text, marks, None);
            }
            old => self.writer.run(track, text, marks, old),
        }
    }

    fn table(&mut self, table: &Table<'_>) {
        let columns = table.columns.max(1);
        let width = TEXT_WIDTH.checked_div(columns).unwrap_or(TEXT_WIDTH);
        self.writer.push(
            "<w:tbl><w:tblPr><w:tblStyle w:val=\"Rutnat\"/><w:tblW w:w=\"5000\" w:type=\"pct\"/></w:tblPr><w:tblGrid>",
        );
        for _ in 0..columns {
            self.writer.push(&format!("<w:gridCol w:w=\"{width}\"/>"));
        }
        self.writer.push("</w:tblGrid>");
        for row in &table.rows {
            match row.change() {
                Some(change) => {
                    self.row(row, &row.cells.iter().collect::<Vec<_>>(), change, columns);
                }
                // Columns that came or went are no tracked change: the row went and came.
                None => {
                    for change in [Change::Deleted, Change::Inserted] {
                        let other = other(change);
                        let cells = row.cells.iter();
                        let cells: Vec<&Cell<'_>> =
                            cells.filter(|cell| Some(cell.change()) != other).collect();
                        self.row(row, &cells, change, columns);
                    }
                }
            }
        }
        // Two tables in a row would be one.
        self.writer
            .push("</w:tbl><w:p><w:pPr><w:pStyle w:val=\"Mellan\"/></w:pPr></w:p>");
    }

    fn row(&mut self, row: &Row<'_>, cells: &[&Cell<'_>], change: Change, columns: usize) {
        self.writer.push("<w:tr><w:trPr><w:cantSplit/>");
        if row.is_head {
            self.writer.push("<w:tblHeader/>");
        }
        self.writer.mark(Track::from(change));
        self.writer.push("</w:trPr>");
        let mut left = columns;
        for (index, cell) in cells.iter().enumerate() {
            let after = cells.len().saturating_sub(index).saturating_sub(1);
            let span = if after == 0 {
                left
            } else {
                cell.span.clamp(1, left.saturating_sub(after).max(1))
            };
            left = left.saturating_sub(span);
            self.cell(row, cell, change, span);
        }
        self.writer.push("</w:tr>");
    }

    fn cell(&mut self, row: &Row<'_>, cell: &Cell<'_>, change: Change, span: usize) {
        self.writer.push("<w:tc><w:tcPr>");
        if span > 1 {
            self.writer.push(&format!("<w:gridSpan w:val=\"{span}\"/>"));
        }
        let style = if row.is_head {
            "Tabellhuvud"
        } else {
            "Tabelltext"
        };
        self.writer.push("</w:tcPr>");
        let other = other(change);
        let blocks = cell.said().into_iter();
        let blocks: Vec<&BlockChange> = blocks
            .filter(|block| Some(grid::whole(block)) != other)
            .collect();
        let ends = ends(&blocks, change);
        let mut is_begun = false;
        for (index, block) in blocks.iter().enumerate() {
            if !is_begun {
                let end = ends.iter().skip(index).find_map(|end| *end);
                self.begin_in_cell(style, end.unwrap_or(change));
            }
            self.label_in_cell(block, change);
            self.pieces_in_cell(block, change);
            let is_last = index.saturating_add(1) == blocks.len();
            is_begun = !is_last && ends.get(index).is_some_and(Option::is_none);
            if !is_begun {
                self.writer.push("</w:p>");
            }
        }
        // A cell has a paragraph at least (§17.4.65).
        if blocks.is_empty() {
            self.begin_in_cell(style, change);
            self.writer.push("</w:p>");
        }
        self.writer.push("</w:tc>");
    }

    fn begin_in_cell(&mut self, style: &str, mark: Change) {
        self.writer.paragraph();
        self.writer
            .push(&format!("<w:pPr><w:pStyle w:val=\"{style}\"/>"));
        if mark != Change::Kept {
            self.writer.push("<w:rPr>");
            self.writer.mark(Track::from(mark));
            self.writer.push("</w:rPr>");
        }
        self.writer.push("</w:pPr>");
    }

    fn label_in_cell(&mut self, block: &BlockChange, change: Change) {
        let old = label(block.old_kind, &block.old_label, "");
        let new = label(block.kind, &block.new_label, "");
        let track = match change {
            Change::Kept => Track::from(grid::whole(block)),
            Change::Deleted | Change::Inserted => Track::from(change),
        };
        match change {
            Change::Deleted => self.label(track, old.as_deref(), None),
            Change::Inserted => self.label(track, None, new.as_deref()),
            Change::Kept => self.label(track, old.as_deref(), new.as_deref()),
        }
    }

    fn pieces_in_cell(&mut self, block: &BlockChange, change: Change) {
        let other = other(change);
        for piece in block
            .pieces
            .iter()
            .filter(|piece| Some(piece.change) != other)
        {
            let (text, marks) = (&piece.run.text, &piece.run.marks);
            let old = piece.old_marks.as_ref().unwrap_or(marks);
            match change {
                Change::Deleted => self.writer.run(Track::Deleted, text, old, None),
                Change::Inserted => self.writer.run(Track::Inserted, text, marks, None),
                Change::Kept => self.piece(Track::from(piece.change), piece),
            }
        }
    }
}

/// Returns what is not in the text that a row stands in which came or went.
fn other(change: Change) -> Option<Change> {
    match change {
        Change::Deleted => Some(Change::Inserted),
        Change::Inserted => Some(Change::Deleted),
        Change::Kept => None,
    }
}

/// Returns what becomes of the mark after each block of a cell; `None` where the next goes on in its paragraph.
///
/// The last mark of a cell can neither come nor go: where the last block came or went, the mark before it does.
fn ends(blocks: &[&BlockChange], change: Change) -> Vec<Option<Change>> {
    let marks = blocks.iter().map(|block| block.mark);
    if let Some(other) = other(change) {
        return marks
            .map(|mark| (mark != other).then_some(change))
            .collect();
    }
    let mut marks: Vec<Option<Change>> = marks.map(Some).collect();
    let last =
        |marks: &[Option<Change>], change| marks.iter().rposition(|mark| *mark == Some(change));
    if let Some(kept) = last(&marks, Change::Kept) {
        let (_, after) = marks.split_at_mut(kept);
        after.rotate_left(1);
        return marks;
    }
    let ends = [Change::Deleted, Change::Inserted].map(|change| last(&marks, change));
    if let [Some(deleted), Some(inserted)] = ends
        && let Some(mark) = marks.get_mut(deleted.min(inserted))
    {
        // Nothing of the cell stayed: what it last said and what it last says share a paragraph.
        *mark = None;
    }
    if let Some(mark) = marks.last_mut() {
        *mark = Some(Change::Kept);
    }
    marks
}

/// The two ends of what moved (ISO/IEC 29500-1 §17.13.5.23 to .28).
struct Range {
    start: String,
    end: String,
}

impl Range {
    fn open(writer: &mut Writer, track: Track, name: &str) -> Self {
        let element = if track == Track::MovedFrom {
            "w:moveFromRange"
        } else {
            "w:moveToRange"
        };
        let id = writer.number();
        let dated = writer.dated(id);
        Self {
            start: format!("<{element}Start{dated} w:name=\"{name}\"/>"),
            end: format!("<{element}End w:id=\"{id}\"/>"),
        }
    }
}

fn moved_block(block: Block, fate: Fate) -> BlockChange {
    let change = match fate {
        Fate::Deleted | Fate::MovedTo { .. } => Change::Deleted,
        Fate::Inserted | Fate::Kept | Fate::MovedFrom { .. } => Change::Inserted,
    };
    BlockChange {
        kind: block.kind,
        old_kind: block.kind,
        old_label: block.label.clone(),
        new_label: block.label,
        fate,
        pieces: block
            .runs
            .into_iter()
            .map(|run| Piece {
                change,
                run,
                old_marks: None,
            })
            .collect(),
        edited: Vec::new(),
        mark: change,
    }
}

/// Returns the move by which a block came here with words that changed on the way.
fn edited_pair(block: &BlockChange) -> Option<u32> {
    match block.fate {
        Fate::MovedFrom { pair } if !block.edited.is_empty() => Some(pair),
        _ => None,
    }
}

/// Tells whether a block of a clause is more than at another place with another number.
fn is_changed(block: &BlockChange) -> bool {
    let mut pieces = block.pieces.iter();
    block.fate != Fate::Kept
        || block.mark != Change::Kept
        || block.kind != block.old_kind
        || pieces.any(|piece| piece.change != Change::Kept || piece.old_marks.is_some())
}

fn track(fate: Fate) -> Track {
    match fate {
        Fate::Deleted => Track::Deleted,
        Fate::Inserted => Track::Inserted,
        Fate::Kept => Track::Kept,
        Fate::MovedFrom { .. } => Track::MovedTo,
        Fate::MovedTo { .. } => Track::MovedFrom,
    }
}

/// Returns what stands before a block's words; `number` is the clause's.
pub(in crate::redline) fn label(kind: BlockKind, label: &str, number: &str) -> Option<String> {
    let label = match kind {
        BlockKind::Heading { level: 1 } if label.is_empty() => number,
        BlockKind::Item {
            is_numbered: false, ..
        } if label.is_empty() => "–",
        _ => label,
    };
    (!label.is_empty()).then(|| format!("{label}\t"))
}

fn style(kind: BlockKind) -> String {
    match kind {
        BlockKind::Cell { .. } => "Tabelltext".to_owned(),
        BlockKind::Heading { level } => format!("Heading{}", level.clamp(1, 4)),
        BlockKind::Item { depth, .. } => format!("Led{}", depth.clamp(1, super::package::DEPTHS)),
        BlockKind::Paragraph { depth: 0 } | BlockKind::Term { depth: 0 } => "Normal".to_owned(),
        BlockKind::Paragraph { depth } | BlockKind::Term { depth } => {
            format!("Text{}", depth.min(super::package::DEPTHS))
        }
    }
}

/// Of an A4 page between its margins, in twentieths of a point.
const TEXT_WIDTH: usize = 9070;
