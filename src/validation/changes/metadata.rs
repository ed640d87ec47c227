//! What may change of a document's information and its XMP packet: dates and tools, never what the
//! document is.

use std::collections::BTreeSet;

use roxmltree::{Document, ExpandedName, ParsingOptions};

use super::change::{Change, Need};
use super::comparison::{Comparison, Holder, dict};
use super::document::unreadable;
use super::equality::{keys, value};
use crate::pdf::{Object, View};
use crate::validation::finding::Severity;

/// Judges the information dictionary (ISO 32000-2 §14.3.3).
pub(super) fn information<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    holder: Holder,
    old: &Object<'h>,
    new: &Object<'h>,
) {
    let Some(pair) = comparison.follow(holder, b"Info", old, new) else {
        unreadable(comparison, holder, "trailer/Info");
        return;
    };
    if comparison.same(&pair.old, &pair.new) {
        return;
    }
    let empty = crate::pdf::Dict::default();
    let (old, new) = match (&pair.old, &pair.new) {
        (Object::Dict(old), Object::Dict(new)) => (old, new),
        (Object::Null, Object::Dict(new)) => (&empty, new),
        (Object::Dict(_), Object::Null) => {
            comparison.push(rewritten(pair.holder.new));
            return;
        }
        _ => {
            let change = Change::of_value("information_changed", "trailer/Info", old, new);
            comparison.push(change.of_object(pair.holder.new));
            return;
        }
    };
    let mut is_lawful = true;
    for key in keys(old, new) {
        let (old, new) = (value(old, &key), value(new, &key));
        let is_plain = matches!(new, Object::Null | Object::String(_));
        let is_volatile = VOLATILE_INFORMATION.contains(&key.as_slice()) && is_plain;
        // A key may get lost: what it said is in the signed revision.
        if is_volatile || comparison.same(old, new) || matches!(new, Object::Null) {
            continue;
        }
        is_lawful = false;
        let path = format!("trailer/Info{}", super::change::name_text(&key));
        let change = Change::of_value("information_changed", &path, old, new);
        comparison.push(change.of_object(pair.holder.new));
    }
    if is_lawful {
        comparison.push(rewritten(pair.holder.new));
    }
}

/// Judges the XMP packet (ISO 32000-2 §14.3.2).
pub(super) fn packet<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    holder: Holder,
    old: &Object<'h>,
    new: &Object<'h>,
) {
    let Some(pair) = comparison.follow(holder, b"Metadata", old, new) else {
        unreadable(comparison, holder, "catalog/Metadata");
        return;
    };
    if comparison.same(&pair.old, &pair.new) {
        return;
    }
    let (before, after) = (comparison.before, comparison.after);
    let said = |view: View<'_, '_>, object: &Object<'_>| match object {
        Object::Null => Some(BTreeSet::new()),
        Object::Stream(stream) => {
            let bytes = view.decode(stream, MAX_PACKET_BYTES).ok()?;
            statements(std::str::from_utf8(&bytes).ok()?)
        }
        _ => None,
    };
    let is_metadata = match &pair.new {
        Object::Stream(stream) => {
            stream.dict.is("Type", "Metadata") && stream.dict.is("Subtype", "XML")
        }
        Object::Null => true,
        _ => false,
    };
    // What was said may get lost, as a tool may not know it; nothing may be said anew.
    let is_lawful = match (said(before, &pair.old), said(after, &pair.new)) {
        (Some(old), Some(new)) => old.is_empty() || new.is_subset(&old),
        _ => false,
    };
    let is_lawful = is_lawful && is_metadata && dict(&pair.old).is_none();
    if is_lawful {
        comparison.push(rewritten(pair.holder.new));
        return;
    }
    comparison.push(
        Change::fault(
            "metadata_changed",
            "Dokumentets metadata (XMP) säger något annat än i den undertecknade revisionen.",
            "The document's metadata (XMP) say something else than in the signed revision.",
        )
        .of_object(pair.holder.new),
    );
}

fn rewritten(object: u32) -> Change {
    Change::lawful(
        Need::Nothing,
        Severity::Note,
        "metadata_rewritten",
        "Metadata skrevs om: bara datum och uppgifter om program ändrades.",
        "Metadata were rewritten: only dates and what tells of programs changed.",
    )
    .of_object(object)
}

/// Returns what an XMP packet says: each text with the innermost property that it stands in, but for
/// dates and tools.
///
/// How RDF is written does not matter, whether as elements or as attributes, nor how namespaces are
/// abbreviated. `None` for what is no such packet.
fn statements(packet: &str) -> Option<BTreeSet<Statement>> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(packet, options).ok()?;
    let mut found = BTreeSet::new();
    for node in document.descendants() {
        if node.is_text() {
            let mut around = node.ancestors().filter(roxmltree::Node::is_element);
            let property = around.find(|node| is_property(node.tag_name().namespace()));
            add(
                &mut found,
                property.map(|node| node.tag_name()),
                node.text(),
            );
            continue;
        }
        for attribute in node.attributes() {
            let name = (attribute.namespace(), attribute.name());
            if name == (Some(RDF), "resource") {
                add(&mut found, Some(node.tag_name()), Some(attribute.value()));
            } else if is_property(attribute.namespace()) {
                insert(&mut found, name.0, name.1, attribute.value());
            }
        }
    }
    Some(found)
}

/// A property's namespace and name, and a text that it holds.
type Statement = (String, String, String);

/// Tells whether a namespace is of properties, not RDF's or XML's own.
fn is_property(namespace: Option<&str>) -> bool {
    namespace.is_some_and(|namespace| !FRAMES.contains(&namespace))
}

fn add(
    found: &mut BTreeSet<Statement>,
    property: Option<ExpandedName<'_, '_>>,
    text: Option<&str>,
) {
    let text = text.unwrap_or_default().trim();
    if !text.is_empty() {
        let namespace = property.and_then(|name| name.namespace());
        let name = property.map_or("", |name| name.name());
        insert(found, namespace, name, text);
    }
}

fn insert(found: &mut BTreeSet<Statement>, namespace: Option<&str>, name: &str, text: &str) {
    let namespace = namespace.unwrap_or_default();
    let is_volatile = VOLATILE_NAMESPACES.contains(&namespace)
        || VOLATILE_PROPERTIES.contains(&(namespace, name));
    if !is_volatile {
        found.insert((namespace.to_owned(), name.to_owned(), text.to_owned()));
    }
}

/// Keys that say when and by what a file was written.
const VOLATILE_INFORMATION: &[&[u8]] = &[b"ModDate", b"Producer"];

const VOLATILE_PROPERTIES: &[(&str, &str)] = &[
    ("http://ns.adobe.com/pdf/1.3/", "Producer"),
    ("http://ns.adobe.com/xap/1.0/", "MetadataDate"),
    ("http://ns.adobe.com/xap/1.0/", "ModifyDate"),
    ("http://ns.adobe.com/xap/1.0/mm/", "InstanceID"),
];

/// What an editing history is told with.
const VOLATILE_NAMESPACES: &[&str] = &[
    "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    "http://ns.adobe.com/xap/1.0/sType/ResourceRef#",
];

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// What properties are framed in.
const FRAMES: &[&str] = &[
    RDF,
    "adobe:ns:meta/",
    "http://www.w3.org/XML/1998/namespace",
    "http://www.w3.org/2000/xmlns/",
];

const MAX_PACKET_BYTES: usize = 4 << 20;
const MAX_NODES: u32 = 100_000;
