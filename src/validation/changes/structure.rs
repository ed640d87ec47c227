//! What may change of the structure tree: elements for annotations come and go with them; what the
//! tree says of a page's content stays (ISO 32000-2 §14.7).

use std::collections::BTreeMap;

use super::change::{Change, Need, name_text};
use super::comparison::{Comparison, Holder, dict};
use super::document::unreadable;
use super::equality::{keys, value};
use crate::pdf::{Dict, Object, View};
use crate::validation::finding::Severity;

/// Judges the tree's root and its parent tree, and the elements that the revision writes anew.
pub(super) fn judge(comparison: &mut Comparison<'_, '_, '_>) {
    elements(comparison);
    if let (Ok((root, old)), Ok((_, new))) =
        (comparison.before.catalog(), comparison.after.catalog())
    {
        let key = b"StructTreeRoot";
        tree(
            comparison,
            Holder::same(root.number),
            value(&old, key),
            value(&new, key),
        );
    }
}

fn tree<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    holder: Holder,
    old: &Object<'h>,
    new: &Object<'h>,
) {
    if matches!((old, new), (Object::Null, Object::Null)) {
        return;
    }
    let Some(pair) = comparison.follow(holder, b"StructTreeRoot", old, new) else {
        unreadable(comparison, holder, "catalog/StructTreeRoot");
        return;
    };
    let (Object::Dict(old), Object::Dict(new)) = (&pair.old, &pair.new) else {
        let change = Change::of_value("structure_changed", "catalog/StructTreeRoot", old, new);
        comparison.push(change.of_object(pair.holder.new));
        return;
    };
    comparison.explain_keys(pair.holder.new, ELEMENT_KEYS_TO);
    comparison.explain_use(pair.holder.new, holder.new, b"StructTreeRoot");
    let mut need = None;
    for key in keys(old, new) {
        let (old, new) = (value(old, &key), value(new, &key));
        let found = match key.as_slice() {
            b"K" => kids(comparison, pair.holder, old, new),
            b"ParentTree" => parent_tree(comparison, pair.holder, old, new),
            b"ParentTreeNextKey" => match new {
                Object::Integer(_) | Object::Null => Some(None),
                _ => None,
            },
            _ => comparison.same(old, new).then_some(None),
        };
        match found {
            Some(found) => need = need.max(found),
            None => {
                let path = format!("catalog/StructTreeRoot{}", name_text(&key));
                let change = Change::of_value("structure_changed", &path, old, new);
                comparison.push(change.of_object(pair.holder.new));
            }
        }
    }
    if let Some(need) = need {
        comparison.push(extended(need, pair.holder.new));
    }
}

/// Judges the elements that the revision writes anew.
fn elements(comparison: &mut Comparison<'_, '_, '_>) {
    for (number, old, new) in comparison.changed() {
        let (Object::Dict(old), Object::Dict(new)) = (&old, &new) else {
            continue;
        };
        let is_element = |dict: &Dict<'_>| {
            let is_typed = dict.value("Type").is_none() || dict.is("Type", "StructElem");
            is_typed && dict.value("S").is_some() && dict.value("P").is_some()
        };
        if !is_element(old) || !is_element(new) {
            continue;
        }
        let mut need = None;
        let mut wrong = None;
        for key in keys(old, new) {
            let (old, new) = (value(old, &key), value(new, &key));
            let found = match key.as_slice() {
                b"K" => kids(comparison, Holder::same(number), old, new),
                _ => comparison.same(old, new).then_some(None),
            };
            match found {
                Some(found) => need = need.max(found),
                None => wrong = Some(key),
            }
        }
        comparison.explain_keys(number, ELEMENT_KEYS_TO);
        if let Some(key) = wrong {
            let path = format!("StructElem {number}{}", name_text(&key));
            let (old, new) = (value(old, &key), value(new, &key));
            let change = Change::of_value("structure_changed", &path, old, new);
            comparison.push(change.of_object(number));
        } else if let Some(need) = need {
            comparison.push(extended(need, number));
        }
    }
}

