//! Generate and publish: the copies, their files and their entries.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::support::{
    AGREEMENT, Issue, Office, counts, digests, issued_in, judge, names_in, run, sha256,
};

/// Checks everything that an issue of copies leaves: files, sums, entries.
#[track_caller]
fn check_issue(issue: Issue) {
    let office = Office::issued(issue);
    let kinds = [("Opened", 1), ("Published", 1), ("Issued", issue.copies())];
    assert_eq!(office.kinds(), counts(kinds));

    let folder = office.path(issue.out());
    let mut sums = String::new();
    let mut files = BTreeSet::from(["SHA256SUMS".to_owned()]);
    let mut holders = BTreeSet::new();
    let entries = office.check_log();
    let mut issued: Vec<&Value> = entries.iter().filter_map(issued_in).collect();
    issued.sort_by_key(|issued| issued["copy"].as_str());
    for issued in issued {
        let (copy, name) = (
            issued["copy"].as_str().unwrap(),
            issued["file_name"].as_str().unwrap(),
        );
        assert!(
            name.starts_with(&format!("{copy}-")) && name.ends_with(".pdf"),
            "{name}"
        );
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        assert!(name.chars().all(is_plain), "{name} can be typed anywhere");
        let bytes = fs::read(folder.join(name)).unwrap();
        assert_eq!(sha256(&bytes), issued["base"], "{name}");
        assert_eq!(bytes.len(), issued["size_bytes"], "{name}");
        assert_eq!(issued["form"], issue.form());
        sums.push_str(&format!("{}  {name}\n", sha256(&bytes)));
        files.insert(name.to_owned());
        holders.insert(issued["holder"].to_string());
        let data: Value = serde_json::from_slice(
            &fs::read(office.document(issued["data"].as_str().unwrap())).unwrap(),
        )
        .unwrap();
        assert_eq!(data["copy"], copy);
        assert_eq!(data["text_digest"], issued["text_digest"]);
        let codes: Vec<&Value> = data["parties"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| &p["code"])
            .collect();
        assert_eq!(json!(codes), issued["parties"]);
    }
    assert_eq!(holders.len(), issue.copies(), "one copy for each");
    assert_eq!(
        names_in(&folder).into_iter().collect::<BTreeSet<_>>(),
        files
    );
    assert_eq!(office.text(format!("{}/SHA256SUMS", issue.out())), sums);
    assert!(
        office
            .path(format!("out/{}-1.0-bundle.zip", issue.agreement()))
            .is_file()
    );
    if let Some(mut command) = judge("sha256sum") {
        command
            .args(["-c", "--quiet", "--strict", "SHA256SUMS"])
            .current_dir(&folder);
        run(command).ok();
    }
}

#[test]
fn bilateral_gives_49_copies() {
    check_issue(Issue::Bilateral);
}

#[test]
fn counterpart_gives_50_copies() {
    check_issue(Issue::Counterpart);
}

#[test]
fn joint_gives_one_copy() {
    check_issue(Issue::Joint);
}

#[test]
fn a_second_agreement_of_another_kind_gives_15_copies() {
    check_issue(Issue::Introduktion);
}

#[test]
fn files_have_readable_names() {
    let office = Office::issued(Issue::Bilateral);
    let names: Vec<String> = office
        .pdfs(Issue::Bilateral)
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    for name in [
        "familjecentral-1.0-b1407-ockero.pdf",
        "familjecentral-1.0-b1443-bollebygd.pdf",
        "familjecentral-1.0-b1462-lilla-edet.pdf",
        "familjecentral-1.0-b1492-amal.pdf",
    ] {
        assert!(
            names.iter().any(|there| there == name),
            "{name} in {names:?}"
        );
    }
    let joint = Office::issued(Issue::Joint);
    assert!(
        joint
            .path("out/familjecentral-1.0-joint/familjecentral-1.0-j-alla-parter.pdf")
            .is_file()
    );
}

#[test]
fn the_whole_list_is_in_swedish_order() {
    let office = Office::issued(Issue::Joint);
    let entries = office.check_log();
    let parties = &issued_in(entries.last().unwrap()).unwrap()["parties"];
    let place = |code: &str| {
        parties
            .as_array()
            .unwrap()
            .iter()
            .position(|party| party == code)
            .unwrap()
    };
    assert!(place("1442") < place("1487"), "Vårgårda before Vänersborg");
    assert!(
        place("1487") < place("1492"),
        "Vänersborg before Åmål would be wrong by bytes"
    );
    assert!(place("1492") < place("1407"), "Åmål before Öckerö");
    assert_eq!(place("14"), 49, "the region last");
}

