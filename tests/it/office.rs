//! The life of an office: made, filled, copies handed out, listed, voided, backed up, put back.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::support::{
    AGREEMENT, Issue, Office, counts, digests, files_below, flowing, judge, names_in, page_texts,
    run, scratch, sha256, sigill,
};

/// The way that `sigill init` tells of itself, walked to its end.
#[test]
fn a_new_office_from_init_to_generate() {
    let folder = scratch();
    let root = folder.path().join("kansliet");
    let at = |arguments: &[&str], place: &Path| {
        let mut command = sigill(arguments);
        command.current_dir(place);
        run(command)
    };
    let init = at(&["init", "kansliet"], folder.path()).ok();
    for next in [
        "Next",
        "cd kansliet",
        "sigill template preview exempelavtal",
        "sigill parties check",
        "sigill template lint exempelavtal",
        "status = \"adopted\"",
        "sigill generate exempelavtal",
    ] {
        assert!(init.out.contains(next), "{next}: {init}");
    }
    let told: usize = init
        .out
        .split_once('(')
        .unwrap()
        .1
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(files_below(&root).len(), told);
    assert!(root.join(".gitignore").is_file());

    at(&["parties", "check"], &root)
        .ok()
        .says("3 parter, inga fel");
    at(&["template", "lint", "exempelavtal"], &root)
        .ok()
        .says("exempelavtal 0.1: inga fel");
    at(
        &["template", "preview", "exempelavtal", "--dpi", "40"],
        &root,
    )
    .ok()
    .says("stämplad UTKAST");
    let preview = names_in(&root.join("out/exempelavtal-0.1-preview"));
    assert!(
        preview.iter().any(|name| name.ends_with("UTKAST.pdf")),
        "{preview:?}"
    );
    assert!(
        preview.iter().any(|name| name.ends_with("UTKAST-01.png")),
        "{preview:?}"
    );
    at(&["generate", "exempelavtal"], &root)
        .fails(3)
        .complains("exempelavtal has no adopted version");

    let manifest = root.join("templates/exempelavtal/0.1/version.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    assert!(text.contains("status = \"draft\""), "{text}");
    fs::write(
        &manifest,
        text.replacen("status = \"draft\"", "status = \"adopted\"", 1),
    )
    .unwrap();
    at(&["generate", "exempelavtal"], &root)
        .ok()
        .says("3 exemplar av exempelavtal 0.1");
    let copies = names_in(&root.join("out/exempelavtal-0.1-counterpart"));
    assert_eq!(
        copies.iter().filter(|name| name.ends_with(".pdf")).count(),
        3
    );

    // A folder that holds something is left as it is.
    let before = digests(&root);
    at(&["init", "kansliet"], folder.path())
        .fails(4)
        .complains("kansliet is not empty")
        .complains("hint: name a new folder");
    assert_eq!(digests(&root), before);
    let empty = folder.path().join("tom");
    fs::create_dir(&empty).unwrap();
    at(&["init", "tom"], folder.path()).ok();
    assert!(empty.join("templates/exempelavtal").is_dir());
}

#[track_caller]
fn check_parcel(files: &[(String, Vec<u8>)], copy: &str, base: &[u8]) {
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let of = |name: &str| &files.iter().find(|(there, _)| there == name).unwrap().1;
    assert_eq!(of(copy), base, "the copy, byte for byte");
    assert!(of("LÄS-MIG-FÖRST.pdf").starts_with(b"%PDF-1.7"));
    let sums = String::from_utf8(of("SHA256SUMS").clone()).unwrap();
    let mut wanted: Vec<String> = files
        .iter()
        .filter(|(name, _)| name != "SHA256SUMS")
        .map(|(name, bytes)| format!("{}  {name}", sha256(bytes)))
        .collect();
    let mut lines: Vec<&str> = sums.lines().collect();
    lines.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(lines, wanted);
}

fn files_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    names_in(folder)
        .into_iter()
        .map(|name| (name.clone(), fs::read(folder.join(name)).unwrap()))
        .collect()
}

