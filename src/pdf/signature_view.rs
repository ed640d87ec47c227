//! The signature fields of any form, and what stands in their values; nothing is judged.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use super::history::Place;
use super::object::{self, Dict, Object, Reference};
use super::view::View;
use super::xref::TRAILER;
use super::{Error, SignatureKind};

/// A signature field, filled or not.
#[derive(Clone, Debug)]
pub struct FieldView<'h> {
    /// The partial names from the root, joined with full stops.
    pub name: String,
    /// The field, unless it stands in the form or in a field above it.
    pub reference: Option<Reference>,
    /// Its places on pages, itself included if it is one with its widget.
    pub widgets: Vec<Reference>,
    /// The field's own dictionary.
    pub dict: Dict<'h>,
    /// What it holds (`/V`, its own or inherited), references followed.
    pub value: Option<Object<'h>>,
    /// Where that stands, if it is an object of its own.
    pub value_reference: Option<Reference>,
}

/// A signature as a form holds it.
#[derive(Clone, Debug)]
pub struct SignatureView<'h> {
    /// The field's full name.
    pub field: String,
    /// The field, unless it stands in the form or in a field above it.
    pub field_reference: Option<Reference>,
    /// The signature dictionary, unless it stands in the field.
    pub holder: Option<Reference>,
    /// The signature dictionary.
    pub dict: Dict<'h>,
    /// The revision that wrote it, counted from 0.
    pub revision: usize,
    /// What the signature says that it is.
    pub kind: SignatureKind,
    /// The place in the file of the whole value of `/Contents`, its brackets included; none if it
    /// is not a direct string or is in an object stream.
    pub contents: Option<Range<usize>>,
    /// `/Contents`, decoded, with its padding; none if it is not a string.
    pub contents_bytes: Option<Cow<'h, [u8]>>,
    /// `/ByteRange` as written; none if it is not an array of whole numbers.
    pub byte_range: Option<Vec<i64>>,
}

