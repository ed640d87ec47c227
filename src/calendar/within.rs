//! Whether a term lies within that of the agreement above it.

use chrono::NaiveDate;

use super::schedule::Schedule;

/// How a term reaches beyond that of the agreement above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Outside {
    /// It goes on after the other has ended, however that is prolonged.
    #[error(
        "it runs to {last_day}, after {other_last_day}, beyond which the other is not prolonged"
    )]
    After {
        /// Its last day.
        last_day: NaiveDate,
        /// The other's last day.
        other_last_day: NaiveDate,
    },
    /// It starts before the other.
    #[error("it starts {first_day}, before {other_first_day}, when the other does")]
    Before {
        /// Its first day.
        first_day: NaiveDate,
        /// The other's first day.
        other_first_day: NaiveDate,
    },
    /// It is prolonged again and again, and the other is not.
    #[error("it is prolonged again and again, and the other ends {other_last_day} at the latest")]
    Endless {
        /// The other's last day.
        other_last_day: NaiveDate,
    },
}

impl Schedule {
    /// Tells how this term reaches beyond another; `None` if it lies within.
    ///
    /// The other runs as long as it may be prolonged; that somebody gives notice of it is not foreseen.
    #[must_use]
    pub fn outside(&self, other: &Self) -> Option<Outside> {
        if self.first_day() < other.first_day() {
            return Some(Outside::Before {
                first_day: self.first_day(),
                other_first_day: other.first_day(),
            });
        }
        let other_last_day = other.last_day(None)?;
        match self.last_day(None) {
            None => Some(Outside::Endless { other_last_day }),
            Some(last_day) if last_day > other_last_day => Some(Outside::After {
                last_day,
                other_last_day,
            }),
            Some(_) => None,
        }
    }
}
