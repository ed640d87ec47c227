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

mod accord;
mod attacks_lawful;
mod audit;
mod authorise;
mod bad_input;
mod bombs;
mod bound;
mod change;
mod clock;
mod concurrent;
mod consult;
mod correct;
mod crowd;
mod days_off;
mod decide;
mod decline;
mod erase;
mod evidence;
mod extract_text;
mod fuzzing;
mod generate;
mod heads;
mod help;
mod hostile;
mod ink;
mod judged;
mod judging;
mod kept;
mod letter;
mod life;
mod notice;
mod office;
mod pages;
mod pins;
mod pki;
mod receipt;
mod receive;
mod recommend;
mod redact;
mod redline;
mod refused;
mod refused_outside;
mod refused_requests;
mod requirements;
mod retract;
mod revise;
mod rewritten;
mod settle;
mod sign;
mod sign_appearance;
mod sign_archival;
mod sign_extend;
mod sign_seal;
mod sign_service;
mod stage;
mod status;
mod story;
mod structure;
mod support;
mod survive;
mod term;
mod texts;
mod tidy;
mod verify;
mod witness;

/// A module file that is not listed above would never be compiled, and its tests never run.
#[test]
fn no_module_is_forgotten() {
    let listed = include_str!("main.rs");
    let mut forgotten = Vec::new();
    for entry in std::fs::read_dir(support::repository().join("tests/it")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(module) = name.strip_suffix(".rs") else {
            continue;
        };
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
