//! Hostile party data and hostile templates: everything comes out as text or is refused by name.
//!
//! A file in tests/cases/hostile is a test. `value-….toml` is put into every field that a person
//! fills in; the others change a file of the second agreement and say how that is refused.

use std::fs;
use std::path::{Path, PathBuf};

use calamine::Reader as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::support::{
    Issue, Office, ask, files_below, flowing, names_in, page_texts, python_judge, repository, run,
    scratch,
};

const CASES: &str = "tests/cases/hostile";
const PARTY: &str = "1499";

fn cases<T: for<'de> Deserialize<'de>>(wanted: impl Fn(&str) -> bool) -> Vec<(String, T)> {
    let folder = repository().join(CASES);
    let names = names_in(&folder).into_iter().filter(|name| wanted(name));
    names
        .map(|name| {
            let text = fs::read_to_string(folder.join(&name)).unwrap();
            let case = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, case)
        })
        .collect()
}

// Templates

/// A change to a file of the office, and the error that it gets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateCase {
    file: String,
    /// Lines put at the file's end.
    append: Option<String>,
    /// A text of the file, and what stands there instead.
    replace: Option<String>,
    with: Option<String>,
    /// sigill.toml.
    settings: Option<String>,
    /// A text in the line whose number must be told.
    at: Option<String>,
    error: String,
}

impl TemplateCase {
    fn changed(&self, original: &str) -> String {
        let mut text = original.to_owned();
        if let Some(lines) = &self.append {
            text.push_str(&format!("\n{lines}\n"));
        }
        if let (Some(from), Some(to)) = (&self.replace, &self.with) {
            assert!(
                text.contains(from.as_str()),
                "{} has no {from:?}",
                self.file
            );
            text = text.replacen(from, to, 1);
        }
        assert_ne!(text, original, "the case changes nothing");
        text
    }

    /// Returns the sentence that must be told, with its place.
    fn expected(&self, changed: &str) -> String {
        let Some(at) = &self.at else {
            return self.error.clone();
        };
        let lines: Vec<&str> = changed.lines().collect();
        let is_there = |line: &&str| line.contains(at.as_str());
        let found = if self.append.is_some() {
            lines.iter().rposition(is_there)
        } else {
            lines.iter().position(is_there)
        };
        let index = found.unwrap_or_else(|| panic!("{} has no line with {at:?}", self.file));
        format!("{}:{}: {}", self.file, index + 1, self.error)
    }
}

/// Runs the cases whose names begin so, each from the same office, and tells all that fail.
#[track_caller]
fn refuse_templates(prefixes: &[&str]) {
    let office = Office::new();
    let is_wanted = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
    let cases: Vec<(String, TemplateCase)> = cases(is_wanted);
    assert!(!cases.is_empty(), "{prefixes:?}");
    let mut failures = Vec::new();
    for (name, case) in cases {
        let original = office.text(&case.file);
        let changed = case.changed(&original);
        let expected = case.expected(&changed);
        office.write(&case.file, changed);
        if let Some(settings) = &case.settings {
            office.write("sigill.toml", settings);
        }
        let run = office.run(&[
            "generate",
            "introduktion",
            "--version",
            "1.0",
            "--party",
            PARTY,
        ]);
        let is_told =
            run.code == 3 && run.err.starts_with("error: ") && run.err.contains(&expected);
        if !is_told || run.err.contains("panicked") {
            failures.push(format!("{name}: expected {expected:?}\n{run}"));
        }
        let kinds = office.kinds();
        let out = office.path("out");
        if kinds.keys().any(|kind| kind != "Opened") || out.exists() {
            let left = if out.exists() {
                files_below(&out)
            } else {
                Vec::new()
            };
            failures.push(format!("{name}: entered {kinds:?}, written {left:?}"));
        }
        if out.exists() {
            office.remove("out");
        }
        office.remove(".sigill");
        if case.settings.is_some() {
            office.remove("sigill.toml");
        }
        office.write(&case.file, original);
    }
    assert!(
        failures.is_empty(),
        "{} cases:\n{}",
        failures.len(),
        failures.join("\n")
    );
    office.run(&["template", "lint", "introduktion"]).ok();
}

