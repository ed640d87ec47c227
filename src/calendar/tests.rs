//! Tests of days, terms and notices; the cases stand in tests/cases/dates.csv.

mod cases;
mod days;
mod laws;
mod notices;
mod schedules;
mod words;

use chrono::NaiveDate;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn months(start: &str, end: &str, notice: u32, prolonging: Option<Prolonging>) -> Schedule {
    let notice = Some(Length::Months(notice));
    Schedule::new(day(start), day(end), notice, prolonging).unwrap()
}

const TWO_YEARS: Prolonging = Prolonging::Repeated(Length::Months(24));
