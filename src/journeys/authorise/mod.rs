//! Authorise: who may sign for a party, from when to when, and by whose decision; or that it ended.
//!
//! Whoever is told of counts for signatures that were made before too, if they were made in time: what
//! stands otherwise by it is judged anew and entered in the same transaction.

mod error;
mod listing;
mod rule;
mod warning;

use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Serialize;

use self::rule::{changed_rule, read_rule, roles};
use self::warning::warn;
use super::act::{Act, Note, Planned, Resolution, check_minutes, perform};
use super::authority::{self, Authorities, Rejudged, judge_anew};
use super::pin::{personal_identifier, pinned_certificate};
use super::{Error, Office, PinError, check_reason};
use crate::agreement::{
    AgreementId, Grade, Name, Party, PartyCode, Person, PersonalHash, PersonalIdentifier, Role,
    Sha256, Signatory, SigningRule, personal_numbers, to_canonical_json,
};
use crate::calendar::{Length, swedish_day};
use crate::outside::{SecretSource, now};
use crate::register::{
    Authorised, AuthorisedPerson, Entry, Event, FORMAT, Minutes, Relieved, Tally,
};
use crate::store::{Draft, Store, identifier_key, make_identifier_key};

pub use error::AuthoriseError;
pub use listing::{Line, Listing, Relief, list};
pub use warning::Warning;

/// What is to be entered.
#[derive(Debug, Clone)]
pub struct Request {
    /// The party.
    pub party: PartyCode,
    /// The agreement that it is for; all if not said.
    pub agreement: Option<AgreementId>,
    /// Who may sign; nobody new where only the rule is told.
    pub person: Option<NewPerson>,
    /// Where it is decided.
    pub source: Resolution,
    /// How long the source allows it to last.
    pub limit: Option<Limit>,
    /// A TOML file with the party's rule, `[signing]` as in a party's file.
    pub rule_from: Option<PathBuf>,
    /// How many of the seats must be signed from now on.
    pub at_least: Option<u32>,
    /// The least legal grade from now on.
    pub least_grade: Option<Grade>,
}

/// A person who may sign.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// The role.
    pub role: Role,
    /// The name.
    pub name: Name,
    /// The title; that of the role in the party's file if not said.
    pub title: Option<Name>,
    /// The work e-mail address.
    pub email: Option<Name>,
    /// First day; that of the meeting if not said.
    pub from: Option<NaiveDate>,
    /// Last day; open if not said.
    pub to: Option<NaiveDate>,
    /// PEM files whose first certificate is the person's.
    pub certificates: Vec<PathBuf>,
    /// Where the personal identifier comes from.
    pub identifier: Option<SecretSource>,
}

/// How long a source allows an authority to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// So long from its first day.
    For(Length),
    /// To this day, inclusive.
    To(NaiveDate),
}

/// An end before its time.
#[derive(Debug, Clone)]
pub struct Ending {
    /// The party.
    pub party: PartyCode,
    /// The place of the entry that told of the authority.
    pub entry: u64,
    /// Which of that entry's persons, counted from 1; the only one if not said.
    pub person: Option<u32>,
    /// The last day on which the person could sign.
    pub last_day: NaiveDate,
    /// Why.
    pub reason: String,
}

/// What was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The place of the entry.
    pub seq: u64,
    /// The title of the person's role; `None` where only the rule was told.
    pub title: Option<String>,
    /// The person's first day.
    pub from: Option<NaiveDate>,
    /// The last day on which the person may sign, by its own time and by what the source allows.
    pub to: Option<NaiveDate>,
    /// The person's certificates: digests, and what their subjects are called.
    pub certificates: Vec<(Sha256, String)>,
    /// What an administrator should look at in the source.
    pub notes: Vec<Note>,
    /// What an administrator should look at.
    pub warnings: Vec<Warning>,
    /// Which signatures stand otherwise by it.
    pub rejudged: Rejudged,
}

/// Enters who may sign for a party, and what follows for signatures that are there.
///
/// # Errors
/// [`AuthoriseError`]; nothing was entered then.
pub async fn run(office: &Office, request: &Request) -> Result<Outcome, Error> {
    check(request, swedish_day(now()))?;
    let mut certificates = Vec::new();
    let mut number = None;
    if let Some(person) = &request.person {
        for file in &person.certificates {
            let certificate = pinned_certificate(file)?;
            certificates.push((certificate.digest(), certificate.subject_name()));
        }
        number = person.identifier.as_ref().map(personal_identifier);
    }
    let asked = Asked {
        certificates,
        number: number.transpose()?,
        request: request.clone(),
        root: office.root().to_owned(),
        rule: request.rule_from.as_deref().map(read_rule).transpose()?,
    };
    perform::<Plan>(office, &asked, false).await
}

