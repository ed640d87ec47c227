//! Extend: evidence and archive time-stamps for copies that are complete.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::judging::{
    check_approvals, check_revisions, check_signatures, check_syntax, check_tokens,
};
use super::pki::Pki;
use super::sign::{check_sums, copy_of, office_and_pki, sign, signed, with};
use super::support::{AGREEMENT, Issue, Office};

const COPY: &str = "familjecentral-1.0-b1443";

/// Signs every seat of a copy, each with another kind of key.
fn complete(office: &Office, pki: &Pki, code: &str, level: &str) -> PathBuf {
    let file = copy_of(office, Issue::Bilateral, code);
    let seats = [
        (format!("{code}-chair"), "s001"),
        (format!("{code}-countersigner"), "s002"),
        ("14-chair".to_owned(), "rsa3072"),
        ("14-director".to_owned(), "ec384"),
    ];
    for (seat, signer) in seats {
        signed(sign(office, pki, &seat, signer), &file, level);
    }
    file
}

fn extend(office: &Office, more: &[&str]) -> Value {
    let mut arguments = vec!["sign", "extend", AGREEMENT, "--json"];
    arguments.extend(more);
    office.run(&arguments).ok().json()
}

fn copies(summary: &Value, key: &str) -> usize {
    summary[key].as_array().unwrap().len()
}

#[test]
fn complete_copies_are_extended_step_by_step_and_renewed() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let file = complete(&office, &pki, "1443", "B-T");
    let files = std::slice::from_ref(&file);
    let steps: [(&[&str], &str, usize); 4] = [
        (&["--level", "B-LT"], "B-LT", 4),
        (&["--level", "B-LTA"], "B-LTA", 5),
        (&["--renew"], "B-LTA", 6),
        (&["--renew"], "B-LTA", 7),
    ];
    for (arguments, level, tokens) in steps {
        let summary = extend(&office, arguments);
        assert_eq!(copies(&summary, "extended"), 1, "{summary}");
        assert_eq!(copies(&summary, "incomplete"), 48);
        let stamped = summary["extended"][0]["stamped_at"].is_string();
        assert_eq!(stamped, level == "B-LTA");
        check_syntax(files);
        check_approvals(files, 4);
        for verdict in check_signatures(&pki, level, files).unwrap_or_default() {
            for signature in verdict["signatures"].as_array().unwrap() {
                let is_person = signature["kind"] == "signature";
                assert!(!is_person || signature["level_reached"] == level.to_lowercase());
            }
        }
        if let Some(count) = check_tokens(&pki, &file) {
            assert_eq!(count, tokens);
        }
        let entry = office.check_log().pop().unwrap();
        assert_eq!(entry["kind"], "Extended");
        assert_eq!(entry["body"]["level"], level);
    }
    check_revisions(files, &[]);
    check_sums(&office.path(Issue::Bilateral.out()));

    let summary = extend(&office, &[]);
    assert_eq!(summary["extended"], json!([]));
    assert_eq!(summary["unchanged"], json!([COPY]));
    let status = office.run(&["status", AGREEMENT, "--json"]).ok();
    assert!(status.out.contains("\"B-LTA\""), "{status}");
}

/// The evidence that all copies need is asked for once, and none of them is asked for again afterwards.
#[test]
fn evidence_for_49_copies_is_fetched_once() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let folder = office.path(Issue::Bilateral.out());
    let command = sign(&office, &pki, "14-director", "s001");
    with(command, [folder.as_os_str(), "--json".as_ref()]).ok();
    assert_eq!(
        pki.asked("/ocsp"),
        1,
        "whether the signer is revoked, once for all"
    );
    let asked = || ["/ocsp", "/crl/root.crl", "/crl/issuing.crl"].map(|path| pki.asked(path));
    let before = asked();
    let entries = office.check_log();
    let issued = entries.iter().filter(|entry| entry["kind"] == "Issued");
    let names: Vec<&str> = issued
        .map(|entry| entry["body"]["copy"].as_str().unwrap())
        .collect();
    let named: Vec<&str> = names.iter().flat_map(|name| ["--copy", name]).collect();
    let summary = extend(&office, &named);
    assert_eq!(copies(&summary, "extended"), 49);
    assert_eq!(
        copies(&summary, "incomplete"),
        49,
        "named, so extended though they lack signatures"
    );
    // One answer for the signer and one for the authority, later than what they attest; one list for
    // the intermediate.
    let after = asked();
    let counts = [
        after[0] - before[0],
        after[1] - before[1],
        after[2] - before[2],
    ];
    assert_eq!(counts, [2, 1, 0]);
    assert_eq!(pki.asked("/tsa"), 2 * 49);
    let files = office.pdfs(Issue::Bilateral);
    let some: Vec<PathBuf> = files.iter().step_by(8).cloned().collect();
    check_syntax(&some);
    check_signatures(&pki, "B-LTA", &some);
    check_revisions(&some[..2], &[]);
    office.check_log();
}

/// Evidence comes by OCSP where a certificate names a responder, else by its list.
#[test]
fn a_list_serves_where_there_is_no_responder() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    signed(sign(&office, &pki, "1443-chair", "crl-only"), &file, "B-LT");
    assert_eq!(pki.asked("/crl/issuing.crl"), 1);
    let files = [file];
    check_syntax(&files);
    // At B-LTA pyHanko would agree for today, but not for later: its validation in the past finds no
    // list of an authority below the root.
    check_signatures(&pki, "B-LT", &files);
    check_revisions(&files, &[]);
    office.check_log();
}

/// A copy that lacks signatures is left alone; after the last one it is extended.
#[test]
fn a_signature_after_the_evidence_is_accepted_and_extended_again() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    signed(sign(&office, &pki, "1443-chair", "s001"), &file, "B-LTA");
    let before = std::fs::read(&file).unwrap();
    let summary = extend(&office, &["--renew"]);
    assert_eq!(summary["extended"], json!([]));
    assert_eq!(summary["incomplete"].as_array().unwrap().len(), 49);
    assert_eq!(std::fs::read(&file).unwrap(), before);
    for (seat, signer) in [
        ("1443-countersigner", "s002"),
        ("14-chair", "s003"),
        ("14-director", "s004"),
    ] {
        signed(sign(&office, &pki, seat, signer), &file, "B-T");
    }
    let summary = extend(&office, &[]);
    assert_eq!(copies(&summary, "extended"), 1);
    let files = [file];
    check_syntax(&files);
    check_approvals(&files, 4);
    check_signatures(&pki, "B-LTA", &files);
    check_revisions(&files, &[]);
    office.check_log();
}
