//! Notice: enters that a party gave notice of termination, and tells what it does.

mod effect;

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::act::{
    About, Act, ActError, Case, Note, Paper, Planned, RECEIPT, check_order, check_public, perform,
};
use super::{Error, Office, bound, publish};
use crate::agreement::{AgreementId, Name, PartyCode, Sha256, VersionNumber};
use crate::calendar::{Notice, NoticeDays, NoticeError, Reach, Row, Schedule, State};
use crate::register::{Entered, Event, Notified, Tally};
use crate::store::Store;

pub(super) use effect::{Effect, effect};

/// A notice that was received.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement and version.
    pub about: About,
    /// Whether a notice of the same party and day may be entered once more.
    pub again: bool,
    /// The day on the letter.
    pub dated: NaiveDate,
    /// The letter as a file.
    pub document: Option<PathBuf>,
    /// Whether nothing is entered.
    pub dry_run: bool,
    /// Who gives notice.
    pub party: PartyCode,
    /// The instant at which it was received, where it is known; it lies on the day of receipt.
    pub received_at: Option<DateTime<Utc>>,
    /// The Swedish day on which it was received.
    pub received_on: NaiveDate,
    /// To whom, in the bilateral form; all where it is not said.
    pub to: Option<PartyCode>,
    /// How it came.
    pub way: Name,
}

/// A notice that was entered, and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notification {
    /// The place of the entry; `None` where nothing was entered.
    pub seq: Option<u64>,
    /// The agreement.
    pub agreement: AgreementId,
    /// The version.
    pub version: VersionNumber,
    /// Who gives notice.
    pub party: PartyCode,
    /// Its name in law.
    pub party_name: String,
    /// The instant at which it was received, UTC, where it is known.
    pub received_at: Option<DateTime<Utc>>,
    /// The Swedish day on which it was received.
    pub received_on: NaiveDate,
    /// What it is in time for.
    pub reach: Reach,
    /// The last days for the period that it ends, in both readings; `None` where it ends none.
    pub days: Option<NoticeDays>,
    /// For whom the agreement ends by all notices so far, and when; the others are left out.
    pub ends: Vec<Row>,
    /// How many parties, or copies of the bilateral form, go on.
    pub goes_on: usize,
    /// The party in every copy, where it is copies of the bilateral form that end and go on.
    pub copies_with: Option<PartyCode>,
    /// Whether it ends anything, as the agreement is read.
    pub ends_anything: bool,
    /// Whether the agreement says for whom a notice ends it; else the least reading is taken.
    pub is_said: bool,
    /// What to look at.
    pub notes: Vec<Note>,
}

/// Enters a notice.
///
/// # Errors
/// [`Error`]; nothing is entered then.
pub async fn run(office: &Office, request: &Request) -> Result<Notification, Error> {
    perform::<Plan>(office, request, request.dry_run).await
}

/// Opens the version that binds the giver on the day of receipt, where it was not said which: a version that it
/// has not concluded is none that it can leave. Where nobody is known to be bound, that whose term runs then.
async fn open(
    office: &Office,
    mut store: Option<&mut Store>,
    request: &Request,
) -> Result<Case, Error> {
    let case = Case::open(office, store.as_deref_mut(), &request.about).await?;
    let (None, Some(open)) = (request.about.version, store.as_deref()) else {
        return Ok(case);
    };
    let agreement = &case.subject.agreement;
    let day = request.received_on;
    let mut version = None;
    // The party in every copy gives notice of one of them.
    for party in request.to.iter().chain([&request.party]) {
        if version.is_none() {
            version = bound::binding(office, open, &case.tally, agreement, party, day).await?;
        }
    }
    if version.is_none() {
        version = running(open, &case.tally, agreement, day).await?;
    }
    match version {
        Some(version) if version != case.subject.manifest.version => {
            let about = About {
                agreement: Some(agreement.clone()),
                version: Some(version),
            };
            Case::open(office, store, &about).await
        }
        _ => Ok(case),
    }
}

/// Returns the newest version whose term runs on a day, else the first whose term is to come.
async fn running(
    store: &Store,
    tally: &Tally,
    agreement: &AgreementId,
    day: NaiveDate,
) -> Result<Option<VersionNumber>, Error> {
    let (mut runs, mut comes) = (None, None);
    let published = tally.versions.iter();
    for ((_, version), published) in published.filter(|((of, _), _)| of == agreement) {
        let bundle = publish::read_outline(store, &published.published).await?;
        let term = bundle.manifest().term.as_ref();
        let Some(schedule) = term.and_then(|term| Schedule::of(term).ok()) else {
            continue;
        };
        match schedule.standing(day, None).state {
            State::Ended => {}
            State::InForce => runs = Some(*version),
            State::NotYet => {
                let begins = (schedule.first_day(), *version);
                comes = Some(comes.map_or(begins, |known| begins.min(known)));
            }
        }
    }
    Ok(runs.or(comes.map(|(_, version)| version)))
}

