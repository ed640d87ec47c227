//! What officers enter of what parties did: which version it is about, and its days, words and papers.
//!
//! Shared by the journeys from `decide` to `correct`. Nothing is opened for writing before all that can be
//! refused was looked at; documents are kept first, then the entry.

mod error;
mod paper;
mod perform;
mod resolution;

pub use error::ActError;
pub use paper::Encoding;
pub use resolution::Resolution;

pub(super) use paper::{Paper, Text, decoded_as_is};
pub(super) use perform::{Act, Planned, enter, perform};
pub(super) use resolution::{RECEIPT, check_act, check_condition, check_minutes, level_note};

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::Serialize;

use super::publish::read_outline;
use super::{Error, Office};
use crate::agreement::{
    Agreement, AgreementId, CopyId, Manifest, Name, PartyCode, PartyKind, RefusedText, SeatId,
    Status, VersionNumber, nfc, personal_numbers, refused_character,
};
use crate::calendar::{swedish_day, swedish_time};
use crate::outside::now;
use crate::register::{CopyState, Decided, Entered, Entry, Event, Tally};
use crate::store::Store;

/// Which agreement and version something is about, as far as it was said.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The agreement; the office's only one where it was not said.
    pub agreement: Option<AgreementId>,
    /// The version; the newest published one where it was not said, else the newest adopted one.
    pub version: Option<VersionNumber>,
}

/// What an officer should look at in what was entered, though nothing was refused for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Note {
    /// The minutes were announced later than the law says.
    AnnouncedLate {
        /// The last day for it.
        by: NaiveDate,
    },
    /// The minutes print another last day of appeal than the computed one.
    AppealDayDiffers {
        /// As computed.
        computed: NaiveDate,
        /// As printed.
        printed: NaiveDate,
    },
    /// The minutes were approved later than the law says.
    ApprovedLate {
        /// The last day for it.
        by: NaiveDate,
    },
    /// It happened before the day that the text bears.
    BeforeDated {
        /// That day.
        dated: NaiveDate,
    },
    /// It happened before the copy was issued.
    BeforeIssued {
        /// The Swedish day on which it was.
        issued_on: NaiveDate,
    },
    /// The approval is on a condition, which has to be settled.
    ConditionOpen,
    /// Members' dissent was kept, for information.
    Dissent,
    /// The party decided before; both stay, and the later step rules.
    Earlier {
        /// The place of that entry.
        seq: u64,
    },
    /// The party's file says otherwise, and is edited by hand.
    EditFile {
        /// The file.
        file: String,
    },
    /// The body's name does not tell which body it is.
    LevelUnknown {
        /// The body that the agreement asks for.
        asked: Name,
    },
    /// The announcement is not said, so the last day of appeal is unknown.
    NotAnnounced,
    /// The version does not bind the party.
    NotBound {
        /// The party.
        party: PartyCode,
    },
    /// The version is not published yet.
    NotPublished {
        /// Draft, consultation or adopted.
        status: Status,
    },
    /// Personal identity numbers stand in what is kept.
    PersonalNumbers {
        /// How many.
        count: usize,
        /// Where: the extract, the reason.
        within: &'static str,
    },
    /// The body only prepares; another one decides.
    PreparesOnly {
        /// The body.
        body: Name,
    },
    /// Text that a machine has read from a picture, which may have misread a digit.
    Recognised {
        /// The pages, counted from 1.
        pages: Vec<usize>,
    },
    /// A seat is signed electronically already.
    SignedElectronically {
        /// The seat.
        seat: SeatId,
    },
    /// A party that takes over has no file yet.
    WithoutFile {
        /// The party.
        party: PartyCode,
    },
    /// Another body decided than the agreement asks for.
    WrongLevel {
        /// The body that the agreement asks for.
        asked: Name,
        /// The body that decided.
        decided: Name,
    },
    /// The extract seems to be another party's.
    WrongParty {
        /// The party that it names.
        found: PartyCode,
    },
}

/// Seats that a party has not signed in, in one copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenSeats {
    /// The copy.
    pub copy: CopyId,
    /// The seats, in print order.
    pub seats: Vec<SeatId>,
}

