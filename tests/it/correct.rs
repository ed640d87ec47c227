//! Correct: a wrong entry stays, and a later one says what should have been entered.

use super::decide::{CLEAN, CONDITIONAL, decide, words};
use super::support::{AGREEMENT, Issue, Office, Run, sha256};

fn correct(office: &Office, entry: &str, more: &[&str]) -> Run {
    office.run(&[&["correct", entry, "--reason", "Skrivfel"], more].concat())
}

#[test]
fn keys_are_replaced_and_both_entries_stay() {
    let office = Office::new();
    let more = [
        &CONDITIONAL[..],
        &["--section", "§ 23", "--announced", "2024-02-13"],
    ]
    .concat();
    decide(&office, "1443", &more).ok();
    office.write("nytt.txt", "KS § 24\n");
    let first = office.check_log()[1].clone();
    let set = [
        "--set",
        "met=2024-02-06",
        "--set",
        "section=§ 24",
        "--set",
        "minutes.announced_on=",
        "--set",
        "condition=Om regionen betalar",
        "--set",
        "extract=nytt.txt",
    ];
    let dry = [&set[..], &["--dry-run"]].concat();
    correct(&office, "1", &dry)
        .ok()
        .says("Post 1 skulle rättas");
    assert_eq!(office.check_log().len(), 2);
    correct(&office, "1", &set)
        .ok()
        .says("Post 1 är rättad genom post 2; båda finns kvar i registret.")
        .says("minutes.met_on: ”2024-02-05” → ”2024-02-06”")
        .says("minutes.announced_on: ”2024-02-13” → (inget)")
        .says("condition: ”Under förutsättning att kostnaden delas lika” → ”Om regionen betalar”");
    let log = office.check_log();
    assert_eq!(log[1], first);
    assert_eq!(log[2]["kind"], "Corrected");
    assert_eq!(log[2]["agreement"], AGREEMENT);
    let instead = &log[2]["body"]["instead"];
    assert_eq!(instead["kind"], "Decided");
    assert_eq!(instead["body"]["minutes"]["section"], "§ 24");
    assert_eq!(
        instead["body"]["minutes"]["extract"],
        sha256("KS § 24\n".as_bytes())
    );
    assert_eq!(
        words(&office, &instead["body"]["condition"]),
        "Om regionen betalar"
    );
    assert_eq!(words(&office, &log[2]["body"]["reason"]), "Skrivfel");

    // Again, from what rules now; and the same is nothing.
    correct(
        &office,
        "1",
        &["--set", "outcome=declined", "--set", "condition="],
    )
    .ok()
    .says("outcome: ”approved_with_condition” → ”declined”");
    correct(
        &office,
        "1",
        &["--set", "outcome=declined", "--set", "met=2024-02-06"],
    )
    .fails(4)
    .complains("error: entry 1 says all this already\n");
    // Undone: the correction before it rules again.
    correct(&office, "3", &["--strike"]).ok();
    let json = correct(
        &office,
        "1",
        &["--set", "section=§ 25", "--dry-run", "--json"],
    )
    .ok()
    .json();
    assert_eq!(json["changes"][0]["before"], "§ 24");
    correct(&office, "1", &["--strike"]).ok().says("är struken");
    correct(&office, "1", &["--strike"])
        .fails(4)
        .complains("says all this already");
    office.run(&["log"]).ok().says("strök post 1");
}

#[test]
fn what_does_not_fit_is_refused() {
    let office = Office::issued(Issue::Bilateral);
    decide(&office, "1443", &CLEAN).ok();
    let log = office.check_log();
    let seq = (log.len() - 1).to_string();
    let of = |more: &[&str]| correct(&office, &seq, more);
    of(&["--set", "foo=1"]).fails(2).complains(&format!(
        "error: foo = \"1\" does not fit entry {seq}: there is no such key\n"
    ));
    of(&["--set", "met=2024-13-01"])
        .fails(2)
        .complains("does not fit entry");
    of(&["--set", "met=2099-01-01"])
        .fails(4)
        .complains("is in the future");
    of(&["--set", "met="]).fails(2);
    of(&["--set", "party=9999"])
        .fails(2)
        .complains("party 9999 is not a party");
    of(&["--set", "version=7.0"])
        .fails(2)
        .complains("there is no version 7.0");
    of(&["--set", "outcome=maybe"]).fails(2);
    of(&["--set", "outcome=condition"])
        .fails(2)
        .complains("its words are missing");
    of(&["--set", "body=K\u{1}S"]).fails(2);
    of(&["--set", "extract=templates"]).fails(5);
    of(&["--set", "approved=2024-01-01"])
        .fails(2)
        .complains("is before the meeting day");
    correct(&office, "9999", &["--strike"])
        .fails(4)
        .complains("error: entry 9999 is not in the register\n");
    correct(&office, "0", &["--strike"])
        .fails(4)
        .complains("error: entry 0 is of the kind Opened, which is not corrected\n");
    let issued = log.iter().find(|entry| entry["kind"] == "Issued").unwrap();
    correct(&office, &issued["seq"].to_string(), &["--strike"])
        .fails(4)
        .complains("`sigill void`");
    let missing = office.run(&["correct", &seq, "--reason", "x"]);
    assert_eq!(missing.code, 2, "{missing}");
    assert_eq!(office.check_log().len(), log.len());
}

#[test]
fn a_notice_stays_one_that_can_be_reckoned() {
    let office = Office::new();
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
    let notice = ["notice", "1480", "--agreement", AGREEMENT, "--way", "brev"];
    let days = ["--dated", "2024-11-20", "--received", "2024-11-25"];
    office.run(&[&notice[..], &days].concat()).ok();
    for set in ["to=1480", "to=9999", "to=1401", "party=1401", "version=0.9"] {
        correct(&office, "2", &["--set", set])
            .fails(2)
            .complains("strike the entry and enter it anew");
    }
    correct(&office, "2", &["--set", "received_on=2024-12-31"]).ok();
    office.run(&["term"]).ok().says("mottagen 2024-12-31");
    office.run(&["watch"]).ok();
}
