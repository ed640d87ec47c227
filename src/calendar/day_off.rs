//! Swedish public holidays, the eves that count as such for deadlines, and working days.
//!
//! The rules are those of today. Dated back they hold from 1953, when Midsummer Day and All Saints'
//! Day became Saturdays; that Saturdays and all three eves put off a deadline is so from 2005-04-01.

use chrono::{Datelike as _, NaiveDate, Weekday};
use serde::Serialize;

use super::stretch::shifted;

/// A public holiday that has a name; every other Sunday is one as well (SFS 1989:253 §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holiday {
    /// Alla helgons dag.
    AllSaintsDay,
    /// Kristi himmelsfärdsdag.
    AscensionDay,
    /// Juldagen.
    ChristmasDay,
    /// Annandag jul.
    DayAfterChristmas,
    /// Påskdagen.
    EasterDay,
    /// Annandag påsk.
    EasterMonday,
    /// Trettondedag jul.
    Epiphany,
    /// Långfredagen.
    GoodFriday,
    /// Första maj.
    MayDay,
    /// Midsommardagen.
    MidsummerDay,
    /// Nationaldagen, from 2005.
    NationalDay,
    /// Nyårsdagen.
    NewYearsDay,
    /// Pingstdagen.
    Pentecost,
    /// Annandag pingst, until 2004.
    PentecostMonday,
}

impl Holiday {
    /// Returns its Swedish name as in the statute.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AllSaintsDay => "alla helgons dag",
            Self::AscensionDay => "Kristi himmelsfärdsdag",
            Self::ChristmasDay => "juldagen",
            Self::DayAfterChristmas => "annandag jul",
            Self::EasterDay => "påskdagen",
            Self::EasterMonday => "annandag påsk",
            Self::Epiphany => "trettondedag jul",
            Self::GoodFriday => "långfredagen",
            Self::MayDay => "första maj",
            Self::MidsummerDay => "midsommardagen",
            Self::NationalDay => "nationaldagen",
            Self::NewYearsDay => "nyårsdagen",
            Self::Pentecost => "pingstdagen",
            Self::PentecostMonday => "annandag pingst",
        }
    }
}

/// An eve that is no public holiday but puts off a deadline as one (SFS 1930:173 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Eve {
    /// Julafton.
    Christmas,
    /// Midsommarafton.
    Midsummer,
    /// Nyårsafton.
    NewYear,
}

impl Eve {
    /// Returns its Swedish name as in the statute.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Christmas => "julafton",
            Self::Midsummer => "midsommarafton",
            Self::NewYear => "nyårsafton",
        }
    }
}

/// Why a day is no working day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", content = "which", rename_all = "snake_case")]
pub enum DayOff {
    /// An eve, on whatever day of the week.
    Eve(Eve),
    /// A public holiday that has a name.
    Holiday(Holiday),
    /// Any other Saturday.
    Saturday,
    /// Any other Sunday.
    Sunday,
}

impl DayOff {
    /// Returns its Swedish name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Eve(eve) => eve.name(),
            Self::Holiday(holiday) => holiday.name(),
            Self::Saturday => "lördag",
            Self::Sunday => "söndag",
        }
    }
}

/// Returns the public holiday with a name that falls on a day; if two do, the one with a fixed date.
#[must_use]
pub fn public_holiday(day: NaiveDate) -> Option<Holiday> {
    fixed_holiday(day)
        .or_else(|| saturday_holiday(day))
        .or_else(|| easter_holiday(day))
}

/// Tells whether a day is a public holiday in law: one with a name, or a Sunday (SFS 1989:253 §1).
#[must_use]
pub fn is_public_holiday(day: NaiveDate) -> bool {
    day.weekday() == Weekday::Sun || public_holiday(day).is_some()
}

/// Returns why a day is no working day, or `None` if it is one.
#[must_use]
pub fn day_off(day: NaiveDate) -> Option<DayOff> {
    // SFS 1930:173 §2.
    if let Some(holiday) = public_holiday(day) {
        return Some(DayOff::Holiday(holiday));
    }
    if let Some(eve) = eve(day) {
        return Some(DayOff::Eve(eve));
    }
    match day.weekday() {
        Weekday::Sat => Some(DayOff::Saturday),
        Weekday::Sun => Some(DayOff::Sunday),
        Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Fri => None,
    }
}

/// Tells whether a day is none of those that put off a deadline (SFS 1930:173 §2).
#[must_use]
pub fn is_working_day(day: NaiveDate) -> bool {
    day_off(day).is_none()
}

/// Returns the day itself if it is a working day, else the next that is.
#[must_use]
pub fn working_day_from(day: NaiveDate) -> NaiveDate {
    working_day(day, 1)
}

/// Returns the day itself if it is a working day, else the last before it that is.
#[must_use]
pub fn working_day_until(day: NaiveDate) -> NaiveDate {
    working_day(day, -1)
}

