//! Recommend: enters what a body that is no party says of a version, and by when it wants to know.

use chrono::NaiveDate;
use serde::Serialize;

use super::act::{
    About, Act, ActError, Case, Note, Planned, Resolution, check_order, check_public, note_numbers,
    perform,
};
use super::decide::{condition, is_same_place, named};
use super::{Error, Office};
use crate::agreement::{AgreementId, Name, Outcome, VersionNumber};
use crate::register::{Event, Minutes, Recommended};
use crate::store::Store;

/// What was recommended.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement and version.
    pub about: About,
    /// Whether the same body, day and § may be entered once more.
    pub again: bool,
    /// Whose body it is, e.g. `VästKom`.
    pub by: Name,
    /// The words of a condition.
    pub condition: Option<String>,
    /// Whether nothing is entered.
    pub dry_run: bool,
    /// The group of parties that it speaks to, by its code.
    pub grouping: Option<Name>,
    /// What it recommends.
    pub outcome: Outcome,
    /// The day by which it wants its parties' decisions reported.
    pub report_by: Option<NaiveDate>,
    /// Where it stands.
    pub resolution: Resolution,
}

/// A recommendation that was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recommendation {
    /// The place of the entry; `None` where nothing was entered.
    pub seq: Option<u64>,
    /// The agreement.
    pub agreement: AgreementId,
    /// The version.
    pub version: VersionNumber,
    /// Whose body it is.
    pub by: Name,
    /// The group of parties that it speaks to.
    pub grouping: Option<Name>,
    /// How many parties it speaks to.
    pub parties: usize,
    /// What it recommends.
    pub outcome: Outcome,
    /// The day by which it wants its parties' decisions reported.
    pub report_by: Option<NaiveDate>,
    /// Where it stands.
    pub minutes: Minutes,
    /// What to look at.
    pub notes: Vec<Note>,
}

/// Enters a recommendation.
///
/// # Errors
/// [`Error`]; nothing is entered then.
pub async fn run(office: &Office, request: &Request) -> Result<Recommendation, Error> {
    perform::<Plan>(office, request, request.dry_run).await
}

/// A recommendation that may be entered.
struct Plan {
    agreement: AgreementId,
    condition: Option<String>,
    minutes: Minutes,
    parties: usize,
    version: VersionNumber,
}

impl Act for Plan {
    type Request = Request;
    type Answer = Recommendation;

    async fn plan(
        office: &Office,
        store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Planned<Self>, Error> {
        let case = Case::open(office, store, &request.about).await?;
        check_public("the name of the body's organisation", &request.by)?;
        let condition = condition(request.outcome, request.condition.as_deref())?;
        let parties = addressed(&case, request.grouping.as_ref())?;
        let checked = request.resolution.check(&case)?;
        check_order(
            ("the meeting day", Some(checked.minutes.met_on)),
            ("the reporting day", request.report_by),
        )?;
        if !request.again {
            refuse_known(&case, request, &checked.minutes)?;
        }
        let mut notes = checked.notes;
        // Who only recommends binds nobody: there is nothing to appeal that anyone waits for.
        notes.retain(|note| *note != Note::NotAnnounced);
        note_numbers(&mut notes, "condition", condition.as_deref());
        let agreement = case.subject.agreement;
        Ok(Planned {
            agreement: Some(agreement.clone()),
            notes,
            papers: checked.extract.into_iter().collect(),
            act: Self {
                agreement,
                condition,
                minutes: checked.minutes,
                parties,
                version: case.subject.manifest.version,
            },
        })
    }

    async fn event(&mut self, store: &mut Store, request: &Request) -> Result<Event, Error> {
        Ok(Event::Recommended(Recommended {
            by: request.by.clone(),
            condition: store.commit_some(self.condition.as_deref()).await?,
            grouping: request.grouping.clone(),
            minutes: self.minutes.clone(),
            outcome: request.outcome,
            report_by: request.report_by,
            version: self.version,
        }))
    }

    fn answer(self, request: &Request, notes: Vec<Note>, seq: Option<u64>) -> Recommendation {
        Recommendation {
            seq,
            agreement: self.agreement,
            version: self.version,
            by: request.by.clone(),
            grouping: request.grouping.clone(),
            parties: self.parties,
            outcome: request.outcome,
            report_by: request.report_by,
            minutes: self.minutes,
            notes,
        }
    }
}

/// Counts the parties that a recommendation speaks to.
fn addressed(case: &Case, grouping: Option<&Name>) -> Result<usize, ActError> {
    let parties = &case.subject.parties;
    let Some(grouping) = grouping else {
        return Ok(parties.len());
    };
    let is_in = |groupings: &[Name]| groupings.contains(grouping);
    match parties
        .iter()
        .filter(|party| is_in(&party.groupings))
        .count()
    {
        0 => {
            let all = parties.iter().flat_map(|party| party.groupings.iter());
            let mut known: Vec<Name> = all.cloned().collect();
            known.sort();
            known.dedup();
            Err(ActError::UnknownGrouping {
                agreement: case.subject.agreement.clone(),
                grouping: grouping.clone(),
                known,
            })
        }
        count => Ok(count),
    }
}

fn refuse_known(case: &Case, request: &Request, minutes: &Minutes) -> Result<(), ActError> {
    let subject = &case.subject;
    let known = case
        .tally
        .recommendations(&subject.agreement, subject.manifest.version);
    let is_same = |it: &Recommended| it.by == request.by && is_same_place(&it.minutes, minutes);
    match known.iter().find(|known| is_same(&known.body)) {
        Some(known) => Err(ActError::KnownBefore {
            again: true,
            seq: known.seq,
            what: format!("{}, {}", request.by, named(minutes)),
        }),
        None => Ok(()),
    }
}
