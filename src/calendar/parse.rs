//! Days, times and lengths as people write them, in Swedish or English. Nothing is guessed.

use std::str::FromStr as _;

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveTime, TimeZone as _, Utc};

use super::instant::{ClockShift, stockholm_instant};
use super::length::Length;
use super::stretch::Stretch;
use crate::agreement::without_personal_numbers;

/// Reads a day: `2024-03-01`, `1 mars 2024`, `den 1 mars 2024`, `1 March 2024`.
///
/// Any hyphen or dash and any blank will do. `field` names in an error what was read.
///
/// # Errors
/// [`ParseError`], also for a day that the calendar does not have.
pub fn parse_day(field: &str, text: &str) -> Result<NaiveDate, ParseError> {
    let plain = plain(field, text)?;
    day_of(&plain).map_err(|problem| problem.in_field(field, text))
}

/// Reads a stretch of days, both ends inclusive: `2024-03-01 – 2025-12-31`.
///
/// The days stand apart by a dash, `--`, `..`, `/`, `till`, `till och med`, `t.o.m.` or `to`.
///
/// # Errors
/// [`ParseError`], also if the last day comes before the first.
pub fn parse_stretch(field: &str, text: &str) -> Result<Stretch, ParseError> {
    let plain = plain(field, text)?;
    let (first, last) = split(&plain).ok_or_else(|| Problem::NoStretch.in_field(field, text))?;
    let day = |part: &str| day_of(part.trim()).map_err(|problem| problem.in_field(field, text));
    let (first, last) = (day(first)?, day(last)?);
    Stretch::new(first, last)
        .ok_or_else(|| Problem::EndBeforeStart { first, last }.in_field(field, text))
}

/// Reads an instant: a time with its offset, `2024-12-31T23:59:59+01:00`, or a Swedish time without.
///
/// # Errors
/// [`ParseError`], also for a Swedish time that never came or came twice.
pub fn parse_instant(field: &str, text: &str) -> Result<DateTime<Utc>, ParseError> {
    let plain = plain(field, text)?;
    let not_a_time = || Problem::NoInstant.in_field(field, text);
    // Past a day of ten characters stands a T or a blank, then the time and perhaps an offset.
    let (day, rest) = plain
        .split_at_checked(ISO_DAY_CHARS)
        .ok_or_else(not_a_time)?;
    let rest = rest.strip_prefix(['t', ' ']).ok_or_else(not_a_time)?.trim();
    let day = day_of(day).map_err(|problem| problem.in_field(field, text))?;
    let offset_at = rest.find(['+', '-', 'z']).unwrap_or(rest.len());
    let (time, offset) = rest.split_at_checked(offset_at).ok_or_else(not_a_time)?;
    let time = ["%H:%M:%S%.f", "%H:%M"]
        .iter()
        .find_map(|form| NaiveTime::parse_from_str(time.trim(), form).ok())
        .ok_or_else(not_a_time)?;
    let local = day.and_time(time);
    match offset {
        "" => stockholm_instant(local).map_err(|shift| Problem::Shift(shift).in_field(field, text)),
        "z" => Ok(local.and_utc()),
        offset => FixedOffset::from_str(offset)
            .ok()
            .and_then(|offset| offset.from_local_datetime(&local).single())
            .map(|instant| instant.with_timezone(&Utc))
            .ok_or_else(not_a_time),
    }
}

/// Reads a length of time: `12m`, `2y`, `90d`, `3w`, `12 månader`, `2 years`.
///
/// # Errors
/// [`ParseError`] if there is no unit, or one that is not known.
pub fn parse_length(field: &str, text: &str) -> Result<Length, ParseError> {
    let plain = plain(field, text)?;
    let not_a_length = || Problem::NoLength.in_field(field, text);
    let digits = plain
        .find(|c: char| !c.is_ascii_digit())
        .ok_or_else(not_a_length)?;
    let (count, unit) = plain.split_at_checked(digits).ok_or_else(not_a_length)?;
    let count: u32 = count.parse().map_err(|_| not_a_length())?;
    match unit.trim() {
        "d" | "dag" | "dagar" | "day" | "days" => Ok(Length::Days(count)),
        "m" | "mån" | "månad" | "månader" | "month" | "months" => Ok(Length::Months(count)),
        "v" | "w" | "vecka" | "veckor" | "week" | "weeks" => Ok(Length::Weeks(count)),
        "y" | "å" | "år" | "year" | "years" => count
            .checked_mul(12)
            .map(Length::Months)
            .ok_or_else(not_a_length),
        _ => Err(not_a_length()),
    }
}

/// What somebody wrote that is no day, no time or no length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}, in {text:?}")]
pub struct ParseError {
    field: String,
    problem: Problem,
    text: String,
}

impl ParseError {
    /// Returns the name of the field that was read.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match &self.problem {
            Problem::EndBeforeStart { .. } => "write the first day first".to_owned(),
            Problem::NoDay { last, .. } => format!("the last day of that month is {last}"),
            Problem::NoInstant => {
                "write it as 2024-12-31T23:59:59 in Swedish time, or with an offset as in \
                 2024-12-31T22:59:59Z"
                    .to_owned()
            }
            Problem::NoLength => "write it as 12m or 12 months; d, w, m and y are units".to_owned(),
            Problem::NoMonth { .. } => {
                "months are 01 to 12, between the year and the day".to_owned()
            }
            Problem::NoStretch => "write it as 2024-03-01 – 2025-12-31".to_owned(),
            Problem::NotADay | Problem::TooLong | Problem::Year { .. } => {
                "write it as 2024-03-01".to_owned()
            }
            Problem::Shift(shift) => shift.hint(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("the last day, {last}, comes before the first, {first}")]
    EndBeforeStart { first: NaiveDate, last: NaiveDate },
    #[error("{year:04}-{month:02} has no day {day}")]
    NoDay {
        year: i32,
        month: u32,
        day: u32,
        last: NaiveDate,
    },
    #[error("this is no time of a day")]
    NoInstant,
    #[error("this is no length of time")]
    NoLength,
    #[error("there is no month {month}")]
    NoMonth { month: u32 },
    #[error("these are not two days")]
    NoStretch,
    #[error("this is no day")]
    NotADay,
    #[error("{0}")]
    Shift(ClockShift),
    #[error("this is too long for a day")]
    TooLong,
    #[error("the year {year} is not within {FIRST_YEAR} to {LAST_YEAR}")]
    Year { year: i32 },
}

