//! Sign: each level with each key, each form, 50 parties on one text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::judging::{
    check_approvals, check_revisions, check_signatures, check_signatures_with, check_syntax,
    check_tokens, signed_fields,
};
use super::pki::{PASSPHRASE, Pki, Token};
use super::support::{AGREEMENT, Issue, Office, Run, names_in, run};

/// The levels of ETSI EN 319 142-1, lowest first.
pub(crate) const LEVELS: [&str; 4] = ["B-B", "B-T", "B-LT", "B-LTA"];

/// Returns an office that trusts the test PKI, with copies issued; `None` if there is no PKI.
pub(crate) fn office_and_pki(issue: Issue) -> Option<(Office, Pki)> {
    let pki = Pki::start()?;
    let office = Office::issued(issue);
    trust(&office, &pki);
    Some((office, pki))
}

/// As [`office_and_pki`], where nobody is recorded as a person who may sign.
pub(crate) fn office_that_knows_nobody(issue: Issue) -> Option<(Office, Pki)> {
    let pki = Pki::start()?;
    let office = Office::issued(issue);
    trust_alone(&office, &pki);
    Some((office, pki))
}

/// Lets an office trust the test PKI, ask its time-stamping authority, and know the usual signers as
/// persons who may sign in every seat.
pub(crate) fn trust(office: &Office, pki: &Pki) {
    trust_alone(office, pki);
    for file in names_in(&office.path("signatories")) {
        if let Some((code, _)) = file.split_once('-').filter(|_| file.ends_with(".toml")) {
            record(office, pki, code, None, &USUAL);
        }
    }
}

/// Pins signers' certificates to the persons in a party's file who have a role, or to all of them.
pub(crate) fn record(office: &Office, pki: &Pki, code: &str, role: Option<&str>, who: &[&str]) {
    let pins: Vec<String> = who.iter().map(|it| pki.certificate_digest(it)).collect();
    let file = office.party_file(code);
    let text = office.text(&file);
    let mut parts = text.split("[[signatories]]\n");
    let mut pinned = parts.next().unwrap().to_owned();
    for person in parts {
        let own = role.map(|role| format!("role = \"{role}\"\n"));
        let (old, rest) = match person.strip_prefix("certificates = ") {
            Some(rest) => rest.split_once('\n').unwrap(),
            None => ("[]", person),
        };
        let mut all: Vec<String> = serde_json::from_str(old).unwrap();
        if own.is_none_or(|own| rest.starts_with(&own)) {
            all.extend(pins.iter().cloned());
        }
        pinned.push_str(&format!("[[signatories]]\ncertificates = {all:?}\n{rest}"));
    }
    office.write(&file, pinned);
}

/// Pins a signer's certificate to whoever has the role of a seat.
pub(crate) fn record_seat(office: &Office, pki: &Pki, seat: &str, signer: &str) {
    let (code, role) = seat.split_once('-').unwrap();
    record(office, pki, code, Some(role), &[signer]);
}

/// The signers that most tests sign with, in any seat.
const USUAL: [&str; 18] = [
    "s001",
    "s002",
    "s003",
    "s004",
    "s005",
    "s006",
    "s007",
    "s008",
    "s009",
    "s010",
    "ec384",
    "rsa3072",
    "rsa4096",
    "crl-only",
    "evidence-down",
    "no-revocation",
    "personnummer",
    "long-name",
];

/// Lets an office trust the test PKI and ask its time-stamping authority; it knows nobody who signs.
pub(crate) fn trust_alone(office: &Office, pki: &Pki) {
    let root = std::fs::read(pki.path("trust/root.pem")).unwrap();
    office.write("signatories/trust/prov.pem", root);
    let settings = format!("[time_stamp]\nauthorities = [\"{}\"]\n", pki.url("/tsa"));
    office.write("sigill.toml", settings);
}

/// Returns `sigill sign` in a seat with a signer of the test PKI; files and options are to be added.
pub(crate) fn sign(office: &Office, pki: &Pki, seat: &str, signer: &str) -> Command {
    sign_with(office, seat, &pki.path(&format!("{signer}.p12")))
}

/// Returns `sigill sign` in a seat with a key file; files and options are to be added.
pub(crate) fn sign_with(office: &Office, seat: &str, key: &Path) -> Command {
    let mut command = office.command(&["sign", "--seat", seat, "--passphrase-env", "PROV"]);
    command.env("PROV", PASSPHRASE).arg("--key").arg(key);
    command
}

/// Runs a command with more arguments.
#[track_caller]
pub(crate) fn with<S: AsRef<std::ffi::OsStr>>(
    mut command: Command,
    more: impl IntoIterator<Item = S>,
) -> Run {
    command.args(more);
    run(command)
}

