//! Retract: enters that a party takes back what it had decided and signed, before it was bound.

use super::act::{Act, ActError, Case, Note, Planned, perform};
use super::decline::{Answer, Letter, Told, plan};
use super::{Error, Office};
use crate::agreement::PartyCode;
use crate::register::{CopyState, Event};
use crate::store::Store;

/// Enters that a party takes everything back.
///
/// # Errors
/// [`Error`], also where the party had neither decided nor signed; nothing is entered then.
pub async fn run(office: &Office, letter: &Letter) -> Result<Answer, Error> {
    perform::<Plan>(office, letter, letter.dry_run).await
}

/// A letter in which a party takes everything back, and that may be entered.
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
        let known = case.tally.retractions(agreement, version, &letter.party);
        let planned = plan(&case, known, letter, Self)?;
        refuse_nothing(&case, &letter.party)?;
        Ok(planned)
    }

    async fn event(&mut self, store: &mut Store, letter: &Letter) -> Result<Event, Error> {
        Ok(Event::Retracted(self.0.body(store, letter).await?))
    }

    fn answer(self, letter: &Letter, notes: Vec<Note>, seq: Option<u64>) -> Answer {
        self.0.answer(letter, notes, seq)
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
