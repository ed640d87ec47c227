//! Status: where every party stands, totals first.
//!
//! Everything shown is folded from the entries; a register that cannot be read whole gives an error and
//! no count. Words are Swedish and stand in [`words`], for terminal, page and spreadsheet alike.

pub mod documents;
pub mod map;
mod overview;
mod page;
mod position;
mod rows;
mod sentences;
mod terms;
pub mod why;
pub mod words;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::verify::EnteredSignature;
use super::{Error, Office, publish};
use crate::agreement::{
    AgreementId, Binds, CopyId, Form, Level, Party, PartyCode, SeatId, Sha256, VersionNumber,
};
use crate::register::{Binding, Entry, Notified, PartyProgress, PartyState, Recommendation, Tally};
use crate::store::{Store, write_file};
use crate::template::Bundle;
use crate::{calendar, outside};

pub(super) use overview::is_wrong;
pub use overview::overview;
pub use page::html;
use position::{Seen, position};
pub use rows::{csv, xlsx};
pub(super) use terms::terms;

/// All agreements of an office, a line each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// Each agreement, version and form with copies; then agreements without any.
    pub rows: Vec<OverviewLine>,
}

/// One agreement, version and form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewLine {
    /// The agreement.
    pub agreement: AgreementId,
    /// The version; `None` when nothing was issued.
    pub version: Option<VersionNumber>,
    /// The form.
    pub form: Option<Form>,
    /// Copies that count.
    pub copies: u64,
    /// Of these, handed out.
    pub sent: u64,
    /// Voided copies.
    pub voided: u64,
    /// Seats in the copies that count.
    pub seats: u64,
    /// Of these, signed electronically as the register has it.
    pub signed: u64,
    /// Of these, signed on paper alone.
    pub on_paper: u64,
    /// Parties to the agreement; 0 when nothing was issued.
    pub parties: u64,
    /// Of these, those for which everything is there.
    pub parties_complete: u64,
}

/// One version of an agreement in one form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its full name.
    pub name: String,
    /// The version.
    pub version: VersionNumber,
    /// The form.
    pub form: Form,
    /// Digest of the frozen text.
    pub text_digest: Sha256,
    /// When the text was frozen, UTC.
    pub published_at: DateTime<Utc>,
    /// The Swedish day at whose end this is the position; `None`: now.
    pub as_of: Option<NaiveDate>,
    /// Who coordinates it.
    pub coordinator: String,
    /// When it binds, as the text says.
    pub binds: Binds,
    /// Whether it binds, and what one refusal would do.
    pub binding: Binding,
    /// The totals.
    pub totals: Totals,
    /// What bodies that are no parties recommend, in the order of entry.
    pub recommendations: Vec<Recommendation>,
    /// Notices of termination, in the order of entry.
    pub notices: Vec<NoticeLine>,
    /// Every party by its group, groups in Swedish order, parties without one last.
    pub groups: Vec<Group>,
}

/// A notice of termination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeLine {
    /// The place of its entry.
    pub seq: u64,
    /// What was entered, with later corrections.
    #[serde(flatten)]
    pub notified: Notified,
}

/// Sums over all parties.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Parties to the agreement.
    pub parties: usize,
    /// Copies there are to be in this form.
    pub copies: usize,
    /// Copies issued that count.
    pub issued: usize,
    /// Of these, handed out to every party in them.
    pub sent: usize,
    /// Copies voided.
    pub voided: usize,
    /// Seats in the copies that count.
    pub seats: usize,
    /// Of these, signed as the register has it.
    pub signed: usize,
    /// Copies that count and are signed in every seat.
    pub complete: usize,
    /// Seats in the copies that count that are filled on paper alone; not among `signed`.
    pub on_paper: usize,
    /// Copies that count in which every party has signed as its rule asks.
    pub fulfilled: usize,
    /// How many parties stand where; every state has a number.
    pub states: BTreeMap<PartyState, usize>,
}

/// Parties of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its name; `None` for parties without a group.
    pub name: Option<String>,
    /// How many of its parties stand where; every state has a number.
    pub states: BTreeMap<PartyState, usize>,
    /// Its parties.
    pub parties: Vec<PartyLine>,
}

/// Where one party stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartyLine {
    /// The code.
    pub code: PartyCode,
    /// The legal name in the frozen list.
    pub name: String,
    /// Copies it is party to that there are to be.
    pub copies_planned: usize,
    /// Its copies that count, in order of their names.
    pub copies: Vec<CopyLine>,
    /// Its copies that were voided.
    pub voided: Vec<CopyId>,
    /// Its name in lists.
    pub short_name: String,
    /// How far it has come.
    pub progress: PartyProgress,
}

