//! Bad input and bad circumstances: one line with its place, a hint, an exit code by kind, and
//! nothing half written.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::support::{
    AGREEMENT, Issue, Office, Run, counts, digests, issued_in, names_in, repository, run,
};

const ISSUE: [&str; 2] = ["generate", "introduktion"];

/// Checks that an error is one line with a hint under it at most, and that nothing was entered.
#[track_caller]
fn is_one_line(office: &Office, run: &Run) {
    let told: Vec<&str> = run.err.lines().filter(|line| !line.is_empty()).collect();
    let hints = told
        .iter()
        .filter(|line| line.trim_start().starts_with("hint: "))
        .count();
    assert!(
        told.len() == 1 + hints && hints <= 1,
        "one line and a hint: {run}"
    );
    if office.path(".sigill/register.sqlite").exists() {
        assert_eq!(office.kinds(), counts([("Opened", 1)]), "{run}");
    }
    assert!(!office.path("out").exists(), "{run}");
}

/// Changes a party's file and checks what `generate` and `parties check` say of it.
#[track_caller]
fn refuse_party(from: &str, to: &str, line_of: &str, error: &str) {
    let office = Office::new();
    let file = office.party_file("1499");
    office.edit(&file, from, to);
    let text = office.text(&file);
    let line = text
        .lines()
        .position(|line| line.contains(line_of))
        .unwrap()
        + 1;
    let expected = format!("error: {file}:{line}: {error}");
    for command in [
        &ISSUE[..],
        &["parties", "check"],
        &["parties", "export", "--csv", "-"],
        &["publish", "introduktion", "1.0"],
    ] {
        let run = office.run(command).fails(3).complains(&expected);
        is_one_line(&office, &run);
    }
}

#[test]
fn toml_syntax() {
    refuse_party(
        "seat = \"Falköping\"",
        "seat = \"Falköping",
        "seat = ",
        "invalid basic string",
    );
    refuse_party(
        "code = \"1499\"",
        "code = \"1499\"
schema = 1 # igen",
        "# igen",
        "duplicate key",
    );
}

#[test]
fn missing_unknown_and_mistyped_keys() {
    refuse_party(
        "seat = \"Falköping\"\n",
        "saet = \"Falköping\"\n",
        "saet",
        "unknown field `saet`",
    );
    refuse_party(
        "legal_name = \"Falköpings kommun\"\n",
        "",
        "schema",
        "missing field `legal_name`",
    );
    refuse_party(
        "legal_name = \"Falköpings kommun\"",
        "legal_name = 7",
        "legal_name",
        "invalid type: integer `7`",
    );
    refuse_party(
        "schema = 1",
        "schema = 2",
        "schema = 2",
        "schema 2 is not known, this program reads 1",
    );
    refuse_party(
        "by = [\"chair\", \"vice_chair\"]",
        "by = [\"chair\", \"mayor\"]",
        "mayor",
        "seat chair may be signed by role \"mayor\"",
    );
}

#[test]
fn organisation_numbers() {
    let number = "org_number = \"212000-1744\"";
    refuse_party(
        number,
        "org_number = \"212000-1745\"",
        "org_number",
        "\"212000-1745\" is no organisation number: expected a right check digit",
    );
    refuse_party(
        number,
        "org_number = \"2120001744\"",
        "org_number",
        "\"2120001744\" is no organisation number: expected six digits",
    );
    refuse_party(
        number,
        "org_number = \"191212-1212\"",
        "org_number",
        "\"191212-1212\" is no organisation number: expected six digits (the third at least 2)",
    );
    refuse_party(
        number,
        "org_number = \"212000-2973\"",
        "org_number",
        "organisation number 212000-2973 of 1499 belongs to Bollebygds kommun",
    );
    refuse_party(
        number,
        "org_number = \"556036-0793\"",
        "org_number",
        "organisation number 556036-0793 of 1499 differs from the shipped list, which has 212000-1744",
    );
}

