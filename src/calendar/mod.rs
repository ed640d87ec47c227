//! Days and terms: the Swedish calendar, the time an agreement runs, and the days to watch.
//!
//! Takes days, instants, the rules of a [`Term`](crate::agreement::Term) and the notices that were
//! received; gives days, periods and what follows. [`Schedule`] reckons the periods of an agreement
//! and the last days for notice, [`outcome`] tells for whom notices end it, [`appeal_days`] and its
//! neighbours reckon the days that a statute sets, [`watch`] lists what is coming, and [`parse_day`]
//! and its neighbours read what people write.
//!
//! Never reads a clock or a file. Days are those of Europe/Stockholm, with its shifts to and from
//! summer time, and an end is the last day that belongs: both ends of a [`Stretch`] are inclusive.
//! Whatever is no day of the calendar is an error, never rolled over into another day. Only days
//! that a statute sets move to a working day; those of a contract stay.
//!
//! Follows SFS 1930:173 (how weeks, months and years are reckoned, and which days do not count),
//! SFS 1989:253 (public holidays) and SFS 2017:725 (kommunallagen).

// What people and files say never reaches a panic.
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod day_off;
mod follow_up;
mod instant;
mod length;
mod notice;
mod parse;
mod rules;
mod schedule;
mod statutory;
mod stretch;
mod watch;
mod within;
mod written;

pub use day_off::{
    DayOff, Eve, Holiday, day_off, is_public_holiday, is_working_day, public_holiday,
    swedish_weekday, working_day_from, working_day_until,
};
pub use instant::{
    ClockShift, Timeliness, day_length, end_of_day, stockholm_instant, swedish_day, swedish_time,
    timeliness,
};
pub use length::Length;
pub use notice::{Cause, Notice, NoticeError, NoticeRule, Outcome, Row, outcome};
pub use parse::{ParseError, parse_day, parse_instant, parse_length, parse_stretch};
pub use rules::TermRules;
pub use schedule::{
    ComingNotice, Follows, Missed, NoticeDays, Period, Prolonging, Reach, Schedule, ScheduleError,
    SignedLate, Standing, State, signed_late,
};
pub use statutory::{
    AppealDays, StatutoryDay, appeal_days, minutes_announced_by, minutes_approved_by,
};
pub use stretch::Stretch;
pub use watch::{Occasion, Reminder, Watched, Watching, watch};
pub use within::Outside;

#[cfg(test)]
mod tests;
