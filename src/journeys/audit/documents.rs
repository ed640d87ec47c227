//! Documents: each is what its name says, and what the entries say of it.

use std::collections::BTreeSet;

use super::{Audited, Finding, Part, published};
use crate::agreement::Sha256;
use crate::journeys::publish::read_bundle;
use crate::journeys::{Error, Office, erase};
use crate::register::{CopyState, Entry, Event, Tally};
use crate::store::{self, Documents, Store};

/// Looks at every document that entries name, and at what lies beside them.
pub(super) async fn look(
    store: &Store,
    entries: &[Entry],
    tally: &Tally,
    audited: &mut Audited,
    tell: &mut impl FnMut(Part, usize, usize),
) -> Result<(), Error> {
    let naming = erase::naming(entries);
    let (found, others) = store.documents.list().await?;
    let there: BTreeSet<Sha256> = found.iter().copied().collect();
    let named_again = named_after_erasure(entries);
    let mut bad: BTreeSet<Sha256> = BTreeSet::new();
    for (done, (&digest, named_by)) in naming.iter().enumerate() {
        tell(Part::Documents, done, naming.len());
        let is_erased = tally.erased.contains_key(&digest) && !named_again.contains(&digest);
        let named_by = named_by.clone();
        if !there.contains(&digest) {
            bad.insert(digest);
            if is_erased {
                audited.erased = audited.erased.saturating_add(1);
            } else {
                let finding = Finding::DocumentMissing { digest, named_by };
                audited.findings.push(finding);
            }
            continue;
        }
        audited.documents = audited.documents.saturating_add(1);
        match store.documents.get(digest).await {
            Ok(_) if is_erased => audited.findings.push(Finding::ErasedThere { digest }),
            Ok(_) => {}
            Err(store::Error::DocumentDamaged { .. }) => {
                bad.insert(digest);
                let finding = Finding::DocumentChanged { digest, named_by };
                audited.findings.push(finding);
            }
            Err(error) => return Err(error.into()),
        }
    }
    tell(Part::Documents, naming.len(), naming.len());
    let unnamed = found.iter().filter(|digest| !naming.contains_key(digest));
    let mut names: Vec<String> = unnamed.map(ToString::to_string).collect();
    names.extend(others);
    leftover(names, audited);
    for copy in tally.copies.values() {
        heads(store, copy, &bad, audited).await?;
    }
    for (agreement, published) in entries.iter().filter_map(published) {
        if bad.contains(&published.bundle) {
            continue;
        }
        if let Err(error) = read_bundle(store, published).await {
            audited.findings.push(Finding::TextChanged {
                agreement: agreement.clone(),
                version: published.version,
                problem: error.to_string(),
            });
        }
    }
    Ok(())
}

/// Looks at the documents alone, where the entries cannot be read: each must be what its name says.
pub(super) async fn alone(
    office: &Office,
    audited: &mut Audited,
    tell: &mut impl FnMut(Part, usize, usize),
) -> Result<(), Error> {
    let documents: Documents = office.documents()?;
    let (found, _) = documents.list().await?;
    for (done, &digest) in found.iter().enumerate() {
        tell(Part::Documents, done, found.len());
        audited.documents = audited.documents.saturating_add(1);
        match documents.get(digest).await {
            Ok(_) => {}
            Err(store::Error::DocumentDamaged { .. }) => {
                let named_by = Vec::new();
                let finding = Finding::DocumentChanged { digest, named_by };
                audited.findings.push(finding);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Returns the documents that an entry names after the one that erased them: they were handed in again.
fn named_after_erasure(entries: &[Entry]) -> BTreeSet<Sha256> {
    let mut erased = BTreeSet::new();
    let mut again = BTreeSet::new();
    for entry in entries {
        if let Event::Erased(it) = &entry.event {
            erased.extend(it.documents.iter().copied());
            again.retain(|digest| !it.documents.contains(digest));
        }
        let held = erase::held(&entry.event).into_iter();
        again.extend(
            held.map(|(digest, _)| digest)
                .filter(|it| erased.contains(it)),
        );
    }
    again
}

/// Checks that each state of a copy has the size that was entered, and begins with the one before.
async fn heads(
    store: &Store,
    copy: &CopyState,
    bad: &BTreeSet<Sha256>,
    audited: &mut Audited,
) -> Result<(), Error> {
    for head in copy.states() {
        let broken = Finding::HeadBroken {
            copy: copy.issued.copy.clone(),
            digest: head.digest,
        };
        if bad.contains(&head.digest) {
            continue;
        }
        // Two readings of one disk may differ; the first one spoke for the document.
        let Ok(bytes) = store.documents.get(head.digest).await else {
            continue;
        };
        let is_whole = u64::try_from(bytes.len()) == Ok(head.size_bytes);
        let goes_on = match head.follows.filter(|before| !bad.contains(before)) {
            Some(before) => match store.documents.get(before).await {
                Ok(start) => bytes.starts_with(&start),
                // The one before may be known by its digest alone, as a state inside a longer file.
                Err(_) => true,
            },
            None => true,
        };
        if !is_whole || !goes_on {
            audited.findings.push(broken);
        }
    }
    Ok(())
}

fn leftover(mut names: Vec<String>, audited: &mut Audited) {
    let count = names.len();
    if count > 0 {
        names.truncate(MAX_NAMES);
        audited.findings.push(Finding::Leftover { names, count });
    }
}

/// So many names of leftovers are told.
const MAX_NAMES: usize = 10;
