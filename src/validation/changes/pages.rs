//! What may change of a page: its annotations, and nothing else.

use std::collections::BTreeSet;

use super::change::{Change, Need, name_text};
use super::comparison::{Comparison, Holder};
use super::document::unreadable;
use super::equality::{keys, value};
use super::field::is_visible;
use super::form::Lists;
use crate::pdf::{Dict, Object, Reference, corners};
use crate::validation::finding::Severity;

/// Judges the pages whose dictionaries or lists of annotations the revision writes anew.
pub(super) fn judge(comparison: &mut Comparison<'_, '_, '_>) {
    let mut pages: BTreeSet<u32> = BTreeSet::new();
    for (number, old, new) in comparison.changed() {
        if let (Object::Dict(old), Object::Dict(new)) = (&old, &new)
            && old.is("Type", "Page")
            && new.is("Type", "Page")
        {
            comparison.explain_anywhere(number);
            pages.insert(number);
        }
    }
    // A list of its own may be written anew without its page.
    let annotations = comparison.graph.known_key(b"Annots");
    for (number, _, _) in comparison.changed() {
        for (holder, key) in comparison.graph.uses(number) {
            if Some(key) == annotations {
                pages.insert(holder);
            }
        }
    }
    for number in pages {
        page(comparison, number);
    }
    annotations_changed(comparison);
}

fn page(comparison: &mut Comparison<'_, '_, '_>, number: u32) {
    let read = |place: Option<(usize, Reference, crate::pdf::Place)>| {
        place.map(|(_, reference, _)| reference)
    };
    let (before, after) = (comparison.before, comparison.after);
    let old = read(before.place(number)).and_then(|reference| before.object(reference).ok());
    let new = read(after.place(number)).and_then(|reference| after.object(reference).ok());
    let (Some(Object::Dict(old)), Some(Object::Dict(new))) = (old, new) else {
        return;
    };
    if !old.is("Type", "Page") || old.repeated_key().is_some() || new.repeated_key().is_some() {
        return;
    }
    for key in keys(&old, &new) {
        let (old, new) = (value(&old, &key), value(&new, &key));
        if key == b"Annots" {
            listed(comparison, number, old, new);
            continue;
        }
        if comparison.same(old, new) || is_harmless(&key, old, new) {
            continue;
        }
        let path = format!("sida/page {number}{}", name_text(&key));
        let change = Change::of_value("page_changed", &path, old, new);
        comparison.push(change.of_object(number));
    }
}

/// Tells whether a page's entry shows nothing and may come or change so.
fn is_harmless(key: &[u8], old: &Object<'_>, new: &Object<'_>) -> bool {
    match (key, old, new) {
        (b"StructParents", Object::Null, Object::Integer(_))
        | (b"LastModified", _, Object::String(_)) => true,
        (b"Tabs", Object::Null, Object::Name(order)) => order.as_ref() == b"S",
        _ => false,
    }
}

/// Judges a page's list of annotations.
fn listed<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    page: u32,
    old: &Object<'h>,
    new: &Object<'h>,
) {
    let path = format!("sida/page {page}/Annots");
    let Some(pair) = comparison.follow(Holder::same(page), b"Annots", old, new) else {
        unreadable(comparison, Holder::same(page), &path);
        return;
    };
    let Some(lists) = Lists::compare(comparison, &pair.old, &pair.new) else {
        let change = Change::of_value("annotations_changed", &path, &pair.old, &pair.new);
        comparison.push(change.of_object(page));
        return;
    };
    for reference in lists.removed {
        removed(comparison, page, reference);
    }
    for reference in lists.added {
        if !comparison.new_widgets.contains(&reference.number) {
            added(comparison, page, reference);
        } else {
            covers(comparison, page, reference);
        }
    }
}

