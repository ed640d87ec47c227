//! Decline: enters that a party says no in a letter, without a decision in minutes.

use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Serialize;

use super::act::{
    About, Act, ActError, Case, Note, OpenSeats, Paper, Planned, clean_words, note_numbers, perform,
};
use super::{Error, Office};
use crate::agreement::{AgreementId, PartyCode, Sha256, VersionNumber};
use crate::register::{Entered, Event, PartyLetter};
use crate::store::Store;

/// A party's letter about a version.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The agreement and version.
    pub about: About,
    /// Whether a letter of the same day may be entered once more.
    pub again: bool,
    /// The day on it.
    pub dated: NaiveDate,
    /// The letter as a file.
    pub document: Option<PathBuf>,
    /// Whether nothing is entered.
    pub dry_run: bool,
    /// The party.
    pub party: PartyCode,
    /// Its reason.
    pub reason: String,
}

/// A letter that was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The place of the entry; `None` where nothing was entered.
    pub seq: Option<u64>,
    /// The agreement.
    pub agreement: AgreementId,
    /// The version.
    pub version: VersionNumber,
    /// The party.
    pub party: PartyCode,
    /// Its name in law.
    pub party_name: String,
    /// The day on the letter.
    pub dated: NaiveDate,
    /// Digest of the letter.
    pub document: Option<Sha256>,
    /// What to look at.
    pub notes: Vec<Note>,
    /// The seats that the party has not signed in.
    pub open_seats: Vec<OpenSeats>,
}

/// Enters that a party says no.
///
/// # Errors
/// [`Error`]; nothing is entered then.
pub async fn run(office: &Office, letter: &Letter) -> Result<Answer, Error> {
    perform::<Plan>(office, letter, letter.dry_run).await
}

/// A letter in which a party says no, and that may be entered.
struct Plan(Told);

impl Act for Plan {
    type Request = Letter;
    type Answer = Answer;

    async fn plan(
        office: &Office,
        store: Option<&mut Store>,
        letter: &Letter,
    ) -> Result<Planned<Self>, Error> {
        let case = Case::open(office, store, &letter.about).await?;
        let subject = &case.subject;
        let (agreement, version) = (&subject.agreement, subject.manifest.version);
        let known = case.tally.declines(agreement, version, &letter.party);
        plan(&case, known, letter, Self)
    }

    async fn event(&mut self, store: &mut Store, letter: &Letter) -> Result<Event, Error> {
        Ok(Event::Declined(self.0.body(store, letter).await?))
    }

    fn answer(self, letter: &Letter, notes: Vec<Note>, seq: Option<u64>) -> Answer {
        self.0.answer(letter, notes, seq)
    }
}

/// What a letter says that may be entered, whatever it is about.
pub(super) struct Told {
    agreement: AgreementId,
    digest: Option<Sha256>,
    open_seats: Vec<OpenSeats>,
    party_name: String,
    reason: String,
    version: VersionNumber,
}

/// Looks at a letter. `known` are the party's letters of its kind on the version.
pub(super) fn plan<A>(
    case: &Case,
    known: &[Entered<PartyLetter>],
    letter: &Letter,
    act: impl FnOnce(Told) -> A,
) -> Result<Planned<A>, Error> {
    let party_name = case.member(&letter.party)?.name.clone();
    let reason = clean_words("the reason", &letter.reason)?;
    case.check_day("the letter's day", letter.dated)?;
    let mut known = known.iter();
    if let Some(known) = known.find(|it| it.body.dated == letter.dated)
        && !letter.again
    {
        return Err(ActError::KnownBefore {
            again: true,
            seq: known.seq,
            what: format!("a letter from {} dated {}", letter.party, letter.dated),
        }
        .into());
    }
    let document = Paper::read_some(letter.document.as_deref(), "document")?;
    let mut notes = case.notes();
    note_numbers(&mut notes, "reason", Some(&reason));
    let agreement = &case.subject.agreement;
    let told = Told {
        agreement: agreement.clone(),
        digest: document.as_ref().map(Paper::digest),
        open_seats: case.open_seats(&letter.party),
        party_name,
        reason,
        version: case.subject.manifest.version,
    };
    Ok(Planned {
        act: act(told),
        agreement: Some(agreement.clone()),
        notes,
        papers: document.into_iter().collect(),
    })
}

impl Told {
    /// Commits the reason, and returns what is entered.
    pub(super) async fn body(&self, store: &Store, letter: &Letter) -> Result<PartyLetter, Error> {
        Ok(PartyLetter {
            dated: letter.dated,
            document: self.digest,
            party: letter.party.clone(),
            reason: store.commit_words(&self.reason).await?,
            version: self.version,
        })
    }

    pub(super) fn answer(self, letter: &Letter, notes: Vec<Note>, seq: Option<u64>) -> Answer {
        Answer {
            seq,
            agreement: self.agreement,
            version: self.version,
            party: letter.party.clone(),
            party_name: self.party_name,
            dated: letter.dated,
            document: self.digest,
            notes,
            open_seats: self.open_seats,
        }
    }
}