/// A field that only one version asks for, wrong in one party's file.
#[test]
fn fields_of_a_version() {
    let schema = "\n[[fields]]\nname = \"diary\"\ntype = \"integer\"\nprinted = true\n";
    let version = "templates/introduktion/1.0/version.toml";
    let cases = [
        ("", "is missing"),
        ("diary = \"7\"", "is string, the version asks for integer"),
        ("diary = 7.5", "is float, the version asks for integer"),
        (
            "diary = 9007199254740993",
            "is 9007199254740993, beyond what JSON carries exactly",
        ),
    ];
    for (given, problem) in cases {
        let office = Office::new();
        office.write(version, office.text(version) + schema);
        for code in [
            "1496", "1499", "1446", "1447", "1471", "1495", "1493", "1494", "1497", "1498", "1470",
            "1472", "1473", "1444", "1445",
        ] {
            let file = office.party_file(code);
            let value = if code == "1499" { given } else { "diary = 7" };
            office.write(
                &file,
                format!("{}\n[fields]\n{value}\n", office.text(&file)),
            );
        }
        let file = office.party_file("1499");
        let run = office
            .run(&ISSUE)
            .fails(3)
            .complains(&format!(
                "error: {file}: party 1499: field \"diary\" {problem}"
            ))
            .complains("hint: ");
        is_one_line(&office, &run);
        let checked = office.run(&["parties", "check"]).fails(3);
        assert!(
            checked.err.contains(&format!(
                "{file}: introduktion 1.0: party 1499: field \"diary\" {problem}"
            )),
            "{checked}"
        );
    }
    let office = Office::new();
    office.edit(
        version,
        "name = \"org_number\"\ntype = \"org_number\"",
        "name = \"org_number\"\ntype = \"integer\"",
    );
    office
        .run(&ISSUE)
        .fails(3)
        .complains("field \"org_number\" is org_number, the version asks for integer");
}

#[test]
fn a_field_that_no_version_asks_for_is_told() {
    let office = Office::new();
    let file = office.party_file("1499");
    office.write(&file, office.text(&file) + "\n[fields]\ndairy = 7\n");
    office
        .run(&["parties", "check"])
        .fails(3)
        .complains(&format!(
            "{file}: field \"dairy\" is asked for by no version in templates/"
        ))
        .complains("hint: is it misspelt?");
}

#[test]
fn a_code_or_number_in_two_files() {
    let office = Office::new();
    let first = office.party_file("1443");
    office.write("signatories/1443-igen.toml", office.text(&first));
    let run = office.run(&ISSUE).fails(3).complains("signatories/1443-igen.toml: party code 1443 stands already in signatories/1443-bollebygd.toml");
    is_one_line(&office, &run);
    office
        .run(&["parties", "check"])
        .fails(3)
        .complains("party code 1443 stands already")
        .complains("organisation number 212000-2973 stands already")
        .complains("legal name \"Bollebygds kommun\" stands already");
    office.edit(
        "signatories/1443-igen.toml",
        "code = \"1443\"",
        "code = \"9943\"",
    );
    office.edit(
        "signatories/1443-igen.toml",
        "schema = 1",
        "schema = 1\norg_number_note = \"prov\"",
    );
    let run = office
        .run(&ISSUE)
        .fails(3)
        .complains("organisation number 212000-2973 stands already in");
    is_one_line(&office, &run);
    office
        .run(&["parties", "check"])
        .fails(3)
        .complains("the file's name does not begin with the code, 9943-");
}

#[test]
fn names_and_bytes_that_are_no_text() {
    let office = Office::new();
    let file = office.party_file("1499");
    let mut bytes = office.read(&file);
    bytes.extend_from_slice(b"\n# \xff\n");
    office.write(&file, bytes);
    let run = office
        .run(&ISSUE)
        .fails(3)
        .complains("1499-falkoping.toml: the file is not UTF-8");
    is_one_line(&office, &run);

    let office = Office::new();
    let file = "templates/introduktion/1.0/clauses/02-syfte.typ";
    let mut bytes = office.read(file);
    bytes.extend_from_slice(b"\n\xff\n");
    office.write(file, bytes);
    let run = office
        .run(&ISSUE)
        .fails(3)
        .complains(&format!("{file}:"))
        .complains("the file is not UTF-8");
    is_one_line(&office, &run);
}

