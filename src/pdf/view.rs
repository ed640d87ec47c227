//! A document as it was at the end of one revision.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use super::Error;
use super::filters::{self, Filter};
use super::history::{History, Place, irregularities, note};
use super::irregularity::{Irregularity, IrregularityKind, Note};
use super::lexer::Lexer;
use super::object::{Dict, Name, Object, Reference, Stream};
use super::packed;
use super::parse::{self, Reading};
use super::xref::TRAILER;

/// A document as of a revision's end.
#[derive(Clone, Copy, Debug)]
pub struct View<'h, 'a> {
    pub(super) history: &'h History<'a>,
    revision: usize,
}

/// A page of a document.
#[derive(Clone, Debug)]
pub struct PageView<'h> {
    /// The page, unless it stands in its parent.
    pub reference: Option<Reference>,
    /// Its own dictionary.
    pub dict: Dict<'h>,
    /// What it has from those above it (ISO 32000-2 Table 31): `/CropBox`, `/MediaBox`,
    /// `/Resources`, `/Rotate`, where a page does not have its own.
    pub inherited: Rc<Dict<'h>>,
}

impl<'h, 'a> View<'h, 'a> {
    pub(super) fn new(history: &'h History<'a>, revision: usize) -> Self {
        Self { history, revision }
    }

    /// Returns the history that this is a view of.
    pub fn history(self) -> &'h History<'a> {
        self.history
    }

