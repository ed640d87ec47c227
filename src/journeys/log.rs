//! Log: the entries, as they were entered.

use serde::Serialize;

use super::{Error, Office};
use crate::agreement::{AgreementId, CopyId, PartyCode};
use crate::register::{Entry, Event, Tally};

/// An entry with the words that its commitments stand for, as far as they were not erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
    /// The reason behind the entry's commitment; `None` if it has none or it was erased.
    pub reason: Option<String>,
}

/// Returns the entries of one agreement or all, of one party or all, in their order.
///
/// # Errors
/// [`Error`] when the register cannot be read.
pub async fn run(
    office: &Office,
    agreement: Option<&AgreementId>,
    party: Option<&PartyCode>,
) -> Result<Vec<LogLine>, Error> {
    let Some(mut store) = office.read_store().await? else {
        return Ok(Vec::new());
    };
    let entries = store.records.entries(agreement).await?;
    let tally = Tally::fold(&entries);
    let mut lines = Vec::new();
    for entry in entries {
        if party.is_some_and(|party| !concerns(&entry.event, party, &tally)) {
            continue;
        }
        let commitment = match &entry.event {
            Event::Confirmed(confirmed) => Some(confirmed.ground),
            Event::Restored(restored) => Some(restored.reason),
            Event::Voided(voided) => Some(voided.reason),
            Event::Withdrawn(withdrawn) => Some(withdrawn.ground),
            Event::Extended(_)
            | Event::Issued(_)
            | Event::Opened(_)
            | Event::Published(_)
            | Event::Received(_)
            | Event::Reissued(_)
            | Event::Sealed(_)
            | Event::Sent(_)
            | Event::Signed(_) => None,
        };
        let reason = match commitment {
            Some(commitment) => store.words(commitment).await?,
            None => None,
        };
        lines.push(LogLine { entry, reason });
    }
    Ok(lines)
}

fn concerns(event: &Event, party: &PartyCode, tally: &Tally) -> bool {
    let is_party_to = |copy: &CopyId| {
        let copy = tally.copies.get(copy);
        copy.is_some_and(|copy| copy.issued.parties.contains(party))
    };
    match event {
        Event::Confirmed(confirmed) => is_party_to(&confirmed.copy),
        Event::Extended(extended) => is_party_to(&extended.copy),
        Event::Issued(issued) => issued.parties.contains(party),
        Event::Received(received) => received.copy.as_ref().is_some_and(is_party_to),
        Event::Reissued(reissued) => reissued.issued.parties.contains(party),
        Event::Sealed(sealed) => is_party_to(&sealed.copy),
        Event::Sent(sent) => sent.party == *party,
        Event::Signed(signed) => is_party_to(&signed.copy),
        Event::Voided(voided) => is_party_to(&voided.copy),
        Event::Withdrawn(withdrawn) => is_party_to(&withdrawn.copy),
        Event::Opened(_) | Event::Published(_) | Event::Restored(_) => false,
    }
}
