//! Retract: a party takes back what it had decided or signed.

use super::decide::{CLEAN, decide};
use super::decline::letter;
use super::support::Office;

#[test]
fn only_what_was_said_can_be_taken_back() {
    let office = Office::new();
    letter(&office, "retract", "1443", "2024-02-20", &[])
        .fails(4)
        .complains("error: 1443 has neither decided on familjecentral 1.0 nor signed it\n")
        .complains("`sigill decline`");
    assert!(!office.path(".sigill").exists());
    decide(&office, "1443", &CLEAN).ok();
    letter(&office, "retract", "1443", "2024-02-20", &[])
        .ok()
        .says("Att 1443 Bollebygds kommun tar tillbaka beslut och underskrifter")
        .says("sigill decide 1443");
    let log = office.check_log();
    assert_eq!(log.last().unwrap()["kind"], "Retracted");
    letter(&office, "retract", "1443", "2024-02-20", &[])
        .fails(4)
        .complains("entry 2 says so already");
    assert_eq!(office.check_log().len(), log.len());
}
