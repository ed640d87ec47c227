//! Days that a statute sets. They move to the next working day; those of a contract do not.

use chrono::NaiveDate;
use serde::Serialize;

use super::day_off::working_day_from;
use super::length::Length;
use super::stretch::shifted;

/// The last day for something by statute, as reckoned and as it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StatutoryDay {
    /// The day as reckoned.
    pub reckoned: NaiveDate,
    /// The last day: the same, or the next working day (SFS 1930:173 §2).
    pub last_day: NaiveDate,
}

impl StatutoryDay {
    /// Returns the last day for a reckoned day.
    #[must_use]
    pub fn new(reckoned: NaiveDate) -> Self {
        Self {
            reckoned,
            // SFS 1930:173 §2.
            last_day: working_day_from(reckoned),
        }
    }

    /// Tells whether the reckoned day was no working day, so that the last day is another.
    #[must_use]
    pub fn is_moved(self) -> bool {
        self.reckoned != self.last_day
    }
}

/// Until when a decision can be appealed, and when it has legal force if nobody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AppealDays {
    /// The last day for an appeal.
    #[serde(flatten)]
    pub appeal: StatutoryDay,
    /// The first day with legal force, if no appeal came in. Nobody has confirmed it.
    pub final_on: NaiveDate,
}

/// Returns the appeal days of a decision whose approved minutes were announced on a day.
#[must_use]
pub fn appeal_days(announced_on: NaiveDate) -> AppealDays {
    // SFS 2017:725 (kommunallagen) 13 kap. 5 §: three weeks from the announcement.
    let appeal = StatutoryDay::new(later(APPEAL, announced_on));
    AppealDays {
        appeal,
        final_on: shifted(appeal.last_day, 1),
    }
}

/// Returns the last day to approve the minutes of a meeting.
#[must_use]
pub fn minutes_approved_by(meeting_on: NaiveDate) -> StatutoryDay {
    // SFS 2017:725 (kommunallagen): at the latest 14 days after the meeting.
    StatutoryDay::new(later(APPROVAL, meeting_on))
}

/// Returns the last day to announce minutes that were approved on a day.
#[must_use]
pub fn minutes_announced_by(approved_on: NaiveDate) -> StatutoryDay {
    // SFS 2017:725 (kommunallagen): at the latest on the second day after approval.
    StatutoryDay::new(later(ANNOUNCEMENT, approved_on))
}

fn later(length: Length, day: NaiveDate) -> NaiveDate {
    length.after(day).unwrap_or(NaiveDate::MAX)
}

const ANNOUNCEMENT: Length = Length::Days(2);
const APPEAL: Length = Length::Weeks(3);
const APPROVAL: Length = Length::Days(14);