fn extended(need: Need, object: u32) -> Change {
    Change::lawful(
        need,
        Severity::Note,
        "structure_extended",
        "Strukturträdet följer med de fält och anteckningar som ändrades.",
        "The structure tree goes with the fields and annotations that changed.",
    )
    .of_object(object)
}

/// Compares an element's kids; what the change needs, and the outer `None` where none would do.
#[expect(
    clippy::option_option,
    reason = "refused, without change, or changed with a need"
)]
fn kids<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    holder: Holder,
    old: &Object<'h>,
    new: &Object<'h>,
) -> Option<Option<Need>> {
    if comparison.same(old, new) && old.reference() == new.reference() {
        let is_array_touched = old
            .reference()
            .is_some_and(|reference| comparison.touched.contains_key(&reference.number));
        if !is_array_touched {
            return Some(None);
        }
    }
    let (old, new) = (
        list(comparison, comparison.before, holder.old, old)?,
        list(comparison, comparison.after, holder.new, new)?,
    );
    let mut need = None;
    let (mut olds, mut news) = (old.iter().peekable(), new.iter().peekable());
    loop {
        match (olds.peek().copied(), news.peek().copied()) {
            (None, None) => return Some(need),
            (Some(one), Some(next)) if comparison.same(one, next) => {
                olds.next();
                news.next();
            }
            (old, new) => {
                let found = new.and_then(|new| added(comparison, new, 0));
                if let Some(found) = found {
                    need = need.max(Some(found));
                    news.next();
                } else if old.is_some_and(|old| is_object_reference(comparison.before, old)) {
                    need = need.max(Some(Need::Annotating));
                    olds.next();
                } else {
                    return None;
                }
            }
        }
    }
}

/// Reads what may be one kid or a list of them.
fn list<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    view: View<'h, '_>,
    holder: u32,
    object: &Object<'h>,
) -> Option<Vec<Object<'h>>> {
    if let Some(reference) = object.reference()
        && let Ok(Object::Array(items)) = view.object(reference)
    {
        comparison.explain_use(reference.number, holder, b"K");
        return Some(items);
    }
    match object {
        Object::Array(items) => Some(items.clone()),
        Object::Null => Some(Vec::new()),
        one => Some(vec![one.clone()]),
    }
}

/// Tells whether a kid stands for an annotation.
fn is_object_reference(view: View<'_, '_>, kid: &Object<'_>) -> bool {
    let kid = view.resolve(kid);
    kid.is_ok_and(|kid| dict(kid.as_ref()).is_some_and(|kid| kid.is("Type", "OBJR")))
}

/// Returns what a new kid needs: it stands for annotations, itself or through its own kids.
fn added(comparison: &Comparison<'_, '_, '_>, kid: &Object<'_>, depth: usize) -> Option<Need> {
    if depth > MAX_DEPTH {
        return None;
    }
    let view = comparison.after;
    let resolved = view.resolve(kid).ok()?;
    let kid_dict = dict(resolved.as_ref())?;
    if kid_dict.is("Type", "OBJR") {
        let target = kid_dict.value("Obj").and_then(Object::reference)?;
        let is_known = |(key, _): (&crate::pdf::Name<'_>, &Object<'_>)| {
            matches!(key.as_ref(), b"Type" | b"Obj" | b"Pg")
        };
        if !kid_dict.iter().all(is_known) {
            return None;
        }
        let is_field = comparison.new_widgets.contains(&target.number)
            || comparison.fields.contains_key(&target.number);
        return Some(if is_field {
            Need::Nothing
        } else {
            Need::Annotating
        });
    }
    let is_new = kid
        .reference()
        .is_none_or(|kid| comparison.is_new(kid.number));
    let is_known = kid_dict
        .iter()
        .all(|(key, _)| ELEMENT_KEYS.contains(&key.as_ref()));
    if !is_new || !is_known {
        return None;
    }
    let kids = view.value(kid_dict, "K").ok()??;
    let kids = match kids.as_ref() {
        Object::Array(kids) => kids.clone(),
        one => vec![one.clone()],
    };
    let mut need = Need::Nothing;
    for kid in kids.iter().take(MAX_KIDS.saturating_add(1)) {
        need = need.max(added(comparison, kid, depth.saturating_add(1))?);
    }
    (kids.len() <= MAX_KIDS).then_some(need)
}