/// A version, and its parties, as the register has them, else as templates/ and signatories/ do.
pub(super) struct Subject {
    pub(super) agreement: AgreementId,
    /// What agreement.toml says.
    pub(super) family: Agreement,
    pub(super) manifest: Manifest,
    pub(super) parties: Vec<Member>,
    pub(super) is_published: bool,
    /// From when the version can have been there, and the version that was there before.
    since: NaiveDate,
    earlier: Option<VersionNumber>,
}

/// A party to a version.
pub(super) struct Member {
    pub(super) code: PartyCode,
    pub(super) kind: PartyKind,
    /// Its name in law, where the list has it.
    pub(super) name: String,
    /// The codes of its groups.
    pub(super) groupings: Vec<Name>,
}

/// An agreement's entries, and what they come to.
pub(super) struct Case {
    pub(super) subject: Subject,
    pub(super) tally: Tally,
    pub(super) today: NaiveDate,
    now: DateTime<Utc>,
}

impl Case {
    /// Finds out what something is about.
    pub(super) async fn open(
        office: &Office,
        mut store: Option<&mut Store>,
        about: &About,
    ) -> Result<Self, Error> {
        let agreement = match &about.agreement {
            Some(agreement) => agreement.clone(),
            None => only_agreement(office, store.as_deref_mut()).await?,
        };
        let entries = match store.as_deref_mut() {
            Some(store) => store.records.entries(Some(&agreement)).await?,
            None => Vec::new(),
        };
        let tally = Tally::fold(&entries);
        office.require_agreement(&agreement, &tally)?;
        let subject =
            Subject::find(office, store.as_deref(), &tally, agreement, about.version).await?;
        // By a clock that went backwards, what was entered would seem to be to come.
        let now = now();
        let now = entries.last().map_or(now, |last| last.at.max(now));
        Ok(Self {
            subject,
            tally,
            today: swedish_day(now),
            now,
        })
    }

    /// Checks that an instant is not to come.
    pub(super) fn check_happened(
        &self,
        what: &'static str,
        at: DateTime<Utc>,
    ) -> Result<(), ActError> {
        if at > self.now {
            return Err(ActError::FutureTime {
                at: swedish_time(at),
                now: swedish_time(self.now),
                what,
            });
        }
        Ok(())
    }

    /// Checks that a day is not to come.
    pub(super) fn check_past(&self, what: &'static str, day: NaiveDate) -> Result<(), ActError> {
        check_past(self.today, what, day)
    }

    /// Checks that a day is neither to come nor before the version can have been there.
    pub(super) fn check_day(&self, what: &'static str, day: NaiveDate) -> Result<(), ActError> {
        self.check_past(what, day)?;
        let subject = &self.subject;
        if day < subject.since {
            return Err(ActError::BeforeVersion {
                agreement: subject.agreement.clone(),
                day,
                earlier: subject.earlier,
                since: subject.since,
                what,
                version: subject.manifest.version,
            });
        }
        Ok(())
    }

    /// Returns a party to the version.
    pub(super) fn member(&self, party: &PartyCode) -> Result<&Member, Error> {
        let mut members = self.subject.parties.iter();
        members
            .find(|member| member.code == *party)
            .ok_or_else(|| Error::UnknownParty {
                agreement: self.subject.agreement.clone(),
                party: party.clone(),
            })
    }

    /// Returns a party's decisions on the version.
    pub(super) fn decisions(&self, party: &PartyCode) -> &[Entered<Decided>] {
        let subject = &self.subject;
        self.tally
            .decisions(&subject.agreement, subject.manifest.version, party)
    }

    /// Returns the copies of the version that count and that a party is in.
    pub(super) fn copies_of(&self, party: &PartyCode) -> impl Iterator<Item = &CopyState> {
        let version = self.subject.manifest.version;
        self.tally.copies.values().filter(move |copy| {
            copy.is_live() && copy.issued.version == version && copy.issued.parties.contains(party)
        })
    }

    /// Returns the seats that a party has not signed in, copy by copy.
    pub(super) fn open_seats(&self, party: &PartyCode) -> Vec<OpenSeats> {
        let mut open = Vec::new();
        for copy in self.copies_of(party) {
            let own = copy.open_seats().filter(|seat| seat.is_of(party));
            let seats: Vec<SeatId> = own.cloned().collect();
            if !seats.is_empty() {
                let copy = copy.issued.copy.clone();
                open.push(OpenSeats { copy, seats });
            }
        }
        open
    }

