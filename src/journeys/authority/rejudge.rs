//! Signatures that are there, judged anew when who may sign is told otherwise.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Authorities, Place, is_about_signer, reason};
use crate::agreement::{CopyId, PartyCode, Role, SeatId, Sha256};
use crate::calendar::swedish_day;
use crate::journeys::judge::{Judge, confirmations, issued};
use crate::journeys::receive::{judgement, refresh};
use crate::journeys::{Error, Office, Terms};
use crate::register::{
    Arrival, CopyState, Entry, Event, KnownSignature, Received, ReceivedPlace, ReceivedSeat,
    Standing, Tally,
};
use crate::signature::Anchors;
use crate::store::{Draft, Store};
use crate::validation::{IssuedSeat, Signer, signers};

/// What became of signatures that were judged anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rejudged {
    /// Each that stands otherwise now, copy by copy in order of their names.
    pub changes: Vec<Change>,
    /// Files in out/ that bore a copy's name and were something else, where they lie now.
    pub moved: Vec<PathBuf>,
}

/// A signature that stands otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The copy.
    pub copy: CopyId,
    /// The seat.
    pub seat: SeatId,
    /// SHA-256 of the certificate's DER.
    pub certificate: Sha256,
    /// How it stood.
    pub before: Standing,
    /// How it stands.
    pub after: Standing,
    /// The role in which the person signed, where it counts.
    pub as_role: Option<Role>,
    /// Why it does not count, in Swedish.
    pub why: Option<String>,
}

/// A file whose signatures stand otherwise, before it is entered.
pub(in crate::journeys) struct Anew {
    copy: CopyState,
    received: Received,
    verdict: Vec<u8>,
    changes: Vec<Change>,
}

/// Enters drafts and what follows from them for signatures, all or none; gives the entries.
///
/// # Errors
/// [`Error`]; nothing was entered then.
pub(in crate::journeys) async fn enter(
    office: &Office,
    store: &mut Store,
    mut drafts: Vec<Draft>,
    anew: Vec<Anew>,
) -> Result<(Vec<Entry>, Rejudged), Error> {
    let mut rejudged = Rejudged::default();
    let mut copies = Vec::new();
    for one in anew {
        // Documents first: no entry names one that was not written.
        store.documents.put(one.verdict).await?;
        drafts.push(Draft {
            actor: office.actor.clone(),
            agreement: Some(one.copy.agreement.clone()),
            event: Event::Received(one.received),
        });
        rejudged.changes.extend(one.changes);
        copies.push(one.copy);
    }
    if drafts.is_empty() {
        return Ok((Vec::new(), rejudged));
    }
    let entries = store.records.append(drafts).await?;
    for copy in &copies {
        rejudged.moved.extend(refresh(office, store, copy).await?);
    }
    Ok((entries, rejudged))
}

/// Judges anew whose the signatures in a party's seats are, by entries of which the last may not be stored
/// yet; gives the files whose signatures stand otherwise.
///
/// # Errors
/// [`Error`] when a party's file is wrong or a document cannot be read.
pub(in crate::journeys) async fn judge_anew(
    office: &Office,
    store: &Store,
    entries: &[Entry],
    party: &PartyCode,
) -> Result<Vec<Anew>, Error> {
    let tally = Tally::fold(entries);
    let authorities = Authorities::read(office, store, &tally).await?;
    let anchors = office.anchors()?;
    let desk = Desk {
        store,
        entries,
        authorities: &authorities,
        anchors: &anchors,
        party,
    };
    let mut anew = Vec::new();
    for copy in tally.copies.values().filter(|copy| copy.is_live()) {
        let is_of_party = |known: &KnownSignature| known.seat.is_of(party);
        if !copy.signatures.iter().any(is_of_party) {
            continue;
        }
        let issued = issued(store, &tally, copy).await?;
        let mut pending: Vec<&KnownSignature> = copy.signatures.iter().collect();
        // What is signed next first: it has most of the signatures.
        let head = copy.head();
        let others = issued.newest.iter().copied().filter(|tip| *tip != head);
        for tip in std::iter::once(head).chain(others) {
            let bytes = store.documents.get(tip).await?;
            let signers = signers(&bytes);
            let (seats, changes) = desk
                .judge_file(copy, &issued.seats, &signers, &mut pending)
                .await?;
            if changes.is_empty() {
                continue;
            }
            let terms = Terms {
                copy: Some(copy.issued.copy.clone()),
                ..Terms::default()
            };
            let judge = Judge::open(Some(office), &terms).await?;
            let verdict = judge
                .by(Authorities::read(office, store, &tally).await?)
                .judge(&bytes)
                .await?
                .verdict;
            let json = serde_json::to_vec(&verdict)?;
            let received = Received {
                arrival: Arrival::Rejudged,
                conclusion: judgement(&verdict),
                copy: Some(copy.issued.copy.clone()),
                file: tip,
                follows: None,
                place: ReceivedPlace::Same,
                seats,
                size_bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
                verdict: Sha256::of(&json),
            };
            anew.push(Anew {
                copy: copy.clone(),
                received,
                verdict: json,
                changes,
            });
        }
    }
    Ok(anew)
}

/// What signatures are judged anew with.
struct Desk<'a> {
    store: &'a Store,
    entries: &'a [Entry],
    authorities: &'a Authorities,
    anchors: &'a Anchors,
    party: &'a PartyCode,
}

