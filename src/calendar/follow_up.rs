//! The days on which an agreement is followed up, while it is in force.

use chrono::{Datelike as _, NaiveDate};

use super::length::Length;
use super::schedule::Schedule;
use super::stretch::shifted;
use crate::agreement::{FollowUp, MonthDay};

impl Schedule {
    /// Returns the next day of a follow-up, this day or later; `None` if the agreement ends before.
    ///
    /// `ended_on` is the last day where that is known, as in [`Schedule::standing`]. What is reckoned
    /// from a last day for notice is not asked for once notice cannot change the end.
    #[must_use]
    pub fn next_follow_up(
        &self,
        follow_up: &FollowUp,
        as_of: NaiveDate,
        ended_on: Option<NaiveDate>,
    ) -> Option<NaiveDate> {
        let from = as_of.max(self.first_day());
        let next = match (follow_up.every_year, follow_up.months_before_notice) {
            (Some(day), _) => yearly(day, from),
            (None, Some(months)) if ended_on.is_none() => self.before_notice(months, from),
            (None, _) => None,
        }?;
        self.last_day(ended_on)
            .is_none_or(|last_day| next <= last_day)
            .then_some(next)
    }

    fn before_notice(&self, months: u32, from: NaiveDate) -> Option<NaiveDate> {
        let lead = Length::Months(months);
        // The day lies so much before a notice, so that notice lies so much after it, give or take
        // what short months take away.
        let mut asked = lead.after(from)?;
        for _ in 0..MOST_STEPS {
            let notice = self.next_notice(asked)?.days.plain;
            match lead.before(notice)? {
                day if day >= from => return Some(day),
                _ => asked = shifted(notice, 1),
            }
        }
        None
    }
}

fn yearly(day: MonthDay, from: NaiveDate) -> Option<NaiveDate> {
    let this_year = day.of_year(from.year())?;
    if this_year >= from {
        return Some(this_year);
    }
    day.of_year(from.year().checked_add(1)?)
}

/// How many last days for notice may lie within the days by which months differ.
const MOST_STEPS: u32 = 40;
