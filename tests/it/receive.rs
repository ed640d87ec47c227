//! Receive and confirm: what came back is judged and entered, and counts only as the verdict says.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::pki::Pki;
use super::sign::{
    check_sums, copy_of, office_and_pki, office_that_knows_nobody, record_seat, sign, signed,
    trust, with,
};
use super::support::{AGREEMENT, Issue, Office, run, sha256};

pub(crate) const COPY: &str = "familjecentral-1.0-b1443";
pub(crate) const SEAT: &str = "1443-chair";

/// An office, another with the same copies where others sign, and the PKI that both trust.
pub(crate) fn two_offices() -> Option<(Office, Office, Pki)> {
    let (office, pki) = office_that_knows_nobody(Issue::Bilateral)?;
    let elsewhere = Office::issued(Issue::Bilateral);
    trust(&elsewhere, &pki);
    Some((office, elsewhere, pki))
}

/// Signs 1443's copy elsewhere, with evidence, and returns the file under a name of its own.
pub(crate) fn signed_elsewhere(elsewhere: &Office, pki: &Pki, seat: &str, signer: &str) -> PathBuf {
    let file = copy_of(elsewhere, Issue::Bilateral, "1443");
    signed(sign(elsewhere, pki, seat, signer), &file, "B-LT");
    let back = elsewhere.beside(&format!("{seat}.pdf"));
    fs::copy(file, &back).unwrap();
    back
}

/// Receives a path and returns the lines of its files.
#[track_caller]
pub(crate) fn receive(office: &Office, path: &Path, code: i32, more: &[&str]) -> Vec<Value> {
    let mut arguments = vec!["receive", "--json", path.to_str().unwrap()];
    arguments.extend(more);
    let run = office.run(&arguments);
    assert_eq!(run.code, code, "{run}");
    run.json()["files"].as_array().unwrap().clone()
}

/// Lets the party's file name a person as the role's holder.
fn name_person(office: &Office, pki: &Pki, title: &str, signer: &str) {
    let file = office.party_file("1443");
    let person = pki.person(signer);
    let with_name = format!("title = \"{title}\"\nname = \"{person}\"");
    office.edit(&file, &format!("title = \"{title}\""), &with_name);
}

pub(crate) fn pin(office: &Office, pki: &Pki, role: &str, signer: &str) {
    let pem = pki.path(&format!("{signer}.pem"));
    let arguments = ["parties", "pin", "1443", role, "--certificate"];
    let mut command = office.command(&arguments);
    command.arg(pem);
    run(command).ok();
}

#[test]
fn a_pinned_persons_signature_counts_and_its_file_is_the_next_head() {
    let Some((office, elsewhere, pki)) = two_offices() else {
        return;
    };
    let file = signed_elsewhere(&elsewhere, &pki, SEAT, "s001");
    pin(&office, &pki, "chair", "s001");
    let dry = receive(&office, &file, 0, &["--dry-run"]);
    assert_eq!(dry[0]["outcome"]["what"], "would_enter");
    let before = office.check_log().len();
    let lines = receive(&office, &file, 0, &[]);
    assert_eq!(lines[0]["outcome"]["what"], "entered", "{lines:?}");
    assert_eq!(lines[0]["copy"], COPY);
    assert_eq!(lines[0]["place"], "newer");
    assert_eq!(lines[0]["seats"][0]["standing"], "counts");
    let log = office.check_log();
    assert_eq!(log.len(), before + 1);
    let entry = log.last().unwrap();
    assert_eq!(entry["kind"], "Received");
    let bytes = fs::read(&file).unwrap();
    assert_eq!(entry["body"]["file"], sha256(&bytes));
    assert_eq!(entry["body"]["follows"], log_base(&log));
    let verdict = fs::read(office.document(entry["body"]["verdict"].as_str().unwrap())).unwrap();
    let verdict: Value = serde_json::from_slice(&verdict).unwrap();
    assert_eq!(verdict["format"], "sigill-verdict-1");

    // What lies in out/ is the new head, and the next one signs that.
    let own = copy_of(&office, Issue::Bilateral, "1443");
    assert_eq!(fs::read(&own).unwrap(), bytes);
    check_sums(&office.path(Issue::Bilateral.out()));
    let status = office.run(&["status", AGREEMENT, "--json"]).ok().json();
    assert_eq!(status[0]["totals"]["signed"], 1);
    signed(sign(&office, &pki, "14-chair", "s002"), &own, "B-T");
    assert!(fs::read(&own).unwrap().starts_with(&bytes));

    // The same file twice is no second entry.
    let count = office.check_log().len();
    let again = receive(&office, &file, 1, &[]);
    assert_eq!(again[0]["outcome"]["what"], "known_before");
    assert_eq!(
        again[0]["verdict"]["identity"]["answer"],
        "older_than_known"
    );
    assert_eq!(office.check_log().len(), count);
}

