//! What may change of a field and its widgets: one that is empty may be signed or filled in.

use std::collections::BTreeSet;

use super::change::{Change, Need, name_text};
use super::comparison::{Comparison, dict};
use super::equality::{keys, value};
use super::fields::{FieldInfo, FieldKind};
use crate::pdf::{Dict, Object, Reference, View, corners, text};
use crate::signature::shown;
use crate::validation::finding::Severity;

/// Judges the fields and widgets that the revision writes anew.
pub(super) fn judge(comparison: &mut Comparison<'_, '_, '_>) {
    let filled = filled(comparison);
    for (number, old, new) in comparison.changed() {
        let Some(info) = comparison.fields.get(&number).cloned() else {
            continue;
        };
        let (Object::Dict(old), Object::Dict(new)) = (&old, &new) else {
            continue;
        };
        comparison.explain_keys(number, FIELD_KEYS);
        let is_filled = filled.contains(&info.name);
        changed(comparison, number, &info, is_filled, old, new);
    }
}

/// Returns the names of the fields whose value the revision changes.
fn filled(comparison: &mut Comparison<'_, '_, '_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (number, old, new) in comparison.changed() {
        if let (Object::Dict(old), Object::Dict(new)) = (&old, &new)
            && let Some(info) = comparison.fields.get(&number).cloned()
            && !comparison.same(value(old, b"V"), value(new, b"V"))
        {
            names.insert(info.name);
        }
    }
    names
}

fn changed<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    number: u32,
    info: &FieldInfo,
    has_new_value: bool,
    old: &Dict<'h>,
    new: &Dict<'h>,
) {
    let is_signing = info.kind == FieldKind::Signature && !info.has_value;
    let mut is_lawful = true;
    let mut is_filled = false;
    for key in keys(old, new) {
        let (old_value, new_value) = (value(old, &key), value(new, &key));
        if comparison.same(old_value, new_value) {
            continue;
        }
        is_filled = true;
        let is_allowed = match info.kind {
            FieldKind::Signature if is_signing => {
                has_new_value && signing_key(comparison, &key, old_value, new_value)
            }
            FieldKind::Signature | FieldKind::Other => false,
            FieldKind::Button | FieldKind::Choice | FieldKind::Text => {
                // What a field shows changes with what it holds, never by itself.
                let is_shown = matches!(key.as_slice(), b"AP" | b"AS" | b"RV");
                (has_new_value || !is_shown) && filling_key(info.kind, &key, old_value, new_value)
            }
        };
        if !is_allowed {
            is_lawful = false;
            let name = shown(&info.name);
            let path = format!("{name}{}", name_text(&key));
            let code = if info.kind == FieldKind::Signature && info.has_value {
                "signed_field_changed"
            } else {
                "field_changed"
            };
            let change = Change::of_value(code, &path, old_value, new_value);
            comparison.push(change.of_object(number).of_field(&info.name));
        }
    }
    if !is_lawful || !is_filled {
        return;
    }
    let name = shown(&info.name);
    let change = if info.kind == FieldKind::Signature {
        Change::lawful(
            signing_need(comparison, new),
            Severity::Note,
            "field_signed",
            format!("Fältet {name} undertecknades."),
            format!("The field {name} was signed."),
        )
    } else {
        Change::lawful(
            Need::Filling,
            Severity::Warning,
            "field_filled",
            format!("Formulärfältet {name} fylldes i eller ändrades."),
            format!("The form field {name} was filled in or changed."),
        )
    };
    comparison.push(change.of_object(number).of_field(&info.name));
}

/// Returns what signing a field needs: a document time-stamp nothing.
fn signing_need(comparison: &Comparison<'_, '_, '_>, field: &Dict<'_>) -> Need {
    let value = comparison.after.value(field, "V").ok().flatten();
    match value.as_deref() {
        Some(Object::Dict(value)) if is_time_stamp(value) => Need::Nothing,
        _ => Need::Filling,
    }
}

fn is_time_stamp(signature: &Dict<'_>) -> bool {
    // ISO 32000-2 §12.8.5; some tools name only the filter (ETSI EN 319 142-1 §5.4.3).
    signature.is("SubFilter", "ETSI.RFC3161")
}

/// Tells whether a key of an empty signature field may change so when it is signed.
fn signing_key<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    key: &[u8],
    old: &Object<'h>,
    new: &Object<'h>,
) -> bool {
    match key {
        b"V" => is_signature(comparison, new),
        b"AP" => is_appearance(comparison.after, new),
        b"M" | b"DA" | b"NM" => matches!(new, Object::String(_) | Object::Null),
        b"MK" | b"BS" | b"DR" => matches!(new, Object::Dict(_) | Object::Null),
        b"F" => is_shown_still(old, new),
        b"Ff" => is_made_read_only(old, new),
        b"P" => matches!(old, Object::Null) && new.reference().is_some(),
        b"Type" => {
            matches!((old, new), (Object::Null, Object::Name(name)) if name.as_ref() == b"Annot")
        }
        _ => false,
    }
}

