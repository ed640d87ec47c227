//! Lengths of time as agreements and statutes give them: days, weeks and months.

use std::fmt;

use chrono::{Months, NaiveDate};

use super::stretch::{days_between, months_between, shifted};

/// A length of time. Years are twelve months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Length {
    /// Calendar days.
    Days(u32),
    /// Months.
    Months(u32),
    /// Weeks.
    Weeks(u32),
}

impl Length {
    /// Returns the day that lies so much later, or `None` beyond the calendar's end.
    ///
    /// After weeks it has the same name, after months the same number or else is the month's last.
    #[must_use]
    pub fn after(self, day: NaiveDate) -> Option<NaiveDate> {
        self.times_after(day, 1)
    }

    /// Returns the day that lies so much earlier, by the same rule, or `None` before the calendar's start.
    #[must_use]
    pub fn before(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            // SFS 1930:173 §1, backwards: the day of the same number, else the month's last.
            Self::Months(months) => day.checked_sub_months(Months::new(months)),
            Self::Days(_) | Self::Weeks(_) => {
                let back = shifted(day, self.days_once().checked_neg()?);
                (back != NaiveDate::MIN).then_some(back)
            }
        }
    }

    /// Returns the day that lies so many times as much later, reckoned in one step from the day itself.
    ///
    /// In one step, for step by step the number of the day is lost at the first short month.
    #[must_use]
    pub fn times_after(self, day: NaiveDate, times: u32) -> Option<NaiveDate> {
        match self {
            // SFS 1930:173 §1: the day of the same number, else the month's last.
            Self::Months(months) => day.checked_add_months(Months::new(months.checked_mul(times)?)),
            // SFS 1930:173 §1: the day of the same name, which is seven days a week on.
            Self::Days(_) | Self::Weeks(_) => {
                let later = shifted(day, self.days_once().checked_mul(i64::from(times))?);
                (later != NaiveDate::MAX).then_some(later)
            }
        }
    }

    /// Tells whether it is no time at all.
    #[must_use]
    pub fn is_zero(self) -> bool {
        matches!(self, Self::Days(0) | Self::Months(0) | Self::Weeks(0))
    }

    /// Returns how often it fits between two days, give or take one.
    pub(super) fn times_between(self, from: NaiveDate, to: NaiveDate) -> u32 {
        let (whole, part) = match self {
            Self::Days(days) => (days_between(from, to), days),
            Self::Months(months) => (months_between(from, to), months),
            Self::Weeks(weeks) => (days_between(from, to), weeks.saturating_mul(7)),
        };
        whole.checked_div(part).unwrap_or(0)
    }

    fn days_once(self) -> i64 {
        match self {
            Self::Days(days) => i64::from(days),
            Self::Months(_) => 0,
            Self::Weeks(weeks) => i64::from(weeks).saturating_mul(7),
        }
    }
}

impl fmt::Display for Length {
    /// Writes it in words, `12 months`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match self {
            Self::Days(days) => (days, "day"),
            Self::Months(months) => (months, "month"),
            Self::Weeks(weeks) => (weeks, "week"),
        };
        let plural = if *count == 1 { "" } else { "s" };
        write!(f, "{count} {unit}{plural}")
    }
}
