//! The fold: what the entries add up to.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::arrivals::KnownSignature;
use super::{Commitment, Confirmation, Entry, Event, Issued, Published, ReceivedFile, Standing};
use crate::agreement::{
    AgreementId, CopyId, Form, Level, PartyCode, Role, SeatId, Sha256, VersionNumber,
};

/// The state of an office, or of one agreement, after some entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// The published versions.
    pub versions: BTreeMap<(AgreementId, VersionNumber), PublishedVersion>,
    /// Every copy ever issued.
    pub copies: BTreeMap<CopyId, CopyState>,
    /// Received files that are no state of a copy, in the order of entry.
    pub foreign: Vec<ReceivedFile>,
    // The copy of each known head, and of each received file.
    by_head: BTreeMap<Sha256, CopyId>,
}

/// A version that is frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedVersion {
    /// What was entered.
    pub published: Published,
    /// When, UTC.
    pub at: DateTime<Utc>,
}

/// Where one copy stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyState {
    /// The agreement.
    pub agreement: AgreementId,
    /// What officers said of whose certificates are, in the order of entry.
    pub confirmations: Vec<Confirmation>,
    /// The latest extension.
    pub extended: Option<Extension>,
    /// Whether a head went on from another than the newest one: then several files are true.
    pub forked: bool,
    /// Every known head in the order of entry: the base revision, then what was appended to it. A
    /// received one of another branch stands before the newest.
    pub heads: Vec<Head>,
    /// What was entered when it was issued.
    pub issued: Issued,
    /// When it was issued, UTC.
    pub issued_at: DateTime<Utc>,
    /// The files that came back, in the order of entry.
    pub received: Vec<ReceivedFile>,
    /// The copy it replaced.
    pub replaces: Option<CopyId>,
    /// The office's seal.
    pub sealed: Option<SealState>,
    /// To whom it was sent, and when last (UTC).
    pub sent: BTreeMap<PartyCode, DateTime<Utc>>,
    /// The seats that were signed, here or in received files, as far as the signature counts.
    pub signed: BTreeMap<SeatId, SignedSeat>,
    // Every signature in a seat that was entered, also those that do not count.
    pub(super) signatures: Vec<KnownSignature>,
    /// When it was voided (UTC), and why.
    pub voided: Option<(DateTime<Utc>, Commitment)>,
}

/// One state of a copy's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// Its digest, also the document that holds it.
    pub digest: Sha256,
    /// The head it went on from; `None` for the base revision.
    pub follows: Option<Sha256>,
    /// Its size in bytes.
    pub size_bytes: u64,
}

/// Where a known head stands among those of its copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadPlace {
    /// Another known head goes on from it.
    Earlier,
    /// No known head goes on from it; a forked copy has several of these.
    Newest,
}

/// The office's seal in a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealState {
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// SHA-256 of the certificate's DER.
    pub certificate: Sha256,
    /// Whether it certifies the document.
    pub certifies: bool,
    /// Its level, raised by extensions.
    pub level: Level,
}

/// A seat that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedSeat {
    /// The role in which the signer signed.
    pub as_role: Role,
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// SHA-256 of the certificate's DER.
    pub certificate: Sha256,
    /// The signature's level, raised by extensions.
    pub level: Level,
    /// When, UTC, as the signature's time-stamp proves.
    pub stamped_at: Option<DateTime<Utc>>,
}

/// An extension of a copy's evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension {
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// The level that every signature had then, at least.
    pub level: Level,
    /// When, UTC, as its document time-stamp proves.
    pub stamped_at: Option<DateTime<Utc>>,
}

