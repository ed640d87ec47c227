//! What may change of the trailer and the catalog.

use super::change::{Change, Need, name_text};
use super::comparison::{Comparison, Holder, dict};
use super::equality::{keys, value};
use super::graph::TRAILER;
use super::{evidence_store, form, metadata};
use crate::pdf::{Dict, Object};
use crate::validation::finding::Severity;

/// Judges the trailer and all that hangs on it but pages and fields.
pub(super) fn judge(comparison: &mut Comparison<'_, '_, '_>) {
    let old = comparison.before.trailer().clone();
    let new = comparison.after.trailer().clone();
    for key in keys(&old, &new) {
        trailer_key(comparison, &key, &old, &new);
    }
    let old_root = value(&old, b"Root").reference();
    let new_root = value(&new, b"Root").reference();
    let (Some(root), true) = (old_root, old_root == new_root) else {
        comparison.push(Change::of_value(
            "catalog_swapped",
            "trailer/Root",
            value(&old, b"Root"),
            value(&new, b"Root"),
        ));
        return;
    };
    let (old, new) = (
        comparison.before.object(root),
        comparison.after.object(root),
    );
    let (Ok(Object::Dict(old)), Ok(Object::Dict(new))) = (old, new) else {
        comparison.push(
            Change::fault(
                "catalog_unreadable",
                "Dokumentets katalog kan inte läsas.",
                "The document's catalog cannot be read.",
            )
            .of_object(root.number),
        );
        return;
    };
    comparison.explain_anywhere(root.number);
    for key in keys(&old, &new) {
        catalog_key(comparison, root.number, &key, &old, &new);
    }
}

fn trailer_key<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    key: &[u8],
    old_trailer: &Dict<'h>,
    new_trailer: &Dict<'h>,
) {
    let (old, new) = (value(old_trailer, key), value(new_trailer, key));
    match key {
        // ISO 32000-2 Tables 15, 17 and 19: how this very section is written.
        b"Size" | b"Prev" | b"XRefStm" | b"Type" | b"W" | b"Index" | b"Filter" | b"DecodeParms"
        | b"Length" | b"DL" | b"Root" => {}
        b"Info" => metadata::information(comparison, Holder::same(TRAILER), old, new),
        b"ID" => {
            let first = |object: &Object<'h>| match object {
                Object::Array(halves) => halves.first().cloned(),
                _ => None,
            };
            if first(old) != first(new) && first(old).is_some() {
                comparison.push(Change::lawful(
                    Need::Nothing,
                    Severity::Warning,
                    "identifier_changed",
                    "Filens identitet (första halvan av /ID) byttes ut.",
                    "The file's identifier (the first half of /ID) was replaced.",
                ));
            }
        }
        _ => {
            if comparison.same(old, new) {
                return;
            }
            let path = format!("trailer{}", name_text(key));
            // A key that no reader knows may get lost, never come.
            if matches!(new, Object::Null) && key != b"Encrypt" {
                comparison.push(Change::lawful(
                    Need::Nothing,
                    Severity::Note,
                    "trailer_key_lost",
                    format!("{path} följde inte med i den nya revisionen."),
                    format!("{path} was not carried into the new revision."),
                ));
            } else {
                comparison.push(Change::of_value("trailer_changed", &path, old, new));
            }
        }
    }
}

fn catalog_key<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    root: u32,
    key: &[u8],
    old_catalog: &Dict<'h>,
    new_catalog: &Dict<'h>,
) {
    let holder = Holder::same(root);
    let (old, new) = (value(old_catalog, key), value(new_catalog, key));
    match key {
        b"AcroForm" => form::judge(comparison, holder, old, new),
        b"DSS" => evidence_store::judge(comparison, holder, old, new),
        b"Extensions" => extensions(comparison, holder, old, new),
        b"Metadata" => metadata::packet(comparison, holder, old, new),
        b"Perms" => permissions(comparison, holder, old, new),
        b"StructTreeRoot" => {}
        b"Version" => version(comparison, root, old, new),
        _ => {
            if !comparison.same(old, new) {
                let path = format!("catalog{}", name_text(key));
                let change = Change::of_value("catalog_changed", &path, old, new);
                comparison.push(change.of_object(root));
            }
        }
    }
}

