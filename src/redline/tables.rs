//! Tables in a clause, and the calls that print one.

use std::collections::BTreeMap;

use typst::syntax::{LinkedNode, SyntaxKind};

use super::calls::{Call, is_expression};
use super::computed::code_of;
use super::markup::Reader;
use super::model::{BlockKind, Marks};

impl<'a> Reader<'a> {
    pub(super) fn table(&mut self, call: &Call<'a>, marks: &Marks) {
        let mut place = self.begin_table(call.columns());
        self.steering(call);
        self.cells(&call.positional, &mut place, false, marks);
        self.end_table();
    }

    fn cells(
        &mut self,
        values: &[LinkedNode<'a>],
        place: &mut Place,
        is_head: bool,
        marks: &Marks,
    ) {
        for value in values {
            let call = Call::of(value);
            match call.as_ref().map(|call| (call.name.as_str(), call)) {
                Some(("table.header" | "grid.header", call)) => {
                    place.end_row();
                    self.steering(call);
                    self.cells(&call.positional, place, true, marks);
                    place.end_row();
                }
                Some(("table.footer" | "grid.footer", call)) => {
                    place.end_row();
                    self.steering(call);
                    self.cells(&call.positional, place, is_head, marks);
                }
                Some(("table.cell" | "grid.cell", call)) => {
                    let span = |name| usize::from(call.integer(name).unwrap_or(1)).max(1);
                    let span = (span("colspan"), span("rowspan"));
                    self.steering(call);
                    for content in &call.positional {
                        self.cell(content, place, span, is_head, marks);
                    }
                }
                Some(("table.hline" | "table.vline" | "grid.hline" | "grid.vline", _)) => {
                    self.steer(value);
                }
                _ if value.kind() == SyntaxKind::Spread => {
                    place.end_row();
                    self.spread(value, place, marks);
                }
                _ => self.cell(value, place, (1, 1), is_head, marks),
            }
        }
    }

    /// Reads values that code spreads over a table, as far as they stand in the clause.
    fn spread(&mut self, node: &LinkedNode<'a>, place: &mut Place, marks: &Marks) {
        let list = node.children().rfind(is_expression);
        let listed = list.and_then(|list| self.listed(&list));
        let found = listed.unwrap_or_else(|| {
            self.compute(node);
            let mut found = Vec::new();
            leaves(node, &mut found);
            found
        });
        for value in found {
            self.cell(&value, place, (1, 1), false, marks);
        }
        place.end_row();
    }

    fn cell(
        &mut self,
        content: &LinkedNode<'a>,
        place: &mut Place,
        span: (usize, usize),
        is_head: bool,
        marks: &Marks,
    ) {
        // Where a cell from above goes on, there is one without words.
        while place.is_taken() && self.spend(content) {
            self.cell_of(place, is_head, |_| {});
        }
        place.take(span);
        self.cell_of(place, is_head, |reader| reader.node(content, marks));
        place.column = place.column.saturating_add(span.0).saturating_sub(1);
    }

    fn cell_of(&mut self, place: &mut Place, is_head: bool, read: impl FnOnce(&mut Self)) {
        let kind = place.next(is_head);
        let outer = self.cell.replace(kind);
        self.begin(kind, "");
        read(self);
        self.flush();
        self.cell = outer;
    }

    /// Reads the tables of parties in `shared/clauses.typ` as they are printed: with their heads, and without a
    /// styled name that equals the legal one.
    pub(super) fn party_rows(&mut self, call: &Call<'a>, marks: &Marks) {
        let is_grouped = call.name == "party-table";
        let head: &[&str] = if is_grouped {
            &PARTY_HEAD
        } else {
            &NUMBER_HEAD
        };
        let mut rows = Vec::new();
        for value in &call.positional {
            match self.written_out(value) {
                Some(value) => collect_rows(&value, &mut rows),
                None => self.compute(value),
            }
        }
        let mut place = self.begin_table(head.len());
        for words in head {
            self.cell_of(&mut place, true, |reader| reader.say(words, marks));
        }
        for row in rows {
            place.end_row();
            // The name of a group is no head: it would stand again above the next page's parties.
            let is_group = is_grouped && row.len() == 1;
            let name = row.first().map(|name| code_of(name.get()));
            let own = Marks {
                strong: is_group || marks.strong,
                ..marks.clone()
            };
            for (column, value) in row.iter().enumerate() {
                let is_same = is_grouped && column == 1 && name == Some(code_of(value.get()));
                self.cell_of(&mut place, false, |reader| {
                    if !is_same {
                        reader.node(value, &own);
                    }
                });
            }
        }
        self.end_table();
    }

    /// Reads lists of values that are handed to a call: each list of words is a row.
    pub(super) fn rows(&mut self, node: &LinkedNode<'a>, marks: &Marks) {
        let mut rows = Vec::new();
        collect_rows(node, &mut rows);
        let mut place = self.begin_table(usize::MAX);
        for row in rows {
            for value in row {
                self.cell(&value, &mut place, (1, 1), false, marks);
            }
            place.end_row();
        }
        self.end_table();
    }

    fn begin_table(&mut self, columns: usize) -> Place {
        self.flush();
        Place {
            table: self.tables,
            columns: columns.max(1),
            row: 0,
            column: 0,
            taken: BTreeMap::new(),
        }
    }

    fn end_table(&mut self) {
        self.tables = self.tables.saturating_add(1);
    }
}

/// Where the next cell of a table stands.
struct Place {
    table: usize,
    columns: usize,
    row: usize,
    column: usize,
    /// Up to which row a cell goes on in a column.
    taken: BTreeMap<usize, usize>,
}

impl Place {
    /// Tells whether a cell from a row above goes on where the next one would stand.
    fn is_taken(&mut self) -> bool {
        self.wrap();
        let until = self.taken.get(&self.column);
        until.is_some_and(|until| self.row < *until)
    }

