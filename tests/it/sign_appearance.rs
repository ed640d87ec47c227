//! What a signature shows on the page and says of the person, and what it never says.

use std::fs;
use std::path::Path;

use super::judging::check_signatures;
use super::sign::{copy_of, office_and_pki, record_seat, sign, signed, with};
use super::support::{Issue, Office, files_below, flowing, page_texts, repository};

/// Returns the text of the page that is signed, its lines in one.
fn signature_page(file: &Path) -> Option<String> {
    let pages = page_texts(file)?;
    Some(flowing(pages.last().unwrap()))
}

/// Returns a text string of a PDF as the signature dictionary has it (ISO 32000-2 §7.9.2.2).
fn text_string(text: &str) -> String {
    if text.is_ascii() {
        return format!("({text})");
    }
    let units = text.encode_utf16().map(|unit| format!("{unit:04X}"));
    format!("<FEFF{}>", units.collect::<String>())
}

fn contains(bytes: &[u8], part: &str) -> bool {
    bytes
        .windows(part.len())
        .any(|window| window == part.as_bytes())
}

/// Between them the signers have every letter that Swedish and the Sámi languages add.
const SIGNERS: [&str; 11] = [
    "s001",
    "s012",
    "s023",
    "s034",
    "s045",
    "s056",
    "s067",
    "s078",
    "s089",
    "s100",
    "long-name",
];

#[test]
fn a_signature_shows_who_signed_as_what_for_whom_and_when() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let mut letters = String::new();
    for (signer, file) in SIGNERS.iter().zip(office.pdfs(Issue::Bilateral)) {
        record_seat(&office, &pki, "14-chair", signer);
        signed(sign(&office, &pki, "14-chair", signer), &file, "B-B");
        let person = pki.person(signer);
        let entry = office.check_log().pop().unwrap();
        let at = entry["at"].as_str().unwrap();
        let bytes = fs::read(&file).unwrap();
        let name = format!("/Name{}", text_string(&person));
        assert!(contains(&bytes, &name), "{name}");
        let Some(page) = signature_page(&file) else {
            return;
        };
        let shown = [
            person.as_str(),
            "Regionstyrelsens ordförande",
            "Västra Götalandsregionen",
            &format!("Elektronisk underskrift {}", &at[..4]),
        ];
        for text in shown {
            assert!(page.contains(text), "{text} in {page}");
        }
        letters.push_str(&person);
    }
    for letter in "ÅÄÖåäöáéČĐŠŦŽŋšŧž".chars() {
        assert!(letters.contains(letter), "{letter} in {letters}");
    }
}

#[test]
fn a_vice_chair_signs_with_that_title_and_own_words() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    let mut command = sign(&office, &pki, "1443-chair", "s002");
    command.args(["--as", "vice_chair", "--reason", "Beslut 2026-11-02 § 114"]);
    command.args(["--location", "Bollebygd"]);
    let told = signed(command, &file, "B-B");
    assert_eq!(
        told["copies"][0]["title"],
        "Kommunstyrelsens vice ordförande"
    );
    let bytes = fs::read(&file).unwrap();
    let reason = format!("/Reason{}", text_string("Beslut 2026-11-02 § 114"));
    for entry in [reason.as_str(), "/Location(Bollebygd)"] {
        assert!(contains(&bytes, entry), "{entry}");
    }
    let entry = office.check_log().pop().unwrap();
    assert_eq!(entry["body"]["as_role"], "vice_chair");
    assert_eq!(entry["body"]["seat"], "1443-chair");
    if let Some(page) = signature_page(&file) {
        assert!(page.contains("Kommunstyrelsens vice ordförande"), "{page}");
    }
}

/// The number of the example person, in each form that it could leak in.
const NUMBERS: [&str; 5] = [
    "191212121212",
    "19121212-1212",
    "1212121212",
    "121212-1212",
    "PNOSE",
];

#[test]
fn a_personal_number_in_the_certificate_is_told_and_written_nowhere() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    let command = || sign(&office, &pki, "1443-chair", "personnummer");
    let preview = with(command(), [file.as_os_str(), "--dry-run".as_ref()]).ok();
    let told = with(command(), [&file]).ok();
    for run in [preview, told] {
        let run = run.says("Tolvan Tolvansson").says(
            "certifikatet innehåller ett personnummer, som följer med filen till alla som får den",
        );
        for number in NUMBERS {
            assert!(!run.out.contains(number), "{run}");
        }
    }
    check_signatures(&pki, "B-T", std::slice::from_ref(&file));
    if let Some(page) = signature_page(&file) {
        assert!(page.contains("Tolvan Tolvansson"), "{page}");
    }
    office.check_log();
    for command in [
        vec!["log", "familjecentral"],
        vec!["status", "familjecentral", "--json"],
    ] {
        let told = office.run(&command).ok();
        for number in NUMBERS {
            assert!(!told.out.contains(number), "{told}");
        }
    }
    nothing_holds(&office, &NUMBERS);
}

/// Checks names and bytes of every file of an office: as they are, and as a PDF's text strings.
///
/// The certificate itself stands in the file in hexadecimal, and there it must stay.
#[track_caller]
fn nothing_holds(office: &Office, texts: &[&str]) {
    for name in files_below(office.root()) {
        let bytes = office.read(&name);
        for text in texts {
            assert!(!name.contains(text), "{name}");
            assert!(!contains(&bytes, text), "{text} in {name}");
            let as_units: String = text
                .encode_utf16()
                .map(|unit| format!("{unit:04X}"))
                .collect();
            assert!(!contains(&bytes, &as_units), "{text} in {name}");
        }
    }
}

/// What a signature changes in the structure of a copy, line by line: the field, and nothing else.
#[test]
fn a_signature_changes_nothing_but_its_field() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    let described = || sigill::pdf::describe(&fs::read(&file).unwrap()).unwrap();
    let states = ["B-B", "B-LTA"].map(|level| {
        let before = described();
        let seat = if level == "B-B" {
            "1443-chair"
        } else {
            "14-chair"
        };
        signed(sign(&office, &pki, seat, "s001"), &file, level);
        let after = described();
        format!("{level}\n{}", without_time(&changes(&before, &after)))
    });
    insta::with_settings!({
        snapshot_path => repository().join("tests/golden"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("signed_copy", states.join("\n"));
    });
}

/// Replaces when it was signed, the only thing that differs from run to run.
fn without_time(text: &str) -> String {
    let mut parts = text.split("M \"D:");
    let mut kept = parts.next().unwrap().to_owned();
    for part in parts {
        let (time, rest) = part.split_once('"').unwrap();
        assert_eq!(time.len(), "20261122030801Z".len(), "{time}");
        kept = kept + "M \"D:…\"" + rest;
    }
    kept
}

/// Returns the lines that one text has and the other has not, in their order.
fn changes(before: &str, after: &str) -> String {
    let only = |sign: &str, this: &str, other: &str| {
        let lines = this
            .lines()
            .filter(|line| !other.lines().any(|same| same == *line));
        lines
            .map(|line| format!("{sign} {line}\n"))
            .collect::<String>()
    };
    only("-", before, after) + &only("+", after, before)
}
