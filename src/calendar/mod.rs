//! Days: the Swedish calendar day as a stretch of time.
//!
//! Takes days and instants, gives days and instants. Never reads a clock. Days are those of
//! Europe/Stockholm, with its shifts to and from summer time.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Europe::Stockholm;

/// Returns the first instant after a Swedish day.
#[must_use]
pub fn end_of_day(day: NaiveDate) -> DateTime<Utc> {
    let next = day
        .succ_opt()
        .unwrap_or(NaiveDate::MAX)
        .and_time(NaiveTime::MIN);
    // Swedish clocks shift at 02:00 and 03:00, so midnight is never doubled or left out today; in
    // the years when it was, the earlier instant ends the day.
    Stockholm
        .from_local_datetime(&next)
        .earliest()
        .map_or_else(|| next.and_utc(), |instant| instant.with_timezone(&Utc))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_sweden() {
        let end = |text: &str| end_of_day(text.parse().unwrap()).to_rfc3339();
        assert_eq!(end("2024-02-29"), "2024-02-29T23:00:00+00:00");
        assert_eq!(end("2024-07-01"), "2024-07-01T22:00:00+00:00");
        assert_eq!(
            end("2024-03-31"),
            "2024-03-31T22:00:00+00:00",
            "summer time has begun that night"
        );
    }

    #[test]
    fn instants_show_as_swedish_time() {
        let instant = "2024-12-31T23:30:00Z".parse().unwrap();
        assert_eq!(swedish_time(instant), "2025-01-01 00:30:00");
        assert_eq!(swedish_day(instant).to_string(), "2025-01-01");
    }
}