    /// Returns what there is to say of the version itself.
    pub(super) fn notes(&self) -> Vec<Note> {
        let status = self.subject.manifest.status;
        let note = Note::NotPublished { status };
        (!self.subject.is_published)
            .then_some(note)
            .into_iter()
            .collect()
    }
}

/// Returns the office's only agreement.
async fn only_agreement(office: &Office, store: Option<&mut Store>) -> Result<AgreementId, Error> {
    let mut known: BTreeSet<AgreementId> = office.folder.agreements()?.into_iter().collect();
    if let Some(store) = store {
        let rows = store.records.overview().await?;
        known.extend(rows.into_iter().map(|row| row.agreement));
    }
    let known: Vec<AgreementId> = known.into_iter().collect();
    match known.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err(ActError::AgreementNotSaid { known }.into()),
    }
}

impl Subject {
    async fn find(
        office: &Office,
        store: Option<&Store>,
        tally: &Tally,
        agreement: AgreementId,
        version: Option<VersionNumber>,
    ) -> Result<Self, Error> {
        let in_folder = office.folder.versions(&agreement).unwrap_or_default();
        let published = tally.versions.keys().filter(|(id, _)| *id == agreement);
        let published: BTreeSet<VersionNumber> = published.map(|(_, version)| *version).collect();
        let version = match version {
            Some(version) => version,
            None => match published.last() {
                Some(version) => *version,
                None => newest(office, &agreement, &in_folder)?,
            },
        };
        let unknown = || Error::UnknownVersion {
            agreement: agreement.clone(),
            version,
        };
        let known = tally.version(&agreement, version);
        let (family, manifest, parties) = if let (Some(known), Some(store)) = (known, store) {
            let outline = read_outline(store, &known.published).await?;
            let listed = outline.parties().iter().map(|party| {
                let name = party.printed.get("legal_name");
                let name = name.and_then(serde_json::Value::as_str);
                Member {
                    code: party.code.clone(),
                    kind: party.kind.clone(),
                    name: name.unwrap_or(party.code.as_str()).to_owned(),
                    groupings: party.groupings.iter().map(|it| it.code.clone()).collect(),
                }
            });
            let family = outline.agreement().clone();
            (family, outline.manifest().clone(), listed.collect())
        } else if in_folder.contains(&version) {
            let manifest = office.manifest(&agreement, version)?;
            let family = office.agreement(&agreement)?;
            let parties = office.parties()?;
            let chosen = parties
                .into_iter()
                .filter(|party| manifest.parties.includes(party));
            let members = chosen.map(|party| Member {
                code: party.code,
                kind: party.kind,
                name: party.legal_name.to_string(),
                groupings: party.groupings.into_iter().map(|it| it.code).collect(),
            });
            let members = members.collect();
            (family, manifest, members)
        } else {
            return Err(unknown());
        };
        let all: BTreeSet<VersionNumber> = published.into_iter().chain(in_folder).collect();
        let earlier = all.range(..version).next_back().copied();
        let earlier_day = match earlier {
            Some(earlier) => dated(office, store, tally, &agreement, earlier).await,
            None => None,
        };
        Ok(Self {
            since: earlier_day.unwrap_or_else(|| years_before(manifest.dated, WRITING_YEARS)),
            earlier: earlier.filter(|_| earlier_day.is_some()),
            agreement,
            family,
            is_published: known.is_some(),
            manifest,
            parties,
        })
    }
}

/// Returns the newest adopted version in templates/, else the newest.
fn newest(
    office: &Office,
    agreement: &AgreementId,
    in_folder: &[VersionNumber],
) -> Result<VersionNumber, Error> {
    let is_adopted = |version: &&VersionNumber| {
        let manifest = office.manifest(agreement, **version);
        manifest.is_ok_and(|manifest| manifest.status == Status::Adopted)
    };
    let adopted = in_folder.iter().filter(is_adopted).max();
    let newest = adopted.or_else(|| in_folder.iter().max()).copied();
    newest.ok_or_else(|| Error::NoAdoptedVersion {
        agreement: agreement.clone(),
    })
}

