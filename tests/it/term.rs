//! Term and watch: when agreements run, until when notice may be given, and the days to come.

use super::support::{AGREEMENT, Office, sigill};
use super::support::{Run, run};

fn published() -> Office {
    let office = Office::new();
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
    office
}

fn reckoned(arguments: &[&str]) -> Run {
    let mut all = vec!["term"];
    all.extend(arguments);
    run(sigill(&all))
}

#[test]
fn a_term_is_reckoned_without_an_office() {
    let term = [
        "--start",
        "2024-03-01",
        "--end",
        "2025-12-31",
        "--notice",
        "12m",
        "--prolong",
        "2y",
    ];
    let on = |day| {
        let mut arguments = term.to_vec();
        arguments.extend(["--as-of", day]);
        reckoned(&arguments).ok()
    };
    let last = on("2024-12-31");
    assert_eq!(
        last.out,
        "  den 2024-12-31: gäller, 365 dagar kvar av perioden
  period 1: 2024-03-01 – 2025-12-31
  sista dag för uppsägning: 2024-12-31 (tis), i dag; försiktig läsning 2024-12-30 (mån)
  förlängs om ingen säger upp: period 2: 2026-01-01 – 2027-12-31
"
    );
    on("2025-01-01").says("  förlängs: period 2: 2026-01-01 – 2027-12-31\n");
    on("2024-02-29").says("gäller inte ännu, börjar om 1 dag\n");
    let mut arguments = term.to_vec();
    arguments.extend(["--as-of", "2026-01-01", "--json"]);
    let json = reckoned(&arguments).ok().json();
    assert_eq!(json["period"]["number"], 2);
    assert_eq!(json["next_notice"]["plain"], "2026-12-31");
}