    /// Lets the next cell go over so many columns and rows.
    fn take(&mut self, (width, height): (usize, usize)) {
        self.wrap();
        if height > 1 {
            let end = self.column.saturating_add(width).min(self.columns);
            for column in self.column..end {
                self.taken.insert(column, self.row.saturating_add(height));
            }
        }
    }

    fn wrap(&mut self) {
        if self.column >= self.columns {
            self.end_row();
        }
    }

    fn next(&mut self, is_head: bool) -> BlockKind {
        self.wrap();
        let kind = BlockKind::Cell {
            table: self.table,
            row: self.row,
            column: self.column,
            is_head,
        };
        self.column = self.column.saturating_add(1);
        kind
    }

    fn end_row(&mut self) {
        if self.column > 0 {
            self.row = self.row.saturating_add(1);
            self.column = 0;
        }
    }
}

/// Collects the rows that nested lists of values make: values that stand beside each other are one.
fn collect_rows<'a>(node: &LinkedNode<'a>, rows: &mut Vec<Vec<LinkedNode<'a>>>) {
    let mut row = Vec::new();
    let mut inner = Vec::new();
    for child in node.children() {
        let value = match child.kind() {
            SyntaxKind::Named | SyntaxKind::Keyed => child.children().rfind(is_expression),
            _ if is_expression(&child) => Some(child),
            _ => None,
        };
        let Some(value) = value else { continue };
        match value.kind() {
            SyntaxKind::Array | SyntaxKind::Dict | SyntaxKind::Parenthesized => inner.push(value),
            _ => row.push(value),
        }
    }
    if !row.is_empty() {
        rows.push(row);
    }
    for value in inner {
        collect_rows(&value, rows);
    }
}

fn leaves<'a>(node: &LinkedNode<'a>, found: &mut Vec<LinkedNode<'a>>) {
    for child in node.children() {
        match child.kind() {
            SyntaxKind::ContentBlock | SyntaxKind::Str => found.push(child),
            _ => leaves(&child, found),
        }
    }
}

/// The head of `number-table` in `shared/clauses.typ`.
const NUMBER_HEAD: [&str; 2] = ["Kommun", "Organisationsnummer"];
/// The head of `party-table` in `shared/clauses.typ`.
const PARTY_HEAD: [&str; 3] = ["Part", "Kallar sig", "Organisationsnummer"];
