//! A short run of every fuzz target, without instruments: seeds from a signed copy, mutated in the same way
//! each time.
//!
//! With `SIGILL_FUZZ` a folder, the seeds are written there for `cargo fuzz`; fuzz/README.md tells how.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::Utc;

use sigill::pdf;
use sigill::signature::Anchors;

use super::sign::{copy_of, office_and_pki, sign, signed};
use super::support::{Issue, files_below, repository, sha256};
use entries::{Entry, Ground};

#[path = "../../fuzz/entries.rs"]
mod entries;
#[path = "../../fuzz/mutate.rs"]
mod mutate;

/// A target: its name, its entry, and its seeds.
type Target = (&'static str, Entry, Vec<Vec<u8>>);

#[test]
fn no_mutated_input_ends_the_program() {
    let Some((ground, targets)) = targets() else {
        return;
    };
    if let Some(folder) = std::env::var_os("SIGILL_FUZZ") {
        write(&PathBuf::from(folder), &ground, &targets);
    }
    let is_long = std::env::var_os("SIGILL_LONG").is_some();
    let times = if is_long { 100_000 } else { 2_000 };
    for (name, entry, seeds) in &targets {
        assert!(!seeds.is_empty(), "seeds of {name}");
        let mut numbers = mutate::Numbers::new(1);
        for _ in 0..times {
            entry(&mutate::mutated(seeds, &mut numbers), &ground);
        }
    }
}

/// Makes the seeds: a small share of what a signed copy with evidence and time-stamps holds.
fn targets() -> Option<(Ground, Vec<Target>)> {
    let (office, pki) = office_and_pki(Issue::Bilateral)?;
    let copy = copy_of(&office, Issue::Bilateral, "1443");
    signed(sign(&office, &pki, "1443-chair", "s001"), &copy, "B-B");
    let file = fs::read(&copy).unwrap();
    signed(sign(&office, &pki, "14-chair", "s002"), &copy, "B-LTA");
    let archived = fs::read(&copy).unwrap();

    let root = fs::read(pki.path("trust/root.pem")).unwrap();
    let ground = Ground {
        anchors: Anchors::from_pem([root]).unwrap(),
        file,
        at: Utc::now(),
    };
    let evidence = pdf::evidence(&archived).unwrap();
    let (mut values, mut tokens) = (Vec::new(), Vec::new());
    for one in pdf::embedded_signatures(&archived).unwrap() {
        match one.kind {
            pdf::SignatureKind::TimeStamp => tokens.push(one.contents),
            pdf::SignatureKind::Approval | pdf::SignatureKind::Certification => {
                values.push(one.contents);
            }
        }
    }
    let parties = files_below(&repository().join("signatories"));
    let parties = parties.iter().filter(|name| name.ends_with(".toml"));
    let parties =
        parties.map(|name| fs::read(repository().join("signatories").join(name)).unwrap());
    let targets: Vec<Target> = vec![
        ("pdf_history", entries::pdf_history, small_files()),
        ("cms", entries::cms, values),
        ("certificate", entries::certificate, evidence.certificates),
        ("ocsp", entries::ocsp, evidence.ocsp_responses),
        ("crl", entries::crl, evidence.crls),
        ("time_stamp", entries::time_stamp, tokens),
        ("party_import", entries::party_import, parties.collect()),
    ];
    Some((ground, targets))
}

/// Small files with a table, and with streams in its place.
fn small_files() -> Vec<Vec<u8>> {
    let objects = "1 0 obj\n<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[3 0 R]/SigFlags 3>>>>\nendobj\n\
                   2 0 obj\n<</Type/Pages/Count 0/Kids[]>>\nendobj\n\
                   3 0 obj\n<</FT/Sig/T(a)/V<</Type/Sig/Contents<3000>/ByteRange[0 9 13 9]>>>>\nendobj\n";
    let header = "%PDF-1.7\n";
    let offsets = |number: usize| header.len() + objects.find(&format!("{number} 0 obj")).unwrap();
    let start = header.len() + objects.len();
    let rows: String = (1..4)
        .map(|number| format!("{:010} 00000 n\r\n", offsets(number)))
        .collect();
    let table = format!(
        "{header}{objects}xref\n0 4\n0000000000 65535 f\r\n{rows}trailer\n\
         <</Size 4/Root 1 0 R/ID[<00><00>]>>\nstartxref\n{start}\n%%EOF\n"
    );
    let mut stream = format!(
        "{header}{objects}4 0 obj\n<</Type/XRef/Size 5/W[1 2 1]/Root 1 0 R/Length 20>>\nstream\n"
    )
    .into_bytes();
    stream.extend([0; 4]);
    for offset in [offsets(1), offsets(2), offsets(3), start] {
        let offset = u16::try_from(offset).unwrap().to_be_bytes();
        stream.extend([1, offset[0], offset[1], 0]);
    }
    stream.extend(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").bytes());
    let update = format!(
        "{table}2 0 obj\n<</Type/Pages/Count 0/Kids[]/Rotate 0>>\nendobj\nxref\n2 1\n{:010} 00000 n\r\n\
         trailer\n<</Size 4/Root 1 0 R/Prev {start}>>\nstartxref\n{}\n%%EOF\n",
        table.len(),
        table.len() + 58
    );
    vec![table.into_bytes(), stream, update.into_bytes()]
}

/// Writes seeds and ground as `cargo fuzz` wants them.
fn write(folder: &Path, ground: &Ground, targets: &[Target]) {
    for (name, _, seeds) in targets {
        let corpus = folder.join("corpus").join(name);
        fs::create_dir_all(&corpus).unwrap();
        for seed in seeds {
            fs::write(corpus.join(sha256(seed)), seed).unwrap();
        }
    }
    let place = folder.join("ground");
    fs::create_dir_all(&place).unwrap();
    let anchors: String = ground
        .anchors
        .certificates()
        .iter()
        .map(|one| one.to_pem())
        .collect();
    fs::write(place.join("root.pem"), anchors).unwrap();
    fs::write(place.join("signed.pdf"), &ground.file).unwrap();
    fs::write(place.join("at.txt"), ground.at.to_rfc3339()).unwrap();
}