/// Tells whether a value is a signature that came with this revision.
fn is_signature(comparison: &Comparison<'_, '_, '_>, new: &Object<'_>) -> bool {
    let is_new = match new {
        Object::Reference(reference) => comparison.is_new(reference.number),
        Object::Dict(_) => true,
        _ => false,
    };
    let value = comparison.after.resolve(new);
    let is_form = value.is_ok_and(|value| {
        dict(value.as_ref()).is_some_and(|value| {
            value.value("Contents").is_some() && value.value("ByteRange").is_some()
        })
    });
    is_new && is_form
}

/// Tells whether a key of a field that is no signature's may change so when it is filled in.
fn filling_key(kind: FieldKind, key: &[u8], old: &Object<'_>, new: &Object<'_>) -> bool {
    match key {
        b"V" => true,
        b"AS" => kind == FieldKind::Button && matches!(new, Object::Name(_)),
        // What a button can show is drawn beforehand; text is drawn when it is filled in.
        b"AP" => kind != FieldKind::Button,
        b"RV" => kind == FieldKind::Text,
        b"I" | b"TI" => kind == FieldKind::Choice,
        b"M" => matches!(new, Object::String(_)),
        b"Ff" => is_made_read_only(old, new),
        _ => false,
    }
}

/// Tells whether the flags of a widget (ISO 32000-2 Table 167) only got what does not hide it: print,
/// read-only, locked, locked contents.
fn is_shown_still(old: &Object<'_>, new: &Object<'_>) -> bool {
    const HARMLESS: i64 = 4 | 64 | 128 | 512;
    let old = match old {
        Object::Null => 0,
        Object::Integer(flags) => *flags,
        _ => return false,
    };
    matches!(new, Object::Integer(new) if (old & !new) == 0 && (new & !old & !HARMLESS) == 0)
}

/// Tells whether the flags of a field (ISO 32000-2 Table 227) only got read-only.
fn is_made_read_only(old: &Object<'_>, new: &Object<'_>) -> bool {
    let flags = |object: &Object<'_>| match object {
        Object::Null => Some(0),
        Object::Integer(flags) => Some(*flags),
        _ => None,
    };
    match (flags(old), flags(new)) {
        (Some(old), Some(new)) => new == (old | 1),
        _ => false,
    }
}

/// Judges a field that the form gets: only a signature's may come.
pub(super) fn added(comparison: &mut Comparison<'_, '_, '_>, reference: Reference) {
    let number = reference.number;
    let object = comparison.after.object(reference);
    let refuse = |comparison: &mut Comparison<'_, '_, '_>, key: &[u8]| {
        let what = name_text(key);
        comparison.push(
            Change::fault(
                "field_added",
                format!("Formuläret fick fältet i objekt {number}, som {what} gör otillåtet."),
                format!("The form got the field in object {number}, which {what} makes unlawful."),
            )
            .of_object(number),
        );
    };
    let Ok(Object::Dict(field)) = object else {
        return refuse(comparison, b"Fields");
    };
    // A widget may be there before its field, when it was on a page and in no form.
    if !comparison.is_new(number) || field.repeated_key().is_some() {
        return refuse(comparison, b"Fields");
    }
    if let Some((key, _)) = field
        .iter()
        .find(|(key, _)| !NEW_FIELD_KEYS.contains(&key.as_ref()))
    {
        let key = key.to_vec();
        return refuse(comparison, &key);
    }
    if !field.is("FT", "Sig") {
        return refuse(comparison, b"FT");
    }
    let name = match comparison
        .after
        .value(&field, "T")
        .ok()
        .flatten()
        .as_deref()
    {
        Some(Object::String(bytes)) => text(bytes),
        _ => return refuse(comparison, b"T"),
    };
    if comparison.fields.values().any(|info| info.name == name) {
        return refuse(comparison, b"T");
    }
    let has_value = !matches!(value(&field, b"V"), Object::Null);
    if has_value && !is_signature(comparison, value(&field, b"V")) {
        return refuse(comparison, b"V");
    }
    let mut widgets = vec![(number, field.clone())];
    if let Some(kids) = field.value("Kids") {
        let Ok(kids) = comparison
            .after
            .resolve(kids)
            .map(std::borrow::Cow::into_owned)
        else {
            return refuse(comparison, b"Kids");
        };
        let Object::Array(kids) = kids else {
            return refuse(comparison, b"Kids");
        };
        for kid in kids.iter().take(MAX_WIDGETS.saturating_add(1)) {
            let kid = kid.reference().filter(|kid| comparison.is_new(kid.number));
            let object = kid.and_then(|kid| comparison.after.object(kid).ok());
            let (Some(kid), Some(Object::Dict(dict))) = (kid, object) else {
                return refuse(comparison, b"Kids");
            };
            let is_widget = dict
                .iter()
                .all(|(key, _)| NEW_WIDGET_KEYS.contains(&key.as_ref()));
            if !is_widget || widgets.len() > MAX_WIDGETS {
                return refuse(comparison, b"Kids");
            }
            widgets.push((kid.number, dict));
        }
    }
    let view = comparison.after;
    let wrong_appearance = widgets
        .iter()
        .any(|(_, widget)| !is_appearance(view, value(widget, b"AP")));
    if wrong_appearance {
        return refuse(comparison, b"AP");
    }
    let visible = widgets.iter().find(|(_, widget)| is_visible(view, widget));
    let visible = visible.map(|(number, _)| *number);
    comparison
        .new_widgets
        .extend(widgets.iter().map(|(number, _)| *number));

    let text = shown(&name);
    let is_invisible_stamp = visible.is_none() && signing_need(comparison, &field) == Need::Nothing;
    let change = if visible.is_some() {
        Change::lawful(
            Need::Showing,
            Severity::Warning,
            "visible_field_added",
            format!("Det synliga underskriftsfältet {text} lades till."),
            format!("The visible signature field {text} was added."),
        )
        .of_field(&name)
    } else if is_invisible_stamp {
        Change::lawful(
            Need::Nothing,
            Severity::Note,
            "time_stamp_added",
            format!("Tidsstämpeln {text} lades till."),
            format!("The document time-stamp {text} was added."),
        )
    } else {
        Change::lawful(
            Need::Filling,
            Severity::Note,
            "field_added",
            format!("Underskriftsfältet {text} lades till."),
            format!("The signature field {text} was added."),
        )
        .of_field(&name)
    };
    comparison.push(change.of_object(visible.unwrap_or(number)));
}

