//! What may change of the form: fields of signatures come, nothing goes.

use std::collections::BTreeMap;

use super::change::{Change, Need, name_text};
use super::comparison::{Comparison, Holder, dict};
use super::document::unreadable;
use super::equality::{keys, value};
use super::field;
use crate::pdf::{Dict, Object, Reference};
use crate::validation::finding::Severity;

/// Judges the form's own dictionary (ISO 32000-2 Table 224), and the fields that it gets.
pub(super) fn judge<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    holder: Holder,
    old: &Object<'h>,
    new: &Object<'h>,
) {
    let Some(pair) = comparison.follow(holder, b"AcroForm", old, new) else {
        unreadable(comparison, holder, "catalog/AcroForm");
        return;
    };
    let nothing = Dict::default();
    let (old, new) = match (&pair.old, &pair.new) {
        (Object::Null, Object::Null) => return,
        (Object::Null, Object::Dict(new)) => (&nothing, new),
        (Object::Dict(old), Object::Dict(new)) => (old, new),
        _ => {
            let change = Change::of_value("form_changed", "catalog/AcroForm", old, new);
            comparison.push(change.of_object(pair.holder.new));
            return;
        }
    };
    for key in keys(old, new) {
        let (old, new) = (value(old, &key), value(new, &key));
        match key.as_slice() {
            b"Fields" => listed(comparison, pair.holder, old, new),
            b"DR" => resources(comparison, pair.holder, old, new),
            _ => {
                if comparison.same(old, new) {
                    continue;
                }
                if is_harmless(&key, old, new) {
                    comparison.push(
                        Change::lawful(
                            Need::Nothing,
                            Severity::Note,
                            "form_extended",
                            format!("Formulärets {} lades till.", name_text(&key)),
                            format!("The form's {} was added.", name_text(&key)),
                        )
                        .of_object(pair.holder.new),
                    );
                    continue;
                }
                let path = format!("catalog/AcroForm{}", name_text(&key));
                let change = Change::of_value("form_changed", &path, old, new);
                comparison.push(change.of_object(pair.holder.new));
            }
        }
    }
}

/// Tells whether a form's entry may come or change so.
fn is_harmless(key: &[u8], old: &Object<'_>, new: &Object<'_>) -> bool {
    match (key, old, new) {
        // Signatures exist, append only (ISO 32000-2 Table 225): flags come, none goes.
        (b"SigFlags", Object::Null, Object::Integer(0..=3)) => true,
        (b"SigFlags", Object::Integer(old), Object::Integer(new)) => {
            (0..=3).contains(new) && (0..=3).contains(old) && (old & new) == *old
        }
        // How variable text looks where a field does not say; fields that show text have their own.
        (b"DA", Object::Null, Object::String(_))
        | (b"NeedAppearances", Object::Bool(true), Object::Null | Object::Bool(false))
        | (b"NeedAppearances", Object::Null, Object::Bool(false)) => true,
        _ => false,
    }
}

/// Judges the list of fields.
fn listed<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    holder: Holder,
    old: &Object<'h>,
    new: &Object<'h>,
) {
    let Some(pair) = comparison.follow(holder, b"Fields", old, new) else {
        unreadable(comparison, holder, "catalog/AcroForm/Fields");
        return;
    };
    let Some(lists) = Lists::compare(comparison, &pair.old, &pair.new) else {
        let path = "catalog/AcroForm/Fields";
        let change = Change::of_value("field_list_changed", path, &pair.old, &pair.new);
        comparison.push(change.of_object(pair.holder.new));
        return;
    };
    for removed in &lists.removed {
        let name = comparison.fields.get(&removed.number);
        let name = name.map(|info| crate::signature::shown(&info.name));
        let name = name.unwrap_or_default();
        comparison.push(
            Change::fault(
                "field_removed",
                format!("Fältet {name} togs bort ur formuläret."),
                format!("The field {name} was taken out of the form."),
            )
            .of_object(removed.number),
        );
    }
    for added in &lists.added {
        field::added(comparison, *added);
    }
}

/// Two lists of objects.
pub(super) struct Lists {
    pub(super) removed: Vec<Reference>,
    pub(super) added: Vec<Reference>,
}

impl Lists {
    /// Compares lists; `None` where the order changed, an object comes twice, or what is no reference
    /// differs.
    pub(super) fn compare<'h>(
        comparison: &mut Comparison<'_, 'h, '_>,
        old: &Object<'h>,
        new: &Object<'h>,
    ) -> Option<Self> {
        let items = |object: &Object<'h>| match object {
            Object::Null => Some(Vec::new()),
            Object::Array(items) => Some(items.clone()),
            _ => None,
        };
        let (old, new) = (items(old)?, items(new)?);
        let direct = |items: &[Object<'_>]| -> Vec<usize> {
            let positions = items.iter().enumerate();
            positions
                .filter(|(_, item)| item.reference().is_none())
                .map(|(at, _)| at)
                .collect()
        };
        let (old_direct, new_direct) = (direct(&old), direct(&new));
        if old_direct.len() != new_direct.len() {
            return None;
        }
        for (one, next) in old_direct.iter().zip(&new_direct) {
            let (one, next) = (old.get(*one)?, new.get(*next)?);
            if !comparison.same(one, next) {
                return None;
            }
        }
        let old: Vec<Reference> = old.iter().filter_map(Object::reference).collect();
        let new: Vec<Reference> = new.iter().filter_map(Object::reference).collect();
        let positions = |items: &[Reference]| -> BTreeMap<Reference, usize> {
            items.iter().copied().zip(0..).collect()
        };
        let (old_places, new_places) = (positions(&old), positions(&new));
        if new_places.len() != new.len() || old_places.len() != old.len() {
            return (old == new).then(|| Self {
                removed: Vec::new(),
                added: Vec::new(),
            });
        }
        let kept = |items: &[Reference], others: &BTreeMap<Reference, usize>| -> Vec<Reference> {
            let items = items.iter().copied();
            items.filter(|item| others.contains_key(item)).collect()
        };
        if kept(&old, &new_places) != kept(&new, &old_places) {
            return None;
        }
        let other = |items: &[Reference], others: &BTreeMap<Reference, usize>| -> Vec<Reference> {
            let items = items.iter().copied();
            items.filter(|item| !others.contains_key(item)).collect()
        };
        Some(Self {
            removed: other(&old, &new_places),
            added: other(&new, &old_places),
        })
    }
}

