//! The schedule of an agreement: its periods, its last days for notice, and what follows.

use chrono::{Datelike as _, NaiveDate};
use serde::Serialize;

use super::length::Length;
use super::stretch::{Stretch, days_between, shifted};
use crate::agreement::{LateSignature, Prolongation, Term};

/// When an agreement runs, how it is prolonged, and until when notice may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    first: Stretch,
    notice: Option<Length>,
    prolonging: Option<Prolonging>,
}

/// How often an agreement is prolonged, and by how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prolonging {
    /// One time.
    Once(Length),
    /// Again and again, until notice is given.
    Repeated(Length),
}

/// The n-th period of an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Period {
    /// Counted from 1, the term before any prolongation.
    pub number: u32,
    /// Its days.
    #[serde(flatten)]
    pub days: Stretch,
}

/// The last day for notice in both readings of "before the end". Neither moves to a working day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NoticeDays {
    /// Reckoned from the end of the last day. This one rules.
    #[serde(serialize_with = "super::written::serialize")]
    pub plain: NaiveDate,
    /// Reckoned from the beginning of the last day. This one is shown, to plan by.
    #[serde(serialize_with = "super::written::serialize")]
    pub cautious: NaiveDate,
}

/// A last day for notice that is to come, or today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ComingNotice {
    /// The period that notice would end the agreement with.
    pub period: Period,
    /// The day.
    #[serde(flatten)]
    pub days: NoticeDays,
    /// Calendar days to it in the plain reading; zero today.
    pub days_left: u32,
}

/// Which period a notice is in time to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// The Swedish day on which it was received.
    pub received_on: NaiveDate,
    /// The first period that it is in time for; none is left if the agreement has ended by itself.
    pub period: Option<Period>,
    /// Whether it came on the last day, which the cautious reading calls late.
    pub is_doubtful: bool,
    /// The period that it came in, if it came too late for that.
    pub missed: Option<Missed>,
}

/// A period that a notice came too late to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// The period.
    pub period: Period,
    /// The last day for notice, in the plain reading.
    pub last_day: NaiveDate,
    /// Calendar days by which the notice was late.
    pub days_late: u32,
}

/// How an agreement stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The day.
    pub as_of: NaiveDate,
    /// Whether it is in force.
    pub state: State,
    /// The period that runs; before the start the first, after the end the last.
    pub period: Period,
    /// Calendar days from this one to the first day of the term; zero on that day and later.
    pub days_to_start: u32,
    /// Calendar days from this one to the period's last day, or that of the agreement if that is
    /// sooner; zero on that day and later.
    pub days_left: u32,
    /// The last day for notice to end with this period, passed or not.
    pub notice: Option<NoticeDays>,
    /// The next last day for notice that prevents a prolongation; none where the end is known.
    pub next_notice: Option<ComingNotice>,
    /// What follows on the period.
    pub follows: Follows,
}

/// Whether an agreement is in force on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its last day has passed.
    Ended,
    /// It runs.
    InForce,
    /// Its first day is to come.
    NotYet,
}

/// What follows on a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Follows {
    /// Nothing.
    Ends {
        /// The agreement's last day.
        last_day: NaiveDate,
    },
    /// The next period: the last day for notice has passed without one that ends it.
    Prolonged {
        /// That period.
        next: Period,
    },
    /// The next period, unless notice is received by the last day, which is to come or today.
    ProlongedWithoutNotice {
        /// That period.
        next: Period,
    },
}