/// Tells whether a widget shows anything.
pub(super) fn is_visible(view: View<'_, '_>, widget: &Dict<'_>) -> bool {
    let rect = view.value(widget, "Rect").ok().flatten();
    let rect = rect.as_deref().and_then(corners);
    let flags = match view.value(widget, "F").ok().flatten().as_deref() {
        Some(Object::Integer(flags)) => *flags,
        _ => 0,
    };
    // ISO 32000-2 Table 167: hidden.
    let is_hidden = flags & 2 != 0;
    let has_area = match rect {
        Some([x1, y1, x2, y2]) => (x2 - x1).abs() > 0.0 && (y2 - y1).abs() > 0.0,
        None => value(widget, b"Rect") != &Object::Null,
    };
    has_area && !is_hidden
}

/// Tells whether a value is what a widget may show: form `XObject`s, which never leave their rectangle
/// (ISO 32000-2 §12.5.5).
pub(super) fn is_appearance(view: View<'_, '_>, appearances: &Object<'_>) -> bool {
    let Ok(appearances) = view.resolve(appearances) else {
        return false;
    };
    let appearances = match appearances.as_ref() {
        Object::Null => return true,
        Object::Dict(appearances) => appearances,
        _ => return false,
    };
    appearances.iter().all(|(name, appearance)| {
        let is_known = matches!(name.as_ref(), b"N" | b"R" | b"D");
        let appearance = view.resolve(appearance);
        let is_form = appearance.is_ok_and(|appearance| match appearance.as_ref() {
            Object::Null => true,
            Object::Stream(stream) => stream.dict.is("Subtype", "Form"),
            Object::Dict(states) => states.iter().all(|(_, state)| {
                let state = view.resolve(state);
                state.is_ok_and(|state| matches!(state.as_ref(), Object::Stream(_) | Object::Null))
            }),
            _ => false,
        });
        is_known && is_form
    })
}

/// Keys that lead to a field or widget and mean it.
const FIELD_KEYS: &[&str] = &["Fields", "Kids", "Annots", "Parent", "Obj", ""];

/// What a new signature field may say (ISO 32000-2 Tables 166, 191, 226 and 235): no actions, and
/// nothing that shows or hides it by conditions.
const NEW_FIELD_KEYS: &[&[u8]] = &[
    b"FT",
    b"T",
    b"TU",
    b"TM",
    b"Ff",
    b"V",
    b"Lock",
    b"SV",
    b"DA",
    b"DR",
    b"Q",
    b"Kids",
    b"Type",
    b"Subtype",
    b"Rect",
    b"P",
    b"F",
    b"AP",
    b"AS",
    b"MK",
    b"BS",
    b"Border",
    b"H",
    b"M",
    b"NM",
    b"C",
    b"StructParent",
    b"Contents",
    b"Lang",
];

/// The same of a widget that is not its field.
const NEW_WIDGET_KEYS: &[&[u8]] = &[
    b"Type",
    b"Subtype",
    b"Rect",
    b"P",
    b"F",
    b"AP",
    b"AS",
    b"MK",
    b"BS",
    b"Border",
    b"H",
    b"M",
    b"NM",
    b"C",
    b"StructParent",
    b"Contents",
    b"Lang",
    b"Parent",
    b"DA",
];

/// Widgets of one field.
const MAX_WIDGETS: usize = 100;
