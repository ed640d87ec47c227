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
    assert_eq!(days[1]["occasion"], "prolongation");

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
    assert_eq!(count("BEGIN:VEVENT"), 2);
    assert_eq!(count("BEGIN:VALARM"), 6);
    assert_eq!(count("DTSTART;VALUE=DATE:20261231"), 1);
    assert_eq!(count("SUMMARY:Sista dag för uppsägning: familjecentral"), 1);
    assert_eq!(count("TRIGGER:-P90D"), 1);
    // Made again, each day has the same name.
    let names = |text: &str| -> Vec<String> {
        let lines = text.split("\r\n").filter(|line| line.starts_with("UID:"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(names(&make()), names(&text));
}
