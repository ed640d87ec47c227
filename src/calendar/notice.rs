//! Notices, and for whom they end an agreement.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::schedule::{Reach, Schedule};
use crate::agreement::{Form, LateNotice, NoticeEnds, PartyCode, Term};

/// What a notice does, by form and version.toml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRule {
    /// In the bilateral form the party that is in every copy.
    pub copies_with: Option<PartyCode>,
    /// For whom a notice ends the agreement.
    pub ends: NoticeEnds,
    /// Whether the agreement says for whom; else the least reading is taken, and must be shown as that.
    pub is_said: bool,
    /// What becomes of a late notice.
    pub late: LateNotice,
}

impl NoticeRule {
    /// Returns the rule for a form of execution and a term.
    ///
    /// `with` is the party in every bilateral copy. Where the term does not say, a notice ends the
    /// agreement for its giver alone, and a late one ends nothing.
    #[must_use]
    pub fn new(form: Form, with: Option<&PartyCode>, term: &Term) -> Self {
        let copies_with = match form {
            Form::Bilateral => with.cloned(),
            Form::Counterpart | Form::Joint => None,
        };
        Self {
            // Each copy of the bilateral form is an agreement of two, which its own notice ends.
            is_said: term.notice_ends.is_some() || copies_with.is_some(),
            copies_with,
            ends: term.notice_ends.unwrap_or(NoticeEnds::Giver),
            late: term.late_notice.unwrap_or(LateNotice::Kept),
        }
    }
}

/// A written notice of termination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Who gives it.
    pub by: PartyCode,
    /// In the bilateral form the other party of the one copy that it is about; all of the giver's
    /// copies when absent.
    pub to: Option<PartyCode>,
    /// The Swedish day on which it was received.
    pub received_on: NaiveDate,
}

/// What the notices of an agreement come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// For each notice, in the order given, what it is in time for. A late one stays here too.
    pub notices: Vec<Reach>,
    /// One row for each party, in the order given; in the bilateral form for each copy, by its other party.
    pub rows: Vec<Row>,
}

/// The end of an agreement for one party, or of one bilateral copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The party.
    pub party: PartyCode,
    /// Its last day in the agreement by notice; `None` if it goes on as if there were none.
    pub last_day: Option<NaiveDate>,
    /// Why that day.
    pub cause: Option<Cause>,
}

/// Why an agreement ends for a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Cause {
    /// All others have left, and nobody has an agreement alone.
    LeftAlone,
    /// A notice.
    Notice {
        /// Which of the notices, counted from 0.
        index: usize,
    },
}

/// Returns for whom notices end an agreement, and when.
///
/// # Errors
/// [`NoticeError`] with the party that is not in the agreement, or the copy that is not there.
pub fn outcome(
    schedule: &Schedule,
    rule: &NoticeRule,
    parties: &[PartyCode],
    notices: &[Notice],
) -> Result<Outcome, NoticeError> {
    let is_row = |party: &PartyCode| rule.copies_with.as_ref() != Some(party);
    let mut rows: Vec<Row> = parties
        .iter()
        .filter(|party| is_row(party))
        .map(|party| Row {
            party: party.clone(),
            last_day: None,
            cause: None,
        })
        .collect();
    let places: BTreeMap<PartyCode, usize> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| (row.party.clone(), place))
        .collect();
    let mut reaches = Vec::with_capacity(notices.len());
    let mut ends_all: Option<(NaiveDate, usize)> = None;
    for (index, notice) in notices.iter().enumerate() {
        let about = rule.about(&places, notice)?;
        let reach = schedule
            .reach(notice.received_on)
            .ok_or(NoticeError::NoRule)?;
        reaches.push(reach);
        let Some(last_day) = rule.end(&reach) else {
            continue;
        };
        match about {
            About::All => ends_all = Some(sooner(ends_all, last_day, index)),
            About::Row(place) => {
                if let Some(row) = rows.get_mut(place) {
                    row.end_by(last_day, index);
                }
            }
        }
    }
    if let Some((last_day, index)) = ends_all {
        for row in &mut rows {
            row.end_by(last_day, index);
        }
    }
    if rule.copies_with.is_none() {
        end_the_last(&mut rows);
    }
    Ok(Outcome {
        notices: reaches,
        rows,
    })
}

