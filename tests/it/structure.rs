//! What is inside a copy, as text: a change of pages, fields, fonts or tags shows in the diff.

use std::fs;

use super::support::{Issue, Office, repository};

fn snapshot(issue: Issue, name: &str) {
    let office = Office::issued(issue);
    let file = office.pdfs(issue).remove(0);
    let described = sigill::pdf::describe(&fs::read(file).unwrap()).unwrap();
    insta::with_settings!({
        snapshot_path => repository().join("tests/golden"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, described);
    });
}

#[test]
fn a_bilateral_copy() {
    snapshot(Issue::Bilateral, "bilateral_copy");
}

#[test]
fn a_counterpart_of_the_second_agreement() {
    snapshot(Issue::Introduktion, "introduktion_copy");
}
