//! The pages themselves, judged from outside: conformance, text, fields, attachment.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::judging::check_syntax;
use super::support::{
    Issue, Office, ask, flowing, issued_in, judge, page_texts, python_judge, run, scratch, sha256,
};

/// Each issued copy's file with what its entry and its data say.
fn copies(office: &Office, issue: Issue) -> Vec<(PathBuf, Value, Value)> {
    let folder = office.path(issue.out());
    let entries = office.check_log();
    let issued = entries.iter().filter_map(issued_in);
    issued
        .map(|issued| {
            let file = folder.join(issued["file_name"].as_str().unwrap());
            let data = fs::read(office.document(issued["data"].as_str().unwrap())).unwrap();
            (file, issued.clone(), serde_json::from_slice(&data).unwrap())
        })
        .collect()
}

/// Runs a judge on many files at once.
fn with_files(mut command: Command, files: &[PathBuf]) -> super::support::Run {
    command.args(files);
    run(command)
}

#[track_caller]
fn check_conformance(files: &[PathBuf], profile: &str) {
    let Some(mut command) = python_judge("conformance.py") else {
        return;
    };
    command.args(["--pdfa", profile]);
    let run = with_files(command, files);
    assert_eq!(run.code, 0, "{run}");
    let verdicts: Vec<Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(verdicts.len(), files.len());
    for verdict in verdicts {
        assert_eq!(verdict["pdfa"]["profile"], profile);
        assert_eq!(verdict["pdfa"]["passed"], true, "{verdict}");
        assert_eq!(verdict["pdfua"]["passed"], true, "{verdict}");
    }
}

#[test]
fn bilateral_copies_conform() {
    check_conformance(
        &Office::issued(Issue::Bilateral).pdfs(Issue::Bilateral),
        "3a",
    );
}

#[test]
fn counterpart_copies_conform() {
    check_conformance(
        &Office::issued(Issue::Counterpart).pdfs(Issue::Counterpart),
        "3a",
    );
}

#[test]
fn joint_and_second_agreement_copies_conform() {
    for issue in [Issue::Joint, Issue::Introduktion] {
        check_conformance(&Office::issued(issue).pdfs(issue), "3a");
    }
}

#[test]
fn every_copy_has_clean_syntax() {
    for issue in Issue::ALL {
        check_syntax(&Office::issued(issue).pdfs(issue));
    }
}

/// A setting of version.toml: PDF/A-2a, which allows no such attachment.
#[test]
fn a2a_copies_conform_and_carry_no_attachment() {
    let office = Office::new();
    office.edit(
        "templates/introduktion/1.0/version.toml",
        "pdf = \"a3a-ua1\"",
        "pdf = \"a2a-ua1\"",
    );
    office
        .run(&["generate", "introduktion", "--party", "1499"])
        .ok();
    let files = office.pdfs(Issue::Introduktion);
    check_conformance(&files, "2a");
    check_syntax(&files);
    let pdf = fs::read(&files[0]).unwrap();
    assert_eq!(sigill::pdf::attachment(&pdf, "avtalsdata.json"), Ok(None));
    // Without the data in the file, the register still knows it, and can make it again.
    office
        .run(&["verify", "--rebuild", files[0].to_str().unwrap()])
        .ok()
        .says("ger samma byte");
}

/// Where the pages of the body are: from the first clause up to the signatures.
fn body(pages: &[String]) -> &[String] {
    // The first line is the running head.
    let begins = |page: &String, heading: &str| {
        let mut lines = page.lines().map(flowing).filter(|line| !line.is_empty());
        lines
            .nth(1)
            .is_some_and(|line| line.replace(' ', "") == heading)
    };
    let first = pages.iter().position(|page| begins(page, "§1")).unwrap();
    let signatures = pages
        .iter()
        .position(|page| begins(page, "Underskrifter"))
        .unwrap();
    &pages[first..signatures]
}

