//! The structure tree's side of a signature field: `Link` becomes `Form`.
//!
//! ISO 14289-1 §7.18.4 wants each widget inside a `Form` element, and ISO 32000-1 §14.8.4.5 (Table
//! 340) wants an interactive `Form` element to have one child only: the object reference to its
//! widget. Where the placeholder shows words, the link element therefore stays as the parent of
//! those words, as a `Span` or `P`, and gets a new `Form` element in the place of the object
//! reference.

use std::collections::BTreeSet;

use super::Error;
use super::object::{Dict, Object, Reference};
use super::write::Rewrite;

/// The parent tree of a document, by key.
pub(super) struct ParentTree<'a> {
    root: Reference,
    entries: Vec<Parent<'a>>,
}

struct Parent<'a> {
    key: i64,
    value: Object<'a>,
    /// The tree node that holds the entry; none for the node inside the structure tree root.
    holder: Option<Reference>,
}

impl<'a> ParentTree<'a> {
    /// Reads the parent tree (ISO 32000-2 §14.7.5.4).
    pub(super) fn read(rewrite: &Rewrite<'_, 'a>, catalog: &Dict<'a>) -> Result<Self, Error> {
        let document = rewrite.document;
        let root = catalog.value("StructTreeRoot").and_then(Object::reference);
        let root = root.ok_or(Error::Unexpected("no structure tree of its own"))?;
        let tree = document.dict_at(root)?;
        let mut entries = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![tree.value("ParentTree").cloned().unwrap_or(Object::Null)];
        while let Some(node) = open.pop() {
            let holder = node.reference();
            if holder.is_some_and(|holder| !seen.insert(holder.number)) {
                return Err(Error::Loop {
                    object: root.number,
                });
            }
            let object = holder.unwrap_or(root).number;
            let Object::Dict(node) = document.resolve(&node)?.into_owned() else {
                let expected = "a dictionary";
                return Err(Error::Malformed {
                    object,
                    what: "/ParentTree",
                    expected,
                });
            };
            let kids = document.array(object, &node, "Kids")?;
            if kids.iter().any(|kid| kid.reference().is_none()) {
                let expected = "an array of references";
                return Err(Error::Malformed {
                    object,
                    what: "/Kids",
                    expected,
                });
            }
            open.extend(kids);
            let numbers = document.array(object, &node, "Nums")?;
            for pair in numbers.chunks_exact(2) {
                if let [Object::Integer(key), value] = pair {
                    entries.push(Parent {
                        key: *key,
                        value: value.clone(),
                        holder,
                    });
                }
            }
        }
        entries.sort_by_key(|entry| entry.key);
        Ok(Self { root, entries })
    }

    fn entry(&self, key: i64) -> Option<&Parent<'a>> {
        let at = self
            .entries
            .binary_search_by_key(&key, |entry| entry.key)
            .ok()?;
        self.entries.get(at)
    }
}

/// Makes the element that holds a placeholder's annotation a `Form`.
///
/// `untagged` is the error for a placeholder whose element is no link with this annotation.
pub(super) fn tag_as_form<'a>(
    rewrite: &mut Rewrite<'_, 'a>,
    tree: &ParentTree<'a>,
    annotation: Reference,
    struct_parent: i64,
    untagged: &Error,
) -> Result<(), Error> {
    let parent = tree.entry(struct_parent).ok_or_else(|| untagged.clone())?;
    let link = parent.value.reference().ok_or_else(|| untagged.clone())?;
    let mut element = rewrite.dict(link)?;
    if !element.is("S", "Link") {
        return Err(untagged.clone());
    }
    let mut kids = match rewrite
        .document
        .value(&element, "K")?
        .map(std::borrow::Cow::into_owned)
    {
        Some(Object::Array(kids)) => kids,
        Some(kid) => vec![kid],
        None => Vec::new(),
    };
    let is_ours = |kid: &Object<'a>| {
        matches!(kid, Object::Dict(dict) if is_object_reference(kid)
            && dict.value("Obj").and_then(Object::reference) == Some(annotation))
    };
    let place = kids
        .iter()
        .position(is_ours)
        .ok_or_else(|| untagged.clone())?;
    // What a link says of itself would hide the field's own name from a reader.
    for key in ["Alt", "ActualText", "E"] {
        element.remove(key);
    }
    // Another annotation in the same link would be left without a link of its own.
    if kids
        .iter()
        .enumerate()
        .any(|(at, kid)| at != place && is_object_reference(kid))
    {
        return Err(untagged.clone());
    }
    // The child stands alone, not in an array: pyHanko tells a field's place in the tree only so.
    let objr = kids.remove(place);
    if kids.is_empty() {
        element.set("S", Object::name("Form"));
        element.set("K", objr);
        rewrite.change(link, Object::Dict(element));
        return Ok(());
    }

    kids.insert(place, Object::Reference(rewrite.next()?));
    let is_block = is_grouping(rewrite, &element)?;
    element.set("S", Object::name(if is_block { "P" } else { "Span" }));
    element.set("K", Object::Array(kids));
    rewrite.change(link, Object::Dict(element));
    let form: Dict<'_> = [
        ("Type", Object::name("StructElem")),
        ("S", Object::name("Form")),
        ("P", Object::Reference(link)),
        ("K", objr),
    ]
    .into_iter()
    .collect();
    let form = rewrite.add(&Object::Dict(form))?;
    set_parent(rewrite, tree.root, parent, form)
}

fn is_object_reference(kid: &Object<'_>) -> bool {
    matches!(kid, Object::Dict(dict) if dict.is("Type", "OBJR"))
}

/// Tells whether an element stands right under a grouping element, where no bare text may stand.
fn is_grouping(rewrite: &Rewrite<'_, '_>, element: &Dict<'_>) -> Result<bool, Error> {
    let Some(parent) = element.value("P").and_then(Object::reference) else {
        return Ok(false);
    };
    let parent = rewrite.dict(parent)?;
    Ok(GROUPING.iter().any(|name| parent.is("S", name)) || parent.is("Type", "StructTreeRoot"))
}

/// Points an entry of the parent tree at another element.
fn set_parent<'a>(
    rewrite: &mut Rewrite<'_, 'a>,
    root: Reference,
    parent: &Parent<'a>,
    element: Reference,
) -> Result<(), Error> {
    let holder = parent.holder.unwrap_or(root);
    let object = holder.number;
    let wrong = Error::Malformed {
        object,
        what: "/Nums",
        expected: "a direct array",
    };
    let mut outer = rewrite.dict(holder)?;
    let mut node = match parent.holder {
        Some(_) => outer.clone(),
        None => match outer.value("ParentTree") {
            Some(Object::Dict(node)) => node.clone(),
            _ => return Err(wrong),
        },
    };
    let Some(Object::Array(mut numbers)) = node.remove("Nums") else {
        return Err(wrong);
    };
    for pair in numbers.chunks_exact_mut(2) {
        if let [Object::Integer(key), value] = pair
            && *key == parent.key
        {
            *value = Object::Reference(element);
        }
    }
    node.set("Nums", Object::Array(numbers));
    match parent.holder {
        Some(_) => outer = node,
        None => outer.set("ParentTree", Object::Dict(node)),
    }
    rewrite.change(holder, Object::Dict(outer));
    Ok(())
}

/// Grouping elements (ISO 32000-1 Table 333), where content stands in blocks.
const GROUPING: [&str; 7] = [
    "Art",
    "BlockQuote",
    "Div",
    "Document",
    "NonStruct",
    "Part",
    "Sect",
];