/// A request, and what is read once for it: an identifier is asked for at the keyboard.
struct Asked {
    certificates: Vec<(Sha256, String)>,
    number: Option<PersonalIdentifier>,
    request: Request,
    // The office's folder, which has the key of identifiers.
    root: PathBuf,
    rule: Option<SigningRule>,
}

/// Who may sign, as it may be entered.
struct Plan {
    allowed_to: Option<NaiveDate>,
    entries: Vec<Entry>,
    // With its identifier's hash, where the office has a key already.
    new: Option<Signatory>,
    party: PartyCode,
    rejudged: Rejudged,
    rule: Option<SigningRule>,
    source: Minutes,
    warnings: Vec<Warning>,
}

impl Act for Plan {
    type Request = Asked;
    type Answer = Outcome;

    async fn plan(
        office: &Office,
        store: Option<&mut Store>,
        asked: &Asked,
    ) -> Result<Planned<Self>, Error> {
        let request = &asked.request;
        let (source, extract) = request.source.read()?;
        check_minutes(swedish_day(now()), &source)?;
        let agreement = request.agreement.as_ref();
        let (entries, tally, parties) = match store {
            Some(store) => {
                let entries = store.records.entries(None).await?;
                let tally = Tally::fold(&entries);
                let authorities = Authorities::read(office, store, &tally).await?;
                let parties = authorities.parties(agreement).to_vec();
                (entries, tally, parties)
            }
            None => (Vec::new(), Tally::default(), office.parties()?),
        };
        if let Some(agreement) = agreement {
            office.require_agreement(agreement, &tally)?;
        }
        let party = known_party(&parties, &request.party)?;
        let rule = changed_rule(party, asked.rule.clone(), request)?;
        let mut plan = Self {
            allowed_to: None,
            entries,
            new: None,
            party: party.code.clone(),
            rejudged: Rejudged::default(),
            rule,
            source,
            warnings: Vec::new(),
        };
        if let Some(person) = &request.person {
            let known = roles(plan.rule.as_ref().unwrap_or(&party.signing));
            if !known.contains(&person.role) {
                return Err(AuthoriseError::Role {
                    role: person.role.clone(),
                    party: party.code.clone(),
                    known,
                }
                .into());
            }
            let first = person.from.unwrap_or(request.source.met_on);
            plan.allowed_to = last_allowed(request.limit, first)?;
            let key = identifier_key(office.root())?;
            let hash = |number: &PersonalIdentifier| Some(number.hash(key.as_deref()?));
            let identifier = asked.number.as_ref().and_then(hash);
            // Of an identifier without a key nothing can be known.
            let is_comparable = identifier.is_some() == asked.number.is_some();
            let new = Signatory {
                role: person.role.clone(),
                title: person
                    .title
                    .clone()
                    .or_else(|| authority::title_of(party, &person.role))
                    .map_or_else(|| role_as_title(&person.role), Ok)?,
                name: Some(person.name.clone()),
                email: person.email.clone(),
                from: Some(first),
                to: person.to,
                certificates: asked
                    .certificates
                    .iter()
                    .map(|(digest, _)| *digest)
                    .collect(),
                identifier,
            };
            if plan.rule.is_none()
                && is_comparable
                && let Some(seq) = known_entry(&tally, request, &new, party)
            {
                return Err(AuthoriseError::Known { seq }.into());
            }
            plan.warnings = warn(&new, party, &parties, plan.allowed_to);
            if asked.number.is_some() {
                plan.warnings.retain(|it| *it != Warning::NameAlone);
            }
            plan.new = Some(new);
        } else if let Some(Limit::To(day)) = request.limit {
            plan.allowed_to = Some(day);
        }
        Ok(Planned {
            agreement: request.agreement.clone(),
            notes: Vec::new(),
            papers: extract.into_iter().collect(),
            act: plan,
        })
    }

    async fn event(&mut self, store: &mut Store, asked: &Asked) -> Result<Event, Error> {
        let mut persons = Vec::new();
        if let (Some(person), Some(new)) = (&asked.request.person, &self.new) {
            let identifier = match &asked.number {
                Some(number) => Some(number.hash(&make_identifier_key(&asked.root)?)),
                None => None,
            };
            persons.push(keep_person(store, person, new, identifier).await?);
        }
        Ok(Event::Authorised(Authorised {
            allowed_to: self.allowed_to,
            party: asked.request.party.clone(),
            persons,
            rule: self.rule.take(),
            source: self.source.clone(),
        }))
    }

    async fn enter(
        &mut self,
        office: &Office,
        store: &mut Store,
        agreement: Option<&AgreementId>,
        event: Event,
    ) -> Result<u64, Error> {
        let entries = std::mem::take(&mut self.entries);
        let agreement = agreement.cloned();
        let (seq, rejudged) = enter(office, store, entries, agreement, event, &self.party).await?;
        self.rejudged = rejudged;
        Ok(seq)
    }

