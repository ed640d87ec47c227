//! Audit: each planted damage is found, and told for what it is.

use std::fs;
use std::path::PathBuf;

use super::clock::Clock;
use super::pki::Pki;
use super::sign::{copy_of, office_and_pki, sign, signed, trust};
use super::support::{AGREEMENT, Issue, Office, Run, run};

const COPY: &str = "introduktion-1.0-c1499";

#[track_caller]
fn finds(office: &Office, code: i32, what: &str) -> Run {
    let found = office.run(&["audit", "--json"]);
    assert_eq!(found.code, code, "{found}");
    let told = found.json();
    let findings = told["findings"].as_array().unwrap();
    let is_there = findings.iter().any(|finding| finding["what"] == what);
    assert!(is_there, "no {what} in {found}");
    found
}

/// Returns a document of the copy's entry.
fn document(office: &Office, key: &str) -> PathBuf {
    let log = office.run(&["log", "--json"]).ok().json();
    let issued = log
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["body"]["copy"] == COPY);
    office.document(issued.unwrap()["body"][key].as_str().unwrap())
}

/// Unlinks a file, which is the fixture's too, and writes another in its place.
fn replace(file: &PathBuf, bytes: &[u8]) {
    fs::remove_file(file).unwrap();
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_whole_office_is_told_to_be_whole() {
    let office = Office::issued(Issue::Introduktion);
    office
        .run(&["audit"])
        .ok()
        .says("Allt är som det har förts in")
        .says("17 poster")
        .says("31 kontrollerade");
    Office::new().run(&["audit"]).ok().says("är tomt");
}

#[test]
fn damaged_documents_are_found() {
    let office = Office::issued(Issue::Introduktion);
    let file = document(&office, "base");
    let whole = fs::read(&file).unwrap();
    let mut changed = whole.clone();
    changed[1000] ^= 1;
    replace(&file, &changed);
    finds(&office, 1, "document_changed");
    office
        .run(&["audit"])
        .says("är ändrad (exemplaret så som det utfärdades i post");
    fs::remove_file(&file).unwrap();
    finds(&office, 1, "document_missing");
    fs::write(&file, &whole).unwrap();
    office.run(&["audit"]).ok();
    // What nobody names is told, and is no damage.
    let digest = super::support::sha256(b"left over");
    let left = office.document(&digest);
    fs::create_dir_all(left.parent().unwrap()).unwrap();
    fs::write(left, "left over").unwrap();
    finds(&office, 0, "leftover");
}

#[test]
fn a_changed_register_is_found() {
    for statement in [
        // An entry, with and without its leaf.
        "UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), 'introduktion', 'Introduktion') AS BLOB) WHERE seq = 5",
        "UPDATE entry SET leaf = zeroblob(32) WHERE seq = 5",
        "UPDATE node SET hashes = zeroblob(length(hashes)) WHERE seq = 7",
        "DELETE FROM entry WHERE seq = 5",
        "DELETE FROM entry WHERE seq = 16",
        "UPDATE checkpoint SET note = replace(note, '17', '16')",
    ] {
        let office = Office::issued(Issue::Introduktion);
        office.sql(statement);
        let found = finds(&office, 1, "register");
        assert!(!found.out.contains("panicked"), "{statement}: {found}");
        office
            .run(&["audit"])
            .says("fel: något är inte det som har förts in");
    }
}

#[test]
fn a_changed_index_is_found() {
    let office = Office::issued(Issue::Introduktion);
    office.sql("UPDATE copy_index SET seats = 9 WHERE copy = 'introduktion-1.0-c1499'");
    finds(&office, 1, "index");
    office.run(&["audit"]).says("Hjälptabellen copy_index");

    let office = Office::issued(Issue::Introduktion);
    office.run(&["status"]).ok();
    office.run(&["audit"]).ok();
    office.sql("UPDATE summary_index SET text = '[]'");
    finds(&office, 1, "index");
    office.run(&["audit"]).says("Hjälptabellen summary_index");
}

/// Signs 1443's copy elsewhere and returns the file.
fn received(office: &Office, pki: &Pki) -> PathBuf {
    let elsewhere = Office::issued(Issue::Bilateral);
    trust(&elsewhere, pki);
    let file = copy_of(&elsewhere, Issue::Bilateral, "1443");
    signed(sign(&elsewhere, pki, "1443-chair", "s001"), &file, "B-LT");
    let back = office.beside("back.pdf");
    fs::copy(file, &back).unwrap();
    back
}

#[test]
fn verdicts_are_reached_again() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let back = received(&office, &pki);
    let run = office.run(&["receive", back.to_str().unwrap(), "--json"]);
    assert!(run.out.contains("entered"), "{run}");
    let told = office.run(&["audit", "--json"]).json();
    assert_eq!(told["judged"], 1, "{told}");
    assert_eq!(told["findings"], serde_json::json!([]), "{told}");

    // An anchor that is trusted no more is a warning, and the verdict says why.
    let trusted = office.path("signatories/trust");
    fs::rename(&trusted, office.beside("trust")).unwrap();
    let found = finds(&office, 0, "verdict");
    assert!(found.out.contains("\"is_integrity\": false"), "{found}");
    office.run(&["audit"]).ok().says("bedöms nu annorlunda");
    fs::rename(office.beside("trust"), &trusted).unwrap();
    office.run(&["audit"]).ok();
}

#[test]
fn one_thing_is_told_as_one() {
    let office = Office::new();
    let Some(clock) = Clock::new(office.root().parent().unwrap()) else {
        return;
    };
    for (time, party) in [("2024-03-05 09:00", "1440"), ("2024-03-04 09:00", "1441")] {
        clock.set(time);
        let decline = ["decline", party, "--agreement", AGREEMENT];
        let letter = ["--dated", "2024-03-01", "--reason", "Vi har en egen"];
        let mut command = office.command(&[&decline[..], &letter].concat());
        clock.rule(&mut command);
        // The second time it warns of the clock.
        let declined = run(command);
        assert_eq!(declined.code, 0, "{declined}");
    }
    let mut command = office.command(&["audit"]);
    clock.rule(&mut command);
    run(command)
        .says("1 sak bör någon se på.")
        .says("Klockan har gått bakåt 1 gång, först vid post 2;");
}
