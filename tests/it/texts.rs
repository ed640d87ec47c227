//! What two renderers show of a copy is what was signed, signature appearances aside.

use serde_json::Value;

use super::sign::{copy_of, office_and_pki, sign, signed};
use super::support::{Issue, judge, python_judge, run};

#[test]
fn two_renderers_show_the_signed_text_of_every_revision() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    for (seat, signer, level) in [
        ("1443-chair", "s001", "B-B"),
        ("14-chair", "s002", "B-T"),
        ("14-director", "s003", "B-LTA"),
    ] {
        signed(sign(&office, &pki, seat, signer), &file, level);
    }
    // Both are asked for here, so that a missing one is told by its name.
    if judge("pdftotext").is_none() || judge("mutool").is_none() {
        return;
    }
    let Some(mut command) = python_judge("texts.py") else {
        return;
    };
    command.arg(&file);
    let told = run(command);
    assert_eq!(told.code, 0, "{told}");
    let told: Value = told.json();
    assert_eq!(told["revisions"], 4, "{told}");
    assert_eq!(told["renderers"].as_array().unwrap().len(), 2);
}