#[test]
fn a_second_run_issues_nothing() {
    for issue in Issue::ALL {
        let office = Office::issued(issue);
        let (log, files) = (office.check_log(), digests(&office.path("out")));
        office
            .run(&["generate", issue.agreement(), "--form", issue.form()])
            .ok()
            .says(&format!("Inget nytt: {} exemplar", issue.copies()));
        assert_eq!(office.check_log(), log);
        assert_eq!(digests(&office.path("out")), files);
    }
}

#[test]
fn a_missing_or_changed_file_is_written_again() {
    let office = Office::issued(Issue::Bilateral);
    let (log, files) = (office.check_log(), digests(&office.path("out")));
    let out = Issue::Bilateral.out();
    office.remove(format!("{out}/familjecentral-1.0-b1443-bollebygd.pdf"));
    office.write(
        format!("{out}/familjecentral-1.0-b1480-goteborg.pdf"),
        "not a PDF",
    );
    office.remove(format!("{out}/SHA256SUMS"));
    office
        .run(&["generate", AGREEMENT])
        .ok()
        .says("2 filer saknades eller var ändrade");
    // What bore a copy's name and was none is kept, where nobody sends it by mistake.
    let strange = format!("{out}/avvikande/familjecentral-1.0-b1480-goteborg.pdf");
    assert_eq!(office.text(&strange), "not a PDF");
    office.remove(format!("{out}/avvikande"));
    assert_eq!(digests(&office.path("out")), files);
    assert_eq!(office.check_log(), log);

    office.remove("out");
    office.run(&["generate", AGREEMENT]).ok();
    assert_eq!(digests(&office.path("out")), files, "all from the store");
}

#[test]
fn another_folder_another_person_another_order_give_the_same_bytes() {
    let first = Office::issued(Issue::Counterpart);
    let second = Office::new();
    for code in ["1490", "14", "1407"] {
        second
            .run(&[
                "--actor",
                "Någon Annan",
                "generate",
                AGREEMENT,
                "--form",
                "counterpart",
                "--party",
                code,
            ])
            .ok();
    }
    second
        .run(&["generate", AGREEMENT, "--form", "counterpart"])
        .ok()
        .says("47 exemplar");
    assert_eq!(digests(&first.path("out")), digests(&second.path("out")));
}

#[test]
fn joint_and_bilateral_copies_reproduce_too() {
    let office = Office::new();
    let elsewhere = office.beside("elsewhere");
    let out = elsewhere.to_str().unwrap();
    office
        .run(&["generate", AGREEMENT, "--form", "joint", "--out", out])
        .ok();
    office
        .run(&[
            "generate", AGREEMENT, "--party", "1443", "--party", "1480", "--out", out,
        ])
        .ok()
        .says("samma version är också utfärdad som gemensamt exemplar");
    assert!(
        !office.path("out/familjecentral-1.0-joint").exists(),
        "--out names another folder"
    );
    for (issue, copies) in [(Issue::Joint, 1), (Issue::Bilateral, 2)] {
        let first = Office::issued(issue);
        let folder = elsewhere.join(format!("familjecentral-1.0-{}", issue.form()));
        let mut made = digests(&folder);
        made.remove("SHA256SUMS");
        assert_eq!(made.len(), copies);
        let known = digests(&first.path(issue.out()));
        for (name, digest) in made {
            assert_eq!(known.get(&name), Some(&digest), "{name}");
        }
    }
}

/// Signatories and signing rules belong to the party, never to the base revision.
#[test]
fn a_person_or_a_signing_rule_changes_no_copy() {
    let office = Office::issued(Issue::Bilateral);
    let change = |office: &Office| {
        let file = office.party_file("1443");
        office.edit(
            &file,
            "[signing]\n",
            "[signing]\nat_least = 1\nsource = \"Kommunstyrelsen 2024-02-12 § 31\"\n",
        );
        office.edit(
            &file,
            "role = \"chair\"\nby = [\"chair\", \"vice_chair\"]",
            "role = \"chair\"\nby = [\"vice_chair\"]",
        );
        office.edit(
            &file,
            "title = \"Kommunstyrelsens ordförande\"",
            "title = \"Ordförande\"\nname = \"Åsa Öman\"\nemail = \"asa@example.org\"\nfrom = 2023-01-01",
        );
        office.run(&["parties", "check"]).ok();
    };
    let (log, files) = (office.check_log(), digests(&office.path("out")));
    change(&office);
    office
        .run(&["generate", AGREEMENT])
        .ok()
        .says("Inget nytt: 49 exemplar");
    assert_eq!(digests(&office.path("out")), files);
    assert_eq!(office.check_log(), log);

    let fresh = Office::new();
    change(&fresh);
    fresh.run(&["generate", AGREEMENT, "--party", "1443"]).ok();
    let name = format!(
        "{}/familjecentral-1.0-b1443-bollebygd.pdf",
        Issue::Bilateral.out()
    );
    assert_eq!(
        fresh.read(&name),
        office.read(&name),
        "the same base revision"
    );
}