impl<'h> View<'h, '_> {
    /// Returns the signature fields in the form's order.
    ///
    /// # Errors
    ///
    /// Fails for a form that cannot be read, that leads back to itself or that is too large.
    pub fn signature_fields(self) -> Result<Vec<FieldView<'h>>, Error> {
        let (root, catalog) = self.catalog()?;
        let Some(form) = self.dict(root.number, &catalog, "AcroForm")? else {
            return Ok(Vec::new());
        };
        let above = Rc::new(Above::default());
        let mut open: Vec<(Object<'h>, Rc<Above<'h>>)> = Vec::new();
        for field in self.array(root.number, &form, "Fields")?.into_iter().rev() {
            open.push((field, Rc::clone(&above)));
        }
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut count: usize = 0;
        while let Some((node, above)) = open.pop() {
            count = count.saturating_add(1);
            if count > MAX_FIELDS {
                return Err(Error::TooMany {
                    what: "fields",
                    limit: MAX_FIELDS,
                });
            }
            let reference = node.reference();
            if let Some(reference) = reference
                && !seen.insert(reference.number)
            {
                return Err(Error::Loop {
                    object: reference.number,
                });
            }
            // What is no field is passed over, as other readers do.
            let Object::Dict(dict) = self.resolve(&node)?.into_owned() else {
                continue;
            };
            let here = self.field(&above, &dict)?;
            let (named, widgets) = self.kids(reference, &dict)?;
            if !named.is_empty() {
                let here = Rc::new(here);
                open.extend(named.into_iter().rev().map(|kid| (kid, Rc::clone(&here))));
                continue;
            }
            if here.is_signature {
                let value = here.value.as_ref();
                let value_reference = value.and_then(Object::reference);
                let value = value.map(|value| self.resolve(value)).transpose()?;
                let value = value.map(Cow::into_owned);
                found.push(FieldView {
                    name: here.name,
                    reference,
                    widgets,
                    dict,
                    value: value.filter(|value| !matches!(value, Object::Null)),
                    value_reference,
                });
            }
        }
        Ok(found)
    }

    /// Reads what a field has of its own and from above.
    fn field(self, above: &Above<'h>, dict: &Dict<'h>) -> Result<Above<'h>, Error> {
        let own = match self.value(dict, "T")?.as_deref() {
            Some(Object::String(bytes)) => Some(object::text(bytes)),
            _ => None,
        };
        let name = match (above.name.as_str(), own) {
            (above, None) => above.to_owned(),
            ("", Some(own)) => own,
            (above, Some(own)) => format!("{above}.{own}"),
        };
        if name.len() > MAX_NAME_BYTES {
            return Err(Error::TooMany {
                what: "bytes in a field's name",
                limit: MAX_NAME_BYTES,
            });
        }
        let kind = self.value(dict, "FT")?;
        Ok(Above {
            name,
            is_signature: kind.map_or(
                above.is_signature,
                |kind| matches!(kind.as_ref(), Object::Name(kind) if kind.as_ref() == b"Sig"),
            ),
            value: dict.value("V").or(above.value.as_ref()).cloned(),
        })
    }

    /// Returns the fields under a field, and its widgets.
    ///
    /// A child without a name of its own is a widget (ISO 32000-2 §12.7.4.2).
    fn kids(
        self,
        reference: Option<Reference>,
        dict: &Dict<'h>,
    ) -> Result<(Vec<Object<'h>>, Vec<Reference>), Error> {
        let holder = reference.map_or(TRAILER, |reference| reference.number);
        let mut named = Vec::new();
        let mut widgets = Vec::new();
        let kids = self.array(holder, dict, "Kids")?;
        if kids.is_empty() && dict.is("Subtype", "Widget") {
            widgets.extend(reference);
        }
        if kids.len() > MAX_FIELDS {
            return Err(Error::TooMany {
                what: "fields",
                limit: MAX_FIELDS,
            });
        }
        for kid in kids {
            match self.resolve(&kid)?.as_ref() {
                Object::Dict(found)
                    if found.value("T").is_some() || found.value("Kids").is_some() =>
                {
                    named.push(kid);
                }
                Object::Dict(_) => widgets.extend(kid.reference()),
                _ => {}
            }
        }
        Ok((named, widgets))
    }

    /// Returns the signatures, in the form's order.
    ///
    /// # Errors
    ///
    /// Fails for a form that cannot be read, and for a signature field whose value is no
    /// dictionary.
    pub fn signatures(self) -> Result<Vec<SignatureView<'h>>, Error> {
        let mut found = Vec::new();
        for field in self.signature_fields()? {
            match &field.value {
                None => {}
                Some(Object::Dict(dict)) => found.push(self.signature(&field, dict)?),
                Some(_) => {
                    let object = field.value_reference.or(field.reference);
                    return Err(Error::Malformed {
                        object: object.map_or(TRAILER, |object| object.number),
                        what: "/V of a signature field",
                        expected: "a dictionary",
                    });
                }
            }
        }
        Ok(found)
    }

    fn signature(self, field: &FieldView<'h>, dict: &Dict<'h>) -> Result<SignatureView<'h>, Error> {
        let holder = self.last_reference(field.value_reference)?;
        let object = holder.or(field.reference);
        let revision = object.and_then(|object| self.written(object.number));
        let path: &[&str] = if holder.is_some() { &[] } else { &["V"] };
        let is_string = matches!(dict.value("Contents"), Some(Object::String(_)));
        let contents = match object.filter(|_| is_string) {
            Some(object) => {
                let places = self.value_places(object.number, path)?;
                let mut places = places.into_iter();
                let found = places.find(|(name, _)| name.as_ref() == b"Contents");
                found.map(|(_, place)| place)
            }
            None => None,
        };
        let contents_bytes = match self.value(dict, "Contents")?.map(Cow::into_owned) {
            Some(Object::String(bytes)) => Some(bytes),
            _ => None,
        };
        let byte_range = match self.value(dict, "ByteRange")?.as_deref() {
            Some(Object::Array(numbers)) => {
                let number = |number: &Object<'h>| match number {
                    Object::Integer(number) => Some(*number),
                    _ => None,
                };
                numbers.iter().map(number).collect()
            }
            _ => None,
        };
        Ok(SignatureView {
            field: field.name.clone(),
            field_reference: field.reference,
            holder,
            dict: dict.clone(),
            revision: revision.unwrap_or_default(),
            kind: self.kind(dict)?,
            contents,
            contents_bytes,
            byte_range,
        })
    }

    /// Follows references to the last one.
    fn last_reference(self, first: Option<Reference>) -> Result<Option<Reference>, Error> {
        let Some(mut reference) = first else {
            return Ok(None);
        };
        // [`View::resolve`] has come to an end on the same way.
        while let Object::Reference(next) = self.object(reference)? {
            reference = next;
        }
        Ok(Some(reference))
    }

    fn kind(self, dict: &Dict<'h>) -> Result<SignatureKind, Error> {
        if dict.is("Type", "DocTimeStamp") {
            return Ok(SignatureKind::TimeStamp);
        }
        let Some(Object::Array(references)) = self.value(dict, "Reference")?.map(Cow::into_owned)
        else {
            return Ok(SignatureKind::Approval);
        };
        for reference in &references {
            let reference = self.resolve(reference)?;
            if matches!(reference.as_ref(), Object::Dict(found) if found.is("TransformMethod", "DocMDP"))
            {
                return Ok(SignatureKind::Certification);
            }
        }
        Ok(SignatureKind::Approval)
    }

    /// Tells whether an object is in an object stream.
    pub fn is_packed(self, number: u32) -> bool {
        matches!(self.place(number), Some((_, _, Place::Packed { .. })))
    }
}

/// What a field has from those above it.
#[derive(Clone, Debug, Default)]
struct Above<'h> {
    name: String,
    is_signature: bool,
    value: Option<Object<'h>>,
}

/// Fields of one form, those on the way to others included.
const MAX_FIELDS: usize = 100_000;

/// Bytes of a field's full name.
const MAX_NAME_BYTES: usize = 4_096;
