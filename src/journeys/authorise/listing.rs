//! Who may sign for a party, as its file and the register have it.

use chrono::NaiveDate;
use serde::Serialize;

use super::known_party;
use crate::agreement::{AgreementId, Name, PartyCode, Person, Role, Sha256, SigningRule};
use crate::calendar::{end_of_day, swedish_day};
use crate::journeys::authority::{Authorities, last_day, title_of};
use crate::journeys::{Error, Office};
use crate::outside::now;
use crate::register::{AuthorityState, Minutes, Tally};
use crate::store::Store;

/// Who may sign for a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// The party.
    pub party: PartyCode,
    /// Its name in law.
    pub name: Name,
    /// The Swedish day for which it is told.
    pub day: NaiveDate,
    /// The rule for all agreements.
    pub rule: SigningRule,
    /// Those in the party's file, then those in the register in the order of entry.
    pub lines: Vec<Line>,
}

/// A person, or an office that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The role.
    pub role: Role,
    /// Its title.
    pub title: String,
    /// The person's name, where it is recorded.
    pub name: Option<String>,
    /// Whether name and title were erased.
    pub is_erased: bool,
    /// The first day, where it is limited.
    pub from: Option<NaiveDate>,
    /// The last day by all that limits it.
    pub to: Option<NaiveDate>,
    /// Whether the person may sign on the day.
    pub is_in_office: bool,
    /// The person's certificates.
    pub certificates: Vec<Sha256>,
    /// Whether a keyed hash of a personal identifier is recorded.
    pub has_identifier: bool,
    /// The place of the entry; `None` for the party's file.
    pub seq: Option<u64>,
    /// Which of the entry's persons, counted from 1.
    pub person: Option<usize>,
    /// The agreement that it is for; all if not said.
    pub agreement: Option<AgreementId>,
    /// Where it is decided.
    pub source: Option<Minutes>,
    /// The last day that the source allows.
    pub allowed_to: Option<NaiveDate>,
    /// What ended it before its time.
    pub reliefs: Vec<Relief>,
}

/// What ended an authority before its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Relief {
    /// The place of the entry.
    pub seq: u64,
    /// The last day.
    pub last_day: NaiveDate,
    /// Why; `None` where it was erased.
    pub reason: Option<String>,
}

/// Lists who may sign for a party on a Swedish day, today if none is named, by what was entered until its end.
///
/// # Errors
/// [`Error`] when there is no such party.
pub async fn list(
    office: &Office,
    party: &PartyCode,
    as_of: Option<NaiveDate>,
) -> Result<Listing, Error> {
    let day = as_of.unwrap_or_else(|| swedish_day(now()));
    let files = office.parties()?;
    let in_file = known_party(&files, party)?;
    let mut listing = Listing {
        party: party.clone(),
        name: in_file.legal_name.clone(),
        day,
        rule: in_file.signing.clone(),
        lines: Vec::new(),
    };
    for person in &in_file.signatories {
        listing.lines.push(Line {
            role: person.role.clone(),
            title: person.title.to_string(),
            name: person.name.as_ref().map(ToString::to_string),
            is_erased: false,
            from: person.from,
            to: person.to,
            is_in_office: person.is_in_office(day),
            certificates: person.certificates.clone(),
            has_identifier: person.identifier.is_some(),
            seq: None,
            person: None,
            agreement: None,
            source: None,
            allowed_to: None,
            reliefs: Vec::new(),
        });
    }
    let Some(mut store) = office.read_store().await? else {
        return Ok(listing);
    };
    let end = end_of_day(day);
    let entries = store.records.entries(None).await?;
    let tally = match as_of {
        Some(_) => Tally::fold(entries.iter().filter(|entry| entry.at < end)),
        None => Tally::fold(&entries),
    };
    let authorities = Authorities::read(office, &store, &tally).await?;
    let now = known_party(authorities.parties(None), party)?;
    listing.rule = now.signing.clone();
    for state in tally.authorities_of(party) {
        let mut reliefs = Vec::new();
        for relief in &state.reliefs {
            reliefs.push((
                relief.body.person,
                Relief {
                    seq: relief.seq,
                    last_day: relief.body.last_day,
                    reason: store.words(relief.body.reason).await?,
                },
            ));
        }
        for (index, person) in state.authorised.persons.iter().enumerate() {
            let known = known_person(&store, state, index).await?;
            let title = known.as_ref().and_then(|known| known.title.clone());
            let title = title.or_else(|| title_of(in_file, &person.role));
            let (from, to) = (person.from, last_day(state, index));
            let own = reliefs
                .iter()
                .filter(|(of, _)| usize::try_from(*of) == Ok(index));
            listing.lines.push(Line {
                role: person.role.clone(),
                title: title.map_or_else(|| person.role.to_string(), |it| it.to_string()),
                name: known.as_ref().map(|known| known.name.to_string()),
                is_erased: known.is_none(),
                from,
                to,
                is_in_office: from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to),
                certificates: person.certificates.clone(),
                has_identifier: person.identifier.is_some(),
                seq: Some(state.seq),
                person: Some(index.saturating_add(1)),
                agreement: state.agreement.clone(),
                source: Some(state.authorised.source.clone()),
                allowed_to: state.authorised.allowed_to,
                reliefs: own.map(|(_, relief)| relief.clone()).collect(),
            });
        }
    }
    Ok(listing)
}

/// Returns who a person of an entry is; nobody where that was erased.
async fn known_person(
    store: &Store,
    state: &AuthorityState,
    index: usize,
) -> Result<Option<Person>, Error> {
    let Some(person) = state.authorised.persons.get(index) else {
        return Ok(None);
    };
    let words = store.words(person.person).await?;
    Ok(words.and_then(|words| serde_json::from_str(&words).ok()))
}
