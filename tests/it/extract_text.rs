//! Text of PDFs through the child process that reads them: extracts that were typeset with fonts of their own, and
//! files that cannot be read, take for ever or eat all memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::NaiveDate;
use sigill::agreement::Party;
use sigill::config::Config;
use sigill::journeys::{Error, Kind, Workshop, extract_text};
use sigill::minutes::{Matter, PdfText, Proposal, propose};
use sigill::typesetting::{self, Options, Sources, Standard};

use super::support::{Issue, Office, ask, flowing, names_in, page_texts, repository, scratch};

fn read_with(config: &Config, bytes: Vec<u8>) -> Result<PdfText, Error> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_sigill"));
    let workshop = Workshop::new(program, config);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(extract_text::run(&workshop, Path::new("utdrag.pdf"), bytes))
}

fn read(bytes: Vec<u8>) -> Result<PdfText, Error> {
    read_with(&Config::default(), bytes)
}

/// Returns a text typeset with embedded fonts; each stretch between gaps of two spaces is put where it stands.
pub(super) fn typeset(text: &str, font: &str) -> Vec<u8> {
    let longest = text.split(['\n', '\u{c}']).map(|line| line.chars().count());
    let width = (longest.max().unwrap_or(0) + 20) * 5;
    let mut source = format!(
        "#set document(title: \"Utdrag\")\n#set text(font: {font:?}, size: 9pt, lang: \"sv\")\n#set page(width: {width}pt, height: 1200pt, margin: 0pt)\n"
    );
    for (index, page) in text.split('\u{c}').enumerate() {
        if index > 0 {
            source.push_str("#pagebreak()\n");
        }
        for (row, line) in page.split('\n').enumerate() {
            let mut column = 0;
            for cell in line.split("  ") {
                let start = column + cell.chars().count() - cell.trim_start().chars().count();
                if !cell.trim().is_empty() {
                    let words = serde_json::to_string(cell.trim()).unwrap();
                    source.push_str(&format!(
                        "#place(dx: {}pt, dy: {}pt, box(text({words})))\n",
                        40 + start * 5,
                        30 + row * 13
                    ));
                }
                column += cell.chars().count() + 2;
            }
        }
    }
    let shared = repository().join("templates/shared/fonts");
    let fonts: Vec<Vec<u8>> = names_in(&shared)
        .iter()
        .filter(|name| name.ends_with(".ttf"))
        .map(|name| fs::read(shared.join(name)).unwrap())
        .collect();
    let fonts: Vec<&[u8]> = fonts.iter().map(Vec::as_slice).collect();
    let sources = BTreeMap::from([("main.typ".to_owned(), source)]);
    let options = Options {
        identifier: "utdrag",
        dated: NaiveDate::from_ymd_opt(2024, 3, 1).unwrap(),
        standard: Standard::A2a,
    };
    let sources = Sources::new("main.typ", &sources, &fonts).unwrap();
    typesetting::pdf(&sources, &BTreeMap::new(), &options).unwrap()
}

fn proposed(text: &str, parties: &[Party]) -> Proposal {
    let words = ["samverkansavtal", "familjecentral"].map(str::to_owned);
    let matter = Matter {
        name: "Samverkansavtal för familjecentraler och familjecentralsliknande verksamhet i Västra Götaland",
        words: &words,
        section: None,
    };
    propose(text, &matter, parties)
}

/// Returns the values of a proposal, without where each was found.
fn values(proposal: &Proposal) -> BTreeMap<String, String> {
    let all = serde_json::to_value(proposal).unwrap();
    let fields = all.as_object().unwrap().iter();
    fields
        .filter(|(_, found)| found.get("value").is_some())
        .map(|(field, found)| (field.clone(), found["value"].to_string()))
        .collect()
}

