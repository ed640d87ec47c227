//! Judged: what `verify` says of signed copies, as this program and as another signed them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::pki::{PASSPHRASE, Pki};
use super::sign::{copy_of, office_and_pki, office_that_knows_nobody, sign, signed};
use super::support::{Issue, Office, python_judge, run, scratch, sigill};

/// Runs `verify --json` on one file and returns the verdict, after checking the exit code.
#[track_caller]
fn verdict(office: &Office, file: &Path, more: &[&str], code: i32) -> Value {
    let mut arguments = vec!["verify", "--json", file.to_str().unwrap()];
    arguments.extend(more);
    let told = office.run(&arguments);
    assert_eq!(told.code, code, "{told}");
    told.json()
}

/// Writes a signer's certificate into the party's file as that of whoever has a role.
fn pin(office: &Office, pki: &Pki, code: &str, role: &str, signer: &str) {
    let file = office.party_file(code);
    let digest = pki.certificate_digest(signer);
    let (from, to) = (
        format!("[[signatories]]\nrole = \"{role}\"\n"),
        format!("[[signatories]]\nrole = \"{role}\"\ncertificates = [\"{digest}\"]\n"),
    );
    office.edit(file, &from, &to);
}

/// Signs a field with pyHanko, changing more in the same revision; returns the file and the objects changed.
fn forged(
    office: &Office,
    pki: &Pki,
    file: &Path,
    field: &str,
    signer: &str,
    what: &str,
) -> Option<(PathBuf, Vec<u64>)> {
    let out = office.beside(&format!("{what}.pdf"));
    let mut command = python_judge("forge.py")?;
    command.arg(file).arg(field);
    command
        .arg(pki.path(&format!("{signer}.p12")))
        .arg(PASSPHRASE);
    command.arg(what).arg(&out);
    command.env("SIGILL_TSA", pki.url("/tsa"));
    command.env("SIGILL_ROOT", pki.path("trust/root.pem"));
    let told = run(command).ok();
    let numbers = told.out.lines().map(|line| line.parse().unwrap());
    Some((out, numbers.collect()))
}

fn findings(verdict: &Value) -> Vec<&Value> {
    let of_file = verdict["findings"].as_array().unwrap().iter();
    let of_signatures = verdict["signatures"].as_array().unwrap().iter();
    of_file
        .chain(of_signatures.flat_map(|one| one["findings"].as_array().unwrap()))
        .collect()
}

