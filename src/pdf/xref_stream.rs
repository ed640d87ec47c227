//! Cross-reference streams (ISO 32000-2 §7.5.8).

use super::Error;
use super::filters::{self, Filter};
use super::history::{Place, XrefKind, note};
use super::irregularity::IrregularityKind;
use super::lexer::Lexer;
use super::object::{Object, Reference};
use super::parse::{self, Reading};
use super::section::Section;
use super::sections::{Chain, size};

impl<'a> Chain<'a, '_> {
    /// Reads a cross-reference stream up to its `endobj` (ISO 32000-2 §7.5.8).
    pub(super) fn stream(
        &mut self,
        mut lexer: Lexer<'a>,
        start: usize,
    ) -> Result<(Section<'a>, Lexer<'a>), Error> {
        let wrong = lexer.expected("a cross-reference stream");
        let mut notes = Vec::new();
        let reference = parse::any_head(&mut lexer.clone()).ok_or_else(|| wrong.clone())?;
        let refused = |_| Err(wrong.clone());
        let reading = &mut Reading::Tolerant(&mut notes);
        let Object::Stream(stream) = parse::indirect_in(&mut lexer, reference, refused, reading)?
        else {
            return Err(wrong);
        };
        if !stream.dict.is("Type", "XRef") {
            return Err(wrong);
        }
        let direct = |object: &Object<'a>| match object {
            Object::Reference(_) => Err(wrong.clone()),
            direct => Ok(direct.clone()),
        };
        let filters = Filter::all(&stream.dict, &direct)?;
        let room = self.unpackable.get();
        let bytes = filters::decode(stream.data, &filters, reference.number, room)?;
        self.unpackable.set(room.saturating_sub(bytes.len()));
        let numbers = |key: &str| -> Option<Vec<usize>> {
            let Some(Object::Array(items)) = stream.dict.value(key) else {
                return None;
            };
            let number = |item: &Object<'a>| match item {
                Object::Integer(number) => usize::try_from(*number).ok(),
                _ => None,
            };
            items.iter().map(number).collect()
        };
        let widths = numbers("W").and_then(|widths| <[usize; 3]>::try_from(widths).ok());
        let widths = widths.filter(|widths| widths.iter().all(|width| *width <= MAX_WIDTH));
        let widths = widths.ok_or_else(|| wrong.clone())?;
        let runs = match (stream.dict.value("Index"), stream.dict.value("Size")) {
            (Some(_), _) => numbers("Index").ok_or_else(|| wrong.clone())?,
            (None, Some(Object::Integer(size))) => vec![0, usize::try_from(*size).unwrap_or(0)],
            _ => return Err(wrong),
        };
        let mut entries = Vec::new();
        let mut rest = bytes.as_ref();
        let (runs, odd) = runs.as_chunks::<2>();
        let mut is_odd = !odd.is_empty();
        for [first, count] in runs {
            let first = u32::try_from(*first).unwrap_or(u32::MAX);
            for position in 0..u32::try_from(*count).unwrap_or(u32::MAX) {
                let Some((fields, after)) = fields(rest, widths) else {
                    is_odd = true;
                    break;
                };
                rest = after;
                let number = first.saturating_add(position);
                let (generation, place) = self.place(fields).unwrap_or_else(|| {
                    is_odd = true;
                    (0, Place::Free)
                });
                self.add(&mut entries, Reference { number, generation }, place)?;
            }
        }
        if is_odd || !rest.is_empty() {
            notes.push(note(start, IrregularityKind::EntryForm));
        }
        size(&stream.dict, &entries, start, &mut notes);
        let section = Section {
            range: start..start,
            others: Vec::new(),
            in_table: 0,
            trailer: stream.dict,
            kind: XrefKind::Stream,
            entries,
            leads_to: None,
            notes,
        };
        Ok((section, lexer))
    }

    /// Reads the fields of one entry (ISO 32000-2 Table 18).
    fn place(&self, fields: [u64; 3]) -> Option<(u16, Place)> {
        let [kind, second, third] = fields;
        match kind {
            0 => Some((0, Place::Free)),
            1 => {
                let offset = usize::try_from(second).ok()?;
                Some((u16::try_from(third).ok()?, self.in_use(offset)))
            }
            2 => {
                let stream = u32::try_from(second).ok()?;
                let index = u32::try_from(third).ok()?;
                Some((0, Place::Packed { stream, index }))
            }
            _ => None,
        }
    }
}

/// Takes the three fields of one entry of a cross-reference stream.
fn fields(bytes: &[u8], widths: [usize; 3]) -> Option<([u64; 3], &[u8])> {
    // An entry without width would never end.
    if widths == [0; 3] {
        return None;
    }
    let mut rest = bytes;
    let mut fields = [1, 0, 0];
    for (field, width) in fields.iter_mut().zip(widths) {
        let (bytes, after) = rest.split_at_checked(width)?;
        rest = after;
        if width > 0 {
            *field = bytes
                .iter()
                .fold(0, |value, byte| value << 8 | u64::from(*byte));
        }
    }
    Some((fields, rest))
}

/// Bytes in a field of an entry.
const MAX_WIDTH: usize = 8;