/// Signs one file at a level and returns what was told as JSON.
#[track_caller]
pub(crate) fn signed(command: Command, file: &Path, level: &str) -> Value {
    let options = ["--json", "--level", level].map(Path::new);
    with(command, options.into_iter().chain([file])).ok().json()
}

/// Returns a file of an office by the code of the party whose copy it is.
pub(crate) fn copy_of(office: &Office, issue: Issue, code: &str) -> PathBuf {
    let part = format!("-1.0-{}{code}-", &issue.form()[..1]);
    let mut files = office.pdfs(issue).into_iter();
    files
        .find(|file| file.to_str().unwrap().contains(&part))
        .unwrap_or_else(|| panic!("no copy {part}"))
}

/// The kinds of keys: a signer, and whether its RSA key signs with PSS.
const KEYS: [(&str, bool); 6] = [
    ("s001", false),
    ("ec384", false),
    ("rsa3072", false),
    ("rsa3072", true),
    ("rsa4096", false),
    ("rsa4096", true),
];

#[test]
fn each_level_is_reached_with_each_kind_of_key() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let mut files = office.pdfs(Issue::Bilateral).into_iter();
    for level in LEVELS {
        let mut done = Vec::new();
        for (signer, pss) in KEYS {
            let file = files.next().unwrap();
            let mut command = sign(&office, &pki, "14-chair", signer);
            command.args(pss.then_some("--pss"));
            let told = signed(command, &file, level);
            assert_eq!(told["name"], pki.person(signer));
            assert_eq!(told["level"], level);
            assert_eq!(told["certificate"], pki.certificate_digest(signer));
            assert_eq!(told["warnings"], serde_json::json!([]));
            assert_eq!(told["copies"][0]["stamped_at"].is_string(), level != "B-B");
            done.push(file);
        }
        check_syntax(&done);
        check_approvals(&done, 1);
        let stamps = match level {
            "B-B" => 0,
            "B-LTA" => 2,
            _ => 1,
        };
        for file in done.iter().take(if stamps > 0 { 2 } else { 0 }) {
            if let Some(count) = check_tokens(&pki, file) {
                assert_eq!(count, stamps, "{level}");
            }
        }
        for verdict in check_signatures(&pki, level, &done).unwrap_or_default() {
            let reached = &verdict["signatures"][0]["level_reached"];
            assert_eq!(reached, &level.to_lowercase(), "{verdict}");
        }
        check_revisions(&done, &[]);
    }
    let entries = office.check_log();
    let levels = entries.iter().filter(|entry| entry["kind"] == "Signed");
    let levels: Vec<&str> = levels
        .map(|entry| entry["body"]["level"].as_str().unwrap())
        .collect();
    assert_eq!(levels, LEVELS.map(|level| [level; KEYS.len()]).concat());
}

/// PKCS#12 as OpenSSL 3, its -legacy and Windows in two ways write it, and PEM in three.
#[test]
fn each_kind_of_key_file_signs() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let stores = ["p12", "openssl.p12", "legacy.p12", "windows.p12", "aes.p12"];
    let plain = ["key.pem", "encrypted.pem", "traditional.pem"];
    let mut files = office.pdfs(Issue::Bilateral).into_iter();
    let mut done = Vec::new();
    for signer in ["s001", "ec384", "rsa3072"] {
        for kind in stores.iter().chain(&plain) {
            let file = files.next().unwrap();
            let key = pki.path(&format!("{signer}.{kind}"));
            let mut command = sign_with(&office, "14-chair", &key);
            if plain.contains(kind) {
                command.arg("--certificates");
                command.arg(pki.path(&format!("{signer}.chain.pem")));
            }
            let told = signed(command, &file, "B-B");
            assert_eq!(told["name"], pki.person(signer), "{}", key.display());
            done.push(file);
        }
    }
    check_syntax(&done);
    check_approvals(&done, 1);
    check_signatures(&pki, "B-B", &done);
    office.check_log();
}