/// Why a notice cannot be reckoned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// The agreement has no rule for notice.
    #[error("the agreement has no length of notice")]
    NoRule,
    /// The notice is about a copy that two others have, or that nobody has.
    #[error("there is no copy between {by} and {to} to give notice of")]
    NotTheirCopy {
        /// Who gives it.
        by: PartyCode,
        /// The party that it is given to.
        to: PartyCode,
    },
    /// The notice comes from somebody else.
    #[error("{party} is not a party of the agreement")]
    NotAParty {
        /// Who gives it.
        party: PartyCode,
    },
}

impl NoticeError {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoRule => "version.toml gives it under [term]",
            Self::NotAParty { .. } => "parties are named by their codes",
            Self::NotTheirCopy { .. } => {
                "only in the bilateral form is notice given of one copy, by one of its two parties"
            }
        }
    }
}

/// What a notice is about.
enum About {
    All,
    Row(usize),
}

impl NoticeRule {
    fn about(
        &self,
        places: &BTreeMap<PartyCode, usize>,
        notice: &Notice,
    ) -> Result<About, NoticeError> {
        let by_common = self.copies_with.as_ref() == Some(&notice.by);
        let by_row = places.get(&notice.by).copied();
        if !by_common && by_row.is_none() {
            let party = notice.by.clone();
            return Err(NoticeError::NotAParty { party });
        }
        let to_row = match &notice.to {
            None => None,
            // The common party gives notice to the other party of a copy, all others to the common one.
            Some(to) if by_common && places.contains_key(to) => places.get(to).copied(),
            Some(to) if !by_common && self.copies_with.as_ref() == Some(to) => by_row,
            Some(to) => {
                return Err(NoticeError::NotTheirCopy {
                    by: notice.by.clone(),
                    to: to.clone(),
                });
            }
        };
        Ok(match (self.ends, to_row.or(by_row)) {
            (NoticeEnds::Giver, Some(place)) => About::Row(place),
            (NoticeEnds::All, _) | (NoticeEnds::Giver, None) => About::All,
        })
    }

    fn end(&self, reach: &Reach) -> Option<NaiveDate> {
        let counts = match self.late {
            LateNotice::Kept => reach.missed.is_none(),
            LateNotice::NextEnd => true,
        };
        reach
            .period
            .filter(|_| counts)
            .map(|period| period.days.last_day())
    }
}

impl Row {
    fn end_by(&mut self, last_day: NaiveDate, index: usize) {
        let before = match (self.last_day, self.cause) {
            (Some(day), Some(Cause::Notice { index })) => Some((day, index)),
            _ => None,
        };
        let (last_day, index) = sooner(before, last_day, index);
        self.last_day = Some(last_day);
        self.cause = Some(Cause::Notice { index });
    }
}

/// Returns the sooner of two ends with its notice; of equal ones the notice that was given first.
fn sooner(
    before: Option<(NaiveDate, usize)>,
    last_day: NaiveDate,
    index: usize,
) -> (NaiveDate, usize) {
    before.unwrap_or((last_day, index)).min((last_day, index))
}

/// Ends the agreement for the party that would be alone in it, when the last other party leaves.
fn end_the_last(rows: &mut [Row]) {
    // A party that stays comes last in this order.
    let order = |row: &Row| (row.last_day.is_none(), row.last_day);
    let mut ends: Vec<_> = rows.iter().map(order).collect();
    ends.sort_unstable();
    let Some((_, Some(second_last))) = ends.iter().rev().nth(1).copied() else {
        return;
    };
    for row in rows {
        if row.last_day.is_none_or(|day| day > second_last) {
            row.last_day = Some(second_last);
            row.cause = Some(Cause::LeftAlone);
        }
    }
}
