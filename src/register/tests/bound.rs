//! By what a party is bound, day by day.

use chrono::NaiveDate;

use super::super::{
    BoundRow, BoundVersion, PartyState, Succession, Unbound, Until, VersionRow, bound as fold,
};
use crate::agreement::{PartyCode, Relation};
use crate::calendar::{Length, Prolonging, Schedule};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn code(text: &str) -> PartyCode {
    text.parse().unwrap()
}

/// Returns a term with twelve months' notice; `more` is the months of each prolongation.
fn term(start: &str, end: &str, more: Option<u32>) -> Option<Schedule> {
    let notice = Some(Length::Months(12));
    let more = more.map(|months| Prolonging::Repeated(Length::Months(months)));
    Some(Schedule::new(day(start), day(end), notice, more).unwrap())
}

/// Returns a bilateral version; a row is a party, from when it is bound, and its end by notice.
fn version(
    (agreement, number): (&str, &str),
    relation: Option<Relation>,
    schedule: Option<Schedule>,
    rows: &[(&str, &str, &str)],
) -> BoundVersion {
    let optional = |text: &str| (!text.is_empty()).then(|| day(text));
    BoundVersion {
        agreement: agreement.parse().unwrap(),
        relation,
        rows: rows
            .iter()
            .map(|(party, from, ends_on)| VersionRow {
                bound_from: optional(from),
                ends_on: optional(ends_on),
                party: code(party),
                state: if from.is_empty() {
                    PartyState::Waiting
                } else {
                    PartyState::Complete
                },
                waits_for: if from.is_empty() {
                    vec![code(party)]
                } else {
                    Vec::new()
                },
            })
            .collect(),
        schedule,
        version: number.parse().unwrap(),
        with: Some(code("14")),
    }
}

fn replaces(version: &str) -> Option<Relation> {
    let version = version.parse().unwrap();
    Some(Relation::Replaces { version })
}

fn amends(agreement: &str, version: &str) -> Option<Relation> {
    Some(Relation::Amends {
        agreement: agreement.parse().unwrap(),
        version: version.parse().unwrap(),
    })
}

fn under(agreement: &str, version: &str) -> Option<Relation> {
    Some(Relation::Under {
        agreement: agreement.parse().unwrap(),
        version: version.parse().unwrap(),
    })
}

/// Returns what binds a party, in one line.
fn told(row: &BoundRow) -> String {
    let until = |until: Until| match until {
        Until::End { last_day } => format!("end {last_day}"),
        Until::Notice { last_day } => format!("notice {last_day}"),
        Until::Open => "open".to_owned(),
        Until::Period { last_day } => format!("period {last_day}"),
        Until::Replaced { last_day, by } => format!("{by} after {last_day}"),
    };
    let mut line = match (&row.by, &row.unbound) {
        (Some(by), None) => format!("{} since {}, {}", by.version, by.since, until(by.until)),
        (
            None,
            Some(Unbound::Ended {
                version,
                last_day,
                by_notice,
            }),
        ) => {
            let how = if *by_notice { " by notice" } else { "" };
            format!("nothing: {version} ended {last_day}{how}")
        }
        (None, Some(Unbound::Later { version, from })) => format!("nothing: {version} from {from}"),
        (
            None,
            Some(Unbound::Incomplete {
                version, waits_for, ..
            }),
        ) => {
            format!("nothing: {version} waits for {}", waits_for.len())
        }
        (None, Some(Unbound::Without { agreement, version })) => {
            format!("nothing: without {agreement} {version}")
        }
        (None, Some(Unbound::NotParty)) => "nothing: no party".to_owned(),
        (by, unbound) => panic!("both or neither: {by:?} {unbound:?}"),
    };
    for beside in row.amendments.iter().chain(&row.accords) {
        let hold = beside.hold;
        let place = beside
            .made_under
            .map(|version| format!(" made under {version}"));
        line += &format!(
            " + {} {} since {}, {}{}",
            beside.agreement,
            hold.version,
            hold.since,
            until(hold.until),
            place.unwrap_or_default()
        );
    }
    line
}

#[track_caller]
fn check(versions: &[BoundVersion], agreement: &str, rows: &[(&str, &str, &str)]) {
    for (on, party, wanted) in rows {
        let found = fold(versions, &[], &agreement.parse().unwrap(), day(on));
        let row = found.iter().find(|row| row.party == code(party));
        let row = row.unwrap_or_else(|| panic!("no row for {party}"));
        assert_eq!(told(row), *wanted, "{party} on {on}");
    }
}