/// Warns where a new field lies over an older annotation of the same page.
fn covers(comparison: &mut Comparison<'_, '_, '_>, page: u32, reference: Reference) {
    let view = comparison.after;
    let area = |reference: Reference| {
        let Ok(Object::Dict(dict)) = view.object(reference) else {
            return None;
        };
        let rect = view.value(&dict, "Rect").ok().flatten();
        let [x1, y1, x2, y2] = rect.as_deref().and_then(corners)?;
        is_visible(view, &dict).then(|| [x1.min(x2), y1.min(y2), x1.max(x2), y1.max(y2)])
    };
    let Some([left, bottom, right, top]) = area(reference) else {
        return;
    };
    let before = comparison.before;
    let page_dict = before.place(page).map(|(_, reference, _)| reference);
    let page_dict = page_dict.and_then(|reference| before.object(reference).ok());
    let Some(Object::Dict(page_dict)) = page_dict else {
        return;
    };
    let Ok(Some(list)) = before.value(&page_dict, "Annots") else {
        return;
    };
    let Object::Array(list) = list.into_owned() else {
        return;
    };
    let others = list.iter().filter_map(Object::reference).take(MAX_COVERED);
    let covered = others
        .filter_map(area)
        .any(|[x1, y1, x2, y2]| x1 < right && left < x2 && y1 < top && bottom < y2);
    if covered {
        comparison.push(
            Change::lawful(
                Need::Nothing,
                Severity::Warning,
                "annotation_covered",
                "Ett nytt fält ligger över något som redan fanns på sidan.",
                "A new field lies over something that was on the page already.",
            )
            .of_object(reference.number),
        );
    }
}

/// Judges an annotation that a page loses.
fn removed(comparison: &mut Comparison<'_, '_, '_>, page: u32, reference: Reference) {
    let number = reference.number;
    let old = comparison.before.object(reference);
    let is_field = comparison.fields.contains_key(&number);
    let is_plain = match &old {
        Ok(Object::Dict(old)) => !is_field && is_plain(comparison, old, Side::Before),
        // Nothing was there.
        Ok(Object::Null) => true,
        _ => false,
    };
    let change = if is_plain {
        Change::lawful(
            Need::Annotating,
            Severity::Warning,
            "annotation_removed",
            format!("Anteckningen i objekt {number} togs bort från sidan i objekt {page}."),
            format!(
                "The annotation in object {number} was removed from the page in object {page}."
            ),
        )
    } else {
        Change::fault(
            "annotation_removed",
            format!("Objekt {number}, som syntes på sidan i objekt {page}, togs bort."),
            format!("Object {number}, which was seen on the page in object {page}, was removed."),
        )
    };
    comparison.push(change.of_object(number));
}

/// Judges an annotation that a page gets and that is no widget of a lawful field.
fn added(comparison: &mut Comparison<'_, '_, '_>, page: u32, reference: Reference) {
    let number = reference.number;
    let new = comparison.after.object(reference);
    let is_plain = match &new {
        Ok(Object::Dict(new)) => {
            comparison.is_new(number) && is_plain(comparison, new, Side::After)
        }
        _ => false,
    };
    let change = if is_plain {
        Change::lawful(
            Need::Annotating,
            Severity::Warning,
            "annotation_added",
            format!("En anteckning, objekt {number}, lades till på sidan i objekt {page}."),
            format!("An annotation, object {number}, was added to the page in object {page}."),
        )
    } else {
        Change::fault(
            "annotation_added",
            format!("Objekt {number} lades till på sidan i objekt {page} och kan dölja dess text."),
            format!(
                "Object {number} was added to the page in object {page} and can hide its text."
            ),
        )
    };
    comparison.push(change.of_object(number));
}