#[test]
fn settings() {
    let cases = [
        (
            "typeset_seconds = 0",
            "error: sigill.toml: typeset_seconds is 0",
        ),
        (
            "typeset_seconds = \"fast\"",
            "error: sigill.toml:1: invalid type",
        ),
        (
            "\n\nouput = \"x\"",
            "error: sigill.toml:3: unknown field `ouput`",
        ),
        ("schema = 9", "error: sigill.toml: schema 9 is not known"),
        ("actor = \"a\\nb\"", "error: sigill.toml:1: "),
        ("out = ", "error: sigill.toml:1: "),
    ];
    for (settings, error) in cases {
        let office = Office::new();
        office.write("sigill.toml", settings);
        let run = office.run(&ISSUE).fails(3).complains(error);
        is_one_line(&office, &run);
    }
}

/// A published text is frozen: its folder cannot drift away from what was issued.
#[test]
fn a_published_version_that_was_edited() {
    let office = Office::issued(Issue::Introduktion);
    let (log, files) = (office.check_log(), digests(&office.path("out")));
    let folder = "templates/introduktion/1.0";
    let clause = format!("{folder}/clauses/06-kostnader.typ");
    let original = office.text(&clause);
    #[track_caller]
    fn told(office: &Office, error: &str) {
        for command in [&ISSUE[..], &["publish", "introduktion", "1.0"]] {
            office
                .run(command)
                .fails(4)
                .complains(error)
                .complains("hint: put the file back as it was, or make a new version");
        }
    }
    office.write(&clause, format!("{original}\nEtt tillägg.\n"));
    told(
        &office,
        &format!(
            "error: {clause}: introduktion 1.0 is published and frozen, but this file differs from the frozen text"
        ),
    );
    office.remove(&clause);
    told(
        &office,
        &format!(
            "error: {clause}: introduktion 1.0 is published and frozen, but this file is missing"
        ),
    );
    office.write(&clause, &original);
    office.write(format!("{folder}/clauses/nytt.typ"), "= Nytt <nytt>\n");
    told(
        &office,
        &format!(
            "error: {folder}/clauses/nytt.typ: introduktion 1.0 is published and frozen, but this file is new"
        ),
    );
    office.remove(format!("{folder}/clauses/nytt.typ"));
    office.edit(format!("{folder}/version.toml"), "count = 10", "count = 1");
    told(
        &office,
        &format!("error: {folder}/version.toml: introduktion 1.0 is published and frozen"),
    );
    office.edit(format!("{folder}/version.toml"), "count = 1", "count = 10");
    // What a file manager leaves is no part of a text.
    office.write(format!("{folder}/.DS_Store"), "x");
    office.run(&ISSUE).ok().says("Inget nytt");
    assert_eq!(office.check_log(), log);
    assert_eq!(digests(&office.path("out")), files);

    // The shared layout may change for later versions; what is published has its own.
    office.edit(
        "templates/shared/layout.typ",
        "#let margin-x = 30mm",
        "#let margin-x = 25mm",
    );
    office.remove("out");
    office.run(&ISSUE).ok().says("15 filer saknades");
    let mut again = digests(&office.path("out"));
    again.retain(|name, _| files.contains_key(name));
    assert_eq!(again, files);
}

#[test]
fn an_out_folder_that_cannot_be_written() {
    let office = Office::new();
    office.write("out", "a file in the folder's place");
    let run = office
        .run(&ISSUE)
        .fails(5)
        .complains("out")
        .complains("hint: ");
    assert!(run.err.lines().next().unwrap().contains("out"), "{run}");
    assert!(
        !office.kinds().contains_key("Issued"),
        "told before anything is issued"
    );
    office.remove("out");
    office.run(&ISSUE).ok().says("15 exemplar");

    // A folder in a copy's place.
    let office = Office::issued(Issue::Introduktion);
    let file = office.pdfs(Issue::Introduktion).remove(0);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let log = office.check_log();
    office
        .run(&ISSUE)
        .fails(5)
        .complains(file.file_name().unwrap().to_str().unwrap());
    assert_eq!(office.check_log(), log);
}