#[test]
fn terms_that_cannot_be_are_refused() {
    let refused = |arguments: &[&str], says: &str| {
        let answer = reckoned(arguments);
        assert_eq!(answer.code, 2, "{answer}");
        assert!(answer.err.contains(says), "{answer}");
    };
    let start = ["--start", "2024-03-01"];
    let with = |more: &[&'static str]| [start.as_slice(), more].concat();
    refused(&with(&["--end", "2025-02-29"]), "2025-02 has no day 29");
    refused(
        &["--start", "2024-06-31", "--end", "2025-12-31"],
        "2024-06 has no day 31",
    );
    refused(
        &["--start", "31 juni 2024", "--end", "2025-12-31"],
        "2024-06 has no day 31, in \"31 juni 2024\" (the last day of that month is 2024-06-30)",
    );
    refused(
        &with(&["--end", "2025-12-31", "--notice", "-1m"]),
        "'--notice <LENGTH>': length: this is no length of time, in \"-1m\"",
    );
    refused(
        &with(&["--end", "2024-02-29"]),
        "ends 2024-02-29, before it starts 2024-03-01",
    );
    refused(
        &with(&["--end", "2025-12-31", "--notice", "3y"]),
        "notice of 36 months is longer than the term",
    );
    refused(
        &with(&["--end", "2025-12-31", "--prolong", "2y"]),
        "no length of notice is given",
    );
}

#[test]
fn no_period_runs_beyond_the_last_year_that_can_be_written() {
    let term = [
        "--notice",
        "12m",
        "--prolong",
        "2y",
        "--as-of",
        "9999-12-31",
    ];
    for end in ["9999-12-31", "9998-12-31", "9997-12-31", "2025-12-31"] {
        let start = ["--start", "2024-03-01", "--end", end];
        let told = reckoned(&[&start[..], &term].concat()).ok();
        assert!(!told.out.contains("10000"), "{told}");
        told.says("upphör efter 9999-12-31");
    }
}

#[test]
fn what_no_notice_can_change_is_told_as_it_is() {
    let term = ["--start", "2024-03-01", "--end", "2025-12-31"];
    let on = |more: &[&'static str], day: &'static str| {
        reckoned(&[term.as_slice(), more, &["--as-of", day]].concat())
            .ok()
            .out
    };
    let once = ["--notice", "12m", "--prolong", "2y", "--once"];
    assert_eq!(
        on(&once, "2026-05-01"),
        "  den 2026-05-01: gäller, 609 dagar kvar av perioden
  period 2: 2026-01-01 – 2027-12-31
  upphör efter 2027-12-31
",
        "a last day for notice that prevents nothing is none"
    );
    assert_eq!(
        on(&once, "2025-01-01"),
        "  den 2025-01-01: gäller, 364 dagar kvar av perioden
  period 1: 2024-03-01 – 2025-12-31
  sista dag för uppsägning var 2024-12-31
  förlängs: period 2: 2026-01-01 – 2027-12-31
"
    );
    assert_eq!(
        on(&once, "2028-01-01"),
        "  den 2028-01-01: har upphört, sista dag var 2027-12-31
  period 2: 2026-01-01 – 2027-12-31
"
    );
    assert_eq!(
        on(&["--notice", "12m"], "2024-05-01"),
        "  den 2024-05-01: gäller, 609 dagar kvar av perioden
  period 1: 2024-03-01 – 2025-12-31
  upphör efter 2025-12-31
"
    );
    let repeated = on(&["--notice", "12m", "--prolong", "2y"], "2025-01-01");
    assert!(
        repeated.contains("(ons); gäller period 2: 2026-01-01 – 2027-12-31\n"),
        "{repeated}"
    );
}

#[test]
fn a_published_agreement_prolongs_itself_without_anyone_touching_it() {
    let office = published();
    let standing = |day: &str| {
        let json = office
            .run(&["term", AGREEMENT, "--as-of", day, "--json"])
            .ok()
            .json();
        json[0]["standing"].clone()
    };
    assert_eq!(standing("2024-02-29")["state"], "not_yet");
    assert_eq!(standing("2025-12-31")["period"]["number"], 1);
    let third = standing("2028-01-01");
    assert_eq!(third["period"]["number"], 3);
    assert_eq!(third["next_notice"]["plain"], "2028-12-31");
    assert_eq!(
        office.check_log().len(),
        2,
        "opened and published, nothing else"
    );
    office.run(&["term", "finns-inte"]).fails(2);
}

#[test]
fn coming_days_are_a_list_and_a_calendar_file() {
    let office = published();
    let days = office
        .run(&["watch", AGREEMENT, "--as-of", "2026-10-01", "--json"])
        .ok()
        .json();
    // The text's clause binds until 2027-12-31; New Year's Eve is no working day.
    assert_eq!(days[0]["on"], "2026-12-31");
    assert_eq!(days[0]["occasion"], "notice");
    assert_eq!(days[0]["act_by"], "2026-12-30");
    let reminders: Vec<_> = days[0]["reminders"].as_array().unwrap().iter().collect();
    assert_eq!(reminders.len(), 3);
    assert_eq!(reminders[2]["on"], "2026-12-23");
    let told: Vec<String> = days
        .as_array()
        .unwrap()
        .iter()
        .map(|day| {
            let detail = day["subject"]["detail"].as_str().unwrap_or_default();
            format!("{} {} {detail}", day["on"], day["occasion"]).replace('"', "")
        })
        .collect();
    assert_eq!(
        told,
        [
            "2026-12-31 notice ",
            "2027-03-31 follow_up Lokala styrgruppers rapporter om det föregående året, § 14",
            "2027-06-30 follow_up Länets sammanställning av rapporterna, § 14",
            "2028-01-01 prolongation ",
            "2028-09-30 follow_up Samlad bedömning inför sista dag för uppsägning, § 14",
        ]
    );

    let file = office.beside("bevakning.ics");
    let path = file.to_str().unwrap();
    let make = || {
        office
            .run(&["watch", AGREEMENT, "--as-of", "2026-10-01", "--ics", path])
            .ok();
        std::fs::read_to_string(path).unwrap()
    };
    let text = make();
    let unfolded = text.replace("\r\n ", "");
    let count = |line: &str| unfolded.split("\r\n").filter(|each| *each == line).count();
    assert_eq!(count("BEGIN:VEVENT"), 5);
    assert_eq!(count("BEGIN:VALARM"), 15);
    assert_eq!(count("DTSTART;VALUE=DATE:20261231"), 1);
    assert_eq!(count("SUMMARY:Sista dag för uppsägning: familjecentral"), 1);
    assert_eq!(count("TRIGGER:-P90D"), 2);
    // Made again, each day has the same name.
    let names = |text: &str| -> Vec<String> {
        let lines = text.split("\r\n").filter(|line| line.starts_with("UID:"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(names(&make()), names(&text));
}