impl Desk<'_> {
    /// Judges the signatures of one file that were not met in another; gives all its signed seats in print
    /// order, and those that stand otherwise.
    async fn judge_file(
        &self,
        copy: &CopyState,
        seats: &[IssuedSeat],
        signers: &[Signer],
        pending: &mut Vec<&KnownSignature>,
    ) -> Result<(Vec<ReceivedSeat>, Vec<Change>), Error> {
        let mut entered = Vec::new();
        let mut changes = Vec::new();
        for seat in seats {
            for signer in signers.iter().filter(|it| it.field == seat.id.as_str()) {
                let certificate = signer.certificate.digest();
                let is_it = |known: &KnownSignature| {
                    known.seat == seat.id && known.certificate == certificate
                };
                let Some(known) = copy.signatures.iter().find(|known| is_it(known)) else {
                    continue;
                };
                let mut change = None;
                if let Some(place) = pending.iter().position(|known| is_it(known)) {
                    pending.swap_remove(place);
                    if seat.id.is_of(self.party) {
                        change = self.judge(copy, seat, signer, known).await?;
                    }
                }
                let (standing, as_role) = match &change {
                    Some(change) => (change.after, change.as_role.clone()),
                    None => (known.standing, known.as_role.clone()),
                };
                entered.push(ReceivedSeat {
                    as_role: as_role.filter(|_| standing == Standing::Counts),
                    certificate,
                    level: known.level,
                    seat: seat.id.clone(),
                    stamped_at: known.stamped_at,
                    standing,
                });
                changes.extend(change);
            }
        }
        Ok((entered, changes))
    }

    /// Judges one signature anew; gives nothing where it stands as before.
    async fn judge(
        &self,
        copy: &CopyState,
        seat: &IssuedSeat,
        signer: &Signer,
        known: &KnownSignature,
    ) -> Result<Option<Change>, Error> {
        // Where no time-stamp proves more, the register does: it was there when it was entered.
        let at = known.stamped_at.unwrap_or(known.at);
        let is_sound = match (known.standing, copy.was_made_here(known)) {
            (Standing::Counts, _) | (Standing::ToConfirm, false) => true,
            (Standing::Refused, false) => self.was_sound(copy, known).await?,
            (Standing::Refused | Standing::ToConfirm, true) => {
                let path = self.anchors.path(&signer.certificate, &signer.others, at);
                path.is_ok()
            }
        };
        let confirmed = confirmations(copy);
        let place = Place {
            agreement: &copy.agreement,
            seat: &seat.id,
            admitted: seat.admitted.as_deref(),
            confirmed: &confirmed,
        };
        let judged =
            self.authorities
                .judge(place, None, &signer.certificate, swedish_day(at), is_sound);
        // A signature made here that lacks nothing but an anchor waits.
        let after = match (judged.standing, known.standing) {
            (Standing::Refused, Standing::ToConfirm)
                if !is_sound && !judged.findings.iter().any(is_about_signer) =>
            {
                Standing::ToConfirm
            }
            (after, _) => after,
        };
        let as_role = judged.as_role.filter(|_| after == Standing::Counts);
        let is_same =
            after == known.standing && (after != Standing::Counts || as_role == known.as_role);
        // What was entered before anybody judged it counts until somebody else is recorded.
        let is_left = after == Standing::ToConfirm && self.was_never_judged(known);
        if is_same || is_left {
            return Ok(None);
        }
        let why = reason(&judged.findings).filter(|_| after != Standing::Counts);
        Ok(Some(Change {
            copy: copy.issued.copy.clone(),
            seat: seat.id.clone(),
            certificate: known.certificate,
            before: known.standing,
            after,
            as_role,
            why: why.map(|finding| finding.swedish.clone()),
        }))
    }

    /// Tells whether a signature comes from an entry that does not say how it stood.
    fn was_never_judged(&self, known: &KnownSignature) -> bool {
        let place = usize::try_from(known.seq).unwrap_or(usize::MAX);
        let event = self.entries.get(place).map(|entry| &entry.event);
        matches!(event, Some(Event::Signed(signed)) if signed.standing.is_none())
    }

    /// Tells whether the newest verdict on a refused signature says that it holds and is trusted.
    async fn was_sound(&self, copy: &CopyState, known: &KnownSignature) -> Result<bool, Error> {
        let newest = copy.received.iter().rev().find(|file| {
            let mut seats = file.received.seats.iter();
            let is_here = seats
                .any(|found| found.seat == known.seat && found.certificate == known.certificate);
            // What is judged anew is judged without the answers that the first one had.
            is_here && file.received.arrival != Arrival::Rejudged
        });
        let Some(file) = newest else {
            return Ok(false);
        };
        let verdict = self.store.documents.get(file.received.verdict).await?;
        let verdict: StoredVerdict = serde_json::from_slice(&verdict)?;
        Ok(verdict.signatures.iter().any(|found| {
            found.field == known.seat.as_str()
                && found
                    .certificate
                    .as_ref()
                    .is_some_and(|it| it.sha256 == known.certificate)
                && found.integrity == "ok"
                && found.conclusion.indication == "total-passed"
        }))
    }
}

/// What is read of a stored verdict.
#[derive(Deserialize)]
struct StoredVerdict {
    signatures: Vec<StoredSignature>,
}

#[derive(Deserialize)]
struct StoredSignature {
    field: String,
    integrity: String,
    conclusion: StoredConclusion,
    certificate: Option<StoredCertificate>,
}

#[derive(Deserialize)]
struct StoredConclusion {
    indication: String,
}

#[derive(Deserialize)]
struct StoredCertificate {
    sha256: Sha256,
}
