//! A revision appended to a file (ISO 32000-2 §7.5.6); the bytes before it are never touched.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Error;
use super::document::Document;
use super::object::{Dict, Object, Reference};
use super::write::{write_indirect, write_object};
use super::xref::{MAX_NUMBER, TRAILER};

/// A revision in the making: what is to stand behind the file.
pub(super) struct Append<'d, 'a> {
    document: &'d Document<'a>,
    tail: Vec<u8>,
    /// Where each object is in the whole file, with its generation.
    places: BTreeMap<u32, (usize, u16)>,
    next: u32,
    /// The halves of the file identifier.
    id: [Vec<u8>; 2],
}

impl<'d, 'a> Append<'d, 'a> {
    /// Begins a revision of a file that ends with an end of line and has an identifier.
    pub(super) fn new(document: &'d Document<'a>) -> Result<Self, Error> {
        // ISO 19005-3 §6.1.9: an object number begins a line.
        if !matches!(document.data.last(), Some(b'\n' | b'\r')) {
            return Err(Error::Damaged {
                at: document.data.len(),
                expected: "an end of line after the last %%EOF",
            });
        }
        let table = &document.table;
        let size = match table.trailer.value("Size") {
            Some(Object::Integer(size)) => u32::try_from(*size).unwrap_or(u32::MAX),
            _ => 0,
        };
        Ok(Self {
            document,
            tail: Vec::new(),
            places: BTreeMap::new(),
            next: table.next_number().max(size),
            id: identifier(&table.trailer)?,
        })
    }

    /// Takes the number of a new object.
    pub(super) fn reserve(&mut self) -> Result<Reference, Error> {
        let number = self.next;
        if number > MAX_NUMBER {
            return Err(Error::TooMany {
                what: "objects",
                limit: 8_388_607,
            });
        }
        self.next = number.saturating_add(1);
        Ok(Reference {
            number,
            generation: 0,
        })
    }

    /// Writes an object: a new one, or an old one anew.
    pub(super) fn write(&mut self, reference: Reference, object: &Object<'_>) {
        let mut body = Vec::new();
        write_object(&mut body, object);
        self.write_body(reference, &body);
    }

    /// Writes an object whose bytes are ready, and returns where they end in the tail.
    pub(super) fn write_body(&mut self, reference: Reference, body: &[u8]) -> usize {
        let Reference { number, generation } = reference;
        let offset = self.document.data.len().saturating_add(self.tail.len());
        self.places.insert(number, (offset, generation));
        write_indirect(&mut self.tail, number, generation, body);
        self.tail.len().saturating_sub(OBJECT_END_BYTES)
    }

    /// Adds an object.
    pub(super) fn add(&mut self, object: &Object<'_>) -> Result<Reference, Error> {
        let reference = self.reserve()?;
        self.write(reference, object);
        Ok(reference)
    }

    /// Adds an object whose bytes are ready.
    pub(super) fn add_body(&mut self, body: &[u8]) -> Result<Reference, Error> {
        let reference = self.reserve()?;
        self.write_body(reference, body);
        Ok(reference)
    }

    /// Writes table and trailer and returns the bytes to append.
    pub(super) fn finish(self) -> Vec<u8> {
        let Self {
            document,
            mut tail,
            places,
            next,
            id: [first, second],
        } = self;
        let changed = Sha256::new()
            .chain_update(&second)
            .chain_update(&tail)
            .finalize();
        let start = document.data.len().saturating_add(tail.len());
        write_sections(&mut tail, &places);

        // ISO 32000-2 §7.5.6: all entries of the trailer before, with a new /Prev.
        let table = &document.table;
        let mut trailer = table.trailer.clone();
        trailer.set("Size", Object::Integer(i64::from(next)));
        let previous = i64::try_from(table.start).unwrap_or(i64::MAX);
        trailer.set("Prev", Object::Integer(previous));
        // ISO 32000-2 §14.4: the first half stays, the second tells the revisions apart.
        let changed = changed.iter().take(ID_BYTES).copied().collect();
        let id = [first, changed].map(|half: Vec<u8>| Object::String(half.into()));
        trailer.set("ID", Object::Array(id.into()));
        tail.extend(b"trailer\n");
        write_object(&mut tail, &Object::Dict(trailer));
        tail.extend_from_slice(format!("\nstartxref\n{start}\n%%EOF\n").as_bytes());
        tail
    }
}

/// Returns the halves of the file identifier (ISO 19005-3 §6.1.3 wants one).
fn identifier(trailer: &Dict<'_>) -> Result<[Vec<u8>; 2], Error> {
    if let Some(Object::Array(halves)) = trailer.value("ID")
        && let [Object::String(first), Object::String(second)] = halves.as_slice()
    {
        return Ok([first.to_vec(), second.to_vec()]);
    }
    Err(Error::Malformed {
        object: TRAILER,
        what: "/ID",
        expected: "an array of two strings",
    })
}

/// Writes a table with one run for each stretch of consecutive numbers.
fn write_sections(out: &mut Vec<u8>, places: &BTreeMap<u32, (usize, u16)>) {
    let mut runs: Vec<Vec<(u32, usize, u16)>> = Vec::new();
    for (&number, &(offset, generation)) in places {
        let place = (number, offset, generation);
        match runs.last_mut() {
            Some(run)
                if run
                    .last()
                    .is_some_and(|last| last.0.checked_add(1) == Some(number)) =>
            {
                run.push(place);
            }
            _ => runs.push(vec![place]),
        }
    }
    out.extend(b"xref\n");
    for run in runs {
        let first = run.first().map_or(0, |place| place.0);
        out.extend_from_slice(format!("{first} {}\n", run.len()).as_bytes());
        for (_, offset, generation) in run {
            out.extend_from_slice(format!("{offset:010} {generation:05} n\r\n").as_bytes());
        }
    }
}

/// What `write_indirect` writes after an object's bytes.
const OBJECT_END_BYTES: usize = b"\nendobj\n".len();

/// Bytes of the identifier's second half: as many as the MD5 that ISO 32000-2 §14.4 suggests.
const ID_BYTES: usize = 16;
