//! Decide: a party's decision is entered as its minutes have it, by hand or from an extract.

use std::fs;

use serde_json::Value;

use super::extract_text::typeset;
use super::support::{AGREEMENT, Issue, Office, Run, repository, sha256};

/// Runs `decide` for a party with more arguments.
pub(super) fn decide(office: &Office, party: &str, more: &[&str]) -> Run {
    let mut arguments = vec!["decide", party, "--agreement", AGREEMENT];
    arguments.extend(more);
    office.run(&arguments)
}

/// A clean decision of the board, as arguments.
pub(super) const CLEAN: [&str; 6] = [
    "--body",
    "Kommunstyrelsen",
    "--met",
    "2024-02-05",
    "--outcome",
    "approved",
];

/// A decision of the board on a condition, as arguments.
pub(super) const CONDITIONAL: [&str; 8] = [
    "--body",
    "Kommunstyrelsen",
    "--met",
    "2024-02-05",
    "--outcome",
    "condition",
    "--condition",
    "Under förutsättning att kostnaden delas lika",
];

/// Returns the words that a commitment stands for.
pub(super) fn words(office: &Office, commitment: &Value) -> String {
    let document = fs::read(office.document(commitment["commitment"].as_str().unwrap())).unwrap();
    String::from_utf8(document[32..].to_vec()).unwrap()
}

#[track_caller]
fn kinds_of(notes: &Value) -> Vec<&str> {
    let notes = notes.as_array().unwrap().iter();
    notes.map(|note| note["is"].as_str().unwrap()).collect()
}

#[test]
fn a_decision_is_entered_with_its_extract_and_its_days() {
    let office = Office::issued(Issue::Bilateral);
    let before = office.check_log().len();
    office.write("utdrag.txt", "KS § 23\n");
    let arguments = [
        &CLEAN[..],
        &["--section", "§ 23", "--diary", "KS2023/259"],
        &["--approved", "2024-02-12", "--announced", "2024-02-13"],
        &["--appeal-until", "2024-03-06", "--extract", "utdrag.txt"],
        &["--dissent", "Prov Provsson (X) reserverar sig"],
    ]
    .concat();
    let dry = [&arguments[..], &["--dry-run"]].concat();
    decide(&office, "1443", &dry).ok().says("skulle föras in");
    assert_eq!(office.check_log().len(), before);
    decide(&office, "1443", &arguments)
        .ok()
        .says(&format!(
            "Beslutet är infört (post {before}): 1443 Bollebygds kommun"
        ))
        .says("senast 2024-03-05 (protokollet anger 2024-03-06)")
        .says("2024-03-06, om ingen överklagar")
        .says("ej undertecknat: 1443-chair, 1443-countersigner i familjecentral-1.0-b1443")
        .says("äldre än avtalets datum 2024-03-01")
        .says("uträknat är det 2024-03-05")
        .says("är inget villkor")
        .says("sigill send familjecentral --party 1443");
    let log = office.check_log();
    let entry = log.last().unwrap();
    assert_eq!(entry["kind"], "Decided");
    assert_eq!(entry["agreement"], AGREEMENT);
    let body = &entry["body"];
    assert_eq!(body["outcome"], "approved");
    assert_eq!(body["party"], "1443");
    assert_eq!(body["version"], "1.0");
    assert_eq!(body["condition"], Value::Null);
    assert_eq!(
        words(&office, &body["dissent"]),
        "Prov Provsson (X) reserverar sig"
    );
    let minutes = &body["minutes"];
    assert_eq!(minutes["extract"], sha256("KS § 23\n".as_bytes()));
    assert_eq!(minutes["diary_number"], "KS2023/259");
    assert_eq!(minutes["appeal_until"], "2024-03-06");
    office
        .run(&["log"])
        .ok()
        .says("förde in beslut av Kommunstyrelsen 2024-02-05 för 1443: godkänt");
}

#[test]
fn the_same_decision_is_entered_once() {
    let office = Office::new();
    let of = |section| [&CLEAN[..], &["--section", section]].concat();
    decide(&office, "1443", &of("§ 23")).ok();
    decide(&office, "1443", &of("KS 23"))
        .ok()
        .says("tidigare beslut i post 1");
    let count = office.check_log().len();
    decide(&office, "1443", &of("23"))
        .fails(4)
        .complains("error: entry 1 says so already: Kommunstyrelsen 2024-02-05 23\n")
        .complains("`sigill correct 1`");
    assert_eq!(office.check_log().len(), count);
    let again = [&of("§ 23")[..], &["--again"]].concat();
    decide(&office, "1443", &again).ok();
    assert_eq!(office.check_log().len(), count + 1);
}