/// One copy of a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopyLine {
    /// The copy.
    pub copy: CopyId,
    /// When it was issued, UTC.
    pub issued_at: DateTime<Utc>,
    /// When it was last handed out to this party, UTC.
    pub sent_at: Option<DateTime<Utc>>,
    /// This party's seats in it.
    pub seats: Vec<SeatId>,
    /// Of these, signed: how, as the register has it.
    pub signed: BTreeMap<SeatId, EnteredSignature>,
    /// Of these, with a signature that waits for an officer's word.
    pub to_confirm: Vec<SeatId>,
    /// Whether every seat of every party in it is signed.
    pub complete: bool,
    /// When the office's seal was entered, UTC.
    pub sealed_at: Option<DateTime<Utc>>,
    /// The lowest level of its signatures, the seal's included; `None` without any.
    pub level: Option<Level>,
    /// The digest of its base revision.
    pub base: Sha256,
    /// The digest of its newest file.
    pub head: Sha256,
}

/// Returns the position of an agreement: each published version in each form that has copies.
///
/// With `as_of`, as it was at the end of that day in Sweden. An empty list means that nothing was
/// published by then.
///
/// # Errors
/// [`Error::UnknownAgreement`], or what the register says.
pub async fn run(
    office: &Office,
    agreement: &AgreementId,
    as_of: Option<NaiveDate>,
) -> Result<Vec<Position>, Error> {
    let gathered = gather(office, agreement, as_of).await?;
    let seen = gathered.map(|gathered| gathered.seen).unwrap_or_default();
    Ok(seen.into_iter().map(|(position, _)| position).collect())
}

/// What is known of an agreement at the end of a day.
struct Gathered {
    /// The entries made until then, those of the office's parties included.
    entries: Vec<Entry>,
    /// Each version in each form, with the text it was made from.
    seen: Vec<(Position, Bundle)>,
    store: Store,
}

/// Reads what there is of an agreement; `None` where no register was opened yet.
async fn gather(
    office: &Office,
    agreement: &AgreementId,
    as_of: Option<NaiveDate>,
) -> Result<Option<Gathered>, Error> {
    let Some(mut store) = office.read_store().await? else {
        office.require_agreement(agreement, &Tally::default())?;
        return Ok(None);
    };
    // A register that is not whole ends here: no count is made of a part of it.
    let mut entries = store.records.entries(Some(agreement)).await?;
    office.require_agreement(agreement, &Tally::fold(&entries))?;
    if let Some(day) = as_of {
        let end = calendar::end_of_day(day);
        entries.retain(|entry| entry.at < end);
    }
    let day = as_of.unwrap_or_else(today);
    let parties = office.parties()?;
    let seen = positions(&store, agreement, &entries, &parties, day).await?;
    let with_day = |(position, bundle)| (Position { as_of, ..position }, bundle);
    Ok(Some(Gathered {
        entries,
        seen: seen.into_iter().map(with_day).collect(),
        store,
    }))
}

/// Folds an agreement's entries to its position in each version and form.
async fn positions(
    store: &Store,
    agreement: &AgreementId,
    entries: &[Entry],
    parties: &[Party],
    day: NaiveDate,
) -> Result<Vec<(Position, Bundle)>, Error> {
    let tally = Tally::fold(entries);
    let mut positions = Vec::new();
    let versions = tally.versions.iter();
    for (_, published) in versions.filter(|((of, _), _)| of == agreement) {
        let version = published.published.version;
        let bundle = publish::read_outline(store, &published.published).await?;
        for form in forms(&tally, agreement, version, &bundle) {
            let seen = Seen {
                bundle: &bundle,
                form,
                parties,
                published,
                tally: &tally,
            };
            positions.push((position(&seen, day), bundle.clone()));
        }
    }
    Ok(positions)
}

/// Writes a file that was asked for.
///
/// # Errors
/// What the disk says.
pub fn save(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    Ok(write_file(path, bytes)?)
}

fn today() -> NaiveDate {
    calendar::swedish_day(outside::now())
}

/// Returns the forms in which a version is shown: its own, and those in which copies were issued.
pub(super) fn forms(
    tally: &Tally,
    agreement: &AgreementId,
    version: VersionNumber,
    bundle: &Bundle,
) -> Vec<Form> {
    let own = bundle.manifest().form.kind;
    let mut forms = vec![Form::Bilateral, Form::Counterpart, Form::Joint];
    forms.retain(|form| *form == own || !tally.copies_of(agreement, version, *form).is_empty());
    forms
}

impl Position {
    /// Returns every party, group by group.
    pub fn parties(&self) -> impl Iterator<Item = &PartyLine> {
        self.groups.iter().flat_map(|group| &group.parties)
    }

    /// Returns a party by its code.
    #[must_use]
    pub fn party(&self, code: &PartyCode) -> Option<&PartyLine> {
        self.parties().find(|party| party.code == *code)
    }

    /// Returns the day at whose end this is the position: today where none was asked for.
    #[must_use]
    pub fn day(&self) -> NaiveDate {
        self.as_of.unwrap_or_else(today)
    }
}

impl PartyLine {
    /// Counts its seats in the copies that count, and those of them that are filled.
    #[must_use]
    pub fn seats(&self) -> (usize, usize) {
        let seats = || self.progress.copies.iter().flat_map(|copy| &copy.seats);
        let filled = seats().filter(|seat| seat.state.counts()).count();
        (filled, seats().count())
    }
}