impl Problem {
    fn in_field(self, field: &str, text: &str) -> ParseError {
        let shown = without_personal_numbers(text);
        ParseError {
            field: field.to_owned(),
            problem: self,
            text: shown.chars().take(MAX_CHARS).collect(),
        }
    }
}

/// Returns a text in lower case with one kind of hyphen and single blanks.
fn plain(field: &str, text: &str) -> Result<String, ParseError> {
    if text.chars().nth(MAX_CHARS).is_some() {
        return Err(Problem::TooLong.in_field(field, text));
    }
    let lower = text.to_lowercase();
    let words: Vec<String> = lower
        .split_whitespace()
        .map(|word| {
            word.chars()
                .map(|c| if is_dash(c) { '-' } else { c })
                .collect()
        })
        .collect();
    Ok(words.join(" "))
}

/// Tells whether a character is a hyphen, a dash or a minus.
fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

fn split(plain: &str) -> Option<(&str, &str)> {
    let plain = BEGINNINGS
        .iter()
        .find_map(|beginning| plain.strip_prefix(beginning))
        .unwrap_or(plain);
    STRETCH_SIGNS
        .iter()
        .find_map(|sign| plain.split_once(sign))
        .or_else(|| {
            let (first, rest) = plain.split_at_checked(ISO_DAY_CHARS)?;
            Some((first, rest.strip_prefix('-')?))
        })
        // Days in words have no hyphen of their own.
        .or_else(|| {
            plain
                .split_once('-')
                .filter(|(_, rest)| !rest.contains('-'))
        })
}

fn day_of(plain: &str) -> Result<NaiveDate, Problem> {
    let (year, month, day) = match numbers(plain) {
        Some([year, month, day]) => (year, number(month, 2)?, day),
        None => in_words(plain)?,
    };
    let (year, day) = (number(year, 4)?, number(day, 2)?);
    let year = i32::try_from(year).map_err(|_| Problem::NotADay)?;
    if !(FIRST_YEAR..=LAST_YEAR).contains(&year) {
        return Err(Problem::Year { year });
    }
    let first = NaiveDate::from_ymd_opt(year, month, 1).ok_or(Problem::NoMonth { month })?;
    first.with_day(day).ok_or_else(|| {
        let days = u32::from(first.num_days_in_month());
        Problem::NoDay {
            year,
            month,
            day,
            last: first.with_day(days).unwrap_or(first),
        }
    })
}

/// Returns the parts of `2024-03-01`, which has its year first and in four digits.
fn numbers(plain: &str) -> Option<[&str; 3]> {
    let mut parts = plain.split('-');
    let found = [parts.next()?, parts.next()?, parts.next()?];
    (parts.next().is_none() && found.first()?.len() == 4).then_some(found)
}

fn in_words(plain: &str) -> Result<(&str, u32, &str), Problem> {
    let plain = plain.strip_prefix("den ").unwrap_or(plain);
    let mut words = plain.split(' ');
    let (Some(day), Some(month), Some(year), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Problem::NotADay);
    };
    let month = month.strip_suffix('.').unwrap_or(month);
    let place = MONTHS
        .iter()
        .position(|names| names.contains(&month))
        .and_then(|place| u32::try_from(place).ok())
        .ok_or(Problem::NotADay)?;
    // The year stands in four digits, so that 24 is no year.
    if year.len() != 4 {
        return Err(Problem::NotADay);
    }
    Ok((year, place.saturating_add(1), day))
}

/// Reads a number of at most so many digits, and nothing else.
fn number(text: &str, digits: usize) -> Result<u32, Problem> {
    if text.is_empty() || text.len() > digits || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::NotADay);
    }
    text.parse().map_err(|_| Problem::NotADay)
}

/// What may stand before the first of two days, the longer ones first.
const BEGINNINGS: [&str; 4] = ["från och med ", "fr.o.m. ", "från ", "from "];

/// Characters of `2024-03-01`, each one byte.
const ISO_DAY_CHARS: usize = 10;

/// Years that a day can have. A year of the days before is a slip of the hand.
const FIRST_YEAR: i32 = 1900;
const LAST_YEAR: i32 = 9999;

/// Characters in what is read, and shown of it.
const MAX_CHARS: usize = 80;

/// The months' names and short names in Swedish and English.
const MONTHS: [&[&str]; 12] = [
    &["januari", "january", "jan"],
    &["februari", "february", "feb"],
    &["mars", "march", "mar"],
    &["april", "apr"],
    &["maj", "may"],
    &["juni", "june", "jun"],
    &["juli", "july", "jul"],
    &["augusti", "august", "aug"],
    &["september", "sept", "sep"],
    &["oktober", "october", "okt", "oct"],
    &["november", "nov"],
    &["december", "dec"],
];

/// What stands between two days, the longer ones first.
const STRETCH_SIGNS: [&str; 9] = [
    " till och med ",
    " t.o.m. ",
    " till ",
    " to ",
    " - ",
    " -- ",
    "--",
    "..",
    "/",
];