#[test]
fn levels_and_conditions_are_told() {
    let office = Office::new();
    let run = |party, more: &[&str]| {
        let more = [more, &["--json"]].concat();
        let run = decide(&office, party, &more).ok().json();
        kinds_of(&run["notes"]).join(" ")
    };
    let met = ["--met", "2024-03-04", "--outcome", "approved", "--body"];
    let of = |body| [&met[..], &[body]].concat();
    assert_eq!(
        run("1480", &of("Kommunstyrelsen")),
        "not_published not_announced"
    );
    assert_eq!(run("1481", &of("KF")), "not_published not_announced");
    assert_eq!(
        run("1482", &of("KSAU")),
        "not_published not_announced prepares_only"
    );
    assert_eq!(
        run("1484", &of("Socialnämnden")),
        "not_published not_announced wrong_level"
    );
    assert_eq!(
        run("1485", &of("Rådet")),
        "not_published not_announced level_unknown"
    );
    let more = [
        &CONDITIONAL[..],
        &["--announced", "2024-02-13", "--approved", "2024-02-12"],
    ]
    .concat();
    assert_eq!(
        run("1486", &more),
        "not_published before_dated condition_open"
    );
    decide(&office, "1487", &CONDITIONAL)
        .ok()
        .says("gul")
        .says("sigill settle 7 --resolved");
    let log = office.check_log();
    let condition = &log.last().unwrap()["body"]["condition"];
    assert_eq!(
        words(&office, condition),
        "Under förutsättning att kostnaden delas lika"
    );
}

