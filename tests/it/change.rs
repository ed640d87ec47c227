//! Change: a party's new name or number is entered; its copies and its file stay as they are.

use super::support::{Issue, Office, Run, digests};

fn change(office: &Office, party: &str, more: &[&str]) -> Run {
    let start = [
        "parties",
        "change",
        party,
        "--from",
        "2027-01-01",
        "--source",
        "SFS 2026:1",
    ];
    office.run(&[&start[..], more].concat())
}

#[test]
fn a_change_is_entered_and_nothing_else_changes() {
    let office = Office::issued(Issue::Bilateral);
    let before = office.check_log().len();
    let files = digests(&office.path("signatories"));
    let copies = digests(&office.path("out"));
    change(
        &office,
        "1443",
        &["--renamed", "Bollebygd kommun", "--styled", "Bollebygd"],
    )
    .ok()
    .says(&format!(
        "Ändringen av 1443 Bollebygds kommun är införd (post {before}): heter Bollebygd kommun"
    ))
    .says("behåller namn och nummer")
    .says("ändra också signatories/1443-bollebygd.toml för hand");
    let log = office.check_log();
    assert_eq!(log[before]["kind"], "PartyChanged");
    assert_eq!(log[before]["body"]["change"]["styled_name"], "Bollebygd");
    assert_eq!(digests(&office.path("signatories")), files);
    assert_eq!(digests(&office.path("out")), copies);
    change(
        &office,
        "1443",
        &["--renamed", "Bollebygd kommun", "--styled", "Bollebygd"],
    )
    .fails(4)
    .complains(&format!("error: entry {before} says so already"));
    change(&office, "1443", &["--merged-into", "1490"]).ok();
    change(
        &office,
        "1443",
        &["--split-into", "1490", "--split-into", "1500"],
    )
    .ok()
    .says("1500 har ingen fil");
    assert_eq!(office.check_log().len(), before + 3);
}

#[test]
fn what_cannot_be_is_refused() {
    let office = Office::new();
    change(&office, "9999", &["--renamed", "X"])
        .fails(4)
        .complains("error: party 9999 has no file in signatories/\n");
    change(&office, "1443", &["--merged-into", "1443"])
        .fails(4)
        .complains("error: party 1443 cannot become part of itself\n");
    change(&office, "1443", &["--renumbered", "212000-1561"])
        .fails(4)
        .complains("it is that of ");
    change(&office, "1443", &["--renumbered", "212000-0000"])
        .fails(4)
        .complains("cannot have the number 212000-0000");
    assert!(!office.path(".sigill").exists());
}
