//! A file as the revisions that it grew by.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::ops::Range;

use super::Error;
use super::irregularity::{Irregularity, IrregularityKind, Note};
use super::object::{Dict, Reference};
use super::packed::Unpacked;
use super::rebuild;
use super::sections;
use super::survey;
use super::view::View;

/// A file and its revisions, oldest first, never empty.
///
/// Reads any file, with whatever is irregular told apart. Objects are read when they are asked for,
/// and none is kept but unpacked object streams.
#[derive(Debug)]
pub struct History<'a> {
    pub(super) data: &'a [u8],
    pub(super) revisions: Vec<Revision<'a>>,
    /// Every entry of every revision, by number, then by revision.
    index: Vec<Indexed>,
    /// What was met on the way to the objects.
    found: Vec<Irregularity>,
    /// That, and what the objects have.
    surveyed: OnceCell<Vec<Irregularity>>,
    /// Object streams, by number and the revision that placed them.
    pub(super) streams: BTreeMap<(u32, usize), OnceCell<Result<Unpacked, Error>>>,
    /// Bytes that may still be parsed.
    budget: Cell<usize>,
    /// Bytes that may still be unpacked and kept.
    unpackable: Cell<usize>,
}

/// One revision of a file: what was appended at one time, with its cross-reference section.
#[derive(Clone, Debug)]
pub struct Revision<'a> {
    /// Where it begins, in bytes from the file's first; the end of the revision before it.
    pub start: usize,
    /// Just past its `%%EOF` and that line's end.
    pub end: usize,
    /// The trailer, or the dictionary of the cross-reference stream.
    pub trailer: Dict<'a>,
    /// How the section is written.
    pub kind: XrefKind,
    /// The bytes from the section's first to the revision's end.
    pub section: Range<usize>,
    /// The bytes of a linearised file's first section, or of a hybrid file's cross-reference
    /// stream and of the table that it completes.
    pub other_sections: Vec<Range<usize>>,
    /// By number, each once.
    pub(super) entries: Vec<(Reference, Place)>,
}

/// How a revision's cross-reference section is written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum XrefKind {
    /// A table and a stream (ISO 32000-2 §7.5.8.4).
    Hybrid,
    /// Not at all, or so that it is of no use: the objects were looked for.
    Rebuilt,
    /// A cross-reference stream.
    Stream,
    /// A classic table.
    Table,
}

/// Where a section says that an object is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Place {
    /// Nowhere.
    Free,
    /// In the file.
    InUse {
        /// Bytes from the file's first.
        offset: usize,
    },
    /// In an object stream.
    Packed {
        /// The object stream's number.
        stream: u32,
        /// Its place among the stream's objects, counted from 0.
        index: u32,
    },
}

#[derive(Clone, Copy, Debug)]
struct Indexed {
    number: u32,
    revision: u32,
    /// Position among the revision's entries.
    entry: u32,
}

impl<'a> History<'a> {
    /// Reads header, cross-reference sections and trailers; no object yet.
    ///
    /// # Errors
    ///
    /// Fails for a file that cannot be read in one way only: without header, catalog or objects, or
    /// beyond a limit.
    pub fn read(data: &'a [u8]) -> Result<Self, Error> {
        if data.len() > MAX_FILE_BYTES {
            return Err(Error::FileSize {
                size: data.len(),
                limit: MAX_FILE_BYTES,
            });
        }
        let unpackable = data
            .len()
            .saturating_mul(2)
            .saturating_add(LEAST_UNPACKED_BYTES);
        let unpackable = Cell::new(unpackable);
        let header = sections::header(data)?;
        let read = match sections::revisions(data, header, &unpackable) {
            Ok((revisions, found)) => {
                let history = Self::new(data, revisions, found, unpackable.clone());
                if history.newest().top().is_ok() {
                    return Ok(history);
                }
                // Without pages there is still something to read.
                match history.newest().catalog() {
                    Ok(_) => Ok(history),
                    Err(error) => Err(error),
                }
            }
            Err(error @ (Error::TooMany { .. } | Error::DecodedSize { .. })) => return Err(error),
            Err(error) => Err(error),
        };
        rebuild::rebuild(data, unpackable).map_or(read, Ok)
    }

    /// Puts a history together.
    pub(super) fn new(
        data: &'a [u8],
        revisions: Vec<Revision<'a>>,
        found: Vec<Irregularity>,
        unpackable: Cell<usize>,
    ) -> Self {
        let mut index = Vec::new();
        for (revision, placed) in (0..).zip(&revisions) {
            let entries = (0..).zip(&placed.entries);
            index.extend(entries.map(|(entry, (reference, _))| Indexed {
                number: reference.number,
                revision,
                entry,
            }));
        }
        index.sort_unstable_by_key(|indexed| (indexed.number, indexed.revision));
        let budget = data
            .len()
            .saturating_mul(READINGS)
            .saturating_add(LEAST_BUDGET_BYTES);
        let mut history = Self {
            data,
            revisions,
            index,
            found,
            surveyed: OnceCell::new(),
            streams: BTreeMap::new(),
            budget: Cell::new(budget),
            unpackable,
        };
        history.list_streams();
        history
    }