/// Compares the parent tree (ISO 32000-2 §14.7.5.4).
#[expect(
    clippy::option_option,
    reason = "refused, without change, or changed with a need"
)]
fn parent_tree<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    holder: Holder,
    old: &Object<'h>,
    new: &Object<'h>,
) -> Option<Option<Need>> {
    let mut olds = BTreeMap::new();
    let mut news = BTreeMap::new();
    let (before, after) = (comparison.before, comparison.after);
    flatten(
        comparison,
        before,
        holder.old,
        b"ParentTree",
        old,
        &mut olds,
        0,
    )?;
    flatten(
        comparison,
        after,
        holder.new,
        b"ParentTree",
        new,
        &mut news,
        0,
    )?;
    let mut need = None;
    for (key, old) in &olds {
        match news.get(key) {
            Some(new) if comparison.same(old, new) => {}
            Some(_) => return None,
            None => need = need.max(Some(Need::Annotating)),
        }
    }
    for (_, new) in news.iter().filter(|(key, _)| !olds.contains_key(key)) {
        let is_element =
            |object: &Object<'_>| matches!(object, Object::Reference(_) | Object::Null);
        let is_right = match comparison.after.resolve(new).ok()?.as_ref() {
            Object::Array(items) => items.iter().all(is_element),
            Object::Dict(dict) => dict.value("S").is_some(),
            _ => false,
        };
        if !is_right {
            return None;
        }
        need = need.max(Some(Need::Nothing));
    }
    Some(need)
}

/// Reads a number tree (ISO 32000-2 §7.9.7) into one map.
fn flatten<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    view: View<'h, '_>,
    holder: u32,
    key: &[u8],
    node: &Object<'h>,
    found: &mut BTreeMap<i64, Object<'h>>,
    depth: usize,
) -> Option<()> {
    if depth > MAX_DEPTH || found.len() > MAX_ENTRIES {
        return None;
    }
    let (node, holder) = open(comparison, view, holder, key, node)?;
    let node = match node {
        Object::Null => return Some(()),
        Object::Dict(node) => node,
        _ => return None,
    };
    let (entries, _) = open(comparison, view, holder, b"Nums", value(&node, b"Nums"))?;
    if let Object::Array(entries) = entries {
        let (pairs, rest) = entries.as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        for [number, value] in pairs {
            let Object::Integer(number) = number else {
                return None;
            };
            if found.insert(*number, value.clone()).is_some() {
                return None;
            }
        }
    }
    let (kids, kids_holder) = open(comparison, view, holder, b"Kids", value(&node, b"Kids"))?;
    let key: &[u8] = if kids_holder == holder { b"Kids" } else { b"" };
    if let Object::Array(kids) = kids {
        for kid in &kids {
            let depth = depth.saturating_add(1);
            flatten(comparison, view, kids_holder, key, kid, found, depth)?;
        }
    }
    Some(())
}

fn open<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    view: View<'h, '_>,
    holder: u32,
    key: &[u8],
    object: &Object<'h>,
) -> Option<(Object<'h>, u32)> {
    let Some(reference) = object.reference() else {
        return Some((object.clone(), holder));
    };
    comparison.explain_use(reference.number, holder, key);
    Some((view.object(reference).ok()?, reference.number))
}

/// Keys that lead to an element and mean it.
const ELEMENT_KEYS_TO: &[&str] = &["K", "P", "Nums", "StructTreeRoot", ""];

/// What a new element may say (ISO 32000-2 Table 355): nothing that is read in the page's stead.
const ELEMENT_KEYS: &[&[u8]] = &[b"Type", b"S", b"P", b"Pg", b"K", b"ID", b"Lang", b"T"];

const MAX_DEPTH: usize = 16;
const MAX_KIDS: usize = 1_000;
const MAX_ENTRIES: usize = 200_000;