    /// Returns the file as it was.
    pub fn data(self) -> &'a [u8] {
        let revision = self.history.revisions.get(self.revision);
        let data = revision.and_then(|revision| self.history.data.get(..revision.end));
        data.unwrap_or(self.history.data)
    }

    /// Returns the revision, counted from 0.
    pub fn revision(self) -> usize {
        self.revision
    }

    /// Returns the revision's trailer.
    pub fn trailer(self) -> &'h Dict<'a> {
        static NONE: Dict<'static> = Dict::EMPTY;
        let found = self.history.revisions.get(self.revision);
        found.map_or(&NONE, |revision| &revision.trailer)
    }

    /// Tells whether strings and streams are encrypted; they are never decrypted.
    pub fn is_encrypted(self) -> bool {
        self.trailer().value("Encrypt").is_some()
    }

    /// Returns the revision that placed an object last, the reference and the place.
    ///
    /// A packed object changes with its object stream too: see [`View::written`].
    pub fn place(self, number: u32) -> Option<(usize, Reference, Place)> {
        self.history.placed(number, self.revision)
    }

    /// Returns the revision whose bytes hold what the object now is.
    pub fn written(self, number: u32) -> Option<usize> {
        let (revision, _, place) = self.place(number)?;
        let Place::Packed { stream, .. } = place else {
            return Some(revision);
        };
        let stream = self.place(stream).map(|(revision, _, _)| revision);
        Some(stream.map_or(revision, |stream| stream.max(revision)))
    }

    /// Returns the objects in use, ascending.
    pub fn numbers(self) -> impl Iterator<Item = Reference> {
        self.history
            .named(self.revision)
            .filter_map(move |number| match self.place(number)? {
                (_, _, Place::Free) => None,
                (_, reference, _) => Some(reference),
            })
    }

    /// Reads an indirect object; a missing one is `null` (ISO 32000-2 §7.3.10).
    ///
    /// # Errors
    ///
    /// Fails for an object that cannot be read, or that takes more work than a file may cost.
    pub fn object(self, reference: Reference) -> Result<Object<'h>, Error> {
        self.read(reference, &mut Vec::new())
    }

    /// Returns what is irregular in one object, as this revision has it.
    pub fn irregularities(self, reference: Reference) -> Vec<Irregularity> {
        let mut notes = Vec::new();
        let read = self.read(reference, &mut notes);
        let at = match self.place(reference.number) {
            Some((_, _, Place::InUse { offset })) => offset.min(self.data().len()),
            _ => 0,
        };
        if read.is_err() {
            notes.push(note(at, IrregularityKind::ObjectMissing));
        }
        let revision = self.written(reference.number).unwrap_or(self.revision);
        irregularities(revision, Some(reference.number), notes).collect()
    }

    /// Reads an object and tells what is irregular in it.
    pub(super) fn read(
        self,
        reference: Reference,
        notes: &mut Vec<Note>,
    ) -> Result<Object<'h>, Error> {
        let Some((_, placed, place)) = self.place(reference.number) else {
            return Ok(Object::Null);
        };
        if placed.generation != reference.generation {
            return Ok(Object::Null);
        }
        match place {
            Place::Free => Ok(Object::Null),
            Place::InUse { offset } => self
                .read_at(reference, offset, notes, true)
                .map(|(object, _)| object),
            Place::Packed { stream, index } => {
                packed::object(self, stream, index, reference.number, notes)
            }
        }
    }

    /// Reads an object that is in the file itself, and tells where it ends.
    ///
    /// `may_unpack` is whether its length may be in an object stream.
    pub(super) fn read_at(
        self,
        reference: Reference,
        offset: usize,
        notes: &mut Vec<Note>,
        may_unpack: bool,
    ) -> Result<(Object<'h>, Range<usize>), Error> {
        self.history.spend(LEAST_COST)?;
        let mut lexer = Lexer::new(self.data(), offset);
        let before = notes.len();
        let length = |length| self.stream_length(length, may_unpack);
        let found =
            parse::indirect_in(&mut lexer, reference, length, &mut Reading::Tolerant(notes));
        let end = lexer.at();
        let skipped = match &found {
            // A stream that was searched for its end costs its bytes.
            Ok(Object::Stream(stream)) if notes.len() == before => stream.data.len(),
            _ => 0,
        };
        let cost = end.saturating_sub(offset).saturating_sub(skipped);
        self.history.spend(cost)?;
        Ok((found?, offset..end))
    }

    /// Reads an indirect stream length, which must be a plain number.
    fn stream_length(self, reference: Reference, may_unpack: bool) -> Result<usize, Error> {
        let object = reference.number;
        let wrong = Error::Malformed {
            object,
            what: "the value",
            expected: "a stream's length",
        };
        let number = match self.place(object) {
            Some((_, _, Place::InUse { offset })) => {
                self.history.spend(LEAST_COST)?;
                let mut lexer = Lexer::new(self.data(), offset);
                // A stream here would ask for its own length in turn: refused, so there is no
                // recursion.
                let refused = |_| Err(wrong.clone());
                let reading = &mut Reading::Tolerant(&mut Vec::new());
                let found = parse::indirect_in(&mut lexer, reference, refused, reading);
                self.history.spend(lexer.at().saturating_sub(offset))?;
                found?
            }
            Some((_, _, Place::Packed { stream, index })) if may_unpack => {
                packed::object(self, stream, index, object, &mut Vec::new())?
            }
            _ => return Err(Error::Missing { object }),
        };
        match number {
            Object::Integer(length) => usize::try_from(length).map_err(|_| wrong),
            _ => Err(wrong),
        }
    }

    /// Returns the bytes of an object that is not in an object stream, from its number to its
    /// `endobj`.
    ///
    /// # Errors
    ///
    /// Fails for an object that cannot be read.
    pub fn extent(self, number: u32) -> Result<Option<Range<usize>>, Error> {
        let Some((_, reference, Place::InUse { offset })) = self.place(number) else {
            return Ok(None);
        };
        let (_, extent) = self.read_at(reference, offset, &mut Vec::new(), true)?;
        Ok(Some(extent))
    }

    /// Returns the places in the file of a dictionary's values, in its order; none if the object
    /// is packed or is not a dictionary.
    ///
    /// `path` leads from the object to a dictionary in it, key by key.
    ///
    /// # Errors
    ///
    /// Fails for an object that cannot be read.
    pub fn value_places(
        self,
        number: u32,
        path: &[&str],
    ) -> Result<Vec<(Name<'a>, Range<usize>)>, Error> {
        let Some((_, reference, Place::InUse { offset })) = self.place(number) else {
            return Ok(Vec::new());
        };
        self.history.spend(LEAST_COST)?;
        let mut lexer = Lexer::new(self.data(), offset);
        parse::head(
            &mut lexer,
            reference,
            &mut Reading::Tolerant(&mut Vec::new()),
        )?;
        for key in path {
            let places = parse::value_places(&mut lexer)?;
            self.history.spend(lexer.at().saturating_sub(offset))?;
            let found = places
                .iter()
                .find(|(name, _)| name.as_ref() == key.as_bytes());
            let Some((_, place)) = found else {
                return Ok(Vec::new());
            };
            lexer = Lexer::new(self.data(), place.start);
        }
        let places = parse::value_places(&mut lexer)?;
        self.history.spend(lexer.at().saturating_sub(offset))?;
        Ok(places)
    }

    /// Follows references until something else is reached.
    ///
    /// # Errors
    ///
    /// Fails for an object that cannot be read, and for a chain of references that is too long.
    pub fn resolve<'b>(self, object: &'b Object<'h>) -> Result<Cow<'b, Object<'h>>, Error> {
        let Some(mut reference) = object.reference() else {
            return Ok(Cow::Borrowed(object));
        };
        for _ in 0..MAX_REFERENCES {
            match self.object(reference)? {
                Object::Reference(next) => reference = next,
                found => return Ok(Cow::Owned(found)),
            }
        }
        Err(Error::Loop {
            object: reference.number,
        })
    }

    /// Returns the value of a key, its reference followed; `null` counts as absent.
    ///
    /// # Errors
    ///
    /// Fails for an object that cannot be read.
    pub fn value<'b>(
        self,
        dict: &'b Dict<'h>,
        key: &str,
    ) -> Result<Option<Cow<'b, Object<'h>>>, Error> {
        let value = dict
            .value(key)
            .map(|value| self.resolve(value))
            .transpose()?;
        Ok(value.filter(|value| !matches!(value.as_ref(), Object::Null)))
    }

    /// Returns the dictionary under a key, if there is one; `holder` is the object that an error
    /// names.
    ///
    /// # Errors
    ///
    /// Fails for an object that cannot be read, and for another value.
    pub fn dict(
        self,
        holder: u32,
        dict: &Dict<'h>,
        key: &'static str,
    ) -> Result<Option<Dict<'h>>, Error> {
        match self.value(dict, key)?.map(Cow::into_owned) {
            None => Ok(None),
            Some(Object::Dict(found)) => Ok(Some(found)),
            Some(_) => Err(Error::Malformed {
                object: holder,
                what: key,
                expected: "a dictionary",
            }),
        }
    }

    /// Returns the array under a key, empty if there is none; `holder` is the object that an error
    /// names.
    ///
    /// # Errors
    ///
    /// Fails for an object that cannot be read, and for another value.
    pub fn array(
        self,
        holder: u32,
        dict: &Dict<'h>,
        key: &'static str,
    ) -> Result<Vec<Object<'h>>, Error> {
        match self.value(dict, key)?.map(Cow::into_owned) {
            None => Ok(Vec::new()),
            Some(Object::Array(found)) => Ok(found),
            Some(_) => Err(Error::Malformed {
                object: holder,
                what: key,
                expected: "an array",
            }),
        }
    }

    /// Returns the dictionary that a reference leads to.
    ///
    /// # Errors
    ///
    /// Fails for an object that cannot be read, and for another value.
    pub fn dict_at(self, reference: Reference) -> Result<Dict<'h>, Error> {
        match self.resolve(&Object::Reference(reference))?.into_owned() {
            Object::Dict(dict) => Ok(dict),
            _ => Err(Error::Malformed {
                object: reference.number,
                what: "the value",
                expected: "a dictionary",
            }),
        }
    }

    /// Returns the stream that a reference leads to.
    ///
    /// # Errors
    ///
    /// Fails for an object that cannot be read, and for another value.
    pub fn stream(self, reference: Reference) -> Result<Stream<'h>, Error> {
        match self.resolve(&Object::Reference(reference))?.into_owned() {
            Object::Stream(stream) => Ok(stream),
            _ => Err(Error::Malformed {
                object: reference.number,
                what: "the value",
                expected: "a stream",
            }),
        }
    }

    /// Returns the catalog's reference and dictionary.
    ///
    /// # Errors
    ///
    /// Fails if there is none.
    pub fn catalog(self) -> Result<(Reference, Dict<'h>), Error> {
        let root = self.trailer().value("Root").and_then(Object::reference);
        let root = root.ok_or(Error::Malformed {
            object: TRAILER,
            what: "/Root",
            expected: "a reference to the catalog",
        })?;
        Ok((root, self.dict_at(root)?))
    }

    /// Checks that there is a catalog with a page tree.
    pub(super) fn top(self) -> Result<(), Error> {
        let (root, catalog) = self.catalog()?;
        match self.value(&catalog, "Pages")?.as_deref() {
            Some(Object::Dict(_)) => Ok(()),
            _ => Err(Error::Malformed {
                object: root.number,
                what: "/Pages",
                expected: "the page tree",
            }),
        }
    }

    /// Returns the pages in their order.
    ///
    /// # Errors
    ///
    /// Fails for a tree that leads back to itself or that is too large.
    pub fn pages(self) -> Result<Vec<PageView<'h>>, Error> {
        let (root, catalog) = self.catalog()?;
        let Some(top) = catalog.value("Pages") else {
            return Err(Error::Malformed {
                object: root.number,
                what: "/Pages",
                expected: "the page tree",
            });
        };
        let mut pages = Vec::new();
        let mut seen = BTreeSet::new();
        let mut nodes: usize = 0;
        let mut open = vec![(top.clone(), Rc::new(Dict::default()))];
        while let Some((node, inherited)) = open.pop() {
            nodes = nodes.saturating_add(1);
            if nodes > MAX_PAGES {
                return Err(Error::TooMany {
                    what: "pages",
                    limit: MAX_PAGES,
                });
            }
            let reference = node.reference();
            if let Some(reference) = reference
                && !seen.insert(reference.number)
            {
                return Err(Error::Loop {
                    object: reference.number,
                });
            }
            let holder = reference.map_or(root.number, |reference| reference.number);
            // Something that is not a page is passed over, as other readers do.
            let Object::Dict(dict) = self.resolve(&node)?.into_owned() else {
                continue;
            };
            if dict.value("Kids").is_none() {
                pages.push(PageView {
                    reference,
                    dict,
                    inherited,
                });
                continue;
            }
            let inherited = inherit(inherited, &dict);
            for kid in self.array(holder, &dict, "Kids")?.into_iter().rev() {
                open.push((kid, Rc::clone(&inherited)));
            }
        }
        Ok(pages)
    }

    /// Returns a stream's bytes with its filters undone, at most `limit` of them.
    ///
    /// Errors name object 0, as a stream does not know its number.
    ///
    /// # Errors
    ///
    /// Fails for a filter that is not read, as those of images; for damaged bytes; for more bytes
    /// than `limit`; and for an encrypted stream.
    pub fn decode(self, stream: &Stream<'h>, limit: usize) -> Result<Cow<'h, [u8]>, Error> {
        if self.is_encrypted() {
            return Err(Error::Encrypted);
        }
        let filters = self.filters(&stream.dict, true)?;
        filters::decode(stream.data, &filters, TRAILER, limit)
    }

    /// Reads a stream's list of filters (ISO 32000-2 Table 5).
    pub(super) fn filters(self, dict: &Dict<'h>, may_unpack: bool) -> Result<Vec<Filter>, Error> {
        let read = |object: &Object<'h>| self.plain(object, may_unpack);
        Filter::all(dict, &read)
    }

    /// Follows one reference; to an object in an object stream only if that is allowed.
    fn plain(self, object: &Object<'h>, may_unpack: bool) -> Result<Object<'h>, Error> {
        let Object::Reference(reference) = object else {
            return Ok(object.clone());
        };
        let packed = matches!(
            self.place(reference.number),
            Some((_, _, Place::Packed { .. }))
        );
        if packed && !may_unpack {
            return Err(Error::Unread("an object stream that needs another"));
        }
        if may_unpack {
            return self.object(*reference);
        }
        match self.place(reference.number) {
            Some((_, placed, Place::InUse { offset })) if placed == *reference => self
                .read_at(*reference, offset, &mut Vec::new(), false)
                .map(|(object, _)| object),
            _ => Ok(Object::Null),
        }
    }
}

/// Adds what a node of the page tree hands down.
fn inherit<'h>(above: Rc<Dict<'h>>, node: &Dict<'h>) -> Rc<Dict<'h>> {
    let own: Vec<(&'static str, Object<'h>)> = INHERITABLE
        .iter()
        .filter_map(|key| Some((*key, node.value(key)?.clone())))
        .collect();
    if own.is_empty() {
        return above;
    }
    let mut dict = above.as_ref().clone();
    for (key, value) in own {
        dict.set(key, value);
    }
    Rc::new(dict)
}

/// ISO 32000-2 Table 31.
const INHERITABLE: [&str; 4] = ["CropBox", "MediaBox", "Resources", "Rotate"];

/// References that lead to references.
const MAX_REFERENCES: usize = 32;

/// Pages, and nodes above them.
const MAX_PAGES: usize = 500_000;

/// What asking for an object costs at least, in parsed bytes.
const LEAST_COST: usize = 16;