impl Tally {
    /// Folds entries in their order.
    pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut tally = Self::default();
        for entry in entries {
            tally.add(entry);
        }
        tally
    }

    /// Adds one entry.
    pub fn add(&mut self, entry: &Entry) {
        self.step(entry);
        match (&entry.event, &entry.agreement) {
            (Event::Published(published), Some(agreement)) => {
                let key = (agreement.clone(), published.version);
                let version = PublishedVersion {
                    published: published.clone(),
                    at: entry.at,
                };
                self.versions.entry(key).or_insert(version);
            }
            (Event::Extended(extended), _) => {
                if let Some(state) = self.copies.get_mut(&extended.copy) {
                    state.extend(Extension {
                        at: entry.at,
                        level: extended.level,
                        stamped_at: extended.stamped_at,
                    });
                }
            }
            (Event::Sealed(sealed), _) => {
                if let Some(state) = self.copies.get_mut(&sealed.copy) {
                    state.sealed.get_or_insert(SealState {
                        at: entry.at,
                        certificate: sealed.certificate,
                        certifies: sealed.certifies,
                        level: sealed.level,
                    });
                }
            }
            (Event::Signed(signed), _) => {
                if let Some(state) = self.copies.get_mut(&signed.copy) {
                    state.know(KnownSignature {
                        as_role: Some(signed.as_role.clone()),
                        at: entry.at,
                        certificate: signed.certificate,
                        level: signed.level,
                        seat: signed.seat.clone(),
                        stamped_at: signed.stamped_at,
                        standing: Standing::Counts,
                    });
                    state.settle();
                }
            }
            (Event::Confirmed(confirmed), _) => {
                if let Some(state) = self.copies.get_mut(&confirmed.copy) {
                    state.confirm(entry, confirmed);
                }
            }
            (Event::Received(received), _) => {
                let state = received.copy.as_ref();
                match state.and_then(|copy| self.copies.get_mut(copy)) {
                    Some(state) => {
                        state.receive(entry, received);
                        let by_head = self.by_head.entry(received.file);
                        by_head.or_insert_with(|| state.issued.copy.clone());
                    }
                    None => self.foreign.push(ReceivedFile::new(entry, received)),
                }
            }
            (Event::Withdrawn(withdrawn), _) => {
                if let Some(state) = self.copies.get_mut(&withdrawn.copy) {
                    state.withdraw(entry, withdrawn);
                }
            }
            (Event::Issued(issued), Some(agreement)) => self.issue(entry, agreement, issued, None),
            (Event::Reissued(reissued), Some(agreement)) => {
                self.issue(
                    entry,
                    agreement,
                    &reissued.issued,
                    Some(reissued.replaces.clone()),
                );
            }
            (Event::Sent(sent), _) => {
                for copy in &sent.copies {
                    if let Some(state) = self.copies.get_mut(copy) {
                        state.sent.insert(sent.party.clone(), entry.at);
                    }
                }
            }
            (Event::Voided(voided), _) => {
                if let Some(state) = self.copies.get_mut(&voided.copy) {
                    state.voided.get_or_insert((entry.at, voided.reason));
                }
            }
            // These say nothing of a copy; without an agreement the last three never occur.
            (Event::Opened(_) | Event::Restored(_), _)
            | (Event::Issued(_) | Event::Published(_) | Event::Reissued(_), None) => {}
        }
    }

    fn issue(
        &mut self,
        entry: &Entry,
        agreement: &AgreementId,
        issued: &Issued,
        replaces: Option<CopyId>,
    ) {
        let base = Head {
            at: entry.at,
            digest: issued.base,
            follows: None,
            size_bytes: issued.size_bytes,
        };
        let state = CopyState {
            agreement: agreement.clone(),
            confirmations: Vec::new(),
            extended: None,
            forked: false,
            heads: vec![base],
            issued: issued.clone(),
            issued_at: entry.at,
            received: Vec::new(),
            replaces,
            sealed: None,
            sent: BTreeMap::new(),
            signed: BTreeMap::new(),
            signatures: Vec::new(),
            voided: None,
        };
        self.copies.entry(issued.copy.clone()).or_insert(state);
        let by_head = self.by_head.entry(issued.base);
        by_head.or_insert_with(|| issued.copy.clone());
    }

    /// Moves the head that an entry moves.
    fn step(&mut self, entry: &Entry) {
        let Some(step) = entry.event.step() else {
            return;
        };
        let Some(state) = self.copies.get_mut(step.copy) else {
            return;
        };
        // Also a head that goes on from one we never saw is kept: nothing that was entered is lost.
        state.forked |= state.head() != step.before;
        state.heads.push(Head {
            at: entry.at,
            digest: step.after,
            follows: Some(step.before),
            size_bytes: step.size_bytes,
        });
        let by_head = self.by_head.entry(step.after);
        by_head.or_insert_with(|| step.copy.clone());
    }

    /// Returns the copy that a digest is a known head of, and where that head stands.
    #[must_use]
    pub fn copy_with_head(&self, digest: Sha256) -> Option<(&CopyState, HeadPlace)> {
        let copy = self.copies.get(self.by_head.get(&digest)?)?;
        Some((copy, copy.place_of(digest)?))
    }

    /// Returns the published version, if it is.
    #[must_use]
    pub fn version(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
    ) -> Option<&PublishedVersion> {
        self.versions.get(&(agreement.clone(), version))
    }

    /// Returns the highest published version of an agreement.
    #[must_use]
    pub fn latest(&self, agreement: &AgreementId) -> Option<&PublishedVersion> {
        let of_agreement = self.versions.iter().filter(|((id, _), _)| id == agreement);
        of_agreement
            .max_by_key(|((_, version), _)| *version)
            .map(|(_, published)| published)
    }

    /// Returns the files with a digest that came back, in the order of entry: the same file is entered
    /// again when it is judged otherwise.
    pub fn received(&self, file: Sha256) -> impl Iterator<Item = &ReceivedFile> {
        let copy = self
            .by_head
            .get(&file)
            .and_then(|copy| self.copies.get(copy));
        let of_copy = copy.into_iter().flat_map(|copy| copy.received.iter());
        let all = of_copy.chain(&self.foreign);
        all.filter(move |known| known.received.file == file)
    }

    /// Returns every copy of a version in a form, voided ones included.
    #[must_use]
    pub fn copies_of(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
        form: Form,
    ) -> Vec<&CopyState> {
        let of_version = |copy: &&CopyState| {
            copy.agreement == *agreement
                && copy.issued.version == version
                && copy.issued.form == form
        };
        self.copies.values().filter(of_version).collect()
    }

    /// Returns the copy that counts for a holder (`None`: the joint copy) of a version in a form.
    #[must_use]
    pub fn live_copy(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
        form: Form,
        holder: Option<&PartyCode>,
    ) -> Option<&CopyState> {
        let copies = self.copies_of(agreement, version, form);
        copies
            .into_iter()
            .find(|copy| copy.is_live() && copy.issued.holder.as_ref() == holder)
    }
}

