//! A copy of ours that came through another tool: pyHanko adds evidence and a document time-stamp.

use std::path::Path;

use serde_json::Value;

use super::sign::{copy_of, office_and_pki, sign, signed};
use super::support::{Issue, Office, python_judge, run};

#[test]
fn what_pyhanko_adds_for_the_years_to_come_is_tolerated_and_told() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    signed(sign(&office, &pki, "1443-chair", "s001"), &file, "B-T");
    signed(sign(&office, &pki, "14-chair", "s002"), &file, "B-T");
    let extended = office.beside("extended.pdf");
    let Some(mut command) = python_judge("archive.py") else {
        return;
    };
    command.args([&file, &extended]);
    command.arg(pki.path("trust/root.pem")).arg(pki.url("/tsa"));
    let told = run(command);
    assert_eq!(told.code, 0, "{told}");

    let before = verdict(&office, &file);
    assert_eq!(before["integrity"], "ok", "{before}");
    let after = verdict(&office, &extended);
    assert_eq!(after["integrity"], "ok", "{after}");
    assert_eq!(after["identity"]["answer"], "newer", "{after}");
    // Tolerated, and said so.
    assert!(!after["findings"].as_array().unwrap().is_empty(), "{after}");

    // The same with a page swapped is not.
    let bytes = std::fs::read(&extended).unwrap();
    let junk = office.beside("junk.pdf");
    std::fs::write(
        &junk,
        [bytes.as_slice(), b"1 0 obj\n<<>>\nendobj\n"].concat(),
    )
    .unwrap();
    assert_ne!(verdict(&office, &junk)["integrity"], "ok");
}

fn verdict(office: &Office, file: &Path) -> Value {
    let told = run(office.command(&["verify", "--json", "--no-fetch", file.to_str().unwrap()]));
    assert!(told.code < 2, "{told}");
    told.json()
}
