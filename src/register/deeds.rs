//! The fold of what parties decided, who may sign for them, and what else they did.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::{
    Authorised, Corrected, Decided, Entry, Event, Notified, PartyChanged, PartyLetter, Recommended,
    Relieved, Settled, Tally,
};
use crate::agreement::{AgreementId, PartyCode, Sha256, VersionNumber};

/// What was entered, with its place and time.
///
/// Where a later entry corrects it, `body` is what should have been entered; place and time stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entered<T> {
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// What was entered.
    pub body: T,
    /// The place of its entry.
    pub seq: u64,
}

impl<T: Clone> Entered<T> {
    pub(super) fn new(entry: &Entry, body: &T) -> Self {
        Self {
            at: entry.at,
            body: body.clone(),
            seq: entry.seq,
        }
    }
}

/// Who may sign for a party, as one entry has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuthorityState {
    /// The agreement that it is for; all of the office where it is not said.
    pub agreement: Option<AgreementId>,
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// What was entered, with later corrections.
    pub authorised: Authorised,
    /// Whose authority ended before its time, in the order of entry.
    pub reliefs: Vec<Entered<Relieved>>,
    /// The place of its entry.
    pub seq: u64,
}

impl AuthorityState {
    /// Returns the last day on which one of its persons, counted from 0, may sign, as told by the person's own
    /// time and by reliefs; `None` where nothing limits it. The limit of the source is another matter.
    #[must_use]
    pub fn last_day(&self, person: usize) -> Option<NaiveDate> {
        let own = self.authorised.persons.get(person)?.to;
        let reliefs = self.reliefs.iter().map(|relief| &relief.body);
        let of_person = reliefs.filter(|it| usize::try_from(it.person) == Ok(person));
        own.into_iter().chain(of_person.map(|it| it.last_day)).min()
    }
}

/// What parties did about one version, and what others said of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct VersionDeeds {
    notices: Vec<Entered<Notified>>,
    parties: BTreeMap<PartyCode, PartyDeeds>,
    recommendations: Vec<Entered<Recommended>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct PartyDeeds {
    decisions: Vec<Entered<Decided>>,
    declines: Vec<Entered<PartyLetter>>,
    retractions: Vec<Entered<PartyLetter>>,
}

/// What parties did. All of it is in the order of entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Deeds {
    authorities: BTreeMap<PartyCode, Vec<AuthorityState>>,
    changes: BTreeMap<PartyCode, Vec<Entered<PartyChanged>>>,
    pub(super) corrections: BTreeMap<u64, Entered<Corrected>>,
    // Reliefs and settlements by the place of the entry that they are about.
    reliefs: BTreeMap<u64, Vec<Entered<Relieved>>>,
    settlements: BTreeMap<u64, Vec<Entered<Settled>>>,
    versions: BTreeMap<AgreementId, BTreeMap<VersionNumber, VersionDeeds>>,
}

impl Deeds {
    /// Adds what an entry says; what does not concern parties is left alone.
    pub(super) fn add(&mut self, entry: &Entry, event: &Event) {
        match event {
            Event::Authorised(it) => {
                let known = self.authorities.entry(it.party.clone()).or_default();
                known.push(AuthorityState {
                    agreement: entry.agreement.clone(),
                    at: entry.at,
                    authorised: it.clone(),
                    reliefs: Vec::new(),
                    seq: entry.seq,
                });
            }
            Event::Decided(it) => {
                if let Some(deeds) = self.of_party(entry, it.version, &it.party) {
                    deeds.decisions.push(Entered::new(entry, it));
                }
            }
            Event::Declined(it) => {
                if let Some(deeds) = self.of_party(entry, it.version, &it.party) {
                    deeds.declines.push(Entered::new(entry, it));
                }
            }
            Event::Notified(it) => {
                if let Some(deeds) = self.of_version(entry, it.version) {
                    deeds.notices.push(Entered::new(entry, it));
                }
            }
            Event::PartyChanged(it) => {
                let known = self.changes.entry(it.party.clone()).or_default();
                known.push(Entered::new(entry, it));
            }
            Event::Recommended(it) => {
                if let Some(deeds) = self.of_version(entry, it.version) {
                    deeds.recommendations.push(Entered::new(entry, it));
                }
            }
            Event::Relieved(it) => {
                let known = self.reliefs.entry(it.authorised).or_default();
                known.push(Entered::new(entry, it));
            }
            Event::Retracted(it) => {
                if let Some(deeds) = self.of_party(entry, it.version, &it.party) {
                    deeds.retractions.push(Entered::new(entry, it));
                }
            }
            Event::Settled(it) => {
                let known = self.settlements.entry(it.decision).or_default();
                known.push(Entered::new(entry, it));
            }
            _ => {}
        }
    }

    /// Gives each authority its reliefs, once all entries are added.
    pub(super) fn settle(&mut self) {
        for (party, authorities) in &mut self.authorities {
            for authority in authorities {
                let known = self.reliefs.get(&authority.seq).into_iter().flatten();
                let own = known.filter(|it| it.body.party == *party && it.seq > authority.seq);
                authority.reliefs = own.cloned().collect();
            }
        }
    }

