//! Objects in object streams (ISO 32000-2 §7.5.7), each stream unpacked once.

use super::Error;
use super::filters;
use super::history::{Place, note};
use super::irregularity::{IrregularityKind, Note};
use super::lexer::Lexer;
use super::object::Object;
use super::parse::{self, Reading};
use super::view::View;

/// An object stream, its filters undone.
#[derive(Debug)]
pub(super) struct Unpacked {
    bytes: Vec<u8>,
    /// Number and place in `bytes` of each object.
    objects: Vec<(u32, u32)>,
    /// What was irregular in the stream object itself.
    notes: Vec<Note>,
}

impl Unpacked {
    /// Returns the numbers of the objects, in the stream's order.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.objects.iter().map(|(number, _)| *number)
    }
}

/// Reads the object that a section places in a stream.
pub(super) fn object<'h>(
    view: View<'h, '_>,
    stream: u32,
    index: u32,
    number: u32,
    notes: &mut Vec<Note>,
) -> Result<Object<'h>, Error> {
    view.history().spend(1)?;
    let (at, unpacked) = unpacked(view, stream)?;
    notes.extend(unpacked.notes.iter().cloned());
    let found = usize::try_from(index).ok();
    let found = found.and_then(|index| unpacked.objects.get(index));
    let offset = match found {
        Some((found, offset)) if *found == number => *offset,
        _ => {
            notes.push(note(at, IrregularityKind::ObjectStreamIndex));
            let mut objects = unpacked.objects.iter();
            view.history().spend(unpacked.objects.len())?;
            let found = objects.find(|(found, _)| *found == number);
            found.ok_or(Error::Missing { object: number })?.1
        }
    };
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let mut lexer = Lexer::new(&unpacked.bytes, offset);
    let mut inner = Vec::new();
    let object = parse::object_in(&mut lexer, &mut Reading::Tolerant(&mut inner));
    let cost = lexer.at().saturating_sub(offset).saturating_add(1);
    view.history().spend(cost)?;
    // A place in the unpacked bytes is none in the file.
    notes.extend(inner.into_iter().map(|inner| note(at, inner.kind)));
    object
}

/// Returns an object stream as this revision has it, and where it stands in the file.
pub(super) fn unpacked<'h>(
    view: View<'h, '_>,
    stream: u32,
) -> Result<(usize, &'h Unpacked), Error> {
    let missing = Error::Missing { object: stream };
    // ISO 32000-2 §7.5.7: an object stream is not in another one.
    let Some((revision, _, Place::InUse { offset })) = view.place(stream) else {
        return Err(missing);
    };
    let cell = view
        .history()
        .streams
        .get(&(stream, revision))
        .ok_or(missing)?;
    let found = cell.get_or_init(|| unpack(view, stream));
    found
        .as_ref()
        .map(|unpacked| (offset, unpacked))
        .map_err(Clone::clone)
}

/// Unpacks an object stream.
///
/// Whatever else it needs is read from the file itself: an object stream never asks for another.
fn unpack(view: View<'_, '_>, number: u32) -> Result<Unpacked, Error> {
    if view.is_encrypted() {
        return Err(Error::Encrypted);
    }
    let wrong = |what, expected| Error::Malformed {
        object: number,
        what,
        expected,
    };
    let Some((_, reference, Place::InUse { offset })) = view.place(number) else {
        return Err(Error::Missing { object: number });
    };
    let mut notes = Vec::new();
    let (object, _) = view.read_at(reference, offset, &mut notes, false)?;
    let Object::Stream(stream) = object else {
        return Err(wrong("the value", "an object stream"));
    };
    let filters = view.filters(&stream.dict, false)?;
    let unpackable = view.history().unpackable();
    // A stream that does not fit leaves no room for others, so that many cost no more than one.
    let room = unpackable.replace(0);
    let bytes = filters::decode(stream.data, &filters, number, room)?.into_owned();
    let size = |key, what| match stream.dict.value(key) {
        Some(Object::Integer(size)) => usize::try_from(*size).map_err(|_| wrong(what, "a number")),
        _ => Err(wrong(what, "a number")),
    };
    let count = size("N", "/N")?;
    let first = size("First", "/First")?;
    if count > MAX_OBJECTS {
        return Err(Error::TooMany {
            what: "objects in one stream",
            limit: MAX_OBJECTS,
        });
    }
    let start = u32::try_from(first).map_err(|_| wrong("/First", "a number"))?;
    let mut lexer = Lexer::new(bytes.get(..first).unwrap_or(&bytes), 0);
    let mut objects = Vec::new();
    for _ in 0..count {
        lexer.skip_space();
        let found = lexer
            .eat_unsigned()
            .and_then(|found| u32::try_from(found).ok());
        lexer.skip_space();
        let place = lexer
            .eat_unsigned()
            .and_then(|place| u32::try_from(place).ok());
        let Some((found, place)) = found.zip(place) else {
            notes.push(note(offset, IrregularityKind::ObjectStreamIndex));
            break;
        };
        objects.push((found, place.saturating_add(start)));
    }
    let kept = objects.len().saturating_mul(8).saturating_add(bytes.len());
    unpackable.set(room.saturating_sub(kept));
    Ok(Unpacked {
        bytes,
        objects,
        notes,
    })
}

/// Objects in one stream; writers put some hundred.
const MAX_OBJECTS: usize = 250_000;
