//! Erase: personal data goes, the register stands, and what proves the agreement stays.

use serde_json::Value;

use super::support::{Issue, Office};

const COPY: &str = "introduktion-1.0-c1499";
const GROUND: [&str; 2] = [
    "--ground",
    "Gallras enligt dokumenthanteringsplanen, punkt 4.2",
];

/// Voids a copy and returns the entry's place and the commitment to the reason.
fn voided(office: &Office) -> (String, String) {
    let reason = "Namn på en person";
    office
        .run(&["void", "introduktion", "--copy", COPY, "--reason", reason])
        .ok();
    let entry = office.check_log().pop().unwrap();
    let commitment = entry["body"]["reason"]["commitment"].as_str().unwrap();
    (entry["seq"].to_string(), commitment.to_owned())
}

fn erase(office: &Office, what: &[&str]) -> super::support::Run {
    let mut arguments = vec!["erase"];
    arguments.extend(what);
    arguments.extend(GROUND);
    office.run(&arguments)
}

#[test]
fn words_are_erased_and_everything_else_verifies() {
    let office = Office::issued(Issue::Introduktion);
    let (seq, commitment) = voided(&office);
    let before = office.beside("before.zip");
    let before = before.to_str().unwrap();
    office.run(&["backup", before]).ok();
    erase(&office, &["--entry", &seq])
        .fails(2)
        .complains("no terminal");
    assert!(office.document(&commitment).is_file());
    erase(&office, &["--entry", &seq, "--key", "reason", "--yes"])
        .ok()
        .says("skälets ord i post")
        .says("1 handling är raderad")
        .says("säkerhetskopior");
    assert!(!office.document(&commitment).exists());
    office
        .run(&["log"])
        .ok()
        .says("skäl: raderat 20")
        .says("raderade 1 handling, grund: Gallras enligt");
    office.run(&["audit"]).ok().says("1 raderade");
    let lines: Value = office.run(&["log", "--json"]).ok().json();
    let erased = lines.as_array().unwrap().last().unwrap();
    assert_eq!(erased["kind"], "Erased");
    assert_eq!(erased["body"]["documents"][0], commitment.as_str());
    let copy = format!(
        "{}/makulerade/introduktion-1.0-c1499-falkoping.pdf",
        Issue::Introduktion.out()
    );
    office.run(&["verify", &copy]).says("skälet är raderat 20");
    erase(&office, &["--entry", &seq, "--yes"]).fails(2);
    erase(&office, &[&commitment, "--yes"])
        .fails(4)
        .complains("was erased on");
    // One made before brings it back, which is told.
    office
        .run(&["restore", before, "--reason", "Prov"])
        .ok()
        .says("1 raderade handlingar kom tillbaka")
        .says(&format!("sigill erase {commitment}"));
    assert!(office.document(&commitment).is_file());
    erase(&office, &[&commitment, "--yes"]).ok();
    // A backup made now does not hold it, and the restored register knows why.
    let backup = office.beside("backup.zip");
    let backup = backup.to_str().unwrap();
    office.run(&["backup", backup]).ok();
    office.run(&["restore", backup, "--reason", "Prov"]).ok();
    office.run(&["audit"]).ok();
}

#[test]
fn what_proves_the_agreement_is_not_erased() {
    let office = Office::issued(Issue::Introduktion);
    let log = office.check_log();
    let issued = log.iter().find(|entry| entry["kind"] == "Issued").unwrap();
    let published = log
        .iter()
        .find(|entry| entry["kind"] == "Published")
        .unwrap();
    for digest in [
        &issued["body"]["base"],
        &issued["body"]["data"],
        &published["body"]["bundle"],
    ] {
        let digest = digest.as_str().unwrap();
        erase(&office, &[digest, "--yes"])
            .fails(4)
            .complains("is not erased");
        assert!(office.document(digest).is_file());
    }
    let seq = issued["seq"].to_string();
    erase(&office, &["--entry", &seq, "--yes"])
        .fails(2)
        .complains("no document that may");
    erase(&office, &["--entry", &seq, "--key", "reason", "--yes"]).fails(2);
    erase(&office, &["--entry", "99", "--yes"])
        .fails(2)
        .complains("there is no entry 99");
    let unknown = "00".repeat(32);
    erase(&office, &[&unknown, "--yes"])
        .fails(2)
        .complains("no entry names");
    assert_eq!(office.check_log().len(), log.len());
}

