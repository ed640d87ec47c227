//! Notice: enters that a party gave notice of termination, and tells what it does.

use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Serialize;

use super::act::{About, ActError, Case, Note, Paper, check_order, check_public, enter};
use super::{Error, Office};
use crate::agreement::{AgreementId, Name, PartyCode, Sha256, VersionNumber};
use crate::calendar::{Notice, NoticeDays, NoticeError, NoticeRule, Reach, Row, Schedule, outcome};
use crate::register::{Entered, Event, Notified};
use crate::store::Store;

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
    /// The day it was received.
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
    /// The day it was received.
    pub received_on: NaiveDate,
    /// What it is in time for.
    pub reach: Reach,
    /// The last days for the period that it ends, in both readings; `None` where it ends none.
    pub days: Option<NoticeDays>,
    /// For whom the agreement ends by all notices so far, and when; the others are left out.
    pub ends: Vec<Row>,
    /// How many parties, or copies of the bilateral form, go on.
    pub goes_on: usize,
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
    let mut store = office.read_store().await?;
    let mut plan = Plan::make(office, store.as_mut(), request).await?;
    drop(store);
    let read = match &plan.document {
        Some(paper) => paper.notes(office, "document").await,
        None => Vec::new(),
    };
    if request.dry_run {
        plan.notes.extend(read);
        return Ok(plan.notification(request, None));
    }
    let mut store = office.write_store().await?;
    let mut plan = Plan::make(office, Some(&mut store), request).await?;
    plan.notes.extend(read);
    if let Some(paper) = plan.document.take() {
        store.documents.put(paper.bytes).await?;
    }
    let notified = Notified {
        dated: request.dated,
        document: plan.digest,
        party: request.party.clone(),
        received_on: request.received_on,
        to: request.to.clone(),
        version: plan.case.subject.manifest.version,
        way: request.way.clone(),
    };
    let agreement = plan.case.subject.agreement.clone();
    let event = Event::Notified(notified);
    let seq = enter(office, &mut store, Some(&agreement), event).await?;
    Ok(plan.notification(request, Some(seq)))
}

/// A notice that may be entered.
struct Plan {
    case: Case,
    days: Option<NoticeDays>,
    ends_anything: bool,
    digest: Option<Sha256>,
    document: Option<Paper>,
    is_said: bool,
    notes: Vec<Note>,
    party_name: String,
    reach: Reach,
    rows: Vec<Row>,
}

impl Plan {
    async fn make(
        office: &Office,
        store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Self, Error> {
        let case = Case::open(office, store, &request.about).await?;
        let party_name = case.member(&request.party)?.name.clone();
        if let Some(to) = &request.to {
            case.member(to)?;
        }
        check_public("the way it came", &request.way)?;
        case.check_day("the letter's day", request.dated)?;
        case.check_past("the day of receipt", request.received_on)?;
        check_order(
            ("the letter's day", Some(request.dated)),
            ("the day of receipt", Some(request.received_on)),
        )?;
        if !request.again {
            refuse_known(&case, request)?;
        }
        let manifest = &case.subject.manifest;
        let term = manifest.term.as_ref();
        let term = term.ok_or(ActError::Notice(NoticeError::NoRule))?;
        let schedule = Schedule::of(term).map_err(ActError::from)?;
        let rule = NoticeRule::new(manifest.form.kind, manifest.form.with.as_ref(), term);
        let parties = case.subject.parties.iter();
        let parties: Vec<PartyCode> = parties.map(|party| party.code.clone()).collect();
        let mut notices = entered(&case);
        notices.push(Notice {
            by: request.party.clone(),
            to: request.to.clone(),
            received_on: request.received_on,
        });
        let found = outcome(&schedule, &rule, &parties, &notices).map_err(ActError::from)?;
        let reach = found.notices.last().copied();
        let reach = reach.ok_or(ActError::Notice(NoticeError::NoRule))?;
        // By itself, as an earlier notice may have ended the same before it.
        let own = notices.last().map(std::slice::from_ref).unwrap_or_default();
        let alone = outcome(&schedule, &rule, &parties, own).map_err(ActError::from)?;
        let ends_anything = alone.rows.iter().any(|row| row.last_day.is_some());
        let document = request.document.as_deref().map(Paper::read).transpose()?;
        let notes = case.notes();
        Ok(Self {
            days: reach
                .period
                .and_then(|period| schedule.notice_days(&period)),
            ends_anything,
            digest: document.as_ref().map(|paper| Sha256::of(&paper.bytes)),
            document,
            is_said: rule.is_said,
            notes,
            party_name,
            reach,
            rows: found.rows,
            case,
        })
    }

    fn notification(self, request: &Request, seq: Option<u64>) -> Notification {
        let (ends, goes_on): (Vec<Row>, Vec<Row>) = self
            .rows
            .into_iter()
            .partition(|row| row.last_day.is_some());
        Notification {
            seq,
            agreement: self.case.subject.agreement.clone(),
            version: self.case.subject.manifest.version,
            party: request.party.clone(),
            party_name: self.party_name,
            received_on: request.received_on,
            reach: self.reach,
            days: self.days,
            ends,
            goes_on: goes_on.len(),
            ends_anything: self.ends_anything,
            is_said: self.is_said,
            notes: self.notes,
        }
    }
}

/// Returns the notices of the version that were entered, in their order.
fn entered(case: &Case) -> Vec<Notice> {
    let notices = notices(case).iter().map(|known| Notice {
        by: known.body.party.clone(),
        to: known.body.to.clone(),
        received_on: known.body.received_on,
    });
    notices.collect()
}

fn notices(case: &Case) -> &[Entered<Notified>] {
    let subject = &case.subject;
    case.tally
        .notices(&subject.agreement, subject.manifest.version)
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
