//! Verify: what is said of a copy, of what became of it, and of files that never were one.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::{ProptestConfig, any, proptest};
use serde_json::{Value, json};

use super::support::{
    AGREEMENT, Issue, Office, Run, ask, python_judge, run, scratch, sha256, sigill,
};

const COPY: &str = "out/familjecentral-1.0-bilateral/familjecentral-1.0-b1443-bollebygd.pdf";

/// Runs `verify FILE --json` and returns the one verdict, after checking the exit code.
#[track_caller]
fn verdict(office: &Office, file: &Path, more: &[&str], code: i32) -> Value {
    let mut arguments = vec!["verify", "--json", file.to_str().unwrap()];
    arguments.extend(more);
    one(office.run(&arguments), code)
}

#[track_caller]
fn one(run: Run, code: i32) -> Value {
    assert_eq!(run.code, code, "{run}");
    assert_eq!(run.err, "", "a bad file is a verdict, not an error");
    run.json()
}

#[test]
fn every_issued_file_is_known() {
    let office = Office::issued(Issue::Bilateral);
    let files = office.pdfs(Issue::Bilateral);
    let mut arguments = vec!["verify", "--json"];
    arguments.extend(files.iter().map(|file| file.to_str().unwrap()));
    let run = office.run(&arguments).ok();
    for (file, verdict) in files.iter().zip(run.json_lines()) {
        assert_eq!(verdict["file"], json!(file));
        assert_eq!(verdict["identity"]["answer"], "newest");
        assert_eq!(verdict["sha256"], sha256(&fs::read(file).unwrap()));
        assert_eq!(verdict["copy"]["copy"], verdict["claims"]["copy"]);
        assert_eq!(verdict["rebuild"], json!({"outcome": "not_asked"}));
    }
    office
        .run(&["verify", COPY])
        .ok()
        .says("Filen är det nyaste kända läget, byte för byte")
        .says("familjecentral-1.0-b1443 (version 1.0, 1443, 14)")
        .says("Bollebygds kommun och Västra Götalandsregionen")
        .says("Filen har ingen underskrift.");
}

#[test]
fn a_name_proves_nothing() {
    let office = Office::issued(Issue::Bilateral);
    let renamed = office.beside("helt annat namn.pdf");
    fs::copy(office.path(COPY), &renamed).unwrap();
    let verdict = verdict(&office, &renamed, &[], 0);
    assert_eq!(verdict["copy"]["copy"], "familjecentral-1.0-b1443");
}

#[test]
fn what_was_appended_leaves_the_first_revision_known() {
    let office = Office::issued(Issue::Bilateral);
    let signed = office.beside("signed.pdf");
    if let Some(mut command) = python_judge("sign.py") {
        command
            .arg(office.path(COPY))
            .arg("1443-chair")
            .arg(&signed);
        let signing = run(command);
        assert_eq!(signing.code, 0, "{signing}");
        // What was appended is not judged yet, so the file is not called good.
        let verdict = verdict(&office, &signed, &["--rebuild"], 1);
        assert_eq!(verdict["identity"]["answer"], "newer");
        assert_eq!(verdict["copy"]["copy"], "familjecentral-1.0-b1443");
        assert_eq!(
            verdict["rebuild"],
            json!({"outcome": "first_revision_identical"})
        );
        assert_eq!(verdict["claims"]["parties"][0], "Bollebygds kommun");
        office
            .run(&["verify", signed.to_str().unwrap()])
            .says("går vidare från det nyaste kända läget");

        // One byte of the first revision under a signature is told as well.
        let mut bytes = fs::read(&signed).unwrap();
        bytes[1000] ^= 1;
        fs::write(&signed, bytes).unwrap();
        assert_ne!(
            super::verify::verdict(&office, &signed, &[], 1)["identity"]["answer"],
            "newer"
        );
    }
}

