//! Every way in which a file tells where its objects are (ISO 32000-2 §7.5.4 to §7.5.8), read as
//! far as other readers do.

use std::cell::Cell;

use super::Error;
use super::history::{Place, Revision, XrefKind, irregularities, note};
use super::irregularity::{Irregularity, IrregularityKind, Note};
use super::lexer::{Lexer, is_regular, is_white};
use super::object::{Dict, Object, Reference};
use super::parse::{self, Reading};
use super::section::{START, Section, end, offset, reveal};
use super::xref::{self, Entry, MAX_NUMBER, TRAILER};

/// Reads the chain of sections that the last `startxref` begins, oldest revision first.
pub(super) fn revisions<'a>(
    data: &'a [u8],
    header: usize,
    unpackable: &Cell<usize>,
) -> Result<(Vec<Revision<'a>>, Vec<Irregularity>), Error> {
    let mut chain = Chain {
        data,
        header,
        unpackable,
        entries: 0,
    };
    let mut sections = chain.sections()?;
    sections.reverse();
    let mut revisions: Vec<Revision<'a>> = Vec::new();
    let mut found = Vec::new();
    let mut sections = sections.into_iter().peekable();
    let mut start = 0;
    while let Some(mut section) = sections.next() {
        // The main section of a linearised file is the older one, but comes last in the file.
        let first = sections.next_if(|next| next.range.start < section.range.start);
        let is_linearised = first.is_some();
        if let Some(first) = first {
            section.join(first);
        }
        if !is_linearised {
            section.check_start(data, header);
        }
        let revision = revisions.len();
        if revision == 0
            && let Some(mut hybrid) = sections.next_if(|next| section.is_completed_by(next, data))
        {
            hybrid.check_start(data, header);
            section.complete(hybrid);
        }
        if header > 0 && revision == 0 {
            section.notes.push(note(0, IrregularityKind::HeaderPlace));
        }
        found.extend(irregularities(revision, None, section.notes));
        let end = section.range.end;
        revisions.push(Revision {
            start,
            end,
            trailer: section.trailer,
            kind: section.kind,
            section: section.range,
            other_sections: section.others,
            entries: section.entries,
        });
        start = end;
    }
    let rest = data.get(start..).unwrap_or_default();
    if rest.iter().any(|byte| !is_white(*byte)) {
        let last = revisions.len().saturating_sub(1);
        let kind = IrregularityKind::TrailingBytes;
        found.extend(irregularities(last, None, vec![note(start, kind)]));
    }
    Ok((revisions, found))
}

/// Returns where the header stands.
pub(super) fn header(data: &[u8]) -> Result<usize, Error> {
    let begin = data.get(..MAX_BEFORE_HEADER).unwrap_or(data);
    memchr::memmem::find(begin, b"%PDF-").ok_or(Error::Damaged {
        at: 0,
        expected: "the header %PDF-1.n or %PDF-2.n",
    })
}

/// What is known while a chain is read.
pub(super) struct Chain<'a, 'c> {
    pub(super) data: &'a [u8],
    /// Where the header stands; offsets are counted from it.
    pub(super) header: usize,
    /// Bytes that may still be unpacked.
    pub(super) unpackable: &'c Cell<usize>,
    /// How many entries were read so far.
    pub(super) entries: usize,
}

