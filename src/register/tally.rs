//! The fold: what the entries add up to.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Commitment, Entry, Event, Issued, Published};
use crate::agreement::{AgreementId, CopyId, Form, PartyCode, VersionNumber};

/// The state of an office, or of one agreement, after some entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// The published versions.
    pub versions: BTreeMap<(AgreementId, VersionNumber), PublishedVersion>,
    /// Every copy ever issued.
    pub copies: BTreeMap<CopyId, CopyState>,
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
    /// What was entered when it was issued.
    pub issued: Issued,
    /// When it was issued, UTC.
    pub issued_at: DateTime<Utc>,
    /// The copy it replaced.
    pub replaces: Option<CopyId>,
    /// To whom it was sent, and when last (UTC).
    pub sent: BTreeMap<PartyCode, DateTime<Utc>>,
    /// When it was voided (UTC), and why.
    pub voided: Option<(DateTime<Utc>, Commitment)>,
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
        match (&entry.event, &entry.agreement) {
            (Event::Published(published), Some(agreement)) => {
                let key = (agreement.clone(), published.version);
                let version = PublishedVersion {
                    published: published.clone(),
                    at: entry.at,
                };
                self.versions.entry(key).or_insert(version);
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
            // These say nothing of a copy; without an agreement the first three never occur.
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
        let state = CopyState {
            agreement: agreement.clone(),
            issued: issued.clone(),
            issued_at: entry.at,
            replaces,
            sent: BTreeMap::new(),
            voided: None,
        };
        self.copies.entry(issued.copy.clone()).or_insert(state);
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
}