/// 1.0 of 2024 to 2025, prolonged by two years; 2.0 of 2028 to 2029, signed by 1443 alone. 1480 gave notice
/// to the end of 2027. An amendment of three parties from 2026-06-01, and a local accord of 1443.
fn county() -> Vec<BoundVersion> {
    vec![
        version(
            ("fc", "1.0"),
            None,
            term("2024-03-01", "2025-12-31", Some(24)),
            &[
                ("1443", "2024-03-01", ""),
                ("1480", "2024-03-01", "2027-12-31"),
                ("1490", "2024-05-02", ""),
                ("1499", "", ""),
            ],
        ),
        version(
            ("fc", "2.0"),
            replaces("1.0"),
            term("2028-01-01", "2029-12-31", None),
            &[
                ("1443", "2028-01-01", ""),
                ("1480", "", ""),
                ("1490", "", ""),
            ],
        ),
        version(
            ("fc-uppfoljning", "1.0"),
            amends("fc", "1.0"),
            None,
            &[
                ("1443", "2026-06-01", ""),
                ("1480", "2026-06-01", ""),
                ("1490", "", ""),
            ],
        ),
        version(
            ("fc-lokal", "1.0"),
            under("fc", "1.0"),
            None,
            &[("1443", "2025-01-15", "")],
        ),
    ]
}

#[test]
fn what_binds_whom_day_by_day() {
    let late = "fc-uppfoljning 1.0 since 2026-06-01, end 2027-12-31";
    let by_2 = " + fc-lokal 1.0 since 2025-01-15";
    let replaced = "1.0 since 2024-03-01, 2.0 after 2027-12-31";
    check(
        &county(),
        "fc",
        &[
            ("2024-02-29", "1443", "nothing: 1.0 from 2024-03-01"),
            ("2024-03-01", "1443", replaced),
            ("2024-03-01", "1490", "nothing: 1.0 from 2024-05-02"),
            (
                "2024-05-02",
                "1490",
                "1.0 since 2024-05-02, period 2025-12-31",
            ),
            (
                "2026-01-01",
                "1490",
                "1.0 since 2024-05-02, period 2027-12-31",
            ),
            (
                "2026-01-01",
                "1480",
                "1.0 since 2024-03-01, notice 2027-12-31",
            ),
            ("2026-01-01", "1499", "nothing: 1.0 waits for 1"),
            ("2026-05-31", "1443", &format!("{replaced}{by_2}, open")),
            (
                "2026-06-01",
                "1443",
                &format!("{replaced} + {late}{by_2}, open"),
            ),
            (
                "2027-12-31",
                "1480",
                "1.0 since 2024-03-01, notice 2027-12-31 + fc-uppfoljning 1.0 since 2026-06-01, notice 2027-12-31",
            ),
            (
                "2028-01-01",
                "1480",
                "nothing: 1.0 ended 2027-12-31 by notice",
            ),
            (
                "2028-01-01",
                "1443",
                &format!(
                    "2.0 since 2028-01-01, end 2029-12-31{by_2}, end 2029-12-31 made under 1.0"
                ),
            ),
            (
                "2028-01-01",
                "1490",
                "1.0 since 2024-05-02, period 2029-12-31",
            ),
            ("2030-01-01", "1443", "nothing: 2.0 ended 2029-12-31"),
        ],
    );
}

#[test]
fn an_amendment_by_itself_binds_while_what_it_amends_does() {
    check(
        &county(),
        "fc-uppfoljning",
        &[
            ("2026-05-31", "1443", "nothing: 1.0 from 2026-06-01"),
            ("2026-06-01", "1443", "1.0 since 2026-06-01, end 2027-12-31"),
            ("2028-01-01", "1443", "nothing: without fc 1.0"),
            ("2028-01-01", "1480", "nothing: without fc 1.0"),
            ("2026-06-01", "1490", "nothing: 1.0 waits for 1"),
        ],
    );
}

#[test]
fn an_amendment_may_have_versions_of_its_own() {
    let mut versions = county();
    versions.push(version(
        ("fc-uppfoljning", "1.1"),
        replaces("1.0"),
        None,
        &[("1443", "2026-09-01", "")],
    ));
    check(
        &versions,
        "fc-uppfoljning",
        &[
            (
                "2026-08-31",
                "1443",
                "1.0 since 2026-06-01, 1.1 after 2026-08-31",
            ),
            ("2026-09-01", "1443", "1.1 since 2026-09-01, end 2027-12-31"),
            (
                "2026-09-01",
                "1480",
                "1.0 since 2026-06-01, notice 2027-12-31",
            ),
        ],
    );
}

/// Returns a version that all sign in the same copies.
fn joint(
    name: (&str, &str),
    relation: Option<Relation>,
    schedule: Option<Schedule>,
    rows: &[(&str, &str, &str)],
) -> BoundVersion {
    let version = version(name, relation, schedule, rows);
    BoundVersion {
        with: None,
        ..version
    }
}

