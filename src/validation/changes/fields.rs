//! The form's fields and their widgets, by the object that each stands in.

use std::collections::{BTreeMap, BTreeSet};

use crate::pdf::{Dict, Object, View, text};

/// A field, or a widget of one.
#[derive(Clone, Debug)]
pub(super) struct FieldInfo {
    /// The full name of the field.
    pub(super) name: String,
    pub(super) kind: FieldKind,
    /// Whether the field has a value, its own or inherited.
    pub(super) has_value: bool,
}

/// What is filled in (ISO 32000-2 Table 226, `/FT`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FieldKind {
    Button,
    Choice,
    Other,
    Signature,
    Text,
}

/// What a field has from those above it.
#[derive(Clone)]
struct Above {
    name: String,
    kind: FieldKind,
    has_value: bool,
}

/// Returns the fields and widgets that are objects of their own.
///
/// What cannot be read is left out; a change of it is then no field's.
pub(super) fn fields(view: View<'_, '_>) -> BTreeMap<u32, FieldInfo> {
    let mut found = BTreeMap::new();
    let Some(list) = list(view) else {
        return found;
    };
    let top = Above {
        name: String::new(),
        kind: FieldKind::Other,
        has_value: false,
    };
    let mut seen = BTreeSet::new();
    let mut open: Vec<(Object<'_>, Above)> =
        list.into_iter().map(|field| (field, top.clone())).collect();
    while let Some((field, above)) = open.pop() {
        let number = field.reference().map(|reference| reference.number);
        if number.is_some_and(|number| !seen.insert(number)) || found.len() > MAX_FIELDS {
            continue;
        }
        let Ok(Object::Dict(dict)) = view.resolve(&field).map(std::borrow::Cow::into_owned) else {
            continue;
        };
        let (info, kids) = read(view, &dict, &above);
        let below = Above {
            name: info.name.clone(),
            kind: info.kind,
            has_value: info.has_value,
        };
        open.extend(kids.into_iter().map(|kid| (kid, below.clone())));
        if let Some(number) = number {
            found.insert(number, info);
        }
    }
    found
}

/// Returns what the form lists.
fn list<'h>(view: View<'h, '_>) -> Option<Vec<Object<'h>>> {
    let (_, catalog) = view.catalog().ok()?;
    let form = view.value(&catalog, "AcroForm").ok()??.into_owned();
    let Object::Dict(form) = form else {
        return None;
    };
    match view.value(&form, "Fields").ok()??.into_owned() {
        Object::Array(fields) => Some(fields),
        _ => None,
    }
}

fn read<'h>(view: View<'h, '_>, dict: &Dict<'h>, above: &Above) -> (FieldInfo, Vec<Object<'h>>) {
    let value = |key: &str| {
        let value = view.value(dict, key).ok().flatten();
        value.map(std::borrow::Cow::into_owned)
    };
    let own_name = match value("T") {
        Some(Object::String(bytes)) => Some(text(&bytes)),
        _ => None,
    };
    let name = match (&own_name, above.name.as_str()) {
        (None, above) => above.to_owned(),
        (Some(name), "") => name.clone(),
        (Some(name), above) => format!("{above}.{name}"),
    };
    let kind = match value("FT") {
        Some(Object::Name(name)) => kind(&name),
        Some(_) => FieldKind::Other,
        None => above.kind,
    };
    let kids = match value("Kids") {
        Some(Object::Array(kids)) => kids,
        _ => Vec::new(),
    };
    let info = FieldInfo {
        name: name.chars().take(MAX_NAME_CHARS).collect(),
        kind,
        has_value: above.has_value || value("V").is_some(),
    };
    (info, kids)
}

/// Returns the kind that a name means.
pub(super) fn kind(name: &[u8]) -> FieldKind {
    match name {
        b"Btn" => FieldKind::Button,
        b"Ch" => FieldKind::Choice,
        b"Sig" => FieldKind::Signature,
        b"Tx" => FieldKind::Text,
        _ => FieldKind::Other,
    }
}

/// Fields and widgets of one form; a change of any more is no field's.
const MAX_FIELDS: usize = 20_000;

/// Characters of a full name.
const MAX_NAME_CHARS: usize = 1_000;
