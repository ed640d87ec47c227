//! Everything irregular in the objects of a file, told in one reading.

use std::ops::Range;

use super::history::{History, Place, irregularities, note};
use super::irregularity::{Irregularity, IrregularityKind};
use super::lexer::Lexer;
use super::object::{Object, Reference};
use super::packed;
use super::view::View;

/// Reads each object as each revision wrote it, and looks at what no object holds.
pub(super) fn survey(history: &History<'_>) -> Vec<Irregularity> {
    let mut found = Vec::new();
    for revision in 0..history.revisions.len() {
        let view = history.at(revision);
        let mut held = objects(view, &mut found);
        bytes(view, &mut held, &mut found);
    }
    found
}

/// Reads the objects that a revision placed, and returns where they stand.
fn objects(view: View<'_, '_>, found: &mut Vec<Irregularity>) -> Vec<Range<usize>> {
    let revision = view.revision();
    let Some(placed) = view.history().revisions.get(revision) else {
        return Vec::new();
    };
    let mut held = Vec::new();
    for (reference, place) in &placed.entries {
        // The same place was read in the revision that gave it first.
        if is_repeated(view, *reference, *place) {
            continue;
        }
        let number = reference.number;
        let mut notes = Vec::new();
        let (at, object) = match place {
            Place::Free => continue,
            Place::InUse { offset } => {
                if *offset < placed.start {
                    notes.push(note(*offset, IrregularityKind::PlaceEarlier));
                }
                let read = view.read_at(*reference, *offset, &mut notes, true);
                (
                    *offset,
                    read.map(|(object, extent)| {
                        held.push(extent);
                        object
                    }),
                )
            }
            Place::Packed { stream, index } => {
                let at = view.place(*stream).and_then(|(_, _, place)| match place {
                    Place::InUse { offset } => Some(offset),
                    Place::Free | Place::Packed { .. } => None,
                });
                if is_overtaken(view, number, *stream) {
                    notes.push(note(
                        at.unwrap_or_default(),
                        IrregularityKind::ObjectStreamReplaced,
                    ));
                }
                let read = packed::object(view, *stream, *index, number, &mut notes);
                (at.unwrap_or_default(), read)
            }
        };
        match object {
            Ok(object) if refers_astray(view, &object) => {
                notes.push(note(at, IrregularityKind::ReferenceGeneration));
            }
            Ok(_) => {}
            Err(_) => {
                let at = at.min(view.data().len());
                notes.push(note(at, IrregularityKind::ObjectMissing));
            }
        }
        found.extend(irregularities(revision, Some(number), notes));
    }
    held
}

/// Tells whether an earlier revision placed the object in the same way.
fn is_repeated(view: View<'_, '_>, reference: Reference, place: Place) -> bool {
    let before = view.revision().checked_sub(1);
    let before = before.and_then(|before| view.history().placed(reference.number, before));
    before.is_some_and(|(_, before, at)| (before, at) == (reference, place))
}

/// Tells whether the stream of a packed object was placed anew while the object was not.
fn is_overtaken(view: View<'_, '_>, number: u32, stream: u32) -> bool {
    let revision = view.revision();
    let mut later = view.history().placings(stream);
    let later = later.find(|(placed, _, _)| *placed > revision);
    later.is_some_and(|(later, _, _)| {
        let still = view.history().placed(number, later);
        still.is_some_and(|(placed, _, _)| placed == revision)
    })
}

/// Tells whether an object refers to a number in use under another generation.
fn refers_astray(view: View<'_, '_>, object: &Object<'_>) -> bool {
    let mut open = vec![object];
    while let Some(object) = open.pop() {
        match object {
            Object::Array(items) => open.extend(items),
            Object::Dict(dict) => open.extend(dict.iter().map(|(_, value)| value)),
            Object::Stream(stream) => open.extend(stream.dict.iter().map(|(_, value)| value)),
            Object::Reference(reference) => match view.place(reference.number) {
                Some((_, placed, Place::InUse { .. } | Place::Packed { .. }))
                    if placed != *reference =>
                {
                    return true;
                }
                _ => {}
            },
            _ => {}
        }
    }
    false
}

/// Compares what is held with all bytes of the revision.
fn bytes(view: View<'_, '_>, held: &mut Vec<Range<usize>>, found: &mut Vec<Irregularity>) {
    let revision = view.revision();
    let Some(placed) = view.history().revisions.get(revision) else {
        return;
    };
    let mut notes = Vec::new();
    // What repeats an earlier entry is told of where it was first placed.
    held.retain(|range| range.start >= placed.start);
    let sections = std::iter::once(&placed.section).chain(&placed.other_sections);
    let sections: Vec<Range<usize>> = sections.cloned().collect();
    // A cross-reference stream may be placed as an object too.
    held.retain(|range| !sections.iter().any(|section| section.start == range.start));
    for section in sections {
        if section.start < placed.start {
            notes.push(note(section.start, IrregularityKind::PlaceEarlier));
        } else {
            held.push(section);
        }
    }
    held.sort_unstable_by_key(|range| (range.start, range.end));
    held.dedup();
    let mut at = placed.start;
    let end = placed.end..placed.end;
    for range in held.iter().chain(std::iter::once(&end)) {
        if range.start < at {
            notes.push(note(range.start, IrregularityKind::Overlap));
        }
        let gap = view.history().data.get(..range.start).unwrap_or_default();
        let mut lexer = Lexer::new(gap, at);
        lexer.skip_space();
        if lexer.at() < range.start {
            let end = range.start;
            notes.push(note(lexer.at(), IrregularityKind::Unplaced { end }));
        }
        at = at.max(range.end);
    }
    found.extend(irregularities(revision, None, notes));
}