#[test]
fn a_changed_printed_name_is_refused_and_shown() {
    let office = Office::issued(Issue::Bilateral);
    let (log, files) = (office.check_log(), digests(&office.path("out")));
    let file = office.party_file("1443");
    office.edit(
        &file,
        "legal_name = \"Bollebygds kommun\"",
        "legal_name = \"Bollebygds nya kommun\"",
    );
    office
        .run(&["generate", AGREEMENT])
        .fails(4)
        .complains("familjecentral-1.0-b1443 says legal_name = \"Bollebygds kommun\" of 1443")
        .complains("today \"Bollebygds nya kommun\"")
        .complains("hint: ")
        .complains("--reissue");
    office
        .run(&["generate", AGREEMENT, "--party", "1443"])
        .fails(4);
    office.run(&["generate", AGREEMENT, "--party", "1490"]).ok();
    assert_eq!(office.check_log(), log);
    assert_eq!(digests(&office.path("out")), files);

    office.edit(&file, "Bollebygds nya kommun", "Bollebygds kommun");
    office.run(&["generate", AGREEMENT]).ok().says("Inget nytt");

    let region = office.party_file("14");
    office.edit(&region, "seat = \"Vänersborg\"", "seat = \"Göteborg\"");
    office
        .run(&["generate", AGREEMENT])
        .fails(4)
        .complains("49 of the issued copies")
        .complains("seat = \"Vänersborg\" of 14, today \"Göteborg\"");
    assert_eq!(office.check_log(), log);
}

#[test]
fn reissue_voids_the_old_copy_visibly() {
    let office = Office::issued(Issue::Bilateral);
    let out = Issue::Bilateral.out();
    let old = format!("{out}/familjecentral-1.0-b1443-bollebygd.pdf");
    let old_bytes = office.read(&old);
    let log = office.check_log();
    office.edit(
        office.party_file("1443"),
        "legal_name = \"Bollebygds kommun\"",
        "legal_name = \"Bollebygds stad\"",
    );

    office
        .run(&["generate", AGREEMENT, "--reissue"])
        .fails(2)
        .complains("--reason");
    office
        .run(&["generate", AGREEMENT, "--reason", "Namnbyte"])
        .fails(2)
        .complains("--reissue");
    office
        .run(&["generate", AGREEMENT, "--reissue", "--reason", "  "])
        .fails(2)
        .complains("a reason is required");
    assert_eq!(office.check_log(), log, "nothing without a reason");

    office
        .run(&[
            "generate",
            AGREEMENT,
            "--reissue",
            "--reason",
            "Kommunen har bytt namn",
        ])
        .ok()
        .says("1 exemplar")
        .says("48 fanns redan")
        .says("makulerat  familjecentral-1.0-b1443");
    let kinds = [
        ("Opened", 1),
        ("Published", 1),
        ("Issued", 49),
        ("Voided", 1),
        ("Reissued", 1),
    ];
    assert_eq!(office.kinds(), counts(kinds));
    let entries = office.check_log();
    assert_eq!(entries[..log.len()], log, "nothing before was touched");
    let [voided, reissued] = entries[log.len()..]
        .try_into()
        .map(|last: &[Value; 2]| last)
        .unwrap();
    assert_eq!(voided["body"]["copy"], "familjecentral-1.0-b1443");
    assert_eq!(reissued["body"]["replaces"], "familjecentral-1.0-b1443");
    assert_eq!(
        reissued["body"]["issued"]["copy"],
        "familjecentral-1.0-b1443-r2"
    );
    assert!(
        !voided.to_string().contains("bytt namn"),
        "only a commitment stands in the entry"
    );

    // Salt and words are the document; what is erased is told as erased, and the register stands.
    let commitment = voided["body"]["reason"]["commitment"].as_str().unwrap();
    let document = fs::read(office.document(commitment)).unwrap();
    assert_eq!(&document[32..], "Kommunen har bytt namn".as_bytes());

    assert!(!office.path(&old).exists());
    assert_eq!(
        office.read(format!(
            "{out}/makulerade/familjecentral-1.0-b1443-bollebygd.pdf"
        )),
        old_bytes
    );
    let sums = office.text(format!("{out}/SHA256SUMS"));
    assert_eq!(sums.lines().count(), 49);
    assert!(sums.contains("familjecentral-1.0-b1443-r2-bollebygd.pdf"));
    assert!(!sums.contains("familjecentral-1.0-b1443-bollebygd.pdf"));

    office
        .run(&[
            "verify",
            &format!("{out}/makulerade/familjecentral-1.0-b1443-bollebygd.pdf"),
        ])
        .says("makulerat")
        .says("Kommunen har bytt namn");
    office
        .run(&["status", AGREEMENT, "--copies"])
        .ok()
        .says("familjecentral-1.0-b1443-r2, 1 makulerade");
    office
        .run(&["log"])
        .ok()
        .says("skäl: Kommunen har bytt namn");
    office
        .run(&["generate", AGREEMENT])
        .ok()
        .says("Inget nytt: 49");

    // A named party is made anew even though nothing changed.
    office
        .run(&[
            "generate",
            AGREEMENT,
            "--party",
            "1490",
            "--reissue",
            "--reason",
            "Trycket blev fel",
            "--json",
        ])
        .ok();
    assert!(
        office
            .path(format!("{out}/familjecentral-1.0-b1490-r2-boras.pdf"))
            .is_file()
    );
    assert_eq!(office.kinds()["Reissued"], 2);
}