#[test]
fn a_typeset_extract_proposes_what_its_text_does() {
    let folder = repository().join("tests/cases/minutes/layouts");
    let parties: Vec<Party> = names_in(&repository().join("signatories"))
        .iter()
        .filter(|name| name.ends_with(".toml"))
        .map(|name| {
            let text = fs::read_to_string(repository().join("signatories").join(name)).unwrap();
            Party::parse(name, &text).unwrap()
        })
        .collect();
    let texts = names_in(&folder)
        .into_iter()
        .filter(|name| name.ends_with(".txt"));
    let mut differ = Vec::new();
    for (index, name) in texts.enumerate() {
        // Every other one, each in another font.
        let font = ["Source Sans 3", "Source Serif 4"][index % 2];
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        let found = read(typeset(&text, font)).unwrap();
        assert!(found.recognised.is_empty());
        let (from_text, from_pdf) = (proposed(&text, &parties), proposed(&found.text, &parties));
        if values(&from_text) != values(&from_pdf) {
            differ.push(format!(
                "{name}: {:?}\n{:?}\n{}",
                values(&from_text),
                values(&from_pdf),
                found.text
            ));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn encrypted_extracts_are_read_only_without_a_password() {
    let folder = scratch();
    let plain = folder.path().join("plain.pdf");
    fs::write(&plain, typeset("§ 12\n\nBeslut", "Source Sans 3")).unwrap();
    let encrypted = |user: &str| {
        let file = folder.path().join("encrypted.pdf");
        let paths = [&plain, &file].map(|path| path.to_str().unwrap());
        let arguments = ["--encrypt", user, "owner", "256", "--", paths[0], paths[1]];
        ask("qpdf", arguments).map(|run| {
            assert_eq!(run.code, 0, "{run}");
            fs::read(&file).unwrap()
        })
    };
    // What opens without a password may be read, whatever its owner forbids.
    let (Some(open), Some(closed)) = (encrypted(""), encrypted("secret")) else {
        return;
    };
    assert!(read(open).unwrap().text.contains("Beslut"));
    let error = read(closed).unwrap_err();
    assert_eq!(
        error.to_string(),
        "utdrag.pdf: the PDF is encrypted and asks for a password"
    );
    assert_eq!(error.kind(), Kind::User);
    assert!(error.hint().unwrap().contains("without the password"));
}

#[test]
fn what_is_no_extract_is_told() {
    for (bytes, told) in [
        (b"PK\x03\x04".to_vec(), "it is no PDF"),
        (b"%PDF-1.7 and no more".to_vec(), "the PDF is damaged"),
    ] {
        let error = read(bytes).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
        assert_eq!(error.kind(), Kind::User);
    }
}

/// Forms that draw each other ten times, ten deep; and a stream that unpacks to a thousand times its size.
#[test]
fn a_file_that_never_ends_is_given_up() {
    let mut forms = String::new();
    for number in 5..17 {
        let draw = "/X Do ".repeat(20);
        forms.push_str(&format!(
            "{number} 0 obj << /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {} 0 R >> >> /Length {} >> stream\n{draw}\nendstream endobj\n",
            number + 1,
            draw.len()
        ));
    }
    let file = format!(
        "%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >> /Contents 4 0 R >> endobj\n4 0 obj << /Length 5 >> stream\n/X Do\nendstream endobj\n{forms}17 0 obj << /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 1 >> stream\nq\nendstream endobj\ntrailer << /Root 1 0 R >>\n"
    );
    let config = Config {
        typeset_seconds: 1,
        ..Config::default()
    };
    let start = Instant::now();
    let error = read_with(&config, file.into_bytes()).unwrap_err();
    assert!(start.elapsed().as_secs() < 10);
    assert_eq!(
        error.to_string(),
        "utdrag.pdf: the PDF cannot be read: reading it did not end within 1 seconds"
    );
    assert_eq!(error.kind(), Kind::User);
}

/// Another reader finds the same words on each page of a copy of ours, but for what stands in columns.
#[test]
fn a_copy_of_the_agreement_is_read_as_another_reader_reads_it() {
    let office = Office::issued(Issue::Introduktion);
    let file = office.pdfs(Issue::Introduktion).remove(0);
    let found = read(fs::read(&file).unwrap()).unwrap();
    let Some(others) = page_texts(&file) else {
        return;
    };
    let words = |text: &str| {
        // A thin space is a space to one and none to the other.
        let text = flowing(text).replace("§ ", "§");
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        words.sort();
        words
    };
    let pages: Vec<&str> = found.text.split('\u{c}').collect();
    assert_eq!(pages.len(), others.len());
    for (page, other) in pages.iter().zip(&others) {
        assert_eq!(words(page), words(&other.replace('\u{ad}', "-")));
    }
}
