//! Extract: reads an extract from minutes and says which decision an officer could enter.
//!
//! Nothing is entered: what the officer gives goes before what the text proposes, what neither says is asked
//! for, and `decide` enters what the officer confirms.

use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Serialize;

use super::act::{About, ActError, Case, Encoding, Note, Paper, Resolution, Text, note_numbers};
use super::{Error, Office, decide};
use crate::agreement::{AgreementId, Name, Outcome, PartyCode, VersionNumber};
use crate::minutes::{self, Doubt, DoubtKind, Field, Found, Matter, Proposal};

/// What is to be read.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement and version.
    pub about: About,
    /// The file.
    pub file: PathBuf,
    /// What the officer says, which goes before what the text does.
    pub given: Given,
    /// Words that tell the agreement from others; those of its name where none are given.
    pub words: Vec<String>,
}

/// What an officer says of a decision.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The day on which the approval was announced.
    pub announced_on: Option<NaiveDate>,
    /// The last day of appeal that the minutes print.
    pub appeal_until: Option<NaiveDate>,
    /// The day on which the minutes were approved.
    pub approved_on: Option<NaiveDate>,
    /// The body.
    pub body: Option<Name>,
    /// The words of a condition.
    pub condition: Option<String>,
    /// The diary number.
    pub diary_number: Option<Name>,
    /// Members' dissents.
    pub dissent: Option<String>,
    /// The day of the meeting.
    pub met_on: Option<NaiveDate>,
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// The party.
    pub party: Option<PartyCode>,
    /// The §; it also chooses the § that is read.
    pub section: Option<Name>,
}

/// What a text proposes, with what the officer said.
#[derive(Debug, Clone, Serialize)]
pub struct Reading {
    /// The agreement.
    pub agreement: AgreementId,
    /// The version.
    pub version: VersionNumber,
    /// How the text is written.
    pub encoding: Encoding,
    /// What the text proposes, each with its place.
    pub proposal: Proposal,
    /// What neither text nor officer says, in the order to ask for it.
    pub missing: Vec<Field>,
    /// What to look at.
    pub notes: Vec<Note>,
    /// The decision that an officer could enter; `None` while something is missing that it needs.
    #[serde(skip)]
    pub decision: Option<decide::Request>,
    /// The options that give what it needs.
    #[serde(skip)]
    pub needed: Vec<&'static str>,
}

/// Reads an extract.
///
/// # Errors
/// [`Error`] when the file cannot be read or no § in it is about the agreement.
pub async fn run(office: &Office, request: &Request) -> Result<Reading, Error> {
    let paper = Paper::read(&request.file)?;
    let read = paper.text(office).await?;
    let mut store = office.read_store().await?;
    let case = Case::open(office, store.as_mut(), &request.about).await?;
    drop(store);
    let parties = office.parties()?;
    let words = if request.words.is_empty() {
        telling_words(&case)
    } else {
        request.words.clone()
    };
    let given = &request.given;
    let matter = Matter {
        name: case.subject.family.name.as_str(),
        words: &words,
        section: given.section.as_ref().map(Name::as_str),
    };
    let proposal = minutes::propose(&read.text, &matter, &parties);
    if proposal.section.is_none()
        && let Some(doubt) = proposal.doubts.iter().find(|doubt| is_no_extract(doubt))
    {
        return Err(ActError::Extract {
            doubt: Box::new(doubt.clone()),
            path: request.file.clone(),
        }
        .into());
    }
    let mut reading = Reading {
        agreement: case.subject.agreement.clone(),
        version: case.subject.manifest.version,
        encoding: read.encoding,
        missing: Vec::new(),
        notes: notes(given, &proposal, read),
        decision: None,
        needed: Vec::new(),
        proposal,
    };
    reading.complete(request);
    Ok(reading)
}

/// Tells whether a doubt is that there is nothing to read.
fn is_no_extract(doubt: &Doubt) -> bool {
    matches!(
        doubt.kind,
        DoubtKind::NoSection
            | DoubtKind::OtherMatter
            | DoubtKind::SeveralSections
            | DoubtKind::TooLarge
    )
}

/// Returns the words that tell an agreement from others: what it is called by, and the kind of text it is.
fn telling_words(case: &Case) -> Vec<String> {
    let kind = case.subject.family.name.as_str().split_whitespace().next();
    let own = case.subject.agreement.as_str().split('-');
    kind.into_iter().chain(own).map(str::to_lowercase).collect()
}

fn notes(given: &Given, proposal: &Proposal, read: Text) -> Vec<Note> {
    let mut notes = Vec::new();
    note_numbers(&mut notes, "extract", Some(&read.text));
    if !read.recognised.is_empty() {
        let pages = read.recognised;
        notes.push(Note::Recognised { pages });
    }
    let found = proposal.party.as_ref().map(|found| &found.value);
    if let (Some(found), Some(party)) = (found, &given.party)
        && found != party
    {
        let found = found.clone();
        notes.push(Note::WrongParty { found });
    }
    notes
}