    /// Makes room for each object stream that an entry leads into.
    fn list_streams(&mut self) {
        let entries = self.revisions.iter().flat_map(|revision| &revision.entries);
        let mut numbers: Vec<u32> = entries
            .filter_map(|(_, place)| match place {
                Place::Packed { stream, .. } => Some(*stream),
                Place::Free | Place::InUse { .. } => None,
            })
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut streams = BTreeMap::new();
        for number in numbers {
            for (revision, _, _) in self.placings(number) {
                streams.insert((number, revision), OnceCell::new());
            }
        }
        self.streams = streams;
    }

    /// Returns the whole file.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Returns the revisions, oldest first; there is at least one.
    pub fn revisions(&self) -> &[Revision<'a>] {
        &self.revisions
    }

    /// Returns everything that a strict reader would refuse, in the order of revisions and bytes.
    ///
    /// Every object of every revision is read for it, once in the life of the history. Of one kind,
    /// some hundred are told in a revision; [`View::irregularities`] tells all of one object.
    pub fn irregularities(&self) -> &[Irregularity] {
        self.surveyed.get_or_init(|| {
            let mut all = self.found.clone();
            all.extend(survey::survey(self));
            all.sort_unstable();
            all.dedup();
            let mut told = BTreeMap::new();
            all.retain(|found| {
                let kind = found.kind.rank();
                let count: &mut usize = told.entry((found.revision, kind)).or_default();
                *count = count.saturating_add(1);
                *count <= MAX_TOLD
            });
            all
        })
    }

    /// Returns the document as of a revision's end, counted from 0; of the last one's for a number
    /// that is too high.
    pub fn at(&self, revision: usize) -> View<'_, 'a> {
        View::new(self, revision.min(self.revisions.len().saturating_sub(1)))
    }

    /// Returns the newest document.
    pub fn newest(&self) -> View<'_, 'a> {
        self.at(usize::MAX)
    }

    /// Returns what each revision that names an object says of it, oldest first.
    pub fn placings(&self, number: u32) -> impl Iterator<Item = (usize, Reference, Place)> {
        let first = self
            .index
            .partition_point(|indexed| indexed.number < number);
        let same = self.index.get(first..).unwrap_or_default().iter();
        same.take_while(move |indexed| indexed.number == number)
            .filter_map(|indexed| self.indexed(*indexed))
    }

    /// Returns what the newest revision up to this one that names the object says of it.
    pub(super) fn placed(&self, number: u32, revision: usize) -> Option<(usize, Reference, Place)> {
        let revision = u32::try_from(revision).unwrap_or(u32::MAX);
        let past = self
            .index
            .partition_point(|indexed| (indexed.number, indexed.revision) <= (number, revision));
        let last = self.index.get(past.checked_sub(1)?)?;
        (last.number == number)
            .then(|| self.indexed(*last))
            .flatten()
    }

    /// Returns the numbers that any revision up to this one names, ascending.
    pub(super) fn named(&self, revision: usize) -> impl Iterator<Item = u32> {
        let mut last = None;
        self.index.iter().filter_map(move |indexed| {
            let within = usize::try_from(indexed.revision).is_ok_and(|named| named <= revision);
            let new = within && last != Some(indexed.number);
            if new {
                last = Some(indexed.number);
            }
            new.then_some(indexed.number)
        })
    }

    fn indexed(&self, indexed: Indexed) -> Option<(usize, Reference, Place)> {
        let revision = usize::try_from(indexed.revision).ok()?;
        let entry = usize::try_from(indexed.entry).ok()?;
        let (reference, place) = self.revisions.get(revision)?.entries.get(entry)?;
        Some((revision, *reference, *place))
    }

    /// Takes parsed bytes from the budget: an object may be asked for a million times. Once it is
    /// used up, nothing more is read.
    pub(super) fn spend(&self, bytes: usize) -> Result<(), Error> {
        let left = self.budget.get().saturating_sub(bytes);
        self.budget.set(left);
        if left > 0 {
            return Ok(());
        }
        Err(Error::TooMany {
            what: "readings of each byte",
            limit: READINGS,
        })
    }

    /// Returns how many bytes may still be unpacked and kept.
    pub(super) fn unpackable(&self) -> &Cell<usize> {
        &self.unpackable
    }
}

impl Revision<'_> {
    /// Returns what this revision's section says of each object that it names, ascending.
    pub fn placed(&self) -> impl Iterator<Item = (Reference, Place)> {
        self.entries.iter().copied()
    }
}

/// Puts notes into a revision.
pub(super) fn irregularities(
    revision: usize,
    object: Option<u32>,
    notes: Vec<Note>,
) -> impl Iterator<Item = Irregularity> {
    notes.into_iter().map(move |note| Irregularity {
        revision,
        object,
        at: note.at,
        kind: note.kind,
    })
}

/// Makes a note.
pub(super) fn note(at: usize, kind: IrregularityKind) -> Note {
    Note { at, kind }
}

/// The most bytes of a file that is read.
const MAX_FILE_BYTES: usize = 512 << 20;

/// Irregularities of one kind that are told of one revision.
const MAX_TOLD: usize = 500;

/// How often, on average, each byte of a file may be parsed.
const READINGS: usize = 32;

/// What may be parsed of the smallest file.
const LEAST_BUDGET_BYTES: usize = 32 << 20;

/// What may be unpacked and kept of the smallest file; twice a file's size is added.
const LEAST_UNPACKED_BYTES: usize = 12 << 20;