/// A card that does not give its key away signs as well.
#[test]
fn keys_on_a_token_sign() {
    let (Some((office, pki)), Some(token)) = (office_and_pki(Issue::Bilateral), Token::new())
    else {
        return;
    };
    let keys = [
        ("s001", "01", ""),
        ("ec384", "02", ""),
        ("rsa3072", "03", ""),
        ("rsa3072", "03", "--pss"),
    ];
    let mut imported = Vec::new();
    let mut files = office.pdfs(Issue::Bilateral).into_iter();
    let mut done = Vec::new();
    let (variable, settings) = token.env();
    for (signer, id, pss) in keys {
        if !imported.contains(&signer) {
            token.import(&pki.path(&format!("{signer}.key.pem")), signer, id);
            imported.push(signer);
        }
        let file = files.next().unwrap();
        let mut command = office.command(&["sign", "--seat", "14-chair", "--json"]);
        command.args(["--passphrase-env", "PIN", "--key", &token.uri(signer)]);
        command.env("PIN", Token::PIN).env(variable, &settings);
        command.arg("--certificates");
        command.arg(pki.path(&format!("{signer}.chain.pem")));
        command.args((!pss.is_empty()).then_some(pss)).arg(&file);
        let told = run(command).ok();
        assert_eq!(told.json()["name"], pki.person(signer));
        assert!(!told.out.contains(Token::PIN), "{told}");
        done.push(file);
    }
    // The region signs many with one PIN.
    let many: Vec<PathBuf> = files.take(10).collect();
    let mut command = office.command(&["sign", "--seat", "14-chair", "--json"]);
    command.args(["--passphrase-env", "PIN", "--key", &token.uri("s001")]);
    command.env("PIN", Token::PIN).env(variable, &settings);
    command
        .arg("--certificates")
        .arg(pki.path("s001.chain.pem"));
    let told = with(command, &many).ok().json();
    assert_eq!(told["copies"].as_array().unwrap().len(), 10);
    done.extend(many);
    check_syntax(&done);
    check_approvals(&done, 1);
    check_signatures(&pki, "B-T", &done);
    office.check_log();
}

/// The region signs its 49 copies in one go, then one municipality its own.
#[test]
fn the_region_signs_49_copies_in_one_command() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let folder = office.path(Issue::Bilateral.out());
    let command = sign(&office, &pki, "14-director", "s001");
    let told = with(command, [folder.as_os_str(), "--json".as_ref()])
        .ok()
        .json();
    assert_eq!(told["copies"].as_array().unwrap().len(), 49);
    assert_eq!(pki.asked("/tsa"), 49, "one time-stamp for each");
    let bollebygd = copy_of(&office, Issue::Bilateral, "1443");
    for (seat, signer) in [
        ("1443-chair", "s002"),
        ("1443-countersigner", "s003"),
        ("14-chair", "s004"),
    ] {
        signed(sign(&office, &pki, seat, signer), &bollebygd, "B-T");
    }
    let files = office.pdfs(Issue::Bilateral);
    check_sums(&folder);
    check_syntax(&files);
    for verdict in check_signatures(&pki, "B-T", &files).unwrap_or_default() {
        let is_complete = verdict["file"] == bollebygd.to_str().unwrap();
        let fields = signed_fields(&verdict);
        let wanted = [
            "14-director",
            "1443-chair",
            "1443-countersigner",
            "14-chair",
        ];
        assert_eq!(fields, wanted[..if is_complete { 4 } else { 1 }]);
    }
    check_approvals(std::slice::from_ref(&bollebygd), 4);
    check_revisions(&[bollebygd], &[]);
    let position = office.run(&["status", AGREEMENT, "--json"]).ok().json();
    assert_eq!(position[0]["totals"]["signed"], 52);
    assert_eq!(position[0]["totals"]["complete"], 1);
    office.check_log();
}

/// Each party signs its own copy, together they are the agreement.
#[test]
fn each_party_signs_its_counterpart() {
    let Some((office, pki)) = office_and_pki(Issue::Introduktion) else {
        return;
    };
    let mut seats: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in office.check_log() {
        if entry["kind"] == "Issued" {
            let of_copy = entry["body"]["seats"].as_array().unwrap().iter();
            let of_copy = of_copy.map(|seat| seat.as_str().unwrap().to_owned());
            let name = entry["body"]["file_name"].as_str().unwrap().to_owned();
            seats.insert(name, of_copy.collect());
        }
    }
    let mut number = 0;
    for (name, seats) in &seats {
        for seat in seats {
            number += 1;
            let file = office.path(Issue::Introduktion.out()).join(name);
            let signer = format!("s{number:03}");
            record_seat(&office, &pki, seat, &signer);
            signed(sign(&office, &pki, seat, &signer), &file, "B-B");
        }
    }
    let files = office.pdfs(Issue::Introduktion);
    check_syntax(&files);
    let verdicts = check_signatures(&pki, "B-B", &files).unwrap_or_default();
    for (verdict, seats) in verdicts.iter().zip(seats.values()) {
        assert_eq!(&signed_fields(verdict), seats);
    }
    check_revisions(&files[..3], &[]);
    let status = office.run(&["status", "introduktion", "--json"]).ok();
    assert_eq!(status.json()[0]["totals"]["complete"], 15);
    office.check_log();
}

