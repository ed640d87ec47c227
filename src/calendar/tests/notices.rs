//! For whom notices end an agreement.

use super::*;
use crate::agreement::{Form, LateNotice, NoticeEnds, PartyCode, Prolongation, Term};

fn code(text: &str) -> PartyCode {
    text.parse().unwrap()
}

fn codes(texts: &[&str]) -> Vec<PartyCode> {
    texts.iter().map(|text| code(text)).collect()
}

fn notice(by: &str, to: Option<&str>, received_on: &str) -> Notice {
    Notice {
        by: code(by),
        to: to.map(code),
        received_on: day(received_on),
    }
}

fn term(ends: Option<NoticeEnds>, late: Option<LateNotice>) -> Term {
    Term {
        start: day("2024-03-01"),
        end: day("2025-12-31"),
        notice_months: 12,
        prolongation_months: 24,
        prolongation: Prolongation::Repeated,
        notice_ends: ends,
        late_notice: late,
        late_signature: None,
    }
}

fn told(form: Form, term: &Term, parties: &[&str], notices: &[Notice]) -> String {
    let rule = NoticeRule::new(form, Some(&code("14")), term);
    let schedule = Schedule::of(term).unwrap();
    let found = match outcome(&schedule, &rule, &codes(parties), notices) {
        Ok(found) => found,
        Err(error) => return format!("{error} ({})", error.hint()),
    };
    let rows = found
        .rows
        .iter()
        .map(|row| match (row.last_day, row.cause) {
            (Some(day), Some(Cause::Notice { index })) => format!("{} {day} by {index}", row.party),
            (Some(day), Some(Cause::LeftAlone)) => format!("{} {day} alone", row.party),
            (None, None) => format!("{} goes on", row.party),
            other => format!("{} {other:?}", row.party),
        });
    rows.collect::<Vec<_>>().join("; ")
}

#[test]
fn a_municipality_ends_its_own_copy() {
    let told = |notices: &[Notice]| {
        told(
            Form::Bilateral,
            &term(None, None),
            &["1401", "1402", "14"],
            notices,
        )
    };
    assert_eq!(
        told(&[notice("1401", None, "2024-12-31")]),
        "1401 2025-12-31 by 0; 1402 goes on"
    );
    assert_eq!(
        told(&[
            notice("1401", Some("14"), "2025-06-01"),
            notice("1402", None, "2026-12-31")
        ]),
        "1401 goes on; 1402 2027-12-31 by 1",
        "the late one stays on record and ends nothing"
    );
}

#[test]
fn the_region_ends_one_copy_or_all() {
    let told = |notices: &[Notice]| {
        told(
            Form::Bilateral,
            &term(None, None),
            &["1401", "1402", "14"],
            notices,
        )
    };
    assert_eq!(
        told(&[notice("14", Some("1402"), "2024-12-31")]),
        "1401 goes on; 1402 2025-12-31 by 0"
    );
    assert_eq!(
        told(&[
            notice("1402", None, "2024-10-01"),
            notice("14", None, "2024-12-31")
        ]),
        "1401 2025-12-31 by 1; 1402 2025-12-31 by 0"
    );
}

#[test]
fn a_notice_of_anothers_copy_is_refused() {
    let told = |notices: &[Notice]| {
        told(
            Form::Bilateral,
            &term(None, None),
            &["1401", "1402", "14"],
            notices,
        )
    };
    let refused = [
        notice("1401", Some("1402"), "2024-12-31"),
        notice("14", Some("1499"), "2024-12-31"),
        notice("14", Some("14"), "2024-12-31"),
        notice("1499", None, "2024-12-31"),
    ]
    .map(|notice| told(&[notice]));
    insta::assert_snapshot!(refused.join("\n"), @"
    there is no copy between 1401 and 1402 to give notice of (only in the bilateral form is notice given of one copy, by one of its two parties)
    there is no copy between 14 and 1499 to give notice of (only in the bilateral form is notice given of one copy, by one of its two parties)
    there is no copy between 14 and 14 to give notice of (only in the bilateral form is notice given of one copy, by one of its two parties)
    1499 is not a party of the agreement (parties are named by their codes)
    ");
    let joint = self::told(
        Form::Joint,
        &term(None, None),
        &["1401", "1402", "14"],
        &[notice("1401", Some("14"), "2024-12-31")],
    );
    assert!(
        joint.starts_with("there is no copy between 1401 and 14"),
        "{joint}"
    );
}

#[test]
fn one_leaves_or_all_end() {
    let parties = ["1401", "1402", "14"];
    let given = [
        notice("1402", None, "2026-12-31"),
        notice("1401", None, "2024-12-31"),
    ];
    assert_eq!(
        told(
            Form::Joint,
            &term(Some(NoticeEnds::Giver), None),
            &parties,
            &given[1..]
        ),
        "1401 2025-12-31 by 0; 1402 goes on; 14 goes on"
    );
    assert_eq!(
        told(
            Form::Counterpart,
            &term(Some(NoticeEnds::All), None),
            &parties,
            &given
        ),
        "1401 2025-12-31 by 1; 1402 2025-12-31 by 1; 14 2025-12-31 by 1"
    );
    assert_eq!(
        told(
            Form::Joint,
            &term(Some(NoticeEnds::Giver), None),
            &parties,
            &given
        ),
        "1401 2025-12-31 by 1; 1402 2027-12-31 by 0; 14 2027-12-31 alone",
        "nobody has an agreement alone"
    );
    assert_eq!(
        told(
            Form::Bilateral,
            &term(Some(NoticeEnds::All), None),
            &parties,
            &given
        ),
        "1401 2025-12-31 by 1; 1402 2025-12-31 by 1",
        "the text may say so of copies as well"
    );
}

#[test]
fn a_late_notice_counts_next_time_only_if_the_text_says_so() {
    let given = [notice("1401", None, "2025-01-01")];
    let parties = ["1401", "1402", "14"];
    assert_eq!(
        told(Form::Joint, &term(None, None), &parties, &given),
        "1401 goes on; 1402 goes on; 14 goes on"
    );
    assert_eq!(
        told(
            Form::Joint,
            &term(None, Some(LateNotice::NextEnd)),
            &parties,
            &given
        ),
        "1401 2027-12-31 by 0; 1402 goes on; 14 goes on"
    );
    let term = term(None, None);
    let rule = NoticeRule::new(Form::Joint, None, &term);
    let found = outcome(
        &Schedule::of(&term).unwrap(),
        &rule,
        &codes(&parties),
        &given,
    )
    .unwrap();
    assert!(!rule.is_said);
    let shown = serde_json::to_string_pretty(&found.notices).unwrap();
    insta::assert_snapshot!(shown, @r#"
    [
      {
        "received_on": "2025-01-01",
        "period": {
          "number": 2,
          "first_day": "2026-01-01",
          "last_day": "2027-12-31"
        },
        "is_doubtful": false,
        "missed": {
          "period": {
            "number": 1,
            "first_day": "2024-03-01",
            "last_day": "2025-12-31"
          },
          "last_day": "2024-12-31",
          "days_late": 1
        }
      }
    ]
    "#);
}

#[test]
fn without_a_rule_there_is_no_notice() {
    let term = Term {
        notice_months: 0,
        prolongation: Prolongation::None,
        ..term(None, None)
    };
    let given = [notice("1401", None, "2025-01-01")];
    assert_eq!(
        told(Form::Joint, &term, &["1401", "14"], &given),
        "the agreement has no length of notice (version.toml gives it under [term])"
    );
}