/// Judges the default resources: they may come, and what is there stays.
///
/// One exception: an XObject. A field's default appearance names fonts only, and the appearances of
/// signed fields must have resources of their own for it.
fn resources<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    holder: Holder,
    old: &Object<'h>,
    new: &Object<'h>,
) {
    let path = "catalog/AcroForm/DR";
    let Some(pair) = comparison.follow(holder, b"DR", old, new) else {
        unreadable(comparison, holder, path);
        return;
    };
    let nothing = Dict::default();
    let (old, new) = match (&pair.old, &pair.new) {
        (Object::Null, Object::Null) => return,
        (Object::Null, Object::Dict(new)) => (&nothing, new),
        (Object::Dict(old), Object::Dict(new)) => (old, new),
        // Nothing is drawn with resources that are gone, unless some appearance needed them.
        (Object::Dict(_), Object::Null) if appearances_stand_alone(comparison) => {
            comparison.push(resources_changed(pair.holder.new));
            return;
        }
        _ => {
            let change = Change::of_value("form_changed", path, old, new);
            comparison.push(change.of_object(pair.holder.new));
            return;
        }
    };
    let mut is_same = true;
    let mut wrong = None;
    for category in keys(old, new) {
        let (old, new) = (value(old, &category), value(new, &category));
        // What no reader knows is compared as it is written: nothing tells what it is for.
        let is_known = CATEGORIES.contains(&category.as_slice());
        if category == b"ProcSet" || (!is_known && old == new) {
            continue;
        }
        if !is_known {
            wrong = Some(category);
            break;
        }
        is_same &= comparison.same(old, new);
        let entries = comparison.follow(pair.holder, &category, old, new);
        let is_lawful = match entries.as_ref().map(|pair| (&pair.old, &pair.new)) {
            Some((Object::Null, Object::Dict(_) | Object::Null)) => true,
            Some((Object::Dict(old), Object::Dict(new))) => keys(old, new).iter().all(|name| {
                let (old, new) = (value(old, name), value(new, name));
                matches!(old, Object::Null)
                    || comparison.same(old, new)
                    || (category == b"XObject" && appearances_stand_alone(comparison))
            }),
            _ => false,
        };
        if !is_lawful {
            wrong = Some(category);
            break;
        }
    }
    let Some(wrong) = wrong else {
        if is_same {
            return;
        }
        comparison.push(resources_changed(pair.holder.new));
        return;
    };
    let path = format!("{path}{}", name_text(&wrong));
    let change = Change::of_value(
        "form_changed",
        &path,
        value(old, &wrong),
        value(new, &wrong),
    );
    comparison.push(change.of_object(pair.holder.new));
}

fn resources_changed(object: u32) -> Change {
    Change::lawful(
        Need::Nothing,
        Severity::Note,
        "form_resources_extended",
        "Formuläret fick fler gemensamma resurser.",
        "The form got more default resources.",
    )
    .of_object(object)
}

/// Tells whether the normal appearance of every field has resources of its own.
fn appearances_stand_alone(comparison: &Comparison<'_, '_, '_>) -> bool {
    let view = comparison.before;
    comparison.fields.keys().all(|number| {
        let Some((_, reference, _)) = view.place(*number) else {
            return false;
        };
        let Ok(Object::Dict(field)) = view.object(reference) else {
            return false;
        };
        let Ok(appearances) = view.value(&field, "AP") else {
            return false;
        };
        let Some(appearances) = appearances else {
            return true;
        };
        let Some(appearances) = dict(appearances.as_ref()) else {
            return false;
        };
        appearances.iter().all(|(_, appearance)| {
            let Ok(appearance) = view.resolve(appearance) else {
                return false;
            };
            let own = |object: &Object<'_>| match object {
                Object::Stream(stream) => {
                    let has_resources = stream.dict.value("Resources").is_some();
                    has_resources || stream.data.is_empty()
                }
                _ => false,
            };
            match appearance.as_ref() {
                Object::Dict(states) => states
                    .iter()
                    .all(|(_, state)| view.resolve(state).is_ok_and(|state| own(&state))),
                one => own(one),
            }
        })
    })
}

/// Categories of resources (ISO 32000-2 Table 34) that a form may get more of.
const CATEGORIES: &[&[u8]] = &[
    b"Font",
    b"XObject",
    b"Encoding",
    b"ExtGState",
    b"ColorSpace",
    b"Pattern",
    b"Shading",
    b"Properties",
];
