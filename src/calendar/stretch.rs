//! Stretches of days, both ends inclusive, and steps from day to day.

use chrono::{Datelike as _, Months, NaiveDate, TimeDelta};
use serde::Serialize;

/// Days from a first to a last, both of which belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Stretch {
    #[serde(serialize_with = "super::written::serialize")]
    first_day: NaiveDate,
    #[serde(serialize_with = "super::written::serialize")]
    last_day: NaiveDate,
}

impl Stretch {
    /// Returns the days from a first to a last, or `None` if the last comes before the first.
    #[must_use]
    pub fn new(first_day: NaiveDate, last_day: NaiveDate) -> Option<Self> {
        (first_day <= last_day).then_some(Self {
            first_day,
            last_day,
        })
    }

    /// Returns the first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        self.first_day
    }

    /// Returns the last day, which still belongs.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.last_day
    }

    /// Returns how many days it has; at least one.
    #[must_use]
    pub fn days(self) -> u32 {
        days_between(self.first_day, self.last_day).saturating_add(1)
    }

    /// Returns how many whole months fit in it, counted from its first day.
    #[must_use]
    pub fn whole_months(self) -> u32 {
        // n months are over when the day comes that has the first day's number.
        let after = shifted(self.last_day, 1);
        let at_most = months_between(self.first_day, after);
        let fits = |months: u32| {
            self.first_day
                .checked_add_months(Months::new(months))
                .is_some_and(|day| day <= after)
        };
        if fits(at_most) {
            at_most
        } else {
            at_most.saturating_sub(1)
        }
    }

    /// Returns the days that follow on it, as many whole months where it has whole months, else as many days;
    /// `None` beyond the calendar's end.
    #[must_use]
    pub fn following(self) -> Option<Self> {
        let first_day = self.last_day.succ_opt()?;
        let months = Months::new(self.whole_months());
        let is_whole = self.first_day.checked_add_months(months) == Some(first_day);
        let after = if is_whole {
            first_day.checked_add_months(months)?
        } else {
            shifted(first_day, i64::from(self.days()))
        };
        Self::new(first_day, after.pred_opt()?)
    }

    /// Tells whether a day belongs to it.
    #[must_use]
    pub fn contains(self, day: NaiveDate) -> bool {
        self.first_day <= day && day <= self.last_day
    }
}

/// Returns how many days a day comes after another; zero if it does not.
pub(super) fn days_between(from: NaiveDate, to: NaiveDate) -> u32 {
    let days = to.signed_duration_since(from).num_days();
    u32::try_from(days.max(0)).unwrap_or(u32::MAX)
}

/// Returns how many months the month of a day comes after that of another; zero if it does not.
pub(super) fn months_between(from: NaiveDate, to: NaiveDate) -> u32 {
    let months = |day: NaiveDate| {
        i64::from(day.year())
            .saturating_mul(12)
            .saturating_add(i64::from(day.month0()))
    };
    u32::try_from(months(to).saturating_sub(months(from)).max(0)).unwrap_or(u32::MAX)
}

/// Returns the day so many days later, or earlier; at most the first or last that there is.
pub(super) fn shifted(day: NaiveDate, days: i64) -> NaiveDate {
    let end = if days < 0 {
        NaiveDate::MIN
    } else {
        NaiveDate::MAX
    };
    TimeDelta::try_days(days)
        .and_then(|days| day.checked_add_signed(days))
        .unwrap_or(end)
}
