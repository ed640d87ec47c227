//! Invented extracts, each with what a reader finds in it: nothing else may be proposed.

#![expect(
    clippy::disallowed_methods,
    reason = "tests read their cases from files"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::agreement::Party;
use crate::minutes::{Matter, Proposal, propose};

/// Returns the repository, wherever the compiler was started.
fn repository() -> PathBuf {
    let here = Path::new(file!());
    let root = here.ancestors().nth(4).unwrap();
    if root.join("signatories").is_dir() {
        root.to_owned()
    } else {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(root)
    }
}

pub(super) fn parties() -> Vec<Party> {
    let mut parties = Vec::new();
    for entry in fs::read_dir(repository().join("signatories")).unwrap() {
        let file = entry.unwrap().path();
        if file
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let text = fs::read_to_string(&file).unwrap();
            parties.push(Party::parse(&file.display().to_string(), &text).unwrap());
        }
    }
    assert_eq!(parties.len(), 50);
    parties
}

pub(super) fn read(text: &str) -> Proposal {
    let words = ["samverkansavtal", "familjecentral"].map(str::to_owned);
    let matter = Matter {
        name: "Samverkansavtal för familjecentraler och familjecentralsliknande verksamhet i Västra Götaland",
        words: &words,
        section: None,
    };
    propose(text, &matter, &parties())
}

/// Returns what is proposed, field by field, as a reader writes it down.
fn values(proposal: &Proposal) -> Map<String, Value> {
    let Value::Object(all) = serde_json::to_value(proposal).unwrap() else {
        unreachable!("a proposal is an object");
    };
    let mut values = Map::new();
    for field in FIELDS {
        let value = &all[field]["value"];
        let value = if field == "body" {
            &value["name"]
        } else {
            value
        };
        if !value.is_null() {
            values.insert(field.to_owned(), value.clone());
        }
    }
    if proposal.section.is_some() {
        values.insert("dissents".to_owned(), proposal.dissents.len().into());
    }
    values
}

/// Compares every case of a folder; gives the wrong values, and for each field how many were found of how many.
///
/// Each text is read as it is after a change of its form alone.
fn compare(
    folder: &str,
    changed: fn(&str) -> String,
) -> (Vec<String>, BTreeMap<String, (usize, usize)>) {
    let mut wrong = Vec::new();
    let mut recall: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut files: Vec<_> = fs::read_dir(repository().join("tests/cases").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    for file in files {
        let name = file.file_stem().unwrap().display().to_string();
        let expected = fs::read_to_string(file.with_extension("json")).unwrap();
        let mut expected: Map<String, Value> = serde_json::from_str(&expected).unwrap();
        expected.remove("nothing");
        let proposal = read(&changed(&fs::read_to_string(&file).unwrap()));
        let found = values(&proposal);
        for (field, value) in &found {
            if expected.get(field) != Some(value) {
                wrong.push(format!(
                    "{name}: {field} is {value}, not {:?}",
                    expected.get(field)
                ));
            }
        }
        for field in expected.keys() {
            let count = recall.entry(field.clone()).or_default();
            count.1 += 1;
            if found.contains_key(field) {
                count.0 += 1;
            } else {
                let doubts: Vec<_> = proposal
                    .doubts
                    .iter()
                    .map(|doubt| (doubt.kind, doubt.field))
                    .collect();
                println!("{name}: {field} is not found, {doubts:?}");
            }
        }
    }
    (wrong, recall)
}

/// Checks that nothing wrong is proposed, and that at least so many fields are found.
pub(super) fn check(folder: &str, at_least: usize, changed: fn(&str) -> String) {
    let (wrong, recall) = compare(folder, changed);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let found: usize = recall.values().map(|(found, _)| found).sum();
    let all: usize = recall.values().map(|(_, all)| all).sum();
    println!("{folder}: {found} of {all}");
    assert!(found >= at_least, "{found} of {all}: {recall:?}");
}

#[test]
fn no_wrong_field_is_proposed_of_eight_layouts() {
    check("minutes/layouts", 280, str::to_owned);
}

#[test]
fn no_wrong_field_is_proposed_of_other_styles() {
    check("minutes/styles", 301, str::to_owned);
}

/// Text taken out of a PDF without its layout has no columns.
#[test]
fn nothing_wrong_is_proposed_without_columns() {
    let narrow = |text: &str| {
        let lines = text.split('\n').map(|line| {
            let words: Vec<_> = line.split(' ').filter(|word| !word.is_empty()).collect();
            words.join(" ")
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    check("minutes/layouts", 1, narrow);
    check("minutes/styles", 1, narrow);
}

/// Text that was pasted has no pages.
#[test]
fn nothing_wrong_is_proposed_without_pages() {
    let pasted = |text: &str| text.replace('\u{c}', "").replace('\n', "\r\n");
    check("minutes/layouts", 1, pasted);
    check("minutes/styles", 1, pasted);
}

/// Cells as lines of their own, as simple tools write them.
#[test]
fn nothing_wrong_is_proposed_of_cells_as_lines() {
    let cells = |text: &str| text.replace("    ", "\n").replace("\n\n\n", "\n");
    check("minutes/layouts", 1, cells);
    check("minutes/styles", 1, cells);
}

/// Without blank lines nothing tells paragraphs apart.
#[test]
fn nothing_wrong_is_proposed_without_blank_lines() {
    let dense = |text: &str| {
        let lines = text.split('\n').filter(|line| !line.trim().is_empty());
        lines.collect::<Vec<_>>().join("\n")
    };
    check("minutes/layouts", 1, dense);
    check("minutes/styles", 1, dense);
}

/// The first lines may be lost.
#[test]
fn nothing_wrong_is_proposed_of_a_part() {
    let tail = |text: &str| text.split('\n').skip(4).collect::<Vec<_>>().join("\n");
    for folder in ["minutes/layouts", "minutes/styles"] {
        check(folder, 1, tail);
    }
}

const FIELDS: [&str; 11] = [
    "announced_on",
    "approved_on",
    "body",
    "condition",
    "diary_number",
    "is_approved_at_once",
    "met_on",
    "outcome",
    "party",
    "section",
    "signer",
];
