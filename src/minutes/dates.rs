//! Days as minutes write them.

use std::ops::Range;
use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::{Captures, Regex};

/// Returns the days in a text and where they stand, in bytes. A day without its year is none.
pub(super) fn dates(text: &str) -> Vec<(NaiveDate, Range<usize>)> {
    let mut found: Vec<(NaiveDate, Range<usize>)> = Vec::new();
    for (pattern, order) in [
        (&*ISO, ["year", "month", "day"]),
        (&*WRITTEN, ["year", "name", "day"]),
        (&*SLASHED, ["year", "month", "day"]),
    ] {
        for captures in pattern.captures_iter(text) {
            let [year, month, day] = order.map(|name| number(&captures, name));
            let date = year.zip(month).zip(day).and_then(|((year, month), day)| {
                NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
            });
            if let (Some(date), Some(whole)) = (date, captures.get(0)) {
                found.push((date, whole.range()));
            }
        }
    }
    found.sort_by_key(|(_, range)| range.start);
    found
}

fn number(captures: &Captures<'_>, name: &str) -> Option<u32> {
    let text = captures.name(name)?.as_str().to_lowercase();
    if name != "name" {
        return text.parse().ok();
    }
    let index = MONTHS.iter().position(|month| text.starts_with(month))?;
    u32::try_from(index.saturating_add(1)).ok()
}

static ISO: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"\b(?P<year>(?:19|20)\d\d) ?[-–] ?(?P<month>[01]?\d) ?[-–] ?(?P<day>[0-3]?\d)\b",
    )
});

static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?P<day>[0-3]?\d)(?::?e)? (?P<name>januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december|(?:jan|feb|mar|apr|jun|jul|aug|sept?|okt|nov|dec)\.?)[ ,]+(?P<year>(?:19|20)\d\d)\b",
    )
});

static SLASHED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(r"\b(?P<day>[0-3]?\d)/(?P<month>[01]?\d)[ -](?P<year>(?:19|20)\d\d)\b")
});

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec",
];
