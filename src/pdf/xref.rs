//! The way from an object's number to its bytes: classic cross-reference tables and trailers
//! (ISO 32000-2 §7.5.4, §7.5.5).
//!
//! Strict: entries of exactly 20 bytes, one trailer a table, each earlier table before the later
//! one in the file. Cross-reference streams, hybrid and linearised files are told apart and
//! refused.

use super::Error;
use super::lexer::Lexer;
use super::object::{Dict, Object};
use super::parse;

/// What the tables of all revisions say together; the newest wins.
#[derive(Clone, Debug)]
pub(super) struct Table<'a> {
    /// By number, each once.
    entries: Vec<Placed>,
    /// The newest trailer.
    pub(super) trailer: Dict<'a>,
    /// Byte offset of the newest table.
    pub(super) start: usize,
    /// How many tables the chain has.
    pub(super) revisions: usize,
    /// Where each trailer ends, the newest first.
    trailer_ends: Vec<usize>,
}

/// What a table says of one object.
#[derive(Clone, Copy, Debug)]
struct Placed {
    number: u32,
    /// The table's place in the chain, 0 the newest.
    section: u32,
    entry: Entry,
}

/// Where an object is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Entry {
    /// Nowhere.
    Free,
    /// At a byte offset, not compressed.
    InUse { offset: usize, generation: u16 },
}

impl<'a> Table<'a> {
    /// Reads the chain of tables that the last `startxref` begins.
    pub(super) fn read(data: &'a [u8]) -> Result<Self, Error> {
        let start = start_offset(data)?;
        let mut entries = Vec::new();
        let (trailer, end) = section(data, start, data.len(), 0, &mut entries)?;
        let mut trailer_ends = vec![end];
        let mut earliest = start;
        let mut revisions: usize = 1;
        let mut previous = trailer.value("Prev").cloned();
        while let Some(offset) = previous {
            let wrong = Error::Malformed {
                object: TRAILER,
                what: "/Prev",
                expected: "the offset of an earlier table",
            };
            let Object::Integer(offset) = offset else {
                return Err(wrong);
            };
            let offset = usize::try_from(offset).map_err(|_| wrong.clone())?;
            if offset >= earliest {
                return Err(wrong);
            }
            let too_many = Error::TooMany {
                what: "revisions",
                limit: MAX_REVISIONS,
            };
            if revisions >= MAX_REVISIONS {
                return Err(too_many);
            }
            let place = u32::try_from(revisions).map_err(|_| too_many)?;
            let (trailer, end) = section(data, offset, earliest, place, &mut entries)?;
            revisions = revisions.saturating_add(1);
            trailer_ends.push(end);
            previous = trailer.value("Prev").cloned();
            earliest = offset;
        }
        // The sort is stable, so the newest of each number stays in front and is the one kept.
        entries.sort_by_key(|placed: &Placed| placed.number);
        entries.dedup_by_key(|placed| placed.number);
        Ok(Self {
            entries,
            trailer,
            start,
            revisions,
            trailer_ends,
        })
    }

    /// Returns where an object is.
    pub(super) fn entry(&self, number: u32) -> Entry {
        self.placed(number)
            .map_or(Entry::Free, |placed| placed.entry)
    }

    fn placed(&self, number: u32) -> Option<&Placed> {
        let found = self
            .entries
            .binary_search_by_key(&number, |placed| placed.number);
        found.ok().and_then(|at| self.entries.get(at))
    }

    /// Returns the length of the file as it was when the revision that placed this object was
    /// written; `data` is the whole file.
    pub(super) fn revision_end(&self, data: &[u8], number: u32) -> Result<usize, Error> {
        let missing = Error::Missing { object: number };
        let section = self.placed(number).map(|placed| placed.section);
        let section = section.and_then(|section| usize::try_from(section).ok());
        let end = section.and_then(|section| self.trailer_ends.get(section));
        let mut lexer = Lexer::new(data, *end.ok_or(missing)?);
        lexer.skip_space();
        lexer.keyword("startxref")?;
        lexer.skip_white();
        let wrong = lexer.expected("the offset of a cross-reference table");
        lexer.eat_unsigned().ok_or(wrong)?;
        lexer.skip_white();
        lexer.keyword("%%EOF")?;
        lexer.eat_line_end();
        Ok(lexer.at())
    }

    /// Returns the objects in use: number, generation, byte offset.
    pub(super) fn in_use(&self) -> impl Iterator<Item = (u32, u16, usize)> {
        self.entries.iter().filter_map(|placed| match placed.entry {
            Entry::Free => None,
            Entry::InUse { offset, generation } => Some((placed.number, generation, offset)),
        })
    }

    /// Tells whether the tables name every number from 0 to the highest.
    pub(super) fn is_dense(&self) -> bool {
        u32::try_from(self.entries.len()).is_ok_and(|count| count == self.next_number())
    }

    /// Returns the first number above all that the tables name.
    pub(super) fn next_number(&self) -> u32 {
        self.entries
            .last()
            .map_or(1, |placed| placed.number.saturating_add(1))
    }
}

/// Reads the offset after the last `startxref`, and checks that the file ends there.
fn start_offset(data: &[u8]) -> Result<usize, Error> {
    let from = data.len().saturating_sub(MAX_TAIL);
    let tail = data.get(from..).unwrap_or_default();
    let found = tail
        .windows(START.len())
        .rposition(|window| window == START);
    let at = found.map_or(data.len(), |at| from.saturating_add(at));
    let mut lexer = Lexer::new(data, at);
    lexer.keyword("startxref")?;
    lexer.skip_white();
    let wrong = lexer.expected("the offset of a cross-reference table");
    let offset = lexer
        .eat_unsigned()
        .and_then(|offset| usize::try_from(offset).ok());
    let offset = offset.filter(|offset| *offset < at).ok_or(wrong)?;
    lexer.skip_white();
    lexer.keyword("%%EOF")?;
    lexer.eat_line_end();
    if lexer.peek().is_some() {
        return Err(lexer.expected("the end of the file"));
    }
    Ok(offset)
}

