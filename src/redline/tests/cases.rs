//! The cases in tests/cases/redline: what a lawyer would mark.

use include_dir::{Dir, include_dir};

use super::*;

static CASES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tests/cases/redline");

/// Returns the redline of each case with its name.
pub(super) fn redlines() -> Vec<(String, Redline)> {
    let all = CASES.dirs().map(|case| {
        let name = case.path().display().to_string();
        let file = |file: &str| {
            let file = CASES.get_file(format!("{name}/{file}"));
            file.unwrap().contents_utf8().unwrap()
        };
        let redline = redline_of(file("old.typ"), file("new.typ"));
        (name, redline)
    });
    all.collect()
}

#[test]
fn each_case_reads_as_expected() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in CASES.dirs() {
        let name = case.path().display().to_string();
        let file = |file: &str| {
            let file = CASES.get_file(format!("{name}/{file}"));
            file.and_then(|file| file.contents_utf8())
                .unwrap_or_else(|| panic!("{name} lacks a file"))
        };
        let found = notation(&redline_of(file("old.typ"), file("new.typ")));
        if found != file("expected.txt") {
            wrong.push(format!(
                "{name}\nexpected\n{}found\n{found}",
                file("expected.txt")
            ));
        }
        count += 1;
    }
    assert!(count >= 22, "only {count} cases were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
