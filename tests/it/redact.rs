//! Redact: a public copy says the same and gives nothing of the signatures away.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::judging::check_syntax;
use super::pki::Pki;
use super::sign::{copy_of, office_and_pki, sign, signed};
use super::support::{Issue, Office, ask, flowing, python_judge, run, sha256};

const COPY: &str = "familjecentral-1.0-b1443";
/// The number that Swedish authorities use in examples, which the test PKI puts into a certificate.
const NUMBER: &str = "191212121212";

/// Returns a signer's certificate as DER.
pub(crate) fn certificate(pki: &Pki, signer: &str) -> Vec<u8> {
    let pem = fs::read_to_string(pki.path(&format!("{signer}.pem"))).unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    BASE64.decode(base64).unwrap()
}

/// Checks that nothing of a signature is in a PDF, its streams taken apart; `None` without the judge.
#[track_caller]
pub(crate) fn check_nothing_secret(pki: &Pki, pdf: &Path, plain: &Path) -> Option<()> {
    let arguments = [
        "--qdf",
        "--object-streams=disable",
        "--stream-data=uncompress",
    ];
    let run = ask(
        "qpdf",
        arguments
            .iter()
            .map(AsRef::as_ref)
            .chain([pdf.as_os_str(), plain.as_os_str()]),
    )?;
    assert_eq!(run.code, 0, "{run}");
    for file in [pdf, plain] {
        let bytes = fs::read(file).unwrap();
        let has = |part: &[u8]| bytes.windows(part.len()).any(|found| found == part);
        let words = [
            "/ByteRange",
            "/Sig",
            "/DSS",
            "/AcroForm",
            "/Widget",
            "/Contents<30",
            "PNOSE",
            NUMBER,
            "19121212",
            "sig.invalid",
        ];
        for word in words {
            assert!(!has(word.as_bytes()), "{word} in {}", file.display());
        }
        for signer in ["personnummer", "s002"] {
            let der = certificate(pki, signer);
            // Any stretch of it, as bytes or as hexadecimal digits.
            for part in der.chunks_exact(40) {
                assert!(!has(part), "a certificate in {}", file.display());
                let hex = hex::encode(part);
                assert!(!has(hex.as_bytes()) && !has(hex.to_uppercase().as_bytes()));
            }
        }
    }
    Some(())
}

/// Returns the text of a PDF's pages in the order in which it is drawn.
#[track_caller]
fn texts(pdf: &Path) -> Vec<String> {
    let arguments = ["-raw".as_ref(), pdf.as_os_str(), "-".as_ref()];
    let Some(told) = ask("pdftotext", arguments) else {
        return Vec::new();
    };
    let mut pages: Vec<String> = told.out.split('\u{c}').map(flowing).collect();
    pages.pop();
    pages
}

/// Checks that files are PDF/A-3a and PDF/UA-1.
///
/// One rule is put aside where qpdf finds the syntax clean: the judge takes the last byte of a compressed stream that
/// happens to be a carriage return for part of the line end after it, and such a stream comes by chance.
#[track_caller]
pub(crate) fn check_conforms(files: &[PathBuf]) {
    check_syntax(files);
    let Some(mut command) = python_judge("conformance.py") else {
        return;
    };
    let told = run({
        command.args(["--pdfa", "3a"]).args(files);
        command
    });
    assert!(told.code < 2, "{told}");
    let verdicts = told.json_lines();
    assert_eq!(verdicts.len(), files.len());
    for verdict in verdicts {
        assert_eq!(verdict["pdfua"]["passed"], true, "{verdict}");
        let failures = verdict["pdfa"]["failures"].as_array().unwrap().iter();
        let mut left = failures.filter(|found| found["rule"] != "PDFA3A-STREAM-LENGTH-001");
        assert_eq!(left.next(), None, "{verdict}");
    }
}

/// Returns an office with 1443's copy signed in two seats, one certificate with a personal identity number.
pub(crate) fn office_with_number() -> Option<(Office, Pki, PathBuf)> {
    let (office, pki) = office_and_pki(Issue::Bilateral)?;
    let file = copy_of(&office, Issue::Bilateral, "1443");
    signed(
        sign(&office, &pki, "1443-chair", "personnummer"),
        &file,
        "B-LT",
    );
    signed(sign(&office, &pki, "14-chair", "s002"), &file, "B-LT");
    Some((office, pki, file))
}