impl Schedule {
    /// Returns the schedule of a term that runs from a first to a last day, both in force.
    ///
    /// # Errors
    /// [`ScheduleError`] with what contradicts itself.
    pub fn new(
        start: NaiveDate,
        end: NaiveDate,
        notice: Option<Length>,
        prolonging: Option<Prolonging>,
    ) -> Result<Self, ScheduleError> {
        for day in [start, end] {
            if !(FIRST_YEAR..=LAST_YEAR).contains(&day.year()) {
                return Err(ScheduleError::OutOfCalendar { day });
            }
        }
        let first = Stretch::new(start, end).ok_or(ScheduleError::EndBeforeStart { start, end })?;
        // No time is no rule: notice on the last day would be one day's.
        let notice = notice.filter(|notice| !notice.is_zero());
        for length in notice.into_iter().chain(prolonging.map(Prolonging::length)) {
            if is_too_long(length) {
                return Err(ScheduleError::TooLong { length });
            }
        }
        if let Some(prolonging) = prolonging {
            if prolonging.length().is_zero() {
                return Err(ScheduleError::ProlongedByNothing);
            }
            if notice.is_none() {
                let length = prolonging.length();
                return Err(ScheduleError::ProlongedWithoutNotice { length });
            }
        }
        if let Some(notice) = notice
            && notice.after(start).is_none_or(|day| day > shifted(end, 1))
        {
            return Err(ScheduleError::NoticeLongerThanTerm { notice, start, end });
        }
        Ok(Self {
            first,
            notice,
            prolonging,
        })
    }

    /// Returns the schedule that a version.toml gives.
    ///
    /// # Errors
    /// [`ScheduleError`] with what contradicts itself.
    pub fn of(term: &Term) -> Result<Self, ScheduleError> {
        let length = Length::Months(term.prolongation_months);
        let prolonging = match term.prolongation {
            Prolongation::None => None,
            Prolongation::Once => Some(Prolonging::Once(length)),
            Prolongation::Repeated => Some(Prolonging::Repeated(length)),
        };
        let notice = Some(Length::Months(term.notice_months));
        Self::new(term.start, term.end, notice, prolonging)
    }

    /// Returns the first day of the term.
    #[must_use]
    pub fn first_day(&self) -> NaiveDate {
        self.first.first_day()
    }

    /// Returns the n-th period, counted from 1; `None` if there never is one.
    ///
    /// Each is reckoned from the end of the first, never from the one before it, so that a last day
    /// of 29 February comes back in every leap year. None runs beyond the year 9999.
    #[must_use]
    pub fn period(&self, number: u32) -> Option<Period> {
        let last = match self.prolonging {
            None => 1,
            Some(Prolonging::Once(_)) => 2,
            Some(Prolonging::Repeated(_)) => u32::MAX,
        };
        if !(1..=last).contains(&number) {
            return None;
        }
        let first_day = match number.checked_sub(2) {
            None => self.first.first_day(),
            Some(prolongations) => shifted(self.end_after(prolongations), 1),
        };
        let days = Stretch::new(first_day, self.end_after(number.saturating_sub(1)))?;
        Some(Period { number, days })
    }

    /// Returns the period that a day belongs to while no notice is given; `None` outside of all.
    #[must_use]
    pub fn period_on(&self, day: NaiveDate) -> Option<Period> {
        if day < self.first.first_day() {
            return None;
        }
        let end = self.first.last_day();
        let about = self
            .prolonging
            .map_or(0, |prolonging| prolonging.length().times_between(end, day));
        self.first_from(about, |period| period.days.last_day() >= day)
    }

    /// Returns the last day for notice to end with a period; `None` if there is no rule for notice.
    #[must_use]
    pub fn notice_days(&self, period: &Period) -> Option<NoticeDays> {
        let plain = self
            .notice?
            .before(period.days.last_day())
            .unwrap_or(NaiveDate::MIN);
        // The whole of the notice lies before the last day begins: the day that has the last day's
        // number is part of it, so the one before is the last to give notice on.
        let cautious = shifted(plain, -1);
        Some(NoticeDays { plain, cautious })
    }