/// Annotations outside the form that are still listed, but say something else.
fn annotations_changed(comparison: &mut Comparison<'_, '_, '_>) {
    let Some(annotations) = comparison.graph.known_key(b"Annots") else {
        return;
    };
    for (number, old, new) in comparison.changed() {
        let (Object::Dict(old), Object::Dict(new)) = (&old, &new) else {
            continue;
        };
        if comparison.fields.contains_key(&number) || old.value("Subtype").is_none() {
            continue;
        }
        let uses: Vec<_> = comparison.graph.uses(number).collect();
        let is_listed = uses.iter().any(|(_, key)| *key == annotations);
        let is_detached = !is_listed;
        // What an annotation is to the structure tree is not what it shows.
        let is_only_structure = keys(old, new).iter().all(|key| {
            let (old, new) = (value(old, key), value(new, key));
            key == b"StructParent" || comparison.same(old, new)
        });
        let is_plain = is_plain(comparison, old, Side::Before);
        if is_only_structure && (is_detached || is_plain) {
            comparison.explain_keys(number, ANNOTATION_KEYS);
            comparison.push(
                Change::lawful(
                    Need::Annotating,
                    Severity::Note,
                    "annotation_detached",
                    format!("Anteckningen i objekt {number} fick en annan plats i strukturträdet."),
                    format!(
                        "The annotation in object {number} got another place in the structure tree."
                    ),
                )
                .of_object(number),
            );
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Side {
    Before,
    After,
}

/// Tells whether an annotation is of a kind that cannot hide or say what the page does not: no
/// appearance of its own, nothing filled, no text on the page, no action but a link's.
///
/// Others may stand under level 3 too (ISO 32000-2 Table 257), but can make a page read otherwise.
fn is_plain(comparison: &Comparison<'_, '_, '_>, dict: &Dict<'_>, side: Side) -> bool {
    let view = match side {
        Side::Before => comparison.before,
        Side::After => comparison.after,
    };
    let kind = match dict.value("Subtype") {
        Some(Object::Name(kind)) => kind.to_vec(),
        _ => return false,
    };
    // A stamp that goes draws nothing any more.
    let is_going = side == Side::Before && kind == b"Stamp";
    if !is_going && !PLAIN_KINDS.contains(&kind.as_slice()) {
        return false;
    }
    dict.iter().all(|(key, value)| match key.as_ref() {
        b"AP" => {
            let appearance = view.resolve(value);
            appearance.is_ok_and(|appearance| match appearance.as_ref() {
                Object::Dict(appearances) => appearances.iter().next().is_none(),
                Object::Null => true,
                _ => false,
            })
        }
        b"A" => {
            let action = view.resolve(value);
            action.is_ok_and(|action| match action.as_ref() {
                Object::Dict(action) => {
                    (action.is("S", "URI") || action.is("S", "GoTo"))
                        && action.value("Next").is_none()
                }
                _ => false,
            })
        }
        b"BS" => {
            let style = view.resolve(value);
            style.is_ok_and(|style| match style.as_ref() {
                Object::Dict(style) => style.iter().all(|(key, value)| match key.as_ref() {
                    b"W" => value
                        .number()
                        .is_some_and(|width| width.abs() <= MAX_BORDER_PT),
                    b"S" | b"Type" | b"D" => true,
                    _ => false,
                }),
                _ => false,
            })
        }
        b"Border" => match value {
            Object::Array(items) => items
                .get(2)
                .and_then(Object::number)
                .is_some_and(|width| width.abs() <= MAX_BORDER_PT),
            _ => false,
        },
        key => PLAIN_KEYS.contains(&key),
    })
}

/// Kinds of annotations (ISO 32000-2 Table 171) that draw at most an icon or a thin line.
const PLAIN_KINDS: &[&[u8]] = &[b"Circle", b"Link", b"Popup", b"Square", b"Text"];

const PLAIN_KEYS: &[&[u8]] = &[
    b"Type",
    b"Subtype",
    b"Rect",
    b"Contents",
    b"P",
    b"NM",
    b"M",
    b"F",
    b"C",
    b"StructParent",
    b"T",
    b"Popup",
    b"Parent",
    b"CreationDate",
    b"Subj",
    b"Open",
    b"Name",
    b"State",
    b"StateModel",
    b"IRT",
    b"RT",
    b"Dest",
    b"H",
    b"QuadPoints",
    b"RC",
    b"CA",
    b"Lang",
];

const ANNOTATION_KEYS: &[&str] = &["Annots", "Obj", "Parent", "Popup", "IRT", ""];

const MAX_BORDER_PT: f64 = 2.0;

/// Annotations of one page that a new field is compared with.
const MAX_COVERED: usize = 2_000;