    fn of_version(&mut self, entry: &Entry, version: VersionNumber) -> Option<&mut VersionDeeds> {
        let agreement = entry.agreement.clone()?;
        let versions = self.versions.entry(agreement).or_default();
        Some(versions.entry(version).or_default())
    }

    fn of_party(
        &mut self,
        entry: &Entry,
        version: VersionNumber,
        party: &PartyCode,
    ) -> Option<&mut PartyDeeds> {
        let deeds = self.of_version(entry, version)?;
        Some(deeds.parties.entry(party.clone()).or_default())
    }

    fn version(&self, agreement: &AgreementId, version: VersionNumber) -> Option<&VersionDeeds> {
        self.versions.get(agreement)?.get(&version)
    }

    fn party(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
        party: &PartyCode,
    ) -> Option<&PartyDeeds> {
        self.version(agreement, version)?.parties.get(party)
    }
}

/// What parties did: in the order of entry, struck entries left out, corrected ones as corrected.
impl Tally {
    /// Returns who may sign for a party: what holds for all agreements, and what was entered for this one.
    #[must_use]
    pub fn authorities(&self, party: &PartyCode, agreement: &AgreementId) -> Vec<&AuthorityState> {
        let known = self.deeds.authorities.get(party).into_iter().flatten();
        known
            .filter(|it| it.agreement.as_ref().is_none_or(|own| own == agreement))
            .collect()
    }

    /// Returns who may sign for a party in any agreement.
    #[must_use]
    pub fn authorities_of(&self, party: &PartyCode) -> &[AuthorityState] {
        slice(self.deeds.authorities.get(party))
    }

    /// Returns every authority, in the order of the parties and of entry.
    pub fn all_authorities(&self) -> impl Iterator<Item = &AuthorityState> {
        self.deeds.authorities.values().flatten()
    }

    /// Returns every decision on every version with its agreement, in the order of the versions, the
    /// parties and of entry.
    pub fn all_decisions(&self) -> impl Iterator<Item = (&AgreementId, &Entered<Decided>)> {
        let versions = self.deeds.versions.iter();
        versions.flat_map(|(agreement, versions)| {
            let parties = versions.values().flat_map(|deeds| deeds.parties.values());
            let decisions = parties.flat_map(|party| &party.decisions);
            decisions.map(move |decided| (agreement, decided))
        })
    }

    /// Returns the correction that rules for the entry in a place; `None` where it stands as entered.
    #[must_use]
    pub fn correction_of(&self, seq: u64) -> Option<&Entered<Corrected>> {
        self.deeds.corrections.get(&seq)
    }

    /// Returns the corrections that rule, each by the place of the entry that it corrects.
    #[must_use]
    pub fn corrections(&self) -> &BTreeMap<u64, Entered<Corrected>> {
        &self.deeds.corrections
    }

    /// Returns a party's decisions on a version.
    #[must_use]
    pub fn decisions(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
        party: &PartyCode,
    ) -> &[Entered<Decided>] {
        let deeds = self.deeds.party(agreement, version, party);
        slice(deeds.map(|deeds| &deeds.decisions))
    }

    /// Returns the letters in which a party said no to a version.
    #[must_use]
    pub fn declines(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
        party: &PartyCode,
    ) -> &[Entered<PartyLetter>] {
        let deeds = self.deeds.party(agreement, version, party);
        slice(deeds.map(|deeds| &deeds.declines))
    }

    /// Tells whether a document was erased, and when (UTC).
    #[must_use]
    pub fn erased_at(&self, document: Sha256) -> Option<DateTime<Utc>> {
        self.erased.get(&document).copied()
    }

    /// Returns the notices of termination of a version.
    #[must_use]
    pub fn notices(&self, agreement: &AgreementId, version: VersionNumber) -> &[Entered<Notified>] {
        let deeds = self.deeds.version(agreement, version);
        slice(deeds.map(|deeds| &deeds.notices))
    }

    /// Returns what changed of a party.
    #[must_use]
    pub fn party_changes(&self, party: &PartyCode) -> &[Entered<PartyChanged>] {
        slice(self.deeds.changes.get(party))
    }

    /// Returns what bodies that are no parties said of a version.
    #[must_use]
    pub fn recommendations(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
    ) -> &[Entered<Recommended>] {
        let deeds = self.deeds.version(agreement, version);
        slice(deeds.map(|deeds| &deeds.recommendations))
    }

    /// Returns the letters in which a party took back what it had done about a version.
    #[must_use]
    pub fn retractions(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
        party: &PartyCode,
    ) -> &[Entered<PartyLetter>] {
        let deeds = self.deeds.party(agreement, version, party);
        slice(deeds.map(|deeds| &deeds.retractions))
    }

    /// Returns what became of a decision's condition: what was entered last, after it and for its party.
    #[must_use]
    pub fn settlement(&self, decision: &Entered<Decided>) -> Option<&Entered<Settled>> {
        let known = self.deeds.settlements.get(&decision.seq)?;
        let mut known = known.iter().rev();
        known.find(|it| it.seq > decision.seq && it.body.party == decision.body.party)
    }
}

fn slice<T>(known: Option<&Vec<T>>) -> &[T] {
    known.map_or(&[], Vec::as_slice)
}