/// Returns the short Swedish name of a day's day of the week, `mån`.
#[must_use]
pub fn swedish_weekday(day: NaiveDate) -> &'static str {
    match day.weekday() {
        Weekday::Mon => "mån",
        Weekday::Tue => "tis",
        Weekday::Wed => "ons",
        Weekday::Thu => "tor",
        Weekday::Fri => "fre",
        Weekday::Sat => "lör",
        Weekday::Sun => "sön",
    }
}

fn working_day(day: NaiveDate, step: i64) -> NaiveDate {
    let mut found = day;
    for _ in 0..LONGEST_LEAVE_DAYS {
        if is_working_day(found) {
            break;
        }
        found = shifted(found, step);
    }
    found
}

fn fixed_holiday(day: NaiveDate) -> Option<Holiday> {
    // SFS 1989:253 §2.
    match (day.month(), day.day()) {
        (1, 1) => Some(Holiday::NewYearsDay),
        (1, 6) => Some(Holiday::Epiphany),
        (5, 1) => Some(Holiday::MayDay),
        (6, 6) if day.year() >= FIRST_NATIONAL_DAY => Some(Holiday::NationalDay),
        (12, 25) => Some(Holiday::ChristmasDay),
        (12, 26) => Some(Holiday::DayAfterChristmas),
        _ => None,
    }
}

fn saturday_holiday(day: NaiveDate) -> Option<Holiday> {
    // SFS 1989:253 §2.
    match (day.weekday(), day.month(), day.day()) {
        (Weekday::Sat, 6, 20..=26) => Some(Holiday::MidsummerDay),
        (Weekday::Sat, 10, 31) | (Weekday::Sat, 11, 1..=6) => Some(Holiday::AllSaintsDay),
        _ => None,
    }
}

fn easter_holiday(day: NaiveDate) -> Option<Holiday> {
    if !(3..=6).contains(&day.month()) {
        return None;
    }
    let easter = easter_day(day.year())?;
    // SFS 1989:253 §2: the Friday before, the day after, the sixth Thursday after, the seventh
    // Sunday after, and until 2004 the day after that.
    match day.signed_duration_since(easter).num_days() {
        -2 => Some(Holiday::GoodFriday),
        0 => Some(Holiday::EasterDay),
        1 => Some(Holiday::EasterMonday),
        39 => Some(Holiday::AscensionDay),
        49 => Some(Holiday::Pentecost),
        50 if day.year() < FIRST_NATIONAL_DAY => Some(Holiday::PentecostMonday),
        _ => None,
    }
}

/// Returns the Sunday after the full moon on or after 21 March (SFS 1989:253 §2).
///
/// The full moon is that of the Gregorian tables, not of astronomers. `None` before there were such.
fn easter_day(year: i32) -> Option<NaiveDate> {
    let year_number = u32::try_from(year)
        .ok()
        .filter(|year| *year >= FIRST_GREGORIAN)?;
    let golden = year_number.checked_rem(19)?;
    let century = year_number.checked_div(100)?;
    // The moon falls 19 days later each year, within its 30, but for the leap days that centuries
    // leave out and the eight days in 2,500 years by which 19 years of moons are too long.
    let leap_days = century.checked_sub(century.checked_div(4)?)?;
    let moon_days = century.checked_mul(8)?.checked_add(13)?.checked_div(25)?;
    let age = golden
        .checked_mul(19)?
        .checked_add(leap_days)?
        .checked_add(15)?
        .checked_sub(moon_days)?
        .checked_rem(30)?;
    // No two years of a cycle of 19 share a full moon, and none comes later than 18 April.
    let days = match age {
        29 => 28,
        28 if golden > 10 => 27,
        other => other,
    };
    let full_moon = shifted(NaiveDate::from_ymd_opt(year, 3, 21)?, i64::from(days));
    let to_sunday = 7_u32.checked_sub(full_moon.weekday().num_days_from_sunday())?;
    Some(shifted(full_moon, i64::from(to_sunday)))
}

fn eve(day: NaiveDate) -> Option<Eve> {
    // SFS 1930:173 §2; the eve of Midsummer Day is the Friday before it.
    match (day.weekday(), day.month(), day.day()) {
        (_, 12, 24) => Some(Eve::Christmas),
        (_, 12, 31) => Some(Eve::NewYear),
        (Weekday::Fri, 6, 19..=25) => Some(Eve::Midsummer),
        _ => None,
    }
}

/// From here on 6 June is a public holiday and the day after Pentecost is not (SFS 2004:1320).
const FIRST_NATIONAL_DAY: i32 = 2005;

/// The first whole year of the Gregorian tables of full moons.
const FIRST_GREGORIAN: u32 = 1583;

/// More days than ever follow each other without a working day.
const LONGEST_LEAVE_DAYS: u32 = 14;
