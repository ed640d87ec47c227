//! Decline: a party's no in a letter is entered.

use super::decide::words;
use super::support::{AGREEMENT, Office, Run, sha256};

/// Enters a letter by the command of that name.
pub(super) fn letter(
    office: &Office,
    command: &str,
    party: &str,
    dated: &str,
    more: &[&str],
) -> Run {
    let start = [
        command,
        party,
        "--agreement",
        AGREEMENT,
        "--dated",
        dated,
        "--reason",
        "Ingen familjecentral planeras",
    ];
    office.run(&[&start[..], more].concat())
}

#[test]
fn a_letter_that_says_no_is_entered_once() {
    let office = Office::new();
    office.write("brev.pdf", "%PDF-1.4 brev");
    letter(
        &office,
        "decline",
        "1480",
        "2024-02-20",
        &["--document", "brev.pdf"],
    )
    .ok()
    .says("Att 1480 Göteborgs kommun avböjer familjecentral 1.0 är infört (post 1).")
    .says("sigill status familjecentral");
    let log = office.check_log();
    let body = &log[1]["body"];
    assert_eq!(log[1]["kind"], "Declined");
    assert_eq!(body["document"], sha256(b"%PDF-1.4 brev"));
    assert_eq!(
        words(&office, &body["reason"]),
        "Ingen familjecentral planeras"
    );
    letter(&office, "decline", "1480", "2024-02-20", &[])
        .fails(4)
        .complains("error: entry 1 says so already: a letter from 1480 dated 2024-02-20\n");
    letter(&office, "decline", "1480", "2024-02-20", &["--again"]).ok();
    let count = office.check_log().len();
    letter(&office, "decline", "9999", "2024-02-20", &[])
        .fails(2)
        .complains("party 9999 is not a party");
    letter(&office, "decline", "1443", "2099-02-20", &[])
        .fails(4)
        .complains("the letter's day 2099-02-20 is in the future");
    letter(&office, "decline", "1443", "2020-02-20", &[])
        .fails(4)
        .complains("is before familjecentral 1.0 existed");
    letter(
        &office,
        "decline",
        "1443",
        "2024-02-20",
        &["--document", "inget.pdf"],
    )
    .fails(5);
    letter(&office, "decline", "1443", "2024-02-20", &["--dry-run"])
        .ok()
        .says("skulle föras in");
    assert_eq!(office.check_log().len(), count);
}