/// A later version of PDF may be named (ISO 32000-2 §7.2.3); earlier ones may not.
fn version(comparison: &mut Comparison<'_, '_, '_>, root: u32, old: &Object<'_>, new: &Object<'_>) {
    if comparison.same(old, new) {
        return;
    }
    let is_known = |name: &[u8]| matches!(name, [b'1', b'.', b'0'..=b'7'] | b"2.0");
    let is_lawful = match (old, new) {
        (Object::Null, Object::Name(new)) => is_known(new),
        (Object::Name(old), Object::Name(new)) => is_known(new) && old.as_ref() <= new.as_ref(),
        _ => false,
    };
    if !is_lawful {
        let change = Change::of_value("catalog_changed", "catalog/Version", old, new);
        comparison.push(change.of_object(root));
        return;
    }
    let change = Change::lawful(
        Need::Nothing,
        Severity::Note,
        "version_raised",
        "En senare version av PDF anges.",
        "A later version of PDF is named.",
    );
    comparison.push(change.of_object(root));
}

/// Extensions of PDF may be declared (ISO 32000-2 §7.12); nothing else may stand there.
fn extensions<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    holder: Holder,
    old: &Object<'h>,
    new: &Object<'h>,
) {
    let Some(pair) = comparison.follow(holder, b"Extensions", old, new) else {
        unreadable(comparison, holder, "catalog/Extensions");
        return;
    };
    if comparison.same(&pair.old, &pair.new) {
        return;
    }
    if dict(&pair.new).is_none_or(|new| !new.iter().all(|(_, entry)| is_extension(entry, 0))) {
        let change = Change::of_value("catalog_changed", "catalog/Extensions", old, new);
        comparison.push(change.of_object(pair.holder.new));
        return;
    }
    comparison.push(
        Change::lawful(
            Need::Nothing,
            Severity::Note,
            "extensions_declared",
            "Tillägg till PDF anges i katalogen.",
            "Extensions of PDF are declared in the catalog.",
        )
        .of_object(pair.holder.new),
    );
}

/// Tells whether a value holds nothing but what declares an extension (ISO 32000-2 Table 49).
fn is_extension(object: &Object<'_>, depth: usize) -> bool {
    let deeper = depth.saturating_add(1);
    match object {
        Object::Array(items) => depth < 2 && items.iter().all(|item| is_extension(item, deeper)),
        Object::Dict(dict) => {
            let is_known = |name: &[u8]| EXTENSION_KEYS.contains(&name);
            let mut entries = dict.iter();
            depth < 2 && entries.all(|(name, value)| is_known(name) && is_extension(value, deeper))
        }
        Object::Integer(_) | Object::Name(_) | Object::Null | Object::String(_) => true,
        Object::Bool(_) | Object::Real(_) | Object::Reference(_) | Object::Stream(_) => false,
    }
}

/// The permissions may name a certification, which is the document's first signature
/// (ISO 32000-2 §12.8.6, §12.8.2.2.1).
fn permissions<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    holder: Holder,
    old: &Object<'h>,
    new: &Object<'h>,
) {
    let Some(pair) = comparison.follow(holder, b"Perms", old, new) else {
        unreadable(comparison, holder, "catalog/Perms");
        return;
    };
    if comparison.same(&pair.old, &pair.new) {
        return;
    }
    let added = match (&pair.old, &pair.new) {
        (Object::Null, Object::Dict(new)) => {
            let mut entries = new.iter();
            let only = entries.next().filter(|_| entries.next().is_none());
            only.filter(|(name, _)| name.as_ref() == b"DocMDP")
                .and_then(|(_, value)| value.reference())
        }
        _ => None,
    };
    let is_lawful = added.is_some_and(|signature| comparison.is_new(signature.number))
        && !comparison.is_after_signature;
    if !is_lawful {
        let change = Change::of_value("permissions_changed", "catalog/Perms", old, new);
        comparison.push(change.of_object(pair.holder.new));
        return;
    }
    comparison.push(
        Change::lawful(
            Need::Filling,
            Severity::Note,
            "certified",
            "Dokumentet certifierades.",
            "The document was certified.",
        )
        .of_object(pair.holder.new),
    );
}

/// Notes that a value cannot be read.
pub(super) fn unreadable(comparison: &mut Comparison<'_, '_, '_>, holder: Holder, path: &str) {
    comparison.push(
        Change::fault(
            "value_unreadable",
            format!("{path} kan inte läsas."),
            format!("{path} cannot be read."),
        )
        .of_object(holder.new),
    );
}

const EXTENSION_KEYS: &[&[u8]] = &[
    b"Type",
    b"BaseVersion",
    b"ExtensionLevel",
    b"ExtensionRevision",
    b"URL",
];
