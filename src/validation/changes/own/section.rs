//! A revision's form: objects without anything between, and table, trailer and end as ours are.

use std::fmt::Write;

use super::{ClosedWorld, Refusal, refusal, refused};
use crate::pdf::{Object, Place, Reference, XrefKind};
use crate::validation::changes::equality::{keys, value};

impl<'a> ClosedWorld<'_, '_, 'a> {
    /// Checks table, trailer and every byte between.
    pub(super) fn form(&self, number: usize) -> Result<(), Refusal> {
        let wrong = |swedish: &str, english: &str| Err(refusal(swedish, english));
        let revisions = self.history.revisions();
        let (Some(revision), Some(previous)) = (
            revisions.get(number),
            number
                .checked_sub(1)
                .and_then(|before| revisions.get(before)),
        ) else {
            return wrong("den saknas", "it is missing");
        };
        if revision.kind != XrefKind::Table || !revision.other_sections.is_empty() {
            return wrong(
                "den har ingen vanlig korsreferenstabell",
                "it has no classic cross-reference table",
            );
        }
        let irregular = self.history.irregularities().iter();
        if irregular.into_iter().any(|found| found.revision == number) {
            return wrong("dess form är oregelbunden", "its form is irregular");
        }
        let view = self.history.at(number);
        let mut extents = Vec::new();
        for (reference, place) in revision.placed() {
            let Place::InUse { offset } = place else {
                return wrong("den frigör objekt", "it frees objects");
            };
            let extent = view.extent(reference.number).ok().flatten();
            let Some(extent) = extent.filter(|extent| extent.start == offset) else {
                return Err(refused("kan inte läsas", "cannot be read", reference));
            };
            extents.push(extent);
        }
        extents.sort_unstable_by_key(|extent| extent.start);
        let mut at = revision.start;
        for extent in extents {
            let line_end = self
                .history
                .data()
                .get(extent.end..extent.end.saturating_add(1));
            if extent.start != at || line_end != Some(b"\n") {
                return wrong(
                    "det står något mellan objekten",
                    "something stands between the objects",
                );
            }
            at = extent.end.saturating_add(1);
        }
        if revision.section.start != at {
            return wrong(
                "det står något mellan objekten",
                "something stands between the objects",
            );
        }
        self.section(revision, previous)
    }

    /// Checks that the section is written as ours are, byte for byte.
    fn section(
        &self,
        revision: &crate::pdf::Revision<'a>,
        previous: &crate::pdf::Revision<'a>,
    ) -> Result<(), Refusal> {
        let wrong = || {
            Err(refusal(
                "dess tabell eller slut är skrivet på ett annat sätt",
                "its table or end is written in another way",
            ))
        };
        let mut table = String::from("xref\n");
        let placed: Vec<(Reference, Place)> = revision.placed().collect();
        let mut rest = placed.as_slice();
        let mut highest = 0;
        while let Some((first, _)) = rest.first() {
            let follows = |(at, (reference, _)): (usize, &(Reference, Place))| {
                usize::try_from(reference.number.saturating_sub(first.number)) == Ok(at)
            };
            let run = rest
                .iter()
                .enumerate()
                .take_while(|entry| follows(*entry))
                .count();
            let (run, after) = rest.split_at_checked(run).unwrap_or((rest, &[]));
            rest = after;
            // Writing to a String cannot fail.
            writeln!(table, "{} {}", first.number, run.len()).unwrap_or_default();
            for (reference, place) in run {
                let Place::InUse { offset } = place else {
                    return wrong();
                };
                highest = highest.max(reference.number);
                let generation = reference.generation;
                write!(table, "{offset:010} {generation:05} n\r\n").unwrap_or_default();
            }
        }
        table.push_str("trailer\n");
        let section = self
            .history
            .data()
            .get(revision.section.clone())
            .unwrap_or_default();
        let start = revision.section.start;
        let end = format!("\nstartxref\n{start}\n%%EOF\n");
        let trailer = section
            .strip_prefix(table.as_bytes())
            .and_then(|rest| rest.strip_suffix(end.as_bytes()));
        let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && *byte != b'%';
        if trailer.is_none_or(|trailer| !trailer.iter().all(is_plain)) {
            return wrong();
        }
        // ISO 32000-2 §7.5.6: all entries of the trailer before, with a new /Prev.
        let (old, new) = (&previous.trailer, &revision.trailer);
        let is_number = |key: &str, number: usize| matches!(new.value(key), Some(Object::Integer(found)) if usize::try_from(*found) == Ok(number));
        let size = match old.value("Size") {
            Some(Object::Integer(size)) => usize::try_from(*size).unwrap_or_default(),
            _ => 0,
        };
        let highest = usize::try_from(highest)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        let is_right = is_number("Prev", previous.section.start)
            && is_number("Size", size.max(highest))
            && keys(old, new).iter().all(|key| match key.as_slice() {
                b"Prev" | b"Size" => true,
                b"ID" => match (value(old, key), value(new, key)) {
                    (Object::Array(old), Object::Array(new)) => {
                        old.len() == 2 && new.len() == 2 && old.first() == new.first()
                    }
                    _ => false,
                },
                _ => value(old, key) == value(new, key),
            });
        if is_right {
            return Ok(());
        }
        wrong()
    }
}
