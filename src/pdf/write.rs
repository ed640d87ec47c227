//! Objects to bytes, and a document written anew in one revision.

use std::collections::BTreeMap;

use super::Error;
use super::document::Document;
use super::lexer::{Lexer, is_regular};
use super::object::{Dict, Object, Reference};
use super::xref::MAX_NUMBER;

/// Changes to a document of one revision, to be written as a whole.
pub(super) struct Rewrite<'d, 'a> {
    pub(super) document: &'d Document<'a>,
    changed: BTreeMap<u32, Object<'a>>,
    /// Bodies of new objects; the first has the number `first_new`.
    added: Vec<Vec<u8>>,
    first_new: u32,
}

impl<'d, 'a> Rewrite<'d, 'a> {
    /// Begins with a document of one revision, whose table names every number up to the highest.
    pub(super) fn new(document: &'d Document<'a>) -> Result<Self, Error> {
        if document.table.revisions != 1 {
            return Err(Error::Unexpected("more than one revision"));
        }
        if !document.table.is_dense() {
            return Err(Error::Unexpected(
                "object numbers that its table leaves out",
            ));
        }
        let first_new = document.table.next_number();
        Ok(Self {
            document,
            changed: BTreeMap::new(),
            added: Vec::new(),
            first_new,
        })
    }

    /// Returns a dictionary as it stands after the changes so far.
    pub(super) fn dict(&self, reference: Reference) -> Result<Dict<'a>, Error> {
        match self.changed.get(&reference.number) {
            Some(Object::Dict(dict)) => Ok(dict.clone()),
            _ => self.document.dict_at(reference),
        }
    }

    /// Puts an object in the place of an old one.
    pub(super) fn change(&mut self, reference: Reference, object: Object<'a>) {
        self.changed.insert(reference.number, object);
    }

    /// Returns the number that the next new object gets.
    pub(super) fn next(&self) -> Result<Reference, Error> {
        let number = u32::try_from(self.added.len())
            .ok()
            .and_then(|count| self.first_new.checked_add(count))
            .filter(|number| *number <= MAX_NUMBER)
            .ok_or(Error::TooMany {
                what: "objects",
                limit: 8_388_607,
            })?;
        Ok(Reference {
            number,
            generation: 0,
        })
    }

    /// Adds a new object.
    pub(super) fn add(&mut self, object: &Object<'_>) -> Result<Reference, Error> {
        let mut body = Vec::new();
        write_object(&mut body, object);
        self.add_written(body)
    }

    /// Adds a new object whose bytes are ready.
    pub(super) fn add_written(&mut self, body: Vec<u8>) -> Result<Reference, Error> {
        let reference = self.next()?;
        self.added.push(body);
        Ok(reference)
    }

    /// Writes the document: old objects in their order, unchanged ones byte for byte, then the new
    /// ones, one table, one trailer.
    pub(super) fn finish(self) -> Result<Vec<u8>, Error> {
        let data = self.document.data;
        let table = &self.document.table;
        let mut old: Vec<(u32, u16, usize)> = table.in_use().collect();
        old.sort_unstable_by_key(|(_, _, offset)| *offset);
        let header_end = old.first().map_or(table.start, |(_, _, offset)| *offset);

        let new_bytes: usize = self
            .added
            .iter()
            .map(|body| body.len().saturating_add(64))
            .sum();
        let mut out = Vec::with_capacity(data.len().saturating_add(new_bytes));
        out.extend(header(data, header_end)?);
        let mut places: BTreeMap<u32, (usize, u16)> = BTreeMap::new();

        let ends = old
            .iter()
            .skip(1)
            .map(|(_, _, offset)| *offset)
            .chain([table.start]);
        for ((number, generation, offset), end) in old.iter().zip(ends) {
            places.insert(*number, (out.len(), *generation));
            match self.changed.get(number) {
                Some(object) => {
                    let mut body = Vec::new();
                    write_object(&mut body, object);
                    write_indirect(&mut out, *number, *generation, &body);
                }
                None => copy_indirect(
                    &mut out,
                    object_bytes(data, *offset..end, *number, *generation)?,
                ),
            }
        }
        for (number, body) in (self.first_new..).zip(&self.added) {
            places.insert(number, (out.len(), 0));
            write_indirect(&mut out, number, 0, body);
        }

        let size = self.next()?.number;
        let start = out.len();
        write_table(&mut out, size, &places);
        let mut trailer = table.trailer.clone();
        trailer.set("Size", Object::Integer(i64::from(size)));
        out.extend(b"trailer\n");
        write_object(&mut out, &Object::Dict(trailer));
        // ISO 19005-3 §6.1.9 wants each appended object on a line of its own: so an end of line
        // last.
        out.extend_from_slice(format!("\nstartxref\n{start}\n%%EOF\n").as_bytes());
        Ok(out)
    }
}

/// Returns the bytes before the first object: the header and comments, nothing else.
fn header(data: &[u8], end: usize) -> Result<&[u8], Error> {
    let header = data.get(..end).unwrap_or_default();
    let mut lexer = Lexer::new(header, 0);
    lexer.skip_space();
    match lexer.peek() {
        Some(_) => Err(lexer.expected("only comments before the first object")),
        None if header.ends_with(b"\n") => Ok(header),
        None => Err(lexer.expected("an end of line before the first object")),
    }
}

