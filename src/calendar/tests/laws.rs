//! What holds for every day, length, term and notice.

use chrono::{Datelike as _, TimeDelta};
use proptest::prelude::*;

use super::super::stretch::shifted;
use super::*;

fn days() -> impl Strategy<Value = NaiveDate> {
    (0..73_000_i64).prop_map(|after| shifted(day("1950-01-01"), after))
}

fn lengths() -> impl Strategy<Value = Length> {
    prop_oneof![
        (1..400_u32).prop_map(Length::Days),
        (1..60_u32).prop_map(Length::Months),
        (1..60_u32).prop_map(Length::Weeks),
    ]
}

fn prolongings() -> impl Strategy<Value = Prolonging> {
    prop_oneof![
        lengths().prop_map(Prolonging::Once),
        lengths().prop_map(Prolonging::Repeated),
        lengths().prop_map(Prolonging::Repeated),
    ]
}

fn schedules() -> impl Strategy<Value = Schedule> {
    (
        days(),
        0..4_000_i64,
        lengths(),
        proptest::option::of(prolongings()),
    )
        .prop_filter_map(
            "notice fits in the term",
            |(start, more, notice, prolonging)| {
                Schedule::new(start, shifted(start, more), Some(notice), prolonging).ok()
            },
        )
}

proptest! {
    #[test]
    fn months_never_pass_the_end_of_a_month(from in days(), count in 0..2_400_u32) {
        for (to, sign) in [(Length::Months(count).after(from), 1), (Length::Months(count).before(from), -1)] {
            let to = to.unwrap();
            let months = |day: NaiveDate| day.year() * 12 + i32::try_from(day.month0()).unwrap();
            prop_assert_eq!(months(to), months(from) + sign * i32::try_from(count).unwrap());
            let is_last = shifted(to, 1).month() != to.month();
            prop_assert!(to.day() == from.day() || to.day() < from.day() && is_last);
        }
    }

    #[test]
    fn lengths_keep_the_order_of_days(one in days(), other in days(), length in lengths(), times in 1..20_u32) {
        let (one, other) = (one.min(other), one.max(other));
        prop_assert!(length.before(one) <= length.before(other));
        prop_assert!(length.times_after(one, times) <= length.times_after(other, times));
        prop_assert!(length.times_after(one, times) < length.times_after(one, times + 1));
        prop_assert!(length.before(one).unwrap() < one && one < length.after(one).unwrap());
    }

    #[test]
    fn both_ends_belong(start in days(), more in 0..4_000_i64) {
        let end = shifted(start, more);
        let stretch = Stretch::new(start, end).unwrap();
        prop_assert!(stretch.contains(start) && stretch.contains(end));
        prop_assert!(!stretch.contains(shifted(start, -1)) && !stretch.contains(shifted(end, 1)));
        prop_assert_eq!(usize::try_from(stretch.days()).unwrap(), start.iter_days().take_while(|day| *day <= end).count());
        let months = stretch.whole_months();
        prop_assert!(Length::Months(months).after(start).unwrap() <= shifted(end, 1));
        prop_assert!(Length::Months(months + 1).after(start).unwrap() > shifted(end, 1));
        prop_assert_eq!(more == 0, Stretch::new(end, start).is_some());
    }

    #[test]
    fn periods_are_reckoned_from_the_first_end(
        start in days(), more in 0..4_000_i64, length in lengths(), number in 2..60_u32,
    ) {
        let end = shifted(start, more);
        let schedule = Schedule::new(start, end, Some(Length::Days(1)), Some(Prolonging::Repeated(length))).unwrap();
        let period = schedule.period(number).unwrap();
        let last_day = match length {
            Length::Days(days) => shifted(end, i64::from(days * (number - 1))),
            Length::Months(months) => end.checked_add_months(chrono::Months::new(months * (number - 1))).unwrap(),
            Length::Weeks(weeks) => shifted(end, i64::from(7 * weeks * (number - 1))),
        };
        prop_assert_eq!(period.days.last_day(), last_day);
        let before = schedule.period(number - 1).unwrap();
        prop_assert_eq!(period.days.first_day(), shifted(before.days.last_day(), 1));
    }

    #[test]
    fn every_day_in_force_has_one_period(schedule in schedules(), after in -10..20_000_i64) {
        let first = schedule.period(1).unwrap();
        let on = shifted(first.days.first_day(), after);
        match schedule.period_on(on) {
            Some(period) => {
                prop_assert!(period.days.contains(on));
                prop_assert_eq!(schedule.period(period.number), Some(period));
            }
            None => prop_assert!(after < 0 || schedule.last_day(None).is_some_and(|last_day| on > last_day)),
        }
    }

    #[test]
    fn notice_on_the_last_day_is_in_time_and_a_day_later_is_not(schedule in schedules(), number in 1..30_u32) {
        let Some(period) = schedule.period(number) else { return Ok(()); };
        let days = schedule.notice_days(&period).unwrap();
        prop_assert_eq!(shifted(days.cautious, 1), days.plain);
        prop_assert!(days.plain < period.days.last_day());
        // The last instant of that day, and the next one, by Swedish clocks.
        let midnight = end_of_day(days.plain);
        let in_time = schedule.reach(swedish_day(midnight - TimeDelta::milliseconds(1))).unwrap();
        let late = schedule.reach(swedish_day(midnight)).unwrap();
        let reached = in_time.period.unwrap();
        prop_assert!(reached.number <= number && in_time.is_doubtful);
        prop_assert_eq!(schedule.notice_days(&reached).unwrap().plain, days.plain);
        prop_assert!(late.period.is_none_or(|next| next.number > number));
        prop_assert_eq!(timeliness(days.plain, in_time.received_on), Timeliness::InTime);
        prop_assert_eq!(timeliness(days.plain, late.received_on), Timeliness::Late { days: 1 });
    }

    #[test]
    fn a_notice_reaches_the_first_period_that_it_is_in_time_for(schedule in schedules(), after in -800..8_000_i64) {
        let received_on = shifted(schedule.period(1).unwrap().days.first_day(), after);
        let plain = |number| {
            let period = schedule.period(number)?;
            Some(schedule.notice_days(&period)?.plain)
        };
        let expected = (1..9_000).map_while(plain).position(|day| day >= received_on);
        let found = schedule.reach(received_on).unwrap();
        let number = found.period.map(|period| usize::try_from(period.number).unwrap());
        prop_assert_eq!(number, expected.map(|place| place + 1));
        // A sooner notice never ends it later.
        let sooner = schedule.reach(shifted(received_on, -1)).unwrap();
        let end = |reach: Reach| reach.period.map_or(NaiveDate::MAX, |period| period.days.last_day());
        prop_assert!(end(sooner) <= end(found));
        if let Some(missed) = found.missed {
            prop_assert!(missed.days_late > 0 && found.period.is_none_or(|period| period > missed.period));
        }
    }

    #[test]
    fn a_standing_agrees_with_itself(
        schedule in schedules(), after in -400..9_000_i64, ended in proptest::option::of(1..6_u32),
    ) {
        let first_day = schedule.period(1).unwrap().days.first_day();
        let as_of = shifted(first_day, after);
        let ended_on = ended.and_then(|number| schedule.period(number)).map(|period| period.days.last_day());
        let standing = schedule.standing(as_of, ended_on);
        let last_day = schedule.last_day(ended_on);
        let in_force = as_of >= first_day && last_day.is_none_or(|last_day| as_of <= last_day);
        prop_assert_eq!(standing.state == State::InForce, in_force);
        if in_force {
            prop_assert!(standing.period.days.contains(as_of));
            prop_assert_eq!(shifted(as_of, i64::from(standing.days_left)), standing.period.days.last_day());
        }
        match standing.follows {
            Follows::Ends { last_day: end } => prop_assert_eq!(Some(end), last_day),
            Follows::Prolonged { next } | Follows::ProlongedWithoutNotice { next } => {
                prop_assert_eq!(next.number, standing.period.number + 1);
                prop_assert!(last_day.is_none_or(|last_day| last_day >= next.days.last_day()));
            }
        }
        for watching in schedule.watching(as_of, ended_on, &()) {
            prop_assert!(watching.on >= as_of);
        }
    }

    #[test]
    fn a_statutory_day_is_the_first_working_day(announced_on in days()) {
        let found = appeal_days(announced_on);
        prop_assert_eq!(found.appeal.reckoned.weekday(), announced_on.weekday());
        prop_assert!(is_working_day(found.appeal.last_day));
        let mut between = found.appeal.reckoned.iter_days().take_while(|day| *day < found.appeal.last_day);
        prop_assert!(between.all(|day| !is_working_day(day)));
        prop_assert_eq!(found.appeal.is_moved(), !is_working_day(found.appeal.reckoned));
    }

    #[test]
    fn instants_and_days_agree(on in days()) {
        let end = end_of_day(on);
        prop_assert_eq!(swedish_day(end), shifted(on, 1));
        prop_assert_eq!(swedish_day(end - TimeDelta::nanoseconds(1)), on);
        prop_assert!([23, 24, 25].contains(&day_length(on).num_hours()));
    }

    #[test]
    fn a_written_day_is_read_back(on in days()) {
        let text = on.to_string();
        prop_assert_eq!(parse_day("start", &text), Ok(on));
        prop_assert_eq!(parse_day("start", &text.replace('-', "\u{2011}")), Ok(on));
    }

    #[test]
    fn no_text_is_too_much(text in "\\PC{0,90}", digits in "[0-9+:.,tTzZ /–-]{0,30}") {
        for text in [text, digits] {
            drop(parse_day("day", &text));
            drop(parse_stretch("term", &text));
            drop(parse_instant("received", &text).map_err(|error| error.hint()));
            drop(parse_length("notice", &text));
        }
    }

    #[test]
    fn no_day_is_too_much(schedule in schedules(), days_off in any::<i64>()) {
        let on = shifted(day("2024-03-01"), days_off);
        std::hint::black_box(schedule.reach(on));
        drop(watch(schedule.watching(on, None, &()), on));
        std::hint::black_box(schedule.standing(on, Some(on)));
        std::hint::black_box(appeal_days(on));
        std::hint::black_box((end_of_day(on), day_length(on)));
    }
}