/// Reads one table before `limit`, adds its entries and returns its trailer and where that ends.
///
/// Tables that overlap are refused, so that the whole chain is read in one pass over the file.
fn section<'a>(
    data: &'a [u8],
    offset: usize,
    limit: usize,
    place: u32,
    entries: &mut Vec<Placed>,
) -> Result<(Dict<'a>, usize), Error> {
    let mut lexer = Lexer::new(data.get(..limit).unwrap_or(data), offset);
    if lexer.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        return Err(Error::Unread("a cross-reference stream"));
    }
    lexer.keyword("xref")?;
    let first = entries.len();
    loop {
        lexer.skip_white();
        if lexer.eat_keyword(b"trailer") {
            break;
        }
        subsection(&mut lexer, place, entries)?;
        if entries.len() > MAX_ENTRIES {
            return Err(Error::TooMany {
                what: "cross-reference entries",
                limit: MAX_ENTRIES,
            });
        }
    }
    let end = lexer.at();
    lexer.skip_space();
    let trailer = parse::dict(&mut lexer)?;
    if trailer.value("Encrypt").is_some() {
        return Err(Error::Encrypted);
    }
    if trailer.value("XRefStm").is_some() {
        return Err(Error::Unread("a hybrid cross-reference table"));
    }
    let mut numbers: Vec<u32> = entries
        .iter()
        .skip(first)
        .map(|placed| placed.number)
        .collect();
    numbers.sort_unstable();
    let twice = numbers
        .iter()
        .zip(numbers.iter().skip(1))
        .any(|(one, next)| one == next);
    if twice {
        return Err(Error::Damaged {
            at: end,
            expected: "a table that names each object once",
        });
    }
    // ISO 32000-2 Table 15: one more than the highest number.
    let size = trailer.value("Size");
    let beyond = numbers.last().is_some_and(
        |highest| !matches!(size, Some(Object::Integer(size)) if *size > i64::from(*highest)),
    );
    if beyond {
        let expected = "more than the highest object number";
        return Err(Error::Malformed {
            object: TRAILER,
            what: "/Size",
            expected,
        });
    }
    Ok((trailer, lexer.at()))
}

/// Reads a run of entries with consecutive numbers.
fn subsection(lexer: &mut Lexer<'_>, section: u32, entries: &mut Vec<Placed>) -> Result<(), Error> {
    let head = lexer.expected("a run of cross-reference entries, or trailer");
    let first = lexer
        .eat_unsigned()
        .and_then(|first| u32::try_from(first).ok());
    let first = first.ok_or_else(|| head.clone())?;
    lexer.skip_white();
    let count = lexer
        .eat_unsigned()
        .and_then(|count| u32::try_from(count).ok());
    let count = count.ok_or(head)?;
    lexer.eat(b" ");
    if !lexer.eat_line_end() {
        return Err(lexer.expected("an end of line"));
    }
    // ISO 19005-3 §6.1.13: at most 8,388,607 objects.
    let end = first
        .checked_add(count)
        .filter(|end| *end <= MAX_NUMBER.saturating_add(1));
    let end = end.ok_or(Error::TooMany {
        what: "objects",
        limit: 8_388_607,
    })?;
    for number in first..end {
        let wrong = lexer.expected("a cross-reference entry of 20 bytes");
        let entry = lexer.take(ENTRY_BYTES).and_then(entry).ok_or(wrong)?;
        entries.push(Placed {
            number,
            section,
            entry,
        });
    }
    Ok(())
}

/// Reads `oooooooooo ggggg n` and a two-byte end of line.
pub(super) fn entry(bytes: &[u8]) -> Option<Entry> {
    let mut lexer = Lexer::new(bytes, 0);
    let offset = lexer.eat_unsigned()?;
    let lawful = lexer.at() == 10 && lexer.eat(b" ");
    let generation = u16::try_from(lexer.eat_unsigned()?).ok()?;
    let lawful = lawful && lexer.at() == 16 && lexer.eat(b" ");
    let in_use = lexer.eat(b"n");
    let lawful =
        lawful && (in_use || lexer.eat(b"f")) && matches!(lexer.rest(), b" \n" | b" \r" | b"\r\n");
    let used = || {
        Some(Entry::InUse {
            offset: usize::try_from(offset).ok()?,
            generation,
        })
    };
    if !lawful {
        return None;
    }
    if in_use { used() } else { Some(Entry::Free) }
}

/// The number that errors give for the trailer.
pub(super) const TRAILER: u32 = 0;

/// The highest object number (ISO 19005-3 §6.1.13).
pub(super) const MAX_NUMBER: u32 = 8_388_607;

/// Entries of all tables together: what a file at the size limit could hold in a quarter of itself.
const MAX_ENTRIES: usize = 2_000_000;

/// Tables in one chain; a joint copy for a few hundred signatories has as many.
const MAX_REVISIONS: usize = 4_096;

/// How far from the end `startxref` may be.
const MAX_TAIL: usize = 1_024;

const START: &[u8] = b"startxref";
pub(super) const ENTRY_BYTES: usize = 20;
