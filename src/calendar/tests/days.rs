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

#[test]
fn the_days_that_follow_are_as_many_months_or_days() {
    let following = |first: &str, last: &str| {
        let next = Stretch::new(day(first), day(last)).unwrap().following();
        next.map(|next| (next.first_day(), next.last_day()))
    };
    let wanted = |first: &str, last: &str| Some((day(first), day(last)));
    assert_eq!(
        following("2024-03-01", "2025-12-31"),
        wanted("2026-01-01", "2027-10-31")
    );
    assert_eq!(
        following("2024-02-29", "2024-03-28"),
        wanted("2024-03-29", "2024-04-28")
    );
    assert_eq!(
        following("2024-01-01", "2024-01-10"),
        wanted("2024-01-11", "2024-01-20")
    );
}

#[test]
fn days_are_written_as_ever_whatever_their_year() {
    let mut days: Vec<NaiveDate> = (-800_000..4_000_000_i32)
        .step_by(9_973)
        .filter_map(NaiveDate::from_num_days_from_ce_opt)
        .collect();
    days.extend(["0000-01-01", "0001-12-31", "2024-02-29", "9999-12-31"].map(day));
    for day in days {
        let stretch = Stretch::new(day, day).unwrap();
        let written = serde_json::to_value(stretch).unwrap();
        assert_eq!(written["first_day"], day.to_string());
    }
}
