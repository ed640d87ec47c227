//! One cross-reference section, and how two make one revision.

use std::collections::BTreeSet;
use std::ops::Range;

use super::history::{Place, XrefKind, note};
use super::irregularity::{IrregularityKind, Note};
use super::lexer::{Lexer, is_white};
use super::object::{Dict, Reference};

/// One section, with the stream of a hybrid table and the first section of a linearised file.
pub(super) struct Section<'a> {
    /// From its first byte to the end of the line of its `%%EOF`.
    pub(super) range: Range<usize>,
    pub(super) others: Vec<Range<usize>>,
    pub(super) trailer: Dict<'a>,
    pub(super) kind: XrefKind,
    /// How many entries the table of a hybrid file has.
    pub(super) in_table: usize,
    /// By number, each once.
    pub(super) entries: Vec<(Reference, Place)>,
    /// What its own `startxref` says.
    pub(super) leads_to: Option<usize>,
    pub(super) notes: Vec<Note>,
}

impl<'a> Section<'a> {
    /// Takes in the first section of a linearised file, which counts before this one.
    pub(super) fn join(&mut self, first: Section<'a>) {
        let later = std::mem::replace(&mut self.entries, first.entries);
        self.entries.extend(later);
        self.notes.extend(first.notes);
        self.settle();
        self.others.push(first.range);
        self.others.extend(first.others);
        self.trailer = first.trailer;
    }

    /// Tells whether the next section is the empty hybrid one that some writers put right after a
    /// file's first table, for readers that know cross-reference streams.
    pub(super) fn is_completed_by(&self, next: &Section<'a>, data: &[u8]) -> bool {
        let between = data.get(self.range.end..next.range.start).unwrap_or(b"?");
        self.kind == XrefKind::Table
            && next.kind == XrefKind::Hybrid
            && next.in_table == 0
            && between.iter().all(|byte| is_white(*byte))
            && next
                .others
                .iter()
                .all(|stream| stream.end <= self.range.start)
    }

    /// Takes in that hybrid section, which counts before this one.
    pub(super) fn complete(&mut self, hybrid: Section<'a>) {
        let table = std::mem::take(&mut self.entries);
        self.entries = reveal(table, hybrid.entries);
        self.notes.extend(hybrid.notes);
        self.settle();
        self.others
            .push(std::mem::replace(&mut self.range, hybrid.range));
        self.others.extend(hybrid.others);
        self.trailer = hybrid.trailer;
        self.kind = hybrid.kind;
    }

    /// Checks that the section's own `startxref` leads to it.
    pub(super) fn check_start(&mut self, data: &[u8], header: usize) {
        let start = self.range.start;
        let led = self.leads_to.and_then(|at| at.checked_add(header));
        let before = led.and_then(|led| data.get(led..start));
        let is_led = before.is_some_and(|before| before.iter().all(|byte| is_white(*byte)));
        if !is_led {
            self.notes.push(note(start, IrregularityKind::SectionStart));
        }
    }

    /// Sorts the entries and keeps the first for each number.
    pub(super) fn settle(&mut self) {
        self.entries.sort_by_key(|(reference, _)| reference.number);
        let mut is_twice = false;
        self.entries.dedup_by(|(next, next_place), (kept, place)| {
            let is_same = next.number == kept.number;
            // The same said twice is still one way to read it.
            is_twice |= is_same && (next != kept || next_place != place);
            is_same
        });
        if is_twice {
            let at = self.range.start;
            self.notes.push(note(at, IrregularityKind::EntryTwice));
        }
        // ISO 32000-2 §7.5.4: object 0 is always free.
        let first = self.entries.first();
        if first.is_some_and(|(first, place)| first.number == 0 && *place != Place::Free) {
            let at = self.range.start;
            self.notes.push(note(at, IrregularityKind::EntryForm));
        }
    }
}

/// Adds what a hybrid file's stream tells to a table that hides it (ISO 32000-2 §7.5.8.4).
pub(super) fn reveal(
    mut table: Vec<(Reference, Place)>,
    stream: Vec<(Reference, Place)>,
) -> Vec<(Reference, Place)> {
    let hidden: BTreeSet<u32> = stream
        .iter()
        .map(|(reference, _)| reference.number)
        .collect();
    table.retain(|(reference, place)| *place != Place::Free || !hidden.contains(&reference.number));
    table.extend(stream);
    table
}

/// Reads what follows a section: `startxref`, its offset and `%%EOF`.
pub(super) fn end<'a>(mut section: Section<'a>, mut lexer: Lexer<'a>) -> Section<'a> {
    let start = section.range.start;
    let before = lexer.clone();
    // Writers put comments here; `%%EOF` is one too, but ends the revision.
    let skip = |lexer: &mut Lexer<'a>| {
        lexer.skip_white();
        while lexer.peek() == Some(b'%') && !lexer.rest().starts_with(END) {
            lexer.skip_line();
            lexer.skip_white();
        }
    };
    skip(&mut lexer);
    let is_led = lexer.eat_keyword(START);
    if is_led {
        lexer.skip_white();
        section.leads_to = offset(&mut lexer);
        skip(&mut lexer);
    }
    if lexer.eat(END) {
        lexer.eat_line_end();
    } else {
        let at = lexer.at();
        section.notes.push(note(at, IrregularityKind::RevisionEnd));
        if !is_led {
            lexer = before;
        }
    }
    section.range = start..lexer.at();
    section
}

pub(super) fn offset(lexer: &mut Lexer<'_>) -> Option<usize> {
    usize::try_from(lexer.eat_unsigned()?).ok()
}

/// What leads to a file's newest section.
pub(super) const START: &[u8] = b"startxref";

const END: &[u8] = b"%%EOF";