#[test]
fn what_is_not_known_is_told() {
    let office = Office::new();
    office
        .run(&["generate", "okand"])
        .fails(2)
        .complains("there is no agreement okand")
        .complains("hint: this office has: familjecentral, introduktion");
    office
        .run(&["generate", AGREEMENT, "--version", "7.0"])
        .fails(2)
        .complains("there is no version 7.0 of familjecentral");
    office
        .run(&["generate", "introduktion", "--party", "14"])
        .fails(2)
        .complains("party 14 is not a party to introduktion");
    office
        .run(&["generate", AGREEMENT, "--party", "9999"])
        .fails(2)
        .complains("party 9999 is not a party to familjecentral");
    office
        .run(&["generate", "../etc"])
        .fails(2)
        .complains("agreement");
    office
        .run(&["generate", AGREEMENT, "--form", "trilateral"])
        .fails(2)
        .complains("bilateral, counterpart, joint");
    let kinds = office.kinds();
    assert!(!kinds.contains_key("Issued"), "{kinds:?}");
    assert!(
        !office
            .path("out/familjecentral-1.0-bilateral/SHA256SUMS")
            .exists()
    );
}

#[test]
fn a_folder_that_is_no_office_is_told() {
    let office = Office::new();
    let empty = office.beside("empty");
    fs::create_dir(&empty).unwrap();
    office
        .run(&["--office", empty.to_str().unwrap(), "generate", AGREEMENT])
        .fails(2)
        .complains("is not an office")
        .complains("hint: `sigill init DIR` makes one");
    assert_eq!(names_in(&empty), [""; 0], "nothing is made there");
}

#[test]
fn only_an_adopted_version_is_issued() {
    let office = Office::new();
    for command in [
        &["generate", AGREEMENT, "--version", "0.9"][..],
        &["publish", AGREEMENT, "0.9"],
    ] {
        office
            .run(command)
            .fails(4)
            .complains(
                "familjecentral 0.9 has status consultation, only an adopted version is issued",
            )
            .complains("sigill template preview");
    }
    office.edit(
        "templates/introduktion/1.0/version.toml",
        "status = \"adopted\"",
        "status = \"draft\"",
    );
    office
        .run(&["generate", "introduktion", "--version", "1.0"])
        .fails(4)
        .complains("introduktion 1.0 has status draft");
    office
        .run(&["generate", "introduktion"])
        .fails(3)
        .complains("introduktion has no adopted version");
    assert_eq!(office.kinds(), counts([("Opened", 1)]));
    assert!(!office.path("out").exists());
}