    /// Returns which period a notice is in time to end; `None` if there is no rule for notice.
    ///
    /// The plain reading rules. Too late is a notice that came after the last day for the period it
    /// came in. Where that day lay before the period, as when notice is longer than a prolongation,
    /// nobody could be in time within it, and the notice is simply one for a later period.
    #[must_use]
    pub fn reach(&self, received_on: NaiveDate) -> Option<Reach> {
        let notice = self.notice?;
        let plain = |period: &Period| Some(self.notice_days(period)?.plain);
        let end = self.first.last_day();
        let ends_by = notice.after(received_on).unwrap_or(NaiveDate::MAX);
        let about = self.prolonging.map_or(0, |prolonging| {
            prolonging.length().times_between(end, ends_by)
        });
        let period = self.first_from(about, |period| plain(period) >= Some(received_on));
        let came_in = if received_on < self.first.first_day() {
            self.period(1)
        } else {
            self.period_on(received_on).or_else(|| self.last_period())
        };
        let missed = came_in.and_then(|period| {
            let last_day = plain(&period)?;
            let days_late = days_between(last_day, received_on);
            (days_late > 0 && last_day >= period.days.first_day()).then_some(Missed {
                period,
                last_day,
                days_late,
            })
        });
        Some(Reach {
            received_on,
            period,
            is_doubtful: period.as_ref().and_then(plain) == Some(received_on),
            missed,
        })
    }

    /// Returns how the agreement stands on a day.
    ///
    /// `ended_on` is its last day where that is known: what a notice ends ([`outcome`](super::outcome)),
    /// or what the parties agreed on. Without it no notice counts.
    #[must_use]
    pub fn standing(&self, as_of: NaiveDate, ended_on: Option<NaiveDate>) -> Standing {
        let last_day = self.last_day(ended_on);
        let state = if last_day.is_some_and(|last_day| as_of > last_day) {
            State::Ended
        } else if as_of < self.first.first_day() {
            State::NotYet
        } else {
            State::InForce
        };
        let first = Period {
            number: 1,
            days: self.first,
        };
        let within = last_day.map_or(as_of, |last_day| as_of.min(last_day));
        let period = self.period_on(within).unwrap_or(first);
        let notice = self.notice_days(&period);
        let period_end = period.days.last_day();
        let end = last_day.map_or(period_end, |last_day| period_end.min(last_day));
        let next = self
            .period(period.number.saturating_add(1))
            .filter(|_| last_day.is_none_or(|last_day| last_day > period_end));
        let follows = match next {
            None => Follows::Ends { last_day: end },
            Some(next) => {
                let is_open = notice.is_some_and(|days| as_of <= days.plain);
                if is_open && ended_on.is_none() {
                    Follows::ProlongedWithoutNotice { next }
                } else {
                    Follows::Prolonged { next }
                }
            }
        };
        Standing {
            as_of,
            state,
            period,
            days_to_start: days_between(as_of, self.first.first_day()),
            days_left: days_between(as_of, end),
            notice,
            next_notice: match ended_on {
                Some(_) => None,
                None => self.next_notice(as_of),
            },
            follows,
        }
    }

    /// Returns the next last day for notice that prevents a prolongation, this day or later.
    ///
    /// `None` if nothing is prolonged any more.
    #[must_use]
    pub fn next_notice(&self, as_of: NaiveDate) -> Option<ComingNotice> {
        let period = self.reach(as_of)?.period?;
        self.period(period.number.checked_add(1)?)?;
        let days = self.notice_days(&period)?;
        Some(ComingNotice {
            period,
            days,
            days_left: days_between(as_of, days.plain),
        })
    }

    /// Returns the agreement's last day; `None` if it is prolonged again and again.
    ///
    /// `ended_on` is as in [`Schedule::standing`].
    #[must_use]
    pub fn last_day(&self, ended_on: Option<NaiveDate>) -> Option<NaiveDate> {
        let by_itself = self.last_period().map(|period| period.days.last_day());
        by_itself.into_iter().chain(ended_on).min()
    }

    fn last_period(&self) -> Option<Period> {
        match self.prolonging {
            None => self.period(1),
            Some(Prolonging::Once(_)) => self.period(2),
            Some(Prolonging::Repeated(_)) => None,
        }
    }

    /// Returns the first period for which something holds, given about how many prolongations that takes.
    ///
    /// What holds for a period must hold for all later ones.
    fn first_from(&self, about: u32, holds: impl Fn(&Period) -> bool) -> Option<Period> {
        // Months differ by at most three days in length, so a guess by their number is a few off
        // where a period is a day, else one.
        let from = about.saturating_sub(GUESS_OFF).saturating_add(1);
        (from..=from.saturating_add(GUESS_OFF.saturating_mul(2)))
            .map_while(|number| self.period(number))
            .find(|period| holds(period))
    }