/// Returns an object's bytes up to the next one, after a look at both ends.
fn object_bytes(
    data: &[u8],
    range: std::ops::Range<usize>,
    number: u32,
    generation: u16,
) -> Result<&[u8], Error> {
    let wrong = Error::Damaged {
        at: range.start,
        expected: "objects that follow one another",
    };
    let bytes = data.get(range).ok_or_else(|| wrong.clone())?;
    let head = format!("{number} {generation} obj");
    let body = bytes.trim_ascii_end();
    // ISO 19005-3 §6.1.9: an end of line after endobj, and before the next object.
    let lawful = bytes.starts_with(head.as_bytes())
        && body.ends_with(b"\nendobj")
        && matches!(bytes.last(), Some(b'\n' | b'\r'));
    if lawful { Ok(bytes) } else { Err(wrong) }
}

/// Writes an unchanged object, byte for byte but for the end of a stream whose data end in CR.
fn copy_indirect(out: &mut Vec<u8>, bytes: &[u8]) {
    match bytes.trim_ascii_end().strip_suffix(b"\nendstream\nendobj") {
        Some(head) if head.ends_with(b"\r") => {
            out.extend(head);
            end_stream(out);
            out.extend(b"\nendobj\n");
        }
        _ => out.extend(bytes),
    }
}

/// Writes what follows a stream's data.
///
/// ISO 32000-2 §7.3.8.1: the end of line before `endstream` is no part of the data. Data that end
/// in CR would make LF look like the second half of one, so they get an end of line of their own.
pub(super) fn end_stream(out: &mut Vec<u8>) {
    if out.ends_with(b"\r") {
        out.push(b'\r');
    }
    out.extend(b"\nendstream");
}

pub(super) fn write_indirect(out: &mut Vec<u8>, number: u32, generation: u16, body: &[u8]) {
    // ISO 19005-3 §6.1.9: single spaces, and each keyword on its own line.
    out.extend_from_slice(format!("{number} {generation} obj\n").as_bytes());
    out.extend(body);
    out.extend(b"\nendobj\n");
}

/// Writes a table with one run of entries; numbers that are not in use form the free list.
fn write_table(out: &mut Vec<u8>, size: u32, places: &BTreeMap<u32, (usize, u16)>) {
    let free: Vec<u32> = (0..size)
        .filter(|number| !places.contains_key(number))
        .collect();
    let mut next_free = free.iter().skip(1);
    out.extend_from_slice(format!("xref\n0 {size}\n").as_bytes());
    for number in 0..size {
        let (value, generation, kind) = match places.get(&number) {
            Some((offset, generation)) => (*offset, *generation, 'n'),
            // ISO 32000-2 §7.5.4: object 0 heads the list and has generation 65535.
            None => {
                let generation = if number == 0 { u16::MAX } else { 0 };
                let next = next_free
                    .next()
                    .and_then(|next| usize::try_from(*next).ok());
                (next.unwrap_or(0), generation, 'f')
            }
        };
        out.extend_from_slice(format!("{value:010} {generation:05} {kind}\r\n").as_bytes());
    }
}

/// Writes an object without white space that is not needed.
///
/// A stream's dictionary must already hold its length.
pub(super) fn write_object(out: &mut Vec<u8>, object: &Object<'_>) {
    match object {
        Object::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 && starts_regular(item) {
                    out.push(b' ');
                }
                write_object(out, item);
            }
            out.push(b']');
        }
        Object::Bool(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Object::Dict(dict) => write_dict(out, dict),
        Object::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Object::Name(name) => write_name(out, name),
        Object::Null => out.extend(b"null"),
        Object::Real(text) => out.extend_from_slice(text.as_bytes()),
        Object::Reference(reference) => {
            out.extend_from_slice(
                format!("{} {} R", reference.number, reference.generation).as_bytes(),
            );
        }
        Object::Stream(stream) => {
            write_dict(out, &stream.dict);
            out.extend(b"\nstream\n");
            out.extend(stream.data);
            end_stream(out);
        }
        Object::String(bytes) => write_string(out, bytes),
    }
}

fn write_dict(out: &mut Vec<u8>, dict: &Dict<'_>) {
    out.extend(b"<<");
    for (key, value) in dict.iter() {
        write_name(out, key);
        if starts_regular(value) {
            out.push(b' ');
        }
        write_object(out, value);
    }
    out.extend(b">>");
}

fn starts_regular(object: &Object<'_>) -> bool {
    match object {
        Object::Bool(_)
        | Object::Integer(_)
        | Object::Null
        | Object::Real(_)
        | Object::Reference(_) => true,
        Object::Array(_)
        | Object::Dict(_)
        | Object::Name(_)
        | Object::Stream(_)
        | Object::String(_) => false,
    }
}

fn write_name(out: &mut Vec<u8>, name: &[u8]) {
    out.push(b'/');
    for byte in name.iter() {
        // ISO 32000-2 §7.3.5: what is not a visible regular character is written as #xx.
        if byte.is_ascii_graphic() && is_regular(*byte) && *byte != b'#' {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("#{byte:02X}").as_bytes());
        }
    }
}

fn write_string(out: &mut Vec<u8>, bytes: &[u8]) {
    if !bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        out.push(b'<');
        for byte in bytes {
            out.extend_from_slice(format!("{byte:02X}").as_bytes());
        }
        out.push(b'>');
        return;
    }
    out.push(b'(');
    for byte in bytes {
        if matches!(byte, b'(' | b')' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b')');
}
