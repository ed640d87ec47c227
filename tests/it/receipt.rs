//! Receipts: what is handed out proves itself with nothing but the register's public key.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::support::{Issue, Office, Run, python_judge, run, scratch, sigill};

const COPY: &str = "introduktion-1.0-c1499";

/// Returns the path of a copy's file, and its receipt's.
fn files(office: &Office) -> (PathBuf, PathBuf) {
    let mut pdfs = office.pdfs(Issue::Introduktion).into_iter();
    let pdf = pdfs
        .find(|pdf| pdf.to_string_lossy().contains(COPY))
        .unwrap();
    let receipt = PathBuf::from(format!("{}.tlog-proof", pdf.display()));
    (pdf, receipt)
}

/// Copies what a party is handed into an empty folder: file, receipt, key.
fn handed_out(office: &Office) -> (TempDir, PathBuf) {
    office.run(&["receipt", COPY]).ok();
    let (pdf, receipt) = files(office);
    let folder = scratch();
    let path = folder.path().join("mottaget");
    fs::create_dir(&path).unwrap();
    fs::copy(pdf, path.join("avtal.pdf")).unwrap();
    fs::copy(receipt, path.join("kvitto")).unwrap();
    let key = office.run(&["receipt", "key"]).ok().out;
    fs::write(path.join("nyckel"), key).unwrap();
    (folder, path)
}

fn check(folder: &Path, more: &[&str]) -> Run {
    let mut arguments = vec!["receipt", "check", "kvitto", "avtal.pdf", "--key", "nyckel"];
    arguments.extend(more);
    let mut command: Command = sigill(&arguments);
    command.current_dir(folder);
    run(command)
}

#[test]
fn a_receipt_proves_itself_in_an_empty_folder() {
    let office = Office::issued(Issue::Introduktion);
    office
        .run(&["receipt", COPY])
        .ok()
        .says(COPY)
        .says("inte bestyrkt av vittnen");
    let (_folder, path) = handed_out(&office);
    check(&path, &[])
        .ok()
        .says("utfärdade introduktion-1.0-c1499")
        .says("är exakt den som posten nämner");
    let found = check(&path, &["--json"]).ok().json();
    let proof = &found["proof"]["Ok"];
    assert_eq!(proof["file"]["is"], "exact");
    assert_eq!(proof["entries"], 17);
    assert_eq!(proof["entry"]["body"]["copy"], COPY);

    // By another implementation.
    let Some(mut judge) = python_judge("receipts.py") else {
        return;
    };
    judge
        .args(["receipt", "nyckel", "kvitto"])
        .current_dir(&path);
    let told = run(judge).ok().json();
    assert_eq!(told["entry"], proof["entry"]);
    assert_eq!(told["size"], 17);
}

#[test]
fn every_changed_line_is_noticed() {
    let office = Office::issued(Issue::Introduktion);
    let (_folder, path) = handed_out(&office);
    let text = fs::read_to_string(path.join("kvitto")).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    assert!(lines.len() > 9, "{text}");
    for place in 0..lines.len() {
        for change in [0, 1, 2] {
            let mut changed: Vec<String> = lines.iter().map(ToString::to_string).collect();
            match change {
                0 => drop(changed.remove(place)),
                1 => changed.insert(place, changed[place].clone()),
                _ => {
                    let line = &changed[place];
                    let at = line.len() / 2;
                    let Some(letter) = line.get(at..at + 1).filter(|it| *it != "\n") else {
                        continue;
                    };
                    let other = if letter == "A" { "B" } else { "A" };
                    changed[place].replace_range(at..at + 1, other);
                }
            }
            // A signature may stand in a note twice; it says the same.
            let is_signature = place + 1 == lines.len() && change == 1;
            // Two empty lines are one another's copy.
            if changed.concat() == text || is_signature {
                continue;
            }
            fs::write(path.join("kvitto"), changed.concat()).unwrap();
            let answer = check(&path, &[]);
            assert_eq!(answer.code, 1, "line {place}, change {change}: {answer}");
            assert!(answer.out.contains("kvittot  "), "{answer}");
        }
    }
    fs::write(path.join("kvitto"), "").unwrap();
    assert_eq!(check(&path, &[]).code, 1);
    fs::write(path.join("kvitto"), [0xFF, 0xFE, 0]).unwrap();
    assert_eq!(check(&path, &[]).code, 1);
}

#[test]
fn other_files_keys_and_registers_are_told_apart() {
    let office = Office::issued(Issue::Introduktion);
    let (_folder, path) = handed_out(&office);
    // Something was added after what the entry names.
    let mut bytes = fs::read(path.join("avtal.pdf")).unwrap();
    bytes.extend_from_slice(b"% more\n");
    fs::write(path.join("avtal.pdf"), &bytes).unwrap();
    let answer = check(&path, &[]);
    assert_eq!(answer.code, 1, "{answer}");
    answer.says("börjar med den som posten nämner");
    bytes[100] ^= 1;
    fs::write(path.join("avtal.pdf"), &bytes).unwrap();
    let answer = check(&path, &[]);
    assert_eq!(answer.code, 1, "{answer}");
    answer.says("är en annan än den som posten nämner");

    // Another register.
    let other = Office::issued(Issue::Joint);
    let key = other.run(&["receipt", "key"]).ok().out;
    fs::write(path.join("nyckel"), key).unwrap();
    let answer = check(&path, &[]);
    assert_eq!(answer.code, 1, "{answer}");
    answer.says("från ett annat register");

    // What keeps from looking is 2.
    fs::write(path.join("nyckel"), "no key\n").unwrap();
    check(&path, &[]).fails(2).complains("nyckel");
    let mut command = sigill(&["receipt", "check", "kvitto", "avtal.pdf"]);
    command.current_dir(&path);
    run(command).fails(2).complains("whose receipt");
    fs::remove_file(path.join("kvitto")).unwrap();
    let key = office.run(&["receipt", "key"]).ok().out;
    fs::write(path.join("nyckel"), key).unwrap();
    check(&path, &[]).fails(2);
}

#[test]
fn any_entry_and_all_copies_have_receipts() {
    let office = Office::issued(Issue::Introduktion);
    let made = office
        .run(&["receipt", "--all", "introduktion", "--json"])
        .ok()
        .json();
    assert_eq!(made.as_array().unwrap().len(), 15);
    let out = office.beside("post.tlog-proof");
    let out = out.to_str().unwrap();
    office.run(&["receipt", "--entry", "0", "--out", out]).ok();
    office
        .run(&["receipt", "check", out])
        .ok()
        .says("öppnade registret")
        .says("ingen fil jämfördes");
    office.run(&["receipt", "--entry", "1"]).ok();
    assert!(office.path("out/kvitton/post-1.tlog-proof").is_file());
    office
        .run(&["receipt", "--entry", "17"])
        .fails(2)
        .complains("the register has 17");
    office.run(&["receipt", "introduktion-1.0-c9999"]).fails(4);
    office
        .run(&["receipt", "--all", "introduktion", "--out", out])
        .fails(2);
    office.run(&["receipt"]).complains("required");
    let empty = Office::new();
    empty.run(&["receipt", "--entry", "0"]).fails(4);
    empty.run(&["receipt", "key"]).fails(4);
    let first: Value = office.check_log().remove(0);
    let key = office.run(&["receipt", "key", "--json"]).ok().json();
    assert_eq!(first["body"]["public_key"], key["key"]);
}