/// Any § and diary number is text; what would stay for good has no personal identity number.
#[test]
fn odd_numbers_are_text() {
    let office = Office::new();
    let odd = [
        "KS 107/16",
        "2014/KS0719 002-1",
        "LKS 2016-448",
        "§§ 4–5 (omedelbar justering)",
        "—",
        "٤",
    ];
    for (place, text) in odd.into_iter().enumerate() {
        let more = [&CLEAN[..], &["--section", text, "--diary", text]].concat();
        decide(&office, "1443", &more).ok();
        let log = office.check_log();
        assert_eq!(log[place + 1]["body"]["minutes"]["diary_number"], text);
    }
    let number = "Nämnden 19121212-1212";
    decide(
        &office,
        "1443",
        &[
            "--met",
            "2024-02-05",
            "--outcome",
            "approved",
            "--body",
            number,
        ],
    )
    .fails(2)
    .complains("the body has a personal identity number in it");
    assert_eq!(office.check_log().len(), odd.len() + 1);
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_entered() {
    let office = Office::new();
    let base = ["--body", "KS", "--outcome", "approved", "--met"];
    let of = |more: &[&'static str]| [&base[..], more].concat();
    let cases: Vec<(&str, Vec<&str>, i32, &str)> = vec![
        (
            "9999",
            of(&["2024-02-05"]),
            2,
            "party 9999 is not a party to familjecentral\n",
        ),
        (
            "1443",
            of(&["2099-02-05"]),
            4,
            "the meeting day 2099-02-05 is in the future: today is ",
        ),
        (
            "1443",
            of(&["2021-02-05"]),
            4,
            "the meeting day 2021-02-05 is before familjecentral 1.0 existed: version 0.9 is dated 2022-06-17\n",
        ),
        (
            "1443",
            of(&["2024-02-05", "--approved", "2024-02-04"]),
            2,
            "the approval day 2024-02-04 is before the meeting day 2024-02-05\n",
        ),
        (
            "1443",
            of(&[
                "2024-02-05",
                "--approved",
                "2024-02-14",
                "--announced",
                "2024-02-13",
            ]),
            2,
            "the announcement day 2024-02-13 is before the approval day 2024-02-14\n",
        ),
        (
            "1443",
            of(&["2024-02-05", "--announced", "2099-02-13"]),
            4,
            "the announcement day 2099-02-13 is in the future",
        ),
        (
            "1443",
            of(&["2024-02-05", "--condition", "Om"]),
            2,
            "there are words of a condition, and the outcome is none\n",
        ),
        (
            "1443",
            vec![
                "--body",
                "KS",
                "--outcome",
                "condition",
                "--met",
                "2024-02-05",
            ],
            2,
            "the outcome is a condition, and its words are missing\n",
        ),
        (
            "1443",
            vec![
                "--body",
                "KS",
                "--outcome",
                "condition",
                "--met",
                "2024-02-05",
                "--condition",
                "a\u{202e}b",
            ],
            2,
            "the condition is refused: character U+202E at position 2",
        ),
        (
            "1443",
            vec!["--outcome", "approved"],
            2,
            "it is not said: --body, --met\n",
        ),
        (
            "1443",
            of(&["2024-02-05", "--extract", "ingen.pdf"]),
            5,
            "ingen.pdf: ",
        ),
        (
            "1443",
            of(&["2024-02-05", "--extract", "templates"]),
            5,
            "templates: ",
        ),
        (
            "1443",
            of(&["2024-02-05", "--extract", "tom.txt"]),
            2,
            "tom.txt: the file is empty\n",
        ),
        (
            "1443",
            of(&["2024-02-05", "--version", "7.0"]),
            2,
            "there is no version 7.0 of familjecentral\n",
        ),
    ];
    office.write("tom.txt", "");
    for (party, more, code, message) in cases {
        decide(&office, party, &more)
            .fails(code)
            .complains(&format!("error: {message}"));
    }
    office
        .run(&[
            "decide",
            "1443",
            "--body",
            "KS",
            "--met",
            "2024-02-05",
            "--outcome",
            "approved",
        ])
        .fails(2)
        .complains("this office has several agreements")
        .complains("name one with --agreement: familjecentral, introduktion");
    office
        .run(&[
            "decide",
            "1443",
            "--agreement",
            "inget",
            "--body",
            "KS",
            "--met",
            "2024-02-05",
            "--outcome",
            "approved",
        ])
        .fails(2)
        .complains("there is no agreement inget");
    decide(
        &office,
        "1443",
        &[
            "--body",
            "K\u{7}S",
            "--met",
            "2024-02-05",
            "--outcome",
            "approved",
        ],
    );
    decide(
        &office,
        "1443",
        &[
            "--body",
            "KS",
            "--met",
            "2024-02-30",
            "--outcome",
            "approved",
        ],
    );
    assert!(
        !office.path(".sigill").exists(),
        "what is refused opens no register"
    );
}

fn case(name: &str) -> String {
    let file = repository().join(format!("tests/cases/minutes/layouts/{name}.txt"));
    file.to_str().unwrap().to_owned()
}

#[test]
fn an_extract_proposes_and_the_officer_confirms() {
    let office = Office::new();
    let file = case("classic-1");
    let from = |more: &[&str]| {
        let mut arguments = vec!["decide", "--from", &file, "--agreement", AGREEMENT];
        arguments.extend(more);
        office.run(&arguments)
    };
    let shown = from(&[]).ok();
    let shown = shown
        .says("sida 2, rad 33: ”KS § 23 Dnr KS 2023/259”")
        .says("Inget är infört.")
        .says("saknas    undertecknare");
    assert!(!office.path(".sigill").exists());
    let command = shown.out.lines().last().unwrap().trim();
    assert_eq!(
        command,
        format!(
            "sigill decide 1446 --agreement familjecentral --version 1.0 --body Kommunstyrelsen --met 2024-02-07 \
             --section 'KS § 23' --diary 'KS 2023/259' --approved 2024-02-12 --announced 2024-02-13 \
             --outcome approved --extract {file}"
        )
    );
    let json = from(&["--json"]).ok().json();
    assert_eq!(json["command"], command);
    assert_eq!(json["reading"]["proposal"]["party"]["value"], "1446");
    assert_eq!(json["decision"]["seq"], Value::Null);
    from(&["--yes", "--diary", "KS 2023/260"])
        .ok()
        .says("KS 2023/260  angivet")
        .says("Beslutet är infört (post 1): 1446");
    let log = office.check_log();
    let body = &log[1]["body"];
    assert_eq!(body["minutes"]["section"], "KS § 23");
    assert_eq!(body["minutes"]["diary_number"], "KS 2023/260");
    assert_eq!(
        body["minutes"]["extract"],
        sha256(&fs::read(&file).unwrap())
    );
    from(&["--yes"]).fails_in_the_end(4, "entry 1 says so already");
}

impl Run {
    /// Checks a failure that comes after something was shown.
    #[track_caller]
    fn fails_in_the_end(self, code: i32, message: &str) -> Self {
        assert_eq!(self.code, code, "{self}");
        self.complains(message)
    }
}

#[test]
fn a_pdf_proposes_what_its_text_does() {
    let office = Office::new();
    let text = fs::read_to_string(case("classic-1")).unwrap();
    office.write("utdrag.pdf", typeset(&text, "Source Sans 3"));
    let from = |file: &str| office.run(&["decide", "--from", file, "--agreement", AGREEMENT]);
    let shown = from("utdrag.pdf").ok().says("(text ur en PDF)");
    let command = shown.out.lines().last().unwrap().trim().to_owned();
    let of_text = from(&case("classic-1")).ok();
    let of_text = of_text.out.lines().last().unwrap().trim();
    assert_eq!(command, of_text.replace(&case("classic-1"), "utdrag.pdf"));
    office.write("tom.pdf", typeset("", "Source Sans 3"));
    from("tom.pdf").fails(2).complains(
        "error: tom.pdf: the PDF has no text on its 1 pages: it is a picture of paper\n",
    );
    office.write("trasig.pdf", "%PDF-1.7\nsnart slut");
    from("trasig.pdf")
        .fails(2)
        .complains("error: trasig.pdf: the PDF is damaged");
    office.write(
        "nummer.pdf",
        typeset("Handläggare 19121212-1212", "Source Sans 3"),
    );
    let more = [&CLEAN[..], &["--extract", "nummer.pdf"]].concat();
    decide(&office, "1443", &more)
        .ok()
        .says("ett personnummer står i utdraget");
}

#[test]
fn what_a_text_does_not_say_is_asked_for() {
    let office = Office::new();
    office.write(
        "utdrag.txt",
        "Kommunstyrelsen\n\n§ 4 Samverkansavtal för familjecentraler\n\nBeslut\nKommunstyrelsen beslutar att godkänna avtalet.\n\nÄrendet\nHandläggaren 19121212-1212 föredrar.\n",
    );
    let from = |more: &[&str]| {
        let mut arguments = vec!["decide", "--from", "utdrag.txt", "--agreement", AGREEMENT];
        arguments.extend(more);
        office.run(&arguments)
    };
    let shown = from(&[])
        .ok()
        .says("saknas    part: ange PARTY")
        .says("saknas    mötesdag: ange --met")
        .says("ett personnummer står i utdraget")
        .says("Ange det som saknas: PARTY, --met");
    assert!(!shown.out.contains("19121212"));
    from(&["--yes"]).fails_in_the_end(2, "it is not said: PARTY, --met");
    assert!(!office.path(".sigill").exists());
    let given = ["--met", "2024-02-05", "--yes"];
    let arguments = [
        &[
            "decide",
            "1443",
            "--from",
            "utdrag.txt",
            "--agreement",
            AGREEMENT,
        ],
        &given[..],
    ];
    office
        .run(&arguments.concat())
        .ok()
        .says("Beslutet är infört (post 1)");
}

#[test]
fn a_file_that_is_no_extract_says_so() {
    let office = Office::new();
    let from = |file: &str| office.run(&["decide", "--from", file, "--agreement", AGREEMENT]);
    office.write(
        "annat.txt",
        "§ 4 Snöröjning\n\nBeslut\nNämnden godkänner planen.\n",
    );
    office.write("bild.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    office.write("stor.txt", "a\n".repeat(5_000_000));
    office.write("latin.txt", b"Kommunstyrelsen\n\n\xA7 4 Samverkansavtal f\xF6r familjecentraler\n\nBeslut\nKommunstyrelsen beslutar att godk\xE4nna avtalet.\n");
    from("annat.txt")
        .fails(4)
        .complains("error: annat.txt: no § in the text is about the agreement\n");
    from("bild.png")
        .fails(2)
        .complains("error: bild.png: neither text nor a PDF\n");
    from("stor.txt")
        .fails(4)
        .complains("error: stor.txt: the text is larger than minutes can be");
    from("latin.txt")
        .ok()
        .says("(Windows-1252)")
        .says("paragraf       § 4");
    from("ingen.txt").fails(5);
    from("templates").fails(5);
    assert!(!office.path(".sigill").exists());
}
