//! What a term says, where an agreement stands, and what is watched.

use super::*;
use crate::agreement::Manifest;

#[test]
fn a_standing_says_all_that_is_asked() {
    let schedule = months("2024-03-01", "2025-12-31", 12, Some(TWO_YEARS));
    let standing = schedule.standing(day("2026-11-22"), None);
    let shown = serde_json::to_string_pretty(&standing).unwrap();
    insta::assert_snapshot!(shown, @r#"
    {
      "as_of": "2026-11-22",
      "state": "in_force",
      "period": {
        "number": 2,
        "first_day": "2026-01-01",
        "last_day": "2027-12-31"
      },
      "days_to_start": 0,
      "days_left": 404,
      "notice": {
        "plain": "2026-12-31",
        "cautious": "2026-12-30"
      },
      "next_notice": {
        "period": {
          "number": 2,
          "first_day": "2026-01-01",
          "last_day": "2027-12-31"
        },
        "plain": "2026-12-31",
        "cautious": "2026-12-30",
        "days_left": 39
      },
      "follows": {
        "is": "prolonged_without_notice",
        "next": {
          "number": 3,
          "first_day": "2028-01-01",
          "last_day": "2029-12-31"
        }
      }
    }
    "#);
    let ended = schedule.standing(day("2026-01-01"), Some(day("2025-12-31")));
    assert_eq!(ended.state, State::Ended);
    assert_eq!((ended.period.number, ended.days_left), (1, 0));
    let last_year = schedule.standing(day("2025-06-30"), Some(day("2025-12-31")));
    assert_eq!(last_year.state, State::InForce);
    assert_eq!(
        last_year.follows,
        Follows::Ends {
            last_day: day("2025-12-31")
        }
    );
    let before = schedule.standing(day("2024-02-16"), None);
    assert_eq!((before.state, before.days_to_start), (State::NotYet, 14));
}

#[test]
fn an_end_within_a_period_is_the_end() {
    let schedule = months("2024-03-01", "2025-12-31", 12, Some(TWO_YEARS));
    let standing = schedule.standing(day("2025-06-01"), Some(day("2025-06-30")));
    assert_eq!(standing.days_left, 29);
    assert_eq!(
        standing.follows,
        Follows::Ends {
            last_day: day("2025-06-30")
        }
    );
    assert_eq!(
        schedule
            .standing(day("2025-07-01"), Some(day("2025-06-30")))
            .state,
        State::Ended
    );
}

#[test]
fn what_contradicts_itself_is_told_with_a_hint() {
    let months = |count| Some(Length::Months(count));
    let told: Vec<_> = [
        Schedule::new(day("2024-03-01"), day("2024-02-29"), None, None),
        Schedule::new(day("2024-03-01"), day("2025-12-31"), months(23), None),
        Schedule::new(day("2024-03-01"), day("2025-12-31"), None, Some(TWO_YEARS)),
        Schedule::new(
            day("2024-03-01"),
            day("2025-12-31"),
            months(0),
            Some(TWO_YEARS),
        ),
        Schedule::new(
            day("2024-03-01"),
            day("2025-12-31"),
            months(12),
            Some(Prolonging::Once(Length::Months(0))),
        ),
        Schedule::new(day("2024-03-01"), day("2025-12-31"), months(u32::MAX), None),
        Schedule::new(day("0024-03-01"), day("2025-12-31"), None, None),
    ]
    .iter()
    .map(|made| {
        let error = made.unwrap_err();
        format!("{error} ({})", error.hint())
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    the term ends 2024-02-29, before it starts 2024-03-01 (the end is the last day in force, the start the first)
    notice of 23 months is longer than the term, 2024-03-01 to 2025-12-31 (give a shorter notice, or a later end)
    the agreement is prolonged by 24 months, but no length of notice is given (say how long before the end notice must be given, at least one day)
    the agreement is prolonged by 24 months, but no length of notice is given (say how long before the end notice must be given, at least one day)
    the agreement is prolonged by no time at all (say by how many months it is prolonged, or that it is not)
    4294967295 months is longer than 1000 years (check the number and its unit)
    0024-03-01 is not within the years 1900 to 9999 (check the year)
    ");
}

/// The agreements that are shipped reckon to what their texts say.
#[test]
fn shipped_terms_are_schedules() {
    let last_days = |text: &str| {
        let term = Manifest::parse("version.toml", text).unwrap().term.unwrap();
        let schedule = Schedule::of(&term).unwrap();
        let day = |number| {
            let period = schedule.period(number)?;
            Some(schedule.notice_days(&period)?.plain.to_string())
        };
        [day(1), day(2), day(3)].map(Option::unwrap_or_default)
    };
    assert_eq!(
        last_days(include_str!(
            "../../../templates/familjecentral/1.0/version.toml"
        )),
        ["2024-12-31", "2026-12-31", "2028-12-31"]
    );
    assert_eq!(
        last_days(include_str!(
            "../../../templates/introduktion/1.0/version.toml"
        )),
        ["2028-06-30", "2029-06-30", ""]
    );
}

#[test]
fn version_toml_may_say_more_of_notice() {
    let text = include_str!("../../../templates/familjecentral/1.0/version.toml").replace(
        "prolongation = \"repeated\"\n",
        "prolongation = \"repeated\"\nnotice_ends = \"all\"\nlate_notice = \"next_end\"\nlate_signature = \"from_start\"\n",
    );
    let term = Manifest::parse("version.toml", &text)
        .unwrap()
        .term
        .unwrap();
    assert_eq!(term.notice_ends, Some(crate::agreement::NoticeEnds::All));
    assert_eq!(
        term.late_notice,
        Some(crate::agreement::LateNotice::NextEnd)
    );
    assert_eq!(
        term.late_signature,
        Some(crate::agreement::LateSignature::FromStart)
    );
}

#[test]
fn coming_days_are_listed_with_reminders() {
    let schedule = months("2024-03-01", "2025-12-31", 12, Some(TWO_YEARS));
    let as_of = day("2026-11-22");
    let mut days = schedule.watching(as_of, None, &"familjecentral");
    for (occasion, on) in [
        (
            Occasion::Appeal,
            appeal_days(day("2026-12-03")).appeal.last_day,
        ),
        (Occasion::Answer, day("2026-12-12")),
        (Occasion::AuthorityEnd, day("2026-11-21")),
    ] {
        let subject = "another";
        days.push(Watching {
            on,
            occasion,
            subject,
            cautious_on: None,
        });
    }
    let list: Vec<_> = watch(days, as_of)
        .iter()
        .map(|watched| {
            let Watching {
                on,
                occasion,
                subject,
                cautious_on,
            } = &watched.watching;
            let cautious = cautious_on.map_or(String::new(), |day| format!(", cautious {day}"));
            let reminders: Vec<_> = watched
                .reminders
                .iter()
                .map(|one| one.on.to_string())
                .collect();
            let act_by = watched.act_by;
            format!(
                "{on}{cautious}: {occasion:?} of {subject}, act by {act_by}, remind {reminders:?}"
            )
        })
        .collect();
    insta::assert_snapshot!(list.join("\n"), @r#"
    2026-12-12: Answer of another, act by 2026-12-11, remind ["2026-09-11", "2026-11-12", "2026-12-04"]
    2026-12-28: Appeal of another, act by 2026-12-28, remind ["2026-09-29", "2026-11-27", "2026-12-21"]
    2026-12-31, cautious 2026-12-30: Notice of familjecentral, act by 2026-12-30, remind ["2026-10-02", "2026-12-01", "2026-12-23"]
    2028-01-01: Prolongation of familjecentral, act by 2027-12-30, remind ["2027-10-01", "2027-12-02", "2027-12-23"]
    "#);
}

#[test]
fn what_notice_cannot_change_is_not_watched() {
    let occasions = |schedule: &Schedule, as_of: &str, ended_on: Option<&str>| {
        let found = schedule.watching(day(as_of), ended_on.map(day), &());
        let told = |watching: &Watching<()>| format!("{:?} {}", watching.occasion, watching.on);
        found.iter().map(told).collect::<Vec<_>>().join(", ")
    };
    let repeated = months("2024-03-01", "2025-12-31", 12, Some(TWO_YEARS));
    assert_eq!(
        occasions(&repeated, "2024-12-31", None),
        "Notice 2024-12-31, Prolongation 2026-01-01"
    );
    assert_eq!(
        occasions(&repeated, "2025-01-01", None),
        "Notice 2026-12-31, Prolongation 2026-01-01"
    );
    assert_eq!(
        occasions(&repeated, "2025-01-01", Some("2025-12-31")),
        "End 2025-12-31"
    );
    assert_eq!(
        occasions(&repeated, "2025-01-01", Some("2027-12-31")),
        "Prolongation 2026-01-01, End 2027-12-31"
    );
    assert_eq!(occasions(&repeated, "2026-01-01", Some("2025-12-31")), "");
    let once = months(
        "2024-03-01",
        "2025-12-31",
        12,
        Some(Prolonging::Once(Length::Months(24))),
    );
    assert_eq!(
        occasions(&once, "2024-03-01", None),
        "Notice 2024-12-31, Prolongation 2026-01-01, End 2027-12-31"
    );
    assert_eq!(occasions(&once, "2026-01-01", None), "End 2027-12-31");
    let never = months("2024-03-01", "2025-12-31", 12, None);
    assert_eq!(occasions(&never, "2024-03-01", None), "End 2025-12-31");
}
