//! Log: the entries, as they were entered.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Error, Office};
use crate::agreement::{AgreementId, CopyId, PartyCode};
use crate::register::{Entry, Event, Tally};
use crate::store::Store;

/// An entry with the words that its commitments stand for, as far as they were not erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
    /// The words behind the entry's commitments, in their order.
    pub words: Vec<Words>,
}

/// What a commitment stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    /// The key of the commitment, e.g. `reason`.
    pub key: &'static str,
    /// The words; `None` when they were erased, or lost.
    pub text: Option<String>,
    /// When they were erased, UTC; `None` for words that are there, and for lost ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<DateTime<Utc>>,
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
        // They come with every agreement's entries, and concern the office alone.
        let is_office = matches!(entry.event, Event::Opened(_) | Event::Restored(_));
        if agreement.is_some() && is_office {
            continue;
        }
        if party.is_some_and(|party| !concerns(&entry.event, party, &tally)) {
            continue;
        }
        let words = words_of(&store, &tally, &entry.event).await?;
        lines.push(LogLine { entry, words });
    }
    Ok(lines)
}

/// Returns the words behind an event's commitments, in their order.
pub(super) async fn words_of(
    store: &Store,
    tally: &Tally,
    event: &Event,
) -> Result<Vec<Words>, Error> {
    let mut words = Vec::new();
    for (key, commitment) in event.commitments() {
        let text = store.words(commitment).await?;
        let erased_at = match text {
            Some(_) => None,
            None => tally.erased.get(&commitment.commitment).copied(),
        };
        words.push(Words {
            key,
            text,
            erased_at,
        });
    }
    Ok(words)
}

/// Tells whether an event names a party, or a copy that it is party to.
pub(super) fn concerns(event: &Event, party: &PartyCode, tally: &Tally) -> bool {
    let is_party_to = |copy: &CopyId| {
        let copy = tally.copies.get(copy);
        copy.is_some_and(|copy| copy.issued.parties.contains(party))
    };
    let is_addressed = match event {
        Event::Lettered(lettered) => lettered.to.iter().any(|to| to.party == *party),
        _ => false,
    };
    is_addressed || event.party() == Some(party) || event.copy().is_some_and(is_party_to)
}