/// A file system of two megabytes, for the out folder and for the store.
#[test]
fn a_full_disk() {
    let office = Office::new();
    let small = office.beside("small");
    fs::create_dir(&small).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
        .arg(&small)
        .output()
        .is_ok_and(|output| output.status.success());
    if !mounted {
        // Not a judge to install but a right to have: told, and no failure anywhere.
        let told = "\nNOT CHECKED: a full disk; mounting a small tmpfs needs root.\n\n";
        drop(std::io::Write::write_all(
            &mut std::io::stderr(),
            told.as_bytes(),
        ));
        return;
    }
    let unmount = Unmount(&small);
    let out = small.join("out");
    let out = out.to_str().unwrap();
    let run = office
        .run(&["generate", AGREEMENT, "--out", out])
        .fails(5)
        .complains("hint: the disk is full");
    assert_eq!(
        run.err
            .lines()
            .filter(|line| line.starts_with("error: "))
            .count(),
        1,
        "{run}"
    );
    let entered: Vec<String> = office
        .check_log()
        .iter()
        .filter_map(issued_in)
        .map(|issued| issued["file_name"].as_str().unwrap().to_owned())
        .collect();
    let folder = small.join("out/familjecentral-1.0-bilateral");
    for name in names_in(&folder)
        .iter()
        .filter(|name| name.ends_with(".pdf"))
    {
        assert!(entered.contains(name), "{name} is in the register");
        let run = office
            .run(&["verify", folder.join(name).to_str().unwrap()])
            .ok();
        assert!(
            run.out
                .contains("Filen är det nyaste kända läget, byte för byte"),
            "whole or not at all: {run}"
        );
    }
    assert!(
        (1..49).contains(&entered.len()),
        "{} copies fitted",
        entered.len()
    );
    // It goes on where it stopped.
    office.run(&["generate", AGREEMENT]).ok();
    let kinds = [("Opened", 1), ("Published", 1), ("Issued", 49)];
    assert_eq!(office.kinds(), counts(kinds));

    // The office itself on the full disk.
    fs::remove_dir_all(small.join("out")).unwrap();
    let inside = Office::new();
    std::os::unix::fs::symlink(&small, inside.path(".sigill")).unwrap();
    let run = inside
        .run(&["generate", AGREEMENT])
        .fails(5)
        .complains("hint: ");
    assert!(run.err.contains("full"), "{run}");
    inside.check_log();
    let pdfs = || {
        let folder = inside.path("out/familjecentral-1.0-bilateral");
        if folder.exists() {
            names_in(&folder)
        } else {
            Vec::new()
        }
    };
    for name in pdfs().iter().filter(|name| name.ends_with(".pdf")) {
        let log = inside.check_log();
        assert!(
            log.iter()
                .filter_map(issued_in)
                .any(|issued| issued["file_name"] == name.as_str()),
            "{name}"
        );
    }
    inside.remove(".sigill");
    drop(unmount);
}

struct Unmount<'a>(&'a Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.0).output());
    }
}

/// Every command that reads the register says the same of it, and changes nothing.
#[track_caller]
fn refuse_register(office: &Office, code: i32, error: &str, hint: &str) {
    let before = digests(&office.path(".sigill"));
    let file = office.pdfs(Issue::Introduktion).remove(0);
    let backup = office.beside("backup.zip");
    let (file, backup) = (file.to_str().unwrap(), backup.to_str().unwrap());
    for command in [
        &ISSUE[..],
        &["status", "introduktion"],
        &["log"],
        &["send", "introduktion"],
        &[
            "void",
            "introduktion",
            "--form",
            "counterpart",
            "--reason",
            "prov",
        ],
        &["publish", "introduktion", "1.0"],
        &["backup", backup],
    ] {
        office
            .run(command)
            .fails(code)
            .complains(error)
            .complains(hint);
    }
    office.run(&["verify", file]).fails(2).complains(error);
    assert!(!Path::new(backup).exists(), "no backup of what is damaged");
    let after = digests(&office.path(".sigill"));
    for (name, digest) in before
        .iter()
        .filter(|(name, _)| !name.starts_with("register.sqlite-"))
    {
        assert_eq!(after.get(name), Some(digest), "{name} was changed");
    }
}

