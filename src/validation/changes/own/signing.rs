//! A revision that signs a seat's field or the seal's.

use std::collections::{BTreeMap, BTreeSet};

use super::{Changed, ClosedWorld, Refusal, all_used, refused};
use crate::pdf::{Dict, Object, Reference, corners};
use crate::signature::shown;
use crate::validation::changes::change::{Change, Need, name_text};
use crate::validation::changes::equality::{keys, value};
use crate::validation::coverage::der_length;
use crate::validation::finding::Severity;

impl<'h> ClosedWorld<'_, 'h, '_> {
    /// Checks a revision that signs a seat's field or the seal's.
    pub(super) fn signature(
        &mut self,
        root: Reference,
        widget: &Changed<'h>,
        changed: &[Changed<'h>],
        new: &BTreeMap<u32, Object<'h>>,
    ) -> Result<Vec<Change>, Refusal> {
        let object = widget.reference;
        let wrong = |swedish: &str, english: &str| {
            Err(refused(
                &format!("ändrar {swedish}"),
                &format!("changes {english}"),
                object,
            ))
        };
        let name = self.fields.get(&object.number).cloned().unwrap_or_default();
        let name = name.as_str();
        let is_seal = name == self.own.seal_field;
        if !is_seal && !self.own.seats.iter().any(|seat| seat == name) {
            return wrong(
                "ett fält som varken är plats eller stämpel",
                "a field that is neither a seat nor the seal",
            );
        }
        let (Object::Dict(old), Object::Dict(now)) = (&widget.old, &widget.new) else {
            return wrong("ett fält", "a field");
        };
        if old.value("V").is_some() {
            return wrong(
                "ett fält som redan är undertecknat",
                "a field that is signed already",
            );
        }
        let mut used = BTreeSet::new();
        for key in keys(old, now) {
            let (old, now) = (value(old, &key), value(now, &key));
            match key.as_slice() {
                b"V" | b"AP" => {}
                _ if old == now => {}
                _ => return wrong(&name_text(&key), &name_text(&key)),
            }
        }
        let signature = now.value("V").and_then(Object::reference);
        let value_dict = signature.and_then(|reference| new.get(&reference.number));
        let (Some(signature), Some(Object::Dict(value_dict))) = (signature, value_dict) else {
            return wrong("/V", "/V");
        };
        used.insert(signature.number);
        if old.value("AP") != now.value("AP") {
            let shown =
                appearance(old, now).and_then(|shown| Some((shown, new.get(&shown.number)?)));
            let Some((shown, Object::Stream(stream))) = shown else {
                return wrong("/AP", "/AP");
            };
            let rect = now.value("Rect").and_then(corners);
            if !self.is_appearance(stream, rect) {
                return wrong("/AP", "/AP");
            }
            used.insert(shown.number);
        }
        let certifies = value_dict.value("Reference").is_some();
        // ISO 32000-2 §12.8.2.2.1: a certification is the first signature.
        if certifies && self.is_signed {
            return wrong("/Perms", "/Perms");
        }
        if !is_signature(value_dict, is_seal) {
            return wrong("underskriftens egna nycklar", "the signature's own keys");
        }
        self.is_padded(signature)?;
        let mut others = changed.iter().filter(|other| other.reference != object);
        if let Some(catalog) = others.next() {
            let is_certified = certifies
                && catalog.reference == root
                && is_certified(&catalog.old, &catalog.new, signature);
            if !is_certified {
                return Err(refused("ändras också", "is changed too", catalog.reference));
            }
        } else if certifies {
            return wrong("/Perms", "/Perms");
        }
        if let Some(other) = others.next() {
            return Err(refused("ändras också", "is changed too", other.reference));
        }
        all_used(new, &used)?;
        self.is_signed = true;
        let text = shown(name);
        let change = Change::lawful(
            Need::Filling,
            Severity::Note,
            "field_signed",
            format!("Fältet {text} undertecknades."),
            format!("The field {text} was signed."),
        );
        Ok(vec![change.of_object(object.number).of_field(name)])
    }

    /// Checks that the value is written in upper-case digits and ends in zeros.
    fn is_padded(&self, holder: Reference) -> Result<(), Refusal> {
        let found = self
            .signatures
            .iter()
            .find(|found| found.holder == Some(holder));
        let token = found.and_then(|found| found.contents.clone());
        let digits = token.and_then(|token| self.history.data().get(token));
        let contents = found.and_then(|found| found.contents_bytes.as_deref());
        let (Some(digits), Some(contents)) = (digits, contents) else {
            return Err(refused("har inget värde", "has no value", holder));
        };
        let is_upper = !digits.iter().any(u8::is_ascii_lowercase);
        let end = contents.iter().rposition(|byte| *byte != 0);
        let used = end.map_or(0, |end| end.saturating_add(1));
        let length = der_length(contents).unwrap_or(0);
        // The value itself may end in zeros.
        if is_upper && used <= length && length <= contents.len() {
            return Ok(());
        }
        Err(refused(
            "har ett värde med fel siffror eller något i utfyllnaden",
            "has a value with other digits or something in its padding",
            holder,
        ))
    }

    /// Tells whether a stream is an appearance as ours are: text in the form's font, in its rectangle.
    fn is_appearance(&self, stream: &crate::pdf::Stream<'h>, rect: Option<[f64; 4]>) -> bool {
        let dict = &stream.dict;
        let is_known = |(key, _): (&crate::pdf::Name<'h>, &Object<'h>)| {
            APPEARANCE_KEYS.contains(&key.as_ref())
        };
        let bounds = dict.value("BBox").and_then(corners);
        let (Some([left, bottom, width, height]), Some([x1, y1, x2, y2])) = (bounds, rect) else {
            return false;
        };
        let is_near = |one: f64, other: f64| (one - other).abs() < TOLERANCE_PT;
        let fits = is_near(left, 0.0)
            && is_near(bottom, 0.0)
            && is_near(width, (x2 - x1).abs())
            && is_near(height, (y2 - y1).abs());
        let Some(Object::Dict(resources)) = dict.value("Resources") else {
            return false;
        };
        let has_only_fonts = resources.iter().all(|(key, fonts)| {
            key.as_ref() == b"Font"
                && matches!(fonts, Object::Dict(fonts) if fonts.iter().all(|(_, font)| {
                    font.reference().is_some_and(|font| self.fonts.contains(&font))
                }))
        });
        let content = self.history.newest().decode(stream, MAX_APPEARANCE_BYTES);
        dict.iter().all(is_known)
            && dict.is("Type", "XObject")
            && dict.is("Subtype", "Form")
            && fits
            && has_only_fonts
            && content.is_ok_and(|content| is_text(&content))
    }
}

/// Returns the new normal appearance, where nothing else of the appearances differs.
fn appearance(old: &Dict<'_>, now: &Dict<'_>) -> Option<Reference> {
    let empty = Dict::default();
    let old = match old.value("AP") {
        None => &empty,
        Some(Object::Dict(old)) => old,
        Some(_) => return None,
    };
    let Some(Object::Dict(now)) = now.value("AP") else {
        return None;
    };
    let is_same = keys(old, now)
        .iter()
        .all(|key| key == b"N" || value(old, key) == value(now, key));
    now.value("N")
        .and_then(Object::reference)
        .filter(|_| is_same)
}

/// Tells whether a signature dictionary has nothing but what ours have.
fn is_signature(dict: &Dict<'_>, is_seal: bool) -> bool {
    dict.iter().all(|(key, value)| match key.as_ref() {
        b"Type" => dict.is("Type", "Sig"),
        b"Filter" => dict.is("Filter", "Adobe.PPKLite"),
        b"SubFilter" => dict.is("SubFilter", "ETSI.CAdES.detached"),
        b"M" | b"Name" | b"Reason" | b"Location" | b"Contents" => {
            matches!(value, Object::String(_))
        }
        b"ByteRange" => matches!(value, Object::Array(_)),
        b"Reference" => is_seal,
        _ => false,
    })
}

/// Tells whether a catalog got nothing but the certification.
fn is_certified(old: &Object<'_>, now: &Object<'_>, signature: Reference) -> bool {
    let (Object::Dict(old), Object::Dict(now)) = (old, now) else {
        return false;
    };
    let Some(Object::Dict(permissions)) = now.value("Perms") else {
        return false;
    };
    let mut entries = permissions.iter();
    let only = entries.next().filter(|_| entries.next().is_none());
    let names = only.is_some_and(|(key, value)| {
        key.as_ref() == b"DocMDP" && value.reference() == Some(signature)
    });
    let is_same = keys(old, now)
        .iter()
        .all(|key| key == b"Perms" || value(old, key) == value(now, key));
    names && is_same && old.value("Perms").is_none()
}

/// Tells whether content is text and nothing else: no image, no path, no other stream.
fn is_text(content: &[u8]) -> bool {
    let mut rest = content;
    while let Some((first, after)) = rest.split_first() {
        match first {
            b'<' => match after.iter().position(|byte| !byte.is_ascii_hexdigit()) {
                Some(end) if after.get(end) == Some(&b'>') => {
                    rest = after.get(end.saturating_add(1)..).unwrap_or_default();
                }
                _ => return false,
            },
            b' ' | b'\n' => rest = after,
            _ => {
                let is_end = |byte: &u8| matches!(byte, b' ' | b'\n' | b'<' | b'/');
                let end = after.iter().position(is_end).unwrap_or(after.len());
                let word = rest.get(..end.saturating_add(1)).unwrap_or_default();
                let is_number = word
                    .iter()
                    .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
                let is_known = *first == b'/' || is_number || TEXT_OPERATORS.contains(&word);
                if !is_known {
                    return false;
                }
                rest = after.get(end..).unwrap_or_default();
            }
        }
    }
    true
}

/// What our appearances are drawn with (ISO 32000-2 Annex A).
const TEXT_OPERATORS: &[&[u8]] = &[
    b"BT", b"ET", b"G", b"Td", b"Tf", b"Tj", b"Tr", b"g", b"j", b"w",
];

const APPEARANCE_KEYS: &[&[u8]] = &[
    b"Type",
    b"Subtype",
    b"BBox",
    b"Resources",
    b"Length",
    b"Filter",
];

/// How much a rectangle and its appearance may differ.
const TOLERANCE_PT: f64 = 0.01;

const MAX_APPEARANCE_BYTES: usize = 1 << 20;
