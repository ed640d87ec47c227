//! The form of a document and its fields, read one after the other.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::document::Document;
use super::object::{self, Dict, Object, Reference};
use super::{Error, SignatureField};

/// The form (ISO 32000-2 Table 224).
pub(super) struct Form<'a> {
    /// Where it stands, unless in the catalog itself.
    pub(super) reference: Option<Reference>,
    /// The object that holds it: its own, or the catalog.
    pub(super) holder: u32,
    pub(super) dict: Dict<'a>,
}

/// A field without fields under it (ISO 32000-2 Table 226).
pub(super) struct FormField<'a> {
    /// The partial names from the root, joined with full stops.
    pub(super) name: String,
    pub(super) reference: Reference,
    pub(super) dict: Dict<'a>,
    /// Whether `/FT`, its own or inherited, is `/Sig`.
    pub(super) is_signature: bool,
    /// `/V`, its own or inherited.
    pub(super) value: Option<Object<'a>>,
}

pub(super) fn signature_fields(pdf: &[u8]) -> Result<Vec<SignatureField>, Error> {
    let document = Document::open(pdf)?;
    let Some(form) = form(&document)? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for field in fields(&document, &form)? {
        let field = field?;
        if !field.is_signature {
            continue;
        }
        let tooltip = match document.value(&field.dict, "TU")?.as_deref() {
            Some(Object::String(bytes)) => object::text(bytes),
            _ => String::new(),
        };
        found.push(SignatureField {
            name: field.name,
            tooltip,
            is_signed: field.value.is_some(),
        });
    }
    Ok(found)
}

/// Reads the form, if there is one.
pub(super) fn form<'a>(document: &Document<'a>) -> Result<Option<Form<'a>>, Error> {
    let (root, catalog) = document.catalog()?;
    let reference = catalog.value("AcroForm").and_then(Object::reference);
    let dict = document.dict(root.number, &catalog, "AcroForm")?;
    Ok(dict.map(|dict| Form {
        reference,
        holder: reference.map_or(root.number, |reference| reference.number),
        dict,
    }))
}

/// Returns the fields in the form's order; each is read when it is asked for.
pub(super) fn fields<'d, 'a>(
    document: &'d Document<'a>,
    form: &Form<'a>,
) -> Result<Fields<'d, 'a>, Error> {
    let mut fields = Fields {
        document,
        open: Vec::new(),
        seen: BTreeSet::new(),
    };
    let above = Rc::new(Inherited::default());
    for field in document.array(form.holder, &form.dict, "Fields")? {
        let field = field.reference().ok_or(Error::Malformed {
            object: form.holder,
            what: "a value in /Fields",
            expected: "a reference",
        })?;
        fields.open.push((field, Rc::clone(&above)));
    }
    fields.open.reverse();
    Ok(fields)
}

/// The fields of a form.
pub(super) struct Fields<'d, 'a> {
    document: &'d Document<'a>,
    /// What is still to be read, the next one last.
    open: Vec<(Reference, Rc<Inherited<'a>>)>,
    seen: BTreeSet<u32>,
}

/// What a field has from those above it.
#[derive(Default)]
struct Inherited<'a> {
    name: String,
    is_signature: bool,
    value: Option<Object<'a>>,
}

impl<'a> Fields<'_, 'a> {
    /// Reads the next field; none if it was only a step on the way to others.
    fn read(
        &mut self,
        reference: Reference,
        above: &Inherited<'a>,
    ) -> Result<Option<FormField<'a>>, Error> {
        let object = reference.number;
        if !self.seen.insert(object) {
            return Err(Error::Loop { object });
        }
        if self.seen.len() > MAX_FIELDS {
            return Err(Error::TooMany {
                what: "fields",
                limit: MAX_FIELDS,
            });
        }
        let dict = self.document.dict_at(reference)?;
        let name = match self.document.value(&dict, "T")?.as_deref() {
            Some(Object::String(bytes)) => object::text(bytes),
            _ => {
                return Err(Error::Malformed {
                    object,
                    what: "/T",
                    expected: "a string",
                });
            }
        };
        let name = match above.name.as_str() {
            "" => name,
            above => format!("{above}.{name}"),
        };
        if name.len() > MAX_NAME_BYTES {
            return Err(Error::TooMany {
                what: "bytes in a field's name",
                limit: MAX_NAME_BYTES,
            });
        }
        let is_signature = match dict.value("FT") {
            Some(kind) => self.document.resolve(kind)?.as_ref() == &Object::name("Sig"),
            None => above.is_signature,
        };
        let value = dict.value("V").or(above.value.as_ref()).cloned();
        // A child without a name of its own is a widget of this field (ISO 32000-2 §12.7.4.2).
        let mut named = Vec::new();
        for kid in self.document.array(object, &dict, "Kids")? {
            let kid = kid.reference().ok_or(Error::Malformed {
                object,
                what: "a value in /Kids",
                expected: "a reference",
            })?;
            if self.document.dict_at(kid)?.value("T").is_some() {
                named.push(kid);
            }
        }
        if !named.is_empty() {
            let inherited = Rc::new(Inherited {
                name,
                is_signature,
                value,
            });
            let kids = named.iter().rev();
            self.open
                .extend(kids.map(|kid| (*kid, Rc::clone(&inherited))));
            return Ok(None);
        }
        Ok(Some(FormField {
            name,
            reference,
            dict,
            is_signature,
            value,
        }))
    }
}

impl<'a> Iterator for Fields<'_, 'a> {
    type Item = Result<FormField<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((reference, above)) = self.open.pop() {
            match self.read(reference, &above).transpose() {
                None => {}
                Some(Err(error)) => {
                    self.open.clear();
                    return Some(Err(error));
                }
                found => return found,
            }
        }
        None
    }
}

/// Fields of one form, those on the way to others included; a joint copy has some hundred.
const MAX_FIELDS: usize = 20_000;

/// Bytes of a field's full name, 120 in our own files.
const MAX_NAME_BYTES: usize = 4_096;
