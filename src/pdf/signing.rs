//! Revisions with room for a signature or a time-stamp.

use std::ops::Range;

use super::appearance::{self, Font};
use super::append::Append;
use super::document::Document;
use super::form::{self, Form, FormField};
use super::object::{Dict, Object, Reference};
use super::write::write_object;
use super::{Error, SignatureEntries, Update};

pub(super) fn signature_update(
    pdf: &[u8],
    entries: &SignatureEntries<'_>,
) -> Result<Update, Error> {
    check_reserve(entries.reserve_bytes)?;
    let document = Document::open(pdf)?;
    let mut append = Append::new(&document)?;
    let unknown = || Error::FieldUnknown(entries.field.to_owned());
    let form = form::form(&document)?.ok_or_else(unknown)?;
    let field = unsigned_field(&document, &form, entries.field)?.ok_or_else(unknown)?;

    let signature = append.reserve()?;
    let mut widget = field.dict;
    if !entries.appearance.is_empty() {
        let font = Font::read(&document, &form)?;
        let rect = document.array(field.reference.number, &widget, "Rect")?;
        let no_area = || Error::FieldRect(entries.field.to_owned());
        let area = super::fields::size(&rect).ok_or_else(no_area)?;
        let shown = appearance::stream(&font, &area, entries.appearance)?;
        let shown = append.add_body(&shown)?;
        let appearances = document.dict(field.reference.number, &widget, "AP")?;
        let mut appearances = appearances.unwrap_or_default();
        appearances.set("N", Object::Reference(shown));
        widget.set("AP", Object::Dict(appearances));
    }
    widget.set("V", Object::Reference(signature));
    append.write(field.reference, &Object::Dict(widget));
    if entries.certifies {
        certify(&document, &form, &mut append, signature)?;
    }
    finish(
        &document,
        append,
        signature,
        &dictionary(entries),
        entries.reserve_bytes,
    )
}

pub(super) fn time_stamp_update(pdf: &[u8], reserve_bytes: usize) -> Result<Update, Error> {
    check_reserve(reserve_bytes)?;
    let document = Document::open(pdf)?;
    let mut append = Append::new(&document)?;
    let (root, _) = document.catalog()?;
    let indirect = Error::Malformed {
        object: root.number,
        what: "/AcroForm",
        expected: "a reference to a form",
    };
    let mut form = form::form(&document)?.ok_or_else(|| indirect.clone())?;
    let form_reference = form.reference.ok_or(indirect)?;
    let mut names = Vec::new();
    for field in form::fields(&document, &form)? {
        names.push(field?.name);
    }
    let Some(Object::Array(mut fields)) = form.dict.value("Fields").cloned() else {
        return Err(Error::Malformed {
            object: form_reference.number,
            what: "/Fields",
            expected: "an array in the form's own dictionary",
        });
    };

    let stamp = append.reserve()?;
    let name = (1..=names.len().saturating_add(1))
        .map(|number| format!("time-stamp-{number}"))
        .find(|name| !names.contains(name))
        .unwrap_or_default();
    // No widget: a time-stamp shows nothing (ETSI EN 319 142-1 §5.4.3), and a widget without an
    // area would not be lawful (ISO 14289-1 §7.18.8).
    let field: Dict<'_> = [
        ("FT", Object::name("Sig")),
        ("T", Object::text(&name)),
        ("V", Object::Reference(stamp)),
    ]
    .into_iter()
    .collect();
    let field = append.add(&Object::Dict(field))?;
    fields.push(Object::Reference(field));
    form.dict.set("Fields", Object::Array(fields));
    append.write(form_reference, &Object::Dict(form.dict));

    let dictionary = [
        ("Type", Object::name("DocTimeStamp")),
        ("Filter", Object::name("Adobe.PPKLite")),
        ("SubFilter", Object::name("ETSI.RFC3161")),
    ];
    let dictionary = dictionary.into_iter().collect();
    finish(&document, append, stamp, &dictionary, reserve_bytes)
}