#[test]
fn send_makes_a_parcel_for_each_party() {
    let office = Office::issued(Issue::Introduktion);
    let nobody = Office::new();
    nobody
        .run(&["send", "introduktion"])
        .fails(4)
        .complains("no copy of introduktion is in the register")
        .complains("hint: `sigill generate introduktion`");

    office
        .run(&["send", "introduktion", "--party", "14"])
        .fails(2)
        .complains("party 14 is not a party to introduktion");
    office
        .run(&["send", "introduktion", "--party", "1499"])
        .ok()
        .says("1 försändelser är packade och införda");
    let copy = "introduktion-1.0-c1499-falkoping.pdf";
    let base = office.read(format!("{}/{copy}", Issue::Introduktion.out()));
    let folder = office.path("out/introduktion-1.0-utskick/1499");
    check_parcel(&files_of(&folder), copy, &base);
    if let Some(mut command) = judge("sha256sum") {
        command
            .args(["-c", "--quiet", "--strict", "SHA256SUMS"])
            .current_dir(&folder);
        run(command).ok();
    }
    let kinds = [("Opened", 1), ("Published", 1), ("Issued", 15), ("Sent", 1)];
    assert_eq!(office.kinds(), counts(kinds));
    let last = office.check_log().pop().unwrap();
    assert_eq!(
        last["body"],
        json!({"copies": ["introduktion-1.0-c1499"], "party": "1499", "way": "folder"})
    );

    let sent = office.run(&["send", "introduktion", "--json"]).ok().json();
    let parcels = sent.as_array().unwrap();
    assert_eq!(parcels.len(), 15);
    let again: Vec<&Value> = parcels
        .iter()
        .filter(|parcel| parcel["again"] == true)
        .map(|parcel| &parcel["party"])
        .collect();
    assert_eq!(again, ["1499"]);
    assert_eq!(office.kinds()["Sent"], 16, "each handing out is an entry");
    office
        .run(&["send", "introduktion", "--party", "1499"])
        .ok()
        .says("1 av dem innehåller exemplar som parten har fått förut");
    let status = office
        .run(&["status", "introduktion", "--json"])
        .ok()
        .json();
    assert_eq!(status[0]["totals"]["sent"], 15);
}