/// Returns the digest of the copy's base revision.
fn log_base(log: &[Value]) -> Value {
    let issued = log
        .iter()
        .find(|entry| entry["kind"] == "Issued" && entry["body"]["copy"] == COPY);
    issued.unwrap()["body"]["base"].clone()
}

#[test]
fn a_name_alone_waits_for_an_officers_word_which_can_be_taken_back() {
    let Some((office, elsewhere, pki)) = two_offices() else {
        return;
    };
    let file = signed_elsewhere(&elsewhere, &pki, SEAT, "s001");
    name_person(&office, &pki, "Kommunstyrelsens ordförande", "s001");
    let lines = receive(&office, &file, 1, &[]);
    assert_eq!(lines[0]["seats"][0]["standing"], "to_confirm", "{lines:?}");
    let signed_seats = || {
        let status = office.run(&["status", AGREEMENT, "--json"]).ok().json();
        status[0]["totals"]["signed"].as_u64().unwrap()
    };
    let own = copy_of(&office, Issue::Bilateral, "1443");
    assert_eq!(signed_seats(), 0);
    assert_ne!(fs::read(&own).unwrap(), fs::read(&file).unwrap());

    let ground = ["--ground", "Ringde upp kommunens växel"];
    let confirm = |more: &[&str]| {
        let mut arguments = vec!["confirm", COPY, SEAT];
        arguments.extend(ground);
        arguments.extend(more);
        office.run(&arguments)
    };
    confirm(&[]).fails(2).complains("no terminal");
    let other = sha256(b"another");
    confirm(&["--yes", "--certificate", &other]).fails(4);
    confirm(&["--yes", "--as", "director"]).fails(2);
    let done = confirm(&["--yes"]).ok();
    assert!(done.out.contains(&pki.person("s001")), "{done}");
    assert!(done.out.contains(&pki.certificate_digest("s001")), "{done}");
    assert_eq!(signed_seats(), 1);
    assert_eq!(fs::read(&own).unwrap(), fs::read(&file).unwrap());
    confirm(&["--yes"]).fails(4).complains("nothing to confirm");
    let log = office.run(&["log"]).ok();
    assert!(log.out.contains("Ringde upp kommunens växel"), "{log}");
    let entry = office.check_log().pop().unwrap();
    assert!(!entry.to_string().contains("Ringde"), "words can be erased");

    confirm(&["--withdraw"]).ok();
    assert_eq!(signed_seats(), 0);
    confirm(&["--withdraw"]).fails(4);
    let kinds = office.kinds();
    assert_eq!((kinds["Confirmed"], kinds["Withdrawn"]), (1, 1));
}

#[test]
fn a_strangers_signature_does_not_count_and_moves_no_head() {
    let Some((office, elsewhere, pki)) = two_offices() else {
        return;
    };
    let file = signed_elsewhere(&elsewhere, &pki, SEAT, "s001");
    // The person has another certificate, and may sign in another seat.
    pin(&office, &pki, "chair", "s002");
    pin(&office, &pki, "director", "s001");
    let lines = receive(&office, &file, 1, &[]);
    let standing = &lines[0]["seats"][0]["standing"];
    assert_ne!(*standing, "counts", "{lines:?}");
    let status = office.run(&["status", AGREEMENT, "--json"]).ok().json();
    assert_eq!(status[0]["totals"]["signed"], 0);

    // Without a trust store nothing is known, and nothing can be confirmed.
    let untrusting = Office::issued(Issue::Bilateral);
    let lines = receive(&untrusting, &file, 1, &[]);
    assert_eq!(lines[0]["seats"][0]["standing"], "refused");
    let arguments = ["confirm", COPY, SEAT, "--ground", "x", "--yes"];
    untrusting.run(&arguments).fails(4).complains("not trusted");
}

#[test]
fn bad_files_are_told_and_do_not_stop_the_others() {
    let Some((office, elsewhere, pki)) = two_offices() else {
        return;
    };
    let good = signed_elsewhere(&elsewhere, &pki, SEAT, "s001");
    let folder = office.beside("inkommet");
    fs::create_dir_all(folder.join("djupare")).unwrap();
    let bytes = fs::read(&good).unwrap();
    let mut changed = bytes.clone();
    let middle = changed.len() / 3;
    changed[middle] ^= 1;
    fs::write(folder.join("a.pdf"), changed).unwrap();
    fs::write(folder.join("b.pdf"), b"no PDF").unwrap();
    fs::write(folder.join("c.zip"), b"no zip").unwrap();
    fs::write(folder.join("d.txt"), b"a note").unwrap();
    fs::write(folder.join("djupare/e.pdf"), &bytes).unwrap();
    let before = office.check_log().len();
    let lines = receive(&office, &folder, 2, &[]);
    let what: Vec<&str> = lines
        .iter()
        .map(|line| line["outcome"]["what"].as_str().unwrap())
        .collect();
    assert_eq!(
        what,
        ["not_kept", "no_pdf", "unreadable", "entered"],
        "{lines:?}"
    );
    assert_eq!(office.check_log().len(), before + 1);
    let lines = receive(&office, &folder.join("a.pdf"), 1, &["--keep-bad"]);
    assert_eq!(lines[0]["place"], "foreign");
    let entry = office.check_log().pop().unwrap();
    assert_eq!(entry["body"]["copy"], Value::Null);
    assert_eq!(entry["body"]["seats"], serde_json::json!([]));
}

