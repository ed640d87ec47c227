//! Redline: what changed between two versions, as people read it and as Word and `LibreOffice` take it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use roxmltree::{Document, ParsingOptions};
use serde_json::Value;
use sigill::agreement::Party;
use sigill::redline::{BlockKind, Compared, Redline, Text, compare, docx};
use sigill::template::{Bundle, fill};

use super::redact::check_conforms;
use super::support::{
    AGREEMENT, Office, ask, names_in, office_judge, repository, run, scratch, sigill,
};

/// Compares 0.9 and 1.0 into a file of each kind; gives their paths.
fn every_kind(office: &Office, folder: &str) -> Vec<PathBuf> {
    let paths: Vec<PathBuf> = ["docx", "html", "json", "pdf"]
        .iter()
        .map(|ending| office.beside(folder).join(format!("jamforelse.{ending}")))
        .collect();
    let mut arguments = vec!["redline", AGREEMENT, "0.9", "1.0"];
    for path in &paths {
        arguments.extend(["--out", path.to_str().unwrap()]);
    }
    office.run(&arguments).ok();
    paths
}

#[test]
fn each_kind_says_what_changed_and_is_the_same_each_time() {
    let office = Office::new();
    let paths = every_kind(&office, "once");
    for (path, again) in paths.iter().zip(every_kind(&office, "again")) {
        let same = fs::read(path).unwrap() == fs::read(&again).unwrap();
        assert!(same, "{}", again.display());
    }
    let [_, html, json, pdf] = &paths[..] else {
        unreachable!()
    };
    check_conforms(std::slice::from_ref(pdf));
    let report: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    assert_eq!(report["schema"], "sigill-redline-1");
    let printed = office
        .run(&["redline", AGREEMENT, "0.9", "1.0", "--json"])
        .ok()
        .json();
    assert_eq!(printed, report);
    if let Some(attached) = ask(
        "qpdf",
        [
            "--show-attachment=jamforelse.json".as_ref(),
            pdf.as_os_str(),
        ],
    ) {
        assert_eq!(attached.ok().json(), report);
    }
    check_page(&fs::read_to_string(html).unwrap());
    check_pages(pdf);
    assert_eq!(office.half_written(), [""; 0]);
}

/// A page stands by itself: no script, nothing fetched, every change said in words as well.
fn check_page(html: &str) {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    let page = Document::parse_with_options(html, options).unwrap();
    let named = |name: &'static str| {
        page.descendants()
            .filter(move |node| node.has_tag_name(name))
    };
    assert_eq!(page.root_element().attribute("lang"), Some("sv"));
    assert_eq!(named("h1").count(), 1);
    for name in ["script", "link", "img", "iframe"] {
        assert_eq!(named(name).count(), 0, "{name}");
    }
    assert!(!html.contains("http"), "nothing leads away");
    for link in named("a") {
        let id = link.attribute("href").unwrap().strip_prefix('#').unwrap();
        let targets = page
            .descendants()
            .filter(|node| node.attribute("id") == Some(id));
        assert_eq!(targets.count(), 1, "{id}");
    }
    let words = |name: &'static str| -> String {
        let texts = named(name).flat_map(|node| node.descendants());
        texts.filter_map(|node| node.text()).collect()
    };
    assert!(words("ins").contains("[tillagt:] säkra samverkan mellan huvudmännen"));
    assert!(words("del").contains("[struket:] det ska finnas minst en familjecentral"));
}