#[test]
fn the_region_is_bound_beside_a_copy_only_while_that_copy_binds() {
    let mut versions = county();
    let of = |party| [(party, "2025-01-15", ""), ("14", "2025-01-15", "")];
    let under_1 = || under("fc", "1.0");
    versions.extend([
        joint(("fc-1480", "1.0"), under_1(), None, &of("1480")),
        joint(("fc-1490", "1.0"), amends("fc", "1.0"), None, &of("1490")),
        // 1480 leaves, and 1490 signs no 2.0.
        joint(
            ("fc-bada", "1.0"),
            under_1(),
            None,
            &[
                ("1480", "2025-01-15", ""),
                ("1490", "2025-01-15", ""),
                ("14", "2025-01-15", ""),
            ],
        ),
    ]);
    let leaves = "1.0 since 2025-01-15, notice 2027-12-31";
    let nothing = "nothing: without fc 1.0";
    check(
        &versions,
        "fc-1480",
        &[
            ("2027-12-31", "1480", leaves),
            ("2027-12-31", "14", leaves),
            ("2028-01-01", "1480", nothing),
            ("2028-01-01", "14", nothing),
        ],
    );
    let stays = "1.0 since 2025-01-15, period 2029-12-31";
    check(
        &versions,
        "fc-1490",
        &[("2028-01-01", "1490", stays), ("2028-01-01", "14", stays)],
    );
    check(
        &versions,
        "fc-bada",
        &[
            ("2028-01-01", "1480", nothing),
            ("2028-01-01", "1490", stays),
            ("2028-01-01", "14", stays),
        ],
    );
}

#[test]
fn an_accord_keeps_its_own_term_unless_its_parent_ends_before() {
    let mut versions = county();
    let accord = |name, schedule, party| {
        version(
            (name, "1.0"),
            under("fc", "1.0"),
            schedule,
            &[(party, "2025-01-15", "")],
        )
    };
    let fixed = || term("2025-01-15", "2026-12-31", None);
    versions.extend([
        accord("fc-a", fixed(), "1490"),
        accord("fc-b", term("2025-01-15", "2026-12-31", Some(24)), "1490"),
        accord("fc-c", fixed(), "1443"),
        accord("fc-d", term("2025-01-15", "2028-12-31", None), "1480"),
        accord("fc-e", term("2025-01-15", "2028-12-31", None), "1443"),
    ]);
    let since = "1.0 since 2025-01-15";
    for (name, party, until) in [
        ("fc-a", "1490", "end 2026-12-31"),
        ("fc-b", "1490", "period 2026-12-31"),
        ("fc-c", "1443", "end 2026-12-31"),
        ("fc-d", "1480", "notice 2027-12-31"),
        ("fc-e", "1443", "end 2028-12-31"),
    ] {
        let wanted = format!("{since}, {until}");
        check(&versions, name, &[("2026-06-01", party, &wanted)]);
    }
}

#[test]
fn a_correction_takes_over_on_the_day_it_binds() {
    let versions = [
        version(
            ("fc", "1.0"),
            None,
            term("2024-03-01", "2025-12-31", Some(24)),
            &[("1443", "2024-03-01", ""), ("1480", "", "")],
        ),
        version(
            ("fc", "1.1"),
            replaces("1.0"),
            term("2024-03-01", "2025-12-31", Some(24)),
            &[("1443", "2024-09-10", ""), ("1480", "2024-10-01", "")],
        ),
    ];
    check(
        &versions,
        "fc",
        &[
            (
                "2024-09-09",
                "1443",
                "1.0 since 2024-03-01, 1.1 after 2024-09-09",
            ),
            (
                "2024-09-10",
                "1443",
                "1.1 since 2024-09-10, period 2025-12-31",
            ),
            ("2024-09-10", "1480", "nothing: 1.1 from 2024-10-01"),
        ],
    );
}

#[test]
fn notice_that_ends_before_the_next_version_leaves_a_gap() {
    let versions = [
        version(
            ("fc", "1.0"),
            None,
            term("2024-03-01", "2025-12-31", Some(24)),
            &[("1443", "2024-03-01", "2025-12-31")],
        ),
        version(
            ("fc", "2.0"),
            replaces("1.0"),
            None,
            &[("1443", "2026-03-01", "")],
        ),
    ];
    check(
        &versions,
        "fc",
        &[
            (
                "2025-12-31",
                "1443",
                "1.0 since 2024-03-01, notice 2025-12-31",
            ),
            ("2026-02-28", "1443", "nothing: 2.0 from 2026-03-01"),
            ("2026-03-01", "1443", "2.0 since 2026-03-01, open"),
        ],
    );
}

#[test]
fn who_took_a_partys_place_is_shown_from_that_day() {
    let successions = [Succession {
        from: day("2027-01-01"),
        into: vec![code("1490")],
        party: code("1443"),
    }];
    let on = |text: &str| {
        let found = fold(&county(), &successions, &"fc".parse().unwrap(), day(text));
        let row = found.into_iter().find(|row| row.party == code("1443"));
        row.unwrap().succession
    };
    assert_eq!(on("2026-12-31"), None);
    assert_eq!(on("2027-01-01").as_ref(), successions.first());
}

/// Relations that lead round in a ring, as no publication makes them, end all the same.
#[test]
fn a_ring_of_relations_ends() {
    let versions = [
        version(
            ("a", "1.0"),
            amends("b", "1.0"),
            None,
            &[("1443", "2024-03-01", "")],
        ),
        version(
            ("b", "1.0"),
            amends("a", "1.0"),
            None,
            &[("1443", "2024-03-01", "")],
        ),
    ];
    check(
        &versions,
        "a",
        &[("2024-03-01", "1443", "nothing: without b 1.0")],
    );
}
