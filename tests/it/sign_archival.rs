//! What must hold of a signed file for decades: tagged fields, and that a changed bit is noticed.

use super::judging::{check_signatures, signed_fields};
use super::sign::{copy_of, office_and_pki, sign, signed};
use super::support::{Issue, python_judge, run};

/// Signed, with evidence and time-stamped: every field on a page is still told to who cannot see it.
#[test]
fn every_field_of_a_signed_copy_is_tagged_and_named() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    let described = || {
        let mut command = python_judge("fields.py")?;
        command.arg(&file);
        let told = run(command);
        assert_eq!(told.code, 0, "{told}");
        Some(told.json())
    };
    let Some(before) = described() else { return };
    signed(sign(&office, &pki, "1443-chair", "s001"), &file, "B-T");
    signed(sign(&office, &pki, "14-chair", "s002"), &file, "B-LTA");
    let Some(after) = described() else { return };
    let (before, after) = (&before["fields"], &after["fields"]);
    let mut stamps = 0;
    for field in after.as_array().unwrap() {
        let name = field["name"].as_str().unwrap();
        if name.starts_with("time-stamp") {
            stamps += 1;
            assert!(field["page"].is_null(), "on no page: {field}");
            continue;
        }
        assert!(
            field["page"].is_u64() && field["struct_parent"].is_u64(),
            "{field}"
        );
        assert!(
            field["tooltip"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        let is_signed = ["1443-chair", "14-chair"].contains(&name);
        let mut wanted = before
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == name);
        let mut wanted = wanted.take().unwrap().clone();
        wanted["signed"] = is_signed.into();
        assert_eq!(*field, wanted, "only signed, else as it was");
    }
    assert_eq!(stamps, 1);
}

/// 2,000 flipped bits of a file with two signatures, all over it: pyHanko notices each.
#[test]
fn no_flipped_bit_of_a_signed_copy_goes_unnoticed() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    for (seat, signer) in [("1443-chair", "s001"), ("14-chair", "s002")] {
        signed(sign(&office, &pki, seat, signer), &file, "B-B");
    }
    let files = [file];
    for verdict in check_signatures(&pki, "B-B", &files).unwrap_or_default() {
        assert_eq!(signed_fields(&verdict), ["1443-chair", "14-chair"]);
    }
    let Some(mut command) = python_judge("flips.py") else {
        return;
    };
    let told = run({
        command.args(&files);
        command
    });
    assert_eq!(told.code, 0, "{told}");
    let told = told.json();
    assert!(told["flips"].as_u64().unwrap() >= 1_990, "{told}");
    assert_eq!(told["unsigned"], 0, "all of the file is signed: {told}");
    assert_eq!(told["unnoticed"], serde_json::json!([]));
}