    fn end_after(&self, prolongations: u32) -> NaiveDate {
        let end = self.first.last_day();
        match self.prolonging {
            None => end,
            Some(prolonging) => prolonging
                .length()
                .times_after(end, prolongations)
                .map_or(LAST_DAY, |day| day.min(LAST_DAY)),
        }
    }
}

impl Prolonging {
    fn length(self) -> Length {
        match self {
            Self::Once(length) | Self::Repeated(length) => length,
        }
    }
}

/// When an agreement began to bind a party that signed on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SignedLate {
    /// Calendar days after the first day of the term; zero if the party signed by then.
    pub days_late: u32,
    /// The first day that binds the party; `None` if it signed late and the text does not say.
    pub effective_on: Option<NaiveDate>,
}

/// Returns from when an agreement binds a party that signed on a day, by the rule of version.toml.
#[must_use]
pub fn signed_late(
    start: NaiveDate,
    signed_on: NaiveDate,
    rule: Option<LateSignature>,
) -> SignedLate {
    let days_late = days_between(start, signed_on);
    let effective_on = match rule {
        _ if days_late == 0 => Some(start),
        None => None,
        Some(LateSignature::FromSignature) => Some(signed_on),
        Some(LateSignature::FromStart) => Some(start),
    };
    SignedLate {
        days_late,
        effective_on,
    }
}

/// What contradicts itself in the rules of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The last day comes before the first.
    #[error("the term ends {end}, before it starts {start}")]
    EndBeforeStart {
        /// The first day.
        start: NaiveDate,
        /// The last day.
        end: NaiveDate,
    },
    /// Notice would have to be given before the term starts.
    #[error("notice of {notice} is longer than the term, {start} to {end}")]
    NoticeLongerThanTerm {
        /// The length of notice.
        notice: Length,
        /// The first day.
        start: NaiveDate,
        /// The last day.
        end: NaiveDate,
    },
    /// A day that no agreement has.
    #[error("{day} is not within the years {FIRST_YEAR} to {LAST_YEAR}")]
    OutOfCalendar {
        /// The day.
        day: NaiveDate,
    },
    /// A prolongation of no length.
    #[error("the agreement is prolonged by no time at all")]
    ProlongedByNothing,
    /// A prolongation that nobody could prevent.
    #[error("the agreement is prolonged by {length}, but no length of notice is given")]
    ProlongedWithoutNotice {
        /// The length of the prolongation.
        length: Length,
    },
    /// A length beyond all agreements.
    #[error("{length} is longer than {MAX_YEARS} years")]
    TooLong {
        /// The length.
        length: Length,
    },
}

impl ScheduleError {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::EndBeforeStart { .. } => {
                "the end is the last day in force, the start the first".to_owned()
            }
            Self::NoticeLongerThanTerm { .. } => "give a shorter notice, or a later end".to_owned(),
            Self::OutOfCalendar { .. } => "check the year".to_owned(),
            Self::ProlongedByNothing => {
                "say by how many months it is prolonged, or that it is not".to_owned()
            }
            Self::ProlongedWithoutNotice { .. } => {
                "say how long before the end notice must be given, at least one day".to_owned()
            }
            Self::TooLong { .. } => "check the number and its unit".to_owned(),
        }
    }
}

fn is_too_long(length: Length) -> bool {
    let most = match length {
        Length::Days(_) => MAX_YEARS.saturating_mul(366),
        Length::Months(_) => MAX_YEARS.saturating_mul(12),
        Length::Weeks(_) => MAX_YEARS.saturating_mul(53),
    };
    match length {
        Length::Days(count) | Length::Months(count) | Length::Weeks(count) => count > most,
    }
}

/// Years that an agreement's days can have.
const FIRST_YEAR: i32 = 1900;
const LAST_YEAR: i32 = 9999;

/// The last day of any period: a day after it cannot be written as those that come in.
const LAST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// How many periods a guess by months may be off.
const GUESS_OFF: u32 = 5;

/// Years of notice or of one prolongation.
const MAX_YEARS: u32 = 1000;
