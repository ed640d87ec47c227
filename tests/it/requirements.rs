//! tests/requirements.csv names, for each requirement on the tool, the tests that show it. Each of them exists.

use std::collections::BTreeSet;
use std::fs;

use super::support::{files_below, repository};

/// Returns the tests of the repository as `folder or file::name`.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for root in ["src", "tests/it"] {
        let folder = repository().join(root);
        for file in files_below(&folder) {
            if !file.ends_with(".rs") {
                continue;
            }
            // A unit test is named by its engine, the folder under src/; others by their module.
            let group = file.split('/').next().unwrap().trim_end_matches(".rs");
            let text = fs::read_to_string(folder.join(&file)).unwrap();
            let mut lines = text.lines().map(str::trim);
            while let Some(line) = lines.next() {
                if line != "#[test]" && !line.starts_with("fn ") {
                    continue;
                }
                let name = line
                    .strip_prefix("fn ")
                    .map_or_else(|| lines.find_map(|line| line.strip_prefix("fn ")), Some);
                let name = name.and_then(|name| name.split(['(', '<']).next());
                found.extend(name.map(|name| format!("{group}::{name}")));
            }
        }
    }
    found
}

#[test]
fn each_requirement_names_tests_that_exist() {
    let tests = tests();
    let text = fs::read(repository().join("tests/requirements.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(text.as_slice());
    let mut ids = Vec::new();
    for row in rows.records() {
        let row = row.unwrap();
        let (id, shown) = (row[0].to_owned(), &row[2]);
        for test in shown.split(' ') {
            assert!(tests.contains(test), "{id}: there is no test {test}");
        }
        ids.push(id);
    }
    let wanted: Vec<String> = (1..=35).map(|number| format!("R{number:02}")).collect();
    assert_eq!(ids, wanted);
}