impl<'a> Chain<'a, '_> {
    /// Reads all sections, newest first.
    ///
    /// Each lies before the one that leads to it, so that the whole chain is read in one pass; only
    /// the last step of a linearised file goes forward.
    fn sections(&mut self) -> Result<Vec<Section<'a>>, Error> {
        let wrong = Error::Malformed {
            object: TRAILER,
            what: "/Prev",
            expected: "the offset of an earlier section",
        };
        let start = memchr::memmem::rfind(self.data, START).ok_or(Error::Damaged {
            at: self.data.len(),
            expected: "startxref",
        })?;
        let mut lexer = Lexer::new(self.data, start.saturating_add(START.len()));
        lexer.skip_white();
        let expected = lexer.expected("the offset of a cross-reference section");
        let mut next = Some(offset(&mut lexer).ok_or(expected)?);
        let mut sections: Vec<Section<'a>> = Vec::new();
        let mut limit = self.data.len();
        let mut is_last = false;
        while let Some(offset) = next {
            if sections.len() >= MAX_SECTIONS {
                return Err(Error::TooMany {
                    what: "revisions",
                    limit: MAX_SECTIONS,
                });
            }
            let mut section = self.section(offset, limit)?;
            next = match section.trailer.value("Prev") {
                None => None,
                // Some writers say so that there is none.
                Some(Object::Integer(0)) => None,
                Some(Object::Integer(offset)) if !is_last => {
                    Some(usize::try_from(*offset).map_err(|_| wrong.clone())?)
                }
                Some(_) => return Err(wrong),
            };
            let begins = section.range.start;
            if let Some(offset) = next {
                let at = offset.saturating_add(self.header);
                if at < begins {
                    limit = begins;
                } else if at >= section.range.end && self.is_linearised() {
                    is_last = true;
                } else {
                    return Err(wrong);
                }
            }
            section.settle();
            sections.push(section);
        }
        Ok(sections)
    }

    /// Tells whether the file's first object says that it is linearised (ISO 32000-2 Annex F).
    fn is_linearised(&self) -> bool {
        let begin = self.data.get(self.header..).unwrap_or_default();
        let begin = begin.get(..MAX_BEFORE_HEADER).unwrap_or(begin);
        memchr::memmem::find(begin, b"/Linearized").is_some()
    }

    /// Reads one section that ends before `limit`.
    fn section(&mut self, offset: usize, limit: usize) -> Result<Section<'a>, Error> {
        let data = self.data.get(..limit).unwrap_or(self.data);
        let (start, shift) = self.begin(data, offset)?;
        let mut lexer = Lexer::new(data, start);
        let mut section = if lexer.eat_keyword(b"xref") {
            self.table(lexer, start)?
        } else {
            let (section, lexer) = self.stream(lexer, start)?;
            end(section, lexer)
        };
        section.notes.extend(shift.map(|kind| note(start, kind)));
        Ok(section)
    }

    /// Finds a section's first byte near an offset, and tells if it is not there exactly.
    fn begin(
        &self,
        data: &[u8],
        offset: usize,
    ) -> Result<(usize, Option<IrregularityKind>), Error> {
        let begins = |at: &usize| {
            let before = at.checked_sub(1).and_then(|before| data.get(before));
            let mut lexer = Lexer::new(data, *at);
            !before.is_some_and(|byte| is_regular(*byte))
                && (lexer.eat_keyword(b"xref") || parse::any_head(&mut lexer).is_some())
        };
        let at = offset.saturating_add(self.header);
        if begins(&at) {
            return Ok((at, None));
        }
        let mut lexer = Lexer::new(data, at);
        lexer.skip_white();
        let after = lexer.at();
        if after.saturating_sub(at) <= MAX_SHIFT && begins(&after) {
            return Ok((after, Some(IrregularityKind::SectionSpace)));
        }
        for at in [at, offset] {
            let near = (0..=MAX_SHIFT)
                .flat_map(|shift| [at.checked_add(shift), at.checked_sub(shift)])
                .flatten();
            if let Some(found) = near.into_iter().find(begins) {
                return Ok((found, Some(IrregularityKind::SectionOffset)));
            }
        }
        Err(Error::Damaged {
            at,
            expected: "a cross-reference section",
        })
    }

    /// Reads a table after its first keyword, and a hybrid file's stream.
    fn table(&mut self, mut lexer: Lexer<'a>, start: usize) -> Result<Section<'a>, Error> {
        let mut notes = Vec::new();
        let mut entries = Vec::new();
        loop {
            lexer.skip_space();
            if lexer.eat_keyword(b"trailer") {
                break;
            }
            self.run(&mut lexer, &mut entries, &mut notes)?;
        }
        lexer.skip_space();
        let trailer = parse::dict_in(&mut lexer, &mut Reading::Tolerant(&mut notes))?;
        size(&trailer, &entries, start, &mut notes);
        let hybrid = match trailer.value("XRefStm") {
            Some(Object::Integer(offset)) => {
                let offset = usize::try_from(*offset).unwrap_or(usize::MAX);
                let at = offset.saturating_add(self.header);
                // A stream after its table would lie in another revision.
                let data = self.data.get(..start).unwrap_or_default();
                Some(self.stream(Lexer::new(data, at), at)?)
            }
            _ => None,
        };
        let section = Section {
            range: start..start,
            others: Vec::new(),
            in_table: 0,
            trailer,
            kind: XrefKind::Table,
            entries,
            leads_to: None,
            notes,
        };
        let mut section = end(section, lexer);
        if let Some((stream, after)) = hybrid {
            section.kind = XrefKind::Hybrid;
            section.others.push(stream.range.start..after.at());
            section.notes.extend(stream.notes);
            section.in_table = section.entries.len();
            let table = std::mem::take(&mut section.entries);
            section.entries = reveal(table, stream.entries);
        }
        Ok(section)
    }

    /// Reads a run of entries with consecutive numbers.
    fn run(
        &mut self,
        lexer: &mut Lexer<'a>,
        entries: &mut Vec<(Reference, Place)>,
        notes: &mut Vec<Note>,
    ) -> Result<(), Error> {
        let wrong = lexer.expected("a run of cross-reference entries, or trailer");
        let head = |lexer: &mut Lexer<'a>| {
            let first = u32::try_from(lexer.eat_unsigned()?).ok()?;
            lexer.skip_white();
            let count = u32::try_from(lexer.eat_unsigned()?).ok()?;
            lexer.skip_white();
            Some((first, count))
        };
        let at = lexer.at();
        let (mut first, count) = head(lexer).ok_or(wrong)?;
        let mut is_odd = false;
        for position in 0..count {
            let before = lexer.clone();
            let exact = lexer.take(xref::ENTRY_BYTES).and_then(xref::entry);
            let (generation, place, is_head) = match exact {
                Some(Entry::Free) => (0, Place::Free, before.rest().starts_with(FREE_HEAD)),
                Some(Entry::InUse { offset, generation }) => {
                    (generation, self.in_use(offset), false)
                }
                None => {
                    *lexer = before;
                    is_odd = true;
                    lexer.skip_white();
                    if lexer.rest().starts_with(b"trailer") {
                        break;
                    }
                    self.odd_entry(lexer)?
                }
            };
            if position == 0 && first > 0 && is_head && count > 1 {
                // The head of the free list is object 0, whatever the run says.
                first = 0;
                notes.push(note(at, IrregularityKind::SectionRun));
            }
            let number = first.saturating_add(position);
            self.add(entries, Reference { number, generation }, place)?;
        }
        if is_odd {
            notes.push(note(at, IrregularityKind::EntryForm));
        }
        Ok(())
    }

    /// Reads an entry that is not written as it should be.
    fn odd_entry(&self, lexer: &mut Lexer<'a>) -> Result<(u16, Place, bool), Error> {
        let wrong = lexer.expected("a cross-reference entry");
        let mut read = || -> Option<(u16, Place, bool)> {
            let offset = usize::try_from(lexer.eat_unsigned()?).ok()?;
            lexer.skip_white();
            let generation = lexer.eat_unsigned()?;
            lexer.skip_white();
            let is_head = offset == 0 && generation == 65_535;
            let generation = u16::try_from(generation).ok()?;
            if lexer.eat_keyword(b"f") {
                return Some((0, Place::Free, is_head));
            }
            let place = self.in_use(offset);
            lexer
                .eat_keyword(b"n")
                .then_some((generation, place, false))
        };
        read().ok_or(wrong)
    }

    pub(super) fn in_use(&self, offset: usize) -> Place {
        // No object can be where the header is; writers mean that there is none.
        if offset == 0 {
            return Place::Free;
        }
        Place::InUse {
            offset: offset.saturating_add(self.header),
        }
    }

    /// Adds an entry, within the limits.
    pub(super) fn add(
        &mut self,
        entries: &mut Vec<(Reference, Place)>,
        reference: Reference,
        place: Place,
    ) -> Result<(), Error> {
        let limit = (self.data.len() >> 4).saturating_add(LEAST_ENTRIES);
        self.entries = self.entries.saturating_add(1);
        if self.entries > limit {
            let what = "cross-reference entries";
            return Err(Error::TooMany { what, limit });
        }
        if reference.number > MAX_NUMBER {
            return Err(Error::TooMany {
                what: "objects",
                limit: 8_388_607,
            });
        }
        entries.push((reference, place));
        Ok(())
    }
}

/// Checks `/Size` (ISO 32000-2 Table 15).
pub(super) fn size(
    trailer: &Dict<'_>,
    entries: &[(Reference, Place)],
    at: usize,
    notes: &mut Vec<Note>,
) {
    let highest = entries.iter().map(|(reference, _)| reference.number).max();
    let is_above = |highest: u32| matches!(trailer.value("Size"), Some(Object::Integer(size)) if *size > i64::from(highest));
    if !highest.is_none_or(is_above) {
        notes.push(note(at, IrregularityKind::Size));
    }
}

/// How far from the file's first byte the header may be.
const MAX_BEFORE_HEADER: usize = 1_024;

/// How far a section may be from where it is said to be.
const MAX_SHIFT: usize = 32;

/// Sections in one chain.
const MAX_SECTIONS: usize = 20_000;

/// Entries of the smallest file; one for each 16 bytes is added.
const LEAST_ENTRIES: usize = 250_000;

const FREE_HEAD: &[u8] = b"0000000000 65535 f";