/// The body is the same in every copy because a clause has no way to party data.
#[test]
fn clauses_cannot_read_party_data() {
    refuse_templates(&["clause-", "main-", "shared-"]);
}

#[test]
fn templates_cannot_read_the_machine() {
    refuse_templates(&["layout-", "party-"]);
}

#[test]
fn templates_cannot_take_all_time_or_memory() {
    refuse_templates(&[
        "template-endless",
        "template-huge",
        "template-memory",
        "template-recursion",
        "typst-endless",
        "typst-memory",
        "typst-recursion",
        "typst-while",
    ]);
}

#[test]
fn a_fault_in_a_template_is_told_with_file_and_line() {
    refuse_templates(&[
        "list-",
        "none-",
        "placeholder-",
        "template-s",
        "template-u",
        "text-",
        "typst-error",
        "typst-panic",
        "typst-syntax",
        "typst-unknown",
        "undefined-",
    ]);
}

#[test]
fn a_fault_in_a_manifest_is_told_with_file_and_line() {
    refuse_templates(&["agreement-", "manifest-"]);
}

/// A case that no test above reads would never be tried.
#[test]
fn no_case_is_forgotten() {
    let source = include_str!("hostile.rs");
    let read = source
        .split("refuse_templates(&[")
        .skip(1)
        .filter_map(|rest| rest.split(']').next());
    let mut prefixes: Vec<&str> = read
        .flat_map(|list| list.split('"').skip(1).step_by(2))
        .collect();
    prefixes.push("value-");
    for name in names_in(&repository().join(CASES)) {
        assert!(name.ends_with(".toml"), "{name}");
        let readers = prefixes
            .iter()
            .filter(|prefix| name.starts_with(**prefix))
            .count();
        assert_eq!(readers, 1, "{name}");
    }
}

/// A layout that makes pages for ever ends by the deadline or by the limit on memory.
#[test]
fn endless_pages_end() {
    let office = Office::new();
    let file = "templates/introduktion/1.0/clauses/02-syfte.typ";
    office.write(
        file,
        format!(
            "{}\n#for a in range(100000000) {{ pagebreak() }}\n",
            office.text(file)
        ),
    );
    office.write(
        "sigill.toml",
        "typeset_seconds = 2\ntypeset_memory_mib = 1000",
    );
    let run = office
        .run(&["generate", "introduktion", "--party", PARTY])
        .fails(3);
    assert!(
        run.err.contains("and was stopped") && run.err.contains("hint: "),
        "{run}"
    );
}

/// Small limits still suffice for what ships: the allocator takes no address space in advance.
#[test]
fn the_shipped_agreement_needs_little() {
    let office = Office::new();
    office.write("sigill.toml", "typeset_memory_mib = 512");
    office
        .run(&["generate", "familjecentral", "--form", "joint"])
        .ok();
}

#[test]
fn a_link_out_of_the_version_is_refused() {
    let office = Office::new();
    let link = office.path("templates/introduktion/1.0/clauses/02-syfte.typ");
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
    office
        .run(&["generate", "introduktion", "--party", PARTY])
        .fails(3)
        .complains("clauses/02-syfte.typ: it is neither a file nor a folder, and cannot be frozen");
}

// Values

/// A value for every field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueCase {
    value: String,
    /// How often the value is put after itself.
    repeat: Option<usize>,
    /// Why it is refused; without it, the value comes out as it is.
    refused: Option<String>,
}

impl ValueCase {
    fn text(&self) -> String {
        self.value.repeat(self.repeat.unwrap_or(1))
    }
}

fn values() -> Vec<(String, ValueCase)> {
    cases(|name| name.starts_with("value-"))
}

/// Puts a value in a place of a TOML file; a number in the path is an index into an array.
fn set(text: &str, path: &str, value: &str) -> String {
    let mut document: toml_edit::DocumentMut = text.parse().unwrap();
    let mut item = document.as_item_mut();
    for key in path.split('.') {
        item = match key.parse::<usize>() {
            Ok(index) => match item {
                toml_edit::Item::ArrayOfTables(_) | toml_edit::Item::Value(_) => {
                    item.get_mut(index).unwrap()
                }
                _ => panic!("{path}"),
            },
            Err(_) => &mut item[key],
        };
    }
    *item = toml_edit::value(value);
    document.to_string()
}

