//! The fold: what the entries add up to.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::arrivals::KnownSignature;
use super::consultations::Consultations;
use super::corrections::Corrections;
use super::deeds::Deeds;
use super::{
    CopyState, Entered, Entry, Event, Extension, Head, HeadPlace, Issued, Published, ReceivedFile,
    SealState, Standing,
};
use crate::agreement::{AgreementId, CopyId, Form, PartyCode, Sha256, VersionNumber};

/// The state of an office, or of one agreement, after some entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// The published versions.
    pub versions: BTreeMap<(AgreementId, VersionNumber), PublishedVersion>,
    /// Every copy ever issued.
    pub copies: BTreeMap<CopyId, CopyState>,
    /// The documents that were erased, and when, UTC.
    pub erased: BTreeMap<Sha256, DateTime<Utc>>,
    /// Received files that are no state of a copy, in the order of entry.
    pub foreign: Vec<ReceivedFile>,
    // The copy of each known head, and of each received file.
    by_head: BTreeMap<Sha256, CopyId>,
    pub(super) consultations: Consultations,
    // What parties did.
    pub(super) deeds: Deeds,
}

/// A version that is frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedVersion {
    /// What was entered.
    pub published: Published,
    /// When, UTC.
    pub at: DateTime<Utc>,
}

impl Tally {
    /// Folds entries in their order, each as corrected by those that are there.
    pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let entries: Vec<&Entry> = entries.into_iter().collect();
        let corrections = Corrections::among(&entries);
        let mut tally = Self::default();
        for entry in entries {
            if let Some(event) = corrections.event(entry) {
                tally.add(entry, event);
            }
        }
        for copy in tally.copies.values_mut() {
            copy.settle();
        }
        tally.deeds.settle();
        tally.deeds.corrections = corrections.ruling();
        tally
    }

    /// Adds one entry, as the event that it is taken for.
    fn add(&mut self, entry: &Entry, event: &Event) {
        self.step(entry, event);
        match (event, &entry.agreement) {
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
                    state.sign(KnownSignature {
                        as_role: Some(signed.as_role.clone()),
                        at: entry.at,
                        certificate: signed.certificate,
                        level: signed.level,
                        seat: signed.seat.clone(),
                        seq: entry.seq,
                        stamped_at: signed.stamped_at,
                        standing: signed.standing.unwrap_or(Standing::Counts),
                    });
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
            (Event::Inked(inked), _) => {
                if let Some(state) = self.copies.get_mut(&inked.copy) {
                    state.inked.push(Entered::new(entry, inked));
                }
            }
            (Event::Erased(erased), _) => {
                for document in &erased.documents {
                    self.erased.entry(*document).or_insert(entry.at);
                }
            }
            (
                Event::Authorised(_)
                | Event::Decided(_)
                | Event::Declined(_)
                | Event::Notified(_)
                | Event::PartyChanged(_)
                | Event::Recommended(_)
                | Event::Relieved(_)
                | Event::Retracted(_)
                | Event::Settled(_),
                _,
            ) => self.deeds.add(entry, event),
            (
                Event::Answered(_)
                | Event::Considered(_)
                | Event::ConsultationClosed(_)
                | Event::ConsultationOpened(_),
                _,
            ) => self.consultations.add(entry, event),
            (Event::Lettered(_), _) => {}
            // What it corrects was told when that entry was added.
            (Event::Corrected(_), _) => {}
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
            inked: Vec::new(),
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
    fn step(&mut self, entry: &Entry, event: &Event) {
        let Some(step) = event.step() else {
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