#[test]
fn one_changed_byte_is_told() {
    let office = Office::issued(Issue::Bilateral);
    let original = office.read(COPY);
    let changed = office.beside("changed.pdf");
    let last = original.len() - 1;
    let attachment = find(&original, b"avtalsdata.json");
    for place in [0, 5, 1000, attachment, original.len() / 2, last - 200, last] {
        let mut bytes = original.clone();
        bytes[place] ^= 0x01;
        fs::write(&changed, &bytes).unwrap();
        let verdict = verdict(&office, &changed, &["--rebuild"], 1);
        let finding = verdict["identity"]["answer"].as_str().unwrap();
        assert!(
            ["other_base", "unknown"].contains(&finding),
            "byte {place}: {verdict}"
        );
        if finding == "other_base" {
            assert_eq!(verdict["copy"]["copy"], "familjecentral-1.0-b1443");
            assert_eq!(
                verdict["rebuild"],
                json!({"outcome": "differs", "at_byte": place})
            );
        }
    }
    // In the middle of the pages the file still says which copy it was.
    let mut bytes = original.clone();
    bytes[original.len() / 2] ^= 0x01;
    fs::write(&changed, &bytes).unwrap();
    assert_eq!(
        verdict(&office, &changed, &[], 1)["identity"]["answer"],
        "other_base"
    );
    office
        .run(&["verify", changed.to_str().unwrap()])
        .says("är i grunden inte det som utfärdades");
}

fn find(bytes: &[u8], text: &[u8]) -> usize {
    bytes
        .windows(text.len())
        .position(|window| window == text)
        .unwrap()
}

#[test]
fn a_copy_of_another_office_is_unknown() {
    let office = Office::issued(Issue::Bilateral);
    let other = Office::issued(Issue::Introduktion);
    let file = other.pdfs(Issue::Introduktion).remove(0);
    let verdict = verdict(&office, &file, &[], 1);
    assert_eq!(verdict["identity"]["answer"], "unknown");
    assert_eq!(verdict["copy"], Value::Null);
    assert_eq!(
        verdict["claims"]["version"], "1.0",
        "what it says of itself is shown all the same"
    );
    office
        .run(&["verify", file.to_str().unwrap()])
        .says("Filen är inget exemplar härifrån.");
}

#[test]
fn a_voided_copy_is_not_good() {
    let office = Office::issued(Issue::Bilateral);
    let file = office.beside("before.pdf");
    fs::copy(office.path(COPY), &file).unwrap();
    office
        .run(&[
            "void",
            AGREEMENT,
            "--copy",
            "familjecentral-1.0-b1443",
            "--reason",
            "Skickad till fel kommun",
        ])
        .ok();
    let verdict = verdict(&office, &file, &[], 1);
    assert_eq!(verdict["identity"]["answer"], "newest");
    assert!(verdict["copy"]["voided_at"].is_string());
    assert_eq!(verdict["copy"]["void_reason"], "Skickad till fel kommun");
    office
        .run(&["verify", file.to_str().unwrap()])
        .says("makulerat")
        .says("Skickad till fel kommun");
}

#[test]
fn a_rebuild_needs_neither_templates_nor_parties() {
    let office = Office::issued(Issue::Bilateral);
    office.remove("templates");
    office.remove("signatories");
    let verdict = verdict(&office, &office.path(COPY), &["--rebuild"], 0);
    assert_eq!(verdict["rebuild"], json!({"outcome": "identical"}));
    office
        .run(&["verify", "--rebuild", COPY])
        .ok()
        .says("ger samma byte");

    let joint = Office::issued(Issue::Joint);
    joint.remove("templates");
    let file = joint.pdfs(Issue::Joint).remove(0);
    assert_eq!(
        super::verify::verdict(&joint, &file, &["--rebuild"], 0)["rebuild"]["outcome"],
        "identical"
    );
}