#[test]
fn publish_freezes_once() {
    let office = Office::new();
    let digest = |run: &super::support::Run| {
        let line = run
            .out
            .lines()
            .find(|line| line.contains("textens kontrollsumma"));
        line.unwrap()
            .split_whitespace()
            .next_back()
            .unwrap()
            .to_owned()
    };
    let first = office
        .run(&["publish", "introduktion", "1.0"])
        .ok()
        .says("introduktion 1.0 är fastställd och låst");
    let bundle = office.read("out/introduktion-1.0-bundle.zip");
    let second = office
        .run(&["publish", "introduktion", "1.0"])
        .ok()
        .says("var redan låst");
    assert_eq!(digest(&first), digest(&second));
    assert_eq!(office.read("out/introduktion-1.0-bundle.zip"), bundle);
    assert_eq!(office.kinds(), counts([("Opened", 1), ("Published", 1)]));

    // The digest by its definition: format, then path NUL digest LF of each file in order.
    let mut lines = b"sigill-bundle-1\n".to_vec();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bundle)).unwrap();
    let mut names: Vec<String> = archive
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    names.sort();
    for name in names {
        let mut file = archive.by_name(&name).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        lines.extend_from_slice(format!("{name}\0{}\n", sha256(&bytes)).as_bytes());
    }
    assert_eq!(sha256(&lines), digest(&first));

    let run = office
        .run(&["generate", "introduktion", "--party", "1499", "--json"])
        .ok();
    assert_eq!(run.json()["published"], Value::Null, "published before");
    assert_eq!(
        office.kinds(),
        counts([("Opened", 1), ("Published", 1), ("Issued", 1)])
    );
}

#[test]
fn generate_tells_as_json() {
    let office = Office::new();
    let summary = office
        .run(&[
            "generate",
            "introduktion",
            "--party",
            "1496",
            "--party",
            "1499",
            "--json",
        ])
        .ok()
        .json();
    assert_eq!(summary["agreement"], "introduktion");
    assert_eq!(summary["version"], "1.0");
    assert_eq!(summary["form"], "counterpart");
    assert_eq!(
        summary["issued"],
        json!(["introduktion-1.0-c1499", "introduktion-1.0-c1496"])
    );
    assert_eq!(summary["unchanged"], 0);
    assert_eq!(summary["voided"], json!([]));
    assert_eq!(summary["published"]["version"], "1.0");
    let entries = office.run(&["log", "--json"]).ok().json();
    let stored = office.check_log();
    for (told, stored) in entries.as_array().unwrap().iter().zip(&stored) {
        for key in ["actor", "agreement", "at", "body", "kind", "seq", "v"] {
            assert_eq!(told[key], stored[key], "{key}");
        }
    }
    assert_eq!(entries.as_array().unwrap().len(), stored.len());
}

#[test]
fn each_entry_says_who_acted() {
    let office = Office::new();
    let actors = |office: &Office| -> Vec<String> {
        let entries = office.check_log();
        entries
            .iter()
            .map(|entry| entry["actor"].as_str().unwrap().to_owned())
            .collect()
    };
    let by = |arguments: &[&str], set: &dyn Fn(&mut Command)| {
        let mut command = office.command(arguments);
        set(&mut command);
        run(command).ok();
    };
    by(
        &["--actor", "Anna Ek", "publish", "introduktion", "1.0"],
        &|_| (),
    );
    assert_eq!(actors(&office), ["Anna Ek", "Anna Ek"]);
    office.write("sigill.toml", "actor = \"Kansliet\"\n");
    by(&["generate", "introduktion", "--party", "1499"], &|_| ());
    assert_eq!(actors(&office)[2], "Kansliet");
    by(
        &["generate", "introduktion", "--party", "1496"],
        &|command| {
            command.env("SIGILL_ACTOR", "Bo Ås");
        },
    );
    assert_eq!(actors(&office)[3], "Bo Ås");
    office
        .run(&["--actor", "två\nrader", "status"])
        .fails(2)
        .complains("actor");
}

/// A copy that names no party of its own list any more cannot be made.
#[test]
fn a_party_whose_file_is_gone_is_told() {
    let office = Office::new();
    office.run(&["publish", "introduktion", "1.0"]).ok();
    office.remove(office.party_file("1499"));
    office
        .run(&["generate", "introduktion"])
        .fails(2)
        .complains("1499");
    assert_eq!(office.kinds(), counts([("Opened", 1), ("Published", 1)]));
}