/// Takes the footer's lines away: the copy's name and its digest are what differs.
fn without_footer(page: &str, copy: &str, short: &str) -> String {
    let is_footer = |line: &str| {
        line.contains(copy) || line.contains(short) || line.trim_start().starts_with("Sida ")
    };
    page.lines()
        .filter(|line| !is_footer(line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn short(digest: &str) -> String {
    let groups: Vec<&str> = (0..4)
        .map(|group| &digest[group * 4..group * 4 + 4])
        .collect();
    groups.join(" ")
}

#[track_caller]
fn check_text(issue: Issue) {
    let office = Office::issued(issue);
    let mut bodies: BTreeMap<String, String> = BTreeMap::new();
    for (file, issued, data) in copies(&office, issue) {
        let Some(pages) = page_texts(&file) else {
            return;
        };
        let name = file.display();
        let (copy, digest) = (
            issued["copy"].as_str().unwrap(),
            issued["data"].as_str().unwrap(),
        );
        let all = flowing(&pages.join(" "));
        for letter in ["å", "ä", "ö", "§"] {
            assert!(all.contains(letter), "{name}: {letter}");
        }
        for replaced in ['\u{fffd}', '\u{e000}', '\u{f001}'] {
            assert!(
                !all.contains(replaced),
                "{name}: U+{:04X}",
                u32::from(replaced)
            );
        }
        for party in data["parties"].as_array().unwrap() {
            for field in ["legal_name", "org_number"] {
                let printed = party["printed"][field].as_str().unwrap();
                assert!(all.contains(printed), "{name}: {field} {printed}");
            }
            for seat in party["seats"].as_array().unwrap() {
                let title = seat["title"].as_str().unwrap();
                assert!(all.contains(title), "{name}: {title}");
            }
        }
        for (index, page) in pages.iter().enumerate() {
            let place = format!("Sida {} av {}", index + 1, pages.len());
            for footer in [copy, "version 1.0", place.as_str(), short(digest).as_str()] {
                assert!(
                    flowing(page).contains(footer),
                    "{name}, page {}: {footer}",
                    index + 1
                );
            }
        }
        // In full on the signature pages, in groups of four.
        let signatures = flowing(&pages[pages.len() - 1]).replace(' ', "");
        assert!(
            signatures.contains(digest),
            "{name}: the full digest on the last page"
        );
        // The second agreement has no page of parties, where the text's digest stands; pdftotext
        // tells its groups in columns.
        let text_digest = issued["text_digest"].as_str().unwrap();
        for group in text_digest.as_bytes().chunks(4) {
            let group = std::str::from_utf8(group).unwrap();
            assert!(
                issue == Issue::Introduktion || all.split(' ').any(|word| word == group),
                "{name}: {group} of {text_digest}"
            );
        }

        let body: Vec<String> = body(&pages)
            .iter()
            .map(|page| without_footer(page, copy, &short(digest)))
            .collect();
        assert!(body.len() >= 2, "{name}: {} pages of clauses", body.len());
        let body = body.join("\u{c}");
        bodies.insert(body, copy.to_owned());
    }
    assert_eq!(
        bodies.len(),
        1,
        "one body in all copies: {:?}",
        bodies.values()
    );
}

#[test]
fn bilateral_copies_say_what_they_must() {
    check_text(Issue::Bilateral);
}

#[test]
fn counterpart_copies_say_what_they_must() {
    check_text(Issue::Counterpart);
}

#[test]
fn joint_and_second_agreement_copies_say_what_they_must() {
    check_text(Issue::Joint);
    check_text(Issue::Introduktion);
}

#[test]
fn the_body_is_the_same_in_all_three_forms() {
    let mut bodies = Vec::new();
    for issue in [Issue::Bilateral, Issue::Counterpart, Issue::Joint] {
        let office = Office::issued(issue);
        let (file, issued, _) = copies(&office, issue).remove(0);
        let Some(pages) = page_texts(&file) else {
            return;
        };
        let digest = short(issued["data"].as_str().unwrap());
        let body: Vec<String> = body(&pages)
            .iter()
            .map(|page| without_footer(page, issued["copy"].as_str().unwrap(), &digest))
            .collect();
        bodies.push(body.join("\u{c}"));
    }
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[0], bodies[2]);
}

/// 8 to 14 pages, A4, Swedish, tagged, dated as the text and by nothing else.
#[test]
fn the_document_says_what_it_is() {
    let office = Office::issued(Issue::Bilateral);
    let (file, _, _) = copies(&office, Issue::Bilateral).remove(0);
    let Some(run) = ask("pdfinfo", [&file]) else {
        return;
    };
    let said = |key: &str| {
        let line = run
            .out
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        line.map(|line| line.trim().to_owned()).unwrap_or_default()
    };
    let agreement: toml::Value =
        toml::from_str(&office.text("templates/familjecentral/agreement.toml")).unwrap();
    let name = agreement["name"].as_str().unwrap();
    assert_eq!(said("Title"), format!("{name}, version 1.0"));
    assert_eq!(said("Author"), "VästKom");
    assert_eq!(said("Tagged"), "yes");
    assert_eq!(said("Form"), "AcroForm");
    assert_eq!(said("JavaScript"), "no");
    assert!(
        said("CreationDate").starts_with("Fri Mar  1 00:00:00 2024"),
        "{run}"
    );
    assert_eq!(said("CreationDate"), said("ModDate"));
    assert!(said("Page size").ends_with("(A4)"), "{run}");
    assert!(
        (8..=14).contains(&said("Pages").parse::<u32>().unwrap()),
        "{run}"
    );
    let described = sigill::pdf::describe(&fs::read(&file).unwrap()).unwrap();
    assert!(described.contains("revisions: 1"), "{described}");
    assert!(described.contains("Lang: \"sv"), "{described}");
}

/// The fields are the seats of the copy, in order, and the seal; on the page beside their captions.
#[test]
fn fields_are_the_seats_and_the_seal() {
    for issue in Issue::ALL {
        let office = Office::issued(issue);
        for (file, issued, data) in copies(&office, issue).into_iter().take(3) {
            let Some(mut command) = python_judge("fields.py") else {
                return;
            };
            command.arg(&file);
            let told = run(command);
            assert_eq!(told.code, 0, "{told}");
            let told = told.json();
            assert_eq!(told["sig_flags"], 3);
            let fields = told["fields"].as_array().unwrap();
            let names: Vec<&str> = fields
                .iter()
                .map(|field| field["name"].as_str().unwrap())
                .collect();
            let seats = issued["seats"]
                .as_array()
                .unwrap()
                .iter()
                .map(|seat| seat.as_str().unwrap());
            assert_eq!(
                names,
                seats.chain(["seal"]).collect::<Vec<_>>(),
                "{}",
                file.display()
            );
            let titles = data["parties"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|party| {
                    let name = party["printed"]["legal_name"].as_str().unwrap();
                    let seats = party["seats"].as_array().unwrap().iter();
                    seats.map(move |seat| {
                        format!("Underskrift: {}, {name}", seat["title"].as_str().unwrap())
                    })
                });
            for (field, tooltip) in fields.iter().zip(titles) {
                assert_eq!(field["tooltip"], tooltip);
            }
            for field in fields {
                assert_eq!(field["signed"], false);
                assert_eq!(field["flags"], 4, "printed, not hidden");
                assert!(field["struct_parent"].is_u64(), "tagged: {field}");
                assert_eq!(field["appearance"], true);
                let edge = |index: usize| field["rect"][index].as_f64().unwrap();
                let (width, height) = (edge(2) - edge(0), edge(3) - edge(1));
                assert!(
                    width >= 170.0 && height >= 39.0,
                    "at least 60 × 14 mm: {field}"
                );
            }
        }
    }
}

/// The prepared fields can be used: another's software signs two of them, one after the other.
#[test]
fn two_fields_can_be_signed_in_turn() {
    let folder = scratch();
    for issue in [Issue::Bilateral, Issue::Joint] {
        let office = Office::issued(issue);
        let (file, issued, _) = copies(&office, issue).remove(0);
        let mut signed = file.clone();
        for round in 0..2 {
            let Some(mut command) = python_judge("sign.py") else {
                return;
            };
            let out = folder.path().join(format!("{issue:?}-{round}.pdf"));
            command
                .arg(&signed)
                .arg(issued["seats"][round].as_str().unwrap())
                .arg(&out);
            let verdict = run(command);
            assert_eq!(verdict.code, 0, "{verdict}");
            let verdict = verdict.json();
            assert_eq!(verdict["bottom_line_without_trust"], true, "{verdict}");
            assert_eq!(verdict["coverage"], "ENTIRE_FILE");
            assert_eq!(verdict["earlier"].as_array().unwrap().len(), round);
            signed = out;
        }
        assert!(
            fs::read(&signed)
                .unwrap()
                .starts_with(&fs::read(&file).unwrap()),
            "only appended"
        );
        check_syntax(&[signed]);
    }
}

#[test]
fn the_attachment_is_the_data_whose_digest_is_printed() {
    let folder = scratch();
    for issue in Issue::ALL {
        let office = Office::issued(issue);
        for (file, issued, data) in copies(&office, issue).into_iter().take(10) {
            let out = folder.path().join("avtalsdata.json");
            let Some(mut command) = judge("pdfdetach") else {
                return;
            };
            command
                .args(["-savefile", "avtalsdata.json", "-o"])
                .arg(&out)
                .arg(&file);
            let detached = run(command);
            assert_eq!(detached.code, 0, "{detached}");
            let bytes = fs::read(&out).unwrap();
            assert_eq!(sha256(&bytes), issued["data"], "{}", file.display());
            assert_eq!(
                super::support::canonical(&data).as_bytes(),
                bytes,
                "RFC 8785"
            );
            assert_eq!(data["schema"], "sigill-copy-1");
            let pdf = fs::read(&file).unwrap();
            assert_eq!(
                sigill::pdf::attachment(&pdf, "avtalsdata.json"),
                Ok(Some(bytes))
            );
        }
    }
    let office = Office::issued(Issue::Bilateral);
    let described =
        sigill::pdf::describe(&fs::read(&office.pdfs(Issue::Bilateral)[0]).unwrap()).unwrap();
    assert!(
        described.contains("attachment \"avtalsdata.json\": Data"),
        "{described}"
    );
}

/// A preview says on every page that it is none to sign.
#[test]
fn a_preview_is_stamped() {
    let office = Office::new();
    let cases = [
        (
            "familjecentral",
            "0.9",
            "REMISS",
            "familjecentral-0.9-b1440",
        ),
        (
            "introduktion",
            "1.0",
            "FÖRHANDSVISNING",
            "introduktion-1.0-c1447",
        ),
    ];
    for (agreement, version, stamp, _) in cases {
        office
            .run(&[
                "template",
                "preview",
                agreement,
                "--version",
                version,
                "--dpi",
                "20",
            ])
            .ok()
            .says(&format!("stämplad {stamp}"));
        let folder = office.path(format!("out/{agreement}-{version}-preview"));
        let names = super::support::names_in(&folder);
        let pdf = names.iter().find(|name| name.ends_with(".pdf")).unwrap();
        let pages = names.iter().filter(|name| name.ends_with(".png")).count();
        assert!(pdf.contains(stamp), "{pdf}");
        let pdf: &Path = &folder.join(pdf);
        let Some(texts) = page_texts(pdf) else {
            return;
        };
        assert_eq!(texts.len(), pages, "a picture of each page");
        let all = flowing(&texts.join(" "));
        assert!(
            all.contains("den här handlingen får inte undertecknas"),
            "{stamp}"
        );
        check_conformance(&[pdf.to_owned()], "3a");
    }
    assert!(!office.path(".sigill").exists(), "a preview enters nothing");
}