#[test]
fn a_register_from_a_newer_program() {
    let office = Office::issued(Issue::Introduktion);
    office.sql("PRAGMA user_version = 7; PRAGMA wal_checkpoint(TRUNCATE)");
    refuse_register(
        &office,
        4,
        "has form 7, this program reads up to 5",
        "hint: use the sigill that wrote it",
    );
}

#[test]
fn an_entry_from_a_newer_program() {
    let office = Office::issued(Issue::Introduktion);
    let entry = r#"{"actor":"a","agreement":"introduktion","at":"2031-01-01T00:00:00.000Z","body":{"x":1},"kind":"Sealed","seq":17,"v":2}"#;
    office.enter_with_key(entry);
    office
        .run(&["log"])
        .fails(4)
        .complains("entry 17 has form 2, this program reads 1")
        .complains("hint: use the sigill that wrote it");
    office.run(&ISSUE).fails(4).complains("entry 17 has form 2");
}

#[test]
fn a_register_whose_entry_was_changed() {
    let office = Office::issued(Issue::Introduktion);
    office.sql(
        "UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), 'Issued', 'Iszued') AS BLOB) WHERE seq = 5; PRAGMA wal_checkpoint(TRUNCATE)",
    );
    refuse_register(
        &office,
        5,
        "is damaged: entry 5 was changed after it was stored",
        "hint: nothing was changed; put the office back with `sigill restore",
    );
}

#[test]
fn a_register_with_an_entry_gone() {
    let office = Office::issued(Issue::Introduktion);
    office.sql("DELETE FROM entry WHERE seq = 5; PRAGMA wal_checkpoint(TRUNCATE)");
    office
        .run(&["log"])
        .fails(5)
        .complains("is damaged: entry 5 is missing");
    let file = office.pdfs(Issue::Introduktion).remove(0);
    office
        .run(&["verify", file.to_str().unwrap()])
        .fails(2)
        .complains("entry 5 is missing");
    let backup = office.beside("backup.zip");
    office
        .run(&["backup", backup.to_str().unwrap()])
        .fails(5)
        .complains("entry 5 is missing");
}

#[test]
fn a_register_whose_pages_are_damaged() {
    for what in [
        "SQLite format 3",
        "CREATE TABLE entry",
        "introduktion-1.0-c1471",
    ] {
        let office = Office::issued(Issue::Introduktion);
        office.sql("PRAGMA wal_checkpoint(TRUNCATE)");
        let mut bytes = office.read(".sigill/register.sqlite");
        let places = bytes.windows(what.len()).enumerate();
        let found: Vec<usize> = places
            .filter(|(_, window)| *window == what.as_bytes())
            .map(|(place, _)| place)
            .collect();
        assert!(!found.is_empty(), "{what} is in the database");
        for place in found {
            for byte in bytes.iter_mut().skip(place).take(60) {
                *byte = 0xA5;
            }
        }
        office.write(".sigill/register.sqlite", bytes);
        for command in [&["log"][..], &ISSUE] {
            let run = office.run(command).fails(5).complains("register.sqlite");
            assert!(run.err.contains("hint: "), "{what}: {run}");
        }
    }
}

#[test]
fn a_document_that_is_missing_or_damaged() {
    let office = Office::issued(Issue::Introduktion);
    let log = office.check_log();
    let issued = log.iter().find_map(issued_in).unwrap();
    let base = issued["base"].as_str().unwrap();
    let document = office.document(base);
    let relative = document.strip_prefix(office.root()).unwrap().to_owned();
    let bytes = office.read(&relative);
    office.remove("out");

    let mut damaged = bytes.clone();
    damaged[100] ^= 1;
    office.write(&relative, damaged);
    office
        .run(&ISSUE)
        .fails(5)
        .complains(&format!("document {base} is damaged"))
        .complains("sigill restore");
    office.remove(&relative);
    office
        .run(&ISSUE)
        .fails(5)
        .complains(&format!("document {base} is missing from the store"));
    office.write(&relative, bytes);
    office.run(&ISSUE).ok();
    assert_eq!(office.check_log(), log);

    // The text itself.
    let bundle = log[1]["body"]["bundle"].as_str().unwrap();
    fs::remove_file(office.document(bundle)).unwrap();
    office
        .run(&ISSUE)
        .fails(5)
        .complains(&format!("document {bundle} is missing from the store"));
    office.run(&["status", "introduktion"]).fails(5);
}