#[test]
fn a_zip_is_received_file_by_file() {
    let Some((office, elsewhere, pki)) = two_offices() else {
        return;
    };
    signed_elsewhere(&elsewhere, &pki, SEAT, "s001");
    let arguments = ["send", AGREEMENT, "--party", "1443", "--zip", "--out"];
    let mut command = elsewhere.command(&arguments);
    command.arg(elsewhere.beside("sent"));
    run(command).ok();
    let zip = elsewhere
        .beside("sent")
        .join(format!("{AGREEMENT}-1.0-utskick/1443.zip"));
    pin(&office, &pki, "chair", "s001");
    let lines = receive(&office, &zip, 1, &[]);
    let entered: Vec<&Value> = lines
        .iter()
        .filter(|line| line["outcome"]["what"] == "entered")
        .collect();
    assert_eq!(entered.len(), 1, "the guide is no copy: {lines:?}");
    let entry = office.check_log().pop().unwrap();
    assert_eq!(entry["body"]["arrival"], "zip");
}

#[test]
fn both_branches_of_a_fork_count() {
    let Some((office, elsewhere, pki)) = two_offices() else {
        return;
    };
    let branch = signed_elsewhere(&elsewhere, &pki, SEAT, "s001");
    record_seat(&office, &pki, "14-chair", "s002");
    let own = copy_of(&office, Issue::Bilateral, "1443");
    signed(sign(&office, &pki, "14-chair", "s002"), &own, "B-T");
    let main = fs::read(&own).unwrap();
    pin(&office, &pki, "chair", "s001");
    let lines = receive(&office, &branch, 0, &[]);
    assert_eq!(lines[0]["place"], "fork", "{lines:?}");
    let status = office.run(&["status", AGREEMENT, "--json"]).ok().json();
    assert_eq!(status[0]["totals"]["signed"], 2);
    assert_eq!(fs::read(&own).unwrap(), main, "what is signed next stays");
    with(sign(&office, &pki, "14-director", "rsa3072"), [&own]).ok();
    assert!(fs::read(&own).unwrap().starts_with(&main));
}

#[test]
fn a_personal_identifier_is_pinned_without_being_kept() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let pinned = |number: &str| {
        let mut command =
            office.command(&["parties", "pin", "1443", "chair", "--identifier-env", "PNR"]);
        command.env("PNR", number);
        run(command)
    };
    pinned("191212121213").fails(2);
    let done = pinned("19121212-1212").ok();
    let file = office.party_file("1443");
    let text = office.text(&file);
    assert!(text.contains("identifier = \""), "{text}");
    assert!(text.contains("# Persons by role."), "comments stay");
    for told in [&text, &done.out, &done.err] {
        assert!(!told.contains("19121212"), "{told}");
    }
    office.run(&["parties", "check"]).ok();
    // The number itself is refused, and not repeated.
    let hash = text
        .lines()
        .find(|line| line.starts_with("identifier"))
        .unwrap();
    office.edit(&file, hash, "identifier = \"191212121212\"");
    let refused = office.run(&["parties", "check"]).fails(3);
    assert!(!refused.err.contains("191212121212"), "{refused}");
    drop(pki);
}

#[test]
fn a_scan_is_pointed_to_the_registration_of_paper() {
    let office = Office::issued(Issue::Bilateral);
    let scan = office.beside("skannat.pdf");
    fs::write(&scan, scanned()).unwrap();
    let run = office.run(&["receive", scan.to_str().unwrap()]);
    assert_eq!(run.code, 1, "{run}");
    assert!(run.out.contains("inskannad pappersutskrift"), "{run}");
    assert_eq!(office.kinds().get("Received"), None);
}

/// A page that is one picture.
fn scanned() -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>".to_owned(),
        "<</Length 24>>\nstream\nq 9 0 0 9 0 0 cm /I Do Q\nendstream".to_owned(),
        "<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>\nstream\nA\nendstream".to_owned(),
    ];
    let mut bytes = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).bytes());
    }
    let start = bytes.len();
    bytes.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for offset in offsets {
        bytes.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    let size = objects.len() + 1;
    let trailer = format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    bytes.extend(trailer.bytes());
    bytes
}
