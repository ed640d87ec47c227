//! Term: whether agreements run, until when notice may be given, and what follows.
//!
//! Reckoned anew each time from the frozen version and the notices in the register: nobody enters a
//! prolongation.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Serialize;

use super::kept::Of;
use super::life::{self, EnteredNotice, Life, VersionTerm};
use super::{Error, Office};
use crate::agreement::{AgreementId, FollowUp, Form, PartyCode, VersionNumber};
use crate::calendar::{
    Cause, Length, Notice, Outcome, Prolonging, Reach, Schedule, Standing, State, Stretch,
    TermRules, swedish_day,
};
use crate::outside::now;

/// What was reckoned of agreements, and which of them could not be.
#[derive(Debug)]
pub struct Reckoned<T> {
    /// What was reckoned.
    pub rows: Vec<T>,
    /// What could not be, each by itself: the rest is there.
    pub problems: Vec<Error>,
}

/// How one version of an agreement stands on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TermLine {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its full name.
    pub name: String,
    /// The version.
    pub version: VersionNumber,
    /// Later versions whose term has begun: this one is for those whom none of them binds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaced_by: Vec<VersionNumber>,
    /// The parties, or copies, that one of those binds on the day.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub replaced_for: BTreeSet<PartyCode>,
    /// Earlier versions that may still bind somebody: this one is for those who have concluded it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<VersionNumber>,
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
    /// What it asks for again and again.
    #[serde(skip)]
    pub(super) follow_up: Vec<FollowUp>,
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
/// There is a line for each version whose term has begun and that may bind somebody. Agreements without a
/// published version that has a term are left out. What cannot be reckoned is an [`Error::Term`] among the
/// problems.
///
/// # Errors
/// [`Error::UnknownAgreement`], or what the register says.
pub async fn run(
    office: &Office,
    agreement: Option<&AgreementId>,
    as_of: Option<NaiveDate>,
) -> Result<Reckoned<TermLine>, Error> {
    let day = as_of.unwrap_or_else(|| swedish_day(now()));
    Ok(lines(&life::read(office, agreement).await?, day))
}

/// Returns how each agreement stands that has a term.
pub(super) fn lines(lives: &Of<Life>, day: NaiveDate) -> Reckoned<TermLine> {
    let mut all = Reckoned {
        rows: Vec::with_capacity(lives.len()),
        problems: Vec::new(),
    };
    for (agreement, life) in lives {
        let Some(agreement) = agreement else {
            continue;
        };
        let first = all.rows.len();
        for known in life.begun(day) {
            match line(agreement, known, day) {
                Ok(line) => all.rows.push(line),
                Err(problem) => all.problems.push(problem),
            }
        }
        if all.rows.len().saturating_sub(first) > 1 {
            let own = all.rows.split_off(first);
            all.rows.extend(side_by_side(own));
        }
    }
    all
}

/// Leaves out each version that has a later one and surely binds nobody any more, and tells the others for
/// whom they are.
fn side_by_side(mut lines: Vec<TermLine>) -> Vec<TermLine> {
    let newest = lines.last().map(|line| line.version);
    lines.retain(|line| Some(line.version) == newest || !line.binds_nobody());
    let versions: Vec<VersionNumber> = lines.iter().map(|line| line.version).collect();
    for line in &mut lines {
        let (own, others) = (line.version, || versions.iter().copied());
        line.replaced_by = others().filter(|other| *other > own).collect();
        line.replaces = others().filter(|other| *other < own).collect();
    }
    lines
}

impl TermLine {
    /// Tells whether another version of the agreement has a line as well.
    pub(super) fn is_beside(&self) -> bool {
        !(self.replaced_by.is_empty() && self.replaces.is_empty())
    }

    /// Counts those for whom neither notice nor a later version ends it.
    #[must_use]
    pub fn goes_on(&self) -> usize {
        let ends = self.ends.iter().map(|end| &end.party);
        let leaves: BTreeSet<&PartyCode> = self.replaced_for.iter().chain(ends).collect();
        self.rows.saturating_sub(leaves.len())
    }

    /// Tells whether it has ended for each of its parties on the day.
    fn binds_nobody(&self) -> bool {
        let passed = self
            .ends
            .iter()
            .filter(|end| end.last_day < self.standing.as_of);
        let passed = passed.map(|end| &end.party);
        let left: BTreeSet<&PartyCode> = self.replaced_for.iter().chain(passed).collect();
        self.standing.state == State::Ended || left.len() >= self.rows
    }
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

/// Returns how a version stands on a day.
pub(super) fn line(
    agreement: &AgreementId,
    ruling: &VersionTerm,
    day: NaiveDate,
) -> Result<TermLine, Error> {
    let term = &ruling.term;
    let wrong = |problem: String, hint: String| Error::Term {
        agreement: agreement.clone(),
        version: ruling.version,
        problem,
        hint,
    };
    let rules = TermRules::of(term, ruling.form, ruling.with.as_ref())
        .map_err(|error| wrong(error.to_string(), error.hint()))?;
    let given = ruling.notices.iter();
    let given: Vec<&EnteredNotice> = given
        .filter(|given| given.notice.received_on <= day)
        .collect();
    let (notices, ends, rows) = if given.is_empty() {
        (Vec::new(), Vec::new(), ruling.rows(&rules.notice))
    } else {
        let notices: Vec<Notice> = given.iter().map(|given| given.notice.clone()).collect();
        let Outcome {
            notices: reaches,
            rows,
        } = rules
            .outcome(&ruling.parties, &notices)
            .map_err(|error| wrong(error.to_string(), error.hint().to_owned()))?;
        let ends = rows.iter().filter_map(|row| {
            Some(EndLine {
                party: row.party.clone(),
                last_day: row.last_day?,
                is_left_alone: row.cause == Some(Cause::LeftAlone),
            })
        });
        let given = given.iter().zip(reaches).map(|(given, reach)| NoticeLine {
            seq: given.seq,
            by: given.notice.by.clone(),
            to: given.notice.to.clone(),
            reach,
        });
        (given.collect(), ends.collect::<Vec<_>>(), rows.len())
    };
    // It ends as a whole when it ends for each.
    let ended_on = if ends.len() == rows {
        ends.iter().map(|end| end.last_day).max()
    } else {
        None
    };
    let replaced = ruling.replaced_from.iter();
    // Who is in every copy has no row of its own.
    let common = rules.notice.copies_with.as_ref();
    let replaced = replaced.filter(|(code, from)| **from <= day && Some(*code) != common);
    let first = Stretch::new(term.start, term.end)
        .ok_or_else(|| wrong("the term ends before it starts".to_owned(), String::new()))?;
    Ok(TermLine {
        agreement: agreement.clone(),
        name: ruling.name.clone(),
        version: ruling.version,
        replaced_by: Vec::new(),
        replaced_for: replaced.map(|(code, _)| code.clone()).collect(),
        replaces: Vec::new(),
        form: ruling.form,
        first,
        standing: rules.schedule.standing(day, ended_on),
        notices,
        rows,
        ends,
        is_effect_said: rules.notice.is_said,
        ended_on,
        schedule: rules.schedule,
        follow_up: ruling.follow_up.clone(),
    })
}
