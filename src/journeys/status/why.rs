//! Why a party stands where it does: every requirement, every decision, every seat.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::super::log::{Words, words_of};
use super::super::{Error, Office};
use super::{NoticeLine, PartyLine, Position, gather};
use crate::agreement::{AgreementId, PartyCode, SeatId, Sha256, VersionNumber};
use crate::register::{Entry, Event, LetterKind, Tally};

/// What is known of a party in one version and form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reasons {
    /// The version in its form, without the other parties.
    #[serde(skip)]
    pub position: Position,
    /// The party.
    pub party: PartyLine,
    /// What is printed beside each of its seats.
    pub seat_titles: BTreeMap<SeatId, String>,
    /// The words of its conditions, reasons and dissents, by the place of the entry that they are about.
    pub words: BTreeMap<u64, Vec<Words>>,
    /// Its notices of termination.
    pub notices: Vec<NoticeLine>,
    /// The letters that went out to it, in the order of entry.
    pub letters: Vec<LetterLine>,
}

/// A letter that went out to a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LetterLine {
    /// The place of its entry.
    pub seq: u64,
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// What it is for.
    pub letter: LetterKind,
    /// Digest of the PDF.
    pub pdf: Sha256,
}

/// Returns the reasons for one party, in each version and form.
///
/// # Errors
/// [`Error::UnknownParty`] when no version has the party; otherwise as [`run`](super::run).
pub async fn run(
    office: &Office,
    agreement: &AgreementId,
    party: &PartyCode,
    as_of: Option<NaiveDate>,
) -> Result<Vec<Reasons>, Error> {
    let Some(mut gathered) = gather(office, agreement, as_of).await? else {
        return Ok(Vec::new());
    };
    // What was erased since is gone also where an earlier day is shown.
    let tally = Tally::fold(&gathered.store.records.entries(Some(agreement)).await?);
    let mut words: BTreeMap<u64, Vec<Words>> = BTreeMap::new();
    let spoken = gathered.entries.iter().filter(|entry| speaks(entry, party));
    for entry in spoken {
        // What was corrected was not said, and what became of a condition is told with the condition.
        let place = match &entry.event {
            Event::Corrected(corrected) => corrected.entry,
            Event::Settled(settled) => settled.decision,
            _ => entry.seq,
        };
        let own = words_of(&gathered.store, &tally, &entry.event).await?;
        let known = words.entry(place).or_default();
        if matches!(entry.event, Event::Corrected(_)) {
            known.clear();
        }
        known.extend(own);
    }
    let published = !gathered.seen.is_empty();
    let mut all = Vec::new();
    for (position, bundle) in gathered.seen {
        let Some(line) = position.party(party).cloned() else {
            continue;
        };
        let kinds = bundle.parties().iter();
        let kind = kinds.filter(|it| it.code == *party).map(|it| &it.kind);
        let seats = kind.flat_map(|kind| bundle.manifest().seats_of(kind));
        let title = |seat: &crate::agreement::SeatSpec| {
            (SeatId::new(party, &seat.role), seat.title.to_string())
        };
        let notices = position.notices.iter();
        all.push(Reasons {
            seat_titles: seats.map(title).collect(),
            words: words.clone(),
            notices: notices
                .filter(|it| it.notified.party == *party)
                .cloned()
                .collect(),
            letters: letters(&gathered.entries, position.version, party),
            party: line,
            position,
        });
    }
    if all.is_empty() && published {
        return Err(Error::UnknownParty {
            agreement: agreement.clone(),
            party: party.clone(),
        });
    }
    Ok(all)
}

/// Returns the letters about a version that went out to a party.
fn letters(entries: &[Entry], version: VersionNumber, party: &PartyCode) -> Vec<LetterLine> {
    let mut lines = Vec::new();
    for entry in entries {
        let Event::Lettered(lettered) = &entry.event else {
            continue;
        };
        let to = lettered.to.iter().filter(|to| to.party == *party);
        lines.extend(
            to.filter(|_| lettered.version == version)
                .map(|to| LetterLine {
                    seq: entry.seq,
                    at: entry.at,
                    letter: lettered.letter,
                    pdf: to.pdf,
                }),
        );
    }
    lines
}

/// Tells whether an entry has words of the party, or about it.
fn speaks(entry: &Entry, party: &PartyCode) -> bool {
    let kind = matches!(
        entry.event,
        Event::Corrected(_)
            | Event::Decided(_)
            | Event::Declined(_)
            | Event::Retracted(_)
            | Event::Settled(_)
    );
    kind && entry.event.party() == Some(party)
}
