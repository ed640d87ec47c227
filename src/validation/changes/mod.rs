//! What stands between each signature and the end of the file, and whether it may stand there
//! (ISO 32000-2 §12.8.2.2).
//!
//! A revision is compared with the one before it, object by object, once for all signatures before it.
//! Every object that it places is explained by a rule with a name, says the same as before, or is a
//! fault; so is every byte that belongs to no object. For a copy that this office issued the rules are
//! those of its own updates; another tool's revision meets the wider rules for files from elsewhere.

mod bytes;
mod change;
mod comparison;
mod document;
mod equality;
mod evidence_store;
mod field;
mod fields;
mod form;
mod graph;
mod lost;
mod metadata;
mod own;
mod pages;
mod permission;
mod structure;

use std::collections::BTreeSet;
use std::ops::Range;

use change::{Change, Need};
use comparison::Comparison;
use graph::Graph;
use own::ClosedWorld;
use permission::Permission;

use super::coverage::{self, Coverage};
use super::finding::{Finding, Severity};
use crate::pdf::{History, Place, Reference, SignatureKind, SignatureView};

/// What stands between each signature and the end of the file.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    /// Findings about the file; each names the revision, and the object where it is about one.
    pub(crate) findings: Vec<Finding>,
    /// In the order of the signatures that were given.
    pub(crate) signatures: Vec<SignatureChanges>,
}

/// What stands between one signature and the end of the file.
#[derive(Clone, Debug)]
pub(crate) struct SignatureChanges {
    /// Whether byte range and value have their form.
    pub(crate) form: FormAnswer,
    /// Whether something followed that may not.
    pub(crate) is_modified: bool,
    /// The two signed ranges of the file.
    pub(crate) covered: Option<[Range<usize>; 2]>,
    /// The revision that the signature ends, counted from 0.
    pub(crate) ends_revision: Option<usize>,
    /// Findings about this signature.
    pub(crate) findings: Vec<Finding>,
}

/// Whether byte range and value of a signature have their form.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FormAnswer {
    /// They do not: it is unknown what was signed.
    Broken,
    /// The signature covers its whole revision but its own value.
    Ok,
}

/// A copy that this office issued.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own<'a> {
    /// The file's first bytes that are the issued base revision, already compared.
    pub(crate) base_size: usize,
    /// Names of the fields of seats.
    pub(crate) seats: &'a [String],
    /// Name of the field of the seal.
    pub(crate) seal_field: &'a str,
}