/// Returns the line of the first difference, counted from 1.
fn first_change(before: &str, after: &str) -> usize {
    let same = before
        .lines()
        .zip(after.lines())
        .take_while(|(a, b)| a == b)
        .count();
    same + 1
}

/// Fields that are text, and fields that must have a certain form.
const TEXT_FIELDS: [&str; 11] = [
    "legal_name",
    "styled_name",
    "short_name",
    "org_number_note",
    "seat",
    "groupings.0.kind",
    "groupings.0.code",
    "signing.source",
    "signatories.0.title",
    "signatories.0.name",
    "signatories.0.email",
];
const STRICT_FIELDS: [&str; 8] = [
    "schema",
    "code",
    "kind",
    "org_number",
    "signing.at_least",
    "signing.seats.0.role",
    "signing.seats.0.by.0",
    "signatories.0.role",
];

#[test]
fn every_field_of_a_party_takes_a_value_or_refuses_it_by_line() {
    let office = Office::new();
    // Only the party's file counts here: no version that asks for its kind or groups.
    office.remove("templates/familjecentral");
    office.remove("templates/introduktion");
    let file = office.party_file(PARTY);
    let original = office.text(&file);
    let mut failures = Vec::new();
    for (name, case) in values() {
        let value = case.text();
        for field in TEXT_FIELDS.into_iter().chain(STRICT_FIELDS) {
            let changed = set(&original, field, &value);
            let line = first_change(&original, &changed);
            office.write(&file, changed);
            let run = office.run(&["parties", "check"]);
            let is_right = match &case.refused {
                _ if STRICT_FIELDS.contains(&field) => {
                    run.code == 3 && run.err.contains(&format!("{file}:{line}: "))
                }
                Some(refused) => {
                    run.code == 3 && run.err.contains(&format!("{file}:{line}: {refused}"))
                }
                None => run.code == 0,
            };
            // What is told of a bad value does not itself write to the terminal what it likes.
            let is_tame = !run
                .err
                .chars()
                .any(|c| c.is_control() && c != '\n' || c == '\u{202e}');
            if !is_right || !is_tame || run.err.len() > 1000 {
                failures.push(format!("{name} in {field} (line {line})\n{run}"));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// A table of values has no file and line of its own but its row.
#[test]
fn a_list_takes_a_value_or_refuses_it_by_row() {
    let office = Office::new();
    let file = office.party_file(PARTY);
    let original = office.text(&file);
    let list = office.beside("lista.csv");
    for (name, case) in values() {
        let value = case.text();
        let mut writer = csv::Writer::from_path(&list).unwrap();
        writer.write_record(["code", "legal_name"]).unwrap();
        writer.write_record([PARTY, &value]).unwrap();
        writer.flush().unwrap();
        let run = office.run(&["parties", "import", list.to_str().unwrap()]);
        // White space at the ends is no part of a cell, and one mark before text is the exporter's.
        let cell = value.trim();
        let cell = cell.strip_prefix('\'').unwrap_or(cell);
        match &case.refused {
            Some(_) => {
                let run = run.fails(2).complains("lista.csv:2: ");
                assert!(
                    !run.err.contains('\u{202e}') && !run.err.contains('\u{1b}'),
                    "{name}: {run}"
                );
                assert_eq!(office.text(&file), original, "{name}");
            }
            None => {
                run.ok();
                let party: toml::Value = toml::from_str(&office.text(&file)).unwrap();
                assert_eq!(party["legal_name"].as_str(), Some(cell), "{name}");
                office.write(&file, &original);
            }
        }
    }
}

/// Puts a value into everything that a person fills in, and follows it wherever it goes.
fn follow(case: &ValueCase, name: &str, kept: &Path) -> Option<PathBuf> {
    let value = case.text();
    let office = Office::new();
    let file = office.party_file(PARTY);
    let mut party = office.text(&file);
    for field in TEXT_FIELDS
        .iter()
        .filter(|field| !field.starts_with("groupings"))
    {
        party = set(&party, field, &value);
    }
    party.push_str(
        "\n[[groupings]]\nkind = \"annan\"\ncode = \"A\"\nname = \"A\"\n\n[fields]\nnote = \"\"\n",
    );
    for field in ["groupings.1.kind", "groupings.1.name", "fields.note"] {
        party = set(&party, field, &value);
    }
    office.write(&file, party);

    let agreement = "templates/introduktion/agreement.toml";
    let mut text = office.text(agreement);
    for field in ["name", "short_name", "coordinator", "contact"] {
        text = set(&text, field, &value);
    }
    office.write(agreement, text);

    let version = "templates/introduktion/1.0/version.toml";
    let mut text = office.text(version);
    text.push_str("note = \"\"\n\n[[fields]]\nname = \"note\"\ntype = \"text\"\nprinted = true\nrequired = false\n");
    for field in ["seats.0.title", "values.note", "decision.kommun"] {
        text = set(&text, field, &value);
    }
    office.write(version, text);
    let clause = "templates/introduktion/1.0/clauses/02-syfte.typ";
    office.write(
        clause,
        format!(
            "{}\n#block[Början {{{{ values.note }}}} slutet]\n{{% autoescape false %}}#block[Nästa {{{{ agreement.name }}}} slut]{{% endautoescape %}}\n",
            office.text(clause)
        ),
    );

    office
        .run(&["generate", "introduktion", "--party", PARTY])
        .ok();
    office.run(&["send", "introduktion", "--party", PARTY]).ok();

    // File names come from the short name, and hold none of it that a shell or a disk could mistake.
    let issued = office.pdfs(Issue::Introduktion);
    let [pdf] = issued.as_slice() else {
        panic!("{name}: {issued:?}");
    };
    let file_name = pdf.file_name().unwrap().to_str().unwrap();
    assert!(
        file_name.starts_with("introduktion-1.0-c1499-"),
        "{name}: {file_name}"
    );
    assert!(file_name.len() < 100, "{name}: {file_name}");
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    assert!(file_name.chars().all(is_plain), "{name}: {file_name}");

    // Attachment.
    let bytes = fs::read(pdf).unwrap();
    let data = sigill::pdf::attachment(&bytes, "avtalsdata.json")
        .unwrap()
        .unwrap();
    let data: Value = serde_json::from_slice(&data).unwrap();
    assert_eq!(data["parties"][0]["printed"]["legal_name"], value, "{name}");
    assert_eq!(data["parties"][0]["printed"]["note"], value, "{name}");
    assert_eq!(data["parties"][0]["seats"][0]["title"], value, "{name}");

    follow_to_lists(&office, &value, name);

    // Pages: the value as text, wherever lines break.
    let solid = |text: &str| flowing(text).replace([' ', '\u{a0}'], "");
    let pages = page_texts(pdf)?;
    let (cover, all, sought) = (solid(&pages[0]), solid(&pages.join("")), solid(&value));
    for (place, text) in [("cover", &cover), ("pages", &all)] {
        assert!(
            text.contains(&sought),
            "{name}: {place}: {sought:?} in {text}"
        );
    }
    assert!(
        cover.contains(&format!("Exemplarför{sought}")),
        "{name}: legal name in {cover}"
    );
    // In running text a long word may be broken at a line's end.
    let unbroken = all.replace('-', "");
    // A word longer than a line runs off the page in running text; on the cover it is broken.
    let fits_lines = value.split(' ').all(|word| word.chars().count() < 60);
    for (before, after) in [("Början", "slutet"), ("Nästa", "slut")] {
        let run = format!("{before}{}{after}", sought.replace('-', ""));
        assert!(
            !fits_lines || unbroken.contains(&run),
            "{name}: {run:?} in the body"
        );
    }
    assert!(!all.contains("root:x:0"), "{name}: a file of the machine");

    // Title, author.
    let info = ask("pdfinfo", [pdf])?;
    let said = |key: &str| {
        let line = info
            .out
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        flowing(line.unwrap_or_default())
    };
    assert_eq!(
        said("Title"),
        format!("{}, version 1.0", flowing(&value)),
        "{name}"
    );
    assert_eq!(said("Author"), flowing(&value), "{name}");
    assert_eq!(said("JavaScript"), "no", "{name}");
    let metadata = ask("pdfinfo", ["-meta".as_ref(), pdf.as_os_str()])?;
    assert!(
        !metadata.out.contains("<script") && !metadata.out.contains("]]> <!--"),
        "{name}: {metadata}"
    );

    // The fields' tooltips.
    let mut command = python_judge("fields.py")?;
    command.arg(pdf);
    let fields = run(command);
    assert_eq!(fields.code, 0, "{fields}");
    let told = fields.json()["fields"].clone();
    assert_eq!(told.as_array().unwrap().len(), 2, "{name}: {told}");
    assert_eq!(
        told[0]["tooltip"],
        format!("Underskrift: {value}, {value}"),
        "{name}"
    );

    // The guide.
    let guide = office.path("out/introduktion-1.0-utskick/1499/LÄS-MIG-FÖRST.pdf");
    let guide = solid(&page_texts(&guide)?.join(""));
    let has_name = guide.contains(&format!("Till{sought}."));
    assert!(!fits_lines || has_name, "{name}: {guide}");

    let kept = kept.join(format!("{name}.pdf"));
    fs::write(&kept, bytes).unwrap();
    Some(kept)
}

/// Lists: no cell that a spreadsheet program takes for a formula, and the same value back.
fn follow_to_lists(office: &Office, value: &str, name: &str) {
    let begins_formula = value.starts_with(['=', '+', '-', '@', '\'']);
    let cell = if begins_formula {
        format!("'{value}")
    } else {
        value.to_owned()
    };
    let list = office.beside("lista.csv");
    let book = office.beside("lista.xlsx");
    let (list, book) = (list.to_str().unwrap(), book.to_str().unwrap());
    office
        .run(&["parties", "export", "--csv", list, "--xlsx", book])
        .ok();
    let rows: Vec<csv::StringRecord> = csv::ReaderBuilder::new()
        .from_path(list)
        .unwrap()
        .records()
        .map(Result::unwrap)
        .collect();
    let row = rows.iter().find(|row| &row[0] == PARTY).unwrap();
    assert_eq!(&row[2], cell, "{name}: CSV");
    for row in &rows {
        assert_eq!(row.len(), 8, "{name}: {row:?}");
        for cell in row {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{name}: {cell:?}"
            );
        }
    }
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(book).unwrap();
    let formulas = workbook.worksheet_formula("Parter").unwrap();
    assert!(formulas.used_cells().next().is_none(), "{name}: a formula");
    let range = workbook.worksheet_range("Parter").unwrap();
    let row = range.rows().find(|row| row[0] == *PARTY).unwrap();
    assert_eq!(row[2], calamine::Data::String(cell.clone()), "{name}: XLSX");

    let status = office.run(&["status", "introduktion", "--csv"]).ok();
    let mut reader = csv::Reader::from_reader(status.out.trim_start_matches('\u{feff}').as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let row = rows.iter().find(|row| &row[4] == PARTY).unwrap();
    assert_eq!(&row[5], cell, "{name}: status");
    let told = office
        .run(&["status", "introduktion", "--json"])
        .ok()
        .json();
    let groups = told[0]["groups"].as_array().unwrap();
    let mut parties = groups
        .iter()
        .flat_map(|group| group["parties"].as_array().unwrap());
    let party = parties.find(|party| party["code"] == PARTY).unwrap();
    assert_eq!(party["name"], json!(value), "{name}: status --json");
    office.run(&["status", "introduktion"]).ok();

    for list in [list, book] {
        office
            .run(&["parties", "import", list])
            .ok()
            .says("0 parter ändrade");
    }
}

/// Follows every third value, so that three tests share the work.
#[track_caller]
fn follow_share(share: usize) {
    let folder = scratch();
    let values = values()
        .into_iter()
        .filter(|(_, case)| case.refused.is_none());
    let mine = values.enumerate().filter(|(index, _)| index % 3 == share);
    let made: Vec<PathBuf> = mine
        .filter_map(|(_, (name, case))| follow(&case, &name, folder.path()))
        .collect();
    // None was made where a judge is missing, which was told.
    if !made.is_empty()
        && let Some(mut command) = python_judge("conformance.py")
    {
        command.args(&made);
        let judged = run(command);
        assert_eq!(judged.code, 0, "{judged}");
    }
}

#[test]
fn values_come_out_as_text_1() {
    follow_share(0);
}

#[test]
fn values_come_out_as_text_2() {
    follow_share(1);
}

#[test]
fn values_come_out_as_text_3() {
    follow_share(2);
}