/// 50 of 50 on one text, each as small as the first.
#[test]
fn fifty_parties_sign_one_joint_copy() {
    let Some((office, pki)) = office_and_pki(Issue::Joint) else {
        return;
    };
    let entries = office.check_log();
    let issued = entries.iter().find(|entry| entry["kind"] == "Issued");
    let issued = &issued.unwrap()["body"];
    let seats = issued["seats"].as_array().unwrap().iter();
    let chairs: Vec<&str> = seats
        .map(|seat| seat.as_str().unwrap())
        .filter(|seat| seat.ends_with("-chair"))
        .collect();
    assert_eq!(chairs.len(), 50);
    let file = office.pdfs(Issue::Joint).remove(0);
    for (seat, number) in chairs.iter().zip(1..) {
        let signer = format!("s{number:03}");
        record_seat(&office, &pki, seat, &signer);
        signed(sign(&office, &pki, seat, &signer), &file, "B-B");
    }
    let mut size = issued["size_bytes"].as_u64().unwrap();
    let mut added = Vec::new();
    for entry in office.check_log() {
        if entry["kind"] == "Signed" {
            let after = entry["body"]["size_bytes"].as_u64().unwrap();
            added.push(after - size);
            size = after;
        }
    }
    assert_eq!(added.len(), 50);
    let (least, most) = (added.iter().min().unwrap(), added.iter().max().unwrap());
    assert!(*most <= 8 * 1024, "at most 8 KB each: {added:?}");
    // Names, titles and certificates differ; nothing grows with the signatures before.
    assert!(most - least <= 1024, "flat: {added:?}");
    let files = [file];
    check_syntax(&files);
    check_approvals(&files, 50);
    let sample = ["--sample", "6"];
    if let Some(verdicts) = check_signatures_with(&pki, "B-B", &files, &sample) {
        assert_eq!(signed_fields(&verdicts[0]), chairs);
        assert_eq!(verdicts[0]["revisions"], 51);
    }
    check_revisions(&files, &["--sample", "8"]);
}

/// Many signatures, the evidence for all of them, and a time-stamp over it.
#[test]
fn a_joint_copy_reaches_the_archival_level() {
    let Some((office, pki)) = office_and_pki(Issue::Joint) else {
        return;
    };
    let file = office.pdfs(Issue::Joint).remove(0);
    let seats = ["1401", "1402", "1407", "1415", "1419", "1421", "1427", "14"];
    for (code, number) in seats.iter().zip(20..) {
        let (seat, signer) = (format!("{code}-chair"), format!("s{number:03}"));
        record_seat(&office, &pki, &seat, &signer);
        signed(sign(&office, &pki, &seat, &signer), &file, "B-T");
    }
    let extend = [
        "sign",
        "extend",
        AGREEMENT,
        "--copy",
        "familjecentral-1.0-j",
    ];
    office
        .run(&extend)
        .ok()
        .says("1 exemplar har nu nivån B-LTA.")
        .says("1 exemplar är ännu ute för underskrift: familjecentral-1.0-j");
    let files = [file];
    check_syntax(&files);
    check_approvals(&files, seats.len());
    check_signatures_with(&pki, "B-LTA", &files, &["--sample", "4"]);
    check_revisions(&files, &["--sample", "5"]);
    let tokens = check_tokens(&pki, &files[0]);
    assert_eq!(tokens.unwrap_or(seats.len() + 1), seats.len() + 1);
    office.check_log();
}

/// The signed file goes where it is wanted; the one in the office stays until it is brought up to date.
#[test]
fn a_copy_is_signed_into_another_folder() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    let before = std::fs::read(&file).unwrap();
    let out = office.beside("elsewhere");
    let mut command = sign(&office, &pki, "1443-chair", "s001");
    command.arg("--out").arg(&out);
    let told = signed(command, &file, "B-B");
    let there = out.join(file.file_name().unwrap());
    assert_eq!(told["copies"][0]["file"], there.to_str().unwrap());
    assert_eq!(std::fs::read(&file).unwrap(), before);
    check_signatures(&pki, "B-B", std::slice::from_ref(&there));
    office.run(&["generate", AGREEMENT]).ok();
    assert_eq!(
        std::fs::read(&file).unwrap(),
        std::fs::read(&there).unwrap()
    );
    check_sums(file.parent().unwrap());
    office.check_log();
}

/// Checks that `sha256sum -c` accepts a folder's list of digests.
#[track_caller]
pub(crate) fn check_sums(folder: &Path) {
    if let Some(mut command) = super::support::judge("sha256sum") {
        command.args(["-c", "--quiet", "--strict", "SHA256SUMS"]);
        command.current_dir(folder);
        run(command).ok();
    }
}