/// A process that died after the entry and before the removal is mended by the next one that writes.
#[test]
fn a_removal_that_was_cut_off_is_finished() {
    let office = Office::issued(Issue::Introduktion);
    let (seq, commitment) = voided(&office);
    let words = std::fs::read(office.document(&commitment)).unwrap();
    erase(&office, &["--entry", &seq, "--yes"]).ok();
    let entry = office.run(&["log", "--json"]).ok().json();
    let place = entry.as_array().unwrap().last().unwrap()["seq"].clone();
    std::fs::write(office.document(&commitment), &words).unwrap();
    let found = office.run(&["audit"]);
    assert_eq!(found.code, 1, "{found}");
    found.says("införd som raderad, men finns kvar");
    let intent = format!("{{\"documents\":[\"{commitment}\"],\"seq\":{place}}}");
    office.write(".sigill/erasing.json", &intent);
    office
        .run(&[
            "void",
            "introduktion",
            "--form",
            "counterpart",
            "--reason",
            "Prov",
        ])
        .ok();
    assert!(!office.document(&commitment).exists());
    assert!(!office.path(".sigill/erasing.json").exists());
    office.run(&["audit"]).ok();
    // Noted, and the entry never made: nothing is removed.
    let log = office.run(&["log", "--json"]).ok().json();
    let last = log.as_array().unwrap().last().unwrap();
    let kept = last["body"]["reason"]["commitment"].as_str().unwrap();
    let next = log.as_array().unwrap().len();
    let intent = format!("{{\"documents\":[\"{kept}\"],\"seq\":{next}}}");
    office.write(".sigill/erasing.json", &intent);
    office.run(&["generate", "introduktion"]).ok();
    assert!(office.document(kept).is_file());
}

#[test]
fn what_a_decision_says_of_persons_is_erased_and_a_backup_stays_whole() {
    let office = Office::issued(Issue::Bilateral);
    office.write("utdrag.txt", "KS § 23\n");
    let decided = [
        &["decide", "1443", "--agreement", "familjecentral"][..],
        &["--body", "Kommunstyrelsen", "--met", "2024-02-05"],
        &[
            "--outcome",
            "condition",
            "--condition",
            "Om kostnaden delas",
        ],
        &["--dissent", "Prov Provsson (X) reserverar sig"],
        &["--extract", "utdrag.txt"],
    ];
    office.run(&decided.concat()).ok();
    let seq = office.check_log().pop().unwrap()["seq"].to_string();
    erase(&office, &["--entry", &seq, "--key", "words", "--yes"])
        .fails(2)
        .complains("it has: condition, dissent");
    erase(&office, &["--entry", &seq, "--key", "dissent", "--yes"])
        .ok()
        .says("reservationens ord i post");
    erase(&office, &["--entry", &seq, "--yes"])
        .ok()
        .says("protokollsutdrag i post")
        .says("2 handlingar är raderade");
    office
        .run(&["log", "--party", "1443"])
        .ok()
        .says("villkor: raderat 20")
        .says("reservation: raderat 20");
    office
        .run(&["status", "familjecentral", "--why", "1443"])
        .says("villkor: raderat 20");
    office.run(&["audit"]).ok().says("3 raderade");
    let backup = office.beside("backup.zip");
    let backup = backup.to_str().unwrap();
    office.run(&["backup", backup]).ok();
    office.run(&["restore", backup, "--reason", "Prov"]).ok();
    office.run(&["audit"]).ok().says("3 raderade");
    office.check_log();
}
