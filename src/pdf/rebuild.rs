//! A file whose sections are of no use, read by looking for its objects.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

use super::history::{History, Place, Revision, XrefKind, irregularities, note};
use super::irregularity::IrregularityKind;
use super::lexer::{Lexer, is_regular};
use super::object::{Dict, Object, Reference};
use super::packed;
use super::parse::{self, Reading};

/// Makes one revision of all that looks like an object; the later of one number counts.
pub(super) fn rebuild<'a>(data: &'a [u8], unpackable: Cell<usize>) -> Option<History<'a>> {
    let mut objects = BTreeMap::new();
    let mut trailer: Option<Dict<'a>> = None;
    let mut budget = data.len().saturating_mul(READINGS);
    for at in memchr::memmem::find_iter(data, b"obj") {
        if let Some((reference, start)) = head_before(data, at) {
            objects.insert(reference.number, (reference, start));
        }
        if objects.len() > MAX_OBJECTS {
            return None;
        }
    }
    for at in memchr::memmem::find_iter(data, b"trailer") {
        let start = at.saturating_add(b"trailer".len());
        let Some(found) = dict(data, start, &mut budget) else {
            continue;
        };
        if found.value("Root").is_some() {
            trailer = Some(found);
        }
    }
    let mut catalog = None;
    let mut streams = Vec::new();
    for (reference, start) in objects.values() {
        let mut lexer = Lexer::new(data, *start);
        parse::any_head(&mut lexer);
        let Some(found) = dict(data, lexer.at(), &mut budget) else {
            continue;
        };
        if found.is("Type", "Catalog") {
            catalog = Some(*reference);
        }
        if found.is("Type", "ObjStm") {
            streams.push((*start, *reference));
        }
        let has_root = found.value("Root").is_some() && found.is("Type", "XRef");
        if has_root && trailer.is_none() {
            trailer = Some(found);
        }
    }
    streams.sort_unstable();
    let place =
        |(reference, offset): &(Reference, usize)| (*reference, Place::InUse { offset: *offset });
    let entries: Vec<_> = objects.values().map(place).collect();
    let revision = Revision {
        start: 0,
        end: data.len(),
        trailer: trailer.unwrap_or_default(),
        kind: XrefKind::Rebuilt,
        section: data.len()..data.len(),
        other_sections: Vec::new(),
        entries,
    };
    let found = irregularities(0, None, vec![note(0, IrregularityKind::SectionRebuilt)]);
    let found: Vec<_> = found.collect();
    let mut first = History::new(
        data,
        vec![revision.clone()],
        found.clone(),
        unpackable.clone(),
    );
    for (_, reference) in &streams {
        first.streams.insert((reference.number, 0), OnceCell::new());
    }
    let mut revision = revision;
    let mut packed: BTreeMap<u32, Place> = BTreeMap::new();
    for (_, reference) in &streams {
        let Ok((_, unpacked)) = packed::unpacked(first.newest(), reference.number) else {
            continue;
        };
        for (index, number) in (0..).zip(unpacked.numbers()) {
            let stream = reference.number;
            packed.insert(number, Place::Packed { stream, index });
        }
    }
    let packed = packed
        .into_iter()
        .filter(|(number, _)| !objects.contains_key(number));
    revision.entries.extend(packed.map(|(number, place)| {
        let generation = 0;
        (Reference { number, generation }, place)
    }));
    revision
        .entries
        .sort_unstable_by_key(|(reference, _)| *reference);
    let root = revision.trailer.value("Root").and_then(Object::reference);
    if let Some(catalog) = catalog.filter(|_| root.is_none()) {
        revision.trailer.set("Root", Object::Reference(catalog));
    }
    let history = History::new(data, vec![revision], found, unpackable);
    history.newest().top().ok()?;
    Some(history)
}

/// Reads `n g ` backwards from `obj`, and returns where it begins.
fn head_before(data: &[u8], at: usize) -> Option<(Reference, usize)> {
    let before = data.get(at.saturating_sub(MAX_HEAD)..at)?;
    let start = at.saturating_sub(before.len());
    let is_place =
        |byte: &u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'\r' | b'\n' | b'\t');
    let count = before
        .iter()
        .rev()
        .take_while(|byte| is_place(byte))
        .count();
    let words = before.get(before.len().saturating_sub(count)..)?;
    let mut starts = Vec::new();
    let mut in_word = false;
    for (place, byte) in words.iter().enumerate() {
        if byte.is_ascii_digit() && !in_word {
            starts.push(place);
        }
        in_word = byte.is_ascii_digit();
    }
    let word = starts.iter().rev().nth(1)?;
    let offset = before.len().saturating_sub(count).saturating_add(*word);
    let offset = start.saturating_add(offset);
    let glued = offset.checked_sub(1).and_then(|before| data.get(before));
    if glued.is_some_and(|byte| is_regular(*byte)) {
        return None;
    }
    let mut lexer = Lexer::new(data, offset);
    let reference = parse::any_head(&mut lexer)?;
    Some((reference, offset))
}

fn dict<'a>(data: &'a [u8], at: usize, budget: &mut usize) -> Option<Dict<'a>> {
    let mut lexer = Lexer::new(data, at);
    lexer.skip_space();
    if *budget == 0 || !lexer.rest().starts_with(b"<<") {
        return None;
    }
    let found = parse::dict_in(&mut lexer, &mut Reading::Tolerant(&mut Vec::new()));
    *budget = budget.saturating_sub(lexer.at().saturating_sub(at));
    found.ok()
}

/// How often, on average, each byte may be read while objects are looked for.
const READINGS: usize = 4;

/// The longest `n g ` that is an object's head.
const MAX_HEAD: usize = 32;

/// Objects that are looked for.
const MAX_OBJECTS: usize = 500_000;
