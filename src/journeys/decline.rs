//! Decline: enters that a party says no in a letter, without a decision in minutes.

use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Serialize;

use super::act::{About, ActError, Case, Note, OpenSeats, Paper, clean_words, enter, note_numbers};
use super::{Error, Office};
use crate::agreement::{AgreementId, PartyCode, Sha256, VersionNumber};
use crate::register::{Commitment, CopyState, Declined, Event, Retracted};
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
    enter_letter(office, letter, &Kind::Decline).await
}

/// What a letter says.
pub(super) enum Kind {
    /// No.
    Decline,
    /// That everything is taken back.
    Retract,
}

/// Enters a letter.
pub(super) async fn enter_letter(
    office: &Office,
    letter: &Letter,
    kind: &Kind,
) -> Result<Answer, Error> {
    let mut store = office.read_store().await?;
    let mut plan = Plan::make(office, store.as_mut(), letter, kind).await?;
    drop(store);
    let read = match &plan.document {
        Some(paper) => paper.notes(office, "document").await,
        None => Vec::new(),
    };
    if letter.dry_run {
        plan.notes.extend(read);
        return Ok(plan.answer(letter, None));
    }
    let mut store = office.write_store().await?;
    let mut plan = Plan::make(office, Some(&mut store), letter, kind).await?;
    plan.notes.extend(read);
    if let Some(paper) = plan.document.take() {
        store.documents.put(paper.bytes).await?;
    }
    let reason = store.commit_words(&plan.reason).await?;
    let event = plan.event(letter, kind, reason);
    let agreement = plan.case.subject.agreement.clone();
    let seq = enter(office, &mut store, Some(&agreement), event).await?;
    Ok(plan.answer(letter, Some(seq)))
}

/// A letter that may be entered.
struct Plan {
    case: Case,
    digest: Option<Sha256>,
    document: Option<Paper>,
    notes: Vec<Note>,
    party_name: String,
    reason: String,
}

impl Plan {
    async fn make(
        office: &Office,
        store: Option<&mut Store>,
        letter: &Letter,
        kind: &Kind,
    ) -> Result<Self, Error> {
        let case = Case::open(office, store, &letter.about).await?;
        let party_name = case.member(&letter.party)?.name.clone();
        let reason = clean_words("the reason", &letter.reason)?;
        case.check_day("the letter's day", letter.dated)?;
        if !letter.again {
            refuse_known(&case, letter, kind)?;
        }
        if matches!(kind, Kind::Retract) {
            refuse_nothing(&case, &letter.party)?;
        }
        let document = letter.document.as_deref().map(Paper::read).transpose()?;
        let mut notes = case.notes();
        note_numbers(&mut notes, "reason", Some(&reason));
        Ok(Self {
            case,
            digest: document.as_ref().map(|paper| Sha256::of(&paper.bytes)),
            document,
            notes,
            party_name,
            reason,
        })
    }

    fn event(&self, letter: &Letter, kind: &Kind, reason: Commitment) -> Event {
        let version = self.case.subject.manifest.version;
        let (dated, document, party) = (letter.dated, self.digest, letter.party.clone());
        match kind {
            Kind::Decline => Event::Declined(Declined {
                dated,
                document,
                party,
                reason,
                version,
            }),
            Kind::Retract => Event::Retracted(Retracted {
                dated,
                document,
                party,
                reason,
                version,
            }),
        }
    }

    fn answer(self, letter: &Letter, seq: Option<u64>) -> Answer {
        Answer {
            seq,
            agreement: self.case.subject.agreement.clone(),
            version: self.case.subject.manifest.version,
            party: letter.party.clone(),
            party_name: self.party_name,
            dated: letter.dated,
            document: self.digest,
            notes: self.notes,
            open_seats: self.case.open_seats(&letter.party),
        }
    }
}

fn refuse_known(case: &Case, letter: &Letter, kind: &Kind) -> Result<(), ActError> {
    let subject = &case.subject;
    let (tally, agreement) = (&case.tally, &subject.agreement);
    let (version, party) = (subject.manifest.version, &letter.party);
    let known = match kind {
        Kind::Decline => {
            let mut known = tally.declines(agreement, version, party).iter();
            known
                .find(|it| it.body.dated == letter.dated)
                .map(|it| it.seq)
        }
        Kind::Retract => {
            let mut known = tally.retractions(agreement, version, party).iter();
            known
                .find(|it| it.body.dated == letter.dated)
                .map(|it| it.seq)
        }
    };
    match known {
        Some(seq) => Err(ActError::KnownBefore {
            again: true,
            seq,
            what: format!("a letter from {} dated {}", letter.party, letter.dated),
        }),
        None => Ok(()),
    }
}

/// Refuses to take back what never was: neither a decision nor a signature.
fn refuse_nothing(case: &Case, party: &PartyCode) -> Result<(), ActError> {
    let has_signed = |copy: &CopyState| {
        let mut seats = copy.issued.seats.iter().filter(|seat| seat.is_of(party));
        seats.any(|seat| copy.signed.contains_key(seat) || copy.paper(seat).is_some())
    };
    if !case.decisions(party).is_empty() || case.copies_of(party).any(has_signed) {
        return Ok(());
    }
    let version = case.subject.manifest.version;
    Err(ActError::NothingToRetract {
        agreement: case.subject.agreement.clone(),
        party: party.clone(),
        version,
    })
}