#[test]
fn a_copy_that_the_right_persons_signed_passes_without_a_network() {
    let Some((office, pki)) = office_that_knows_nobody(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    pin(&office, &pki, "1443", "chair", "s001");
    signed(sign(&office, &pki, "1443-chair", "s001"), &file, "B-LT");
    let verdict = verdict(&office, &file, &["--no-fetch"], 0);
    assert_eq!(verdict["format"], "sigill-verdict-1");
    assert_eq!(verdict["conclusion"]["indication"], "total-passed");
    assert_eq!(verdict["integrity"], "ok");
    assert_eq!(verdict["trust"]["indication"], "total-passed");
    assert_eq!(verdict["identity"]["answer"], "newest");
    assert_eq!(
        verdict["completeness"]["signed"],
        serde_json::json!(["1443-chair"])
    );
    assert_eq!(verdict["completeness"]["open"].as_array().unwrap().len(), 3);
    let signature = &verdict["signatures"][0];
    assert_eq!(signature["level"], "B-LT");
    assert_eq!(signature["grade"], "AdES");
    assert_eq!(signature["is_time_proven"], true);
    assert_eq!(signature["signatory"]["tie"], "pinned");
    assert_eq!(signature["signatory"]["counts"], true);
    assert_eq!(
        signature["certificate"]["sha256"],
        pki.certificate_digest("s001")
    );
    office
        .run(&["verify", file.to_str().unwrap()])
        .ok()
        .says("Godkänd – TOTAL-PASSED")
        .says("Oförändrad – Varje underskrift håller")
        .says("personens eget certifikat");

    // Without an office: the roots are named, and nothing is said of who signed.
    let nowhere = scratch();
    let alone = |trust: &[&str]| {
        let mut command = sigill(&["verify", "--json", file.to_str().unwrap()]);
        command.args(trust).current_dir(nowhere.path());
        run(command)
    };
    let roots = pki.path("trust");
    let trusted = alone(&["--trust", roots.to_str().unwrap()]).ok().json();
    assert_eq!(trusted["identity"]["answer"], "not_asked");
    assert_eq!(trusted["completeness"], Value::Null);
    // Nobody is trusted: indeterminate, never passed, and the bytes hold all the same.
    let untrusted = alone(&[]);
    assert_eq!(untrusted.code, 1, "{untrusted}");
    let untrusted = untrusted.json();
    assert_eq!(untrusted["integrity"], "ok");
    assert_eq!(untrusted["conclusion"]["indication"], "indeterminate");
}

#[test]
fn a_stranger_of_the_same_name_does_not_count() {
    let Some((office, pki)) = office_that_knows_nobody(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    let name = pki.person("s002");
    office.edit(
        office.party_file("1443"),
        "[[signatories]]\nrole = \"chair\"\n",
        &format!("[[signatories]]\nrole = \"chair\"\nname = \"{name}\"\n"),
    );
    signed(sign(&office, &pki, "1443-chair", "s002"), &file, "B-LT");
    let verdict = verdict(&office, &file, &[], 1);
    assert_eq!(verdict["integrity"], "ok");
    assert_eq!(verdict["trust"]["indication"], "total-passed");
    let signatory = &verdict["signatures"][0]["signatory"];
    assert_eq!(signatory["tie"], "name_only");
    assert_eq!(signatory["counts"], false);
    assert_eq!(verdict["conclusion"]["indication"], "indeterminate");
    assert_eq!(
        verdict["completeness"]["unconfirmed"],
        serde_json::json!(["1443-chair"])
    );
    office
        .run(&["verify", file.to_str().unwrap()])
        .says("bara namnet stämmer: ska bekräftas");
}

#[test]
fn what_the_fifth_signer_slipped_in_is_named() {
    let Some((office, pki)) = office_and_pki(Issue::Joint) else {
        return;
    };
    let file = office.pdfs(Issue::Joint).remove(0);
    for (seat, signer) in [
        ("1443-chair", "s001"),
        ("1480-chair", "s002"),
        ("14-chair", "s003"),
        ("1440-chair", "s004"),
    ] {
        signed(sign(&office, &pki, seat, signer), &file, "B-B");
    }
    for what in ["content", "text"] {
        let Some((evil, objects)) = forged(&office, &pki, &file, "1441-chair", "s005", what) else {
            return;
        };
        let verdict = verdict(&office, &evil, &[], 1);
        assert_eq!(verdict["integrity"], "modified", "{what}: {verdict}");
        let faults: Vec<_> = findings(&verdict)
            .into_iter()
            .filter(|finding| finding["severity"] == "fault" && finding["revision"] == 6)
            .collect();
        let named = |object: &&u64| faults.iter().any(|fault| fault["object"] == **object);
        let named: Vec<_> = objects.iter().filter(named).collect();
        assert!(!named.is_empty(), "{what}: one of {objects:?} in {verdict}");
        // The first four are told to be followed by something unlawful; the fifth covers it.
        let of_each: Vec<_> = verdict["signatures"].as_array().unwrap().iter().collect();
        assert_eq!(of_each.len(), 5);
        assert!(
            of_each[..4]
                .iter()
                .all(|one| one["integrity"] == "modified")
        );
        let told = office.run(&["verify", evil.to_str().unwrap()]);
        told.says(&format!("revision 6, objekt {}", named[0]));
    }
}

#[test]
fn another_tool_may_sign_and_archive_our_copies() {
    let Some((office, pki)) = office_that_knows_nobody(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    pin(&office, &pki, "1443", "chair", "s001");
    for (what, level) in [("honest", "B-B"), ("bt", "B-T"), ("blta", "B-LTA")] {
        let Some((other, _)) = forged(&office, &pki, &file, "1443-chair", "s001", what) else {
            return;
        };
        let told = office
            .run(&["verify", "--json", other.to_str().unwrap()])
            .json();
        assert_eq!(told["integrity"], "ok", "{what}: {told}");
        assert_eq!(told["identity"]["answer"], "newer");
        assert_eq!(told["signatures"][0]["level"], level, "{told}");
        if what == "blta" {
            assert_eq!(told["conclusion"]["indication"], "total-passed", "{told}");
        }
    }
}
