//! What the Python package `holidays` says of Swedish holidays and eves, day by day.

use chrono::{Datelike as _, NaiveDate, Weekday};
use sigill::calendar::{DayOff, day_off, is_public_holiday, is_working_day, public_holiday};

use super::support::{python_judge, run};

#[test]
fn days_off_are_those_of_others() {
    let Some(mut command) = python_judge("days_off.py") else {
        return;
    };
    let told = run({
        command.args([FIRST_YEAR.to_string(), LAST_YEAR.to_string()]);
        command
    });
    assert_eq!(told.code, 0, "{told}");
    let mut expected = told.out.lines().peekable();
    let first = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).unwrap();
    for day in first.iter_days().take_while(|day| day.year() <= LAST_YEAR) {
        let (mut is_holiday, mut is_eve) = (false, false);
        while let Some(line) = expected.next_if(|line| line.starts_with(&day.to_string())) {
            let [_, kind, names] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}");
            };
            let ours = match kind {
                "holiday" => {
                    is_holiday = true;
                    public_holiday(day).map(|holiday| holiday.name().to_lowercase())
                }
                _ => {
                    is_eve = true;
                    match day_off(day) {
                        Some(DayOff::Eve(eve)) => Some(eve.name().to_owned()),
                        other => panic!("{line}: {other:?}"),
                    }
                }
            };
            // Two holidays can share a day; we name one of them.
            let ours = ours.unwrap_or_else(|| panic!("{line}: no holiday"));
            assert!(names.split("; ").any(|name| name == ours), "{line}: {ours}");
        }
        assert_eq!(public_holiday(day).is_some(), is_holiday, "{day}");
        let is_sunday = day.weekday() == Weekday::Sun;
        assert_eq!(is_public_holiday(day), is_holiday || is_sunday, "{day}");
        let is_free = is_holiday || is_eve || is_sunday || day.weekday() == Weekday::Sat;
        assert_eq!(is_working_day(day), !is_free, "{day}");
    }
    assert_eq!(expected.next(), None);
}

/// Since SFS 1989:253; before, the Sunday of the Annunciation had a name as well.
const FIRST_YEAR: i32 = 1990;

/// As far as the package goes by itself.
const LAST_YEAR: i32 = 2100;