/// Refuses what could not be a string of PDF/A.
fn check_reserve(bytes: usize) -> Result<(), Error> {
    if bytes > MAX_CONTENTS_BYTES {
        return Err(Error::ReserveSize {
            size: bytes,
            limit: MAX_CONTENTS_BYTES,
        });
    }
    Ok(())
}

/// Finds a field that can be signed by changing nothing but its widget.
fn unsigned_field<'a>(
    document: &Document<'a>,
    form: &Form<'a>,
    name: &str,
) -> Result<Option<FormField<'a>>, Error> {
    for field in form::fields(document, form)? {
        let field = field?;
        if field.name != name {
            continue;
        }
        let name = || name.to_owned();
        if !field.is_signature {
            return Err(Error::FieldNotSignature(name()));
        }
        if field.value.is_some() {
            return Err(Error::FieldSigned(name()));
        }
        // Both bind the signer (ISO 32000-2 §12.7.5.5); what they ask for is not written here.
        for key in ["Lock", "SV"] {
            if field.dict.value(key).is_some() {
                return Err(Error::FieldConstrained { field: name(), key });
            }
        }
        if !field.dict.is("Subtype", "Widget") {
            return Err(Error::FieldWithoutWidget(name()));
        }
        return Ok(Some(field));
    }
    Ok(None)
}

/// Makes the signature dictionary but for the entries that [`finish`] adds.
fn dictionary<'a>(entries: &SignatureEntries<'a>) -> Dict<'a> {
    // ISO 32000-2 §7.9.4.
    let signed_at = entries.signed_at.format("D:%Y%m%d%H%M%SZ").to_string();
    // ISO 32000-2 Table 255, ETSI EN 319 142-1 §5.3: neither /Cert nor /Changes.
    let mut dictionary: Dict<'a> = [
        ("Type", Object::name("Sig")),
        ("Filter", Object::name("Adobe.PPKLite")),
        ("SubFilter", Object::name("ETSI.CAdES.detached")),
        ("M", Object::text(&signed_at)),
    ]
    .into_iter()
    .collect();
    let texts = [
        ("Name", entries.name),
        ("Reason", entries.reason),
        ("Location", entries.location),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            dictionary.set(key, Object::text(text));
        }
    }
    if entries.certifies {
        // ISO 32000-2 Tables 256 and 257; no digest entries (ISO 19005-3 §6.1.12).
        let parameters: Dict<'_> = [
            ("Type", Object::name("TransformParams")),
            ("P", Object::Integer(FILLING_AND_SIGNING)),
            ("V", Object::name("1.2")),
        ]
        .into_iter()
        .collect();
        let reference: Dict<'_> = [
            ("Type", Object::name("SigRef")),
            ("TransformMethod", Object::name("DocMDP")),
            ("TransformParams", Object::Dict(parameters)),
        ]
        .into_iter()
        .collect();
        dictionary.set("Reference", Object::Array(vec![Object::Dict(reference)]));
    }
    dictionary
}

/// Enters a certification into the catalog.
fn certify<'a>(
    document: &Document<'a>,
    form: &Form<'a>,
    append: &mut Append<'_, 'a>,
    signature: Reference,
) -> Result<(), Error> {
    // ISO 32000-2 §12.8.2.2.1: the first signed field of the document.
    for field in form::fields(document, form)? {
        let field = field?;
        if field.is_signature && field.value.is_some() {
            return Err(Error::CertificationLate(field.name));
        }
    }
    let (root, mut catalog) = document.catalog()?;
    let mut permissions = document
        .dict(root.number, &catalog, "Perms")?
        .unwrap_or_default();
    permissions.set("DocMDP", Object::Reference(signature));
    catalog.set("Perms", Object::Dict(permissions));
    append.write(root, &Object::Dict(catalog));
    Ok(())
}

