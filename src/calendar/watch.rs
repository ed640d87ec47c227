//! The days to watch: what is coming, when to act on it, and when to be reminded.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::day_off::working_day_until;
use super::schedule::{ComingNotice, Follows, Schedule, State};
use super::stretch::shifted;

/// What happens on a day to watch. Variants stand in the order of the alphabet, and so does the list for a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// The last day to answer a consultation.
    Answer,
    /// The last day to appeal a decision; the day after it has legal force if nobody did.
    Appeal,
    /// The last day of somebody's authority to sign.
    AuthorityEnd,
    /// The last day of an agreement.
    End,
    /// The last day of something that the agreement asks for again and again.
    FollowUp,
    /// The last day to give notice.
    Notice,
    /// The first day of a prolongation.
    Prolongation,
    /// The last day to report a decision.
    Reporting,
}

/// A day to watch, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Watching<S> {
    /// The day itself. It never moves.
    #[serde(serialize_with = "super::written::serialize")]
    pub on: NaiveDate,
    /// What happens then.
    pub occasion: Occasion,
    /// What it is about.
    pub subject: S,
    /// For a notice the last day in the cautious reading.
    pub cautious_on: Option<NaiveDate>,
}

/// A day to watch with the working days that belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Watched<S> {
    /// The day.
    #[serde(flatten)]
    pub watching: Watching<S>,
    /// The last working day to act on: the day, or the cautious one where there is one, moved back.
    #[serde(serialize_with = "super::written::serialize")]
    pub act_by: NaiveDate,
    /// The reminders, earliest first; some may lie in the past.
    pub reminders: [Reminder; 3],
}

/// A day to be reminded on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reminder {
    /// Calendar days before the day that is watched.
    pub days_before: u16,
    /// The working day: that day, or the last before it.
    #[serde(serialize_with = "super::written::serialize")]
    pub on: NaiveDate,
}

/// Returns what is coming on a day or later, in the order of the days.
#[must_use]
pub fn watch<S: Ord>(
    days: impl IntoIterator<Item = Watching<S>>,
    as_of: NaiveDate,
) -> Vec<Watched<S>> {
    let mut coming: Vec<_> = days.into_iter().filter(|day| day.on >= as_of).collect();
    coming.sort_unstable();
    coming
        .into_iter()
        .map(|watching| Watched {
            act_by: working_day_until(watching.cautious_on.unwrap_or(watching.on)),
            reminders: REMINDED_DAYS_BEFORE.map(|days_before| Reminder {
                days_before,
                on: working_day_until(shifted(
                    watching.on,
                    i64::from(days_before).saturating_neg(),
                )),
            }),
            watching,
        })
        .collect()
}

impl Schedule {
    /// Returns the days of an agreement to watch from a day on: the next notice, prolongation and end.
    ///
    /// `ended_on` is its last day where that is known, as in [`Schedule::standing`]. A notice that
    /// would prevent no prolongation is not watched.
    pub fn watching<S: Clone>(
        &self,
        as_of: NaiveDate,
        ended_on: Option<NaiveDate>,
        subject: &S,
    ) -> Vec<Watching<S>> {
        let about = |occasion, on, cautious_on| Watching {
            on,
            occasion,
            subject: subject.clone(),
            cautious_on,
        };
        let standing = self.standing(as_of, ended_on);
        if standing.state == State::Ended {
            return Vec::new();
        }
        let mut found = Vec::new();
        if let Some(ComingNotice { days, .. }) = standing.next_notice {
            found.push(about(Occasion::Notice, days.plain, Some(days.cautious)));
        }
        let end = match standing.follows {
            Follows::Ends { last_day } => Some(last_day),
            Follows::Prolonged { next } | Follows::ProlongedWithoutNotice { next } => {
                found.push(about(Occasion::Prolongation, next.days.first_day(), None));
                // What is known to end later ends then; the rest is prolonged until somebody acts.
                self.last_day(ended_on)
            }
        };
        found.extend(end.map(|end| about(Occasion::End, end, None)));
        found
    }
}

/// Calendar days before a day that is watched, on which to be reminded.
const REMINDED_DAYS_BEFORE: [u16; 3] = [90, 30, 7];