#[test]
fn a_public_copy_says_the_same_and_holds_no_secret() {
    let Some((office, pki, file)) = office_with_number() else {
        return;
    };
    let original = sha256(&fs::read(&file).unwrap());
    let public = office.beside("kopia.pdf");
    let out = public.to_str().unwrap();
    let told = office
        .run(&["redact", COPY, "--out", out, "--json"])
        .ok()
        .json();
    assert_eq!(told["original"], original);
    assert_eq!(told["sha256"], sha256(&fs::read(&public).unwrap()));
    assert_eq!(told["signatures"], 2);

    check_nothing_secret(&pki, &public, &office.beside("plain.pdf"));
    check_conforms(std::slice::from_ref(&public));
    let (before, after) = (texts(&file), texts(&public));
    assert_eq!(after.len(), before.len() + 1, "a sheet more");
    let sheet = &after[0];
    let person = pki.person("s002");
    for words in [
        "Kopia av ett undertecknat avtal",
        "Tolvan Tolvansson",
        COPY,
        "B-LT",
        &person,
    ] {
        assert!(sheet.contains(words), "{words:?} in {sheet}");
    }
    let digits: String = sheet.split_whitespace().collect();
    assert!(digits.contains(&original), "{sheet}");
    // The stamp behind the text comes first, the mark in the margin last; between them nothing differs.
    let mark = format!(
        " KOPIA – originalet är den elektroniskt undertecknade filen med kontrollsumma (SHA-256) {original}"
    );
    let (last, body) = after[1..].split_last().unwrap();
    for (page, (before, after)) in before.iter().zip(body).enumerate() {
        let inner = after.strip_prefix("K O P I A ");
        let inner = inner.and_then(|text| text.strip_suffix(&mark));
        assert_eq!(inner, Some(before.as_str()), "page {}", page + 1);
    }
    for words in [
        "KOPIA: den här handlingen får inte undertecknas",
        "Tolvan Tolvansson",
        "Ingen underskrift i originalet",
    ] {
        assert!(last.contains(words), "{words:?} in {last}");
    }
    let facts = ask(
        "qpdf",
        ["--show-attachment=kopia.json".as_ref(), public.as_os_str()],
    )
    .unwrap()
    .ok();
    let facts: Value = serde_json::from_str(&facts.out).unwrap();
    assert_eq!(facts["schema"], "sigill-public-copy-1");
    assert_eq!(facts["original"]["sha256"], original);
    assert_eq!(facts["signatures"][0]["name"], "Tolvan Tolvansson");
    let entries = office.check_log();
    assert_eq!(facts["text_digest"], entries[1]["body"]["text_digest"]);
}

#[test]
fn the_same_instant_gives_the_same_bytes_from_copy_and_file() {
    let Some((office, _pki, file)) = office_with_number() else {
        return;
    };
    let redact = |original: &str, name: &str| {
        let out = office.beside(name);
        let at = "2026-12-01T12:00:00Z";
        office
            .run(&[
                "redact",
                original,
                "--at",
                at,
                "--out",
                out.to_str().unwrap(),
            ])
            .ok();
        fs::read(out).unwrap()
    };
    let made = redact(COPY, "a.pdf");
    assert_eq!(redact(COPY, "b.pdf"), made);
    assert_eq!(redact(file.to_str().unwrap(), "c.pdf"), made);
    assert_eq!(office.kinds().get("Signed"), Some(&2), "nothing is entered");
    office.run(&["redact", COPY]).ok();
    let there = office.path(format!("out/publika-kopior/{COPY}-bollebygd-KOPIA.pdf"));
    assert!(there.is_file());
}

#[test]
fn what_is_no_copy_has_no_public_copy() {
    let office = Office::issued(Issue::Bilateral);
    let stranger = office.beside("okänd.pdf");
    fs::write(&stranger, b"%PDF-1.7\n").unwrap();
    let run = office.run(&["redact", stranger.to_str().unwrap()]);
    run.fails(2).complains("no state of a copy");
    office
        .run(&["redact", "familjecentral-1.0-b9999"])
        .fails(4)
        .complains("not in the register");
    office.run(&["redact", "finns-inte.pdf"]).fails(5);
    Office::new()
        .run(&["redact", COPY])
        .fails(2)
        .complains("no entries");
    // An unsigned copy can be shown as well, and it is told.
    office
        .run(&["redact", COPY])
        .ok()
        .says("inga elektroniska underskrifter");
}

#[test]
fn a_number_in_the_agreement_itself_is_refused_and_not_repeated() {
    let office = Office::new();
    let party = office.party_file("1443");
    office.edit(
        &party,
        "seat = \"Bollebygd\"",
        "seat = \"Bollebygd 19121212-1212\"",
    );
    office
        .run(&["generate", "familjecentral", "--party", "1443"])
        .ok();
    let run = office
        .run(&["redact", COPY])
        .fails(4)
        .complains("personal identity number");
    assert!(!run.err.contains("1212"), "{run}");
    assert!(!office.path("out/publika-kopior").exists());
}
