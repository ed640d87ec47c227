//! Told cases: a short list of entries each, and what is true on some days.

#![expect(
    clippy::disallowed_methods,
    reason = "tests read their cases from files"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::super::progress;
use super::script::{Setting, day, lines};
use crate::calendar::end_of_day;
use crate::register::Tally;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What it shows.
    name: String,
    #[serde(default)]
    setting: Option<Setting>,
    entries: Vec<String>,
    /// What is true at the end of a day.
    on: BTreeMap<String, Vec<String>>,
}

/// Returns the repository, wherever the compiler was started.
fn repository() -> PathBuf {
    let root = Path::new(file!()).ancestors().nth(5).unwrap();
    if root.join("tests/cases").is_dir() {
        root.to_owned()
    } else {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(root)
    }
}

#[test]
fn every_case_comes_out_as_told() {
    let mut wrong = Vec::new();
    let mut names = BTreeSet::new();
    let mut files: Vec<PathBuf> = fs::read_dir(repository().join("tests/cases/progress"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for path in files {
        let file: File = toml::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for case in file.case {
            assert!(names.insert(case.name.clone()), "two of {:?}", case.name);
            let setting = case.setting.clone().unwrap_or_else(Setting::usual);
            let entries = setting.entries(&case.entries);
            for (on, told) in &case.on {
                let end = end_of_day(day(on));
                let tally = Tally::fold(entries.iter().filter(|entry| entry.at < end));
                let found = lines(&progress(&tally, &setting.terms(), day(on)));
                let missing: Vec<&String> =
                    told.iter().filter(|line| !found.contains(line)).collect();
                if !missing.is_empty() {
                    wrong.push(format!(
                        "{:?} on {on}\n  told  {missing:#?}\n  found {found:#?}",
                        case.name
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(names.len() >= 40, "{} cases", names.len());
}
