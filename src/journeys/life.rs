//! What is known of each agreement's life: its versions' terms, the notices, and the days to watch.
//!
//! Made of entries and frozen texts, and kept, so that `term` and `watch` over all agreements read neither. No
//! day of asking bears on it: that is reckoned each time.

mod replaced;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use self::replaced::{Replaced, Replacing};
use super::kept::{self, Of, Recipe};
use super::watch::{self, Subject};
use super::{Error, Office, publish};
use crate::agreement::{
    AgreementId, FollowUp, Form, LateNotice, LateSignature, NoticeEnds, Party, PartyCode,
    Prolongation, Sha256, Term, VersionNumber,
};
use crate::calendar::{Notice, NoticeRule, Occasion, Watching};
use crate::register::{Entry, Tally};
use crate::store::Store;
use crate::template::Bundle;

/// What is known of an agreement's life; without an agreement, of what concerns parties alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Life {
    /// Its published versions that have a term, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) terms: Vec<VersionTerm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    days: Vec<Day>,
}

/// A published version that has a term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct VersionTerm {
    /// The version.
    pub(super) version: VersionNumber,
    /// The agreement's full name in it.
    pub(super) name: String,
    /// The form of its copies.
    pub(super) form: Form,
    /// The party in every bilateral copy.
    pub(super) with: Option<PartyCode>,
    /// The term.
    #[serde(with = "TermForm")]
    pub(super) term: Term,
    /// What it asks for again and again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) follow_up: Vec<FollowUp>,
    /// The notices about it, in the order of entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) notices: Vec<EnteredNotice>,
    /// How many parties are in its list.
    pub(super) party_count: usize,
    /// These parties, where notice was given; else nobody asks who they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parties: Vec<PartyCode>,
    /// Those of them that a later version binds, each with the first day; kept elsewhere.
    #[serde(skip)]
    pub(super) replaced_from: BTreeMap<PartyCode, NaiveDate>,
}

/// A notice and the place of its entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EnteredNotice {
    /// The place of its entry.
    pub(super) seq: u64,
    /// The notice.
    #[serde(flatten)]
    pub(super) notice: Notice,
}

/// A day to watch that is set by entries alone: the day, what happens, the party, which of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Day(
    #[serde(with = "day_number")] NaiveDate,
    Occasion,
    Option<PartyCode>,
    Option<String>,
);

/// A day as its number in the calendar, which is read quicker than text.
mod day_number {
    use chrono::{Datelike as _, NaiveDate};
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(day: &NaiveDate, output: S) -> Result<S::Ok, S::Error> {
        output.serialize_i32(day.num_days_from_ce())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<NaiveDate, D::Error> {
        let number = i32::deserialize(input)?;
        NaiveDate::from_num_days_from_ce_opt(number)
            .ok_or_else(|| D::Error::custom(format!("{number} is no day of the calendar")))
    }
}

/// A term as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Term")]
struct TermForm {
    start: NaiveDate,
    end: NaiveDate,
    notice_months: u32,
    prolongation_months: u32,
    prolongation: Prolongation,
    notice_ends: Option<NoticeEnds>,
    late_notice: Option<LateNotice>,
    late_signature: Option<LateSignature>,
}

/// Returns the life of an agreement, or of each of them; `None` is of what concerns parties alone.
///
/// # Errors
/// [`Error::UnknownAgreement`], or what the register says.
pub(super) async fn read(
    office: &Office,
    agreement: Option<&AgreementId>,
) -> Result<Of<Life>, Error> {
    let Some(mut store) = office.read_store().await? else {
        if let Some(agreement) = agreement {
            office.require_agreement(agreement, &Tally::default())?;
        }
        return Ok(BTreeMap::new());
    };
    let Some(agreement) = agreement else {
        let mut lives = kept::all(&mut store, &Lives).await?;
        if lives.values().any(Life::has_several)
            && let Some(parties) = known_parties(office)
        {
            let parties = &parties;
            for (of, replaced) in kept::all(&mut store, &Replacing { parties }).await? {
                if let Some(life) = lives.get_mut(&of) {
                    life.place(replaced);
                }
            }
        }
        return Ok(lives);
    };
    let entries = store.records.entries(Some(agreement)).await?;
    office.require_agreement(agreement, &Tally::fold(&entries))?;
    let mut lives = BTreeMap::new();
    for of in [None, Some(agreement)] {
        let own = entries
            .iter()
            .filter(|entry| entry.agreement.as_ref() == of);
        let own: Vec<&Entry> = own.collect();
        let mut life = Lives.make(&store, of, &own).await?;
        if life.has_several()
            && let Some(parties) = known_parties(office)
        {
            let parties = &parties;
            let all: Vec<&Entry> = entries.iter().collect();
            life.place(Replacing { parties }.make(&store, of, &all).await?);
        }
        lives.insert(of.cloned(), life);
    }
    Ok(lives)
}

/// Returns the office's parties; `None` where their files cannot be read. Then nobody is known to be bound by
/// a later version, and no earlier one is left out.
fn known_parties(office: &Office) -> Option<Vec<Party>> {
    office.parties().ok()
}

/// Tells whether something is kept that is not what the entries give.
///
/// # Errors
/// What the register says.
pub(super) async fn is_wrong(store: &mut Store) -> Result<bool, Error> {
    kept::is_wrong(store, &Lives).await
}

/// Tells the same of whom later versions bind.
///
/// # Errors
/// What the register says.
pub(super) async fn is_replaced_wrong(store: &mut Store, parties: &[Party]) -> Result<bool, Error> {
    kept::is_wrong(store, &Replacing { parties }).await
}

impl Life {
    /// Returns the days to watch that entries set, from a day on.
    pub(super) fn days(
        &self,
        agreement: Option<&AgreementId>,
        from: NaiveDate,
    ) -> impl Iterator<Item = Watching<Subject>> {
        self.days.iter().filter(move |Day(on, ..)| *on >= from).map(
            move |Day(on, occasion, party, detail)| Watching {
                on: *on,
                occasion: *occasion,
                subject: Subject {
                    agreement: agreement.cloned(),
                    party: party.clone(),
                    detail: detail.clone(),
                    ..Subject::default()
                },
                cautious_on: None,
            },
        )
    }

