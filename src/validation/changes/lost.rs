//! Signatures that a file held once and holds no more, or cannot be read.

use std::collections::BTreeSet;

use super::change::Change;
use crate::pdf::{History, SignatureView};
use crate::signature::shown;

/// Looks for signatures in the revisions before `until`, from where on each revision is compared with
/// the one before, and for fields whose value leads nowhere.
pub(super) fn judge(
    history: &History<'_>,
    signatures: &[SignatureView<'_>],
    until: usize,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let newest = history.newest();
    for field in newest.signature_fields().unwrap_or_default() {
        let number = field.reference.map(|reference| reference.number);
        if field.dict.value("V").is_some() && field.value.is_none() {
            let name = shown(&field.name);
            let change = Change::fault(
                "signature_unreadable",
                format!("Fältet {name} hänvisar till en underskrift som inte finns."),
                format!("The field {name} leads to a signature that does not exist."),
            );
            changes.push(match number {
                Some(number) => change.of_object(number),
                None => change,
            });
        }
    }
    let kept: BTreeSet<(&str, Option<u32>)> = signatures
        .iter()
        .map(|signature| {
            let holder = signature.holder.or(signature.field_reference);
            (signature.field.as_str(), holder.map(|holder| holder.number))
        })
        .collect();
    let mut told = BTreeSet::new();
    let earlier = newest.revision().min(until).min(MAX_REVISIONS);
    for revision in 0..earlier {
        // What cannot be read there was never anybody's signature.
        for signature in history.at(revision).signatures().unwrap_or_default() {
            let holder = signature.holder.or(signature.field_reference);
            let number = holder.map(|holder| holder.number);
            if kept.contains(&(signature.field.as_str(), number)) {
                continue;
            }
            if told.insert(signature.field.clone()) {
                let name = shown(&signature.field);
                let number = revision.saturating_add(1);
                changes.push(Change::fault(
                    "signature_lost",
                    format!("Underskriften i {name}, som fanns i revision {number}, är borta."),
                    format!(
                        "The signature in {name}, which was there in revision {number}, is gone."
                    ),
                ));
            }
        }
    }
    changes
}

/// Revisions that are looked through; what is compared later needs no such look.
const MAX_REVISIONS: usize = 200;
