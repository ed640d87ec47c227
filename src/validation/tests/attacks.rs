//! Every attack that is known, made by code from our own copies, with the verdict that it must get.
//!
//! `tests/cases/attacks/attacks.csv` says what must be answered to each: once by the office that issued
//! the copy, once by somebody who knows nothing of it.

mod cms;
pub(crate) mod desk;
mod evidence;
mod forms;
pub(crate) mod raw;
mod replay;
mod saving;
pub(crate) mod shadow;
mod signers;
pub(crate) mod stage;
mod trust;
mod values;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::validation::{Severity, Verdict};
use desk::Desk;
use stage::{Stage, stage};

/// A name, and who makes the file.
type Case = (&'static str, fn(&Stage) -> Attack);

/// A file to judge.
pub(crate) struct Attack {
    pub(crate) bytes: Vec<u8>,
    /// The base revision that was issued, where it is another than the stage's.
    pub(crate) issued: Option<Vec<u8>>,
    /// Whether lists that name nobody are handed over besides.
    pub(crate) has_lists: bool,
}

impl From<Vec<u8>> for Attack {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            issued: None,
            has_lists: true,
        }
    }
}

/// What the table says of an attack; alternatives are parted by `|`.
struct Row {
    integrity: String,
    elsewhere: String,
    identity: String,
    conclusion: String,
    codes: String,
}

#[test]
fn every_attack_gets_the_verdict_of_the_table() {
    let stage = stage();
    let mut table = table();
    let mut wrong = Vec::new();
    for (name, make) in CASES.iter().copied().flatten() {
        let Some(row) = table.remove(*name) else {
            wrong.push(format!("{name}: not in the table"));
            continue;
        };
        let attack = make(stage);
        let base = attack.issued.as_ref().unwrap_or(&stage.base);
        let lists = if attack.has_lists {
            stage.lists()
        } else {
            Vec::new()
        };
        let desk = Desk::new(stage, base, &[]).with_lists(lists);
        let own = desk.judge(&attack.bytes);
        let foreign = desk.judge_foreign(&attack.bytes);
        let answers = [
            (&row.integrity, word(own.integrity)),
            (&row.elsewhere, word(foreign.integrity)),
            (&row.identity, word(own.identity.answer)),
            (&row.conclusion, word(own.conclusion.indication)),
        ];
        for (expected, found) in answers {
            if !expected.split('|').any(|one| one == found) {
                wrong.push(format!("{name}: {found} for {expected}; {:?}", codes(&own)));
            }
        }
        let codes = codes(&own);
        let is_told = match row.codes.as_str() {
            "" => !codes.is_empty(),
            "-" => true,
            wanted => wanted.split('|').all(|code| codes.contains(&code)),
        };
        if !is_told {
            wrong.push(format!("{name}: {codes:?} for {}", row.codes));
        }
    }
    wrong.extend(
        table
            .into_keys()
            .map(|name| format!("{name}: nobody makes it")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The codes of the findings that weigh, of file and signatures.
pub(crate) fn codes(verdict: &Verdict) -> Vec<&'static str> {
    let signatures = verdict.signatures.iter().flat_map(|one| &one.findings);
    let all = verdict
        .findings
        .iter()
        .chain(signatures)
        .chain(&verdict.identity.findings);
    let mut codes: Vec<_> = all
        .filter(|finding| finding.severity >= Severity::Warning)
        .map(|finding| finding.code)
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// An answer as it is written in JSON.
pub(crate) fn word(answer: impl Serialize) -> String {
    let word = serde_json::to_value(answer).unwrap();
    word.as_str().unwrap().to_owned()
}

fn table() -> BTreeMap<String, Row> {
    let text = include_str!("../../../tests/cases/attacks/attacks.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let record = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.unwrap();
        let [
            name,
            _,
            _,
            integrity,
            elsewhere,
            identity,
            conclusion,
            codes,
        ] = <[&str; 8]>::try_from(record.iter().collect::<Vec<_>>()).unwrap();
        let row = Row {
            integrity: integrity.to_owned(),
            elsewhere: elsewhere.to_owned(),
            identity: identity.to_owned(),
            conclusion: conclusion.to_owned(),
            codes: codes.to_owned(),
        };
        (name.to_owned(), row)
    };
    reader.records().map(record).collect()
}

const CASES: [&[Case]; 8] = [
    evidence::CASES,
    forms::CASES,
    replay::CASES,
    saving::CASES,
    shadow::CASES,
    signers::CASES,
    trust::CASES,
    values::CASES,
];
