//! The Public Key Interoperability Test Suite of NIST, whole: paths and revocation lists.

use std::collections::BTreeMap;
use std::io::Read as _;

use base64::Engine as _;
use chrono::{DateTime, Utc};

use crate::signature::{Anchors, Certificate};
use crate::validation::Indication;
use crate::validation::path::Inputs;
use crate::validation::policy::Policy;
use crate::validation::pool::{Pool, ProvenTime, Source};
use crate::validation::trust::{Trust, TrustAnswer, Usage, judge_signer};

#[derive(Debug, serde::Deserialize)]
struct Case {
    test: String,
    name: String,
    certificate: String,
    others: String,
    lists: String,
    policies: String,
    requires_policy: String,
    inhibits_mapping: String,
    inhibits_any_policy: String,
    outcome: String,
}

#[test]
fn every_test_of_the_suite_comes_out_as_it_must() {
    let files = files();
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases() {
        count += 1;
        let answer = judged(&case, &files);
        let passed = answer
            .as_ref()
            .is_some_and(|answer| answer.conclusion.indication == Indication::TotalPassed);
        let is_unsupported = UNSUPPORTED.iter().any(|(test, _)| *test == case.test);
        let expected = case.outcome == "passed" && !is_unsupported;
        if passed != expected {
            let said = answer.map(|answer| {
                let findings = answer.findings.iter().map(|found| found.english.clone());
                (answer.conclusion, findings.collect::<Vec<_>>())
            });
            wrong.push(format!("{} {}: {said:?}", case.test, case.name));
        }
    }
    assert!(count > 240, "{count}");
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

fn judged(case: &Case, files: &BTreeMap<String, Vec<u8>>) -> Option<TrustAnswer> {
    let at: DateTime<Utc> = "2022-05-01T00:00:00Z".parse().unwrap();
    let anchor = Certificate::from_der(&files["TrustAnchorRootCertificate.crt"]).unwrap();
    let mut pool = Pool::new(&Anchors::new(vec![anchor]).unwrap());
    for name in case.others.split(';').filter(|name| !name.is_empty()) {
        pool.add_certificate(&files[name], Source::File);
    }
    for name in case.lists.split(';').filter(|name| !name.is_empty()) {
        pool.add_list(&files[name], Source::File);
    }
    let signer = Certificate::from_der(&files[&case.certificate]).ok()?;
    let policy = Policy::default();
    let policies = case.policies.split(';').filter(|policy| !policy.is_empty());
    let policies: std::collections::BTreeSet<_> =
        policies.map(|policy| policy.parse().unwrap()).collect();
    let trust = Trust {
        policy: &policy,
        at,
        inputs: Inputs {
            policies: (!policies.is_empty()).then_some(policies),
            requires_policy: case.requires_policy == "yes",
            inhibits_mapping: case.inhibits_mapping == "yes",
            inhibits_any_policy: case.inhibits_any_policy == "yes",
        },
    };
    let now = ProvenTime {
        instant: at,
        is_proven: false,
    };
    // Some of the certificates in question are authorities'; those sign no documents here.
    let usage = if signer.is_authority() {
        Usage::CrlIssuer
    } else {
        Usage::Signer
    };
    Some(judge_signer(&mut pool, &trust, &signer, None, now, usage))
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let packed = include_bytes!("../../../tests/cases/pkits/pkits.txt.gz");
    let mut text = String::new();
    let mut reader = flate2::read::GzDecoder::new(packed.as_slice());
    reader.read_to_string(&mut text).unwrap();
    let standard = base64::engine::general_purpose::STANDARD;
    text.lines()
        .map(|line| {
            let (name, digits) = line.split_once(' ').unwrap();
            (name.to_owned(), standard.decode(digits).unwrap())
        })
        .collect()
}

fn cases() -> Vec<Case> {
    let table = include_str!("../../../tests/cases/pkits/cases.csv");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// Tests that must pass and do not, because what they need is not offered: each is refused.
const UNSUPPORTED: [(&str, &str); 4] = [
    ("4.1.4", "DSA: no authority in use signs with it"),
    ("4.1.5", "DSA with inherited parameters"),
    (
        "4.2.3",
        "a year before 1970, which the reader of DER does not have",
    ),
    (
        "4.14.30",
        "an issuer of lists that only its own list speaks for",
    ),
];
