//! A file whose objects are read when they are asked for.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeSet;

use super::Error;
use super::lexer::Lexer;
use super::object::{Dict, Object, Reference, Stream};
use super::parse;
use super::xref::{Entry, TRAILER, Table};

/// A file and its cross-reference table. Nothing is kept of objects that were read.
#[derive(Clone, Debug)]
pub(super) struct Document<'a> {
    pub(super) data: &'a [u8],
    pub(super) table: Table<'a>,
    /// The two digits after `%PDF-`, as in `1.7`.
    pub(super) version: &'a str,
    /// Bytes that may still be parsed.
    budget: Cell<usize>,
}

/// A page and what it has from its ancestors.
#[derive(Clone, Debug)]
pub(super) struct Page<'a> {
    pub(super) reference: Reference,
    pub(super) dict: Dict<'a>,
    /// The corners of `/MediaBox`, in points.
    pub(super) media_box: Option<[f64; 4]>,
}

impl<'a> Document<'a> {
    /// Reads header, cross-reference tables and trailers; no object yet.
    pub(super) fn open(data: &'a [u8]) -> Result<Self, Error> {
        if data.len() > MAX_FILE_BYTES {
            return Err(Error::FileSize {
                size: data.len(),
                limit: MAX_FILE_BYTES,
            });
        }
        let header = Error::Damaged {
            at: 0,
            expected: "the header %PDF-1.n or %PDF-2.n",
        };
        let version = data.strip_prefix(b"%PDF-").and_then(|rest| rest.get(..3));
        let version = version.and_then(|version| std::str::from_utf8(version).ok());
        let is_known = |version: &&str| {
            let digit = version
                .strip_prefix("1.")
                .or_else(|| version.strip_prefix("2."));
            digit.is_some_and(|digit| digit.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let version = version.filter(is_known).ok_or(header)?;
        let budget = data
            .len()
            .saturating_mul(READINGS)
            .saturating_add(LEAST_BUDGET_BYTES);
        Ok(Self {
            data,
            table: Table::read(data)?,
            version,
            budget: Cell::new(budget),
        })
    }

    /// Reads an indirect object.
    pub(super) fn object(&self, reference: Reference) -> Result<Object<'a>, Error> {
        let missing = Error::Missing {
            object: reference.number,
        };
        let Entry::InUse { offset, generation } = self.table.entry(reference.number) else {
            return Err(missing);
        };
        if generation != reference.generation {
            return Err(missing);
        }
        let mut lexer = Lexer::new(self.data, offset);
        let found = parse::indirect(&mut lexer, reference, |length| self.stream_length(length))?;
        let skipped = if let Object::Stream(stream) = &found {
            stream.data.len()
        } else {
            0
        };
        self.spend(lexer.at().saturating_sub(offset).saturating_sub(skipped))?;
        Ok(found)
    }

    /// Takes parsed bytes from the budget.
    ///
    /// An object may be referred to from a million places and is parsed anew for each: the budget
    /// keeps the time for a whole file in proportion to its size.
    fn spend(&self, bytes: usize) -> Result<(), Error> {
        let left = self.budget.get().checked_sub(bytes);
        let left = left.ok_or(Error::TooMany {
            what: "readings of each byte",
            limit: READINGS,
        })?;
        self.budget.set(left);
        Ok(())
    }

    /// Reads an indirect stream length, which must be a plain number.
    fn stream_length(&self, reference: Reference) -> Result<usize, Error> {
        let object = reference.number;
        let wrong = Error::Malformed {
            object,
            what: "the value",
            expected: "a stream's length",
        };
        let Entry::InUse { offset, .. } = self.table.entry(object) else {
            return Err(Error::Missing { object });
        };
        // A stream here would ask for its own length in turn: refused, so there is no recursion.
        let mut lexer = Lexer::new(self.data, offset);
        let number = parse::indirect(&mut lexer, reference, |_| Err(wrong.clone()))?;
        self.spend(lexer.at().saturating_sub(offset))?;
        match number {
            Object::Integer(length) => usize::try_from(length).map_err(|_| wrong),
            _ => Err(wrong),
        }
    }

    /// Follows a reference, once; anything else is returned as it is.
    pub(super) fn resolve<'b>(&self, object: &'b Object<'a>) -> Result<Cow<'b, Object<'a>>, Error> {
        match object {
            Object::Reference(reference) => self.object(*reference).map(Cow::Owned),
            direct => Ok(Cow::Borrowed(direct)),
        }
    }

