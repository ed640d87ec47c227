//! Term: whether agreements run, until when notice may be given, and what follows.
//!
//! Reckoned anew each time from the frozen version and the notices in the register: nobody enters a
//! prolongation.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::{Error, Office, publish};
use crate::agreement::{AgreementId, Form, PartyCode, VersionNumber};
use crate::calendar::{
    Cause, Length, Notice, NoticeRule, Outcome, Prolonging, Reach, Schedule, Standing, Stretch,
    outcome, swedish_day,
};
use crate::outside::now;
use crate::register::{Entered, Notified, Tally};
use crate::store::Store;
use crate::template::Bundle;

/// How one agreement stands on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TermLine {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its full name.
    pub name: String,
    /// The version that rules on the day.
    pub version: VersionNumber,
    /// The form of its copies.
    pub form: Form,
    /// The first period as the text has it.
    pub first: Stretch,
    /// How it stands for those whom no notice touches.
    pub standing: Standing,
    /// The notices received by that day, in the order in which they came.
    pub notices: Vec<NoticeLine>,
    /// For whom notices end it, and when; in the bilateral form each stands for a copy.
    pub ends: Vec<EndLine>,
    /// How many parties there are, in the bilateral form how many copies.
    pub rows: usize,
    /// Whether the text says for whom a notice ends it; where not, the least reading is shown.
    pub is_effect_said: bool,
    /// The last day for all, where it is known.
    pub ended_on: Option<NaiveDate>,
    /// Its periods and last days for notice.
    #[serde(skip)]
    pub(super) schedule: Schedule,
}

/// A notice and what it reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeLine {
    /// The place of its entry.
    pub seq: u64,
    /// Who gave it.
    pub by: PartyCode,
    /// To whom, in the bilateral form.
    pub to: Option<PartyCode>,
    /// What it is in time for.
    #[serde(flatten)]
    pub reach: Reach,
}

/// A party, or in the bilateral form a copy, for which the agreement ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndLine {
    /// The party.
    pub party: PartyCode,
    /// Its last day.
    pub last_day: NaiveDate,
    /// Whether it was left alone by the others; else its notice, or that of all, ends it.
    pub is_left_alone: bool,
}

/// Returns how an agreement, or each of them, stands at the end of a Swedish day; `None`: today.
///
/// Agreements without a published version that has a term are left out.
///
/// # Errors
/// [`Error::UnknownAgreement`], [`Error::Term`], or what the register says.
pub async fn run(
    office: &Office,
    agreement: Option<&AgreementId>,
    as_of: Option<NaiveDate>,
) -> Result<Vec<TermLine>, Error> {
    let day = as_of.unwrap_or_else(|| swedish_day(now()));
    let Some(mut store) = office.read_store().await? else {
        if let Some(agreement) = agreement {
            office.require_agreement(agreement, &Tally::default())?;
        }
        return Ok(Vec::new());
    };
    let tally = Tally::fold(&store.records.entries(agreement).await?);
    if let Some(agreement) = agreement {
        office.require_agreement(agreement, &tally)?;
    }
    lines(&store, &tally, day).await
}

/// Returns how each agreement stands that a register knows and that has a term.
pub(super) async fn lines(
    store: &Store,
    tally: &Tally,
    day: NaiveDate,
) -> Result<Vec<TermLine>, Error> {
    let mut lines = Vec::new();
    for (agreement, bundle) in ruling(store, tally, day).await? {
        lines.extend(line(&agreement, &bundle, tally, day)?);
    }
    Ok(lines)
}

/// Returns how a term that nobody has agreed on yet would stand on a Swedish day; `None`: today.
///
/// # Errors
/// [`Error::Calendar`] with what contradicts itself.
pub fn reckon(
    start: NaiveDate,
    end: NaiveDate,
    notice: Option<Length>,
    prolonging: Option<Prolonging>,
    as_of: Option<NaiveDate>,
) -> Result<Standing, Error> {
    let schedule = Schedule::new(start, end, notice, prolonging)?;
    Ok(schedule.standing(as_of.unwrap_or_else(|| swedish_day(now())), None))
}

/// Returns for each agreement the outline of the version that rules on a day: the highest published one
/// whose term has begun, else the lowest that has a term.
async fn ruling(
    store: &Store,
    tally: &Tally,
    day: NaiveDate,
) -> Result<Vec<(AgreementId, Bundle)>, Error> {
    let mut ruling: BTreeMap<&AgreementId, Bundle> = BTreeMap::new();
    for ((agreement, _), version) in &tally.versions {
        let bundle = publish::read_outline(store, &version.published).await?;
        let Some(term) = &bundle.manifest().term else {
            continue;
        };
        if term.start <= day || !ruling.contains_key(agreement) {
            ruling.insert(agreement, bundle);
        }
    }
    Ok(ruling
        .into_iter()
        .map(|(agreement, bundle)| (agreement.clone(), bundle))
        .collect())
}

fn line(
    agreement: &AgreementId,
    bundle: &Bundle,
    tally: &Tally,
    day: NaiveDate,
) -> Result<Option<TermLine>, Error> {
    let manifest = bundle.manifest();
    let Some(term) = &manifest.term else {
        return Ok(None);
    };
    let wrong = |problem: String, hint: String| Error::Term {
        agreement: agreement.clone(),
        version: manifest.version,
        problem,
        hint,
    };
    let schedule = Schedule::of(term).map_err(|error| wrong(error.to_string(), error.hint()))?;
    let codes: Vec<PartyCode> = bundle.parties().iter().map(|it| it.code.clone()).collect();
    let notified: Vec<&Entered<Notified>> = tally
        .notices(agreement, manifest.version)
        .iter()
        .filter(|notified| notified.body.received_on <= day)
        .collect();
    let given = |notified: &&Entered<Notified>| Notice {
        by: notified.body.party.clone(),
        to: notified.body.to.clone(),
        received_on: notified.body.received_on,
    };
    let notices: Vec<Notice> = notified.iter().map(given).collect();
    let form = &manifest.form;
    let rule = NoticeRule::new(form.kind, form.with.as_ref(), term);
    let Outcome {
        notices: reaches,
        rows,
    } = outcome(&schedule, &rule, &codes, &notices)
        .map_err(|error| wrong(error.to_string(), error.hint().to_owned()))?;
    let ends: Vec<EndLine> = rows
        .iter()
        .filter_map(|row| {
            Some(EndLine {
                party: row.party.clone(),
                last_day: row.last_day?,
                is_left_alone: row.cause == Some(Cause::LeftAlone),
            })
        })
        .collect();
    // It ends as a whole when it ends for each.
    let ended_on = if ends.len() == rows.len() {
        ends.iter().map(|end| end.last_day).max()
    } else {
        None
    };
    let first = Stretch::new(term.start, term.end)
        .ok_or_else(|| wrong("the term ends before it starts".to_owned(), String::new()))?;
    Ok(Some(TermLine {
        agreement: agreement.clone(),
        name: bundle.agreement().name.to_string(),
        version: manifest.version,
        form: manifest.form.kind,
        first,
        standing: schedule.standing(day, ended_on),
        notices: notified
            .iter()
            .zip(reaches)
            .map(|(notified, reach)| NoticeLine {
                seq: notified.seq,
                by: notified.body.party.clone(),
                to: notified.body.to.clone(),
                reach,
            })
            .collect(),
        rows: rows.len(),
        ends,
        is_effect_said: rule.is_said,
        ended_on,
        schedule,
    }))
}