#[test]
fn a_bundle_serves_without_an_office() {
    let office = Office::issued(Issue::Bilateral);
    let nowhere = scratch();
    let bundle = office.path("out/familjecentral-1.0-bundle.zip");
    let (bundle, file) = (bundle.to_str().unwrap(), office.path(COPY));
    let from_nowhere = |arguments: &[&str]| {
        let mut command = sigill(arguments);
        command.current_dir(nowhere.path());
        run(command)
    };
    let path = file.to_str().unwrap();
    let verdict = one(
        from_nowhere(&["verify", "--json", path, "--bundle", bundle]),
        0,
    );
    assert_eq!(verdict["identity"]["answer"], "not_asked");
    assert_eq!(verdict["rebuild"], json!({"outcome": "identical"}));
    from_nowhere(&["verify", path, "--bundle", bundle])
        .ok()
        .says("Det fanns inget utfärdat exemplar att jämföra med.");

    // Alone, a file vouches for nothing; with the digest that someone told, it does.
    assert_eq!(
        one(from_nowhere(&["verify", "--json", path]), 1)["digest"],
        Value::Null
    );
    let digest = sha256(&fs::read(&file).unwrap());
    assert_eq!(
        one(
            from_nowhere(&["verify", "--json", path, "--sha256", &digest]),
            0
        )["digest"],
        true
    );
    let wrong = sha256(b"something else");
    assert_eq!(
        one(
            from_nowhere(&["verify", "--json", path, "--sha256", &wrong]),
            1
        )["digest"],
        false
    );
    let short = from_nowhere(&["verify", path, "--sha256", "5f3c"]);
    assert_eq!(short.code, 2, "{short}");

    // A changed page is not what bundle and data give.
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let changed = nowhere.path().join("changed.pdf");
    fs::write(&changed, bytes).unwrap();
    let changed = changed.to_str().unwrap();
    let verdict = one(
        from_nowhere(&["verify", "--json", changed, "--bundle", bundle]),
        1,
    );
    assert_eq!(
        verdict["rebuild"],
        json!({"outcome": "differs", "at_byte": middle})
    );

    // Another version's bundle proves nothing of this file.
    let other = Office::issued(Issue::Introduktion);
    let other = other.path("out/introduktion-1.0-bundle.zip");
    let other = other.to_str().unwrap();
    let verdict = one(
        from_nowhere(&["verify", "--json", path, "--bundle", other]),
        1,
    );
    assert_eq!(verdict["rebuild"]["outcome"], "not_possible");
    from_nowhere(&["verify", path, "--bundle", other])
        .says("the bundle is not the text that the file bears");
    from_nowhere(&["verify", path, "--bundle", path])
        .fails(2)
        .complains(path);
    from_nowhere(&["verify", path, "--bundle", "no-such.zip"])
        .fails(2)
        .complains("no-such.zip");
    assert_eq!(
        super::support::names_in(nowhere.path()),
        ["changed.pdf"],
        "nothing is made"
    );
}

/// A bundle that was changed has another digest, so it cannot pass for the published one.
#[test]
fn a_changed_bundle_proves_nothing() {
    let office = Office::issued(Issue::Bilateral);
    let bundle = office.read("out/familjecentral-1.0-bundle.zip");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bundle)).unwrap();
    let changed = office.beside("changed.zip");
    let mut writer = zip::ZipWriter::new(fs::File::create(&changed).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut text).unwrap();
        if name == "clauses/04-syfte.typ" {
            text = String::from_utf8(text)
                .unwrap()
                .replace('å', "a")
                .into_bytes();
        }
        writer.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut writer, &text).unwrap();
    }
    writer.finish().unwrap();
    let nowhere = scratch();
    let path = office.path(COPY);
    let mut command = sigill(&[
        "verify",
        path.to_str().unwrap(),
        "--bundle",
        changed.to_str().unwrap(),
    ]);
    command.current_dir(nowhere.path());
    let run = run(command);
    assert_eq!(run.code, 1, "{run}");
    assert!(
        run.out
            .contains("the bundle is not the text that the file bears"),
        "{run}"
    );
}