    fn answer(self, asked: &Asked, notes: Vec<Note>, seq: Option<u64>) -> Outcome {
        let new = self.new.as_ref();
        let to = new.and_then(|new| new.to.into_iter().chain(self.allowed_to).min());
        Outcome {
            seq: seq.unwrap_or_default(),
            title: new.map(|new| new.title.to_string()),
            from: new.and_then(|new| new.from),
            to,
            certificates: asked.certificates.clone(),
            notes,
            warnings: self.warnings,
            rejudged: self.rejudged,
        }
    }
}

/// Enters that a person's authority ended before its time, and what follows for signatures that are there.
///
/// # Errors
/// [`AuthoriseError`]; nothing was entered then.
pub async fn end(office: &Office, ending: &Ending) -> Result<Outcome, Error> {
    check_reason(&ending.reason)?;
    perform::<EndPlan>(office, ending, false).await
}

/// An end, as it may be entered.
struct EndPlan {
    entries: Vec<Entry>,
    from: Option<NaiveDate>,
    party: PartyCode,
    // Which of the entry's persons, counted from 0.
    person: u32,
    rejudged: Rejudged,
    title: Option<Name>,
    to: NaiveDate,
}

impl Act for EndPlan {
    type Request = Ending;
    type Answer = Outcome;

    async fn plan(
        office: &Office,
        store: Option<&mut Store>,
        ending: &Ending,
    ) -> Result<Planned<Self>, Error> {
        let unknown = || AuthoriseError::NoSuchAuthority {
            entry: ending.entry,
            party: ending.party.clone(),
        };
        let store = store.ok_or_else(unknown)?;
        let entries = store.records.entries(None).await?;
        let tally = Tally::fold(&entries);
        let mut known = tally.authorities_of(&ending.party).iter();
        let state = known.find(|state| state.seq == ending.entry);
        let state = state.ok_or_else(unknown)?;
        let persons = &state.authorised.persons;
        let wrong = || AuthoriseError::NoSuchPerson {
            entry: ending.entry,
            persons: persons.len(),
        };
        let index = match (ending.person, persons.len()) {
            (None, 1) => 0,
            (Some(number), _) => number.checked_sub(1).ok_or_else(wrong)?,
            (None, _) => return Err(wrong().into()),
        };
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        let person = persons.get(place).ok_or_else(wrong)?;
        if let Some(from) = person.from
            && ending.last_day < from
        {
            let to = ending.last_day;
            return Err(AuthoriseError::EndBeforeStart { from, to }.into());
        }
        let to = authority::last_day(state, place);
        if to == Some(ending.last_day) {
            return Err(AuthoriseError::Known { seq: state.seq }.into());
        }
        let agreement = state.agreement.clone();
        let authorities = Authorities::read(office, store, &tally).await?;
        let mut parties = authorities.parties(agreement.as_ref()).iter();
        let party = parties.find(|party| party.code == ending.party);
        Ok(Planned {
            agreement,
            notes: Vec::new(),
            papers: Vec::new(),
            act: Self {
                from: person.from,
                party: ending.party.clone(),
                person: index,
                rejudged: Rejudged::default(),
                title: party.and_then(|party| authority::title_of(party, &person.role)),
                to: to.map_or(ending.last_day, |to| to.min(ending.last_day)),
                entries,
            },
        })
    }

    async fn event(&mut self, store: &mut Store, ending: &Ending) -> Result<Event, Error> {
        Ok(Event::Relieved(Relieved {
            authorised: ending.entry,
            last_day: ending.last_day,
            party: ending.party.clone(),
            person: self.person,
            reason: store.commit_words(&ending.reason).await?,
        }))
    }

    async fn enter(
        &mut self,
        office: &Office,
        store: &mut Store,
        agreement: Option<&AgreementId>,
        event: Event,
    ) -> Result<u64, Error> {
        let entries = std::mem::take(&mut self.entries);
        let agreement = agreement.cloned();
        let (seq, rejudged) = enter(office, store, entries, agreement, event, &self.party).await?;
        self.rejudged = rejudged;
        Ok(seq)
    }

    fn answer(self, _ending: &Ending, notes: Vec<Note>, seq: Option<u64>) -> Outcome {
        Outcome {
            seq: seq.unwrap_or_default(),
            title: self.title.map(|title| title.to_string()),
            from: self.from,
            to: Some(self.to),
            certificates: Vec::new(),
            notes,
            warnings: Vec::new(),
            rejudged: self.rejudged,
        }
    }
}