impl CopyState {
    /// Tells whether the copy counts.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.voided.is_none()
    }

    /// Returns the digest of the newest head, also the document that holds it.
    #[must_use]
    pub fn head(&self) -> Sha256 {
        self.heads
            .last()
            .map_or(self.issued.base, |head| head.digest)
    }

    /// Returns the newest head's size in bytes.
    #[must_use]
    pub fn head_size_bytes(&self) -> u64 {
        self.heads
            .last()
            .map_or(self.issued.size_bytes, |head| head.size_bytes)
    }

    /// Returns where a digest stands among the copy's heads; `None` for an unknown one.
    #[must_use]
    pub fn place_of(&self, digest: Sha256) -> Option<HeadPlace> {
        if self.heads.iter().any(|head| head.follows == Some(digest)) {
            Some(HeadPlace::Earlier)
        } else if self.heads.iter().any(|head| head.digest == digest) {
            Some(HeadPlace::Newest)
        } else {
            None
        }
    }

    /// Tells whether every seat of the copy was signed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.open_seats().next().is_none()
    }

    /// Returns the seats that were not signed yet, in print order.
    pub fn open_seats(&self) -> impl Iterator<Item = &SeatId> {
        let is_open = |seat: &&SeatId| !self.signed.contains_key(*seat);
        self.issued.seats.iter().filter(is_open)
    }

    /// Returns the lowest level of the signatures in the copy, seal included; `None` without any.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        let seal = self.sealed.iter().map(|seal| seal.level);
        let seats = self.signed.values().map(|seat| seat.level);
        seal.chain(seats).min()
    }

    /// Raises every signature there is to the level of an extension.
    fn extend(&mut self, extension: Extension) {
        let seal = self.sealed.iter_mut().map(|seal| &mut seal.level);
        let seats = self.signatures.iter_mut().map(|seat| &mut seat.level);
        for level in seal.chain(seats) {
            *level = extension.level.max(*level);
        }
        self.extended = Some(extension);
        self.settle();
    }
}
