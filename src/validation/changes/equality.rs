//! Whether two values say the same: as written anew, packed otherwise or under other numbers.

use std::collections::BTreeSet;

use crate::pdf::{Dict, Object, Reference, Stream, View, text};

/// Compares values of one state of a document with values of a later one.
///
/// A reference to the same object counts as the same: what became of that object is judged by itself.
/// A reference to another object is followed on both sides.
pub(super) struct Equality<'h, 'a> {
    before: View<'h, 'a>,
    after: View<'h, 'a>,
    /// Steps that may still be taken.
    budget: usize,
    /// Pairs that are being compared, or were found the same.
    pairs: BTreeSet<(Reference, Reference)>,
}

impl<'h, 'a> Equality<'h, 'a> {
    pub(super) fn new(before: View<'h, 'a>, after: View<'h, 'a>) -> Self {
        Self {
            before,
            after,
            budget: MAX_STEPS,
            pairs: BTreeSet::new(),
        }
    }

    /// Tells whether two values say the same; `false` where it cannot be told.
    pub(super) fn same(&mut self, old: &Object<'_>, new: &Object<'_>) -> bool {
        self.pairs.clear();
        self.compare(old, new, 0)
    }

    fn compare(&mut self, old: &Object<'_>, new: &Object<'_>, depth: usize) -> bool {
        let Some(budget) = self.budget.checked_sub(1) else {
            return false;
        };
        self.budget = budget;
        if depth > MAX_DEPTH {
            return false;
        }
        let deeper = depth.saturating_add(1);
        match (old, new) {
            (Object::Reference(old), Object::Reference(new)) => {
                old == new || self.follow(*old, *new, deeper)
            }
            (Object::Reference(old), new) => {
                let old = self.before.object(*old);
                old.is_ok_and(|old| self.compare(&old, new, deeper))
            }
            (old, Object::Reference(new)) => {
                let new = self.after.object(*new);
                new.is_ok_and(|new| self.compare(old, &new, deeper))
            }
            (Object::Array(old), Object::Array(new)) => {
                old.len() == new.len()
                    && old
                        .iter()
                        .zip(new)
                        .all(|(old, new)| self.compare(old, new, deeper))
            }
            (Object::Dict(old), Object::Dict(new)) => self.dicts(old, new, &[], deeper),
            (Object::Stream(old), Object::Stream(new)) => self.streams(old, new, deeper),
            (Object::Integer(_) | Object::Real(_), Object::Integer(_) | Object::Real(_)) => {
                same_numbers(old, new)
            }
            (Object::String(old), Object::String(new)) => old == new || is_same_text(old, new),
            (old, new) => old == new,
        }
    }

    fn follow(&mut self, old: Reference, new: Reference, depth: usize) -> bool {
        if !self.pairs.insert((old, new)) {
            return true;
        }
        match (self.before.object(old), self.after.object(new)) {
            (Ok(old), Ok(new)) => self.compare(&old, &new, depth),
            _ => false,
        }
    }

    fn dicts(
        &mut self,
        old: &Dict<'_>,
        new: &Dict<'_>,
        leaving_out: &[&[u8]],
        depth: usize,
    ) -> bool {
        if old.repeated_key().is_some() || new.repeated_key().is_some() {
            return false;
        }
        keys(old, new)
            .into_iter()
            .filter(|key| !leaving_out.contains(&key.as_slice()))
            .all(|key| {
                let (old, new) = (value(old, &key), value(new, &key));
                self.compare(old, new, depth)
            })
    }

    fn streams(&mut self, old: &Stream<'_>, new: &Stream<'_>, depth: usize) -> bool {
        if !self.dicts(&old.dict, &new.dict, PACKING, depth) {
            return false;
        }
        let is_packed_alike = PACKING.iter().skip(1).all(|key| {
            let (old, new) = (value(&old.dict, key), value(&new.dict, key));
            self.compare(old, new, depth)
        });
        if is_packed_alike && old.data == new.data {
            return true;
        }
        let size = MAX_STREAM_BYTES;
        match (self.before.decode(old, size), self.after.decode(new, size)) {
            (Ok(old), Ok(new)) => {
                self.budget = self.budget.saturating_sub(old.len() / BYTES_PER_STEP);
                old == new
            }
            _ => false,
        }
    }
}

/// Returns the keys of both, each once, ascending.
pub(super) fn keys(old: &Dict<'_>, new: &Dict<'_>) -> BTreeSet<Vec<u8>> {
    let names = old.iter().chain(new.iter());
    names.map(|(name, _)| name.to_vec()).collect()
}

/// Returns the value of a key, null if it is absent.
pub(super) fn value<'d, 'h>(dict: &'d Dict<'h>, key: &[u8]) -> &'d Object<'h> {
    let mut entries = dict.iter();
    let found = entries.find(|(name, _)| name.as_ref() == key);
    found.map_or(&Object::Null, |(_, value)| value)
}

fn same_numbers(old: &Object<'_>, new: &Object<'_>) -> bool {
    match (old, new) {
        (Object::Integer(old), Object::Integer(new)) => old == new,
        (old, new) => match (old.number(), new.number()) {
            (Some(old), Some(new)) => old.total_cmp(&new).is_eq(),
            _ => old == new,
        },
    }
}

/// What a stream's dictionary says of how its bytes are packed (ISO 32000-2 Table 5).
const PACKING: &[&[u8]] = &[b"Length", b"Filter", b"DecodeParms", b"DL"];

/// Values that are compared for one revision.
const MAX_STEPS: usize = 1_000_000;

/// Values within values.
const MAX_DEPTH: usize = 100;

/// Decoded bytes of a stream that was packed otherwise.
const MAX_STREAM_BYTES: usize = 16 << 20;

/// Bytes that cost as much as one value.
const BYTES_PER_STEP: usize = 256;

/// Tells whether two strings are one text in different encodings (ISO 32000-2 §7.9.2.2), of which one says
/// by its mark that it is text.
fn is_same_text(old: &[u8], new: &[u8]) -> bool {
    let is_marked =
        |bytes: &[u8]| bytes.starts_with(b"\xFE\xFF") || bytes.starts_with(b"\xEF\xBB\xBF");
    if !is_marked(old) && !is_marked(new) {
        return false;
    }
    let (old, new) = (text(old), text(new));
    old == new && !old.contains(char::REPLACEMENT_CHARACTER)
}