#[test]
fn a_register_key_that_is_damaged() {
    let office = Office::new();
    office.write(".sigill/register.key", "not a key\n");
    office
        .run(&ISSUE)
        .fails(5)
        .complains("register.key: not a register key");
    assert!(!office.path("out").exists());
}

/// The store is private: others on the machine cannot read key, register or documents.
#[test]
fn the_store_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let office = Office::issued(Issue::Introduktion);
    let fresh = Office::new();
    fresh.run(&["publish", "introduktion", "1.0"]).ok();
    let mode = |path: &str| fs::metadata(fresh.path(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(".sigill"), 0o700);
    assert_eq!(mode(".sigill/register.key"), 0o600);
    assert!(office.path(".sigill/register.key").is_file());
}

/// Twenty processes at once: one line of entries, no copy twice, each well or told to wait.
#[test]
fn many_processes_at_once() {
    let office = Office::new();
    let codes: Vec<String> = names_in(&repository().join("signatories"))
        .iter()
        .filter_map(|name| name.split_once("-").map(|(code, _)| code.to_owned()))
        .filter(|code| code != "14" && code.bytes().all(|byte| byte.is_ascii_digit()))
        .take(10)
        .collect();
    // Each party twice.
    let children: Vec<_> = codes
        .iter()
        .chain(&codes)
        .map(|code| {
            let mut command = office.command(&["generate", AGREEMENT, "--party", code]);
            command
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    let mut busy = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(0) => assert_eq!(told, ""),
            Some(4) => {
                assert!(told.contains("another sigill is writing"), "{told}");
                busy += 1;
            }
            code => panic!("{code:?}: {told}"),
        }
    }
    assert!(busy < 20);
    let kinds = office.kinds();
    assert_eq!((kinds["Opened"], kinds["Published"]), (1, 1));
    assert!(
        kinds["Issued"] <= 10 && 20 - busy <= 2 * kinds["Issued"],
        "{kinds:?}, {busy} busy"
    );
    for code in &codes {
        office.run(&["generate", AGREEMENT, "--party", code]).ok();
    }
    assert_eq!(office.kinds()["Issued"], 10);
    let mut command = Command::new("sha256sum");
    command
        .args(["-c", "--quiet", "SHA256SUMS"])
        .current_dir(office.path(Issue::Bilateral.out()));
    run(command).ok();
}

/// A process that is killed at any moment leaves what the next run finishes.
#[test]
fn killed_processes_leave_nothing_half_done() {
    let office = Office::new();
    for round in 0..8 {
        let mut child = office
            .command(&ISSUE)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // The moment is when the register has so many entries, not so many milliseconds.
        let register = office.path(".sigill/documents");
        let wanted = [0, 1, 3, 6, 9, 14, 20, 26][round];
        loop {
            let documents = if register.exists() {
                super::support::files_below(&register).len()
            } else {
                0
            };
            if documents >= wanted || child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::yield_now();
        }
        drop(child.kill());
        child.wait().unwrap();
        let folder = office.path(Issue::Introduktion.out());
        if !office.path(".sigill/register.sqlite").exists() || !folder.exists() {
            continue;
        }
        for name in names_in(&folder)
            .iter()
            .filter(|name| name.ends_with(".pdf") && !name.starts_with('.'))
        {
            let run = office.run(&["verify", folder.join(name).to_str().unwrap()]);
            assert!(
                run.out
                    .contains("Filen är det nyaste kända läget, byte för byte"),
                "{name}: {run}"
            );
        }
    }
    office.run(&ISSUE).ok();
    let known = Office::issued(Issue::Introduktion);
    let wanted = digests(&known.path("out"));
    let mut made = digests(&office.path("out"));
    // What a killed write left beside its place is a hidden file that nobody takes for a copy.
    made.retain(|name, _| name.split('/').all(|part| !part.starts_with(".sigill-")));
    assert_eq!(made, wanted);
}
