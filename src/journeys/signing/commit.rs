//! Entering new heads: document, entry, readable file, in this order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::SigningError;
use crate::agreement::{AgreementId, CopyId, Form, Sha256, VersionNumber};
use crate::journeys::out::{STRANGE_FOLDER, folder_name, write_sums};
use crate::journeys::{Error, Office};
use crate::register::{Commitment, Confirmed, CopyState, Event, HeadPlace, Standing, Tally};
use crate::store::{self, Draft, Lease, Store, file_size, move_aside, read_limited, write_file};

/// A copy with one signature, or more evidence, than before.
pub(in crate::journeys) struct Outcome {
    /// The agreement.
    pub(in crate::journeys) agreement: AgreementId,
    /// The version.
    pub(in crate::journeys) version: VersionNumber,
    /// The form.
    pub(in crate::journeys) form: Form,
    /// The copy.
    pub(in crate::journeys) copy: CopyId,
    /// What holds the copy.
    pub(in crate::journeys) lease: Lease,
    /// The new head.
    pub(in crate::journeys) bytes: Vec<u8>,
    /// What is entered.
    pub(in crate::journeys) event: Event,
    /// The readable file.
    pub(in crate::journeys) file: PathBuf,
    /// Whether an officer's word can make the signature count.
    pub(in crate::journeys) can_be_confirmed: bool,
}

impl Outcome {
    /// Returns what an officer's word on whose certificate it is would be entered as, where one is needed.
    fn confirmed(&self, ground: Commitment) -> Option<Confirmed> {
        let Event::Signed(signed) = &self.event else {
            return None;
        };
        let is_needed = signed.standing == Some(Standing::ToConfirm) && self.can_be_confirmed;
        is_needed.then(|| Confirmed {
            as_role: signed.as_role.clone(),
            certificate: signed.certificate,
            copy: signed.copy.clone(),
            ground,
            seat: signed.seat.clone(),
        })
    }
}

/// What was entered with new heads.
#[derive(Debug, Default)]
pub(in crate::journeys) struct Committed {
    /// Files that bore a copy's name and were something else, where they lie now.
    pub(in crate::journeys) moved: Vec<PathBuf>,
    /// The copies whose signatures count by an officer's word that was entered with them.
    pub(in crate::journeys) confirmed: Vec<CopyId>,
}

/// Enters new heads.
///
/// What is going to be entered is noted first, then the documents are written, then the entries are
/// committed together and the leases end; a process that dies in between is mended at the next
/// start. The readable files are written while the office is held, so that an older head never
/// replaces a newer one.
///
/// `ground` is how the office knows whose the certificates are that need an officer's word.
///
/// # Errors
/// [`Error`]; before the entries nothing has changed, after them only a readable file may be missing.
pub(in crate::journeys) async fn commit(
    office: &Office,
    store: &mut Store,
    outcomes: &[Outcome],
    ground: Option<&str>,
) -> Result<Committed, Error> {
    refuse_changed(store, outcomes).await?;
    let mut drafts: Vec<Draft> = outcomes
        .iter()
        .map(|outcome| Draft {
            actor: office.actor.clone(),
            agreement: Some(outcome.agreement.clone()),
            event: outcome.event.clone(),
        })
        .collect();
    let leases: Vec<&Lease> = outcomes.iter().map(|outcome| &outcome.lease).collect();
    let events: Vec<(&Lease, &Draft)> = leases.iter().copied().zip(&drafts).collect();
    store.records.keep_events(&events).await?;
    for outcome in outcomes {
        store.documents.put(outcome.bytes.clone()).await?;
    }
    let mut committed = Committed::default();
    if let Some(ground) = ground {
        let ground = store.commit_words(ground).await?;
        for outcome in outcomes {
            let Some(confirmed) = outcome.confirmed(ground) else {
                continue;
            };
            committed.confirmed.push(outcome.copy.clone());
            drafts.push(Draft {
                actor: office.actor.clone(),
                agreement: Some(outcome.agreement.clone()),
                event: Event::Confirmed(confirmed),
            });
        }
    }
    store.records.append_and_release(drafts, &leases).await?;
    let tallies = tallies(store, outcomes).await?;
    for outcome in outcomes {
        let entered = |source| SigningError::Entered {
            copy: outcome.copy.clone(),
            source,
        };
        let copy = tallies
            .get(&outcome.agreement)
            .and_then(|tally| tally.copies.get(&outcome.copy));
        if let Some(copy) = copy {
            committed
                .moved
                .extend(put_aside(outcome, copy).map_err(entered)?);
        }
        write_file(&outcome.file, &outcome.bytes).map_err(entered)?;
    }
    refresh_sums(&tallies, outcomes)?;
    Ok(committed)
}

/// Folds the register of each agreement that the outcomes are of.
async fn tallies(
    store: &mut Store,
    outcomes: &[Outcome],
) -> Result<BTreeMap<AgreementId, Tally>, Error> {
    let agreements: BTreeSet<&AgreementId> =
        outcomes.iter().map(|outcome| &outcome.agreement).collect();
    let mut tallies = BTreeMap::new();
    for agreement in agreements {
        let tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
        tallies.insert(agreement.clone(), tally);
    }
    Ok(tallies)
}

/// Refuses copies that were voided while they were out, which a lease does not keep anyone from, and
/// copies whose newest head is another than the one that was signed.
async fn refuse_changed(store: &mut Store, outcomes: &[Outcome]) -> Result<(), Error> {
    let tallies = tallies(store, outcomes).await?;
    for outcome in outcomes {
        let id = outcome.copy.clone();
        let copy = tallies
            .get(&outcome.agreement)
            .and_then(|tally| tally.copies.get(&outcome.copy))
            .filter(|copy| copy.is_live());
        let Some(copy) = copy else {
            return Err(SigningError::Voided { copy: id }.into());
        };
        if copy.head() != outcome.lease.head {
            return Err(store::Error::Stale { copy: id }.into());
        }
    }
    Ok(())
}

/// Moves a file aside that stands in the place of a copy and is no known state of it.
fn put_aside(outcome: &Outcome, copy: &CopyState) -> Result<Option<PathBuf>, store::Error> {
    let (Some(size_bytes), Some(folder)) = (file_size(&outcome.file), outcome.file.parent()) else {
        return Ok(None);
    };
    // The end of another branch is somebody's signed file: it is not replaced.
    let is_replaceable =
        |digest| digest == copy.head() || copy.place_of(digest) == Some(HeadPlace::Earlier);
    if copy.heads.iter().any(|head| head.size_bytes == size_bytes)
        && is_replaceable(Sha256::of(&read_limited(&outcome.file, size_bytes)?))
    {
        return Ok(None);
    }
    Ok(Some(move_aside(
        &outcome.file,
        &folder.join(STRANGE_FOLDER),
    )?))
}

/// Writes SHA256SUMS anew in each folder of copies whose files have changed.
fn refresh_sums(tallies: &BTreeMap<AgreementId, Tally>, outcomes: &[Outcome]) -> Result<(), Error> {
    let folders: BTreeSet<(&Path, &AgreementId, VersionNumber, Form)> = outcomes
        .iter()
        .filter_map(|outcome| {
            let folder = outcome.file.parent()?;
            let name = folder_name(&outcome.agreement, outcome.version, outcome.form);
            let place = (folder, &outcome.agreement, outcome.version, outcome.form);
            folder.ends_with(&name).then_some(place)
        })
        .collect();
    for (folder, agreement, version, form) in folders {
        if let Some(tally) = tallies.get(agreement) {
            write_sums(folder, tally, agreement, version, form)?;
        }
    }
    Ok(())
}
