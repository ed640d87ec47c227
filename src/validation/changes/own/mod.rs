//! What may be appended to a copy that this office issued: exactly what its own updates write.
//!
//! One field that was placed beforehand is signed, or evidence is added, or a document time-stamp;
//! everything else in such a revision, down to the byte, is another tool's work or an attack.

mod evidence;
mod section;
mod signing;

use std::collections::{BTreeMap, BTreeSet};

use super::Own;
use super::change::{Change, Need};
use crate::pdf::{History, Object, Reference, SignatureView, View};
use crate::validation::finding::Severity;

/// Returns the revision that the issued base revision is, counted from 0.
pub(super) fn base(history: &History<'_>, own: &Own<'_>) -> Option<usize> {
    let mut revisions = history.revisions().iter();
    revisions.position(|revision| revision.end == own.base_size)
}

/// Says that no revision ends where the issued base does.
pub(super) fn base_missing() -> Change {
    Change::fault(
        "base_revision_missing",
        "Ingen revision i filen slutar där det utfärdade exemplaret slutar.",
        "No revision in the file ends where the issued copy ends.",
    )
}

/// What an office's own updates may do next.
pub(super) struct ClosedWorld<'w, 'h, 'a> {
    history: &'h History<'a>,
    signatures: &'w [SignatureView<'h>],
    own: &'w Own<'w>,
    /// Names of the signature fields, by the object that a field and its widget are.
    fields: BTreeMap<u32, String>,
    /// Fonts of the form's default resources.
    fonts: BTreeSet<Reference>,
    /// Streams of the security store.
    items: BTreeSet<u32>,
    /// Whether a field was signed already.
    is_signed: bool,
}

/// An object that a revision changes, before and after.
struct Changed<'h> {
    reference: Reference,
    old: Object<'h>,
    new: Object<'h>,
}

/// Why a revision is none of ours: in Swedish, in English, and the object.
type Refusal = (String, String, Option<u32>);

impl<'w, 'h, 'a> ClosedWorld<'w, 'h, 'a> {
    /// Reads the fields that the base revision has.
    pub(super) fn new(
        history: &'h History<'a>,
        signatures: &'w [SignatureView<'h>],
        own: &'w Own<'w>,
        base: usize,
    ) -> Self {
        let view = history.at(base);
        let fields = view.signature_fields().unwrap_or_default();
        let fields = fields.into_iter().filter_map(|field| {
            let reference = field.reference?;
            (field.widgets == [reference]).then_some((reference.number, field.name))
        });
        Self {
            history,
            signatures,
            own,
            fields: fields.collect(),
            fonts: fonts(view).unwrap_or_default(),
            items: BTreeSet::new(),
            is_signed: false,
        }
    }

    /// Judges a revision; the error tells why it is none of ours.
    pub(super) fn judge(&mut self, number: usize) -> Result<Vec<Change>, Change> {
        let revision = number.saturating_add(1);
        match self.update(number) {
            Ok(changes) => {
                let changes = changes.into_iter();
                Ok(changes.map(|change| change.in_revision(revision)).collect())
            }
            Err((swedish, english, object)) => {
                let change = Change::lawful(
                    Need::Nothing,
                    Severity::Warning,
                    "other_tool",
                    format!(
                        "Revision {revision} är inte skriven av detta kontors program: {swedish}."
                    ),
                    format!(
                        "Revision {revision} was not written by this office's program: {english}."
                    ),
                );
                let change = change.in_revision(revision);
                Err(match object {
                    Some(object) => change.of_object(object),
                    None => change,
                })
            }
        }
    }

    fn update(&mut self, number: usize) -> Result<Vec<Change>, Refusal> {
        self.form(number)?;
        let before = self.history.at(number.saturating_sub(1));
        let after = self.history.at(number);
        let mut changed = Vec::new();
        let mut new = BTreeMap::new();
        let placed = self.history.revisions().get(number);
        for (reference, _) in placed.into_iter().flat_map(|revision| revision.placed()) {
            let object = after.object(reference);
            let object =
                object.map_err(|_| refused("kan inte läsas", "cannot be read", reference))?;
            match before.place(reference.number) {
                None => {
                    new.insert(reference.number, object);
                }
                Some((_, old, _)) => changed.push(Changed {
                    reference,
                    old: before.object(old).unwrap_or(Object::Null),
                    new: object,
                }),
            }
        }
        let (root, _) = before
            .catalog()
            .map_err(|_| refusal("katalogen saknas", "the catalog is missing"))?;
        let is_field = |changed: &&Changed<'h>| self.fields.contains_key(&changed.reference.number);
        if let Some(widget) = changed.iter().find(is_field) {
            return self.signature(root, widget, &changed, &new);
        }
        let form = reference_at(before, root, "AcroForm");
        if let [one] = changed.as_slice()
            && Some(one.reference) == form
        {
            return evidence::time_stamp(one, &new, self.signatures);
        }
        self.evidence(root, before, after, &changed, &new)
    }
}

/// Refuses new objects that the update has no use for.
fn all_used(new: &BTreeMap<u32, Object<'_>>, used: &BTreeSet<u32>) -> Result<(), Refusal> {
    let other = new.keys().find(|number| !used.contains(number));
    other.map_or(Ok(()), |number| {
        Err((
            format!("objekt {number} hör inte till den"),
            format!("object {number} is no part of it"),
            Some(*number),
        ))
    })
}

/// Returns where a key of the catalog leads.
fn reference_at(view: View<'_, '_>, root: Reference, key: &str) -> Option<Reference> {
    match view.object(root) {
        Ok(Object::Dict(catalog)) => catalog.value(key).and_then(Object::reference),
        _ => None,
    }
}

/// Returns the fonts of the form's default resources.
fn fonts(view: View<'_, '_>) -> Option<BTreeSet<Reference>> {
    let (_, catalog) = view.catalog().ok()?;
    let form = view.value(&catalog, "AcroForm").ok()??.into_owned();
    let Object::Dict(form) = form else {
        return None;
    };
    let resources = view.value(&form, "DR").ok()??.into_owned();
    let Object::Dict(resources) = resources else {
        return None;
    };
    match view.value(&resources, "Font").ok()??.as_ref() {
        Object::Dict(fonts) => Some(
            fonts
                .iter()
                .filter_map(|(_, font)| font.reference())
                .collect(),
        ),
        _ => None,
    }
}

fn refusal(swedish: &str, english: &str) -> Refusal {
    (swedish.to_owned(), english.to_owned(), None)
}

fn refused(swedish: &str, english: &str, object: Reference) -> Refusal {
    let number = object.number;
    (
        format!("objekt {number} {swedish}"),
        format!("object {number} {english}"),
        Some(number),
    )
}