/// Returns the day that a version's text bears, where it can be read.
async fn dated(
    office: &Office,
    store: Option<&Store>,
    tally: &Tally,
    agreement: &AgreementId,
    version: VersionNumber,
) -> Option<NaiveDate> {
    if let (Some(known), Some(store)) = (tally.version(agreement, version), store) {
        let outline = read_outline(store, &known.published).await.ok()?;
        return Some(outline.manifest().dated);
    }
    let manifest = office.manifest(agreement, version).ok()?;
    Some(manifest.dated)
}

fn years_before(day: NaiveDate, years: i32) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(day.year().saturating_sub(years), day.month(), 1);
    first.unwrap_or(NaiveDate::MIN)
}

/// Returns what an entry says after its corrections; `None` for one that was struck.
pub(super) fn ruling<'a>(tally: &'a Tally, entry: &'a Entry) -> Option<&'a Event> {
    match tally.correction_of(entry.seq) {
        None => Some(&entry.event),
        Some(correction) => correction.body.instead.as_deref(),
    }
}

/// Checks that a day is not to come.
pub(super) fn check_past(
    today: NaiveDate,
    what: &'static str,
    day: NaiveDate,
) -> Result<(), ActError> {
    if day > today {
        return Err(ActError::Future { day, today, what });
    }
    Ok(())
}

/// Checks that the later of two days is not before the earlier one.
pub(super) fn check_order(
    (earlier, earlier_day): (&'static str, Option<NaiveDate>),
    (later, later_day): (&'static str, Option<NaiveDate>),
) -> Result<(), ActError> {
    match (earlier_day, later_day) {
        (Some(earlier_day), Some(later_day)) if later_day < earlier_day => Err(ActError::Order {
            earlier,
            earlier_day,
            later,
            later_day,
        }),
        _ => Ok(()),
    }
}

/// Returns words that can be erased, as they are kept: in form C, without white space around them.
///
/// # Errors
/// [`ActError`] for none, too many, and characters that deceive the eye; line breaks are none.
pub(super) fn clean_words(what: &'static str, text: &str) -> Result<String, ActError> {
    clean_text(what, text, MAX_WORDS_CHARS)
}

/// As [`clean_words`], for what others wrote at length.
pub(super) fn clean_long(what: &'static str, text: &str) -> Result<String, ActError> {
    clean_text(what, text, MAX_LONG_CHARS)
}

fn clean_text(what: &'static str, text: &str, most: usize) -> Result<String, ActError> {
    let clean = nfc(text.trim());
    if clean.is_empty() {
        let problem = RefusedText::Empty;
        return Err(ActError::Words { problem, what });
    }
    let chars = clean.chars().count();
    if chars > most {
        return Err(ActError::WordsTooLong { chars, most, what });
    }
    let plain = clean.replace(['\n', '\t'], " ");
    match refused_character(&plain) {
        Some((position, c)) => Err(ActError::Words {
            problem: RefusedText::Character {
                code: u32::from(c),
                position,
            },
            what,
        }),
        None => Ok(clean),
    }
}

/// As [`clean_words`], where there are any.
pub(super) fn clean_some(
    what: &'static str,
    text: Option<&str>,
) -> Result<Option<String>, ActError> {
    text.map(|text| clean_words(what, text)).transpose()
}

/// Checks that a text that stays for good has no personal identity number.
pub(super) fn check_public(what: &'static str, text: &Name) -> Result<(), ActError> {
    if personal_numbers(text.as_str()).is_empty() {
        Ok(())
    } else {
        Err(ActError::PersonalNumber { what })
    }
}

/// Tells of personal identity numbers in words that can be erased.
pub(super) fn note_numbers(notes: &mut Vec<Note>, within: &'static str, text: Option<&str>) {
    let count = text.map_or(0, |text| personal_numbers(text).len());
    if count > 0 {
        notes.push(Note::PersonalNumbers { count, within });
    }
}

/// No words are longer; conditions are some sentences.
const MAX_WORDS_CHARS: usize = 4_000;
/// An answer to a consultation may go on for some pages.
const MAX_LONG_CHARS: usize = 20_000;
/// An agreement without an earlier version is not written over more years than these.
const WRITING_YEARS: i32 = 3;

#[cfg(test)]
mod tests;