#[test]
fn send_as_zip() {
    let office = Office::issued(Issue::Introduktion);
    let out = office.beside("annanstans");
    office
        .run(&[
            "send",
            "introduktion",
            "--party",
            "1496",
            "--zip",
            "--out",
            out.to_str().unwrap(),
        ])
        .ok()
        .says("1496.zip");
    let zip = fs::File::open(out.join("introduktion-1.0-utskick/1496.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(zip).unwrap();
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        files.push((file.name().unwrap().into_owned(), bytes));
    }
    let copy = "introduktion-1.0-c1496-skovde.pdf";
    check_parcel(
        &files,
        copy,
        &office.read(format!("{}/{copy}", Issue::Introduktion.out())),
    );
    assert_eq!(office.check_log().pop().unwrap()["body"]["way"], "zip");
}

/// One page in Swedish, with the checksum of the file beside it and how to check it.
#[test]
fn the_guide_is_one_page() {
    let folder = |office: &Office, agreement: &str, party: &str| {
        office.path(format!("out/{agreement}-1.0-utskick/{party}"))
    };
    for (issue, party, more) in [
        (Issue::Introduktion, "1499", "Falköpings kommun"),
        (Issue::Bilateral, "1443", "Bollebygds kommun"),
        (Issue::Bilateral, "14", "49 exemplar"),
        (Issue::Joint, "1480", "Göteborgs kommun"),
    ] {
        let office = Office::issued(issue);
        office
            .run(&[
                "send",
                issue.agreement(),
                "--form",
                issue.form(),
                "--party",
                party,
            ])
            .ok();
        let folder = folder(&office, issue.agreement(), party);
        let guide = folder.join("LÄS-MIG-FÖRST.pdf");
        let Some(pages) = page_texts(&guide) else {
            return;
        };
        assert_eq!(pages.len(), 1, "{issue:?} {party}");
        let text = flowing(&pages[0]);
        for words in [
            "Så undertecknar ni",
            "sha256sum -c SHA256SUMS",
            "certutil -hashfile",
            "sigill verify",
            "Personnummer",
            more,
        ] {
            assert!(text.contains(words), "{issue:?} {party}: {words} in {text}");
        }
        let pdfs: Vec<PathBuf> = names_in(&folder)
            .iter()
            .filter(|name| name.ends_with(".pdf") && !name.starts_with("LÄS"))
            .map(|name| folder.join(name))
            .collect();
        if let [only] = pdfs.as_slice() {
            let digest = sha256(&fs::read(only).unwrap());
            assert!(
                text.replace(' ', "").contains(&digest),
                "{issue:?} {party}: {digest} in {text}"
            );
        } else {
            assert_eq!(pdfs.len(), 49, "the region's 49 copies");
        }
        if let Some(mut command) = super::support::python_judge("conformance.py") {
            command.arg(&guide);
            let verdict = run(command);
            assert_eq!(verdict.code, 0, "{verdict}");
        }
    }
}

#[test]
fn status_shows_totals_first_and_everyone() {
    let office = Office::issued(Issue::Bilateral);
    let told = office.run(&["status", AGREEMENT]).ok();
    let totals = told.out.find("49 av 49   exemplar utfärdade").unwrap();
    let first_group = told.out.find("Boråsregionen").unwrap();
    assert!(totals < first_group, "{told}");
    for text in [
        "0 av 196  platser",
        "Utan delregion",
        "Västra Götalandsregionen",
        "49 av 49",
    ] {
        assert!(told.out.contains(text), "{text}: {told}");
    }
    let json = office.run(&["status", AGREEMENT, "--json"]).ok().json();
    let position = &json[0];
    let states = json!({
        "complete": 0, "conditional": 0, "decided": 0, "declined": 0, "deferred": 0, "not_issued": 0,
        "partly": 0, "retracted": 0, "waiting": 50,
    });
    assert_eq!(
        position["totals"],
        json!({
            "parties": 50, "copies": 49, "issued": 49, "sent": 0, "voided": 0, "seats": 196, "signed": 0,
            "complete": 0, "on_paper": 0, "fulfilled": 0, "states": states,
        })
    );
    let groups = position["groups"].as_array().unwrap();
    let names: Vec<Option<&str>> = groups.iter().map(|group| group["name"].as_str()).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    assert_eq!(names.last(), Some(&None), "parties without a group last");
    let parties: Vec<&Value> = groups
        .iter()
        .flat_map(|group| group["parties"].as_array().unwrap())
        .collect();
    assert_eq!(parties.len(), 50, "each party once");
    let region = parties.iter().find(|party| party["code"] == "14").unwrap();
    assert_eq!(region["copies_planned"], 49);
    assert_eq!(region["copies"].as_array().unwrap().len(), 49);
    assert_eq!(
        region["copies"][0]["seats"],
        json!(["14-chair", "14-director"])
    );
    let order: Vec<&str> = groups[0]["parties"]
        .as_array()
        .unwrap()
        .iter()
        .map(|party| party["name"].as_str().unwrap())
        .collect();
    assert_eq!(order.last(), Some(&"Vårgårda kommun"), "{order:?}");

    let csv = office.run(&["status", AGREEMENT, "--csv"]).ok();
    let mut reader = csv::Reader::from_reader(csv.out.trim_start_matches('\u{feff}').as_bytes());
    assert_eq!(reader.headers().unwrap().iter().next(), Some("agreement"));
    assert_eq!(
        reader.records().count(),
        49 + 49,
        "a line per party and copy"
    );
    office
        .run(&["status", AGREEMENT, "--csv", "--json"])
        .fails(2);

    let overview = office.run(&["status", "--json"]).ok().json();
    assert_eq!(
        overview["rows"][0],
        json!({
            "agreement": AGREEMENT, "version": "1.0", "form": "bilateral", "copies": 49, "sent": 0, "voided": 0,
            "seats": 196, "signed": 0, "on_paper": 0, "parties": 50, "parties_complete": 0,
        })
    );
    assert_eq!(
        overview["rows"][1]["version"],
        Value::Null,
        "an agreement without copies is listed"
    );
    office
        .run(&["status", "okand"])
        .fails(2)
        .complains("there is no agreement okand");

    let nothing = Office::new();
    nothing
        .run(&["status", AGREEMENT])
        .ok()
        .says("Ingen version av familjecentral var fastställd");
    nothing.run(&["status"]).ok().says("inget utfärdat");
    assert!(
        !nothing.path(".sigill").exists(),
        "asking opens no register"
    );
}

/// The position at the end of a Swedish day is folded from the entries until then.
#[test]
fn status_as_of_a_day() {
    let office = Office::issued(Issue::Introduktion);
    office
        .run(&["send", "introduktion", "--party", "1499"])
        .ok();
    let instants: Vec<chrono::DateTime<chrono::Utc>> = office
        .check_log()
        .iter()
        .map(|entry| entry["at"].as_str().unwrap().parse().unwrap())
        .collect();
    let day = |at: chrono::DateTime<chrono::Utc>| {
        at.with_timezone(&chrono_tz::Europe::Stockholm).date_naive()
    };
    let last = day(instants[instants.len() - 1]);
    let as_of = |day: chrono::NaiveDate| {
        office
            .run(&[
                "status",
                "introduktion",
                "--json",
                "--as-of",
                &day.to_string(),
            ])
            .ok()
            .json()
    };
    let after = as_of(last.succ_opt().unwrap());
    assert_eq!(after[0]["totals"]["issued"], 15);
    assert_eq!(after[0]["totals"]["sent"], 1);
    assert_eq!(as_of(last)[0]["totals"], after[0]["totals"]);
    let before = day(instants[0]).pred_opt().unwrap();
    assert_eq!(as_of(before), json!([]));
    office
        .run(&["status", "introduktion", "--as-of", &before.to_string()])
        .ok()
        .says(&format!(
            "Ingen version av introduktion var fastställd den {before}."
        ));
    office
        .run(&["status", "introduktion", "--as-of", &last.to_string()])
        .ok()
        .says(&format!("läget vid slutet av {last}"));
    office
        .run(&["status", "introduktion", "--as-of", "2024-02-30"])
        .fails(2);
    office.run(&["status", "--as-of", "2024-02-01"]).fails(2);
}

#[test]
fn log_of_one_party() {
    let office = Office::issued(Issue::Bilateral);
    office.run(&["send", AGREEMENT, "--party", "1443"]).ok();
    office
        .run(&[
            "void",
            AGREEMENT,
            "--copy",
            "familjecentral-1.0-b1443",
            "--reason",
            "Fel kommun",
        ])
        .ok();
    let kinds = |party: &str| -> Vec<String> {
        let lines = office.run(&["log", "--party", party, "--json"]).ok().json();
        lines
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(kinds("1443"), ["Issued", "Sent", "Voided"]);
    assert_eq!(kinds("1490"), ["Issued"]);
    assert_eq!(kinds("14").len(), 50, "all copies and the voiding of one");
    assert_eq!(kinds("9999"), [""; 0]);
    office
        .run(&["log", AGREEMENT, "--party", "1443"])
        .ok()
        .says("makulerade familjecentral-1.0-b1443 – skäl: Fel kommun");
    office
        .run(&["log", "introduktion"])
        .ok()
        .says("Registret är tomt");
}

#[test]
fn parties_export_and_import_agree() {
    let office = Office::new();
    office
        .run(&["parties", "check"])
        .ok()
        .says("50 parter, inga fel");
    let before = digests(&office.path("signatories"));
    let (csv, xlsx) = (office.beside("parter.csv"), office.beside("parter.xlsx"));
    let (csv, xlsx) = (csv.to_str().unwrap(), xlsx.to_str().unwrap());
    office
        .run(&["parties", "export", "--csv", csv, "--xlsx", xlsx])
        .ok();
    for list in [csv, xlsx] {
        office
            .run(&["parties", "import", list])
            .ok()
            .says("0 parter ändrade, 50 oförändrade");
        assert_eq!(digests(&office.path("signatories")), before);
    }
    let text = fs::read_to_string(csv).unwrap();
    assert!(
        text.starts_with(
            "\u{feff}code,kind,legal_name,styled_name,short_name,org_number,seat,groupings\n"
        ),
        "{text}"
    );
    assert_eq!(text.lines().count(), 51);
    let printed = office.run(&["parties", "export", "--csv", "-"]).ok();
    assert_eq!(printed.out, text);
    let json = office.run(&["parties", "export", "--json"]).ok().json();
    assert_eq!(json.as_array().unwrap().len(), 50);
    office.run(&["parties", "export"]).fails(2);
    // The same list gives the same bytes.
    let again = office.beside("igen.xlsx");
    office
        .run(&["parties", "export", "--xlsx", again.to_str().unwrap()])
        .ok();
    assert_eq!(fs::read(again).unwrap(), fs::read(xlsx).unwrap());
}

#[test]
fn import_takes_over_values_and_keeps_comments() {
    let office = Office::new();
    let file = office.party_file("1443");
    office.edit(&file, "schema = 1\n", "# Ringt 2024-02-12.\nschema = 1\n");
    let list = office.beside("lista.csv");
    let list = list.to_str().unwrap();
    // As a Swedish spreadsheet program writes it.
    fs::write(
        list,
        "\u{feff}code;styled_name;seat\r\n1443;Bollebygd stad;\r\n1490;Borås Stad;Borås\r\n",
    )
    .unwrap();
    office
        .run(&["parties", "import", list])
        .ok()
        .says("signatories/1443-bollebygd.toml")
        .says("styled_name: \"Bollebygds kommun\" becomes \"Bollebygd stad\"");
    let text = office.text(&file);
    assert!(
        text.contains("# Ringt 2024-02-12.") && text.contains("# Who signs in each seat"),
        "{text}"
    );
    assert!(text.contains("styled_name = \"Bollebygd stad\""), "{text}");
    assert!(
        text.contains("legal_name = \"Bollebygds kommun\""),
        "{text}"
    );
    office
        .run(&["parties", "import", list])
        .ok()
        .says("0 parter ändrade");
}

#[test]
fn one_wrong_row_changes_nothing() {
    let office = Office::new();
    let before = digests(&office.path("signatories"));
    let list = office.beside("lista.csv");
    let list = list.to_str().unwrap();
    let good = "1443,Bollebygds nya kommun,212000-2973";
    let cases = [
        (
            "1490,Borås kommun,212000-1562",
            ":3: ",
            "is no organisation number",
        ),
        (
            "9999,Okänd kommun,212000-1561",
            ":3: ",
            "there is no party with the code \"9999\"",
        ),
        (
            "1443,Bollebygds kommun,212000-2973",
            ":3: ",
            "code \"1443\" stands in two rows",
        ),
        ("1490,,212000-1561", ":3: ", ""),
        ("1490,Bor\u{202e}ås,212000-1561", ":3: ", "U+202E"),
        (
            "1490,Bollebygds nya kommun,212000-1561",
            "",
            "legal name \"Bollebygds nya kommun\" stands already in",
        ),
        ("1490,Borås kommun", "", "lista.csv"),
    ];
    for (row, line, problem) in cases {
        fs::write(list, format!("code,legal_name,org_number\n{good}\n{row}\n")).unwrap();
        let run = office
            .run(&["parties", "import", list])
            .fails(2)
            .complains(problem);
        assert!(
            line.is_empty() || run.err.contains(&format!("lista.csv{line}")),
            "{row}: {run}"
        );
        assert_eq!(digests(&office.path("signatories")), before, "{row}");
    }
    for (header, problem) in [
        ("code,legalname", "column \"legalname\" is not known"),
        ("legal_name", "the column code is missing"),
    ] {
        fs::write(list, format!("{header}\n1443,x\n")).unwrap();
        let run = office.run(&["parties", "import", list]).fails(2);
        assert!(run.err.contains(problem) || header == "legal_name", "{run}");
    }
    // A quote that is not closed would swallow the rest.
    let open = "code,legal_name
1443,\"Bollebygd
1490,Borås
";
    fs::write(list, open).unwrap();
    office
        .run(&["parties", "import", list])
        .fails(2)
        .complains("lista.csv: row 2 has a quotation mark that is never closed");
    fs::write(list, b"PK\x03\x04,legal_name\n1443,Bor\xe5s\n").unwrap();
    office
        .run(&["parties", "import", list])
        .fails(2)
        .complains("the file is no text");
    let book = office.beside("bok.xlsx");
    fs::write(&book, "not a workbook").unwrap();
    office
        .run(&["parties", "import", book.to_str().unwrap()])
        .fails(2)
        .complains("bok.xlsx");
    office
        .run(&["parties", "import", "no-such.csv"])
        .fails(5)
        .complains("no-such.csv");
    assert_eq!(digests(&office.path("signatories")), before);
}

#[test]
fn void_takes_copies_out_of_force() {
    let office = Office::issued(Issue::Counterpart);
    let log = office.check_log();
    let out = Issue::Counterpart.out();
    let copy = "familjecentral-1.0-c1443";
    office
        .run(&["void", AGREEMENT, "--copy", copy])
        .fails(2)
        .complains("--reason");
    office
        .run(&["void", AGREEMENT, "--copy", copy, "--reason", " "])
        .fails(2)
        .complains("a reason is required");
    office.run(&["void", AGREEMENT, "--reason", "x"]).fails(2);
    let unknown = [
        "void",
        AGREEMENT,
        "--copy",
        copy,
        "--copy",
        "familjecentral-1.0-c9999",
        "--reason",
        "x",
    ];
    office
        .run(&unknown)
        .fails(4)
        .complains("copy familjecentral-1.0-c9999 is not in the register");
    assert_eq!(office.check_log(), log, "all or none");

    office
        .run(&["void", AGREEMENT, "--copy", copy, "--reason", "Fel form"])
        .ok()
        .says("makulerat  familjecentral-1.0-c1443");
    office
        .run(&["void", AGREEMENT, "--copy", copy, "--reason", "Fel form"])
        .fails(4)
        .complains("is voided already");
    assert!(
        office
            .path(format!("{out}/makulerade/{copy}-bollebygd.pdf"))
            .is_file()
    );
    assert_eq!(office.text(format!("{out}/SHA256SUMS")).lines().count(), 49);
    let status = office.run(&["status", AGREEMENT, "--json"]).ok().json();
    let position = status
        .as_array()
        .unwrap()
        .iter()
        .find(|position| position["form"] == "counterpart")
        .unwrap();
    assert_eq!(position["totals"]["voided"], 1);
    assert_eq!(position["totals"]["issued"], 49);

    office
        .run(&[
            "void",
            AGREEMENT,
            "--form",
            "counterpart",
            "--reason",
            "Fel form",
        ])
        .ok()
        .says("49 exemplar är makulerade");
    assert_eq!(office.kinds()["Voided"], 50);
    office
        .run(&["send", AGREEMENT, "--form", "counterpart"])
        .fails(4)
        .complains("no copy of familjecentral is in the register");
    // Each voiding has a salt of its own: equal words do not show as equal.
    let commitments: std::collections::BTreeSet<String> = office
        .check_log()
        .iter()
        .filter_map(|entry| {
            entry["body"]["reason"]["commitment"]
                .as_str()
                .map(str::to_owned)
        })
        .collect();
    assert_eq!(commitments.len(), 50);
    // A voided holder gets a new copy with a new name, never the old name again.
    office
        .run(&[
            "generate",
            AGREEMENT,
            "--form",
            "counterpart",
            "--party",
            "1443",
            "--json",
        ])
        .ok();
    assert!(
        office
            .path(format!("{out}/{copy}-r2-bollebygd.pdf"))
            .is_file()
    );
}

/// What may be erased can be: the register stands whole, and says that the words are gone.
#[test]
fn erased_words_leave_the_register_whole() {
    let office = Office::issued(Issue::Introduktion);
    office
        .run(&[
            "void",
            "introduktion",
            "--copy",
            "introduktion-1.0-c1499",
            "--reason",
            "Namn på en person",
        ])
        .ok();
    let voided = office.check_log().pop().unwrap();
    let commitment = voided["body"]["reason"]["commitment"].as_str().unwrap();
    fs::remove_file(office.document(commitment)).unwrap();
    // Gone without an entry it is lost, not erased.
    office.run(&["log"]).ok().says("SAKNAS");
    let seq = voided["seq"].to_string();
    let ground = "Gallras enligt dokumenthanteringsplanen";
    office
        .run(&["erase", "--entry", &seq, "--ground", ground, "--yes"])
        .ok();
    let log = office.run(&["log"]).ok();
    assert!(
        log.out.contains("makulerade introduktion-1.0-c1499")
            && !log.out.contains("Namn på en person"),
        "{log}"
    );
    let copy = office.path(format!(
        "{}/makulerade/introduktion-1.0-c1499-falkoping.pdf",
        Issue::Introduktion.out()
    ));
    office
        .run(&["verify", copy.to_str().unwrap()])
        .says("skälet är raderat");
}

#[test]
fn backup_and_restore() {
    let office = Office::issued(Issue::Introduktion);
    let backup = office.beside("backup.zip");
    let backup = backup.to_str().unwrap();
    office
        .run(&["backup", backup])
        .ok()
        .says("17 poster och 31 dokument")
        .says("hemliga nyckel");
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(
        fs::metadata(backup).unwrap().permissions().mode() & 0o777,
        0o600,
        "the key is in it"
    );
    let bytes = fs::read(backup).unwrap();
    office
        .run(&["backup", backup])
        .fails(5)
        .complains(backup)
        .complains("hint: choose another name");
    assert_eq!(fs::read(backup).unwrap(), bytes);
    let log = office.check_log();

    // Something happens after the backup, and is not in it.
    office
        .run(&["send", "introduktion", "--party", "1499"])
        .ok();
    let later = office.check_log();
    office
        .run(&["restore", backup])
        .fails(2)
        .complains("--reason");
    office
        .run(&["restore", backup, "--reason", " "])
        .fails(2)
        .complains("a reason is required");
    assert_eq!(office.check_log(), later);
    office
        .run(&["restore", backup, "--reason", "Disken gick sönder"])
        .ok()
        .says("återställt med 17 poster")
        .says(".sigill.replaced-");
    let restored = office.check_log();
    assert_eq!(restored[..17], log);
    assert_eq!(restored.len(), 18);
    let body = &restored[17]["body"];
    assert_eq!(restored[17]["kind"], "Restored");
    assert_eq!(body["backup"], sha256(&bytes), "which backup");
    assert_eq!(body["entries"], 17);
    assert_eq!(
        body["replaced_entries"], 18,
        "what it replaced had one more"
    );
    office.run(&["log"]).ok().says("skäl: Disken gick sönder");
    office.run(&["status", "introduktion"]).ok();
    let overview = office.run(&["status", "--json"]).ok().json();
    let row = overview["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["agreement"] == "introduktion")
        .unwrap();
    assert_eq!(
        (&row["copies"], &row["sent"]),
        (&json!(15), &json!(0)),
        "the index is as the entries"
    );

    // What was replaced is kept whole, and can be put back by hand.
    let names = names_in(office.root());
    let kept = names
        .iter()
        .find(|name| name.starts_with(".sigill.replaced-"))
        .unwrap();
    office.remove(".sigill");
    fs::rename(office.path(kept), office.path(".sigill")).unwrap();
    assert_eq!(office.check_log(), later);
}

/// From nothing but templates, parties and the backup.
#[test]
fn restore_into_an_empty_office() {
    let office = Office::issued(Issue::Introduktion);
    let backup = office.beside("backup.zip");
    let backup = backup.to_str().unwrap();
    office.run(&["backup", backup]).ok();
    let (log, files) = (office.check_log(), digests(&office.path("out")));
    let key = office.read(".sigill/register.key");
    let fresh = Office::new();
    fresh.run(&["restore", backup, "--reason", "Ny dator"]).ok();
    assert_eq!(fresh.check_log()[..17], log);
    assert_eq!(
        fresh.check_log()[17]["body"]["replaced_entries"],
        Value::Null
    );
    assert_eq!(fresh.read(".sigill/register.key"), key);
    fresh
        .run(&["generate", "introduktion"])
        .ok()
        .says("Inget nytt")
        .says("15 filer saknades");
    assert_eq!(digests(&fresh.path("out")), files);
}

#[test]
fn a_damaged_backup_is_refused_and_the_office_unchanged() {
    let office = Office::issued(Issue::Introduktion);
    let backup = office.beside("backup.zip");
    office.run(&["backup", backup.to_str().unwrap()]).ok();
    let good = fs::read(&backup).unwrap();
    let damaged = office.beside("damaged.zip");
    let before = (digests(office.root()), office.check_log());
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("empty".into(), Vec::new()),
        ("no zip".into(), b"this is no zip".to_vec()),
        ("cut".into(), good[..good.len() / 2].to_vec()),
    ];
    for tenth in 1..10 {
        let mut bytes = good.clone();
        let place = good.len() * tenth / 10;
        for byte in &mut bytes[place..place + 8] {
            *byte ^= 0x55;
        }
        files.push((format!("byte {place}"), bytes));
    }
    files.push((
        "a parcel".into(),
        rezip(&good, |name, bytes| {
            Some((name.replace("documents", "dokument"), bytes))
        }),
    ));
    files.push((
        "climbs".into(),
        rezip(&good, |name, bytes| {
            Some((
                if name == "register.key" {
                    "../register.key".to_owned()
                } else {
                    name
                },
                bytes,
            ))
        }),
    ));
    files.push((
        "no register".into(),
        rezip(&good, |name, bytes| {
            (name != "register.sqlite").then_some((name, bytes))
        }),
    ));
    files.push((
        "other documents".into(),
        rezip(&good, |name, mut bytes| {
            if name.starts_with("documents/") {
                bytes.push(b' ');
            }
            Some((name, bytes))
        }),
    ));
    for (what, bytes) in files {
        fs::write(&damaged, bytes).unwrap();
        let run = office
            .run(&["restore", damaged.to_str().unwrap(), "--reason", "prov"])
            .fails(5);
        assert!(!run.err.contains("panicked"), "{what}: {run}");
        let mut after = digests(office.root());
        after.retain(|name, _| {
            before.0.contains_key(name) || !name.starts_with(".sigill/register.sqlite-")
        });
        let mut expected = before.0.clone();
        for volatile in [".sigill/register.sqlite-shm", ".sigill/register.sqlite-wal"] {
            after.remove(volatile);
            expected.remove(volatile);
        }
        let differs: Vec<&String> = after
            .keys()
            .chain(expected.keys())
            .filter(|name| after.get(*name) != expected.get(*name))
            .collect();
        assert!(differs.is_empty(), "{what}: {differs:?}");
    }
    assert_eq!(office.check_log(), before.1);
    office
        .run(&["restore", "no-such.zip", "--reason", "prov"])
        .fails(5)
        .complains("no-such.zip");
    assert_eq!(office.check_log(), before.1);
}

/// Packs a zip anew, each file as `change` gives it.
fn rezip(zip: &[u8], change: impl Fn(String, Vec<u8>) -> Option<(String, Vec<u8>)>) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        if let Some((name, bytes)) = change(file.name().unwrap().into_owned(), bytes) {
            writer.start_file(name, options).unwrap();
            std::io::Write::write_all(&mut writer, &bytes).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_newer_version_leaves_the_older_copies_what_they_are() {
    let office = Office::new();
    let one = ["generate", "introduktion", "--party", "1496"];
    office.run(&one).ok();
    let older = "templates/introduktion/1.0";
    for file in files_below(&office.path(older)) {
        let bytes = office.read(format!("{older}/{file}"));
        office.write(format!("templates/introduktion/1.1/{file}"), bytes);
    }
    office.edit(
        "templates/introduktion/1.1/version.toml",
        "version = \"1.0\"",
        "version = \"1.1\"",
    );
    office.run(&["publish", "introduktion", "1.1"]).ok();
    // Published and not issued: what the parties are to sign is still 1.0.
    let send = ["send", "introduktion", "--party", "1496"];
    office.run(&send).ok().says("introduktion-1.0-utskick");

    office.run(&one).ok();
    let void = [
        "void",
        "introduktion",
        "--form",
        "counterpart",
        "--reason",
        "x",
    ];
    office
        .run(&void)
        .fails(4)
        .complains("copies of several versions of introduktion");
    let twice = "introduktion-1.0-c1496";
    let void = [
        "void",
        "introduktion",
        "--copy",
        twice,
        "--copy",
        twice,
        "--reason",
        "x",
    ];
    office.run(&void).ok();
    assert_eq!(
        office.kinds()["Voided"],
        1,
        "named twice, it is voided once"
    );
}
