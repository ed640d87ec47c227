//! Days on which an agreement is followed up: `[[follow_up]]` in version.toml.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{InvalidId, Manifest, Name};

/// Something that is to be done again and again while the agreement is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowUp {
    /// What, in Swedish.
    pub title: Name,
    /// The day of each year by which it is done. Either this or the next is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_year: Option<MonthDay>,
    /// Months before each last day for notice by which it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months_before_notice: Option<u32>,
}

/// A day of every year, `03-31`. 29 February is the month's last day in other years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonthDay {
    month: u32,
    day: u32,
}

impl MonthDay {
    /// Returns the day of a year; `None` beyond the calendar's end.
    #[must_use]
    pub fn of_year(self, year: i32) -> Option<NaiveDate> {
        let first = NaiveDate::from_ymd_opt(year, self.month, 1)?;
        // SFS 1930:173 §1: the day of the same number, else the month's last.
        let last = u32::from(first.num_days_in_month());
        first.with_day(self.day.min(last))
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl FromStr for MonthDay {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        // Any leap year has every day that a year can have.
        let day = NaiveDate::parse_from_str(&format!("2024-{text}"), "%Y-%m-%d").ok();
        let found = day.map(|day| Self {
            month: day.month(),
            day: day.day(),
        });
        found
            .filter(|found| found.to_string() == text)
            .ok_or_else(|| InvalidId {
                what: "day of every year",
                value: text.chars().take(80).collect(),
                rule: "month and day, e.g. 03-31",
            })
    }
}

impl TryFrom<String> for MonthDay {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<MonthDay> for String {
    fn from(day: MonthDay) -> Self {
        day.to_string()
    }
}

/// Checks what a version.toml says of follow-up; gives the key and the problem.
pub(super) fn check(manifest: &Manifest) -> Result<(), (&'static str, String)> {
    for follow_up in &manifest.follow_up {
        let title = &follow_up.title;
        let problem = match (follow_up.every_year, follow_up.months_before_notice) {
            (None, None) => "says neither every_year nor months_before_notice",
            (Some(_), Some(_)) => "says both every_year and months_before_notice",
            (None, Some(0)) => {
                "has months_before_notice 0, which is the last day for notice itself"
            }
            (None, Some(months)) if months > MAX_MONTHS => {
                "has months_before_notice beyond a hundred years"
            }
            (Some(_), None) | (None, Some(_)) => continue,
        };
        let message = format!("follow-up \"{title}\" {problem}");
        return Err(("[[follow_up]]", message));
    }
    if let Some(first) = manifest.follow_up.first()
        && manifest.term.is_none()
    {
        let message = format!(
            "follow-up \"{}\" has no [term] in which it could be due",
            first.title
        );
        return Err(("[[follow_up]]", message));
    }
    Ok(())
}

const MAX_MONTHS: u32 = 1200;