impl Reading {
    /// Puts together the decision that could be entered, and tells what it lacks.
    fn complete(&mut self, request: &Request) {
        let (given, proposal) = (&request.given, &self.proposal);
        let party = given.party.clone().or_else(|| value(&proposal.party));
        let proposed_body = proposal.body.as_ref();
        let proposed_body = proposed_body.and_then(|found| found.value.name.parse().ok());
        let body = given.body.clone().or(proposed_body);
        let met_on = given.met_on.or_else(|| value(&proposal.met_on));
        let outcome = given.outcome.or_else(|| value(&proposal.outcome));
        let section = given.section.clone().or_else(|| line(&proposal.section));
        let diary_number = line(&proposal.diary_number);
        let diary_number = given.diary_number.clone().or(diary_number);
        let approved_on = given.approved_on.or_else(|| value(&proposal.approved_on));
        let announced_on = value(&proposal.announced_on);
        let announced_on = given.announced_on.or(announced_on);
        let is_conditional = outcome == Some(Outcome::ApprovedWithCondition);
        // What an officer calls clean has no condition, whatever the text says.
        let condition = whole(&proposal.condition).filter(|_| is_conditional);
        let condition = given.condition.clone().or(condition);
        let dissent = given.dissent.clone().or_else(|| dissents(proposal));
        let missing = [
            (Field::Party, party.is_none()),
            (Field::Body, body.is_none()),
            (Field::MetOn, met_on.is_none()),
            (Field::Section, section.is_none()),
            (Field::DiaryNumber, diary_number.is_none()),
            (Field::ApprovedOn, approved_on.is_none()),
            (Field::AnnouncedOn, announced_on.is_none()),
            (Field::Outcome, outcome.is_none()),
            (Field::Condition, is_conditional && condition.is_none()),
            (Field::Signer, proposal.signer.is_none()),
        ];
        let missing = missing.into_iter().filter(|(_, is_missing)| *is_missing);
        self.missing = missing.map(|(field, _)| field).collect();
        self.needed = self
            .missing
            .iter()
            .filter_map(|field| Some((option(*field)?, is_needed(*field))))
            .filter(|(_, is_needed)| *is_needed)
            .map(|(option, _)| option)
            .collect();
        if let (Some(party), Some(body), Some(met_on), Some(outcome), true) =
            (party, body, met_on, outcome, self.needed.is_empty())
        {
            self.decision = Some(decide::Request {
                about: About {
                    agreement: Some(self.agreement.clone()),
                    version: Some(self.version),
                },
                again: false,
                condition,
                dissent,
                dry_run: false,
                outcome,
                party,
                resolution: Resolution {
                    announced_on,
                    appeal_until: given.appeal_until,
                    approved_on,
                    body,
                    diary_number,
                    extract: Some(request.file.clone()),
                    met_on,
                    section,
                },
            });
        }
    }

    /// Returns the decision that could be entered.
    ///
    /// # Errors
    /// [`ActError::Missing`] with the options that give what it lacks.
    pub fn decision(&self) -> Result<&decide::Request, ActError> {
        self.decision.as_ref().ok_or_else(|| ActError::Missing {
            options: self.needed.clone(),
        })
    }
}

/// Returns the option that gives a field; `None` for one that `decide` does not take.
#[must_use]
pub fn option(field: Field) -> Option<&'static str> {
    match field {
        Field::AnnouncedOn => Some("--announced"),
        Field::ApprovedOn => Some("--approved"),
        Field::Body => Some("--body"),
        Field::Condition => Some("--condition"),
        Field::DiaryNumber => Some("--diary"),
        Field::MetOn => Some("--met"),
        Field::Outcome => Some("--outcome"),
        Field::Party => Some("PARTY"),
        Field::Section => Some("--section"),
        Field::Signer => None,
    }
}

/// Tells whether no decision is entered without a field.
fn is_needed(field: Field) -> bool {
    match field {
        Field::Body | Field::Condition | Field::MetOn | Field::Outcome | Field::Party => true,
        Field::AnnouncedOn
        | Field::ApprovedOn
        | Field::DiaryNumber
        | Field::Section
        | Field::Signer => false,
    }
}

fn value<T: Clone>(found: &Option<Found<T>>) -> Option<T> {
    found.as_ref().map(|found| found.value.clone())
}

/// Returns a value that can stand in an entry: a line of plain text.
fn line(found: &Option<Found<String>>) -> Option<Name> {
    whole(found)?.parse().ok()
}

/// Returns a value that was not cut to be shown.
fn whole(found: &Option<Found<String>>) -> Option<String> {
    let value = &found.as_ref()?.value;
    (!value.ends_with('…')).then(|| value.clone())
}

fn dissents(proposal: &Proposal) -> Option<String> {
    let dissents: Vec<&str> = proposal
        .dissents
        .iter()
        .map(|found| found.value.as_str())
        .collect();
    (!dissents.is_empty()).then(|| dissents.join("; "))
}