/// Enters an event with what follows from it for the party's signatures, in one transaction.
pub(super) async fn enter(
    office: &Office,
    store: &mut Store,
    mut entries: Vec<Entry>,
    agreement: Option<AgreementId>,
    event: Event,
    party: &PartyCode,
) -> Result<(u64, Rejudged), Error> {
    // Judged as if it were entered, so that both can be entered at once.
    entries.push(Entry {
        actor: office.actor.clone(),
        agreement: agreement.clone(),
        at: now(),
        event: event.clone(),
        seq: u64::try_from(entries.len()).unwrap_or(u64::MAX),
        v: FORMAT,
    });
    let anew = judge_anew(office, store, &entries, party).await?;
    let draft = Draft {
        actor: office.actor.clone(),
        agreement,
        event,
    };
    let (entered, rejudged) = authority::enter(office, store, vec![draft], anew).await?;
    Ok((entered.first().map_or(0, |entry| entry.seq), rejudged))
}

/// Checks what can be told without the register.
fn check(request: &Request, today: NaiveDate) -> Result<(), AuthoriseError> {
    if request.source.met_on > today {
        let met_on = request.source.met_on;
        return Err(AuthoriseError::MetInFuture { met_on, today });
    }
    let is_rule_told =
        request.rule_from.is_some() || request.at_least.is_some() || request.least_grade.is_some();
    let Some(person) = &request.person else {
        return if is_rule_told {
            Ok(())
        } else {
            Err(AuthoriseError::Nothing)
        };
    };
    let from = person.from.unwrap_or(request.source.met_on);
    let allowed = match request.limit {
        Some(Limit::To(day)) => Some(day),
        Some(Limit::For(_)) | None => None,
    };
    for to in person.to.into_iter().chain(allowed) {
        if to < from {
            return Err(AuthoriseError::EndBeforeStart { from, to });
        }
    }
    let texts = [
        ("name", Some(&person.name)),
        ("title", person.title.as_ref()),
        ("e-mail address", person.email.as_ref()),
    ];
    for (what, text) in texts {
        if text.is_some_and(|text| !personal_numbers(text.as_str()).is_empty()) {
            return Err(AuthoriseError::PersonalNumber { what });
        }
    }
    Ok(())
}

/// Returns the last day that a source allows, counted from the first; both belong.
fn last_allowed(
    limit: Option<Limit>,
    from: NaiveDate,
) -> Result<Option<NaiveDate>, AuthoriseError> {
    match limit {
        None => Ok(None),
        Some(Limit::To(day)) => Ok(Some(day)),
        Some(Limit::For(length)) => {
            let after = length.after(from).filter(|after| *after > from);
            let last = after.and_then(|after| after.pred_opt());
            last.map(Some)
                .ok_or(AuthoriseError::Length { from, length })
        }
    }
}

fn known_party<'a>(parties: &'a [Party], code: &PartyCode) -> Result<&'a Party, Error> {
    let party = parties.iter().find(|party| party.code == *code);
    party.ok_or_else(|| {
        PinError::NoParty {
            party: code.clone(),
        }
        .into()
    })
}

fn role_as_title(role: &Role) -> Result<Name, AuthoriseError> {
    let title = role.as_str().parse();
    title.map_err(|_| AuthoriseError::PersonalNumber { what: "role" })
}

/// Returns the place of an entry that tells the same of the same person.
fn known_entry(tally: &Tally, request: &Request, new: &Signatory, party: &Party) -> Option<u64> {
    let has_same_name = party
        .signatories
        .iter()
        .any(|known| known.role == new.role && known.name == new.name && known.from == new.from);
    let states = tally.authorities_of(&party.code).iter();
    let mut same = states.filter(|state| {
        let mut persons = state.authorised.persons.iter();
        has_same_name
            && state.agreement == request.agreement
            && state.reliefs.is_empty()
            && state.authorised.source.body == request.source.body
            && state.authorised.source.met_on == request.source.met_on
            && state.authorised.source.section == request.source.section
            && persons.any(|known| {
                known.role == new.role
                    && known.from == new.from
                    && known.to == new.to
                    && known.certificates == new.certificates
                    && known.identifier == new.identifier
            })
    });
    same.next().map(|state| state.seq)
}

/// Keeps who a person is as a document, and returns what stands in the entry.
async fn keep_person(
    store: &Store,
    person: &NewPerson,
    new: &Signatory,
    identifier: Option<PersonalHash>,
) -> Result<AuthorisedPerson, Error> {
    let known = Person {
        email: person.email.clone(),
        name: person.name.clone(),
        title: person.title.clone(),
    };
    let words = String::from_utf8_lossy(&to_canonical_json(&known)?).into_owned();
    Ok(AuthorisedPerson {
        certificates: new.certificates.clone(),
        from: new.from,
        identifier,
        person: store.commit_words(&words).await?,
        role: new.role.clone(),
        to: new.to,
    })
}
