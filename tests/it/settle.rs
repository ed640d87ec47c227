//! Settle: what became of a condition is entered, and the last word counts.

use super::decide::{CLEAN, CONDITIONAL, decide, words};
use super::support::Office;

#[test]
fn a_condition_is_settled_and_may_be_settled_otherwise() {
    let office = Office::new();
    decide(&office, "1443", &CONDITIONAL).ok();
    decide(&office, "1480", &CLEAN).ok();
    let settle = |entry, how, more: &[&str]| {
        let arguments = [
            &["settle", entry, how, "--reason", "Regionen har svarat"],
            more,
        ]
        .concat();
        office.run(&arguments)
    };
    settle("1", "--refused", &[])
        .ok()
        .says("Villkoret i post 1 (1443, familjecentral 1.0) godtas inte");
    settle("1", "--resolved", &[])
        .ok()
        .says("är uppfyllt")
        .says("(post 4)");
    let count = office.check_log().len();
    let log = office.check_log();
    let body = &log.last().unwrap()["body"];
    assert_eq!(body["decision"], 1);
    assert_eq!(body["is_resolved"], true);
    assert_eq!(body["party"], "1443");
    assert_eq!(words(&office, &body["reason"]), "Regionen har svarat");

    settle("1", "--resolved", &[])
        .fails(4)
        .complains("error: entry 4 says so already: the condition of entry 1 is resolved\n");
    settle("2", "--resolved", &[])
        .fails(4)
        .complains("error: entry 2 is a decision without a condition\n");
    settle("0", "--resolved", &[])
        .fails(4)
        .complains("error: entry 0 is no decision of a party\n");
    settle("99", "--resolved", &[])
        .fails(4)
        .complains("error: entry 99 is not in the register\n");
    office
        .run(&["settle", "1", "--refused", "--reason", " "])
        .fails(2)
        .complains("error: the reason is refused: the text is empty\n");
    assert_eq!(office.check_log().len(), count);
    let json = settle("1", "--refused", &["--json"]).ok().json();
    assert_eq!(json["is_resolved"], false);
    office
        .run(&["correct", "1", "--strike", "--reason", "Fel part"])
        .ok();
    settle("1", "--resolved", &[])
        .fails(4)
        .complains("error: entry 1 was struck\n");
}

#[test]
fn nothing_is_settled_in_an_office_without_a_register() {
    let office = Office::new();
    office
        .run(&["settle", "1", "--resolved", "--reason", "Klart"])
        .fails(4);
    assert!(!office.path(".sigill").exists());
}