/// Judges what follows each signature, and for a copy of this office what follows its base revision.
pub(crate) fn judge(
    history: &History<'_>,
    signatures: &[SignatureView<'_>],
    own: Option<&Own<'_>>,
) -> Changes {
    let coverages = coverage::coverages(history, signatures);
    let ends: Vec<usize> = coverages
        .iter()
        .filter_map(|coverage| coverage.ends_revision)
        .collect();
    let base = own.and_then(|own| own::base(history, own));
    let first = ends.iter().copied().chain(base).min();

    let mut changes: Vec<Placed> = Vec::new();
    if let Some(first) = first {
        for change in bytes::judge(history, first, own.is_some()) {
            changes.push(Placed::everywhere(change));
        }
        let followed = follow(history, signatures, &coverages, own, first);
        changes.extend(followed);
    }
    if own.is_some() && !history.data().ends_with(b"\n") && !history.data().ends_with(b"\r") {
        changes.push(Placed::everywhere(cut_off()));
    }
    if own.is_some() && base.is_none() {
        changes.push(Placed::everywhere(own::base_missing()));
    }
    let until = first.unwrap_or(usize::MAX);
    let lost = lost::judge(history, signatures, until).into_iter();
    changes.extend(lost.map(Placed::everywhere));
    let permissions = permissions(history, signatures, &coverages);
    fold(signatures, coverages, &permissions, changes, own.is_some())
}

/// A change with the revision from which on signatures are concerned.
struct Placed {
    change: Change,
    /// The revision that it is in, counted from 0; 0 concerns nobody, `None` everybody.
    revision: Option<usize>,
}

impl Placed {
    fn everywhere(change: Change) -> Self {
        Self {
            change,
            revision: None,
        }
    }
}

/// Compares each revision after `first` with the one before.
fn follow(
    history: &History<'_>,
    signatures: &[SignatureView<'_>],
    coverages: &[Coverage],
    own: Option<&Own<'_>>,
    first: usize,
) -> Vec<Placed> {
    let revisions = history.revisions();
    let last = revisions.len().saturating_sub(1);
    let mut found = Vec::new();
    if last.saturating_sub(first) > MAX_REVISIONS {
        found.push(Placed::everywhere(Change::fault(
            "too_many_revisions",
            format!("Filen har fler än {MAX_REVISIONS} revisioner efter den första underskriften."),
            format!("The file has more than {MAX_REVISIONS} revisions after the first signature."),
        )));
        return found;
    }
    let first_signed = coverages
        .iter()
        .filter_map(|coverage| coverage.ends_revision);
    let first_signed = first_signed.min();
    let mut containers = Containers::default();
    containers.add(history, 0..=first);
    let mut graph: Option<Graph> = None;
    let mut closed = own.map(|own| ClosedWorld::new(history, signatures, own, first));
    for number in first.saturating_add(1)..=last {
        let mut place = |change: Change| {
            let revision = Some(number);
            found.push(Placed { change, revision });
        };
        let before = history.at(number.saturating_sub(1));
        let after = history.at(number);
        if after.is_encrypted() || before.is_encrypted() {
            place(encrypted().in_revision(number.saturating_add(1)));
            continue;
        }
        if graph.is_none()
            && let Some(closed) = &mut closed
        {
            match closed.judge(number) {
                Ok(changes) => {
                    changes.into_iter().for_each(&mut place);
                    containers.add(history, number..=number);
                    continue;
                }
                Err(reason) => place(reason),
            }
        }
        let graph = graph.get_or_insert_with(|| Graph::read(before));
        let placed: Vec<Reference> = revisions
            .get(number)
            .map(|revision| revision.placed().map(|(reference, _)| reference).collect())
            .unwrap_or_default();
        let is_after_signature = first_signed.is_some_and(|first| first < number);
        let mut comparison = Comparison::new(before, after, &placed, graph, is_after_signature);
        containers.judge(&mut comparison);
        // Fields first: pages and structure tree ask which widgets came lawfully.
        document::judge(&mut comparison);
        field::judge(&mut comparison);
        pages::judge(&mut comparison);
        structure::judge(&mut comparison);
        comparison.finish().into_iter().for_each(&mut place);
        containers.add(history, number..=number);
    }
    found
}

/// What is appended to a copy of ours ends with an end of line, so one that does not was cut.
fn cut_off() -> Change {
    Change::fault(
        "end_of_line_missing",
        "Filen slutar utan radslut: den är avkortad.",
        "The file ends without an end of line: it was cut.",
    )
}

fn encrypted() -> Change {
    Change::fault(
        "encrypted",
        "Filen är krypterad, så det går inte att säga vad som ändrades efter underskriften.",
        "The file is encrypted, so what changed after the signature cannot be told.",
    )
}

/// Streams that older revisions have packed objects in: written anew, they would change those objects
/// without placing them.
#[derive(Default)]
struct Containers(BTreeSet<u32>);

impl Containers {
    fn add(&mut self, history: &History<'_>, revisions: std::ops::RangeInclusive<usize>) {
        for revision in revisions {
            let Some(revision) = history.revisions().get(revision) else {
                return;
            };
            for (_, place) in revision.placed() {
                if let Place::Packed { stream, .. } = place {
                    self.0.insert(stream);
                }
            }
        }
    }

    fn judge(&self, comparison: &mut Comparison<'_, '_, '_>) {
        for (number, _, _) in comparison.changed() {
            if self.0.contains(&number) {
                comparison.push(
                    Change::fault(
                        "object_stream_replaced",
                        format!("Objektströmmen {number}, som äldre objekt är packade i, byttes ut."),
                        format!("The object stream {number}, in which older objects are packed, was replaced."),
                    )
                    .of_object(number),
                );
            }
        }
    }
}

/// Reads what each signature allows, the certification that stands before it included.
fn permissions(
    history: &History<'_>,
    signatures: &[SignatureView<'_>],
    coverages: &[Coverage],
) -> Vec<Option<Permission>> {
    let read = |(signature, coverage): (&SignatureView<'_>, &Coverage), earlier| {
        let revision = coverage.ends_revision?;
        Some(Permission::read(history.at(revision), signature, earlier))
    };
    let certification = signatures
        .iter()
        .zip(coverages)
        .filter(|(signature, _)| signature.kind == SignatureKind::Certification)
        .filter_map(|pair| Some((pair.1.ends_revision?, read(pair, None)?.certified_level()?)))
        .min();
    signatures
        .iter()
        .zip(coverages)
        .map(|pair| {
            let earlier = certification
                .filter(|(revision, _)| Some(*revision) <= pair.1.ends_revision)
                .map(|(_, level)| level);
            read(pair, earlier)
        })
        .collect()
}

/// Tells each signature what followed it.
fn fold(
    signatures: &[SignatureView<'_>],
    coverages: Vec<Coverage>,
    permissions: &[Option<Permission>],
    mut changes: Vec<Placed>,
    is_own: bool,
) -> Changes {
    let mut answers: Vec<SignatureChanges> = Vec::with_capacity(coverages.len());
    for ((coverage, permission), signature) in
        coverages.into_iter().zip(permissions).zip(signatures)
    {
        let mut first_fault: Option<&Change> = None;
        for placed in &changes {
            let concerns = match (placed.revision, coverage.ends_revision) {
                (None, _) => true,
                (Some(revision), Some(end)) => revision > end || is_own,
                (Some(_), None) => false,
            };
            let is_never = placed.change.need == Need::Never;
            let is_allowed = match (placed.revision, coverage.ends_revision, permission) {
                // What came before a signature was seen by whoever signed.
                (Some(revision), Some(end), _) if revision <= end => !is_never,
                (_, _, Some(permission)) => permission.allows(&placed.change),
                (_, _, None) => !is_never,
            };
            if concerns && !is_allowed {
                first_fault = Some(&placed.change);
                break;
            }
        }
        let mut findings = coverage.findings;
        if let Some(change) = first_fault {
            findings.push(modified(signature, change));
        }
        answers.push(SignatureChanges {
            form: coverage.form,
            is_modified: first_fault.is_some(),
            covered: coverage.covered,
            ends_revision: coverage.ends_revision,
            findings,
        });
    }
    let ends: Vec<(usize, &Permission)> = answers
        .iter()
        .zip(permissions)
        .filter_map(|(answer, permission)| Some((answer.ends_revision?, permission.as_ref()?)))
        .collect();
    for placed in &mut changes {
        let is_refused = ends.iter().any(|(end, permission)| {
            let follows = placed.revision.is_none_or(|revision| revision > *end);
            follows && !permission.allows(&placed.change)
        });
        if is_refused {
            placed.change.finding.severity = Severity::Fault;
        }
    }
    changes.sort_by_key(|placed| std::cmp::Reverse(placed.change.finding.severity));
    let findings = changes.into_iter().take(MAX_FINDINGS);
    let mut findings: Vec<Finding> = findings.map(|placed| placed.change.finding).collect();
    findings.sort_by_key(|finding| finding.revision);
    Changes {
        findings,
        signatures: answers,
    }
}

/// Tells a signature that something unlawful followed it.
fn modified(signature: &SignatureView<'_>, change: &Change) -> Finding {
    let field = crate::signature::shown(&signature.field);
    let place = match change.finding.revision {
        Some(revision) => (
            format!("Revision {revision}"),
            format!("revision {revision}"),
        ),
        None => ("Filen".to_owned(), "the file".to_owned()),
    };
    let mut finding = change.finding.clone();
    finding.severity = Severity::Fault;
    finding.code = "modified_after_signing";
    finding.swedish = format!(
        "{} ändrar något som underskriften i {field} inte tillåter: {}",
        place.0, change.finding.swedish
    );
    finding.english = format!(
        "In {} something was changed that the signature in {field} does not allow: {}",
        place.1, change.finding.english
    );
    finding
}

/// Revisions after the first signature that are compared; a joint copy has some hundred.
const MAX_REVISIONS: usize = 2_000;

/// Findings about one file, the gravest first.
const MAX_FINDINGS: usize = 300;

#[cfg(test)]
#[path = "../tests/changes.rs"]
mod tests;
