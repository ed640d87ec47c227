//! Swedish days: when they begin and end, and which are free.

use super::super::instant::swedish_time;
use super::*;

#[test]
fn a_day_ends_at_midnight_in_sweden() {
    let end = |text: &str| end_of_day(day(text)).to_rfc3339();
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
    assert_eq!(swedish_day(instant), day("2025-01-01"));
}

#[test]
fn clocks_that_shift_tell_the_instants_to_choose_from() {
    let doubled = stockholm_instant("2026-10-25T02:30:00".parse().unwrap()).unwrap_err();
    let ClockShift::Doubled { earlier, later, .. } = doubled else {
        panic!("{doubled:?}");
    };
    assert_eq!(earlier.to_rfc3339(), "2026-10-25T00:30:00+00:00");
    assert_eq!(later.to_rfc3339(), "2026-10-25T01:30:00+00:00");
    let skipped = stockholm_instant("2026-03-29T02:30:00".parse().unwrap()).unwrap_err();
    let ClockShift::Skipped { moved, .. } = skipped else {
        panic!("{skipped:?}");
    };
    assert_eq!(swedish_time(moved), "2026-03-29 03:30:00");
}

#[test]
fn a_year_has_its_holidays() {
    let named: Vec<_> = day("2026-01-01")
        .iter_days()
        .take(365)
        .filter_map(|day| Some(format!("{day} {}", public_holiday(day)?.name())))
        .collect();
    insta::assert_snapshot!(named.join("\n"), @r"
    2026-01-01 nyårsdagen
    2026-01-06 trettondedag jul
    2026-04-03 långfredagen
    2026-04-05 påskdagen
    2026-04-06 annandag påsk
    2026-05-01 första maj
    2026-05-14 Kristi himmelsfärdsdag
    2026-05-24 pingstdagen
    2026-06-06 nationaldagen
    2026-06-20 midsommardagen
    2026-10-31 alla helgons dag
    2026-12-25 juldagen
    2026-12-26 annandag jul
    ");
}

#[test]
fn the_day_after_pentecost_was_one_until_2004() {
    assert_eq!(
        public_holiday(day("2004-05-31")),
        Some(Holiday::PentecostMonday)
    );
    assert_eq!(public_holiday(day("2004-06-06")), None);
    assert_eq!(public_holiday(day("2005-05-16")), None);
    assert_eq!(
        public_holiday(day("2005-06-06")),
        Some(Holiday::NationalDay)
    );
}

#[test]
fn working_days_are_found_on_both_sides() {
    assert_eq!(working_day_from(day("2026-12-24")), day("2026-12-28"));
    assert_eq!(working_day_until(day("2026-12-27")), day("2026-12-23"));
    assert_eq!(working_day_from(day("2026-12-23")), day("2026-12-23"));
    // The ends of what chrono counts are met without a panic.
    assert_eq!(working_day_from(NaiveDate::MAX), NaiveDate::MAX);
    drop(working_day_until(NaiveDate::MIN).to_string());
}