/// A notice that may be entered.
struct Plan {
    agreement: AgreementId,
    copies_with: Option<PartyCode>,
    days: Option<NoticeDays>,
    digest: Option<Sha256>,
    ends_anything: bool,
    is_said: bool,
    party_name: String,
    reach: Reach,
    rows: Vec<Row>,
    version: VersionNumber,
}

impl Act for Plan {
    type Request = Request;
    type Answer = Notification;

    async fn plan(
        office: &Office,
        mut store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Planned<Self>, Error> {
        let case = open(office, store.as_deref_mut(), request).await?;
        let party_name = case.member(&request.party)?.name.clone();
        if let Some(to) = &request.to {
            case.member(to)?;
        }
        check_public("the way it came", &request.way)?;
        case.check_day("the letter's day", request.dated)?;
        case.check_past("the day of receipt", request.received_on)?;
        if let Some(at) = request.received_at {
            case.check_happened(RECEIPT, at)?;
        }
        check_order(
            ("the letter's day", Some(request.dated)),
            ("the day of receipt", Some(request.received_on)),
        )?;
        if !request.again {
            refuse_known(&case, request)?;
        }
        let mut notices = entered(&case);
        notices.push(Notice {
            by: request.party.clone(),
            to: request.to.clone(),
            received_on: request.received_on,
        });
        let found = effect(&case, &notices)?;
        let reach = found.outcome.notices.last().copied();
        let reach = reach.ok_or(ActError::Notice(NoticeError::NoRule))?;
        // By itself, as an earlier notice may have ended the same before it.
        let own = notices.last().map(std::slice::from_ref).unwrap_or_default();
        let ends_anything = effect(&case, own)?.ends_anything();
        let mut notes = case.notes();
        notes.extend(not_bound(office, store.as_deref(), &case, request).await?);
        let document = Paper::read_some(request.document.as_deref(), "document")?;
        let period = reach.period;
        Ok(Planned {
            agreement: Some(case.subject.agreement.clone()),
            notes,
            act: Self {
                agreement: case.subject.agreement,
                copies_with: found.rule.copies_with,
                days: period.and_then(|period| found.schedule.notice_days(&period)),
                digest: document.as_ref().map(Paper::digest),
                ends_anything,
                is_said: found.rule.is_said,
                party_name,
                reach,
                rows: found.outcome.rows,
                version: case.subject.manifest.version,
            },
            papers: document.into_iter().collect(),
        })
    }

    async fn event(&mut self, _store: &mut Store, request: &Request) -> Result<Event, Error> {
        Ok(Event::Notified(Notified {
            dated: request.dated,
            document: self.digest,
            party: request.party.clone(),
            received_at: request.received_at,
            received_on: request.received_on,
            to: request.to.clone(),
            version: self.version,
            way: request.way.clone(),
        }))
    }

    fn answer(self, request: &Request, notes: Vec<Note>, seq: Option<u64>) -> Notification {
        let (ends, goes_on): (Vec<Row>, Vec<Row>) = self
            .rows
            .into_iter()
            .partition(|row| row.last_day.is_some());
        Notification {
            seq,
            agreement: self.agreement,
            version: self.version,
            party: request.party.clone(),
            party_name: self.party_name,
            received_at: request.received_at,
            received_on: request.received_on,
            reach: self.reach,
            days: self.days,
            ends,
            goes_on: goes_on.len(),
            copies_with: self.copies_with,
            ends_anything: self.ends_anything,
            is_said: self.is_said,
            notes,
        }
    }
}

/// Returns the notices of the version that were entered, in their order.
pub(super) fn entered(case: &Case) -> Vec<Notice> {
    let notices = notices(case).iter();
    notices.map(|known| (&known.body).into()).collect()
}

/// Returns the entries of those notices.
pub(super) fn notices(case: &Case) -> &[Entered<Notified>] {
    let subject = &case.subject;
    case.tally
        .notices(&subject.agreement, subject.manifest.version)
}

/// Returns that the version does not bind the giver, or the other party of the copy, where it does not.
async fn not_bound(
    office: &Office,
    store: Option<&Store>,
    case: &Case,
    request: &Request,
) -> Result<Option<Note>, Error> {
    let Some(store) = store else {
        return Ok(None);
    };
    let parties = office.parties()?;
    let Some(under) = bound::under(store, case, &parties, request.received_on).await? else {
        return Ok(None);
    };
    let mut named = [&request.party].into_iter().chain(&request.to);
    let party = named.find(|party| !under.contains(*party)).cloned();
    Ok(party.map(|party| Note::NotBound { party }))
}

fn refuse_known(case: &Case, request: &Request) -> Result<(), ActError> {
    let is_same = |known: &Notified| {
        known.party == request.party && known.dated == request.dated && known.to == request.to
    };
    match notices(case).iter().find(|known| is_same(&known.body)) {
        Some(known) => Err(ActError::KnownBefore {
            again: true,
            seq: known.seq,
            what: format!("a notice from {} dated {}", request.party, request.dated),
        }),
        None => Ok(()),
    }
}