/// The pages' text is a golden file; digests are left out, as they follow every byte of the templates.
fn check_pages(pdf: &Path) {
    let arguments = ["-raw".as_ref(), pdf.as_os_str(), "-".as_ref()];
    let Some(told) = ask("pdftotext", arguments) else {
        return;
    };
    let lines = told.out.lines().map(str::trim_end);
    let kept = lines.filter(|line| !line.starts_with("SHA-256"));
    let text: Vec<&str> = kept.collect();
    insta::with_settings!({
        snapshot_path => repository().join("tests/golden"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("redline_pages", text.join("\n").replace('\u{c}', "\n---- page ----\n"));
    });
}

#[test]
fn accepting_in_libreoffice_gives_the_new_text_and_rejecting_the_old() {
    let Some(mut command) = office_judge("tracked_changes.py") else {
        return;
    };
    let folder = scratch();
    let mut expected = Vec::new();
    for (name, redline) in pairs() {
        let path = folder.path().join(format!("{name}.docx"));
        fs::write(&path, packed(&redline)).unwrap();
        expected.push((name, redline.accepted(), redline.rejected()));
        command.arg(path);
    }
    assert!(expected.len() > 20, "{}", expected.len());
    let told = run(command);
    assert_eq!(told.code, 0, "{told}");
    let answers = told.json_lines();
    assert_eq!(answers.len(), expected.len());
    for (answer, (name, accepted, rejected)) in answers.iter().zip(expected) {
        let of = |view: &str| -> Vec<&str> {
            let lines = answer[view].as_array().unwrap().iter();
            lines.map(|line| line.as_str().unwrap()).collect()
        };
        for (view, text) in [("accepted", accepted), ("rejected", rejected)] {
            assert_eq!(of(view), lines(&text), "{name}, {view}");
            let found = &answer[format!("{view}_cells")];
            assert_eq!(*found, serde_json::json!(cells(&text)), "{name}, {view}");
        }
        assert_eq!(answer["left"], 0, "{name}: changes stay");
    }
}

/// The cases of the comparison, the shipped versions, and two texts that have nothing in common.
fn pairs() -> Vec<(String, Redline)> {
    let cases = repository().join("tests/cases/redline");
    let mut pairs = Vec::new();
    for name in names_in(&cases) {
        let file = |file: &str| fs::read_to_string(cases.join(&name).join(file));
        if let (Ok(old), Ok(new)) = (file("old.typ"), file("new.typ")) {
            let redline = redline(&bundle(&old, "0.9"), &bundle(&new, "1.0"));
            pairs.push((name, redline));
        }
    }
    let [consulted, adopted] = ["0.9", "1.0"].map(|version| shipped(AGREEMENT, version));
    let other = shipped("introduktion", "1.0");
    for (name, old, new) in [
        ("back", &adopted, &consulted),
        ("other", &adopted, &other),
        ("shipped", &consulted, &adopted),
    ] {
        pairs.push((name.to_owned(), redline(old, new)));
    }
    pairs
}

fn redline(old: &Bundle, new: &Bundle) -> Redline {
    let [old_filled, new_filled] = [old, new].map(|bundle| fill(bundle, "").unwrap());
    let old = Compared::new(old, &old_filled).unwrap();
    compare(&old, &Compared::new(new, &new_filled).unwrap())
}

/// Returns a document as the program writes it; only its bytes on the disk are another's.
fn packed(redline: &Redline) -> Vec<u8> {
    let dated = NaiveDate::from_ymd_opt(2024, 3, 1).unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, bytes) in docx(redline, dated) {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(path.as_str(), options).unwrap();
        std::io::Write::write_all(&mut zip, &bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Returns a text as the paragraphs of a document, without empty ones.
fn lines(text: &Text) -> Vec<String> {
    let mut lines = Vec::new();
    for clause in &text.clauses {
        for block in &clause.blocks {
            let words: String = block.runs.iter().map(|run| run.text.as_str()).collect();
            let label = match block.kind {
                BlockKind::Heading { level: 1 } if block.label.is_empty() => &clause.number,
                BlockKind::Item {
                    is_numbered: false, ..
                } if block.label.is_empty() => "–",
                _ => block.label.as_str(),
            };
            let line = match label {
                "" => words,
                label => format!("{label}\t{words}"),
            };
            if !line.is_empty() {
                lines.push(line);
            }
        }
    }
    lines
}

/// Returns how many cells each row of each table of a text has.
fn cells(text: &Text) -> Vec<Vec<usize>> {
    let mut tables: BTreeMap<(usize, usize), BTreeMap<usize, BTreeSet<usize>>> = BTreeMap::new();
    for (index, clause) in text.clauses.iter().enumerate() {
        for block in &clause.blocks {
            if let BlockKind::Cell {
                table, row, column, ..
            } = block.kind
            {
                let rows = tables.entry((index, table)).or_default();
                rows.entry(row).or_default().insert(column);
            }
        }
    }
    let tables = tables.into_values();
    tables
        .map(|rows| rows.into_values().map(|cells| cells.len()).collect())
        .collect()
}

/// A cell of several paragraphs stays one cell of its row on the pages.
#[test]
fn cells_of_several_paragraphs_are_typeset() {
    let office = Office::new();
    let case = repository().join("tests/cases/redline/42-cell-of-several-paragraphs");
    for (version, file) in [("0.9", "old.typ"), ("1.0", "new.typ")] {
        let clause = "templates/familjecentral/VERSION/clauses/05-mal.typ";
        let clause = clause.replace("VERSION", version);
        let own = office.text(&clause);
        let table = fs::read_to_string(case.join(file)).unwrap();
        let (_, table) = table.split_once('\n').unwrap();
        office.write(clause, format!("{own}\n{table}"));
    }
    office.run(&["redline", AGREEMENT, "0.9", "1.0"]).ok();
    let pdf = office.path("out/familjecentral-0.9-1.0-jamforelse.pdf");
    let arguments = ["-layout".as_ref(), pdf.as_os_str(), "-".as_ref()];
    let Some(told) = ask("pdftotext", arguments) else {
        return;
    };
    let begins = told.out.find("Parterna delar kostnaderna lika").unwrap();
    let (before, table) = told.out.split_at(begins);
    assert_eq!(
        before.lines().last().map(str::trim),
        Some("Ekonomi"),
        "{told}"
    );
    let place = |words: &str| {
        let found = table.find(words);
        found.unwrap_or_else(|| panic!("{words:?} in {table}"))
    };
    assert!(place("Fakturor skickas varje kvartal.") < place("Ledning "));
    assert!(place("Ledning ") < place("ett utskott."));
    assert!(place("ett utskott.") < place("Personal "));
}

fn shipped(agreement: &str, version: &str) -> Bundle {
    let mut files = BTreeMap::new();
    let templates = repository().join("templates");
    let own = templates.join(agreement);
    for (folder, prefix) in [
        (own.join(version), ""),
        (templates.join("shared"), "shared/"),
    ] {
        for file in super::support::files_below(&folder) {
            let bytes = fs::read(folder.join(&file)).unwrap();
            files.insert(format!("{prefix}{file}"), bytes);
        }
    }
    let agreement = fs::read(own.join("agreement.toml")).unwrap();
    files.insert("agreement.toml".to_owned(), agreement);
    let signatories = repository().join("signatories");
    let parties = names_in(&signatories).into_iter();
    let parties = parties.filter(|name| name.ends_with(".toml")).map(|name| {
        let text = fs::read_to_string(signatories.join(&name)).unwrap();
        Party::parse(&name, &text).unwrap()
    });
    Bundle::freeze("", files, &parties.collect::<Vec<_>>()).unwrap()
}

/// Returns a version that has nothing but some clauses.
fn bundle(clauses: &str, version: &str) -> Bundle {
    let party = Party::parse("9901.toml", PARTY).unwrap();
    let version = VERSION.replace("VERSION", version);
    let files = [
        (
            "agreement.toml",
            "schema = 1\nid = \"prov\"\nname = \"Prov\"\nshort_name = \"Prov\"\ncoordinator = \"Förbundet\"\n",
        ),
        ("version.toml", version.as_str()),
        ("main.typ", ""),
        ("party.typ", ""),
        ("clauses/01.typ", clauses),
        ("shared/clauses.typ", "#let number-table(rows) = rows\n"),
        ("shared/fonts/a.ttf", "no font"),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    Bundle::freeze("", BTreeMap::from(files), &[party]).unwrap()
}

const PARTY: &str = r#"schema = 1
code = "9901"
kind = "kommun"
legal_name = "Exempelby kommun"
styled_name = "Exempelby stad"
short_name = "Exempelby"
org_number = "299990-0000"
groupings = []
signing = { seats = [] }
"#;

const VERSION: &str = r#"schema = 1
version = "VERSION"
status = "adopted"
dated = 2024-03-01
pdf = "a3a-ua1"
appearance_font = "shared/fonts/a.ttf"
clauses = ["clauses/01.typ"]
form = { kind = "counterpart" }
binds = { rule = "at_least", count = 1 }
seats = [{ party_kind = "kommun", role = "chair", title = "Ordförande" }]
fields = [{ name = "legal_name", type = "text", printed = true }]
"#;

#[test]
fn a_pdf_lies_in_out_and_the_terminal_shows_what_changed() {
    let office = Office::new();
    let told = office.run(&["redline", AGREEMENT, "0.9", "1.0"]).ok();
    for words in [
        "version 0.9 jämförd med version 1.0",
        "Av 23 paragrafer och bilagor: 1 tillagd",
        "Uppsägningstid i månader",
        "familjecentral-0.9-1.0-jamforelse.pdf",
        "--docx",
    ] {
        assert!(told.out.contains(words), "{words:?} in {told}");
    }
    let pdf = office.read("out/familjecentral-0.9-1.0-jamforelse.pdf");
    assert!(pdf.starts_with(b"%PDF-1.7"));

    let same = office.run(&["redline", AGREEMENT, "1.0", "1.0"]).ok();
    same.says("Versionerna är lika");
    assert_eq!(names_in(&office.path("out")).len(), 1, "nothing to show");
}

/// A published version is compared as it was frozen, whatever its folder says today; and its bundle without an office.
#[test]
fn published_versions_are_compared_as_they_were_frozen() {
    let office = Office::new();
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
    let compared = |arguments: &[&str]| {
        let all: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        office.run(&all).ok().json()
    };
    let before = compared(&["redline", AGREEMENT, "0.9", "1.0"]);
    office.edit(
        "templates/familjecentral/1.0/clauses/05-mal.typ",
        "Målet är",
        "Målet var",
    );
    assert_eq!(compared(&["redline", AGREEMENT, "0.9", "1.0"]), before);

    let bundle = office.path("out/familjecentral-1.0-bundle.zip");
    let bundle = bundle.to_str().unwrap();
    let folder = "templates/familjecentral/0.9";
    assert_eq!(compared(&["redline", folder, bundle]), before);
    // The edited folder against what was published: an edit after publishing is noticed.
    let edited = compared(&["redline", bundle, "templates/familjecentral/1.0"]);
    let changed = edited["summary"].as_array().unwrap().iter();
    let changed: Vec<&Value> = changed
        .filter(|clause| clause["happened"][0] != "unchanged")
        .collect();
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert_eq!(changed[0]["id"], "mal");

    let elsewhere = scratch();
    let mut command = sigill(&["redline", bundle, bundle]);
    command.current_dir(elsewhere.path());
    run(command).ok().says("Versionerna är lika");
    let out = elsewhere.path().join("a.docx");
    let mut command = sigill(&[
        "redline",
        office.path(folder).to_str().unwrap(),
        bundle,
        "--docx",
    ]);
    command.arg(&out).current_dir(elsewhere.path());
    run(command).ok();
    assert!(fs::read(out).unwrap().starts_with(b"PK"));
}

#[test]
fn what_cannot_be_compared_is_told() {
    let office = Office::new();
    let cases: [(&[&str], &str); 9] = [
        (
            &["redline", AGREEMENT, "0.9", "7.0"],
            "there is no version 7.0 of familjecentral",
        ),
        (
            &["redline", "annat", "0.9", "1.0"],
            "there is no agreement annat",
        ),
        (
            &["redline", AGREEMENT, "1.0"],
            "two versions are compared, and one is named",
        ),
        (&["redline", AGREEMENT, "0.9", "ett"], "ett"),
        (
            &["redline", "templates", "signatories"],
            "templates: this folder is no version of an agreement",
        ),
        (
            &["redline", "templates/familjecentral/0.9/main.typ", "x.zip"],
            "main.typ: ",
        ),
        (&["redline", "nowhere.zip", "x.zip"], "nowhere.zip"),
        (
            &["redline", AGREEMENT, "0.9", "1.0", "--out", "a.txt"],
            "a.txt: a redline ends in .docx, .html, .json or .pdf",
        ),
        (
            &["redline", AGREEMENT, "0.9", "1.0", "--docx", "a.pdf"],
            "does not end in .docx",
        ),
    ];
    for (arguments, complaint) in cases {
        let told = office.run(arguments);
        assert!((2..=5).contains(&told.code), "{told}");
        let code = told.code;
        let told = told.fails(code).complains(complaint);
        assert_eq!(told.out, "", "{told}");
    }
    let elsewhere = scratch();
    let mut command = sigill(&["redline", AGREEMENT, "0.9", "1.0"]);
    command.current_dir(elsewhere.path());
    run(command).fails(2).complains("there is no office here");
}

/// What is wrong in a draft is told with file and line, and nothing is written.
#[test]
fn a_broken_draft_is_told_with_file_and_line() {
    let office = Office::new();
    let file = "templates/familjecentral/0.9/clauses/05-mal.typ";
    office.edit(file, "Målet är", "Målet @finns-inte är");
    let told = office.run(&["redline", AGREEMENT, "0.9", "1.0"]);
    let told = told
        .fails(3)
        .complains("05-mal.typ:3")
        .complains("finns-inte");
    assert_eq!(told.out, "");
    office.edit(file, "@finns-inte", "{{ finns.inte }}");
    let told = office.run(&["redline", AGREEMENT, "0.9", "1.0"]);
    told.fails(3).complains("05-mal.typ:3");
    assert!(!office.path("out").exists(), "nothing is written");
}
