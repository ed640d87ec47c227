//! Every journey as a person meets it: the program is run in an office of its own, and what it wrote
//! is judged from outside.
//!
//! One test binary, one module per journey. `support` makes offices, runs the program and finds the
//! outside judges.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests read and write files, run programs and fail loudly"
)]

mod attacks_lawful;
mod bad_input;
mod bombs;
mod concurrent;
mod fuzzing;
mod generate;
mod heads;
mod help;
mod hostile;
mod judged;
mod judging;
mod office;
mod pages;
mod pki;
mod receive;
mod refused;
mod refused_outside;
mod refused_requests;
mod sign;
mod sign_appearance;
mod sign_archival;
mod sign_extend;
mod sign_seal;
mod sign_service;
mod structure;
mod support;
mod texts;
mod tidy;
mod verify;

/// A module file that is not listed above would never be compiled, and its tests never run.
#[test]
fn no_module_is_forgotten() {
    let listed = include_str!("main.rs");
    let mut forgotten = Vec::new();
    for entry in std::fs::read_dir(support::repository().join("tests/it")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.strip_suffix(".rs").unwrap_or(&name);
        let is_listed = listed.lines().any(|line| line == format!("mod {module};"));
        if module != "main" && !is_listed {
            forgotten.push(name);
        }
    }
    assert!(
        forgotten.is_empty(),
        "list in tests/it/main.rs: {forgotten:?}"
    );
}