    /// Returns the versions whose term has begun on a day, in their order; before any has, the first.
    pub(super) fn begun(&self, day: NaiveDate) -> impl Iterator<Item = &VersionTerm> {
        let has_begun = move |known: &&VersionTerm| known.term.start <= day;
        let first = self.terms.first();
        let first = first.filter(|_| !self.terms.iter().any(|known| has_begun(&known)));
        self.terms.iter().filter(has_begun).chain(first)
    }

    fn has_several(&self) -> bool {
        self.terms.len() > 1
    }

    fn place(&mut self, replaced: Vec<Replaced>) {
        for Replaced { version, from } in replaced {
            let mut terms = self.terms.iter_mut();
            if let Some(known) = terms.find(|known| known.version == version) {
                known.replaced_from = from;
            }
        }
    }
}

impl VersionTerm {
    /// Returns what is known of a version's term; `None` if it has none.
    pub(super) fn of(bundle: &Bundle, tally: &Tally) -> Option<Self> {
        let manifest = bundle.manifest();
        let notices = tally.notices(&bundle.agreement().id, manifest.version);
        let notices: Vec<EnteredNotice> = notices
            .iter()
            .map(|notified| EnteredNotice {
                seq: notified.seq,
                notice: (&notified.body).into(),
            })
            .collect();
        let parties = bundle.parties();
        let codes = parties.iter().map(|party| party.code.clone());
        Some(Self {
            version: manifest.version,
            name: bundle.agreement().name.to_string(),
            form: manifest.form.kind,
            with: manifest.form.with.clone(),
            term: manifest.term?,
            follow_up: manifest.follow_up.clone(),
            party_count: parties.len(),
            parties: match notices.is_empty() {
                true => Vec::new(),
                false => codes.collect(),
            },
            notices,
            replaced_from: BTreeMap::new(),
        })
    }

    /// Returns how many parties it may end for, in the bilateral form how many copies.
    pub(super) fn rows(&self, rule: &NoticeRule) -> usize {
        // Who is in every copy has no row of its own.
        self.party_count
            .saturating_sub(usize::from(rule.copies_with.is_some()))
    }
}

struct Lives;

impl Recipe for Lives {
    type Made = Life;
    const KIND: &'static str = "life";
    const OFFICE: kept::Office = kept::Office::Alone;

    fn by(&self) -> Result<Sha256, Error> {
        // The number is raised when something else is kept of the same entries.
        let program = concat!("sigill-life-1 ", env!("CARGO_PKG_VERSION"));
        Ok(Sha256::of(program.as_bytes()))
    }

    async fn make(
        &self,
        store: &Store,
        _agreement: Option<&AgreementId>,
        entries: &[&Entry],
    ) -> Result<Life, Error> {
        let tally = Tally::fold(entries.iter().copied());
        let mut terms = Vec::new();
        for published in tally.versions.values() {
            let bundle = publish::read_outline(store, &published.published).await?;
            terms.extend(VersionTerm::of(&bundle, &tally));
        }
        let days = watch::of_entries(&tally).into_iter().map(|watching| {
            let Subject { party, detail, .. } = watching.subject;
            Day(watching.on, watching.occasion, party, detail)
        });
        Ok(Life {
            terms,
            days: days.collect(),
        })
    }
}
