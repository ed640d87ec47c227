//! Instants and Swedish days: when a day begins and ends in Stockholm.

use chrono::{
    DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc,
};
use chrono_tz::Europe::Stockholm;
use serde::Serialize;

use super::stretch::{days_between, shifted};

/// Returns the first instant after a Swedish day.
#[must_use]
pub fn end_of_day(day: NaiveDate) -> DateTime<Utc> {
    let next = shifted(day, 1).and_time(NaiveTime::MIN);
    // Swedish clocks shift at 02:00 and 03:00, so midnight is never doubled or left out today; in
    // the years when it was, the earlier instant ends the day, or the one when the next day began.
    match stockholm_instant(next) {
        Ok(instant) => instant,
        Err(ClockShift::Doubled { earlier, .. }) => earlier,
        Err(ClockShift::Skipped { moved, .. }) => moved,
    }
}

/// Returns how long a Swedish day is: 23 hours when summer time begins, 25 when it ends, else 24.
#[must_use]
pub fn day_length(day: NaiveDate) -> TimeDelta {
    end_of_day(day).signed_duration_since(end_of_day(shifted(day, -1)))
}

/// Returns an instant as Swedish time, `2024-03-01 14:05:09`.
#[must_use]
pub fn swedish_time(instant: DateTime<Utc>) -> String {
    instant
        .with_timezone(&Stockholm)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// Returns the Swedish calendar day of an instant.
#[must_use]
pub fn swedish_day(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&Stockholm).date_naive()
}

/// Returns the instant at which Swedish clocks show a time.
///
/// # Errors
/// [`ClockShift`] if they never do so on that day, or twice. It holds the instants to choose from.
pub fn stockholm_instant(local: NaiveDateTime) -> Result<DateTime<Utc>, ClockShift> {
    match Stockholm.from_local_datetime(&local) {
        LocalResult::Single(instant) => Ok(instant.with_timezone(&Utc)),
        LocalResult::Ambiguous(earlier, later) => Err(ClockShift::Doubled {
            local,
            earlier: earlier.with_timezone(&Utc),
            later: later.with_timezone(&Utc),
        }),
        LocalResult::None => {
            // A clock that nobody has put forward yet shows the offset of the day before.
            let day_before = local.checked_sub_signed(TimeDelta::days(1));
            let before = day_before
                .and_then(|day_before| Stockholm.from_local_datetime(&day_before).earliest());
            let moved = before
                .and_then(|before| {
                    before
                        .with_timezone(&Utc)
                        .checked_add_signed(TimeDelta::days(1))
                })
                .unwrap_or_else(|| local.and_utc());
            Err(ClockShift::Skipped { local, moved })
        }
    }
}

/// A time that Swedish clocks do not show once on its day, as they are put forward or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockShift {
    /// Clocks are put back, so they show it twice.
    #[error("{local} came twice in Sweden, as clocks were put back that night")]
    Doubled {
        /// What the clocks show.
        local: NaiveDateTime,
        /// The first time, in summer time.
        earlier: DateTime<Utc>,
        /// The second time, in normal time.
        later: DateTime<Utc>,
    },
    /// Clocks are put forward past it.
    #[error("{local} never came in Sweden, as clocks were put forward that night")]
    Skipped {
        /// What the clocks would have shown.
        local: NaiveDateTime,
        /// When a clock that nobody put forward showed it.
        moved: DateTime<Utc>,
    },
}

impl ClockShift {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        let offset = |instant: &DateTime<Utc>| {
            instant
                .with_timezone(&Stockholm)
                .format("%Y-%m-%dT%H:%M:%S%:z")
                .to_string()
        };
        match self {
            Self::Doubled { earlier, later, .. } => format!(
                "give the offset as well: {} or {}",
                offset(earlier),
                offset(later)
            ),
            Self::Skipped { moved, .. } => format!("perhaps {} is meant", offset(moved)),
        }
    }
}

/// Whether something came by its last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Timeliness {
    /// It came on the last day or before.
    InTime,
    /// It came later. It is kept, with this mark.
    Late {
        /// Calendar days after the last day; at least one.
        days: u32,
    },
}

/// Returns whether something received on a Swedish day came by the last day, which counts to its end.
///
/// An instant is told as its day by [`swedish_day`].
#[must_use]
pub fn timeliness(last_day: NaiveDate, received_on: NaiveDate) -> Timeliness {
    match days_between(last_day, received_on) {
        0 => Timeliness::InTime,
        days => Timeliness::Late { days },
    }
}