    /// Returns the value of a key, its reference followed.
    pub(super) fn value<'b>(
        &self,
        dict: &'b Dict<'a>,
        key: &str,
    ) -> Result<Option<Cow<'b, Object<'a>>>, Error> {
        let value = dict
            .value(key)
            .map(|value| self.resolve(value))
            .transpose()?;
        Ok(value.filter(|value| !matches!(value.as_ref(), Object::Null)))
    }

    /// Returns the dictionary under a key, if there is one.
    pub(super) fn dict(
        &self,
        holder: u32,
        dict: &Dict<'a>,
        key: &'static str,
    ) -> Result<Option<Dict<'a>>, Error> {
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

    /// Returns the array under a key, empty if there is none.
    pub(super) fn array(
        &self,
        holder: u32,
        dict: &Dict<'a>,
        key: &'static str,
    ) -> Result<Vec<Object<'a>>, Error> {
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

    /// Returns the dictionary or stream that a reference leads to.
    pub(super) fn stream(&self, reference: Reference) -> Result<Stream<'a>, Error> {
        let object = reference.number;
        match self.object(reference)? {
            Object::Stream(stream) => Ok(stream),
            _ => Err(Error::Malformed {
                object,
                what: "the value",
                expected: "a stream",
            }),
        }
    }

    /// Returns the dictionary that a reference leads to.
    pub(super) fn dict_at(&self, reference: Reference) -> Result<Dict<'a>, Error> {
        let object = reference.number;
        match self.object(reference)? {
            Object::Dict(dict) => Ok(dict),
            _ => Err(Error::Malformed {
                object,
                what: "the value",
                expected: "a dictionary",
            }),
        }
    }

    /// Returns the catalog's number and dictionary.
    pub(super) fn catalog(&self) -> Result<(Reference, Dict<'a>), Error> {
        let root = self.table.trailer.value("Root").and_then(Object::reference);
        let expected = "a reference to the catalog";
        let root = root.ok_or(Error::Malformed {
            object: TRAILER,
            what: "/Root",
            expected,
        })?;
        Ok((root, self.dict_at(root)?))
    }

    /// Returns the pages in their order.
    pub(super) fn pages(&self, catalog: &Dict<'a>) -> Result<Vec<Page<'a>>, Error> {
        let wrong = |object, what, expected| {
            Err(Error::Malformed {
                object,
                what,
                expected,
            })
        };
        let Some(root) = catalog.value("Pages").and_then(Object::reference) else {
            return wrong(TRAILER, "/Pages of the catalog", "a reference");
        };
        let mut pages = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![(root, None)];
        while let Some((reference, inherited)) = open.pop() {
            let object = reference.number;
            if !seen.insert(object) {
                return Err(Error::Loop { object });
            }
            let dict = self.dict_at(reference)?;
            let own = self.value(&dict, "MediaBox")?;
            let media_box = own.as_deref().and_then(corners).or(inherited);
            if dict.is("Type", "Page") {
                pages.push(Page {
                    reference,
                    dict,
                    media_box,
                });
                continue;
            }
            if !dict.is("Type", "Pages") {
                return wrong(object, "/Type", "/Page or /Pages");
            }
            for kid in self.array(object, &dict, "Kids")?.iter().rev() {
                let Some(kid) = kid.reference() else {
                    return wrong(object, "a value in /Kids", "a reference");
                };
                open.push((kid, media_box));
            }
        }
        Ok(pages)
    }
}

/// Reads the four corners of a rectangle (ISO 32000-2 §7.9.5).
pub fn corners(object: &Object<'_>) -> Option<[f64; 4]> {
    let Object::Array(corners) = object else {
        return None;
    };
    let [x1, y1, x2, y2] = corners.as_slice() else {
        return None;
    };
    Some([x1.number()?, y1.number()?, x2.number()?, y2.number()?])
}

/// The most bytes of a file that is read: a copy has some 200 KB, and 100 signatures add 1 MB.
const MAX_FILE_BYTES: usize = 64 << 20;

/// How often, on average, each byte of a file may be parsed; a copy needs less than three.
const READINGS: usize = 16;

/// What may be parsed of the smallest file.
const LEAST_BUDGET_BYTES: usize = 16 << 20;