#[test]
fn exit_codes_tell_good_from_bad_from_could_not_look() {
    let office = Office::issued(Issue::Introduktion);
    let good = office.pdfs(Issue::Introduktion).remove(0);
    let bad = office.beside("bad.pdf");
    fs::write(&bad, "%PDF-1.7\n%%EOF\n").unwrap();
    let (good, bad) = (good.to_str().unwrap(), bad.to_str().unwrap());
    assert_eq!(office.run(&["verify", good]).code, 0);
    assert_eq!(office.run(&["verify", good, bad]).code, 1);
    office
        .run(&["verify", good, "no-such.pdf"])
        .fails(2)
        .complains("no-such.pdf");
    office.run(&["verify", "."]).fails(2);
    assert_eq!(office.run(&["verify"]).code, 2);
    // A register that cannot be read is no ground for a verdict.
    office.write(".sigill/register.sqlite", "this is no database, and it is longer than a header would be, so that SQLite reads it and says so: ................");
    office
        .run(&["verify", good])
        .fails(2)
        .complains("register.sqlite");
}

/// Whatever the file holds: a verdict, never a panic, also for what it says of itself.
#[test]
fn damaged_files_get_a_verdict() {
    let office = Office::issued(Issue::Introduktion);
    let good = fs::read(&office.pdfs(Issue::Introduktion)[0]).unwrap();
    let folder = office.beside("damaged");
    fs::create_dir(&folder).unwrap();
    let mut files: Vec<PathBuf> = Vec::new();
    let mut add = |name: String, bytes: &[u8]| {
        let file = folder.join(name);
        fs::write(&file, bytes).unwrap();
        files.push(file);
    };
    add("empty.pdf".into(), b"");
    add("zeros.pdf".into(), &[0; 4096]);
    add("ones.pdf".into(), &[0xFF; 4096]);
    add("eof.pdf".into(), b"%%EOF\n");
    add("many-eofs.pdf".into(), &b"%%EOF\n".repeat(20_000));
    add("header.pdf".into(), b"%PDF-1.7\n");
    add("self-xref.pdf".into(), b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF\n");
    add(
        "deep.pdf".into(),
        &[
            b"%PDF-1.7\n1 0 obj\n".as_slice(),
            &b"[".repeat(300_000),
            b"\nstartxref\n9\n%%EOF\n",
        ]
        .concat(),
    );
    add(
        "huge-number.pdf".into(),
        b"%PDF-1.7\nstartxref\n99999999999999999999999999\n%%EOF\n",
    );
    for tenth in 1..10 {
        add(format!("cut-{tenth}.pdf"), &good[..good.len() * tenth / 10]);
        add(
            format!("without-start-{tenth}.pdf"),
            &good[good.len() * tenth / 10..],
        );
    }
    add("doubled.pdf".into(), &[good.as_slice(), &good].concat());
    let mut turned = good.clone();
    turned.reverse();
    add("backwards.pdf".into(), &turned);
    // A cheap generator with a fixed start: the same bytes in every run.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let noise: Vec<u8> = (0..8192).flat_map(|_| random()).collect();
    add("random.pdf".into(), &noise);
    let rounds = if std::env::var_os("SIGILL_LONG").is_some() {
        2000
    } else {
        60
    };
    for round in 0..rounds {
        let mut bytes = good.clone();
        for _ in 0..=round % 7 {
            let drawn = random();
            let place = usize::from_le_bytes(drawn) % bytes.len();
            bytes[place] ^= drawn[0] | 1;
        }
        add(format!("flipped-{round}.pdf"), &bytes);
    }
    let mut arguments = vec!["verify", "--json"];
    arguments.extend(files.iter().map(|file| file.to_str().unwrap()));
    let run = office.run(&arguments);
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(run.err, "");
    let verdicts = run.json_lines();
    assert_eq!(verdicts.len(), files.len());
    for verdict in &verdicts {
        let finding = verdict["identity"]["answer"].as_str().unwrap();
        let doubled = verdict["file"].as_str().unwrap().ends_with("doubled.pdf");
        let expected: &[&str] = if doubled {
            &["newer"]
        } else {
            &["unknown", "other_base"]
        };
        assert!(expected.contains(&finding), "{verdict}");
    }
    let before = office.check_log();
    assert_eq!(office.check_log(), before, "looking enters nothing");
}

/// Data that a forger wrote into a file are typeset under limits or not at all.
#[test]
fn forged_data_give_a_verdict() {
    let office = Office::issued(Issue::Introduktion);
    let file = office.pdfs(Issue::Introduktion).remove(0);
    let bundle = office.path("out/introduktion-1.0-bundle.zip");
    let forged = office.beside("forged.pdf");
    let bytes = fs::read(&file).unwrap();
    let data = sigill::pdf::attachment(&bytes, "avtalsdata.json")
        .unwrap()
        .unwrap();
    let nowhere = scratch();
    let changes = [
        ("introduktion-1.0-c", "introduktion-2.0-c"),
        ("\"legal_name\":\"", "\"legal_name\":\"Fel "),
        ("\"seats\":[{", "\"seats\":[{\"extra\":1,"),
        ("\"form\":\"counterpart\"", "\"form\":\"joint\""),
        (
            "\"schema\":\"sigill-copy-1\"",
            "\"schema\":\"sigill-copy-9\"",
        ),
    ];
    let Some(_) = ask("qpdf", ["--version"]) else {
        return;
    };
    for (from, to) in changes {
        let text = String::from_utf8(data.clone()).unwrap();
        assert!(text.contains(from), "{from} in {text}");
        let json = office.beside("avtalsdata.json");
        fs::write(&json, text.replace(from, to)).unwrap();
        let mut command = std::process::Command::new("qpdf");
        command
            .arg(&file)
            .arg("--remove-attachment=avtalsdata.json");
        command.arg("--").arg(&forged);
        // qpdf names attachments by their key in the name tree.
        let removed = run(command);
        if removed.code != 0 {
            panic!("{removed}");
        }
        let with = office.beside("with.pdf");
        let mut command = std::process::Command::new("qpdf");
        command
            .arg(&forged)
            .arg("--add-attachment")
            .arg(&json)
            .args([
                "--filename=avtalsdata.json",
                "--key=avtalsdata.json",
                "--mimetype=application/json",
                "--",
            ])
            .arg(&with);
        assert_eq!(run(command).code, 0);
        let mut command = sigill(&[
            "verify",
            "--json",
            with.to_str().unwrap(),
            "--bundle",
            bundle.to_str().unwrap(),
        ]);
        command.current_dir(nowhere.path());
        let run = run(command);
        assert_eq!(run.code, 1, "{to}: {run}");
        assert_ne!(run.json()[0]["rebuild"]["outcome"], "identical");
        assert!(!run.err.contains("panicked"), "{run}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// The parts of the library that read foreign bytes never panic.
    #[test]
    fn reading_any_bytes_ends(bytes in proptest::collection::vec(any::<u8>(), 0..2000), cut in any::<u16>()) {
        let mut bytes = bytes;
        let tail = b"\nstartxref\n9\n%%EOF\n";
        bytes.splice(0..0, *b"%PDF-1.7\n");
        bytes.extend_from_slice(tail);
        bytes.truncate(bytes.len().saturating_sub(usize::from(cut % 4)));
        drop(sigill::pdf::attachment(&bytes, "avtalsdata.json"));
        drop(sigill::pdf::describe(&bytes));
        let ends = sigill::pdf::revision_ends(&bytes);
        assert!(ends.iter().all(|end| *end <= bytes.len()));
    }
}
