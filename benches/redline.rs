//! How long it takes to compare two versions of fifteen pages of which thirty per cent is changed.

#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

use std::collections::BTreeMap;

use divan::Bencher;
use sigill::agreement::Party;
use sigill::redline::{Compared, compare};
use sigill::template::{Bundle, Filled, fill};

fn main() {
    divan::main();
}

/// Reads both versions from their filled sources, and compares them.
#[divan::bench]
fn read_and_compare(bencher: Bencher<'_, '_>) {
    let (old, new) = versions();
    bencher.bench(|| {
        let old = Compared::new(&old.0, &old.1).unwrap();
        let new = Compared::new(&new.0, &new.1).unwrap();
        compare(&old, &new)
    });
}

/// Compares texts that have been read.
#[divan::bench]
fn only_compare(bencher: Bencher<'_, '_>) {
    let (old, new) = versions();
    let old = Compared::new(&old.0, &old.1).unwrap();
    let new = Compared::new(&new.0, &new.1).unwrap();
    bencher.bench(|| compare(&old, &new));
}

/// Twenty clauses of six paragraphs of fifty words; in the new version three words of ten are others, a tenth of
/// the paragraphs is gone and as many are new.
fn versions() -> ((Bundle, Filled), (Bundle, Filled)) {
    let mut chance = Chance(7);
    let (mut old, mut new) = (String::new(), String::new());
    for clause in 1..=20 {
        let heading = format!("= Paragraf {clause} <paragraf-{clause}>\n\n");
        old.push_str(&heading);
        new.push_str(&heading);
        for _ in 0..6 {
            let words: Vec<String> = (0..50).map(|_| chance.word()).collect();
            let changed: Vec<String> = words
                .iter()
                .map(|word| {
                    if chance.below(10) < 3 {
                        chance.word()
                    } else {
                        word.clone()
                    }
                })
                .collect();
            let other: Vec<String> = (0..50).map(|_| chance.word()).collect();
            match chance.below(20) {
                0 => old.push_str(&paragraph(&words)),
                1 => new.push_str(&paragraph(&other)),
                _ => {
                    old.push_str(&paragraph(&words));
                    new.push_str(&paragraph(&changed));
                }
            }
        }
    }
    (version(&old), version(&new))
}

fn paragraph(words: &[String]) -> String {
    let sentences: Vec<String> = words
        .chunks(12)
        .map(|words| format!("{}.", words.join(" ")))
        .collect();
    format!("+ {}\n\n", sentences.join(" "))
}

/// Numbers that look random and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// Returns a word; as in any language a few are much more common than the others.
    fn word(&mut self) -> String {
        const SMALL: [&str; 8] = ["och", "i", "att", "som", "ska", "den", "för", "av"];
        if self.below(3) == 0 {
            let index = usize::try_from(self.below(8)).unwrap();
            SMALL[index].to_owned()
        } else {
            let number = self.below(900);
            format!(
                "ord{}{}",
                "abcdefgh".repeat(usize::try_from(number % 2).unwrap()),
                number
            )
        }
    }
}

fn version(clauses: &str) -> (Bundle, Filled) {
    let files = [
        ("agreement.toml", AGREEMENT),
        ("version.toml", VERSION),
        ("main.typ", ""),
        ("party.typ", ""),
        ("clauses/01.typ", clauses),
        ("shared/fonts/a.ttf", "no font"),
    ];
    let files: BTreeMap<String, Vec<u8>> = files
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .collect();
    let party = Party::parse("9901.toml", PARTY).unwrap();
    let bundle = Bundle::freeze("", files, &[party]).unwrap();
    let filled = fill(&bundle, "").unwrap();
    (bundle, filled)
}

const AGREEMENT: &str = r#"schema = 1
id = "prov"
name = "Prov"
short_name = "Prov"
coordinator = "Förbundet"
"#;

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
version = "1.0"
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