/// Writes the signature dictionary, last of the objects, with its two places, and the end.
fn finish(
    document: &Document<'_>,
    mut append: Append<'_, '_>,
    signature: Reference,
    dictionary: &Dict<'_>,
    reserve_bytes: usize,
) -> Result<Update, Error> {
    let mut body = Vec::new();
    write_object(&mut body, &Object::Dict(dictionary.clone()));
    body.truncate(body.len().saturating_sub(DICT_END.len()));
    body.extend(b"/ByteRange");
    let range_in_body = body.len();
    body.resize(range_in_body.saturating_add(RANGE_BYTES), b' ');
    body.extend(b"/Contents<");
    body.resize(
        body.len().saturating_add(reserve_bytes.saturating_mul(2)),
        b'0',
    );
    body.push(b'>');
    let after_contents = DICT_END.len().saturating_add(1);
    body.extend(DICT_END);
    let body_bytes = body.len();

    let object_end = append.write_body(signature, &body);
    let mut tail = append.finish();
    let end = object_end.saturating_sub(after_contents);
    let contents = end.saturating_sub(reserve_bytes.saturating_mul(2))..end;

    let file_bytes = document.data.len();
    let (before, after) = outside(&contents, tail.len());
    let range = format!(
        "[0 {} {} {}]",
        file_bytes.saturating_add(before.end),
        file_bytes.saturating_add(after.start),
        after.len(),
    );
    let range_start = object_end
        .saturating_sub(body_bytes)
        .saturating_add(range_in_body);
    let place = tail.get_mut(range_start..range_start.saturating_add(range.len()));
    if let Some(place) = place {
        place.copy_from_slice(range.as_bytes());
    }
    Ok(Update { tail, contents })
}

/// Returns the tail's ranges before `<` and after `>` of the contents.
fn outside(contents: &Range<usize>, tail_bytes: usize) -> (Range<usize>, Range<usize>) {
    let before = 0..contents.start.saturating_sub(1);
    let after = contents.end.saturating_add(1)..tail_bytes;
    (before, after)
}

impl Update {
    /// Returns the parts of the tail that the signature covers, which are all but the contents
    /// with their brackets (ISO 32000-2 §12.8.1).
    ///
    /// What is signed is the file, then these parts.
    pub fn covered(&self) -> [&[u8]; 2] {
        let (before, after) = outside(&self.contents, self.tail.len());
        [before, after].map(|range| self.tail.get(range).unwrap_or_default())
    }

    /// Returns the bytes to append, with a signature or time-stamp token in its place.
    ///
    /// # Errors
    ///
    /// Fails if `contents` has more bytes than were reserved.
    pub fn fill(self, contents: &[u8]) -> Result<Vec<u8>, Error> {
        let Self {
            mut tail,
            contents: place,
        } = self;
        let reserved = place.len() / 2;
        let end = place.start.saturating_add(contents.len().saturating_mul(2));
        let digits = tail
            .get_mut(place.start..end)
            .filter(|_| contents.len() <= reserved)
            .ok_or(Error::ContentsSize {
                size: contents.len(),
                reserved,
            })?;
        for (pair, byte) in digits.chunks_exact_mut(2).zip(contents) {
            let [high, low] = [byte >> 4, byte & 0xF].map(hex_digit);
            pair.copy_from_slice(&[high, low]);
        }
        Ok(tail)
    }
}

fn hex_digit(value: u8) -> u8 {
    let letter = value
        .checked_sub(10)
        .map(|above| above.saturating_add(b'A'));
    letter.unwrap_or_else(|| value.saturating_add(b'0'))
}

const DICT_END: &[u8] = b">>";

/// Room for `[0 n n n]`: offsets below 100 million, twice and more what is ever read.
const RANGE_BYTES: usize = 32;

/// The longest string of PDF/A (ISO 19005-3 §6.1.13).
const MAX_CONTENTS_BYTES: usize = 32_767;

/// The second level of `DocMDP`: forms may be filled in and signed (ISO 32000-2 Table 257).
const FILLING_AND_SIGNING: i64 = 2;
